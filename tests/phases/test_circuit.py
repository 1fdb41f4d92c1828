"""The phases of a run's circuit: the same however long the run goes on, and told where unseen."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase.phases.circuit import circuit_phases, phases_of
from grokphase.plotting import curves_figure
from grokphase.store.record import RunRecord
from grokphase.telling.circuit import circuit_text
from grokphase.telling.terminal import shown_measures, terminal_curves


def losses(last: float) -> dict[str, np.ndarray]:
    """Curves of a run that memorizes to 200, forms its circuit to 1,000 and has it at 3,000.

    When the circuit stands the excluded loss falls again, and the validation loss on and on.
    """
    steps = np.unique(np.concatenate([[0], np.geomspace(1, 1e5, 101).round()]))
    steps = steps[steps <= last]
    u = np.log(np.maximum(steps, 1))
    ends = np.log([200, 3000, 1e5])
    excluded = np.exp(np.interp(u, [0, np.log(20), *ends], [1.4, 1.4, 0, 2.2, 1.5]))
    high, fall = np.log([100, 1000, 3000]), np.log([3000, 1e5])
    validation = np.interp(u, [0, np.log(30), *high], [4, 4, 8, 6.5, 0.1])
    late = u > fall[0]
    validation[late] = np.exp(np.interp(u[late], fall, [np.log(0.1), -18]))
    return {"step": steps.astype(int), "excluded": excluded, "validation": validation}


def record(last: float = 2e4, **changes: object) -> RunRecord:
    found = losses(last)
    curves = {
        "step": found["step"],
        "train_loss": np.exp(-found["step"] / 50),
        "validation_loss": found["validation"],
        "restricted_loss": found["validation"] / 2,
        "excluded_loss": found["excluded"],
    }
    made: dict[str, object] = {
        "id": "00ff",
        "spec": {"task": {"name": "modular-addition", "p": 23}, "seed": 3},
        "seed": 3,
        "phase": "grokking",
        "train_step": 100,
        "validation_step": 2500,
        "rqi_step": None,
        "train_sustained_step": 100,
        "validation_sustained_step": 2500,
        "followed": True,
        "steps_trained": int(curves["step"][-1]),
        "seconds": 1.0,
        "final": {name: float(values[-1]) for name, values in curves.items() if name != "step"},
        "curves": curves,
        "weights": None,
        "provenance": {},
    }
    return RunRecord(**(made | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("last", [6e3, 1e5])
def test_the_length_of_a_run_does_not_move_its_phases(last: float) -> None:
    found = losses(last)
    phases = circuit_phases(*found.values())
    np.testing.assert_allclose([each.end for each in phases], [200, 1000, 3000], rtol=0.13)
    for each, planted in zip(phases, (200, 1000, 3000), strict=True):
        assert each.interval is not None
        low, high = each.interval
        assert low <= planted <= high  # the rows beside it are within
        assert low < each.end < high


def test_a_fall_that_goes_on_is_a_cleanup_that_is_not_over() -> None:
    found = losses(2200)
    *_, cleanup = circuit_phases(*found.values())
    assert (cleanup.name, cleanup.end, cleanup.interval) == ("cleanup", None, None)
    assert cleanup.start == pytest.approx(1000, rel=0.13)
    lines = circuit_text(record(2200), (3, 5), phases_of(record(2200)), {})
    assert lines[0] == "key frequencies of the trained network: 3, 5 (of 1 to 11)"
    assert lines[-1].endswith(f"not over at step {record(2200).steps_trained:,}")


def test_a_run_without_phases_says_why() -> None:
    with pytest.raises(gp.GrokphaseError, match=r"did not generalize in [\d,]+ steps"):
        phases_of(record(validation_step=None))
    curves = dict(record().curves)
    del curves["excluded_loss"]
    with pytest.raises(gp.GrokphaseError, match=r"write --set recipe\.measures="):
        phases_of(record(curves=curves))
    lines = circuit_text(record(), None, None, {"key_frequencies": "No.", "phases": "Why not."})
    assert lines == ["key frequencies: none. No.", "phases of the circuit: none. Why not."]


def test_the_figure_names_the_phases_and_shades_their_intervals() -> None:
    figure = curves_figure(record())
    losses_ = figure.axes[0]
    named = [text.get_text() for text in losses_.texts if text.get_gid() == "phase"]
    assert named == ["memorization", "circuit\nformation", "cleanup"]
    ends = [line.get_xdata()[0] for line in losses_.lines if line.get_gid() == "change point"]
    assert ends == [phase.end for phase in phases_of(record())]
    bands = [patch for patch in losses_.patches if patch.get_gid() == "interval"]
    assert [(band.get_x(), band.get_x() + band.get_width()) for band in bands] == [
        pytest.approx(phase.interval) for phase in phases_of(record())
    ]
    drawn = {line.get_gid() for line in losses_.lines}
    assert {"train_loss", "validation_loss", "restricted_loss", "excluded_loss"} <= drawn
    several = curves_figure([record(), record(id="00fe", seed=4)])
    assert not any(text.get_gid() == "phase" for each in several.axes for text in each.texts)


def test_a_terminal_shows_the_four_losses_together() -> None:
    curves = {**record().curves, "train_accuracy": np.ones(2), "rqi": np.full(2, np.nan)}
    asked = ["restricted_loss", "embedding_gini", "train_margin"]
    curves["train_margin"] = np.arange(2.0)
    assert shown_measures(curves, asked) == [
        *("train_loss", "validation_loss", "restricted_loss", "excluded_loss"),
        *("train_accuracy", "train_margin"),
    ]
    text = terminal_curves(record()).plain
    assert "excluded loss" in text
