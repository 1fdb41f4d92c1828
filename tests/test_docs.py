"""What the pages say in prose: numbers of the ledger, defaults, names, links."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

import grokphase as gp
from grokphase.models import KINDS
from grokphase.tasks import describe, names
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
    ("docs/theory.md", "prediction-scale-sum", 'steps under `"sum"` ({1:.1f} to {2:.1f})'),
    ("docs/theory.md", "three-n-h-theory-sum", "RQI passes 0.95 after {0:.2f} n_h"),
    ("docs/theory.md", "trained-critical-fraction", "{0:.2f} (90 % interval {1:.2f} to {2:.2f})"),
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
        ours = [
            getattr(each.decoder if hasattr(each.decoder, name) else each, name) for each in tasks
        ]
        assert ours == [
            numbers[cell] if cell in numbers else float(cell.replace(",", "")) for cell in cells
        ], name
    assert {*told} == {"learning_rate", "weight_decay", "beta2", "steps", "batch"}


def fields_told(page: str, name: str) -> dict[str, str]:
    """Defaults by field, of the table of a model."""
    (table,) = re.findall(rf"^\| field of `{name}` .*\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.M)
    return dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", table, re.M))


def test_the_tables_of_models_have_their_fields_and_defaults():
    page = (DOCS / "models.md").read_text(encoding="utf-8")
    for word, kind in KINDS.items():
        assert f"| `{word}` | `gp.{kind.__name__}` |" in page
        if kind is gp.Transformer:
            continue
        ours = {each.name: each.default for each in fields(kind) if not each.name.startswith("_")}
        told = {name: ast.literal_eval(x) for name, x in fields_told(page, kind.__name__).items()}
        assert told == {name: ours[name] for name in told}
        assert {*ours} - {*told} <= {"dropout_at"}, kind


def test_the_fields_of_a_transformer_are_all_told():
    table = (DOCS / "transformers.md").read_text(encoding="utf-8").partition("| field |")[2]
    told = {*re.findall(r"`(\w+)`", table.partition("**Parameter groups.**")[0])}
    assert {each.name for each in fields(gp.Transformer)} <= told


def test_all_tasks_that_have_a_name_are_on_their_page():
    page = (DOCS / "tasks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \| `(.*)` \|$", page, re.M)
    assert [f"{name}: {text}\n  options: {options}" for name, text, options in rows] == [
        describe(name) for name in names()
    ]


def test_what_is_offered_is_on_the_page_of_names():
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    told = re.findall(r"^\.\. auto(?:class|function):: grokphase\.(\w+)$", page, re.M)
    public = [gp.open, *(getattr(gp, name) for name in gp.__all__)]
    ours = {each.__name__ for each in public if inspect.isclass(each) or inspect.isfunction(each)}
    assert sorted(told) == sorted(ours)


def test_an_optimizer_of_ones_own_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    section = (DOCS / "extending.md").read_text(encoding="utf-8")
    section = section.partition("## An optimizer of your own")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    (tmp_path / "lion_of_the_page.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    run = importlib.import_module("lion_of_the_page").run
    assert run.spec.recipe.accelerator.b1 == 0.95
    assert np.isfinite(run.record.curves["train_loss"]).all()


# ------------------------------------------------------------------- links


def headings(path: Path) -> list[str]:
    """Where the headings of a page stand, as GitHub and MyST have it; none of blocks of code."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    found = re.findall(r"^#+ (.*)$", text, re.M)
    return [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found]


PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.fixture(scope="module")
def anchors() -> dict[Path, list[str]]:
    return {page: headings(page) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_one_place(page: Path, anchors: dict[Path, list[str]]):
    assert len(anchors[page]) == len({*anchors[page]}), "two headings have one anchor"
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in {*re.findall(r"\]\(([^)\s]+)\)", text)}:
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors.get(there, headings(there)), target
