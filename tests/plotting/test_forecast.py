"""The picture of a forecast: curves to now, the interval ahead, and why it is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grokphase import GrokphaseError
from grokphase.forecasting import Forecast, History

STEPS = np.array([0, 10, 100, 1000])
RUN = History(
    step=STEPS,
    curves={
        "train_accuracy": [0.1, 0.6, 1.0, 1.0],
        "validation_accuracy": [0.1, 0.1, 0.2, 0.2],
        "train_loss": [4.0, 1.0, 0.1, 0.01],
    },
)
TOLD = Forecast(
    *("memorized", 0.6, 20_000, 5120.0, (4300.0, 6800.0), (3600.0, 9800.0), 100.0), history=RUN
)


def drawn(forecast: Forecast) -> dict[str, list]:
    found: dict[str, list] = {}
    for axes in forecast.plot().axes:
        for artist in (*axes.lines, *axes.patches):
            found.setdefault(artist.get_gid(), []).append(artist)
    return found


def test_bands_and_median_stand_where_they_are_expected():
    shown = drawn(TOLD)
    for name, interval in (("90 %", TOLD.interval90), ("50 %", TOLD.interval50)):
        for band in shown[name]:
            assert (band.get_x(), band.get_x() + band.get_width()) == interval
    assert all(line.get_xdata()[0] == 5120.0 for line in shown["median"])
    assert all(line.get_xdata()[0] == 1000 for line in shown["now"])
    assert shown["train_accuracy"][0].get_ydata().tolist() == [0.1, 0.6, 1.0, 1.0]


def test_words_and_refusals():
    assert "60 % within 20,000 steps" in TOLD.plot()._suptitle.get_text().replace("\n", " ")
    refused = replace(TOLD, refused=True, reason="it is too short.")
    figure = refused.plot()
    assert "tentative" in figure._suptitle.get_text()
    assert figure._supxlabel.get_text().startswith("refused: it is too short")
    assert drawn(refused)["90 %"][0].get_hatch()
    assert not drawn(TOLD)["90 %"][0].get_hatch()


def test_one_that_has_generalized_or_cannot_be_said_has_no_bands():
    done = replace(TOLD, phase="generalized")
    nothing = replace(TOLD, median_step=None, interval50=None, interval90=None, refused=True)
    for each in (done, nothing):
        assert not {"90 %", "50 %", "median"} & set(drawn(each))
    with pytest.raises(GrokphaseError, match="holds none"):
        replace(TOLD, history=None).plot()


@pytest.mark.parametrize("budget", [3_000, 20_000, 100_000])
def test_a_title_uses_the_width_and_leaves_no_word_alone(budget: int):
    figure = replace(TOLD, budget=budget).plot()
    label = figure._suptitle
    ends = [label.get_window_extent().x1 / figure.bbox.x1]
    lines = label.get_text().splitlines()
    for line in lines[:-1]:
        label.set_text(line)
        ends.append(label.get_window_extent().x1 / figure.bbox.x1)
    label.set_text(" ".join(lines))
    fits = label.get_window_extent().x1 <= figure.bbox.x1
    assert len(lines) == (1 if fits else 2)
    assert max(ends) <= 1
    assert min(map(len, lines)) > 0.6 * max(map(len, lines))
