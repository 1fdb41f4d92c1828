"""Studies of the delay: what follows from printed tables, and what is made of runs."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grokphase.studies.khanh2026 import study as khanh
from grokphase.studies.truong2026 import study as truong


def by_name(table: dict[str, list[Any]]) -> dict[str, float]:
    return dict(zip(table["what"], table["value"], strict=True))


def test_what_the_printed_tables_of_khanh_say() -> None:
    found = by_name(khanh.consequences(None))  # type: ignore[arg-type]
    assert found["slope of steps against decay"] == pytest.approx(-0.79, abs=0.01)
    assert found["slope of steps against rate"] == pytest.approx(-1.66, abs=0.01)
    assert found["gamma over 2 eta lambda"] == pytest.approx(0.7)
    assert found["variation of gamma"] == pytest.approx(0.05)
    moduli = khanh.moduli_printed(None)  # type: ignore[arg-type]
    np.testing.assert_allclose(moduli["escape"], moduli["by_decay_alone"], rtol=0.004)
    np.testing.assert_allclose(moduli["by_fitted_rate"][:2], [2311, 2214], atol=0.5)


def test_what_the_released_medians_of_truong_say() -> None:
    found = by_name(truong.consequences(None))  # type: ignore[arg-type]
    assert found["slope of the nine medians"] == pytest.approx(7.638, abs=5e-4)
    assert found["R squared of the nine medians"] == pytest.approx(0.9944, abs=5e-5)
    assert (found["least slope of a modulus"], found["greatest slope of a modulus"]) == (
        pytest.approx(7.07, abs=0.005),
        pytest.approx(7.92, abs=0.005),
    )


def run(validation: int | None, train: int | None = 100) -> Any:
    """A run whose squared norm falls at 1.5 of the rate of decay alone."""
    step = np.arange(0, 1001, 20)
    curves = {"step": step, "weight_norm": 50 * np.exp(-1.5e-3 * step)}
    record = SimpleNamespace(train_step=train, validation_step=validation, curves=curves)
    group = SimpleNamespace(learning_rate=1e-3, weight_decay=1.0)
    return SimpleNamespace(
        record=record, spec=SimpleNamespace(recipe=SimpleNamespace(decoder=group))
    )


def test_the_contraction_of_a_run() -> None:
    found = khanh._contraction(run(validation=1000))
    assert found["over_decay"] == pytest.approx(1.5)
    assert (found["falls"], found["bend"]) == (True, pytest.approx(1))
    assert found["log_ratio"] == pytest.approx(3e-3 * 900)
    errors = {name: found[f"error_{name}"] for name in ("fitted", "window", "decay", "eta_lambda")}
    assert errors == pytest.approx({"fitted": 0, "window": 0, "decay": 0.5, "eta_lambda": 2})
    assert "error_fitted" not in khanh._contraction(run(validation=None))
    assert set(khanh._contraction(run(None, None)).values()) == {None}


def test_networks_are_held_at_the_norm_that_is_published() -> None:
    settings = {"p": 7, "fraction": 0.4, "norm": 54.51, "steps": 600, "every": 20}
    spec = truong.network(settings, 3, 0.9, 0.614)
    assert spec.recipe.held_from == 500
    assert spec.recipe.temperature == 0.614
    assert spec.recipe.held_norm is not None
    initial = truong._norm(spec.initial_network())
    assert spec.recipe.held_norm * initial == pytest.approx(0.9 * 54.51)
    # E from N(0, 1/128), W1 (256, 256) and W2 (7, 256) from N(0, 1/256)
    assert initial**2 == pytest.approx(7 + 256 + 7, rel=0.05)
    assert truong.network(settings, 3, None, 1.0).recipe.held_norm is None


def test_what_a_temperature_recovers_of_a_delay() -> None:
    scale = [1.0, 1.5, 2.0, 1.8]
    steps = [1000 * math.exp(2 * math.log(each)) for each in scale]
    table = {
        "seed": [0] * 4 + [1] * 4,
        "rho": [0.85, 0.9, 1.0, 0.85] * 2,
        "temperature": [1.0, 1.0, 1.0, 0.614] * 2,
        "scale": scale * 2,
        "validation_step": [*steps, *steps[:3], None],
    }
    found = truong.by_seed({"held": table})
    assert found["recovered"] == [pytest.approx((1.8**2 - 1) / 3), None]
    assert found["by_scale"][0] == pytest.approx(1)
    assert found["by_norm"][0] < 0.95
    assert found["more_by_norm"][0] == pytest.approx(0, abs=1e-9)
