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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.figure import Data
from grokphase.studies.liu2022.columns import ROUNDING, Floats, column

if TYPE_CHECKING:
    from grokphase.tasks import Task
    from grokphase.theory.conventions import Convention

DRAWS = 200
"""Random embeddings of each training set, of standard normal numbers: trained ones have standard
deviations of 0.7 to 1.4, so that a delta in absolute units means the same for both."""

_EXACT = 1e-7
"""What holds in every ground state holds to rounding, far below this."""

CONVENTIONS: tuple[Convention, ...] = ("code", "paper")


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


def ideals(data: Data, convention: Convention) -> list[Ideal]:
    """The ideal models of each run's training set, drawn again from its size and its seed."""
    return [
        _of_split(size, seed)[convention]
        for size, seed in zip(data["size"], data["seed"], strict=True)
    ]


@lru_cache(maxsize=1024)
def _of_split(size: int, seed: int) -> Mapping[Convention, Ideal]:
    from grokphase.studies.liu2022 import settings

    spec = settings.sized(size, seed)
    train = spec.split.indices(_toy(), seed)[0]
    return ideal_models(_toy(), tuple(train.tolist()), seed)


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


@lru_cache(maxsize=1)
def _toy() -> Task:
    from grokphase.studies.liu2022 import settings

    return settings.toy()


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


def guessers_exceed(data: Data, classes: int) -> Floats:
    """The probability that one who guesses what cannot be deduced has more right than the ideal.

    Args:
        data: of Figure 10.
        classes: among which a guess is made, all as likely.

    Example:
        >>> guessers_exceed({"ideal_accuracy": [1.0, 0.5], "samples": 4}, 2).tolist()
        [0.0, 0.75]
    """
    return np.asarray(1 - (1 - 1 / classes) ** left_to_guess(data))


def left_to_guess(data: Data) -> Floats:
    """How many samples of each run cannot be deduced."""
    left: Floats = np.rint((1 - column(data, "ideal_accuracy")) * data["samples"] + ROUNDING)
    return left
