"""Leaves of a run's specification by dotted name: what an axis varies and a setting sets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks import leaves_of, vary
from grokphase.training.recipe import OPTIONAL, with_convention
from grokphase.training.spec import RunSpec

PARTS = ("model", "recipe", "split")  # beside the task, which knows its own leaves
_ABSENT = tuple(f"recipe.{name}" for name in OPTIONAL)  # from a specification, at their default


def _scalars(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Settings by dotted name; of an array given there is its digest, which is none."""
    if isinstance(value, dict):
        for key, inner in value.items() if "sha256" not in value else ():
            yield from _scalars(inner, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _scalars(inner, f"{name}.{index}")
    else:
        yield name, value


def _fields(part: object) -> tuple[str, ...]:
    """Names of what a part was made from; a model of another's making may have none."""
    if not dataclasses.is_dataclass(part):
        return ()
    return tuple(field.name for field in dataclasses.fields(part))


def _settings(spec: RunSpec) -> dict[str, Any]:
    """What can be set of a run, by dotted name, beside what is absent at its default."""
    described = spec.spec()
    found = {f"task.{name}": value for name, value in leaves_of(spec.task).items()}
    for part in PARTS:
        for key in _fields(getattr(spec, part)):
            if key in described[part]:
                found.update(_scalars(described[part][key], f"{part}.{key}"))
    return {**found, "seed": described["seed"]}


def leaves(spec: RunSpec) -> dict[str, float]:
    """All numbers of a specification by dotted name, such as "recipe.decoder.learning_rate".

    Example:
        >>> import grokphase as gp
        >>> leaves(gp.run_spec("addition"))["recipe.embedding.learning_rate"]
        0.001
    """
    return {
        name: value
        for name, value in _settings(spec).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _replaced(value: Any, path: list[str], leaf: Any) -> Any:
    """`value` with the leaf at `path` replaced, in dataclasses and tuples."""
    if not path:
        return leaf
    head, *rest = path
    if isinstance(value, tuple):
        index = int(head)
        return (*value[:index], _replaced(value[index], rest, leaf), *value[index + 1 :])
    return dataclasses.replace(value, **{head: _replaced(getattr(value, head), rest, leaf)})


def _refuse(name: str, known: list[str]) -> GrokphaseError:
    hint = nearest(name, known) or f" Some that are: {', '.join(known[:4])}."
    return GrokphaseError(f'"{name}" is nothing that can be set on this run.{hint}')


def replace(spec: RunSpec, name: str, value: float | str | None) -> RunSpec:
    """The specification with one leaf replaced.

    Args:
        spec: the run to start from.
        name: dotted name: one of `leaves(spec)`, or of a word such as `recipe.stop`.
        value: its new value; for `recipe.measures` names with commas between them. Of
            `split.fraction` and `split.count` one takes the other's place.

    Returns:
        A new specification; the given one is unchanged.

    Raises:
        GrokphaseError: if there is no such leaf, or it cannot have this value.

    Example:
        >>> import grokphase as gp
        >>> spec = replace(gp.run_spec("addition"), "recipe.decoder.weight_decay", 3.0)
        >>> spec.recipe.decoder.weight_decay
        3.0
    """
    splits = [f"split.{field.name}" for field in dataclasses.fields(spec.split)]
    known = [*_settings(spec), *splits, *_ABSENT]
    if name not in known:
        raise _refuse(name, [*leaves(spec), *_ABSENT])
    part, *path = name.split(".")
    if part == "task":
        return dataclasses.replace(spec, task=vary(spec.task, ".".join(path), value))
    if name in ("split.fraction", "split.count"):
        both: dict[str, Any] = {"fraction": None, "count": None, path[0]: value}
        return dataclasses.replace(spec, split=dataclasses.replace(spec.split, **both))
    leaf: Any = value
    if name == "recipe.thresholds.rqi_convention":
        return dataclasses.replace(spec, recipe=with_convention(spec.recipe, spec.model, leaf))
    if name == "recipe.measures" and isinstance(value, str):
        leaf = [word.strip() for word in value.split(",")]
    changed: RunSpec = _replaced(spec, [part, *path], leaf)
    return changed
