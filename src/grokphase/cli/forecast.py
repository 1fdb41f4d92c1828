"""``grokphase forecast``: when a run will generalize, if it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from grokphase.cli.curves import READING, Reading, benchmark_alone, of_store, read, say_understood
from grokphase.cli.options import COMMON, Common, Flag, MaybeFolder, MaybeWhole
from grokphase.cli.output import print_json
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.forecasting import Forecast
    from grokphase.forecasting.benchmark import Benchmark


def forecast(
    run: str | None = None,
    /,
    *,
    csv: Annotated[tuple[Path, ...], Parameter(negative=(), show_default=False)] = (),
    until: MaybeWhole = None,
    benchmark: Annotated[bool, Flag] = False,
    out: MaybeFolder = None,
    reading: Reading = READING,
    common: Common = COMMON,
) -> int:
    """When a run will generalize: the phase now, how probable it is, the step with intervals.

    Of a run of the store, or of the curves that any program wrote: the columns of Weights & Biases,
    TensorBoard, Lightning, Hugging Face and Keras are recognised, and what was understood is said.
    It refuses, with the reason, what cannot be known yet; numbers beside a refusal are tentative.

    Args:
        run: The id of a run of the store, or enough of its beginning; it may still be training.
        csv: File of curves: CSV, TSV, JSON lines, or a Trainer's trainer_state.json; several times
            for files of one run that hold a curve each.
        until: Forecast as if the run had come to this step only.
        benchmark: Score all forecasters on the runs of the corpus that none was fitted on, beside
            how far other seeds of the same cell are.
        out: Directory for the figure.
    """
    from grokphase.forecasting import forecast as ask

    if benchmark:
        benchmark_alone(reading, run, csv, until)
        return _benchmark(out, common)
    if (run is None) == (not csv):
        given = "both are given" if csv else "neither is given"
        raise GrokphaseError(
            f"Name a run of the store or a file with --csv, and {given}; write grokphase forecast "
            "RUN, or grokphase forecast --csv run.csv."
        )
    understood: Mapping[str, str] = {}
    if csv:
        found = read(csv, reading)
        history, understood, name = found.history, found.understood, csv[0].stem
        if not common.json:
            say_understood(found)
    else:
        history, name = of_store(str(run), reading, common)
    if until is not None:
        history = history.until(until)
    foreseen = replace(ask(history, reading.budget), understood=understood)
    return _say(foreseen, out and out / f"forecast-{name}", common)


def _benchmark(out: Path | None, common: Common) -> int:
    """The scores of all forecasters on the corpus."""
    from grokphase.corpora import corpus
    from grokphase.forecasting.benchmark import benchmark
    from grokphase.forecasting.cases import cases_of
    from grokphase.forecasting.kept import kept

    found = benchmark(cases_of(corpus().rows()), kept())
    return _say(found, out and out / "forecast-benchmark", common)


def _say(found: Forecast | Benchmark, picture: Path | None, common: Common) -> int:
    """What was found, and where its picture is, at a path without a suffix."""
    figure = None if picture is None else _saved(found, picture)
    if common.json:
        print_json(found.as_json() | ({} if figure is None else {"figure": figure}))
        return 0
    print(found)
    if figure is not None:
        print(f"{'figure':13}{figure}")
    return 0


def _saved(found: Forecast | Benchmark, stem: Path) -> Path:
    """Draw it; where the figure is."""
    from grokphase.cli.paths import require_writable
    from grokphase.plotting import save_figure

    require_writable(stem.parent, "--out")
    return save_figure(found.plot(), stem)[0]
