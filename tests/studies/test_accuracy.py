"""Figures 3 and 10: accuracies, bounds, the least training set, and claims that can fail."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from grokphase import theory
from grokphase.studies.figure import FigureResult, plain
from grokphase.studies.liu2022 import accuracy, settings
from grokphase.studies.liu2022.baselines import (
    guessers_exceed,
    ideal_models,
    ideals,
    left_to_guess,
)
from grokphase.studies.liu2022.least import least_determining
from grokphase.studies.work import Work
from grokphase.tasks import Split, stream, task
from grokphase.theory.bulk import are_determined

SEEDS, SIZES = range(5), (10, 20, 30, 40, 50)


def made_up(**columns):
    """Runs that are predicted exactly and lie within all bounds, but for what is given."""
    size = np.repeat(SIZES, len(SEEDS))
    seed = np.tile(SEEDS, len(SIZES))
    memorized = size / 55
    # Gains that differ between runs, so that their correlation is defined.
    right = memorized + (1 - memorized) * np.linspace(0.1, 0.8, len(size))
    data = {
        "samples": 55,
        "size": size,
        "seed": seed,
        "accuracy": right,
        "predicted_code": right,
        "predicted_paper": right,
        "ideal_rqi": np.full(len(size), 0.9),
        "ideal_accuracy": np.full(len(size), 0.99),
        "rqi_code": np.full(len(size), 0.5),
        "rqi_paper": np.full(len(size), 0.5),
        "unexplained_code": np.zeros(len(size)),
        "unexplained_paper": np.zeros(len(size)),
        "chance": 0.03,
        "least": 10,
        "least_set": [[4, 4]],
    }
    return plain({**data, **columns})


def measured(name, data):
    (claim,) = (one for one in accuracy.CLAIMS if one.id == name)
    return claim.measure({"fig3": data, "fig10": data})


def runs(value):
    return np.full(len(SIZES) * len(SEEDS), value)


def result(figure, data):
    return FigureResult("liu2022", figure, "quick", "Five seeds.", data, 25, 1, 1.0, "0", "", "")


def test_every_claim_is_decided_on_runs_that_fulfil_it():
    for claim in accuracy.CLAIMS:
        found = measured(claim.id, made_up())
        # Five seeds cannot show a share of 95 %.
        expected = {"inconclusive"} if "95%" in claim.tolerance else {"holds"}
        assert {found.verdict} == expected, claim.id


@pytest.mark.parametrize("size", [8, 20, 30])
def test_ideal_models_have_what_is_implied_and_what_is_near(size):
    """One by one, as the theory says, the same embeddings of the same training set."""
    toy, seed, draws = settings.toy(), 4, 20
    train = Split(count=size).indices(toy, seed)[0]
    found = ideal_models(toy, tuple(train.tolist()), seed, draws)
    basis = theory.null_space(toy, train)
    states = stream(seed, "theory").standard_normal((draws, 10)) @ basis @ basis.T
    implied = {tuple(pair) for pair in theory.implied_parallelograms(toy, train).tolist()}
    for convention in ("code", "paper"):
        ideal = found[convention]
        assert ideal.possible == 70 - len(implied)
        for state, extra, predicted in zip(states, ideal.extra, ideal.predicted, strict=True):
            pairs = theory.realised_parallelograms(state, toy, convention=convention).tolist()
            assert extra == sum(tuple(pair) not in implied for pair in pairs)
            assert predicted == pytest.approx(
                theory.predicted_accuracy(state, toy, train, convention=convention)
            )


def test_an_ideal_model_does_not_keep_to_the_bounds_under_any_delta():
    """Random embeddings on the ground states: of every hundred, nine and forty do not."""
    size = np.repeat((10, 15, 18, 20), 5)
    data = {"size": size.tolist(), "seed": np.tile(range(5), 4).tolist()}
    share = {
        name: np.mean([(one.extra == 0).mean() for one in ideals(data, name)])
        for name in ("code", "paper")
    }
    assert 0.4 < share["code"] < 0.75
    assert 0.8 < share["paper"] < 0.97


def test_networks_that_are_ideal_models_are_not_told_from_them():
    """Once such networks failed: the bar was 95 %, which an ideal model does not reach."""
    sizes, seeds = (10, 15, 18, 20, 22), range(20)
    data = {
        "samples": 55,
        "size": np.repeat(sizes, len(seeds)).tolist(),
        "seed": np.tile(seeds, len(sizes)).tolist(),
    }
    toy = settings.toy()
    trained = [
        Split(count=size).indices(toy, seed)[0]
        for size, seed in zip(data["size"], data["seed"], strict=True)
    ]
    data["ideal_rqi"] = [theory.ideal_rqi(toy, train) for train in trained]
    extra = np.array([one.extra[0] for one in ideals(data, "code")])
    data["unexplained_code"] = extra
    data["rqi_code"] = np.array(data["ideal_rqi"]) + extra / 70
    for name in ("alexander-principle-code", "rqi-bound-code"):
        found = measured(name, data)
        assert found.interval[0] < 0 < found.interval[1]
        assert found.verdict != "fails"
        assert "of ideal models" in found.note
    worse = measured("alexander-principle-code", data | {"unexplained_code": extra + 1})
    assert worse.verdict == "fails"


def test_a_guesser_exceeds_what_can_be_deduced():
    """A fair guess among 19 sums of each sample that is left: exact, and by simulation."""
    data = {"ideal_accuracy": [25 / 55, 50 / 55, 1.0], "samples": 55}
    assert left_to_guess(data).tolist() == [30, 5, 0]
    expected = guessers_exceed(data, 19)
    random = np.random.default_rng(0)
    for chance, left in zip(expected, (30, 5, 0), strict=True):
        guessed = (random.integers(0, 19, (20_000, left)) == 0).any(axis=1)
        assert guessed.mean() == pytest.approx(chance, abs=0.015)


def test_guessers_are_no_violation_of_the_accuracy_bound():
    seeds, bound = np.repeat(np.arange(20), 5), np.full(100, 30 / 55)
    lucky = np.random.default_rng(1).binomial(25, 1 / 19, 100)
    data = {"samples": 55, "seed": seeds, "ideal_accuracy": bound}
    found = measured("accuracy-bound", data | {"accuracy": bound + lucky / 55})
    assert found.interval[0] < 0 < found.interval[1]
    assert f"{lucky.sum()} samples too many" in found.note
    better = measured("accuracy-bound", data | {"accuracy": bound + 1 / 55})
    assert better.verdict == "fails"
    absolute = measured("accuracy-bound-absolute", data | {"accuracy": bound + lucky / 55})
    assert absolute.value == pytest.approx((lucky == 0).mean())
    assert absolute.verdict == "fails"
    assert "one who guesses reaches" in absolute.note


def true_bounds():
    """What the training sets of the made-up runs imply."""
    toy = settings.toy()
    return [
        theory.ideal_accuracy(toy, Split(count=size).indices(toy, seed)[0])
        for size in SIZES
        for seed in SEEDS
    ]


@pytest.mark.parametrize(
    ("claim", "columns"),
    [
        ("predicted-accuracy-code", {"predicted_code": runs(0.1)}),
        ("predicted-accuracy-paper", {"predicted_paper": np.tile([0.0, 1.0, 0.0, 1.0, 0.0], 5)}),
        ("predicted-gain-code", {"predicted_code": 1 - np.array(made_up()["accuracy"])}),
        ("predicted-lower-bound-code", {"predicted_code": runs(1.0)}),
        ("predicted-upper-bound-code", {"predicted_code": runs(0.0)}),
        ("alexander-principle-code", {"unexplained_code": runs(3)}),
        ("rqi-bound-code", {"ideal_rqi": runs(0.4)}),
        ("rqi-bound-absolute-code", {"ideal_rqi": runs(0.4)}),
        (
            "predicted-accuracy-bound-code",
            {"ideal_accuracy": true_bounds(), "predicted_code": runs(1.0)},
        ),
        ("accuracy-bound", {"ideal_accuracy": runs(0.0)}),
        ("accuracy-bound-absolute", {"ideal_accuracy": runs(0.0)}),
        ("far-from-ideal-code", {"rqi_code": runs(0.95)}),
    ],
)
def test_a_claim_fails_on_runs_that_contradict_it(claim, columns):
    assert measured(claim, made_up(**columns)).verdict in {"fails", "inconclusive"}
    if claim not in {"predicted-accuracy-code"}:  # of a constant there is no correlation
        assert measured(claim, made_up(**columns)).verdict == "fails"


@pytest.mark.parametrize(
    ("claim", "columns"),
    [
        ("alexander-principle-code", {"ideal_rqi": runs(1.0)}),
        ("rqi-bound-paper", {"ideal_rqi": runs(1.0)}),
        ("rqi-bound-absolute", {"ideal_rqi": runs(1.0)}),
        ("predicted-accuracy-bound-code", {"ideal_accuracy": runs(1.0)}),
        ("predicted-accuracy-bound-code", {"predicted_code": np.repeat(SIZES, 5) / 55}),
        ("accuracy-bound", {"ideal_accuracy": runs(1.0)}),
        ("accuracy-bound-absolute", {"ideal_accuracy": runs(1.0)}),
    ],
)
def test_runs_that_cannot_break_a_bound_do_not_count(claim, columns):
    assert measured(claim, made_up(**columns)).value == "no such run"


def test_accuracies_that_correlate_and_differ_do_not_agree():
    far = np.array(made_up()["accuracy"]) - 0.2
    found = measured("predicted-accuracy-code", made_up(predicted_code=far))
    assert found.value == pytest.approx(1)
    assert found.verdict == "fails"


def test_the_least_set_of_six_symbols_is_the_least_of_all_sets():
    six = task("addition", p=6)
    least = least_determining(six)
    assert theory.is_determined(six, least)
    fewer = np.array(list(combinations(range(len(six)), len(least) - 1)))
    masks = np.zeros((len(fewer), len(six)), bool)
    np.put_along_axis(masks, fewer, True, axis=1)
    assert not are_determined(six, masks).any()


@pytest.mark.parametrize("p", [4, 6, 8, 10])
def test_an_even_number_of_symbols_needs_as_many_samples(p):
    assert len(least_determining(task("addition", p=p))) == p


def test_random_embeddings_have_parallelograms_by_chance_within_the_tolerance_of_the_code():
    code, paper = (accuracy.random_quality(each, draws=60) for each in ("code", "paper"))
    assert 0.02 < code.mean() < 0.05  # of a normal variable of deviation 2, within 0.1
    assert paper.mean() < 0.01


def finished(size, seed, embedding):
    """What is left of a run: its final embedding and its accuracies."""
    validation = 55 - size
    return SimpleNamespace(
        seed=seed,
        spec={"split": {"count": size}},
        final={"train_accuracy": 1.0, "validation_accuracy": (validation // 2) / validation},
        weights={"embedding": np.asarray(embedding, np.float32)[:, None]},
    )


def test_runs_are_measured_as_the_theory_says(monkeypatch, rng):
    toy = settings.toy()
    records = {
        (20, 0): finished(20, 0, rng.standard_normal(10)),
        (45, 1): finished(45, 1, 3 + 2 * np.arange(10)),
    }
    monkeypatch.setattr(settings, "sized_runs", lambda work: records)
    monkeypatch.setattr(accuracy, "random_quality", lambda convention: np.zeros(1))
    data = accuracy.bounds(Work("quick"))
    sets = [Split(count=size).indices(toy, seed)[0] for size, seed in records]
    assert data["ideal_rqi"] == pytest.approx([theory.ideal_rqi(toy, train) for train in sets])
    assert data["ideal_accuracy"] == pytest.approx(
        [theory.ideal_accuracy(toy, train) for train in sets]
    )
    # All training samples and half of the others.
    assert data["accuracy"] == pytest.approx([(20 + 17) / 55, (45 + 5) / 55])
    # A linear embedding has everything; seen sums are predicted, and nothing is unexplained.
    seen = np.isin(toy.labels, toy.labels[sets[1]]).mean()
    for convention in ("code", "paper"):
        assert data[f"rqi_{convention}"][1] == 1
        assert data[f"predicted_{convention}"][1] == pytest.approx(seen)
        assert data[f"unexplained_{convention}"][1] == 70 * (1 - data["ideal_rqi"][1])
    # A random one has what chance gives it, and nothing of it follows from the data.
    assert data["unexplained_code"][0] == pytest.approx(70 * data["rqi_code"][0], abs=1)


def test_the_accuracy_figure_asks_for_the_shared_runs_alone(monkeypatch):
    asked = []
    work = Work("quick")
    monkeypatch.setattr(
        work,
        "train",
        lambda specs, weights: [
            asked.append(spec) or finished(spec.split.count, spec.seed, np.arange(10))
            for spec in specs
        ],
    )
    data = accuracy.agreement(work)
    assert len(asked) == len(data["accuracy"]) == len(settings.SIZES) * len(settings.seeds(work))
    assert {spec.recipe.steps for spec in asked} == {10_000}


@pytest.mark.parametrize("draw", ["fig3", "fig10"])
def test_figures_are_drawn(draw):
    (figure,) = (one for one in accuracy.FIGURES if one.id == draw)
    picture = figure.draw(result(draw, made_up()))
    picture.draw_without_rendering()
    assert len(picture.axes) == {"fig3": 3, "fig10": 6}[draw]
    assert "Five seeds." in picture.get_supxlabel()


def test_the_forbidden_runs_are_counted_in_the_picture():
    data = made_up(ideal_rqi=runs(0.4), ideal_accuracy=runs(0.0))
    axes = accuracy.draw_bounds(result("fig10", data)).axes
    assert "25 (code" in axes[2].texts[0].get_text()
    assert axes[5].texts[0].get_text().endswith("25")
