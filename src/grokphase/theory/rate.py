r"""The grokking rate: how fast the slowest part of the structure forms."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, final

from scipy import linalg

from grokphase.tasks import Task
from grokphase.theory.checks import positive
from grokphase.theory.hessian import Normalisation, count, effective_hessian, standard_z0
from grokphase.theory.null_space import tolerance, trivial_dimension
from grokphase.theory.samples import Floats, Train


@final
@dataclass(frozen=True)
class GrokkingRate:
    r"""The grokking rate of a training set, with the conventions it was computed under.

    Args:
        lambda3: the grokking rate :math:`\lambda_3`, per unit of time; exactly 0 if the training
            set leaves more free than the whole data set does.
        n_h: :math:`1 / (\lambda_3 \eta)`, in steps; None if the rate is 0.
        eta: learning rate :math:`\eta` of the embeddings, time per step.
        normalisation: ``"paper"``, ``"sum"`` or ``"code"``.
        z0: the sum of squares of the embedding.
        trivial: how many eigenvalues vanish for the whole data set: 2 for addition, so that the
            rate is the third.
        parallelograms: ``|P0(D)|``.

    Example:
        >>> from grokphase.tasks import task
        >>> found = grokking_rate(task("addition", p=10), None)
        >>> found.trivial, found.parallelograms
        (2, 70)

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 8-9.
    """

    lambda3: float
    n_h: float | None
    eta: float
    normalisation: str
    z0: float
    trivial: int
    parallelograms: int

    def to_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def grokking_rate(
    task: Task,
    train: Train,
    *,
    eta: float = 1e-3,
    normalisation: Normalisation = "paper",
    z0: float | None = None,
) -> GrokkingRate:
    r"""The grokking rate :math:`\lambda_3` of a training set and the steps :math:`n_h`.

    The flow :math:`dE/dt = -H E` takes :math:`t_h = 1/\lambda_3` to shrink its slowest part by a
    factor e, which are :math:`n_h = 1/(\lambda_3 \eta)` steps. The rate is the first eigenvalue of
    H after those that vanish for the whole data set, the third for addition.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.
        eta: learning rate :math:`\eta` of the embeddings, above 0.
        normalisation: ``"paper"`` (Eq. 5), ``"sum"`` or ``"code"``: see `effective_hessian`. They
            differ a hundredfold, and only those without ``1/|P0(D)|`` come near the steps that
            networks take.
        z0: the sum of squares of the embedding; p - 1 by default.

    Returns:
        :math:`\lambda_3` per unit of time and :math:`n_h` in steps, with what they were computed
        under. The rate is 0, and :math:`n_h` None, where the structure is not determined.

    Raises:
        GrokphaseError: eta or z0 is not above 0, an unknown normalisation, or a training set that
            does not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> toy = task("addition", p=10)
        >>> everything = range(55)
        >>> round(grokking_rate(toy, everything, normalisation="code").n_h)
        150
        >>> round(grokking_rate(toy, everything, normalisation="paper").n_h)
        10500

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 8-9.
    """
    eta = positive(eta, "eta", 1e-3)
    hessian = effective_hessian(task, train, normalisation=normalisation, z0=z0)
    trivial = trivial_dimension(task)
    rate = first_rate(hessian, trivial)
    return GrokkingRate(
        lambda3=rate,
        n_h=1 / (rate * eta) if rate else None,
        eta=eta,
        normalisation=normalisation,
        z0=standard_z0(task) if z0 is None else float(z0),
        trivial=trivial,
        parallelograms=count(task, train),
    )


def first_rate(hessian: Floats, trivial: int) -> float:
    """The eigenvalue of a Hessian after the trivial ones; exactly 0 where it is rounding error.

    Args:
        hessian: (p, p), symmetric.
        trivial: how many eigenvalues are passed over.
    """
    if trivial >= len(hessian) or not hessian.any():
        return 0.0
    values = linalg.eigvalsh(hessian, check_finite=False)
    return float(values[trivial]) if values[trivial] >= tolerance(values) else 0.0
