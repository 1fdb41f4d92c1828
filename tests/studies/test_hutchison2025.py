"""Lattices with spins turned round, and answers from weights alone."""

from __future__ import annotations

import numpy as np

import grokphase as gp
from grokphase.studies import study
from grokphase.studies.figure import asked
from grokphase.studies.hutchison2025.study import HIDDEN, answers, regions, with_flips
from grokphase.tasks.ising import energies


def test_so_many_spins_are_turned_round_and_labelled_by_their_energy() -> None:
    task = gp.tasks.ising(samples=8)
    for spins in (0, 2, 5):
        turned = with_flips(task.inputs, spins, np.random.default_rng(0))
        assert ((turned != task.inputs).sum(axis=1) == spins).all()
    assert np.array_equal(regions(energies(task.inputs)), task.labels)
    assert regions(np.array([-128, -120, -92, -88, 4, 8])).tolist() == [-1, 0, 0, 1, 3, -1]


def test_answers_of_a_network_are_those_of_its_weights() -> None:
    task = gp.tasks.ising(samples=8)
    network = gp.MLP(None, HIDDEN, biases="none").build(task, gp.tasks.stream(0, "initial"))
    weights = {f"decoder.{k}.weight": np.asarray(x.weight) for k, x in enumerate(network.decoder)}
    found = np.asarray(network(task.inputs)).argmax(axis=1)
    assert np.array_equal(answers(weights, task.inputs), found)


def test_flipped_lattices_are_of_the_runs_of_the_network() -> None:
    """So that nothing is trained for them."""
    found = study("hutchison2025")
    (one,), (other,) = found.select("network"), found.select("flipped")
    ids = [[spec.id for _, spec in asked(found, each, "quick")] for each in (one, other)]
    assert ids[0] == ids[1]
