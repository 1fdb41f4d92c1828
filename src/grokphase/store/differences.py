"""What distinguishes runs: the leaves in which their specs differ, under short names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Hashable, Mapping, Sequence
from typing import Any

from grokphase.store.record import Scalar, leaves

Columns = Mapping[str, Sequence[Scalar]]


def leaf_columns(specs: Sequence[Mapping[str, Any]]) -> dict[str, list[Scalar]]:
    """Every leaf of some specs by its dotted name, with a value a spec, None where one lacks it.

    A list that is a setting of a user's own is one leaf, written as a shell takes it, and so is
    one that is not as long in all specs, whose entries cannot be compared place by place.

    Example:
        >>> leaf_columns([{"p": 5, "seed": 0}, {"p": 7}])
        {'p': [5, 7], 'seed': [0, None]}
        >>> leaf_columns([{"layers": [8, 2]}, {"layers": [8]}, {"layers": 4}])
        {'layers': ['8,2', '8', 4]}
    """
    flat = [dict(leaves(dict(spec))) for spec in specs]
    whole = _whole(flat)
    flat = [_joined(each, whole) for each in flat]
    names = dict.fromkeys(name for each in flat for name in each)
    return {name: [each.get(name) for each in flat] for name in names}


def _whole(flat: Sequence[Mapping[str, Scalar]]) -> set[str]:
    """Names of the lists that are one leaf."""
    lengths: dict[str, set[int]] = {}
    for each in flat:
        entries = Counter(filter(None, map(_list_of, each)))
        for name in entries:
            lengths.setdefault(name, set()).add(entries[name])
    single = {name for each in flat for name in each}
    return {
        name
        for name, found in lengths.items()
        if len(found) > 1 or name in single or "." not in name
    }


def _list_of(name: str) -> str | None:
    """The list that a leaf is an entry of."""
    parent, _, place = name.rpartition(".")
    return parent if place.isdigit() else None


def _joined(flat: Mapping[str, Scalar], lists: Container[str]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for name, value in flat.items():
        parent = _list_of(name)
        if parent is None or parent not in lists:
            found[name] = value
        else:
            found[parent] = f"{found[parent]},{value}" if parent in found else str(value)
    return found


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
    stands for all. Digests are left out, which tell a reader nothing.

    Args:
        columns: from `differing`.
        known: what is told of each run besides.

    Example:
        >>> telling({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "c": [8, 8, 9, 9]}, [0] * 4)
        ['a', 'b', 'c']
    """
    alike = {(name.rpartition(".")[2], *values): name for name, values in [*columns.items()][::-1]}
    left = {
        name: values
        for name, values in columns.items()
        if name in alike.values() and not any(map(_is_digest, values))
    }
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


def _is_digest(value: Scalar) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


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
