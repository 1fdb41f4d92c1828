"""Draw the results that come with the studies for these pages, and write what rests on them.

`make ledger` measures the claims of all studies on these results, keeps that beside them, and
writes the pages `claims.md` and `figures.md` and the counts in the README and in `studies.md`.
`make pictures` also leaves `images/STUDY/*.png`, the GIFs, `images/ledger.png` and
`images/race/*.png`; `race.md` is made from the records of races. `texts` says what the pages must
be; a test compares them with what they are.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from grokphase.corpora import corpus
from grokphase.estimators import VERDICTS
from grokphase.files import replacing
from grokphase.numerics import NUMERICS
from grokphase.plotting.style import PAPER_STYLE
from grokphase.races import Race
from grokphase.races.document import records
from grokphase.races.page import by_arm
from grokphase.races.page import page as race_page
from grokphase.races.picture import records_figure
from grokphase.studies import Figure, FigureResult, Ledger, Study, draw, names, study
from grokphase.studies.explained import explanations_page, surveys_page
from grokphase.studies.functions import function
from grokphase.studies.kept import shipped
from grokphase.studies.ledger import current, refresh, study_ledger
from grokphase.studies.page import anchor, page
from grokphase.studies.paper import KINDS
from grokphase.studies.picture import draw_ledger
from grokphase.studies.scales import SCALES
from grokphase.studies.told import count_of

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
CORPUS = HERE / "corpus.md"
STUDIES = HERE / "studies.md"
DPI = 130
_SCALE = {"paper": "The paper's scale", "quick": "**Quick scale**"}
BEGIN, END = "<!-- counted by make pictures -->", "<!-- end -->"


def main(*, pictures: bool) -> None:
    """Ledgers and pages, and pictures too."""
    studies = [study(name) for name in names()]
    for chosen in studies:
        if not current(chosen):
            refresh(chosen)
        for figure in chosen.figures if pictures else ():
            if (path := result_of(chosen, figure)) is not None:
                _draw(chosen, figure, FigureResult.read(path))
    if pictures:
        _draw_races(records())
        document = json.dumps(drawn(studies), indent=0) + "\n"
        (HERE / "images" / "drawn.json").write_text(document, encoding="utf-8")
    ledgers = [study_ledger(chosen) for chosen in studies]
    draw_ledger(ledgers).savefig(
        HERE / "images" / "ledger.png", dpi=DPI, metadata={"Software": None}
    )
    for path, text in texts(studies, ledgers).items():
        with replacing(path) as passing:
            passing.write_text(text, encoding="utf-8")


def result_of(chosen: Study, figure: Figure) -> Path | None:
    """The result of a figure that comes with its study, at the largest scale there is."""
    paths = (shipped(chosen, scale, figure.id) for scale in SCALES[::-1])
    return next((path for path in paths if path.exists()), None)


def drawn(studies: Sequence[Study]) -> dict[str, str]:
    """What each picture is made from: a digest of its result and of what its figure says."""
    found = {}
    for chosen in studies:
        for figure in chosen.figures:
            if (path := result_of(chosen, figure)) is not None:
                made_from = path.read_bytes() + repr((figure, NUMERICS)).encode()
                found[f"{chosen.name}/{figure.id}"] = hashlib.sha256(made_from).hexdigest()[:16]
    return found


def texts(studies: Sequence[Study], ledgers: Sequence[Ledger]) -> dict[Path, str]:
    """What the pages say that are made from the ledger and the results."""
    return {
        HERE / "figures.md": "\n".join(_figures(studies)) + "\n",
        HERE / "claims.md": page(ledgers),
        HERE / "explanations.md": explanations_page(ledgers),
        HERE / "surveys.md": surveys_page(ledgers, by_arm(records())),
        README: _counted_in(README, counts(ledgers)),
        CORPUS: _counted_in(CORPUS, _families()),
        STUDIES: _counted_in(STUDIES, _papers(studies, ledgers)),
        HERE / "race.md": race_page(records()),
    }


def _counted_in(path: Path, table: str) -> str:
    """A page with the table between its marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _families() -> str:
    """What became of the runs of the corpus, a row a family."""
    runs = corpus()
    rows = runs.summary()
    rows.append({name: _total(rows, name) for name in rows[0]})
    head = [name.replace("_", " ") for name in rows[0]]
    lines = [
        " | ".join(f"{x:,}" if isinstance(x, int) else x for x in row.values()) for row in rows
    ]
    table = [
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
        *(f"| {line} |" for line in lines),
    ]
    size = runs.path.stat().st_size / 1e6
    return "\n".join([*table, "", f"{size:.1f} MB, digest `{runs.digest}`."])


def _total(rows: Sequence[dict[str, Any]], name: str) -> Any:
    values = [row[name] for row in rows]
    return sum(values) if isinstance(values[0], int) else {"family": "all"}.get(name, "")


def counts(ledgers: Sequence[Ledger]) -> str:
    """How many claims of all studies came out how, a row a kind; and of each study in a word."""
    entries = [entry for ledger in ledgers for entry in ledger.entries]
    rows = [("all", entries), *((kind, [e for e in entries if e.kind == kind]) for kind in KINDS)]
    lines = [f"| {len(ledgers)} studies | claims | {' | '.join(VERDICTS)} |"]
    lines.append("|---" * (2 + len(VERDICTS)) + "|")
    for words, some in rows:
        found = count_of(some)
        told = " | ".join(f"{found[verdict]:,}" for verdict in VERDICTS)
        lines.append(f"| {words} | {len(some):,} | {told} |")
    each = ", ".join(f"`{ledger.study}` {_in_a_word(ledger)}" for ledger in ledgers)
    return "\n".join([*lines, "", f"Holds-fails-inconclusive of each: {each}."])


def _papers(studies: Sequence[Study], ledgers: Sequence[Ledger]) -> str:
    """Which paper each study is of, and what came of its claims, a row a study."""
    lines = [f"| study | paper | {' | '.join(VERDICTS)} |", "|---" * (2 + len(VERDICTS)) + "|"]
    for chosen, ledger in zip(studies, ledgers, strict=True):
        found = count_of(ledger.entries)
        told = " | ".join(str(found[verdict]) for verdict in VERDICTS)
        paper = re.sub(
            r"arXiv:(\d{4}\.\d{5})", r"[\g<0>](https://arxiv.org/abs/\1)", chosen.citation
        )
        lines.append(f"| [{chosen.name}](claims.md#{anchor(chosen.name)}) | {paper} | {told} |")
    return "\n".join(lines)


def _in_a_word(ledger: Ledger) -> str:
    found = count_of(ledger.entries)
    return "-".join(str(found[verdict]) for verdict in ("holds", "fails", "inconclusive"))


def _draw(chosen: Study, figure: Figure, result: FigureResult) -> None:
    """A figure's picture, and an animation where it moves."""
    import matplotlib as mpl

    folder = HERE / "images" / chosen.name
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(dict(PAPER_STYLE)):
        draw(chosen, figure, result).savefig(
            folder / f"{figure.id}.png", dpi=DPI, metadata={"Software": None}
        )
    if figure.moving is not None:
        moving = function(chosen, figure.moving)(result.data)
        (folder / f"{figure.id}.gif").write_bytes(moving)


def _draw_races(found: Sequence[Race]) -> None:
    """The picture of each race, and of several one of all."""
    folder = HERE / "images" / "race"
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {each.name: each.plot() for each in found}
    if len(found) > 1:
        drawn["records"] = records_figure(found)
    for name, figure in drawn.items():
        figure.savefig(folder / f"{name}.png", dpi=DPI, metadata={"Software": None})


def _figures(studies: Sequence[Study]) -> Iterator[str]:
    """The page that shows all figures."""
    yield "# All figures"
    yield ""
    yield "Made by `make pictures` from the results that come with the studies; do not edit."
    yield "Each says whether it is of the paper's scale or of the quick one, which has smaller"
    yield "networks and fewer seeds. `grokphase reproduce liu2022/fig4a --scale paper` computes one"
    yield "again."
    for chosen in studies:
        yield f"\n## {chosen.name}\n\n{chosen.citation}."
        if chosen.unmeasured:
            missing = ", ".join(f"{name} ({what})" for name, what in chosen.unmeasured.items())
            yield f"\nNot among them: {missing}."
        for figure in chosen.figures:
            if (path := result_of(chosen, figure)) is not None:
                yield from _section(chosen, figure, FigureResult.read(path))


def _section(chosen: Study, figure: Figure, result: FigureResult) -> Iterator[str]:
    """A figure's picture, and what it cost."""
    yield f"\n### {chosen.name}/{figure.id}: {figure.where}\n"
    yield f"![{figure.title}](images/{chosen.name}/{figure.id}.png)"
    if figure.moving is not None:
        yield f"\n![The same, moving](images/{chosen.name}/{figure.id}.gif)"
    cost = f"{result.cost_seconds:,.0f} s of computing"
    if result.runs:
        cost = f"{result.runs:,} runs, {result.steps:,} steps, {cost}"
    old = f"; **numerics {result.numerics}**, older than today's" if result.obsolete else ""
    made = f"{_SCALE[result.scale]}; {cost}; {result.date}, grokphase {result.version}{old}"
    yield f"\n{figure.title}. {made}."


if __name__ == "__main__":
    main(pictures="pictures" in sys.argv[1:])
