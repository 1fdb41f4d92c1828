"""The settings of a run, as a training function finds them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
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
        self._read: set[str] = set()

    @property
    def unread(self) -> list[str]:
        """The settings that nobody has looked at."""
        return [name for name in super().keys() if name not in self._read]

    def __missing__(self, name: str) -> Any:
        raise GrokphaseError(
            f'the function reads the setting "{name}", which the run does not have; write '
            f"defaults={{{name!r}: ...}}, or in a shell --set {name}=VALUE"
        )

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self._read.add(name)
        return super().pop(name, *default)

    def _all(self) -> None:
        self._read.update(super().keys())

    def __iter__(self) -> Iterator[str]:
        self._all()
        return super().__iter__()

    def keys(self) -> KeysView[str]:
        self._all()
        return super().keys()

    def values(self) -> ValuesView[Any]:
        self._all()
        return super().values()

    def items(self) -> ItemsView[str, Any]:
        self._all()
        return super().items()

    def copy(self) -> dict[str, Any]:
        self._all()
        return super().copy()

    def __or__(self, other: Any) -> Any:
        self._all()
        return super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        self._all()
        return super().__ror__(other)
