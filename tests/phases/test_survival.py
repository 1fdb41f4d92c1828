"""Survival against its textbook formulas, computed here in plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis, PhaseMap
from grokphase.phases.summary import median_step
from grokphase.phases.survival import Survival, holm
from grokphase.phases.sweep_result import example

INF, NAN = math.inf, math.nan


def of(*settings: list[tuple[float, float]], event: Any = "validation") -> Survival:
    """A survival from (time, upper) of the runs of each setting, all of one length."""
    times = np.array([[(t, t - 1, upper) for t, upper in runs] for runs in settings])
    runs = np.array(
        [[f"{i}-{j}" for j in range(len(s))] for i, s in enumerate(settings)], dtype=object
    )
    axis = Axis("recipe.weight_decay", tuple(range(len(settings))))
    return Survival(event, "first-passage", (axis,), tuple(range(len(settings[0]))), times, runs)


one_run = st.tuples(st.integers(1, 12), st.booleans()).map(
    lambda run: (float(run[0]), float(run[0]) if run[1] else INF)
)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 9).flatmap(lambda n: st.lists(one_run, min_size=n, max_size=n)))
def test_the_curve_is_the_product_over_events(runs: list[tuple[float, float]]) -> None:
    (curve,) = of(runs, runs).curves()[:1]
    for step, share in zip(curve.steps, curve.share, strict=True):
        expected = 1.0
        for at in sorted({t for t, upper in runs if upper < INF and t <= step}):
            risk = sum(t >= at for t, _ in runs)
            expected *= 1 - sum(t == at and upper < INF for t, upper in runs) / risk
        assert share == pytest.approx(expected)
    assert curve.events == sum(upper < INF for _, upper in runs)
    assert len(curve.censored) == curve.runs - curve.events
    median, low, high = curve.median
    if median is not None:
        assert low is None or low <= median
        assert high is None or median <= high


def test_a_median_that_is_not_reached_is_no_number() -> None:
    (first, second) = of(
        [(10, 10), (50, INF), (50, INF)], [(10, 10), (20, 20), (50, INF)]
    ).medians()
    assert (first["median"], first["events"], first["runs"]) == (None, 1, 3)
    assert second["median"] == 20


def test_the_interval_of_a_median_inverts_that_of_the_curve() -> None:
    """log(-log S) has the standard error sqrt(V) / |log S|, V being Greenwood's sum."""
    runs = [(float(t), float(t)) for t in range(1, 21)]
    (curve,) = of(runs, runs).curves()[:1]
    low, high = [], []
    for k in range(1, 20):
        s = 1 - k / 20
        v = sum(1 / ((20 - i) * (20 - i - 1)) for i in range(k))
        z = 1.959963984540054 * math.sqrt(v) / math.log(s)
        low.append(s ** math.exp(-z))
        high.append(s ** math.exp(z))
    np.testing.assert_allclose(curve.low[:19], np.minimum(low, high), rtol=1e-9)
    np.testing.assert_allclose(curve.high[:19], np.maximum(low, high), rtol=1e-9)
    ends = [next(t for t, s in enumerate(e, 1) if s <= 0.5) for e in (curve.low, curve.high)]
    assert curve.median == (10.5, *ends)


@given(st.lists(st.none() | st.integers(1, 9), min_size=1, max_size=9))
def test_with_one_budget_the_median_is_that_of_the_table(steps: list[int | None]) -> None:
    runs = [(10.0, INF) if step is None else (float(step), float(step)) for step in steps]
    assert of(runs, runs).medians()[0]["median"] == median_step(steps).median


def test_a_curve_that_ends_at_one_half_has_no_median() -> None:
    runs = [(30.0, 30.0), (40.0, 40.0), (90.0, INF), (90.0, INF)]
    assert of(runs, runs).medians()[0]["median"] is None


def test_where_no_run_is_left_nothing_is_known_of_the_interval() -> None:
    """One run, and two that are seen at once: Greenwood's variance is not defined there."""
    for runs in ([(1.0, 1.0)], [(5.0, 5.0), (5.0, 5.0)]):
        curve = of(runs, runs).curves()[0]
        assert np.isnan(curve.low).all()
        assert curve.median == (runs[0][0], None, None)


def test_what_is_biased_in_delays_is_said() -> None:
    assert "slow learners" in repr(example().survival("delay"))
    assert "slow learners" not in repr(example().survival("validation"))


def test_log_rank_is_mantels_statistic_and_holm_counts_what_was_tested() -> None:
    one = [(6.0, 6.0), (7.0, INF), (10.0, 10.0), (15.0, 15.0)]
    two = [(1.0, 1.0), (2.0, 2.0), (3.0, INF), (6.0, 6.0)]
    never = [(20.0, INF)] * 4
    rows = of(one, two, never, never).logrank()
    observed, expected, variance = 0.0, 0.0, 0.0
    for at in sorted({t for t, upper in one + two if upper < INF}):
        n1, n2 = (sum(t >= at for t, _ in runs) for runs in (one, two))
        d1, d2 = (sum(t == at and u < INF for t, u in runs) for runs in (one, two))
        n, d = n1 + n2, d1 + d2
        observed, expected = observed + d1, expected + d * n1 / n
        if n > 1:
            variance += d * (n - d) * n1 * n2 / (n * n * (n - 1))
    assert abs(rows[0]["statistic"]) == pytest.approx(abs(observed - expected) / variance**0.5)
    assert len(rows) == 6
    assert math.isnan(rows[-1]["p"])  # neither of the two has an event
    tested = [row["p"] for row in rows[:-1]]
    assert [row["p_holm"] for row in rows[:-1]] == holm(tested)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_no_smaller_than_p_no_larger_than_bonferroni(ps: list[float]) -> None:
    found = holm(ps)
    for p, adjusted in zip(ps, found, strict=True):
        assert p <= adjusted <= min(1, len(ps) * p) + 1e-12
    assert sorted(found) == [a for _, a in sorted(zip(ps, found, strict=True))]


def test_runs_without_a_delay_are_left_out_and_counted() -> None:
    found = of([(10, 10), (NAN, NAN), (90, INF)], [(NAN, NAN)] * 3, event="delay")
    first, second = found.medians()
    assert (first["runs"], first["events"], first["excluded"]) == (2, 1, 1)
    assert (second["runs"], second["median"], second["excluded"]) == (0, None, 3)
    assert len(found.columns()["time"]) == 2
    assert math.isnan(found.logrank()[0]["p"])


def test_the_export_is_tidy_and_keeps_its_types_where_nothing_was_reached() -> None:
    found = of([(50, INF), (50, INF)], [(50, INF), (40, INF)])
    columns = found.columns()
    assert not columns["event"].any()
    np.testing.assert_array_equal(columns["lower"], [49, 49, 49, 39])
    assert np.isinf(columns["upper"]).all()
    pandas = pytest.importorskip("pandas")
    table = found.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    kinds = {name: str(kind) for name, kind in table.dtypes.items()}
    assert {kinds[name] for name in ("time", "lower", "upper")} == {"float64"}
    assert (kinds["event"], kinds["seed"]) == ("boolean", "Int64")
    missing = example()
    missing.train_step_by_seed[:] = np.nan
    assert str(missing.to_pandas()["train_step"].dtype) == "Int64"
    polars = pytest.importorskip("polars")
    assert missing.to_polars()["train_step"].dtype == polars.Int64
    assert missing.to_polars()["train_step"].null_count() == 6


def test_some_settings_are_chosen_by_their_values() -> None:
    found = example().survival("train")
    assert [*found.at(**{"split.fraction": 0.4}).medians()[0]] == [
        "runs",
        "events",
        "excluded",
        "median",
        "low",
        "high",
    ]
    with pytest.raises(GrokphaseError, match=r'no axis here.*Did you mean "split.fraction"'):
        found.at(**{"split.fractoin": 0.4})
    with pytest.raises(GrokphaseError, match=r"has no value 0\.5; it has 0\.4, 0\.8"):
        found.at(**{"split.fraction": 0.5})
    with pytest.raises(GrokphaseError, match="is no event"):
        example().survival("rqi")


def test_a_map_of_lists_has_no_survival() -> None:
    x, y = Axis("split.fraction", (0.4, 0.6)), Axis("task.p", (5, 7))
    none = np.full((2, 2), np.nan)
    found = PhaseMap.from_arrays(x, y, [["confusion"] * 2] * 2, none, none)
    with pytest.raises(GrokphaseError, match=r"gp\.phase_map or gp\.sweep"):
        found.survival()
