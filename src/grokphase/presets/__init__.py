"""Published runs as data, a file each: task, model, recipe, split, and where each part stands.

Nothing is built here: `grokphase.training.published` makes the runs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from grokphase.errors import GrokphaseError, nearest

_FOLDER = files(__name__)
_SAID = {"provenance": "", "inferred": "Inferred, ", "left_out": "Left out, "}


@dataclass(frozen=True)
class Published:
    """A published work: what it is, and where each part of its run comes from.

    Attributes:
        name: such as "nanda2023".
        title: authors, year and title.
        source: where it can be read.
        told: what stands in the work and where, what is inferred, what is left out.
        operations: tasks by how the work writes their operations; empty where it has one task.
    """

    name: str
    title: str
    source: str
    told: Mapping[str, Mapping[str, str]]
    operations: Mapping[str, str]

    def lines(self) -> list[str]:
        """The provenance, a sentence each."""
        said = [f"{self.name}: {self.title}, {self.source}."]
        for kind, word in _SAID.items():
            said += [f"{word}{what}: {text}." for what, text in self.told.get(kind, {}).items()]
        return said


@cache
def names() -> tuple[str, ...]:
    """The works there are.

    Example:
        >>> "nanda2023" in names()
        True
    """
    found = (each.name for each in _FOLDER.iterdir() if each.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in found))


@cache
def facts(name: str) -> Mapping[str, Any]:
    """What stands in a work's file.

    Raises:
        GrokphaseError: there is none of this name.

    Example:
        >>> facts("nanda2023")["options"]
        {'p': 113}
    """
    if name not in names():
        raise GrokphaseError(
            f'There is no preset "{name}"; there are {", ".join(names())}.'
            f"{nearest(str(name), names())}"
        )
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def published(name: str) -> Published:
    """The work of this name, with its provenance.

    Raises:
        GrokphaseError: there is none.

    Example:
        >>> published("nanda2023").source
        'arXiv:2301.05217'
    """
    found = facts(name)
    told = {kind: found[kind] for kind in _SAID if kind in found}
    return Published(name, found["title"], found["source"], told, found.get("operations", {}))
