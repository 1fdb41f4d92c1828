"""Wang et al. (2024) and Abramov et al. (2025): what is asked of networks, without training any."""

from __future__ import annotations

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from grokphase import studies
from grokphase.studies.abramov2025 import study as abramov
from grokphase.studies.functions import function
from grokphase.studies.given import Trained
from grokphase.studies.wang2024 import study as wang
from grokphase.tasks import facts_of

FACTS = {"entities": 6, "relations": 4, "degree": 4}
SMALL = {
    **{"kind": "fact-composition", "rate": 1e-3, "decay": 1.0, "width": 8, "steps": 10},
    **{"seeds": 1, "phis": [0.5, 1.0], "facts": FACTS},
}


def test_seeds_are_worlds_and_all_that_is_not_held_out_is_trained() -> None:
    (_, first), (_, more) = function(studies.study("wang2024"), "ratios")(SMALL)
    assert first.task.parameters["phi"] == 0.5
    assert more.task.parameters["phi"] == 1.0
    assert wang.network(SMALL, 1, phi=0.5).task != first.task
    train, held_out = first.split.indices(first.task, first.seed)
    assert len(train) + len(held_out) == len(first.task)
    assert len(held_out) == first.task.test


def test_a_layer_that_is_passed_twice_has_the_weights_of_one() -> None:
    two, shared = (spec for _, spec in wang.shared({**SMALL, "phis": [0.5]}))
    assert [len(one.initial_network().blocks) for one in (two, shared)] == [2, 1]
    assert [len(one.initial_network().stack) for one in (two, shared)] == [2, 2]


def test_outside_inferences_are_those_that_are_asked() -> None:
    learned = wang.network(SMALL, 0, phi=0.25, outside=0.5).task
    asked = facts_of(learned).outside
    answers = {
        tuple(row): label for row, label in zip(asked.inputs.tolist(), asked.labels, strict=True)
    }

    def knowing(inputs: jnp.ndarray) -> jnp.ndarray:
        labels = [answers[tuple(row)] for row in np.asarray(inputs).tolist()]
        return jnp.eye(learned.classes)[np.array(labels)]

    assert float(wang.outside_accuracy(knowing, learned, None)) == 1.0


def test_the_entity_between_is_that_of_the_first_fact() -> None:
    spec = wang.network(SMALL, 0, phi=0.5)
    network = spec.initial_network()
    record = SimpleNamespace(weights={})
    named = {name: np.zeros(shape) for name, shape in spec.model.shapes(spec.task).items()}
    record.weights = named
    share, most = wang._bridge(Trained({}, spec, record))
    # Without weights every logit is 0 and the answer the first entity.
    asked = facts_of(spec.task)
    told = {
        tuple(row[:2]): tail
        for row, tail in zip(
            asked.atomic.inputs.tolist(), asked.atomic.labels.tolist(), strict=True
        )
    }
    between = [told[tuple(row[:2])] for row in asked.held_out.inputs.tolist()]
    assert share == pytest.approx(np.mean(np.array(between) == 0))
    assert most == max(np.bincount(between)) / len(between)
    assert network.blocks


def test_a_guess_is_the_most_frequent_answer_outside() -> None:
    spec = wang.network(SMALL, 0, phi=0.25, outside=0.5)
    labels = facts_of(spec.task).outside.labels.tolist()
    most = max(labels.count(label) for label in labels)
    assert wang._guess(SimpleNamespace(spec=spec)) == pytest.approx(most / len(labels))


def test_wrong_facts_leave_as_many_right_ones_as_there_were() -> None:
    settings = {**SMALL, "few": 0.5, "many": 1.0}
    few, right, wrong = (facts_of(spec.task) for _, spec in abramov.augmented(settings))
    same = wrong.inferred.labels == right.inferred.labels
    assert same.sum() == len(few.inferred.labels)
    assert len(wrong.inferred.labels) == len(right.inferred.labels) == 2 * len(few.inferred.labels)


def test_published_ratios() -> None:
    found = abramov.stated({})
    assert found["ratio"] == found["stated"] == [8.0, 6.25]
