"""What a row of the curves holds: the columns of every run, and those that a recipe asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures import (
    effective_dimension,
    linear_residual,
    margins,
    mean_distance,
    nearest_distance,
    null_dimension,
    parallelograms,
)
from grokphase.measures.accuracy import reached
from grokphase.models.network import Network
from grokphase.phases.thresholds import Convention
from grokphase.tasks import Task
from grokphase.training.recipe import Measure

COLUMNS: Final = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "weight_norm",
    "embedding_norm",
    "decoder_norm",
    "saturation",
)
"""The columns of every run."""

NEW: Final = "new_validation_accuracy"
"""The accuracy on those validation samples whose input is not trained, see
`grokphase.training.leaks`; a column of the runs in which some are and some are not."""

SHARES: Final = (
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "saturation",
    NEW,
    "predicted_accuracy",
)
"""The columns that are a count over a total."""

EMBEDDING_NUMBERS: Final = 2048
"""Entries of an embedding that "embedding" records; each is a column of the store."""

PAIR_NUMBERS: Final = 5_000_000
"""Parallelograms are not looked at where there are more, times the numbers each compares."""


class Seen(NamedTuple):
    """What a measure may look at.

    Attributes:
        embedding: (p, ...) of the network; None without one.
        scores: (n_train, classes) of the training samples, the largest entry is the prediction.
        labels: (n_train,) their classes.
        inputs: (n, 2) the symbols of every sample of the task.
        pairs: (q, 2) its parallelograms, for the RQI and the null dimension.
        links: (r, 2) every pair of samples with one result, for the predicted accuracy.
        trained: (n,) which samples are for training.
        delta: how closely a parallelogram must close.
        convention: of a realised one, see `measures.realised`.
    """

    embedding: Float[Array, "p ..."] | None
    scores: Float[Array, "n_train classes"]
    labels: Int[Array, " n_train"]
    inputs: Int[Array, "n 2"] | None
    pairs: Int[Array, "q 2"] | None
    links: Int[Array, "r 2"] | None
    trained: Bool[Array, " n"] | None
    delta: Float[Array, ""]
    convention: Convention


_VALUES: Final[dict[Measure, Callable[[Any], Array]]] = {
    "effective_dimension": lambda seen: effective_dimension(seen.embedding),
    "null_dimension": lambda seen: null_dimension(
        seen.embedding, seen.inputs, seen.pairs, seen.delta, seen.convention
    ),
    "linear_residual": lambda seen: linear_residual(seen.embedding),
    "nearest_distance": lambda seen: nearest_distance(seen.embedding),
    "mean_distance": lambda seen: mean_distance(seen.embedding),
    "predicted_accuracy": lambda seen: reached(
        seen.embedding, seen.inputs, seen.links, seen.trained, seen.delta, seen.convention
    ).sum(),
    "train_margin": lambda seen: margins(seen.scores, seen.labels).min(),
    "mean_train_margin": lambda seen: margins(seen.scores, seen.labels).mean(),
    "embedding": lambda seen: seen.embedding,
}


def columns(measures: Sequence[Measure], parameters: Any) -> tuple[str, ...]:
    """The columns that the compiled loop records, besides the step; see `recorded`.

    Args:
        measures: those that its recipe asks for.
        parameters: of its network; of "embedding" as many columns as the embedding has entries.

    Example:
        >>> columns(("train_margin",), None)[-2:]
        ('new_validation_accuracy', 'train_margin')
    """
    names = [*COLUMNS, NEW]
    for measure in measures:
        if measure == "embedding":
            entries = int(np.prod(parameters.embedding.shape))
            names += [f"embedding.{entry}" for entry in range(entries)]
        else:
            names.append(measure)
    return tuple(names)


def recorded(
    names: Sequence[str],
    rows: Float[np.ndarray, "m columns"],
    totals: Float[np.ndarray, " columns"],
) -> dict[str, np.ndarray]:
    """Rows of the compiled loop as curves.

    Args:
        names: of the columns.
        rows: as the loop holds them: of a share the count.
        totals: what the columns are divided by; a column with the total 0 is left out.

    Returns:
        Name -> (m,) float32; shares are float64, the quotient of two whole numbers as exactly as
        double precision holds it.

    Example:
        >>> rows, totals = np.float32([[0.5, 41.0]]), np.float32([1.0, 41.0])
        >>> {name: curve.tolist() for name, curve in recorded(COLUMNS[1:3], rows, totals).items()}
        {'validation_loss': [0.5], 'train_accuracy': [1.0]}
    """
    curves = {}
    for name, column, total in zip(names, rows.T, totals, strict=True):
        if name in SHARES and total:
            curves[name] = column.astype(np.float64) / np.float64(total)
        elif total:
            curves[name] = column.copy()
    return curves


def values(measures: Sequence[Measure], seen: Seen) -> Float[Array, " k"]:
    """The measures that a recipe asks for, in the order of `columns`; of a share its count."""
    found = [jnp.ravel(_VALUES[name](seen)) for name in measures]
    return jnp.concatenate([value.astype(jnp.float32) for value in found])


def links_of(task: Task) -> Int[np.ndarray, "r 2"]:
    """Every pair of samples with one result, those that differ in order alone included."""
    return parallelograms(task, commuting=False)


def check_measures(
    measures: Sequence[Measure], task: Task, network: Any, pairs: np.ndarray | None
) -> None:
    """Refuse measures that are not defined for a run.

    Args:
        measures: those that its recipe asks for.
        task: what it learns.
        network: what learns.
        pairs: its parallelograms; None where the RQI is not measured.

    Raises:
        GrokphaseError: for the first that is not defined, with those that are.
    """
    lacks = {name: _lacking(name, task, network, pairs) for name in get_args(Measure)}
    for name in measures:
        if lacks[name] is not None:
            rest = ", ".join(other for other, lack in lacks.items() if lack is None)
            raise GrokphaseError(
                f'recipe.measures "{name}" is not defined for this run: {lacks[name]}; '
                f"available here: {rest}."
            )


def _lacking(name: Measure, task: Task, network: Any, pairs: np.ndarray | None) -> str | None:
    """Why a measure is not defined for a run; None if it is."""
    if name in ("train_margin", "mean_train_margin"):
        return None
    if not isinstance(network, Network) or network.embedding is None:
        return "its model is not one of grokphase's with an embedding"
    embedding = network.embedding
    entries = int(np.prod(embedding.shape))
    if name == "embedding" and entries > EMBEDDING_NUMBERS:
        return (
            f"its embedding has {entries:,} entries, and at most {EMBEDDING_NUMBERS:,} are recorded"
        )
    if name not in ("null_dimension", "predicted_accuracy"):
        return None
    if pairs is None:
        return "the RQI, whose parallelograms it counts, is not measured for it either"
    if name == "null_dimension":
        if embedding.ndim != 2:
            return "parallelograms of matrices are not linear equations"
        numbers = len(pairs) * embedding.shape[0]
    else:
        per_class = np.bincount(task.labels).astype(np.int64)
        numbers = int((per_class * (per_class - 1) // 2).sum()) * entries // embedding.shape[0]
    if numbers > PAIR_NUMBERS:
        return f"it would compare {numbers:,} numbers, more than {PAIR_NUMBERS:,}"
    return None
