"""Which runs the corpus holds: shares, draws, and families that keep apart."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase.corpora.families import (
    PLANNED,
    SPLITS,
    cells,
    cells_of,
    families,
    family,
    seeds,
)
from grokphase.errors import GrokphaseError

SOME = ("modular-addition/mlp", "addition/toy", "mnist/mlp", "quadratic-form/transformer")


def test_every_split_has_families_and_no_family_two():
    names = [each.name for each in families()]
    assert len(set(names)) == len(names)
    by_split = {split: [e.name for e in families() if e.split == split] for split in SPLITS}
    assert all(len(found) >= 3 for found in by_split.values())


def test_a_task_of_the_test_split_is_learned_by_no_other():
    """Only then has a forecaster never seen it: a task by another model would be half seen."""
    test = {e.name.split("/")[0] for e in families() if e.split == "test"}
    for task in test:
        splits = {e.split for e in families() if e.name.split("/")[0] == task}
        assert splits == {"test"}


@pytest.mark.parametrize("runs", [100, 3000, PLANNED])
def test_shares_come_to_the_runs_asked_for(runs: int):
    counts = cells_of(runs)
    assert set(counts) == {each.name for each in families()}
    total = seeds() * sum(counts.values())
    assert runs <= total <= runs + seeds() * len(counts)


def test_shares_are_those_stated():
    counts = cells_of(PLANNED)
    shares = np.array([counts[each.name] / each.cells for each in families()])
    assert shares.max() / shares.min() < 1.05


@pytest.mark.parametrize("runs", [3, PLANNED + 1])
def test_a_corpus_that_cannot_be_is_refused(runs: int):
    with pytest.raises(GrokphaseError, match="19 families and 10,000 planned"):
        cells_of(runs)


@pytest.mark.parametrize("name", SOME)
def test_a_larger_corpus_holds_a_smaller_one(name: str):
    few, many = ([*cells(family(name), n)] for n in (5, 40))
    assert few == many[:5]
    assert len({str(cell.settings) + str(cell.task) for cell in many}) == 40


@pytest.mark.parametrize("name", SOME)
def test_draws_stay_inside_their_ranges_and_fill_them(name: str):
    of = family(name)
    drawn = [*cells(of, 256)]
    for names, axis in of.drawn.items():
        first = names.split(",")[0]
        values = [cell.settings[first] for cell in drawn]
        if isinstance(axis, list):
            if isinstance(axis[0], list):  # a value for each of the names
                values = [[cell.settings[name] for name in names.split(",")] for cell in drawn]
            choices = [None if each == "none" else each for each in axis]
            counts = [values.count(each) for each in choices]
            assert sum(counts) == 256
            assert max(counts) - min(counts) <= 256 * 0.05
            continue
        numbers = np.array(values)
        some = numbers[numbers > 0]
        assert (some >= axis["from"] * 0.999).all()
        assert (some <= axis["to"] * 1.001).all()
        assert abs((numbers == 0).mean() - axis.get("zero", 0)) < 0.01
        middle = np.sqrt(axis["from"] * axis["to"])
        assert abs((some < middle).mean() - 0.5) < 0.02


def test_names_with_commas_share_a_value_or_take_one_each():
    settings = [cell.settings for cell in cells(family("modular-addition/mlp"), 32)]
    assert all(s["model.embedding_scale"] == s["model.decoder_scale"] for s in settings)
    pairs = {(s["recipe.beta1"], s["recipe.beta2"]) for s in settings}
    assert pairs == {(0.9, 0.98), (0.9, 0.999), (0.8, 0.95)}


def test_an_unknown_family_is_refused():
    with pytest.raises(GrokphaseError, match='no family "chess/mlp"'):
        family("chess/mlp")
