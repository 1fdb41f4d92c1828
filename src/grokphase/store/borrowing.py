"""A store that is open already, or the path of one to open for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from grokphase.store.store import Store


@contextmanager
def borrowed(
    store: Store | str | os.PathLike[str] | None, *, read_only: bool = False
) -> Iterator[Store | None]:
    """The store for the duration of a `with` block; only one opened here is closed after it.

    Args:
        store: an open store, the path of one, or None for none.
        read_only: only look: a path is opened beside any writer, and never made a store.

    Yields:
        The open store; None if none was given, or if there is none to look at.

    Raises:
        GrokphaseError: as `Store.open` does.
    """
    if store is None or isinstance(store, Store):
        yield store
        return
    if read_only and not os.path.exists(store):
        yield None
        return
    with Store.open(store, read_only=read_only) as opened:
        yield opened
