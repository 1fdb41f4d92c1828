"""Validation samples that are trained too: counted as pair by pair, said, and kept together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.tasks import Regression, Split, Task, addition, from_table, task
from grokphase.tasks.leaks import leak_sentence, leaks_of
from grokphase.tasks.repeats import same_inputs

DRAWN = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=30
)


def task_of(samples: list[tuple[int, int, int]]) -> Task:
    """A task drawn with replacement, whose samples may repeat and contradict one another."""
    inputs = [sample[:2] for sample in samples]
    return Task("drawn", inputs, [label for *_, label in samples], 3, symbols=4)


@given(DRAWN, st.integers(0, 5), st.booleans())
def test_every_sample_is_what_a_look_at_each_pair_says(samples, seed, symmetric):
    drawn = task_of(samples)
    train, validation = Split(fraction=0.5).indices(drawn, seed)
    repeated = swapped = contradicted = 0
    new = []
    for v in validation:
        a, b, label = samples[v]
        same = [samples[t][2] for t in train if samples[t][:2] == (a, b)]
        mirror = [samples[t][2] for t in train if samples[t][:2] == (b, a)] if symmetric else []
        new.append(not same and not mirror)
        if label in same:
            repeated += 1
        elif label in mirror:
            swapped += 1
        elif same or mirror:
            contradicted += 1
    found = leaks_of(drawn, train, validation, symmetric=symmetric)
    assert (found.repeated, found.swapped, found.contradicted) == (repeated, swapped, contradicted)
    assert found.new.tolist() == new
    assert found.differs == (0 < sum(new) < len(new))
    assert sum(new) + repeated + swapped + contradicted == len(validation)


@given(DRAWN, st.integers(1, 29), st.integers(0, 5))
def test_kept_together_no_input_stands_on_both_sides(samples, count, seed):
    drawn = task_of(samples)
    group = same_inputs(drawn, swapped=True)
    sizes = np.bincount(group)
    count = min(count, len(samples) - 1)
    few = min(count, len(samples) - count)
    if sizes.min() > few:
        with pytest.raises(GrokphaseError, match="kept together"):
            Split(count=count, keep="together").indices(drawn, seed)
        return
    train, validation = Split(count=count, keep="together").indices(drawn, seed)
    assert sorted([*train, *validation]) == list(range(len(samples)))
    assert not set(group[train]) & set(group[validation])
    small, large = (train, validation) if few == count else (validation, train)
    assert len(small) <= few
    assert (sizes[np.unique(group[large])] > few - len(small)).all(), "another group would have fit"
    found = leaks_of(drawn, train, validation, symmetric=True)
    assert found.new.all()
    assert leak_sentence([found.counts()]) is None


@pytest.mark.parametrize("count", [1, 30, 45, 46, 98, 99])
def test_the_count_is_reached_where_it_can_be(count):
    """Of ordered pairs ten are their own mirror, so that one sample more or less always fits."""
    ordered = addition(10, pairs="ordered")
    for seed in range(50):
        train, _ = Split(count=count, keep="together").indices(ordered, seed)
        assert len(train) == count
        shown = {tuple(pair) for pair in ordered.inputs[train].tolist()}
        assert all((b, a) in shown for a, b in shown)


def test_kept_together_is_part_of_the_spec_only_where_asked():
    assert Split(count=9).spec() == {"count": 9}
    assert Split(count=9, keep="together").spec() == {"count": 9, "keep": "together"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"count": 9, "keep": "apart"}, 'keep is "together"'),
        ({"count": 9, "keep": True}, "split.keep=together"),
        ({"train": [0, 1], "keep": "together"}, "leave out train or keep"),
    ],
)
def test_other_ways_to_keep_are_refused(options, said):
    with pytest.raises(GrokphaseError, match=said):
        Split(**options)


def test_features_are_compared_as_numbers():
    """Plus and minus zero are one number, and rows of features have no swapped twin."""
    rows = Task("rows", [[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]], [0, 0, 1], 2)
    assert same_inputs(rows, swapped=True).tolist() == [0, 0, 1]


def test_swapped_operands_of_a_random_symmetric_table_are_a_leak_for_sums_alone():
    drawn = np.random.default_rng(0).integers(0, 12, (12, 12))
    table = np.triu(drawn) + np.triu(drawn, 1).T
    ordered = from_table(table)
    train, validation = Split(fraction=0.95).indices(ordered, seed=0)
    found = leaks_of(ordered, train, validation, symmetric=True)
    mirrors = {tuple(pair) for pair in ordered.inputs[train][:, ::-1].tolist()}
    expected = sum(tuple(pair) in mirrors for pair in ordered.inputs[validation].tolist())
    assert (found.swapped, found.repeated, found.contradicted) == (expected, 0, 0)
    assert expected > 3
    assert leaks_of(ordered, train, validation, symmetric=False).new.all()


def test_a_group_that_does_not_commute_is_contradicted():
    group = task("S3")
    train, validation = Split(count=24).indices(group, seed=0)
    found = leaks_of(group, train, validation, symmetric=True)
    assert found.contradicted > 0
    assert "another result" in (leak_sentence([found.counts()]) or "")


def test_results_that_an_output_can_both_be_right_about_are_one():
    inputs = np.array([[0.0], [0.0], [0.0], [1.0]])
    results = np.array([[1.0], [1.2], [3.0], [2.0]])
    target = Regression(vectors=results, tolerance=0.1)
    given = Task("function", inputs, np.arange(4), 4, target=target)
    found = leaks_of(given, np.array([0, 3]), np.array([1, 2]), symmetric=False)
    assert (found.repeated, found.contradicted) == (1, 1)
    assert not found.new.any()


def test_molecules_drawn_twice_are_told_and_not_contradicted():
    molecules = task("molecules")
    train, validation = Split(fraction=0.5).indices(molecules, seed=58)
    found = leaks_of(molecules, train, validation, symmetric=False)
    assert found.contradicted == 0
    assert found.repeated == 2


def test_one_sentence_for_all_runs_with_the_range_of_their_shares():
    base = {"train_samples": 70, "validation_samples": 30}
    runs = [
        base | {"new_validation_samples": 7, "repeated_validation_samples": 23},
        base | {"new_validation_samples": 9, "repeated_validation_samples": 21},
        base,
    ]
    said = leak_sentence(runs)
    assert said is not None
    assert said.startswith("Leak: 0 to 23 of 30 validation samples (0 to 76.7 %) are trained too;")
    assert "new_validation_accuracy leaves them out" in said
    assert "split.keep=together" in said
    assert leak_sentence([base, {}]) is None
    other = {"validation_samples": 10, "repeated_validation_samples": 10}
    said = leak_sentence([runs[0], other]) or ""
    assert said.startswith("Leak: 76.7 to 100 % of the validation samples are trained too;")
    assert "none is new" in (leak_sentence([other]) or "")
