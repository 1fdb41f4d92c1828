"""First-passage and sustained times against brute force."""

from __future__ import annotations

from fractions import Fraction

import jax.numpy as jnp
from hypothesis import given
from hypothesis import strategies as st

from grokphase.training.events import Events, required_count


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 8))
def test_times_are_those_of_brute_force(holds: list[bool], sustain: int) -> None:
    events = Events.none()
    for step, now in enumerate(holds):
        events = events.update(jnp.array([now, True, False]), jnp.int32(step), jnp.int32(sustain))
    first = next((t for t, now in enumerate(holds) if now), -1)
    sustained = next(
        (
            t
            for t in range(len(holds) - sustain)
            if all(holds[t : t + sustain + 1]) and (t == 0 or not holds[t - 1])
        ),
        -1,
    )
    assert events.first.tolist() == [first, 0, -1]
    assert events.sustained.tolist()[0] == sustained
    assert events.sustained.tolist()[2] == -1
    lost = next((t for t, now in enumerate(holds) if not now and -1 < first < t), -1)
    fallen = next((t for t, now in enumerate(holds) if not now and -1 < sustained < t), -1)
    assert events.lost.tolist() == [lost, -1, -1]
    assert events.sustained_lost.tolist() == [fallen, -1, -1]
    assert fallen == -1 or fallen > sustained + sustain


@given(st.integers(1, 10_000), st.integers(0, 1000), st.sampled_from([">", ">="]))
def test_required_count_is_the_least_that_passes(total: int, thousandths: int, rule: str) -> None:
    threshold = thousandths / 1000
    exact = Fraction(thousandths, 1000)
    count = required_count(total, threshold, rule)  # type: ignore[arg-type]

    def passes(c: int) -> bool:
        share = Fraction(c, total)
        return share > exact if rule == ">" else share >= exact

    assert passes(count)
    assert not passes(count - 1)


def test_ten_validation_samples_tell_the_two_rules_apart() -> None:
    assert required_count(10, 0.9, ">") == 10
    assert required_count(10, 0.9, ">=") == 9


def test_the_phase_is_decided_when_both_accuracies_have_passed_once() -> None:
    events = Events.none().update(jnp.array([True, False, False]), jnp.int32(3), jnp.int32(10))
    assert not events.decided()
    events = events.update(jnp.array([False, True, False]), jnp.int32(4), jnp.int32(10))
    assert events.decided()
    assert not events.both_sustained()
