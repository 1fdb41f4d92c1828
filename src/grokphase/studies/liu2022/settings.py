"""Settings of the paper that several of its figures share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.store.record import RunRecord
from grokphase.tasks import Split, Task, task
from grokphase.training import Group, Recipe, Thresholds
from grokphase.training.asked import run_spec
from grokphase.training.spec import RunSpec


def toy() -> Task:
    """Addition of two of ten symbols, regression to fixed random vectors (section 2)."""
    return task("addition", p=10)


def permutations() -> Task:
    """The group S3, regression (Figure 6 (d), Appendix H)."""
    return task("S3", target="regression")


def sized(train_count: int, seed: int, *, steps: int = 10_000) -> RunSpec:
    """The toy with so many training samples, to the end of its budget (Figures 3, 4, 5, 10).

    Embedding and decoder learn at 1e-3 and 1e-4, the defaults of the authors' code; thresholds
    count as in that code (">=").

    Example:
        >>> sized(45, seed=0).recipe.decoder.learning_rate
        0.0001
    """
    recipe = Recipe(
        embedding=Group(learning_rate=1e-3),
        decoder=Group(learning_rate=1e-4),
        steps=steps,
        stop="budget",
        thresholds=Thresholds(rule=">="),
    )
    return run_spec(toy(), recipe=recipe, split=Split(count=train_count), seed=seed)


def sized_runs(settings: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """The runs that Figures 3, 4 (b), 5 (b) and 10 share: `sized`, by training samples and seed.

    Args:
        settings: `sizes`, how many `seeds` each, and `steps`.

    Example:
        >>> [labels for labels, _ in sized_runs({"sizes": [45, 50], "seeds": 1, "steps": 100})]
        [{'size': 45}, {'size': 50}]
    """
    for size in settings["sizes"]:
        for seed in range(settings["seeds"]):
            yield {"size": size}, sized(size, seed, steps=settings["steps"])


def final_embedding(record: RunRecord) -> NDArray[np.float64]:
    """The embedding of a run whose final weights were asked for."""
    assert record.weights is not None
    return np.asarray(record.weights["embedding"], np.float64)


def accuracy_of_all(record: RunRecord, trained: float) -> float:
    """Accuracy on all samples, of which this share was trained, after the last step."""
    final = record.final
    return trained * final["train_accuracy"] + (1 - trained) * final["validation_accuracy"]
