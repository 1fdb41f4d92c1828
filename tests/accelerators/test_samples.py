"""Commutative augmentation: who is trained, what is no test any more, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase.accelerators.commutative import CommutativeAugmentation, mirrors
from grokphase.errors import GrokphaseError
from grokphase.tasks import Split, addition, task
from grokphase.training.leaks import leaks

ARM = CommutativeAugmentation()


def test_every_mirror_is_trained_once():
    ring = task("modular-multiplication", p=11)
    train, _ = Split(fraction=0.4).indices(ring, seed=0)
    found = ARM.samples(train, ring)
    assert (found[: len(train)] == train).all()
    rows = set(map(tuple, ring.inputs[found].tolist()))
    assert rows == {pair for a, b in ring.inputs[train].tolist() for pair in ((a, b), (b, a))}
    assert len(rows) == len(found)


def test_what_is_paired_already_is_left_as_it_is():
    ring = task("modular-addition", p=7)
    train, _ = Split(fraction=0.5, keep="together").indices(ring, seed=1)
    assert mirrors(ring, train).size == 0


def test_mirrors_are_no_test_any_more():
    """Of the validation samples about the trained share: 2000 of 97^2."""
    spec = gp.run_spec(
        task("modular-addition", p=97),
        recipe=gp.Recipe(accelerator=ARM),
        split=Split(count=2000),
        seed=2,
    )
    found = leaks(spec)
    added = len(spec.trained()) - 2000
    assert found.repeated == added == int((~found.new).sum())
    assert added / len(found.new) == pytest.approx(2000 / 97**2, rel=0.05)


def test_what_has_no_mirrors_is_refused():
    every = np.arange(9, dtype=np.int32)
    for other in (task("modular-subtraction", p=5), task("S3")):
        with pytest.raises(GrokphaseError, match="not known to be commutative"):
            ARM.samples(every, other)
    with pytest.raises(GrokphaseError, match="unordered pairs"):
        ARM.samples(every, addition(p=5))
