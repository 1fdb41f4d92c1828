"""Where a curve changes its slope, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError

MOST_FITS = 20_000
"""Sets of knots that are tried; a curve with more is looked at in fewer places."""


@dataclass(frozen=True)
class ChangePoint:
    """A place at which a curve changes its slope; see `change_points`.

    Args:
        at: where, in the unit of x.
        low: lower end of the interval.
        high: upper end.
        before: the slope before, in units of the curve per unit of x (per e-fold with `log_x`).
        after: the slope after.

    Example:
        >>> x = np.arange(30.0)
        >>> kink = change_points(x, abs(x - 9), count=1)[0]
        >>> kink.at, round(kink.before, 6), round(kink.after, 6)
        (9.0, -1.0, 1.0)
    """

    at: float
    low: float
    high: float
    before: float
    after: float


def change_points(
    x: NDArray[np.floating],
    curve: NDArray[np.floating],
    count: int = 2,
    *,
    log_x: bool = False,
    level: float = 0.9,
    resamples: int = 200,
    seed: int = 0,
) -> tuple[ChangePoint, ...]:
    """The change points of a curve: knots of the best continuous piecewise linear fit.

    `f(x) = a + b_0 x + sum_j b_j max(x - t_j, 0)` with all sets of knots t_j among the places of
    the curve tried, at least two places apart, and the one of the least sum of squares taken.

    The interval is of a bootstrap of residuals: they are drawn in blocks of about `n^(1/3)`
    neighbours (a curve's deviations from straight lines hang together), added to the fit, and
    fitted again; the interval holds the middle `level` of the knots found. It says how well **this
    curve** determines the knots, to the grid of its places at best. How much they vary between
    seeds, other runs must say; nor is it tested whether there is a change: a straight line with
    noise has knots as well, with wide intervals.

    Args:
        x: (n,) ascending places, such as steps.
        curve: (n,) values there; take the logarithm of a loss.
        count: how many, 1 to 3.
        log_x: lines are straight in ln x; places x <= 0 are left out.
        level: of the intervals.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        Ascending.

    Raises:
        GrokphaseError: fewer than 3 places for each of `count` + 1 pieces, places that do not
            ascend, or values that are not finite.

    Example:
        >>> x = np.arange(30.0)
        >>> (found,) = change_points(x, np.maximum(x - 12, 0), count=1)
        >>> found.at, found.low, found.high, round(found.after - found.before, 6)
        (12.0, 12.0, 12.0, 1.0)

    Source: Muggeo (2003), Statistics in Medicine 22, 3055, for the model; Kuensch (1989), Annals of
        Statistics 17, 1217, for blocks.
    """
    if not 0 < level < 1 or resamples < 1:
        raise GrokphaseError(
            f"level = {level} and resamples = {resamples} give no interval; write a level between "
            "0 and 1, such as level=0.9, and one resample or more."
        )
    place, values, shown = _checked(x, curve, count, log_x)
    knots = _candidates(len(place), count)
    designs = np.stack([_design(place, place[np.array(one)]) for one in knots])
    bases = np.linalg.qr(designs)[0]  # (sets, n, count + 2)
    best = _best(bases, values[:, None])[0]
    slopes = np.cumsum(np.linalg.lstsq(designs[best], values, rcond=None)[0][1:])
    fit = bases[best] @ (bases[best].T @ values)
    drawn = _resampled(values - fit, resamples, np.random.default_rng(seed))
    again = np.array(knots)[_best(bases, fit[:, None] + drawn)]  # (resamples, count)
    tail = (1 - level) / 2
    low, high = np.quantile(shown[again], [tail, 1 - tail], axis=0, method="nearest")
    return tuple(
        ChangePoint(float(shown[k]), float(a), float(b), float(before), float(after))
        for k, a, b, before, after in zip(
            knots[best], low, high, slopes[:-1], slopes[1:], strict=True
        )
    )


def _checked(
    x: object, curve: object, count: int, log_x: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, straightened; values; places as they are shown."""
    shown, values = doubles("x", x), doubles("curve", curve)
    if shown.ndim != 1 or shown.shape != values.shape:
        raise GrokphaseError(
            f"x of shape {shown.shape} and a curve of shape {values.shape} do not go together; "
            "give one value for each place."
        )
    if log_x:
        shown, values = shown[shown > 0], values[shown > 0]
    if not 1 <= count <= 3:
        raise GrokphaseError(f"count = {count} change points cannot be sought; write 1, 2 or 3.")
    if len(shown) < 3 * (count + 1):
        raise GrokphaseError(
            f"{len(shown)} places are too few for {count + 1} pieces; {3 * (count + 1)} are needed."
        )
    if not (np.isfinite(values).all() and np.isfinite(shown).all()):
        raise GrokphaseError("The curve holds values that are not finite; leave those places out.")
    if not (np.diff(shown) > 0).all():
        raise GrokphaseError("The places of a curve must ascend.")
    return (np.log(shown) if log_x else shown), values, shown


def _candidates(n: int, count: int) -> list[tuple[int, ...]]:
    """Sets of inner places at least two apart, thinned evenly where there are too many."""
    for stride in range(1, n):
        inner = range(1, n - 1, stride)
        found = [
            one for one in combinations(inner, count) if all(b - a >= 2 for a, b in pairwise(one))
        ]
        if len(found) <= MOST_FITS:
            return found
    raise AssertionError("a few places have few sets")


def _design(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones_like(x), x, np.maximum(x[:, None] - knots, 0)])


def _best(bases: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """For each curve, (n, m), which basis explains most of its sum of squares."""
    explained = np.zeros((len(bases), curves.shape[1]))
    for at, basis in enumerate(bases):
        explained[at] = ((basis.T @ curves) ** 2).sum(axis=0)
    found: np.ndarray = explained.argmax(axis=0)
    return found


def _resampled(residuals: np.ndarray, resamples: int, random: np.random.Generator) -> np.ndarray:
    """(n, resamples), blocks of neighbours in a ring."""
    n = len(residuals)
    size = max(1, round(n ** (1 / 3)))
    starts = random.integers(0, n, (-(-n // size), resamples))
    index = (starts[:, None, :] + np.arange(size)[None, :, None]).reshape(-1, resamples)[:n] % n
    return residuals[index]
