"""A store to look at, in one short line."""

from __future__ import annotations

import os

from grokphase.store.store import Store


def open(path: str | os.PathLike[str] = "grokphase-store", *, read_only: bool = True) -> Store:
    """Open a store to ask it questions; it stays as it is, and another process may write to it.

    `store.runs()` lists the newest runs, `store.sweeps()` what they were made for, `store.get(id)`
    is one run with its curves, `store.query(sql)` answers SQL, `store.to_pandas()` is a row a run.
    In a notebook the store displays itself.

    Args:
        path: its folder.
        read_only: False to write too, as `Store.open` does; one writer a store.

    Returns:
        The store; `with` closes it, and so does the end of the process.

    Raises:
        GrokphaseError: if there is no store at the path, or it cannot be read.

    Example:
        >>> import tempfile
        >>> import grokphase as gp
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     gp.Store.open(folder).close()
        ...     gp.open(folder).runs()
        []
    """
    return Store.open(path, read_only=read_only)
