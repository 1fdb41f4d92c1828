"""What a reader must know of runs besides their outcomes: one short sentence, and its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NAMED = 3  # seeds in a sentence


@dataclass(frozen=True)
class Note:
    """Something about the runs of a map that no picture of it shows.

    The sentence stays one sentence however many runs it is about, so that it fits under a figure.
    What it says of each of them stands in the rows, for where there is room.

    Args:
        sentence: without its full stop.
        rows: the numbers behind it, a row a case; all rows have the same names.

    Example:
        >>> Note("Seed 3 has leaks", ({"seed": 3, "leaks": 2},)).rows[0]["leaks"]
        2
    """

    sentence: str
    rows: tuple[Mapping[str, int | float | str], ...] = ()


def seeds_text(some: Iterable[int], among: int) -> str:
    """Some of all seeds, as the subject of a sentence.

    Args:
        some: the seeds meant.
        among: how many there are in all.

    Example:
        >>> seeds_text([60], 1), seeds_text([60, 63], 5), seeds_text(range(60, 70), 20)
        ('Seed 60', '2 of 5 seeds (60, 63)', '10 of 20 seeds (60, 61, 62, ...)')
    """
    seeds = [str(seed) for seed in some]
    if among == 1:
        return f"Seed {seeds[0]}"
    named = ", ".join(seeds if len(seeds) <= NAMED else [*seeds[:NAMED], "..."])
    return f"{len(seeds)} of {among:,} seeds ({named})"
