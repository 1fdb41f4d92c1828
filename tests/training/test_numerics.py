"""The checks of the numerics, which `grokphase doctor` runs."""

from __future__ import annotations

import pytest

from grokphase.training import numerics


def test_a_reduction_and_a_saturated_loss_are_computed_right() -> None:
    assert all(one.ok for one in (numerics.reduction(), numerics.saturation()))


@pytest.mark.slow
def test_all_checks_hold_here_and_where_runs_are_trained() -> None:
    assert all(one.ok for one in numerics.check())
    assert all(one.ok for one in numerics.check_where_runs_are_trained())
