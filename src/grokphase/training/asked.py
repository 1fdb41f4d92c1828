"""A run from what a person says of it; the rest is what is usual for the task and its model."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import equinox as eqx
import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.models.specification import Initial, Model
from grokphase.models.user import UserModel
from grokphase.tasks import Split, Task
from grokphase.tasks import task as task_of
from grokphase.trainers import Trainer, TrainerSpec
from grokphase.trainers.trainer import is_address, trainer_of
from grokphase.training.effect import refuse_idle_groups
from grokphase.training.origin import Origin
from grokphase.training.published import is_published, preset
from grokphase.training.recipe import USUAL, Group, Recipe
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.usual import SEED, model_for, settled, split_for


def run_spec(
    task: Task | str,
    model: Model | object | None = None,
    recipe: Recipe | None = None,
    *,
    steps: int | None = None,
    split: Split | float | Sequence[int] | np.ndarray | None = None,
    seed: int = SEED,
    initial: Initial | None = None,
) -> RunSpec:
    """The specification of a run, with the usual setting for everything that is not given.

    Args:
        task: a task, or its name; or the name of a published work, such as "nanda2023", which has
            a model, a recipe and a split of its own (`grokphase.preset`).
        model: `Toy`, `MLP`, `Transformer`, `UserModel`, or any Equinox module.
        recipe: how it learns; what it leaves open is the usual of the task and model.
        steps: the budget, where the recipe does not say.
        split: which samples are for training: a `Split`, a fraction (0.8), a count (45), or
            indices.
        seed: of label vectors, split, initial weights and batches.
        initial: initial weights given as arrays.

    Raises:
        GrokphaseError: for a task, model or setting that cannot be used.

    Example:
        >>> run_spec("addition").model
        Toy(dimension=1, combine='sum', widths=(200, 200), activation='tanh', \
embedding_scale=1.0, decoder_scale=1.0)
    """
    if is_published(task):
        return _published(str(task), model, recipe, steps, split, seed, initial)
    task = as_task(task)
    model = model_for(task) if model is None else as_model(model)
    spec = RunSpec(
        task=task,
        model=model,
        recipe=_with_budget(Recipe() if recipe is None else recipe, steps),
        split=split_for(task) if split is None else as_split(split),
        seed=seed,
        initial=initial,
        origin=Origin() if split is None else None,
    )
    refuse_idle_groups(spec)
    return spec


def _published(
    name: str,
    model: object,
    recipe: Recipe | None,
    steps: int | None,
    split: Split | float | Sequence[int] | np.ndarray | None,
    seed: int,
    initial: Initial | None,
) -> RunSpec:
    """The run of a published work, whose model and recipe are its own."""
    for what, given in (("model", model), ("recipe", recipe)):
        if given is not None:
            raise GrokphaseError(
                f'{name} has a {what} of its own; write spec = gp.preset("{name}"), with settings '
                "of yours by their names, and give spec.task, spec.model and spec.recipe."
            )
    spec = replace(preset(name), seed=seed, initial=initial)
    if steps is not None:
        spec = replace(spec, recipe=replace(spec.recipe, steps=steps))
    if split is None:
        return spec
    origin = None if spec.origin is None else spec.origin.chose("split.fraction", "split.count")
    return replace(spec, split=as_split(split), origin=origin)


def spec_of(
    task: Task | Trainer | str,
    model: Model | object | None = None,
    recipe: Recipe | None = None,
    *,
    steps: int | None = None,
    split: Split | float | Sequence[int] | np.ndarray | None = None,
    seed: int | None = None,
    initial: Initial | None = None,
) -> AnySpec:
    """The specification of a run of a task, as `run_spec` gives it, or of a `Trainer`.

    A trainer, which may be named "my_script.py:train", has its model, data and split inside, and
    seeds from 0.

    Raises:
        GrokphaseError: for what cannot be used, or a trainer together with what is for tasks.
    """
    if isinstance(task, str) and is_address(task):
        task = trainer_of(task)
    if not isinstance(task, Trainer):
        seed = SEED if seed is None else seed
        return run_spec(task, model, recipe, steps=steps, split=split, seed=seed, initial=initial)
    given = {"model": model, "recipe": recipe, "split": split, "initial": initial}
    if unfit := [name for name, value in given.items() if value is not None]:
        raise GrokphaseError(
            f"{unfit[0]} is for tasks, and {task.title} is a training function, which has its own; "
            "what is to vary is one of its settings: gp.Trainer(train, defaults={...})."
        )
    settings = {} if steps is None else {"steps": steps}
    return TrainerSpec.of(task, settings, 0 if seed is None else seed)


def recipe(task: Task | str, model: Model | object | None = None, **settings: Any) -> Recipe:
    """The usual recipe of a task with some settings of your own, all its numbers filled in.

    Args:
        task: a task, or its name.
        model: what learns; the usual model of the task if None.
        settings: fields of `Recipe`, such as `steps=2000`, and of `Group` for the embedding and
            the decoder alike, such as `weight_decay=0`.

    Raises:
        GrokphaseError: for an unknown setting, or a value that cannot be used.

    Example:
        >>> recipe("modular-addition", steps=2000).decoder.weight_decay
        1.0
        >>> recipe("modular-addition", weight_decay=0).embedding.weight_decay
        0.0
    """
    task = as_task(task)
    model = model_for(task) if model is None else as_model(model)
    known = {field.name for field in fields(Recipe)}
    shared = {field.name for field in fields(Group)}
    for name in settings:
        if name not in known | shared:
            raise GrokphaseError(
                f'"{name}" is no setting of a recipe; there are '
                f"{', '.join(sorted(known | shared))}.{nearest(name, known | shared)}"
            )
    given = Recipe(**{name: value for name, value in settings.items() if name in known})
    both = {name: value for name, value in settings.items() if name in shared}
    embedding = _joined(given.embedding, both, "embedding")
    decoder = _joined(given.decoder, both, "decoder")
    return settled(replace(given, embedding=embedding, decoder=decoder), model, task)


def _joined(own: Group, both: dict[str, Any], what: str) -> Group:
    """A group's own settings with those of all groups."""
    if twice := [name for name in both if getattr(own, name) is not USUAL]:
        raise GrokphaseError(
            f"{twice[0]} is given for all parameters and for the {what}; give it once."
        )
    return replace(own, **both)


def _with_budget(given: object, steps: int | None) -> Recipe:
    if not isinstance(given, Recipe):
        raise GrokphaseError(f"{given!r} is not a recipe; write gp.Recipe(steps=10_000).")
    if steps is None:
        return given
    if given.steps is not USUAL and given.steps != steps:
        raise GrokphaseError(
            f"steps = {steps} and recipe.steps = {given.steps} are two budgets; give one."
        )
    return replace(given, steps=steps)


def as_task(task: object) -> Task:
    """A task from its name, or the task itself."""
    if is_published(task):
        raise GrokphaseError(
            f'"{task}" is a published run, with a task and a recipe of its own; write '
            f'gp.preset("{task}").task, or .recipe.'
        )
    if isinstance(task, str):
        return task_of(task)
    if isinstance(task, Task):
        return task
    if callable(task):
        raise GrokphaseError(
            f"{task!r} is a function; to train by a function of your own write gp.Trainer(train)."
        )
    raise GrokphaseError(
        f'{reprlib.repr(task)} is not a task; write its name, such as "addition", or '
        'gp.task("addition", p=10).'
    )


def as_split(split: Split | float | Sequence[int] | np.ndarray) -> Split:
    """A split from a fraction, a count, or indices.

    Example:
        >>> as_split(45), as_split(0.8)
        (Split(fraction=None, count=45, train=None, seed=None, keep=None), \
Split(fraction=0.8, count=None, train=None, seed=None, keep=None))
    """
    if isinstance(split, Split):
        return split
    if isinstance(split, int | np.integer):
        return Split(count=int(split))
    if isinstance(split, float | np.floating):
        return Split(fraction=float(split))
    return Split(train=split)


def as_model(model: object) -> Model:
    """A model specification; an Equinox module is wrapped as a `UserModel`."""
    if isinstance(model, eqx.Module):
        return UserModel(model)
    if isinstance(model, Model) and not isinstance(model, type):
        return model
    if isinstance(model, tuple) and any(isinstance(part, eqx.nn.State) for part in model):
        raise GrokphaseError(
            "a module with a state, as eqx.nn.make_with_state makes it for BatchNorm, cannot be "
            "trained: a model is a function of its weights and inputs alone; use LayerNorm."
        )
    if isinstance(model, Recipe):
        raise GrokphaseError("a recipe stands where the model is expected; write recipe=... .")
    raise GrokphaseError(
        f"a {type(model).__name__} is not a model; give Toy(), MLP(), Transformer(), an Equinox "
        "module or UserModel(...)."
    )
