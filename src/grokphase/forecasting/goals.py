"""What forecasts were aimed at, and what they came to."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final, NamedTuple

from grokphase.forecasting.benchmark import Benchmark, FamilyScore
from grokphase.forecasting.combination import Combination
from grokphase.forecasting.scoreboard import share
from grokphase.forecasting.scoring import Score

SEEN: Final = 1.25
"""The error in a family that is seen which was aimed at, in floors."""


class Goal(NamedTuple):
    """One aim, whether it was reached, and what was measured, a line each."""

    aim: str
    reached: bool
    came_to: tuple[str, ...]


def goals(found: Benchmark) -> str:
    """The goals of the combination, as lines of text of at most 100 characters."""
    lines = []
    for goal in _goals(found):
        lines.append(f"{goal.aim}: {'reached' if goal.reached else 'not reached'}")
        for each in goal.came_to:
            lines += textwrap.wrap(each, 98, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _goals(found: Benchmark) -> Iterator[Goal]:
    first, half = "memorization", "50%"
    everyone = found.families[-1]
    scored = [each for each in found.single if _of(each, first).runs]
    together = [each for each in found.families if each not in found.single]
    yield Goal(
        "families never seen, at memorization: a median error of the delay below 35 %",
        _of(everyone, first).median_error < 0.35,
        (
            "; ".join(_error(each, first) for each in reversed(together)),
            "family by family: " + "; ".join(_error(each, first) for each in scored),
            "after half of the delay: " + "; ".join(_error(e, half) for e in reversed(together)),
        ),
    )
    ratios = {
        each: next(s.median_error for s in each.within if s.at == first) / each.floor
        for each in scored
        if each.within and each.floor > 0
    }
    yield Goal(
        f"a family that is seen: an error of at most {SEEN:g} times the floor",
        all(ratio <= SEEN for ratio in ratios.values()),
        ("; ".join(f"{e.name} {r:.2f} ({e.floor_runs} runs)" for e, r in ratios.items()),),
    )
    covered = {each.name: _of(each, first).coverage90 for each in scored}
    yield Goal(
        "intervals of 90 % that cover 85 to 95 % in every test family",
        all(0.85 <= value <= 0.95 for value in covered.values()),
        ("; ".join(f"{name} {share(value)}" for name, value in covered.items()),),
    )
    late = _of(everyone, half)
    yield Goal(
        "fewer than one false alarm in ten at half of the delay",
        late.false_alarms_quiet < 0.1,
        (
            f"quiet: {share(late.false_alarms_quiet)} of the runs that never generalize, "
            f"{share(late.caught_quiet)} of those that do are caught",
            f"at the threshold for catching 80 %: {share(late.false_alarms)} and "
            f"{share(late.caught)}",
        ),
    )


def _error(family: FamilyScore, at: str) -> str:
    found = _of(family, at)
    error, floor = share(found.median_error), share(family.floor)
    return f"{family.name} {error} of {found.runs} runs (floor {floor} of {family.floor_runs})"


def _of(family: FamilyScore, at: str) -> Score:
    return next(e for e in family.scores if (e.name, e.at) == (Combination.name, at))
