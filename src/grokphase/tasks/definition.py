"""The task: all that a run needs to know of the data."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from textwrap import shorten
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import array_spec, frozen, whole
from grokphase.tasks.inverses import undefined
from grokphase.tasks.properties import UNDEFINED, OperationProperties, operation_properties
from grokphase.tasks.targets import Classification, Regression, Target, as_target


@final
@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """What is learned: inputs, the class of each, and what the network puts out for a class.

    Most tasks come from :func:`grokphase.tasks.task` or the builders next to it. Build one
    directly for data of your own. Two tasks are equal if their identities are, which hold a digest
    of the data, so tasks with different data are never taken for one another.

    Args:
        name: such as ``"addition"``.
        inputs: ``(n, 2)`` symbols of each sample, stored as int32; without ``symbols``,
            ``(n, features)`` numbers, stored as float32.
        labels: ``(n,)`` class of each sample, in ``[0, classes)``, stored as int32.
        classes: number of distinct results.
        symbols: p, the number of input symbols; None if inputs are not symbols.
        target: :class:`Regression`, :class:`Classification`, or the name of one.
        pairs: ``"ordered"`` or ``"unordered"`` for an operation; None otherwise.
        table: ``(p, p)`` class of the result of each ordered pair, -1 where undefined; None if
            the task is not an operation.
        results: ``(classes,)`` the integer each class stands for; by default the class itself.
        parameters: the numbers that made the task, by name, such as ``{"p": 10}``; leaves of the
            spec.
        kind: what the task counts as; its name if not given. Runs are known by it, so that a task
            from a file is the same when the file has another name.
        names: what the symbols are called, and after them results that are no symbols: the
            integer k is ``names[k]``. Empty if every one is called by its number. What a thing is
            called is no part of a run's identity.
        test: how many samples, the last ones, are a test set that comes with the data: they are
            never trained, and are the validation samples of every split. 0 where there is none.

    Raises:
        GrokphaseError: the parts do not fit together.

    Example:
        >>> xor = Task("xor", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], 2, symbols=2)
        >>> len(xor), xor.outputs
        (4, 2)
    """

    name: str
    inputs: NDArray[Any]
    labels: NDArray[np.int32]
    classes: int
    symbols: int | None = None
    target: Target = field(default_factory=Classification)
    pairs: str | None = None
    table: NDArray[np.int32] | None = None
    results: NDArray[np.int64] | None = None
    parameters: Mapping[str, int | float] = field(default_factory=dict)
    kind: str = ""
    names: tuple[str, ...] = ()
    test: int = 0

    def __post_init__(self) -> None:
        """Bring every part to its canonical type and check that they fit together."""
        classes = whole(self.classes, "classes", 1)
        results: object = self.results
        if self.table is not None and results is None:
            results = np.arange(classes)
        number = np.float32 if self.symbols is None else np.int32
        canonical = {
            "inputs": frozen(self.inputs, number, "inputs"),
            "labels": frozen(self.labels, np.int32, "labels"),
            "classes": classes,
            "symbols": None if self.symbols is None else whole(self.symbols, "symbols", 1),
            "target": as_target(self.target),
            "table": None if self.table is None else frozen(self.table, np.int32, "table"),
            "results": None if results is None else frozen(results, np.int64, "results"),
            "parameters": dict(self.parameters),
            "kind": self.kind or self.name,
            "names": tuple(self.names),
            "test": whole(self.test, "test", 0),
        }
        for name, value in canonical.items():
            object.__setattr__(self, name, value)
        _check(self)

    def __len__(self) -> int:
        """Number of samples n."""
        return len(self.labels)

    @property
    def outputs(self) -> int:
        """Numbers the network puts out: label dimensions (regression) or classes."""
        if isinstance(self.target, Regression):
            return self.target.dimension
        return self.classes

    @property
    def is_function(self) -> bool:
        """Whether samples have values of a function instead of classes; see `Regression`."""
        return isinstance(self.target, Regression) and self.target.is_function

    @cached_property
    def properties(self) -> OperationProperties | None:
        """Properties of the operation, computed from its table; None without a table."""
        if self.table is None or self.results is None:
            return None
        return operation_properties(self.table, self.results)

    @cached_property
    def _digest(self) -> str:
        parts = (self.inputs, self.labels, self.table, self.results)
        described: list[Any] = [None if part is None else array_spec(part) for part in parts]
        counts = [self.classes, self.symbols]
        # A table tells both; without one, those beyond the greatest of the samples would not show.
        if self.table is None and counts != self._counts_shown():
            described.append(counts)
        text = np.frombuffer(json.dumps(described, sort_keys=True).encode(), np.uint8)
        return str(array_spec(text)["sha256"])

    def _counts_shown(self) -> list[int | None]:
        """Classes and symbols, as if the last of each occurred among the samples."""
        symbols = None if self.symbols is None else int(self.inputs.max()) + 1
        return [int(self.labels.max()) + 1, symbols]

    def called(self, number: int) -> str:
        """What the symbol or the result with this number is called.

        Example:
            >>> xor = Task("xor", [[0, 0], [0, 1]], [0, 1], 2, symbols=2, names=("no", "yes"))
            >>> xor.called(1)
            'yes'
        """
        return self.names[number] if self.names else str(number)

    def identity(self) -> dict[str, Any]:
        """What a run is known by: the spec without what is only a name."""
        own = {"test": self.test} if self.test else {}
        return {
            "name": self.kind,
            **self.parameters,
            "pairs": self.pairs,
            "target": self.target.spec(),
            "data": {"sha256": self._digest},
            **own,
        }

    def spec(self) -> dict[str, Any]:
        """The task as JSON-able data: name, parameters, pairs, target, digest of the data.

        Where symbols have names, they are a line each of the text ``symbols``; those of results
        that are no symbols are lines of ``results``.

        Example:
            >>> from grokphase.tasks import addition
            >>> spec = addition(p=10).spec()
            >>> spec["name"], spec["p"], spec["pairs"], spec["target"]["kind"]
            ('addition', 10, 'unordered', 'regression')
        """
        described = {**self.identity(), "name": self.name}
        symbols, results = self.names[: self.symbols], self.names[self.symbols :]
        named = {"symbols": "\n".join(symbols), "results": "\n".join(results)}
        return described | {key: names for key, names in named.items() if names}

    def __eq__(self, other: object) -> bool:
        """Equal tasks have equal data, whatever their symbols are called."""
        return isinstance(other, Task) and self.identity() == other.identity()

    def __hash__(self) -> int:
        """Agrees with equality."""
        return hash(json.dumps(self.identity(), sort_keys=True))

    def _undefined(self) -> str:
        """Of how many pairs there is no result, and why."""
        if self.table is None or self.symbols is None:
            return ""
        return undefined(self.kind, self.symbols, len(self), self.pairs, self.parameters)

    def _rows(self) -> list[tuple[str, str]]:
        rows = [(name, f"{value:g}") for name, value in self.parameters.items()]
        if self.pairs is None:
            rows.append(("inputs", f"{len(self)} samples of {self.inputs.shape[1]} features"))
            if self.test:
                rows.append(("test set", f"the last {self.test} of them"))
        else:
            rows.append(("inputs", f"{len(self)} {self.pairs} pairs of {self.symbols} symbols"))
            if missing := self._undefined():
                rows.append(("pairs", missing))
        if self.names:
            names = ", ".join(self.names[: self.symbols])
            rows.append(("symbols", shorten(names, 96, placeholder=" ...")))
        if not self.is_function:
            rows.append(("classes", str(self.classes)))
        rows.append(("target", str(self.target)))
        if self.properties is not None:
            rows.append(("operation", self.properties.told(self.called)))
        return rows

    def __repr__(self) -> str:
        """The task in a few lines."""
        return "\n".join([f"Task {self.name}", *(f"  {k:<10} {v}" for k, v in self._rows())])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(k)}</th>"
            f"<td style='text-align:left'>{html.escape(v)}</td></tr>"
            for k, v in self._rows()
        )
        caption = f"<caption>Task <b>{html.escape(self.name)}</b></caption>"
        return f"<table>{caption}{cells}</table>"


def _check(task: Task) -> None:
    _check_samples(task)
    if task.pairs not in (None, "ordered", "unordered"):
        raise GrokphaseError(f'pairs is "ordered" or "unordered", not {task.pairs!r}.')
    if task.table is not None:
        _check_table(task, task.table)
    if task.names:
        _check_names(task)
    vectors = task.target.vectors if isinstance(task.target, Regression) else None
    if vectors is not None and len(vectors) != task.classes:
        raise GrokphaseError(
            f"{task.name} has {task.classes} classes, but {len(vectors)} label vectors were "
            f"given: give an array of shape ({task.classes}, dimension)."
        )


def _check_samples(task: Task) -> None:
    inputs, labels = task.inputs, task.labels
    if inputs.ndim != 2 or labels.shape != (len(inputs),) or len(labels) == 0:
        raise GrokphaseError(
            f"A task needs inputs of shape (n, features) and n labels, with n >= 1, not shapes "
            f"{inputs.shape} and {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= task.classes:
        raise GrokphaseError(
            f"Labels are classes from 0 to {task.classes - 1}, but they run from "
            f"{labels.min()} to {labels.max()}."
        )
    if task.symbols is not None and (inputs.min() < 0 or inputs.max() >= task.symbols):
        raise GrokphaseError(
            f"Inputs are symbols from 0 to {task.symbols - 1}, but they run from "
            f"{inputs.min()} to {inputs.max()}."
        )
    if not np.isfinite(inputs).all():
        raise GrokphaseError("Inputs must be finite numbers, but some are NaN or infinite.")
    if task.test >= len(labels):
        raise GrokphaseError(
            f"{task.name} has {len(labels)} samples, of which {task.test} cannot all be its test "
            "set: some must be left to train."
        )


def _check_table(task: Task, table: NDArray[np.int32]) -> None:
    p = task.symbols
    in_range = table.size > 0 and table.min() >= UNDEFINED and table.max() < task.classes
    if table.shape != (p, p) or not in_range:
        raise GrokphaseError(
            f"The table of {task.name} must have shape ({p}, {p}), as there are {p} symbols, and "
            f"hold classes from 0 to {task.classes - 1}, or -1 where undefined."
        )
    if task.results is None or task.results.shape != (task.classes,):
        raise GrokphaseError(f"{task.name} needs one result for each of {task.classes} classes.")


def _check_names(task: Task) -> None:
    results = 0 if task.results is None else int(task.results.max()) + 1
    needed = max(task.symbols or 0, results)
    if len(task.names) < needed or len(set(task.names)) < len(task.names):
        raise GrokphaseError(
            f"{task.name} needs {needed} names that differ, one for each symbol and result, not "
            f"{len(task.names)} that are {len(set(task.names))} different ones."
        )
    if any(not isinstance(name, str) or len(name.splitlines()) != 1 for name in task.names):
        raise GrokphaseError(f"The names of symbols of {task.name} must be texts of one line each.")
