"""The task object: its spec, equality, displays, and data of a user's own."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import Regression, Task, addition, group, names, sparse_parity, task


def every_task():
    files = ("table", "cifar10", "imagenette", "imdb", "smiles")
    return [task(name) for name in names() if name not in files]


def test_equal_tasks_have_equal_specs_that_survive_json():
    tasks, others = every_task(), every_task()
    for one, again in zip(tasks, others, strict=True):
        assert one == again
        assert hash(one) == hash(again)
        assert json.loads(json.dumps(one.spec())) == again.spec()
    assert len({*tasks, *others}) == len(tasks)


def test_the_spec_of_the_toy():
    spec = addition(10).spec()
    assert spec.pop("data") == {
        "sha256": "0ef24ee4ec6f4fe9f8adef85edf47da284101718b2e68e85fd4a29077465f5d0"
    }
    assert spec == {
        "name": "addition",
        "p": 10,
        "pairs": "unordered",
        "target": {"kind": "regression", "dimension": 30, "scale": 1.0},
    }


def test_changed_data_change_the_spec():
    toy = addition(10)
    noisy = np.array(toy.labels)
    noisy[0] = 7
    assert dataclasses.replace(toy, labels=noisy) != toy
    assert dataclasses.replace(toy, target=Regression(dimension=5)) != toy
    assert dataclasses.replace(toy) == toy


def test_classes_and_symbols_that_no_sample_shows_change_the_spec():
    parts = ("ball", [[0.5, 1.0], [2.0, 3.0]], [0, 1])
    pairs = ("pairs", [[0, 1], [1, 0]], [0, 1], 2)
    assert Task(*parts, 2) != Task(*parts, 5)
    assert Task(*pairs, symbols=2) != Task(*pairs, symbols=9)
    # The digest that this task had before either was a part of it.
    assert Task(*parts, 2).spec()["data"]["sha256"] == BALL


BALL = "d3aed78cb21dd39ab0a6a2917bd28e922b1df180d7d1b76699e6f125ad208c1a"


def test_a_pickled_task_is_the_same():
    toy = group("S3")
    copy = pickle.loads(pickle.dumps(toy))
    assert copy == toy
    assert copy.properties == toy.properties


def test_displays_fit_a_screen():
    for one in [*every_task(), task("S5")]:
        lines = repr(one).splitlines()
        assert len(lines) <= 14
        assert max(map(len, lines)) <= 110
        assert one._repr_html_().count("<tr>") == len(lines) - 1
    assert "55 unordered pairs of 10 symbols" in repr(addition())
    assert "1000 samples of 40 features" in repr(sparse_parity())


def test_the_name_is_escaped_in_html():
    odd = Task("<b>", [[0, 1], [1, 0]], [0, 1], 2)
    assert "&lt;b&gt;" in odd._repr_html_()


def test_data_of_a_users_own():
    own = Task("own", [[0.5, 1.5], [2, 3]], [0, 1], 2)
    assert own.inputs.dtype == np.float32
    assert own.labels.dtype == np.int32
    assert (own.properties, own.outputs, len(own)) == (None, 2, 2)
    table = Task("t", [[0, 0], [1, 1]], [0, 1], 2, symbols=2, table=[[0, 1], [1, 1]])
    assert table.properties.commutative
    assert table.results.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": [[0, 1], [2]]}, "inputs must be an array of numbers"),
        ({"inputs": [0, 1]}, "inputs of shape"),
        ({"inputs": np.zeros((0, 2)), "labels": []}, "with n >= 1"),
        ({"inputs": [[0, 2], [1, 0]]}, "symbols from 0 to 1"),
        ({"inputs": [[0, 0.5], [1, 0]]}, "inputs must be whole numbers"),
        ({"inputs": [[0, np.nan], [1, 0]]}, "inputs must be whole numbers"),
        ({"inputs": [[0, np.nan], [1, 0]], "symbols": None}, "finite"),
        ({"labels": [0, 2]}, "classes from 0 to 1"),
        ({"labels": [0, 0.5]}, "labels must be whole numbers"),
        ({"labels": [0, 2**33]}, "labels must be whole numbers that fit int32"),
        ({"labels": [0]}, "n labels"),
        ({"classes": 0}, "classes must be"),
        ({"symbols": 0}, "symbols must be"),
        ({"pairs": "some"}, "pairs is"),
        ({"target": "clasification"}, "Did you mean"),
        ({"table": [[0, 1]]}, r"shape \(2, 2\)"),
        ({"table": [[0, 1], [1, 5]]}, "hold classes from 0 to 1"),
        ({"table": [[0, 1], [1, 0]], "results": [0, 1, 2]}, "one result for each of 2"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    parts = {"inputs": [[0, 1], [1, 0]], "labels": [0, 1], "classes": 2, "symbols": 2}
    with pytest.raises(GrokphaseError, match=message):
        Task("own", **{**parts, **changes})
