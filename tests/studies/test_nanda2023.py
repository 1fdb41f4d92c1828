"""Nanda et al. (2023): what its study computes of a network and of its training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grokphase import studies
from grokphase.estimators import estimator
from grokphase.measures import excluded_loss, restricted_loss
from grokphase.measures.own import Part, Samples
from grokphase.plain import plain
from grokphase.studies import FigureResult, Given, Trained
from grokphase.studies.functions import function
from grokphase.studies.nanda2023 import circuit, exact, interference, progress, runs
from grokphase.tasks import stream
from grokphase.training.problem import MOST_RECORDED
from grokphase.training.results import weights_of
from grokphase.training.schedule import log_spaced

STUDY = studies.study("nanda2023")
#: 10 symbols and 50 training pairs: each is among the 100 of the excluded loss twice.
SMALL = {"p": 10, "fraction": 0.5, "decay": 1.0, "seeds": 1, "steps": 300, "points": 8}
KEYS = (1, 3)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """An untrained network of which two frequencies are said to be key, recorded twice."""
    monkeypatch.setattr(circuit, "keys_of", lambda run: KEYS)
    monkeypatch.setattr(progress, "keys_of", lambda run: KEYS)
    ((_, spec),) = runs.circuits(SMALL)
    network = spec.model.build(spec.task, stream(0, "initial"))
    sides = (
        Part(spec.task.inputs[index], spec.task.labels[index], None)
        for index in spec.split.indices(spec.task, 0)
    )
    samples = Samples(*sides)
    own = [each for each in spec.recipe.measures if not isinstance(each, str)]
    once = {each.name: each(network, spec.task, samples) for each in own}
    once |= {"restricted_loss": 2.0, "embedding_gini": 0.1, "embedding_norms": np.ones(6)}
    once |= {"weight_norm": 9.0, "train_loss": 2.0, "validation_loss": 3.0}
    record = SimpleNamespace(
        **{"seed": 0, "phase": "grokking", "train_step": 90, "validation_step": 200},
        steps_trained=300,
        final={"train_loss": 2.0, "embedding_norms.0": 1.0},
        curves={"step": np.array([0, 300]), **{k: np.stack([v, v]) for k, v in once.items()}},
        weights=weights_of(network, network),
    )
    return Given("quick", SMALL, [Trained({}, spec, record)])  # type: ignore[arg-type]


def test_losses_of_what_is_recorded_are_those_of_all_logits(given: Given) -> None:
    """Of few numbers a row, with frequencies that are known later."""
    (trained,) = given.runs
    spec: Any = trained.spec
    logits: Any = circuit.cached(spec, trained.record.weights or {}, "logits")[:, :10]
    mask: Any = np.isin(np.arange(100), spec.split.indices(spec.task, spec.seed)[0])
    expected = (
        float(restricted_loss(logits, KEYS)),
        float(excluded_loss(logits, KEYS, trained=mask)),
    )
    table = progress.losses(given)
    found = table["restricted"][0][-1], table["excluded"][0][-1]
    assert found == pytest.approx(expected, rel=1e-4)


def test_every_figure_of_the_circuit_is_drawn_of_it(given: Given) -> None:
    for name in ("losses", "weights", "frequencies", "neurons"):
        (figure,) = STUDY.select(name)
        data = function(STUDY, str(figure.compute))(given)
        assert not [column for column in data if "." in column]  # no entries of arrays
        studies.draw(STUDY, figure, _result(name, plain(data)))


def test_a_network_is_taken_apart(given: Given) -> None:
    table = circuit.circuits(given)
    explained, singular = table["explained"][0], table["singular"][0]
    assert (table["shared"], table["key_count"]) == ([False], [2])
    assert explained.shape == (512,)
    assert np.all(np.diff(explained) <= 0)
    assert np.all(np.diff(singular) <= 0)
    assert table["residual"][0] == pytest.approx(
        np.linalg.norm(singular[4:]) / np.linalg.norm(singular)
    )
    assert 0 < table["five_cosines"][0] < 1
    assert table["chance"] == pytest.approx([np.log(10)])


def test_curves_turn_where_they_were_planted() -> None:
    step = np.concatenate([[0], np.unique(np.round(np.geomspace(1, 1e5, 101)))])
    u = np.log(np.maximum(step, 1))
    curves = {
        "step": step,
        "validation_loss": np.exp(np.interp(u, [0, 4, 8, 10, 12], [1, 2.5, 2, -9, -9])),
        "excluded": np.exp(np.interp(u, [0, 5, 9, 12], [1, -4, 1, 1])),
        "restricted": np.where(step < 40, 4.0, 1.0),
        "restricted_loss": np.full(len(step), 5.0),
        "weight_norm": np.sqrt(np.interp(step, [0, 100, 9000, 10_000, 1e5], [1, 9, 8, 2, 2])),
    }
    found = progress.turns(curves, 59, 10_000)
    assert found["restricted_falls"] == step[step >= 40][0]
    assert found["same_step_falls"] is None
    assert found["validation_peak"] == pytest.approx(np.exp(4), rel=0.1)
    assert np.exp(8) < found["validation_falls"] < np.exp(8.4)
    assert found["excluded_lowest"] == pytest.approx(np.exp(5), rel=0.1)
    assert found["excluded_rise"] > 10
    assert 0.9 <= found["steepest"] <= 1
    assert 0.9 <= found["steepest_log"] <= 1
    assert found["phases"] == 3
    assert found["memorization"] < found["circuit_formation"] < found["cleanup"]


def test_what_curves_do_not_show_is_none() -> None:
    """A network that learns by heart and stays so."""
    step = np.arange(40.0)
    flat = np.full(40, 5.0)
    curves = {name: flat for name in ("validation_loss", "excluded", "restricted")}
    found = progress.turns(
        {**curves, "step": step, "restricted_loss": flat, "weight_norm": flat}, 59, None
    )
    names = ("restricted_falls", "validation_falls", "excluded_rise", "cleanup", "steepest")
    assert [found[name] for name in names] == [None] * 5
    assert found["phases"] == 0


def test_planted_cosines_are_told_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured for larger moduli with the ledger; here what the claim can tell apart."""
    monkeypatch.setattr(exact, "MODULI", (23,))
    (claim,) = STUDY.select_claims("planted-circuit")
    table = exact.planted({})
    assert estimator(claim.estimator)(table, **claim.parameters).verdict == "holds"
    table["found"][1] -= 0.01
    assert estimator(claim.estimator)(table, **claim.parameters).verdict == "fails"


@pytest.mark.parametrize("scale", ["quick", "paper"])
def test_every_claim_can_be_decided_and_curves_fit(scale: studies.Scale) -> None:
    plan = studies.plan_claims(STUDY, STUDY.figures, scale)
    assert [claim.id for claim in plan.decidable] == [claim.id for claim in STUDY.claims]
    settings = STUDY.select("losses")[0].settings[scale]
    p, rows = settings["p"], len(log_spaced(settings["steps"], settings["points"]))
    assert rows * (p * p + runs.PAIRS * p + p // 2 + 20) < MOST_RECORDED


def test_a_stated_time_goes_before_what_the_other_scale_took(tmp_path: Path) -> None:
    """Networks of the quick scale are smaller: by their steps the paper's would seem cheap."""
    (figure,) = STUDY.select("fractions")
    small = replace(_result("fractions", {}), steps=1000, cost_seconds=1.0, scale="quick")
    small.write(tmp_path / "nanda2023" / "quick" / "fractions.json")

    def seconds(scale: studies.Scale) -> float | None:
        return studies.plan(STUDY, [figure], scale, folder=tmp_path).seconds

    assert seconds("paper") == pytest.approx(figure.seconds["paper"])
    assert seconds("quick") == pytest.approx(20 * 5000 / 1000)


def _result(figure: str, data: dict[str, Any]) -> FigureResult:
    return FigureResult("nanda2023", figure, "quick", "1 seed.", data, 1, 300, 1.0, "0", "", "")


def test_waves_of_all_frequencies_are_opposed_at_every_wrong_answer_and_one_wave_is_not() -> None:
    off = np.arange(7) - 3
    waves_at = np.cos(2 * np.pi * np.outer([1, 2, 3], off) / 7)
    # Of all frequencies of Z_7 the cosines sum to -1/2 at every answer but the right one.
    assert interference.largest_wrong(np.ones(3), waves_at) == pytest.approx(-1 / 6)
    assert interference.least_worst(waves_at) == pytest.approx(-1 / 6)
    alone = waves_at[1:2]
    assert interference.largest_wrong(np.array([5.0]), alone) == pytest.approx(
        alone[0].max(initial=-1, where=off != 0)
    )
    assert interference.least_worst(alone) == pytest.approx(np.cos(2 * np.pi / 7))


def test_planted_waves_are_taken_apart() -> None:
    p, keys, amplitudes = 11, (2, 5), np.array([4.0, 3.0])
    turn = 2 * np.pi * np.subtract.outer(np.arange(p), np.arange(p)) / p
    logits = sum(a * np.cos(k * turn) for k, a in zip(keys, amplitudes, strict=True)) + 2.0
    record = SimpleNamespace(seed=4, curves={"logits_by_result": [logits]})
    found = interference.added_up(SimpleNamespace(record=record))
    assert found["keys"] == list(keys)
    np.testing.assert_allclose(found["amplitudes"], amplitudes, rtol=1e-6)
    np.testing.assert_allclose(found["waves"], found["logits"], atol=1e-6)
    apart = interference.waves({name: [value] for name, value in found.items()})
    np.testing.assert_allclose(np.sum(apart["wave"], axis=0), found["waves"], atol=1e-6)


def test_key_frequencies_that_are_shared_beside_those_that_would_be() -> None:
    data = {"seed": [0, 1], "keys": [[1, 2, 3], [3, 4]], "chance": [np.log(21)] * 2}
    found = interference.overlaps({"neurons": data})
    assert found["shared_keys"] == [1, 1]
    assert found["expected"] == pytest.approx([0.6, 0.6])
