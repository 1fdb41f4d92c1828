"""The share of cases in which something is so, as what was measured of a claim."""

from __future__ import annotations

from numpy.typing import ArrayLike

from grokphase.estimators.intervals import seed_shares, share_interval, within
from grokphase.estimators.measured import Measured


def measured_share(seeds: ArrayLike, true: ArrayLike, least: float, note: str = "") -> Measured:
    """The share of cases, in the mean over seeds, against the least one that a claim asks for.

    Args:
        seeds: (n,) the seed of each case; cases of one seed are related, see `share_interval`.
        true: (n,) whether it is so.
        least: the claim holds if the share is at least this.
        note: for the ledger.

    Returns:
        "inconclusive" where there is no case.

    Example:
        >>> found = measured_share(range(10), [True] * 9 + [False], 0.5)
        >>> found.value, found.verdict, found.seeds
        (0.9, 'holds', 10)
    """
    shares = seed_shares(seeds, true)
    if not len(shares):
        return Measured("no such run", "inconclusive", note=note)
    interval = share_interval(seeds, true)
    value = float(shares.mean())
    return Measured(value, within(interval, least, 1.0), interval, len(shares), note)
