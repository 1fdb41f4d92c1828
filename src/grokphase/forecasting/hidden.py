"""A hidden-phase model: a run passes through phases that nobody sees, some of them nearer the end.

Time is counted in equal ratios, `now = T_mem * 2^(j / 2)`, as everything in these runs happens on
a logarithmic scale. At each such moment a run is in one of a few phases, which show in what is
measured (a normal distribution of each sign, independent in a phase), and passes to another or
generalizes with fixed probabilities: a hidden Markov chain with an absorbing end, fitted by the
expectation-maximisation algorithm of Baum and Welch. Which phase a run is in now, by all that was
seen of it, says how soon it may end.

Source: hidden Markov models of training: Hu et al. (2023), arXiv:2308.09543; the absorbing end and
the logarithmic time are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from grokphase.forecasting.cases import Case
from grokphase.forecasting.forecast import SCORES, Prediction
from grokphase.forecasting.history import History

Array = NDArray[np.float64]

PHASES: Final = 4
"""Hidden phases."""

RATIO: Final = math.sqrt(2)
"""Of the steps of one moment to those of the moment before."""

AHEAD: Final = 60
"""Moments that a forecast looks ahead: a factor of 2^30."""

_ROUNDS: Final = 60
_LEAST: Final = 1e-3  # counts added to every transition
_NARROWEST: Final = 0.1  # standard deviation of a sign


def moments(then: float, now: float) -> Array:
    """The moments from memorization to now, both in steps."""
    count = math.floor(math.log(max(now / then, 1.0)) / math.log(RATIO) + 1e-9)
    return np.asarray(then * RATIO ** np.arange(count + 1), np.float64)


def signs(history: History, at: Array) -> Array:
    """What shows of a phase at each moment, (n, 4), NaN where it was not measured.

    Validation accuracy; the logarithms of validation loss and of the norm over their highest
    so far; and that of validation over training loss. Only what was measured before or at a
    moment counts for it.
    """

    def last(steps: NDArray[np.int64], values: Array) -> Array:
        if not steps.size:
            return np.full(at.shape, np.nan)
        place = np.searchsorted(steps, at, "right") - 1
        return np.where(place >= 0, values[np.maximum(place, 0)], np.nan)

    def logarithm(name: str) -> tuple[NDArray[np.int64], Array]:
        steps, values = history.curve(name)
        return steps[values > 0], np.log(values[values > 0])

    found = [last(*history.curve("validation_accuracy"))]
    for name in ("validation_loss", "weight_norm"):
        steps, values = logarithm(name)
        found.append(last(steps, values - np.maximum.accumulate(values) if steps.size else values))
    found.append(last(*logarithm("validation_loss")) - last(*logarithm("train_loss")))
    return np.stack(found, axis=1)


@dataclass(frozen=True, eq=False)
class Hidden:
    """The hidden-phase model as a forecaster.

    Args:
        start: (K,) probability of each phase at memorization.
        step: (K, K + 1) probabilities of passing from each to each, and to the end.
        mean: (K, 4) of the signs in each phase.
        size: (K, 4) their standard deviations.
    """

    start: Array
    step: Array
    mean: Array
    size: Array
    name: ClassVar[str] = "hidden-phase"

    def predict(self, history: History) -> Prediction:
        """When the run generalizes, from the phases it may be in."""
        memorized = history.memorized
        assert memorized is not None, "asked of runs that have memorized"
        then, now = max(memorized.upper, 1.0), max(float(history.now), 1.0)
        at = moments(then, now)
        phase = self.filtered(signs(history, at))[-1]
        # Shares that have not ended after each moment ahead.
        left = np.empty(AHEAD + 1)
        for ahead in range(AHEAD + 1):
            left[ahead] = phase.sum()
            phase = phase @ self.step[:, :-1]
        logs = math.log(at[-1]) + math.log(RATIO) * np.arange(AHEAD + 1)
        here = math.exp(np.interp(math.log(now), logs, np.log(left)))
        kept = logs > math.log(now) + 1e-9
        logs = np.append(math.log(now), logs[kept])
        left = np.append(1.0, np.maximum(left[kept] / here, 1e-12))
        ever = 1 - left[-1]
        come = (1 - left) / ever
        step = np.exp(np.interp(ndtr(SCORES), come, logs))
        return Prediction(now, float(ever), np.maximum(step, now + 1e-6 * now))

    def filtered(self, seen: Array) -> Array:
        """The probabilities of the phases at each moment, from what was seen until then.

        Args:
            seen: (..., n, 4) signs; any number of runs.

        Returns:
            (..., n, K), each of sum 1: the run has not ended.
        """
        likely = self.likely(seen)
        found = np.empty_like(likely)
        prior = self.start
        for moment in range(likely.shape[-2]):
            here = prior * likely[..., moment, :]
            found[..., moment, :] = here / here.sum(-1, keepdims=True)
            prior = found[..., moment, :] @ self.step[:, :-1]
        return found

    def likely(self, seen: Array) -> Array:
        """The likelihood of each phase at each moment (..., n, K), over that of the likeliest."""
        z = (seen[..., None, :] - self.mean) / self.size
        log = np.where(np.isnan(z), 0.0, -0.5 * z * z - np.log(self.size)).sum(-1)
        return np.asarray(np.exp(np.maximum(log - log.max(-1, keepdims=True), -50.0)))

    @classmethod
    def fit(cls, cases: Sequence[Case]) -> Hidden:
        """The model of runs that memorize, by expectation and maximisation.

        Phases begin as quarters of the looks, ordered by validation accuracy and, where that is
        the same, by the fall of the norm.
        """
        runs = [_sequence(case) for case in cases if case.delay is not None]
        length = np.array([len(seen) for seen, _ in runs])
        ended = np.array([end for _, end in runs])
        seen = np.full((len(runs), length.max(), 4), np.nan)
        for place, (each, _) in enumerate(runs):
            seen[place, : len(each)] = each
        inside = np.arange(length.max()) < length[:, None]
        every = seen[inside]
        filled = np.where(np.isnan(every), np.nanmean(every, 0), every)
        order = np.argsort(np.argsort(filled[:, 0] - 0.05 * filled[:, 2], kind="stable"))
        step = np.full((PHASES, PHASES + 1), 0.1 / PHASES)
        step[np.arange(PHASES), np.arange(PHASES)] = 0.9
        mean, size = _normal(every, np.eye(PHASES)[order * PHASES // len(order)])
        model = cls(np.full(PHASES, 1 / PHASES), step / step.sum(1, keepdims=True), mean, size)
        for _ in range(_ROUNDS):
            model = model._better(seen, inside, ended)
        return model

    def _better(self, seen: Array, inside: NDArray[np.bool_], ended: NDArray[np.bool_]) -> Hidden:
        """One round, from the signs (runs, n, 4), those of the runs' moments being `inside`."""
        forward, likely = self.filtered(seen), self.likely(seen)
        step = np.full((PHASES, PHASES + 1), _LEAST)
        smooth = np.zeros_like(forward)
        behind = np.ones((len(seen), PHASES))
        for moment in range(seen.shape[1] - 1, -1, -1):
            last = inside[:, moment] & ~(
                inside[:, moment + 1] if moment + 1 < seen.shape[1] else False
            )
            # After the last moment the run ends, or nobody watches any more.
            ends = np.where(ended[last, None], self.step[:, -1], 1.0)
            here = forward[last, moment] * ends
            smooth[last, moment] = here / here.sum(-1, keepdims=True)
            step[:, -1] += smooth[last & ended, moment].sum(0)
            on = inside[:, moment] & ~last
            if on.any():
                later = likely[on, moment + 1] * behind[on]
                both = forward[on, moment, :, None] * self.step[:, :-1] * later[:, None, :]
                both /= both.sum((1, 2), keepdims=True)
                step[:, :-1] += both.sum(0)
                smooth[on, moment] = both.sum(-1)
                before = later @ self.step[:, :-1].T
                behind[on] = before / before.max(-1, keepdims=True)
            behind[last] = ends
        mean, size = _normal(seen[inside], smooth[inside])
        start = smooth[:, 0].sum(0) + _LEAST
        return Hidden(start / start.sum(), step / step.sum(1, keepdims=True), mean, size)

    def as_json(self) -> dict[str, Any]:
        """Its constants, as they are kept."""
        return {name: values.tolist() for name, values in vars(self).items()}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Hidden:
        """The one whose constants were kept."""
        return cls(*(np.array(kept[name]) for name in ("start", "step", "mean", "size")))


def _sequence(case: Case) -> tuple[Array, bool]:
    """The signs of a run at all moments before its end, and whether it generalized then."""
    delay, then = case.delay, case.memorized_at
    assert delay is not None
    assert then is not None
    at = moments(then, then + delay.lower)
    return signs(case.history, at), delay.event


def _normal(every: Array, of: Array) -> tuple[Array, Array]:
    """Means and standard deviations (K, 4) of signs (n, 4) in phases (n, K)."""
    known = np.isfinite(every)
    filled = np.where(known, every, 0.0)
    total = np.maximum(of.T @ known, 1e-9)
    mean = of.T @ filled / total
    square = of.T @ (filled * filled) / total - mean * mean
    return mean, np.maximum(np.sqrt(np.maximum(square, 0.0)), _NARROWEST)
