"""Races: arms are tuned with one budget, and then run on fresh seeds."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.counting import counted
from grokphase.races.facts import BASELINE, Arm, Track
from grokphase.races.measuring import Price, leaked_share, prices
from grokphase.races.own import arm_of_script
from grokphase.races.protocol import best
from grokphase.races.request import Request, request_of
from grokphase.races.result import Entry, Race, Times
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.training.donors import SECONDS, STEPS
from grokphase.training.notes import notes, notes_after
from grokphase.training.shown import OnProgress, shown
from grokphase.training.sweep import Sweep

if TYPE_CHECKING:
    from grokphase.races.facts import Scale
    from grokphase.store.record import RunRecord
    from grokphase.training.progress import Progress


def race(
    track: str | Track,
    *,
    p: int | None = None,
    arms: Sequence[str | Arm] | None = None,
    add: Sequence[Arm | str | os.PathLike[str]] = (),
    scale: Scale = "quick",
    seeds: int | None = None,
    draws: int | None = None,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: OnProgress = "auto",
) -> Race:
    """Race accelerators against tuned AdamW: which, where, by how much, at what price.

    Every arm tries as many settings, quasi-random ones from its own ranges, on the same tuning
    seeds, and goes on with the one of the least median time to sustained generalization. Then all
    run on fresh seeds, on the same data from the same initial weights for a seed, to the end of the
    budget. An arm is called faster than tuned AdamW only at p < 0.01, corrected for the number of
    arms. Runs that the store holds are not trained again, so the same call goes on where it was.

    Args:
        track: what is learned, such as "modular-addition", or a `Track` of your own.
        p: its modulus; the usual one if None.
        arms: names, or arms of your own; all that there are if None. AdamW always takes part.
        add: arms of your own besides, or paths of scripts that define one.
        scale: "quick", minutes on two cores, or "paper".
        seeds: fresh seeds, in place of those of the scale.
        draws: settings that every arm tries, in place of those of the scale.
        store: where runs are found and kept: an open store, or its path; nothing is kept if None.
        executor: any `concurrent.futures.Executor`, instead of processes of this machine.
        workers: worker processes; None for one a core.
        on_progress: called as runs advance and finish; "auto" shows a line in a notebook or on a
            terminal where that takes more than two seconds, None shows nothing.

    Returns:
        A `Race`, which displays itself; `.plot()` draws it.

    Raises:
        GrokphaseError: for anything given that cannot be used, before anything is trained.

    Example:
        >>> import grokphase as gp
        >>> size = gp.races.Size(steps=40, sustain=10, draws=1, tuning_seeds=1, seeds=2)
        >>> own = gp.races.Track(
        ...     "tiny",
        ...     {"name": "modular-addition", "p": 5},
        ...     "mlp",
        ...     {"model.dimension": 4, "model.widths": "4"},
        ...     {"quick": size},
        ... )
        >>> found = gp.race(own, arms=["warm-up"])
        >>> [entry.arm for entry in found.entries], found.enough_seeds
        (['adamw', 'warm-up'], False)

    Source: the protocol is ours; see `grokphase.races.protocol`.
    """
    own = [each if isinstance(each, Arm) else arm_of_script(Path(each)) for each in add]
    asked = request_of(track, p, scale, arms, own, seeds, draws)
    with shown(on_progress) as listener:
        return run_race(
            asked, store=store, executor=executor, workers=workers, on_progress=listener
        )


def run_race(
    asked: Request,
    *,
    store: Store | str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    command: str = "",
) -> Race:
    """What `race` does once it is checked; `command` is the line that asked for it."""
    with borrowed(store) as kept:
        if kept is not None and not kept.read_only:
            kept.begin_sweep(asked.name, asked.base.spec(), command or f"gp.race({asked.title})")
        sweep = Sweep(kept, workers, executor, on_progress)
        on_line(
            f"tuning {counted(len(asked.arms), 'arm')}, {counted(asked.size.draws, 'draw')} each"
        )
        tuned = _by_arm(sweep, {each.name: asked.tuning(each) for each in asked.arms})
        chosen = {each.name: _chosen(asked, each, tuned[each.name]) for each in asked.arms}
        on_line(f"racing on {asked.size.seeds} fresh seeds")
        final = {each.name: [asked.result(each, chosen[each.name])] for each in asked.arms}
        raced = _by_arm(sweep, final)
        if kept is not None and not kept.read_only:
            runs = [
                record.id
                for found in (tuned, raced)
                for draws in found.values()
                for records in draws
                for record in records
            ]
            kept.finish_sweep(asked.name, runs)
    on_line("timing a step of each arm")
    costs = prices([final[each.name][0][0] for each in asked.arms], on_line)
    entries = tuple(
        _entry(asked, each, tuned[each.name], chosen[each.name], raced[each.name][0], price)
        for each, price in zip(asked.arms, costs, strict=True)
    )
    return _race(asked, entries, [*tuned.values(), *raced.values()], command)


def chosen_of(asked: Request, arm: Arm, store: Store) -> dict[str, Any] | None:
    """The settings that an arm races with, where a store has all of its tuning runs; else None."""
    draws = asked.tuning(arm)
    ids = [spec.id for runs in draws for spec in runs]
    if len(store.existing(ids)) < len(set(ids)):
        return None
    found = {record.id: record for record in store.records(ids, curves=False)}
    return _chosen(asked, arm, [[found[spec.id] for spec in runs] for runs in draws])


def _chosen(asked: Request, arm: Arm, tuned: Sequence[Sequence[RunRecord]]) -> dict[str, Any]:
    return asked.draws(arm)[best(_sustained(tuned))]


def _by_arm(sweep: Sweep, specs: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, Any]:
    """The records of these runs, in the same form."""
    flat = [spec for draws in specs.values() for runs in draws for spec in runs]
    records = iter(sweep.run(flat))
    return {
        name: [[next(records) for _ in runs] for runs in draws] for name, draws in specs.items()
    }


def _sustained(draws: Sequence[Sequence[RunRecord]]) -> NDArray[np.float64]:
    """(draws, seeds) steps to the goal, infinite where it was not reached."""
    return np.array(
        [[_step(record.validation_sustained_step) for record in runs] for runs in draws]
    )


def _step(value: int | None) -> float:
    return math.inf if value is None else float(value)


def _donor_seconds(record: RunRecord) -> float:
    """What the network took that was trained first for a run; 0 where there is none."""
    return float(record.provenance[SECONDS]) if STEPS in record.counts else 0.0


def _entry(
    asked: Request,
    arm: Arm,
    tuned: Sequence[Sequence[RunRecord]],
    chosen: Mapping[str, Any],
    raced: Sequence[RunRecord],
    price: Price,
) -> Entry:
    times = _sustained(tuned)
    records = [record for runs in tuned for record in runs]
    return Entry(
        arm=arm.name,
        title=arm.title,
        source=arm.source,
        settings={**arm.settings, **chosen},
        draw=best(times),
        draws_reached=int(np.isfinite(times).all(axis=1).sum()),
        tuning_steps=sum(r.steps_trained + r.counts.get(STEPS, 0) for r in records),
        tuning_seconds=sum(record.seconds + _donor_seconds(record) for record in records),
        times=Times(
            train=tuple(record.train_step for record in raced),
            first=tuple(record.validation_step for record in raced),
            sustained=tuple(record.validation_sustained_step for record in raced),
            lost=tuple(record.validation_sustained_lost_step for record in raced),
        ),
        diverged=sum(record.phase == "diverged" for record in raced),
        runs=tuple(record.id for record in raced),
        step_seconds=price.seconds,
        step_between=price.between,
        flops=price.flops,
        state_bytes=price.state_bytes,
        donor_steps=tuple(r.counts[STEPS] for r in raced if STEPS in r.counts),
        donor_seconds=tuple(_donor_seconds(record) for record in raced if STEPS in record.counts),
        leaked=leaked_share(asked.result(arm, chosen)),
    )


def _notes(asked: Request, entries: Sequence[Entry]) -> list[str]:
    """What is to be known of the runs of each arm that is not so of the baseline's."""
    found = {
        arm.name: [
            note.sentence
            for note in notes([asked.result(arm, {n: entry.settings[n] for n in arm.space})])
        ]
        for arm, entry in zip(asked.arms, entries, strict=True)
    }
    common = found[BASELINE]
    own = [f"{name}: {each}" for name, said in found.items() for each in said if each not in common]
    return common + own


def _race(
    asked: Request,
    entries: tuple[Entry, ...],
    found: Sequence[Sequence[Sequence[RunRecord]]],
    command: str,
) -> Race:
    records = [record for draws in found for runs in draws for record in runs]
    newest = max(records, key=lambda record: str(record.provenance["finished"]))
    raced = [record for record in records if record.seed in asked.seeds]
    said = [note.sentence for note in notes_after(raced)]  # those of the search end at the goal
    return Race(
        name=asked.title,
        track=asked.track.name,
        title=asked.track.title,
        expects=asked.track.expects,
        p=asked.p,
        scale=asked.scale,
        settings=asked.base.spec(),
        budget=asked.size.steps,
        sustain=asked.size.sustain,
        draws=asked.size.draws,
        tuning_seeds=asked.tuning_seeds,
        seeds=asked.seeds,
        entries=entries,
        left_out=dict(asked.left_out),
        notes=(*_notes(asked, entries), *said),
        provenance=dict(newest.provenance),
        seconds=sum(record.seconds for record in records),
        command=command,
    )
