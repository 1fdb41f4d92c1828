"""``grokphase bench``: how fast this machine trains, against its own bound and plain PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

from grokphase.cli.options import OUTPUT, Output
from grokphase.cli.output import print_json, print_table, stderr_lines


def bench(*, output: Output = OUTPUT) -> int:
    """Measure the speed of the engine on this machine; takes about two minutes.

    The time for one step of the paper's toy, against the bound set by its three matrix products
    and against a plain PyTorch loop (where torch is installed), and for one step of an MLP on
    pairs, against its four, all in one run.
    """
    from grokphase.training import bench as benchmark

    found = benchmark.run(stderr_lines(output.shows_progress))
    if output.json:
        print_json(found)
    else:
        print_table(["measure", "value"], list(_flat(found)))
    return 0


def _flat(found: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in found.items():
        if isinstance(value, Mapping):
            rows.extend(_flat(value, f"{prefix}{name}."))
        else:
            rows.append((prefix + name, value))
    return rows
