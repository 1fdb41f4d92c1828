"""How the samples of a task are divided into training and validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import array_spec, real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.randomness import stream
from grokphase.tasks.repeats import same_inputs

Indices = NDArray[np.int32]


@final
@dataclass(frozen=True)
class Split:
    """Which samples are trained; the rest are for validation. Give exactly one of the first three.

    Of a task with a test set of its own (`Task.test`), training samples are drawn from all others,
    and validation samples are that test set, whole, whatever is trained: so a fraction is that of
    the others, and a count may be all of them.

    Random splits draw a permutation from the stream ``"split"`` and train its beginning: with the
    same seed, a larger split holds the smaller one.

    Args:
        fraction: share of the samples that is trained, strictly between 0 and 1. The number of
            training samples is ``fraction * n`` rounded to the nearest whole number, a half
            upwards, with the fraction taken as the decimal number it is written as.
        count: number of samples that are trained.
        train: indices of the samples that are trained, in this order.
        seed: draw this split whatever the seed of the run; None for the seed of the run.
        keep: ``"together"`` puts samples with the same input, and pairs (a, b) and (b, a), on one
            side, so that no validation sample has been trained already; None draws every sample
            by itself. The number of training samples is met as nearly as such groups allow, which
            is exactly where some samples stand alone, and a larger split holds the smaller one but
            for the last few.

    Raises:
        GrokphaseError: none or several of the three are given, or one cannot be.

    Example:
        >>> from grokphase.tasks import addition
        >>> train, validation = Split(fraction=0.8).indices(addition(p=10), seed=58)
        >>> len(train), len(validation)
        (44, 11)
        >>> from grokphase.tasks import task
        >>> ordered = task("modular-addition", p=7)
        >>> train, _ = Split(fraction=0.8, keep="together").indices(ordered, seed=58)
        >>> shown = {tuple(pair) for pair in ordered.inputs[train].tolist()}
        >>> all((b, a) in shown for a, b in shown)
        True
    """

    fraction: float | None = None
    count: int | None = None
    train: Sequence[int] | Indices | None = None
    seed: int | None = None
    keep: Literal["together"] | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without a task, and bring it to its canonical type."""
        if sum(given is not None for given in (self.fraction, self.count, self.train)) != 1:
            raise GrokphaseError(
                "A split takes exactly one of fraction, count and train: for example "
                "Split(fraction=0.8), Split(count=45) or Split(train=[0, 3, 4]), in a shell "
                "--set split.fraction=0.8 (grokphase theory: --fraction 0.8)."
            )
        if self.fraction is not None:
            object.__setattr__(self, "fraction", _checked_fraction(self.fraction))
        if self.count is not None:
            object.__setattr__(self, "count", whole(self.count, "count", 1))
        if self.train is not None:
            object.__setattr__(self, "train", _checked_indices(self.train))
        if self.seed is not None:
            if self.train is not None:
                raise GrokphaseError(
                    "A split by given indices draws nothing, so its seed has no effect; leave "
                    "seed out, or give fraction or count in place of train."
                )
            object.__setattr__(self, "seed", whole(self.seed, "seed", 0))
        if self.keep not in (None, "together"):
            raise GrokphaseError(
                f'keep is "together", or None to draw every sample by itself, not {self.keep!r}: '
                'write Split(fraction=0.8, keep="together"), in a shell --set split.keep=together.'
            )
        if self.keep is not None and self.train is not None:
            raise GrokphaseError(
                "keep says how samples are drawn, and indices are given: leave out train or keep."
            )

    def indices(self, task: Task, seed: int) -> tuple[Indices, Indices]:
        """Indices of the training and of the validation samples.

        Args:
            task: the task to split.
            seed: the seed of the run; used unless the split has its own.

        Returns:
            Training indices in the order drawn or given, and the rest, or the task's own test set,
            ascending; both int32, disjoint, neither empty.

        Raises:
            GrokphaseError: the task cannot be split so.
        """
        n, count = len(task) - task.test, self.training_samples(task)
        if self.train is not None:
            train = np.array(self.train, np.int32)
        else:
            generator = stream(seed if self.seed is None else self.seed, "split")
            if self.keep is None:
                train = generator.permutation(n)[:count].astype(np.int32)
            else:
                train = _whole_groups(same_inputs(task, swapped=True), count, generator)
        if task.test:
            return train, np.arange(n, len(task), dtype=np.int32)
        if not 0 < len(train) < n:
            raise GrokphaseError(
                f"{count} of the {n} samples of {task.name} cannot be trained with all that are "
                "one input kept together: they come in groups too large for one side; train more "
                "or fewer, or leave out keep."
            )
        held_out = np.ones(n, bool)
        held_out[train] = False
        return train, np.flatnonzero(held_out).astype(np.int32)

    def training_samples(self, task: Task) -> int:
        """How many samples are trained; about so many where some are kept together.

        Raises:
            GrokphaseError: nothing would be left to train or to validate, or an index that was
                given is not one of the task.
        """
        n = len(task) - task.test
        has = f"{n} samples" if not task.test else f"{n} samples beside its test set"
        if self.train is not None and max(self.train) >= n:
            raise GrokphaseError(
                f"train holds the index {max(self.train)}, but {task.name} has {has}: "
                f"indices run from 0 to {n - 1}."
            )
        if self.keep is not None and task.test:
            raise GrokphaseError(
                f"{task.name} has a test set of its own, so no validation sample can be kept "
                "together with training samples: leave out keep."
            )
        if self.fraction is not None:
            exact = Decimal(repr(self.fraction)) * n
            count = int(exact.to_integral_value(ROUND_HALF_UP))
        elif self.count is not None:
            count = self.count
        else:
            count = len(self.train or ())
        most = n if task.test else n - 1
        if not 1 <= count <= most:
            given = ", ".join(
                f"{key}={'...' if key == 'train' else value}"
                for key, value in self._given().items()
            )
            left = "leaves none to train" if count < 1 else "leaves none for validation"
            if task.test and count > n:
                left = "is more than there are"
            raise GrokphaseError(
                f"Split({given}) of the {n} samples of {task.name} {left}: "
                f"train from 1 to {most} samples, for example Split(fraction=0.5), in a shell "
                "--set split.fraction=0.5 (grokphase theory: --fraction 0.5)."
            )
        return count

    def _given(self) -> dict[str, Any]:
        fields = {"fraction": self.fraction, "count": self.count, "train": self.train}
        return {name: value for name, value in fields.items() if value is not None}

    def spec(self) -> dict[str, Any]:
        """The split as JSON-able data: only what was given; indices appear by their digest.

        Example:
            >>> Split(count=45).spec()
            {'count': 45}
        """
        spec = self._given()
        if self.train is not None:
            spec["train"] = array_spec(np.array(self.train, np.int32))
        if self.seed is not None:
            spec["seed"] = self.seed
        if self.keep is not None:
            spec["keep"] = self.keep
        return spec


def _whole_groups(group: NDArray[np.int32], count: int, generator: np.random.Generator) -> Indices:
    """Training samples, of whole groups in a random order: about the first `count`.

    The smaller side is filled with each group that still fits, from its end of the order, since
    single samples that fill a gap are the easier to come by the fewer are taken.
    """
    sizes = np.bincount(group)
    order = generator.permutation(len(sizes))
    training = 2 * count <= len(group)
    few = count if training else len(group) - count
    place = np.empty(len(sizes), np.int64)
    place[order] = np.arange(len(sizes))
    taken = np.zeros(len(sizes), bool)
    for chosen in (order if training else order[::-1]).tolist():
        if sizes[chosen] <= few:
            few -= int(sizes[chosen])
            taken[chosen] = True
    train = np.flatnonzero(taken[group] == training)
    # In the order drawn; samples of one group as the task has them.
    return train[np.argsort(place[group[train]], kind="stable")].astype(np.int32)


def _checked_fraction(fraction: object) -> float:
    number = real(fraction)
    if not 0 < number < 1:
        raise GrokphaseError(
            f"The fraction of samples to train lies strictly between 0 and 1, not {fraction!r}: "
            "write Split(fraction=0.8), in a shell --set split.fraction=0.8 "
            "(grokphase theory: --fraction 0.8)."
        )
    return number


def _checked_indices(given: Sequence[int] | Indices) -> tuple[int, ...]:
    try:
        indices = np.asarray(given)
    except ValueError:  # rows of different length
        indices = np.empty(0)
    if indices.ndim != 1 or len(indices) == 0 or indices.dtype.kind not in "iu":
        raise GrokphaseError(
            "train takes a list of sample indices, at least one and all whole numbers: "
            "for example Split(train=[0, 3, 4]); in a shell there is split.fraction or split.count."
        )
    values, counts = np.unique(indices, return_counts=True)
    if counts.max() > 1:
        raise GrokphaseError(
            f"train holds the index {values[counts.argmax()]} {counts.max()} times: "
            "give each index once."
        )
    if values[0] < 0:
        raise GrokphaseError(f"train holds the index {values[0]}: indices start at 0.")
    return tuple(int(index) for index in indices)
