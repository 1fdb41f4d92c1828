"""How concentrated a distribution is: on how few of its entries it lies."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from grokphase.measures.arrays import as_array


def gini(values: Float[Array, " n"]) -> Float[Array, ""]:
    """The Gini coefficient `G = 2 sum_i i x_(i) / (n sum x) - (n + 1) / n`, x_(i) ascending.

    0 where all entries are equal, 1 - 1 / n where one alone is not 0. Nanda et al. take it of the
    norms of an embedding's Fourier components: it rises as few frequencies take over.

    Args:
        values: (n,) numbers of at least 0.

    Returns:
        Between 0 and 1 - 1 / n; NaN where all are 0, which are shared out in no way.

    Raises:
        GrokphaseError: the values are not one axis of numbers.

    Example:
        >>> [round(float(gini(jnp.array(x))), 4) for x in ([1.0, 1, 1, 1], [0.0, 0, 5, 0])]
        [0.0, 0.75]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 5.1; Hurley & Rickard (2009),
        arXiv:0811.4706, for what makes it a measure of sparsity.
    """
    values = as_array(values, "values", "(n,)", 1)
    ascending = jnp.sort(values)
    n = values.shape[0]
    # Of differences from the middle rank: equal entries give 0 without cancellation.
    rank = jnp.arange(1, n + 1) - (n + 1) / 2
    return 2 * (rank * ascending).sum() / (n * ascending.sum())


def inverse_participation_ratio(power: Float[Array, "n ..."], r: int = 2) -> Float[Array, "..."]:
    """`IPR_r = sum_k P_k^r / (sum_k P_k)^r` along the first axis, for powers `P_k = |F_k|^2`.

    1 where all power is in one entry, 1 / n^(r - 1) where it is spread evenly; for r = 2 its
    inverse counts the entries that take part.

    **Which entries are counted matters.** With `measures.spectrum`, whose entries hold cosine and
    sine of a frequency together, a pure wave has 1. With the bins k and p - k of a complex Fourier
    transform, `np.abs(np.fft.fft(x)) ** 2`, a pure wave has 1/2, and so has one of equal cosine
    and sine by `measures.fourier(x) ** 2`.

    Args:
        power: (n, ...) numbers of at least 0; leave the constant out, `spectrum(x)[1:]`, where it
            is not meant.
        r: the order, 2 or more.

    Returns:
        (...) between 1 / n^(r - 1) and 1; NaN where all power is 0, of which nothing has a share.

    Raises:
        GrokphaseError: the power is no array of numbers.

    Example:
        >>> import numpy as np, grokphase.measures as measures
        >>> wave = np.cos(2 * np.pi * 3 * np.arange(11) / 11)
        >>> split = np.abs(np.fft.fft(wave)) ** 2
        >>> [
        ...     round(float(inverse_participation_ratio(power)), 4)
        ...     for power in (measures.spectrum(wave), jnp.asarray(split))
        ... ]
        [1.0, 0.5]

    Source: Gromov (2023), arXiv:2301.02679, section 4.
    """
    power = as_array(power, "power")
    share = power / power.sum(axis=0)
    return (share**r).sum(axis=0)
