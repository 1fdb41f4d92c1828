"""The paper's propositions and equations: what holds, what does not, and that checks can fail."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import studies, theory
from grokphase.studies import judging
from grokphase.studies.liu2022 import appendices, theorems
from grokphase.tasks import task

FAIL = {
    "proposition-1-any",
    "random-rqi-code",
    "random-rqi-paper",
    "conserved-c",
    "sigma",
    "linear-flow",
    "listed-parallelograms",
    "image-flow-sign",
    "bias-exponent",
    "opposite-samples",
    "loss-of-appendix-l",
}
CLAIMS = [claim.id for claim in studies.study("liu2022").claims if not claim.needs]


def judged(name):
    study = studies.study("liu2022")
    (claim,) = study.select_claims(name)
    return judging.measured(study, claim, [])


@pytest.mark.parametrize("name", CLAIMS)
def test_verdict(name):
    found = judged(name)
    assert found.verdict == ("fails" if name in FAIL else "holds"), found
    assert found.verdict == "holds" or found.note


def test_a_parallelogram_of_untrained_samples_can_be_false():
    """E = (0, 0, 0, 1): with (0, 0) and (3, 3) alone trained the loss can be zero."""
    embedding = np.array([0, 0, 0, 1])
    trained = {(0, 0): 0, (3, 3): 6}
    inputs = {int(embedding[i] + embedding[j]): total for (i, j), total in trained.items()}
    assert len(inputs) == len(trained)  # different inputs: any labels can be answered
    assert embedding[0] + embedding[1] == embedding[1] + embedding[2]  # and 0 + 1 is not 1 + 2
    # How often is no property of the proposition: of random real numbers no two sums coincide.
    assert theorems.zero_loss_cases(real=True) == (3200, 0, 0)
    cases, trained, anywhere = theorems.zero_loss_cases()
    assert trained == 0 < anywhere < cases


def test_roots_of_unity_do_not_determine_products():
    """Opposite points of a circle of four sum to zero wherever they are."""
    c4 = task("C4")
    sums = np.exp(2j * np.pi * c4.inputs / 4).sum(axis=1).round(9)
    opposite = np.isclose(sums, 0)
    assert len(set(c4.labels[opposite].tolist())) > 1
    assert appendices.determined_by_sum("C4")


def test_exponents_of_another_group_are_seen(monkeypatch):
    monkeypatch.setattr(appendices, "task", lambda name: task("C2xC2"))
    assert appendices.determined_by_sum("C2xC2")
    assert not appendices.determined_by_sum("C4")


def test_conservation_is_not_taken_for_granted(monkeypatch):
    true = theory.velocity
    monkeypatch.setattr(
        theory, "velocity", lambda *given, **more: true(*given, **more) + 1e-6 * given[0]
    )
    assert judged("conserved-z0").verdict == "fails"


def test_implied_parallelograms_are_compared(monkeypatch):
    true = theory.implied_parallelograms
    monkeypatch.setattr(theory, "implied_parallelograms", lambda *given: true(*given)[1:])
    assert judged("proposition-2").verdict == "fails"


def test_six_samples_determine_six_symbols_and_five_cannot():
    toy = task("addition", p=6)
    six = ((0, 4), (1, 3), (2, 2), (0, 5), (1, 4), (2, 3))
    assert theory.is_determined(toy, theorems.samples_of(6, six))
    sizes = np.bincount(toy.labels)
    # n samples of c results give n - c equations; four are needed, and no result has more than 3.
    assert sizes.max() == 3
    assert all(5 - classes < 4 for classes in range(2, 6))
