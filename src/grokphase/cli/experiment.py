"""From what was typed to the run that is meant: task, model, recipe and split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from grokphase.cli.options import Experiment
from grokphase.cli.parsing import Value, settings
from grokphase.errors import GrokphaseError, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from grokphase.models import Model
    from grokphase.phases.axis import Axis
    from grokphase.tasks import Task
    from grokphase.trainers import TrainerSpec
    from grokphase.training import RunSpec
    from grokphase.training.spec import AnySpec

_ARM = "recipe.accelerator"
_SAME = {"split.fraction": "split.count", "split.count": "split.fraction"}


def experiment_spec(name: str | None, typed: Experiment, *, watch: bool = False) -> AnySpec:
    """The run that was meant: the task's usual setting, then the options, then each ``--set``.

    Args:
        name: the task, by its name; a published work, such as nanda2023; or a training function, as
            my_script.py:train; None where a table or images are given.
        typed: the options.
        watch: whether a published work's run records what shows its hidden progress.

    Returns:
        The specification of one run, which can be trained.

    Raises:
        GrokphaseError: an unknown task, model or setting, values that cannot go together, a setting
            that is given twice, or one that changes nothing.
    """
    from grokphase.phases.names import tidy
    from grokphase.trainers.trainer import is_address

    if name is not None and is_address(name):
        return _trainer_spec(name, typed)
    if name is not None and name.endswith(".py"):
        raise GrokphaseError(f'"{name}" is a file; write the training function too: {name}:train.')

    from grokphase.training import run_spec
    from grokphase.training.effect import refuse_without_effect
    from grokphase.training.published import is_published
    from grokphase.training.session import prepare

    values = {leaf: value for leaf, (_, value) in _asked(typed).items()}
    if is_published(name):
        return _published_spec(str(name), typed, values, watch)
    if typed.operation is not None:
        raise GrokphaseError(
            f"--operation {typed.operation} is for presets that have several, such as power2022; "
            "a task is named by its operation: grokphase tasks lists them."
        )
    task = _task(name, typed, _task_options(values))
    of_model = {dotted: value for dotted, value in values.items() if dotted.startswith("model.")}
    others = {
        dotted: value
        for dotted, value in values.items()
        if dotted not in of_model and not _is_task_option(dotted)
    }
    model = _with(run_spec(task, _model(typed.model, task)), of_model).model
    spec = _with(run_spec(task, model), others)  # whose usual recipe is that of the model as set
    refuse_without_effect(spec, map(tidy, settings(typed.settings)))
    prepare(spec)
    return spec


def _published_spec(
    name: str, typed: Experiment, values: Mapping[str, Value], watch: bool
) -> RunSpec:
    """The run of a published work with the settings that were given."""
    from grokphase.phases.names import tidy
    from grokphase.training.effect import refuse_without_effect
    from grokphase.training.published import preset, watched
    from grokphase.training.session import prepare

    options = ("table", "model")
    for option, value in ((f"--{each}", getattr(typed, each)) for each in options):
        if value is not None:
            raise GrokphaseError(
                f"{option} is for tasks, and {name} has its own; write --set NAME=VALUE for one of "
                "its settings."
            )
    of_task = _task_options(values)
    if typed.idx is not None:
        of_task |= _folder_of(typed.idx, name)
    base = preset(name, operation=typed.operation, **of_task)
    others = {leaf: value for leaf, value in values.items() if not _is_task_option(leaf)}
    spec = _with(base, others)
    if watch and "recipe.measures" not in others:
        spec = watched(name, spec)
    refuse_without_effect(spec, map(tidy, settings(typed.settings)))
    prepare(spec)
    return spec


def _folder_of(images: Path, name: str) -> dict[str, Any]:
    """The option of a published run's task that says where its images are."""
    from grokphase.presets import facts

    task = facts(name)["task"]
    if task != "mnist":
        raise GrokphaseError(f"--idx is of images, and {name} learns {task}; leave it out.")
    return {"folder": images}


def _trainer_spec(address: str, typed: Experiment) -> TrainerSpec:
    """The run of a training function with the settings that were given."""
    from grokphase.trainers import TrainerSpec
    from grokphase.trainers.trainer import trainer_of

    options = ("table", "idx", "p", "operation", "model")
    for option, value in ((f"--{each}", getattr(typed, each)) for each in options):
        if value is not None:
            raise GrokphaseError(
                f"{option} is for tasks, and {address} is a training function, which has its own; "
                "write --set NAME=VALUE for one of its settings."
            )
    asked = _asked(typed)
    given = {
        leaf.removeprefix("recipe.") if leaf == "recipe.steps" else leaf: value
        for leaf, (_, value) in asked.items()
    }
    return TrainerSpec.of(trainer_of(address), given)


def refuse_set_axes(typed: Experiment, axes: Iterable[Axis]) -> None:
    """Refuse an axis over what is also set: the setting would be lost.

    Args:
        typed: the options.
        axes: the axes of the map.

    Raises:
        GrokphaseError: naming both.
    """
    asked = _asked(typed)
    for axis in axes:
        for leaf in axis.leaves:
            for one in (leaf, _SAME.get(leaf, leaf)):
                if one in asked:
                    raise GrokphaseError(
                        f"{asked[one][0]} sets what the axis {axis.name} varies; leave one of "
                        "them out."
                    )


def _with(spec: RunSpec, values: Mapping[str, Value]) -> RunSpec:
    """The run with these settings."""
    from grokphase.training import replace

    for dotted in sorted(values, key=lambda name: name != _ARM):  # whose settings are its own
        spec = replace(spec, dotted, _of_python(values[dotted]))
    return spec


def _of_python(value: Value) -> Value | None:
    """What a value sets: the word none is Python's None, as for model.dimension."""
    return None if value == "none" else value


def _asked(typed: Experiment) -> dict[str, tuple[str, Value]]:
    """Each leaf that was set, with the option that set it and its value."""
    from grokphase.phases.names import leaves_of, tidy

    options: dict[str, tuple[str, Value | None]] = {
        "recipe.steps": (f"--steps {typed.steps}", typed.steps),
        "task.p": (f"--p {typed.p}", typed.p),
    }
    found = {leaf: (said, value) for leaf, (said, value) in options.items() if value is not None}
    for name, value in settings(typed.settings).items():
        said = f"--set {name}={value}"
        for leaf in leaves_of(tidy(name)):
            for other in found:
                if overlap(leaf, other):
                    raise GrokphaseError(
                        f"{found[other][0]} and {said} set the same thing; give one of them."
                    )
            found[leaf] = said, value
    if "seed" in found:
        raise GrokphaseError("Seeds are not a setting; write --seed 3, or --seeds 5 for several.")
    return found


def overlap(one: str, other: str) -> bool:
    """Whether one of two settings would undo the other: the same, a list and a part of it.

    Args:
        one: a setting by its dotted name.
        other: another.

    Example:
        >>> overlap("split.count", "split.fraction"), overlap("model.widths", "model.widths.0")
        (True, True)
    """
    if _ARM in (one, other):  # which it is, and one of its settings
        return one == other
    alike = one == _SAME.get(other, other) or one == other
    return alike or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _is_task_option(dotted: str) -> bool:
    # task.p or task.pairs make the task; task.target.dimension is a leaf of the task made.
    return dotted.startswith("task.") and dotted.count(".") == 1


def _task_options(values: Mapping[str, Value]) -> dict[str, Any]:
    found = {name: value for name, value in values.items() if _is_task_option(name)}
    return {name.removeprefix("task."): _of_python(value) for name, value in found.items()}


def _task(name: str | None, typed: Experiment, options: Mapping[str, Any]) -> Task:
    from grokphase import tasks

    if typed.idx is not None and name == "mnist":
        name = None  # the same task, of other files
    ways = {"a name": name, "--table": typed.table, "--idx": typed.idx}
    given = [way for way, value in ways.items() if value is not None]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "none of these is given"
        raise GrokphaseError(
            f"A task is named, or given as a table or as images, and {said}; write its name, as "
            "addition, or --table my_op.csv, or --idx FOLDER."
        )
    if typed.table is not None:
        return tasks.task("table", **{"path": typed.table, **options})
    if typed.idx is not None:
        return tasks.task("mnist", **{"folder": typed.idx, **options})
    return tasks.task(str(name), **options)


def _model(kind: str | None, task: Task) -> Model | None:
    """The model of this kind, as the task usually has it; None for the task's own kind."""
    from grokphase.models import KINDS
    from grokphase.training.usual import model_of_kind

    if kind is None:
        return None
    if kind not in KINDS:
        raise GrokphaseError(
            f'There is no model "{kind}"; there are {", ".join(KINDS)}.{nearest(kind, KINDS)}'
        )
    return model_of_kind(kind, task)
