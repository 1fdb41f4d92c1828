"""``grokphase settings``, and settings that cannot be meant."""

from __future__ import annotations

import json

import pytest

import grokphase as gp


def rows(grokphase, *words: str) -> dict[str, dict[str, object]]:
    """The listing by name."""
    found = json.loads(grokphase("settings", *words, "--json").out)
    return {row["setting"]: row for row in found["settings"]}


def test_all_settings_with_default_unit_meaning_and_what_is_allowed(grokphase) -> None:
    found = rows(grokphase, "modular-addition")
    rate = found["recipe.decoder.learning_rate"]
    assert (rate["default"], rate["unit"], rate["allowed"]) == (0.001, "per step", "number from 0")
    assert found["recipe.decoder.weight_decay"]["default"] == 1
    assert found["recipe.stop"]["allowed"] == "decided, sustained, budget"
    assert found["model.widths"]["default"] == [256]
    assert all(row["meaning"] and row["allowed"] for row in found.values())


def test_text_has_a_row_a_setting(grokphase) -> None:
    shown = grokphase("settings", "addition", "--quiet")
    header, *lines = [line.split("\t") for line in shown.out.splitlines()]
    assert header == ["setting", "default", "unit", "allowed", "meaning"]
    assert {len(line) for line in lines} == {5}
    assert [line[0] for line in lines] == list(rows(grokphase, "addition"))


def test_what_is_given_stands_beside_the_default(grokphase) -> None:
    row = rows(grokphase, "addition", "--set", "recipe.weight_decay=3")
    for group in ("embedding", "decoder"):
        found = row[f"recipe.{group}.weight_decay"]
        assert (found["default"], found["value"]) == (0, 3)
    none = rows(grokphase, "modular-addition", "--set", "model.dimension=none")
    assert none["recipe.embedding.weight_decay"]["no_effect"]


@pytest.mark.parametrize(
    ("value", "widths"), [("16", (16,)), ("16,16", (16, 16)), ("200,200,200", (200,) * 3)]
)
def test_layers_are_added_and_removed(grokphase, value: str, widths: tuple[int, ...]) -> None:
    found = rows(grokphase, "addition", "--set", f"model.widths={value}")
    assert found["model.widths"]["value"] == list(widths)
    spec = gp.training.replace(gp.run_spec("addition"), "model.widths", value)
    assert spec.id == gp.run_spec("addition", gp.Toy(widths=widths)).id


X, Y = ("--x", "split.fraction=0.5,0.6"), ("--y", "recipe.decoder.weight_decay=0,1")
WRONG = {
    "an axis": ("map", "addition", *X, *Y, "--set", "recipe.decoder.weight_decay=1"),
    "an axis by its shared name": ("map", "addition", *X, *Y, "--set", "recipe.weight_decay=1"),
    "an axis by an option": ("map", "addition", *X, "--y", "task.p=5,6", "--p", "5"),
    "an axis by its other name": ("map", "addition", *X, *Y, "--set", "split.count=30"),
    "steps twice": ("train", "addition", "--steps", "5", "--set", "recipe.steps=6"),
    "both of a split": ("train", "addition", *("--set", "split.count=30"), "--set",
                        "split.fraction=0.5"),
    "all and one": ("train", "addition", "--set", "recipe.beta1=0", "--set",
                    "recipe.decoder.beta1=0"),
    "a list and its part": ("train", "addition", "--set", "model.widths=9,9", "--set",
                            "model.widths.0=8"),
    "no embedding": ("train", "sparse-parity", "--set", "recipe.embedding.weight_decay=1"),
    "sgd": ("train", "addition", "--set", "recipe.optimizer=sgd", "--set", "recipe.beta2=0.9"),
    "none": ("train", "addition", "--set", "recipe.weight_decay=none"),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG.keys())
def test_what_would_be_lost_is_refused(grokphase, words: tuple[str, ...]) -> None:
    refused = grokphase(*words)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    named = words[-1].partition("=")[0]
    assert named.split(".")[-1] in refused.err


def test_the_largest_p_is_named(grokphase) -> None:
    assert "for example p=1000." in grokphase("train", "addition", "--p", "1000000").err


def test_a_batch_too_large_is_told_in_shell_words(grokphase) -> None:
    refused = grokphase("train", "addition", "--set", "recipe.batch=1000")
    assert "--set recipe.batch=45" in refused.err
