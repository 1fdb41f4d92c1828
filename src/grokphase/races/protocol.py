"""What decides a race: how settings are chosen, how arms are compared, who may be called faster.

Everything here is of numbers alone. A time is a step, infinite where it was not reached within the
budget, or where the run diverged. Two arms are compared seed by seed, on the same data from the
same initial weights. Under the hypothesis that it makes no difference which of two arms a run was
of, the two times of a seed could as well be exchanged; that stays true of times that were cut at
one horizon. So the signed-rank test, with its exact distribution over all exchanges, needs nothing
else, and times that were not reached count as the horizon.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.survival import holm

LEVEL: Final = 0.01
"""An arm is called faster, or slower, at a p value below this, corrected for the number of arms."""

CONFIDENCE: Final = 0.95
"""Of the intervals of speed-ups."""

RESAMPLES: Final = 10_000

Verdict = Literal["faster", "slower", "open"]


def best(times: NDArray[np.float64]) -> int:
    """Which draw of an arm's settings is the best on the tuning seeds.

    That of the least median time. Of several, also where no median was reached, the one that
    more seeds reached; then the one with the earliest time; then the one that was drawn first.

    Args:
        times: (draws, seeds) steps to the goal.

    Example:
        >>> best(np.array([[900.0, np.inf], [400.0, 500.0], [300.0, np.inf]]))
        1
        >>> best(np.array([[np.inf, np.inf], [900.0, np.inf]]))
        1
    """
    # Of an even number the later of the middle two, so that half of the seeds are not enough.
    medians = np.sort(times, axis=1)[:, times.shape[1] // 2]
    missed = np.isinf(times).sum(axis=1)
    order = np.lexsort((times.min(axis=1), missed, medians))
    return int(order[0])


class SignedRank(NamedTuple):
    """Wilcoxon's signed-rank test.

    Attributes:
        statistic: the sum of the ranks of positive differences less that of negative ones.
        p: on two sides.
    """

    statistic: float
    p: float


def signed_rank(differences: NDArray[np.float64]) -> SignedRank:
    """Wilcoxon's signed-rank test, exact with ties and zeros too.

    Every sign of every difference is as likely as the other if arms are exchangeable; a difference
    of zero has none and says nothing. Ties have the mean of their ranks.

    Args:
        differences: (seeds,) one a seed.

    Example:
        >>> signed_rank(np.array([3.0, 1.0, 2.0, 5.0, 4.0]))  # 2 of 32 signs are as extreme
        SignedRank(statistic=15.0, p=0.0625)
        >>> signed_rank(np.zeros(2)).p, signed_rank(np.array([1.0, -1.0, 1.0, -1.0])).p
        (1.0, 1.0)

    Source: Wilcoxon 1945, Biometrics Bulletin 1, 80.
    """
    from scipy.stats import rankdata

    known = differences[differences != 0]
    if not known.size:
        return SignedRank(0.0, 1.0)
    ranks = np.rint(2 * rankdata(np.abs(known))).astype(int)  # doubled, so that all are whole
    probability = np.ones(1)
    for rank in ranks:  # of each sum of the ranks of positive differences
        both = np.zeros(rank + 1)
        both[[0, rank]] = 0.5
        probability = np.convolve(probability, both)
    total, off = int(ranks.sum()), int((np.sign(known) * ranks).sum())
    extreme = np.abs(2 * np.arange(total + 1) - total) >= abs(off)
    return SignedRank(off / 2, min(1.0, float(probability[extreme].sum())))


def least_p(seeds: int, arms: int) -> float:
    """The least p value that so many seeds can come to, corrected for so many compared arms.

    Example:
        >>> least_p(5, 1), least_p(16, 20) < LEVEL
        (0.0625, True)
    """
    return min(1.0, arms * 2.0 ** (1 - seeds))


def enough_seeds(arms: int) -> int:
    """The fewest seeds with which one of so many compared arms can be called faster.

    Example:
        >>> enough_seeds(1), enough_seeds(20)
        (8, 12)
    """
    return next(seeds for seeds in range(2, 64) if least_p(seeds, arms) < LEVEL)


@dataclass(frozen=True)
class Compared:
    """How many times as fast as the baseline an arm is.

    Attributes:
        speedup: the baseline's median time divided by the arm's; None where one is not reached.
        low: lower end of its bootstrap interval; None where it is open.
        high: upper end.
        p: of the signed-rank test, two-sided.
        p_holm: corrected for all arms that were compared.
        verdict: "faster" or "slower" if `p_holm` is below 0.01, else "open".
    """

    speedup: float | None
    low: float | None
    high: float | None
    p: float
    p_holm: float
    verdict: Verdict


def compared(
    arms: Mapping[str, NDArray[np.float64]],
    baseline: NDArray[np.float64],
    until: Mapping[str, float],
    baseline_until: float,
) -> dict[str, Compared]:
    """Arms against a baseline, seed by seed.

    Args:
        arms: by name (seeds,) times.
        baseline: (seeds,) times of the same seeds.
        until: by name until when an arm was watched. The test cuts the times of both at the earlier
            of its horizon and the baseline's; speed-ups are of all that is known.
        baseline_until: until when the baseline was.

    Example:
        >>> base, until = np.arange(1000.0, 2600.0, 100.0), {"twice": 3e3, "same": 3e3}
        >>> found = compared({"twice": base / 2, "same": base}, base, until, 3e3)
        >>> found["twice"].speedup, found["twice"].verdict, found["same"].verdict
        (2.0, 'faster', 'open')
    """
    tests = {}
    for name, times in arms.items():
        common = min(until[name], baseline_until)
        ours, theirs = (np.log(np.minimum(each, common)) for each in (times, baseline))
        tests[name] = signed_rank(np.round(theirs - ours, 9))  # equal ratios are ties
    corrected = holm([test.p for test in tests.values()])
    return {
        name: _one(arms[name], baseline, (until[name], baseline_until), test, p)
        for (name, test), p in zip(tests.items(), corrected, strict=True)
    }


def surely(found: Compared, *others: Compared) -> Compared:
    """What is so of a comparison however long a step takes within what was measured.

    Args:
        found: with a step as it was measured.
        others: with the shortest and the longest step that there may be.

    Returns:
        The widest interval and the largest p value; 1 where they differ in who is faster.

    Example:
        >>> one = Compared(1.2, 1.1, 1.3, 0.001, 0.004, "faster")
        >>> other = Compared(0.9, 0.8, 1.0, 0.002, 0.006, "slower")
        >>> surely(one, one, one) == one, surely(one, other, one)
        (True, Compared(speedup=1.2, low=0.8, high=1.3, p=1.0, p_holm=1.0, verdict='open'))
    """
    every = (found, *others)
    lows, highs = [each.low for each in every], [each.high for each in every]
    verdicts = {each.verdict for each in every}
    opposed = {"faster", "slower"} <= verdicts
    return Compared(
        found.speedup,
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
        1.0 if opposed else max(each.p for each in every),
        1.0 if opposed else max(each.p_holm for each in every),
        found.verdict if len(verdicts) == 1 else "open",
    )


def _one(
    arm: NDArray[np.float64],
    base: NDArray[np.float64],
    until: tuple[float, float],
    test: SignedRank,
    p_holm: float,
) -> Compared:
    own, theirs = median(arm), median(base)
    known = math.isfinite(own) and math.isfinite(theirs)
    direction: Verdict = "faster" if test.statistic > 0 else "slower"
    return Compared(
        theirs / own if known else None,
        *speedup_interval(arm, base, *until),
        test.p,
        p_holm,
        direction if p_holm < LEVEL else "open",
    )


def median(times: NDArray[np.float64]) -> float:
    """The median of times, infinite where one of those in the middle is.

    Example:
        >>> median(np.array([1.0, 3.0])), median(np.array([1.0, np.inf]))
        (2.0, inf)
    """
    return float(np.median(times))


def speedup_interval(
    arm: NDArray[np.float64], base: NDArray[np.float64], until: float, base_until: float
) -> tuple[float | None, float | None]:
    """The percentile bootstrap, over seeds, of the ratio of medians; 95 %.

    What was not reached is later than its horizon, and no more is known: an end that rests on it
    is the bound that the horizon gives, or open.

    Args:
        arm: (seeds,) times.
        base: (seeds,) times of the baseline.
        until: when the arm was watched until.
        base_until: when the baseline was.

    Returns:
        Lower and upper end, None where open.

    Example:
        >>> base = np.full(8, 1000.0)
        >>> speedup_interval(base / 2, base, 3000.0, 3000.0)
        (2.0, 2.0)
        >>> speedup_interval(base, np.full(8, np.inf), 3000.0, 3000.0)  # three times or more
        (3.0, None)
    """
    generator = np.random.default_rng(0)
    at = generator.integers(len(arm), size=(RESAMPLES, len(arm)))
    own, theirs = np.median(arm[at], axis=1), np.median(base[at], axis=1)
    with np.errstate(invalid="ignore"):
        least = np.where(np.isinf(own), 0.0, np.minimum(theirs, base_until) / own)
        most = np.where(np.isinf(theirs), np.inf, theirs / np.minimum(own, until))
    tail = (1 - CONFIDENCE) / 2
    low = float(np.quantile(least, tail, method="lower"))
    high = float(np.quantile(most, 1 - tail, method="higher"))
    return low or None, high if math.isfinite(high) else None
