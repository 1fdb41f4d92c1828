"""Ctrl-C in a verb that keeps what it has done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def resumable(store: Path) -> Iterator[None]:
    """Say, when Ctrl-C stops the block, that nothing is lost and how to go on.

    Args:
        store: where the finished runs are kept.

    Raises:
        KeyboardInterrupt: again, with the sentence to print.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f'Stopped; what is done is kept in "{store}", and the same command goes on from there.'
        ) from None
