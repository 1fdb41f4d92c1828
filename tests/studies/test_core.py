"""Studies in general: results and their files, verdicts, the ledger, the verbs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.studies.fake import STUDY

from grokphase import GrokphaseError, Store, studies
from grokphase.estimators.intervals import (
    mostly,
    proportion,
)
from grokphase.studies import (
    FigureResult,
    Measured,
    Work,
    ledger,
    multiplicity,
    reproduce,
    verdicts,
)
from grokphase.studies.figure import plain
from grokphase.studies.kept import place
from grokphase.studies.page import page

FIGURE = STUDY.figures[0]


def test_a_figure_leaves_picture_data_and_provenance(tmp_path: Path):
    made = reproduce(STUDY, FIGURE, Work(), tmp_path)
    names = sorted(str(path.relative_to(tmp_path)) for path in made.files)
    assert names == [f"fake/quick/fig1.{suffix}" for suffix in ("json", "png", "svg")]
    kept = FigureResult.read(tmp_path / "fake/quick/fig1.json")
    assert kept == made.result
    assert (kept.runs, kept.steps, kept.settings) == (2, 100, "2 seeds, 50 steps")
    assert kept.cost_seconds > 0


def test_runs_are_found_and_cost_the_same_again(tmp_path: Path):
    with Store.open(tmp_path / "store") as store:
        before, again = Work(store=store), Work(store=store)
        first, second = (FIGURE.result("fake", work) for work in (before, again))
    assert second.data == first.data
    assert (second.runs, second.steps) == (first.runs, first.steps)
    # Training is charged from the records, whenever they were made, and not by the clock.
    assert again.training_seconds == pytest.approx(before.training_seconds)
    assert second.cost_seconds >= again.training_seconds > 0


def test_earlier_data_are_handed_to_the_computation(tmp_path: Path):
    seen = []

    def remember(work: Work) -> dict[str, object]:
        seen.append(work.previous)
        return {"loss": [1.0]}

    figure = replace(FIGURE, compute=remember)
    reproduce(STUDY, figure, Work(), tmp_path)
    reproduce(STUDY, figure, Work(), tmp_path)
    assert seen == [None, {"loss": [1.0]}]


def test_a_broken_result_is_one_sentence(tmp_path: Path):
    path = tmp_path / "fig1.json"
    path.write_text("{")
    with pytest.raises(GrokphaseError, match="is no result of a figure"):
        FigureResult.read(path)


def test_claims_on_what_is_kept(tmp_path: Path):
    before = verdicts(STUDY, STUDY.figures, "quick", tmp_path)
    assert [entry.verdict for entry in before] == ["not run", "holds"]
    assert before[0].measured is None
    reproduce(STUDY, FIGURE, Work(), tmp_path)
    (entry,) = verdicts(STUDY, (FIGURE,), "quick", tmp_path)
    assert (entry.id, entry.seeds, entry.scale) == ("fake/below", 2, "quick")
    # Two seeds of two do not decide "mostly" at 90 %.
    assert entry.verdict == "inconclusive"


def test_the_ledger_prefers_the_larger_scale(tmp_path: Path, fake_study: studies.Study):
    reproduce(STUDY, FIGURE, Work(), tmp_path)
    assert ledger(folder=tmp_path, studies=["fake"])[0].scale == "quick"
    reproduce(STUDY, FIGURE, Work("paper"), tmp_path)
    assert ledger(folder=tmp_path, studies=["fake"])[0].scale == "paper"
    (first, _) = ledger(folder=tmp_path, studies=["fake"], scale="quick")
    assert first.scale == "quick"


def test_kinds_are_counted_apart(monkeypatch, capsys, tmp_path, fake_study: studies.Study):
    from grokphase.cli import main

    theorem, two = STUDY.claims[1], []
    for at, kind in enumerate(("paper", "variant", "misprint", "ours", "ours")):
        two.append(replace(theorem, id=f"c{at}", kind=kind))
    monkeypatch.setattr(
        sys.modules["grokphase.studies.fake"], "STUDY", replace(STUDY, claims=tuple(two))
    )
    monkeypatch.chdir(tmp_path)
    text = page(ledger(studies="fake"))
    assert "| fake, *ours* | 2 | 0 | 0 | 0 |" in text
    assert "| fake | 5 | 0 | 0 | 0 |" in text
    assert main(["claims"]) == 0
    shown = capsys.readouterr().out
    assert "5 claims: 5 holds\n  1 paper: 1 holds (claims of the paper" in shown
    assert "2 ours: 2 holds (statements that the paper does not make" in shown
    assert "0 claims rest on a 90% interval" in shown


def test_the_page_says_everything(tmp_path: Path, fake_study: studies.Study):
    reproduce(STUDY, FIGURE, Work(), tmp_path)
    text = page(ledger(folder=tmp_path, studies=["fake"]))
    assert "| fake | 1 | 0 | 1 | 0 |" in text
    assert "[below](#below)" in text
    assert "### below" in text
    assert "**inconclusive**" in text


def test_there_are_two_scales(fake_study: studies.Study):
    # Types forbid what is refused here, for those who do not check them.
    with pytest.raises(GrokphaseError, match='no scale "big"'):
        Work("big")  # type: ignore[arg-type]
    with pytest.raises(GrokphaseError, match='no scale "big"'):
        ledger(scale="big", studies="fake")  # type: ignore[arg-type]
    assert len(ledger(studies="fake")) == 2


def test_figures_by_name_and_by_panel():
    assert STUDY.select("fig1") == (FIGURE,)
    with pytest.raises(GrokphaseError, match=r'no figure "fig2"; there are fig1, fig10'):
        STUDY.select("fig2")


def test_panels_are_letters_only():
    panels = replace(
        STUDY, figures=tuple(replace(FIGURE, id=i) for i in ("fig1a", "fig1b", "fig10a"))
    )
    assert [figure.id for figure in panels.select("fig1")] == ["fig1a", "fig1b"]


def test_of_many_verdicts_those_of_chance_are_taken_back(fake_study, monkeypatch):
    """Nineteen claims that nothing supports, and one: at 5 % each, one of them by chance."""

    def measured(successes: int) -> Measured:
        return Measured(successes, mostly(successes, 5), proportion(successes, 5), 5)

    def study_of(counts: list[int]) -> None:
        claims = tuple(
            replace(STUDY.claims[1], id=f"c{at}", measure=lambda _, many=many: measured(many))
            for at, many in enumerate(counts)
        )
        monkeypatch.setattr(
            sys.modules["grokphase.studies.fake"], "STUDY", replace(STUDY, claims=claims)
        )

    study_of([5] + [3] * 19)
    found = multiplicity(ledger(studies="fake"))
    assert (found.asked, found.decided, found.undecided) == (20, 1, ("fake/c0",))
    assert "up to 1.0 of them." in str(found)
    assert "inconclusive then: c0." in str(found)
    study_of([5] * 20)  # were it chance, nineteen would not agree
    found = multiplicity(ledger(studies="fake"))
    assert (found.decided, found.undecided, found.tail) == (20, (), pytest.approx(0.05))
    assert "20 stay decided." in str(found)
    assert "independent or positively dependent" in str(found)


def test_data_are_plain():
    given = {"a": np.array([[1.0, np.nan]]), "b": (np.float32(0.1), None, True), "c": "x"}
    assert plain(given) == {"a": [[1.0, None]], "b": [0.1, None, True], "c": "x"}
    with pytest.raises(TypeError):
        plain({"a": object()})


def test_the_verbs(tmp_path, monkeypatch, capsys, fake_study: studies.Study):
    from grokphase.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "fake/fig1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (figure,) = document["figures"]
    assert figure["figure"] == "fig1"
    assert all(Path(path).exists() for path in figure["files"])
    assert main(["claims", "--json"]) == 0
    keys = "id study where statement published measured interval seeds convention verdict "
    keys += "cost_seconds scale version date"
    entries = json.loads(capsys.readouterr().out)
    assert all(set(keys.split()) <= set(entry) for entry in entries)
    assert [entry["verdict"] for entry in entries] == ["inconclusive", "holds"]
    assert main(["claims"]) == 0
    assert "2 claims: 1 holds, 1 inconclusive" in capsys.readouterr().out
    assert main(["claims", "fake/fig1", "--json"]) == 0
    assert [entry["id"] for entry in json.loads(capsys.readouterr().out)] == ["fake/below"]
    assert main(["claims", "fake/fig1"]) == 0
    assert "1 claims: 1 inconclusive" in capsys.readouterr().out
    assert main(["claims", "fake/fig10", "--quiet"]) == 0  # a figure on which no claim rests
    assert capsys.readouterr().out.endswith("0 claims\n")
    assert main(["claims", "fake/below"]) == 0
    shown = capsys.readouterr().out
    for line in (
        "id: fake/below",
        "verdict: inconclusive",
        f"statement: {STUDY.claims[0].statement}",
    ):
        assert line in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["reproduce", "lui2022"], 'no study "lui2022"'),
        (["reproduce", "liu2022/fig99"], 'no figure "fig99"'),
        (["reproduce", "liu2022/fig7"], "it shows a transformer"),
        (["claims", "liu2022/four-phase-b"], 'Did you mean "four-phases-b"?'),
        (["claims", "liu2022/fig99"], 'no figure "fig99"'),
        (["claims", "liu2021"], 'no study "liu2021"'),
        (["claims", "--json", "--markdown"], "leave one out"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    from grokphase.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_results_in_the_wrong_place_or_of_another_form_are_refused(
    tmp_path: Path, fake_study: studies.Study
):
    figure = fake_study.figures[0]
    path = place(tmp_path, "fake", "quick", figure.id)
    reproduce(fake_study, figure, Work("quick"), tmp_path)
    kept = FigureResult.read(path)
    replace(kept, scale="paper").write(path)
    with pytest.raises(GrokphaseError, match="at paper scale; remove it"):
        ledger(scale="quick", folder=tmp_path, studies=["fake"])
    replace(kept, data={}).write(path)
    with pytest.raises(GrokphaseError, match="made by another version"):
        ledger(scale="quick", folder=tmp_path, studies=["fake"])
    path.unlink()
    path.mkdir()
    with pytest.raises(GrokphaseError, match="is no result of a figure"):
        ledger(scale="quick", folder=tmp_path, studies=["fake"])
