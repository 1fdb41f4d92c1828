"""Leaves of a run's specification by dotted name: what an axis varies and a setting sets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from grokphase.accelerators import kinds, unknown_setting
from grokphase.errors import GrokphaseError, nearest
from grokphase.models.specification import OPTIONAL as OF_MODEL
from grokphase.models.user import UserModel
from grokphase.phases.names import SHARED, leaves_of, tidy
from grokphase.tasks import leaves_of as task_leaves
from grokphase.tasks import vary
from grokphase.trainers import TrainerSpec
from grokphase.training.following import with_task
from grokphase.training.recipe import OPTIONAL
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.usual import with_convention, with_model

Spec = TypeVar("Spec", RunSpec, TrainerSpec, AnySpec)

_ARM = "recipe.accelerator"
PARTS = ("model", "recipe", "split")  # beside the task, which knows its own leaves
_ABSENT = tuple(f"recipe.{name}" for name in OPTIONAL)  # from a specification, at their default

# None would mean the usual number of the task again, and what is set now would be lost silently.
_NEVER_NONE = (
    "recipe.steps",
    "recipe.evaluate_every",
    "recipe.threads",
    *(leaf for name in SHARED for leaf in leaves_of(name)),
)


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
    if isinstance(part, UserModel):
        return ("name", *part.arguments)
    if not dataclasses.is_dataclass(part):
        return ()
    return tuple(field.name for field in dataclasses.fields(part))


def _settings(spec: RunSpec) -> dict[str, Any]:
    """What can be set of a run, by dotted name, beside what is absent at its default."""
    described = spec.spec()
    found = {f"task.{name}": value for name, value in task_leaves(spec.task).items()}
    for part in PARTS:
        for key in _fields(getattr(spec, part)):
            if key in described[part] and key != "accelerator":
                found.update(_scalars(described[part][key], f"{part}.{key}"))
    return {**found, **_of_accelerator(spec), "seed": described["seed"]}


def _of_accelerator(spec: RunSpec) -> dict[str, Any]:
    """What can be set of a run's accelerator, and which it is."""
    arm = spec.recipe.accelerator
    if arm is None:
        return {}
    found = {f"{_ARM}.{name}": getattr(arm, name) for name in _fields(arm)}
    return {_ARM: arm.kind, **found}


def leaves(spec: AnySpec) -> dict[str, float]:
    """All numbers of a specification by dotted name, such as "recipe.decoder.learning_rate".

    Example:
        >>> import grokphase as gp
        >>> leaves(gp.run_spec("addition"))["recipe.embedding.learning_rate"]
        0.001
    """
    return {
        name: value
        for name, value in (
            spec.values() if isinstance(spec, TrainerSpec) else _settings(spec)
        ).items()
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


def values_of(spec: AnySpec) -> dict[str, Any]:
    """All that can be set on this run by its name: numbers, words, lists, and what is not set."""
    if isinstance(spec, TrainerSpec):
        return spec.values()
    absent = dict.fromkeys(f"split.{name}" for name in _fields(spec.split))
    optional = {f"recipe.{name}": attrgetter(name)(spec.recipe) for name in OPTIONAL}
    of_model = {f"model.{n}": getattr(spec.model, n) for n in OF_MODEL if n in _fields(spec.model)}
    return absent | optional | of_model | _lists(spec) | _settings(spec)


def _lists(spec: RunSpec) -> dict[str, tuple[float, ...]]:
    """Settings that hold several numbers, such as the widths of the hidden layers."""
    if isinstance(spec.model, UserModel):
        return {}
    held = {name: getattr(spec.model, name) for name in _fields(spec.model)}
    return {f"model.{name}": value for name, value in held.items() if isinstance(value, tuple)}


def resolved(spec: AnySpec, name: str) -> tuple[str, ...]:
    """The leaves of this run that a name stands for, see `grokphase.phases.names`.

    Raises:
        GrokphaseError: if one of them is nothing that can be set on this run.

    Example:
        >>> import grokphase as gp
        >>> resolved(gp.run_spec("addition"), "recipe.weight_decay")
        ('recipe.embedding.weight_decay', 'recipe.decoder.weight_decay')
    """
    if isinstance(spec, TrainerSpec):
        return spec.resolved(name)
    known = values_of(spec)
    found = leaves_of(tidy(name))
    for leaf in found:
        if leaf not in known and leaf.startswith(f"{_ARM}."):
            raise _no_setting(spec, leaf)
        if leaf not in known:
            raise _refuse(leaf, [*leaves(spec), *_lists(spec), *SHARED, *_ABSENT])
    return found


def _no_setting(spec: RunSpec, leaf: str) -> GrokphaseError:
    """That a run's accelerator has no such setting, or that it has none."""
    arm, name = spec.recipe.accelerator, leaf.removeprefix(f"{_ARM}.")
    if arm is not None:
        return unknown_setting(arm.kind, name, list(_fields(arm)))
    having = [kind for kind, each in kinds().items() if name in _fields(each)] or list(kinds())
    return GrokphaseError(
        f"{leaf} is of an accelerator, and this run has none; write also {_ARM}={having[0]}"
        f"{'' if len(having) == 1 else ', or another of ' + ', '.join(having)}."
    )


def _refuse(name: str, known: list[str]) -> GrokphaseError:
    hint = nearest(name, known) or f" Some that are: {', '.join(known[:4])}."
    return GrokphaseError(f'"{name}" is nothing that can be set on this run.{hint}')


def replace(spec: Spec, name: str, value: float | str | None) -> Spec:
    """The specification with one leaf replaced, or with several that take the same value.

    Args:
        spec: the run to start from.
        name: dotted name: one of `leaves(spec)`, or of a word such as `recipe.stop`;
            `recipe.weight_decay`, and other settings of a `Group`, mean the embedding's and the
            decoder's; names with commas between them all take the value.
        value: its new value; for `recipe.measures` names, and for `model.widths` numbers, with
            commas between them, or None for none of them. Of `split.fraction` and `split.count`
            one takes the other's place.

    Returns:
        A new specification; the given one is unchanged.

    Raises:
        GrokphaseError: if there is no such leaf, or it cannot have this value.

    Example:
        >>> import grokphase as gp
        >>> spec = replace(gp.run_spec("addition"), "recipe.weight_decay", 3.0)
        >>> spec.recipe.embedding.weight_decay, spec.recipe.decoder.weight_decay
        (3.0, 3.0)
        >>> replace(spec, "model.widths", "16,16,16").model.widths
        (16, 16, 16)
    """
    return put(spec, resolved(spec, name), value)


def put(spec: Spec, leaves: Sequence[str], value: float | str | None) -> Spec:
    """The specification with these leaves set to one value; they are known to be its own."""
    if isinstance(spec, TrainerSpec):
        return spec.put(leaves, value)
    for leaf in leaves:
        spec = _put(spec, leaf, value)
    if spec.origin is None:
        return spec
    return dataclasses.replace(spec, origin=spec.origin.chose(*leaves))


def _put(spec: RunSpec, name: str, value: float | str | None) -> RunSpec:
    part, *path = name.split(".")
    if part == "task":
        return with_task(spec, vary(spec.task, ".".join(path), value))
    if name in ("split.fraction", "split.count"):
        both: dict[str, Any] = {"fraction": None, "count": None, path[0]: value}
        return dataclasses.replace(spec, split=dataclasses.replace(spec.split, **both))
    if value is None and name in _NEVER_NONE:
        raise GrokphaseError(f"{name} = none cannot be used; it must be a number.")
    if value is None and name == "recipe.batch" and spec.task.kind == "mnist":
        raise GrokphaseError(
            "recipe.batch = none is the usual of a task, and that of mnist is not the full batch; "
            "write as many as are trained, such as recipe.batch=1000."
        )
    leaf: Any = value
    if name == "recipe.thresholds.rqi_convention":
        return dataclasses.replace(spec, recipe=with_convention(spec.recipe, spec.model, leaf))
    if name == "recipe.measures" and isinstance(value, str | None):
        leaf = [word.strip() for word in (value or "").split(",") if word.strip()]
    if name in _lists(spec):
        leaf = _numbers(name, value)
    if part == "model":
        old: Any = spec.model
        own = isinstance(old, UserModel)
        model = old.varied(**{path[0]: leaf}) if own else _replaced(old, path, leaf)
        recipe = with_model(spec.recipe, spec.model, model)
        return dataclasses.replace(spec, model=model, recipe=recipe)
    changed: RunSpec = _replaced(spec, [part, *path], leaf)
    return changed


def _numbers(name: str, value: object) -> list[float]:
    """A list from its text: "200,200", one number, or nothing for none at all."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [*value]
    items = [] if value is None else str(value).split(",")
    try:
        return [float(item) for item in items]
    except ValueError:
        raise GrokphaseError(
            f'{name} = "{value}" is no list of numbers; write --set {name}=200,200 for two hidden '
            f"layers, in Python a tuple such as (200, 200)."
        ) from None
