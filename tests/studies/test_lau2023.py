"""Known learning coefficients: their formulas against each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import dblquad

from grokphase.studies.lau2023.exact import Known, crossing, factors, two_layers


def test_coefficients_of_two_layers_where_they_are_known_otherwise() -> None:
    assert two_layers(1, 1, 1, 0) == Known(0.5, 2)  # a^2 b^2
    assert two_layers(1, 1, 1, 1) == Known(0.5, 1)  # a b = 1, a curve
    for n, m in ((3, 2), (4, 4), (2, 5)):
        assert two_layers(n, min(n, m), m, min(n, m)).coefficient == n * m / 2  # any matrix
        assert two_layers(n, 9, m, 0).coefficient == n * m / 2  # wide: every entry
        for h in range(1, min(n, m) + 1):
            # Of full rank the set of minima is smooth: as many dimensions as matrices of that rank
            assert two_layers(n, h, m, h) == Known(h * (n + m - h) / 2, 1)
    assert two_layers(3, 2, 4, 1) == two_layers(4, 2, 3, 1)


def test_never_more_than_half_of_the_weights_nor_less_than_the_rank_asks() -> None:
    for n in range(1, 6):
        for h in range(1, 6):
            for m in range(1, 6):
                for r in range(min(n, h, m) + 1):
                    found = two_layers(n, h, m, r).coefficient
                    assert r * (n + m - r) / 2 <= found <= min(h * (n + m), n * m) / 2


def test_factors_are_a_minimum() -> None:
    both = factors(4, 3, 5, 2)
    product = both["second"] @ both["first"]
    assert product.shape == (5, 4)
    assert np.linalg.matrix_rank(product) == 2


def test_the_crossing_is_its_double_integral() -> None:
    def over(power: int) -> float:
        return float(
            dblquad(
                lambda u, v: (u * v) ** (2 * power)
                * np.exp(-50 * (u * v) ** 2 - (u**2 + v**2) / 2),
                0, 8, 0, 8, epsabs=1e-9,
            )[0]
        )  # fmt: skip

    assert crossing(50.0, 1.0) == pytest.approx(50 * over(1) / over(0), rel=1e-4)
    # The scale of u and v goes into n beta over the square of the pull.
    assert crossing(1e6, 3.0) == pytest.approx(crossing(1e6 / 9, 1.0), rel=1e-8)
    gaps = [1 / (0.5 - crossing(10.0**k, 1.0)) for k in (12, 14)]
    assert np.diff(gaps)[0] == pytest.approx(2 * np.log(10), rel=1e-3)
