"""Egalitarian gradient descent: all principal directions of a gradient at the same speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from grokphase.accelerators.accelerator import Accelerator, Place
from grokphase.accelerators.matrices import matrices, on_matrices
from grokphase.accelerators.muon import orthogonal
from grokphase.accelerators.settings import real, whole

Method = Literal["svd", "products", "randomized"]
Over = Literal["all", "first"]

_EPSILON: Final = 2.0**-23  # of float32
_GROWING: Final = 10  # iterations that bring singular values up from 1e-5 of the norm
_SETTLING: Final = 4  # iterations that bring those near 1 to 1, within rounding


def polar(matrix: Float[Array, "m n"]) -> Float[Array, "m n"]:
    """`U V^T` of a matrix `U S V^T`, over the directions that it has.

    Singular values within rounding of 0, below `max(m, n) epsilon` times the largest, have none.

    Example:
        >>> import jax.numpy as jnp
        >>> polar(jnp.array([[0.0, 5.0], [-2.0, 0.0]])).round(5).tolist()
        [[0.0, 1.0], [-1.0, 0.0]]
    """
    u, s, v = jnp.linalg.svd(matrix, full_matrices=False)
    there = s > max(matrix.shape) * _EPSILON * s[0]
    return (u * there) @ v


def polar_by_products(matrix: Float[Array, "m n"]) -> Float[Array, "m n"]:
    """`U V^T` by matrix products, to rounding where singular values are over 1e-5 of the norm.

    Muon's iteration until all are near 1, then `X <- (15 X - 10 (X X^T) X + 3 (X X^T)^2 X) / 8`,
    which has 1 as a fixed point to third order. Smaller singular values end between 0 and 1.

    Example:
        >>> import jax.numpy as jnp
        >>> polar_by_products(jnp.array([[0.0, 5.0], [-2.0, 0.0]])).round(5).tolist()
        [[0.0, 1.0], [-1.0, 0.0]]
    """
    x = orthogonal(matrix, _GROWING)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(_SETTLING):
        square = x @ x.T
        x = 1.875 * x + (0.375 * square @ square - 1.25 * square) @ x
    return x if wide else x.T


@dataclass(frozen=True)
class Egalitarian(Accelerator):
    """Egalitarian gradient descent: every matrix's gradient with all singular values equal.

        G = U S V^T,    theta <- theta - eta (U V^T + lambda theta)

    which is `(G G^T)^(-1/2) G`: Muon without momentum, and exact. It has no state; a full SVD of
    every matrix is dear, which a sketch of few columns is less.

    Conventions: all matrices take it, embeddings and the last layer's too, or the first alone;
    biases and LayerNorm follow the recipe's optimizer. The paper's is plain gradient descent, and
    its speed-ups of 53 and 187 times are against that: write `recipe.optimizer=sgd` with
    `recipe.beta1=0`, and a learning rate of its own. Singular values that are 0 within rounding
    stay 0, where the equation has no meaning. The paper's code changes the first layer alone, and
    has its decay in the gradient before singular values are made equal (`coupled_decay=1e-4`):
    where the loss pulls no more, the decay is what is brought to full length, and singular values
    shrink by eta a step. From a test accuracy of 95 % on that code goes on with plain descent,
    which is left out here.

    Args:
        method: "svd", exact; "products", the same to rounding by matrix products alone (see
            `polar_by_products`); or "randomized", of a random sketch of the gradient's range.
        rank: of the sketch: at most so many directions are kept; the paper has 40 for parity.
        over: "all" matrices, or the "first" one of the network: the embedding, or of one-hot pairs
            the first layer's.
        coupled_decay: lambda of `lambda theta` that is added to the gradient first.

    Raises:
        GrokphaseError: for a rank below 1; and where a run's model has no matrix.

    Example:
        >>> import jax.numpy as jnp
        >>> egalitarian = Egalitarian().transform()
        >>> gradient = jnp.diag(jnp.array([8.0, 0.5]))
        >>> direction, _ = egalitarian.update(gradient, egalitarian.init(gradient))
        >>> direction.round(5).tolist()
        [[1.0, 0.0], [0.0, 1.0]]

    Source: Pasand and Dohmatob (2025), arXiv:2510.04930; the sketch with one power iteration of
    Halko et al. (2011), arXiv:0909.4061, algorithm 4.4.
    """

    method: Method = "svd"
    rank: int = whole(40)
    over: Over = "all"
    coupled_decay: float = real(0.0)

    kind: ClassVar[str] = "egalitarian"
    place: ClassVar[Place] = "direction"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        """The direction of matrices: `U V^T` of their gradients."""

        def init(params: Any) -> Array:
            return jnp.zeros((), jnp.int32)

        def update(gradient: Any, count: Array, params: Any = None) -> tuple[Any, Array]:
            key = jax.random.fold_in(jax.random.key(0, impl="threefry2x32"), count)

            def of_matrix(matrix: Float[Array, "m n"]) -> Float[Array, "m n"]:
                if self.method == "products":
                    return polar_by_products(matrix)
                if self.method == "svd" or self.rank >= min(matrix.shape):
                    return polar(matrix)
                return sketched(matrix, self.rank, key)

            pulled = gradient
            if params is not None:
                pulled = jax.tree.map(lambda g, w: g + self.coupled_decay * w, gradient, params)
            return on_matrices(of_matrix, pulled), count + 1

        return optax.with_extra_args_support(optax.GradientTransformation(init, update))

    def chosen(self, params: Any) -> Any:
        """All matrices, or the first."""
        found = matrices(params)
        if self.over == "all":
            return found
        flat, structure = jax.tree.flatten(found)
        first = flat.index(True) if True in flat else -1
        return jax.tree.unflatten(structure, [place == first for place in range(len(flat))])

    def idle(self, params: Any, recipe: Any) -> str | None:
        """Why it would change nothing: there is no matrix."""
        if any(jax.tree.leaves(self.chosen(params))):
            return None
        return "egalitarian is for matrices, and this model has none"


def sketched(matrix: Float[Array, "m n"], rank: int, key: Array) -> Float[Array, "m n"]:
    """`U V^T` of a matrix within the range of a random sketch of it.

    Args:
        matrix: M.
        rank: columns of the sketch.
        key: of its numbers.
    """
    with jax.threefry_partitionable(True):  # JAX's default follows the user's configuration
        drawn = jax.random.normal(key, (matrix.shape[1], rank), matrix.dtype)
    seen, _ = jnp.linalg.qr(matrix @ drawn)
    back, _ = jnp.linalg.qr(matrix.T @ seen)
    basis, _ = jnp.linalg.qr(matrix @ back)
    return basis @ polar(basis.T @ matrix)
