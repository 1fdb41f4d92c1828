"""Opening a store that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.store import Store


def opened(path: Path, *, read_only: bool = True) -> Store:
    """Open a store that exists: looking must not create one.

    Args:
        path: its directory.
        read_only: whether it is only looked at.

    Returns:
        The store, to be used in a ``with`` statement.

    Raises:
        GrokphaseError: there is none at the path, or it cannot be opened.
    """
    from grokphase.store import Store

    if not path.exists():
        raise GrokphaseError(
            f'There is no store at "{path}"; give one with --store, or make one with grokphase map.'
        )
    return Store.open(path, read_only=read_only)
