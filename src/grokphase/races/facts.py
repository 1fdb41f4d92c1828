"""Arms and tracks: what races, and on what, as the two files of this folder say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from grokphase.checks import choice, integer
from grokphase.errors import GrokphaseError, nearest
from grokphase.models import KINDS
from grokphase.tasks import Task

Scale = Literal["quick", "paper"]
SCALES: Final[tuple[Scale, ...]] = ("quick", "paper")

Expects = Literal["delay", "none", "no delay"]
"""What a track is for: a task that is learned late, or a control, on which nothing can generalize,
or on which there is no delay, so that an accelerator can only cost."""


@dataclass(frozen=True)
class Arm:
    """A way to train that takes part in a race, with the ranges from which it is tuned.

    Args:
        name: such as "adam-coupled".
        settings: what makes the arm, by dotted names of a recipe or a model.
        space: what is tuned, by dotted name: `{"from": 1e-3, "to": 1e-2}`, drawn evenly in its
            logarithm, or a list. The learning rate and the weight decay are tuned for every arm,
            over the ranges of the file where none are given here, unless `settings` has them.
        start: the first draw, where a setting has been published; what it leaves open is drawn.
        title: in words; the name if it is not given.
        source: where it comes from.
        dear: why it races only where it is named.

    Raises:
        GrokphaseError: for a name that is no word, a range that is none, a start outside what is
            tuned, or a setting that makes the race: budget, goal, samples and labels.

    Example:
        >>> arm = Arm("slow", {"recipe.warmup": 100})
        >>> [*arm.space]
        ['recipe.learning_rate', 'recipe.weight_decay']
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    source: str = ""
    dear: str = ""

    def __post_init__(self) -> None:
        _check_name(self.name, "An arm", 'gp.races.Arm("my-arm", ...)')
        for part in ("settings", "space", "start"):
            _check_leaves(self.name, part, getattr(self, part))
        common = _file("arms.toml")["space"]
        tuned = {name: self.space.get(name, common[name]) for name in common} | dict(self.space)
        tuned = {name: axis for name, axis in tuned.items() if name not in self.settings}
        for name, axis in tuned.items():
            _check_axis(self.name, name, axis)
        for name in self.start:
            if name not in tuned:
                raise GrokphaseError(
                    f'The arm "{self.name}" starts with {name}, which it does not tune; it tunes '
                    f"{', '.join(tuned)}."
                )
        object.__setattr__(self, "space", tuned)
        object.__setattr__(self, "title", self.title or self.name)


_OF_THE_RACE: Final = (
    *("recipe.steps", "recipe.sustain", "recipe.stop", "recipe.evaluate_every"),
    *("recipe.thresholds", "recipe.label_noise"),
)
"""Settings, or beginnings of them, that all arms of a race share."""


def _check_name(name: object, what: str, line: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.+-]*", name):
        raise GrokphaseError(
            f"{what} cannot be called {name!r}; give it a word of letters, digits and hyphens, as "
            f"{line}."
        )


def _check_leaves(arm: str, part: str, given: object) -> None:
    """Refuse what is no setting of an arm: what makes the race, or is of no recipe or model."""
    if not isinstance(given, Mapping):
        raise GrokphaseError(
            f'The arm "{arm}" has {part} = {given!r}; write {{"recipe.warmup": ...}}, dotted names '
            "with what they are."
        )
    for name in given:
        if not str(name).startswith(("recipe.", "model.")) or str(name).startswith(_OF_THE_RACE):
            raise GrokphaseError(
                f'The arm "{arm}" changes {name}, and arms change settings of a recipe or a model '
                "only, not the samples, the labels, the budget or the goal, which make the race."
            )


def _check_axis(arm: str, name: str, axis: object) -> None:
    if isinstance(axis, list | tuple) and axis:
        return
    ends = (axis.get("from"), axis.get("to")) if isinstance(axis, Mapping) else (None, None)
    low, high = (end if isinstance(end, int | float) else float("nan") for end in ends)
    if not 0 < low < high:
        raise GrokphaseError(
            f'The arm "{arm}" has {axis} for {name}, which is no range; write '
            '{"from": 1e-3, "to": 1e-2}, with 0 < from < to, or a list.'
        )


MOST_DRAWS: Final = 1000
"""Settings that an arm can try: each is a run on every tuning seed."""


@dataclass(frozen=True)
class Size:
    """How much a track spends.

    Args:
        steps: the budget of a run.
        sustain: steps for which validation accuracy must hold for the goal to be reached.
        draws: settings that every arm tries.
        tuning_seeds: seeds on which each is tried.
        seeds: fresh seeds that the result is from.
        settings: of all runs, by dotted names.
    """

    steps: int
    sustain: int
    draws: int
    tuning_seeds: int
    seeds: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("steps", "sustain", "tuning_seeds", "seeds"):
            integer(name, getattr(self, name), 1)
        integer("draws", self.draws, 1, MOST_DRAWS)
        if self.sustain >= self.steps:
            raise GrokphaseError(
                f"Nothing can hold for sustain = {self.sustain} steps within steps = {self.steps}."
            )
        if self.seeds < 2:
            raise GrokphaseError(
                f"A race with seeds = {self.seeds} says nothing of other seeds; give seeds = 2 or "
                "more, and 8 or more for p < 0.01 to be possible."
            )


@dataclass(frozen=True)
class Track:
    """What is learned by what.

    Args:
        name: such as "modular-addition".
        task: the options of the task, its name among them; or a task of your own, which has no p.
        model: the kind of network, such as "mlp".
        settings: of all runs, by dotted names.
        sizes: by scale.
        p: the moduli that there are, the first of which is usual; none for other tasks.
        title: in words.
        expects: whether generalization is expected late, never, or at once.

    Raises:
        GrokphaseError: for a name that is no word, a task that is none, a model that there is not,
            a scale without a `Size`, or something else to be expected.
    """

    name: str
    task: Mapping[str, Any] | Task
    model: str
    settings: Mapping[str, Any]
    sizes: Mapping[str, Size]
    p: tuple[int, ...] = ()
    title: str = ""
    expects: Expects = "delay"

    def __post_init__(self) -> None:
        _check_name(self.name, "A race", 'gp.races.Track("my-race", ...)')
        if not isinstance(self.task, Task | Mapping):
            raise GrokphaseError(
                f'The race "{self.name}" has task = {self.task!r}; write a task, such as '
                'gp.task("addition"), or its options, as {"name": "addition"}.'
            )
        choice("model", self.model, tuple(KINDS))
        choice("expects", self.expects, get_args(Expects))
        if not self.sizes or not all(isinstance(each, Size) for each in self.sizes.values()):
            raise GrokphaseError(
                f'The race "{self.name}" has sizes = {self.sizes!r}; write what it spends at a '
                'scale, as {"quick": gp.races.Size(steps=2000, sustain=200, draws=5, '
                "tuning_seeds=2, seeds=14)}."
            )

    def modulus(self, p: int | None) -> int | None:
        """The modulus that is meant.

        Raises:
            GrokphaseError: the track has none, or not this one.
        """
        if p is None:
            return self.p[0] if self.p else None
        if p not in self.p:
            there = f"p = {' or '.join(map(str, self.p))}" if self.p else "no p"
            line = f"p={self.p[0]}, in a shell --p {self.p[0]}" if self.p else "no p"
            raise GrokphaseError(f'The race "{self.name}" has {there}, not {p}; write {line}.')
        return p

    def size(self, scale: str) -> Size:
        """What it spends at a scale.

        Raises:
            GrokphaseError: there is no such scale.
        """
        if scale not in self.sizes:
            raise GrokphaseError(
                f'The race "{self.name}" has no scale "{scale}"; it has {", ".join(self.sizes)}.'
            )
        return self.sizes[scale]


@cache
def _file(name: str) -> dict[str, Any]:
    with files(__package__).joinpath(name).open("rb") as opened:
        return tomllib.load(opened)


@cache
def arms() -> Mapping[str, Arm]:
    """The arms that come with grokphase, by name; the first is the baseline.

    Example:
        >>> next(iter(arms())), arms()["held-norm"].settings
        ('adamw', {'recipe.weight_decay': 0.0})
    """
    return {name: Arm(name, **given) for name, given in _file("arms.toml")["arms"].items()}


BASELINE: Final = "adamw"
"""The arm that all others are compared with."""


@cache
def tracks() -> Mapping[str, Track]:
    """The tracks that come with grokphase, by name.

    Example:
        >>> tracks()["modular-addition"].p
        (59, 97)
    """
    found = _file("tracks.toml")
    return {name: _track(name, given, found["common"]) for name, given in found["tracks"].items()}


def _track(name: str, given: Mapping[str, Any], common: Mapping[str, Any]) -> Track:
    sizes: dict[str, Size] = {scale: Size(**given[scale]) for scale in SCALES}
    rest = {key: value for key, value in given.items() if key not in SCALES}
    rest["settings"] = {**common, **rest.get("settings", {})}
    return Track(name, **{**rest, "p": tuple(rest.get("p", ()))}, sizes=sizes)


def track(name: str | Track) -> Track:
    """The track of this name.

    Raises:
        GrokphaseError: there is none.
    """
    if isinstance(name, Track):
        return name
    if not isinstance(name, str):
        raise GrokphaseError(
            f'{name!r} is no race; write the name of one, such as "modular-addition", or '
            "gp.races.Track(...)."
        )
    if name not in tracks():
        raise GrokphaseError(
            f'There is no race "{name}"; there are {", ".join(tracks())}.{nearest(name, tracks())}'
        )
    return tracks()[name]


def arm(name: str | Arm) -> Arm:
    """The arm of this name.

    Raises:
        GrokphaseError: there is none.
    """
    if isinstance(name, Arm):
        return name
    if not isinstance(name, str):
        raise GrokphaseError(
            f'{name!r} is no arm; write the name of one, such as "muon", or gp.races.Arm(...).'
        )
    if name not in arms():
        raise GrokphaseError(
            f'There is no arm "{name}"; there are {", ".join(arms())}.{nearest(name, arms())}'
        )
    return arms()[name]
