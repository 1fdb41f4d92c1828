"""Trainers and the specifications of their runs."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trainers.functions import LOGISTIC, logistic

import grokphase as gp
from grokphase.trainers import TrainerSpec
from grokphase.trainers.trainer import RESERVED, trainer_of
from grokphase.training import leaves, replace
from grokphase.training.asked import spec_of

SETTINGS = st.dictionaries(
    st.sampled_from(["lr", "wd", "width", "act", "opt.beta", "deep"]),
    st.one_of(st.integers(-9, 9), st.floats(-1, 1), st.text(max_size=3), st.booleans()),
    max_size=4,
)


def trainer(**defaults: Any) -> gp.Trainer:
    return gp.Trainer(logistic, defaults={**LOGISTIC, **defaults})


@given(SETTINGS, st.integers(0, 99))
def test_settings_and_seed_decide_the_identity(settings: dict[str, Any], seed: int) -> None:
    usual = gp.Trainer(logistic, defaults=settings, name="mine")
    spec = TrainerSpec.of(usual, {}, seed)
    again = TrainerSpec.of(gp.Trainer(logistic, defaults=settings, name="mine"), {}, seed)
    assert spec.id == again.id
    assert TrainerSpec.of(usual, {}, seed + 1).id != spec.id
    back = pickle.loads(cloudpickle.dumps(spec))
    assert (back.id, back.spec()) == (spec.id, spec.spec())
    for name in settings:
        assert spec.put([name], settings[name]).id == spec.id


def test_one_and_one_point_zero_are_one_setting() -> None:
    usual = trainer()
    assert TrainerSpec.of(usual, {"lr": 1}).id == TrainerSpec.of(usual, {"lr": 1.0}).id
    assert TrainerSpec.of(usual, {"every": 2.0}).settings["every"] == 2
    assert TrainerSpec.of(usual, {"lr": np.float64(0.5)}).settings["lr"] == 0.5


def test_its_settings_are_leaves_like_those_of_a_task() -> None:
    spec = spec_of(trainer(), steps=50)
    assert leaves(spec)["lr"] == 0.3
    assert spec.recipe.steps == 50
    assert replace(spec, "lr,wd", 0.5).spec()["wd"] == 0.5
    changed = replace(spec, "recipe.thresholds.validation_accuracy", 0.95)
    assert changed.recipe.thresholds.validation_accuracy == 0.95
    assert changed.id != spec.id


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate": 1}, r'"rate" is no setting of functions\.logistic; it has lr, wd.*'),
        ({"lrr": 1}, r'Did you mean "lr"'),
        ({"every": 1.5}, r"its default is the whole number 1"),
        ({"lr": "fast"}, r'lr = "fast" cannot be used; its default is the number 0\.3'),
        ({"steps": 0}, r"steps = 0 cannot be used"),
        ({"recipe.thresholds.rule": "<"}, r'thresholds.rule "<" is not known'),
        ({"lr": [1j]}, r"the setting lr = 1j cannot be used"),
    ],
)
def test_settings_that_cannot_be_are_a_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        TrainerSpec.of(trainer(), given)


@pytest.mark.parametrize(
    ("function", "options", "said"),
    [
        (3, {}, r"3 is no training function; write gp\.Trainer"),
        (
            lambda settings: None,
            {},
            r"<lambda>\(settings\) cannot .* write def train\(settings, rep",
        ),
        (logistic, {"defaults": [1]}, r"is no dictionary"),
        (logistic, {"defaults": {"phase": 1}}, r'"phase" cannot be a setting'),
        (logistic, {"defaults": {"seed": 1}}, r"there without being a default"),
        (logistic, {"defaults": {"l r": 1}}, r'"l r" cannot be the name'),
        (logistic, {"defaults": {"lr": float("nan")}}, r"lr = nan cannot be used"),
        (logistic, {"stop": "never"}, r'stop "never" is not known'),
        (logistic, {"limit": 0}, r"limit = 0 cannot be used"),
        (logistic, {"name": ""}, r"names nothing"),
        (logistic, {"thresholds": 0.9}, r"write thresholds=gp\.Thresholds"),
        ("nowhere.py:train", {}, r'no file "nowhere\.py"'),
        ("no_such_module:train", {}, r'"no_such_module" cannot be imported'),
        ("json:train", {}, r'module json has no "train"'),
        ("train", {}, r"no address of a training function"),
    ],
)
def test_what_is_no_trainer_is_a_sentence(
    function: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        gp.Trainer(function, **options)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_setting_takes_the_place_of_nothing_that_a_run_has(name: str) -> None:
    with pytest.raises(gp.GrokphaseError, match="cannot be a setting"):
        trainer(**{name: 1})


def test_a_script_says_its_defaults_or_makes_the_trainer(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import grokphase as gp\ndefaults = {'lr': 1.0}\n"
        "def train(settings, report): ...\n"
        "usual = gp.Trainer(train, defaults={'lr': 2.0}, limit=7)\nother = 3\n"
    )
    assert trainer_of(f"{path}:train").defaults == {"lr": 1.0}
    assert gp.Trainer(f"{path}:train", defaults={"wd": 0}).defaults == {"wd": 0}
    made = trainer_of(f"{path}:usual")
    assert (made.defaults, made.limit) == ({"lr": 2.0}, 7)
    for name, said in (("trian", 'Did you mean "train"'), ("other", "is no training function")):
        with pytest.raises(gp.GrokphaseError, match=said):
            trainer_of(f"{path}:{name}")
    path.write_text("import no_such_module\n")
    with pytest.raises(gp.GrokphaseError, match=r"cannot be run: ModuleNotFoundError"):
        trainer_of(f"{path}:train")


def test_what_is_for_tasks_is_refused() -> None:
    for options in ({"model": gp.Toy()}, {"recipe": gp.Recipe()}, {"split": 0.5}):
        with pytest.raises(gp.GrokphaseError, match=r"and functions\.logistic is a training"):
            spec_of(trainer(), **options)  # type: ignore[arg-type]


def test_without_defaults_any_setting_may_be_given() -> None:
    free = gp.Trainer(logistic)
    assert TrainerSpec.of(free, {"anything": 3}).settings == {"anything": 3}
    with pytest.raises(gp.GrokphaseError, match=r'"phase" is no setting'):
        TrainerSpec.of(free, {"phase": 3})
