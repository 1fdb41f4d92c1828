"""Whole numbers, in every option of every verb."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from grokphase.cli.app import _RUNS, _THEORY, _VERBS, build_app

VERBS: dict[str, Callable[..., int]] = {
    **_VERBS,
    **{f"runs {word}": verb for word, verb in _RUNS.items()},
    **{f"theory {word}": verb for word, verb in _THEORY.items()},
}
# What a verb cannot do without.
NEEDED = {
    "map": ["addition", "--x", "split.fraction=0.5,0.6", "--y", "recipe.steps=1,2"],
    "train": ["addition"],
    "settings": ["addition"],
    "reproduce": ["liu2022/fig4a"],
    "runs show": ["1a2b"],
    "runs query": ["SELECT 1"],
    "runs export": ["runs.csv"],
}


def options(of: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Names and types of all options of a verb, those of shared groups of options too."""
    hints = typing.get_type_hints(of, include_extras=True)
    names = (
        [field.name for field in fields(of)]
        if is_dataclass(of)
        else inspect.signature(of).parameters
    )
    for name in names:
        plain = (
            typing.get_args(hints[name])[0] if hasattr(hints[name], "__metadata__") else hints[name]
        )
        if is_dataclass(plain):
            yield from options(plain)
        else:
            yield name, plain


WHOLE = [
    (words, name)
    for words, verb in VERBS.items()
    for name, kind in options(verb)
    if kind in (int, int | None) and kind is not bool
]


def test_options_are_found() -> None:
    assert {name for _, name in WHOLE} >= {"p", "steps", "seed", "workers", "limit", "trials"}
    assert len(WHOLE) > 20


@pytest.mark.parametrize(("words", "name"), WHOLE)
@pytest.mark.parametrize("given", ["10.6", "nan", "ten"])
def test_what_is_no_whole_number_is_refused_in_one_sentence(
    grokphase, words: str, name: str, given: str
) -> None:
    refused = grokphase(*words.split(), *NEEDED.get(words, []), f"--{name}", given)
    assert (refused.code, refused.out) == (2, "")
    assert f'--{name} "{given}" is not a whole number; write --{name} ' in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.parametrize(("words", "name"), WHOLE)
@pytest.mark.parametrize(("given", "number"), [("1e5", 100_000), ("3.0", 3), ("12", 12)])
def test_whole_numbers_are_read_however_they_are_written(
    words: str, name: str, given: str, number: int
) -> None:
    typed = [*words.split(), *NEEDED.get(words, []), f"--{name}", given]
    _, bound, _ = build_app().parse_args(typed, exit_on_error=False, print_error=False)
    groups = [value for value in bound.arguments.values() if is_dataclass(value)]
    values = [bound.arguments.get(name), *(getattr(group, name, None) for group in groups)]
    assert number in values
    assert {type(value) for value in values if value == number} == {int}


@pytest.mark.parametrize("given", ["2.5", "0,1.5", "x"])
def test_seeds_too(grokphase, given: str) -> None:
    refused = grokphase("train", "addition", "--seeds", given)
    assert refused.code == 2
    assert "is not a whole number" in refused.err


@pytest.mark.parametrize(
    "setting",
    [
        "recipe.steps=7.5",
        "recipe.batch=10.5",
        "recipe.thresholds.delay=0.5",
        "task.p=10.6",
        "split.count=45.5",
        "split.seed=1.5",
        "model.widths=16.5",
        "model.widths.0=16.5",
        "model.dimension=1.5",
        "task.target.dimension=2.5",
        "recipe.record_every=1.5",
    ],
)
def test_settings_too(grokphase, setting: str) -> None:
    refused = grokphase("train", "addition", "--set", setting)
    assert (refused.code, refused.out) == (2, "")
    assert "whole number" in refused.err
