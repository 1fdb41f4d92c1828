"""The catalog: a small SQLite file that says which run lies in which shard.

Everything in it can be read again from the shards and the files of the sweeps, so a catalog that
is lost or damaged costs a rebuild and no result.

It uses a rollback journal, since the write-ahead log of SQLite breaks on network file systems. In
this mode a commit waits until no reader is in the middle of a statement, and a reader waits while
a commit is being written. Both take milliseconds here, because readers fetch everything at once
and transactions hold one shard's rows, and both wait up to a minute before they give up.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grokphase.store.entries import LISTED, Entry, StoredFile
from grokphase.store.layout import FORMAT
from grokphase.store.record import STEP_COLUMNS
from grokphase.store.sweep_table import SweepTable

_BUSY_SECONDS = 60.0
_SYNCHRONOUS = "FULL"

_SCHEMA = f"""
CREATE TABLE files (
    key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL);
CREATE TABLE condemned (name TEXT PRIMARY KEY);
CREATE TABLE runs (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, shard INTEGER NOT NULL, weights INTEGER,
    task TEXT, phase TEXT, seed INTEGER, {", ".join(f"{name} INTEGER" for name in STEP_COLUMNS)},
    followed INTEGER, steps_trained INTEGER, seconds REAL, finished TEXT);
CREATE INDEX runs_phase ON runs (phase);
CREATE INDEX runs_shard ON runs (shard);
CREATE INDEX runs_weights ON runs (weights) WHERE weights IS NOT NULL;
CREATE TABLE sweeps (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, spec TEXT NOT NULL, command TEXT NOT NULL,
    created TEXT NOT NULL, finished TEXT, modified INTEGER NOT NULL);
CREATE TABLE members (sweep INTEGER NOT NULL, run TEXT NOT NULL);
CREATE UNIQUE INDEX members_once ON members (sweep, run);
PRAGMA user_version = {FORMAT};
"""


class Catalog:
    """Statements on the catalog; every change is one transaction.

    Args:
        connection: an open connection in autocommit mode.

    Attributes:
        sweeps: the statements on the sweeps.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection
        # A store that is dropped without being closed ends its connection too.
        self._end = weakref.finalize(self, connection.close)
        # Ids are hashes, so looking up many touches pages everywhere: 64 MB hold a million of them.
        connection.execute("PRAGMA cache_size = -65536")
        self.sweeps = SweepTable(connection)

    @classmethod
    def write(cls, path: Path) -> Catalog:
        """Opens the catalog for its one writer and creates its tables if there are none.

        Raises:
            sqlite3.DatabaseError: if the file is not a sound catalog.
        """
        catalog = cls(_connect(str(path)))
        try:
            catalog._prepare()
        except BaseException:
            catalog.close()
            raise
        return catalog

    @classmethod
    def read(cls, path: Path) -> Catalog:
        """Opens the catalog for a reader.

        Raises:
            sqlite3.DatabaseError: if it is missing, damaged, or cannot be read without writing.
        """
        # Where the folder can be written, a reader may have to undo the half-made commit of a
        # killed writer before it can read; query_only keeps it from writing anything else.
        writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        mode = "rw" if writable else "ro"
        catalog = cls(_connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True))
        try:
            catalog._connection.execute("PRAGMA query_only = 1")
            catalog._check()
        except BaseException:
            catalog.close()
            raise
        return catalog

    @classmethod
    def memory(cls, source: Catalog | None = None) -> Catalog:
        """An empty catalog, or a copy of one, that no file stands behind."""
        catalog = cls(_connect(":memory:"))
        if source is None:
            catalog._prepare()
        else:
            source._connection.backup(catalog._connection)
        return catalog

    def close(self) -> None:
        """Ends the connection."""
        self._end()

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
        if self._rows("PRAGMA user_version")[0][0] == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        self._check()

    def _check(self) -> None:
        if self._rows("PRAGMA user_version")[0][0] != FORMAT:
            raise sqlite3.DatabaseError("its tables are of another version")
        # Its structure, in 0.1 s for 100,000 runs; its values are compared with the shards by
        # `recovery.problems`.
        found = self._rows("PRAGMA quick_check(1)")[0][0]
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(str(found).replace("*", "").split()))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes the changes inside it happen together or not at all, durably."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # After a full disk SQLite may have rolled back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    # ---- runs

    def next_key(self) -> int:
        """The number that the next run gets in the order of writing."""
        return int(self._rows("SELECT coalesce(max(key), 0) + 1 FROM runs")[0][0])

    def count(self) -> int:
        """How many runs there are."""
        return int(self._rows("SELECT count(*) FROM runs")[0][0])

    def phases(self) -> dict[str, int]:
        """How many runs there are of each phase."""
        return dict(map(tuple, self._rows("SELECT phase, count(*) FROM runs GROUP BY phase")))

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are listed."""
        sql = "SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._rows(sql, json.dumps(ids))}

    def places(self, ids: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """Where runs lie: id -> (name of the shard, name of the weights file or None)."""
        sql = """SELECT r.id, s.name, w.name FROM runs r JOIN files s ON s.key = r.shard
            LEFT JOIN files w ON w.key = r.weights
            WHERE r.id IN (SELECT value FROM json_each(?))"""
        return {row[0]: (row[1], row[2]) for row in self._rows(sql, json.dumps(ids))}

    def matching(self, prefix: str, limit: int) -> list[str]:
        """Up to `limit` ids that begin with `prefix`."""
        sql = "SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [row[0] for row in self._rows(sql, prefix, prefix + "\U0010ffff", limit)]

    def newest(self, limit: int, phase: str | None, sweep: str | None) -> list[dict[str, Any]]:
        """The newest runs first, as dicts of `LISTED`."""
        source, where, values = "runs r", [], []
        if sweep is not None:
            source = "members m JOIN sweeps s ON s.key = m.sweep JOIN runs r ON r.id = m.run"
            where.append("s.id = ?")
            values.append(sweep)
        if phase is not None:
            where.append("r.phase = ?")
            values.append(phase)
        columns = ", ".join(f"r.{name}" for name in LISTED)
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        sql = f"SELECT {columns} FROM {source} {condition} ORDER BY r.key DESC LIMIT ?"
        rows = [dict(row) for row in self._rows(sql, *values, limit)]
        return [row | {"followed": bool(row["followed"])} for row in rows]

    # ---- files

    def files(self, folder: str) -> list[StoredFile]:
        """The catalogued files of a folder, "shards" or "weights", in the order of writing."""
        sql = "SELECT name, bytes, modified, key FROM files WHERE name LIKE ? ORDER BY key"
        return [StoredFile(*row) for row in self._rows(sql, f"{folder}/%")]

    def all_files(self) -> list[StoredFile]:
        """The catalogued shards, then the weights files."""
        return [*self.files("shards"), *self.files("weights")]

    def entries(self, shard: StoredFile) -> dict[tuple[Any, ...], str | None]:
        """What is listed of the runs of a shard: values of `LISTED` -> name of the weights file."""
        columns = ", ".join(f"r.{name}" for name in LISTED)
        sql = f"""SELECT {columns}, w.name FROM runs r LEFT JOIN files w ON w.key = r.weights
            WHERE r.shard = ?"""
        return {tuple(row)[:-1]: row[-1] for row in self._rows(sql, shard.key)}

    def shard_sizes(self) -> list[tuple[StoredFile, int]]:
        """Every shard with the number of its runs, in the order of its first run."""
        sql = """SELECT f.name, f.bytes, f.modified, f.key, count(r.key) FROM files f
            LEFT JOIN runs r ON r.shard = f.key WHERE f.name LIKE 'shards/%'
            GROUP BY f.key ORDER BY min(r.key)"""
        return [(StoredFile(*row[:4]), int(row[4])) for row in self._rows(sql)]

    def run_ids(self, file: StoredFile) -> list[str]:
        """The runs that lie in a shard, or whose weights lie in a weights file."""
        sql = "SELECT id FROM runs WHERE shard = ? OR weights = ? ORDER BY key"
        return [row[0] for row in self._rows(sql, file.key, file.key)]

    def condemned(self) -> list[str]:
        """Names of files that no longer count and wait for their removal."""
        return [row[0] for row in self._rows("SELECT name FROM condemned ORDER BY name")]

    def unused_weights(self) -> list[StoredFile]:
        """Weights files that belong to no listed run."""
        sql = """SELECT name, bytes, modified, key FROM files WHERE name LIKE 'weights/%'
            AND key NOT IN (SELECT weights FROM runs WHERE weights IS NOT NULL)"""
        return [StoredFile(*row) for row in self._rows(sql)]

    # ---- changes; call them inside `transaction`

    def add_file(self, file: StoredFile) -> int:
        """Lists a file, or its new size and time; returns its key."""
        sql = """INSERT INTO files (name, bytes, modified) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, modified = excluded.modified
            RETURNING key"""
        # A file that is written again with the same content is wanted again.
        self.pardon([file.name])
        return int(self._rows(sql, file.name, file.bytes, file.modified)[0][0])

    def add_runs(self, shard: int, entries: Iterable[Entry]) -> None:
        """Lists the runs of a shard; their weights files must be listed before."""
        files = {row["name"]: row["key"] for row in self._rows("SELECT key, name FROM files")}
        places = ", ".join("?" * (3 + len(LISTED)))
        self._connection.executemany(
            f"INSERT INTO runs (key, shard, weights, {', '.join(LISTED)}) VALUES ({places})",
            ((e.key, shard, files[e.weights] if e.weights else None, *e.listed) for e in entries),
        )

    def adopt(
        self, shard: StoredFile, weights: Iterable[StoredFile], entries: Sequence[Entry]
    ) -> None:
        """Lists a complete shard and its runs: last, where their places in the order are taken."""
        sql = "SELECT key FROM runs WHERE key IN (SELECT value FROM json_each(?))"
        if self._rows(sql, json.dumps([entry.key for entry in entries])):
            start = self.next_key()
            entries = [replace(entry, key=start + place) for place, entry in enumerate(entries)]
        with self.transaction():
            for file in weights:
                self.add_file(file)
            self.add_runs(self.add_file(shard), entries)
            self.sweeps.add_members((e.sweep, e.listed[0]) for e in entries if e.sweep)

    def move_runs(self, old: Sequence[StoredFile], new: int) -> None:
        """Says that the runs of the old shards lie in the new one."""
        self._connection.executemany(
            "UPDATE runs SET shard = ? WHERE shard = ?", [(new, file.key) for file in old]
        )

    def drop_runs(self, ids: Sequence[str]) -> None:
        """Forgets runs; sweeps go on naming them, so that they are computed again there."""
        self._connection.execute(
            "DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )

    def drop_weights(self, file: StoredFile) -> None:
        """Forgets a weights file; its runs are listed without weights."""
        self._connection.execute("UPDATE runs SET weights = NULL WHERE weights = ?", (file.key,))
        self.drop_files([file], condemn=False)

    def drop_files(self, files: Iterable[StoredFile], *, condemn: bool) -> None:
        """Forgets files; with `condemn` they wait for their removal."""
        names = [(file.name,) for file in files]
        self._connection.executemany("DELETE FROM files WHERE name = ?", names)
        if condemn:
            self._connection.executemany("INSERT OR IGNORE INTO condemned VALUES (?)", names)

    def pardon(self, names: Iterable[str]) -> None:
        """Forgets condemned files, once they are removed."""
        self._connection.executemany(
            "DELETE FROM condemned WHERE name = ?", [(name,) for name in names]
        )


def _connect(target: str, *, uri: bool = False) -> sqlite3.Connection:
    # Calls from several threads are put in order by the store's own lock.
    return sqlite3.connect(
        target, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri
    )
