"""How a map or a sweep is handed on: as a page, a file, and tables of other libraries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.showing import shown_by

if TYPE_CHECKING:
    import pandas
    import polars


class HandedOn:
    """What `PhaseMap` and `SweepResult` have in common; `grokphase.showing` knows who does it."""

    def report(self, path: str | os.PathLike[str], *, command: str = "") -> Path:
        """Write it as one HTML page that needs no network.

        The curves of a map's runs come from its store, or from memory where it has none. Where
        neither has them the page is written without, and a warning says so.

        Args:
            path: the file, ".html"; directories on the way are made.
            command: the line that made it, shown so that it can be repeated.

        Returns:
            The path written.

        Raises:
            GrokphaseError: if the suffix is another, or the file cannot be written.

        Example:
            >>> import tempfile
            >>> from grokphase.phases.sweep_result import example
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     example().report(f"{folder}/report.html").name
            'report.html'
        """
        return shown_by(self, "page")(self, path, command)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as a JSON file, the object of `to_json_dict`, for other programs.

        `grokphase.load` reads either again, and gives an equal one.

        Args:
            path: the file, ".json"; directories on the way are made. It is replaced whole.

        Returns:
            The path written.

        Raises:
            GrokphaseError: if the suffix is another, or the file cannot be written.
        """
        return shown_by(self, "file")(self, path)

    def to_json_dict(self) -> dict[str, Any]:
        """The object that ``--json`` prints; a step not reached is None."""
        return shown_by(self, "json")(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HandedOn):
            return NotImplemented
        return self.to_json_dict() == other.to_json_dict()

    __hash__ = None  # type: ignore[assignment]  # of arrays and settings, which can change

    def to_pandas(self) -> pandas.DataFrame:
        """One row for each run, by its cell and seed. Needs pandas.

        Columns are those of `telling.tables.columns` and `telling.sweep_tables.columns`. Of a map,
        what is the same for all rows stands in the table's ``attrs``: thresholds, settings, notes.
        """
        return shown_by(self, "pandas")(self)

    def to_polars(self) -> polars.DataFrame:
        """The same columns as a polars table. Needs polars."""
        return shown_by(self, "polars")(self)
