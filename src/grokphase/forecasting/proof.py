"""That no run of the test families was used in fitting: what anyone can check for themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grokphase.forecasting.cases import Case, digest
from grokphase.forecasting.fitting import FITTED_ON, constants


class Checked(NamedTuple):
    """One statement, and whether it holds."""

    says: str
    holds: bool


def alike(one: Any, other: Any) -> bool:
    """Whether nested data are the same, numbers to five digits.

    A sixth is kept; whether it is rounded up may be due to the order in which a processor adds.

    Example:
        >>> alike({"a": [1.00001, "b"]}, {"a": [1.00002, "b"]}), alike([1.0], [1.0002])
        (True, False)
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=3e-5, abs_tol=1e-6)
    return bool(one == other)


def proof(cases: Sequence[Case], kept: Mapping[str, Any]) -> list[Checked]:
    """What speaks for constants being of the training and validation families alone.

    Args:
        cases: all runs of the corpus.
        kept: the constants, as they come with grokphase.

    Returns:
        Statements: that their families are none of the test families; that the runs they name by a
        digest are those of the corpus; and that they are found again, to five digits, from a corpus
        out of which all test runs are taken. The last one fits all forecasters, which takes a
        minute.
    """
    tested = {case.family for case in cases if case.split == "test"}
    rest = [case for case in cases if case.split != "test"]
    found = []
    for part in FITTED_ON:
        fitted = kept[part]
        inside = [case for case in rest if case.split == part]
        found += [
            Checked(
                f"none of the {len(tested)} test families is among the {len(fitted['families'])} "
                f'of "{part}"',
                not tested & set(fitted["families"]),
            ),
            Checked(
                f'the {fitted["runs"]:,} runs of "{part}" are those of the corpus, by digest '
                f"{fitted['digest'][:12]}",
                digest(inside) == fitted["digest"],
            ),
        ]
    again = constants(rest)
    found.append(
        Checked(
            f"the constants of all {len(kept['forecasters'])} forecasters are found again without "
            f"the {len(cases) - len(rest):,} test runs",
            alike(again, kept),
        )
    )
    return found
