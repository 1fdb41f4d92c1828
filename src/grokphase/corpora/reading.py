"""The corpus as it comes along: one Parquet file, a row a run, read without JAX."""

from __future__ import annotations

import hashlib
import html
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grokphase.corpora.families import SPLITS
from grokphase.errors import GrokphaseError
from grokphase.store.shards import scan

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars

SHIPPED: Final = Path(str(files(__package__))) / "corpus.parquet"
"""The corpus that comes with the package."""


@dataclass(frozen=True, repr=False)
class Corpus:
    """Runs of many small networks: settings, events, and curves at log-spaced steps.

    A row is a run. Its columns are ``id``, ``family``, ``split`` ("train", "validation" or "test"),
    ``cell`` (runs of one cell differ in their seed alone), ``seed``, ``budget``, the events with
    their lower ends (`grokphase.store.record.STEP_COLUMNS`; NULL where censored), every setting by
    its dotted name, and the curves as lists.

    Args:
        path: the Parquet file.

    Example:
        >>> runs = corpus()
        >>> sorted(runs.splits)
        ['test', 'train', 'validation']
    """

    path: Path

    def __len__(self) -> int:
        return int(self.query("SELECT count(*) FROM corpus").fetchall()[0][0])

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB in memory in which the runs are the view ``corpus``."""
        import duckdb

        database = duckdb.connect()
        database.execute(f"CREATE VIEW corpus AS FROM {scan([self.path])}")
        return database

    def query(self, sql: str) -> duckdb.DuckDBPyRelation:
        """The answer to a SELECT from the view ``corpus``, as a relation of DuckDB.

        Example:
            >>> corpus().query("SELECT count(DISTINCT family) FROM corpus").fetchall()
            [(19,)]
        """
        return self.connect().sql(sql)

    def to_pandas(self, *, curves: bool = True) -> pandas.DataFrame:
        """The runs as a table of pandas, which must be installed; without curves if so wished."""
        from grokphase.frames import library

        library("pandas")
        return self.query(self._select(curves)).df()

    def to_polars(self, *, curves: bool = True) -> polars.DataFrame:
        """The runs as a table of polars, which must be installed; without curves if so wished."""
        from grokphase.frames import library

        found: polars.DataFrame = library("polars").read_parquet(self.path)
        return found if curves else found.drop(self.curves)

    def rows(self, split: str | None = None) -> Iterator[dict[str, Any]]:
        """The runs one after the other, curves as lists, in the order of the file.

        Args:
            split: only those of "train", "validation" or "test".

        Raises:
            GrokphaseError: it is none of these.
        """
        if split is not None and split not in SPLITS:
            raise GrokphaseError(f'split = "{split}" is none of {", ".join(SPLITS)}.')
        chosen = "" if split is None else f" WHERE split = '{split}'"
        found = self.connect().execute(f"FROM corpus{chosen}")
        names = [column[0] for column in found.description or ()]
        while block := found.fetchmany(500):
            for row in block:
                yield dict(zip(names, row, strict=True))

    @cached_property
    def curves(self) -> tuple[str, ...]:
        """The columns that are lists, a value for every recorded step."""
        found = self.query("DESCRIBE corpus").fetchall()
        return tuple(name for name, kind, *_ in found if kind.endswith("[]"))

    @cached_property
    def splits(self) -> dict[str, list[str]]:
        """The families of each split."""
        found = self.query("SELECT split, family FROM corpus GROUP BY ALL ORDER BY ALL").fetchall()
        return {split: [name for of, name in found if of == split] for split in SPLITS}

    @cached_property
    def digest(self) -> str:
        """What the file is known by: the start of the SHA-256 of its ids and splits, in order."""
        found = self.query("SELECT id, split FROM corpus ORDER BY id").fetchall()
        return hashlib.sha256(repr(found).encode()).hexdigest()[:16]

    def _select(self, curves: bool) -> str:
        if curves:
            return "FROM corpus"
        left = ", ".join(f'"{name}"' for name in self.curves)
        return f"SELECT * EXCLUDE ({left}) FROM corpus"

    def summary(self) -> list[dict[str, Any]]:
        """Runs and outcomes of every family."""
        found = self.query(
            """
            SELECT family, split, count(*) AS runs, count(DISTINCT cell) AS cells,
                sum(steps_trained)::BIGINT AS steps,
                sum((phase = 'comprehension')::INT)::BIGINT AS comprehension,
                sum((phase = 'grokking')::INT)::BIGINT AS grokking,
                sum((phase = 'memorization')::INT)::BIGINT AS memorization,
                sum((phase = 'confusion')::INT)::BIGINT AS confusion,
                sum((phase = 'validation-only')::INT)::BIGINT AS "validation-only",
                sum((phase = 'diverged')::INT)::BIGINT AS diverged,
                sum((validation_sustained_lost_step IS NOT NULL)::INT)::BIGINT AS lost_again
            FROM corpus GROUP BY family, split
            ORDER BY list_position(['train', 'validation', 'test'], split), family
            """
        )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    def __repr__(self) -> str:
        rows = self.summary()
        many = sum(row["runs"] for row in rows)
        lines = [f"Corpus of {many:,} runs in {len(rows)} families ({self.path.name})"]
        lines += [
            f"  {row['family']:<32} {row['split']:<10} {row['runs']:>5} runs, "
            f"{row['grokking'] + row['comprehension']:>4} generalize"
            for row in rows
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def corpus(path: str | os.PathLike[str] | None = None) -> Corpus:
    """The corpus that comes along, or another that `grokphase corpus build` has written.

    Args:
        path: its Parquet file.

    Raises:
        GrokphaseError: there is no such file, or it is no corpus.

    Example:
        >>> len(corpus()) >= 3000
        True
    """
    found = SHIPPED if path is None else Path(path)
    if not found.is_file():
        raise GrokphaseError(
            f'There is no corpus at "{found}"; write one by grokphase corpus build --out {found}.'
        )
    made = Corpus(found)
    _refuse_unless_corpus(made)
    return made


COUNTED_ONCE = {
    "{n} runs are there twice": "SELECT id FROM corpus GROUP BY id HAVING count(*) > 1",
    "{n} cells have a seed twice": (
        "SELECT cell FROM corpus GROUP BY cell HAVING count(DISTINCT seed) < count(*)"
    ),
    "{n} families stand in more than one split": (
        "SELECT family FROM corpus GROUP BY family HAVING count(DISTINCT split) > 1"
    ),
}
"""What no corpus may have, in a sentence, and the query that finds it."""


def _refuse_unless_corpus(made: Corpus) -> None:
    import duckdb

    try:
        there = {row[0] for row in made.query("DESCRIBE corpus").fetchall()}
    except duckdb.Error:
        raise GrokphaseError(
            f'"{made.path}" cannot be read as Parquet; write a corpus by grokphase corpus build '
            "--out corpus.parquet."
        ) from None
    if lacking := sorted({"id", "family", "split", "cell", "seed", "step"} - there):
        raise GrokphaseError(f'"{made.path}" is no corpus: it has no column {", ".join(lacking)}.')
    for sentence, sql in COUNTED_ONCE.items():
        if rows := made.query(sql).fetchall():
            raise GrokphaseError(
                f'"{made.path}" is no corpus: {sentence.format(n=len(rows))}, such as '
                f"{rows[0][0]}; write it anew by grokphase corpus build."
            )
