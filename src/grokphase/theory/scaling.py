r"""The finite-size law of the critical fraction, with nothing fitted.

A structure is not determined as long as some symbol takes part in no parallelogram. If every
sample is trained with probability r, independently, then symbol k stays out with probability

.. math:: q_k(r) = \prod_{s} \left[1 - r\,(1 - (1-r)^{K_s - 1})\right],

over the results s of its samples, :math:`K_s` the number of samples with that result: either its
sample is not trained, or it alone of its result is. Symbols stay out nearly independently, so none
does with probability :math:`e^{-\Lambda(r)}`, :math:`\Lambda = \sum_k q_k`. In large data sets this
is the last obstacle, as it is for random graphs, and the structure is determined with the same
probability: :math:`r_c` solves :math:`\Lambda(r_c) = \log 2`. For addition of p symbols
:math:`\Lambda \to p\,e^{-rp}`, hence :math:`r_c p \to \log p - \log \log 2`: every symbol must be
drawn, as a collector of coupons would have it.

Training sets are measured at a **fixed** number of samples m, not at a fixed chance of each. The
expected number of symbols left out of those is `untouched_of`, less than :math:`\Lambda(m / n)`:
its law is lower, by 7 % at p = 10, 4 % at 20, 2 % at 40 and 1 % at 80. Whatever else a structure
lacks makes the measured fraction *higher* than either law, so that where p is small the law of
independent samples is closer than its argument can make it.

Source: this work.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.theory.samples import Floats

MEDIAN: Final = float(np.log(2))
"""The expected number of symbols left out at which the probability of none is one half."""


def untouched(p: int, fraction: float) -> float:
    r"""The expected number :math:`\Lambda(r)` of symbols of addition in no parallelogram.

    .. math:: \Lambda(r) = \sum_{k=0}^{p-1} \prod_{s=k}^{k+p-1}
              \left[1 - r\,(1 - (1-r)^{K_s - 1})\right],

    :math:`K_s = \lfloor \min(s, 2p - 2 - s) / 2 \rfloor + 1` the number of samples with sum s.

    Args:
        p: number of symbols, at least 1; the cost is linear in it, so a million is no trouble.
        fraction: r, the chance of each sample to be trained, from 0 to 1.

    Returns:
        From p (r = 0) to 0.

    Raises:
        GrokphaseError: p is not a whole number of at least 1, or the fraction not from 0 to 1.

    Example:
        >>> untouched(10, 0.0), round(untouched(1000, 0.0077), 3)
        (10.0, 1.238)

    Source: this work.
    """
    p = whole(p, "p", 1)
    if not 0 <= real(fraction) <= 1:
        raise GrokphaseError(
            f"fraction is from 0 to 1, the share of the samples that is trained, not {fraction!r}: "
            "for example fraction=0.4."
        )
    factor = 1 - fraction * (1 - (1 - fraction) ** (_same(p) - 1.0))
    return float(_products(np.maximum(factor, np.finfo(np.float64).tiny), p).sum())


def untouched_of(p: int, count: int) -> float:
    r"""The expected number of symbols of addition in no parallelogram, of sets of one size.

    Of all training sets of m samples, with no other chance. The sets that leave symbol k out are
    counted by the coefficient of :math:`z^m` of

    .. math:: \prod_{s=k}^{k+p-1} \left[(1+z)^{K_s - 1} + z\right]
              \prod_{\text{other } s} (1+z)^{K_s},

    of the samples with each result s either not that of k, or it alone. The coefficient is a mean
    over the circle :math:`|z| = r / (1 - r)`, r = m / n, which for large n only its part around the
    real axis adds to.

    Args:
        p: number of symbols, at least 1.
        count: m, how many of the n = p (p + 1) / 2 samples are trained.

    Returns:
        From p (no sample) to 0; `untouched` is its mean over binomially many samples.

    Raises:
        GrokphaseError: p or m is not a whole number of such a set.

    Example:
        >>> round(untouched_of(4, 5), 6), round(untouched(4, 0.5), 6)
        (1.968254, 1.96875)

    Source: this work.
    """
    p = whole(p, "p", 1)
    samples = p * (p + 1) // 2
    count = whole(count, "count", 0)
    if count > samples:
        raise GrokphaseError(
            f"count is how many of the {samples} samples of p = {p} are trained, not {count}: for "
            f"example count={samples // 2}."
        )
    if count in (0, samples):
        return untouched(p, count / samples)
    r, same = count / samples, _same(p)
    spread = np.sqrt(samples * r * (1 - r))
    # Sizes that differ by so many points count as one: of ten deviations and more there are none.
    points = min(samples + 1, int(10 * spread) + 32)
    mean = weight = 0.0
    for j in range(points // 2 + 1):
        angle = 2 * np.pi * j / points
        if points <= samples and angle * spread > 9:  # exp(-40) is left of all sizes together
            break
        one = 1 - r + r * np.exp(1j * angle)
        out = (1 - r) * one ** (same - 1.0) + r * np.exp(1j * angle) * (1 - r) ** (same - 1.0)
        # Of all sets the share with symbol k left out, over the same without that condition.
        sizes = one**samples * np.exp(-1j * angle * count)
        half = 1 if j in (0, points / 2) else 2  # an angle and its opposite
        mean += half * float((sizes * _products(out / one**same, p)).real.sum())
        weight += half * float(sizes.real)
    return mean / weight


def _same(p: int) -> NDArray[np.int64]:
    """(2p - 1,) how many samples of addition have each result."""
    results = np.arange(2 * p - 1)
    return np.asarray((np.minimum(results, 2 * p - 2 - results) // 2) + 1)


def _products(factors: NDArray[Any], p: int) -> NDArray[Any]:
    """(p,) for each symbol k the product over the results k ... k + p - 1 of its samples."""
    sums = np.concatenate([[0.0], np.cumsum(np.log(factors))])
    return np.asarray(np.exp(sums[p:] - sums[:p]))


def law_probability(p: int, fraction: Any) -> Floats:
    r"""The law :math:`e^{-\Lambda(r)}` of the probability that addition is determined.

    :math:`\Lambda(r)` is the expected number of symbols in no parallelogram, `untouched`.

    Args:
        p: number of symbols, at least 1.
        fraction: (...) training fractions r, from 0 to 1.

    Returns:
        (...) probabilities.

    Raises:
        GrokphaseError: p is not a whole number of at least 1, or a fraction not from 0 to 1.

    Example:
        >>> law_probability(1000, [0.005, 0.0077, 0.02]).round(2).tolist()
        [0.0, 0.29, 1.0]

    Source: this work.
    """
    given: NDArray[Any] = np.asarray(fraction, np.float64)
    flat = [np.exp(-untouched(p, float(r))) for r in given.ravel()]
    return np.reshape(flat, given.shape)


def law_critical_fraction(p: int, *, probability: float = 0.5, fixed_size: bool = False) -> float:
    r"""The fraction at which the law gives a probability: :math:`\Lambda(r) = -\log P`.

    :math:`\Lambda(r)` is the expected number of symbols in no parallelogram, `untouched`.

    Args:
        p: number of symbols, at least 4.
        probability: P, above that of r = 0, :math:`e^{-p}`, and below 1; one half for the critical
            fraction.
        fixed_size: the expected number is that of training sets of one size, `untouched_of`, as
            measured ones are; the law interpolated between sizes as `critical_fraction` is.

    Returns:
        The training fraction r.

    Raises:
        GrokphaseError: p is not a whole number of at least 4, or no fraction has the probability.

    Example:
        >>> [round(law_critical_fraction(p), 5) for p in (100, 1000, 100_000)]
        [0.0599, 0.00824, 0.00013]
        >>> round(law_critical_fraction(100, fixed_size=True), 5)
        0.05929

    Source: this work.
    """
    from scipy.optimize import brentq

    p = whole(p, "p", 4)
    chance = real(probability)
    if not (0 < chance < 1 and -np.log(chance) < p):
        raise GrokphaseError(
            f"probability must be above exp(-{p}), which no data gives, and below 1, not "
            f"{probability!r}: for example probability=0.5."
        )
    goal = -np.log(chance)
    if fixed_size:
        return _between_sizes(p, chance)
    return float(brentq(lambda r: untouched(p, r) - goal, 1e-12, 1 - 1e-12, xtol=1e-14))


def _between_sizes(p: int, chance: float) -> float:
    """Where exp(-`untouched_of`) passes a chance, linear between two sizes."""
    samples = p * (p + 1) // 2
    near = int(law_critical_fraction(p, probability=chance) * samples)
    low, high = near, min(near + 1, samples)
    stride = 1
    while low > 0 and _of_size(p, low) >= chance:
        low, high, stride = max(low - stride, 0), low, 2 * stride
    while high < samples and _of_size(p, high) < chance:
        low, high, stride = high, min(high + stride, samples), 2 * stride
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _of_size(p, middle) >= chance else (middle, high)
    below, above = _of_size(p, low), _of_size(p, high)
    return (low + (chance - below) / (above - below)) / samples


def _of_size(p: int, count: int) -> float:
    """The law's probability for training sets of one size."""
    return float(np.exp(-untouched_of(p, count)))


def asymptotic_critical_fraction(p: int) -> float:
    r"""The leading terms of the law for addition: :math:`(\log p - \log \log 2) / p`.

    They are reached slowly: symbols near the ends have few samples with the extreme results that
    would match them, which makes r larger by a term of order 1 / p.

    Args:
        p: number of symbols.

    Returns:
        The training fraction r.

    Example:
        >>> round(asymptotic_critical_fraction(1000), 5)
        0.00727

    Source: this work.
    """
    return float((np.log(p) - np.log(MEDIAN)) / p)
