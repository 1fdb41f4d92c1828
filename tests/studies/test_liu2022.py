"""The study of Liu et al. (2022) as a whole: complete, consistent, and told truly."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from grokphase.studies import SCALES, Entry, FigureResult, ledger, multiplicity, study
from grokphase.studies.entries import _theorem
from grokphase.studies.kept import SHIPPED
from grokphase.studies.page import page

PAPER = study("liu2022")
ROOT = Path(__file__).parents[2]
FIGURES = {
    *("fig2a", "fig2b", "fig3", "fig4a", "fig4b", "fig4c", "fig4d", "fig5a", "fig5b"),
    *("fig6a", "fig6b", "fig6c", "fig6d", "fig9", "fig10", "fig11", "fig12"),
    *("fig13a", "fig13b", "fig14a", "fig14b", "fig15a", "fig15b", "fig16", "fig17", "fig18"),
}
shipped = pytest.mark.parametrize(
    "path", sorted(SHIPPED.rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)


def test_every_figure_of_the_toy_half_is_there():
    assert {figure.id for figure in PAPER.figures} == FIGURES


def test_ids_are_unique():
    for ids in ([f.id for f in PAPER.figures], [c.id for c in PAPER.claims]):
        assert len(ids) == len(set(ids))


def test_claims_can_be_understood_alone():
    known = {figure.id for figure in PAPER.figures}
    for claim in PAPER.claims:
        assert set(claim.needs) <= known, claim.id
        assert all((claim.where, claim.statement, claim.published, claim.tolerance)), claim.id
        assert re.fullmatch(r"[a-z0-9-]+", claim.id)


def test_theorems_are_decided():
    for claim in PAPER.claims:
        if not claim.needs:
            assert _theorem(claim, 0.05).verdict in ("holds", "fails"), claim.id


@shipped
def test_shipped_results_are_what_their_place_says(path: Path):
    result = FigureResult.read(path)
    assert (result.study, result.scale, result.figure) == (*path.parts[-3:-1], path.stem)
    assert result.figure in FIGURES
    assert result.scale in SCALES
    assert path.stat().st_size < 600_000


@shipped
def test_shipped_results_can_be_drawn(path: Path, tmp_path: Path):
    result = FigureResult.read(path)
    (figure,) = PAPER.select(result.figure)
    drawn = figure.draw(result)
    assert drawn.axes


def test_every_figure_has_a_shipped_result_at_the_papers_scale():
    there = {path.stem for path in (SHIPPED / "liu2022" / "paper").glob("*.json")}
    assert there == FIGURES


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return ledger()


@pytest.mark.slow
def test_the_ledger_page_is_what_the_command_prints(entries: list[Entry]):
    expected = page(entries, multiplicity(entries))
    assert (ROOT / "docs/claims.md").read_text(encoding="utf-8") == expected


@pytest.mark.slow
def test_the_readme_counts_as_the_ledger_does(entries: list[Entry]):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for kind, words in (
        ("paper", r"Of (\d+) claims of the paper, (\d+) hold, (\d+) fail and (\d+) are"),
        ("variant", r"of (\d+) by another convention (\d+) hold, (\d+) fail and (\d+) are"),
        ("ours", r"Of (\d+) statements of ours (\d+) hold, (\d+) fail and (\d+) are"),
    ):
        some = [e for e in entries if e.kind == kind]
        found = [sum(e.verdict == v for e in some) for v in ("holds", "fails", "inconclusive")]
        (counts,) = re.findall(words, " ".join(text.split()))
        assert [int(n) for n in counts] == [len(some), *found], kind
    misprints = [e for e in entries if e.kind == "misprint"]
    assert len(misprints) == 5
    assert "Five formulas are misprinted" in text


def test_what_the_paper_does_not_say_is_ours():
    """Every claim was read beside the paper; those that are ours say so where it is cited, too."""
    ours = {claim.id for claim in PAPER.claims if claim.kind == "ours"}
    assert {"appendix-c-eight-needed", "opposite-samples", "s3-hexagon"} <= ours
    assert {claim.id for claim in PAPER.claims if claim.where.startswith("this work")} == ours
    assert not [claim.id for claim in PAPER.claims if "modular-addition-published" in claim.id]


def test_a_convention_is_the_papers_own_or_a_variant():
    """Of one statement under two conventions, one is the paper's: none is counted twice."""
    statements = Counter(c.statement for c in PAPER.claims if c.kind == "paper")
    repeated = [words for words, many in statements.items() if many > 1]
    assert not repeated
