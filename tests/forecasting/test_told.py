"""A forecast in words: in a line, on a terminal, in a notebook."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grokphase.forecasting import Evidence, Forecast, History
from grokphase.forecasting.columns import IN_EPOCHS
from grokphase.forecasting.evidence import evidence
from grokphase.forecasting.following import events
from grokphase.forecasting.told import draw, in_a_line, picture, steps_text

RUN = History(
    step=[0, 10, 100, 1000],
    curves={
        "train_accuracy": [0.1, 0.6, 1.0, 1.0],
        "validation_accuracy": [0.1, 0.1, 0.2, 0.2],
        "train_loss": [4.0, 1.0, 0.1, 0.01],
    },
)
TOLD = Forecast(
    *("memorized", 0.6, 20_000, 5120.0, (4300.0, 6800.0), (3600.0, 9800.0), 100.0),
    evidence=(Evidence("weight_norm", 1.0, "the norm contracts <fast>"),),
    history=RUN,
)


def test_the_interval_stands_on_the_axis_of_the_curves():
    *curves, interval, axis = picture(TOLD, RUN)
    assert len(curves) == 3
    marks = interval[22:]
    assert marks.count("┃") == marks.count("│") == 1
    assert marks.index("│") < marks.index("─") < marks.index("━") < marks.index("┃")
    assert marks.rstrip().endswith("─")
    assert len(marks.rstrip()) == 44  # the axis ends with the interval
    assert axis.endswith("step 9,800")
    # Bars end where the run is now.
    assert {len(line[22:66].rstrip()) for line in curves} == {marks.index("│") + 1}


def test_a_refusal_is_said_before_its_numbers():
    refused = replace(TOLD, refused=True, reason="it is too short.")
    lines = draw(refused).splitlines()
    said = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    assert said.index("refused") < said.index("generalizes")
    assert "tentatively 60 %" in draw(refused)
    assert in_a_line(refused).startswith("tentative, since it is too short: ")
    nothing = replace(refused, median_step=None, interval90=None, probability_of_generalizing=None)
    assert in_a_line(nothing).endswith("no forecast: it is too short")
    assert "cannot be said yet" in draw(nothing)


def test_a_budget_that_is_not_known_is_said():
    assert "no budget" not in draw(TOLD)
    ever = replace(TOLD, budget=None)
    assert in_a_line(ever).endswith("60 % at any time, no budget given")
    assert "whether it comes in the time that there is: no budget is given" in draw(ever)


def test_shares_are_told_as_all_percents_are():
    assert evidence(RUN)[-1].says == "0 % of the way from memorization to the threshold"


def test_epochs_are_called_so():
    of_epochs = replace(TOLD, understood={"epoch": IN_EPOCHS})
    assert "20,000 epochs" in draw(of_epochs)
    assert "step" not in in_a_line(of_epochs)


def test_a_notebook_gets_words_that_are_safe():
    html = TOLD._repr_html_()
    assert "contracts &lt;fast&gt;" in html
    assert html.count("<polyline") == 2
    assert html.count("<rect") == 2


def test_events_of_a_run_that_loses_it_again():
    run = History(
        step=[0, 50, 100, 200],
        curves={"train_accuracy": [0, 1, 1, 1], "validation_accuracy": [0, 0.5, 1, 0.7]},
    )
    assert [event.says for event in events(run)] == [
        "memorized at step 50 (after 0)",
        "generalized at step 100 (after 50)",
        "under the threshold again at step 200",
    ]
    gone = replace(run, curves={"train_loss": np.array([3, 2, np.inf, np.inf])})
    assert [event.says for event in events(gone)] == ["its loss is no number after step 50"]
    never = replace(run, curves={"train_loss": np.full(4, np.inf)})
    assert events(never) == [(0.0, "its loss is no number")]


@given(step=st.floats(0, 1e9))
def test_three_digits_are_said_of_a_step_that_is_foreseen(step: float):
    said = float(steps_text(step).replace(",", ""))
    assert abs(said - step) <= max(0.5, 0.006 * step)
