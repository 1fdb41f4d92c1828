"""A recursive feature machine: a kernel machine whose features are its own gradients'."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import csr_array

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Kernel:
    r"""A kernel of inputs seen through a feature matrix M, in one of two forms.

    :math:`(x^T M z)^2`, or :math:`\exp(-|x - z|_M^2 / L)` where a bandwidth L is given.
    """

    bandwidth: float | None = None

    def __call__(self, left: Matrix, right: Matrix, features: Matrix) -> Matrix:
        """(n, m) from (n, d) and (m, d)."""
        inner = left @ features @ right.T
        if self.bandwidth is None:
            squared: Matrix = inner**2
            return squared
        near = _norms(left, features)[:, None] + _norms(right, features) - 2 * inner
        bell: Matrix = np.exp(-np.maximum(near, 0) / self.bandwidth)
        return bell

    def slope(self, inputs: Matrix, features: Matrix) -> Matrix:
        """(n, n) by how much k(x, z) grows as x moves along M z, and a bell along -M x too."""
        if self.bandwidth is None:
            return 2 * inputs @ features @ inputs.T
        return 2 / self.bandwidth * self(inputs, inputs, features)


def fitted(kernel: Kernel, inputs: Matrix, outputs: Matrix, features: Matrix) -> Matrix:
    """Weights (n, c) of the kernel machine that is right about all its samples, without ridge."""
    found: Matrix = solve(kernel(inputs, inputs, features), outputs, assume_a="sym")
    return found


def outer_product(kernel: Kernel, inputs: Matrix, features: Matrix, weights: Matrix) -> Matrix:
    """The mean over samples of the outer products of gradients, over all outputs (AGOP, eq. 3).

    The gradient of an output at x_j is M times sum_i weights_i slope_ij (x_i, less x_j of a bell);
    pairs have two ones in an input, so that the sum is over few numbers.
    """
    slope = kernel.slope(inputs, features)
    samples = csr_array(inputs.T)
    total = np.zeros_like(features)
    for of_one in weights.T:
        moved = samples @ (of_one[:, None] * slope)
        if kernel.bandwidth is not None:
            moved -= inputs.T * (of_one @ slope)
        total += moved @ moved.T
    return features @ total @ features / len(inputs)


def root(matrix: Matrix) -> Matrix:
    """The symmetric square root; of an eigenvalue below 0 it is taken as 0."""
    values, vectors = np.linalg.eigh(matrix)
    found: Matrix = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return found


def circulant_deviation(block: Matrix, step: int) -> float:
    """How much of a block's square is not constant along its wrapped diagonals.

    Args:
        block: (p, p).
        step: 1 for entries that depend on column minus row, -1 for those on their sum.

    Returns:
        0 where all diagonals are constant, and about 1 - 1/p of numbers at random with mean 0.

    Example:
        >>> circle = np.add.outer(np.arange(5), np.arange(5)) % 5 - 2.0
        >>> round(circulant_deviation(circle, -1), 9), round(circulant_deviation(circle, 1), 9)
        (0.0, 1.0)
    """
    rows, p = np.arange(len(block)), len(block)
    diagonals = block[rows, (rows[:, None] + step * rows) % p]
    left = diagonals - diagonals.mean(axis=1, keepdims=True)
    return float((left**2).sum() / (block**2).sum())


def alignment(one: Matrix, other: Matrix) -> float:
    """The cosine between two matrices, entry by entry."""
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


def _norms(inputs: Matrix, features: Matrix) -> Matrix:
    summed: Matrix = np.einsum("nd,nd->n", inputs @ features, inputs)
    return summed
