"""Checkpoints of runs in flight: opaque bytes, replaced atomically, checked when read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from grokphase.files import remove_file
from grokphase.store.files import write_file
from grokphase.store.record import check_name

SUFFIX = ".checkpoint"
_DIGEST = 32


class Checkpoints:
    """The checkpoints of a store, one file a run.

    Different runs may be saved from different threads at once: each has its own file.

    Args:
        folder: where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, run: str, payload: bytes) -> None:
        """Replaces the run's checkpoint; the old one stays if this fails.

        Raises:
            OSError: if the disk is full or refuses.
        """
        write_file(self._path(run), hashlib.sha256(payload).digest(), payload)

    def load(self, run: str) -> bytes | None:
        """The run's checkpoint; None if there is none, or if it is damaged.

        A damaged checkpoint costs the time since the run began and no result, so it is treated
        as missing.
        """
        try:
            data = self._path(run).read_bytes()
        except FileNotFoundError:
            return None
        payload = data[_DIGEST:]
        return payload if hashlib.sha256(payload).digest() == data[:_DIGEST] else None

    def damaged(self) -> list[str]:
        """The ids of the runs whose checkpoint is damaged."""
        return [run for run in self.runs() if self.load(run) is None and self._path(run).exists()]

    def drop(self, run: str) -> None:
        """Removes the run's checkpoint if there is one."""
        remove_file(self._path(run))

    def runs(self) -> list[str]:
        """The ids of the runs that have a checkpoint."""
        return sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}"))

    def drop_all(self, runs: Collection[str]) -> None:
        """Removes the checkpoints of runs."""
        for run in runs:
            self.drop(run)

    def _path(self, run: str) -> Path:
        return self._folder / (check_name(run, "Run") + SUFFIX)
