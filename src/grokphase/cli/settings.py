"""``grokphase settings``: all that can be set of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.cli.experiment import experiment_spec
from grokphase.cli.options import EXPERIMENT, OUTPUT, Experiment, Output
from grokphase.cli.output import print_json, print_table

if TYPE_CHECKING:
    from grokphase.training.listing import Setting

_SHARED = (
    "recipe.learning_rate, weight_decay, beta1, beta2 and epsilon mean the embedding's and the "
    "decoder's, model.initial_scale means embedding_scale and decoder_scale."
)
_TOGETHER = "a,b=0,1,2 varies any two settings together."


def list_settings(
    task: str | None = None,
    /,
    *,
    experiment: Experiment = EXPERIMENT,
    output: Output = OUTPUT,
) -> int:
    """List all settings of a run with their defaults, units, meaning and what is allowed.

    Each is set with --set NAME=VALUE, and each that is a number can be an axis of a map. Defaults
    are those of the task and the model; options that are given are shown beside them.

    Args:
        task: What is learned; grokphase tasks lists the names.
    """
    from grokphase.telling.axes import unit_of
    from grokphase.training.listing import settings_of
    from grokphase.training.spec import RunSpec

    usual = replace(experiment, p=None, steps=None, settings=())
    defaults = {each.name: each.value for each in settings_of(experiment_spec(task, usual))}
    spec = experiment_spec(task, experiment)
    found = settings_of(spec)
    rows = [_row(each, defaults.get(each.name), unit_of(each.name)) for each in found]
    if output.json:
        print_json({"settings": rows})
        return 0
    typed = usual != experiment
    columns = ("setting", "default", *(("value",) if typed else ()), "unit", "allowed", "meaning")
    table = [{name: _text(value) for name, value in row.items()} for row in rows]
    for row, each in zip(table, found, strict=True):
        if each.idle is not None:
            row["meaning"] = f"(no effect here: {each.idle}) {row['meaning']}"
    print_table(columns, [[row[name] for name in columns] for row in table])
    if not output.quiet:
        print(f"{_SHARED} {_TOGETHER}" if isinstance(spec, RunSpec) else _TOGETHER)
    return 0


def _row(each: Setting, default: object, unit: str | None) -> dict[str, object]:
    return {
        "setting": each.name,
        "default": default,
        "value": each.value,
        "unit": unit,
        "allowed": each.allowed,
        "meaning": each.meaning,
        "no_effect": each.idle,
    }


def _text(value: object) -> object:
    """A value as it is set: all digits of a number, a list with commas, none where it is not."""
    from grokphase.telling.axes import number_text

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value) if isinstance(value, str | Path) else value
