"""Places to write to: checked before anything is trained."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

from grokphase.errors import GrokphaseError


def require_writable(path: Path, option: str) -> None:
    """Refuse a directory that cannot be written, before hours of training; creates nothing.

    Args:
        path: the directory; it need not exist yet.
        option: the option that named it, for the message.

    Raises:
        GrokphaseError: the path, or the nearest directory above it that exists, cannot be written.
    """
    parent = path.absolute()
    while not (parent.exists() or parent.is_symlink()) and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise GrokphaseError(f'{option} "{path}" cannot be used: "{parent}" is not a directory.')
    try:
        # os.access says yes to root even on a read-only file system, so a file is tried.
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or errno.EACCES).lower()
        raise GrokphaseError(
            f'{option} "{path}" cannot be written ({reason}); give another directory, '
            f"as in {option} ./here."
        ) from None


def slug(name: str) -> str:
    """A task's name as part of the name of a folder and of a sweep: letters and digits.

    Args:
        name: any text.

    Example:
        >>> slug("my op (2)"), slug("∘")
        ('my-op-2', 'task')
    """
    return re.sub("[^0-9A-Za-z_]+", "-", name).strip("-")[:40] or "task"


def short_name(described: object) -> str:
    """Eight digits for a default folder, so that different results do not share one.

    Args:
        described: JSON-able data that says what the result is of.

    Returns:
        The first eight hexadecimal digits of its SHA-256.

    Example:
        >>> short_name(["a", 1]) == short_name(["a", 1]) != short_name(["a", 2])
        True
    """
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:8]
