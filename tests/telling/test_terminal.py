"""The map and a run in a terminal."""

import numpy as np
import pytest
from rich.console import Console
from tests.plotting.fakes import made_up_map, made_up_record

from grokphase.phases import Axis
from grokphase.telling.looks import PENDING, PHASE_STYLES
from grokphase.telling.terminal import (
    LiveMap,
    sparkline,
    terminal_curves,
    terminal_map,
)


def rows(text):
    """Cells of each row, the largest y first."""
    return [line.split("|")[1].split() for line in text.plain.splitlines() if "|" in line]


def test_letters_are_those_of_the_phases_largest_y_first():
    found = made_up_map()
    letters = np.vectorize(lambda phase: PHASE_STYLES[phase].letter)(found.phase)
    assert rows(terminal_map(found)) == letters[::-1].tolist()


def test_inferred_cells_are_lower_case_and_pending_cells_are_dots():
    found = made_up_map(inferred=True)
    phase = found.phase.copy()
    phase[3] = ""
    text = terminal_map(LiveMap(found.x, found.y, phase, found.measured))
    drawn = np.array(rows(text)[::-1])
    assert (drawn[3] == PENDING).all()
    rest = np.arange(len(drawn)) != 3
    np.testing.assert_array_equal(np.char.isupper(drawn[rest]), found.measured[rest])
    assert "lower case: inferred" in text.plain
    assert "to come 16" in text.plain


def test_cells_are_filled_with_the_colour_of_their_phase():
    styles = {str(span.style) for span in terminal_map(made_up_map()).spans}
    for phase in made_up_map().counts():
        assert any(style.endswith(f"on {PHASE_STYLES[phase].colour}") for style in styles)


@pytest.mark.parametrize(("nx", "ny"), [(2, 2), (16, 11), (64, 44), (300, 200)])
def test_it_fits_the_terminal_and_says_when_it_leaves_out(nx, ny):
    text = terminal_map(made_up_map(nx, ny, inferred=True), width=80, height=30)
    lines = text.plain.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 30
    assert ("shown: one row in" in text.plain) == (nx > 70 or ny > 23)


def test_axes_are_named_and_both_ends_labelled():
    plain = terminal_map(made_up_map()).plain
    for said in ("decoder weight decay", "decoder learning rate (per step)", "1e-5", "0.01"):
        assert said in plain


def test_an_empty_map_before_the_first_run():
    x, y = Axis("seed", (0, 1)), Axis("task.p", (5, 7))
    text = terminal_map(LiveMap(x, y, np.full((2, 2), ""), np.zeros((2, 2), bool)))
    assert rows(text) == [[PENDING] * 2] * 2
    assert "inferred" not in text.plain


def test_a_sparkline_follows_the_log_of_the_step():
    record = made_up_record(train_step=100, steps=10_000)
    bars = sparkline(record, "train_accuracy", 41)
    assert len(bars) == 41
    # Step 100 is half of four decades.
    assert (bars[5], bars[35]) == ("▁", "█")
    levels = ["▁▂▃▄▅▆▇█".index(bar) for bar in bars]
    assert levels == sorted(levels)
    assert 15 < next(i for i, level in enumerate(levels) if level > 3) < 25


def test_a_sparkline_has_a_gap_where_there_is_no_number():
    record = made_up_record()
    curves = {**record.curves, "train_loss": np.full(len(record.curves["step"]), np.nan)}
    assert sparkline(made_up_record(curves=curves), "train_loss", 7) == " " * 7
    assert sparkline(made_up_record(curves={"step": [], "rqi": []}), "rqi", 7) == " " * 7


def test_a_run_says_its_phase_and_its_steps_in_words():
    record = made_up_record(validation_step=None, phase="memorization", steps=100_000)
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(terminal_curves(record))
    assert "memorization" in captured.get()
    assert "validation accuracy > 0.9: not reached in 100,000 steps" in captured.get()
    assert max(map(len, captured.get().splitlines())) <= 80
