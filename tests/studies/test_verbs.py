"""`grokphase reproduce` and `grokphase claims`."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.studies.conftest import FAKE

from grokphase.cli import main
from grokphase.store import Store
from grokphase.studies import Entry, FigureResult, Ledger, Study, Work
from grokphase.studies.figure import computed
from grokphase.studies.kept import place
from grokphase.studies.ledger import Correction
from grokphase.studies.paper import Figure
from grokphase.studies.picture import draw_ledger, ledger_table, published_number
from grokphase.studies.planning import plan
from grokphase.studies.scales import Scale

STUDIES = ["--studies", str(FAKE)]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of one's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verbs(there: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["reproduce", "fake/fig1", "--json", *STUDIES]) == 0
    document = json.loads(capsys.readouterr().out)
    (figure,) = document["figures"]
    assert figure["figure"] == "fig1"
    assert all(Path(path).exists() for path in figure["files"])
    assert main(["claims", "fake", "--json", *STUDIES]) == 0
    entries = json.loads(capsys.readouterr().out)
    keys = "id study where statement published measured interval seeds convention verdict "
    keys += "cost_seconds scale version date tolerance note kind estimator status"
    assert all(set(keys.split()) <= set(entry) for entry in entries)
    found = {entry["id"]: entry["verdict"] for entry in entries}
    assert list(found.values()) == ["not run", "holds", "fails", "holds"]
    assert main(["claims", "fake/fig1", *STUDIES]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("3 claims: 1 holds, 1 fails, 1 not run\n  1 of the paper: 1 not run\n")
    assert main(["claims", "fake/below-0", *STUDIES]) == 0
    shown = capsys.readouterr().out
    assert "id: fake/below-0\n" in shown
    assert "verdict: fails\n" in shown
    assert "estimator: study:below\n" in shown
    assert main(["claims", "fake", "--verdict", "fails", "--json", *STUDIES]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == ["fake/below-0"]


def test_ids_are_whole_and_what_fails_says_why(there: Path, capsys, monkeypatch):
    """At 80 columns an id can be copied, and a failure has its statement and rule beside it."""
    monkeypatch.setenv("COLUMNS", "80")
    main(["reproduce", "fake/fig1", "--quiet", *STUDIES])
    capsys.readouterr()
    assert main(["claims", *STUDIES]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t")[:5] == ["study", "holds", "fails", "inconclusive", "not run"]
    assert any(line.startswith("fake\t2\t1\t0\t1\t") for line in lines)
    at = next(k for k, line in enumerate(lines) if line.startswith("✗ fake/below-0  [ours; Fig"))
    told = " ".join(lines[at + 1 : at + 5])
    assert "The loss is below 0." in told
    assert "published: 0" in told
    assert "Holds if all of them." in told
    assert max(map(len, lines)) <= 110


def test_dry_run(there: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["reproduce", "fake", "--dry-run", *STUDIES]) == 0
    shown = capsys.readouterr().out
    assert "fig1\tFigure 1\t2\t2\t0\t100\tunknown" in shown
    assert "1 claim too few seeds here to come out either way, and not judged:\n  below\n" in shown
    assert "the time is known of some figures only: 0.1 s" in shown
    assert main(["reproduce", "fake/fig1", "--dry-run", *STUDIES]) == 0
    assert "the time is not known before a first result." in capsys.readouterr().out  # once: 0.0 s
    assert not list(there.iterdir())
    assert main(["reproduce", "fake", "--dry-run", "--scale", "paper", "--json", *STUDIES]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["undecidable"] == []
    assert plan["decidable"] == ["below", "below-5", "below-0", "theorem"]
    assert [(each["figure"], each["runs"], each["steps"]) for each in plan["figures"]] == [
        ("fig1", 5, 300),
        ("fig10", 0, 0),
    ]
    main(["reproduce", "fake/fig1", "--quiet", *STUDIES])
    capsys.readouterr()
    main(["reproduce", "fake/fig1", "--dry-run", "--json", *STUDIES])
    (figure,) = json.loads(capsys.readouterr().out)["figures"]
    assert (figure["existing"], figure["steps"]) == (2, 0)


def test_runs_that_figures_share_are_planned_once(there: Path, capsys):
    main(["reproduce", "liu2022", "--dry-run", "--json"])
    plan = json.loads(capsys.readouterr().out)
    figures = {each["figure"]: each for each in plan["figures"]}
    assert figures["fig3"]["steps"] == 75 * 10_000
    for shared in ("fig4b", "fig5b", "fig10"):
        assert (figures[shared]["runs"], figures[shared]["steps"]) == (75, 0)
    # At least half of its claims can be decided at the quick scale.
    decided = len(plan["decidable"]) + len(plan["one_sided"])
    assert decided > len(plan["undecidable"])


def test_too_few_seeds_are_said_before(there: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["reproduce", "fake/fig1", *STUDIES]) == 0
    told = capsys.readouterr().err
    assert "of 3 claims that rest on these figures, the quick scale has too few seeds for 1" in told


def test_a_study_must_be_named_and_those_that_there_are_are_told(
    capsys: pytest.CaptureFixture[str],
):
    assert main(["reproduce"]) == 2
    told = capsys.readouterr().err
    assert "No study is named" in told
    assert "liu2022, lyu2024" in told


def test_the_page(there: Path, capsys: pytest.CaptureFixture[str]):
    main(["reproduce", "fake/fig1", "--quiet", *STUDIES])
    capsys.readouterr()
    assert main(["claims", "fake", "--markdown", *STUDIES]) == 0
    text = capsys.readouterr().out
    assert "| fake | 2 | 1 | 0 | 1 |" in text
    assert "| fake, *ours* | 1 | 1 | 0 | 0 |" in text
    assert "[below-0](#fakebelow-0)" in text
    assert "### fake/below-0" in text
    assert "- **Judged by:** `share`" in text
    assert "| the loss | mean | sum | mean |" in text


def test_the_picture(there: Path, capsys: pytest.CaptureFixture[str]):
    main(["reproduce", "fake/fig1", "--quiet", *STUDIES])
    assert main(["claims", "fake", "--picture", "ledger.png", *STUDIES]) == 0
    assert (there / "ledger.png").stat().st_size > 5000


def claim(name: str, **facts: Any) -> Entry:
    """A line of a ledger that holds."""
    usual = {"where": "", "statement": "", "published": "", "measured": 1.0, "interval": None}
    usual |= {"seeds": 3, "convention": "", "verdict": "holds", "cost_seconds": 0.0}
    usual |= {"scale": "paper", "version": "", "date": ""}
    return Entry(id=f"liu2022/{name}", study="liu2022", **usual | facts)


@pytest.mark.parametrize(
    ("allowed", "value", "scaled"),
    [
        ((1.5, 6.0), 3.0, 0.0),
        ((1.5, 6.0), 12.0, 2.0),
        ((1.5, 6.0), 0.0, -math.inf),
        ((1 / 3, 3.0), 1 / 9, -2.0),
        ((0.5, 1.0), 0.75, 0.0),  # a share ends at 1
        ((0.8, 1.25), 1.25, 1.0),  # ends less than a factor of two apart
        ((0.0, 4.0), 3.0, 0.5),
    ],
)
def test_ratios_of_the_ledger_are_on_a_logarithmic_scale(allowed, value, scaled):
    table = ledger_table([claim("a", allowed=allowed, measured=value)])
    ours, low, high = (table[name][0] for name in ("value", "accept_low", "accept_high"))
    assert (ours - (low + high) / 2) / ((high - low) / 2) == pytest.approx(scaled)


@pytest.mark.parametrize(
    ("words", "unit", "found"),
    [
        ("0.4", "fraction", ("0.4", 0.4)),
        ("3 n_h", "n_h", ("3", 3.0)),
        ("3 n_h", "steps", ("", None)),
        ("0.5, observed in training", "fraction", ("0.5", 0.5)),
        (">= 2", "degrees of freedom", (">= 2", None)),
        ("1 / (lambda_3 eta), qualitatively", "ratio", ("", None)),
        ("< 40 %, 22 of 55 samples", "samples", ("", None)),
        ("3 of 3", "cases", ("", None)),
        ("decreasing", "", ("", None)),
        ("-1", "", ("-1", -1.0)),
    ],
)
def test_a_published_value_is_a_number_of_our_unit(words, unit, found):
    assert published_number(claim("a", published=words, unit=unit)) == found


def test_the_ledger_is_drawn_in_the_order_of_the_paper_with_both_values():
    needs = [("fig10",), ("fig2b",), (), ("fig9",), ("fig2a",)]
    some = [claim(str(k), needs=each) for k, each in enumerate(needs)]
    some.append(claim("critical", needs=("fig18",), published="3", allowed=(2.0, 4.0)))
    table = ledger_table(some)
    assert [group.split(": ")[1] for group in table["group"]] == [
        *("no figure", "fig2a", "fig2b", "fig9", "fig10", "fig18")
    ]
    assert table["text"] == ["1"] * 5 + ["1 | 3"]
    assert table["published"] == [None] * 5 + [pytest.approx(math.log(3))]


@pytest.mark.parametrize("beyond", [(2.0, 2.0), (2.0, math.inf), None])
def test_a_claim_without_a_range_of_two_ends_is_listed(beyond):
    table = ledger_table([claim("a", allowed=beyond, measured=2.0, published="2")])
    assert (table["value"], table["published"], table["text"]) == ([None], [None], ["2 | 2"])


def test_the_title_counts_claims():
    def title(many: int) -> str:
        one = Ledger("liu2022", (claim("a"),) * many, Correction(0, 0, 0))
        return draw_ledger([one]).get_suptitle()

    assert [title(1), title(2)] == [
        *(f"The ledger of claims: liu2022 ({said})" for said in ("1 claim", "2 claims"))
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["reproduce", "lui2022"], 'no study "lui2022"'),
        (["reproduce", "liu2022/fig99"], 'no figure "fig99"'),
        (["reproduce", "fake/fig7", *STUDIES], "it shows a transformer"),
        (["claims", "liu2022/four-phase-b"], 'Did you mean "four-phases-b"?'),
        (["claims", "liu2022/fig99"], 'no figure "fig99"'),
        (["claims", "liu2021"], 'no study "liu2021"'),
        (["claims", "--json", "--markdown"], "leave one out"),
        (["claims", "--studies", "nowhere"], "has no study"),
        (["claims", "--picture", "ledger.txt"], "ends in .png, .svg or .pdf"),
        (["claims", "--out", "nowhere"], '"nowhere" is no directory'),
    ],
)
def test_bad_input_is_one_sentence(there: Path, capsys, words, sentence):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert not list(there.iterdir())


def test_a_plan_asks_for_the_weights_that_a_figure_keeps(there: Path, fake: Study):
    (figure,) = fake.select("fig1")
    kept = [replace(figure, id=keep, keep=keep) for keep in ("final", "log")]

    def existing(*figures: Figure) -> list[int]:
        found = plan(fake, figures, "quick", store=there / "store")
        return [each.existing for each in found.figures]

    assert existing(figure, *kept) == [0, 0, 0]  # each keeps more than was trained before
    assert existing(*kept[::-1], figure) == [0, 2, 2]
    for figures, expected in (((figure,), [2, 0, 0]), (kept[:1], [2, 2, 0])):
        with Store.open(there / "store") as store:
            computed(fake, figures[0], Work(store=store, workers=1))
        assert existing(figure, *kept)[: len(expected)] == [2, *expected[1:]]


def test_what_the_paper_scale_takes_is_not_guessed_from_the_quick_one(there: Path, fake: Study):
    (figure,) = fake.select("fig1")
    result = FigureResult("fake", "fig1", "quick", "", {}, 2, 100, 50.0, "0", "", "")

    def seconds(scale: Scale, **said: float) -> float | None:
        (found,) = plan(fake, [replace(figure, seconds=said)], scale, folder=there).figures
        return found.seconds

    assert seconds("paper") is None
    result.write(place(there, fake, "quick", "fig1"))
    assert seconds("quick", quick=1.0) == 50.0  # two runs of 50 steps, as they took
    assert seconds("paper") == 150.0  # five of 60, a step as at the quick scale
    assert seconds("paper", paper=9000.0) == 9000.0
