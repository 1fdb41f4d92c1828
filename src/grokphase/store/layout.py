"""Where things lie in a store, what makes a folder a store, and which versions are read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.files import TEMPORARY
from grokphase.store.files import write_file

FORMAT = 1
"""The version of the format that is written; stores of a newer one are refused."""

_MARKER = "store.json"
_LOCK = "writer.lock"


@dataclass(frozen=True)
class Layout:
    """The paths inside a store.

    Args:
        root: the store's folder, as an absolute path.

    Example:
        >>> Layout(Path("results")).catalog.name
        'catalog.sqlite'
    """

    root: Path

    @property
    def marker(self) -> Path:
        """The file that makes a folder a store; it holds the version of the format."""
        return self.root / _MARKER

    @property
    def lock(self) -> Path:
        """The lock file of the one writer."""
        return self.root / _LOCK

    @property
    def catalog(self) -> Path:
        """The SQLite file that lists what the shards hold."""
        return self.root / "catalog.sqlite"

    @property
    def shards(self) -> Path:
        """The Parquet files, one row a run."""
        return self.root / "shards"

    @property
    def weights(self) -> Path:
        """The safetensors files of the runs that kept their weights."""
        return self.root / "weights"

    @property
    def sweeps(self) -> Path:
        """One JSON file a sweep."""
        return self.root / "sweeps"

    @property
    def checkpoints(self) -> Path:
        """Runs in flight."""
        return self.root / "checkpoints"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder inside the store."""
        return (self.shards, self.weights, self.sweeps, self.checkpoints)

    def drafts(self) -> Iterator[Path]:
        """Files in the making that a writer left behind when it was killed."""
        for folder in (self.root, *self.folders):
            yield from folder.glob(f"{TEMPORARY}*")


def refuse_unless_store(layout: Layout) -> None:
    """Refuses a path that does not hold a store this version can read.

    Raises:
        GrokphaseError: if there is nothing, a file, another folder, or a newer store.
    """
    _refuse_file(layout.root)
    if not layout.root.exists():
        raise GrokphaseError(
            f'There is no store at "{layout.root}": check the path, or let "grokphase map" or '
            '"grokphase train" create it with --store.'
        )
    if not layout.marker.exists():
        raise GrokphaseError(
            f'"{layout.root}" is not a grokphase store (it holds no {_MARKER}): check the path.'
        )
    _refuse_newer(layout)


def refuse_unless_writable(layout: Layout) -> None:
    """Refuses, before anything is written, a path where a store can neither be nor begin.

    Raises:
        GrokphaseError: if it is a file, a folder of something else, a newer store, or read-only.
    """
    root = layout.root
    _refuse_file(root)
    if layout.marker.exists():
        _refuse_newer(layout)
    elif root.exists() and any(not _ours(entry) for entry in root.iterdir()):
        raise GrokphaseError(
            f'"{root}" is a folder with other files in it and not a grokphase store: name an '
            "empty or a new folder."
        )
    anchor = next(path for path in (root, *root.parents) if path.exists())
    if not anchor.is_dir():
        raise GrokphaseError(f'"{root}" cannot be a store: "{anchor}" is not a folder.')
    if not os.access(anchor, os.W_OK | os.X_OK):
        raise GrokphaseError(
            f'The store "{root}" cannot be written: "{anchor}" is read-only; open it with '
            "read_only=True to read, or name another folder with --store."
        )


def create(layout: Layout) -> None:
    """Makes an empty folder a store; where it is one, adds only what is missing.

    Raises:
        OSError: if the disk refuses.
    """
    for folder in layout.folders:
        folder.mkdir(exist_ok=True)
    if not layout.marker.exists():
        write_file(layout.marker, json.dumps({"format": FORMAT}).encode())


def _refuse_file(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise GrokphaseError(f'"{root}" is a file; a store is a folder: name another path.')


def _refuse_newer(layout: Layout) -> None:
    try:
        version = json.loads(layout.marker.read_bytes())["format"]
        newer = version > FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GrokphaseError(
            f'"{layout.marker}" cannot be read as the mark of a store ({error}): restore it with '
            f'the text {{"format": {FORMAT}}}.'
        ) from error
    if newer:
        raise GrokphaseError(
            f'The store "{layout.root}" has format {version} and this grokphase reads up to '
            f'{FORMAT}: upgrade with "pip install --upgrade grokphase".'
        )


def _ours(entry: Path) -> bool:
    # What a writer that was killed while creating the store may have left: empty folders of ours,
    # the lock, drafts. The marker is written last.
    known = {folder.name for folder in Layout(entry.parent).folders}
    if entry.is_dir():
        return entry.name in known and not any(entry.iterdir())
    return entry.name == _LOCK or entry.name.startswith(TEMPORARY)
