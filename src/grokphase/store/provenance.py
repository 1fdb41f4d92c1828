"""On what a run's bits depend besides its specification, and where runs of several kinds meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

BITS: Final = (
    *("processor", "instructions", "device", "xla_threads"),
    *("jax", "jaxlib", "optax", "equinox", "numerics"),
    *("threads", "torch"),  # of training functions of the user's own
)
"""The parts of a provenance that a run's bits depend on: neither time nor place, nor Python."""

UNREAD: Final = "settings_unread"
"""Beside them: the settings that a user's training function did not look at, by name."""

_ALWAYS = ("processor", "jax")  # said of every kind, the others where they differ


def kind_of(provenance: Mapping[str, Any]) -> dict[str, str]:
    """The part of a provenance that the bits depend on; the same object for equal parts.

    Example:
        >>> kind_of({"jax": "0.10.1", "python": "3.12.1", "finished": "2026-11-28"})
        {'jax': '0.10.1'}
    """
    return _kept(tuple((name, str(provenance[name])) for name in BITS if name in provenance))


@cache
def _kept(parts: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(parts)


def kinds_sentence(provenances: Iterable[Mapping[str, Any]]) -> str | None:
    """A sentence, without its full stop, where runs of several kinds meet; else None.

    Args:
        provenances: of each run; one that says nothing (an inferred cell has no run) is left out.

    Example:
        >>> here, there = ({"processor": name, "jax": "0.10.1"} for name in ("EPYC", "Xeon"))
        >>> print(kinds_sentence([here, there, here]))
        Runs of 2 kinds meet, whose last bits may differ: 2 on EPYC, jax 0.10.1; 1 on Xeon, \
jax 0.10.1
    """
    found = Counter(tuple(kind_of(each).items()) for each in provenances if each)
    if len(found) < 2:
        return None
    kinds = [(dict(kind), runs) for kind, runs in found.most_common()]
    differ = [name for name in BITS if len({kind.get(name) for kind, _ in kinds}) > 1]
    always = [name for name in _ALWAYS if any(name in kind for kind, _ in kinds)]
    shown = [*always, *(name for name in differ if name not in always)]
    told = [f"{runs:,} on {', '.join(_said(kind, name) for name in shown)}" for kind, runs in kinds]
    return f"Runs of {len(kinds)} kinds meet, whose last bits may differ: {'; '.join(told)}"


def _said(kind: Mapping[str, str], name: str) -> str:
    """One part of a kind in words."""
    words = name.replace("xla_threads", "XLA threads")
    if name not in kind:
        return f"{words} not recorded"
    return kind[name] if name in ("processor", "instructions") else f"{words} {kind[name]}"
