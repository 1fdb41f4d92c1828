"""Draw the results that come with grokphase for these pages: `make pictures`.

Leaves `images/liu2022/*.png`, the GIFs, the page `figures.md` that shows them all, and `claims.md`.
"""

from __future__ import annotations

from pathlib import Path

from grokphase.files import replacing
from grokphase.plotting.style import paper_style
from grokphase.studies import Figure, FigureResult, Study, ledger, multiplicity, study
from grokphase.studies.kept import SHIPPED, place
from grokphase.studies.page import page

HERE = Path(__file__).parent
DPI = 130


def main() -> None:
    chosen = study("liu2022")
    lines = [
        "# The figures of Liu et al. (2022), measured again",
        "",
        "Figures 2 to 6 and 9 to 18, those of the toy; Figures 1, 7 and 8 are not among them.",
        "Made by `make pictures` from the results at the paper's scale that come with grokphase;",
        "do not edit. `grokphase reproduce liu2022/fig4a --scale paper` computes one again.",
    ]
    for figure in chosen.figures:
        lines += section(chosen, figure)
    entries = ledger()
    claims = page(entries, multiplicity(entries))
    for name, text in (("figures.md", "\n".join(lines) + "\n"), ("claims.md", claims)):
        with replacing(HERE / name) as passing:
            passing.write_text(text, encoding="utf-8")


def section(chosen: Study, figure: Figure) -> list[str]:
    """A figure's picture, and what it cost."""
    result = FigureResult.read(place(SHIPPED, chosen.name, "paper", figure.id))
    folder = HERE / "images" / chosen.name
    folder.mkdir(parents=True, exist_ok=True)
    with paper_style():
        figure.draw(result).savefig(
            folder / f"{figure.id}.png", dpi=DPI, metadata={"Software": None}
        )
    lines = [
        "",
        f"## {figure.where}",
        "",
        f"![{figure.title}](images/{chosen.name}/{figure.id}.png)",
    ]
    if figure.animate is not None:
        (folder / f"{figure.id}.gif").write_bytes(figure.animate(result))
        lines += ["", f"![The same, moving](images/{chosen.name}/{figure.id}.gif)"]
    cost = f"{result.cost_seconds:,.0f} s of computing"
    if result.runs:
        cost = f"{result.runs:,} runs, {result.steps:,} steps, {cost}"
    return [*lines, "", f"{figure.title}. {cost}; {result.date}, grokphase {result.version}."]


if __name__ == "__main__":
    main()
