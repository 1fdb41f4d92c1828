"""What is known of the circuit of a run, in lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from grokphase.telling.captions import leaf

if TYPE_CHECKING:
    from grokphase.phases.circuit import CircuitPhase
    from grokphase.store.record import RunRecord

CONVENTION = (
    "change points of excluded and validation loss, 90% intervals of this one curve; "
    "key frequencies of each step"
)
"""How the phases of a run were found."""


def circuit_text(
    record: RunRecord,
    keys: Sequence[int] | None,
    phases: Sequence[CircuitPhase] | None,
    reasons: Mapping[str, str],
) -> list[str]:
    """Key frequencies and phases of a run, or why there are none.

    Args:
        record: the run.
        keys: its key frequencies.
        phases: its phases.
        reasons: why, by "key_frequencies" and "phases".

    Returns:
        E.g. `["key frequencies of the trained network: 3, 5 (of 1 to 11)", ...]`.
    """
    if keys is None:
        lines = [f"key frequencies: none. {reasons['key_frequencies']}"]
    else:
        of = leaf(record.spec, "task.p")
        last = "" if of is None else f" (of 1 to {of // 2})"
        known = ", ".join(map(str, keys)) or "none stands out"
        lines = [f"key frequencies of the trained network: {known}{last}"]
    if phases is None:
        return [*lines, f"phases of the circuit: none. {reasons['phases']}"]
    lines.append(f"phases of the circuit ({CONVENTION}):")
    return [*lines, *(f"  {phase_text(each, record.steps_trained)}" for each in phases)]


def phase_text(phase: CircuitPhase, last: int) -> str:
    """A phase in words.

    Args:
        phase: the phase.
        last: the last step of the run.

    Example:
        >>> from grokphase.phases.circuit import CircuitPhase
        >>> phase_text(CircuitPhase("memorization", 0, 142, (126, 159)), 2000)
        'memorization: step 0 to 142 (126 to 159)'
        >>> phase_text(CircuitPhase("cleanup", 800, None, None), 2000)
        'cleanup: from step 800, not over at step 2,000'
    """
    if phase.end is None or phase.interval is None:
        return f"{phase.name}: from step {phase.start:,.0f}, not over at step {last:,}"
    low, high = phase.interval
    return f"{phase.name}: step {phase.start:,.0f} to {phase.end:,.0f} ({low:,.0f} to {high:,.0f})"
