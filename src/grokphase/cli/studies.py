"""``grokphase reproduce`` and ``grokphase claims``: the literature, measured again."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from grokphase.cli.executors import check_compute, executor
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    OUTPUT,
    Common,
    Compute,
    Flag,
    Output,
)
from grokphase.cli.output import cell, duration, print_json, print_table
from grokphase.cli.paths import require_writable
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grokphase.store import Store
    from grokphase.studies import Entry, Figure, Reproduced, Study
    from grokphase.training.progress import Progress

FOLDER = Path("grokphase-out") / "studies"
Scale = Literal["quick", "paper"]
_COLUMNS = (
    *("claim", "kind", "where", "published", "measured", "90 % interval"),
    *("seeds", "cost", "verdict"),
)


@dataclass
class FigureView:
    """Which figure is being computed; the bar is below."""

    title: str

    def tell(self, progress: Progress) -> None:
        """Nothing but the title is shown."""

    def render(self) -> RenderableType:
        """The title."""
        from rich.text import Text

        return Text(self.title)


def reproduce(
    target: str,
    /,
    *,
    scale: Scale = "quick",
    out: Path = FOLDER,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Compute a paper's figures again, and say which of its claims hold.

    Each figure leaves its picture (PNG and SVG), its data (JSON) with their provenance, and an
    animation where it moves. Every finished run is kept; Ctrl-C and the same command again goes
    on where it was. The quick scale shows the picture; the paper scale spends what the paper did,
    or more.

    Args:
        target: A study, as liu2022, or a figure of it, as liu2022/fig6b, or all its panels, as
            liu2022/fig6.
        scale: How much is spent: quick or paper.
        out: Directory of the results.
    """
    from grokphase.studies import parse_target, verdicts

    check_compute(compute)
    study, figures = parse_target(target)
    require_writable(common.store, "--store")
    require_writable(out, "--out")
    made = []
    with resumable(common.store), opened_or_made(common) as store:
        for figure in figures:
            made.append(_make(study, figure, scale, out, store, compute, common))
    entries = verdicts(study, figures, scale, out)
    if common.json:
        print_json({"figures": [_document(each) for each in made], "claims": entries_json(entries)})
    else:
        _print_figures(made)
        print()
        print_claims(entries)
    return 0


def _make(
    study: Study,
    figure: Figure,
    scale: Scale,
    out: Path,
    store: Store,
    compute: Compute,
    common: Common,
) -> Reproduced:
    """One figure, with progress on stderr."""
    from grokphase.studies import Work
    from grokphase.studies import reproduce as computed

    title = f"{figure.where}: {figure.title}"
    if common.shows_progress:
        print(title, file=sys.stderr, flush=True)
    with executor(compute) as elsewhere, showing(common, FigureView(title)) as on_progress:
        work = Work(scale, store, compute.workers, elsewhere, on_progress)
        return computed(study, figure, work, out)


def claims(
    target: str | None = None,
    /,
    *,
    scale: Scale | None = None,
    out: Path | None = None,
    markdown: Annotated[bool, Flag] = False,
    output: Output = OUTPUT,
) -> int:
    """The ledger: every claim, its verdict, our value, seeds and cost.

    Claims are measured on the results that come with grokphase, and on those of grokphase
    reproduce in this directory, which go first. A claim whose figures were not computed is "not
    run".

    Args:
        target: Only this study, as liu2022, or what rests on a figure of it, as liu2022/fig6b, or
            one claim in full, as liu2022/critical-fraction.
        scale: quick or paper; by default the paper's own scale where it was run.
        out: Directory of the results of grokphase reproduce; grokphase-out/studies if there is one.
        markdown: Print a page for a website.
    """
    from grokphase.studies import NAMES, ledger, multiplicity

    if markdown and output.json:
        raise GrokphaseError("--markdown and --json are two forms of one answer: leave one out.")
    if out is not None and not out.is_dir():
        raise GrokphaseError(f'"{out}" is no directory; --out is where grokphase reproduce wrote.')
    folder = out or (FOLDER if FOLDER.is_dir() else None)
    entries = ledger(scale=scale, folder=folder, studies=NAMES if target is None else target)
    # To correct for how many were looked at, one must look at all.
    whole = target is None or target.strip("/") in NAMES
    if output.json:
        print_json(entries_json(entries))
    elif markdown:
        from grokphase.studies.page import page

        print(page(entries, multiplicity(entries, folder) if whole else None), end="")
    elif [entry.id for entry in entries] == [target]:
        print_claim(entries[0])
    else:
        print_claims(entries)
        if whole:
            print(multiplicity(entries, folder))
        if not output.quiet:
            print("In full: grokphase claims STUDY/CLAIM, --json, or --markdown.")
    return 0


def print_claim(entry: Entry) -> None:
    """All that the ledger says of one claim, a line for each."""
    for name, value in asdict(entry).items():
        if value not in ("", None):
            text = " to ".join(map(cell, value)) if name == "interval" else cell(value)
            print(f"{name.replace('_', ' ')}: {text}")


def entries_json(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Entries as JSON documents."""
    return [asdict(entry) for entry in entries]


def print_claims(entries: Sequence[Entry]) -> None:
    """The ledger as a table, and how many claims came out how."""
    print_table(_COLUMNS, [_row(entry) for entry in entries])
    print(summary(entries))


def summary(entries: Sequence[Entry]) -> str:
    """How many claims came out how, and how many of each kind.

    Example:
        >>> summary([])
        '0 claims'
    """
    from grokphase.studies import KINDS

    kinds = [kind for kind in KINDS if any(entry.kind == kind for entry in entries)]
    lines = [f"{len(entries)} claims{_counts(entries)}"]
    if len(kinds) > 1:
        for kind in kinds:
            some = [entry for entry in entries if entry.kind == kind]
            lines.append(f"  {len(some)} {kind}{_counts(some)} ({KINDS[kind]})")
    return "\n".join(lines)


def _counts(entries: Sequence[Entry]) -> str:
    from grokphase.studies import VERDICTS

    found = Counter(entry.verdict for entry in entries)
    counts = [f"{found[verdict]} {verdict}" for verdict in VERDICTS if found[verdict]]
    return f": {', '.join(counts)}" if counts else ""


def _row(entry: Entry) -> tuple[object, ...]:
    interval = "-" if entry.interval is None else " to ".join(map(cell, entry.interval))
    ran = entry.verdict != "not run"
    return (
        entry.id,
        entry.kind,
        entry.where,
        entry.published,
        entry.measured,
        interval,
        entry.seeds if ran and entry.seeds else None,
        duration(entry.cost_seconds) if ran and entry.cost_seconds else None,
        f"{entry.verdict} ({entry.scale})" if ran and entry.seeds else entry.verdict,
    )


def _print_figures(made: Sequence[Reproduced]) -> None:
    rows = [
        (
            each.figure.where,
            each.figure.title,
            each.result.runs,
            f"{each.result.steps:,}",
            duration(each.result.cost_seconds),
            each.files[0],
        )
        for each in made
    ]
    print_table(("figure", "shows", "runs", "steps", "cost", "picture"), rows)


def _document(made: Reproduced) -> dict[str, object]:
    described = asdict(made.result) | {"files": made.files}
    del described["data"]
    return described
