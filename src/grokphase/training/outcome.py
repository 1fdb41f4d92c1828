"""The phase of a finished run, by its first passages or by its sustained times."""

from __future__ import annotations

import math

from grokphase.errors import GrokphaseError
from grokphase.phases.classify import DIVERGED, FAILED, By, check_by, classify
from grokphase.store.record import RunRecord


def refuse_unfollowed(by: By, *, followed: bool) -> None:
    """Refuse sustained times of runs that end before those are known.

    Args:
        by: the times that are to decide the phase.
        followed: whether runs go on after their phase is decided by first passage.

    Raises:
        GrokphaseError: naming the setting, or for an unknown `by`.
    """
    check_by(by)
    if by == "sustained" and not followed:
        raise GrokphaseError(
            "Sustained times are not known where a run ends at the step that decides its phase; "
            'write --set recipe.stop=sustained, in Python Recipe(stop="sustained").'
        )


def has_diverged(record: RunRecord) -> bool:
    """Whether a run ended with a loss that is no finite number, its phase decided or not."""
    return record.phase == DIVERGED or not math.isfinite(record.final.get("train_loss", 0.0))


def phase_by(record: RunRecord, by: By, *, delay: float, budget: int | None) -> str:
    """The phase of a run by the chosen times.

    Sustained times are put into Table 1 just as first passages are. Divergence follows the same
    rule too: a run whose loss stopped being finite is "diverged" unless both of the chosen times
    had been reached, since its phase was then decided. So a run may grok by first passage, and
    diverge by sustained times if it ended before the thresholds had held.

    Args:
        record: the run.
        by: "first-passage" or "sustained".
        delay: of its recipe's thresholds, in steps.
        budget: its recipe's, in steps; None for a training function without one.

    Returns:
        One of `grokphase.phases.PHASES`. A time that was not reached within the budget is
        censored, and so is a sustained one whose streak the budget cut short.

    Raises:
        GrokphaseError: for sustained times, if the run was not followed beyond its phase.

    Example:
        >>> import grokphase as gp
        >>> recipe = gp.Recipe(steps=200, stop="budget")
        >>> record = gp.train("addition", gp.Toy(widths=(16,)), recipe).record
        >>> phase_by(record, "sustained", delay=1000, budget=200)
        'confusion'

    Source: Liu et al. (2022), arXiv:2205.10343, Table 1, which is by first passages.
    """
    if record.phase == FAILED:
        return record.phase
    refuse_unfollowed(by, followed=record.followed)
    if by == "first-passage":
        return record.phase
    # A run of ours that is followed and has not reached both ends early for no other reason; a
    # training function that returned early says so in a message.
    cut = budget is not None and record.steps_trained < budget and not record.message
    return classify(
        record.train_sustained_step,
        record.validation_sustained_step,
        delay=delay,
        diverged=has_diverged(record) or cut,
    )
