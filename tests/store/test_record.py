"""A finished run as plain data, and as one row of a table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.store.samples import make_record

from grokphase.errors import GrokphaseError
from grokphase.store import LISTED
from grokphase.store.record import leaves


def test_flatten_names_every_numeric_leaf() -> None:
    row = make_record(5).flatten()
    assert row["recipe.decoder.learning_rate"] == 1e-5 * 2**5
    assert row["model.widths.1"] == 200
    assert row["recipe.stop"] == "decided"
    assert row["final_train_loss"] == make_record(5).final["train_loss"]
    assert row["provenance.jax"] == "0.10.1"


def test_flatten_begins_with_what_the_catalog_lists() -> None:
    assert tuple(make_record().flatten())[: len(LISTED)] == LISTED


def test_censored_is_none_not_a_number() -> None:
    assert make_record(3).flatten()["train_step"] is None


def test_a_leaf_takes_no_column_of_the_outcome() -> None:
    spec = {"phase": "mine", "Seed": 9, "final_train_loss": 0.0, "curve_step": 1, "record_key": 2}
    row = make_record(1, spec=spec).flatten()
    assert row["phase"] == "grokking"
    assert row["seed"] == 1
    assert row["final_train_loss"] == make_record(1).final["train_loss"]
    assert not {"Seed", "curve_step", "record_key"} & row.keys()


def test_of_leaves_that_differ_in_case_the_first_is_a_column() -> None:
    row = make_record(spec={"task": {"p": 10, "P": 11}}).flatten()
    assert row["task.p"] == 10
    assert "task.P" not in row


def test_task_is_empty_where_a_spec_names_none() -> None:
    assert make_record(spec={}).flatten()["task"] == ""


def test_leaves_skip_empty_branches() -> None:
    assert list(leaves({"a": {}, "b": [], "c": [None, True]})) == [("c.0", None), ("c.1", True)]


def test_curves_get_their_types() -> None:
    record = make_record(curves={"step": [0, 2**40], "rqi": [0.5, math.nan]})
    assert record.curves["step"].dtype == np.int64
    assert record.curves["rqi"].dtype == np.float32


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "../up"}, "cannot be an id"),
        ({"id": ""}, "cannot be an id"),
        ({"seed": 2**63}, "64 bits"),
        ({"curves": {"rqi": [1.0]}}, '"step"'),
        ({"curves": {"step": [0, 1], "rqi": [1.0]}}, "one length"),
        ({"curves": {"step": [[0, 1]]}}, "one step a row"),
        ({"final": {"loss": 1.0, "Loss": 2.0}}, "case"),
        ({"curves": {"step": [0], "a": [1.0], "A": [1.0]}}, "case"),
        ({"final": {"": 1.0}}, "printable"),
    ],
)
def test_what_cannot_be_kept_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(GrokphaseError, match=told):
        make_record(**changes)  # type: ignore[arg-type]


def test_repr_fits_a_line() -> None:
    assert repr(make_record(3)).startswith("RunRecord(")
    assert "not reached" in repr(make_record(3))
    assert "\n" not in repr(make_record(3))
    assert "0 curves of 0 points" in repr(make_record(curves={}))
