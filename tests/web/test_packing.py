"""Curves survive their packing to the precision of a screen."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.plotting.fakes import made_up_map, made_up_record, records_of

from grokphase.web import packing
from grokphase.web.packing import MEASURES, MISSING, pack_curves, quantize


def unpack(packed):
    """Curves of each run, by the description of the format in `pack_curves`."""
    raw = zlib.decompress(base64.b64decode(packed["data"]))
    total = sum(packed["points"])
    ends = np.cumsum(packed["points"])[:-1]
    steps = np.cumsum(np.frombuffer(raw, "<u4", total).astype(np.int64)) % 2**32
    columns = {"step": steps}
    for index, measure in enumerate(packed["measures"]):
        differences = np.frombuffer(raw, "<u2", total, offset=4 * total + 2 * total * index)
        codes = np.cumsum(differences.astype(np.int64)) % 2**16
        low, high = packed["ranges"][index]
        share = codes / (MISSING - 1)
        logarithmic = packed["scales"][index] == "log"
        value = low * (high / low) ** share if logarithmic else low + (high - low) * share
        columns[measure] = np.where(codes == MISSING, np.nan, value)
    assert len(raw) == 4 * total + 2 * total * len(packed["measures"])
    split = {name: np.split(column, ends) for name, column in columns.items()}
    return [{name: parts[run] for name, parts in split.items()} for run in range(len(ends) + 1)]


def test_curves_come_back():
    runs = [made_up_record(seed=s, train_step=50 * (s + 1), steps=10_000 + s) for s in range(3)]
    runs.insert(1, made_up_record(curves={}))
    for run, curves in zip(runs, unpack(pack_curves(runs)), strict=True):
        expected = run.curves or {"step": []}
        np.testing.assert_array_equal(curves["step"], expected["step"])
        for measure in MEASURES:
            want = expected.get(measure, np.full(len(expected["step"]), np.nan))
            np.testing.assert_allclose(curves[measure], want, rtol=2e-4, atol=1e-5)


def test_a_measure_that_a_run_does_not_have_and_infinite_losses_are_missing():
    record = made_up_record()
    loss = record.curves["train_loss"].copy()
    loss[5:] = np.inf
    curves = {"step": record.curves["step"], "train_loss": loss}
    (back,) = unpack(pack_curves([made_up_record(curves=curves)]))
    assert np.isfinite(back["train_loss"][:5]).all()
    assert np.isnan(back["train_loss"][5:]).all()
    assert np.isnan(back["rqi"]).all()


def test_many_runs_keep_both_ends_of_fewer_points_within_the_limit():
    rng = np.random.default_rng(0)
    runs = records_of(made_up_map(seeds=8), points=240)
    for run in runs:  # noise cannot be deflated
        for name, values in run.curves.items():
            if name != "step":
                values *= rng.uniform(0.5, 1.5, values.size).astype(np.float32)
    packed = pack_curves(runs)
    assert len(packed["data"]) <= 3_800_000
    assert max(packed["points"]) <= 120
    for run, curves in zip(runs, unpack(packed), strict=True):
        assert curves["step"][0] == 0
        assert curves["step"][-1] == run.curves["step"][-1]


def test_no_curves_and_too_many_runs_give_nothing(monkeypatch):
    assert pack_curves([]) is None
    assert pack_curves([made_up_record(curves={})]) is None
    monkeypatch.setattr(packing, "MOST_RUNS", 2)
    assert pack_curves([made_up_record()] * 2) is not None
    assert pack_curves([made_up_record()] * 3) is None


@given(
    arrays(np.float64, st.integers(1, 50), elements=st.floats(allow_nan=True, allow_infinity=True)),
    st.sampled_from(["log", "linear"]),
)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_quantized_values_keep_their_order_and_missing_ones_are_marked(values, scale):
    known = np.isfinite(values) & ((values > 0) | (scale == "linear"))
    # A range beyond float64 has no width.
    if known.any() and not np.isfinite(values[known].max() - values[known].min()):
        return
    codes, _ = quantize(values, scale)
    np.testing.assert_array_equal(codes == MISSING, ~known)
    ordered = codes[known][np.argsort(values[known])].astype(int)
    assert (np.diff(ordered) >= 0).all()
