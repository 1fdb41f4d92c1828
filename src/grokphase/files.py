"""Files that are whole or not there, whoever writes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file under a passing name beside it, and put it in place when it is complete.

    Args:
        path: where the file is to be; its directory must exist.

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
    passing = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield passing
        with passing.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(passing, path)
    finally:
        passing.unlink(missing_ok=True)
