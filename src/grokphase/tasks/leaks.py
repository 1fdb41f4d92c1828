"""Validation samples that are no test: their input has been trained.

A validation sample may stand in the training set too: as it is, in a task drawn with replacement,
or with its two symbols swapped, where the model cannot tell (a, b) from (b, a), as one that adds
their embeddings. If the result is the same, the network is asked what it has been told, and its
validation accuracy says less than it seems to; if it is another, it cannot be right about both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grokphase.tasks.definition import Task
from grokphase.tasks.repeats import all_differ, same_inputs

_VALIDATION, _NEW = "validation_samples", "new_validation_samples"
_REPEATED, _SWAPPED, _CONTRADICTED = (
    f"{kind}_validation_samples" for kind in ("repeated", "swapped", "contradicted")
)


@dataclass(frozen=True, eq=False)
class Leaks:
    """What of a split's validation samples has been shown in training.

    Args:
        new: (v,) which of the validation samples have an input that is not trained.
        repeated: how many stand in the training set too, with the same result.
        swapped: how many others do so with their symbols swapped, which the model cannot tell.
        contradicted: how many have a trained input, and only other results in training.
    """

    new: NDArray[np.bool_]
    repeated: int
    swapped: int
    contradicted: int

    @property
    def differs(self) -> bool:
        """Whether some validation samples are new and some are not."""
        return 0 < int(self.new.sum()) < len(self.new)

    def counts(self) -> dict[str, int]:
        """Numbers of samples by name: all for validation, and what is remarkable about them."""
        found = {
            _REPEATED: self.repeated,
            _SWAPPED: self.swapped,
            _CONTRADICTED: self.contradicted,
        }
        found = {name: count for name, count in found.items() if count}
        if found:
            found = {_NEW: int(self.new.sum()), **found}
        return {_VALIDATION: len(self.new), **found}


def leaks_of(
    task: Task, train: NDArray[np.int32], validation: NDArray[np.int32], *, symmetric: bool
) -> Leaks:
    """What of the validation samples has been shown in training.

    Args:
        task: the task.
        train: indices of the training samples.
        validation: indices of the validation samples.
        symmetric: the model cannot tell (a, b) from (b, a).

    Example:
        >>> xor = Task("xor", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], 2, symbols=2)
        >>> leaks_of(xor, np.array([0, 1]), np.array([2, 3]), symmetric=True).counts()
        {'validation_samples': 2, 'new_validation_samples': 1, 'swapped_validation_samples': 1}
    """
    apart = not np.isin(validation, train).any()  # or what is trained is more than the split says
    if apart and all_differ(task, swapped=symmetric):
        return Leaks(np.ones(len(validation), bool), 0, 0, 0)
    told = _told(task, train, validation, swapped=symmetric)
    repeated = _told(task, train, validation, swapped=False)
    seen = same_inputs(task, swapped=symmetric)
    new = ~np.isin(seen[validation], seen[train])
    return Leaks(
        new=new,
        repeated=int(repeated.sum()),
        swapped=int((told & ~repeated).sum()),
        contradicted=int((~new & ~told).sum()),
    )


def _told(
    task: Task, train: NDArray[np.int32], validation: NDArray[np.int32], *, swapped: bool
) -> NDArray[np.bool_]:
    """Which validation samples have both input and result of a training sample."""
    seen = same_inputs(task, swapped=swapped).astype(np.int64)
    tolerance, vectors = (getattr(task.target, each, None) for each in ("tolerance", "vectors"))
    if tolerance is None or vectors is None:
        pair = seen * task.classes + task.labels
        return np.isin(pair[validation], pair[train])
    # Every sample is a class of its own: told is one about which a trained result is right.
    results = vectors[task.labels]
    told = np.zeros(len(validation), bool)
    for place in np.flatnonzero(np.isin(seen[validation], seen[train])):
        alike = train[seen[train] == seen[validation[place]]]
        errors = np.square(results[alike] - results[validation[place]]).mean(axis=1)
        told[place] = (errors < tolerance).any()
    return told


def leak_sentence(counts: Iterable[Mapping[str, int]]) -> str | None:
    """What the leaks of one or many runs are, in one sentence without its full stop.

    Args:
        counts: of each run, from `Leaks.counts`; may hold other counts besides.

    Returns:
        None where every validation sample of every run is new.

    Example:
        >>> run = {"validation_samples": 30, "new_validation_samples": 7}
        >>> print(leak_sentence([run | {"repeated_validation_samples": 23}]))
        Leak: 23 of 30 validation samples (76.7 %) are trained too; new_validation_accuracy leaves \
them out; split.keep=together avoids this
    """
    runs = [run for run in counts if _VALIDATION in run]
    told = [run.get(_REPEATED, 0) + run.get(_SWAPPED, 0) for run in runs]
    against = [run.get(_CONTRADICTED, 0) for run in runs]
    totals = [run[_VALIDATION] for run in runs]
    parts = []
    if any(told):
        parts.append(f"{_share(told, totals)} {_where(runs)}")
    if any(against):
        parts.append(f"{_share(against, totals)} have a trained input and another result")
    if not parts:
        return None
    if any(run.get(_NEW) for run in runs):
        parts.append("new_validation_accuracy leaves them out")
    elif any(told):
        parts.append("none of the others is new" if any(against) else "none is new")
    parts.append("split.keep=together avoids this")
    return f"{'Leak' if any(told) else 'Contradiction'}: {'; '.join(parts)}"


def _where(runs: list[Mapping[str, int]]) -> str:
    """How the samples that are told stand in the training set."""
    cannot = "with their symbols swapped, which this model cannot tell apart"
    if not any(run.get(_SWAPPED) for run in runs):
        return "are trained too"
    if not any(run.get(_REPEATED) for run in runs):
        return f"are trained {cannot}"
    return f"are trained too, as they are or {cannot}"


def _share(counts: list[int], totals: list[int]) -> str:
    """Counts of totals, in words: a range where they differ."""
    shares = [100 * count / total for count, total in zip(counts, totals, strict=True)]
    percent = f"{_range(f'{end:.3g}' for end in (min(shares), max(shares)))} %"
    if len(set(totals)) > 1:
        return f"{percent} of the validation samples"
    number = _range(f"{end:,}" for end in (min(counts), max(counts)))
    return f"{number} of {totals[0]:,} validation samples ({percent})"


def _range(ends: Iterable[str]) -> str:
    return " to ".join(dict.fromkeys(ends))
