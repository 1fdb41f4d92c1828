"""Progress measures of modular arithmetic: which waves of the result a network computes with.

A network that has learned `y = a + b mod p` by rotations has logits
`sum_k alpha_k cos(w_k (y - c))`, `w_k = 2 pi k / p`, for a few key frequencies k. What is a
function of the result y alone, and of which frequency, can be told apart from the rest long before
the accuracy on new samples rises.

Everywhere: logits are (n, p), of pairs among which each result occurs equally often, as in all p^2
ordered pairs; `labels` are their results, `(a + b) mod p` of the pairs in the order (0, 0), (0, 1),
... where none are given. Another cyclic operation, such as subtraction, has its own. In an array
over frequencies, entry k is frequency k, from 0, the constant, to p // 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array, in_classes
from grokphase.measures.cross_entropy import cross_entropy
from grokphase.measures.fourier import fourier, fourier_basis, spectrum

FACTOR = 5.0
"""By how many times the floor a frequency's amplitude stands out, see `key_frequencies`."""

LEAST = 0.1
"""The share of the largest amplitude that a key frequency has at least: 1 % of its power."""

Frequencies = Sequence[int] | Int[np.ndarray, " k"] | Bool[Array, " frequencies"]


def cosine_amplitudes(
    logits: Float[Array, "n p"], labels: Int[Array, " n"] | None = None
) -> Float[Array, " frequencies"]:
    """The amplitudes alpha_k of `cos(w_k (y - c))` in logits, by least squares.

    The cosines are orthogonal on all pairs, so each is its own projection,
    `alpha_k = 2 / (n p) sum L(y, c) cos(w_k (y - c))` (half of that for k = p / 2). Independent
    of what a softmax does not see, a number added to all logits of a sample.

    Args:
        logits: (n, p), as this module says.
        labels: (n,) the results; None for `(a + b) mod p`.

    Returns:
        (p // 2 + 1,) in the unit of logits, entry k of frequency k; that of the constant is 0,
        since no softmax sees it. A network that computes by rotations has positive ones.

    Raises:
        GrokphaseError: the logits are not (p^2, p) and no labels are given.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> logits = 3.0 * np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> np.round(cosine_amplitudes(logits), 4).tolist()
        [0.0, 0.0, 3.0, 0.0]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.
    """
    found: Array = _amplitudes(*_checked(logits, labels))
    return found


def cosine_shares(
    logits: Float[Array, "n p"], labels: Int[Array, " n"] | None = None
) -> Float[Array, " frequencies"]:
    """The share of the variance of logits that each `cos(w_k (y - c))` explains.

    `R^2_k = |alpha_k cos_k|^2 / |L - mean_c L|^2`, alpha_k of `cosine_amplitudes`; the mean over
    classes of each sample is taken off, which no softmax sees. The cosines being orthogonal, a set
    of frequencies explains the sum of its shares (the paper's FVE). A large sum alone is no sign of
    a circuit: logits with a peak at c = y in a share f of all pairs, those known by heart, and
    none in the others have f in all, spread evenly over frequencies.

    Args:
        logits: (n, p), as this module says.
        labels: (n,) the results; None for `(a + b) mod p`.

    Returns:
        (p // 2 + 1,), entry k of frequency k, at least 0, with a sum of at most 1; NaN for logits
        that are the same for all classes.

    Raises:
        GrokphaseError: the logits are not (p^2, p) and no labels are given.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> logits = np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> np.round(cosine_shares(logits), 4).tolist()
        [0.0, 0.0, 1.0, 0.0]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.2.
    """
    found: Array = _shares(*_checked(logits, labels))
    return found


def key_mask(
    logits: Float[Array, "n p"],
    labels: Int[Array, " n"] | None = None,
    factor: float = FACTOR,
) -> Bool[Array, " frequencies"]:
    """Which of the frequencies 0 ... p // 2 are key; what `key_frequencies` lists, for a trace."""
    amplitudes = cosine_amplitudes(logits, labels)
    ascending = jnp.sort(jnp.abs(amplitudes[1:]))
    floor = ascending[len(ascending) // 4]
    found: Array = amplitudes > jnp.maximum(factor * floor, LEAST * ascending[-1])
    return found


def key_frequencies(
    logits: Float[Array, "n p"],
    labels: Int[Array, " n"] | None = None,
    factor: float = FACTOR,
) -> tuple[int, ...]:
    """The frequencies whose waves a network computes with: those that stand out of the floor.

    k is key if alpha_k of `cosine_amplitudes` is above `factor` times the floor, and above a tenth
    of the largest amplitude. The floor is the lower quartile of their sizes (of m the entry of rank
    `m // 4`, counted from 0 upwards). A
    network that knows its training samples by heart has one amplitude for all frequencies, so that
    none stands out; one that uses more than three quarters of all frequencies cannot be told from
    it, and has none either. `factor` = 5 is that of the literature's rule of thumb (a norm above
    five times the median), whose median fails for small p, where most frequencies may be key.

    Args:
        logits: (n, p), as this module says.
        labels: (n,) the results; None for `(a + b) mod p`.
        factor: how far above the floor.

    Returns:
        Ascending, each from 1 to p // 2; relabelling symbols by `x -> m x` turns k into m k
        (or p - m k, which is the same wave). Empty of 2 or 3 symbols, whose one frequency has no
        others to stand out of.

    Raises:
        GrokphaseError: the logits are not (p^2, p) and no labels are given.

    Example:
        >>> a, b, c = np.ogrid[:23, :23, :23]
        >>> waves = [np.cos(2 * np.pi * k * (a + b - c) / 23) for k in (3, 8)]
        >>> key_frequencies(sum(waves).reshape(529, 23))
        (3, 8)

    Source: after Nanda et al. (2023), arXiv:2301.05217, section 4.1; the quartile is this work's.
    """
    return tuple(int(k) for k in np.flatnonzero(np.asarray(key_mask(logits, labels, factor))))


def restricted_logits(
    logits: Float[Array, "n p"], frequencies: Frequencies, labels: Int[Array, " n"] | None = None
) -> Float[Array, "n p"]:
    """What is left of logits if only waves of the result of these frequencies are kept.

    For each class c the mean over pairs, and the projection of `L(., c)` on `cos(w_k y)` and
    `sin(w_k y)` of each k that is kept. Functions of y alone: samples of one result get the same.

    Args:
        logits: (n, p), as this module says.
        frequencies: k from 1 to p // 2, or a mask of truth values over 0 ... p // 2.
        labels: (n,) the results; None for `(a + b) mod p`.

    Returns:
        (n, p), in the unit of logits.

    Raises:
        GrokphaseError: a frequency is not one of those, or the logits are not (p^2, p) and no
            labels are given.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> wave = np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> bool(np.allclose(restricted_logits(wave, [2]), wave, atol=1e-6))
        True

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1.
    """
    logits, labels = _checked(logits, labels)
    found: Array = _waves(logits, labels, _mask(frequencies, logits.shape[1]).at[0].set(True))
    return found


def excluded_logits(
    logits: Float[Array, "n p"], frequencies: Frequencies, labels: Int[Array, " n"] | None = None
) -> Float[Array, "n p"]:
    """What is left of logits if the waves of the result of these frequencies are taken out.

    For each class c, less the projection of `L(., c)` on `cos(w_k y)` and `sin(w_k y)` of each k.
    The mean over pairs stays. Arguments and errors as for `restricted_logits`.

    Returns:
        (n, p), in the unit of logits.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> wave = np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> bool(np.allclose(excluded_logits(wave, [2]), 0, atol=1e-6))
        True

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1.
    """
    logits, labels = _checked(logits, labels)
    waves: Array = _waves(logits, labels, _mask(frequencies, logits.shape[1]).at[0].set(False))
    return logits - waves


def restricted_loss(
    logits: Float[Array, "n p"], frequencies: Frequencies, labels: Int[Array, " n"] | None = None
) -> Float[Array, ""]:
    """The mean cross-entropy over **all** pairs of logits restricted to key frequencies.

    Of `restricted_logits`: what the circuit alone achieves, without what is known by heart. It
    falls as the circuit forms, while the validation loss is still high. Take the frequencies from
    the trained network, and the same ones for all steps before.

    Args:
        logits: (n, p) of all pairs, as this module says.
        frequencies: k from 1 to p // 2, or a mask of truth values over 0 ... p // 2.
        labels: (n,) the results; None for `(a + b) mod p`.

    Returns:
        In nats; ln p without a frequency if no class is likelier than others on average.

    Raises:
        GrokphaseError: a frequency is not one of those, or the logits are not (p^2, p) and no
            labels are given.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> logits = 9 * np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> [round(float(restricted_loss(logits, keys)), 4) for keys in ([2], [3])]  # ln 7
        [0.0654, 1.9459]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1.
    """
    logits, labels = _checked(logits, labels)
    restricted = restricted_logits(logits, frequencies, labels)
    found: Array = _mean_loss(restricted, labels, jnp.ones(labels.shape, bool))
    return found


def excluded_loss(
    logits: Float[Array, "n p"],
    frequencies: Frequencies,
    labels: Int[Array, " n"] | None = None,
    trained: Bool[Array, " n"] | None = None,
) -> Float[Array, ""]:
    """The mean cross-entropy over **training** pairs of logits without their key frequencies.

    Of `excluded_logits`, projected over all pairs and evaluated on those that are trained: what is
    known by heart, without the circuit. It falls with the training loss at first, and rises as the
    circuit takes over.

    Args:
        logits: (n, p) of all pairs, as this module says.
        frequencies: k from 1 to p // 2, or a mask of truth values over 0 ... p // 2.
        labels: (n,) the results; None for `(a + b) mod p`.
        trained: (n,) truth values, which pairs are in the training set; None for all.

    Returns:
        In nats; in a trace NaN where no pair is trained, of which there is no mean.

    Raises:
        GrokphaseError: as for `restricted_loss`, or trained is no mask over the pairs, or one of
            none of them.

    Example:
        >>> a, b, c = np.ogrid[:7, :7, :7]
        >>> logits = 9 * np.cos(2 * np.pi * 2 * (a + b - c) / 7).reshape(49, 7)
        >>> [round(float(excluded_loss(logits, keys)), 4) for keys in ([2], [3])]  # ln 7
        [1.9459, 0.0654]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1.
    """
    logits, labels = _checked(logits, labels)
    excluded = excluded_logits(logits, frequencies, labels)
    every = np.ones(labels.shape, bool)
    trained = jnp.asarray(every if trained is None else trained)
    if trained.dtype != bool or trained.shape != labels.shape:
        n = labels.shape[0]
        raise GrokphaseError(
            f"trained is a mask of {n} truth values, one for each pair, not {trained.dtype} of "
            f"shape {trained.shape}: for indices write np.isin(np.arange({n}), indices)."
        )
    if not isinstance(trained, jax.core.Tracer) and not trained.any():
        raise GrokphaseError(
            "trained holds no pair, so that there is no mean over training pairs; leave it out for "
            "all pairs, or give a mask with some that are true."
        )
    found: Array = _mean_loss(excluded, labels, trained)
    return found


def neuron_shares(neurons: Float[Array, "n width"]) -> Float[Array, "frequencies width"]:
    """The share of the variance of each neuron over (a, b) that each frequency explains.

    Of the transform of a neuron's activations over Z_p x Z_p (`fourier(.., axes=2)`), the eight
    coefficients in which a and b have frequency k or 0, {1, cos, sin} x {1, cos, sin} without the
    constant, over all but the constant. What mixes two frequencies is in none of them.

    Args:
        neurons: (p^2, width) activations on all pairs, in the order (0, 0), (0, 1), ...

    Returns:
        (p // 2 + 1, width), entry k of frequency k, that of the constant 0; with sums over k of at
        most 1. NaN for a neuron that is constant, which has no variance to explain.

    Raises:
        GrokphaseError: the number of rows is no square.

    Example:
        >>> a, b = np.ogrid[:7, :7]
        >>> one, other = (np.cos(2 * np.pi * k * (a + b) / 7) for k in (1, 3))
        >>> shares = neuron_shares((2 * one + other).reshape(49, 1))[:, 0]
        >>> [round(float(share), 4) for share in shares]
        [0.0, 0.8, 0.0, 0.2]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.2 and Appendix C.
    """
    neurons = jnp.asarray(as_array(neurons, "neurons", "(p^2, width)", 2))
    p = _side(neurons.shape[0], "neurons")
    found: Array = _neurons(neurons.reshape(p, p, -1))
    return found


def neuron_frequencies(
    neurons: Float[Array, "n width"],
) -> tuple[Int[Array, " width"], Float[Array, " width"]]:
    """The frequency of each neuron over (a, b), and the share of variance that it explains.

    The k with the largest of its `neuron_shares`.

    Args:
        neurons: (p^2, width) activations on all pairs, in the order (0, 0), (0, 1), ...

    Returns:
        Frequencies (width,) from 1 to p // 2, and shares (width,) from 0 to 1; the share of a
        neuron that is constant is NaN, and its frequency means nothing.

    Raises:
        GrokphaseError: the number of rows is no square.

    Example:
        >>> a, b = np.ogrid[:7, :7]
        >>> neuron = np.cos(2 * np.pi * 3 * a / 7) * np.cos(2 * np.pi * 3 * b / 7)
        >>> k, share = neuron_frequencies(neuron.reshape(49, 1))
        >>> int(k[0]), round(float(share[0]), 4)
        (3, 1.0)

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.2 and Appendix C.
    """
    shares = neuron_shares(neurons)[1:]
    return shares.argmax(axis=0) + 1, shares.max(axis=0)


def embedding_norms(embedding: Float[Array, "p ..."]) -> Float[Array, " frequencies"]:
    """The norms of the Fourier components of an embedding, a frequency each.

    `sqrt(|F_cos E|^2 + |F_sin E|^2)`; the `gini` of all but the constant's says how few frequencies
    an embedding uses. (The paper takes cosines and sines as components of their own.)

    Args:
        embedding: (p, ...), a vector or matrix for each symbol.

    Returns:
        (p // 2 + 1,) in the unit of the embedding, entry k of frequency k.

    Raises:
        GrokphaseError: the embedding is no array of numbers, of two symbols or more.

    Example:
        >>> angle = 2 * np.pi * 2 * np.arange(7) / 7
        >>> circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        >>> [round(float(size), 4) for size in embedding_norms(circle)]
        [0.0, 0.0, 2.6458, 0.0]

    Source: Nanda et al. (2023), arXiv:2301.05217, Figure 3 and section 5.1.
    """
    embedding = jnp.asarray(as_array(embedding, "the embedding"))
    return jnp.sqrt(spectrum(embedding.reshape(embedding.shape[0], -1)).sum(axis=1))


def _side(n: int, what: str) -> int:
    p = math.isqrt(n)
    if p * p != n or p < 2:
        raise GrokphaseError(
            f"{what} has {n} rows, which are not the p^2 ordered pairs of p symbols; give a row "
            "for each pair, (0, 0), (0, 1), ..., (p - 1, p - 1)."
        )
    return p


def _checked(logits: Any, labels: Any) -> tuple[Array, Array]:
    logits = jnp.asarray(as_array(logits, "logits"))
    labels = None if labels is None else jnp.asarray(as_array(labels, "labels"))
    if logits.ndim == 2 and labels is None:
        p = _side(logits.shape[0], "logits")
        if logits.shape[1] == p:
            return logits, jnp.asarray(np.add.outer(np.arange(p), np.arange(p)).ravel() % p)
    if logits.ndim != 2 or labels is None or labels.shape != logits.shape[:1]:
        raise GrokphaseError(
            f"logits of shape {logits.shape} are not (p^2, p), a row for each ordered pair of p "
            "symbols; write logits.reshape(p * p, p), and labels= (one a row) for another "
            "operation than a + b mod p."
        )
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise GrokphaseError(
            f"labels are of the type {labels.dtype}; give whole numbers, the result of each row."
        )
    labels = in_classes(labels, logits.shape[1])
    if not isinstance(labels, jax.core.Tracer):
        counts = np.bincount(np.asarray(labels), minlength=logits.shape[1])
        if len(counts) != logits.shape[1] or len(set(counts.tolist())) != 1:
            raise GrokphaseError(
                f"The labels have counts {counts.min()} to {counts.max()} of {len(counts)} results "
                f"for {logits.shape[1]} classes; each class must occur equally often, as over all "
                "ordered pairs: give the logits of all pairs, not those of one side of a split."
            )
    return logits, labels


# Compiled as one each: on their own, the operations take longer to compile than to run.


def _by_result(logits: Array, labels: Array) -> Float[Array, "p p"]:
    """M(y, c): the mean logits of all pairs with result y."""
    n, p = logits.shape
    return jax.ops.segment_sum(logits, labels, p) * (p / n)


@jax.jit
def _amplitudes(logits: Array, labels: Array) -> Float[Array, " frequencies"]:
    p = logits.shape[1]
    y = np.arange(p)
    # The mean logit of the class that is t behind the result, for every t.
    behind = _by_result(logits, labels)[y[:, None], (y[:, None] - y) % p].mean(axis=0)
    k = np.arange(p // 2 + 1)
    waves = np.cos(2 * np.pi * (k[:, None] * y % p) / p) * np.where(2 * k == p, 1, 2)[:, None] / p
    waves[0] = 0
    return jnp.dot(jnp.asarray(waves, behind.dtype), behind, precision="highest")


@jax.jit
def _shares(logits: Array, labels: Array) -> Float[Array, " frequencies"]:
    n, p = logits.shape
    squares = np.where(2 * np.arange(p // 2 + 1) == p, n * p, n * p / 2)  # |cos_k|^2
    centred = logits - logits.mean(axis=1, keepdims=True)
    explained: Array = _amplitudes(logits, labels) ** 2 * squares
    return explained / (centred**2).sum()


@jax.jit
def _waves(logits: Array, labels: Array, mask: Array) -> Float[Array, "n p"]:
    """The part of logits that is a wave of the result of one of the frequencies of the mask."""
    p = logits.shape[1]
    basis = jnp.asarray(fourier_basis(p), logits.dtype)
    rows = jnp.where(mask[_frequency_of(p)][:, None], basis, 0.0)
    part = jnp.dot(rows, _by_result(logits, labels), precision="highest")
    return jnp.dot(rows.T, part, precision="highest")[labels]


@jax.jit
def _mean_loss(logits: Array, labels: Array, counted: Array) -> Float[Array, ""]:
    return jnp.where(counted, cross_entropy(logits, labels), 0.0).sum() / counted.sum()


@jax.jit
def _neurons(values: Float[Array, "p p width"]) -> Float[Array, "frequencies width"]:
    p = values.shape[0]
    # Centred first: a large mean would leave its rounding in what else there is.
    power = fourier(values - values.mean(axis=(0, 1)), axes=2) ** 2
    of, k = _frequency_of(p), np.arange(p // 2 + 1)
    either = ((of == k[:, None]) | (of == 0)).astype(float)
    blocks = jnp.einsum("ki,kj,ijw->kw", either, either, power, precision="highest") - power[0, 0]
    shares: Array = blocks / (power.sum(axis=(0, 1)) - power[0, 0])
    constant = values.min(axis=(0, 1)) == values.max(axis=(0, 1))  # but for what rounding leaves
    return jnp.where(constant, jnp.nan, shares)


def _frequency_of(p: int) -> Int[np.ndarray, " p"]:
    """The frequency of each row of the basis."""
    return (np.arange(p) + 1) // 2


def _mask(frequencies: Frequencies, p: int) -> Bool[Array, " frequencies"]:
    """The frequencies as a mask over 0 ... p // 2."""
    if isinstance(frequencies, jax.Array | np.ndarray) and frequencies.dtype == np.bool_:
        if frequencies.shape == (p // 2 + 1,):
            return jnp.asarray(frequencies)
        raise GrokphaseError(
            f"A mask of {frequencies.shape} truth values is not one over the frequencies "
            f"0 ... {p // 2}; list frequencies instead, such as [{p // 2}]."
        )
    given = np.asarray(frequencies, dtype=object).ravel().tolist()
    wrong = [k for k in given if isinstance(k, bool) or k not in range(1, p // 2 + 1)]
    if wrong:
        raise GrokphaseError(
            f"{wrong[0]} is not a frequency of {p} symbols; they go from 1 to {p // 2}, and k is "
            f"the same wave as {p} - k."
        )
    return jnp.asarray(np.isin(np.arange(p // 2 + 1), np.array(given, int)))
