"""SQL over the shards, read-only, by a DuckDB that can see nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.files import publish, remove_file, temporary
from grokphase.store.catalog import Catalog
from grokphase.store.columns import ARRAY, CURVE, fixed_types
from grokphase.store.files import storage_errors
from grokphase.store.layout import Layout
from grokphase.store.result import QueryResult
from grokphase.store.shards import (
    UnreadableShard,
    copy_out,
    literal,
    new_database,
    pattern,
    quoted,
    readable,
    scan,
)

if TYPE_CHECKING:
    import duckdb

NULL = '"NULL"'  # the type of what has none
_FORMATS = {".parquet": "FORMAT parquet, COMPRESSION zstd", ".csv": "FORMAT csv, HEADER true"}


def query(
    layout: Layout, catalog: Catalog, sql: str, runs: Sequence[str] | None = None
) -> QueryResult:
    """The answer to one statement that only reads.

    Args:
        layout: the store's paths.
        catalog: a catalog.
        sql: SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW over the views `runs` and
            `curves`.
        runs: the ids that the views hold; all if None.

    Returns:
        All rows.

    Raises:
        GrokphaseError: if the statement is not one of these, or DuckDB refuses it.
        UnreadableShard: if a shard is damaged or gone.
    """
    with _database(layout, catalog, runs) as database:
        _confine(database, layout.shards)
        statement = _refuse_writing(database, sql)
        with _answering():
            # Some errors come only with a later row.
            found = database.sql(statement)
            return QueryResult((*found.columns,), found.fetchall(), (*map(str, found.types),))


def export(
    layout: Layout,
    catalog: Catalog,
    target: Path,
    sql: str,
    runs: Sequence[str] | None = None,
) -> None:
    """Writes the answer to a statement as a file, whole or not at all; rows are streamed.

    Args:
        layout: the store's paths.
        catalog: a catalog.
        target: the file, ".parquet" or ".csv"; a file of that name is replaced.
        sql: as for `query`.
        runs: as for `query`.

    Raises:
        GrokphaseError: if the suffix is another, the statement is refused, or the file cannot be
            written; the old one stays.
        UnreadableShard: if a shard is damaged or gone.
    """
    options = _FORMATS.get(target.suffix.lower())
    if options is None:
        raise GrokphaseError(
            f'"{target.name}" cannot be exported: end the name with .parquet or .csv.'
        )
    if not target.parent.is_dir():
        raise GrokphaseError(f'There is no folder "{target.parent}": create it first.')
    draft = temporary(target.parent, target.suffix)
    with _database(layout, catalog, runs) as database:
        _confine(database, layout.shards, draft)
        statement = _refuse_writing(database, sql)
        with storage_errors(target, "the file was not written"):
            try:
                with _answering():
                    copy_out(database, statement, draft, options)
                publish(draft, target)
            finally:
                remove_file(draft)


def _database(
    layout: Layout, catalog: Catalog, runs: Sequence[str] | None
) -> duckdb.DuckDBPyConnection:
    database = new_database()
    paths = [layout.root / file.name for file in catalog.files("shards")]
    with readable():
        if paths:
            _make_views(database, paths, runs)
        else:
            _make_empty(database)
    return database


def _make_views(
    database: duckdb.DuckDBPyConnection, paths: Sequence[Path], runs: Sequence[str] | None
) -> None:
    source = scan(paths)
    if runs is not None:
        database.execute("CREATE TEMP TABLE chosen (id VARCHAR)")
        # No id is empty; without it an empty list would have no type.
        database.register("given", {"id": np.array([*runs, ""], dtype=object)})
        database.execute("INSERT INTO chosen SELECT id FROM given")
        database.unregister("given")
        source += " SEMI JOIN chosen USING (id)"
    described = database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    names = [row[0] for row in described]
    hidden = (CURVE, ARRAY, "record_")
    # A setting that no run has set has no type of its own, and files and tables need one.
    typed = {row[0]: f"CAST({quoted(row[0])} AS DOUBLE) AS " for row in described if row[1] == NULL}
    there = {name.casefold() for name in names}
    shown = ", ".join(
        [
            *(typed.get(name, "") + quoted(name) for name in names if not name.startswith(hidden)),
            *(
                f"NULL::{kind} AS {name}"
                for name, kind in fixed_types().items()
                if name not in there
            ),
        ]
    )
    curves = [name for name in names if name.startswith(CURVE)]
    unnested = "".join(
        f", unnest({quoted(name)}) AS {quoted(name.removeprefix(CURVE))}" for name in curves
    )
    database.execute(f"CREATE VIEW runs AS SELECT {shown} FROM {source}")
    database.execute(f"CREATE VIEW curves AS SELECT id{unnested} FROM {source}")
    # An array entry by entry: thousands of columns, or of lists cut from one, take DuckDB minutes.
    arrays = [_array_view(name, source) for name in names if name.startswith(ARRAY)]
    database.execute(f"CREATE VIEW arrays AS {' UNION ALL '.join(arrays) or _NO_ARRAYS}")


_NO_ARRAYS = (
    "SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS measure, NULL::BIGINT AS step, "
    "NULL::BIGINT AS entry, NULL::FLOAT AS value WHERE false"
)


def _array_view(column: str, source: str) -> str:
    """Rows (id, measure, step, entry, value) of one measure that is an array."""
    values, steps = quoted(column), quoted(f"{CURVE}step")
    return (
        f"SELECT id, {literal(column.removeprefix(ARRAY))} AS measure, "
        f"{steps}[1 + place // width] AS step, place % width AS entry, value FROM "
        f"(SELECT id, {steps}, len({values}) // len({steps}) AS width, "
        f"unnest(range(len({values}))) AS place, unnest({values}) AS value FROM {source})"
    )


def _make_empty(database: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in fixed_types().items())
    database.execute(f"CREATE TABLE runs ({columns})")
    database.execute("CREATE TABLE curves (id VARCHAR, step BIGINT)")
    database.execute(f"CREATE VIEW arrays AS {_NO_ARRAYS}")


def _confine(database: duckdb.DuckDBPyConnection, folder: Path, target: Path | None = None) -> None:
    # Otherwise a SELECT could read any file of this machine, or fetch one from elsewhere.
    # What is compared is the text of a path, so the pattern that stands for it is allowed too.
    allowed = ", ".join(literal(os.path.join(text, "")) for text in (str(folder), pattern(folder)))
    database.execute(f"SET allowed_directories = [{allowed}]")
    if target is not None:
        database.execute(f"SET allowed_paths = [{literal(str(target))}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def _refuse_writing(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    import duckdb

    try:
        statements = database.extract_statements(sql)
    except duckdb.Error as error:
        raise _refusal(error) from error
    if len(statements) != 1:
        raise GrokphaseError(f"Give one statement; there are {len(statements)}.")
    kind = statements[0].type.name
    if kind != "SELECT":  # not EXPLAIN either, since EXPLAIN ANALYZE does what it explains
        raise GrokphaseError(
            f"{kind} is refused, since queries only read: use SELECT, WITH, DESCRIBE or "
            'SUMMARIZE, as in "SELECT phase, count(*) FROM runs GROUP BY phase".'
        )
    return str(statements[0].query).rstrip().rstrip(";")


@contextmanager
def _answering() -> Iterator[None]:
    """Turns DuckDB's errors on a statement into `UnreadableShard` or a refusal."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        raise UnreadableShard(str(error)) from error
    except duckdb.Error as error:
        raise _refusal(error) from error


def _refusal(error: Exception) -> GrokphaseError:
    # DuckDB's first paragraph is its sentence; below it stands the line with a marker.
    sentence = " ".join(str(error).split("\n\nLINE")[0].split())
    return GrokphaseError(f"The query was refused: {sentence}")
