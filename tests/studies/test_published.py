"""Published numbers: what a file must say, what comes out of it, and the files of the package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import grokphase
from grokphase.errors import GrokphaseError
from grokphase.studies.published import published, published_names

STUDIES = Path(grokphase.__file__).parent / "studies"
LIU2022 = STUDIES / "liu2022"
GOOD = """\
# source: A paper, Figure 1
# source: and its repository
# read: off the figure, to +-0.01
# settings: seed 1
# unit: size = training samples
# unit: accuracy = share of all
# words: place
place,size,accuracy
"here, and there",5,0.25
"a ""fine"" word",10,
"""


def written(folder: Path, text: str, name: str = "fig1") -> Path:
    """A study's folder with one table."""
    (folder / "published").mkdir()
    (folder / "published" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_table_has_columns_and_says_where_they_are_from(tmp_path: Path):
    found = published(written(tmp_path, GOOD), "fig1")
    assert found.name == "fig1"
    assert found.columns["place"].tolist() == ["here, and there", 'a "fine" word']
    assert found.columns["size"].tolist() == [5.0, 10.0]
    np.testing.assert_array_equal(found.columns["accuracy"], [0.25, np.nan])
    assert found.source == "A paper, Figure 1 and its repository"
    assert found.read == "off the figure, to +-0.01"
    assert found.settings == "seed 1"
    assert found.units == {"size": "training samples", "accuracy": "share of all"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("# source: A paper, Figure 1\n# source: and its repository\n", "", 1, "# source"),
        ("# read: off the figure, to +-0.01\n", "", 1, "# read"),
        ("# settings", "# setings", 4, 'Did you mean "settings"?'),
        ("# read: off the figure, to +-0.01", "# read:", 3, "# KEY: TEXT"),
        ("# read: off the figure, to +-0.01", "# off the figure", 3, "# KEY: TEXT"),
        ("# unit: size = training samples", "# unit: size", 5, "COLUMN = UNIT"),
        ("# unit: size = training samples\n", "", 7, 'column "size" has no unit'),
        ("# unit: size", "# unit: sizes", 5, 'Did you mean "size"?'),
        ("# words: place", "# words: plaice", 8, 'Did you mean "place"?'),
        ("# unit: size", "# unit: place", 5, 'column "place" of numbers'),
        ("place,size,accuracy", "place,size,size", 8, "name of its own"),
        ("place,size,accuracy", "place,size,", 8, "name of its own"),
        (",5,0.25", ",5", 9, "a row of 2 cells, where the line of names has 3"),
        (",10,\n", ",10,,\n", 10, "a row of 4 cells"),
        (",10,\n", ",10,\n\n", 11, "a row of 0 cells"),
        (",10,\n", ",10,none\n", 10, '"none" is no number, in the column "accuracy"'),
        (",10,\n", ",10,nan\n", 10, '"nan" is no number'),
        (",10,\n", ",inf,\n", 10, '"inf" is no number, in the column "size"'),
        ('"a ""fine"" word",10,', '"a word', 10, "not a row of a CSV file"),
        (GOOD[GOOD.index('"here') :], "", 8, "one row are the least"),
        (GOOD[GOOD.index("place,size") :], "", 8, "one row are the least"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
):
    assert old in GOOD
    folder = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(GrokphaseError) as error:
        published(folder, "fig1")
    said = str(error.value)
    assert said.startswith(f"{folder / 'published' / 'fig1.csv'}, line {line}: ")
    assert words in said
    assert "\n" not in said


def test_a_table_that_is_not_there_names_those_that_are(tmp_path: Path):
    with pytest.raises(GrokphaseError, match=r"there are none\."):
        published(tmp_path, "fig1")
    with pytest.raises(GrokphaseError, match=r'there are fig1\. Did you mean "fig1"\?'):
        published(written(tmp_path, GOOD), "figg1")


FILES = sorted(STUDIES.rglob("*.csv"))


def test_tables_are_found_where_studies_keep_them():
    assert FILES
    assert {path.parent.name for path in FILES} == {"published"}
    assert {"fig3", "fig4a", "fig6b", "numbers"} <= set(published_names(LIU2022))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_every_table_of_the_package_has_source_reading_and_units(path: Path):
    found = published(path.parents[1], path.stem)
    assert found.source
    assert found.read
    assert "mpty" in found.read, "what an empty cell means is said, also where there is none"
    for name, column in found.columns.items():
        assert (name in found.units) == (column.dtype.kind == "f")


def test_shares_are_shares_and_counts_are_counts():
    for path in FILES:
        found = published(path.parents[1], path.stem)
        for name, unit in found.units.items():
            given = found.columns[name][np.isfinite(found.columns[name])]
            if unit.startswith("share"):
                assert given.min() >= 0, (path, name)
                assert given.max() <= 1, (path, name)
            if unit.startswith(("steps", "training samples", "the seed")):
                np.testing.assert_array_equal(given, given.round())


def test_accuracies_of_figure_3_are_counts_of_55_and_no_less_than_what_was_trained_on():
    table = published(LIU2022, "fig3").columns
    for name in ("accuracy", "predicted_code"):
        right = table[name] * 55
        there = np.isfinite(right)
        np.testing.assert_allclose(right[there], right[there].round(), atol=1e-4)
    assert np.all(table["predicted_code"][there] * 55 > table["size"][there] - 1e-4)


def test_the_published_map_is_a_whole_grid():
    table = published(LIU2022, "fig6b").columns
    rates, decays = np.unique(table["learning_rate"]), np.unique(table["weight_decay"])
    assert (len(rates), len(decays), len(table["train_step"])) == (11, 11, 121)
    np.testing.assert_allclose(rates, 10 ** np.linspace(-4, -2, 11), rtol=1e-6)


@pytest.mark.parametrize("name", ["fig6a_rerun", "fig6b"])
def test_published_runs_that_generalize_have_trained_before(name: str):
    table = published(LIU2022, name).columns
    both = np.isfinite(table["validation_step"]) & np.isfinite(table["train_step"])
    assert both.sum() >= 17
    assert np.all(table["train_step"][both] < table["validation_step"][both])


def test_published_probabilities_are_ours_to_within_chance():
    # Theory alone, the same on any machine: 10,000 sets against 10,000, over all sizes.
    theirs = published(LIU2022, "fig4a").columns
    result = json.loads((LIU2022 / "results" / "paper" / "fig4b.json").read_text())
    ours = np.array(result["data"]["probability"])
    published_share = theirs["probability"][np.isin(theirs["size"], result["data"]["counts"])]
    pooled = (ours + published_share) / 2
    spread = np.sqrt(2 * pooled * (1 - pooled) / 10_000)
    assert np.all(np.abs(ours - published_share) <= 5 * spread + 1e-4)
