"""Opening a store, and telling what it had to put right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.cli.output import warn

if TYPE_CHECKING:
    from grokphase.cli.options import Common
    from grokphase.store import Store


def opened(common: Common, *, read_only: bool = True) -> Store:
    """Open a store that exists: looking and removing must not create one.

    Args:
        common: where it is, and how long another writer is waited for.
        read_only: whether it is only looked at.

    Returns:
        The store, to be used in a ``with`` statement.

    Raises:
        GrokphaseError: there is none at the path, or it cannot be opened.
    """
    refuse_unless_there(common.store)
    return _open(common, read_only)


def opened_or_made(common: Common) -> Store:
    """Open a store for runs to come; as `opened`, but one that does not exist is made."""
    return _open(common, read_only=False)


def refuse_unless_there(path: Path) -> None:
    """Refuse a path that holds no store.

    Args:
        path: the directory of the store.

    Raises:
        GrokphaseError: there is none, or it cannot be read.
    """
    from grokphase.store.layout import Layout, refuse_unless_store

    refuse_unless_store(Layout(path.absolute()))


def _open(common: Common, read_only: bool) -> Store:
    from grokphase.store import Store

    store = Store.open(common.store, read_only=read_only, wait=common.wait)
    warn(store.notes)
    return store
