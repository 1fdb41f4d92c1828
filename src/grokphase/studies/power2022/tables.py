"""The operations as tables: how many equations there are, and which tables are one."""

from __future__ import annotations

from typing import Any

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given


def equations(given: Given) -> Data:
    """Each operation with how many equations it has."""
    from grokphase.studies.power2022.runs import run

    settings, rows = given.settings, []
    for operation in settings["operations"]:
        task = run({**settings, "fraction": 0.5}, operation, 0).task
        rows.append({"operation": operation, "equations": len(task)})
    return in_columns(rows)


def logarithms(p: int) -> list[int]:
    """The discrete logarithm of 1 ... p - 1 to the least primitive root of the prime p; 0 has -1.

    Example:
        >>> logarithms(5)  # powers of 2: 1, 2, 4, 3
        [-1, 0, 1, 3, 2]
    """
    for root in range(1, p):
        powers = [pow(root, k, p) for k in range(p - 1)]
        if len(set(powers)) == p - 1:
            break
    return [powers.index(x) if x else -1 for x in range(p)]


def division(given: Given) -> Data:
    """x / y mod p, and x - y mod (p - 1) of the logarithms of x and y; a row an equation.

    `same` says whether the logarithm of the one is the other. Equations of x = 0 are left out.
    """
    found = [in_columns(_divided(p)) for p in given.settings["moduli"]]
    return {name: [each for one in found for each in one[name]] for name in found[0]}


def _divided(p: int) -> list[dict[str, Any]]:
    from grokphase.tasks import task

    learned, log = task("modular-division", p=p), logarithms(p)
    rows = []
    for (x, y), result in zip(learned.inputs.tolist(), learned.labels.tolist(), strict=True):
        if x:
            known = {"p": p, "x": x, "y": y, "result": result, "log_x": log[x], "log_y": log[y]}
            difference = (log[x] - log[y]) % (p - 1)
            rows.append(known | {"difference": difference, "same": log[result] == difference})
    return rows
