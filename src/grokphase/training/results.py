"""From the last state of a run to its record."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.models.network import Dense
from grokphase.numerics import NUMERICS
from grokphase.phases.classify import classify
from grokphase.store.record import RunRecord
from grokphase.tasks import stream
from grokphase.training.events import RQI, TRAIN, VALIDATION
from grokphase.training.leaks import leaks
from grokphase.training.loop import State
from grokphase.training.measured import columns, recorded
from grokphase.training.problem import Problem, tested_always
from grokphase.training.recipe import Recipe
from grokphase.training.spec import RunSpec
from grokphase.workers.cores import xla_threads
from grokphase.workers.processor import processor

SMALL = 32
"""Entries of an array whose last values are listed one by one, each a column of the store."""


@cache
def environment() -> dict[str, str]:
    """What ran: versions, platform, processor and device.

    Results are the same to the bit where `grokphase.store.provenance.kind_of` this is the same.
    """
    packages = {name: version(name) for name in ("jax", "jaxlib", "numpy", "equinox", "optax")}
    return {
        "grokphase": version("grokphase"),
        **packages,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **processor(),
        "device": jax.devices()[0].device_kind,
        "xla_threads": str(xla_threads()),
        "numerics": NUMERICS,
    }


def weights_of(params: Any, static: Any) -> dict[str, np.ndarray]:
    """A network's arrays by dotted name; the weights of dense layers are (out, in)."""
    network = eqx.combine(params, static)
    named: dict[str, np.ndarray] = {}
    for path, node in jax.tree_util.tree_leaves_with_path(
        network, is_leaf=lambda node: isinstance(node, Dense)
    ):
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        if isinstance(node, Dense):
            named[f"{name}.weight"] = np.ascontiguousarray(node.weight)
            if node.bias is not None:
                named[f"{name}.bias"] = np.array(node.bias)
        elif eqx.is_array(node):
            named[name] = np.array(node)
    return named


def with_weights(network: Any, weights: Mapping[str, np.ndarray]) -> Any:
    """A network with other weights, of the names that `weights_of` gives."""

    def given(path: Any, node: Any) -> Any:
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        if isinstance(node, Dense):
            weight = jnp.asarray(weights[f"{name}.weight"])
            kernel = weight.T if node.inputs_first else weight
            bias = None if node.bias is None else jnp.asarray(weights[f"{name}.bias"])
            return Dense(kernel, bias, node.inputs_first)
        return jnp.asarray(weights[name]) if eqx.is_array(node) else node

    return jax.tree_util.tree_map_with_path(
        given, network, is_leaf=lambda node: isinstance(node, Dense)
    )


def _time(value: np.ndarray) -> int | None:
    return int(value) if value >= 0 else None


def curves_of(spec: RunSpec, state: State) -> dict[str, np.ndarray]:
    """The curves of a run so far: "step" int64 (m,), and a column for each measure."""
    rows = int(state.row)
    names = columns(spec.recipe.measures)
    steps = np.asarray(state.rows_step)[:rows].astype(np.int64)
    measured = recorded(names, np.asarray(state.rows)[:rows], np.asarray(state.totals))
    arrays = {name: np.array(values[:rows]) for name, values in state.arrays.items()}
    return {"step": steps, **measured, **arrays}


def finals_of(curves: dict[str, np.ndarray]) -> dict[str, float]:
    """The last value of each curve by name; of a small array that of each entry, "name.0", ...

    Example:
        >>> curves = {"step": np.arange(2), "loss": np.ones(2), "spectrum": np.eye(2)}
        >>> finals_of(curves)
        {'loss': 1.0, 'spectrum.0': 0.0, 'spectrum.1': 1.0}
    """
    found: dict[str, float] = {}
    for name, curve in curves.items():
        if curve.ndim == 1 and name != "step":
            found[name] = float(curve[-1])
        elif curve.ndim > 1 and curve[-1].size <= SMALL:
            found |= {f"{name}.{k}": float(value) for k, value in enumerate(curve[-1].ravel())}
    return found


def counts_of(spec: RunSpec, problem: Problem) -> dict[str, int]:
    """What a run counted in, by name: the totals of its shares, and leaks where there are some."""
    found = {"train_samples": len(problem.train.labels)} | leaks(spec).counts()
    return found if problem.pairs is None else found | {"parallelograms": len(problem.pairs)}


def record_of(
    spec: RunSpec,
    problem: Problem,
    state: State,
    seconds: float,
    weights: dict[str, np.ndarray] | None,
    snapshots: dict[int, dict[str, np.ndarray]],
    measure_seconds: float,
) -> RunRecord:
    """The record of a finished run."""
    first, sustained = np.asarray(state.events.first), np.asarray(state.events.sustained)
    train, validation = _time(first[TRAIN]), _time(first[VALIDATION])
    held, validation_held = _time(sustained[TRAIN]), _time(sustained[VALIDATION])
    decided = train is not None and validation is not None
    curves = curves_of(spec, state)
    rqi = None if problem.pairs is None else _time(first[RQI])
    accuracies = {
        "train_step": train,
        "validation_step": validation,
        "train_sustained_step": held,
        "validation_sustained_step": validation_held,
    }
    lower = {name: _evaluated_before(step, spec.recipe) for name, step in accuracies.items()}
    if problem.pairs is not None and tested_always(problem.pairs, state.params):
        lower["rqi_step"] = _evaluated_before(rqi, spec.recipe)
    else:  # only where curves were recorded
        lower["rqi_step"] = _recorded_before(rqi, curves["step"])
    finished = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return RunRecord(
        id=spec.id,
        spec=spec.spec(),
        seed=int(spec.seed),
        phase=classify(
            train,
            validation,
            delay=spec.recipe.thresholds.delay,
            diverged=bool(state.diverged) and not decided,
        ),
        train_step=train,
        validation_step=validation,
        rqi_step=rqi,
        train_sustained_step=held,
        validation_sustained_step=validation_held,
        followed=spec.recipe.stop != "decided",
        steps_trained=int(state.step),
        seconds=seconds,
        final=finals_of(curves),
        curves=curves,
        weights=weights,
        snapshots=snapshots,
        measure_seconds=measure_seconds,
        provenance={**environment(), "finished": finished},
        counts=counts_of(spec, problem),
        lower={name: step for name, step in lower.items() if step is not None},
    )


def _evaluated_before(step: int | None, recipe: Recipe) -> int | None:
    """The last evaluation before a step, where that is further away than the step before."""
    every = recipe.evaluate_every
    if not step or every == 1:
        return None
    before = (step - 1) // every * every
    return before if before < step - 1 else None


def _recorded_before(step: int | None, rows: np.ndarray) -> int | None:
    """The last recorded step before a step, likewise."""
    if not step:
        return None
    before = int(rows[rows < step].max())
    return before if before < step - 1 else None
