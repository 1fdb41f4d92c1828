"""Slingshots in curves that are made of known ones."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase.errors import GrokphaseError
from grokphase.phases.slingshots import slingshots

STEPS = np.arange(0, 5000, 10)


def spiky(peaks: dict[int, float]) -> np.ndarray:
    """A loss that falls by an e-fold in 500 steps, with spikes of so many e-folds."""
    logs = -STEPS / 500
    for peak, height in peaks.items():
        logs = np.maximum(logs, -peak / 500 + height - np.abs(STEPS - peak) / 20)
    return np.exp(logs)


def test_planted_spikes_are_found_with_their_rise_and_growth() -> None:
    planted = {1500: 5.0, 3000: 3.0, 4000: 1.0}
    norm = 10 * np.where(STEPS > 1500, 1.2, 1.0) * np.where(STEPS > 3000, 1.1, 1.0)
    found = slingshots(STEPS, spiky(planted), norm)
    assert [each.peak for each in found] == [1500, 3000]  # the third is less than a factor of ten
    assert [each.growth for each in found] == pytest.approx([1.2, 1.1])
    for each in found:
        assert each.began < each.peak < each.ended
        assert each.rise == pytest.approx(planted[each.peak], abs=0.3)
    assert len(slingshots(STEPS, spiky(planted), norm, rise=0.5)) == 2  # no growth at the third
    assert [each.peak for each in slingshots(STEPS, spiky(planted), norm, growth=1.15)] == [1500]
    assert [each.peak for each in slingshots(STEPS, spiky(planted), norm, after=1500)] == [3000]


def test_units_do_not_matter_and_gaps_are_left_out() -> None:
    loss, norm = spiky({2000: 4.0}), 1.0 + STEPS / 5000
    once = slingshots(STEPS, loss, norm)
    assert slingshots(STEPS, 1e-6 * loss, 7 * norm)[0].rise == pytest.approx(once[0].rise)
    with_gaps = loss.copy()
    with_gaps[[3, 400]] = 0.0, np.nan
    assert [each.peak for each in slingshots(STEPS, with_gaps, norm)] == [2000]


def test_what_does_not_come_back_is_no_slingshot() -> None:
    lost = np.where(STEPS < 3000, np.exp(-STEPS / 500), 1.0)
    assert slingshots(STEPS, lost, 1.0 + STEPS) == []
    with pytest.raises(GrokphaseError, match="one length"):
        slingshots(STEPS, lost, [1.0])
