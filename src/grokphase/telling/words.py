"""What happened in a run, in words: steps that were reached, and why others were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from grokphase.phases.classify import FAILED
from grokphase.phases.summary import MedianStep, median_step
from grokphase.telling.axes import number_text
from grokphase.telling.captions import leaf
from grokphase.telling.looks import in_display_order

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord


def passage(record: RunRecord, name: str) -> str:
    """An event of a run in words; one that was censored is said to be, and why.

    Args:
        record: the run.
        name: the field that holds its step: "train_step", "validation_sustained_step", ...

    Returns:
        E.g. `"step 1,200"`, `"step 1,200 (after 1,100)"` where evaluations are further apart, or
        `"not reached in 100,000 steps"`.
    """
    step = getattr(record, name)
    if step is not None:
        after = record.lower.get(name)
        return f"step {step:,}{after_text(after)}"
    if name.endswith("sustained_step") and not record.followed and record.phase != "failed":
        return "not followed: the run ended when its phase was decided"
    if record.phase == "diverged":
        return f"not reached before the loss diverged (step {record.steps_trained:,})"
    if record.phase == "failed":
        return f"not reached before the run failed (step {record.steps_trained:,})"
    return f"not reached in {record.steps_trained:,} steps"


def loss(record: RunRecord, name: str) -> str | None:
    """In words when a run lost the validation accuracy it had reached, or that it did not.

    Args:
        record: the run.
        name: "validation_lost_step", or "validation_sustained_lost_step" for one that had held.

    Returns:
        E.g. `"step 5,400 (after 5,300)"` or `"not lost in 20,000 steps"`; None where there was
        nothing to lose, or nobody looked.
    """
    if getattr(record, name.replace("_lost", "")) is None or not record.loss_followed:
        return None
    step = getattr(record, name)
    if step is None:
        return f"not lost in {record.steps_trained:,} steps"
    return f"step {step:,}{after_text(record.lower.get(name))}"


def phase_text(record: RunRecord) -> str:
    """The phase of a run, and whether generalization that had held was lost again.

    Args:
        record: the run.

    Returns:
        E.g. `"grokking"`, or `"grokking, lost"`.
    """
    return f"{record.phase}, lost" if record.lost else record.phase


def after_text(after: int | None) -> str:
    """The lower end of a time in words; nothing where the step is exact.

    Example:
        >>> after_text(None), after_text(1100), after_text(-1)
        ('', ' (after 1,100)', ' or before')
    """
    if after is None:
        return ""
    return " or before" if after < 0 else f" (after {after:,})"


_NOTHING = {
    "recipe.batch": "full batch",
    "recipe.loss": "that of the target",  # of runs of older versions
    "model.dimension": "no embedding",
    "task.pairs": "no pairs",
}


def setting_text(name: str, value: object) -> object:
    """A leaf of a specification: all digits of a number, and in words what None stands for.

    Args:
        name: its dotted name.
        value: the leaf.

    Example:
        >>> setting_text("recipe.batch", None), setting_text("recipe.batch", 32)
        ('full batch', 32)
        >>> setting_text("recipe.decoder.learning_rate", 0.00025118864315095795)
        '0.00025118864315095795'
    """
    if isinstance(value, float):
        return number_text(value)
    return _NOTHING.get(name, "not set") if value is None else value


def threshold(record: RunRecord, name: str) -> float | None:
    """A threshold of a run's recipe, None where the spec does not say.

    Args:
        record: the run.
        name: `"train_accuracy"`, `"validation_accuracy"`, `"rqi"` or `"delay"`.
    """
    value = leaf(record.spec, f"recipe.thresholds.{name}")
    return None if value is None else float(value)


def has_rqi(record: RunRecord) -> bool:
    """Whether the representation quality index is defined for a run."""
    values = record.curves.get("rqi")
    return values is not None and bool(np.isfinite(values).any())


def events_text(record: RunRecord) -> list[str]:
    """One line for each threshold of a run: when it was first passed; and for a loss of that.

    Args:
        record: the run.

    Returns:
        E.g. `["train accuracy > 0.9: step 120", "validation accuracy > 0.9: step 9,000"]`; RQI
        only where it is defined; and when generalization that had held was lost, if it was.
    """
    events = [
        ("train accuracy", "train_accuracy", "train_step"),
        ("validation accuracy", "validation_accuracy", "validation_step"),
    ]
    if has_rqi(record):
        events.append(("RQI", "rqi", "rqi_step"))
    lines = []
    for words, name, step in events:
        lines.append(f"{_passing(record, words, name)}: {passage(record, step)}")
    if record.lost:
        held = passage(record, "validation_sustained_step")
        lost = loss(record, "validation_sustained_lost_step")
        lines.append(f"validation accuracy held from {held}, lost again: {lost}")
    return lines


def _passing(record: RunRecord, words: str, name: str) -> str:
    """A quantity with its threshold, such as `"RQI > 0.95"`."""
    value, rule = threshold(record, name), leaf(record.spec, "recipe.thresholds.rule", ">")
    return words if value is None else f"{words} {rule} {value:g}"


def phases_text(records: Sequence[RunRecord]) -> str:
    """The phase of one run, or how many of several runs fell into each.

    Args:
        records: runs.

    Returns:
        E.g. `"grokking"` or `"2 grokking, 1 memorization"`.
    """
    if len(records) == 1:
        return phase_text(records[0])
    found = Counter(record.phase for record in records)
    return ", ".join(f"{found[phase]} {phase}" for phase in in_display_order(set(found)))


def runs_text(records: Sequence[RunRecord]) -> list[str]:
    """What several runs of one recipe came to: a line for phases, one for each accuracy.

    Args:
        records: the runs.

    Returns:
        E.g. `["20 runs: 14 grokking, 6 memorization", "validation accuracy > 0.9: median step
        4,210, 96 % interval from 3,100; reached by 14 of 20"]`.
    """
    lines = [f"{len(records)} runs: {phases_text(records)}"]
    for part in ("train", "validation"):
        found = median_of(records, f"{part}_step")
        passed = _passing(records[0], f"{part} accuracy", f"{part}_accuracy")
        lines.append(f"{passed}: {_median_text(found)}")
    return lines


def median_of(records: Sequence[RunRecord], step: str) -> MedianStep:
    """The median over the runs that did not fail; what a failed one would have reached is unknown.

    Args:
        records: the runs.
        step: which of their steps, such as "validation_step".
    """
    return median_step([getattr(each, step) for each in records if each.phase != FAILED])


def _median_text(found: MedianStep) -> str:
    said = "median not reached" if found.median is None else f"median step {found.median:,.0f}"
    if found.low is not None:
        low = f"{found.low:,.0f}"
        ends = f"from {low}" if found.high is None else f"{low} to {found.high:,.0f}"
        said += f", {found.coverage:.0%} interval {ends}"
    return f"{said}; reached by {found.reached} of {found.runs}"


def size(count: float) -> str:
    """A number of bytes in the largest unit that fits.

    Args:
        count: bytes.

    Returns:
        The size with a decimal unit.

    Example:
        >>> size(512), size(1_340_000_000)
        ('512 B', '1.3 GB')
    """
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
