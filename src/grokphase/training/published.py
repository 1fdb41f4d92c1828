"""Runs of published works: task, model, recipe and split, each with where it comes from.

A work is a file in `grokphase.presets`: its facts are data, and every leaf of the run it makes can
be set and varied like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.presets import facts, names, published
from grokphase.tasks import Task
from grokphase.tasks import task as task_of
from grokphase.tasks.registry import options_of
from grokphase.training.described import model_of
from grokphase.training.following import derived_recipe, derived_split
from grokphase.training.leaves import replace as with_leaf
from grokphase.training.measured import not_modular
from grokphase.training.origin import Origin
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.usual import SEED, usual_preset

_LOOKS_LIKE_ONE = re.compile(r"[a-z]+(19|20)\d\d(-[a-z]+)?")


def is_published(name: object) -> bool:
    """Whether a run of this name is that of a work.

    Raises:
        GrokphaseError: it looks like one, as a name and a year, and there is none of that name.
    """
    if not isinstance(name, str):
        return False
    if name not in names() and not _LOOKS_LIKE_ONE.fullmatch(name):
        return False
    facts(name)
    return True


def provenance(name: object, spec: AnySpec | None = None) -> list[str]:
    """Where a run comes from, a sentence each; nothing where it is no work's.

    Args:
        name: how the run was named.
        spec: the run, whose task may be one whose usual setting is that of a work with changes of
            ours.

    Example:
        >>> from grokphase.training.asked import run_spec
        >>> provenance("mnist", run_spec("mnist"))[0]
        'Usual setting of mnist: that of liu2022-mnist, but recipe.steps = 20000.'
    """
    if is_published(name):
        return published(str(name)).lines()
    if not isinstance(spec, RunSpec) or (work := usual_preset(spec.task)) is None:
        return []
    changes = facts(work).get("usual", {})
    changed = ", ".join(f"recipe.{key} = {value}" for key, value in changes.items())
    said = f"Usual setting of {spec.task.kind}: that of {work}, but {changed}."
    return [said, *published(work).lines()] if changes else []


def preset(
    name: str,
    *,
    operation: str | None = None,
    seed: int = SEED,
    watch: bool = False,
    **settings: Any,
) -> RunSpec:
    """The run that a published work describes, with some settings of your own.

    Args:
        name: one of `grokphase.presets.names()`.
        operation: how the work writes the operation, such as "x/y", or the name of its task;
            for works that have several.
        seed: of everything random.
        watch: record what shows hidden progress, as `grokphase train` does; see `watched`.
        **settings: options of the task, such as `p=59`, and any setting by its dotted name, as
            `**{"recipe.decoder.weight_decay": 3}`.

    Returns:
        The specification; `gp.train(spec.task, spec.model, spec.recipe, split=spec.split)`.

    Raises:
        GrokphaseError: for a work, an operation or a setting that there is not.

    Example:
        >>> spec = preset("power2022", operation="x/y", p=59)
        >>> spec.task.name, spec.model.layers, len(spec.task)
        ('modular-division', 2, 3422)
        >>> preset("nanda2023", **{"recipe.decoder.weight_decay": 3}).recipe.decoder.weight_decay
        3.0
    """
    found = facts(name)
    # Such as p and task.p; task.target.dimension is a leaf of the task made.
    of_task = {key: key.removeprefix("task.") for key in settings}
    of_task = {key: option for key, option in of_task.items() if "." not in option}
    task = _task(name, found, operation, {of: settings[key] for key, of in of_task.items()})
    recipe, split = derived_recipe(name, task), derived_split(name, task)
    spec = RunSpec(task, model_of(name), recipe, split, seed, origin=Origin(name))
    for leaf, value in settings.items():
        if leaf not in of_task:
            spec = with_leaf(spec, leaf, value)
    return watched(name, spec) if watch else spec


def watched(name: str, spec: RunSpec) -> RunSpec:
    """A work's run with the measures that show its hidden progress, if none are asked for.

    They change no step, and are part of the run's identity as all measures are. Of a run on which
    they are not defined, such as one of another operation, nothing more is recorded.

    Example:
        >>> watched("nanda2023", preset("nanda2023", p=59)).recipe.measures
        ('restricted_loss', 'excluded_loss', 'embedding_gini')
        >>> watched("power2022", preset("power2022", operation="x/y")).recipe.measures
        ()
    """
    measures = facts(name).get("measures", ())
    if spec.recipe.measures or not_modular(spec.task, spec.recipe.loss):
        return spec
    return with_leaf(spec, "recipe.measures", measures)


def _task(
    name: str, found: Mapping[str, Any], operation: str | None, own: Mapping[str, Any]
) -> Task:
    chosen = found["task"] if operation is None else _operation(name, found, operation)
    known = options_of(chosen)
    for option in own:
        if option not in known:
            raise GrokphaseError(_no_option(name, found, chosen, option))
    usual = {key: value for key, value in found["options"].items() if key in known}
    return task_of(chosen, **{**usual, **own})


def _no_option(name: str, found: Mapping[str, Any], chosen: str, option: str) -> str:
    """That the task of a preset takes no such option, and which operations it has."""
    known = options_of(chosen)
    said = f"{name} is here of {chosen}, which takes no {option}"
    operations: Mapping[str, str] = found.get("operations", {})
    taking = [text for text, task in operations.items() if option in options_of(task)]
    if not operations or nearest(option, known):
        return f"{said}; it takes {', '.join(known)}.{nearest(option, known)}"
    if not taking:
        other = next(text for text, task in operations.items() if task != chosen)
        return (
            f"{said}, as none of its operations does ({', '.join(operations)}); leave it out, or "
            f"choose another one: --operation {other}, in Python operation={other!r}."
        )
    return (
        f"{said}; operations of {name} that take it are {', '.join(taking)}: write "
        f'--operation "{taking[0]}", in Python operation={taking[0]!r}.'
    )


def _operation(name: str, found: Mapping[str, Any], wanted: str) -> str:
    """The task of an operation, by how the work writes it or by its own name."""
    operations: Mapping[str, str] = found.get("operations", {})
    if not operations:
        raise GrokphaseError(
            f'{name} has one operation, that of {found["task"]}; leave out "{wanted}".'
        )
    by_text = {_bare(text): task for text, task in operations.items()}
    chosen = by_text.get(_bare(wanted), wanted)
    if chosen not in operations.values():
        raise GrokphaseError(
            f'{name} has no operation "{wanted}"; it has {", ".join(operations)}.'
            f"{nearest(wanted, operations)}"
        )
    return chosen


def _bare(text: str) -> str:
    return re.sub(r"[\s*·().]", "", text.replace("**", "^")).lower()
