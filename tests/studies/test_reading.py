"""A `paper.toml`: what it says, and one sentence with file and line for every mistake in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.studies.conftest import FAKE

from grokphase import GrokphaseError, studies
from grokphase.numerics import NUMERICS
from grokphase.studies.drawing import draw
from grokphase.studies.facts import Facts
from grokphase.studies.figure import FigureResult
from grokphase.studies.reading import read_study

TEXT = (FAKE / "paper.toml").read_text(encoding="utf-8")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The fake study with other words in its `paper.toml`."""
    assert old in TEXT
    folder = tmp_path / "fake"
    folder.mkdir()
    (folder / "paper.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return folder


def test_a_claim_is_data(fake: studies.Study):
    below = fake.claims[0]
    assert (below.id, below.needs, below.estimator) == ("below", ("fig1",), "share")
    assert below.convention == "mean over seeds"
    assert below.unit == "share"
    assert "0.5" in below.tolerance  # said by the estimator, as the file does not


def test_variants_are_a_family(fake: studies.Study):
    five, zero = fake.claims[1:3]
    assert (five.id, zero.id) == ("below-5", "below-0")
    assert {five.family, zero.family} == {"below"}
    assert five.statement == "The loss is below 5."
    assert five.parameters == {"limit": 5}  # a number, not its digits


def test_a_convention_quotes_others_to_any_depth(tmp_path: Path):
    # Of 35 claims the page showed "{network}; ..." where the sentence is quoted by a quoted one.
    chain = '[conventions]\nmean = "{network}; mean"\nnetwork = "{loss} of an MLP"\nloss = "MSE"'
    text = TEXT.replace("[conventions]", chain, 1)
    folder = tmp_path / "fake"
    folder.mkdir()
    lines = [line for line in text.splitlines() if not line.startswith('mean = "mean')]
    (folder / "paper.toml").write_text("\n".join(lines), encoding="utf-8")
    assert read_study(folder).claims[0].convention == "MSE of an MLP; mean"


def test_nothing_is_left_to_fill_in_what_is_shipped():
    left = re.compile(r"\{[a-z][\w-]*(:[^}]*)?\}")
    for name in studies.names():
        for claim in studies.study(name).claims:
            said = (claim.convention, claim.statement, claim.published, claim.where, claim.unit)
            assert not [words for words in said if left.search(words or "")], claim.id


def test_settings_are_said_in_a_sentence(fake: studies.Study):
    figure = fake.figures[0]
    assert figure.text == {"quick": "2 seeds, 50 steps", "paper": "5 seeds, 60 steps"}
    assert figure.seeds("paper") == 5
    assert fake.figures[1].seeds("quick") is None


LIKE = 'settings = { like = "common", quick = { seeds = 3 } }'
COMMON = """
[settings.common]
text = "{seeds} seeds, {steps} steps"
quick = { seeds = 2, steps = 50 }
paper = { seeds = 5, steps = 60 }
"""


def test_settings_may_be_like_shared_ones(tmp_path: Path):
    folder = changed(tmp_path, _settings(), LIKE)
    with (folder / "paper.toml").open("a", encoding="utf-8") as facts:
        facts.write(COMMON)
    figure = read_study(folder).figures[0]
    assert figure.settings["quick"].items() >= {"seeds": 3, "steps": 50}.items()
    assert figure.text == {"quick": "3 seeds, 50 steps", "paper": "5 seeds, 60 steps"}


def test_there_is_nothing_to_be_like(tmp_path: Path):
    folder = changed(tmp_path, _settings(), LIKE)
    with pytest.raises(GrokphaseError, match=r'line \d+: there are no settings "common"'):
        read_study(folder)


def _settings() -> str:
    return next(line for line in TEXT.splitlines() if line.startswith("settings ="))


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ('estimator = "share"', 'estimator = "shrae"', 'Did you mean "share"?', "shrae"),
        ('so = "< 2", ', 'sow = "< 2", ', '"sow"', "sow"),
        ('needs = ["fig1"]', 'needs = ["fig2"]', 'there is no figure "fig2"', "fig2"),
        ('tolerance = "all of them"\n', "", "has no tolerance", '[claims."below-{limit}"]'),
        ('kind = "ours"', 'kind = "their"', "a claim is paper, variant, misprint, ours", "their"),
        ('chart = "times"', 'chart = "tmies"', 'Did you mean "times"?', "tmies"),
        ('y = "train_loss" }', 'why = "train_loss" }', '"why"', "why ="),
        ('title = "One and one"\n', "", "figures.fig10 has no title", "[figures.fig10]"),
        ('"Figure 10"', "10", "where of figures.fig10 is words in quotes, not 10", "= 10"),
        ('runs = "losses"\n', "", "neither runs, nor maps, nor compute", "[figures.fig1]"),
        ("{seeds} seeds", "{seed} seeds", 'Did you mean "seeds"?', "{seed} seeds"),
        (", paper = { seeds = 5, steps = 60 } }", " }", "nothing of the paper scale", "settings ="),
        ('"{mean}"', '"{meen}"', 'nothing is called "meen"', "{meen}"),
        ("[claims.theorem]", "[claims.below-5]", 'two claims "below-5"', "[claims.below-5]"),
        ('"study:two"', '"study:two"\nfoo = 1', '"foo" is nothing that', "foo = 1"),
        ('citation = "N. Body (2026), Nothing"', "citation = 3", "citation of paper", "citation"),
        (
            'runs = "losses"',
            "runs = 3",
            "runs of figures.fig1 is words in quotes, not 3",
            "runs = 3",
        ),
        (
            "{ seeds = 2, steps = 50 }",
            "2",
            "quick of figures.fig1.settings is a table",
            "settings =",
        ),
        ('kind = "ours"', "note = 3", "note of claims.below-{limit} is words in quotes", "note"),
        (
            "[{ limit = 5 }, { limit = 0 }]",
            '["a"]',
            "variant 1 of below-{limit} is 'a'",
            "variants",
        ),
        (
            "{ quick = 0.1, paper",
            '{ quick = "1", paper',
            "quick of figures.fig10.seconds",
            "seconds",
        ),
        ("[conventions]", "[conventions]\nx = 3", "x of conventions is words in quotes", "x = 3"),
        (
            'mean = "mean over seeds"',
            'mean = "{mean} over seeds"',
            "the convention of below quotes itself",
            "[claims.below]",
        ),
        ("[paper]", "[papers]", '"papers" is nothing that the file has', "[papers]"),
        ("[paper]", "[paper", "is not TOML: ", "[paper"),
        (
            'y = "train_loss" }',
            'y = "train_loss", y_scale = "logg" }',
            '"logg" is not known',
            "logg",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(tmp_path: Path, old, new, said, line):
    folder = changed(tmp_path, old, new)
    with pytest.raises(GrokphaseError) as raised:
        read_study(folder)
    message = str(raised.value)
    assert said in message
    assert "\n" not in message
    if line is not None:
        number = int(re.search(r"line (\d+)", message)[1])
        assert line in (folder / "paper.toml").read_text().splitlines()[number - 1]


def test_shared_settings_are_like_no_others(tmp_path: Path):
    folder = changed(tmp_path, _settings(), 'settings = "common"')
    with (folder / "paper.toml").open("a", encoding="utf-8") as facts:
        facts.write(COMMON.replace("[settings.common]", '[settings.common]\nlike = "foo"'))
    with pytest.raises(GrokphaseError, match=r'line \d+: the settings "common" are shared'):
        read_study(folder)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("def broken(:", r"study\.py, line \d\d: study\.py cannot be read: SyntaxError: "),
        (
            "import numpyy",
            r"study\.py, line \d\d: study\.py cannot be read: No module named 'numpyy'",
        ),
    ],
)
def test_a_module_that_cannot_be_read_says_where(tmp_path: Path, line: str, said: str):
    folder = changed(tmp_path, "", "")
    code = (FAKE / "study.py").read_text(encoding="utf-8")
    (folder / "study.py").write_text(f"{code}\n{line}\n", encoding="utf-8")
    study = read_study(folder)
    with pytest.raises(GrokphaseError, match=said):
        studies.check_functions(study, study.figures)


def test_published_numbers_that_are_not_there_are_missed_where_they_are_named(tmp_path: Path):
    named = 'chart = "times"\ntable = "published:nothing"'
    folder = changed(tmp_path, 'chart = "times"', named)
    shutil.copy(FAKE / "study.py", folder)
    study = read_study(folder)
    with pytest.raises(GrokphaseError, match=r"paper\.toml, line \d+: .*no published numbers"):
        studies.check_functions(study, study.figures)


def test_a_column_that_a_panel_has_not_is_missed_at_the_panel(tmp_path: Path):
    study = read_study(changed(tmp_path, 'y = "train_loss" }', 'y = "pears" }'))
    figure = study.figures[0]
    data = {"seed": [0, 1], "train_loss": [0.1, 0.2]}
    result = FigureResult("fake", "fig1", "quick", "", data, 0, 0, 0.0, "", "", "", NUMERICS)
    with pytest.raises(
        GrokphaseError, match=r'line \d+: The table has no column "pears"'
    ) as raised:
        draw(study, figure, result)
    number = int(re.search(r"line (\d+)", str(raised.value))[1])
    assert study.facts.text.splitlines()[number - 1].startswith("[[figures.fig1.panels]]")


def test_a_function_of_the_study_may_leave_the_unit_out(tmp_path: Path):
    read_study(changed(tmp_path, 'unit = "loss"\n', ""))


def test_a_unit_is_missing(tmp_path: Path):
    folder = changed(
        tmp_path,
        'estimator = "share"\nwith = { column = "train_loss", so = "< 2", at_least = 0.5 }',
        'estimator = "level"\nwith = { column = "train_loss", within = [0, 2] }',
    )
    with pytest.raises(GrokphaseError, match=r"line \d+: below has no unit"):
        read_study(folder)


def test_lines_of_arrays_of_tables():
    text = '[[a.b]]\nx = 1\n[[a.b]]\n"y z" = 2\n[c]\nd.e = 3\n'
    facts = Facts(Path("f"), text, {})
    assert [facts.line("a", "b", k, name) for k, name in ((0, "x"), (1, "y z"))] == [2, 4]
    assert facts.line("c", "d", "e") == 6
    assert facts.line("a", "b", 1, "nothing") == 3


def test_every_study_of_the_package_can_be_read_whole():
    """Its facts, and every function that they name."""
    for name in studies.names():
        study = studies.study(name)
        studies.check_functions(study, study.figures)
