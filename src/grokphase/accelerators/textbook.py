"""The textbook's cross-entropy at a precision of its own, which saturates: an arm that slows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.measures.cross_entropy import is_own

Rounding = Literal["float32", "float16", "bfloat16"]

_BITS: Final = {"float16": (5, 10), "bfloat16": (8, 7)}  # of exponent and mantissa
_SUBNORMAL: Final = 2.0**-24  # the spacing of float16 below its smallest normal number, 2^-14


def rounded(values: Float[Array, "..."], precision: Rounding) -> Float[Array, "..."]:
    """Numbers as this precision has them, still held in float32.

    A cast to half precision and back is no such rounding: XLA is free to leave it out.

    Example:
        >>> rounded(jnp.array([1.0004, 1.0006, 1e-8]), "float16").tolist()
        [1.0, 1.0009765625, 0.0]
    """
    if precision == "float32":
        return values
    short = jax.lax.reduce_precision(values, *_BITS[precision])
    if precision == "bfloat16":
        return short
    return jnp.where(jnp.abs(values) < 2.0**-14, jnp.round(values / _SUBNORMAL) * _SUBNORMAL, short)


def _parts(logits: Array, precision: Rounding) -> tuple[Array, Array, Array]:
    """Logits below their largest, their exponentials, and the sum of those."""
    to = partial(rounded, precision=precision)
    shifted = to(to(logits) - to(logits).max(axis=1, keepdims=True))
    terms = to(jnp.exp(shifted))
    return shifted, terms, to(terms.sum(axis=1, keepdims=True))


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def textbook(
    logits: Float[Array, "n classes"], labels: Int[Array, " n"], precision: Rounding
) -> Float[Array, " n"]:
    """`ln sum_j exp(z_j - max z) - (z_y - max z)`, each operation rounded."""
    shifted, _, total = _parts(logits, precision)
    mine = jnp.where(is_own(labels, logits.shape[1]), shifted, 0.0).sum(axis=1)
    return rounded(rounded(jnp.log(total[:, 0]), precision) - mine, precision)


@textbook.defjvp
def _slope(precision: Rounding, primals: Any, tangents: Any) -> tuple[Array, Array]:
    """The gradient as the textbook has it: rounded probabilities, less 1 at the own class."""
    logits, labels = primals
    _, terms, total = _parts(logits, precision)
    own = is_own(labels, logits.shape[1])
    pull = rounded(terms / total, precision) - own
    return textbook(logits, labels, precision), (pull * tangents[0]).sum(axis=1)


@dataclass(frozen=True)
class TextbookSoftmax(Accelerator):
    """Trains on the cross-entropy that frameworks compute, rounded at every operation.

    grokphase's own keeps its digits (`grokphase.measures.cross_entropy`), which is more than a
    log-softmax in double precision does. This one is exactly 0, and so is its gradient by the
    sample's own logit, once all other terms together are less than half the spacing of the numbers
    at 1 ("softmax collapse"): of p classes at equal gaps beyond 16.6 to `16.6 + ln(p - 1)` in
    float32, by the order in which terms are added. It slows training down, and is here because
    works that report a stall of training have it as their baseline.

    The traps: only the loss is rounded. Logits and weights are in float32, where a network that is
    trained in float16 as a whole rounds both. `recipe.temperature` has no part in it.

    Args:
        precision: "float32", "float16" or "bfloat16".

    Example:
        >>> gap, labels = jnp.array([[17.0, 0.0]]), jnp.array([0])
        >>> float(TextbookSoftmax().losses(jnp.zeros(1), gap, labels, jnp.int32(0))[0])
        0.0

    Source: Prieto et al. (2025), arXiv:2501.04697, section 3 and its study of precisions.
    """

    precision: Rounding = "float32"

    kind: ClassVar[str] = "textbook-softmax"
    of_logits: ClassVar[bool] = True

    def losses(
        self,
        usual: Float[Array, " n"],
        outputs: Float[Array, "n classes"],
        labels: Int[Array, " n"],
        step: Int[Array, ""],
    ) -> Float[Array, " n"]:
        """The loss of each sample, as that precision gives it."""
        return textbook(outputs, labels, self.precision)
