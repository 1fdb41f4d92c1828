"""Claims about the effective theory's predictions: Figures 4 and 5."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from grokphase.estimators.intervals import (
    bootstrap,
    kept_interval,
    mostly,
    proportion,
    within,
    worst,
)
from grokphase.estimators.measured import Interval, Measured
from grokphase.estimators.shares import measured_share
from grokphase.estimators.statistics import censored_slope, half_crossing, rank_correlation, slope
from grokphase.studies.claim import Claim, Kind
from grokphase.studies.figure import Data

_NORMALISATIONS = {
    "paper": 'Eq. 5, divided by |P0(D)| ("paper")',
    "sum": 'summed over P0(D) ("sum")',
    "code": 'summed over all of P0 whatever D, as the authors\' code ("code")',
}
_EXPONENT = 0.8, 1.25  # that counts as 1
_NEVER = 1e12  # stands for "not reached" in medians and ranks, where only its order counts


# Figure 4 (a)


def critical(data: Mapping[str, Data]) -> Measured:
    """The fraction at which half of the training sets determine the structure."""
    found = _ten(data)
    interval = kept_interval(found["critical"], (found["low"], found["high"]))
    return Measured(
        found["critical"], within(interval, 0.35, 0.45), interval, seeds=found["orders"]
    )


def width(data: Mapping[str, Data]) -> Measured:
    """The span of fractions over which the probability rises from 0.1 to 0.9."""
    found = _ten(data)
    interval = (
        _passes(found, "upper", 0.9) - _passes(found, "lower", 0.1),
        _passes(found, "lower", 0.9) - _passes(found, "upper", 0.1),
    )
    value = _width(found)
    interval = kept_interval(value, interval)
    last = data["fig4a"]["sizes"][-1]
    note = (
        f"A smooth rise for p = 10; p times the width is {10 * value:.1f} there and "
        f"{last['p'] * _width(last):.1f} at p = {last['p']}."
    )
    return Measured(value, within(interval, 0, 0.25), interval, seeds=found["orders"], note=note)


def _width(one: Mapping[str, Any]) -> float:
    return _passes(one, "probability", 0.9) - _passes(one, "probability", 0.1)


def _passes(one: Mapping[str, Any], column: str, level: float) -> float:
    from grokphase.theory.critical import crossing

    return crossing(np.array(one["fraction"]), np.array(one[column]), level)


def law(data: Mapping[str, Data], *, column: str) -> Measured:
    """The law's critical fraction over the measured one, where it is furthest from 1."""
    sizes = [one for one in data["fig4a"]["sizes"] if one["p"] >= 20]
    ratios = [one[column] / one["critical"] for one in sizes]
    intervals = [
        kept_interval(ratio, (one[column] / one["high"], one[column] / one["low"]))
        for ratio, one in zip(ratios, sizes, strict=True)
    ]
    at = int(np.argmax(np.abs(np.log(ratios))))
    off = ", ".join(
        f"{one[column] / one['critical'] - 1:+.1%} at p = {one['p']}"
        for one in data["fig4a"]["sizes"]
    )
    return Measured(
        ratios[at],
        worst(*(within(interval, 0.95, 1.05) for interval in intervals)),
        intervals[at],
        seeds=sizes[at]["orders"],
        note=f"Given for p = {sizes[at]['p']}, where it is furthest off of p from 20 on, with the "
        f"orders at that p. Law less measured: {off}.",
    )


def _ten(data: Mapping[str, Data]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in data["fig4a"]["sizes"] if one["p"] == 10)
    return found


# Figure 4 (b)


def trained_critical(data: Mapping[str, Data]) -> Measured:
    """The fraction at which half of the networks reach RQI > 0.95, by isotonic regression."""
    found = data["fig4b"]
    reached = ~_missing(found["steps"])
    fractions = np.array(found["sizes"]) / found["samples"]

    def passes(some: np.ndarray) -> float:
        return min(half_crossing(fractions, some.mean(axis=1)), 1.0)  # censored at all the data

    value, interval = _over_seeds(reached, passes)
    if value == 1:
        note = f"Not half of the networks reach it at any size within {found['budget']:,} steps."
        return Measured("not reached", "fails", seeds=reached.shape[1], note=note)
    low = half_crossing(fractions, (np.array(found["best"]) > 0.5).mean(axis=1))
    least = fractions[reached.any(axis=1)].min()
    note = f"No network does below {least:.2f}; half of them reach RQI > 0.5 at {low:.2f}."
    return Measured(
        value, within(interval, 0.35, 0.45), interval, seeds=reached.shape[1], note=note
    )


def split_decides(data: Mapping[str, Data]) -> Measured:
    """The share of runs that reach RQI > 0.95 just if their split determines the structure."""
    found = data["fig4b"]
    reached, determined = ~_missing(found["steps"]), np.array(found["determined"])
    agree = reached == determined
    value, interval = _over_seeds(agree, lambda some: float(some.mean()))
    note = (
        f"Determined and not reached: {(determined & ~reached).sum()} runs; reached and not "
        f"determined: {(reached & ~determined).sum()}; of {agree.size}."
    )
    return Measured(value, within(interval, 0.9, 1), interval, seeds=agree.shape[1], note=note)


def steps_fall(data: Mapping[str, Data]) -> Measured:
    """Rank correlation of training samples and steps, above the critical fraction."""
    found = data["fig4b"]
    sizes = np.array(found["sizes"])
    above = sizes / found["samples"] > 0.4
    steps = _numbers(found["steps"])[above]
    value, interval = _over_seeds(
        steps, lambda some: rank_correlation(_spread(sizes[above], some), some)
    )
    return Measured(value, within(interval, -1, -0.5), interval, seeds=steps.shape[1])


# Figures 4 (c, d)


def ends_linear(data: Mapping[str, Data]) -> Measured:
    """The share of networks whose last embedding is close to a line."""
    found = data["fig4d"]
    lines = np.abs(np.array(found["line"])) > 0.95
    return measured_share(found["seeds"], lines, 0.5, f"{lines.sum()} of {len(lines)} do.")


def alike(data: Mapping[str, Data]) -> Measured:
    """How like the theory's embedding at the same step, and not only its last, the networks' is."""
    found = data["fig4d"]
    same, end = np.array(found["alike"]), np.array(found["like_end"])
    near, nearer = _median(same, 0.9, 1), _median(same - end, 0, 1)
    assert nearer.interval is not None
    late = _missing(found["rqi_step"])
    note = (
        f"Above that with the theory's last embedding by {nearer.value:.3f} in the median "
        f"({nearer.interval[0]:.3f} to {nearer.interval[1]:.3f}); {(same > 0.9).sum()} of "
        f"{len(same)} are above 0.9, and {(same[late] > 0.9).sum()} of the {late.sum()} that do "
        "not arrive."
    )
    return replace(near, verdict=worst(near.verdict, nearer.verdict), note=note)


def same_direction(data: Mapping[str, Data]) -> Measured:
    """Whether the line of the network ascends where that of the theory does."""
    found = data["fig4d"]
    same = np.sign(found["line"]) == np.sign(found["flow_line"])
    good, n = int(same.sum()), len(same)
    return Measured(good / n, mostly(good, n), proportion(good, n), seeds=n)


def theory_converges(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """Time to RQI > 0.95 in the theory, in units of n_h."""
    return _in_units(_numbers(data["fig4c"]["converged"][normalisation]))


def network_converges(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """Steps of networks to RQI > 0.95, in units of n_h."""
    found = data["fig4d"]
    unit = np.array(found["n_h"][normalisation], float)
    determined = ~np.isnan(unit)
    return _in_units(_numbers(found["rqi_step"])[determined] / unit[determined])


def _in_units(units: np.ndarray) -> Measured:
    """The median over all cases; one that does not converge is later than all that do."""
    late = units > _NEVER / 1e6
    found = _median(np.where(late, _NEVER, units), 1.5, 6)
    note = f"{late.sum()} of {len(units)} do not reach it, and count as later than all others."
    value, interval = _reached(found.value), found.interval
    if interval is not None and _reached(interval[1]) == "not reached":
        interval = None
    return Measured(value, found.verdict, interval, len(units), note if late.any() else "")


def _reached(value: float | str) -> float | str:
    return "not reached" if isinstance(value, float) and value > _NEVER / 1e6 else value


def _median(values: np.ndarray, low: float, high: float) -> Measured:
    value, interval = _over_seeds(values[None], lambda some: float(np.median(some)))
    return Measured(value, within(interval, low, high), interval, seeds=len(values))


# Figure 5


def rate_is_zero(data: Mapping[str, Data]) -> Measured:
    """The share of training sets of lambda_3 = 0 at the largest fraction up to 0.35."""
    found = data["fig5a"]
    fractions = np.array(found["counts"]) / found["samples"]
    at = int(np.flatnonzero(fractions <= 0.35)[-1])
    zero, sets = found["zero"][at], found["sets"]
    interval = proportion(zero, sets)
    near = int(np.flatnonzero(fractions <= 0.4)[-1])
    note = (
        f"At a fraction of {fractions[at]:.3f}; at smaller ones the share is larger, and at "
        f"{fractions[near]:.3f} it is {found['zero'][near] / sets:.2f}."
    )
    return Measured(zero / sets, within(interval, 0.9, 1), interval, seeds=sets, note=note)


def rate_grows(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """Rank correlation of the median rate with the size of the training set, above 0.4."""
    found = data["fig5a"]
    counts = np.array(found["counts"])
    above = counts / found["samples"] > 0.4
    medians = np.array(found["quantiles"][normalisation])[above, list(found["levels"]).index(0.5)]
    value = rank_correlation(counts[above], medians)
    return Measured(value, "holds" if value > 0.9 else "fails", seeds=found["sets"])


def steps_follow_rate(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """Rank correlation of predicted and actual steps, where the theory predicts any."""
    predicted, steps = _both(data, normalisation)

    def over(some: np.ndarray) -> float:
        kept = some[0] < _NEVER
        return rank_correlation(some[0][kept], some[1][kept])

    value, interval = _over_seeds(np.stack([predicted, steps]), over)
    if np.isnan(value):
        return Measured("none", "inconclusive", note="Too few networks reach it.")
    sizes = _spread(np.array(data["fig5b"]["sizes"]), steps)
    some = predicted < _NEVER
    note = (
        f"{_unreached(predicted, steps)} The number of samples alone gives "
        f"{rank_correlation(sizes[some], steps[some]):.3f} over the same runs "
        "(at fractions above 0.4: steps-fall-with-data)."
    )
    return Measured(value, within(interval, 0.5, 1), interval, steps.shape[1], note)


def rate_exponent(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """The exponent a of steps ~ (1 / lambda_3)^a, by least squares over runs that arrive."""
    predicted, steps = _both(data, normalisation)

    def over(some: np.ndarray) -> float:
        arrived = (some < _NEVER).all(axis=0)
        return slope(np.log(some[0][arrived]), np.log(some[1][arrived]))

    value, interval = _over_seeds(np.stack([predicted, steps]), over)
    if np.isnan(value):
        return Measured("none", "inconclusive", note="Too few networks reach it.")
    some, budget = predicted < _NEVER, data["fig5b"]["budget"]
    late = steps[some] == _NEVER
    censored = censored_slope(
        np.log(predicted[some]), np.log(np.minimum(steps[some], budget)), late
    )
    return Measured(
        value,
        within(interval, *_EXPONENT),
        interval,
        steps.shape[1],
        f"{_unreached(predicted, steps)} They are left out, and with them what a small lambda_3 "
        f"costs: if all of them were on their way, and late, the exponent would be {censored:.2f} "
        f"(normal errors of log steps, censored at {budget:,}). " + _drift(data, normalisation),
    )


def _drift(data: Mapping[str, Data], normalisation: str) -> str:
    """The median of actual over predicted steps at the least size that has any and the largest."""
    predicted, steps = _both(data, normalisation)
    budget = data["fig5b"]["budget"]
    found = {}
    for size, one, other in zip(data["fig5b"]["sizes"], steps, predicted, strict=True):
        some = other < _NEVER
        arrived = some & (one < _NEVER)
        if arrived.any():
            found[size] = (
                f"{np.median((one / other)[arrived]):.2g} in the median at {size} training samples "
                f"({arrived.sum()} of {some.sum()} runs arrive, and {budget:,} steps are "
                f"{budget / np.median(other[some]):.2g} n_h)"
            )
    first, *_, last = [found[size] for size in sorted(found)] * 2
    return f"Over those that arrive, steps over n_h are {first}, and {last}."


def concordance(data: Mapping[str, Data]) -> Measured:
    """Of two training sets of one size, how often the faster is the one of the higher rate."""
    predicted, steps = _both(data, "sum")

    def over(some: np.ndarray) -> float:
        signs: np.ndarray = np.sign(some[:, :, :, None] - some[:, :, None, :])
        first, second = signs
        kept = some[0] < _NEVER
        pairs = kept[:, :, None] & kept[:, None, :] & (first * second != 0)
        return float((first == second)[pairs].mean()) if pairs.any() else float("nan")

    value, interval = _over_seeds(np.stack([predicted, steps]), over)
    if np.isnan(value):
        return Measured("none", "inconclusive", note="Of no two of one size one is faster.")
    return Measured(
        value, within(interval, 0.5, 1), interval, steps.shape[1], _unreached(predicted, steps)
    )


def _unreached(predicted: np.ndarray, steps: np.ndarray) -> str:
    """How many of the runs for which the theory predicts steps took more than the budget."""
    some = predicted < _NEVER
    return (
        f"{(some & (steps == _NEVER)).sum()} of {some.sum()} runs of lambda_3 > 0 do not reach it."
    )


def prediction_scale(data: Mapping[str, Data], *, normalisation: str) -> Measured:
    """Actual over predicted steps, median over runs that have both."""
    predicted, steps = _both(data, normalisation)

    def over(some: np.ndarray) -> float:
        kept = (some < _NEVER).all(axis=0)
        return float(np.median(some[1][kept] / some[0][kept])) if kept.any() else float("nan")

    value, interval = _over_seeds(np.stack([predicted, steps]), over)
    if np.isnan(value):
        return Measured("none", "inconclusive", note="No network reaches it.")
    note = f"{_unreached(predicted, steps)} {_drift(data, normalisation)}"
    return Measured(value, within(interval, 1 / 3, 3), interval, steps.shape[1], note)


def _both(data: Mapping[str, Data], normalisation: str) -> tuple[np.ndarray, np.ndarray]:
    found = data["fig5b"]
    return _numbers(found["predicted"][normalisation]), _numbers(found["steps"])


# Numbers, some of which were not reached


def _missing(values: Any) -> np.ndarray:
    return np.asarray(np.isnan(np.array(values, float)))


def _numbers(values: Any) -> np.ndarray:
    """Numbers, with one above all others for what was not reached."""
    given = np.array(values, float)
    return np.asarray(np.where(np.isnan(given), _NEVER, given))


def _spread(of_rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    return np.repeat(of_rows[:, None], like.shape[1], axis=1)


def _over_seeds(
    values: np.ndarray, statistic: Callable[[np.ndarray], float]
) -> tuple[float, Interval]:
    """A statistic of values whose last axis is seeds, and its bootstrap interval over them."""
    return statistic(values), bootstrap(
        lambda at: statistic(values[..., at]), values.shape[-1], draws=1000
    )


def _claim(
    name: str,
    where: str,
    statement: str,
    published: str,
    tolerance: str,
    figure: str,
    measure: Callable[[Mapping[str, Data]], Measured],
    convention: str = "",
    kind: Kind = "paper",
) -> Claim:
    return Claim(name, where, statement, published, tolerance, (figure,), measure, convention, kind)


_STEPS = (
    "RQI > 0.95 within 10,000 steps, sides within 0.1 standard deviations; rates 1e-3 (embedding) "
    "and 1e-4 (decoder), the defaults of the authors' code; interval: bootstrap over seeds"
)
_LATE = "not reached counts as later than all others"
_THEORY = "45 of 55 samples; time to RQI > 0.95, sides within 0.1 standard deviations; "

CLAIMS: tuple[Claim, ...] = (
    _claim(
        "critical-fraction",
        "Figure 4 (a)",
        "Half of the training sets determine a unique linear structure at a fraction of about 0.4 "
        "(p = 10).",
        "0.4",
        "within 0.05",
        "fig4a",
        critical,
        "a sample is an unordered pair; null space over the real numbers",
    ),
    _claim(
        "transition-width",
        "Figure 4 (a)",
        "The probability of a unique linear structure has a sharp transition: it rises from 0.1 to "
        "0.9 within a quarter of the range of fractions.",
        "a phase transition",
        "within 0.25 of fraction, for p = 10",
        "fig4a",
        width,
    ),
    _claim(
        "finite-size-law",
        "this work (Figure 4 (a))",
        "The critical fraction r_c solves Lambda(r_c) = log 2, Lambda being the expected number of "
        "symbols in no parallelogram where each sample is trained with chance r.",
        "law, with nothing fitted",
        "within 5 % for all p from 20 on",
        "fig4a",
        partial(law, column="law"),
        "law over measured; samples are independent in the law, and as many as r says in what is "
        "measured: for small p two errors cancel in part, see finite-size-law-of-size",
        kind="ours",
    ),
    _claim(
        "finite-size-law-of-size",
        "this work (Figure 4 (a))",
        "The same, Lambda being the expected number of symbols in no parallelogram of training "
        "sets of just r |D0| samples, as those are that r_c is measured on.",
        "law, with nothing fitted",
        "within 5 % for all p from 20 on",
        "fig4a",
        partial(law, column="law_of_size"),
        "law over measured; exact expectation at a fixed number of samples",
        kind="ours",
    ),
    _claim(
        "trained-critical-fraction",
        "Figure 4 (b)",
        "Half of the networks reach RQI > 0.95 at a training fraction of about 0.4.",
        "0.4",
        "within 0.05",
        "fig4b",
        trained_critical,
        _STEPS,
    ),
    _claim(
        "split-decides",
        "this work (Figure 4 (a, b))",
        "A network reaches RQI > 0.95 if and only if its training set determines the linear "
        "structure.",
        "agreement of theory and networks",
        "in more than 90 % of the runs",
        "fig4b",
        split_decides,
        _STEPS,
        kind="ours",
    ),
    _claim(
        "steps-fall-with-data",
        "Figures 4 (b) and 5 (b)",
        "Above the critical fraction, grokking takes fewer steps the more data there are.",
        "decreasing",
        "rank correlation of samples and steps below -0.5, fractions above 0.4",
        "fig4b",
        steps_fall,
        f"{_STEPS}; {_LATE}",
    ),
    *(
        _claim(
            f"three-n-h-theory-{name}",
            "Section 3.2, Figure 4 (c)",
            "It takes about 3 n_h steps for the effective theory to converge to the linear "
            "structure.",
            "3 n_h",
            "median within a factor of two: 1.5 to 6 n_h",
            "fig4c",
            partial(theory_converges, normalisation=name),
            _THEORY
            + (
                'summed over P0(D) ("sum"); the same in units of n_h under Eq. 5 ("paper")'
                if name == "sum"
                else _NORMALISATIONS[name]
            ),
            kind="paper" if name == "sum" else "variant",
        )
        for name in ("sum", "code")
    ),
    *(
        _claim(
            f"three-n-h-network-{name}",
            "Section 3.2, Figure 4 (d)",
            "It takes about 3 n_h steps for networks to converge to the linear structure.",
            "3 n_h",
            "median within a factor of two: 1.5 to 6 n_h",
            "fig4d",
            partial(network_converges, normalisation=name),
            _THEORY + convention,
            kind="paper" if name == "paper" else "variant",
        )
        for name, convention in _NORMALISATIONS.items()
    ),
    _claim(
        "ends-linear",
        "this work (Figure 4 (d))",
        "Most networks end with their embeddings on the line 0 ... 9.",
        "linear structure (one network)",
        "absolute correlation with 0 ... 9 above 0.95 after 5,000 steps in more than half of them",
        "fig4d",
        ends_linear,
        kind="ours",
    ),
    _claim(
        "trajectories-agree",
        "Figure 4 (c, d)",
        "Trajectories of theory and network agree: from one initial embedding, the network's is "
        "like the theory's of the same step, and more so than like the theory's last.",
        "qualitatively",
        "correlation over symbols, mean over steps until RQI > 0.95: median above 0.9, and above "
        "that with the theory's last embedding",
        "fig4d",
        alike,
        f"{_NORMALISATIONS['sum']}; 5,000 steps where RQI > 0.95 is not reached",
    ),
    _claim(
        "same-direction",
        "this work (Figure 4 (c, d))",
        "The theory predicts from the initial embedding in which direction the line ascends.",
        "trajectories agree",
        "in more than half of the networks",
        "fig4d",
        same_direction,
        kind="ours",
    ),
    _claim(
        "rate-zero-below",
        "Figure 5 (a)",
        "Below the threshold around 0.4, lambda_3 is zero with high probability.",
        "high probability",
        "in more than 90 % of the training sets at fractions up to 0.35, which leaves the "
        "transition out",
        "fig5a",
        rate_is_zero,
    ),
    *(
        _claim(
            f"rate-grows-{name}",
            "Figure 5 (a)",
            "Above the threshold, lambda_3 on average increases with the data.",
            "increasing",
            "rank correlation of the median with the size above 0.9, fractions above 0.4",
            "fig5a",
            partial(rate_grows, normalisation=name),
            _NORMALISATIONS[name]
            + ("; here a theorem: a sample can only add to H" if name == "sum" else ""),
            kind="paper" if name == "paper" else "variant",
        )
        for name in ("paper", "sum")
    ),
    *(
        _claim(
            f"steps-follow-rate-{name}",
            "Figure 5 (b)",
            "By rank, the steps that a network takes go with 1 / lambda_3 of its training set.",
            "t ~ 1 / lambda_3",
            "rank correlation above 0.5",
            "fig5b",
            partial(steps_follow_rate, normalisation=name),
            f"{_NORMALISATIONS[name]}; {_STEPS}; {_LATE}",
            kind="paper" if name == "paper" else "variant",
        )
        for name in ("paper", "sum")
    ),
    *(
        _claim(
            f"rate-exponent-{name}",
            "Section 3.2, Figure 5 (b)",
            "Among runs that arrive, the steps that a network takes are proportional to "
            "1 / lambda_3 of its training set: their exponent is 1.",
            "t ~ 1 / lambda_3",
            f"exponent of steps against 1 / lambda_3 between {_EXPONENT[0]} and {_EXPONENT[1]}, "
            "over runs that arrive",
            "fig5b",
            partial(rate_exponent, normalisation=name),
            f"{_NORMALISATIONS[name]}; least squares of log steps; {_STEPS}",
            kind="paper" if name == "paper" else "variant",
        )
        for name in ("paper", "sum")
    ),
    _claim(
        "rate-orders-splits",
        "this work (Figure 5 (b))",
        "Of two training sets of one size, the one of the higher lambda_3 is learned faster.",
        "t ~ 1 / lambda_3",
        "in more than half of the pairs",
        "fig5b",
        concordance,
        f"{_NORMALISATIONS['sum']}; pairs of lambda_3 > 0 of which one is faster; {_STEPS}; "
        f"{_LATE}",
        kind="ours",
    ),
    *(
        _claim(
            f"prediction-scale-{name}",
            "this work (Figure 5 (b))",
            "Networks that reach RQI > 0.95 take 1 / (lambda_3 eta) steps to it.",
            "1 / (lambda_3 eta), qualitatively",
            "median of actual over predicted steps between 1/3 and 3",
            "fig5b",
            partial(prediction_scale, normalisation=name),
            f"{_NORMALISATIONS[name]}; {_STEPS}",
            kind="ours",
        )
        for name in ("paper", "sum")
    ),
)
