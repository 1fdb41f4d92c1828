"""All settings of a run, each with its value, what is allowed, and what it means.

Meanings are those of the docstrings, so that there is one text of each; the kind of a value and
words that are allowed come from the types of the fields.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

from grokphase.accelerators import allowed, kinds
from grokphase.phases.thresholds import Thresholds
from grokphase.tasks import Regression, Split
from grokphase.tasks.registry import builder
from grokphase.trainers import TrainerSpec
from grokphase.training.effect import without_effect
from grokphase.training.leaves import values_of
from grokphase.training.recipe import Group, Recipe
from grokphase.training.spec import AnySpec, RunSpec

# Bounds that differ from the usual ones of their kind: whole numbers from 1, numbers from 0.
_BOUNDS: Final = {
    "beta1": "from 0, below 1",
    "beta2": "from 0, below 1",
    "train_accuracy": "from 0 to 1",
    "validation_accuracy": "from 0 to 1",
    "rqi": "from 0 to 1",
    "delay": "from 0",
    "seed": "from 0; written --seed 3, or --seeds 5 for several",
    "fraction": "above 0, below 1",
    "scale": "above 0",
    "p": "from 2 to 1000",
    "samples": "from 2",
    "warmup": "from 0",
    "label_noise": "from 0 to 1",
    "negation": "from 0 to 1",
    "dropout": "from 0, below 1",
    "held_norm": "above 0",
    "tolerance": "above 0",
    "held_from": "from 0",
    "temperature": "above 0",
    "threads": "from 1 to 64",
}
_ORDER: Final = (
    *("model", "split", "recipe"),
    *("recipe.accelerator", "recipe.embedding", "recipe.decoder", "recipe.thresholds", "seed"),
)
_WORDS: Final = {
    "pairs": "ordered, unordered",
    "target": "classification, regression",
    "train": "a list of sample indices, in Python",
    "path": "a file",
    "folder": "a folder",
    "column": "a column of a file",
    "sequence": "a, b and c once each, words between them",
}


class Setting(NamedTuple):
    """One setting of a run.

    Args:
        name: dotted name, as for an axis or ``--set``.
        value: what it is in this run; None where it is not set.
        allowed: what it can be, in words.
        meaning: what it does.
        idle: why it has no effect in this run; None where it has one.
    """

    name: str
    value: Any
    allowed: str
    meaning: str
    idle: str | None


def settings_of(spec: AnySpec) -> list[Setting]:
    """All settings of a run, those of one part together.

    Example:
        >>> import grokphase as gp
        >>> found = {each.name: each for each in settings_of(gp.run_spec("modular-addition"))}
        >>> found["recipe.decoder.weight_decay"].value, found["recipe.steps"].allowed
        (1.0, 'whole number from 1')
        >>> found["recipe.steps"].meaning
        'the budget, in updates.'
    """
    if isinstance(spec, TrainerSpec):
        return [_of_trainer(name, value) for name, value in spec.values().items()]
    return [
        Setting(name, value, *_explained(spec, name), without_effect(spec, name))
        for name, value in _all(spec).items()
    ]


def _of_trainer(name: str, value: Any) -> Setting:
    """A setting of a training function, of which its default is all that is known."""
    part, _, setting = name.rpartition(".")
    home = {"recipe": Recipe, "recipe.thresholds": Thresholds, "": RunSpec}.get(part)
    if part or name == "seed":
        assert home is not None
        allowed = _allowed(setting, _hints(home).get(setting))
        meaning = documented(home).get(setting, "") if part else "given in the settings too"
        return Setting(name, value, allowed, meaning, None)
    kinds = {bool: "true or false", int: "whole number", float: "number", str: "word"}
    allowed = kinds.get(type(value), "list" if isinstance(value, tuple) else "")
    return Setting(name, value, allowed, "a setting of yours", None)


def _all(spec: RunSpec) -> dict[str, Any]:
    """Values by name: task, model, split, recipe, and of the recipe its own before its parts."""
    known = values_of(spec)
    task = {f"task.{name}": getattr(spec.task, name, None) for name in _task_options(spec)}
    task |= {name: value for name, value in known.items() if name.startswith("task.")}
    given = builder(spec.task.kind)
    chosen = given is None or "target" in inspect.signature(given).parameters
    if chosen and not spec.task.is_function:
        task["task.target"] = spec.task.target.spec()["kind"]
    lists = tuple(f"{name}." for name, value in known.items() if isinstance(value, tuple))
    within = ("task.", *lists)  # of a list one row is enough
    rest = {name: value for name, value in known.items() if not name.startswith(within)}
    placed = sorted(rest, key=lambda name: _ORDER.index(name.rpartition(".")[0] or name))
    return task | {name: rest[name] for name in placed}


def _task_options(spec: RunSpec) -> Iterator[str]:
    made = builder(spec.task.kind)
    return (name for name in (inspect.signature(made).parameters if made else ()) if name != "name")


def _explained(spec: RunSpec, name: str) -> tuple[str, str]:
    """What is allowed, and the meaning."""
    part, _, setting = name.rpartition(".")
    homes: dict[str, Callable[..., Any] | None] = {
        "task": builder(spec.task.kind),
        "task.target": Regression,
        "model": type(spec.model),
        "split": Split,
        "recipe": Recipe,
        "recipe.embedding": Group,
        "recipe.decoder": Group,
        "recipe.thresholds": Thresholds,
        "recipe.accelerator": type(spec.recipe.accelerator),
        "": RunSpec,
    }
    home = homes[part]
    if home is None:  # a task that someone made
        return "", ""
    if part == "recipe.accelerator":
        assert isinstance(home, type)
        return allowed(home, setting), documented(home).get(setting, "")
    if name == "recipe.accelerator":
        return f"{', '.join(kinds())}, or none", documented(Recipe)[setting]
    return _allowed(setting, _hints(home).get(setting)), documented(home).get(setting, "")


@cache
def _hints(home: Callable[..., Any]) -> dict[str, Any]:
    return typing.get_type_hints(home)


def _allowed(setting: str, hint: Any) -> str:
    """The kind of a value in words, from the type of its field."""
    if setting in _WORDS:
        return _WORDS[setting]
    if get_origin(hint) in (UnionType, typing.Union):
        inner = [one for one in get_args(hint) if one is not NoneType]
        said = _allowed(setting, inner[0])
        return f"{said}, or none" if NoneType in get_args(hint) else said
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        inner_hint = get_args(hint)[0]
        return f"{_allowed(setting, inner_hint)}; several with commas between them"
    if hint is bool:
        return "true, false"
    if hint in (int, float):
        kind, usual = ("whole number", "from 1") if hint is int else ("number", "from 0")
        return f"{kind} {_BOUNDS.get(setting, usual)}"
    return ""


@cache
def documented(of: Callable[..., Any]) -> dict[str, str]:
    """What a docstring says of each argument, on one line.

    Example:
        >>> documented(Group)["beta1"]
        'decay of the first moment; the momentum of "sgd".'
    """
    _, _, after = (inspect.getdoc(of) or "").partition("\nArgs:\n")
    lines = after.split("\n\n")[0].splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if opened := re.match(r" {4}(\w+): (.*)", line):
            name = opened[1]
            found[name] = opened[2]
        elif found:
            found[name] += f" {line.strip()}"
    return {name: text.replace("``", "") for name, text in found.items()}
