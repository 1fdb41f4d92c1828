"""Figures 4 and 5: what the effective theory predicts, and what trained networks do.

When a training set determines the linear structure (4 (a)), when networks find it (4 (b)), how
embeddings move in the theory (4 (c)) and in networks (4 (d)), how fast (5 (a)), and whether the
predicted time is that of the networks trained on the same split (5 (b)).

The Hessian of the effective loss has three normalisations, which `grokphase.theory` names: "paper"
divides by |P0(D)| as Eq. 5 does, "sum" does not, and "code" sums over all of P0 whatever D, as the
authors' code does. "paper" and "sum" have the same trajectories, at times that differ by |P0(D)|.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase import theory
from grokphase.estimators import CONFIDENCE
from grokphase.studies.given import Given
from grokphase.studies.liu2022 import settings
from grokphase.tasks import task
from grokphase.theory.critical import crossing

if TYPE_CHECKING:
    from grokphase.theory.hessian import Normalisation
    from grokphase.training.spec import RunSpec

Data = dict[str, Any]
Floats = NDArray[np.float64]

ETA = 1e-3
"""Learning rate of the embeddings."""

_FIRST_SEED = 58  # of the authors' code
_POINTS = 40  # of a transition, where it has more counts than anyone can see
_SHOWN = 6  # seeds whose trajectories are kept and drawn
_DIGITS = 4  # of a standardised embedding
_HORIZON, _PER_UNIT = 10, 20  # how far, and how finely, convergence is looked for, in n_h


# Figure 4 (a)


def unique(given: Given) -> Data:
    """The probability that a random training set determines the structure, and its law.

    Returns:
        `sizes`, for each p: `orders`, `critical` r_c with `low` and `high` (90 %), `law`,
        `law_of_size` (of training sets of one size) and `asymptote` of r_c, `last`, the share of
        orders that the last symbol decides, and along the transition `fraction`, `probability`,
        `lower`, `upper` and `untouched`, the expected number of symbols in no parallelogram.
        `law`: its `probability` by `fraction` for p = 10.
    """
    asked = zip(given.settings["symbols"], given.settings["orders"], strict=True)
    fractions = np.linspace(0, 1, 101)
    return {
        "sizes": [_transition_at(p, orders) for p, orders in asked],
        "law": {"fraction": fractions, "probability": theory.law_probability(10, fractions)},
    }


def _transition_at(p: int, orders: int) -> Data:
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


def transition(given: Given) -> Data:
    """Steps to RQI > 0.95 of networks, by training samples and seed.

    Returns:
        `sizes`, `samples` |D0|, `seeds`, `budget`, `steps` by size and seed (None if not reached),
        `best`, the highest recorded RQI; `determined`, whether the split determines the structure,
        and the `probability` of that at all `counts`.
    """
    toy = settings.toy()
    found = theory.critical_fraction(toy, trials=given.settings["orders"])
    counts = np.arange(1, len(toy))
    known = np.interp(counts, found.train_counts, found.probability_unique, left=0, right=1)
    return {
        **_steps(given),
        "best": _by_size(given, lambda run: float(run.record.curves["rqi"].max())),
        "determined": _by_size(
            given, lambda run: theory.is_determined(toy, _training_set(run.spec))
        ),
        "counts": counts,
        "probability": known,
    }


def prediction(given: Given) -> Data:
    """Steps to RQI > 0.95 of networks beside 1 / (lambda_3 eta) of the same splits.

    Returns:
        As `transition` up to `steps`, `eta`, and `predicted`, by normalisation, size and seed:
        n_h in steps, None where lambda_3 = 0.
    """
    return {
        **_steps(given),
        "eta": ETA,
        "predicted": {name: _predicted(given, name) for name in theory.NORMALISATIONS},
    }


def _predicted(given: Given, normalisation: Normalisation) -> list[list[float | None]]:
    return _by_size(given, lambda run: _n_h(run.spec, normalisation))


def _steps(given: Given) -> Data:
    return {
        "samples": len(settings.toy()),
        "sizes": given.settings["sizes"],
        "seeds": range(given.settings["seeds"]),
        "budget": given.settings["steps"],
        "steps": _by_size(given, lambda run: run.record.rqi_step),
    }


def _by_size(given: Given, of: Callable[[Any], Any]) -> list[list[Any]]:
    """Something of each run, by size and seed: the order in which they were asked for."""
    found, seeds = [of(run) for run in given.runs], given.settings["seeds"]
    return [found[first : first + seeds] for first in range(0, len(found), seeds)]


def _training_set(spec: RunSpec) -> NDArray[np.int32]:
    return spec.split.indices(spec.task, spec.seed)[0]


def _n_h(spec: RunSpec, normalisation: Normalisation) -> float | None:
    """The predicted steps of a run's split; None where lambda_3 = 0."""
    train = _training_set(spec)
    return theory.grokking_rate(spec.task, train, eta=ETA, normalisation=normalisation).n_h


# Figures 4 (c, d)


def paths(given: Mapping[str, Any]) -> Iterator[tuple[Data, RunSpec]]:
    """The runs whose embeddings are followed: the seed of the authors' code, and the first ones."""
    for seed in _seeds(given["seeds"]):
        spec = settings.sized(given["count"], seed, steps=given["steps"])
        recipe = replace(spec.recipe, measures=("embedding",), record_every=given["every"])
        yield {}, replace(spec, recipe=recipe)


def _seeds(many: int) -> list[int]:
    return [_FIRST_SEED, *range(many - 1)]


def flow(given: Given) -> Data:
    """Trajectories of the effective theory, from the networks' initial embeddings.

    Returns:
        `steps`, `seeds`, `n_h` by normalisation and seed; for the first seeds `paths` under "sum"
        and "code", by seed, step and symbol, with their `rqi`; and `converged`, for many more
        splits and starts: the time to RQI > 0.95 in units of n_h (None if not within ten), under
        "sum", which is also that of "paper", and "code".
    """
    asked = given.settings
    steps, seeds = np.arange(0, asked["steps"] + 1, asked["every"]), _seeds(asked["starts"])
    specs = [settings.sized(asked["count"], seed) for seed in seeds]
    more = [settings.sized(asked["count"], seed) for seed in range(asked["seeds"])]
    names: tuple[Normalisation, ...] = ("sum", "code")
    found = {name: [flowing(spec, steps * ETA, name) for spec in specs[:_SHOWN]] for name in names}
    return {
        "steps": steps,
        "seeds": seeds,
        "n_h": _units(specs),
        "paths": {name: [path.round(_DIGITS) for path in some] for name, some in found.items()},
        "rqi": {name: [qualities(path) for path in some] for name, some in found.items()},
        "converged": {name: [converged(spec, name) for spec in more] for name in names},
    }


def network(given: Given) -> Data:
    """Trajectories of networks, standardised, and how they compare with the theory's.

    Returns:
        `steps`, `seeds`, `n_h` by normalisation and seed; for the first seeds `paths` by seed, step
        and symbol, and `flow`, the theory's under "sum"; for all seeds `rqi_step` (None if not
        reached), `line`, the correlation of the last embedding with 0 ... 9, `flow_line`, that of
        the theory's, and `rqi` by step; until `rqi_step`, or to the end, the mean over steps of the
        correlation of network and theory, `alike`, and of the network and the theory's last
        embedding, `like_end`.
    """
    records = [run.record for run in given.runs]
    specs: list[Any] = [run.spec for run in given.runs]
    steps = records[0].curves["step"]
    trained = [standardised(run.curves["embedding"].reshape(-1, 10)) for run in records]
    flows = [flowing(spec, steps * ETA, "sum") for spec in specs]
    ways = [
        (path[steps <= last], theirs[steps <= last], theirs[-1])
        for path, theirs, last in zip(
            trained,
            flows,
            (run.rqi_step or given.settings["steps"] for run in records),
            strict=True,
        )
    ]
    return {
        "steps": steps,
        "seeds": [run.seed for run in records],
        "n_h": _units(specs),
        "paths": [path.round(_DIGITS) for path in trained[:_SHOWN]],
        "flow": [path.round(_DIGITS) for path in flows[:_SHOWN]],
        "rqi": [run.curves["rqi"].round(_DIGITS) for run in records],
        "rqi_step": [run.rqi_step for run in records],
        "line": [_correlation(path[-1:], np.arange(10.0))[0] for path in trained],
        "flow_line": [_correlation(path[-1:], np.arange(10.0))[0] for path in flows],
        "alike": [_correlation(path, theirs).mean() for path, theirs, _ in ways],
        "like_end": [_correlation(path, end).mean() for path, _, end in ways],
    }


def standardised(given: Any) -> Floats:
    """Embeddings of mean zero and unit variance, the unbiased one of the authors' code.

    Args:
        given: (..., p) embeddings in one dimension.

    Example:
        >>> standardised([[1.0, 2.0, 3.0]]).tolist()
        [[-1.0, 0.0, 1.0]]

    Source: Liu et al. (2022), arXiv:2205.10343, section 3.2, with a square root in sigma_t.
    """
    embeddings = np.asarray(given, np.float64)
    centred = embeddings - embeddings.mean(axis=-1, keepdims=True)
    return np.asarray(centred / centred.std(axis=-1, ddof=1, keepdims=True))


def initial(spec: RunSpec) -> Floats:
    """The network's own initial embedding, standardised: (10,)."""
    built: Any = spec.initial_network()
    return standardised(built.embedding[:, 0])


def flowing(spec: RunSpec, times: Any, normalisation: Normalisation) -> Floats:
    """(t, p) the theory's trajectory from the network's start."""
    start, train = initial(spec), _training_set(spec)
    return theory.flow(start, times, spec.task, train, normalisation=normalisation)[:, :, 0]


def _units(specs: Sequence[RunSpec]) -> dict[str, list[float | None]]:
    """n_h of each split, by normalisation."""
    return {name: [_n_h(spec, name) for spec in specs] for name in theory.NORMALISATIONS}


def converged(spec: RunSpec, normalisation: Normalisation) -> float | None:
    """When the theory passes RQI = 0.95, in units of n_h."""
    rate = theory.grokking_rate(spec.task, _training_set(spec), normalisation=normalisation).lambda3
    if rate == 0:
        return None
    units = np.arange(_HORIZON * _PER_UNIT + 1) / _PER_UNIT
    passed = np.flatnonzero(np.array(qualities(flowing(spec, units / rate, normalisation))) > 0.95)
    return float(units[passed[0]]) if passed.size else None


def qualities(path: Floats) -> list[float]:
    """RQI of embeddings (t, p) of addition, as `theory.rqi` has it, all at once."""
    first, second = _parallelograms()
    sides = standardised(path)[:, first].sum(axis=2) - standardised(path)[:, second].sum(axis=2)
    return [float(share) for share in (np.abs(sides) < 0.1).mean(axis=1)]


@cache
def _parallelograms() -> NDArray[Any]:
    """(2, 70, 2) symbols of both sides."""
    toy = settings.toy()
    return np.asarray(toy.inputs[theory.parallelograms(toy)].transpose(1, 0, 2))


def _correlation(some: Floats, others: Floats) -> Floats:
    """(t,) correlations over symbols; the first are standardised."""
    return np.asarray((some * standardised(others)).sum(axis=-1) / (some.shape[-1] - 1))


# Figure 5 (a)


def rate(given: Given) -> Data:
    """The grokking rate over random training sets of every size.

    Returns:
        `samples`, `counts`, `sets`, `levels` of the quantiles; `quantiles` of lambda_3 by
        normalisation, size and level; `zero`, how many sets have lambda_3 = 0, by size; and
        `constant`, lambda_3 of "code", which no training set changes.
    """
    toy, sets, levels = settings.toy(), given.settings["seeds"], given.settings["levels"]
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
        "levels": levels,
        "quantiles": {
            name: [np.quantile(one, levels) for one in rates] for name, rates in found.items()
        },
        "zero": [int((one == 0).sum()) for one in found["sum"]],
        "constant": theory.grokking_rate(toy, None, normalisation="code").lambda3,
    }
