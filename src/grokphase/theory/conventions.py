"""When two sums of embeddings count as one: the text's convention and that of the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, final, get_args

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks import Task
from grokphase.theory.hessian import as_vectors
from grokphase.theory.samples import Floats

Convention = Literal["code", "paper"]
CONVENTIONS: Final[tuple[str, ...]] = get_args(Convention)


@final
@dataclass(frozen=True)
class Sides:
    """The sides of all parallelograms, in units in which they meet within a distance.

    Args:
        points: (n, d) the sum (of vectors) or product (of matrices) of each sample's embeddings.
        limit: the Euclidean distance below which two sides meet.
        inclusive: whether they meet at just this distance, too.

    Example:
        >>> from grokphase.tasks import task
        >>> found = sides(np.arange(4.0), task("addition", p=4), convention="paper")
        >>> found.points.shape, found.limit, found.inclusive
        ((10, 1), 0.01, True)

    Source: Liu et al. (2022), arXiv:2205.10343, Definition 1 and Eq. 2.
    """

    points: Floats
    limit: float
    inclusive: bool


def sides(
    embedding: Any, task: Task, *, convention: Convention = "code", delta: float | None = None
) -> Sides:
    r"""The two sides of parallelograms under a convention.

    - ``"code"`` (default, as the authors' repository): vectors are standardised in each dimension
      (mean 0, unbiased standard deviation 1) and two sides meet if the **root mean square** of
      their difference over dimensions is **below** delta = 0.1. Matrices are divided by the root
      mean square of all their entries; delta = :math:`\sqrt{0.5}`.
    - ``"paper"`` (Definition 1 and Appendix E): the embedding as it is, and two sides meet if
      :math:`|E_i + E_j - E_m - E_n| \le \delta`, delta = 0.01. For matrices Appendix H says
      :math:`\|E_a E_b - E_c E_d\|_F^2 \le \delta`, and does not say which delta; 0.01 is taken.

    Args:
        embedding: (p, d) vectors, (p,) numbers or (p, d, d) matrices.
        task: a task whose inputs are pairs of symbols.
        convention: as above.
        delta: the tolerance, in the units of the convention; None for the one named above.

    Returns:
        One side for each sample, and when two of them meet.

    Raises:
        GrokphaseError: an unknown convention, or an embedding that does not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> sides(np.arange(4.0), task("addition", p=4), convention="paper").points[:4, 0].tolist()
        [0.0, 1.0, 2.0, 3.0]

    Source: Liu et al. (2022), arXiv:2205.10343, Definition 1, Appendices E and H.
    """
    if convention not in CONVENTIONS:
        raise GrokphaseError(
            f"There is no convention {convention!r}; there are {' and '.join(CONVENTIONS)}."
            f"{nearest(str(convention), CONVENTIONS)}"
        )
    if np.ndim(embedding) == 3:
        return _of_matrices(as_matrices(embedding, task), task, convention, delta)
    vectors = as_vectors(embedding, task)
    first, second = task.inputs.T
    if convention == "paper":
        return Sides(vectors[first] + vectors[second], 0.01 if delta is None else delta, True)
    spread = vectors.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a constant dimension realises nothing
        vectors = (vectors - vectors.mean(axis=0)) / spread
    limit = (0.1 if delta is None else delta) * np.sqrt(vectors.shape[1])
    return Sides(vectors[first] + vectors[second], float(limit), False)


def as_matrices(embedding: Any, task: Task) -> Floats:
    """An embedding as (p, d, d) float64.

    Raises:
        GrokphaseError: it has not one finite square matrix for each symbol of the task.
    """
    array = np.asarray(embedding, np.float64)
    square = array.ndim == 3 and array.shape[0] == task.symbols and array.shape[1] == array.shape[2]
    if not square or not np.isfinite(array).all():
        raise GrokphaseError(
            f"The embedding has shape {np.shape(embedding)}; {task.name} needs ({task.symbols}, d, "
            "d) finite matrices, one for each symbol."
        )
    return array


def _of_matrices(matrices: Floats, task: Task, convention: str, delta: float | None) -> Sides:
    if convention == "code":
        size = np.sqrt((matrices**2).mean())
        matrices = matrices / size if size else np.full_like(matrices, np.nan)
    first, second = task.inputs.T
    points = (matrices[first] @ matrices[second]).reshape(len(task), -1)
    if convention == "paper":
        return Sides(points, float(np.sqrt(0.01 if delta is None else delta)), True)
    limit = (np.sqrt(0.5) if delta is None else delta) * np.sqrt(points.shape[1])
    return Sides(points, float(limit), False)
