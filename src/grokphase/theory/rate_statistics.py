"""The distribution of the grokking rate over random training sets of one size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks import Split, Task, stream
from grokphase.tasks.checks import whole
from grokphase.theory.bulk import LARGEST_P, rates
from grokphase.theory.checks import positive
from grokphase.theory.hessian import Normalisation, effective_hessian, standard_z0
from grokphase.theory.null_space import touches_all
from grokphase.theory.rate import grokking_rate
from grokphase.theory.samples import Floats, Integers, Mask

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@final
@dataclass(frozen=True)
class RateDistribution:
    r"""Grokking rates of random training sets of one size.

    Args:
        operation: name of the task.
        p: number of symbols.
        train_count: ``|D|``.
        fraction: ``|D| / |D0|``.
        lambda3: (trials,) the rate of each training set; 0 where the structure is not determined.
        normalisation: ``"paper"``, ``"sum"`` or ``"code"``.
        eta: learning rate of the embeddings.
        seed: of the training sets.

    Example:
        >>> from grokphase.tasks import task
        >>> found = rate_distribution(task("addition", p=10), count=45, trials=20)
        >>> found.train_count, found.lambda3.shape
        (45, (20,))

    Source: Liu et al. (2022), arXiv:2205.10343, Figure 5 (a).
    """

    operation: str
    p: int
    train_count: int
    fraction: float
    lambda3: Floats
    normalisation: str
    eta: float
    seed: int

    @property
    def median(self) -> float:
        """The median rate."""
        return float(np.median(self.lambda3))

    @property
    def n_h(self) -> float | None:
        r""":math:`1 / (\lambda_3 \eta)` of the median rate, in steps; None if that is 0."""
        return 1 / (self.median * self.eta) if self.median else None

    def to_dict(self) -> dict[str, Any]:
        """What the command prints: median and quantiles in place of the single rates."""
        quantiles = np.quantile(self.lambda3, QUANTILES).tolist()
        return {
            "p": self.p,
            "operation": self.operation,
            "train_count": self.train_count,
            "fraction": self.fraction,
            "lambda3": {
                "median": self.median,
                "quantiles": {
                    str(level): value for level, value in zip(QUANTILES, quantiles, strict=True)
                },
            },
            "zero": float((self.lambda3 == 0).mean()),
            "normalisation": self.normalisation,
            "z0": float(self.p - 1),
            "eta": self.eta,
            "n_h": self.n_h,
            "trials": len(self.lambda3),
            "seed": self.seed,
        }


def rate_distribution(
    task: Task,
    *,
    fraction: float | None = None,
    count: int | None = None,
    trials: int = 100,
    seed: int = 0,
    eta: float = 1e-3,
    normalisation: Normalisation = "paper",
) -> RateDistribution:
    r"""Grokking rates :math:`\lambda_3` of random training sets of one size.

    Args:
        task: a task whose inputs are pairs of symbols.
        fraction: the training fraction; give this or the count.
        count: the number of training samples, up to all.
        trials: how many random training sets.
        seed: of the training sets.
        eta: learning rate :math:`\eta` of the embeddings, above 0; only :math:`n_h = 1 / (\lambda_3
            \eta)` depends on it.
        normalisation: see `effective_hessian`. Under ``"code"`` the rate does not depend on the
            training set, and one number repeats.

    Returns:
        The rate of each training set, per unit of time, and :math:`n_h` of their median, in steps.

    Raises:
        GrokphaseError: not exactly one of fraction and count, a size that is not possible, or an
            eta that is not above 0.

    Example:
        >>> from grokphase.tasks import task
        >>> found = rate_distribution(task("addition", p=10), count=45, trials=200)
        >>> 0.05 < found.median < 0.08
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Figure 5 (a).
    """
    eta = positive(eta, "eta", 1e-3)
    size = _size(task, fraction, count)
    random = stream(seed, "theory")
    trials = whole(trials, "trials", 1)
    if task.symbols is not None and task.symbols <= LARGEST_P and normalisation != "code":
        masks = random.random((trials, len(task))).argsort(axis=1).argsort(axis=1) < size
        found = rates(task, masks) * _scales(task, masks, normalisation)
    else:
        # One after another: the matrices of a large task fill the memory quickly.
        sets = (random.permutation(len(task))[:size] for _ in range(trials))
        found = np.array([_rate(task, one, normalisation) for one in sets])
    return RateDistribution(
        operation=task.name,
        p=int(task.symbols or 0),
        train_count=size,
        fraction=size / len(task),
        lambda3=found,
        normalisation=normalisation,
        eta=eta,
        seed=seed,
    )


def _size(task: Task, fraction: float | None, count: int | None) -> int:
    if (fraction is None) == (count is None):
        raise GrokphaseError(
            "Give either fraction or count: for example fraction=0.8, in a shell --fraction 0.8."
        )
    if fraction is not None and fraction != 1:
        return Split(fraction=fraction).training_samples(task)
    return len(task) if count is None else whole(count, "count", 1, len(task))


def _rate(task: Task, train: Integers, normalisation: Normalisation) -> float:
    # A symbol left out leaves the rate at 0; to see it costs a thousandth of the eigenvalues.
    if normalisation != "code" and not touches_all(task, train):
        return 0.0
    return grokking_rate(task, train, normalisation=normalisation).lambda3


def _scales(task: Task, masks: Mask, normalisation: Normalisation) -> Floats:
    """2 / (N Z0) of each training set."""
    effective_hessian(task, [], normalisation=normalisation)  # refuses an unknown normalisation
    if normalisation == "sum":
        return np.full(len(masks), 2 / standard_z0(task))
    of_class = (task.labels[:, None] == np.arange(task.classes)).astype(np.float64)
    sizes = masks @ of_class
    terms = (sizes * (sizes - 1) / 2).sum(axis=1)
    return np.asarray(2 / (np.maximum(terms, 1) * standard_z0(task)))
