"""Labels keep off each other, and stand where they say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from grokphase.plotting.ticks import every, folded, log_ticks, number_labels, plain_ticks

sizes = st.lists(st.floats(0.1, 30), min_size=1, max_size=30)


@given(sizes, st.floats(0, 5))
def test_labels_that_are_kept_do_not_touch_and_one_more_would(sizes: list[float], gap: float):
    at = np.arange(len(sizes)) * 10.0

    def fits(k: int) -> bool:
        kept = list(zip(at[::k], sizes[::k], strict=True))
        return all(b - a - (one + other) / 2 >= gap for (a, one), (b, other) in pairwise(kept))

    k = every(at, sizes, gap)
    assert fits(k)
    assert not any(fits(fewer) for fewer in range(1, k))


@settings(max_examples=30)
@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e6),
    st.sampled_from([plain_ticks, log_ticks]),
    st.sampled_from(["x", "y"]),
)
def test_a_tick_stands_where_its_label_says(low: float, span: float, ticks, which: str):
    axes = Figure().subplots()
    ends = (low, low + span) if ticks is plain_ticks else (span, span * (1.01 + abs(low)))
    axes.set(**{f"{which}lim": ends, f"{which}scale": "log" if ticks is log_ticks else "linear"})
    ticks(axes, which)
    axis = axes.xaxis if which == "x" else axes.yaxis
    places = axis.get_majorticklocs()
    assert places.size
    for at, label in zip(places, axis.get_majorticklabels(), strict=True):
        text = label.get_text().replace("$10^{", "1e").replace("}$", "").replace("−", "-")
        assert float(text) == pytest.approx(at, rel=1e-6, abs=1e-9)


def test_numbers_that_are_near_each_other_are_told_apart():
    assert number_labels([1_000_000.0, 1_000_005.0]) == ("1000000", "1000005")


words = st.text("abcdefg,.:", min_size=1, max_size=9)
formulas = st.sampled_from(
    [r"$\eta_1 = 10^{-3}$", "$r_c$", "60 %", "p = 31", r"$\widehat{\mathrm{Acc}}$", "$a = b$"]
)


@given(st.lists(words | formulas, min_size=1, max_size=12), st.integers(9, 40))
def test_a_text_is_broken_between_its_words_and_formulas(parts: list[str], letters: int):
    lines = folded(" ".join(parts), letters)
    assert " ".join(lines) == " ".join(parts)
    assert all(line.count("$") % 2 == 0 for line in lines)
    assert not any(line.startswith(("%", "=")) or line.endswith("=") for line in lines)
    plain = [line for line in lines if "$" not in line]
    assert all(len(line) <= letters for line in plain)
