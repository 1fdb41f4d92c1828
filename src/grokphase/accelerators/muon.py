"""Muon: momentum whose singular values are made equal, for hidden matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from grokphase.accelerators.accelerator import Accelerator, Place
from grokphase.accelerators.matrices import hidden_matrices, on_matrices
from grokphase.accelerators.settings import real, whole

Scale = Literal["rms", "none"]

COEFFICIENTS: Final = (3.4445, -4.7750, 2.0315)
"""Of Jordan's quintic: steep at 0, so that it ends near 1 and not at it, see `orthogonal`."""

_TINY: Final = 1e-7
_RMS: Final = 0.2  # of a number of AdamW's direction, to which the update is made alike


def orthogonal(matrix: Float[Array, "m n"], iterations: int) -> Float[Array, "m n"]:
    """A matrix with its singular vectors, and singular values near 1.

    Newton-Schulz: `X <- a X + b (X X^T) X + c (X X^T)^2 X` from `X = M / |M|`, whose singular
    values s each go to `a s + b s^3 + c s^5`. Five iterations bring those that were
    more than 0.0052 of the norm to between 0.68 and 1.21.

    Args:
        matrix: M.
        iterations: how many; 0 gives M / |M|.

    Example:
        >>> import jax.numpy as jnp
        >>> found = orthogonal(jnp.diag(jnp.array([3.0, 0.1])), 5)
        >>> [0.68 < float(s) < 1.21 for s in jnp.linalg.svd(found)[1]]
        [True, True]
    """
    x = matrix / (jnp.sqrt((matrix**2).sum()) + _TINY)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    a, b, c = COEFFICIENTS
    for _ in range(iterations):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide else x.T


@dataclass(frozen=True)
class Muon(Accelerator):
    """Muon: for hidden matrices momentum, made orthogonal, in place of the optimizer's direction.

        m_t = beta m_(t-1) + (1 - beta) g_t,    u_t = (1 - beta) g_t + beta m_t  (nesterov)
        theta <- theta - eta (s NS(u_t) + lambda theta),    NS(U S V^T) about U V^T

    Embeddings, the last layer, biases and LayerNorm follow the recipe's optimizer, usually AdamW.
    NS is Newton-Schulz, see `orthogonal`. Its state is 4 bytes a parameter that takes it, where
    AdamW has 8, and `4 m^2 n + 2 m^3` operations a matrix (m <= n) and iteration.

    Conventions: `scale="rms"` has `s = 0.2 sqrt(max(m, n))`, by which the update is as large as
    AdamW's usually is and one learning rate serves both; "none" has s = 1, as where Muon has a
    learning rate of its own, such as 0.02. Decay is decoupled. With five iterations singular values
    are near 1, not 1; with fewer, or 0, which only divides by the norm, first passages and
    sustained times may be in opposite order. The heads of an attention are taken together.
    Fewer steps need not be fewer seconds.

    Args:
        momentum: beta.
        iterations: of Newton-Schulz, at most 10.
        nesterov: whether the present gradient counts once more.
        scale: "rms" or "none".

    Raises:
        GrokphaseError: for a momentum outside [0, 1), more than 10 iterations; and where a run's
            model has no hidden matrix.

    Example:
        >>> import grokphase as gp
        >>> gp.Recipe(accelerator=Muon(momentum=0.9)).accelerator.told()
        'muon (momentum 0.9, iterations 5, nesterov true, scale rms)'

    Source: Jordan et al. (2024), github.com/KellerJordan/Muon; the scale of Liu et al. (2025),
    arXiv:2502.16982; iterations in grokking: arXiv:2607.20512.
    """

    momentum: float = real(0.95, 0.0, 1.0, below=True)
    iterations: int = whole(5, 0, 10)
    nesterov: bool = True
    scale: Scale = "rms"

    kind: ClassVar[str] = "muon"
    place: ClassVar[Place] = "direction"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        """The direction of matrices: momentum, made orthogonal, times its scale."""

        def of_matrix(mean: Float[Array, "m n"]) -> Float[Array, "m n"]:
            factor = _RMS * max(mean.shape) ** 0.5 if self.scale == "rms" else 1.0
            return factor * orthogonal(mean, self.iterations)

        def update(gradient: Any, mean: Any, params: Any = None) -> tuple[Any, Any]:
            mean = jax.tree.map(lambda m, g: g + self.momentum * (m - g), mean, gradient)
            ahead = mean
            if self.nesterov:
                ahead = jax.tree.map(lambda m, g: g + self.momentum * (m - g), mean, gradient)
            return on_matrices(of_matrix, ahead), mean

        def init(params: Any) -> Any:
            return jax.tree.map(jnp.zeros_like, params)

        return optax.with_extra_args_support(optax.GradientTransformation(init, update))

    def chosen(self, params: Any) -> Any:
        """Hidden matrices."""
        return hidden_matrices(params)

    def idle(self, params: Any, recipe: Any) -> str | None:
        """Why it would change nothing: there is no hidden matrix."""
        if any(jax.tree.leaves(self.chosen(params))):
            return None
        return (
            "muon is for hidden matrices, neither embeddings nor the last layer's, and this model "
            "has none"
        )
