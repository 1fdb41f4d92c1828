"""Results and their files, what they decide, and the ledger that is kept of it."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.studies.conftest import FAKE

from grokphase import GrokphaseError, Store, studies
from grokphase.estimators import Measured, Verdict, at_confidence
from grokphase.plain import plain
from grokphase.studies import FigureResult, Work, computed, judging, ledger, reproduce, verdicts
from grokphase.studies.drawing import caption
from grokphase.studies.kept import place
from grokphase.studies.ledger import study_ledger

ledgers = sys.modules["grokphase.studies.ledger"]  # the function of that name hides it


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of fig1, at the quick scale; not to be written to."""
    folder = tmp_path_factory.mktemp("made")
    with studies.studies_of(FAKE):
        fake = studies.study("fake")
        reproduce(fake, fake.figures[0], Work(), folder)
    return folder


@pytest.fixture
def out(tmp_path: Path, fake: studies.Study, made: Path) -> Path:
    """A folder of its own with these results."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_a_figure_leaves_picture_data_and_provenance(fake: studies.Study, out: Path):
    names = sorted(path.name for path in (out / "fake" / "quick").iterdir())
    assert names == ["fig1.json", "fig1.png", "fig1.svg"]
    kept = FigureResult.read(place(out, fake, "quick", "fig1"))
    assert (kept.runs, kept.steps, kept.settings) == (2, 100, "2 seeds, 50 steps")
    assert kept.cost_seconds > 0
    # Without a function of its own, a figure shows the usual table of its runs.
    assert kept.data["seed"] == [1, 2]
    assert set(kept.data) >= {"phase", "train_step", "validation_step", "delay", "train_loss"}


def test_a_figure_without_runs_is_computed(fake: studies.Study, tmp_path: Path):
    made = reproduce(fake, fake.figures[1], Work("paper"), tmp_path)
    assert (made.result.data, made.result.runs) == ({"sum": 2}, 0)
    assert not made.result.obsolete


def test_runs_are_found_and_cost_the_same_again(fake: studies.Study, tmp_path: Path):
    with Store.open(tmp_path / "store") as store:
        before, again = Work(store=store), Work(store=store)
        first, second = (computed(fake, fake.figures[0], work) for work in (before, again))
    assert second.data == first.data
    assert (second.runs, second.steps) == (first.runs, first.steps)
    # Training is charged from the records, whenever they were made, and not by the clock.
    assert again.training_seconds == pytest.approx(before.training_seconds)
    assert second.cost_seconds >= again.training_seconds > 0


def test_runs_that_follow_from_others_are_kept_counted_and_told_of(
    fake: studies.Study, tmp_path: Path
):
    figure, seen = replace(fake.figures[0], compute="longer"), []
    with Store.open(tmp_path / "store") as store:
        made = computed(fake, figure, Work(store=store, on_progress=seen.append))
        assert store.count() == 4
    assert made.data == {"steps": [100, 100]}
    assert (made.runs, made.steps) == (4, 2 * 50 + 2 * 100)
    assert seen[-1].steps_done == 2 * 100


def test_a_broken_result_is_one_sentence(tmp_path: Path):
    path = tmp_path / "fig1.json"
    path.write_text("{")
    with pytest.raises(GrokphaseError, match="is no result of a figure"):
        FigureResult.read(path)


def test_claims_on_what_is_kept(fake: studies.Study, out: Path, tmp_path: Path):
    nothing = verdicts(fake, fake.figures, "quick", tmp_path / "nowhere")
    assert [entry.verdict for entry in nothing] == ["not run"] * 3 + ["holds"]
    assert nothing[1].measured is None
    found = {entry.name: entry for entry in verdicts(fake, fake.figures, "quick", out)}
    assert (found["below-5"].verdict, found["below-0"].verdict) == ("holds", "fails")
    assert (found["below-5"].seeds, found["below-5"].scale) == (2, "quick")
    assert found["theorem"].needs == ()


def test_a_scale_with_too_few_seeds_judges_nothing(fake: studies.Study, out: Path):
    """Two seeds that agree do not decide "mostly" at 90 %, whatever they say."""
    below = verdicts(fake, (fake.figures[0],), "quick", out)[0]
    assert below.verdict == "not run"
    assert below.note.startswith("The quick scale has 2 seeds, too few")
    reproduce(fake, fake.figures[0], Work("paper"), out)
    assert verdicts(fake, (fake.figures[0],), "paper", out)[0].verdict != "not run"


def test_the_ledger_prefers_the_larger_scale(fake: studies.Study, out: Path):
    assert ledger(folder=out, studies="fake")[1].scale == "quick"
    reproduce(fake, fake.figures[0], Work("paper"), out)
    assert ledger(folder=out, studies="fake")[1].scale == "paper"
    assert ledger(folder=out, studies=["fake"], scale="quick")[1].scale == "quick"
    assert [entry.name for entry in ledger(folder=out, studies="fake/fig1")] == [
        "below",
        "below-5",
        "below-0",
    ]


def test_there_are_two_scales(fake: studies.Study):
    with pytest.raises(GrokphaseError, match='no scale "big"'):
        Work("big")  # type: ignore[arg-type]
    with pytest.raises(GrokphaseError, match='no scale "big"'):
        ledger(scale="big", studies="fake")  # type: ignore[arg-type]


def test_a_claim_that_cannot_be_judged_says_why_and_hides_no_other(fake: studies.Study, out: Path):
    """Results in the wrong place, of another form, or none: those that need them are not run."""

    def told() -> str:
        *rest, theorem = ledger(scale="quick", folder=out, studies="fake")
        assert theorem.verdict == "holds"
        assert {entry.verdict for entry in rest} == {"not run"}
        return rest[1].note

    path = place(out, fake, "quick", "fig1")
    kept = FigureResult.read(path)
    replace(kept, scale="paper").write(path)
    assert "at paper scale; remove it" in told()
    replace(kept, data={}).write(path)
    assert re.search(r"paper.toml, line 54: .*study.py, line \d+: below .*KeyError", told())
    path.unlink()
    path.mkdir()
    assert "is no result of a figure" in told()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"holds" if max', '"hold" if max', "whose verdict is one of holds, fails"),
        ("return Measured(max(losses)", "return (max(losses)", "an estimator gives a Measured"),
        (
            "losses = data",
            "losses = 1 / 0, data",
            r"study.py, line \d+: below .* ZeroDivisionError",
        ),
    ],
)
def test_an_own_estimator_that_errs_is_a_sentence(out: Path, tmp_path: Path, old, new, said):
    folder = tmp_path / "elsewhere" / "fake"
    shutil.copytree(FAKE, folder)
    text = (folder / "study.py").read_text()
    assert old in text
    (folder / "study.py").write_text(text.replace(old, new))
    found = study_ledger(studies.read_study(folder), scale="quick", folder=out)
    entries = {entry.name: entry for entry in found.entries}
    assert entries["below-5"].verdict == "not run"
    assert re.search(said, entries["below-5"].note)
    assert entries["theorem"].verdict == "holds"


def test_old_results_are_said_to_be_old(fake: studies.Study, out: Path):
    path = place(out, fake, "quick", "fig1")
    old = replace(FigureResult.read(path), numerics="1")
    old.write(path)
    assert "Trained with numerics 1" in caption(fake.figures[0], old)
    found = ledger(scale="quick", folder=out, studies="fake")
    assert [entry.status for entry in found] == ["not run", "obsolete", "obsolete", "current"]


# ------------------------------------------------------------------------------ what is kept


def test_a_ledger_is_measured_once(fake: studies.Study, out: Path, monkeypatch):
    first = study_ledger(fake, folder=out)

    def refuse(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(ledgers, "entry_of", refuse)
    assert study_ledger(fake, folder=out) == first


@pytest.mark.parametrize("changed", ["result", "code of the package", "a broken file", "numerics"])
def test_a_ledger_is_measured_again_when_what_it_rests_on_changes(
    fake: studies.Study, out: Path, monkeypatch, changed: str
):
    first = study_ledger(fake, scale="quick", folder=out)
    path = place(out, fake, "quick", "fig1")
    asked = []
    monkeypatch.setattr(
        ledgers, "entry_of", lambda *given: asked.append(given[1].id) or judging.entry_of(*given)
    )
    if changed == "result":
        kept = FigureResult.read(path)
        losses = {**kept.data, "train_loss": [7.0, 7.0]}
        replace(kept, data=losses).write(path)
        again = study_ledger(fake, scale="quick", folder=out)
        assert (first.entries[1].verdict, again.entries[1].verdict) == ("holds", "fails")
        assert "theorem" not in asked  # which does not rest on it
        return
    if changed == "code of the package":
        monkeypatch.setattr(ledgers, "_of_package", lambda: "other code")
    elif changed == "numerics":
        monkeypatch.setattr(ledgers, "NUMERICS", "none")
    else:
        (out / "fake" / "quick-ledger.json").write_text("[1, 2")
    assert study_ledger(fake, scale="quick", folder=out) == first
    assert set(asked) == {claim.id for claim in fake.claims}


def test_verdicts_rest_on_nothing_that_shows_them_or_that_no_study_has_to_do_with():
    """Once a picture of races was changed, and all claims of all papers were measured again."""
    package = Path(ledgers.__file__).parents[1]
    files = [path.relative_to(package) for path in package.rglob("*.py")]
    judging_ones = [path for path in files if ledgers._judges(path)]
    assert Path("estimators/shares.py") in judging_ones
    assert Path("studies/judging.py") in judging_ones
    aside = ("cli", "corpora", "forecasting", "races", "telling", "watch", "web")
    unlike = re.compile(
        rf"import grokphase\.({'|'.join(aside)})|from grokphase\.({'|'.join(aside)})[. ]"
        rf"|from grokphase\.studies\.({'|'.join(ledgers._SHOWING)}) "
    )
    whole = {Path(name) for name in ("__init__.py", "__main__.py", "studies/__init__.py")}
    for path in {*judging_ones} - whole:
        assert not unlike.search((package / path).read_text(encoding="utf-8")), path


def test_a_study_that_began_as_a_copy_of_another_has_its_own_ledger(
    fake: studies.Study, out: Path, tmp_path: Path
):
    copied = tmp_path / "copies" / "mine"
    shutil.copytree(FAKE, copied)
    (copied / "results").mkdir()
    kept = out / "fake" / "best-ledger.json"
    study_ledger(fake, folder=out)
    shutil.copy(kept, copied / "results" / "ledger.json")
    with studies.studies_of(copied):
        assert {entry.study for entry in ledger(studies="mine")} == {"mine"}


def test_a_folder_that_cannot_be_written_is_only_read(fake: studies.Study, out: Path):
    (out / "fake" / "best-ledger.json").mkdir()
    assert ledger(folder=out, studies="fake")[-1].verdict == "holds"


def test_holm_over_a_family_and_over_the_study(fake: studies.Study, tmp_path: Path, monkeypatch):
    """Of two looks at one statement one is decided at 5 %, but not at 2.5 %."""

    def judged(study, claim, scale, folder):
        from grokphase.estimators import tail

        least = {"below-5": 0.04, "below-0": 0.001, "below": 0.9}.get(claim.id, 0.0)
        verdict: Verdict = "holds" if least <= tail() else "inconclusive"
        entry = judging._entry(study, claim, scale, Measured(1.0, verdict, (0, 1), 9), [])
        return replace(entry, interval=None) if claim.id == "theorem" else entry

    monkeypatch.setattr(ledgers, "entry_of", judged)
    whole = study_ledger(fake)
    found = {entry.name: entry for entry in whole.entries}
    assert (found["below-5"].looks, found["below-0"].looks, found["below"].looks) == (2, 2, 1)
    # At 2.5 % each one stays; the other is asked again at 5 %, as it is alone then.
    assert found["below-5"].survives
    assert found["below-0"].survives
    assert found["below"].survives is None
    assert (whole.correction.asked, whole.correction.decided, whole.correction.left) == (3, 2, 1)
    assert "1 stay decided" in str(whole.correction)
    with at_confidence(0.9):
        assert study_ledger(fake) == whole


def test_data_are_plain():
    given = {"a": np.array([[1.0, np.nan]]), "b": (np.float32(0.1), None, True), "c": "x"}
    assert plain(given) == {"a": [[1.0, None]], "b": [0.1, None, True], "c": "x"}
    with pytest.raises(TypeError):
        plain({"a": object()})
    assert json.dumps(plain(given))
