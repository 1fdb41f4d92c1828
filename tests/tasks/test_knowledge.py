"""Made-up facts: what follows from what, and what is kept apart."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase import GrokphaseError, tasks
from grokphase.tasks.knowledge import Facts, Part

HOPS = tasks.fact_composition(entities=12, relations=6, degree=5, phi=1.5, seed=3)
PAIRS = tasks.fact_comparison(entities=15, attributes=2, values=4, phi=3.0, seed=3)


def rows(part: Part) -> set[tuple[int, ...]]:
    return {tuple(row) for row in part.inputs.tolist()}


def atoms_of(facts: Facts) -> dict[tuple[int, int], int]:
    return {
        (a, b): label
        for (a, b, _), label in zip(
            facts.atomic.inputs.tolist(), facts.atomic.labels.tolist(), strict=True
        )
    }


@pytest.mark.parametrize("task", [HOPS, PAIRS], ids=["composition", "comparison"])
def test_parts_are_disjoint_and_phi_is_their_ratio(task: tasks.Task) -> None:
    facts = tasks.facts_of(task)
    parts = [rows(part) for part in facts]
    assert sum(map(len, parts)) == len(set.union(*parts)) == sum(len(p.labels) for p in facts)
    assert len(facts.inferred.labels) == round(task.parameters["phi"] * len(facts.atomic.labels))
    train, held_out = tasks.Split(count=len(task) - task.test).indices(task, seed=0)
    assert rows(Part(task.inputs[train], task.labels[train])) == parts[0] | parts[1]
    assert rows(Part(task.inputs[held_out], task.labels[held_out])) == parts[2]


def test_two_hops_follow_from_their_facts() -> None:
    facts = tasks.facts_of(HOPS)
    told = atoms_of(facts)
    used = []
    for part in facts[1:]:
        pairs = [((h, r), (told[h, r], s)) for h, r, s in part.inputs.tolist()]
        assert [told[second] for _, second in pairs] == part.labels.tolist()
        used.append({fact for pair in pairs for fact in pair})
    inferred, held_out, outside = used
    assert not outside & (inferred | held_out)
    assert len(told) == 60
    # From every atomic fact five follow, and those that mix what is apart with what is not are
    # neither trained nor asked.
    assert sum(len(part.labels) for part in facts[1:]) < 60 * 5


def test_comparisons_follow_from_their_facts() -> None:
    facts = tasks.facts_of(PAIRS)
    told = atoms_of(facts)
    for part in facts[1:]:
        expected = [
            4 + 1 + np.sign(told[of, one] - told[of, other])
            for of, one, other in part.inputs.tolist()
        ]
        assert expected == part.labels.tolist()
    assert set(facts.inferred.labels.tolist()) == {4, 5, 6}
    assert facts.atomic.labels.max() == 3


def test_more_facts_hold_the_fewer_and_wrong_ones_are_as_many_as_asked() -> None:
    few, more = (tasks.facts_of(tasks.vary(HOPS, "phi", phi)) for phi in (1.0, 1.5))
    assert rows(few.inferred) < rows(more.inferred)
    assert rows(few.held_out) == rows(more.held_out)
    wrong = tasks.facts_of(tasks.vary(HOPS, "wrong", 0.4)).inferred
    assert (wrong.labels != more.inferred.labels).sum() == round(0.4 * len(wrong.labels))
    answers = tasks.facts_of(tasks.vary(PAIRS, "wrong", 1.0)).inferred.labels
    assert set(answers.tolist()) <= {4, 5, 6}


def test_refuses_more_facts_than_follow() -> None:
    with pytest.raises(GrokphaseError, match=r"write phi=\d") as refused:
        tasks.fact_composition(entities=6, relations=4, degree=4, phi=50.0)
    allowed = float(str(refused.value).partition("write phi=")[2].split()[0])
    assert tasks.fact_composition(entities=6, relations=4, degree=4, phi=allowed)
    with pytest.raises(GrokphaseError, match="no facts"):
        tasks.facts_of(tasks.task("addition"))
