"""``grokphase race``: accelerators under one protocol, against tuned AdamW."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from grokphase.cli.command import command_line
from grokphase.cli.executors import check_compute, executor
from grokphase.cli.options import COMMON, COMPUTE, Common, Compute, Flag, MaybeFolder, MaybeWhole
from grokphase.cli.output import duration, print_json, print_table, stderr_lines, warn
from grokphase.cli.paths import require_places
from grokphase.cli.progress import showing
from grokphase.cli.requested import OUT
from grokphase.cli.resumable import resumable
from grokphase.cli.stores import opened_or_made
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grokphase.races import Race
    from grokphase.races.request import Request
    from grokphase.training.progress import Progress


@dataclass
class RaceView:
    """How many runs reached the goal so far; the bar is below."""

    runs: int = field(default=0, init=False)
    reached: int = field(default=0, init=False)

    def tell(self, progress: Progress) -> None:
        """Count the latest run."""
        if progress.latest is not None:
            self.runs += 1
            self.reached += progress.latest.validation_sustained_step is not None

    def render(self) -> RenderableType:
        """A line of counts."""
        from rich.text import Text

        return Text(f"{self.reached:,} of {self.runs:,} runs so far held the goal")


def race(
    task: str | None = None,
    /,
    *,
    p: MaybeWhole = None,
    scale: Literal["quick", "paper"] = "quick",
    arms: str | None = None,
    add: Annotated[tuple[Path, ...], Parameter(negative=(), show_default=False)] = (),
    seeds: MaybeWhole = None,
    draws: MaybeWhole = None,
    records: Annotated[bool, Flag] = False,
    out: MaybeFolder = None,
    dry_run: Annotated[bool, Flag] = False,
    compute: Compute = COMPUTE,
    common: Common = COMMON,
) -> int:
    """Race accelerators against tuned AdamW: which is faster, by how much, and at what price.

    Every arm tries as many settings on the same tuning seeds, and the best of each then runs on
    fresh seeds, with the same data and initial weights for a seed. An arm is called faster only at
    p < 0.01 over these seeds, corrected for the number of arms. Times are of generalization that
    holds; what was not reached is censored. Every finished run is kept: Ctrl-C and the same
    command again goes on where it was.

    Args:
        task: What is learned: modular-addition, or another that grokphase race lists without it.
        p: Its modulus.
        scale: How much is spent: quick, minutes on two cores, or paper.
        arms: Names with commas between them, such as muon,dropout; all if not given. Tuned AdamW
            always takes part.
        add: A script that defines an arm of yours, as arm = gp.races.Arm("my-arm", ...). May be
            given several times.
        seeds: Fresh seeds, in place of those of the scale.
        draws: Settings that every arm tries, in place of those of the scale.
        records: Show the races that come with grokphase instead.
        out: Directory for the picture and the data.
        dry_run: Only say how many runs and steps, and about how long.
    """
    of_a_race = dry_run or add or any(each is not None for each in (p, arms, seeds, draws, out))
    if records:
        if of_a_race:
            raise GrokphaseError(
                "--records shows races that have been run; leave it out to run one, or write "
                "grokphase race --records, or grokphase race NAME --records, without options."
            )
        return _records(task, common)
    if task is None:
        if of_a_race:
            raise GrokphaseError(
                "No race is named; write grokphase race modular-addition, or another that "
                "grokphase race lists without options."
            )
        return _tracks(common)
    from grokphase.races.own import arm_of_script
    from grokphase.races.request import request_of

    check_compute(compute)
    only = None if arms is None else [name.strip() for name in arms.split(",") if name.strip()]
    own = [arm_of_script(path) for path in add]
    asked = request_of(task, p, scale, only, own, seeds, draws)
    folder = out or OUT / asked.name
    require_places(common.store, folder)
    if dry_run:
        return _plan(asked, compute, common)
    found = _run(asked, compute, common)
    picture = _write(found, folder)
    if common.json:
        print_json(found.as_json())
        return 0
    print(found)
    print(f"{'picture':8}{picture}\n{'data':8}{folder / 'race.json'}\n{'store':8}{common.store}")
    return 0


def _run(asked: Request, compute: Compute, common: Common) -> Race:
    from grokphase.races.running import run_race

    with (
        resumable(common.store),
        executor(compute) as elsewhere,
        opened_or_made(common) as store,
        showing(common, RaceView()) as on_progress,
    ):
        if common.shows_progress:
            warn(f"left out, {name}: {why}" for name, why in asked.left_out.items())
        return run_race(
            asked,
            store=store,
            executor=elsewhere,
            workers=compute.workers,
            on_progress=on_progress,
            on_line=stderr_lines(common.shows_progress),
            command=command_line(),
        )


def _write(found: Race, folder: Path) -> Path:
    """The picture and the data as files; where the picture is."""
    from grokphase.files import replacing
    from grokphase.plotting import save_figure

    stem = folder / "race"
    save_figure(found.plot(), stem)
    with replacing(stem.with_suffix(".json")) as passing:
        text = json.dumps(found.as_json(), indent=1, allow_nan=False)
        passing.write_text(f"{text}\n", encoding="utf-8")
    return stem.with_suffix(".png")


def _plan(asked: Request, compute: Compute, common: Common) -> int:
    from grokphase.races.planning import plan_of

    if common.shows_progress:
        warn(f"left out, {name}: {why}" for name, why in asked.left_out.items())
    lines = stderr_lines(common.shows_progress)
    found = plan_of(asked, store=common.store, workers=compute.workers, on_line=lines)
    if common.json:
        print_json({"race": asked.title, **asdict(found), "left_out": dict(asked.left_out)})
        return 0
    rows = [asdict(each) for each in found.arms]
    print_table([*rows[0]], [[*row.values()] for row in rows])
    runs, steps = sum(each.runs for each in found.arms), sum(each.steps for each in found.arms)
    done = sum(each.existing for each in found.arms)
    print(
        f"{runs:,} runs, {done:,} of them in the store; {steps:,} steps at most, "
        f"{duration(found.seconds)} at most with {found.workers} workers, and compiling."
    )
    return 0


def _tracks(common: Common) -> int:
    from grokphase.races import arms, tracks

    rows = [
        (each.name, each.title, ", ".join(map(str, each.p)) or None, each.expects)
        for each in tracks().values()
    ]
    if common.json:
        print_json({"races": [row[0] for row in rows], "arms": [*arms()]})
        return 0
    print_table(["race", "what is learned", "p", "expects"], rows)
    print(f"arms: {', '.join(arms())}")
    print("Write grokphase race NAME; grokphase race --records shows what came out.")
    return 0


def _records(task: str | None, common: Common) -> int:
    from grokphase.races.document import records

    found = [each for each in records() if task in (None, each.track)]
    if task is not None and not found:
        there = ", ".join(dict.fromkeys(each.track for each in records())) or "none"
        raise GrokphaseError(f'There is no record of the race "{task}"; there are: {there}.')
    if common.json:
        print_json({"records": [each.as_json() for each in found]})
        return 0
    if task is not None:
        print("\n\n".join(map(str, found)))
        return 0
    from grokphase.races.page import HEAD, lines, overview

    numbers = [str(at) for at, _ in enumerate(found, 1)]
    listed = [(at, *line) for at, line in zip(numbers, lines(found), strict=True)]
    print_table(("", *HEAD), listed)
    if len(found) > 1:
        print("\nTimes as fast as tuned AdamW in steps; * p < 0.01; columns: the races above.")
        print_table(("arm", *numbers), overview(found, intervals=False))
    return 0
