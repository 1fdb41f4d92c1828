"""MNIST from the shell: the preset, folders of images, and where the last layer is an axis."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import grokphase as gp
from grokphase.tasks.idx import written

LAST = "recipe.decoder.learning_rate"
SMALL = ("--set", "model.widths=8,8", "--set", "split.count=20", "--set", "recipe.batch=20")


@pytest.fixture
def clothes(tmp_path: Path) -> Path:
    """Sixty images of four pixels, the last twenty for test, whose brightest is their class."""
    folder = tmp_path / "clothes"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for part, many in (("train", 40), ("t10k", 20)):
        pixels = generator.integers(0, 256, (many, 2, 2), dtype=np.uint8)
        classes = pixels.reshape(many, 4).argmax(axis=1).astype(np.uint8)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(written(pixels))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(written(classes))
    return folder


def test_the_preset_is_the_papers_and_says_so():
    spec = gp.run_spec("mnist")
    assert spec.model == gp.MLP(None, (200, 200), decoder_scale=9, decoder="last")
    recipe = spec.recipe
    assert (recipe.loss, recipe.optimizer, recipe.batch) == ("mse", "adamw", 200)
    assert (recipe.decoder.learning_rate, recipe.embedding.learning_rate) == (1e-3, 1e-3)
    assert recipe.thresholds == gp.Thresholds(validation_accuracy=0.6, rqi_delta=0.1)
    train, validation = spec.split.indices(spec.task, spec.seed)
    assert (len(train), len(validation), train.max() < 2000) == (1000, 10_000, True)
    assert gp.run_spec("mnist", recipe=gp.Recipe(loss="cross-entropy")).recipe.batch == 200


def test_images_are_mapped_over_the_rate_of_their_last_layer(grokphase, clothes: Path):
    axes = ("--x", f"{LAST}=0,1e-2", "--y", "recipe.weight_decay=0,1", "--steps", "50")
    options = ("--workers", "1", "--keep-weights", "final", "--json")
    shown = grokphase("map", "mnist", "--idx", clothes, *SMALL, *axes, *options)
    found = json.loads(shown.out)
    told = found["task"]
    assert "40 samples and 20 of its own test set, of 4 features, 4 classes" in told
    assert found["preset"][0].startswith("Usual setting of mnist: that of liu2022-mnist, but ")
    assert any(
        "Inferred, model.decoder_scale: 9, of biases too" in line for line in found["preset"]
    )
    runs = [run["id"] for run in json.loads(grokphase("runs", "ls", "--json").out)]
    with gp.open("grokphase-store") as store:
        records = store.records(runs, weights=True)
    assert [record.counts["validation_samples"] for record in records] == [20] * 4
    spec = gp.run_spec(gp.tasks.mnist(clothes), gp.MLP(None, (8, 8), decoder_scale=9), split=20)
    first, second, last = spec.model.build(spec.task, gp.tasks.stream(58, "initial")).decoder
    for record in records:
        rate = record.spec["recipe"]["decoder"]["learning_rate"]
        kept = np.array_equal(record.weights["decoder.0.weight"], last.weight)
        assert kept == (rate == 0)
        assert not np.array_equal(record.weights["encoder.0.weight"], first.weight)
        assert not np.array_equal(record.weights["encoder.1.weight"], second.weight)


def test_no_number_of_test_images_means_all_of_them(grokphase) -> None:
    few = ("--set", "split.count=30", "--set", "recipe.batch=30", "--steps", "1", "--json")
    shown = grokphase("train", "mnist", "--set", "task.test=none", *few)
    assert shown.code == 0
    (run,) = json.loads(shown.out)["runs"]
    assert run["spec"]["task"]["test"] == 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--idx", "nowhere"), '"nowhere" is no folder with a file train-images-idx3-ubyte'),
        (("addition", "--idx", "nowhere"), "a name and --idx are given"),
        (("--table", "a.csv", "--idx", "nowhere"), "--table and --idx are given"),
        ((), "none of these is given"),
        (("mnist", "--set", "task.test=10001"), "test must be a whole number from 1 to 10000"),
        (("mnist", "--set", "split.count=3000"), "is more than there are: train from 1 to 2000"),
        (("mnist", "--set", "split.count=100"), "--set recipe.batch=100"),
        (("mnist", "--set", "recipe.batch=none"), "write as many as are trained"),
        (("mnist", "--set", "split.keep=together"), "a test set of its own"),
        (("mnist", "--set", "recipe.evaluate_every=none"), "it must be a number"),
        (("mnist", "--set", "model.embedding_scale=2"), "has no embedding"),
        (("mnist", "--model", "toy"), "has no symbols to embed"),
        (("my.py:train", "--idx", "nowhere"), "--idx is for tasks"),
    ],
)
def test_what_cannot_be_is_one_sentence(grokphase, words: tuple[str, ...], said: str):
    shown = grokphase("train", *words)
    assert shown.code == 2
    assert said in shown.err
    assert len(shown.err.strip().splitlines()) == 1
    assert "Traceback" not in shown.err
