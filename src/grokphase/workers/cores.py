"""The cores of this machine that a process may use, and the threads that XLA makes of them."""

from __future__ import annotations

import os


def cores() -> int:
    """How many cores this process may use."""
    return len(cores_by_number())


def cores_by_number() -> list[int]:
    """The cores this process may use, as the system numbers them."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def xla_threads() -> int:
    """How many threads XLA has in this process, by what it reads when JAX starts."""
    given = os.environ.get("NPROC", "")
    return int(given) if given.isdecimal() and int(given) > 0 else cores()
