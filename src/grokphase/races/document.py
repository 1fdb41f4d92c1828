"""A race as a file: all that was measured, from which everything else follows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from grokphase.errors import GrokphaseError
from grokphase.races.result import Entry, Race, Times
from grokphase.races.told import answer

FORMAT: Final = 2
"""Of `as_json`."""


def as_json(found: Race) -> dict[str, Any]:
    """A race as plain data.

    Example:
        >>> from grokphase.races.result import example
        >>> race_of(as_json(example())).in_steps == example().in_steps
        True
    """
    described = dataclasses.asdict(found)
    return {"format": FORMAT, **described, "rows": found.rows(), "answer": answer(found)}


def race_of(described: Mapping[str, Any]) -> Race:
    """A race from its data, as `as_json` gives them.

    Raises:
        GrokphaseError: of another format.
    """
    if described.get("format") != FORMAT:
        raise GrokphaseError(
            f"This is no race of format {FORMAT}; run grokphase race again, which trains nothing "
            "that its store has."
        )
    names = {each.name for each in dataclasses.fields(Race)}
    given = {name: value for name, value in described.items() if name in names}
    given |= {name: tuple(given[name]) for name in ("tuning_seeds", "seeds", "notes")}
    return Race(**{**given, "entries": tuple(map(_entry_of, described["entries"]))})


def _entry_of(described: Mapping[str, Any]) -> Entry:
    times = {name: tuple(steps) for name, steps in described["times"].items()}
    names = ("runs", "donor_steps", "donor_seconds", "step_between")
    lists = {name: tuple(described[name]) for name in names}
    return Entry(**{**described, **lists, "times": Times(**times)})


def read(path: Path | str) -> Race:
    """A race from the file `race.json` that `grokphase race` writes.

    Raises:
        GrokphaseError: it cannot be read, or is no race.
    """
    try:
        described = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no JSON"
        raise GrokphaseError(
            f'"{path}" cannot be read: {reason}; write the race.json of a race.'
        ) from None
    try:
        found = race_of(described)
        whole = all(_is_whole(each, len(found.seeds)) for each in found.entries)
    except (AttributeError, KeyError, TypeError):  # another document, or a part of one
        whole = False
    if not whole:
        raise GrokphaseError(f'"{path}" is no race; write the race.json of a race.')
    return found


def _is_whole(entry: Entry, seeds: int) -> bool:
    """Whether an arm has a step or none for every seed."""
    times = dataclasses.astuple(entry.times)
    return all(len(steps) == seeds for steps in times) and all(
        step is None or isinstance(step, int) for steps in times for step in steps
    )


@cache
def records() -> tuple[Race, ...]:
    """The races that come with grokphase, in the order of their names."""
    found = map(read, (Path(__file__).parent / "records").glob("*.json"))
    return tuple(sorted(found, key=lambda race: race.name))
