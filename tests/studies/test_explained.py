"""Explanations side by side, and what surveys say, as read from the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grokphase.errors import GrokphaseError
from grokphase.studies import Ledger, names, study
from grokphase.studies.explained import (
    ASPECTS,
    HERE,
    _not_counted,
    _weighed,
    explanations_page,
    surveys_page,
)
from grokphase.studies.facts import Facts
from grokphase.studies.judging import Entry
from grokphase.studies.ledger import study_ledger

FACTS = Facts.read(HERE / "explanations.toml")
OF = {"agrees": ["a/predicted"], "refuted_by": ["a/excluded"]}


@pytest.fixture(scope="module")
def ledgers() -> list[Ledger]:
    return [study_ledger(study(name)) for name in names()]


def test_every_claim_with_a_result_is_judged(ledgers: list[Ledger]):
    """An argument that a paper gives and its function no longer takes is no missing run."""
    notes = {entry.id: entry.note for each in ledgers for entry in each.entries}
    assert [id for id, note in notes.items() if "cannot be judged" in note] == []


def entry(name: str, verdict: Any) -> Entry:
    return Entry(
        id=f"a/{name}",
        study="a",
        where="",
        statement="",
        published="",
        measured=None,
        interval=None,
        seeds=0,
        convention="",
        verdict=verdict,
        cost_seconds=0.0,
        scale="quick",
        version="",
        date="",
        tolerance="",
        note="",
        kind="paper",
        estimator="",
        status="current",
        unit="",
        family="",
        looks=1,
        survives=None,
        needs=(),
        allowed=None,
    )


@pytest.mark.parametrize(
    ("verdict", "predicted", "excluded"),
    [
        ("holds", "agrees", "contradicts"),
        ("fails", "contradicts", "agrees"),
        ("inconclusive", "open", "open"),
        ("not run", "open", "open"),
    ],
)
def test_what_holds_agrees_with_whom_predicts_it(verdict: str, predicted: str, excluded: str):
    entries = {f"a/{name}": entry(name, verdict) for name in ("predicted", "excluded")}
    assert [says for _, says in _weighed(FACTS, entries, OF)] == [predicted, excluded]


def test_what_is_not_counted_is_named_where_it_does_not_hold():
    verdicts = {"predicted": "fails", "x": "fails", "y": "holds", "z": "inconclusive", "w": "fails"}
    entries = {f"a/{name}": entry(name, verdict) for name, verdict in verdicts.items()}
    explanation = {"studies": ["a"], "agrees": ["a/predicted"], "refuted_by": []}
    assert _not_counted(entries, explanation) == (
        "Not counted are 4 other claims of a. 2 of them fail: [a/x](claims.md#ax), "
        "[a/w](claims.md#aw). 1 of them is inconclusive: [a/z](claims.md#az)."
    )


def test_a_claim_that_no_study_makes_is_told():
    with pytest.raises(GrokphaseError, match="there is no claim a/predicted"):
        _weighed(FACTS, {}, OF)


def test_pages_name_claims_that_there_are_and_say_all_aspects(ledgers: list[Ledger]):
    """And no claim stands on both sides of one explanation."""
    page = explanations_page(ledgers)
    for name, each in FACTS.data.items():
        if name != "conflicts":
            assert {*ASPECTS, "name", "idea", "refuted", "studies"} <= set(each)
            assert not set(each["agrees"]) & set(each["refuted_by"])
            assert set(each["studies"]) <= set(names())
            assert f"## {each['name']}" in page
    assert surveys_page(ledgers).endswith("|\n")


def test_a_verdict_that_turns_moves_its_sentence(ledgers: list[Ledger]):
    """Of the L of the training loss and the U of the validation loss."""
    begin = "**Against the norm"

    def turned(each: Entry) -> Entry:
        mine = each.id == "omnigrok2023/validation-loss-is-a-u"
        return replace(each, verdict="fails") if mine else each

    def heading(some: list[Ledger]) -> str:
        before, _, _ = surveys_page(some).partition(begin)
        return [line for line in before.splitlines() if line.startswith("## ")][-1]

    others = [replace(one, entries=tuple(map(turned, one.entries))) for one in ledgers]
    assert heading(ledgers) == "## As we measured it"
    assert heading(others) == "## Contradicted by a measurement"


@pytest.mark.parametrize(
    ("arm", "sentence", "verdict", "most", "says"),
    [
        ("grok-transfer", "Embeddings of a small", "faster", 2.0, "agrees"),
        ("grok-transfer", "Embeddings of a small", "slower", 0.9, "contradicts"),
        ("grok-transfer", "Embeddings of a small", "open", None, "open"),
        # Which is said to be more than fifty times as fast.
        ("grokfast-ema", "Amplifying slow gradients", "faster", 3.7, "contradicts"),
        ("grokfast-ema", "Amplifying slow gradients", "faster", 60.0, "open"),
        ("grokfast-ema", "Amplifying slow gradients", "open", None, "open"),
    ],
)
def test_what_a_race_says_of_an_arm_stands_beside_its_sentence(
    ledgers: list[Ledger], arm: str, sentence: str, verdict: str, most: float | None, says: str
):
    page = surveys_page(ledgers, {arm: [(verdict, "As it ran.", most)]})
    before, _, after = page.partition(f"**{sentence}")
    assert f"- *{says}*: As it ran." in after.split("\n\n**")[0]
    if says == "contradicts":
        headings = [line for line in before.splitlines() if line.startswith("## ")]
        assert headings == ["## Contradicted by a measurement"]
    assert "As it ran." not in surveys_page(ledgers)
