"""Advice: what it is fitted to, what it says, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grokphase.corpora.families import families
from grokphase.errors import GrokphaseError
from grokphase.forecasting import History
from grokphase.forecasting.advice import Change, advice_line, advise, effect, fitted, predicted
from grokphase.forecasting.advice_fit import constants
from grokphase.forecasting.cases import Case
from grokphase.mapping import advising
from grokphase.mapping.advising import Followed, summary
from grokphase.phases.times import Interval


def run(step=None, budget=8000, **settings) -> History:
    known = {
        "learning_rate": 3e-3,
        "weight_decay": 1.0,
        "fraction": 0.7,
        "initial_scale": 1.0,
        "decoupled": 1.0,
    }
    at = None if step is None or step > budget else Interval(step, step - 1, step)
    return History(
        [0, 10],
        {"train_loss": [1.0, 0.1], "train_accuracy": [0.1, 1.0]},
        known | settings,
        budget=budget,
        now=budget,
        validation_passage=at,
    )


@pytest.fixture(scope="module")
def lawful():
    """Runs whose step of generalization is a constant of the family over rate times decay."""
    draw = np.random.default_rng(1)
    cases = []
    for family, constant in (("a/mlp", 6.0), ("b/mlp", 9.0), ("c/mlp", 14.0), ("d/mlp", 7.0)):
        for number in range(16):
            rate, decay = 10 ** draw.uniform(-3, -2), 10 ** draw.uniform(-1, 0.7)
            step = constant / (rate * decay) * np.exp(0.1 * draw.standard_normal())
            settings = {
                "learning_rate": rate,
                "weight_decay": decay,
                "fraction": draw.choice([0.6, 0.7, 0.8]),
                "initial_scale": 10 ** draw.uniform(-0.3, 0.3),
            }
            history = run(int(step), 20_000, **settings)
            name = f"{family}#{number}"
            cases.append(Case(name, family, "train", name, history))
    return cases


@pytest.fixture(scope="module")
def found(lawful):
    """What is fitted to them; three fits, as each takes a moment."""
    return constants(lawful, 3)


def test_the_law_of_the_runs_is_what_is_advised(found):
    told = advise(run(), constants=found)
    best = {change.name: change for change in told.changes}
    decay = best["weight decay"]
    assert decay.after > decay.before
    assert decay.factor == pytest.approx(decay.before / decay.after, rel=0.2)
    assert decay.interval90[0] <= decay.factor <= decay.interval90[1]
    assert decay.chance_after >= decay.chance_before - 0.02  # what is offered makes none rarer
    assert all(change.factor < 1 for change in told.changes)
    assert "4 families" in told.basis
    assert any(each.startswith("batch") for each in told.unknown)


def test_a_family_has_a_level_of_its_own_that_drops_out(lawful, found):
    slower = [
        replace(case, history=run(3 * int(step.upper), 60_000, **case.history.settings))
        if case.family == "a/mlp" and (step := case.history.generalized) is not None
        else case
        for case in lawful
    ]
    known = {"learning_rate": 3e-3, "weight_decay": 1.0}
    shift = []
    for each in (found, constants(slower, 3)):
        more = predicted(known | {"weight_decay": 2.0}, each).log_step
        shift.append(np.median(more - predicted(known, each).log_step))
    assert shift[1] == pytest.approx(shift[0], abs=0.15)


def test_runs_of_gradient_descent_are_neither_fitted_nor_followed(lawful, found):
    descent = [
        replace(case, id=f"s{case.id}", family="s/sgd", history=run(100, decoupled=0.0))
        for case in lawful[:20]
    ]
    assert constants([*lawful, *descent], 3) == found
    quick = {each.name for each in families() if advising._is_quick(each)}
    assert "sparse-parity/mlp" in quick
    assert not {name for name in quick if name.endswith(("/sgd", "/toy")) or "mnist" in name}


def test_nothing_but_training_families_is_fitted(lawful):
    with pytest.raises(GrokphaseError, match="training families"):
        constants([*lawful, replace(lawful[0], split="test")])
    with pytest.raises(GrokphaseError, match="3 families or more"):
        constants([case for case in lawful if case.family < "c"])


@pytest.mark.parametrize(
    ("history", "says"),
    [
        (run(decoupled=0.0), "AdamW alone"),
        (run(accelerated=1.0), "without an accelerator"),
        (replace(run(), settings={"learning_rate": 1e-3}), "its weight decay is not known"),
        (replace(run(), curves={"train_loss": [1.0, np.inf]}), "diverged"),
        (run(learning_rate=10.0), "outside"),
    ],
)
def test_what_cannot_be_known_is_refused(history, says):
    told = advise(history)
    assert told.refused
    assert says in told.reason
    assert not told.changes
    assert advice_line(history) is None
    assert str(told).startswith("no advice")


@pytest.mark.parametrize(
    ("lever", "words", "value"),
    [
        ("fraction", "training fraction", 1.0),
        ("fraction", "training fraction", 0.0),
        ("initial_scale", "initial scale", 0.0),
    ],
)
def test_in_the_place_of_what_is_outside_of_the_corpus_is_the_usual(lever, words, value):
    told, without = advise(run(**{lever: value})), run()
    del without.settings[lever]
    assert told.changes == advise(without).changes != ()
    assert told.unknown[1].startswith(f"{words}: {value:g} is outside of the corpus")


def test_a_budget_is_a_whole_number_from_1():
    for budget in (0, -5, 0.5):
        with pytest.raises(GrokphaseError, match=f"budget = {budget} cannot be used"):
            advise(run(), budget)
    with pytest.raises(GrokphaseError, match="budget = 0 cannot be used"):
        run(budget=0)


def test_words_of_a_factor_are_of_its_size():
    assert effect(0.5) == "about halves the wait"
    assert effect(0.33) == "cuts the wait to about a third"
    change = Change("recipe.weight_decay", "weight decay", 1.0, 2.0, 0.5, (0.3, 0.8), 0.5, 0.6)
    assert "50 % -> 60 %" in str(change)


def test_following_is_counted_against_what_chance_does():
    near = "x/mlp", "weight decay 1 -> 2", 0.5, (0.3, 0.8)
    told = summary(
        [
            Followed(*near, 4000, 2000, 5000, 8000),  # as advised
            Followed(*near, 4000, 3900, 3000, 8000),  # earlier, but not so much
            Followed(*near, None, None, None, 8000),  # nothing to compare
            Followed(*near, 4000, None, 4000, 8000),  # lost
        ],
        asked=5,
    )
    assert (told["pairs"], told["earlier"], told["earlier_by_chance"]) == (3, 2, 1)
    assert (told["both"], told["inside"]) == (2, 1)
    assert told["steps_before"] == 3 * 4000 + 8000
    assert told["steps_after"] == 2000 + 3900 + 2 * 8000
    told = summary([Followed(*near, 0, 50, 0, 8000), Followed(*near, 50, 0, 50, 8000)], asked=2)
    assert (told["earlier"], told["both"], told["median_factor"]) == (1, 1, 0.0)  # of 0 is none


def test_the_page_tells_what_following_came_to():
    page = (Path(__file__).parents[2] / "docs" / "advice.md").read_text(encoding="utf-8")
    kept = [Followed(**each) for each in fitted()["followed"]["runs"]]
    names = list(dict.fromkeys(each.family for each in kept))
    assert "".join(f" {name.removesuffix('/mlp')} |" for name in names) + " all |" in page
    of = [[each for each in kept if each.family == name] for name in names] + [kept]
    told = [summary(runs, asked=len(runs)) for runs in of]
    assert told[-1] == fitted()["followed"]
    rows = {
        "runs that were asked, and all were advised": [each["advised"] for each in told],
        "of these generalized, as they were or as advised": [each["pairs"] for each in told],
        "earlier as advised": [each["earlier"] or "-" for each in told],
        "earlier with another seed alone": [each["earlier_by_chance"] or "-" for each in told],
        "step as advised over step as it was, median": [
            f"{each['median_factor']:.2f}" if each["both"] else "-" for each in told
        ],
        "inside the 90 % interval": [
            f"{each['inside']} of {each['both']}" if each["both"] else "-" for each in told
        ],
        "steps to generalization or budget, as they were": [
            f"{each['steps_before']:,}" for each in told
        ],
        "the same as advised": [f"{each['steps_after']:,}" for each in told],
    }
    for name, cells in rows.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
        said = [cell.strip() for cell in line.replace("*", "").split("|")[2:-1]]
        assert [each.split(" of ")[0] for each in said] == [
            str(cell).split(" of ")[0] for cell in cells
        ], name
