"""The processor by name, from what the system says of it."""

from __future__ import annotations

import pytest

from grokphase.store.provenance import BITS, kind_of
from grokphase.training import checkpoint
from grokphase.training.results import environment
from grokphase.workers.processor import described, processor

AMD = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD  EPYC 9R14
flags\t\t: fpu sse4_2 avx avx2 fma avx512f avx512bw

processor\t: 1
model name\t: another
"""
ARM = """processor\t: 0
Features\t: fp asimd sve
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""


def test_name_family_and_widest_instructions_on_linux():
    assert described(AMD) == {
        "processor": "AMD EPYC 9R14 (family 25, model 17)",
        "instructions": "avx512f",
    }
    assert described(AMD.replace("avx512f ", ""))["instructions"] == "avx2"


def test_arm_has_numbers_instead_of_a_name():
    found = described(ARM)
    assert found["processor"].endswith("(implementer 0x41, part 0xd40)")
    assert found["instructions"] == "sve"


@pytest.mark.parametrize("text", ["", "nonsense", "model name\t:\n"])
def test_without_any_word_the_machine_is_named(text: str):
    assert all(described(text).values())


def test_every_run_says_on_what_its_bits_depend():
    assert set(kind_of(environment())) == set(BITS) - {"threads", "torch"}  # of others' functions
    assert processor().items() <= environment().items()


@pytest.mark.parametrize("name", ["python", "platform", "grokphase", "numpy"])
def test_a_checkpoint_outlives_what_bits_do_not_depend_on(name: str, monkeypatch):
    before = checkpoint.described()
    monkeypatch.setattr(checkpoint, "environment", lambda: environment() | {name: "another"})
    assert checkpoint.described() == before


@pytest.mark.parametrize("name", BITS)
def test_a_checkpoint_of_another_kind_is_not_continued(name: str, monkeypatch):
    before = checkpoint.described()
    monkeypatch.setattr(checkpoint, "environment", lambda: environment() | {name: "another"})
    assert checkpoint.described() != before
