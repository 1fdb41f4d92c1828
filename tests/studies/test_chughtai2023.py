"""Chughtai et al.: what is planted in a network is what the study sees."""

from __future__ import annotations

import re

import numpy as np
import pytest

import grokphase as gp
from grokphase.studies import Given, Trained, study
from grokphase.studies.chughtai2023 import study as ours
from grokphase.training.session import train_run

SMALL = {"rate": 1e-2, "steps": 12, "seeds": 2, "every": 10}


def planted(kinds: dict[str, int], group: str = "S4") -> dict[str, np.ndarray]:
    """Weights whose neurons embed a and b by one representation each, and answer by it."""
    of = ours.product(group)
    random = np.random.default_rng(0)
    columns = [
        [of.others[name].matrices.reshape(of.order, -1) @ random.normal(size=d) for _ in range(3)]
        for name, many in kinds.items()
        for d in [of.others[name].dimension ** 2] * many
    ]
    left, right, out = (np.array(each, np.float32).T for each in zip(*columns, strict=True))
    neurons = left.shape[1]
    first = np.concatenate([np.eye(neurons, dtype=np.float32)] * 2)
    return {
        "embedding": left,
        "right": right,
        "decoder.0.weight": first.T,
        "decoder.1.weight": out,
    }


def test_a_circuit_is_the_network() -> None:
    spec = next(spec for _, spec in ours.networks({"groups": {"S3": 0.9}, **SMALL}))
    network = spec.model.build(spec.task, gp.tasks.stream(0, "initial"))
    weights = {
        "embedding": np.asarray(network.embedding),
        "right": np.asarray(network.right),
        **{f"decoder.{k}.weight": np.asarray(network.decoder[k].weight) for k in (0, 1)},
    }
    circuit = ours.Circuit(weights, "S3")
    np.testing.assert_allclose(circuit.logits, network(spec.task.inputs), atol=1e-5)


def test_neurons_are_of_the_representation_that_they_embed() -> None:
    weights = planted({"sign": 2, "standard": 5, "2": 2})
    left = weights["embedding"] / np.linalg.norm(weights["embedding"], axis=0)
    left[:, 0], left[:, 8] = 0, left[:, 7] + left[:, 6]  # unused, and of two
    circuit = ours.Circuit(weights | {"embedding": left}, "S4")
    names = [*circuit.of.others]
    owners = [names[k] if k >= 0 else {-1: "several", -2: "unused"}[k] for k in circuit.owners]
    assert owners == ["unused", "sign", *["standard"] * 5, "2", "several"]


def test_a_function_of_one_element_is_explained_by_its_representation_alone() -> None:
    of = ours.product("S4")
    for index in of.indices:  # a, b, a b
        values = of.others["standard"].matrices[index, 0, 1][:, None]
        assert of.explained(values, of.others["standard"]) == pytest.approx(1)
        assert of.explained(values, of.others["sign"]) == pytest.approx(0)


def test_faithful_characters_find_every_product_and_others_do_not() -> None:
    of = ours.product("S4")
    table = of.indices[2].reshape(24, 24)
    quotient = table[:, (table == of.identity).argmax(axis=1)]
    for name, finds in {"sign": False, "2": False, "standard": True}.items():
        circuit = ours.Circuit(planted({name: 1}), "S4")
        circuit.logits = of.others[name].character[quotient][of.indices[2]]
        assert [rho.name for rho in circuit.keys] == [name]
        assert circuit.composes() == finds


@pytest.mark.slow
def test_what_it_says_can_be_computed_on_a_few_steps() -> None:
    settings = {"groups": {"S3": 0.9}, **SMALL}
    runs = []
    for labels, spec in ours.networks(settings):
        record = train_run(spec, keep_weights="log")
        assert record is not None
        runs.append(Trained(labels, spec, record))
    given = Given("quick", settings, runs)
    whole, each, through = ours.learning(given), ours.representations(given), ours.phases(given)
    assert len(whole["fve"]) == 2
    assert [*zip(each["seed"], each["representation"], strict=True)][:2] == [
        (0, "sign"),
        (0, "standard"),
    ]
    for k in range(2):  # two ways to the same losses
        record = runs[k].record
        assert through["train"][k][-1] == pytest.approx(record.final["train_loss"], rel=1e-3)
        both = sum(each["similarity"][i] ** 2 for i in (2 * k, 2 * k + 1))
        assert whole["fve"][k] == pytest.approx(both)
    table = {"group": ["S3"] * 3, "validation_step": [1, 2, None], "keys": ["a", "b", "c"]}
    assert ours.sets_of_keys({"learning": table})["sets"] == [2]


def test_claims_can_be_understood_alone() -> None:
    paper = study("chughtai2023")
    for claim in paper.claims:
        assert all((claim.where, claim.statement, claim.published, claim.tolerance)), claim.id
        assert re.fullmatch(r"[a-z0-9-]+", claim.id)
