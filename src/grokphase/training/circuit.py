"""The circuit of a trained network: its key frequencies, and the phases in which it formed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.measures import key_frequencies
from grokphase.phases.circuit import CircuitPhase, phases_of
from grokphase.store.record import RunRecord
from grokphase.training.loop import of_results
from grokphase.training.measured import not_modular
from grokphase.training.results import with_weights
from grokphase.training.spec import AnySpec, RunSpec


@dataclass(frozen=True)
class Circuit:
    """What is known of the circuit of a run.

    Args:
        key_frequencies: ascending, of the final weights; None where they are not defined.
        phases: the three phases in which it formed; None where they are not seen.
        reasons: by name, why one of both is None.
        defined: whether the run has key frequencies at all.
    """

    key_frequencies: tuple[int, ...] | None
    phases: tuple[CircuitPhase, ...] | None
    reasons: dict[str, str]
    defined: bool


def circuit_of(spec: AnySpec, record: RunRecord) -> Circuit:
    """The circuit of a run, from its final weights and its curves.

    Example:
        >>> import grokphase as gp
        >>> run = gp.train("addition", gp.Toy(widths=(16,)), gp.Recipe(steps=100))
        >>> circuit_of(run.spec, run.record).key_frequencies is None  # it is not modular
        True
    """
    reasons: dict[str, str] = {}

    def known(name: str, find: Callable[[], Any]) -> Any:
        try:
            return find()
        except GrokphaseError as error:
            reasons[name] = str(error)
            return None

    keys = known("key_frequencies", lambda: key_frequencies_of(spec, record.weights or {}))
    phases = known("phases", lambda: _phases_of(spec, record))
    return Circuit(keys, phases, reasons, not _undefined(spec))


def key_frequencies_of(spec: AnySpec, weights: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """The key frequencies of a network with these weights; see `measures.key_frequencies`.

    Args:
        spec: the run of a network that learns a + b, or u a + v b + w, modulo p.
        weights: by dotted name, as a run keeps them.

    Raises:
        GrokphaseError: they are not defined for this run, or there are no weights.
    """
    _check_modular(spec)
    assert isinstance(spec, RunSpec)
    if not weights:
        raise GrokphaseError("Key frequencies are of the final weights, which were not kept.")
    initial = spec.initial_network()
    logits = of_results(_outputs(with_weights(initial, weights), spec.task.inputs))
    return key_frequencies(logits, jnp.asarray(spec.task.labels))


def _phases_of(spec: AnySpec, record: RunRecord) -> tuple[CircuitPhase, ...]:
    _check_modular(spec)
    return phases_of(record)


def _check_modular(spec: AnySpec) -> None:
    if why := _undefined(spec):
        raise GrokphaseError(f"A circuit of key frequencies is not defined for this run: {why}.")


def _undefined(spec: AnySpec) -> str | None:
    if not isinstance(spec, RunSpec):
        return "a training function of yours keeps its network"
    return not_modular(spec.task, spec.recipe.loss)


@eqx.filter_jit
def _outputs(network: Any, inputs: np.ndarray) -> Any:
    return network(inputs)
