"""Phases can be told apart by everyone, on screen and on paper."""

from itertools import combinations

import numpy as np
import pytest

from grokphase.phases import PHASES
from grokphase.phases.classify import TABLE_1
from grokphase.telling.looks import (
    PHASE_STYLES,
    in_display_order,
    ink_on,
    lighter,
    phase_style,
)

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* (D65) of a linear RGB colour."""
    t = TO_XYZ @ np.clip(rgb, 0, 1) / (0.95047, 1, 1.08883)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_phases_stay_apart_under_colour_blindness(deficiency):
    seen = {
        phase: lab(np.asarray(DEFICIENCIES[deficiency]) @ linear(style.colour))
        for phase, style in PHASE_STYLES.items()
    }
    # 2.3 is a just noticeable difference in CIE 1976.
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 20, (one, other)


def test_the_four_phases_read_in_grey():
    lightness = sorted(lab(linear(PHASE_STYLES[phase].colour))[0] for phase in TABLE_1)
    assert np.diff(lightness).min() > 12


def test_the_rare_outcomes_carry_a_hatch_and_the_phases_of_table_1_do_not():
    assert {phase for phase in PHASES if PHASE_STYLES[phase].hatch} == set(PHASES) - set(TABLE_1)


def test_letters_and_colours_are_all_different():
    styles = PHASE_STYLES.values()
    assert tuple(PHASE_STYLES) == PHASES
    assert len({style.letter for style in styles}) == len(PHASES)
    assert len({style.colour for style in styles} | {lighter(s.colour) for s in styles}) == 2 * len(
        PHASES
    )


def test_ink_has_the_contrast_of_readable_text():
    for style in PHASE_STYLES.values():
        for fill in (style.colour, lighter(style.colour)):
            low, high = sorted(TO_XYZ[1] @ linear(c) + 0.05 for c in (fill, ink_on(fill)))
            assert high / low >= 4.5, style.name  # WCAG 2.1 AA


def test_an_outcome_of_a_newer_version_is_drawn_and_comes_last():
    assert phase_style("slingshot").name == "slingshot"
    assert in_display_order({"slingshot", "confusion", "grokking"}) == (
        "grokking",
        "confusion",
        "slingshot",
    )
