"""Gradient-norm rescaling: every step's gradient has one norm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import jax
import jax.numpy as jnp
import optax

from grokphase.accelerators.accelerator import Accelerator, Place
from grokphase.accelerators.settings import real
from grokphase.measures.norms import norm

Over = Literal["all", "tensors"]

_TINY: Final = 1e-30  # a gradient of zeros stays one


@dataclass(frozen=True)
class GradientNorm(Accelerator):
    """Gradient-norm rescaling: the gradient of every step is given the same norm.

        g_hat = norm g / |g|

    A gradient that vanishes once all is memorized is made as large as it was at first. It has no
    state.

    Conventions: under Adam the `norm` itself nearly cancels, as Adam divides by the gradient's
    size; what acts is that steps weigh alike in its means. It stands before any decay: under
    `recipe.optimizer=adam`, whose decay is in the gradient, norm and decay are weighed against each
    other. It is no clipping: small gradients grow.

    Args:
        norm: that the gradient is given; the paper's baseline has 0.5.
        over: "all" parameters together, or "tensors", each by itself.

    Raises:
        GrokphaseError: for a norm below 0.

    Example:
        >>> import jax.numpy as jnp
        >>> rescaled = GradientNorm(norm=0.5).transform()
        >>> gradient = {"weight": jnp.array([30.0]), "bias": jnp.array([40.0])}
        >>> found, _ = rescaled.update(gradient, rescaled.init(gradient))
        >>> round(float(found["weight"][0]), 6), round(float(found["bias"][0]), 6)
        (0.3, 0.4)

    Source: the baseline of Zhou et al. (2025, NeuralGrok), arXiv:2504.17243.
    """

    norm: float = real(0.5)
    over: Over = "all"

    kind: ClassVar[str] = "gradient-norm"
    place: ClassVar[Place] = "gradient"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        """Before the optimizer: the gradient at this norm."""

        def update(gradient: Any, params: Any = None) -> Any:
            if self.over == "tensors":
                return jax.tree.map(self._scaled, gradient)
            factor = self.norm / jnp.maximum(norm(gradient), _TINY)
            return jax.tree.map(lambda g: factor * g, gradient)

        return optax.with_extra_args_support(optax.stateless(update))

    def _scaled(self, tensor: Any) -> Any:
        return self.norm / jnp.maximum(norm(tensor), _TINY) * tensor
