"""What happens by accident: an ideal model under the same delta, and one that guesses.

An ideal model has every parallelogram that its training set implies and nothing else by design: a
random embedding, projected on the ground states of the training set. But parallelograms that
nothing implies close within any delta above zero, by accident, in trained networks and in ideal
ones. Guesses do the same for accuracy: who knows all that can be deduced, and guesses the rest, has
more right than can be deduced. What the paper calls bounds is compared with what these two do on
the same splits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.data import Data
from grokphase.studies.liu2022.accuracy import (
    CONVENTIONS,
    ROUNDING,
    Floats,
    by_convention,
    training_set,
)
from grokphase.studies.liu2022.settings import sized, toy

if TYPE_CHECKING:
    from grokphase.tasks import Task
    from grokphase.theory.conventions import Convention

DRAWS = 200
"""Random embeddings of each training set, of standard normal numbers: trained ones have standard
deviations of 0.7 to 1.4, so that a delta in absolute units means the same for both."""

_EXACT = 1e-7
"""What holds in every ground state holds to rounding, far below this."""


class Ideal(NamedTuple):
    """Ideal models of one training set under one delta.

    Attributes:
        extra: (draws,) parallelograms that they realise though nothing implies them.
        predicted: (draws,) the accuracy that they predict, those included.
        possible: how many parallelograms nothing implies.
    """

    extra: Floats
    predicted: Floats
    possible: int


def ideal_models(
    task: Task, train: tuple[int, ...], seed: int, draws: int = DRAWS
) -> Mapping[Convention, Ideal]:
    """Ideal models of a training set, in one dimension, by the conventions of text and code.

    Args:
        task: addition.
        train: indices of the training samples.
        seed: of the random embeddings.
        draws: how many.
    """
    from grokphase import theory
    from grokphase.tasks import stream

    basis = theory.null_space(task, train)
    random = stream(seed, "theory").standard_normal((draws, task.symbols or 0))
    states = random @ basis @ basis.T
    pairs = _pairs(task)
    first, second = task.inputs.T
    free = (basis[first] + basis[second])[pairs]
    accidental = np.abs(free[:, 0] - free[:, 1]).max(axis=1) > _EXACT
    trained = np.isin(np.arange(len(task)), train)
    found: dict[Convention, Ideal] = {}
    for convention in CONVENTIONS:
        sides = theory.sides(states[0], task, convention=convention)
        unit = states.std(axis=1, ddof=1, keepdims=True) if convention == "code" else 1.0
        points = (states[:, first] + states[:, second]) / unit
        gap = np.abs(points[:, pairs[:, 0]] - points[:, pairs[:, 1]])
        # An ideal model has what is implied exactly, whatever rounding says.
        met = (gap <= sides.limit if sides.inclusive else gap < sides.limit) | ~accidental
        reached = met @ _ends(pairs, trained)
        found[convention] = Ideal(
            (met & accidental).sum(axis=1).astype(float),
            (trained | reached).mean(axis=1),
            int(accidental.sum()),
        )
    return found


@lru_cache(maxsize=4)
def _pairs(task: Task) -> NDArray[np.int64]:
    from grokphase.theory import parallelograms

    return parallelograms(task)


def _ends(pairs: NDArray[np.int64], trained: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(q, n) the sample that a parallelogram reaches from a trained one, if it has one."""
    reached = np.zeros((len(pairs), len(trained)), bool)
    for one, other in ((0, 1), (1, 0)):
        known = np.flatnonzero(trained[pairs[:, one]])
        reached[known, pairs[known, other]] = True
    return reached


@lru_cache(maxsize=1024)
def _of_split(size: int, seed: int) -> Mapping[Convention, Ideal]:
    """The ideal models of a run's training set, drawn again from its size and its seed."""
    return ideal_models(toy(), tuple(training_set(sized(size, seed)).tolist()), seed)


# ------------------------------------------------------------------------------ tables


def principle(data: Mapping[str, Data]) -> dict[str, Any]:
    """Whether every parallelogram of a representation is implied by its training set."""
    table = _with_ideals(data)
    unexplained = table["unexplained"]
    return {**table, **_beside(unexplained == 0, table["no_accident"]), "too_many": unexplained}


def rqi(data: Mapping[str, Data]) -> dict[str, Any]:
    """Whether the RQI is at most what the training set implies."""
    from grokphase.theory import count

    table = _with_ideals(data)
    above = _above(table["rqi"], table["ideal_rqi"], count(toy()))
    return {**table, **_beside(above == 0, table["no_accident"]), "too_many": above}


def predicted(data: Mapping[str, Data]) -> dict[str, Any]:
    """Whether the predicted accuracy is at most what the training set implies."""
    table = _with_ideals(data)
    above = _above(table["predicted"], table["ideal_accuracy"], len(toy()))
    return {**table, **_beside(above == 0, table["promises_within"]), "too_many": above}


def accuracy(data: Mapping[str, Data]) -> dict[str, Any]:
    """Whether the accuracy is at most the ideal one, beside one who guesses.

    Who knows all that can be deduced, and guesses the rest among the sums, all as likely, has more
    right than can be deduced unless every guess is wrong.
    """
    (given,) = data.values()
    above = _above(given["accuracy"], given["ideal_accuracy"], given["samples"])
    left = np.rint((1 - np.asarray(given["ideal_accuracy"])) * given["samples"] + ROUNDING)
    return {
        "seed": given["seed"],
        "ideal_accuracy": given["ideal_accuracy"],
        **_beside(above == 0, (1 - 1 / toy().classes) ** left),
        "too_many": above,
        "guessed": left / toy().classes,
    }


def _with_ideals(data: Mapping[str, Data]) -> dict[str, Any]:
    """The runs, and of ideal models of the same training set under the same delta how they do.

    `possible`, how many parallelograms are not implied; `by_accident`, how many of these an ideal
    model realises; `no_accident` and `promises_within`, the probability that it has none of them,
    and that it predicts no more than what is implied makes right.
    """
    table = by_convention(data)
    which = zip(table["size"].tolist(), table["seed"].tolist(), table["convention"], strict=True)
    models = [_of_split(size, seed)[convention] for size, seed, convention in which]
    return {
        **table,
        "possible": np.array([one.possible for one in models]),
        "by_accident": np.array([one.extra.mean() for one in models]),
        "no_accident": np.array([(one.extra == 0).mean() for one in models]),
        "promises_within": np.array(
            [
                (one.predicted <= bound + ROUNDING).mean()
                for one, bound in zip(models, table["ideal_accuracy"], strict=True)
            ]
        ),
    }


def _beside(kept: NDArray[np.bool_], expected: Floats) -> dict[str, Any]:
    """Whether a bound is kept, the probability that a baseline keeps to it, and the difference."""
    return {"kept": kept, "expected": expected, "margin": kept - expected}


def _above(share: Floats, bound: Floats, many: int) -> Floats:
    """By how many of so many a share exceeds its bound."""
    return np.asarray(np.maximum(np.rint(np.subtract(share, bound) * many), 0))
