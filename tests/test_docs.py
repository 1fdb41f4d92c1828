"""What the pages say in prose: numbers of the ledger, defaults, names, links."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

import grokphase as gp
from grokphase.training.recipe import Measure

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def said(path: str) -> str:
    """A page, its lines joined."""
    return " ".join((ROOT / path).read_text(encoding="utf-8").split())


# ------------------------------------------------------------------- numbers of the ledger

#: Page, claim of `liu2022`, and the words around its value and interval. `{0}` is the value, `{1}`
#: and `{2}` are the ends of the interval.
TOLD = [
    ("README.md", "rate-exponent-sum", "the exponent is {0:.2f} ({1:.2f} to {2:.2f}), not 1"),
    ("README.md", "steps-follow-rate-sum", "(rank correlation {0:.2f})"),
    ("README.md", "rate-orders-splits", "λ₃ picks the faster in {0:.0%}"),
    ("docs/theory.md", "rate-exponent-sum", "power {0:.2f} ({1:.2f} to {2:.2f}) of 1/λ₃"),
    ("docs/theory.md", "rate-exponent-paper", "and {0:.2f} ({1:.2f} to {2:.2f}) under Eq. 5"),
    ("docs/theory.md", "steps-follow-rate-sum", "{0:.2f} ({1:.2f} to {2:.2f}; networks that do"),
    ("docs/theory.md", "rate-orders-splits", "in {0:.0%} of the pairs ({1:.0%} to {2:.0%})"),
    ("docs/theory.md", "prediction-scale-sum", '{0:.1f} times 1/(λ₃ η) steps under `"sum"` ({1:.1f} to {2:.1f})'),
    ("docs/theory.md", "three-n-h-theory-sum", "RQI passes 0.95 after {0:.2f} n_h"),
    ("docs/theory.md", "trained-critical-fraction", "at {0:.2f} (90 % interval {1:.2f} to {2:.2f})"),
    ("README.md", "trained-critical-fraction", "half of the networks find it only at {0:.2f}"),
    ("README.md", "critical-fraction", "determine the structure at a fraction of {0:.3f}"),
]  # fmt: skip


@pytest.fixture(scope="module")
def entries() -> dict[str, dict[str, Any]]:
    path = ROOT / "src/grokphase/studies/liu2022/results/ledger.json"
    found = json.loads(path.read_text(encoding="utf-8"))["ledger"]["entries"]
    return {entry["id"].partition("/")[2]: entry for entry in found}


@pytest.mark.parametrize(("page", "claim", "words"), TOLD)
def test_prose_has_the_numbers_of_the_ledger(page, claim, words, entries):
    entry = entries[claim]
    # "43 to 58", where percent is said once before.
    told = words.format(entry["measured"], *(entry["interval"] or ()))
    percent = re.sub(r"(\d)%", r"\1 %", told)
    without = re.sub(r"\((\d+) % to (\d+) %\)", r"(\1 to \2)", percent)
    assert without in said(page)


# ------------------------------------------------------------------- counts, defaults, names


def test_the_pages_say_how_many_measures_there_are():
    assert len(get_args(Measure)) == 17
    assert "Seventeen measures beyond the usual curves" in said("docs/extending.md")
    assert "records [seventeen more quantities]" in said("README.md")


def test_the_table_of_what_is_usual_is_what_is_usual():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", (DOCS / "conventions.md").read_text(), re.M)
    told = {name: cells.split(" | ") for name, cells in rows if cells.count(" | ") == 3}
    tasks = [gp.recipe(name) for name in ("addition", "mnist", "teacher-student", "D5")]
    numbers = {"10⁻³": 1e-3, "3·10⁻⁴": 3e-4, "all samples": None}
    for name, cells in told.items():
        ours = [getattr(each.decoder if hasattr(each.decoder, name) else each, name) for each in tasks]
        assert ours == [
            numbers[cell] if cell in numbers else float(cell.replace(",", "")) for cell in cells
        ], name
    assert {*told} == {"learning_rate", "weight_decay", "beta2", "steps", "batch"}
