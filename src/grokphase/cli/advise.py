"""``grokphase advise``: which change would bring generalization earlier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from grokphase.cli.curves import READING, Reading, benchmark_alone, of_store, read, say_understood
from grokphase.cli.options import COMMON, Common, Flag, MaybeWhole
from grokphase.cli.output import print_json, print_table
from grokphase.errors import GrokphaseError


def advise(
    run: str | None = None,
    /,
    *,
    csv: Annotated[tuple[Path, ...], Parameter(negative=(), show_default=False)] = (),
    benchmark: Annotated[bool, Flag] = False,
    workers: MaybeWhole = None,
    reading: Reading = READING,
    common: Common = COMMON,
) -> int:
    """Which change of a run would bring generalization earlier, by how much, and how surely.

    Of weight decay, learning rate, training fraction and initial scale, each from the first step of
    a new run. From a model of the corpus's training families; what lies outside of it is refused.
    --benchmark follows the advice on families that were not fitted, and says how often it helped.

    Args:
        run: The id of a run of the store, or enough of its beginning; it may still be training.
        csv: File of curves of a run, its settings with --set learning_rate=1e-3 and the like.
        benchmark: Train runs of held-out families as they are and as advised, some minutes.
        workers: Runs trained at the same time, with --benchmark.
    """
    if benchmark:
        benchmark_alone(reading, run, csv)
        return _benchmark(workers, common)
    if (run is None) == (not csv):
        raise GrokphaseError(
            "Name one thing: a run of the store, a file with --csv, or --benchmark; write "
            "grokphase advise RUN."
        )
    if workers is not None:
        raise GrokphaseError("--workers is for --benchmark, which trains runs; leave it out.")
    from grokphase.forecasting.advice import advise as ask

    if csv:
        curves = read(csv, reading)
        if not common.json:
            say_understood(curves)
        history = curves.history
    else:
        history, _ = of_store(str(run), reading, common)
    found = ask(history, reading.budget)
    if common.json:
        print_json(found.as_json())
    else:
        print(found)
    return 0


def _benchmark(workers: int | None, common: Common) -> int:
    """Train, compare, and say."""
    from grokphase.cli.progress import showing
    from grokphase.cli.resumable import resumable
    from grokphase.cli.stores import opened_or_made
    from grokphase.cli.views import CurvesView
    from grokphase.mapping.advising import follow

    with (
        resumable(common.store),
        opened_or_made(common) as store,
        showing(common, CurvesView()) as on_progress,
    ):
        found = follow(store, workers=workers, on_progress=on_progress)
    if common.json:
        print_json(found)
        return 0
    print_table(["advice followed", ""], rows(found))
    return 0


def rows(found: dict[str, Any]) -> list[tuple[str, object]]:
    """What following advice came to, in words."""
    return [
        ("runs that were asked for advice", found["asked"]),
        ("of these advised", found["advised"]),
        ("of these generalized, as they were or as advised", found["pairs"]),
        ("earlier as advised", f"{found['earlier']} of {found['pairs']}"),
        ("earlier with another seed alone", f"{found['earlier_by_chance']} of {found['pairs']}"),
        ("step as advised over step as it was, median", found["median_factor"] or "none"),
        ("the same as advice had it", found["advised_factor"] or "none"),
        ("inside the 90 % interval", f"{found['inside']} of {found['both']}"),
        ("steps to generalization or budget, as they were", f"{found['steps_before']:,}"),
        ("the same as advised", f"{found['steps_after']:,}"),
        ("families", ", ".join(found["families"])),
    ]
