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

Source: this work.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

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
    results = np.arange(2 * p - 1)
    same = (np.minimum(results, 2 * p - 2 - results) // 2) + 1
    factor = 1 - fraction * (1 - (1 - fraction) ** (same - 1.0))
    logs = np.log(np.maximum(factor, np.finfo(np.float64).tiny))
    # Symbol k has one sample with each of the results k ... k + p - 1.
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    return float(np.exp(sums[p:] - sums[:p]).sum())


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


def law_critical_fraction(p: int, *, probability: float = 0.5) -> float:
    r"""The fraction at which the law gives a probability: :math:`\Lambda(r) = -\log P`.

    :math:`\Lambda(r)` is the expected number of symbols in no parallelogram, `untouched`.

    Args:
        p: number of symbols, at least 4.
        probability: P, above that of r = 0, :math:`e^{-p}`, and below 1; one half for the critical
            fraction.

    Returns:
        The training fraction r.

    Raises:
        GrokphaseError: p is not a whole number of at least 4, or no fraction has the probability.

    Example:
        >>> [round(law_critical_fraction(p), 5) for p in (100, 1000, 10**6)]
        [0.0599, 0.00824, 1e-05]

    Source: this work.
    """
    p = whole(p, "p", 4)
    chance = real(probability)
    if not (0 < chance < 1 and -np.log(chance) < p):
        raise GrokphaseError(
            f"probability must be above exp(-{p}), which no data gives, and below 1, not "
            f"{probability!r}: for example probability=0.5."
        )
    goal = -np.log(chance)
    return float(brentq(lambda r: untouched(p, r) - goal, 1e-12, 1 - 1e-12, xtol=1e-14))


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
