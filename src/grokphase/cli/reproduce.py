"""``grokphase reproduce``: the figures of a paper, computed again, and what they decide."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any, Literal

from grokphase.cli.claims import FOLDER, entries_json, found_in, print_entries
from grokphase.cli.executors import check_compute, executor
from grokphase.cli.options import COMMON, COMPUTE, Common, Compute, Flag, Folder
from grokphase.cli.output import duration, print_json, print_table
from grokphase.cli.paths import require_places
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made
from grokphase.counting import counted
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grokphase.store import Store
    from grokphase.studies import Claim, Figure, FigurePlan, Reproduced, Study, StudyPlan
    from grokphase.training.progress import Progress

Scale = Literal["quick", "paper"]
_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


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
    target: str | None = None,
    /,
    *,
    scale: Scale = "quick",
    dry_run: Annotated[bool, Flag] = False,
    out: Folder = FOLDER,
    studies: Path | None = None,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Compute a paper's figures again, and say which of its claims hold.

    Each figure leaves its picture (PNG and SVG), its data (JSON) with their provenance, and an
    animation where it moves. Every finished run is kept; Ctrl-C and the same command again goes
    on where it was. The quick scale shows the picture; the paper scale spends what the paper did,
    or more. A claim for which a scale has too few seeds is not judged by it.

    Args:
        target: A study, as liu2022, or a figure of it, as liu2022/fig6b, or all its panels, as
            liu2022/fig6. It must be given; grokphase claims lists the studies.
        scale: How much is spent: quick or paper.
        dry_run: Only say how many runs and steps, about how long, and what could be decided.
        out: Directory of the results.
        studies: Directory of studies of your own, each a folder with a paper.toml.
    """
    from grokphase.studies import check_functions, names, parse_target, verdicts

    check_compute(compute)
    with found_in(studies):
        if target is None:
            raise GrokphaseError(
                "No study is named; write one, or a figure of it as STUDY/FIGURE. There are "
                f"{', '.join(names())}."
            )
        study, figures = parse_target(target)
        check_functions(study, figures)
        require_places(common.store, out)
        if dry_run:
            return _plan(study, figures, scale, out, common)
        if common.shows_progress and (told := _undecided(study, figures, scale)):
            print(f"grokphase: {told}", file=sys.stderr, flush=True)
        with resumable(common.store), opened_or_made(common) as store:
            made = [_make(study, each, scale, out, store, compute, common) for each in figures]
        entries = verdicts(study, figures, scale, out)
        if common.json:
            figured = [_document(each) for each in made]
            print_json({"figures": figured, "claims": entries_json(entries)})
            return 0
    _print_figures(made)
    if entries:
        print_entries(entries)
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


# ------------------------------------------------------------------------------ before it runs


def _undecided(study: Study, figures: Sequence[Figure], scale: Scale) -> str:
    """How many claims a scale has too few seeds for, in a sentence; empty if none."""
    from grokphase.studies import plan_claims

    found = plan_claims(study, figures, scale)
    many = len(found.undecidable)
    if not many:
        return ""
    total = many + len(found.decidable) + len(found.one_sided)
    return (
        f"of {total} claims that rest on these figures, the {scale} scale has too few seeds for "
        f"{many}; --dry-run lists them, and --scale paper decides them."
    )


def _plan(study: Study, figures: Sequence[Figure], scale: Scale, out: Path, common: Common) -> int:
    """Say what figures would take, and what they would decide."""
    from grokphase.studies import plan

    found = plan(study, figures, scale, store=common.store, folder=out)
    if common.json:
        print_json(_plan_document(found))
        return 0
    rows = [
        (
            each.figure.id,
            each.figure.where,
            each.seeds,
            each.runs,
            each.existing,
            f"{each.steps:,}",
            duration(each.seconds),
        )
        for each in found.figures
    ]
    columns = (
        "figure",
        "in the paper",
        "seeds",
        "runs",
        "there",
        "steps, at most",
        "time, at most",
    )
    print_table(columns, rows)
    steps = sum(each.steps for each in found.figures)
    print(f"\nIn all at most {steps:,} steps; {_time(found)}")
    print("There: in the store already, or trained for a figure before.")
    for words, some in (
        ("too few seeds here to come out either way, and not judged", found.undecidable),
        ("with so few seeds one outcome only", found.one_sided),
        ("also in need of another figure", found.elsewhere),
        ("that could hold, and could fail", found.decidable),
    ):
        if some:
            print(f"\n{counted(len(some), 'claim')} {words}:")
            ids = ", ".join(claim.id for claim in some)
            print(fill(ids, 100, initial_indent="  ", subsequent_indent="  ", **_WHOLE))
    return 0


def _time(found: StudyPlan) -> str:
    if found.seconds is not None:
        return (
            f"{duration(found.seconds)} of one core at most, shared by as many as there are, and "
            "some seconds a figure to start and compile."
        )
    known = [each.seconds for each in found.figures if each.seconds is not None]
    if not known:
        return "the time is not known before a first result."
    return f"the time is known of some figures only: {duration(sum(known))} of one core."


def _plan_document(found: StudyPlan) -> dict[str, object]:
    def ids(claims: Sequence[Claim]) -> list[str]:
        return [claim.id for claim in claims]

    def figure(each: FigurePlan) -> dict[str, object]:
        return asdict(each) | {"figure": each.figure.id}

    return {
        "scale": found.scale,
        "figures": [figure(each) for each in found.figures],
        "seconds": found.seconds,
        "decidable": ids(found.decidable),
        "one_sided": ids(found.one_sided),
        "undecidable": ids(found.undecidable),
        "elsewhere": ids(found.elsewhere),
    }
