"""A TOML file of facts, with the line of each: a mistake is one sentence that says where it is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from grokphase.errors import GrokphaseError, nearest

Key = str | int
"""A name, or the place in an array of tables, from 0."""

_HEADER = re.compile(r"^\s*\[(\[)?([^\[\]]+)\]\]?\s*(#.*)?$")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_PLACED = re.compile(r".+, line \d+: ")
_ENTRY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"))*)\s*=")


@dataclass(frozen=True)
class Facts:
    """What a TOML file says.

    Args:
        path: the file.
        text: what stands in it.
        data: the same as tables.
    """

    path: Path
    text: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Facts:
        """Read a file.

        Raises:
            GrokphaseError: if it is not TOML, with file and line.
        """
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, text, tomllib.loads(text))
        except UnicodeDecodeError as error:
            raise GrokphaseError(f'"{path}" is not text in UTF-8 ({error.reason}).') from error
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = f", line {found[1]}" if found else ""
            why = _AT_LINE.sub("", str(error))
            raise GrokphaseError(f"{path}{line}: this is not TOML: {why}.") from error

    def line(self, *keys: Key) -> int:
        """The line on which a fact stands, or the nearest one that leads to it.

        Example:
            >>> facts = Facts(Path("paper.toml"), "[a]\\nb = 1\\n[a.c]\\nd = 2\\n", {})
            >>> facts.line("a", "b"), facts.line("a", "c", "missing")
            (2, 3)
        """
        best, found = 0, 1
        for number, path in self._places():
            if (many := _shared(path, keys)) > best and many == len(path):
                best, found = many, number
        return found

    def _places(self) -> Iterator[tuple[int, tuple[Key, ...]]]:
        """Lines that open a table or name a fact, with its keys."""
        within: tuple[Key, ...] = ()
        seen: Counter[tuple[Key, ...]] = Counter()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                within = self._path(header[2])
                if header[1]:  # one of an array of tables
                    seen[within] += 1
                    within = (*within, seen[within] - 1)
                yield number, within
            elif entry := _ENTRY.match(line):
                yield number, (*within, *self._path(entry[1]))

    @staticmethod
    def _path(words: str) -> tuple[Key, ...]:
        """The keys of a dotted name, whichever of them are quoted."""
        try:
            table: Any = tomllib.loads(f"{words} = 0")
        except tomllib.TOMLDecodeError:
            return ()
        keys: list[Key] = []
        while isinstance(table, dict):
            (key,) = table
            keys.append(key)
            table = table[key]
        return tuple(keys)

    def mistake(self, keys: Sequence[Key], words: str) -> GrokphaseError:
        """What is wrong with a fact, with file and line."""
        return GrokphaseError(f"{self.path}, line {self.line(*keys)}: {words}")

    @contextmanager
    def told_at(self, *keys: Key, words: str = "") -> Iterator[None]:
        """Whatever is refused within has a place: its own, that of a fact, or where words stand."""
        try:
            yield
        except GrokphaseError as error:
            if _PLACED.match(str(error)):
                raise
            placed = self.mistake_at(words, str(error)) if words else self.mistake(keys, str(error))
            raise placed from error

    def mistake_at(self, words_there: str, words: str) -> GrokphaseError:
        """What is wrong with a fact that is found by the words that stand there."""
        lines = self.text.splitlines()
        number = next((n for n, line in enumerate(lines, start=1) if words_there in line), 1)
        return GrokphaseError(f"{self.path}, line {number}: {words}")

    def check_keys(
        self, keys: Sequence[Key], table: Any, known: Iterable[str] | Mapping[str, Any]
    ) -> None:
        """Refuse what nobody would read.

        Args:
            keys: of the table.
            table: what stands there.
            known: names that it may have; with their types, these are asked for too.

        Raises:
            GrokphaseError: for a key that is not known, naming the nearest, or of another type.
        """
        names = list(known)
        if not isinstance(table, Mapping):
            raise self.mistake(keys, f"{_name(keys)} is a table of {', '.join(names)}.")
        for key in table:
            if key not in names:
                raise self.mistake(
                    (*keys, key),
                    f'"{key}" is nothing that {_name(keys)} has; there are {", ".join(names)}.'
                    f"{nearest(key, names)}",
                )
            if isinstance(known, Mapping):
                self.get(keys, table, key, known[key])

    def get(self, keys: Sequence[Key], table: Mapping[str, Any], key: str, kind: Any) -> Any:
        """A fact that must be there, of its type.

        Raises:
            GrokphaseError: where it is missing or of another type.
        """
        if key not in table:
            missing = key if keys else f"[{key}]"
            raise self.mistake(keys, f"{_name(keys)} has no {missing}.")
        if not isinstance(table[key], kind) or isinstance(table[key], bool) != (kind is bool):
            raise self.mistake(
                (*keys, key), f"{key} of {_name(keys)} is {_kind(kind)}, not {table[key]!r}."
            )
        return table[key]


_KINDS: Mapping[Any, str] = {
    str: "words in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def _kind(kind: Any) -> str:
    """A type, or one of several, in words."""
    return " or ".join(_KINDS[each] for each in get_args(kind) or (kind,))


def _shared(first: Sequence[Key], second: Sequence[Key]) -> int:
    """How many leading keys are the same."""
    many = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        many += 1
    return many


def _name(keys: Sequence[Key]) -> str:
    """Keys in words: `claims.nullity`, `the first of figures.fig3.panels`.

    Example:
        >>> _name(["figures", "fig3", "panels", 1])
        'figures.fig3.panels, number 2,'
    """
    if keys and isinstance(keys[-1], int):
        return f"{_name(keys[:-1])}, number {keys[-1] + 1},"
    return ".".join(map(str, keys)) or "the file"
