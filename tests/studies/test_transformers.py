"""Figures 1, 7, 21 and 22: circles in many dimensions, their components, and where phases lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grokphase import studies
from grokphase.phases.letters import from_letters
from grokphase.plain import plain
from grokphase.studies import FigureResult, Given, Trained, Work
from grokphase.studies.judging import measured as of_results
from grokphase.studies.liu2022 import tickets, transformers
from grokphase.studies.liu2022.planes import circle_residual

STUDY = studies.study("liu2022")


def hidden_ring(frequency: int, p: int = 11, d: int = 16, noise: float = 0.0) -> np.ndarray:
    """A circle in a plane of many dimensions, far from the origin."""
    random = np.random.default_rng(0)
    turn = 2 * np.pi * frequency * np.arange(p) / p + 0.4
    plane, _ = np.linalg.qr(random.standard_normal((d, 2)))
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) @ plane.T
    return 5 + ring + noise * random.standard_normal((p, d))


def test_the_first_two_components_show_a_hidden_circle():
    ring = hidden_ring(3)
    axes, shares = transformers.components(ring)
    assert shares[:2] == pytest.approx([0.5, 0.5])
    residual, frequency = circle_residual(transformers.in_plane(ring, axes))
    assert (residual, frequency) == (pytest.approx(0, abs=1e-9), 3)
    order = transformers.around(11, frequency)
    points = transformers.in_plane(ring, axes)[order]
    sides = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert sides == pytest.approx(np.full(11, 2 * np.sin(np.pi / 11)))  # each joined to the next


def test_what_a_circle_of_one_frequency_explains():
    plane = transformers.in_plane(ring := hidden_ring(4), transformers.components(ring)[0])
    assert tickets.explained(plane, 4) == pytest.approx(1)
    assert tickets.explained(plane, 3) == pytest.approx(0, abs=1e-12)


def test_random_embeddings_of_enough_dimensions_hide_any_circle():
    random = np.random.default_rng(1).standard_normal((11, 16))
    for frequency in (1, 2, 5):
        assert tickets.hidden_circle(random, frequency) == pytest.approx(0, abs=1e-12)
    assert tickets.hidden_circle(random[:, :4], 2) > 0.05  # of too few they do not


def test_projections_on_components_and_back():
    random = np.random.default_rng(2).standard_normal((7, 5)) + 3
    other = np.random.default_rng(3).standard_normal((7, 5))
    assert tickets.along(random, random, 5) == pytest.approx(random)
    once = tickets.along(random, other, 2)
    assert tickets.along(once, other, 2) == pytest.approx(once)
    assert np.linalg.matrix_rank(once - other.mean(axis=0), tol=1e-9) == 2
    left = [((random - tickets.along(random, random, k)) ** 2).sum() for k in range(6)]
    assert np.all(np.diff(left) < 0)


def a_map(*rows: str, steps: list[list[float]] | None = None) -> Any:
    """The map of one seed, decay from above."""
    shape = (len(rows), len(rows[0]))
    axes = [
        {"name": "recipe.decoder.learning_rate", "values": range(1, shape[1] + 1)},
        {"name": "recipe.decoder.weight_decay", "values": range(1, shape[0] + 1)},
    ]
    axes = [
        {**axis, "values": [float(v) for v in axis["values"]], "scale": "linear"} for axis in axes
    ]
    none = [[None] * shape[1]] * shape[0]
    entry = {"seed": 0, "phase": list(rows), "train_step": none, "validation_step": steps or none}
    return from_letters(*axes, [entry])


def test_distance_from_memorization():
    assert transformers.grokking_is_closer(a_map("MGC", "MGC")) == 0.5
    assert transformers.grokking_is_closer(a_map("MCG", "MCG")) == 2
    assert np.isnan(transformers.grokking_is_closer(a_map("MGG", "MGG")))


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [([900], [300], 1), ([900], [600], 0), ([None], [600], 1), ([300], [None], np.nan)],
)
def test_decay_that_halves_the_time(first: Any, second: Any, found: float):
    speeds = transformers.decay_speeds_up(a_map("GG", "CC", steps=[first * 2, second * 2]))
    assert speeds == pytest.approx(found, nan_ok=True)


@pytest.fixture(scope="module")
def trained() -> list[Trained]:
    """Two transformers of few symbols that hardly learn."""
    (figure,) = STUDY.select("fig22")
    small = {"seeds": 2, "symbols": 5, "steps": 20, "leaves": {"model.width": 8, "model.mlp": 8}}
    settings = {**figure.settings["quick"], **small}
    wanted = list(transformers.followed(settings))
    records = Work(workers=1).train([spec for _, spec in wanted], keep=figure.keep)
    return [Trained({}, spec, one) for (_, spec), one in zip(wanted, records, strict=True)]


@pytest.mark.slow
def test_figures_of_the_same_runs(trained: list[Trained]):
    """They can be computed, kept, drawn and judged; nothing has generalized here."""
    with_all = {"components": 8, "seeds": 2}
    found = {}
    for name, compute in (
        *(("fig1", transformers.stages), ("fig7a", transformers.stages)),
        *(("fig21", tickets.projections), ("fig22", tickets.reconstructions)),
    ):
        (figure,) = STUDY.select(name)
        data = plain(compute(Given("quick", with_all, trained)))
        found[name] = data
        result = FigureResult("liu2022", name, "quick", "", data, 2, 40, 1.0, "0", "", "")
        assert studies.draw(STUDY, figure, result).get_axes()
        for claim in STUDY.claims:
            if claim.needs == (name,):
                assert of_results(STUDY, claim, [result]).verdict in (
                    "inconclusive",
                    "holds",
                    "fails",
                )
    tickets_found = found["fig22"]
    # All eight components are the embeddings themselves.
    assert tickets_found["train_own"] == tickets_found["train"]
    for run, trained_run in zip(range(2), trained, strict=True):
        final = trained_run.record.final
        assert tickets_found["last"][run] == pytest.approx(final["validation_accuracy"])
        assert tickets_found["train"][run][-1] == pytest.approx(final["train_accuracy"])
    assert found["fig1"]["planes"]["stage"][0] == "initialization"
    assert transformers.moving(found["fig1"])[:6] == b"GIF89a"


def test_dropout_is_a_leaf_of_the_runs():
    (figure,) = STUDY.select("fig7b")
    runs = list(transformers.dropouts(figure.settings["quick"]))
    assert {spec.model.dropout for _, spec in runs} == {0.0, 0.1, 0.3}
    plain = next(spec for labels, spec in runs if labels["dropout"] == 0)
    assert plain.id == transformers.network(figure.settings["quick"], 0).id
