"""Places to write to: checked before anything is trained."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from grokphase.errors import GrokphaseError

_FILES = (".gif", ".html", ".jpg", ".json", ".pdf", ".png", ".svg")


def folder(path: Path, option: str) -> Path:
    """The path, if it does not look like a file where a directory is asked for.

    Raises:
        GrokphaseError: it ends as a file does, and is no directory.
    """
    if path.suffix.lower() in _FILES and not path.is_dir():
        raise GrokphaseError(
            f'{option} is a directory, in which files are written, and "{path}" looks like a file; '
            f"write {option} {path.with_suffix('')}."
        )
    return path


def require_writable(path: Path, option: str) -> None:
    """Refuse a directory that cannot be written, before hours of training; creates nothing.

    Args:
        path: the directory; it need not exist yet.
        option: the option that named it, for the message.

    Raises:
        GrokphaseError: the path, or the nearest directory above it that exists, cannot be written.
    """
    parent = path.absolute()
    try:
        while not (parent.exists() or parent.is_symlink()) and parent != parent.parent:
            parent = parent.parent
        if not parent.is_dir():
            raise GrokphaseError(
                f'{option} "{path}" cannot be used: "{parent}" is not a directory.'
            )
        # os.access says yes to root even on a read-only file system, so a file is tried.
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or errno.EACCES).lower()
        raise GrokphaseError(
            f'{option} "{path}" cannot be written ({reason}); give another directory, '
            f"as in {option} ./here."
        ) from None


def require_places(store: Path, out: Path) -> None:
    """Refuse a store or a place for results that cannot be written; creates nothing.

    Args:
        store: what ``--store`` names.
        out: what ``--out`` names.

    Raises:
        GrokphaseError: one of them cannot be written.
    """
    require_writable(store, "--store")
    require_writable(out, "--out")
