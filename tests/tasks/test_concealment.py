"""Concealed tasks: what is learned stays, bits that tell nothing follow."""

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.tasks import concealed, describe, hidden_parity, sparse_parity, task, vary
from grokphase.tasks.operations import MODULAR


@pytest.mark.parametrize("operation", MODULAR)
def test_an_operation_is_there_below_the_bits(operation):
    plain = task(operation, p=7)
    hidden = task(f"concealed-{operation}", p=7, spurious=12, samples=300)
    assert hidden.name == f"concealed-{operation}"
    assert describe(hidden.name).startswith(f"{hidden.name}: ")
    pairs = hidden.inputs[:, :14].reshape(300, 2, 7).argmax(axis=2)
    assert (hidden.inputs[:, :14].sum(axis=1) == 2).all()
    assert np.array_equal(plain.table[pairs[:, 0], pairs[:, 1]], hidden.labels)
    assert set(np.unique(hidden.inputs[:, 14:])) == {0.0, 1.0}


def test_more_bits_leave_the_rest_as_it_is():
    for few, many in (
        (concealed("modular-addition", spurious=5), concealed("modular-addition", spurious=21)),
        (hidden_parity(spurious=5), hidden_parity(spurious=21)),
    ):
        width = few.inputs.shape[1]
        assert np.array_equal(many.inputs[:, :width], few.inputs)
        assert np.array_equal(many.labels, few.labels)
        assert many.inputs.shape[1] == width + 16


def test_bits_tell_nothing_of_a_class():
    hidden = concealed("modular-addition", p=2, spurious=30, samples=20_000)
    means = [hidden.inputs[hidden.labels == k, 4:].mean(axis=0) for k in (0, 1)]
    assert np.abs(means[0] - means[1]).max() < 5 / np.sqrt(20_000)


def test_parity_without_bits_is_sparse_parity():
    plain, hidden = sparse_parity(12, 3, 100, 4), hidden_parity(12, 3, 0, 100, 4)
    assert np.array_equal(plain.inputs, hidden.inputs)
    assert np.array_equal(plain.labels, hidden.labels)


def test_concealment_can_be_an_axis():
    moved = vary(task("concealed-modular-subtraction"), "spurious", 30.0)
    assert moved == concealed("modular-subtraction", spurious=30)
    assert vary(hidden_parity(), "spurious", 3) == hidden_parity(spurious=3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: task("concealed-adition"), "There is no task 'concealed-adition'"),
        (lambda: task("concealed-S3"), "There is no task"),
        (lambda: concealed("modular-addition", spurious=-1), "spurious must be"),
        (lambda: hidden_parity(spurious=0.5), "spurious must be"),
        (lambda: hidden_parity(spurious=100_000, samples=2000), "write samples=999 or fewer"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(GrokphaseError, match=message):
        make()
