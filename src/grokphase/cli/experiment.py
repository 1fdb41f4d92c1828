"""From what was typed to the run that is meant: task, model, recipe and split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.cli.options import Experiment
from grokphase.cli.parsing import Value, settings
from grokphase.errors import GrokphaseError, nearest

if TYPE_CHECKING:
    from grokphase.models import Model
    from grokphase.tasks import Task
    from grokphase.training import RunSpec


def experiment_spec(name: str | None, typed: Experiment, *, stop: str | None = None) -> RunSpec:
    """The run that was meant: the task's usual setting, then the options, then each ``--set``.

    Args:
        name: the task, by its name; None where a table is given.
        typed: the options.
        stop: when a run ends, where no ``--set recipe.stop`` says otherwise.

    Returns:
        The specification of one run, which can be trained.

    Raises:
        GrokphaseError: an unknown task, model or setting, or values that cannot go together.
    """
    from grokphase.training import run_spec
    from grokphase.training.session import prepare

    values = _settings(typed, stop)
    if "seed" in values:
        raise GrokphaseError("Seeds are not a setting; write --seed 3, or --seeds 5 for several.")
    task = _task(name, typed.table, _task_options(values))
    of_model = {dotted: value for dotted, value in values.items() if dotted.startswith("model.")}
    others = {
        dotted: value
        for dotted, value in values.items()
        if dotted not in of_model and not _is_task_option(dotted)
    }
    model = _with(run_spec(task, _model(typed.model, task)), of_model).model
    spec = _with(run_spec(task, model), others)  # whose usual recipe is that of the model as set
    prepare(spec)
    return spec


def _with(spec: RunSpec, values: Mapping[str, Value]) -> RunSpec:
    """The run with these settings; the word none is Python's None, as for model.dimension."""
    from grokphase.training import replace

    for dotted, value in values.items():
        spec = replace(spec, dotted, None if value == "none" else value)
    return spec


def _settings(typed: Experiment, stop: str | None) -> dict[str, Value]:
    """Every setting by its dotted name; a ``--set`` wins over the option that means the same."""
    options: dict[str, Value | None] = {
        "recipe.stop": stop,
        "recipe.steps": typed.steps,
        "task.p": typed.p,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return given | settings(typed.settings)


def _is_task_option(dotted: str) -> bool:
    # task.p or task.pairs make the task; task.target.dimension is a leaf of the task made.
    return dotted.startswith("task.") and dotted.count(".") == 1


def _task_options(values: Mapping[str, Value]) -> dict[str, Value]:
    found = {name: value for name, value in values.items() if _is_task_option(name)}
    return {name.removeprefix("task."): value for name, value in found.items()}


def _task(name: str | None, table: Path | None, options: Mapping[str, Value]) -> Task:
    from grokphase import tasks

    if (name is None) == (table is None):
        given = "both are given" if name else "neither is given"
        raise GrokphaseError(
            f"A task is named or given as a table, and {given}; write its name, as "
            "addition, or --table my_op.csv."
        )
    if table is not None:
        return tasks.task("table", **{"path": table, **options})
    return tasks.task(str(name), **options)


def _model(kind: str | None, task: Task) -> Model | None:
    """The model of this kind, as the task usually has it; None for the task's own kind."""
    from grokphase.models.specification import KINDS, MLP
    from grokphase.training.presets import model_for

    if kind is None:
        return None
    if kind not in KINDS:
        raise GrokphaseError(
            f'There is no model "{kind}"; there are {" and ".join(KINDS)}.{nearest(kind, KINDS)}'
        )
    usual, chosen = model_for(task), KINDS[kind]
    if isinstance(usual, chosen):
        return usual
    return MLP(dimension=None if task.symbols is None else 128) if chosen is MLP else chosen()
