"""How much of a growth lies about spikes, of norms that are made."""

from __future__ import annotations

import numpy as np
import pytest

from grokphase.phases.slingshots import Slingshot
from grokphase.studies.thilak2022.study import BEFORE, BEHIND, excess

STEPS = np.arange(0, 4001, 10)
SPIKES = [Slingshot(1000, 1500, 2000, 5.0, 1.1), Slingshot(2000, 2500, 4000, 5.0, 1.1)]


def test_even_growth_has_no_excess_and_jumps_have_all_of_it() -> None:
    assert excess(STEPS, np.exp(STEPS / 1000), SPIKES) == pytest.approx(1.0)
    jumps = np.where(STEPS >= 1500, 2.0, 1.0) * np.where(STEPS >= 2500, 2.0, 1.0)
    time = 2 * (BEFORE + BEHIND) / 3000  # from where the first began to the end
    assert excess(STEPS, jumps, SPIKES) == pytest.approx(1 / time)
    elsewhere = np.where(STEPS >= 3500, 2.0, 1.0)
    assert excess(STEPS, elsewhere, SPIKES) == 0
