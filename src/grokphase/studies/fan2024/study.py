"""The rank of features through training, and of planted ones."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

import grokphase as gp
from grokphase.measures import feature_rank
from grokphase.studies import Given, in_columns
from grokphase.studies.images import hidden, images, outputs, samples_of, through

Table = dict[str, list[Any]]

networks = images


def planted(given: Given) -> Table:
    """Activations of a rank that is known, and how many eigenvalues are counted."""
    settings, rows = given.settings, []
    for seed in range(settings["seeds"]):
        random = gp.tasks.stream(seed, "features")
        for rank in settings["ranks"]:
            left = np.linalg.qr(random.standard_normal((settings["samples"], rank)))[0]
            right = np.linalg.qr(random.standard_normal((settings["width"], rank)))[0]
            features = (left @ right.T).astype(np.float32)
            found = int(feature_rank(features, settings["threshold"]))
            rows.append({"seed": seed, "rank": rank, "found": found})
    return in_columns(rows)


def ranks(given: Given) -> Table:
    """The rank of each hidden layer through training, and when it falls.

    `fallen` is the rank in the end over that when training passed, of the last hidden layer;
    `rank_step` when half of this fall is done, `accuracy_step` when half of the rise of the
    accuracy on other images is, over the same steps; `apart` is the one over the other.
    """
    settings, rows = given.settings, []

    @jax.jit
    def looked(layers: Any, train: Any, test: Any, labels: Any) -> Any:
        right = (outputs(layers, test).argmax(axis=1) == labels).mean()
        return right, [feature_rank(a, settings["threshold"]) for a in hidden(layers, train)]

    for run in given.runs:
        samples, many = samples_of(run), settings["points"]
        steps: list[int] = []
        courses: dict[str, list[float]] = {}
        for step, layers in through(run, settings["thinned"]):
            steps.append(step)
            accuracy, found = looked(
                layers, samples.train[:many], samples.test[:many], samples.test_labels[:many]
            )
            courses.setdefault("accuracy", []).append(float(accuracy))
            for k, rank in enumerate(found, 1):
                courses.setdefault(f"layer_{k}", []).append(int(rank))
        last = courses[f"layer_{len(found)}"]
        rows.append(
            {
                "seed": run.record.seed,
                "step": steps,
                **courses,
                "last": last,
                **fall(steps, last, courses["accuracy"], run.record.train_step),
            }
        )
    return in_columns(rows)


def fall(
    steps: list[int], last: list[float], accuracy: list[float], begin: int | None
) -> dict[str, float | None]:
    """How far the rank falls from memorization on, and when, beside the accuracy's rise."""
    nothing: dict[str, float | None] = dict.fromkeys(
        ("fallen", "rank_step", "accuracy_step", "apart", "correlation")
    )
    late = np.array(steps) >= (np.inf if begin is None else begin)
    at, rank, right = np.array(steps)[late], np.array(last)[late], np.array(accuracy)[late]
    if len(at) < 5:
        return nothing
    half = {
        "rank_step": float(at[int(np.argmax(rank <= (rank[0] + rank[-1]) / 2))]),
        "accuracy_step": float(at[int(np.argmax(right >= (right[0] + right[-1]) / 2))]),
    }
    changing = np.ptp(rank) > 0 and np.ptp(right) > 0
    return {
        "fallen": float(rank[-1] / rank[0]),
        **half,
        "apart": half["rank_step"] / half["accuracy_step"],
        "correlation": float(np.corrcoef(rank, right)[0, 1]) if changing else None,
    }
