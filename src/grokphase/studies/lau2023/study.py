"""Learning coefficients by Langevin dynamics: where they are known, and of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

import grokphase as gp
from grokphase.measures import LearningCoefficient, learning_coefficient
from grokphase.measures.cross_entropy import cross_entropy
from grokphase.studies import Given, Trained, in_columns, usual_table
from grokphase.studies.lau2023.exact import crossing, factors, two_layers
from grokphase.studies.sums import addition
from grokphase.training.results import with_weights

Settings = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, list[Any]]


# ------------------------------------------------------------------------------ known


def _powers(k: Any, w: Any) -> Any:
    return (jnp.abs(w) ** k).sum()


def _product(target: Any, w: Any) -> Any:
    return ((w["second"] @ w["first"] - target) ** 2).sum() / 2


def powers(given: Given) -> Table:
    """Sums of powers of d weights: d / k each, half of them where the power k is 2."""
    rows = []
    for power, step in given.settings["powers"].items():
        k = int(power)
        for d in given.settings["weights"]:
            for seed in range(given.settings["seeds"]):
                # Of a sum of powers n beta E[L] is d / k at any temperature, so that n may be small
                found = _estimated(given, Partial(_powers, k), jnp.zeros(d), step, 0.0, seed)
                rows.append(_row(found, d / k, power=k, weights=d, seed=seed))
    return in_columns(rows)


def layers(given: Given) -> Table:
    """Two linear layers on inputs with unit variance, at a minimum of known coefficient."""
    rows = []
    for sizes in given.settings["sizes"]:
        known, start = two_layers(*sizes), factors(*sizes)
        loss = Partial(_product, jnp.asarray(start["second"] @ start["first"]))
        for seed in range(given.settings["seeds"]):
            weights = jax.tree.map(jnp.asarray, start)
            found = _estimated(given, loss, weights, given.settings["step"], 1.0, seed)
            name = " x ".join(map(str, sizes[:3])) + f", rank {sizes[3]}"
            half = sum(w.size for w in start.values()) / 2
            rows.append(
                _row(found, known.coefficient, layers=name, seed=seed)
                | {
                    "half": half,
                    "of_half": None if found.value is None else found.value / half,
                    "multiplicity": known.multiplicity,
                }
            )
    return in_columns(rows)


def crossings(given: Given) -> Table:
    """Of u^2 v^2 by quadrature, at higher and higher n beta: how slowly 1/2 is come to."""
    rows = []
    for power in given.settings["powers"]:
        found = crossing(10.0**power, 1.0)
        rows.append({"n_beta": 10.0**power, "log": power * np.log(10), "coefficient": found,
                     "inverse_gap": 1 / (0.5 - found)})  # fmt: skip
    return in_columns(rows)


def local_slopes(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """How much 1 / (1/2 - n beta E[L]) grows for each unit of ln(n beta): 1 / (m - 1)."""
    (table,) = data.values()
    slopes = np.diff(table["inverse_gap"]) / np.diff(table["log"])
    return in_columns(
        {"n_beta": n_beta, "slope": float(slope)}
        for n_beta, slope in zip(table["n_beta"][1:], slopes, strict=True)
    )


def _estimated(
    given: Given, loss: Callable[[Any], Any], start: Any, step: float, pull: float, seed: int
) -> LearningCoefficient:
    settings = given.settings
    return learning_coefficient(
        loss,
        start,
        settings["samples"],
        pull=pull,
        step=step,
        chains=settings["chains"],
        burn_in=settings["burn_in"],
        draws=settings["draws"],
        seed=seed,
    )


def _row(found: LearningCoefficient, known: float, **labels: Any) -> Row:
    return {
        **labels,
        "known": known,
        "estimate": found.value,
        "tentative": found.tentative,
        "settled": found.settled,
        "refused": found.refused,
        "error": None if found.value is None else found.value / known - 1,
    }


# ------------------------------------------------------------------------------ networks


def networks(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """Addition with weight decay, which generalizes, and without, which only memorizes."""
    for name, decay in (("with", settings["decay"]), ("without", 0.0)):
        for seed in range(settings["seeds"]):
            yield {"decay": name}, addition(settings, seed, rate=settings["rate"], decay=decay)


def _loss(network: Any, inputs: Any, labels: Any, weights: Any) -> Any:
    return cross_entropy(with_weights(network, weights)(inputs), labels).mean()


def courses(given: Given) -> Table:
    """The usual table with curves, and the coefficient at some of the steps that are kept."""
    rows = [_course(run, given) for run in given.runs]
    return {**usual_table(given.runs, "train_accuracy", "validation_accuracy"), **in_columns(rows)}


def _course(run: Trained, given: Given) -> Row:
    spec, record, settings = run.spec, run.record, given.settings
    assert isinstance(spec, gp.RunSpec)
    train, at = run.parts[0], run.kept
    data = jnp.asarray(spec.task.inputs[train]), jnp.asarray(spec.task.labels[train])
    loss = Partial(_loss, spec.initial_network(), *data)
    steps = sorted({min(at), *[*at][:: -settings["each"]]})  # the first and the last among them
    found = [
        learning_coefficient(
            loss,
            {name: jnp.asarray(array) for name, array in at[step].items()},
            len(train),
            pull=settings["pull"],
            step=settings["step"],
            chains=settings["chains"],
            burn_in=settings["burn_in"],
            draws=settings["draws"],
            seed=record.seed,
        )
        for step in steps
    ]
    values = [one.value for one in found]
    known = [value for value in values if value is not None]
    row: Row = {
        "kept_step": steps,
        "coefficient": values,
        "refused": sum(value is None for value in values) / len(values),
        "refused_first": (found[0].refused or "").startswith("Chains find lower losses"),
    }
    if known and values[-1] is not None:
        peak = int(np.argmax([-np.inf if value is None else value for value in values]))
        row |= {
            "peak": max(known),
            "peak_step": steps[peak],
            "end": values[-1],
            "change": values[-1] - max(known),
            "share": values[-1] / max(known),
        }
    return row
