"""Files that are whole or not there: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = ".tmp-"
"""What the name of a file in the making starts with; in a store the next writer removes it."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file under a passing name beside it, and put it in place when it is complete.

    Args:
        path: where the file is to be; its directory must exist. Of a link what it leads to.

    Yields:
        The path to write to.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replacing(Path(folder) / "a.txt") as passing:
        ...         _ = passing.write_text("whole")
        ...     [file.name for file in Path(folder).iterdir()]
        ['a.txt']
    """
    path = Path(os.path.realpath(path))
    passing = temporary(path.parent, path.suffix)
    try:
        yield passing
        publish(passing, path)
    finally:
        remove_file(passing)


def temporary(folder: Path, suffix: str) -> Path:
    """A name nobody uses, in the folder where the file will stay.

    Args:
        folder: the folder of the final file, since a rename is atomic only within a file system.
        suffix: how the name ends, with the dot.

    Returns:
        The path; nothing is created.
    """
    return folder / f"{TEMPORARY}{secrets.token_hex(8)}{suffix}"


def sync_file(path: Path) -> None:
    """Waits until the file's bytes are on the disk."""
    # Windows flushes only through a handle that may write.
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Waits until the folder's names are on the disk; Windows does that by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(source: Path, target: Path) -> None:
    """Gives a finished temporary file its name, durably.

    Args:
        source: the temporary file, whole, in the folder of `target`.
        target: its name from now on; a file of that name is replaced.
    """
    sync_file(source)
    os.replace(source, target)
    sync_folder(target.parent)


def remove_file(path: Path) -> None:
    """Removes a file if it is there and can be removed."""
    with suppress(OSError):
        os.unlink(path)
