"""The study of Power et al. (2022): its measures and its facts."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import equinox as eqx
import numpy as np
import pytest

from grokphase.studies import plan_claims, study
from grokphase.studies.functions import function
from grokphase.studies.given import Given, Trained
from grokphase.studies.power2022 import runs, sharpness, structure, tables
from grokphase.tasks import stream, task
from grokphase.training.results import weights_of

PAPER = study("power2022")


def test_half_of_the_claims_or_more_can_be_decided_quickly():
    found = plan_claims(PAPER, PAPER.figures, "quick")
    assert 2 * len(found.decidable) >= len(PAPER.claims)


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_a_run_is_of_its_labels(scale):
    for figure in PAPER.figures:
        if figure.runs is None:
            continue
        settings = {**figure.settings[scale], "seeds": 1}
        few = {"fractions": settings.get("fractions", [])[:2]}
        wanted = function(PAPER, figure.runs)({**settings, **few})
        assert len({spec.id for _, spec in wanted}) == len(wanted)
        for labels, spec in wanted:
            assert spec.recipe.batch <= 512 or labels.get("intervention") == "full batch"
            if "fraction" in labels:
                assert spec.split.fraction == labels["fraction"]


def test_the_papers_scale_is_the_preset():
    """But for what a figure varies: model, recipe and split are those of `gp.preset`."""
    import grokphase as gp

    spec = runs.run(PAPER.select("outliers")[0].settings["paper"], "x / y", 0)
    preset = gp.preset("power2022")
    assert spec.model == preset.model
    assert spec.recipe == preset.recipe
    assert spec.split == preset.split


def test_what_is_called_symmetric_is():
    settings = PAPER.select("fig2a")[0].settings["paper"]
    for operation in settings["operations"]:
        if not operation.startswith("S5"):
            learned = runs.run({**settings, "p": 7}, operation, 0, 0.5).task
            results = dict(zip(map(tuple, learned.inputs.tolist()), learned.labels, strict=True))
            symmetric = all(results.get((b, a)) == c for (a, b), c in results.items())
            assert symmetric == (operation in settings["symmetric"]), operation


def test_a_logarithm_turns_products_into_sums():
    for p in (3, 23, 97):
        log = tables.logarithms(p)
        assert sorted(log[1:]) == [*range(p - 1)]
        assert all(log[x * 2 % p] == (log[x] + log[2]) % (p - 1) for x in range(1, p))


# ------------------------------------------------------------------------------ sharpness


def test_the_sharpness_of_a_quadratic_is_that_of_the_corner_of_its_box():
    """f = x H x / 2 about its minimum: largest in a corner, here found by trying all."""
    directions = sharpness.rows(np.random.default_rng(0), 30)[:4]
    curvature = np.diag(np.linspace(1.0, 9.0, 30))

    def loss(x):
        return float(x @ curvature @ x / 2), curvature @ x

    back = np.linalg.pinv(directions)
    at = 1e-3 * np.ones(30)  # not quite the minimum, where the search could not begin
    box = 1e-3 * (np.abs(directions @ at) + 1)
    corners = np.array(np.meshgrid(*[(-1, 1)] * 4)).reshape(4, -1).T * box
    highest = max(loss(at + back @ corner)[0] for corner in corners)
    expected = 100 * (highest - loss(at)[0]) / (1 + loss(at)[0])
    assert sharpness.phi(loss, at, directions) == pytest.approx(expected, rel=1e-6)


def test_a_flatter_loss_is_less_sharp():
    directions, at = sharpness.rows(np.random.default_rng(1), 20), np.full(20, 0.3)

    def valley(curvature):
        return sharpness.phi(
            lambda x: (curvature * float(x @ x), 2 * curvature * x), at, directions
        )

    values = [valley(curvature) for curvature in (1e-12, 1e-9, 1e-6, 1e-3)]
    assert values[0] > 0
    assert all(500 * a < b for a, b in pairwise(values))


@pytest.mark.slow
def test_a_network_that_has_just_begun_is_sharp():
    """Its loss has a slope, so that it rises in every box; twice the same run is as sharp."""
    small = {"model.width": 8, "model.mlp": 8, "model.heads": 1}
    settings = {"p": 5, "steps": 10, "stop": "budget", "fraction": 0.5, "leaves": small}
    spec = runs.run(settings, "x + y", 0)
    network = spec.model.build(spec.task, stream(spec.seed, "initial"))
    weights = weights_of(*eqx.partition(network, eqx.is_inexact_array))
    record = SimpleNamespace(
        **dict.fromkeys(("train_step", "validation_step")),
        **{"seed": 0, "phase": "confusion", "steps_trained": 0, "final": {}, "weights": weights},
        curves={"validation_accuracy": np.zeros(1)},
    )
    found = sharpness.beside_accuracy(Given("quick", settings, [Trained({}, spec, record)] * 2))
    assert found["sharpness"][0] == found["sharpness"][1] > 0.01


# ------------------------------------------------------------------------------ structure


def test_a_circle_is_found_whatever_its_frequency_and_noise_is_none():
    turn = 2 * np.pi * np.outer(np.arange(23), np.arange(1, 12)) / 23
    for k in range(1, 12):
        points = np.stack([np.cos(turn[:, k - 1]), np.sin(turn[:, k - 1])], axis=1)
        assert structure.circle(points) == (k, 1.0)
    noise = np.random.default_rng(0).standard_normal((23, 2))
    assert structure.circle(noise - noise.mean(axis=0))[1] < 0.5


def test_cosets_of_every_conjugate_part_a_group():
    learned = task("S4")
    products = np.empty((24, 24), np.int64)
    products[learned.inputs[:, 0], learned.inputs[:, 1]] = learned.labels
    square = structure.subgroup(
        products, [structure.element(each) for each in ([1, 2, 3, 0], [2, 1, 0, 3])]
    )
    conjugates = structure.conjugates(products, square)
    assert [len(each) for each in conjugates] == [8, 8, 8]  # the three Sylow subgroups
    for each in conjugates:
        for left in (True, False):
            _, sizes = np.unique(structure.cosets(products, each, left), return_counts=True)
            assert sizes.tolist() == [8, 8, 8]
    # x and x h lie in one left coset, x and h x in one right coset.
    left, right = (structure.cosets(products, square, side) for side in (True, False))
    for h in square:
        assert (left[products[:, h]] == left).all()
        assert (right[products[h]] == right).all()


def test_what_is_planted_in_groups_is_explained_by_them():
    groups = np.repeat([0, 1, 2], 8)
    points = np.eye(3)[groups] - 1 / 3
    assert structure.explained(points, groups) == pytest.approx(1.0)
    mixed = structure.explained(points, np.tile([0, 1, 2, 3], 6))
    assert mixed == pytest.approx(0.0, abs=1e-12)


def test_the_least_fraction_is_that_of_each_seed():
    data = {
        "operation": ["x + y"] * 4,
        "fraction": [0.6, 0.8, 0.6, 0.8],
        "seed": [0, 0, 1, 1],
        "validation_step": [None, 90, None, None],
    }
    found = runs.least(data, "operation")
    assert found["least"] == [0.8, None]
