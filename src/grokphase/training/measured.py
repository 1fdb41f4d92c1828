"""What a row of the curves holds: the columns of every run, and those that a recipe asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.measures import (
    cosine_amplitudes,
    cosine_shares,
    effective_dimension,
    embedding_norms,
    excluded_loss,
    gini,
    gradient_alignment,
    linear_residual,
    margins,
    mean_distance,
    nearest_distance,
    norm,
    null_dimension,
    parallelograms,
    restricted_loss,
)
from grokphase.measures.accuracy import reached
from grokphase.measures.modular import key_mask
from grokphase.models.network import BuiltIn
from grokphase.phases.thresholds import Convention
from grokphase.tasks import Regression, Task
from grokphase.training.recipe import COLUMNS as COLUMNS
from grokphase.training.recipe import NEW as NEW
from grokphase.training.recipe import Loss, Measure

SHARES: Final = (
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "saturation",
    NEW,
    "predicted_accuracy",
)
"""The columns that are a count over a total."""

PAIR_NUMBERS: Final = 5_000_000
"""Parallelograms are not looked at where there are more, times the numbers each compares."""


class Seen(NamedTuple):
    """What a measure may look at.

    Attributes:
        embedding: (p, ...) of the network; None without one.
        scores: (n_train, classes) of the training samples, the largest entry is the prediction.
        labels: (n_train,) their classes.
        params: all that is trained.
        gradient: of the loss, by them, without decay; it makes the next update.
        logits: (n, classes) of the training samples and then of the others; None unless a measure
            of all pairs is asked for.
        results: (n,) their classes.
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
    params: Any
    gradient: Any
    logits: Float[Array, "n classes"] | None
    results: Int[Array, " n"] | None
    inputs: Int[Array, "n 2"] | None
    pairs: Int[Array, "q 2"] | None
    links: Int[Array, "r 2"] | None
    trained: Bool[Array, " n"] | None
    delta: Float[Array, ""]
    convention: Convention

    @property
    def keys(self) -> Bool[Array, " frequencies"]:
        """The key frequencies of this step."""
        assert self.logits is not None
        return key_mask(self.logits, self.results)

    @property
    def is_trained(self) -> Bool[Array, " n"]:
        """Which of the `results` are of training samples."""
        assert self.results is not None
        return jnp.arange(self.results.size) < self.labels.size


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
    "gradient_norm": lambda seen: norm(seen.gradient),
    "gradient_alignment": lambda seen: gradient_alignment(seen.gradient, seen.params),
    "restricted_loss": lambda seen: restricted_loss(seen.logits, seen.keys, seen.results),
    "excluded_loss": lambda seen: excluded_loss(
        seen.logits, seen.keys, seen.results, seen.is_trained
    ),
    "cosine_share": lambda seen: cosine_shares(seen.logits, seen.results).sum(),
    "embedding_gini": lambda seen: gini(embedding_norms(seen.embedding)[1:]),
}

_ARRAYS: Final[dict[Measure, Callable[[Any], Array]]] = {
    "embedding": lambda seen: seen.embedding,
    "embedding_norms": lambda seen: embedding_norms(seen.embedding),
    "cosine_amplitudes": lambda seen: cosine_amplitudes(seen.logits, seen.results),
}

OF_ANY: Final = ("train_margin", "mean_train_margin", "gradient_norm", "gradient_alignment")
"""The measures that are defined for every run."""

OF_ALL_PAIRS: Final = ("restricted_loss", "excluded_loss", "cosine_share", "cosine_amplitudes")
"""The measures that look at the logits of all pairs."""


def columns(measures: Sequence[object]) -> tuple[str, ...]:
    """The numbers that the compiled loop records a row, besides the step; see `recorded`.

    Args:
        measures: those that its recipe asks for; arrays, and those of a user's own, are recorded
            apart (`State.arrays`).

    Example:
        >>> columns(("train_margin", "embedding"))[-2:]
        ('new_validation_accuracy', 'train_margin')
    """
    return (*COLUMNS, NEW, *(str(name) for name in measures if name in _VALUES))


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


def values(measures: Sequence[Measure], seen: Seen) -> list[Float[Array, ""]]:
    """The measures that a recipe asks for, in the order of `columns`; of a share its count."""
    found = [_VALUES[name](seen) for name in measures if name in _VALUES]
    return [value.astype(jnp.float32) for value in found]


def arrays(measures: Sequence[Measure], seen: Seen) -> dict[str, Array]:
    """Those of the measures that are arrays, by name."""
    return {name: _ARRAYS[name](seen) for name in measures if name in _ARRAYS}


def array_shapes_of(
    measures: Sequence[Measure], network: Any, classes: int
) -> dict[str, tuple[int, ...]]:
    """The shapes of what `arrays` will give."""
    shape = getattr(getattr(network, "embedding", None), "shape", (0,))
    shapes: dict[Measure, tuple[int, ...]] = {
        "embedding": shape,
        "embedding_norms": (shape[0] // 2 + 1,),
        "cosine_amplitudes": (classes // 2 + 1,),
    }
    return {name: shapes[name] for name in measures if name in shapes}


def links_of(task: Task) -> Int[np.ndarray, "r 2"]:
    """Every pair of samples with one result, those that differ in order alone included."""
    return parallelograms(task, commuting=False)


def check_measures(
    measures: Sequence[Measure], task: Task, network: Any, pairs: np.ndarray | None, loss: Loss
) -> None:
    """Refuse measures of grokphase's that are not defined for a run.

    Args:
        measures: those of them that its recipe asks for.
        task: what it learns.
        network: what learns.
        pairs: its parallelograms; None where the RQI is not measured.
        loss: that it trains on.

    Raises:
        GrokphaseError: for the first that is not defined, with those that are.
    """
    lacks = {name: _lacking(name, task, network, pairs, loss) for name in get_args(Measure)}
    for name in measures:
        if lacks[name] is not None:
            rest = ", ".join(other for other, lack in lacks.items() if lack is None)
            raise GrokphaseError(
                f'recipe.measures "{name}" is not defined for this run: {lacks[name]}; '
                f"available here: {rest}."
            )


def _lacking(
    name: Measure, task: Task, network: Any, pairs: np.ndarray | None, loss: Loss
) -> str | None:
    """Why a measure is not defined for a run; None if it is."""
    if name in ("train_margin", "mean_train_margin"):
        judged = isinstance(task.target, Regression) and task.target.tolerance is not None
        return (
            "no class is predicted where outputs are right within a tolerance" if judged else None
        )
    if name in OF_ANY:
        return None
    if name in OF_ALL_PAIRS:
        return not_modular(task, loss)
    if getattr(network, "embedding", None) is None or not isinstance(network, BuiltIn):
        return "its model is not one of grokphase's with an embedding"
    embedding: Any = network.embedding  # type: ignore[attr-defined]
    entries = int(np.prod(embedding.shape))
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


def not_modular(task: Task, loss: Loss | None) -> str | None:
    """Why a run has no waves of a result modulo p; None if it has.

    The result is `u a + v b + w mod p`, up to signs and shifts the sum, of all ordered pairs.
    """
    if loss != "cross-entropy":
        return "it is of logits, and the run trains on the mean squared error"
    p, table = task.symbols, task.table
    said = "it is of a + b, or u a + v b + w, modulo p, on all ordered pairs"
    if p is None or p < 3 or table is None or task.pairs != "ordered" or task.classes != p:
        return said
    if len(task) != p * p:
        return said
    results = task.results if task.results is not None else np.arange(p)
    value = results[table]
    a, b = np.ogrid[:p, :p]
    w = value[0, 0]
    affine = (w + (value[1, 0] - w) * a + (value[0, 1] - w) * b) % p
    same = np.array_equal(results, np.arange(p)) and np.array_equal(affine, value)
    return None if same else said
