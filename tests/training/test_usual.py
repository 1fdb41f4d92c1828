"""What is not said is the task's usual value, whichever way in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import pytest

import grokphase as gp
from grokphase.cli import main
from grokphase.tasks import names
from grokphase.training.sweep import Sweep

FROM_FILES = ("table", "cifar10", "imagenette", "imdb", "smiles")
NAMES = [name for name in names() if name not in FROM_FILES]
BUDGET = 2000
AXES = "recipe.decoder.beta1=0.9,0.95", "recipe.embedding.beta1=0.9,0.95"


class Halted(gp.GrokphaseError):
    """Raised in place of training."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], str]:
    """The id of the first run that a call would train."""
    seen: list[str] = []

    def train(self: Sweep, specs: Any, *judges: Any) -> None:
        seen.append(specs[0].id)
        raise Halted("no training here")

    monkeypatch.setattr(Sweep, "run", train)
    monkeypatch.setattr(Sweep, "outcomes", train)

    def first(call: Callable[[], Any]) -> str:
        seen.clear()
        with contextlib.suppress(Halted):
            call()
        (run,) = seen
        return run

    return first


@pytest.mark.parametrize("name", NAMES)
def test_every_way_in_gives_the_same_run(name: str, asked, tmp_path) -> None:
    task = gp.task(name)
    ways = {
        gp.run_spec(name, steps=BUDGET).id,
        gp.run_spec(task, recipe=gp.Recipe(steps=BUDGET)).id,
        gp.run_spec(name, recipe=gp.recipe(name, steps=BUDGET)).id,
        gp.run_spec(name, recipe=gp.Recipe(decoder=gp.Group(beta1=0.9)), steps=BUDGET).id,
        asked(lambda: gp.train(name, steps=BUDGET)),
        asked(lambda: gp.train(name, recipe=gp.Recipe(steps=BUDGET))),
        asked(lambda: main(["train", name, "--steps", str(BUDGET), *kept(tmp_path)])),
    }
    assert len(ways) == 1


def kept(folder: Any) -> list[str]:
    """Where a command may write."""
    return ["--store", str(folder / "store"), "--out", str(folder / "out"), "--quiet"]


@pytest.mark.parametrize("name", ["addition", "modular-addition", "S3", "D5"])
def test_maps_give_it_too(name: str, asked, tmp_path) -> None:
    x, y = AXES  # whose first values are the usual ones
    ways = {
        gp.run_spec(name, steps=BUDGET).id,
        asked(lambda: gp.phase_map(name, x=x, y=y, steps=BUDGET)),
        asked(lambda: gp.phase_map(name, recipe=gp.Recipe(steps=BUDGET), x=x, y=y)),
        asked(
            lambda: main(["map", name, "--x", x, "--y", y, "--steps", str(BUDGET), *kept(tmp_path)])
        ),
    }
    assert len(ways) == 1


MODELS = {
    "toy": gp.Toy(combine="concatenation"),
    "mlp": gp.MLP(dimension=8),
    "one-hot": gp.MLP(dimension=None),
    "module": eqx.nn.Linear(2, 6, key=jax.random.key(0)),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_models_given_by_hand_have_their_usual_recipe(model: Any, asked) -> None:
    ways = {
        gp.run_spec("S3", model, steps=BUDGET).id,
        gp.run_spec("S3", model, gp.recipe("S3", model, steps=BUDGET)).id,
        asked(lambda: gp.train("S3", model, steps=BUDGET)),
    }
    assert len(ways) == 1


@pytest.mark.parametrize(("kind", "model"), [("toy", gp.Toy()), ("mlp", gp.MLP())])
def test_models_named_in_the_shell_have_it_too(kind: str, model: Any, asked, tmp_path) -> None:
    named = asked(lambda: main(["train", "modular-addition", "--model", kind, *kept(tmp_path)]))
    assert named == gp.run_spec("modular-addition", model).id


def test_a_group_without_decay_is_the_usual_one_otherwise() -> None:
    spec = gp.run_spec("modular-addition", recipe=gp.Recipe(decoder=gp.Group(weight_decay=0)))
    usual = gp.recipe("modular-addition")
    assert spec.recipe.decoder == gp.Group(1e-3, 0.0, 0.9, 0.98, 1e-8)
    assert spec.recipe.embedding == usual.embedding
    assert spec.recipe.steps == usual.steps == 20_000


def test_a_setting_of_all_parameters() -> None:
    both = gp.recipe("modular-addition", weight_decay=0)
    assert (both.embedding.weight_decay, both.decoder.weight_decay) == (0, 0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gp.recipe("S3", weigth_decay=0), 'Did you mean "weight_decay"'),
        (lambda: gp.recipe("S3", beta1=0.5, decoder=gp.Group(beta1=0.9)), "give it once"),
        (lambda: gp.train("S3", recipe=gp.Recipe(steps=5), steps=6), "two budgets"),
        (lambda: gp.train("S3", seed=3.5), "seed must be a whole number"),
        (lambda: gp.train("S3", steps=7.5), "whole number"),
        (lambda: gp.task("addition", p=10.5), "p must be a whole number"),
        (lambda: gp.Split(count=4.5), "count must be a whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        call()


def test_what_is_left_open_is_settled_by_the_task() -> None:
    open_one = gp.Recipe()
    assert (open_one.batch, open_one.evaluate_every, open_one.thresholds) == (None, None, None)
    assert open_one.spec()["thresholds"] is None
    toy, images = (gp.run_spec(name, recipe=open_one).recipe for name in ("addition", "mnist"))
    assert (toy.batch, toy.evaluate_every, toy.loss) == (None, 1, "mse")
    assert toy.thresholds == gp.Thresholds(rqi_delta=toy.thresholds.rqi_delta)
    assert (images.batch, images.evaluate_every, images.loss) == (200, 100, "mse")
    given = gp.Recipe(batch=7, evaluate_every=3, thresholds=gp.Thresholds(train_accuracy=0.8))
    kept = gp.run_spec("mnist", recipe=given).recipe
    assert (kept.batch, kept.evaluate_every) == (7, 3)
    assert (kept.thresholds.train_accuracy, kept.thresholds.validation_accuracy) == (0.8, 0.9)
