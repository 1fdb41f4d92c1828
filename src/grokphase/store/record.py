"""A finished run as plain data: what a store keeps and hands back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grokphase.errors import GrokphaseError

Scalar = str | int | float | bool | None
"""What one cell of the flattened table holds; None is SQL's NULL."""

STEP_COLUMNS = (
    "train_step",
    "validation_step",
    "rqi_step",
    "train_sustained_step",
    "validation_sustained_step",
)
"""The event columns, in steps (optimiser updates); None where the event is censored."""

LOSS_COLUMNS = ("validation_lost_step", "validation_sustained_lost_step")
"""The steps at which what was reached was lost again; None where it was not, or not followed."""

_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")
_INT64 = 2**63
_DIFFERS = object()


def check_name(name: str, what: str) -> str:
    """The name itself, if it can name a file on every system.

    Args:
        name: an id of a run or a sweep.
        what: the word for it in the message.

    Returns:
        `name`, unchanged.

    Raises:
        GrokphaseError: if it is not 1 to 64 letters, digits, "-" or "_".
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise GrokphaseError(
            f'{what} "{name}" cannot be an id: use 1 to 64 letters, digits, "-" or "_".'
        )
    return name


@dataclass(frozen=True, eq=False)
class RunRecord:
    """One network, one seed, and what became of it.

    Steps count optimiser updates: step t is after t updates, step 0 is the initial network. A
    time that was not reached is None, never a number.

    Args:
        id: content hash of the spec.
        spec: nested JSON data that describes the run completely.
        seed: the run's seed.
        phase: "comprehension", "grokking", "memorization", "confusion", "validation-only",
            "diverged" or "failed".
        train_step: first step at which training accuracy passed its threshold.
        validation_step: the same for validation accuracy.
        rqi_step: the same for the representation quality index; None also where it is undefined.
        train_sustained_step: start of the first streak that lasted `recipe.sustain` steps: the
            first evaluation of a streak of evaluations that all passed the threshold of training
            accuracy, the last of them `recipe.sustain` steps or more after the first. What
            follows the streak does not matter, and one that the run's end cut short does not count.
        validation_sustained_step: the same for validation accuracy.
        followed: whether the run went on after its phase was decided, so that a sustained time of
            None means "not reached" rather than "not followed".
        steps_trained: optimiser updates made.
        seconds: spent training: of the processor, all threads of the run together; of the clock
            where a GPU or a function of the user's trains.
        final: last value of each measure; may be NaN.
        curves: measured columns of one length m: "step" int64 (m,), others float32 (m,), or
            (m, ...) where a measure is an array, or float64 where they come as an array of it
            (shares).
        weights: final parameters by dotted path, or None where they were not kept.
        provenance: versions, platform, device, numerics and the time the run finished.
        counts: what the run counted in: "train_samples", "validation_samples", "parallelograms",
            ... by name, the totals of its shares; empty for a run of an older version.
        lower: of the event columns by name, where evaluations are further apart than a step: the
            last one before the event, which lies after it and at or before its step. Without an
            entry the step itself is exact.
        message: why a run failed, or what is to be known of it besides; empty for most.
        snapshots: parameters at earlier steps, by step, where those were kept.
        measure_seconds: wall time spent in measures that were called between segments of the
            training, which is no part of `seconds`.
        validation_lost_step: the first evaluation after `validation_step` at which validation
            accuracy did not pass its threshold.
        validation_sustained_lost_step: the first one after the streak that begins at
            `validation_sustained_step`, which it ends: generalization that had held was lost.
        loss_followed: whether the two were looked for, so that None means "not lost"; false where
            a run ended with its phase decided, and for runs of versions that did not look.

    Raises:
        GrokphaseError: if the id cannot name a file, the seed does not fit 64 bits, curves differ
            in length or lack "step", or two measures differ only in case.

    Example:
        >>> record = RunRecord(
        ...     id="00ff",
        ...     spec={"task": {"name": "addition", "p": 10}, "seed": 0},
        ...     seed=0,
        ...     phase="grokking",
        ...     train_step=100,
        ...     validation_step=9000,
        ...     rqi_step=None,
        ...     train_sustained_step=None,
        ...     validation_sustained_step=None,
        ...     followed=False,
        ...     steps_trained=9000,
        ...     seconds=1.5,
        ...     final={"train_loss": 0.25},
        ...     curves={"step": [0, 9000], "train_loss": [1.0, 0.25]},
        ...     weights=None,
        ...     provenance={"finished": "2026-01-01T00:00:00+00:00"},
        ... )
        >>> record.flatten()["task.p"], record.flatten()["final_train_loss"]
        (10, 0.25)
    """

    id: str
    spec: dict[str, Any]
    seed: int
    phase: str
    train_step: int | None
    validation_step: int | None
    rqi_step: int | None
    train_sustained_step: int | None
    validation_sustained_step: int | None
    followed: bool
    steps_trained: int
    seconds: float
    final: dict[str, float]
    curves: dict[str, np.ndarray]
    weights: dict[str, np.ndarray] | None
    provenance: dict[str, Any]
    counts: dict[str, int] = field(default_factory=dict)
    lower: dict[str, int] = field(default_factory=dict)
    message: str = ""
    snapshots: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    measure_seconds: float = 0.0
    validation_lost_step: int | None = None
    validation_sustained_lost_step: int | None = None
    loss_followed: bool = False

    def __post_init__(self) -> None:
        check_name(self.id, "Run")
        if not -_INT64 <= self.seed < _INT64:
            raise GrokphaseError(f"Seed {self.seed} does not fit 64 bits: use a smaller one.")
        curves = {name: _curve(name, values) for name, values in self.curves.items()}
        _check_curves(curves)
        _refuse_same_names([*self.final])
        _refuse_same_names([*curves])
        object.__setattr__(self, "curves", curves)

    def __repr__(self) -> str:
        measured = len(self.curves["step"]) if self.curves else 0
        return (
            f"RunRecord({self.id}: {self.phase}, seed {self.seed}, "
            f"train {_shown(self.train_step)}, validation {_shown(self.validation_step)}, "
            f"{self.steps_trained} steps, {len(self.curves)} curves of {measured} points)"
        )

    @property
    def lost(self) -> bool | None:
        """Whether generalization that had held was lost again; None where that is not known."""
        return self.validation_sustained_lost_step is not None if self.loss_followed else None

    def weights_at(self, step: int) -> dict[str, np.ndarray]:
        """The parameters at a step at which they were kept, by dotted path.

        Args:
            step: one of `snapshots`, or the last one trained.

        Raises:
            GrokphaseError: if they were not kept there.
        """
        kept = dict(self.snapshots)
        if self.weights is not None:
            kept[self.steps_trained] = self.weights
        if step not in kept:
            there = ", ".join(f"{each:,}" for each in sorted(kept)) or "no step"
            raise GrokphaseError(
                f'The weights of run "{self.id}" at step {step:,} were not kept; those at {there} '
                'were. For log-spaced steps write keep_weights="log", in a shell '
                "--keep-weights log."
            )
        return kept[step]

    def flatten(self) -> dict[str, Scalar]:
        """The run as one row of the table `runs`.

        The outcome first, then the last value of each measure as "final_<measure>", the counts,
        the leaves of the spec by their dotted names, and the provenance as "provenance.<name>".
        SQL names do not tell cases apart, so of two leaves that differ only in case the first is
        a column; the spec itself is kept whole.

        Returns:
            Column name -> value, None for NULL. NaN stays NaN here.
        """
        row: dict[str, Scalar] = {
            "id": self.id,
            "task": _task_name(self.spec),
            "phase": self.phase,
            "seed": self.seed,
            **{name: getattr(self, name) for name in STEP_COLUMNS},
            **{f"{name}_lower": step for name, step in self.lower.items()},
            "followed": self.followed,
            "steps_trained": self.steps_trained,
            "seconds": self.seconds,
            "finished": str(self.provenance.get("finished", "")),
            "message": self.message or None,
            "measure_seconds": self.measure_seconds,
            **{name: getattr(self, name) for name in LOSS_COLUMNS},
            "loss_followed": self.loss_followed,
        }
        row.update({f"final_{name}": float(value) for name, value in self.final.items()})
        row.update({name: count for name, count in self.counts.items() if name not in row})
        taken = {name.casefold() for name in row}
        for name, value in (*leaves(self.spec), *leaves(self.provenance, "provenance")):
            key = name.casefold()
            if key not in taken and name.isprintable() and not _reserved(key):
                taken.add(key)
                row[name] = value
        return row


def leaves(tree: object, prefix: str = "") -> Iterator[tuple[str, Scalar]]:
    """The scalar leaves of nested JSON data by dotted name.

    Args:
        tree: dicts, lists and scalars.
        prefix: the dotted name of `tree` itself.

    Yields:
        (name, value), in the order of the tree.

    Example:
        >>> list(leaves({"model": {"widths": [200, 100]}}))
        [('model.widths.0', 200), ('model.widths.1', 100)]
    """
    if isinstance(tree, dict):
        children: Iterable[tuple[object, object]] = tree.items()
    elif isinstance(tree, list | tuple):
        children = enumerate(tree)
    else:
        if prefix and (tree is None or isinstance(tree, str | int | float | bool)):
            yield prefix, tree
        return
    for key, child in children:
        yield from leaves(child, f"{prefix}.{key}" if prefix else str(key))


def shared(trees: Sequence[Any]) -> Any:
    """What nested JSON data agree in: their equal leaves.

    Args:
        trees: the specs of several runs, say; at least one.

    Returns:
        Data of their form without the leaves that differ or that one of them lacks. Of lists
        whose entries differ a dict of those that agree, by their places.

    Example:
        >>> shared([{"p": 5, "widths": [8, 2]}, {"p": 5, "q": 1, "widths": [9, 2]}])
        {'p': 5, 'widths': {'1': 2}}
    """
    found = _shared(trees)
    return {} if found is _DIFFERS else found


def _shared(trees: Sequence[Any]) -> Any:
    if all(tree == trees[0] for tree in trees):
        return trees[0]
    if all(isinstance(tree, list | tuple) for tree in trees):
        trees = [{str(place): entry for place, entry in enumerate(tree)} for tree in trees]
    if not all(isinstance(tree, dict) for tree in trees):
        return _DIFFERS
    names = [name for name in trees[0] if all(name in tree for tree in trees)]
    found = {name: _shared([tree[name] for tree in trees]) for name in names}
    return {name: value for name, value in found.items() if value is not _DIFFERS} or _DIFFERS


def _reserved(key: str) -> bool:
    # The shard's own columns: a leaf of a spec must not take their place.
    return not key or key.startswith(("final_", "curve_", "array_", "record_"))


def _task_name(spec: Mapping[str, Any]) -> str:
    task = spec.get("task")
    return str(task.get("name", "")) if isinstance(task, Mapping) else ""


def _curve(name: str, values: object) -> np.ndarray:
    double = isinstance(values, np.ndarray) and values.dtype == np.float64
    dtype = np.int64 if name == "step" else np.float64 if double else np.float32
    return np.ascontiguousarray(np.asarray(values, dtype=dtype))


def _check_curves(curves: Mapping[str, np.ndarray]) -> None:
    shapes = {name: values.shape for name, values in curves.items()}
    if len({shape[:1] for shape in shapes.values()}) > 1 or () in shapes.values():
        raise GrokphaseError(f"Curves of one run need one length; got {shapes}.")
    if len(shapes.get("step", (0,))) != 1:
        raise GrokphaseError(f'Curves need one step a row; "step" has shape {shapes["step"]}.')
    if curves and "step" not in curves:
        raise GrokphaseError(f'Curves need a column "step"; got {", ".join(curves)}.')


def _refuse_same_names(names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name or not name.isprintable() or not name:
            raise GrokphaseError(
                f'Measure "{name}" needs a printable name that differs from "{other}" in more '
                "than case: rename one of them."
            )


def _shown(step: int | None) -> str:
    return "not reached" if step is None else str(step)


def is_missing(value: Scalar) -> bool:
    """Whether a cell of the table is NULL: None, or a NaN (which SQL would count as a number)."""
    return value is None or (isinstance(value, float) and math.isnan(value))
