"""Greatest common divisors: digits, labels, their distribution."""

import math

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import gcd


@pytest.mark.parametrize(("base", "largest"), [(2, 7), (10, 100), (30, 29), (7, 50)])
def test_numbers_can_be_read_off_their_digits(base, largest):
    task = gcd(base=base, largest=largest, samples=49)
    hot = task.inputs.reshape(49, 2, -1, base)
    assert (hot.sum(axis=-1) == 1).all()
    digits = hot.argmax(axis=-1)
    numbers = digits @ base ** np.arange(digits.shape[-1])[::-1]
    assert 1 <= numbers.min() <= numbers.max() <= largest
    assert [math.gcd(a, b) - 1 for a, b in numbers.tolist()] == task.labels.tolist()
    assert len(np.unique(numbers, axis=0)) == 49
    assert digits.shape[-1] == len(np.base_repr(largest, base))


def test_all_pairs_of_large_numbers_have_the_shares_of_cesaro():
    task = gcd(largest=1000, samples=100_000)
    shares = np.bincount(task.labels)[:5] / len(task)
    assert np.allclose(shares, [6 / (math.pi * k) ** 2 for k in range(1, 6)], atol=0.006)


def test_the_seed_draws_the_pairs():
    assert gcd(seed=1) == gcd(seed=1) != gcd(seed=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base": 1}, "base must be a whole number from 2"),
        ({"largest": 1}, "largest must be"),
        ({"largest": 3, "samples": 10}, "only 9 pairs"),
        ({"base": 10_000, "samples": 10**5}, "write samples=5000 or fewer"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        gcd(**options)
