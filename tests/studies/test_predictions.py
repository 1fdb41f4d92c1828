"""Figures 4 and 5: trajectories, transitions and their claims."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from grokphase import studies, theory
from grokphase.plain import plain
from grokphase.studies.drawing import draw
from grokphase.studies.figure import FigureResult
from grokphase.studies.given import Given, Trained
from grokphase.studies.judging import measured as judged
from grokphase.studies.liu2022 import draw_predictions, predictions, settings

STUDY = studies.study("liu2022")
SIZES, SEEDS = [5, 20, 22, 24, 35, 45, 54], 6


def result(figure, data):
    return FigureResult(
        "liu2022", figure, "paper", "Settings.", plain(data), 0, 0, 0.0, "0", "2026-01-01", ""
    )


def measured(name, data):
    (claim,) = STUDY.select_claims(name)
    return judged(STUDY, claim, [result(claim.needs[0], data)])


# What is computed


def test_qualities_are_the_rqi_of_the_theory():
    path = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 10))
    path[3] = np.arange(10)
    toy = settings.toy()
    expected = [theory.rqi(one, toy) for one in path]
    assert predictions.qualities(path) == pytest.approx(expected)
    assert expected[3] == 1


def test_standardised_embeddings_have_the_sum_of_squares_of_the_hessian():
    found = predictions.standardised(np.random.default_rng(0).standard_normal((4, 10)))
    assert (found**2).sum(axis=1) == pytest.approx(9)
    assert found.sum(axis=1) == pytest.approx(0, abs=1e-12)


def test_the_flow_ends_on_a_line_and_keeps_its_size():
    spec = settings.sized(45, 58)
    path = predictions.flowing(spec, [0, 100], "sum")
    assert path[0] == pytest.approx(predictions.initial(spec))
    assert np.diff(path[-1], n=2) == pytest.approx(0, abs=1e-9)
    assert (path**2).sum(axis=1) == pytest.approx(9)


def test_both_normalisations_of_a_training_set_have_one_path():
    spec = settings.sized(45, 58)
    many = theory.count(spec.task, spec.split.indices(spec.task, spec.seed)[0])
    slow = predictions.flowing(spec, [0.3 * many], "paper")
    assert slow == pytest.approx(predictions.flowing(spec, [0.3], "sum"))


def test_convergence_agrees_with_the_search_of_the_theory():
    spec = settings.sized(45, 58)
    train = spec.split.indices(spec.task, spec.seed)[0]
    rate = theory.grokking_rate(spec.task, train, normalisation="sum").lambda3
    time = theory.time_to_rqi(predictions.initial(spec), spec.task, train, normalisation="sum")
    assert predictions.converged(spec, "sum") == pytest.approx(time * rate, abs=0.06)


def test_a_split_that_determines_nothing_does_not_converge():
    assert predictions.converged(settings.sized(5, 0), "sum") is None


@pytest.mark.slow
def test_network_paths_start_where_the_flow_starts():
    asked = {"count": 45, "seeds": 1, "steps": 50, "every": 25}
    (labels, spec), *_ = predictions.paths(asked)
    (record,) = studies.Work("quick", workers=1).train([spec])
    data = predictions.network(Given("quick", asked, [Trained(labels, spec, record)]))
    assert data["steps"].tolist() == [0, 25, 50]
    assert data["paths"][0][0] == pytest.approx(data["flow"][0][0], abs=1e-3)
    assert data["rqi_step"] == [None]
    assert 0.5 < data["alike"][0] <= 1


def test_runs_stand_by_size_and_seed_beside_what_is_predicted_of_their_splits():
    asked = {"sizes": [5, 45], "seeds": 2, "steps": 100, "orders": 50}
    curves = {"rqi": np.array([0.1, 0.7])}
    runs = [
        Trained(labels, spec, SimpleNamespace(rqi_step=labels["size"] + spec.seed, curves=curves))
        for labels, spec in settings.sized_runs(asked)
    ]
    found = predictions.prediction(Given("quick", asked, runs))
    assert found["steps"] == [[5, 6], [45, 46]]
    assert found["predicted"]["sum"][0] == [None, None]
    assert found["predicted"]["sum"][1] > [0, 0]
    found = predictions.transition(Given("quick", asked, runs))
    assert found["best"] == [[0.7] * 2] * 2
    assert found["determined"] == [[False] * 2, [True] * 2]
    assert found["probability"][-1] == 1


def test_unique_brackets_its_critical_fraction():
    data = predictions.unique(Given("quick", {"symbols": [4, 10], "orders": [50, 100]}))
    for one in data["sizes"]:
        assert one["low"] <= one["critical"] <= one["high"]
        assert len(one["fraction"]) == len(one["untouched"]) <= 41
        assert one["law_of_size"] < one["law"]
    assert data["law"]["probability"][-1] == 1


def test_the_words_of_the_settings_count_the_orders_that_are_drawn():
    (figure,) = STUDY.select("fig4a")
    for scale in ("quick", "paper"):
        given = figure.settings[scale]
        for p, orders in zip(given["symbols"], given["orders"], strict=True):
            (part,) = (one for one in given["words"].split("; ") if one.startswith(f"{orders:,} "))
            assert str(p) in part.partition("p = ")[2].split(", ")


def test_rates_vanish_where_nothing_is_determined():
    data = predictions.rate(Given("quick", {"seeds": 20, "levels": [0.05, 0.5, 0.95]}))
    assert data["zero"][0] == 20  # two samples
    assert data["zero"][-1] == 0  # all of them
    assert data["quantiles"]["sum"][-1][1] == pytest.approx(data["constant"])


# Data as they would be if claims held


def size(p, critical, law, *, spread=0.001):
    fraction = np.linspace(0, 1, 101)
    low, mid, high = (
        1 / (1 + np.exp(-(fraction - critical + shift) / 0.03)) for shift in (-spread, 0, spread)
    )
    return {
        "p": p,
        "orders": 1000,
        "critical": critical,
        "low": critical - spread,
        "high": critical + spread,
        "law": law,
        "law_of_size": 0.99 * law,
        "asymptote": law * 0.8,
        "fraction": fraction,
        "probability": mid,
        "lower": low,
        "upper": high,
        "untouched": -np.log(np.clip(mid, 1e-9, 1)),
    }


def transition(*sizes):
    return {"sizes": sizes, "law": {"fraction": [0, 0.4, 1], "probability": [0, 0.5, 1]}}


def runs(reach=lambda size: size >= 22, steps=lambda size: 30_000 / size, scale=2.0):
    """Networks whose steps follow a law in the size of the training set, a little apart."""
    jitter = 1 + 0.02 * np.arange(SEEDS)
    table = [[steps(one) * by if reach(one) else None for by in jitter] for one in SIZES]
    predicted = [[steps(one) * by / scale if one >= 22 else None for by in jitter] for one in SIZES]
    return {
        "samples": 55,
        "sizes": SIZES,
        "seeds": range(SEEDS),
        "budget": 10_000,
        "steps": table,
        "best": [[0.9 if one >= 20 else 0.1] * SEEDS for one in SIZES],
        "determined": [[one >= 22] * SEEDS for one in SIZES],
        "counts": [1, 22, 54],
        "probability": [0, 0.5, 1],
        "eta": 1e-3,
        "predicted": {name: predicted for name in ("paper", "sum", "code")},
    }


def paths(n=8):
    steps = np.arange(0, 5001, 25)
    start = np.random.default_rng(0).standard_normal((n, 1, 10))
    line = predictions.standardised(np.arange(10.0))
    decay = np.exp(-steps / 300)[None, :, None]
    moving = predictions.standardised(decay * start + (1 - decay) * line)[:6]
    return {
        "steps": steps,
        "seeds": range(n),
        "n_h": {"paper": [15e3] * n, "sum": [300.0] * n, "code": [150.0] * n},
        "paths": {"sum": moving, "code": moving},
        "converged": {"sum": [3.0] * n, "code": [5.0] * n},
    }


def trained_paths():
    data = paths()
    n = len(data["seeds"])
    return data | {
        "paths": data["paths"]["sum"],
        "flow": data["paths"]["sum"],
        "rqi": np.tile(np.linspace(0, 1, len(data["steps"])), (n, 1)),
        "rqi_step": [900 + seed for seed in range(n)],
        "line": [0.99, -0.99] * (n // 2),
        "flow_line": [0.9, -0.9] * (n // 2),
        "alike": [0.97] * n,
        "like_end": [0.9] * n,
    }


def rates(*, rising=True, threshold=22):
    counts = np.arange(2, 56)
    median = np.where(counts >= 22, counts if rising else 100 - counts, 0) / 10
    quantiles = median[:, None] * np.array([0.5, 0.8, 1, 1.2, 1.5])
    return {
        "samples": 55,
        "counts": counts,
        "sets": 200,
        "levels": [0.05, 0.25, 0.5, 0.75, 0.95],
        "quantiles": {"paper": quantiles, "sum": quantiles},
        "zero": np.where(counts < threshold, 200, 0),
        "constant": 6.7,
    }


ORDERLY = {
    "fig4a": transition(size(10, 0.41, 0.4), size(20, 0.22, 0.219)),
    "fig4b": runs(),
    "fig4c": paths(),
    "fig4d": trained_paths(),
    "fig5a": rates(),
    "fig5b": runs(),
}


# Claims

_WIDE = size(10, 0.5, 0.4)
_WIDE |= {name: _WIDE["fraction"] for name in ("probability", "lower", "upper")}
_BACKWARDS = runs()
_BACKWARDS["predicted"] = {
    name: [[value and 1e6 / value for value in row] for row in rows]
    for name, rows in _BACKWARDS["predicted"].items()
}


@pytest.mark.parametrize(
    ("names", "broken"),
    [
        ("critical-fraction", transition(size(10, 0.6, 0.4))),
        ("transition-width", transition(_WIDE)),
        ("finite-size-law", transition(size(20, 0.22, 0.219), size(40, 0.125, 0.15))),
        ("finite-size-law-of-size", transition(size(20, 0.22, 0.205))),
        ("trained-critical-fraction split-decides", runs(lambda size: size > 40)),
        ("steps-fall-with-data", runs(steps=lambda size: 100.0 * size)),
        ("three-n-h-theory-sum", paths() | {"converged": {"sum": [20.0] * 8}}),
        ("three-n-h-theory-code", paths() | {"converged": {"code": [20.0] * 8}}),
        ("three-n-h-network-sum", trained_paths() | {"rqi_step": [3000] * 8}),
        ("ends-linear", trained_paths() | {"line": [0.5] * 8}),
        ("trajectories-agree", trained_paths() | {"alike": [0.2] * 8}),
        ("trajectories-agree", trained_paths() | {"like_end": [0.99] * 8}),
        ("same-direction", trained_paths() | {"line": [-0.99, 0.99] * 4}),
        ("rate-zero-below", rates(threshold=10)),
        ("rate-grows-paper rate-grows-sum", rates(rising=False)),
        ("steps-follow-rate-paper steps-follow-rate-sum rate-orders-splits", _BACKWARDS),
        ("rate-exponent-paper rate-exponent-sum", _BACKWARDS),
        ("prediction-scale-paper prediction-scale-sum", runs(scale=0.05)),
    ],
)
def test_a_claim_holds_where_it_is_so_and_fails_where_it_is_not(names, broken):
    for name in names.split():
        (claim,) = STUDY.select_claims(name)
        assert measured(name, ORDERLY[claim.needs[0]]).verdict == "holds", name
        assert measured(name, broken).verdict == "fails", name


def test_a_law_is_given_where_it_is_furthest_off():
    ten = size(10, 0.41, 0.3)  # not asked for below p = 20
    found = measured(
        "finite-size-law", transition(ten, size(20, 0.22, 0.219), size(40, 0.12, 0.15))
    )
    assert found.value == pytest.approx(1.25)
    # The orders are those of the p whose ratio is given, not of all together.
    few = size(20, 0.22, 0.216) | {"orders": 40}
    assert measured("finite-size-law", transition(few, size(40, 0.125, 0.125))).seeds == 40


def test_the_transition_rises_as_a_logistic_function_does():
    found = measured("transition-width", ORDERLY["fig4a"])
    assert found.value == pytest.approx(2 * 0.03 * np.log(9), rel=0.05)


def test_networks_that_never_get_there_have_no_critical_fraction():
    found = measured("trained-critical-fraction", runs(lambda size: False))
    assert (found.value, found.verdict) == ("not reached", "fails")


def test_networks_that_never_get_there_say_nothing_of_the_rate():
    nowhere = runs(lambda size: False)
    for name in ("steps-follow-rate-sum", "rate-exponent-sum", "prediction-scale-sum"):
        assert measured(name, nowhere).verdict == "inconclusive"


def test_networks_count_in_units_of_their_own_split_also_those_that_do_not_arrive():
    assert measured("three-n-h-network-paper", trained_paths()).verdict == "fails"
    slow = trained_paths() | {"rqi_step": [None, None, None, *range(900, 905)]}
    assert measured("three-n-h-network-sum", slow).value == pytest.approx((903 + 904) / 2 / 300)
    # A split of lambda_3 = 0 predicts nothing, and is left out.
    n_h = {name: [None, *values[1:]] for name, values in slow["n_h"].items()}
    assert measured("three-n-h-network-sum", slow | {"n_h": n_h}).seeds == 7


def test_the_note_of_a_scale_says_how_it_drifts_with_data():
    note = measured("prediction-scale-sum", runs()).note
    assert "steps over n_h are 2 in the median at 22 training samples (6 of 6 runs" in note
    assert "2 in the median at 54 training samples" in note


# Drawings


@pytest.mark.parametrize(
    ("figure", "panels"),
    # A colour bar and a second axis are axes of their own.
    [("fig4a", 3), ("fig4b", 2), ("fig4c", 7), ("fig4d", 7), ("fig5a", 3), ("fig5b", 4)],
)
def test_drawn(figure, panels):
    (found,) = STUDY.select(figure)
    picture = draw(STUDY, found, result(figure, ORDERLY[figure]))
    assert len(picture.axes) == panels
    assert all(axes.get_xlabel() or axes.get_ylabel() for axes in picture.axes)


def test_moving(monkeypatch):
    monkeypatch.setattr(
        draw_predictions.charts, "animate", lambda picture: [path.words for path in picture.paths]
    )
    theirs, ours = draw_predictions.moving(plain(ORDERLY["fig4d"]))
    assert (theirs[1], ours[-1]) == ("step 25", "RQI 1.00")
