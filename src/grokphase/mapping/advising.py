"""Whether advice helps: it is followed on families that were not fitted, and runs compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.corpora.families import cells, families
from grokphase.forecasting.advice import Change, advise
from grokphase.forecasting.history import History
from grokphase.mapping.corpus import cell_specs
from grokphase.training.leaves import put, resolved
from grokphase.training.sweep import Sweep

if TYPE_CHECKING:
    from grokphase.corpora.families import Family
    from grokphase.store import Store
    from grokphase.store.record import RunRecord
    from grokphase.training.progress import Progress
    from grokphase.training.spec import RunSpec

QUICK: Final = 3
"""Cells of each family at quick size: some minutes on two cores."""

KINDS: Final = ("mlp",)
"""Models whose runs take seconds."""

SETS: Final = ("validation", "test")
"""Splits of the corpus that advice is not fitted on."""


@dataclass(frozen=True)
class Followed:
    """One piece of advice, and what came of following it.

    Attributes:
        family: task and model, not among those that were fitted.
        advice: in words.
        factor: of the step of generalization, as advised.
        interval90: of that.
        before: the step at which the run generalized; None if not within its budget.
        after: that of the run with the change, of the same seed.
        other: that of another seed without it: what chance alone does.
        budget: steps of a run.
    """

    family: str
    advice: str
    factor: float
    interval90: tuple[float, float]
    before: int | None
    after: int | None
    other: int | None
    budget: int

    @property
    def earlier(self) -> bool | None:
        """Whether the change brought generalization earlier; None where neither run came to it."""
        return _earlier(self.before, self.after)

    @property
    def earlier_by_chance(self) -> bool | None:
        """The same of the other seed."""
        return _earlier(self.before, self.other)


def follow(
    store: Store | None = None,
    *,
    cells_each: int = QUICK,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Follow the strongest advice for some runs of families that it was not fitted on.

    Of each cell one run is trained as it is, one of another seed, and one with the change: its
    seed is that of the first, so that initial weights and order are the same where the change
    leaves them.

    Args:
        store: where runs are found and kept.
        cells_each: cells of each family.
        workers: processes.
        on_progress: called as runs advance.

    Returns:
        What came of it: ``pairs``, those of which one run at least generalized, ``earlier`` and
        ``earlier_by_chance`` among them, ``both``, how many both did, the first after step 0,
        ``median_factor`` of these, ``inside``, how many of them lay in the interval,
        ``steps_before`` and ``steps_after`` to generalization or the budget, ``families``, and the
        ``runs``.
    """
    sweep = Sweep(store, workers, on_progress=on_progress)
    asked = [
        (family, seeds[0], seeds[1])
        for family in families()
        if family.split in SETS and _is_quick(family)
        for cell in cells(family, cells_each)
        if len(seeds := list(cell_specs(cell))) > 1
    ]
    plain = sweep.run([spec for _, one, other in asked for spec in (one, other)])
    advised: list[tuple[Family, RunSpec, Change, RunRecord, RunRecord]] = []
    for at, (family, spec, _) in enumerate(asked):
        before, other = plain[2 * at : 2 * at + 2]
        changes = advise(History.of_record(before)).changes
        if changes:
            leaves = resolved(spec, changes[0].setting)
            changed = put(spec, leaves, changes[0].after)
            advised.append((family, changed, changes[0], before, other))
    after = sweep.run([spec for _, spec, *_ in advised])
    return summary(
        [
            Followed(
                family.name,
                str(replace(change, chance_before=None, chance_after=None)),
                change.factor,
                change.interval90,
                before.validation_step,
                record.validation_step,
                other.validation_step,
                int(spec.recipe.steps),
            )
            for (family, spec, change, before, other), record in zip(advised, after, strict=True)
        ],
        asked=len(asked),
    )


def _is_quick(family: Family) -> bool:
    """Whether its runs take seconds, and are of the optimiser that advice speaks of."""
    adamw = family.fixed.get("recipe.optimizer", "adamw") == "adamw"
    return adamw and family.kind in KINDS and family.task.get("name") != "mnist"


def summary(runs: Sequence[Followed], asked: int) -> dict[str, Any]:
    """What following advice came to; see `follow`.

    Example:
        >>> near = "x/mlp", "weight decay 1 -> 2", 0.5, (0.3, 0.8)
        >>> found = summary([Followed(*near, 4000, 2000, 5000, 8000)], asked=2)
        >>> found["pairs"], found["earlier"], found["median_factor"], found["inside"]
        (1, 1, 0.5, 1)
    """
    told = [each for each in runs if each.earlier is not None]
    factors = [
        (each, each.after / each.before) for each in told if each.before and each.after is not None
    ]
    return {
        "asked": asked,
        "advised": len(runs),
        "pairs": len(told),
        "earlier": sum(each.earlier is True for each in told),
        "earlier_by_chance": sum(each.earlier_by_chance is True for each in told),
        "both": len(factors),
        "median_factor": _median([factor for _, factor in factors]),
        "advised_factor": _median([each.factor for each, _ in factors]),
        "inside": sum(
            each.interval90[0] <= factor <= each.interval90[1] for each, factor in factors
        ),
        "steps_before": sum(_cost(each.before, each.budget) for each in runs),
        "steps_after": sum(_cost(each.after, each.budget) for each in runs),
        "families": sorted({each.family for each in runs}),
        "runs": [asdict(each) for each in runs],
    }


def _median(factors: Sequence[float]) -> float | None:
    return round(float(np.median(factors)), 3) if factors else None


def _earlier(before: int | None, after: int | None) -> bool | None:
    ends = [math.inf if step is None else step for step in (before, after)]
    return None if all(map(math.isinf, ends)) else ends[1] < ends[0]


def _cost(step: int | None, budget: int) -> int:
    return budget if step is None else step
