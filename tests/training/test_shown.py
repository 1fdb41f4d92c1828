"""Progress of a call from Python: one line where a person looks on, and none elsewhere."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

import grokphase as gp
from grokphase.training.progress import Progress
from grokphase.training.shown import Listener, shown

HALF = Progress(6, 12, 6_000, 12_000, 3.0, 90.0, None, {})
TINY = ("addition", gp.Toy(widths=(24, 24)), gp.Recipe(steps=5))


def looked_at(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Makes standard error one that somebody looks at."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "60")
    return stream


def test_a_terminal_gets_one_line_that_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = looked_at(monkeypatch)
    with shown("auto") as tell:
        assert tell is not None
        for seconds in (0.1, 1.9, 2.0, 2.1, 2.4, 3.0):
            tell(replace(HALF, seconds=seconds))
    *lines, wiped, end = terminal.getvalue().split("\r")[1:]
    assert len(lines) == 2  # at 2.0 and 3.0: not before two seconds, then twice a second
    assert lines[0].startswith("6/12 runs, 6,000 steps")
    assert all(len(line) < 60 for line in lines)
    assert (wiped.strip(), len(wiped), end) == ("", len(lines[-1]), "")


def test_the_line_is_wiped_when_training_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = looked_at(monkeypatch)

    def interrupted(tell: Listener | None) -> None:
        assert tell is not None
        tell(HALF)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), shown("auto") as tell:
        interrupted(tell)
    assert terminal.getvalue().endswith(" \r")


def test_a_quick_call_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = looked_at(monkeypatch)
    with shown("auto") as tell:
        assert tell is not None
        tell(replace(HALF, seconds=1.0))
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nobody_looks_on(stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with shown("auto") as tell:
        assert tell is None


def test_a_listener_replaces_the_line_and_none_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = looked_at(monkeypatch)
    heard: list[Progress] = []
    gp.train(*TINY, on_progress=heard.append)
    axes = {"x": "recipe.steps=2,3", "y": "recipe.decoder.weight_decay=0,1"}
    gp.phase_map(*TINY, **axes, on_progress=heard.append)
    gp.train(*TINY, on_progress=None)
    assert {progress.runs_total for progress in heard} == {1, 4}
    assert terminal.getvalue() == ""
