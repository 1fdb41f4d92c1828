"""The constants of all forecasters, fitted to runs of the corpus."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.forecasting.cases import Case, digest
from grokphase.forecasting.combination import Combination, widened
from grokphase.forecasting.features import MEASURES, NORMS, SETTINGS, SIGNS, Standard, table
from grokphase.forecasting.forecast import Forecaster, Prediction
from grokphase.forecasting.hidden import Hidden
from grokphase.forecasting.kept import forecasters_of
from grokphase.forecasting.landmarks import Landmarks, landmarks
from grokphase.forecasting.laws import UNITS, Constants, Law
from grokphase.forecasting.scoring import quiet_threshold, threshold
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
"""What speaks for each forecaster before any family does, in families."""

COVERED: Final = 0.9
"""Share of the delays of families left out that intervals of 90 % are widened to cover."""

WIDENINGS: Final = tuple(float(factor) for factor in np.round(np.arange(1.0, 3.01, 0.1), 2))

MOST_ROUNDS: Final = 200
"""Of the search for weights; a share that is still moving then goes to nothing."""

_LEAST: Final = 1e-300

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


def fit_survivor(name: str, seen: Landmarks) -> tuple[Survivor, dict[str, Survivor]]:
    """A regression, what families that it was not fitted on ask for, and itself without each.

    The regression is fitted to all; then once more without each family in turn, and from what
    those say of the families left out a factor on the spread and a slope of the log-odds are
    found by maximum likelihood. So an interval is as wide as it must be for a family never seen.

    Args:
        name: one of `SURVIVORS`.
        seen: looks at runs.

    Returns:
        The regression, and by the family left out those that did not see its runs. These have the
        widening and tempering of the first, three numbers that are of all families.
    """
    names = SURVIVORS[name]
    values = table(seen.rows, names)
    standard = Standard.of(names, values, seen.left.weight)
    x, offset = standard(values), np.log(seen.then)
    whole = fit(seen.left, x, offset, RIDGE)
    told = np.full((2, len(offset)), np.nan)
    without: dict[str, Survivor] = {}
    for family in np.unique(seen.family).tolist():
        out = seen.family == family
        if out.all():
            return Survivor(name, standard, whole), {}
        part = fit(seen.left[~out], x[~out], offset[~out], RIDGE, start=whole)
        rest = Standard.of(names, values[~out], seen.left.weight[~out])
        of = replace(standard, low=rest.low, high=rest.high)
        told[:, out] = predicted(part, of(of.inside(values[out], SETTINGS)), offset[out])
        without[family] = Survivor(name, of, part)
    widening, tempering = _asked(seen.left, told[0], told[1], whole.spread)
    return (
        Survivor(name, standard, whole, widening, tempering),
        {
            family: replace(each, widening=widening, tempering=tempering)
            for family, each in without.items()
        },
    )


def predicted(regression: Regression, x: Array, offset: Array) -> Array:
    """The median of ln t, and the log-odds, (2, n)."""
    full = np.column_stack([x, np.ones(len(x))])
    return np.stack([offset + full @ regression.beta, full @ regression.alpha])


def _asked(
    times: Times, mu: Array, odds: Array, spread: float
) -> tuple[float, tuple[float, float]]:
    """The widening and tempering under which predictions are most likely."""
    from scipy.optimize import minimize

    def loss(at: Array) -> float:
        value, *_ = log_likelihood(times, mu, spread * math.exp(at[0]), at[1] * odds + at[2])
        return float(-(times.weight * value).sum() / times.weight.sum())

    bounds = [(0.0, math.log(10.0)), (0.05, 1.5), (-5.0, 5.0)]
    options = {"xatol": 1e-8, "fatol": 1e-14}
    found = minimize(
        loss, np.array([0.3, 0.8, 0.0]), method="Nelder-Mead", bounds=bounds, options=options
    ).x
    return math.exp(found[0]), (float(found[1]), float(found[2]))


def constants(cases: Sequence[Case]) -> dict[str, Any]:
    """All constants, fitted to the training families and chosen on families that were left out.

    The weights of the combination, and how much wider its intervals are, come from what is said of
    the validation families, and of each training family by forecasters fitted to the others (of
    these the first run of every cell), as does the threshold of quiet alarms. The other alarms and
    the default are chosen on the validation families.

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
    whole, without = _single(fitted)
    found: dict[str, Any] = {name: rounded(each.as_json()) for name, each in whole.items()}
    single = forecasters_of(found)
    typical = rounded(typical_delays(fitted))
    looks = _told(chosen, typical, single)
    left_out = [
        look
        for family, theirs in without.items()
        for look in _told(_first_of_cells(fitted, family), typical, theirs)
    ]
    found[Combination.name] = rounded(_combination([*left_out, *looks], single))
    everyone = forecasters_of(found)
    combined = everyone[Combination.name]
    assert isinstance(combined, Combination)
    rows, others = (
        [(each.trial, each.told | {combined.name: combined.of_all(each.told)}) for each in some]
        for some in (looks, left_out)
    )
    weight = [look.trial.weight for look in looks]
    alarms = {
        name: {
            at: threshold(
                np.array([t.probability(row[name]) for t, row in rows if t.at == at and t.came])
            )
            for at in AT
        }
        for name in everyone
    }
    silent = [(trial, row) for trial, row in (*others, *rows) if not trial.came]
    balance = _balanced([trial for trial, _ in silent])
    quiet = {
        name: quiet_threshold(np.array([t.probability(row[name]) for t, row in silent]), balance)
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
        "quiet": rounded(quiet),
        "losses": rounded(losses),
        "forecasters": found,
    }


_Single = Law | Survivor | Hidden


class _Look(NamedTuple):
    """One look at one run, and what each forecaster said of it."""

    trial: Trial
    told: dict[str, Prediction]


def _single(
    cases: Sequence[Case],
) -> tuple[dict[str, _Single], dict[str, dict[str, _Single]]]:
    """All forecasters but the combination, fitted to these runs; and without each family."""
    seen = landmarks(cases)
    survivors = {name: fit_survivor(name, seen) for name in SURVIVORS}

    def simple(some: Sequence[Case]) -> dict[str, _Single]:
        laws: dict[str, _Single] = {name: fit_law(name, some) for name in UNITS}
        return laws | {Hidden.name: Hidden.fit(some)}

    def ordered(one: dict[str, _Single]) -> dict[str, _Single]:
        return {name: one[name] for name in (*UNITS, *SURVIVORS, Hidden.name)}

    whole = ordered(simple(cases) | {name: each for name, (each, _) in survivors.items()})
    without = {}
    for family in sorted(set.intersection(*(set(parts) for _, parts in survivors.values()))):
        rest = simple([case for case in cases if case.family != family])
        without[family] = ordered(
            rest | {name: parts[family] for name, (_, parts) in survivors.items()}
        )
    return whole, without


def _first_of_cells(cases: Sequence[Case], family: str) -> list[Case]:
    """A run of every cell of a family: other seeds of it say much the same."""
    cells: dict[str, Case] = {}
    for case in cases:
        if case.family == family:
            cells.setdefault(case.cell, case)
    return [*cells.values()]


def _told(
    cases: Sequence[Case], typical: Sequence[float], forecasters: Mapping[str, Forecaster]
) -> list[_Look]:
    """All looks at these runs, and what these forecasters say."""
    looks = trials(cases, typical)
    return [_Look(each, ask(forecasters, each.case.at(each.elapsed))) for each in looks]


def _combination(looks: Sequence[_Look], single: dict[str, Forecaster]) -> dict[str, Any]:
    """Weights under which the mixture is most likely, and how much wider it must be.

    Args:
        looks: at runs of families that those who said it were not fitted on.
        single: the forecasters.
    """
    likelihood = np.exp(
        [[-look.trial.log_score(look.told[name]) for name in single] for look in looks]
    )
    relied = np.array([[not look.told[name].refused for name in single] for look in looks])
    weight = _balanced([look.trial for look in looks])
    families = np.array([look.trial.case.family for look in looks])
    prior = prior_of(likelihood, weight, families, relied)
    shares = mixture_weights(likelihood, weight, prior, relied)
    weights = {
        name: float(share)
        for name, share in zip(single, shares, strict=True)
        if share >= LEAST_SHARE
    }
    mixed = Combination.of({"weights": weights, "widening": 1.0}, single)
    came = [(look.trial, mixed.of_all(look.told)) for look in looks if look.trial.came]
    own = _balanced([trial for trial, _ in came])
    for factor in WIDENINGS:
        inside = [trial.inside(widened(each, factor), 0.9) for trial, each in came]
        if np.average(inside, weights=own) >= COVERED:
            break
    return {"weights": weights, "widening": factor}


def mixture_weights(
    likelihood: Array,
    weight: Array,
    prior: float = 0.0,
    relied: NDArray[np.bool_] | None = None,
) -> Array:
    """The weights of a mixture that make what was seen most likely (by EM).

    Args:
        likelihood: (n, k) of what was seen, by each of k forecasters.
        weight: (n,) how much each counts.
        prior: how much speaks for each forecaster beforehand, in the same unit.
        relied: (n, k) which forecasters say something; the others' weights are shared out among
            them, as `Combination` does. All if not given; a row of none counts as one of all.

    Returns:
        (k,) weights, which sum to 1.

    Example:
        >>> seen = np.array([[0.9, 0.1], [0.8, 0.2]])
        >>> mixture_weights(seen, np.ones(2)).round(3)
        array([1., 0.])
        >>> mixture_weights(seen, np.ones(2), prior=1.0).round(1)
        array([0.7, 0.3])
    """
    says = _says(likelihood, relied)
    shares = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(MOST_ROUNDS):
        among = says * shares
        known = among.sum(1, keepdims=True)
        parts = likelihood * among
        # Of a mixture that is cut to those who say something, as often as they would be drawn.
        parts = parts / np.maximum(parts.sum(1, keepdims=True), _LEAST)
        parts += (~says * shares) / np.maximum(known, _LEAST)
        counted = weight @ parts
        new = (counted + prior) / (counted.sum() + prior * shares.size)
        if np.abs(new - shares).max() < 1e-7:
            break
        shares = new
    return np.asarray(shares)


def _says(likelihood: Array, relied: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Who says something: where nobody is relied on, all are taken."""
    if relied is None:
        return np.ones(likelihood.shape, np.bool_)
    return np.asarray(relied | ~relied.any(1, keepdims=True))


def prior_of(
    likelihood: Array,
    weight: Array,
    families: NDArray[np.str_],
    relied: NDArray[np.bool_] | None = None,
) -> float:
    """The one of `PRIORS` under which weights found without a family make it most likely.

    A few families know little of how forecasters do on others: left out in turn, they say how near
    to equal weights the mixture should stay. With less than two there is nothing to leave out.
    """
    names = np.unique(families)
    if len(names) < 2:
        return PRIORS[-1]
    says = _says(likelihood, relied)

    def loss(prior: float) -> float:
        total = 0.0
        for name in names:
            out = families == name
            shares = mixture_weights(likelihood[~out], weight[~out], prior, says[~out])
            among = says[out] * shares
            told = (likelihood[out] * among).sum(1) / np.maximum(among.sum(1), _LEAST)
            total -= float(weight[out] @ np.log(np.maximum(told, _LEAST)))
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
