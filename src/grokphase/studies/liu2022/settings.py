"""Settings of the paper that several of its figures share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from grokphase.store.record import RunRecord
from grokphase.studies.work import Work
from grokphase.tasks import Split, Task, task
from grokphase.training import Group, Recipe, Thresholds
from grokphase.training.presets import run_spec
from grokphase.training.reach import reach
from grokphase.training.spec import RunSpec

SIZES = (5, 10, 15, 18, 20, 22, 24, 26, 28, 30, 35, 40, 45, 50, 54)
"""Training samples of the toy, of 55, in the runs that Figures 3, 4, 5 and 10 share."""

DRAWS = "our draws: a seed stands for other random numbers than in the authors' code"


def toy() -> Task:
    """Addition of two of ten symbols, regression to fixed random vectors (section 2)."""
    return task("addition", p=10)


def toy_classification() -> Task:
    """Addition of two of ten symbols, as classification (Figure 6 (c))."""
    return task("addition", p=10, target="classification")


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


def seeds(work: Work) -> range:
    """Seeds of the runs that Figures 3, 4, 5 and 10 share: five, or twenty (the paper has three).

    Example:
        >>> from grokphase.studies import Work
        >>> seeds(Work("quick"))
        range(0, 5)
    """
    return work.choose(quick=range(5), paper=range(20))


def sized_runs(work: Work) -> dict[tuple[int, int], RunRecord]:
    """The records of `sized`, with final weights, by training samples and seed.

    Figures 3, 4, 5 and 10 ask for them here alone, so that each is trained once.
    """
    runs = [(size, seed) for size in SIZES for seed in seeds(work)]
    records = work.train([sized(size, seed) for size, seed in runs], weights=True)
    return dict(zip(runs, records, strict=True))


def final_embedding(record: RunRecord) -> NDArray[np.float64]:
    """The embedding of a run whose final weights were asked for."""
    assert record.weights is not None
    return np.asarray(record.weights["embedding"], np.float64)


def accuracy_of_all(record: RunRecord, trained: float) -> float:
    """Accuracy on all samples, of which this share was trained, after the last step."""
    final = record.final
    return trained * final["train_accuracy"] + (1 - trained) * final["validation_accuracy"]


def generalizing_seeds(base: RunSpec, first: int, many: int) -> tuple[int, ...]:
    """The first seeds whose split can be generalized from at all, see `training.reach`.

    Example:
        >>> generalizing_seeds(run_spec("addition"), 58, 3)
        (58, 59, 61)
    """
    return tuple(islice(_generalizing(base, first), many))


def _generalizing(base: RunSpec, first: int) -> Iterator[int]:
    for seed in count(first):
        if reach(run_spec(base.task, base.model, base.recipe, split=base.split, seed=seed)).enough:
            yield seed
