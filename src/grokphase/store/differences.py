"""What distinguishes runs: the leaves in which their specs differ, under short names."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from grokphase.store.record import Scalar, leaves

Columns = Mapping[str, Sequence[Scalar]]


def leaf_columns(specs: Sequence[Mapping[str, Any]]) -> dict[str, list[Scalar]]:
    """Every leaf of some specs by its dotted name, with a value a spec, None where one lacks it.

    Example:
        >>> leaf_columns([{"p": 5, "seed": 0}, {"p": 7}])
        {'p': [5, 7], 'seed': [0, None]}
    """
    flat = [dict(leaves(dict(spec))) for spec in specs]
    names = dict.fromkeys(name for each in flat for name in each)
    return {name: [each.get(name) for each in flat] for name in names}


def differing(columns: Columns) -> dict[str, Sequence[Scalar]]:
    """Those that do not take one value, without what every listing has: seed and name of the task.

    Example:
        >>> differing({"p": [5, 5], "seed": [0, 1], "lr": [0.1, 0.2]})
        {'lr': [0.1, 0.2]}
    """
    return {
        name: values
        for name, values in columns.items()
        if name not in ("seed", "task.name") and any(value != values[0] for value in values)
    }


def telling(columns: Columns, known: Sequence[Hashable]) -> list[str]:
    """The leaves in the order in which they tell runs apart, the most telling first.

    Each is the one that splits the runs into the most groups beside what is known of them already;
    those that split nothing more follow, first those that every run has. Of leaves of one name
    with the same values, as the embedding's and the decoder's where both vary together, the first
    stands for all.

    Args:
        columns: from `differing`.
        known: what is told of each run besides.

    Example:
        >>> telling({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "c": [8, 8, 9, 9]}, [0] * 4)
        ['a', 'b', 'c']
    """
    alike = {(name.rpartition(".")[2], *values): name for name, values in [*columns.items()][::-1]}
    left = {name: values for name, values in columns.items() if name in alike.values()}
    groups, found = [*known], list[str]()
    while left:
        split = {name: [*zip(groups, values, strict=True)] for name, values in left.items()}
        best = max(split, key=lambda name: len(set(split[name])))
        if len(set(split[best])) == len(set(groups)):
            break
        found.append(best)
        groups = [*split[best]]
        del left[best]
    return [*found, *sorted(left, key=lambda name: None in left[name])]


def short_names(names: Sequence[str], columns: Columns) -> dict[str, str]:
    """Each name by its end, as much of it as means no other leaf that takes other values.

    Args:
        names: dotted names of leaves.
        columns: all leaves of the runs, from `leaf_columns`.

    Example:
        >>> columns = {"a.decay": [0, 1], "b.decay": [0, 1], "a.rate": [1, 2], "b.rate": [1, 1]}
        >>> short_names(["a.decay", "a.rate"], columns)
        {'a.decay': 'decay', 'a.rate': 'a.rate'}
    """
    return {name: _short(name, columns) for name in names}


def _short(name: str, columns: Columns) -> str:
    parts = name.split(".")
    for first in range(len(parts) - 1, 0, -1):
        end = ".".join(parts[first:])
        same = [values for other, values in columns.items() if f".{other}".endswith(f".{end}")]
        if not parts[first].isdigit() and all(values == columns[name] for values in same):
            return end
    return name
