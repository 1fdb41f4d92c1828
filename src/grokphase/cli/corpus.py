"""``grokphase corpus``: the public set of runs, what is in it, and how it is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from grokphase.cli.executors import check_compute, executor
from grokphase.cli.options import (
    COMMON,
    COMPUTE,
    OUTPUT,
    Common,
    Compute,
    Flag,
    MaybeWhole,
    Output,
    Whole,
)
from grokphase.cli.output import print_json, print_table, warn
from grokphase.cli.paths import require_places
from grokphase.cli.progress import showing
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened, opened_or_made
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grokphase.training.progress import Progress

OUT = Path("corpus.parquet")
_RUNS = 3250


@dataclass
class CorpusView:
    """What became of the runs so far; the bar is below."""

    phases: Counter[str] = field(default_factory=Counter)

    def tell(self, progress: Progress) -> None:
        """Count the latest run."""
        if progress.latest is not None:
            self.phases[progress.latest.phase] += 1

    def render(self) -> RenderableType:
        """A line of counts."""
        from rich.text import Text

        return Text(", ".join(f"{many:,} {phase}" for phase, many in self.phases.most_common()))


def build(
    *,
    runs: Whole = _RUNS,
    out: Path = OUT,
    dry_run: Annotated[bool, Flag] = False,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Train the runs of the corpus that are not there yet, and write them as one Parquet file.

    Every family of a task and a model has its share of the runs, in cells of three seeds; the
    cells of a smaller corpus are the first of a larger one, so the same command with more runs
    adds to what is there. Every finished run is kept; Ctrl-C and the same command again goes on
    where it was.

    Args:
        runs: About how many runs in all, up to 10,000.
        out: The file.
        dry_run: Only say which families and cells, how many runs are there and how many steps the
            others take.
    """
    from grokphase.mapping.corpus import build_corpus

    check_compute(compute)
    if out.suffix != ".parquet":
        raise GrokphaseError(f'--out {out} is no name of a Parquet file; end it with ".parquet".')
    if out.is_dir():
        raise GrokphaseError(f"--out {out} is a directory; name a Parquet file in it.")
    require_places(common.store, out.parent)
    if dry_run:
        return _plan(runs, common)
    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        opened_or_made(common) as store,
        showing(common, CorpusView()) as on_progress,
    ):
        written = build_corpus(
            store,
            runs,
            out,
            workers=compute.workers,
            executor=elsewhere,
            on_progress=on_progress,
        )
    if common.json:
        print_json({"file": out, "runs": written, "bytes": out.stat().st_size})
    else:
        print(f"{written:,} runs in {out} ({out.stat().st_size / 1e6:.1f} MB)")
    return 0


def _plan(runs: int, common: Common) -> int:
    from grokphase.mapping.corpus import corpus_plan
    from grokphase.store.layout import Layout

    if Layout(common.store.absolute()).marker.exists():
        with opened(common) as store:
            plan = corpus_plan(store, runs)
    else:
        plan = corpus_plan(None, runs)
    rows = [asdict(each) for each in plan]
    if common.json:
        print_json({"families": rows, "runs": sum(each.runs for each in plan)})
        return 0
    print_table([*rows[0]], [[*row.values()] for row in rows])
    many, done = sum(each.runs for each in plan), sum(each.there for each in plan)
    steps = sum(each.steps for each in plan)
    print(f"{many:,} runs, {done:,} of them there; {steps:,} steps to train, of small networks.")
    return 0


def show(path: Path | None = None, /, *, output: Output = OUTPUT) -> int:
    """Tell what is in the corpus: its families, what became of their runs, and its card.

    Args:
        path: A file that grokphase corpus build has written; the one that comes along if not given.
    """
    from grokphase.corpora import corpus

    made = corpus(path)
    rows = made.summary()
    if output.json:
        print_json(
            {
                "file": made.path,
                "digest": made.digest,
                "runs": len(made),
                "split": made.splits,
                "curves": made.curves,
                "families": rows,
            }
        )
        return 0
    short = {"validation-only": "val-only", "comprehension": "compr.", "memorization": "memor."}
    print_table([short.get(name, name) for name in rows[0]], [[*row.values()] for row in rows])
    print(f"{len(made):,} runs, digest {made.digest}, {made.path}")
    return 0


def check(
    path: Path | None = None,
    /,
    *,
    again: MaybeWhole = None,
    workers: MaybeWhole = None,
    output: Output = OUTPUT,
) -> int:
    """Check a corpus: no run twice, families kept apart, and some runs trained again.

    Args:
        path: A file that grokphase corpus build has written; the one that comes along if not given.
        again: How many runs to train again, whose times and curves must be the same.
        workers: Runs trained at the same time, with --again; as many as there are cores if not
            given.
    """
    if workers is not None and again is None:
        raise GrokphaseError("--workers is for runs that are trained again; write --again 10 too.")
    from grokphase.corpora import corpus
    from grokphase.corpora.checking import faults

    made = corpus(path)
    found = faults(made)
    if again is not None:
        from grokphase.mapping.corpus import trained_again

        found += trained_again(made, again, workers)
    return _told(found, made.path, len(made), again or 0, output)


def _told(found: Sequence[str], path: Path, runs: int, again: int, output: Output) -> int:
    told: dict[str, Any] = {"file": path, "runs": runs, "trained_again": again, "faults": found}
    if output.json:
        print_json(told)
    else:
        warn(found)
        verdict = f"{len(found)} faults" if found else "no fault found"
        print(f"{runs:,} runs, {again} of them trained again: {verdict}.")
    return 1 if found else 0
