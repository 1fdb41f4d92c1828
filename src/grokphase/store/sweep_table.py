"""The catalog's part on sweeps: which there are, and which runs belong to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any


class SweepTable:
    """Statements on the sweeps; call `put` and `add_members` inside a transaction.

    Args:
        connection: the catalog's.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> list[dict[str, Any]]:
        """Every sweep, newest first, with the number of its runs that exist."""
        rows = self._connection.execute(
            """SELECT s.id, s.spec, s.command, s.created, s.finished, count(r.key) AS runs
            FROM sweeps s LEFT JOIN members m ON m.sweep = s.key LEFT JOIN runs r ON r.id = m.run
            GROUP BY s.key ORDER BY s.created DESC, s.key DESC"""
        )
        return [dict(row) | {"spec": json.loads(row["spec"])} for row in rows.fetchall()]

    def times(self) -> dict[str, int]:
        """Sweep id -> when the file it was read from was changed, in nanoseconds."""
        rows = self._connection.execute("SELECT id, modified FROM sweeps").fetchall()
        return {row[0]: row[1] for row in rows}

    def members(self, sweep: str) -> list[str]:
        """The ids of a sweep's runs, in the order they were noted."""
        rows = self._connection.execute(
            """SELECT m.run FROM members m JOIN sweeps s ON s.key = m.sweep WHERE s.id = ?
            ORDER BY m.rowid""",
            (sweep,),
        )
        return [row[0] for row in rows.fetchall()]

    def shared(self, sweep: str) -> set[str]:
        """The ids of those of a sweep's runs that other sweeps name too."""
        rows = self._connection.execute(
            """SELECT m.run FROM members m JOIN sweeps s ON s.key = m.sweep WHERE s.id = ?
            AND EXISTS (SELECT 1 FROM members o WHERE o.run = m.run AND o.sweep != m.sweep)""",
            (sweep,),
        )
        return {row[0] for row in rows.fetchall()}

    def put(self, sweep: Mapping[str, Any], modified: int) -> None:
        """Lists a sweep, or what is new about it.

        Args:
            sweep: as its file holds it.
            modified: when the file was changed, in nanoseconds.
        """
        values = {**sweep, "spec": json.dumps(sweep["spec"]), "modified": modified}
        del values["runs"]
        self._connection.execute(
            """INSERT INTO sweeps (id, spec, command, created, finished, modified)
            VALUES (:id, :spec, :command, :created, :finished, :modified)
            ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, command = excluded.command,
            created = excluded.created, finished = excluded.finished,
            modified = excluded.modified""",
            values,
        )
        self.add_members((sweep["id"], run) for run in sweep["runs"])

    def add_members(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Notes which runs belong to which sweeps: (sweep id, run id), unknown sweeps skipped."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO members SELECT key, ?2 FROM sweeps WHERE id = ?1", pairs
        )
