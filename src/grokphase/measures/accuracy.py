"""The accuracy that an embedding promises, whatever the decoder does."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array
from grokphase.measures.parallelograms import realised
from grokphase.phases.thresholds import Convention


def predicted_accuracy(
    embedding: Float[Array, "p ..."],
    inputs: Int[Array, "n 2"],
    pairs: Int[Array, "q 2"],
    trained: Bool[Array, " n"],
    delta: float | Float[Array, ""],
    convention: Convention = "code",
) -> Float[Array, ""]:
    """The predicted accuracy on all samples, Acc-hat `= |D-bar(D, P(R))| / |D0|` (Eqs. 12-13).

    A sample counts if it is trained, or if it forms a realised parallelogram with a trained one:
    the decoder then sees the same sum, and gives the same answer (Eq. 11). Directly only, with no
    chain of several parallelograms. `grokphase.theory.predicted_accuracy` is the same in NumPy.

    Args:
        embedding: (p, d) vectors or (p, d, d) matrices; write embedding[:, None] for p numbers.
        inputs: (n, 2) the symbols of each sample of the task, D0.
        pairs: (q, 2) every pair of samples with one result:
            `parallelograms(task, commuting=False)`.
        trained: (n,) boolean mask: which samples are in the training set D.
        delta: how closely a parallelogram must close, see `realised`.
        convention: "code" or "paper", see `realised`.

    Returns:
        Between ``|D| / |D0|`` and 1.

    Raises:
        GrokphaseError: trained is no mask over the samples, or the embedding has not two or three
            axes.

    Example:
        >>> import numpy as np, grokphase.measures as measures, grokphase.tasks as tasks
        >>> toy = tasks.task("addition", p=10)
        >>> pairs = measures.parallelograms(toy, commuting=False)
        >>> line = jnp.arange(10.0)[:, None]
        >>> shown = toy.labels < 9  # sums 0 ... 8
        >>> round(float(predicted_accuracy(line, toy.inputs, pairs, shown, 0.1)), 4)
        0.4545

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 11-13 (Appendix D).
    """
    found = reached(embedding, inputs, pairs, trained, delta, convention)
    # Not the mean: compiled, that multiplies by a rounded reciprocal, and all of 41 is not 1.
    share: Array = found.sum() / jax.lax.optimization_barrier(jnp.float32(found.size))
    return share


def reached(
    embedding: Float[Array, "p ..."],
    inputs: Int[Array, "n 2"],
    pairs: Int[Array, "q 2"],
    trained: Bool[Array, " n"],
    delta: float | Float[Array, ""],
    convention: Convention = "code",
) -> Bool[Array, " n"]:
    """Which samples count for `predicted_accuracy`, D-bar; arguments and errors as there."""
    inputs = jnp.asarray(as_array(inputs, "inputs", "(n, 2)", 2))
    pairs = jnp.asarray(as_array(pairs, "pairs", "(q, 2)", 2, empty=True))
    trained = jnp.asarray(trained)
    if trained.dtype != bool or trained.shape != inputs.shape[:1]:
        n = inputs.shape[0]
        raise GrokphaseError(
            f"trained is a mask of {n} truth values, one for each sample, not {trained.dtype} of "
            f"shape {trained.shape}: for indices write np.isin(np.arange({n}), indices)."
        )
    held = realised(embedding, inputs, pairs, delta, convention)
    one, other = pairs[:, 0], pairs[:, 1]
    return trained.at[one].max(held & trained[other]).at[other].max(held & trained[one])
