"""What a run shows and hands on, and what is refused before it is one."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from tests.plotting.fakes import made_up_record

import grokphase as gp
from grokphase.training import Run


def run(steps: int = 500, loss: float = 0.5, phase: str = "memorization", **final: float) -> Run:
    spec = gp.run_spec("addition", gp.Toy(widths=(8,)), gp.Recipe(steps=1000))
    numbers = {"train_loss": loss, "rqi": 0.5, "saturation": math.nan, **final}
    record = made_up_record(5, None, phase=phase, steps=steps, rqi_step=None, final=numbers)
    return Run(spec, record)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (run(steps=500), "not followed"),
        (run(steps=1000), "not reached"),
        (run(steps=500, loss=math.inf), "not reached"),
        (run(steps=500, loss=math.nan, phase="diverged"), "not reached"),
    ],
)
def test_an_rqi_is_not_reached_only_where_the_run_went_on_for_it(made: Run, said: str) -> None:
    assert dict(made.rows())["RQI > 0.95"] == said


@pytest.mark.parametrize("share", [0.0, math.nan])
def test_saturation_is_not_shown_where_there_is_none(share: float) -> None:
    assert "last saturation" not in dict(run(saturation=share).rows())


def test_saturation_is_shown_with_what_it_means() -> None:
    said = dict(run(saturation=0.25).rows())["last saturation"]
    assert said == "0.25 of the training samples have a textbook float32 loss of exactly 0"
    assert said in run(saturation=0.25)._repr_html_()


def test_curves_become_the_tables_of_pandas_polars_and_xarray() -> None:
    made = run()
    for table in (made.to_pandas(), made.to_polars()):
        assert list(table.columns) == list(made.curves)
        np.testing.assert_array_equal(table["train_loss"].to_numpy(), made.curves["train_loss"])
    data = made.to_xarray()
    assert data.sizes == {"step": len(made.curves["step"])}
    assert set(data.data_vars) == set(made.curves) - {"step"}
    assert float(data["rqi"].sel(step=500)) == made.curves["rqi"][-1]
    assert data.attrs["run"] == made.record.id


@pytest.mark.parametrize("library", ["pandas", "polars", "xarray"])
def test_a_library_that_is_missing_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(gp.GrokphaseError, match=f"python -m pip install {library}"):
        getattr(run(), f"to_{library}")()


@pytest.mark.parametrize("task", [10, None, gp.Toy()])
def test_what_is_no_task_is_refused(task: Any) -> None:
    with pytest.raises(gp.GrokphaseError, match="is not a task; write its name"):
        gp.train(task)
