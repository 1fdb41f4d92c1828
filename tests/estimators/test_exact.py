"""Numbers that are computed without chance, and cases of which some must be so."""

import pytest

from grokphase.errors import GrokphaseError
from grokphase.estimators import estimator

INF = float("inf")


@pytest.mark.parametrize(
    ("values", "within", "value", "verdict"),
    [
        ([3], [3, 3], 3, "holds"),
        ([2, 2, 5], [2, 2], 5, "fails"),
        ([4, 2, 3], [2, INF], 2, "holds"),
        ([0.5, -1], [-INF, 0], 0.5, "fails"),
        ([1.95, 2.08], [1.9, 2.1], 2.08, "holds"),
    ],
)
def test_the_weakest_case_is_judged(values, within, value, verdict):
    found = estimator("exact")({"x": values}, column="x", within=within)
    assert (found.value, found.verdict, found.interval) == (value, verdict, None)


def test_or_the_median():
    table = {"seed": [1, 2, 3], "x": [0, 0, 9]}
    found = estimator("exact")(table, column="x", within=[0, 1], case="median")
    assert (found.value, found.verdict, found.seeds) == (0, "holds", 3)


def test_what_is_not_known_and_what_cannot_fail_is_refused():
    exact = estimator("exact")
    assert exact({"x": [1, None]}, column="x", within=[1, 1]).verdict == "inconclusive"
    with pytest.raises(GrokphaseError, match="outside"):
        exact({"x": 1}, column="x", within=[-INF, INF])


@pytest.mark.parametrize(
    ("so", "enough", "verdict"),
    [
        ([True, False], 0, "fails"),
        ([True, False], 1, "holds"),
        ([True, None], 1, "holds"),
        ([False, None], 1, "inconclusive"),
        ([False, None], 2, "fails"),
    ],
)
def test_some_cases_can_be_enough(so, enough, verdict):
    more = {"enough": enough} if enough else {}
    found = estimator("each")({"so": so}, column="so", called="pairs", **more)
    assert found.verdict == verdict
    assert str(found.value).endswith("of 2 pairs")
