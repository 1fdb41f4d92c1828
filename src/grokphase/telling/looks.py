"""How phases look, the same in text, reports, figures and the terminal.

The four phases of Liu et al. 2022 (arXiv:2205.10343, Table 1) and the other outcomes a run can
have each get one colour, one letter and one hatch. The colours stay apart under protanopia,
deuteranopia and tritanopia, and the lightness of the four phases falls in even steps, so a copy
in grey still reads; the rare outcomes carry a hatch besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from grokphase.phases.classify import (
    COMPREHENSION,
    CONFUSION,
    DIVERGED,
    FAILED,
    GROKKING,
    MEMORIZATION,
    PHASE_MEANING,
    PHASES,
    VALIDATION_ONLY,
)
from grokphase.phases.letters import LETTERS


class PhaseStyle(NamedTuple):
    """The look of one phase.

    Attributes:
        name: the phase as it stands in data, e.g. `"grokking"`.
        letter: one capital that stands for it where there is room for one character.
        colour: sRGB fill, `"#rrggbb"`.
        hatch: matplotlib hatch pattern; empty for the four phases of Table 1.
        meaning: one sentence for a legend, without thresholds.
    """

    name: str
    letter: str
    colour: str
    hatch: str
    meaning: str


_LOOKS = {
    COMPREHENSION: ("#56a9d9", ""),
    GROKKING: ("#f6cf58", ""),
    MEMORIZATION: ("#c4543c", ""),
    CONFUSION: ("#343a6b", ""),
    VALIDATION_ONLY: ("#e6ddf0", "////"),
    DIVERGED: ("#0d0d0d", "xxxx"),
    FAILED: ("#848484", "\\\\\\\\"),
}

PHASE_STYLES: Mapping[str, PhaseStyle] = MappingProxyType(
    {name: PhaseStyle(name, LETTERS[name], *_LOOKS[name], PHASE_MEANING[name]) for name in PHASES}
)
"""Every outcome of a run, in the order of display."""

PENDING = "\N{MIDDLE DOT}"
"""Stands for a cell that has no outcome yet."""

UNKNOWN = PhaseStyle("unknown", "?", "#9a9a9a", "..", "An outcome this version does not know.")
"""For an outcome that is not in `PHASE_STYLES`, so that a newer store still draws."""

_LIGHTER = 0.5  # share of white in a cell that was not run


def phase_style(phase: str) -> PhaseStyle:
    """The look of an outcome, including one this version does not know.

    Args:
        phase: name of the outcome.

    Returns:
        Its style; for an unknown name, `UNKNOWN` under that name.

    Example:
        >>> phase_style("grokking").letter
        'G'
    """
    return PHASE_STYLES.get(phase, UNKNOWN._replace(name=phase))


def in_display_order(phases: set[str]) -> tuple[str, ...]:
    """The given outcomes in the order every legend uses; unknown ones last, by name.

    Example:
        >>> in_display_order({"confusion", "comprehension"})
        ('comprehension', 'confusion')
    """
    return (*(p for p in PHASES if p in phases), *sorted(phases - PHASE_STYLES.keys()))


def lighter(colour: str, share: float = _LIGHTER) -> str:
    """A colour mixed with white: how a cell that was inferred, not run, is filled.

    Args:
        colour: `"#rrggbb"`.
        share: share of white, 0 (unchanged) to 1 (white).

    Returns:
        The mixed colour, `"#rrggbb"`.

    Example:
        >>> lighter("#000000", 0.5)
        '#808080'
    """
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * share):02x}" for c in channels)


def ink_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast on a fill (WCAG 2.1 relative luminance).

    Example:
        >>> ink_on("#f6cf58"), ink_on("#343a6b")
        ('#000000', '#ffffff')
    """
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # (1.05) / (L + 0.05) = (L + 0.05) / 0.05 at L = 0.179: there both contrasts are equal.
    return "#000000" if luminance > 0.179 else "#ffffff"


def _linear(channel: float) -> float:
    """Linear light of one sRGB channel in [0, 1]."""
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
