"""A store that is open already, or the path of one to open for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from grokphase.store.store import Store


@contextmanager
def borrowed(store: Store | str | os.PathLike[str] | None) -> Iterator[Store | None]:
    """The store for the duration of a `with` block; only one opened here is closed after it.

    Args:
        store: an open store, the path of one, or None for none.

    Yields:
        The open store, or None.

    Raises:
        GrokphaseError: as `Store.open` does.
    """
    if store is None or isinstance(store, Store):
        yield store
        return
    with Store.open(store) as opened:
        yield opened
