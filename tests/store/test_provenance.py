"""Runs of several kinds: grouped by what their bits depend on, and told in a sentence."""

from __future__ import annotations

import pytest

from grokphase.store.provenance import BITS, kind_of, kinds_sentence

HERE = {
    "grokphase": "0.1.0",
    "jax": "0.10.1",
    "jaxlib": "0.10.1",
    "python": "3.12.1",
    "platform": "Linux",
    "processor": "AMD EPYC",
    "instructions": "avx512f",
    "device": "cpu",
    "xla_threads": "1",
    "numerics": "3",
    "finished": "2026-11-28",
}


@pytest.mark.parametrize("name", HERE)
def test_a_kind_is_another_only_by_what_bits_depend_on(name: str):
    other = HERE | {name: "another"}
    said = kinds_sentence([HERE, other, HERE])
    assert (said is not None) == (name in BITS)
    if said is not None:
        assert said.startswith("Runs of 2 kinds meet")
        assert "another" in said


def test_runs_of_one_kind_or_none_are_no_news():
    assert kinds_sentence([]) is None
    assert kinds_sentence([HERE]) is None
    assert kinds_sentence([HERE, {}]) is None, "a run whose provenance is not known"


def test_the_greater_number_comes_first_and_what_was_not_recorded_is_said():
    old = {"jax": "0.10.0", "device": "cpu", "numerics": "3"}
    assert kinds_sentence([old, *[HERE] * 1200]) == (
        "Runs of 2 kinds meet, whose last bits may differ: 1,200 on AMD EPYC, jax 0.10.1, avx512f, "
        "XLA threads 1, jaxlib 0.10.1; 1 on processor not recorded, jax 0.10.0, "
        "instructions not recorded, XLA threads not recorded, jaxlib not recorded"
    )


def test_kinds_take_no_memory_a_run():
    assert kind_of(dict(HERE)) is kind_of(HERE | {"finished": "2027-01-01"})
