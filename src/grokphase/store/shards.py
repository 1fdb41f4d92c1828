"""Shards: immutable Parquet files, one row a run, named by the hash of their content."""

from __future__ import annotations

import errno
import functools
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.files import remove_file, temporary
from grokphase.store.columns import Column, to_records
from grokphase.store.damage import describe
from grokphase.store.entries import LISTED, Entry, StoredFile
from grokphase.store.files import digest, publish_new
from grokphase.store.record import LOSS_COLUMNS, RunRecord

if TYPE_CHECKING:
    import duckdb

SUFFIX = ".parquet"
_BATCH = 50_000
# A row group is held in memory while it is written; with full curves this one is some 75 MB.
_OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192"


class UnreadableShard(Exception):
    """A shard that should be there cannot be read; the message is DuckDB's.

    Attributes:
        missing: whether it is gone rather than damaged, as after another process compacted.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.missing = "No files found" in message or "No such file" in message


def new_database() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own, in memory, with nothing in it.

    It spills to the system's temporary folder, never to the current one.
    """
    # Imported here: loading DuckDB takes longer than `import grokphase` may.
    import duckdb

    return duckdb.connect(
        config={
            "temp_directory": str(Path(tempfile.gettempdir()) / f"grokphase-{os.getpid()}"),
            "python_enable_replacements": "false",
        }
    )


def connect() -> duckdb.DuckDBPyConnection:
    """A connection to the DuckDB of this process, which shards are read and written with.

    Starting one takes 20 ms, as long as writing a shard. What is registered on a connection goes
    with it. After a fork the child starts its own: threads do not survive a fork.
    """
    with _STARTING:
        return _database_of(os.getpid()).cursor()


# Stores of several threads share the one DuckDB.
_STARTING = threading.Lock()


@functools.cache
def _database_of(process: int) -> duckdb.DuckDBPyConnection:
    return new_database()


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def scan(paths: Sequence[Path]) -> str:
    """The SQL table function that reads shards together, column by column name."""
    names = ", ".join(literal(pattern(path)) for path in paths)
    return f"read_parquet([{names}], union_by_name = true)"


def write_shard(folder: Path, columns: dict[str, Column]) -> StoredFile:
    """Writes columns as one shard, durable when it returns.

    Args:
        folder: the folder of the shards.
        columns: from `to_columns`.

    Returns:
        The new file, not yet in the catalog.

    Raises:
        OSError: if the disk is full or refuses; nothing is left behind.
    """
    with connect() as database:
        database.register("data", columns)
        return _copy(database, "SELECT * FROM data", folder)


def rewrite(folder: Path, paths: Sequence[Path], dropped: Sequence[str]) -> StoredFile:
    """Writes the runs of several shards as one, without some of them.

    Args:
        folder: the folder of the shards.
        paths: the shards, in the order their runs should have.
        dropped: ids of runs to leave out.

    Returns:
        The new file, not yet in the catalog.

    Raises:
        OSError: if the disk is full or refuses; nothing is left behind.
        UnreadableShard: if a shard is damaged.
    """
    with connect() as database, readable():
        # No id is empty; without it an empty list would have no type.
        database.register("gone", {"id": np.array([*dropped, ""], dtype=object)})
        sql = f"SELECT * FROM {scan(paths)} WHERE id NOT IN (SELECT id FROM gone)"
        return _copy(database, sql, folder)


def shard_entries(path: Path) -> Iterator[Entry]:
    """What the catalog holds of the runs of a shard, from the shard.

    Raises:
        UnreadableShard: if it is damaged.
    """
    columns = ", ".join(["record_key", *LISTED, "record_weights", "record_sweep"])
    with connect() as database, readable():
        result = database.execute(f"SELECT {columns} FROM {scan([path])}")
        while rows := result.fetchmany(_BATCH):
            for key, *listed, weights, sweep in rows:
                yield Entry(key, tuple(listed), weights, sweep)


def read_records(
    paths: Sequence[Path], ids: Sequence[str], *, curves: bool
) -> dict[str, RunRecord]:
    """Runs by id, without their weights.

    Args:
        paths: the shards they lie in.
        ids: which; those that are not there are left out.
        curves: read their curves too.

    Returns:
        id -> run.

    Raises:
        UnreadableShard: if a shard is damaged or gone.
    """
    with connect() as database, readable():
        database.register("wanted", {"id": np.array(ids, dtype=object)})
        # Provenance and the spec come whole, as JSON; their flattened leaves are for queries.
        whole = "record_(spec|provenance|names|counts|lower|message)|measure_seconds|final_.*"
        whole += f"|{'|'.join(LOSS_COLUMNS)}|loss_followed"
        whole += "|curve_.*|array_.*" * curves
        loaded = f"{', '.join(LISTED)}, COLUMNS('^({whole})$')"
        sql = f"SELECT {loaded} FROM {scan(paths)} WHERE id IN (SELECT id FROM wanted)"
        columns: dict[str, Any] = database.execute(sql).fetchnumpy()
    records = to_records(columns, len(columns["id"]))
    return {record.id: record for record in records}


def read_specs(paths: Sequence[Path], ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Specs of runs by id, without anything else of them; arguments as for `read_records`.

    Raises:
        UnreadableShard: if a shard is damaged or gone.
    """
    with connect() as database, readable():
        database.register("wanted", {"id": np.array([*ids, ""], dtype=object)})
        sql = f"SELECT id, record_spec FROM {scan(paths)} WHERE id IN (SELECT id FROM wanted)"
        return {run: json.loads(spec) for run, spec in database.execute(sql).fetchall()}


def _copy(database: duckdb.DuckDBPyConnection, select: str, folder: Path) -> StoredFile:
    draft = temporary(folder, SUFFIX)
    try:
        copy_out(database, select, draft, _OPTIONS)
        target = folder / (digest(draft) + SUFFIX)
        publish_new(draft, target)
    finally:
        remove_file(draft)
    return describe(target)


def copy_out(database: duckdb.DuckDBPyConnection, select: str, draft: Path, options: str) -> None:
    """Writes the answer to a SELECT as a file that is not yet synced.

    Args:
        database: a connection.
        select: the statement.
        draft: the file; a part of it may stay if this fails.
        options: how, as COPY takes them.

    Raises:
        OSError: if the file cannot be written.
        duckdb.Error: if the statement fails.
    """
    import duckdb

    try:
        # A remark at the end of the statement must not swallow what comes after it.
        database.execute(f"COPY ({select}\n) TO {literal(str(draft))} ({options})")
    except duckdb.IOException as error:
        # Reading fails with the same class as writing: the file that it names tells them apart.
        text = str(error)
        if draft.name not in text:
            raise
        # DuckDB gives the words of the system, and its number not always.
        code = next((code for code in errno.errorcode if os.strerror(code) in text), errno.EIO)
        raise OSError(code, os.strerror(code)) from error


@contextmanager
def readable() -> Iterator[None]:
    """Turns DuckDB's errors on reading shards into `UnreadableShard`.

    Raises:
        UnreadableShard: in place of any error of DuckDB.
    """
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise UnreadableShard(" ".join(str(error).split("\n\nLINE")[0].split())) from error


def pattern(path: Path) -> str:
    """The path as DuckDB reads it: it takes *, ? and [ for wild cards unless they are in [ ]."""
    return re.sub(r"[*?\[]", r"[\g<0>]", str(path))
