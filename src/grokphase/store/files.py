"""Files of a store: written whole, named by their content, their refusals said."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.files import publish, remove_file, replacing

_DIGITS = 32


def publish_new(source: Path, target: Path) -> None:
    """As `publish`, for a file named by its content: if it fails, the name is not there either.

    Args:
        source: the temporary file.
        target: its name; where a file of that name exists, it is the same one and stays.
    """
    existed = target.exists()
    try:
        publish(source, target)
    except BaseException:
        if not existed:
            remove_file(target)
        raise


def write_file(target: Path, *parts: bytes) -> None:
    """Writes a file that is whole as soon as its name exists.

    Args:
        target: where; a file of that name is replaced.
        parts: the bytes, one part after the other.

    Raises:
        OSError: if the disk is full or refuses. No draft is left; a file of that name is as it was
            or, where the disk took the file and then refused to sync its folder, the new one.
    """
    with replacing(target) as draft:
        write_draft(draft, *parts)


def write_draft(draft: Path, *parts: bytes) -> None:
    """Writes bytes to a temporary file, one part after the other."""
    with open(draft, "wb", buffering=0) as file:
        for part in parts:
            _write_all(file.fileno(), part)


def digest(path: Path) -> str:
    """The content hash that names shards: the first 32 hex digits of SHA-256."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGITS]


@contextlib.contextmanager
def storage_errors(place: Path, doing: str) -> Iterator[None]:
    """Turns a refusal of the disk into one sentence.

    Args:
        place: the folder of the store, or the file outside it that is written.
        doing: what did not happen, a clause such as "nothing of these 8 runs was written".

    Raises:
        GrokphaseError: in place of an `OSError` or an error of SQLite.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise GrokphaseError(_sentence(place, doing, error)) from error


def is_full(error: BaseException) -> bool:
    """Whether the error says that the disk, the quota or the allowed file size is used up."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    full = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
    return isinstance(error, OSError) and error.errno in full


def _sentence(place: Path, doing: str, error: OSError | sqlite3.Error) -> str:
    if is_full(error):
        return (
            f'The disk of "{place}" is full: {doing}; free some space and run the same '
            "command again."
        )
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    # The class itself stands for a damaged file, its subclasses for what passes.
    repair = ' "grokphase doctor --rebuild" makes the catalog anew.'
    hint = repair if type(error) is sqlite3.DatabaseError else ""
    return f'"{place}" could not be used ({reason}): {doing}.{hint}'


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
