"""A race as it is asked for: its arms, and the runs of each, before and after tuning."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from grokphase.errors import GrokphaseError
from grokphase.races.draws import draws
from grokphase.races.facts import BASELINE, Arm, Size, Track, arm, arms, track
from grokphase.store.naming import short_name
from grokphase.tasks import Task
from grokphase.tasks import task as task_of
from grokphase.training.asked import run_spec
from grokphase.training.effect import refuse_without_effect
from grokphase.training.leaves import replace
from grokphase.training.session import prepare
from grokphase.training.spec import RunSpec
from grokphase.training.usual import model_of_kind

TUNING: Final = 1_000_000
"""The first tuning seed; those of the result are counted from 0."""


@dataclass(frozen=True)
class Request:
    """A race as it is asked for.

    Args:
        track: what is learned.
        p: its modulus; None where it has none.
        scale: how much is spent.
        size: that in numbers.
        arms: those that race, the baseline first.
        left_out: by name of an arm why it cannot race here.
    """

    track: Track
    p: int | None
    scale: str
    size: Size
    arms: tuple[Arm, ...]
    left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """Such as "modular-addition-59-quick", and what it spends otherwise than its scale does."""
        usual = self.track.size(self.scale)
        other = [
            f"{own}-{name}"
            for name in ("draws", "seeds")
            if (own := getattr(self.size, name)) != getattr(usual, name)
        ]
        parts = (self.track.name, self.p, self.scale, *other)
        return "-".join(str(part) for part in parts if part)

    @property
    def name(self) -> str:
        """A name that differs between races, for the store."""
        asked = [dataclasses.asdict(self.size), [dataclasses.asdict(each) for each in self.arms]]
        return f"race-{self.title}-{short_name([self.base.spec(), *asked])}"

    @cached_property
    def base(self) -> RunSpec:
        """What all runs share."""
        return base_of(self.track, self.p, self.size)

    @property
    def tuning_seeds(self) -> tuple[int, ...]:
        """Those on which settings are chosen."""
        return tuple(range(TUNING, TUNING + self.size.tuning_seeds))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that the result is from."""
        return tuple(range(self.size.seeds))

    def draws(self, of: Arm) -> list[dict[str, Any]]:
        """The settings that an arm tries."""
        return draws(of, self.size.draws)

    def tuning(self, of: Arm) -> list[list[RunSpec]]:
        """Of every draw its runs on the tuning seeds; each ends once the goal has been held."""
        return [self._runs(of, drawn, "sustained", self.tuning_seeds) for drawn in self.draws(of)]

    def result(self, of: Arm, drawn: Mapping[str, Any]) -> list[RunSpec]:
        """The runs of an arm on the fresh seeds, to the end of the budget, to see what is lost."""
        return self._runs(of, drawn, "budget", self.seeds)

    def _runs(
        self, of: Arm, drawn: Mapping[str, Any], stop: str, seeds: Sequence[int]
    ) -> list[RunSpec]:
        spec = replace(with_settings(self.base, {**of.settings, **drawn}), "recipe.stop", stop)
        return [dataclasses.replace(spec, seed=seed) for seed in seeds]


def base_of(of: Track, p: int | None, size: Size) -> RunSpec:
    """The run that all arms change."""
    task = of.task
    if not isinstance(task, Task):
        options = {**task, **({} if p is None else {"p": p})}
        task = task_of(options.pop("name"), **options)
    usual = run_spec(task, model_of_kind(of.model, task))
    budget = {"recipe.steps": size.steps, "recipe.sustain": size.sustain}
    return with_settings(usual, {**of.settings, **size.settings, **budget})


def with_settings(spec: RunSpec, settings: Mapping[str, Any]) -> RunSpec:
    """A run with these settings; the word none is Python's None."""
    for name, value in settings.items():
        spec = replace(spec, name, None if value == "none" else value)
    return spec


def request_of(
    on: str | Track,
    p: int | None = None,
    scale: str = "quick",
    only: Sequence[str | Arm] | None = None,
    add: Sequence[Arm] = (),
    seeds: int | None = None,
    draws: int | None = None,
) -> Request:
    """A race, checked before anything is trained.

    Args:
        on: the track, or its name.
        p: its modulus.
        scale: "quick" or "paper".
        only: the arms; all that there are if None. The baseline always takes part.
        add: arms of one's own, besides.
        seeds: fresh seeds, in place of those of the scale.
        draws: settings that every arm tries, in place of those of the scale.

    Raises:
        GrokphaseError: for what there is not, or an arm that is named and cannot race here.
    """
    chosen = track(on)
    modulus, size = chosen.modulus(p), chosen.size(scale)
    size = dataclasses.replace(
        size,
        seeds=size.seeds if seeds is None else seeds,
        draws=size.draws if draws is None else draws,
    )
    if isinstance(only, str):
        raise GrokphaseError(f'arms = "{only}" is no list; write arms=["{only}"].')
    if only is not None and not only and not add:
        raise GrokphaseError(
            'No arm is named; write arms=["muon", "dropout"], in a shell --arms muon,dropout, or '
            "leave it out for all."
        )
    added = {own.name for own in add}  # which --arms may name as well
    named = [
        arm(each)
        for each in (arms() if only is None else only)
        if getattr(each, "name", each) not in added
    ]
    racing = {each.name: each for each in (arm(BASELINE), *named)}
    for own in add:
        if own.name in racing or own.name in arms():
            raise GrokphaseError(
                f'There is an arm "{own.name}" already; give yours another name, as '
                f'gp.races.Arm("my-{own.name}", ...).'
            )
        racing[own.name] = own
    asked = Request(chosen, modulus, scale, size, tuple(racing.values()))
    left_out = {each.name: each.dear for each in racing.values() if each.dear and only is None}
    for each in racing.values():
        if each.name in left_out:
            continue
        try:
            check(asked, each)
        except GrokphaseError as error:
            if only is not None or each in add or each.name == BASELINE:
                raise GrokphaseError(f'The arm "{each.name}" cannot race here: {error}') from None
            left_out[each.name] = str(error)
    there = tuple(each for name, each in racing.items() if name not in left_out)
    return dataclasses.replace(asked, arms=there, left_out=left_out)


def check(asked: Request, of: Arm) -> None:
    """Refuse an arm that cannot be trained on a track, or would change nothing there.

    Raises:
        GrokphaseError: saying why.
    """
    tuning = asked.tuning(of)
    refuse_without_effect(tuning[0][0], [*of.settings, *of.space])
    prepare(tuning[0][0])
