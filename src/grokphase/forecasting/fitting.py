"""The constants of all forecasters, fitted to runs of the corpus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from grokphase.errors import GrokphaseError
from grokphase.forecasting.cases import Case, digest
from grokphase.forecasting.combination import Combination, widened
from grokphase.forecasting.features import MEASURES, NORMS, SETTINGS, SIGNS, Standard, table
from grokphase.forecasting.forecast import Forecaster, Prediction
from grokphase.forecasting.hidden import Hidden
from grokphase.forecasting.history import History
from grokphase.forecasting.kept import forecasters_of
from grokphase.forecasting.landmarks import Landmarks, landmarks
from grokphase.forecasting.laws import UNITS, Constants, Law
from grokphase.forecasting.scoring import threshold
from grokphase.forecasting.survival import Regression, Times, fit, log_likelihood
from grokphase.forecasting.survivor import Survivor
from grokphase.forecasting.trials import AT, Trial, ask, trials, typical_delays

Array = NDArray[np.float64]

SURVIVORS: Final[dict[str, tuple[str, ...]]] = {
    "settings": (*SETTINGS, "elapsed"),
    "early-warning": SIGNS,
    "survival": (*SETTINGS, *NORMS, *SIGNS, *MEASURES),
}
"""The regressions, by the features that each has."""

FITTED_ON: Final = ("train", "validation")
"""Splits that constants are fitted to, and chosen on."""

LEAST_SHARE: Final = 0.02
"""Weight below which a forecaster is left out of the combination."""

PRIORS: Final = (0.0, 0.03, 0.1, 0.3, 1.0)
"""What speaks for each forecaster before any validation family does, in families."""

COVERED: Final = 0.9
"""Share of the delays of validation families that intervals of 90 % are widened to cover."""

WIDENINGS: Final = tuple(float(factor) for factor in np.round(np.arange(1.0, 3.01, 0.1), 2))

RIDGE: Final = 10.0
"""Penalty of the regressions' coefficients: as chosen by leaving training families out."""


def fit_law(name: str, cases: Sequence[Case]) -> Law:
    """A law's constant, the scatter about it, and how often it comes at all.

    Args:
        name: one of `UNITS`.
        cases: runs to their ends.
    """
    ready = [case for case in cases if case.delay is not None]
    # A rate that is measured from memorization on is known only some time after it.
    units = [UNITS[name][0](_look(case)) for case in ready]
    known = np.array([unit is not None for unit in units])
    times = delays(ready)
    ln = np.log(np.array([unit or 1.0 for unit in units]))
    return Law(name, _constants(times[known], ln[known]), _constants(times, np.zeros(len(ready))))


def _look(case: Case) -> Any:
    assert case.memorized_at is not None
    return case.at(case.memorized_at)


def delays(cases: Sequence[Case]) -> Times:
    """The delays of runs that have one, each counted once."""
    known = [case.delay for case in cases if case.delay is not None]
    lower, upper = ([each[i] for each in known] for i in (1, 2))
    return Times(np.array(lower), np.array(upper), np.ones(len(known)))


def _constants(times: Times, offset: Array) -> Constants:
    found = fit(times, np.empty((len(offset), 0)), offset, ridge=0.0)
    return Constants(float(found.beta[0]), found.spread, float(found.alpha[0]))


def fit_survivor(name: str, seen: Landmarks, ridge: float = RIDGE) -> Survivor:
    """A regression, and what families that it was not fitted on ask for.

    The regression is fitted to all; then once more without each family in turn, and from what
    those say of the families left out a factor on the spread and a slope of the log-odds are
    found by maximum likelihood. So an interval is as wide as it must be for a family never seen.

    Args:
        name: one of `SURVIVORS`.
        seen: looks at runs.
        ridge: the penalty.
    """
    names = SURVIVORS[name]
    values = table(seen.rows, names)
    standard = Standard.of(names, values, seen.left.weight)
    x, offset = standard(values), np.log(seen.then)
    whole = fit(seen.left, x, offset, ridge)
    told = np.full((2, len(offset)), np.nan)
    for family in np.unique(seen.family):
        out = seen.family == family
        if out.all():
            continue
        part = fit(seen.left[~out], x[~out], offset[~out], ridge, start=whole)
        told[:, out] = predicted(part, x[out], offset[out])
    if np.isnan(told).any():
        return Survivor(name, standard, whole)
    widening, tempering = _asked(seen.left, told[0], told[1], whole.spread)
    return Survivor(name, standard, whole, widening, tempering)


def predicted(regression: Regression, x: Array, offset: Array) -> Array:
    """The median of ln t, and the log-odds, (2, n)."""
    full = np.column_stack([x, np.ones(len(x))])
    return np.stack([offset + full @ regression.beta, full @ regression.alpha])


def _asked(
    times: Times, mu: Array, odds: Array, spread: float
) -> tuple[float, tuple[float, float]]:
    """The widening and tempering under which predictions are most likely."""

    def loss(at: Array) -> float:
        value, *_ = log_likelihood(times, mu, spread * math.exp(at[0]), at[1] * odds + at[2])
        return float(-(times.weight * value).sum() / times.weight.sum())

    bounds = [(0.0, math.log(10.0)), (0.05, 1.5), (-5.0, 5.0)]
    found = minimize(loss, np.array([0.3, 0.8, 0.0]), method="L-BFGS-B", bounds=bounds).x
    return math.exp(found[0]), (float(found[1]), float(found[2]))


def constants(cases: Sequence[Case]) -> dict[str, Any]:
    """All constants, fitted to the training families and chosen on the validation families.

    Args:
        cases: runs of the corpus; those of the split "test" are not looked at.

    Returns:
        What `fitted/forecasters.json` holds: every forecaster's constants, rounded to six digits
        and used so from then on; the digests of the runs that they were fitted and chosen on.

    Raises:
        GrokphaseError: if either split has no run that generalizes after it memorized.
    """
    parts = {part: [case for case in cases if case.split == part] for part in FITTED_ON}
    for part, inside in parts.items():
        if not any(case.generalizes for case in inside):
            raise GrokphaseError(
                f'no run of the split "{part}" generalizes after it has memorized, so that nothing '
                "can be fitted; give a larger corpus: grokphase corpus build --runs 3000."
            )
    fitted, chosen = parts["train"], parts["validation"]
    found: dict[str, Any] = {name: fit_law(name, fitted).as_json() for name in UNITS}
    seen = landmarks(fitted)
    found |= {name: fit_survivor(name, seen).as_json() for name in SURVIVORS}
    found[Hidden.name] = Hidden.fit(fitted).as_json()
    found = rounded(found)
    single = forecasters_of(found)
    typical = rounded(typical_delays(fitted))
    looks = [(trial, trial.case.at(trial.elapsed)) for trial in trials(chosen, typical)]
    told = [ask(single, history) for _, history in looks]
    found[Combination.name] = rounded(_combination(looks, told, single))
    everyone = forecasters_of(found)
    rows = [(trial, ask(everyone, history)) for trial, history in looks]
    weight = [trial.weight for trial, _ in looks]
    alarms = {
        name: {
            at: threshold(
                np.array([t.probability(row[name]) for t, row in rows if t.at == at and t.came])
            )
            for at in AT
        }
        for name in everyone
    }
    losses = {
        name: float(np.average([t.log_score(row[name]) for t, row in rows], weights=weight))
        for name in everyone
    }
    return {
        **{
            part: {
                "split": part,
                "runs": len(inside),
                "families": sorted({case.family for case in inside}),
                "digest": digest(inside),
            }
            for part, inside in parts.items()
        },
        "best": min(losses, key=lambda name: losses[name]),
        "typical": typical,
        "alarms": rounded(alarms),
        "losses": rounded(losses),
        "forecasters": found,
    }


def _combination(
    looks: Sequence[tuple[Trial, History]],
    told: Sequence[dict[str, Prediction]],
    single: dict[str, Forecaster],
) -> dict[str, Any]:
    """Weights under which the mixture is most likely, and how much wider it must be."""
    likelihood = np.exp(
        [
            [-trial.log_score(row[name]) for name in single]
            for (trial, _), row in zip(looks, told, strict=True)
        ]
    )
    weight = _balanced([trial for trial, _ in looks])
    families = np.array([trial.case.family for trial, _ in looks])
    prior = prior_of(likelihood, weight, families)
    shares = mixture_weights(likelihood, weight, prior)
    weights = {
        name: float(share)
        for name, share in zip(single, shares, strict=True)
        if share >= LEAST_SHARE
    }
    mixed = Combination.of({"weights": weights, "widening": 1.0}, single)
    came = [
        (trial, mixed.of_parts([row[part.name] for part, _ in mixed.parts]))
        for (trial, _), row in zip(looks, told, strict=True)
        if trial.came
    ]
    own = _balanced([trial for trial, _ in came])
    for factor in WIDENINGS:
        inside = [trial.inside(widened(each, factor), 0.9) for trial, each in came]
        if np.average(inside, weights=own) >= COVERED:
            break
    return {"weights": weights, "widening": factor}


def mixture_weights(likelihood: Array, weight: Array, prior: float = 0.0) -> Array:
    """The weights of a mixture that make what was seen most likely (by EM).

    Args:
        likelihood: (n, k) of what was seen, by each of k forecasters.
        weight: (n,) how much each counts.
        prior: how much speaks for each forecaster beforehand, in the same unit.

    Returns:
        (k,) weights, which sum to 1.

    Example:
        >>> seen = np.array([[0.9, 0.1], [0.8, 0.2]])
        >>> mixture_weights(seen, np.ones(2)).round(3)
        array([1., 0.])
        >>> mixture_weights(seen, np.ones(2), prior=1.0).round(1)
        array([0.7, 0.3])
    """
    shares = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(2000):
        parts = likelihood * shares
        parts *= (weight / parts.sum(1))[:, None]
        new = (parts.sum(0) + prior) / (weight.sum() + prior * shares.size)
        if np.abs(new - shares).max() < 1e-9:
            break
        shares = new
    return np.asarray(shares)


def prior_of(likelihood: Array, weight: Array, families: NDArray[np.str_]) -> float:
    """The one of `PRIORS` under which weights found without a family make it most likely.

    A few families know little of how forecasters do on others: left out in turn, they say how near
    to equal weights the mixture should stay. With less than two there is nothing to leave out.
    """
    names = np.unique(families)
    if len(names) < 2:
        return PRIORS[-1]

    def loss(prior: float) -> float:
        total = 0.0
        for name in names:
            out = families == name
            shares = mixture_weights(likelihood[~out], weight[~out], prior)
            total -= float(weight[out] @ np.log(likelihood[out] @ shares))
        return total

    return min(PRIORS, key=loss)


def _balanced(looks: Sequence[Trial]) -> Array:
    """Weights under which every family counts the same."""
    families = np.array([trial.case.family for trial in looks])
    weight = np.array([trial.weight for trial in looks])
    return np.asarray(weight / np.array([weight[families == each].sum() for each in families]))


def rounded(given: Any) -> Any:
    """Numbers of nested data to six digits, in which no order of a sum shows.

    Example:
        >>> rounded({"a": [0.12345678, 2]})
        {'a': [0.123457, 2]}
    """
    if isinstance(given, dict):
        return {name: rounded(each) for name, each in given.items()}
    if isinstance(given, list | tuple):
        return [rounded(each) for each in given]
    return float(f"{given:.6g}") if isinstance(given, float) else given
