"""The specification of a run of a user's own training function."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from grokphase.checks import integer
from grokphase.errors import GrokphaseError, nearest
from grokphase.trainers.job import Job
from grokphase.trainers.source import Pickled
from grokphase.trainers.trainer import RESERVED, Settings, Trainer, plain
from grokphase.trainers.watch import Watch

# By the part of a run's name; the settings of a run of ours are its task, model and so on.
_RECIPE: Final = "recipe."


@dataclass(frozen=True, eq=False)
class TrainerSpec:
    """One run of a training function: everything that decides its result, as far as is known.

    Args:
        trainer: the function, its defaults, and what is made of its reports.
        settings: all settings of the run by name.
        seed: which the function finds as `settings["seed"]`.

    Raises:
        GrokphaseError: for a setting that the trainer does not have, or a value it cannot have.

    Example:
        >>> def train(settings, report): ...
        >>> trainer = Trainer(train, defaults={"lr": 0.1, "steps": 50}, name="example")
        >>> TrainerSpec.of(trainer, {"lr": 1}, seed=3).spec()["lr"]
        1.0
    """

    trainer: Trainer
    settings: Settings
    seed: int = 0

    def __post_init__(self) -> None:
        integer("seed", self.seed, 0, 2**63 - 1)
        object.__setattr__(self, "seed", int(self.seed))

    @classmethod
    def of(cls, trainer: Trainer, given: Mapping[str, Any], seed: int = 0) -> TrainerSpec:
        """The run with some settings given and the rest at their defaults."""
        spec = cls(trainer, dict(trainer.defaults or {}), seed)
        for name, value in given.items():
            spec = spec.put(spec.resolved(name), value)
        return spec

    @property
    def name(self) -> str:
        """What the run is listed under."""
        return self.trainer.title

    @property
    def recipe(self) -> Watch:
        """The budget and the thresholds, where a run of ours has them too."""
        trainer = self.trainer
        budget = trainer.budget(self.settings)
        return Watch(budget, trainer.thresholds, trainer.stop, trainer.sustain)

    def spec(self) -> dict[str, Any]:
        """The nested, JSON-able description: the settings by their own names."""
        return {
            "task": {"name": self.name},
            "trainer": self.trainer.identity,
            **self.settings,
            "recipe": self.recipe.spec(),
            "seed": self.seed,
        }

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the specification.

        What the runs are listed under is left out: a file may be renamed.
        """
        known = {name: part for name, part in self.spec().items() if name != "task"}
        known |= {name: _canonical(value) for name, value in self.settings.items()}
        content = json.dumps(known, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def job(self, threads: int) -> Job:
        """What a worker does for it, with so many threads."""
        return Job(
            source=self.trainer.source,
            code=None if self._is_sent_whole else self.trainer.identity.get("source"),
            id=self.id,
            spec=self.spec(),
            settings=self.settings,
            seed=self.seed,
            watch=self.recipe,
            threads=threads,
        )

    @property
    def _is_sent_whole(self) -> bool:
        source = self.trainer.source
        return isinstance(source, Pickled) and source.by_value

    def values(self) -> dict[str, Any]:
        """All that can be set on this run by its name."""
        recipe = self.recipe.spec()
        thresholds = recipe.pop("thresholds")
        del recipe["steps"]  # which is a setting of the user's
        return {
            **{name: _hashable(value) for name, value in self.settings.items()},
            **{f"{_RECIPE}{name}": value for name, value in recipe.items()},
            **{f"{_RECIPE}thresholds.{name}": value for name, value in thresholds.items()},
            "seed": self.seed,
        }

    def resolved(self, name: str) -> tuple[str, ...]:
        """The settings that a name stands for: itself, or several with commas between them.

        Raises:
            GrokphaseError: if one of them is nothing that can be set on this run.
        """
        found = tuple(part.strip() for part in name.split(","))
        known = self.values()
        for part in found:
            if part not in known and not self._may_have(part):
                settings = ", ".join(self.settings) or "none"
                raise GrokphaseError(
                    f'"{part}" is no setting of {self.name}; it has {settings}.'
                    f"{nearest(part, known)}"
                )
        return found

    def _may_have(self, name: str) -> bool:
        """Whether the function may know a setting of which nobody has said that there is one."""
        return self.trainer.defaults is None and name.partition(".")[0] not in RESERVED

    def put(self, names: Sequence[str], value: Any) -> TrainerSpec:
        """The specification with these settings set to one value; they are known to be its own."""
        spec = self
        for name in names:
            spec = (
                spec._recipe_put(name, value)
                if name.startswith(_RECIPE)
                else spec._put(name, value)
            )
        return spec

    def _put(self, name: str, value: Any) -> TrainerSpec:
        if name == "seed":
            return dataclasses.replace(self, seed=value)
        usual = (self.trainer.defaults or {}).get(name)
        meant = _alike(name, plain(name, value), usual)
        if name == "steps" and meant is not None:
            integer("steps", meant, 1)
            meant = int(meant)
        return dataclasses.replace(self, settings={**self.settings, name: meant})

    def _recipe_put(self, name: str, value: Any) -> TrainerSpec:
        part = name.removeprefix(_RECIPE)
        if part.startswith("thresholds."):
            changed = {part.removeprefix("thresholds."): value}
            thresholds = dataclasses.replace(self.trainer.thresholds, **changed)
            trainer = dataclasses.replace(self.trainer, thresholds=thresholds)
        else:
            trainer = dataclasses.replace(self.trainer, **{part: value})
        object.__setattr__(trainer, "source", self.trainer.source)
        return dataclasses.replace(self, trainer=trainer)


def _canonical(value: Any) -> Any:
    """A value such that 1 and 1.0, and 0 and -0.0, are one."""
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _alike(name: str, value: Any, usual: Any) -> Any:
    """A value in the type of the default, so that 1 and 1.0 are one setting, if it can be."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(usual, bool):
        words = {"true": True, "false": False, 0: False, 1: True}
        key = value.lower() if isinstance(value, str) else value
        if key in words:
            return words[key]
        raise GrokphaseError(f"{name} = {value} cannot be used; it is true or false.")
    if isinstance(usual, int) and number:
        if value != int(value):
            raise GrokphaseError(
                f"{name} = {value} cannot be used: its default is the whole number {usual}, so it "
                "must be one too."
            )
        return int(value)
    if isinstance(usual, float) and number:
        return float(value)
    if isinstance(usual, int | float) and value is not None:
        raise GrokphaseError(
            f'{name} = "{value}" cannot be used; its default is the number {usual:g}.'
        )
    if isinstance(usual, str) and number:
        raise GrokphaseError(f'{name} = {value} cannot be used; its default is the word "{usual}".')
    if isinstance(usual, list) and number:
        return [value]
    if isinstance(usual, list) and isinstance(value, str):
        return [_number(each) for each in value.split(",")] if value else []
    return value


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip()
