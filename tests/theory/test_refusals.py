"""What cannot be used is refused in one sentence that says what can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from grokphase import theory
from grokphase.errors import GrokphaseError
from grokphase.tasks import task

TOY = task("addition", p=10)
START = np.random.default_rng(0).uniform(-0.5, 0.5, 10)
PAIR = theory.Pair(np.eye(3, 2), np.zeros(3), np.ones(2), -np.ones(2))


def pair_flow(pair: theory.Pair = PAIR, label: object = (0, 1, 2), times: object = (0, 1)) -> None:
    theory.pair_flow(pair, label, times, decoder_rate=0.1, embedding_rate=1.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: theory.integrate(START, [10, 0], TOY), r"ascend, unlike \[10, 0\]"),
        (lambda: theory.integrate(START, [0, 1, 1], TOY), "ascend"),
        (lambda: theory.law_critical_fraction(10, probability=2), "below 1, not 2"),
        (lambda: theory.law_critical_fraction(10, probability=0), "below 1, not 0"),
        (lambda: theory.law_critical_fraction(10, probability=1e-5), "not 1e-05"),
        (lambda: theory.null_dimension(TOY, modulus=2.5), "prime.*2.5 is not"),
        (lambda: theory.time_to_rqi(START, TOY, horizon=0), "horizon must be .* above 0, not 0"),
        (lambda: pair_flow(PAIR._replace(first=np.ones(3))), r"not \(3, 2\), \(3,\), \(3,\)"),
        (lambda: pair_flow(label=[0.0, 1.0]), r"and \(2,\)"),
        (lambda: pair_flow(times=[1, 0]), "ascend"),
        (lambda: theory.untouched(10, 2.0), "from 0 to 1, .* not 2.0"),
        (lambda: theory.untouched(10, float("nan")), "from 0 to 1"),
        (lambda: theory.untouched_of(4, 11), "how many of the 10 samples .* not 11"),
        (lambda: theory.untouched_of(4, 2.5), "count must be a whole number"),
        (lambda: theory.law_probability(-1, 0.2), "p must be a whole number >= 1, not -1"),
        (lambda: theory.law_probability(10, [0.2, -0.1]), "from 0 to 1, .* not -0.1"),
        (lambda: theory.clopper_pearson(5, 3), "from 0 to the number of trials, 3, not 5"),
        (lambda: theory.clopper_pearson(np.array([1, -1]), 3), "from 0 to"),
        *[
            (lambda eta=eta: theory.grokking_rate(TOY, None, eta=eta), "eta must be .* above 0")
            for eta in (0, -1, float("inf"), float("nan"), None)
        ],
        (lambda: theory.rate_distribution(TOY, count=45, eta=0.0), "eta must be .* above 0"),
        (lambda: theory.rate_distribution(TOY, count=45, eta=-1e-3), "not -0.001"),
    ],
)
def test_what_cannot_be_used_is_refused(given: Callable[[], object], said: str):
    with pytest.raises(GrokphaseError, match=said):
        given()


def test_the_limits_themselves_can_be_used():
    assert theory.untouched(10, 1.0) == pytest.approx(0, abs=1e-12)
    assert theory.law_critical_fraction(10, probability=1.001 * np.exp(-10)) < 0.01
    assert theory.law_critical_fraction(10, probability=1 - 1e-9) < 1
    assert theory.clopper_pearson(3, 3)[1] == 1
    np.testing.assert_allclose(theory.integrate(START, 1e-9, TOY)[0, :, 0], START, atol=1e-8)
    pair_flow()


def test_the_start_alone_can_be_asked_for():
    np.testing.assert_array_equal(theory.integrate(START, [0], TOY)[0, :, 0], START)
    alone = theory.pair_flow(PAIR, [0, 1, 2], [0], decoder_rate=0.1, embedding_rate=1.0)
    np.testing.assert_array_equal(alone.first[0], PAIR.first)
