"""The command as it was typed, for the store's list of sweeps."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextvars import ContextVar

_words: ContextVar[tuple[str, ...]] = ContextVar("words", default=())


def remember(words: Sequence[str]) -> None:
    """Note what was typed after ``grokphase``."""
    _words.set(tuple(words))


def command_line() -> str:
    """What was typed, to be pasted into a shell.

    Example:
        >>> remember(["runs", "query", "SELECT 1"])
        >>> command_line()
        "grokphase runs query 'SELECT 1'"
    """
    return shlex.join(("grokphase", *_words.get()))
