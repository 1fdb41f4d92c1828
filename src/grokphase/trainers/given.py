"""The settings of a run, as a training function finds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from grokphase.errors import GrokphaseError


class Given(dict[str, Any]):
    """A dictionary that says what to write where a setting is missing, and knows what was read.

    Whoever takes all of it, as ``dict(settings)`` and ``make(**settings)`` do, has read all.

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

    @property
    def unread(self) -> list[str]:
        """The settings that nobody has looked at."""
        return [name for name in dict.keys(self) if name not in self.read]

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


for _method in ("__getitem__", "get", "pop"):
    _noting(_method, lambda _, name, *default: [name])
for _method in ("__iter__", "keys", "values", "items", "copy", "__or__", "__ror__"):
    _noting(_method, lambda self, *other: dict.keys(self))
