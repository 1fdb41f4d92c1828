"""Leaves of a run's specification by dotted name: what an axis varies and a setting sets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks import vary
from grokphase.training.recipe import OPTIONAL
from grokphase.training.spec import RunSpec

PARTS = ("task", "model", "recipe", "split")
_ABSENT = tuple(f"recipe.{name}" for name in OPTIONAL)  # from a specification, at their default


def _scalars(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scalars(inner, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _scalars(inner, f"{name}.{index}")
    else:
        yield name, value


def _settings(spec: RunSpec) -> dict[str, Any]:
    described = spec.spec()
    named = (_scalars(described[part], part) for part in (*PARTS, "seed"))
    return dict(pair for scalars in named for pair in scalars)


def leaves(spec: RunSpec) -> dict[str, float]:
    """All numbers of a specification by dotted name, such as "recipe.decoder.learning_rate".

    Example:
        >>> import grokphase as gp
        >>> leaves(gp.run_spec("addition"))["recipe.embedding.learning_rate"]
        0.001
    """
    numbers = {
        name: value
        for name, value in _settings(spec).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return numbers


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
    return GrokphaseError(f'"{name}" is nothing that this run\'s specification holds.{hint}')


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
    if name not in known or name == "model.name":
        raise _refuse(name, [*leaves(spec), *_ABSENT])
    part, *path = name.split(".")
    if part == "task":
        return dataclasses.replace(spec, task=vary(spec.task, ".".join(path), value))
    if name in ("split.fraction", "split.count"):
        both: dict[str, Any] = {"fraction": None, "count": None, path[0]: value}
        return dataclasses.replace(spec, split=dataclasses.replace(spec.split, **both))
    leaf: Any = value
    if name == "recipe.measures" and isinstance(value, str):
        leaf = [word.strip() for word in value.split(",")]
    changed: RunSpec = _replaced(spec, [part, *path], leaf)
    return changed
