"""Figures 3 and 10: accuracies, bounds, the least training set, and claims that can fail."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from grokphase import studies, theory
from grokphase.plain import plain
from grokphase.studies import judging
from grokphase.studies.figure import FigureResult
from grokphase.studies.given import Given, Trained
from grokphase.studies.liu2022 import accuracy, baselines, settings
from grokphase.studies.liu2022.baselines import ideal_models
from grokphase.studies.liu2022.least import least_determining
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
    study = studies.study("liu2022")
    (claim,) = study.select_claims(name)
    results = [
        FigureResult("liu2022", figure, "quick", "", plain(data), 25, 1, 1.0, "0", "", "")
        for figure in claim.needs
    ]
    return judging.measured(study, claim, results)


def runs(value):
    return np.full(len(SIZES) * len(SEEDS), value)


def test_every_claim_is_decided_on_runs_that_fulfil_it():
    for claim in studies.study("liu2022").claims:
        if {"fig3", "fig10"} & set(claim.needs):
            found = measured(claim.id, made_up())
            # Five seeds cannot show a share of 95 %.
            expected = "inconclusive" if "95%" in claim.tolerance else "holds"
            assert found.verdict == expected, claim.id


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


def many_runs(sizes, seeds):
    """Training sets as in Figure 10, with what they imply, and nothing said of the networks."""
    size, seed = np.repeat(sizes, len(seeds)), np.tile(seeds, len(sizes))
    toy = settings.toy()
    trained = [Split(count=s).indices(toy, k)[0] for s, k in zip(size, seed, strict=True)]
    implied = np.array([theory.ideal_rqi(toy, train) for train in trained])
    names = ("accuracy", "ideal_accuracy", "predicted_code", "predicted_paper")
    return {
        "samples": 55,
        "size": size,
        "seed": seed,
        **{name: size / 55 for name in names},
        "ideal_rqi": implied,
        **{f"rqi_{name}": implied for name in ("code", "paper")},
        **{f"unexplained_{name}": np.zeros(len(size)) for name in ("code", "paper")},
    }


def test_an_ideal_model_does_not_keep_to_the_bounds_under_any_delta():
    """Random embeddings on the ground states: of every hundred, nine and forty do not."""
    table = baselines.principle({"fig10": many_runs((10, 15, 18, 20), range(5))})
    share = {
        name: table["expected"][table["convention"] == name].mean() for name in ("code", "paper")
    }
    assert 0.4 < share["code"] < 0.75
    assert 0.8 < share["paper"] < 0.97


def test_networks_that_are_ideal_models_are_not_told_from_them():
    """Once such networks failed: the bar was 95 %, which an ideal model does not reach."""
    data, toy = many_runs((10, 15, 18, 20, 22), range(20)), settings.toy()
    extra = np.array(
        [
            ideal_models(toy, tuple(Split(count=s).indices(toy, k)[0].tolist()), int(k))[
                "code"
            ].extra[0]
            for s, k in zip(data["size"], data["seed"], strict=True)
        ]
    )
    data["unexplained_code"], data["rqi_code"] = extra, data["ideal_rqi"] + extra / 70
    for name in ("alexander-principle-code", "rqi-bound-code"):
        found = measured(name, data)
        assert found.interval[0] < 0 < found.interval[1]
        assert found.verdict != "fails"
        assert f"{extra.sum():,.0f} too many" in found.note
    worse = measured("alexander-principle-code", data | {"unexplained_code": extra + 1})
    assert worse.verdict == "fails"


def test_a_guesser_exceeds_what_can_be_deduced():
    """A fair guess among 19 sums of each sample that is left: exact, and by simulation."""
    ideal, left = [25 / 55, 50 / 55, 1.0], [30, 5, 0]
    data = {"seed": [0, 1, 2], "accuracy": ideal, "ideal_accuracy": ideal, "samples": 55}
    table = baselines.accuracy({"fig10": data})
    assert table["guessed"] * 19 == pytest.approx(left)
    random = np.random.default_rng(0)
    for kept, many in zip(table["expected"], left, strict=True):
        wrong = (random.integers(0, 19, (20_000, many)) != 0).all(axis=1)
        assert wrong.mean() == pytest.approx(kept, abs=0.015)


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
    record = SimpleNamespace(
        final={"train_accuracy": 1.0, "validation_accuracy": (validation // 2) / validation},
        weights={"embedding": np.asarray(embedding, np.float32)[:, None]},
    )
    return Trained({"size": size}, settings.sized(size, seed), record)


def test_runs_are_measured_as_the_theory_says(rng):
    toy = settings.toy()
    runs = [
        finished(20, 0, rng.standard_normal(10)),
        finished(45, 1, 3 + 2 * np.arange(10)),
    ]
    data = accuracy.bounds(Given("quick", {}, runs))
    assert (data["size"], data["seed"]) == ([20, 45], [0, 1])
    sets = [Split(count=size).indices(toy, seed)[0] for size, seed in ((20, 0), (45, 1))]
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


def test_runs_above_a_bound_are_counted_for_the_picture():
    data = made_up(ideal_rqi=runs(0.4), ideal_accuracy=runs(0.0))
    counted = accuracy.exceeding(data)
    assert (counted["above_rqi_code"], counted["above_accuracy"], counted["runs"]) == (25, 25, 25)
    apart = accuracy.differences(made_up(predicted_code=np.array(data["accuracy"]) - 0.1))
    assert (apart["apart_code"], apart["apart_paper"]) == pytest.approx((0.1, 0.0))
