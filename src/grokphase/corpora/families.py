"""Which runs the corpus holds: families of a task and a model, and the draws of their settings."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import numpy as np

from grokphase.errors import GrokphaseError

Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "validation", "test")
"""What a family is for: to fit forecasters, to choose between them, to score them."""

PLANNED: Final = 10_000
"""Runs of the whole plan; a smaller corpus holds the first cells of every family."""

NONE: Final = "none"
"""How a file of settings, which knows no null, writes a setting that is not set."""


@dataclass(frozen=True)
class Family:
    """A task learned by a model, with the ranges from which the settings of its cells are drawn.

    Attributes:
        name: such as "modular-addition/mlp".
        split: what it is for, see `SPLITS`.
        cells: its share of the corpus.
        task: the options of the task; a list is one of them for each cell.
        kind: of the model: "toy", "mlp" or "transformer".
        fixed: settings that all its runs have, by their dotted names.
        drawn: ranges and lists of the others.
    """

    name: str
    split: Split
    cells: float
    task: Mapping[str, Any]
    kind: str
    fixed: Mapping[str, Any]
    drawn: Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """The settings of some runs that differ in their seed alone.

    Attributes:
        name: the family's, and the number of the draw, such as "modular-addition/mlp#12".
        family: what it is a draw of.
        task: the options of its task.
        settings: all that is set, by dotted name; several names with commas take one value.
    """

    name: str
    family: Family
    task: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def number(self) -> int:
        """Of the draw."""
        return int(self.name.rpartition("#")[2])


@cache
def _facts() -> dict[str, Any]:
    with files(__package__).joinpath("families.toml").open("rb") as opened:
        return tomllib.load(opened)


@cache
def families() -> tuple[Family, ...]:
    """The families there are, in the order of their file.

    Example:
        >>> [family.name for family in families()][:2]
        ['modular-addition/mlp', 'modular-multiplication/mlp']
    """
    facts = _facts()
    return tuple(
        _family(name, given, facts["models"][given["model"]])
        for name, given in facts.items()
        if "/" in name
    )


def _family(name: str, given: Mapping[str, Any], model: Mapping[str, Any]) -> Family:
    return Family(
        name,
        given["split"],
        float(given["cells"]),
        given["task"],
        model["kind"],
        {**model["fixed"], **given.get("fixed", {})},
        {**model["drawn"], **given.get("drawn", {})},
    )


def family(name: str) -> Family:
    """The family of this name.

    Raises:
        GrokphaseError: there is none.
    """
    found = {each.name: each for each in families()}
    if name not in found:
        raise GrokphaseError(f'There is no family "{name}" in the corpus; there are {[*found]}.')
    return found[name]


def seeds() -> int:
    """Runs of every cell."""
    return int(_facts()["seeds"])


def measures() -> tuple[str, ...]:
    """What is recorded of every run that has it, besides the columns of all curves."""
    return tuple(_facts()["measures"])


def cells_of(runs: int) -> dict[str, int]:
    """How many cells each family has in a corpus of about so many runs: its share, rounded up.

    Raises:
        GrokphaseError: for fewer runs than there are families, or more than are planned.
    """
    if not len(families()) <= runs <= PLANNED:
        raise GrokphaseError(
            f"The corpus has {len(families())} families and {PLANNED:,} planned runs, so runs = "
            f"{runs:,} cannot be; write --runs 3000."
        )
    total = sum(each.cells for each in families())
    return {each.name: math.ceil(runs * each.cells / total / seeds() - 1e-9) for each in families()}


def cells(of: Family, count: int) -> Iterator[Cell]:
    """The first cells of a family: points of a scrambled Sobol sequence of the family's own.

    Example:
        >>> first, *_ = cells(family("addition/toy"), 3)
        >>> first.name
        'addition/toy#0'
    """
    from scipy.stats import qmc

    choices = {name: options for name, options in of.task.items() if isinstance(options, list)}
    axes = {**choices, **of.drawn}
    own = int.from_bytes(hashlib.sha256(of.name.encode()).digest()[:4])
    sequence = qmc.Sobol(len(axes), rng=np.random.default_rng(own))
    power = math.ceil(math.log2(PLANNED))
    for number, point in enumerate(sequence.random_base2(power)[:count]):
        value = {name: drawn(axes[name], u) for name, u in zip(axes, point, strict=True)}
        task = {name: value.get(name, options) for name, options in of.task.items()}
        settings = {**of.fixed, **{name: value[name] for name in of.drawn}}
        yield Cell(f"{of.name}#{number}", of, task, _apart(settings))


def cell_of(name: str) -> Cell:
    """The cell of this name.

    Example:
        >>> cell_of("addition/toy#2").number
        2
    """
    of, _, number = name.rpartition("#")
    *_, found = cells(family(of), int(number) + 1)
    return found


def drawn(axis: Any, u: float) -> Any:
    """One of a list, or a number of a range, evenly in its logarithm and to three digits.

    Args:
        axis: a list, or a mapping with "from", "to" and, where 0 may be drawn, the share "zero".
        u: a point of [0, 1).

    Example:
        >>> drawn({"from": 1e-3, "to": 1e-1}, 0.5), drawn(["adam", "sgd"], 0.7)
        (0.01, 'sgd')
    """
    if isinstance(axis, list):
        return axis[min(int(u * len(axis)), len(axis) - 1)]
    zero = float(axis.get("zero", 0.0))
    if u < zero:
        return 0.0
    share = (u - zero) / (1.0 - zero)
    value = axis["from"] * (axis["to"] / axis["from"]) ** share
    return float(f"{value:.3g}")


def _apart(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Each name by itself: names with commas between them share a value, or a list of them."""
    found: dict[str, Any] = {}
    for names, value in settings.items():
        each = names.split(",")
        values = value if isinstance(value, list) else [value] * len(each)
        found.update(zip(each, values, strict=True))
    return {name: None if value == NONE else value for name, value in found.items()}
