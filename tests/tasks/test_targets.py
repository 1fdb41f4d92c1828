"""Targets and their label vectors."""

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import Classification, Regression, addition, label_vectors


def test_label_vectors_are_standard_normal_times_the_scale():
    wide = addition(100, target=Regression(dimension=200, scale=3.0))
    vectors = label_vectors(wide, 58)
    assert vectors.shape == (199, 200)
    assert vectors.dtype == np.float32
    assert abs(vectors.mean()) < 5 * 3 / np.sqrt(vectors.size)
    assert abs(vectors.std() / 3 - 1) < 5 / np.sqrt(2 * vectors.size)


def test_the_scale_only_scales_and_the_seed_draws():
    one, two = (addition(target=Regression(scale=scale)) for scale in (1.0, 2.0))
    assert np.array_equal(2 * label_vectors(one, 58), label_vectors(two, 58))
    assert np.array_equal(label_vectors(one, 58), label_vectors(one, 58))
    assert not np.array_equal(label_vectors(one, 58), label_vectors(one, 59))


def test_given_vectors_win():
    given = np.arange(19 * 7, dtype=np.float64).reshape(19, 7)
    toy = addition(target=Regression(vectors=given))
    assert toy.outputs == 7
    assert np.array_equal(label_vectors(toy, 58), given)
    given[0, 0] = 99
    assert label_vectors(toy, 58)[0, 0] == 0


def test_targets_are_equal_by_what_they_say():
    vectors = np.eye(19)
    assert Regression() == Regression(30, 1)
    assert Regression(vectors=vectors) == Regression(vectors=vectors.astype(np.float32))
    assert hash(Regression(vectors=vectors)) == hash(Regression(vectors=vectors.tolist()))
    assert Regression(vectors=vectors) != Regression(vectors=2 * vectors)
    assert Regression() != Classification()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dimension": 0}, "dimension must be a whole number from 1 to 100000"),
        ({"dimension": 10**12}, "from 1 to 100000"),
        ({"dimension": 2.5}, "dimension must be"),
        ({"scale": 0.0}, "finite number > 0"),
        ({"scale": float("nan")}, "finite number > 0, not nan"),
        ({"scale": float("inf")}, "finite number > 0"),
        ({"scale": "large"}, "finite number > 0"),
        ({"vectors": [1.0, 2.0]}, "matrix of finite numbers"),
        ({"vectors": []}, "matrix of finite numbers"),
        ({"vectors": [[1.0, np.nan]]}, "matrix of finite numbers"),
        ({"vectors": [["a"]]}, "array of numbers"),
        ({"vectors": [[1.0, 0.0], [1.0, 0.0]]}, "are the same"),
    ],
)
def test_impossible_targets_are_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        Regression(**options)


def test_vectors_must_be_one_for_each_class():
    with pytest.raises(GrokphaseError, match=r"19 classes, but 3 label vectors.*\(19, dimension\)"):
        addition(target=Regression(vectors=np.eye(3)))
    with pytest.raises(GrokphaseError, match='target="regression"'):
        label_vectors(addition(target="classification"), 58)
