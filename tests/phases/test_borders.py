from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokphase.errors import GrokphaseError
from grokphase.phases import Axis, PhaseMap, borders

C, G, M, N = "comprehension", "grokking", "memorization", "confusion"
LETTER = {"C": C, "G": G, "M": M, "X": N, "F": "failed"}
SIZE = 12
X = Axis("split.fraction", tuple(np.linspace(0.1, 0.9, SIZE).tolist()), "linear")
X6 = Axis("split.fraction", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
Y = Axis("task.p", (5, 7))


def mapped(*rows: Sequence[str], x: Axis = X) -> PhaseMap:
    """A map of two lines: each row is one string of letters a seed."""
    by_seed = [[[LETTER[row[i]] for row in seeds] for i in range(x.size)] for seeds in rows]
    none = np.full((len(rows), x.size, len(rows[0])), np.nan)
    return PhaseMap.from_arrays(x, Y, by_seed, none, none)


def row(border: int, size: int = SIZE) -> str:
    return "C" * border + "M" * (size - border)


def test_a_border_lies_between_the_cells_it_divides() -> None:
    first, second = borders(mapped([row(5)], [row(7)])).named("comprehends")
    assert (first.positions, second.positions) == ((4.5,), (6.5,))
    assert (first.at, second.at) == (5, 7)
    assert not first.enters
    assert math.isnan(first.low)
    assert first.absent == 0


def test_axis_values_are_halfway_in_the_logarithm_on_a_log_axis() -> None:
    log = Axis("recipe.decoder.learning_rate", (1e-4, 1e-3, 1e-2, 1e-1), "log")
    found = borders(mapped(["CCMM"], ["CCMM"], x=log))
    assert found.rows()[0]["median"] == pytest.approx(10**-2.5)
    assert found.rows()[0]["median_cells"] == 1.5
    assert found.rows()[0]["low"] is None


def test_the_median_and_its_interval_over_five_seeds() -> None:
    seeds = [row(k) for k in (7, 3, 5, 6, 4)]
    border = borders(mapped(seeds, seeds)).named("generalizes")[0]
    assert border.positions == (6.5, 2.5, 4.5, 5.5, 3.5)
    assert (border.median, border.low, border.high) == (4.5, 2.5, 6.5)
    assert border.coverage == pytest.approx(1 - 2 / 32)
    assert border.extent == 4


def test_more_seeds_give_a_narrower_interval() -> None:
    # Of 8 seeds, the 2nd lowest to the 2nd highest cover 1 - 2 (1 + 8) / 2^8 = 0.93.
    seeds = [row(k) for k in (2, 3, 4, 5, 6, 7, 8, 9)]
    border = borders(mapped(seeds, seeds)).named("comprehends")[0]
    assert (border.low, border.high) == (2.5, 7.5)
    assert border.coverage == pytest.approx(1 - 18 / 256)


def test_a_lone_odd_cell_does_not_move_a_border() -> None:
    noisy = "CCMCCCMMMMMM"
    border = borders(mapped([row(6), noisy, row(6)], [row(6)] * 3)).named("comprehends")[0]
    assert border.positions == (5.5, 5.5, 5.5)


def test_seeds_without_a_border_are_counted_and_move_the_median() -> None:
    seeds = [row(4), row(5), row(6), "C" * SIZE, "C" * SIZE]
    border = borders(mapped(seeds, seeds)).named("comprehends")[0]
    assert border.positions == (3.5, 4.5, 5.5, math.inf, math.inf)
    assert border.absent == 2
    assert border.median == 5.5
    assert border.high == math.inf
    found = borders(mapped(seeds, seeds)).rows()[0]
    assert found["high"] is None
    assert found["absent"] == 2
    assert found["positions"][3:] == [None, None]


def test_a_median_among_absent_borders_is_unknown() -> None:
    seeds = [row(4), row(4), row(4), "M" * SIZE, "M" * SIZE]
    border = borders(mapped(seeds, seeds)).named("comprehends")[0]
    assert border.positions[3:] == (-math.inf, -math.inf)
    assert border.median == 3.5
    half = [row(4), row(5), "CCCCCCCCCCCC", "MMMMMMMMMMMM"]
    found = borders(mapped([*half, row(4)], [*half, row(5)]))
    assert [border.median for border in found.named("comprehends")] == [3.5, 4.5]
    # Half of the seeds have no border, and the other half does not outvote them.
    tied = borders(mapped(["C" * SIZE, row(4)], ["M" * SIZE, row(4)]))
    first, *second = tied.named("comprehends")
    assert first.positions == (math.inf, 3.5)
    assert math.isnan(first.median)
    assert second == []
    assert tied.unplaced["comprehends"] == 1


def test_every_border_of_a_line_is_found() -> None:
    line = "XXXCCCCGGMMM"
    found = borders(mapped([line], [line]))
    generalizes = found.named("generalizes")[:2]
    assert [border.positions for border in generalizes] == [(2.5,), (8.5,)]
    assert [border.enters for border in generalizes] == [True, False]
    assert [border.positions for border in found.named("comprehends")[:2]] == [(2.5,), (6.5,)]
    assert [border.positions for border in found.named("trains")] == [(2.5,), (2.5,)]


def test_along_y_is_along_x_of_the_map_turned() -> None:
    phase = np.array([[C, C, M], [C, M, M]])
    none = np.full((2, 3), np.nan)
    three = Axis("split.fraction", (0.2, 0.4, 0.6))
    straight = PhaseMap.from_arrays(three, Y, phase, none, none)
    turned = PhaseMap.from_arrays(Y, three, phase.T, none.T, none.T)
    # By their texts, as an end that is not known is NaN, which is not even equal to itself.
    assert str(straight.borders("x").borders) == str(turned.borders("y").borders)
    assert str(straight.borders("y").borders) == str(turned.borders("x").borders)
    assert straight.borders("y").named("comprehends")[0].at == 0.4


@given(st.lists(st.integers(1, SIZE - 1), min_size=1, max_size=9))
def test_clean_rows_give_their_own_borders_whatever_their_order(ends: list[int]) -> None:
    seeds = [row(end) for end in ends]
    border, turned = borders(mapped(seeds, seeds[::-1])).named("generalizes")
    assert border.positions == turned.positions[::-1] == tuple(end - 0.5 for end in ends)
    assert border.median == turned.median == np.median([end - 0.5 for end in ends])
    assert border.extent == max(ends) - min(ends)


@given(
    st.lists(st.text("CGMX", min_size=SIZE, max_size=SIZE), min_size=3, max_size=3),
    st.lists(st.text("CGMX", min_size=SIZE, max_size=SIZE), min_size=3, max_size=3),
)
def test_mirrored_maps_have_mirrored_borders(first: list[str], second: list[str]) -> None:
    plain = borders(mapped(first, second))
    mirrored = borders(mapped(*([line[::-1] for line in seeds] for seeds in (first, second))))
    assert plain.unplaced == mirrored.unplaced
    assert len(plain.borders) == len(mirrored.borders)
    for name in plain.unplaced:
        count = sum(border.enters for border in plain.named(name))
        assert count == sum(not border.enters for border in mirrored.named(name))


def test_the_text_says_how_far_borders_move() -> None:
    seeds = [row(k) for k in (7, 3, 5)]
    text = repr(borders(mapped(seeds, seeds)))
    assert "comprehends: 2 crossings, moves by 4.0 (most: 4.0); absent in 0 of 6" in text
    assert "trains: none" in text
    assert max(map(len, text.splitlines())) <= 100


def test_unknown_names_are_refused() -> None:
    found = mapped([row(5)], [row(7)])
    with pytest.raises(GrokphaseError, match="borders run along"):
        borders(found, "z")
    with pytest.raises(GrokphaseError, match='Did you mean "trains"'):
        borders(found).named("train")


def test_the_edge_of_cells_that_failed_is_no_border_of_learning() -> None:
    found = borders(mapped(["CCCCCCFFFFFF"], ["F" * 12]))
    assert found.borders == ()
    assert {*found.unplaced.values()} == {0}
    (gap,) = borders(mapped(["CCCFFFFMMMMM"], ["F" * 12])).named("generalizes")
    assert gap.positions == (4.5,)  # amid the cells that say nothing, 2 and 7 being known
    (split,) = borders(mapped(["CCFCMM", "CCCCMM", "FCCMFM"], ["F" * 6] * 3, x=X6)).named(
        "comprehends"
    )
    assert split.positions == (3.5, 3.5, 2.5)
