"""Finished runs made up fast, for tests and benchmarks of the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grokphase.store import RunRecord

PHASES = ("comprehension", "grokking", "memorization", "confusion")
MEASURES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy", "rqi")


def run_id(number: int) -> str:
    """Sixteen hex digits that differ for every number and do not come in its order."""
    return f"{(number * 0x9E3779B97F4A7C15) % 2**64:016x}"


def make_record(
    number: int = 0, *, points: int = 8, weights: bool = False, **changes: Any
) -> RunRecord:
    """One run, every field of which follows from its number.

    Args:
        number: which run.
        points: length of its curves.
        weights: whether it keeps weights.
        changes: fields of the record to replace.
    """
    rng = np.random.default_rng(number)
    phase = PHASES[number % 4]
    fields: dict[str, Any] = {
        "id": run_id(number),
        "spec": make_spec(number),
        "seed": number % 5,
        "phase": phase,
        "train_step": None if phase == "confusion" else 100 + number,
        "validation_step": 5000 + number if phase in PHASES[:2] else None,
        "rqi_step": None,
        "train_sustained_step": None,
        "validation_sustained_step": None,
        "followed": False,
        "steps_trained": 10_000 + number,
        "seconds": 0.5,
        "final": {name: float(rng.random()) for name in MEASURES},
        "curves": {"step": np.arange(points)}
        | {name: rng.random(points, dtype=np.float32) for name in MEASURES},
        "weights": {"embedding": rng.random((10, 1), dtype=np.float32)} if weights else None,
        "provenance": {"grokphase": "0.1", "jax": "0.10.1", "finished": f"2026-01-01T{number:09d}"},
    }
    return RunRecord(**fields | changes)


def make_spec(number: int) -> dict[str, Any]:
    """The spec of one run of a map over two axes."""
    return {
        "task": {"name": "addition", "p": 10},
        "model": {"widths": [200, 200], "activation": "tanh"},
        "recipe": {
            "decoder": {"learning_rate": 1e-5 * 2 ** (number % 11), "weight_decay": number % 16},
            "embedding": {"learning_rate": 1e-3, "weight_decay": 0.0},
            "steps": 100_000,
            "stop": "decided",
        },
        "split": {"fraction": 0.8},
        "seed": number % 5,
    }


def batches(count: int, size: int, *, points: int = 0) -> Iterator[list[RunRecord]]:
    """`count` runs in lists of `size`, never more than one list in memory."""
    for start in range(0, count, size):
        stop = min(start + size, count)
        yield [make_record(number, points=points) for number in range(start, stop)]


def assert_same(first: RunRecord, second: RunRecord) -> None:
    """Asserts that two runs are equal in every field, NaN equal to NaN."""
    for name in RunRecord.__dataclass_fields__:
        one, two = getattr(first, name), getattr(second, name)
        if name in ("curves", "weights") and one is not None:
            assert {*one} == {*two}, name
            for key in one:
                assert one[key].dtype == two[key].dtype, (name, key)
                np.testing.assert_array_equal(one[key], two[key], err_msg=f"{name} {key}")
        elif name == "final":
            assert [*one] == [*two]
            np.testing.assert_array_equal([*one.values()], [*two.values()])
        else:
            assert one == two, name
