"""Studies in general: results and their files, verdicts, the ledger, the verbs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.studies.fake import STUDY

from grokphase import GrokphaseError, Store, studies
from grokphase.estimators.intervals import (
    CONFIDENCE,
    at_confidence,
    bootstrap,
    kept_interval,
    mostly,
    proportion,
    share_interval,
    within,
    worst,
)
from grokphase.estimators.statistics import censored_slope, slope, surprise
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


@given(st.floats(-5, 5), st.floats(0, 5), st.floats(-5, 5), st.floats(0, 5))
def test_a_verdict_is_what_the_interval_says(start: float, width: float, low: float, size: float):
    interval, high = (start, start + width), low + size
    inside = low <= interval[0] and interval[1] <= high
    outside = interval[1] < low or interval[0] > high
    expected = "holds" if inside else "fails" if outside else "inconclusive"
    assert within(interval, low, high) == expected


@given(st.integers(1, 40), st.data())
def test_a_share_lies_in_its_interval(trials: int, data: st.DataObject):
    successes = data.draw(st.integers(0, trials))
    low, high = proportion(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    opposite = {"holds": "fails", "fails": "holds", "inconclusive": "inconclusive"}
    assert mostly(trials - successes, trials) == opposite[mostly(successes, trials)]


def test_nothing_is_concluded_from_nothing():
    assert mostly(0, 0) == "inconclusive"
    assert within((float("nan"), 1.0), 0, 1) == "inconclusive"
    assert np.isnan(bootstrap(lambda at: float("nan"), 9)).all()
    assert np.isnan(bootstrap(lambda at: 1.0, 4)).all()  # all four alike say too little
    assert bootstrap(lambda at: 1.0, 5) == (1, 1)


def test_related_runs_of_one_seed_widen_the_interval():
    true = np.repeat([True, False], 50)
    few = share_interval(np.repeat(np.arange(10), 10), true)
    many = share_interval(np.arange(100), true)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]


def test_a_share_of_one_is_not_certain():
    low, high = share_interval(np.repeat(range(5), 4), np.ones(20, bool))
    assert low < 0.9
    assert high == 1


def test_runs_of_too_few_seeds_decide_nothing():
    mixed = np.tile([True, True, True, False], 25)
    low, high = share_interval(np.repeat(range(4), 25), mixed)
    assert low < 0.5 < 0.75 < 0.8 < high
    assert share_interval(np.repeat(range(4), 25), np.ones(100, bool))[0] < 0.5
    assert share_interval([], []) == (0, 1)


def test_runs_that_agree_count_as_one_for_each_seed():
    """All runs of a seed may be true for one reason: a hundred of them are no hundred cases."""
    many, one = (share_interval(np.repeat(range(6), n), np.ones(6 * n, bool)) for n in (100, 1))
    assert many == one == pytest.approx(proportion(6, 6))
    none = share_interval(np.repeat(range(6), 9), np.zeros(54, bool))
    assert none == pytest.approx(proportion(0, 6))


def test_one_failure_of_many_runs_is_next_to_none():
    """Once 199 of 199 runs were [.861, 1], and 198 of 199 [.976, 1]: less surprise, more sure."""
    seeds = np.repeat(range(20), 10)[:199]
    unanimous = share_interval(seeds, np.ones(199, bool))
    nearly = share_interval(seeds, np.arange(199) != 7)
    assert unanimous == pytest.approx(proportion(20, 20))
    assert nearly == pytest.approx(unanimous, abs=0.01)
    assert nearly[0] < unanimous[0]
    for found in (unanimous, nearly):
        assert within(found, 0.95, 1.0) == "inconclusive"


@given(st.integers(1, 60), st.data())
def test_a_run_a_seed_is_the_exact_interval(seeds: int, data: st.DataObject):
    successes = data.draw(st.integers(0, seeds))
    true = np.arange(seeds) < successes
    expected = proportion(successes, seeds)
    assert share_interval(np.arange(seeds), true) == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=1, max_size=9), st.data())
def test_a_success_more_lowers_neither_end(runs: list[list[bool]], data: st.DataObject):
    def interval(of: list[list[bool]]) -> tuple[float, float]:
        seeds = np.repeat(np.arange(len(of)), [len(one) for one in of])
        return share_interval(seeds, np.concatenate([np.array(one) for one in of]))

    before, at = interval(runs), data.draw(st.integers(0, len(runs) - 1))
    flipped = [[*one] for one in runs]
    flipped[at][data.draw(st.integers(0, len(runs[at]) - 1))] = True
    added = [[*one, True] if at == k else one for k, one in enumerate(runs)]
    for after in (interval(flipped), interval(added), interval([*runs, [True]])):
        assert after[0] >= before[0] - 1e-6
        assert after[1] >= before[1] - 1e-6
        assert after[1] - after[0] > 1e-3
    low, high = before
    assert 0 <= low <= np.mean([np.mean(one) for one in runs]) <= high <= 1


@pytest.mark.parametrize("related", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_shares_of_related_runs_are_missed_in_five_percent_on_each_side(share, related):
    """Seeds of a beta distribution: runs of no correlation, of some, and seeds that are one run."""
    generator, seeds, runs, trials = np.random.default_rng(3), 12, 8, 300
    of = np.repeat(np.arange(seeds), runs)
    missed = np.zeros(2)
    for _ in range(trials):
        if related == 1:
            chance = (generator.random(seeds) < share).astype(float)
        elif related:
            scale = 1 / related - 1
            chance = generator.beta(share * scale, (1 - share) * scale, seeds)
        else:
            chance = np.full(seeds, share)
        low, high = share_interval(of, generator.random(seeds * runs) < np.repeat(chance, runs))
        missed += [low > share, high < share]
    # 15 of 300 on either side is what is said; three deviations more are not.
    assert (missed <= 15 + 3 * np.sqrt(15)).all()
    if related == 1:
        assert missed.sum() > 0  # nor are they so wide that they never miss


def test_intervals_widen_with_their_confidence():
    values = np.random.default_rng(0).normal(size=30)
    found = []
    for confidence in (0.8, CONFIDENCE, 0.99):
        with at_confidence(confidence):
            found.append(
                [
                    proportion(7, 9),
                    bootstrap(lambda at: float(values[at].mean()), 30),
                    share_interval(np.arange(12) // 3, np.arange(12) % 4 > 0),
                    kept_interval(0.5, (0.3, 0.6)),
                ]
            )
    for narrow, wide in pairwise(np.array(found)):
        assert (wide[:, 0] < narrow[:, 0]).all()
        assert (wide[:, 1] > narrow[:, 1]).all()
    assert found[1][3] == (0.3, 0.6)  # as it was kept


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


def test_the_worst_of_several_verdicts():
    assert worst("holds", "inconclusive", "fails") == "fails"


def test_intervals_cover_their_value_about_as_often_as_they_say():
    generator = np.random.default_rng(5)
    samples = generator.normal(3.0, 1.0, (300, 12))
    resampled = [
        bootstrap(lambda at, values=values: float(values[at].mean()), 12, draws=200)
        for values in samples[:150]
    ]
    assert 0.75 < np.mean([low <= 3.0 <= high for low, high in resampled]) < 0.95


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


def test_censored_values_are_late_and_not_at_the_limit():
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 10, 400)
    y = 1.5 * x + generator.normal(0, 2, 400)
    late = y > 9
    seen = np.minimum(y, 9)
    assert slope(x[~late], y[~late]) < 1.3
    assert slope(x, seen) < 1.3
    assert censored_slope(x, seen, late) == pytest.approx(1.5, abs=0.1)
    none = np.zeros(400, bool)
    assert censored_slope(x, y, none) == pytest.approx(slope(x, y), abs=1e-4)
    assert np.isnan(slope([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert np.isnan(slope([1.0, 2.0], [1.0, 2.0]))


def test_coincidence_is_judged_within_groups():
    # All of one group have both and none of the other either: within them nothing coincides.
    group, both = [0] * 5 + [1] * 5, [True] * 5 + [False] * 5
    assert surprise(group, both, both) == 1
    assert surprise([0] * 10, both, both) == pytest.approx(1 / 252)  # of ten choose five
    # Two groups at once: chances multiply.
    assert surprise([0, 0, 1, 1], [1, 0, 1, 0], [1, 0, 1, 0]) == pytest.approx(1 / 4)


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
