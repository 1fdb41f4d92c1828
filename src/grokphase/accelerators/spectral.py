"""The spectral-entropy regulariser: a price on the number of directions that weights use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.accelerators.matrices import listed
from grokphase.accelerators.settings import real
from grokphase.measures.rank import spectral_entropy


@dataclass(frozen=True)
class SpectralEntropy(Accelerator):
    """Adds `beta` times the mean spectral entropy of the network's weights to the training loss.

    `H = -sum_i s_i ln s_i`, s_i the share of singular value i in their sum: ln n of n equal ones, 0
    of rank 1; `exp(H)` is the effective rank. It knows nothing of the scale of a matrix, so that it
    is used beside weight decay, never instead.

    The traps: the mean is over matrices, whatever their sizes, embeddings among them and all heads
    of an attention as one. Shares are those of singular values, not of their squares. It costs a
    singular value decomposition of every matrix a step. The paper's runs have weight noise and a
    decay of 1 as well (`recipe.weight_noise`).

    Args:
        beta: the price of one nat of mean entropy; 0.1 in the paper.

    Example:
        >>> round(float(SpectralEntropy(0.1).penalty([jnp.eye(4), jnp.ones((3, 5))], 0)), 4)
        0.0693

    Source: DeMoss et al. (2024), arXiv:2412.09810, section 5.
    """

    beta: float = real(0.1)

    kind: ClassVar[str] = "spectral-entropy"

    def penalty(self, params: Any, step: Int[Array, ""]) -> Float[Array, ""]:
        """What is added to the loss."""
        found = [spectral_entropy(matrix) for matrix in listed(params)]
        mean: Array = self.beta * jnp.stack(found).mean()
        return mean

    def idle(self, params: Any, recipe: Any) -> str | None:
        """Why it would change nothing: there is no matrix."""
        return None if listed(params) else f"{self.kind} is for matrices, and this model has none"
