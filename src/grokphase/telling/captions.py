"""What stands over and under a picture of a map or a sweep: task, thresholds, seeds and cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from grokphase.counting import counted
from grokphase.phases.axis import Axis
from grokphase.phases.classify import BY, FAILED, By
from grokphase.phases.times import DELAYS_BIASED
from grokphase.telling.axes import fixed_text, number_text
from grokphase.telling.sweep_text import coverage

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.phases.sweep_result import SweepResult

MOST_FACETS: Final = 30
"""Maps that can be read in one figure."""
_SAID_ELSEWHERE: Final = ("task", "trainer", "recipe", "steps")
_MOST_NAMED: Final = 12  # settings, so that a caption stays one


def task_title(settings: Mapping[str, Any]) -> str:
    """The task of a run in words.

    Args:
        settings: nested spec of a run; may lack anything.

    Example:
        >>> task_title({"task": {"name": "modular-addition", "p": 59}})
        'modular addition, p = 59'
    """
    name = str(leaf(settings, "task.name", "unnamed task"))
    if not _is_named_by_user(settings):
        name = name.replace("-", " ")
    symbols = leaf(settings, "task.p")
    return name if symbols is None else f"{name}, p = {symbols}"


def task_heading(settings: Mapping[str, Any]) -> str:
    """`task_title` at the beginning of a sentence; a name that a user gave stays as it is.

    Example:
        >>> task_heading({"task": {"name": "addition", "p": 10}})
        'Addition, p = 10'
        >>> task_heading({"task": {"name": "my_script.train"}, "trainer": {}})
        'my_script.train'
    """
    title = task_title(settings)
    return title if _is_named_by_user(settings) else f"{title[:1].upper()}{title[1:]}"


def _is_named_by_user(settings: Mapping[str, Any]) -> bool:
    name = str(leaf(settings, "task.name", ""))
    return "trainer" in settings or "_" in name or "." in name


def own_settings_text(settings: Mapping[str, Any]) -> str:
    """The settings that the runs of a user's training function share; empty for other runs.

    Example:
        >>> own_settings_text({"trainer": {}, "task": {"name": "train"}, "lr": 0.1, "widths": [8]})
        'Not varied: lr 0.1, widths 8'
    """
    if "trainer" not in settings:
        return ""
    own = {name: value for name, value in settings.items() if name not in _SAID_ELSEWHERE}
    named = [f"{name} {_plain(value)}" for name, value in own.items()]
    more = [f"{len(named) - _MOST_NAMED} more"] if len(named) > _MOST_NAMED else []
    return f"Not varied: {', '.join([*named[:_MOST_NAMED], *more])}" if named else ""


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value)) or "empty"
    if value is None:
        return "not set"
    return number_text(value) if isinstance(value, float) else str(value)


def thresholds_text(thresholds: Mapping[str, Any]) -> str:
    """The thresholds that decided the phases, in one line.

    Args:
        thresholds: `train_accuracy`, `validation_accuracy`, `delay` and `rule`, where given.

    Example:
        >>> thresholds_text({"train_accuracy": 0.9, "validation_accuracy": 0.9, "delay": 1000})
        'train and validation accuracy > 0.9, grokking from a delay of 1,000 steps'
    """
    rule = thresholds.get("rule", ">")
    train = thresholds.get("train_accuracy")
    validation = thresholds.get("validation_accuracy")
    parts = []
    if train is not None and train == validation:
        parts.append(f"train and validation accuracy {rule} {train:g}")
    else:
        named = (("train accuracy", train), ("validation accuracy", validation))
        parts += [f"{name} {rule} {value:g}" for name, value in named if value is not None]
    if thresholds.get("delay") is not None:
        parts.append(f"grokking from a delay of {thresholds['delay']:,g} steps")
    return ", ".join(parts)


def by_text(phase_map: PhaseMap) -> str:
    """Which times decided the phases, in words.

    Args:
        phase_map: the map.

    Returns:
        "first passage", or "sustained times" with the steps that a threshold must hold for,
        where the settings say and no axis varies them.
    """
    return _by_text(phase_map.by, phase_map.settings, (phase_map.x, phase_map.y))


def _by_text(by: By, settings: Mapping[str, Any], axes: Sequence[Axis]) -> str:
    held = leaf(settings, "recipe.sustain")
    varied = any("recipe.sustain" in axis.leaves for axis in axes)
    return (
        BY[by]
        if by == "first-passage" or held is None or varied
        else (f"{BY[by]} (held for {held:,} steps)")
    )


def caption(phase_map: PhaseMap) -> str:
    """What stands under a figure: task, budget, seeds, thresholds, runs, steps.

    Args:
        phase_map: the map.

    Returns:
        Sentences in one line; what the map does not know is left out.
    """
    return " ".join(f"{sentence}." for sentence in _sentences(phase_map))


def _asked(found: PhaseMap | SweepResult, of: str) -> Iterator[str]:
    budget = "" if found.budget is None else f", budget {found.budget:,} steps a run"
    yield f"{task_heading(found.settings)}; {counted(len(found.seeds), 'seed')} a {of}{budget}"
    if found.fixed:
        yield fixed_text(found.fixed)
    if text := own_settings_text(found.settings):
        yield text
    if text := thresholds_text(found.thresholds):
        yield f"Thresholds: {text}"


def _sentences(phase_map: PhaseMap) -> Iterator[str]:
    cells, run = phase_map.measured.size, int((~phase_map.inferred).sum())
    seeds = len(phase_map.seeds)
    yield from _asked(phase_map, "cell")
    yield f"Phases by {by_text(phase_map)}"
    trained = f"{counted(run * seeds, 'run')}, {phase_map.steps_trained:,} steps trained"
    if forecast := int(phase_map.forecast.sum()):
        trained = f"{trained}; of {counted(forecast, 'cell')} the phase is forecast"
    yield trained if run == cells else f"{trained}; {run:,} of {cells:,} cells run, others inferred"
    yield from (note.sentence for note in phase_map.notes)


def sweep_caption(found: SweepResult) -> str:
    """What stands under the figure of a sweep: task, budget, seeds, thresholds, runs, steps."""
    sentences = list(_asked(found, "setting"))
    sentences.append(f"Times and phases by {_by_text(found.by, found.settings, found.axes)}")
    if len(found.axes) == 1:
        sentences.append(
            "Dots are runs, open triangles runs that were censored there; marks are medians over "
            f"seeds, with intervals by order statistics ({coverage(found)}; delay: product limit, "
            f"95%, {DELAYS_BIASED}; share: Wilson, 95%), an arrow where one is open above"
        )
        if (found.phase_by_seed == FAILED).any():
            sentences.append("Medians and shares leave out runs that failed")
    elif len(found.seeds) > 1:
        sentences.append(
            "Bars along the foot of a cell are shares of its seeds, whiskers across a border the "
            "interval for its place over seeds"
        )
    facets = math.prod(found.shape[2:])
    if facets > MOST_FACETS:
        sentences.append(f"The first {MOST_FACETS} of {facets:,} maps; the tables have them all")
    sentences.append(f"{counted(found.runs.size, 'run')}, {found.steps_trained:,} steps trained")
    sentences += [note.sentence for note in found.notes]
    return " ".join(f"{sentence}." for sentence in sentences)


def not_measured(phase_map: PhaseMap) -> str:
    """How many cells are inferred, and of how many the phase is forecast; empty where none is.

    Example:
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
        >>> steps = [[90, 90], [90, 90]], [[None, None], [None, None]]
        >>> found = [["memorization"] * 2] * 2
        >>> measured, sure = [[True, False], [True, False]], [[None, 0.97], [None, None]]
        >>> options = {"measured": measured, "confidence": sure}
        >>> not_measured(PhaseMap.from_arrays(x, y, found, *steps, **options))
        '1 inferred, 1 forecast'
    """
    named = (("inferred", phase_map.inferred), ("forecast", phase_map.forecast))
    return ", ".join(f"{int(cells.sum()):,} {name}" for name, cells in named if cells.any())


def leaf(nested: Mapping[str, Any], name: str, default: object = None) -> Any:
    """A leaf of a nested spec by its dotted name.

    Args:
        nested: dicts in dicts.
        name: e.g. `"recipe.decoder.learning_rate"`.
        default: what to return where there is none.

    Example:
        >>> leaf({"recipe": {"steps": 100}}, "recipe.steps")
        100
    """
    found: Any = nested
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return default
        found = found[part]
    return found
