"""The settings of a run, as a training function finds them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from grokphase.errors import GrokphaseError


class _Forks:
    """How often this process has been copied: what a copy reads is not seen here."""

    count = 0

    @classmethod
    def one(cls) -> None:
        cls.count += 1


os.register_at_fork(after_in_parent=_Forks.one)


class Given(dict[str, Any]):
    """A dictionary that says what to write where a setting is missing, and knows what was read.

    Whoever takes all of it, as ``dict(settings)`` and ``make(**settings)`` do, has read all; so may
    have a copy of the process, such as a worker of PyTorch's ``DataLoader``.

    Example:
        >>> given = Given(lr=0.1, width=8)
        >>> given["lr"], given.unread
        (0.1, ['width'])
        >>> dict(given), given.unread
        ({'lr': 0.1, 'width': 8}, [])
    """

    def __init__(self, *settings: Any, **others: Any) -> None:
        super().__init__(*settings, **others)
        self.read: set[str] = set()
        self.forks = _Forks.count

    @property
    def unread(self) -> list[str]:
        """The settings that nobody has looked at, as far as is known."""
        if self.forks != _Forks.count:
            return []
        return [name for name in dict.keys(self) if name not in self.read]

    def __iter__(self) -> Any:
        # As it would be without this; but with it `dict(settings)` asks for every setting by name.
        return super().__iter__()

    def __missing__(self, name: str) -> Any:
        raise GrokphaseError(
            f'the function reads the setting "{name}", which the run does not have; write '
            f"defaults={{{name!r}: ...}}, or in a shell --set {name}=VALUE"
        )


def _noting(method: str, reads: Callable[..., Any]) -> None:
    """Have a method of the dictionary note the names that it reads."""
    plain = getattr(dict, method)

    @wraps(plain)
    def noted(self: Given, *given: Any) -> Any:
        self.read.update(reads(self, *given))
        return plain(self, *given)

    setattr(Given, method, noted)


for _method in ("__getitem__", "get", "pop", "setdefault"):
    _noting(_method, lambda _, name, *default: [name])
for _method in ("values", "items", "popitem", "copy", "__or__", "__ror__"):
    _noting(_method, lambda self, *other: dict.keys(self))
