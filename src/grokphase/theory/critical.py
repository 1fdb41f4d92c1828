"""The critical fraction: how much of the data determines the structure, half of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from grokphase.tasks import Task
from grokphase.theory.intervals import clopper_pearson
from grokphase.theory.orders import thresholds
from grokphase.theory.samples import Floats, Integers

CONFIDENCE: Final = 0.95


@final
@dataclass(frozen=True)
class CriticalFraction:
    """The probability that a random training set determines the structure, against its size.

    Args:
        operation: name of the task.
        p: number of symbols.
        samples: ``|D0|``.
        train_counts: (m,) sizes ``|D|`` of the training set.
        probability_unique: (m,) how often the structure was determined.
        interval: (m, 2) exact 95 % intervals of each probability.
        critical_fraction: ``|D| / |D0|`` at which the probability passes one half, interpolated
            linearly between counts.
        critical_interval: where the two ends of `interval` pass one half.
        width: difference of the fractions at which the probability is 3/4 and 1/4.
        trials: how many random orders of the samples were drawn.
        touched: share of the trials in which the structure was determined by just the sample
            with which the last symbol joined a parallelogram; None for matrices.
        criterion: when a structure counts as determined: ``"real"`` or ``"mod 59"`` (null space),
            ``"deduction"`` or ``"local"`` (matrices, see `critical_fraction_of_matrices`).
        seed: of the random orders.

    Example:
        >>> from grokphase.tasks import task
        >>> found = critical_fraction(task("addition", p=4), trials=200)
        >>> found.samples, found.criterion, float(found.probability_unique[-1])
        (10, 'real', 1.0)

    Source: Liu et al. (2022), arXiv:2205.10343, Figure 4 (a); intervals and width: this work.
    """

    operation: str
    p: int
    samples: int
    train_counts: Integers
    probability_unique: Floats
    interval: Floats
    critical_fraction: float
    critical_interval: tuple[float, float]
    width: float
    trials: int
    touched: float | None
    criterion: str
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """The fields by name; arrays as lists."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in fields.items()
        }


def critical_fraction(
    task: Task, *, trials: int = 1000, seed: int = 0, modulus: int | None = None
) -> CriticalFraction:
    """The critical training fraction of a task, and the transition around it.

    A training set determines the structure if it leaves no more free than the whole data set
    does: for addition, a unique linear structure. Sizes that never, or always, determined it are
    left out but for the nearest one.

    Args:
        task: a task whose inputs are pairs of symbols.
        trials: how many random orders of the samples, each of which gives a training set of
            every size.
        seed: of the random orders.
        modulus: count over the integers modulo this prime; None for the real numbers. For modular
            addition the real numbers have only the collapsed embedding to find; the circle is
            found modulo p.

    Returns:
        The probability at each size, and the fraction of the samples at which it is one half.

    Raises:
        GrokphaseError: no trial, or a modulus that is not a prime.

    Example:
        >>> from grokphase.tasks import task
        >>> found = critical_fraction(task("addition", p=10), trials=500)
        >>> 0.38 < found.critical_fraction < 0.44
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Figure 4 (a).
    """
    found = thresholds(task, trials=trials, seed=seed, modulus=modulus)
    return transition(
        task,
        found.determined,
        criterion="real" if modulus is None else f"mod {modulus}",
        touched=float((found.determined == found.touched).mean()),
        seed=seed,
    )


def transition(
    task: Task,
    determined: Integers,
    *,
    criterion: str,
    touched: float | None = None,
    seed: int = 0,
) -> CriticalFraction:
    """The transition that thresholds describe, see `thresholds`.

    Args:
        task: the task.
        determined: (trials,) samples needed, in random orders.
        criterion: what they were needed for.
        touched: as in `CriticalFraction`.
        seed: of the orders.
    """
    trials = len(determined)
    counts = np.arange(max(int(determined.min()) - 1, 0), int(determined.max()) + 1)
    successes = np.searchsorted(np.sort(determined), counts, side="right")
    low, high = clopper_pearson(successes, trials, confidence=CONFIDENCE)
    fractions, probability = counts / len(task), successes / trials
    quarters = [crossing(fractions, probability, level) for level in (0.25, 0.75)]
    return CriticalFraction(
        operation=task.name,
        p=int(task.symbols or 0),
        samples=len(task),
        train_counts=counts,
        probability_unique=probability,
        interval=np.stack([low, high], axis=1),
        critical_fraction=crossing(fractions, probability, 0.5),
        critical_interval=(crossing(fractions, high, 0.5), crossing(fractions, low, 0.5)),
        width=quarters[1] - quarters[0],
        trials=trials,
        touched=touched,
        criterion=criterion,
        seed=seed,
    )


def crossing(x: Floats, y: Floats, level: float) -> float:
    """Where values that never fall first pass a level, interpolated linearly.

    Args:
        x: (m,) ascending.
        y: (m,) values at x.
        level: what is passed.

    Returns:
        A number between the first and the last x, which it is where the level is not passed.

    Example:
        >>> crossing(np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.25, 0.75]), 0.5)
        1.5
    """
    above = int(np.searchsorted(y, level))
    if above == 0 or above == len(y):
        return float(x[min(above, len(y) - 1)])
    part = (level - y[above - 1]) / (y[above] - y[above - 1])
    return float(x[above - 1] + part * (x[above] - x[above - 1]))
