"""The study of Liu et al. (2022) as a whole: complete, consistent, and told truly."""

from __future__ import annotations

import importlib.util
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grokphase.studies import SCALES, Entry, FigureResult, draw, names, study
from grokphase.studies.drawing import caption
from grokphase.studies.ledger import current, measure, study_ledger

PAPER = study("liu2022")
ROOT = Path(__file__).parents[2]
RESULTS = PAPER.folder / "results"
TOY = {
    *("fig2a", "fig2b", "fig3", "fig4a", "fig4b", "fig4c", "fig4d", "fig5a", "fig5b"),
    *("fig6a", "fig6b", "fig6c", "fig6d", "fig9", "fig10", "fig11", "fig12"),
    *("fig13a", "fig13b", "fig14a", "fig14b", "fig15a", "fig15b", "fig16", "fig17", "fig18"),
}
#: Sections 4.2 and 4.3: transformers and images, shipped at the quick scale.
BEYOND = {
    *("fig1", "fig7a", "fig7b", "fig7c", "fig21", "fig22"),
    *("fig8a", "fig8b", "fig19", "fig20"),
}
FIGURES = TOY | BEYOND
#: Claims that the ledger before did not have, and those that may differ from it.
NEW = {
    "liu2022/published-unique-probability": "compares with the authors' printed counts",
    "liu2022/published-map-of-6b": "compares with the authors' stored map",
    "liu2022/images-at-one-point": "what Eq. 32 does not rule out",
}
#: Runs of Figures 3, 4 (b, d), 5 (b), 10 were trained again with numerics 4: nothing differs.
CHANGED: dict[str, str] = {}
shipped = pytest.mark.parametrize(
    "path", sorted(RESULTS.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)


def test_every_figure_is_there():
    assert {figure.id for figure in PAPER.figures} == FIGURES


def test_claims_can_be_understood_alone():
    for claim in PAPER.claims:
        assert all((claim.where, claim.statement, claim.published, claim.tolerance)), claim.id
        assert re.fullmatch(r"[a-z0-9-]+", claim.id)


@shipped
def test_shipped_results_are_what_their_place_says(path: Path):
    result = FigureResult.read(path)
    assert (result.study, result.scale, result.figure) == ("liu2022", path.parent.name, path.stem)
    assert result.figure in FIGURES
    assert result.scale in SCALES
    assert path.stat().st_size < 600_000


#: Of each kind of picture one; `make pictures` draws all.
DRAWN = {"fig2a", "fig4b", "fig6b", "fig8a", "fig10", "fig12", "fig16", "fig22"}


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem in DRAWN else pytest.mark.slow)
        for path in sorted(RESULTS.glob("*/*.json"))
    ],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_shipped_results_can_be_drawn(path: Path):
    result = FigureResult.read(path)
    (figure,) = PAPER.select(result.figure)
    assert draw(PAPER, figure, result).get_axes()


def test_every_figure_has_a_shipped_result_those_of_the_toy_at_the_papers_scale():
    assert {path.stem for path in (RESULTS / "paper").glob("*.json")} >= TOY
    assert {path.stem for path in RESULTS.glob("*/*.json")} == FIGURES


# ------------------------------------------------------------------------------ the ledger


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return study_ledger(PAPER).entries


def _same(ours: Any, before: Any) -> bool:
    """Equal to six digits; to rounding, where a number is one."""
    if isinstance(before, list):
        return isinstance(ours, tuple) and all(map(_same, ours, before))
    if isinstance(ours, float) and not isinstance(before, list | None):
        # The only value of "nullity", 2, was a word.
        return math.isclose(ours, float(before), rel_tol=2e-6, abs_tol=1e-9)
    return bool(ours == before)


def _same_interval(ours: Any, before: Any) -> bool:
    """Equal, but for what drawing 2,000 resamples added: there are five times as many today, and
    of few seeds all."""
    low, high = before
    return ours is not None and np.allclose(ours, before, atol=0.25 * (high - low))


def test_the_ledger_is_that_of_before_facts_were_data(entries: tuple[Entry, ...]):
    """Entry by entry: id, kind, place, statement, published, value, interval, seeds, verdict.

    `ledger-before.json` was made by the code that had every claim as an object; it says how.
    """
    before = json.loads((Path(__file__).parent / "ledger-before.json").read_text(encoding="utf-8"))
    found = {entry.id: entry for entry in entries}
    beyond = {f"liu2022/{claim.id}" for claim in PAPER.claims if BEYOND & {*claim.needs}}
    assert set(found) - {entry["id"] for entry in before["entries"]} == {*NEW, *beyond}
    for entry in before["entries"]:
        if entry["id"] in CHANGED:
            continue
        for key, value in entry.items():
            ours = getattr(found[entry["id"]], key)
            close = _same_interval if key == "interval" and value else _same
            assert close(ours, value), (entry["id"], key, ours, value)


def test_the_ledger_that_comes_with_it_is_current():
    """Of today's facts, results and code: after a change to any of them, `make pictures`."""
    for name in names():
        assert current(study(name)), name


@pytest.fixture(scope="module")
def pictures() -> Any:
    """The script that makes the pages."""
    path = ROOT / "docs" / "pictures.py"
    spec = importlib.util.spec_from_file_location("pictures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pictures_are_of_these_results(pictures: Any):
    """`docs/images`: of today's results and facts, and by today's numerics; `make pictures`."""
    made = json.loads((ROOT / "docs" / "images" / "drawn.json").read_text(encoding="utf-8"))
    assert made == pictures.drawn([study(name) for name in names()])


def test_captions_have_no_place_left_to_fill(pictures: Any):
    place = re.compile(r"(?<![_^])\{[a-z_]+(:[^}]*)?\}")  # what follows _ or ^ is of a formula
    for chosen in map(study, names()):
        for figure in chosen.figures:
            if (path := pictures.result_of(chosen, figure)) is not None:
                words = caption(figure, FigureResult.read(path))
                assert not place.search(words), f"{chosen.name}/{figure.id}: {words}"


def test_pages_are_what_the_ledger_says(pictures: Any):
    """`docs/claims.md`, `docs/figures.md` and the counts in the README: `make ledger`."""
    studies = [study(name) for name in names()]
    for page, text in pictures.texts(studies, [study_ledger(each) for each in studies]).items():
        assert page.read_text(encoding="utf-8") == text, page


@pytest.mark.slow
def test_the_ledger_is_what_is_measured_now(entries: tuple[Entry, ...]):
    for kept, now in zip(entries, measure(PAPER).entries, strict=True):
        for key in ("id", "measured", "interval", "verdict", "survives"):
            assert _same(getattr(now, key), _listed(getattr(kept, key))), (kept.id, key)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_theorems_are_decided(entries: tuple[Entry, ...]):
    assert {entry.verdict for entry in entries if not entry.needs} == {"holds", "fails"}


def test_what_the_paper_does_not_say_is_ours():
    """Every claim was read beside the paper; those that are ours say so where it is cited, too."""
    ours = {claim.id for claim in PAPER.claims if claim.kind == "ours"}
    assert {"appendix-c-eight-needed", "opposite-samples", "s3-hexagon"} <= ours
    assert {claim.id for claim in PAPER.claims if claim.where.startswith("this work")} == ours


def test_a_convention_is_the_papers_own_or_a_variant():
    """Of one statement under two conventions, one is the paper's: none is counted twice."""
    statements = Counter(c.statement for c in PAPER.claims if c.kind == "paper")
    assert not [words for words, many in statements.items() if many > 1]
