"""The corpus as runs and as a file: unique, whole, and the same when trained again."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from grokphase.corpora import corpus
from grokphase.corpora.checking import faults
from grokphase.corpora.families import Family, families, seeds
from grokphase.corpora.reading import SHIPPED, Corpus
from grokphase.errors import GrokphaseError
from grokphase.mapping import corpus as building
from grokphase.store import Store

TINY = Family(
    "addition/toy",
    "train",
    1.0,
    {"name": "addition", "p": 5},
    "toy",
    {"recipe.steps": 40, "model.widths": "8", "recipe.evaluate_every": 4},
    {"recipe.decoder.learning_rate": {"from": 1e-3, "to": 1e-2}},
)
PARITY = Family(
    "sparse-parity/mlp",
    "test",
    1.0,
    {"name": "sparse-parity", "bits": 6, "relevant": [2, 3], "samples": 40},
    "mlp",
    {"recipe.steps": 30, "model.widths": "8", "model.dimension": 4},
    {"recipe.learning_rate": {"from": 1e-3, "to": 1e-2}},
)


def test_no_two_cells_are_one_run():
    specs = building.corpus_specs(400)
    cells = Counter(cell.name for cell, _ in specs.values())
    assert set(cells.values()) == {seeds()}
    assert {cell.family.name for cell, _ in specs.values()} == {e.name for e in families()}


def test_a_cell_that_is_another_once_more_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(building, "families", lambda: (TINY, TINY))
    monkeypatch.setattr(building, "cells_of", lambda _: {TINY.name: 1})
    with pytest.raises(GrokphaseError, match=r"The cell addition/toy#0 is .* once more"):
        building.corpus_specs(6)


def test_runs_of_a_cell_differ_in_their_seed_alone():
    for cell, spec in building.corpus_specs(48).values():
        described = spec.spec()
        assert described.pop("seed") % 1000 < seeds()
        others = [each.spec() for each in building.cell_specs(cell)]
        assert all({**each, "seed": 0} == {**described, "seed": 0} for each in others)


def test_all_runs_go_to_their_budget():
    assert {spec.recipe.stop for _, spec in building.corpus_specs(48).values()} == {"budget"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus of two tiny families, interrupted once."""
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(building, "families", lambda: (TINY, PARITY))
        patched.setattr(building, "cells_of", lambda _: {TINY.name: 2, PARITY.name: 2})
        with Store.open(folder / "store", read_only=False) as store:
            first = building.corpus_plan(store, 12)
            assert [each.there for each in first] == [0, 0]
            some = [spec for _, spec in building.corpus_specs(12).values()][:5]
            building.Sweep(store, 1).run(some)
            assert sum(each.there for each in building.corpus_plan(store, 12)) == 5
            assert building.build_corpus(store, 12, folder / "corpus.parquet", workers=1) == 12
            assert [each.steps for each in building.corpus_plan(store, 12)] == [0, 0]
    return corpus(folder / "corpus.parquet")


def test_a_file_has_a_row_a_run_with_settings_and_curves(built: Corpus):
    rows = [*built.rows()]
    assert len(rows) == len(built) == 12
    assert built.splits == {"train": [TINY.name], "validation": [], "test": [PARITY.name]}
    for row in rows:
        assert row["steps_trained"] == row["budget"] == row["step"][-1]
        assert len(row["train_loss"]) == len(row["step"])
        assert row["recipe.decoder.learning_rate"] > 0
        for event in ("train_step", "validation_step"):
            if row[event] is not None:
                assert 0 < row[event] - row[f"{event}_lower"] <= row["evaluate_every"]
    toys = [row for row in rows if row["family"] == TINY.name]
    assert {row["evaluate_every"] for row in toys} == {4}
    assert [*built.rows("test")] == [row for row in rows if row["family"] == PARITY.name]


def test_a_file_opens_in_pandas_and_polars(built: Corpus):
    pandas, polars = built.to_pandas(), built.to_polars(curves=False)
    assert pandas["id"].tolist() == polars["id"].to_list()
    assert "train_loss" in pandas.columns
    assert "train_loss" not in polars.columns
    assert np.isclose(pandas["train_loss"][0][-1], next(iter(built.rows()))["train_loss"][-1])


def test_a_run_counted_twice_is_refused(built: Corpus, tmp_path: Path):
    twice = tmp_path / "twice.parquet"
    built.query(f"COPY (FROM corpus UNION ALL (FROM corpus LIMIT 1)) TO '{twice}'")
    with pytest.raises(GrokphaseError, match="1 runs are there twice"):
        corpus(twice)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("SELECT * REPLACE (0 AS seed) FROM corpus", "cells have a seed twice"),
        ("SELECT * REPLACE (1 AS budget, 2 AS train_step) FROM corpus", "after their budget"),
        ("FROM corpus LIMIT 11", "1 cells have fewer than 3 seeds"),
        (
            "SELECT * REPLACE (if(seed % 2 = 0, 'test', 'train') AS split) FROM corpus",
            "families stand in more than one split",
        ),
        ("SELECT * REPLACE (step[1:2] AS step) FROM corpus", "curves of other lengths"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(built: Corpus, tmp_path: Path, change: str, fault: str):
    changed = tmp_path / "changed.parquet"
    built.query(f"COPY ({change}) TO '{changed}'")
    assert any(fault in sentence for sentence in faults(Corpus(changed)))
    assert faults(built) == []


def test_what_is_no_corpus_is_refused(tmp_path: Path, built: Corpus):
    with pytest.raises(GrokphaseError, match="There is no corpus at"):
        corpus(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("not Parquet")
    with pytest.raises(
        GrokphaseError, match="cannot be read as Parquet; write a corpus by"
    ) as told:
        corpus(tmp_path / "text.parquet")
    assert "Error" not in str(told.value)  # as the library words it
    other = tmp_path / "other.parquet"
    built.query(f"COPY (SELECT 1 AS id) TO '{other}'")
    with pytest.raises(GrokphaseError, match="is no corpus: it has no column cell"):
        corpus(other)
    with pytest.raises(GrokphaseError, match='split = "all"'):
        [*built.rows("all")]


def test_the_corpus_that_comes_along_is_what_its_card_says():
    found = corpus()
    assert len(found) >= 3000
    assert SHIPPED.stat().st_size < 25e6
    assert faults(found) == []
    assert {each["family"] for each in found.summary()} == {each.name for each in families()}
    outcomes = Counter(row for (row,) in found.query("SELECT phase FROM corpus").fetchall())
    assert min(outcomes[name] for name in ("comprehension", "grokking", "memorization")) > 300
    assert min(outcomes["confusion"], outcomes["diverged"]) > 25
    diverged = found.query("SELECT DISTINCT split FROM corpus WHERE phase = 'diverged'").fetchall()
    assert {split for (split,) in diverged} >= {"train", "test"}


def test_the_runs_that_come_along_are_those_of_their_cells():
    """Whoever builds it anew gets the same ids: nothing in the draws has moved."""
    ids = {row for (row,) in corpus().query("SELECT id FROM corpus").fetchall()}
    some = building.corpus_specs(100)
    assert set(some) <= ids


def test_the_group_of_order_21_is_one_that_does_not_commute():
    assert building._TABLES["frobenius"](21).classes == 21
    table = {(x, y): building.frobenius(x, y) for x in range(21) for y in range(21)}
    triples = itertools.product(range(0, 21, 2), repeat=3)
    assert all(table[table[x, y], z] == table[x, table[y, z]] for x, y, z in triples)
    assert all(table[0, x] == table[x, 0] == x for x in range(21))
    assert all(len({table[x, y] for y in range(21)}) == 21 for x in range(21))
    assert table[1, 3] != table[3, 1]


def test_no_more_runs_are_trained_again_than_there_are(built: Corpus):
    for again in (-1, 0, len(built) + 1):
        with pytest.raises(GrokphaseError, match=f"again = {again} cannot be used"):
            building.trained_again(built, again)


@pytest.mark.slow
def test_runs_trained_again_are_the_same():
    assert building.trained_again(corpus(), 4) == []
