"""Figures 4 and 5: trajectories, transitions and their claims."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import theory
from grokphase.studies import Work
from grokphase.studies.figure import FigureResult, plain
from grokphase.studies.liu2022 import predictions, settings
from grokphase.studies.liu2022.drawings import predictions as drawings

CLAIM = {claim.id: claim for claim in predictions.CLAIMS}
FIGURE = {figure.id: figure for figure in predictions.FIGURES}
SIZES, SEEDS = [5, 20, 22, 24, 35, 45, 54], 6


def measured(name, data):
    claim = CLAIM[name]
    return claim.measure({claim.needs[0]: data})


def result(figure, data):
    return FigureResult(
        "liu2022", figure, "quick", "Settings.", plain(data), 0, 0, 0.0, "0", "2026-01-01", ""
    )


# What is computed


def test_qualities_are_the_rqi_of_the_theory():
    path = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 10))
    path[3] = np.arange(10)
    toy = settings.toy()
    expected = [theory.rqi(one, toy) for one in path]
    assert predictions._qualities(path) == pytest.approx(expected)
    assert expected[3] == 1


def test_standardised_embeddings_have_the_sum_of_squares_of_the_hessian():
    found = predictions.standardised(np.random.default_rng(0).standard_normal((4, 10)))
    assert (found**2).sum(axis=1) == pytest.approx(9)
    assert found.sum(axis=1) == pytest.approx(0, abs=1e-12)


def test_the_flow_ends_on_a_line_and_keeps_its_size():
    spec = settings.sized(45, 58)
    path = predictions._flow(spec, [0, 100], "sum")
    assert path[0] == pytest.approx(predictions._start(spec))
    assert np.diff(path[-1], n=2) == pytest.approx(0, abs=1e-9)
    assert (path**2).sum(axis=1) == pytest.approx(9)


def test_both_normalisations_of_a_training_set_have_one_path():
    spec = settings.sized(45, 58)
    train = predictions._training_set(spec)
    many = theory.count(spec.task, train)
    slow = predictions._flow(spec, [0.3 * many], "paper")
    assert slow == pytest.approx(predictions._flow(spec, [0.3], "sum"))


def test_convergence_agrees_with_the_search_of_the_theory():
    spec = settings.sized(45, 58)
    train = predictions._training_set(spec)
    rate = theory.grokking_rate(spec.task, train, normalisation="sum").lambda3
    time = theory.time_to_rqi(predictions._start(spec), spec.task, train, normalisation="sum")
    assert predictions._converged(spec, "sum") == pytest.approx(time * rate, abs=0.06)


def test_a_split_that_determines_nothing_does_not_converge():
    assert predictions._converged(settings.sized(5, 0), "sum") is None


@pytest.mark.slow
def test_network_paths_start_where_the_flow_starts(monkeypatch):
    monkeypatch.setattr(predictions, "_BUDGET", 50)
    monkeypatch.setattr(predictions, "_seeds", lambda work: [58])
    data = predictions.network(Work("quick", workers=1))
    assert data["steps"].tolist() == [0, 25, 50]
    assert data["paths"][0][0] == pytest.approx(data["flow"][0][0], abs=1e-3)
    assert data["rqi_step"] == [None]
    assert 0.5 < data["alike"][0] <= 1


def test_unique_brackets_its_critical_fraction(monkeypatch):
    monkeypatch.setattr(predictions, "_ORDERS", {"quick": {4: 50, 10: 100}})
    data = predictions.unique(Work("quick"))
    for one in data["sizes"]:
        assert one["low"] <= one["critical"] <= one["high"]
        assert len(one["fraction"]) == len(one["untouched"]) <= 41
        assert one["law_of_size"] < one["law"]
    assert data["law"]["probability"][-1] == 1


def test_rates_vanish_where_nothing_is_determined(monkeypatch):
    work = Work("quick")
    monkeypatch.setattr(work, "choose", lambda **given: 20)
    data = predictions.rate(work)
    assert data["zero"][0] == 20  # two samples
    assert data["zero"][-1] == 0  # all of them
    high = data["quantiles"]["sum"][-1][2]
    assert high == pytest.approx(data["constant"])


# Claims


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
        "last": 0.5,
        "fraction": fraction,
        "probability": mid,
        "lower": low,
        "upper": high,
        "untouched": -np.log(np.clip(mid, 1e-9, 1)),
    }


def transition_of(*sizes):
    law = {"fraction": [0, 0.4, 1], "probability": [0, 0.5, 1]}
    return {"sizes": sizes, "law": law}


def test_critical_fraction():
    assert measured("critical-fraction", transition_of(size(10, 0.41, 0.4))).verdict == "holds"
    assert measured("critical-fraction", transition_of(size(10, 0.6, 0.4))).verdict == "fails"


def test_width():
    found = measured("transition-width", transition_of(size(10, 0.41, 0.4)))
    assert found.value == pytest.approx(2 * 0.03 * np.log(9), rel=0.05)
    assert found.verdict == "holds"
    wide = size(10, 0.5, 0.4)
    wide |= {name: wide["fraction"] for name in ("probability", "lower", "upper")}
    assert measured("transition-width", transition_of(wide)).verdict == "fails"


def test_law():
    ten = size(10, 0.41, 0.3)  # not asked for below p = 20
    good, bad = size(20, 0.22, 0.219), size(40, 0.125, 0.15)
    assert measured("finite-size-law", transition_of(ten, good)).verdict == "holds"
    found = measured("finite-size-law", transition_of(ten, good, bad))
    assert found.verdict == "fails"
    assert found.value == pytest.approx(1.2)
    # The orders are those of the p whose ratio is given, not of all together.
    few = size(20, 0.22, 0.216) | {"orders": 40}
    assert measured("finite-size-law", transition_of(ten, few, size(40, 0.125, 0.125))).seeds == 40


def test_the_law_of_one_size_is_a_claim_of_its_own():
    near = size(20, 0.22, 0.2134)  # three per cent off, and another for the fixed size
    both = [
        measured(name, transition_of(near)).value
        for name in ("finite-size-law", "finite-size-law-of-size")
    ]
    assert both == pytest.approx([0.97, 0.9603])
    off = near | {"law_of_size": 0.2}
    assert measured("finite-size-law-of-size", transition_of(off)).verdict == "fails"


def test_the_exponent_of_steps_is_that_of_runs_that_arrive():
    data = runs()
    for name in ("paper", "sum"):
        assert measured(f"rate-exponent-{name}", data).value == pytest.approx(1)
        assert measured(f"rate-exponent-{name}", data).verdict == "holds"
    flat = runs(steps=lambda size: 3000.0 / size**0.3)
    flat["predicted"] = data["predicted"]
    found = measured("rate-exponent-sum", flat)
    assert found.value == pytest.approx(0.3, abs=0.05)
    assert found.verdict == "fails"
    # Slow runs that are cut off make the exponent of the others small; the note says of the rest.
    cut = [[step if step and step < 900 else None for step in row] for row in data["steps"]]
    censored = measured("rate-exponent-sum", data | {"steps": cut, "budget": 900})
    assert "do not reach it" in censored.note
    assert "the exponent would be 1.0" in censored.note
    assert "Over those that arrive, steps over n_h are" in censored.note
    nowhere = measured("rate-exponent-sum", runs(lambda size: False))
    assert nowhere.verdict == "inconclusive"


def runs(reach=lambda size: size >= 22, steps=lambda size: 30_000 / size, scale=3.0):
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


def test_trained_critical_fraction():
    found = measured("trained-critical-fraction", runs())
    assert found.verdict == "holds"
    assert 20 / 55 < found.value < 22 / 55
    assert measured("trained-critical-fraction", runs(lambda size: size > 40)).verdict == "fails"


def test_networks_that_never_get_there_have_no_critical_fraction():
    found = measured("trained-critical-fraction", runs(lambda size: False))
    assert (found.value, found.verdict) == ("not reached", "fails")


def test_split_decides():
    assert measured("split-decides", runs()).verdict == "holds"
    assert measured("split-decides", runs(lambda size: size > 40)).verdict == "fails"


def test_steps_fall_with_data():
    assert measured("steps-fall-with-data", runs()).verdict == "holds"
    rising = runs(steps=lambda size: 100.0 * size)
    assert measured("steps-fall-with-data", rising).verdict == "fails"


@pytest.mark.parametrize("name", ["paper", "sum"])
def test_steps_follow_the_rate(name):
    data = runs()
    assert measured(f"steps-follow-rate-{name}", data).verdict == "holds"
    backwards = [[value and 1e6 / value for value in row] for row in data["steps"]]
    opposite = data | {"predicted": {name: backwards}}
    assert measured(f"steps-follow-rate-{name}", opposite).verdict == "fails"


def test_rate_orders_splits_of_one_size():
    data = runs()
    assert measured("rate-orders-splits", data).verdict == "holds"
    # Within each size against the order, though sizes are in order.
    reversed_ = [row[::-1] for row in data["predicted"]["sum"]]
    opposite = data | {"predicted": {"sum": reversed_}}
    assert measured("rate-orders-splits", opposite).verdict == "fails"


def test_prediction_scale():
    assert measured("prediction-scale-sum", runs(scale=2.0)).value == pytest.approx(2)
    assert measured("prediction-scale-sum", runs(scale=2.0)).verdict == "holds"
    assert measured("prediction-scale-paper", runs(scale=0.05)).verdict == "fails"
    nowhere = runs(lambda size: False)
    assert measured("prediction-scale-sum", nowhere).verdict == "inconclusive"
    assert measured("steps-follow-rate-sum", nowhere).verdict == "inconclusive"
    assert measured("rate-orders-splits", nowhere).verdict == "inconclusive"


def test_networks_that_never_reach_it_are_not_left_out():
    data = runs()
    before = measured("steps-follow-rate-sum", data).value
    # The rows whose rate is the highest do not get there: against the claim.
    fastest = int(np.argmin([row[0] if row[0] else np.inf for row in data["predicted"]["sum"]]))
    steps = [[None] * len(row) if at == fastest else row for at, row in enumerate(data["steps"])]
    assert measured("steps-follow-rate-sum", data | {"steps": steps}).value < before - 0.1


def paths(n=8):
    steps = np.arange(0, 5001, 25)
    start = np.random.default_rng(0).standard_normal((n, 1, 10))
    line = predictions.standardised(np.arange(10.0))
    decay = np.exp(-steps / 300)[None, :, None]
    moving = predictions.standardised(decay * start + (1 - decay) * line)
    unit = {name: [value] * n for name, value in (("paper", 15e3), ("sum", 300.0), ("code", 150.0))}
    both = {"sum": moving[:6], "code": moving[:6]}
    return {
        "steps": steps,
        "seeds": range(n),
        "n_h": unit,
        "paths": both,
        "rqi": {name: np.ones((6, len(steps))) for name in both},
        "converged": {"sum": [3.0] * n, "code": [20.0] * n},
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


def test_theory_converges_in_units_of_its_own_rate():
    assert measured("three-n-h-theory-sum", paths()).verdict == "holds"
    assert measured("three-n-h-theory-code", paths()).verdict == "fails"


def test_networks_converge_in_units_of_a_normalisation():
    data = trained_paths()
    assert measured("three-n-h-network-sum", data).verdict == "holds"
    assert measured("three-n-h-network-paper", data).verdict == "fails"
    # Not reached is later than all others, not left out: the median is that of all eight.
    slow = [None, None, None, *range(900, 905)]
    found = measured("three-n-h-network-sum", data | {"rqi_step": slow})
    assert found.value == pytest.approx((903 + 904) / 2 / 300)
    assert (found.verdict, found.interval) == ("inconclusive", None)
    late = measured("three-n-h-network-sum", data | {"rqi_step": [None, *data["rqi_step"][1:]]})
    assert (late.verdict, late.note[:6]) == ("holds", "1 of 8")
    never = measured("three-n-h-network-sum", data | {"rqi_step": [None] * 8})
    assert (never.value, never.verdict) == ("not reached", "fails")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("ends-linear", {"line": [0.5] * 8}),
        ("trajectories-agree", {"alike": [0.2] * 8}),
        ("trajectories-agree", {"like_end": [0.99] * 8}),
        ("same-direction", {"line": [-0.99, 0.99] * 4}),
    ],
)
def test_trajectories(name, broken):
    data = trained_paths()
    assert measured(name, data).verdict == "holds"
    assert measured(name, data | broken).verdict == "fails"


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


def test_rate_is_zero_below_and_grows_above():
    assert measured("rate-zero-below", rates()).verdict == "holds"
    assert measured("rate-zero-below", rates(threshold=10)).verdict == "fails"
    assert measured("rate-grows-sum", rates()).verdict == "holds"
    assert measured("rate-grows-paper", rates(rising=False)).verdict == "fails"


def test_claims_rest_on_figures_of_this_room():
    assert {name for claim in predictions.CLAIMS for name in claim.needs} == set(FIGURE)
    assert len(CLAIM) == len(predictions.CLAIMS)


# Drawings


@pytest.mark.parametrize(
    ("figure", "data", "panels"),
    [
        ("fig4a", transition_of(size(10, 0.41, 0.4), size(20, 0.22, 0.219)), 3),
        ("fig4b", runs(), 2),
        ("fig4c", paths(), 7),
        ("fig4d", trained_paths(), 7),
        ("fig5a", rates(), 3),
        ("fig5b", runs(), 4),  # and a colour bar
    ],
)
def test_drawn(figure, data, panels):
    picture = FIGURE[figure].draw(result(figure, data))
    picture.draw_without_rendering()
    assert len(picture.axes) == panels
    assert all(axes.get_xlabel() or axes.get_ylabel() for axes in picture.axes)


def test_unreached_runs_are_triangles_at_the_top_and_no_number():
    data = runs(lambda size: size > 40)
    axes = FIGURE["fig4b"].draw(result("fig4b", data)).axes[0]
    censored = [line for line in axes.lines if line.get_marker() == "^"]
    drawn = sum(len(line.get_xdata()) for line in censored)
    assert drawn == sum(value is None for row in data["steps"] for value in row)
    assert all((np.array(line.get_ydata()) > data["budget"]).all() for line in censored)


def test_animation(monkeypatch):
    monkeypatch.setattr(drawings, "_frames", lambda rows: [0, rows - 1])
    moving = FIGURE["fig4d"].animate
    assert moving(result("fig4d", trained_paths()))[:6] == b"GIF89a"


def test_frames_begin_at_the_start_and_rest_at_the_end():
    frames = drawings._frames(201)
    assert frames[0] == 0
    assert frames[-10:] == [200] * 10
    assert frames == sorted(frames)
