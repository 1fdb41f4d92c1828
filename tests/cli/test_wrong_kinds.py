"""Settings of a wrong kind or size: one sentence, exit code 2, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import files_in

from grokphase.cli.experiment import experiment_spec
from grokphase.cli.options import Experiment

ADDITION = ("train", "addition")
WRONG = {
    "dimension": (*ADDITION, "--set", "model.dimension=big"),
    "no dimension of a toy": (*ADDITION, "--set", "model.dimension=none"),
    "width": (*ADDITION, "--set", "model.widths.0=wide"),
    "no width": (*ADDITION, "--set", "model.widths.0=none"),
    "scale": (*ADDITION, "--set", "model.embedding_scale=small"),
    "activation": (*ADDITION, "--set", "model.activation=3"),
    "combination": (*ADDITION, "--set", "model.combine=1"),
    "path": ("train", "--table", "x.csv", "--set", "task.path=5"),
    "no rate": (*ADDITION, "--set", "recipe.decoder.learning_rate=none"),
    "no fraction": (*ADDITION, "--set", "split.fraction=none"),
    "width beyond memory": (*ADDITION, "--set", "model.widths.0=1000000000000"),
    "dimension beyond memory": (*ADDITION, "--set", "model.dimension=1000000000000"),
    "labels beyond memory": (*ADDITION, "--set", "task.target.dimension=1000000000000"),
    "samples beyond memory": ("train", "sparse-parity", "--set", "task.samples=1000000000000"),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_one_sentence_and_nothing_written(grokphase, tmp_path: Path, words: tuple[str, ...]):
    refused = grokphase(*words)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("grokphase: ")
    assert len(refused.err.splitlines()) == 1
    assert files_in(tmp_path) == []


@pytest.mark.slow
def test_one_hot_pairs_are_asked_for_by_none(grokphase):
    words = ("--p", "5", "--model", "mlp", "--set", "model.dimension=none", "--steps", "20")
    run = json.loads(grokphase("train", "modular-addition", *words, "--json").out)["runs"][0]
    assert run["spec"]["model"]["dimension"] is None


@pytest.mark.parametrize(
    ("settings", "delta"),
    [
        ((), 0.1),
        (("model.combine=product",), 0.5**0.5),
        (("recipe.steps=300", "model.combine=product"), 0.5**0.5),
        (("recipe.thresholds.rqi_delta=0.1", "model.combine=product"), 0.1),
    ],
)
def test_the_tolerance_of_the_rqi_is_that_of_the_model_as_set(
    settings: tuple[str, ...], delta: float
):
    spec = experiment_spec("addition", Experiment(settings=settings))
    assert spec.recipe.thresholds.rqi_delta == delta
