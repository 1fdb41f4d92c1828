"""What is wrong with a file of the store: it is missing, cut short, or has another content.

The name of a shard or a weights file is the digest of its content. Reading everything on every
opening would take seconds for each gigabyte, so a file whose size and times are those that the
catalog has noted is taken to be what it was.
"""

from __future__ import annotations

import os
from pathlib import Path

from grokphase.store.entries import StoredFile
from grokphase.store.files import digest


def describe(path: Path) -> StoredFile:
    """A file of the store as the catalog will know it."""
    status = path.stat()
    return StoredFile(f"{path.parent.name}/{path.name}", status.st_size, _latest(status))


def changed_at(path: Path) -> int:
    """When a file's content or its entry in the folder was changed last, in nanoseconds."""
    return _latest(path.stat())


def damage(root: Path, file: StoredFile, *, thorough: bool) -> str:
    """What is wrong with a file that the catalog lists, a clause; empty if nothing is.

    Args:
        root: the store's folder.
        file: as the catalog lists it.
        thorough: read and hash it also where its size and times are as they were.
    """
    path = root / file.name
    try:
        status = path.stat()
        if status.st_size != file.bytes:
            return f"has {status.st_size} bytes instead of {file.bytes}"
        unread = _latest(status) == file.modified and not thorough
        return "" if unread or digest(path) == path.stem else "has another content than it had"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _latest(status: os.stat_result) -> int:
    # Whoever changes a file can set the time of its content back, but not that of its entry.
    return max(status.st_mtime_ns, status.st_ctime_ns)
