"""Figures 4 and 5: what the effective theory predicts, and what trained networks do.

When a training set determines the linear structure (4 (a)), when networks find it (4 (b)), how
embeddings move in the theory (4 (c)) and in networks (4 (d)), how fast (5 (a)), and whether the
predicted time is that of the networks trained on the same split (5 (b)).

The Hessian of the effective loss has three normalisations, which `grokphase.theory` names: "paper"
divides by |P0(D)| as Eq. 5 does, "sum" does not, and "code" sums over all of P0 whatever D, as the
authors' code does. "paper" and "sum" have the same trajectories, at times that differ by |P0(D)|.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.estimators.intervals import CONFIDENCE
from grokphase.studies.figure import Data, Figure
from grokphase.studies.liu2022.drawings.predictions import (
    animate_embeddings,
    draw_flow,
    draw_network,
    draw_prediction,
    draw_rate,
    draw_transition,
    draw_unique,
)
from grokphase.studies.liu2022.prediction_claims import CLAIMS as CLAIMS
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grokphase.store.record import RunRecord
    from grokphase.theory.hessian import Normalisation
    from grokphase.training.spec import RunSpec

    Floats = NDArray[np.float64]
    Runs = Mapping[tuple[int, int], RunRecord]

ETA = 1e-3
"""Learning rate of the embeddings."""

_ORDERS: Mapping[Scale, Mapping[int, int]] = {
    "quick": {4: 2000, 6: 2000, 8: 2000, 10: 2000, 14: 1000, 20: 1000, 40: 500, 80: 400, 160: 400},
    "paper": {
        **{4: 10_000, 6: 10_000, 8: 10_000, 10: 10_000, 14: 10_000, 20: 4000, 40: 2000},
        **{80: 1500, 160: 1000, 320: 800, 640: 500, 1000: 500},
    },
}
"""Random orders of the samples, by number of symbols."""

_POINTS = 40  # of a transition, where it has more counts than anyone can see
_COUNT = 45  # training samples of Figure 4 (c, d)
_BUDGET, _EVERY = 5000, 25
_FIRST_SEED = 58
_SHOWN = 6  # seeds whose trajectories are kept and drawn
_DIGITS = 4  # of a standardised embedding
_HORIZON, _PER_UNIT = 10, 20  # how far, and how finely, convergence is looked for, in n_h
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


# Figure 4 (a)


def unique(work: Work) -> Data:
    """The probability that a random training set determines the structure, and its law.

    Returns:
        `sizes`, for each p: `orders`, `critical` r_c with `low` and `high` (90 %), `law`,
        `law_of_size` (of training sets of one size) and `asymptote` of r_c, `last`, the share of
        orders that the last symbol decides, and along the transition `fraction`, `probability`,
        `lower`, `upper` and `untouched`, the expected number of symbols in no parallelogram.
        `law`: its `probability` by `fraction` for p = 10.
    """
    from grokphase import theory

    fractions = np.linspace(0, 1, 101)
    return {
        "sizes": [_size(p, orders) for p, orders in _ORDERS[work.scale].items()],
        "law": {"fraction": fractions, "probability": theory.law_probability(10, fractions)},
    }


def _size(p: int, orders: int) -> dict[str, Any]:
    from grokphase import theory
    from grokphase.tasks import task
    from grokphase.theory.critical import crossing

    found = theory.critical_fraction(task("addition", p=p), trials=orders)
    successes = np.rint(found.probability_unique * orders).astype(np.int64)
    low, high = theory.clopper_pearson(successes, orders, confidence=CONFIDENCE)
    fractions = found.train_counts / found.samples
    kept = np.unique(np.linspace(0, len(fractions) - 1, _POINTS).astype(int))
    return {
        "p": p,
        "orders": orders,
        "critical": found.critical_fraction,
        "low": crossing(fractions, high, 0.5),
        "high": crossing(fractions, low, 0.5),
        "law": theory.law_critical_fraction(p),
        "law_of_size": theory.law_critical_fraction(p, fixed_size=True),
        "asymptote": theory.asymptotic_critical_fraction(p),
        "last": found.touched,
        "fraction": fractions[kept],
        "probability": found.probability_unique[kept],
        "lower": low[kept],
        "upper": high[kept],
        "untouched": [theory.untouched(p, float(r)) for r in fractions[kept]],
    }


# Figures 4 (b) and 5 (b): the runs that Figures 3 and 10 share


def transition(work: Work) -> Data:
    """Steps to RQI > 0.95 of networks, by training samples and seed.

    Returns:
        `sizes`, `samples` |D0|, `seeds`, `budget`, `steps` by size and seed (None if not reached),
        `best`, the highest recorded RQI; `determined`, whether the split determines the structure,
        and the `probability` of that at all `counts`.
    """
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    toy, runs = settings.toy(), settings.sized_runs(work)
    found = theory.critical_fraction(toy, trials=_ORDERS[work.scale][10])
    counts = np.arange(1, len(toy))
    known = np.interp(counts, found.train_counts, found.probability_unique, left=0, right=1)
    return {
        **_steps(work, runs),
        "best": _by_run(work, runs, lambda run: float(run.curves["rqi"].max())),
        "determined": _by_split(work, lambda train: theory.is_determined(toy, train)),
        "counts": counts,
        "probability": known,
    }


def prediction(work: Work) -> Data:
    """Steps to RQI > 0.95 of networks beside 1 / (lambda_3 eta) of the same splits.

    Returns:
        As `transition` up to `steps`, `eta`, and `predicted`, by normalisation, size and seed:
        n_h in steps, None where lambda_3 = 0.
    """
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    toy = settings.toy()

    def n_h(normalisation: Normalisation) -> list[list[float | None]]:
        return _by_split(
            work,
            lambda train: (
                theory.grokking_rate(toy, train, eta=ETA, normalisation=normalisation).n_h
            ),
        )

    return {
        **_steps(work, settings.sized_runs(work)),
        "eta": ETA,
        "predicted": {name: n_h(name) for name in theory.NORMALISATIONS},
    }


def _steps(work: Work, runs: Runs) -> dict[str, Any]:
    from grokphase.studies.liu2022 import settings

    return {
        "samples": len(settings.toy()),
        "sizes": settings.SIZES,
        "seeds": settings.seeds(work),
        "budget": settings.sized(_COUNT, 0).recipe.steps,
        "steps": _by_run(work, runs, lambda run: run.rqi_step),
    }


def _by_run(work: Work, runs: Runs, of: Callable[[RunRecord], Any]) -> list[list[Any]]:
    """Something of the record of each run, by size and seed."""
    from grokphase.studies.liu2022 import settings

    return [[of(runs[size, seed]) for seed in settings.seeds(work)] for size in settings.SIZES]


def _by_split(work: Work, of: Callable[[NDArray[np.int32]], Any]) -> list[list[Any]]:
    """Something of the training set of each run, by size and seed."""
    from grokphase.studies.liu2022 import settings

    return [
        [of(_training_set(settings.sized(size, seed))) for seed in settings.seeds(work)]
        for size in settings.SIZES
    ]


def _training_set(spec: RunSpec) -> NDArray[np.int32]:
    return spec.split.indices(spec.task, spec.seed)[0]


# Figures 4 (c, d)


def flow(work: Work) -> Data:
    """Trajectories of the effective theory, from the networks' initial embeddings.

    Returns:
        `steps`, `seeds`, `n_h` by normalisation and seed; for the first seeds `paths` under "sum"
        and "code", by seed, step and symbol, with their `rqi`; and `converged`, for many more
        splits and starts: the time to RQI > 0.95 in units of n_h (None if not within ten), under
        "sum", which is also that of "paper", and "code".
    """
    from grokphase.studies.liu2022 import settings

    steps = np.arange(0, _BUDGET + 1, _EVERY)
    seeds = _seeds(work)
    specs = [settings.sized(_COUNT, seed) for seed in seeds]
    more = [settings.sized(_COUNT, seed) for seed in range(work.choose(quick=100, paper=1000))]
    paths = {
        name: [_flow(spec, steps * ETA, name) for spec in specs[:_SHOWN]]
        for name in ("sum", "code")
    }
    return {
        "steps": steps,
        "seeds": seeds,
        "n_h": _n_h(specs),
        "paths": {name: [path.round(_DIGITS) for path in found] for name, found in paths.items()},
        "rqi": {name: [_qualities(path) for path in found] for name, found in paths.items()},
        "converged": {name: [_converged(spec, name) for spec in more] for name in ("sum", "code")},
    }


def network(work: Work) -> Data:
    """Trajectories of networks, standardised, and how they compare with the theory's.

    Returns:
        `steps`, `seeds`, `n_h` by normalisation and seed; for the first seeds `paths` by seed, step
        and symbol, and `flow`, the theory's under "sum"; for all seeds `rqi_step` (None if not
        reached), `line`, the correlation of the last embedding with 0 ... 9, `flow_line`, that of
        the theory's, and `rqi` by step; until `rqi_step`, or to the end, the mean over steps of the
        correlation of network and theory, `alike`, and of the network and the theory's last
        embedding, `like_end`.
    """
    from dataclasses import replace

    from grokphase.studies.liu2022 import settings

    seeds = _seeds(work)
    specs = [settings.sized(_COUNT, seed, steps=_BUDGET) for seed in seeds]
    measured = [
        replace(spec, recipe=replace(spec.recipe, measures=("embedding",), record_every=_EVERY))
        for spec in specs
    ]
    records = work.train(measured)
    steps = records[0].curves["step"]
    paths = [standardised(run.curves["embedding"].reshape(-1, 10)) for run in records]
    flows = [_flow(spec, steps * ETA, "sum") for spec in specs]
    ways = [
        (path[steps <= last], flow[steps <= last], flow[-1])
        for path, flow, last in zip(
            paths, flows, (run.rqi_step or _BUDGET for run in records), strict=True
        )
    ]
    return {
        "steps": steps,
        "seeds": seeds,
        "n_h": _n_h(specs),
        "paths": [path.round(_DIGITS) for path in paths[:_SHOWN]],
        "flow": [path.round(_DIGITS) for path in flows[:_SHOWN]],
        "rqi": [run.curves["rqi"].round(_DIGITS) for run in records],
        "rqi_step": [run.rqi_step for run in records],
        "line": [_correlation(path[-1:], np.arange(10.0))[0] for path in paths],
        "flow_line": [_correlation(path[-1:], np.arange(10.0))[0] for path in flows],
        "alike": [_correlation(path, flow).mean() for path, flow, _ in ways],
        "like_end": [_correlation(path, end).mean() for path, _, end in ways],
    }


def standardised(paths: Any) -> Floats:
    """Embeddings of mean zero and unit variance, the unbiased one of the authors' code.

    Args:
        paths: (..., p) embeddings in one dimension.

    Example:
        >>> standardised([[1.0, 2.0, 3.0]]).tolist()
        [[-1.0, 0.0, 1.0]]

    Source: Liu et al. (2022), arXiv:2205.10343, section 3.2, with a square root in sigma_t.
    """
    given = np.asarray(paths, np.float64)
    centred = given - given.mean(axis=-1, keepdims=True)
    return np.asarray(centred / centred.std(axis=-1, ddof=1, keepdims=True))


def _seeds(work: Work) -> list[int]:
    return [_FIRST_SEED, *range(work.choose(quick=9, paper=29))]


def _start(spec: RunSpec) -> Floats:
    """The network's own initial embedding, standardised: (10,)."""
    from grokphase.tasks import stream

    built: Any = spec.model.build(spec.task, stream(spec.seed, "initial"), spec.initial)
    return standardised(built.embedding[:, 0])


def _flow(spec: RunSpec, times: Any, normalisation: Normalisation) -> Floats:
    """(t, p) the theory's trajectory from the network's start."""
    from grokphase import theory

    start, train = _start(spec), _training_set(spec)
    return theory.flow(start, times, spec.task, train, normalisation=normalisation)[:, :, 0]


def _n_h(specs: Iterable[RunSpec]) -> dict[str, list[float | None]]:
    from grokphase import theory

    return {
        name: [
            theory.grokking_rate(
                spec.task,
                _training_set(spec),
                eta=ETA,
                normalisation=name,
            ).n_h
            for spec in specs
        ]
        for name in theory.NORMALISATIONS
    }


def _converged(spec: RunSpec, normalisation: Normalisation) -> float | None:
    """When the theory passes RQI = 0.95, in units of n_h."""
    from grokphase import theory

    rate = theory.grokking_rate(spec.task, _training_set(spec), normalisation=normalisation).lambda3
    if rate == 0:
        return None
    units = np.arange(_HORIZON * _PER_UNIT + 1) / _PER_UNIT
    passed = np.flatnonzero(np.array(_qualities(_flow(spec, units / rate, normalisation))) > 0.95)
    return float(units[passed[0]]) if passed.size else None


def _qualities(path: Floats) -> list[float]:
    """RQI of embeddings (t, p) of addition, as `theory.rqi` has it, all at once."""
    first, second = _parallelograms()
    sides = standardised(path)[:, first].sum(axis=2) - standardised(path)[:, second].sum(axis=2)
    return [float(share) for share in (np.abs(sides) < 0.1).mean(axis=1)]


def _parallelograms() -> NDArray[Any]:
    """(2, 70, 2) symbols of both sides."""
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    toy = settings.toy()
    return np.asarray(toy.inputs[theory.parallelograms(toy)].transpose(1, 0, 2))


def _correlation(paths: Floats, others: Floats) -> Floats:
    """(t,) correlations over symbols; the first are standardised."""
    return np.asarray((paths * standardised(others)).sum(axis=-1) / (paths.shape[-1] - 1))


# Figure 5 (a)


def rate(work: Work) -> Data:
    """The grokking rate over random training sets of every size.

    Returns:
        `samples`, `counts`, `sets`, `levels` of the quantiles; `quantiles` of lambda_3 by
        normalisation, size and level; `zero`, how many sets have lambda_3 = 0, by size; and
        `constant`, lambda_3 of "code", which no training set changes.
    """
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    toy, sets = settings.toy(), work.choose(quick=1000, paper=10_000)
    counts = range(2, len(toy) + 1)
    names: tuple[Normalisation, ...] = ("paper", "sum")
    found = {
        name: [
            theory.rate_distribution(toy, count=n, trials=sets, normalisation=name).lambda3
            for n in counts
        ]
        for name in names
    }
    return {
        "samples": len(toy),
        "counts": counts,
        "sets": sets,
        "levels": _QUANTILES,
        "quantiles": {
            name: [np.quantile(one, _QUANTILES) for one in rates] for name, rates in found.items()
        },
        "zero": [int((one == 0).sum()) for one in found["sum"]],
        "constant": theory.grokking_rate(toy, None, normalisation="code").lambda3,
    }


_THRESHOLD = "RQI: a parallelogram counts if its sides meet within 0.1 standard deviations"
_SHARED = (
    "Addition, p = 10, regression; full batch AdamW, 1e-3 (embedding) and 1e-4 (decoder), no "
    "decay; 15 sizes of the training set from 5 to 54 of 55, {} seeds each (paper: 3), "
    "10,000 steps. " + _THRESHOLD + ". Triangles: not reached within the budget."
)
_PATHS = (
    "Addition, p = 10, {count} training samples, {seeds} seeds (the paper shows one, whose random "
    "numbers are not ours); embeddings of mean 0 and variance 1. "
)
_FLOW = _PATHS + (
    "Gradient flow of the effective loss from the networks' initial embeddings, a step being a "
    "time of 1e-3. Convergence, for the claims: {more} splits. "
)
_NETWORK = _PATHS + (
    "Full batch AdamW, 1e-3 (embedding) and 1e-4 (decoder), 5,000 steps, recorded every 25. "
)
_UNIQUE = (
    "Random orders of the samples, each a training set of every size: {}. Bands and bars: exact "
    "90 % intervals. Law and collapse: this work, nothing fitted."
)
_RATE = (
    "Addition, p = 10; {} random training sets of each size; learning rate 1e-3 for n_h; "
    "Z0 = 9. Bands: 5-95 % and 25-75 % of all sets, those with rate 0 among them."
)


def _orders(scale: Scale) -> str:
    """How many orders at which p, those of equal number together."""
    every = _ORDERS[scale]
    same = {n: [str(p) for p, orders in every.items() if orders == n] for n in every.values()}
    return "; ".join(f"{n:,} at p = {', '.join(ps)}" for n, ps in same.items())


FIGURES: tuple[Figure, ...] = (
    Figure(
        "fig4a",
        "Figure 4 (a)",
        "Probability that the training set implies a unique linear structure",
        unique,
        draw_unique,
        {scale: _UNIQUE.format(_orders(scale)) for scale in ("quick", "paper")},
    ),
    Figure(
        "fig4b",
        "Figure 4 (b)",
        "Steps that networks take to RQI > 0.95",
        transition,
        draw_transition,
        {"quick": _SHARED.format(5), "paper": _SHARED.format(20)},
    ),
    Figure(
        "fig4c",
        "Figure 4 (c)",
        "Embeddings in the effective theory",
        flow,
        draw_flow,
        {
            "quick": _FLOW.format(count=_COUNT, seeds=10, more=100) + _THRESHOLD + ".",
            "paper": _FLOW.format(count=_COUNT, seeds=30, more=1000) + _THRESHOLD + ".",
        },
    ),
    Figure(
        "fig4d",
        "Figure 4 (d)",
        "Embeddings of networks in training",
        network,
        draw_network,
        {
            "quick": _NETWORK.format(count=_COUNT, seeds=10) + _THRESHOLD + ".",
            "paper": _NETWORK.format(count=_COUNT, seeds=30) + _THRESHOLD + ".",
        },
        animate_embeddings,
    ),
    Figure(
        "fig5a",
        "Figure 5 (a)",
        "Grokking rate against training fraction",
        rate,
        draw_rate,
        {"quick": _RATE.format("1,000"), "paper": _RATE.format("10,000")},
    ),
    Figure(
        "fig5b",
        "Figure 5 (b)",
        "Steps of networks and of the theory on the same splits",
        prediction,
        draw_prediction,
        {"quick": _SHARED.format(5), "paper": _SHARED.format(20)},
    ),
)
