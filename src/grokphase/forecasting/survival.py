"""Times to an event that may never come: accelerated failure time with a cure fraction.

With probability `pi(x)` the event comes at all, and then the logarithm of its time is logistic,

    F(t | x) = 1 / (1 + exp(-(ln t - mu(x)) / s)),   mu(x) = offset + x . beta,
    pi(x) = 1 / (1 + exp(-x . alpha)).

A time known to lie in (l, u] contributes `ln pi + ln(F(u) - F(l))`, one that had not come by c
`ln(1 - pi F(c))`, so evaluation grids and budgets are taken for what they are. The log-logistic
has heavier tails than a log-normal, as families that nobody has seen yet need.

Libraries were looked at: lifelines (0.30) fits log-normal and log-logistic regressions to
intervals, but without a cure fraction in the regression, and brings pandas, autograd and formulaic;
scikit-survival has no interval censoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

Array = NDArray[np.float64]

LEAST_RIDGE: Final = 0.1
"""Penalty of the constant of the odds."""

HELD: Final = 5.0
"""Penalty of both constants where they are drawn to those of another fit: as of five runs."""

_FLOOR: Final = 1e-300
_DIFFERENCE: Final = 1e-4


@dataclass(frozen=True, eq=False)
class Times:
    """What is known of n times.

    Args:
        lower: (n,) not yet at this time, >= 0; of a censored one the last that is known.
        upper: (n,) come by then; infinite where censored.
        weight: (n,) how much each counts.
    """

    lower: Array
    upper: Array
    weight: Array

    def __getitem__(self, which: NDArray[np.bool_]) -> Times:
        return Times(self.lower[which], self.upper[which], self.weight[which])


@dataclass(frozen=True, eq=False)
class Regression:
    """A fit.

    Args:
        beta: (k + 1,) of the logarithm of time, the constant last.
        alpha: (k + 1,) of the log-odds that it comes at all.
        spread: s.
    """

    beta: Array
    alpha: Array
    spread: float


def log_likelihood(times: Times, mu: Array, spread: float, odds: Array) -> tuple[Array, ...]:
    """The log-likelihood of each time, and its derivatives.

    Args:
        times: what is known of them.
        mu: (n,) median of ln t of those that come.
        spread: s.
        odds: (n,) log-odds that it comes at all.

    Returns:
        (n,) arrays: the log-likelihood, and its derivatives by mu, by ln s and by the log-odds.

    Example:
        >>> once = Times(np.array([10.0]), np.array([np.inf]), np.ones(1))
        >>> value, *_ = log_likelihood(once, np.log([10.0]), 1.0, np.zeros(1))
        >>> round(float(np.exp(value[0])), 3)  # 1 - 1/2 * 1/2
        0.75
    """
    seen = np.isfinite(times.upper)
    pi = expit(odds)
    with np.errstate(divide="ignore"):
        low = (np.log(times.lower) - mu) / spread
    high = np.where(seen, (np.log(np.where(seen, times.upper, 1.0)) - mu) / spread, np.inf)
    value, by_mu, by_spread = (np.zeros_like(mu) for _ in range(3))
    by_odds = np.where(seen, 1 - pi, 0.0)

    # Censored: 1 - pi F(c).
    z, p = low[~seen], pi[~seen]
    came = expit(z)
    left = np.maximum(1 - p * came, _FLOOR)
    value[~seen] = np.log(left)
    slope = -p * came * (1 - came) / left  # by z
    by_mu[~seen] = -slope / spread
    by_spread[~seen] = -slope * np.where(np.isfinite(z), z, 0.0)
    by_odds[~seen] = -p * (1 - p) * came / left

    # Seen: F(b) - F(a) = F(b) F(-a) (1 - exp(a - b)), exact for intervals of any width.
    a, b = low[seen], high[seen]
    width = b - a
    value[seen] = log_expit(odds[seen]) + log_expit(b) + log_expit(-a) + np.log(-np.expm1(-width))
    by_mu[seen] = (expit(a) - expit(-b)) / spread
    # Both vanish where nothing is known of the lower end.
    apart = np.where(np.isfinite(a), width / np.expm1(np.minimum(width, 700.0)), 0.0)
    lower = np.where(np.isfinite(a), a, 0.0) * expit(a)
    by_spread[seen] = -(apart + b * expit(-b) - lower)
    return value, by_mu, by_spread, by_odds


def fit(
    times: Times,
    features: Array,
    offset: Array,
    ridge: float,
    start: Regression | None = None,
    towards: Regression | None = None,
) -> Regression:
    """The penalised maximum of the likelihood.

    Args:
        times: what is known of n times.
        features: (n, k), of about unit size.
        offset: (n,) added to mu.
        ridge: penalty of the squares of all coefficients but the constants, in units of the
            likelihood of one time of weight 1.
        start: where to begin.
        towards: what coefficients are drawn to, constants weakly; zero if not given.

    Returns:
        The fit.
    """
    from scipy.optimize import minimize

    n, k = features.shape
    x = np.column_stack([features, np.ones(n)])
    drawn = np.full(2 * k + 2, ridge)
    # Constants are as good as free; that of the odds finite where all times come.
    drawn[[k, 2 * k + 1]] = 0.0, LEAST_RIDGE
    centre = np.zeros(2 * k + 2)
    if towards is not None:
        centre = np.concatenate([towards.beta, towards.alpha])
        drawn[[k, 2 * k + 1]] = HELD
    if start is None:
        middle = np.where(np.isfinite(times.upper), (times.lower + times.upper) / 2, times.lower)
        constant = np.average(np.log(np.maximum(middle, 0.5)) - offset, weights=times.weight)
        start = Regression(np.append(np.zeros(k), constant), np.zeros(k + 1), 1.0)
    first = np.concatenate([start.beta, start.alpha, [np.log(start.spread)]])
    total = times.weight.sum()

    def loss(at: Array) -> tuple[float, Array]:
        beta, alpha, spread = at[: k + 1], at[k + 1 : -1], float(np.exp(at[-1]))
        value, by_mu, by_spread, by_odds = log_likelihood(
            times, offset + x @ beta, spread, x @ alpha
        )
        away = at[:-1] - centre
        penalty = 0.5 * (drawn * away * away).sum()
        w = times.weight
        slope = np.concatenate([x.T @ (w * by_mu), x.T @ (w * by_odds), [(w * by_spread).sum()]])
        slope[:-1] -= drawn * away
        return float(-((w * value).sum() - penalty) / total), -slope / total

    def curvature(at: Array) -> Array:
        """The second derivatives, those of each time by differences of the first."""
        mu, odds, ln_s = offset + x @ at[: k + 1], x @ at[k + 1 : -1], float(at[-1])
        second = []
        for by in np.eye(3) * _DIFFERENCE:
            up, down = (
                np.stack(
                    log_likelihood(times, mu + e[0], float(np.exp(ln_s + e[2])), odds + e[1])[1:]
                )
                for e in (by, -by)
            )
            second.append(times.weight * (up - down)[[0, 2, 1]] / (2 * _DIFFERENCE))
        parts = (x, x, np.ones((n, 1)))
        found = np.block(
            [
                [left.T @ (second[i][j][:, None] * right) for j, right in enumerate(parts)]
                for i, left in enumerate(parts)
            ]
        )
        return np.asarray((np.diag(np.append(drawn, 0.0)) - found) / total)

    bounds = [(None, None)] * (2 * k + 2) + [(np.log(0.02), np.log(5.0))]
    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-10, "gtol": 1e-6}
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    if bounds[-1][0] < found[-1] < bounds[-1][1]:
        # To the digits that are kept, in whatever order sums are taken: L-BFGS stops before.
        options = {"gtol": 1e-11, "maxiter": 30}
        found = minimize(
            loss, found, jac=True, hess=curvature, method="trust-exact", options=options
        ).x
    return Regression(found[: k + 1], found[k + 1 : -1], float(np.exp(found[-1])))
