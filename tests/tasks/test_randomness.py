"""Streams are pinned: a changed value would change every run that was ever recorded."""

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import stream


def test_first_values_are_those_recorded():
    assert stream(58, "split").permutation(55)[:6].tolist() == [6, 39, 8, 25, 7, 3]
    assert stream(58, "initial").random(2).tolist() == [0.106547639971181, 0.5178047764059729]
    assert stream(2**40, "batches").integers(0, 1000, 3).tolist() == [734, 334, 476]
    expected = [-1.7134585291476636, -0.2568102895032288, -1.8255339898202025]
    np.testing.assert_allclose(stream(0, "labels").normal(size=3), expected, rtol=1e-14)


def test_streams_of_one_seed_are_uncorrelated():
    names = ("labels", "split", "initial", "batches")
    drawn = np.stack([stream(7, name).normal(size=20_000) for name in names])
    correlations = np.corrcoef(drawn) - np.eye(4)
    assert np.abs(correlations).max() < 5 / np.sqrt(20_000)


def test_a_stream_always_starts_at_its_beginning():
    stream(3, "initial").random(1000)
    assert stream(3, "initial").random() == stream(3.0, "initial").random()
    assert stream(3, "initial").random() != stream(4, "initial").random()


@pytest.mark.parametrize("seed", [-1, 0.5, float("nan"), "58", None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(GrokphaseError, match="seed must be a whole number >= 0"):
        stream(seed, "split")
