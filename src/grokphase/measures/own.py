"""Measures of a user's own: a function of a network, its task and samples, with a name."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array, Float, Int

from grokphase.code import digest
from grokphase.errors import GrokphaseError, nearest
from grokphase.models.pickling import from_bytes, to_bytes
from grokphase.models.user import said_of
from grokphase.scripts import module_of
from grokphase.tasks import Task

LONGEST_NAME = 64
SCRIPT = ".py:"
"""Stands in the text that names a measure of a script, as in "my_measures.py:sharpness"."""


class Part(NamedTuple):
    """One side of a split, as a measure sees it.

    Attributes:
        inputs: (n, ...) what the network is given.
        labels: (n,) the class of each sample.
        targets: (n, outputs) what the mean squared error compares the outputs with; None under
            cross-entropy.
    """

    inputs: Array
    labels: Int[Array, " n"]
    targets: Float[Array, "n outputs"] | None


class Samples(NamedTuple):
    """The samples of a run, as a measure sees them.

    Attributes:
        train: those that it trains on.
        validation: the others.
    """

    train: Part
    validation: Part


Function = Callable[[Any, Task, Samples], Any]


@dataclass(frozen=True, eq=False)
class UserMeasure:
    """A measure of a user's own; `measure` makes one, and a recipe takes it among its `measures`.

    Called, it is the function that it was made from.

    Args:
        name: what its curve is called.
        function: of the network, the task and the samples, see `measure`.
        known_as: the digest of its code, where another process has made it; taken from the code
            itself where it is empty.

    Example:
        >>> size = measure("size")(lambda network, task, samples: network.embedding.size)
        >>> size.name, sorted(size.spec())
        ('size', ['name', 'sha256'])
    """

    name: str
    function: Function
    known_as: str = ""
    _payloads: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, network: Any, task: Task, samples: Samples) -> Any:
        """What the function returns, as it is."""
        return self.function(network, task, samples)

    def spec(self) -> dict[str, str]:
        """Name and digest of the code, which a run's identity holds: changed code is another
        measure."""
        return {"name": self.name, "sha256": self.known_as or digest(self.function)}

    def __reduce__(self) -> tuple[Any, ...]:
        """As bytes, for another process, which is to know it by the code that was sent."""
        known_as = self.spec()["sha256"]
        if known_as not in self._payloads:
            self._payloads[known_as] = self._payload()
        return _from_bytes, (self.name, self._payloads[known_as], known_as)

    def _payload(self) -> bytes:
        try:
            return to_bytes(self.function)
        except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
            raise GrokphaseError(
                f'The measure "{self.name}" refers to what cannot be sent to a worker process '
                f"({said_of(error)}); make that inside the function."
            ) from error

    def __str__(self) -> str:
        return self.name


@lru_cache(maxsize=32)
def _from_bytes(name: str, payload: bytes, known_as: str) -> UserMeasure:
    """The same bytes give the same measure: a worker compiles it once for many runs."""
    return UserMeasure(name, from_bytes(payload), known_as)


def measure(name: str) -> Callable[[Function], UserMeasure]:
    """Make a measure of a function of your own, recorded with the curves of a run.

    A run calls `function(network, task, samples)` at every step that it records, with

    - `network`, the network of that step: called with inputs, (n, ...), it gives outputs,
      (n, outputs). It is an Equinox module: `network.embedding` and `network.decoder[0].weight` of
      a `Toy` or `MLP`; a module of yours that maps one sample is `network.module`, one of batches
      the network itself.
    - `task`, the `Task`: `task.inputs`, `task.labels`, `task.classes`, ... as NumPy arrays.
    - `samples`, with `samples.train` and `samples.validation`, each with `inputs`, `labels` and
      `targets` (see `Part`).

    It returns a number, or an array whose shape is always the same; both are kept as float32, and
    NaN is a value like others. A function that JAX can trace is compiled into the training loop
    and evaluated only at recorded steps. One that it cannot (NumPy, SciPy, scikit-learn) is called
    between segments of the loop, with JAX arrays in the network and NumPy arrays in the samples;
    the time that takes is in the record, `measure_seconds`. Neither changes a bit of the training.

    The code of the function is a part of the identity of runs that record it.

    Args:
        name: of the curve: letters, digits and "_", and none of grokphase's own.

    Returns:
        What makes a `UserMeasure` of a function; write it above one, or call it with one.

    Raises:
        GrokphaseError: if the name cannot be used, or what it is given is no function.

    Example:
        >>> import grokphase as gp
        >>> import jax.numpy as jnp
        >>> @gp.measure("largest_weight")
        ... def largest_weight(network, task, samples):
        ...     return jnp.max(jnp.abs(network.embedding))
        >>> recipe = gp.Recipe(steps=100, measures=[largest_weight])
        >>> run = gp.train("addition", gp.Toy(widths=(16,)), recipe)
        >>> run.curves["largest_weight"].shape == run.curves["step"].shape
        True
    """
    if not isinstance(name, str):
        raise GrokphaseError(
            'A measure needs a name for its curve; write @gp.measure("sharpness") above the '
            "function."
        )
    if not name.isidentifier() or not name.isascii() or len(name) > LONGEST_NAME:
        raise GrokphaseError(
            f"{name!r} cannot name a measure; use up to {LONGEST_NAME} letters, digits and "
            '"_", no digit first, as in gp.measure("sharpness").'
        )

    def made(function: Function) -> UserMeasure:
        if not callable(function) or isinstance(function, UserMeasure):
            raise GrokphaseError(
                f'gp.measure("{name}") takes a function of a network, a task and samples, not '
                f"{type(function).__name__}."
            )
        return UserMeasure(name, function)

    return made


def of_script(text: str) -> UserMeasure:
    """The measure that a script defines, as a shell names it: "my_measures.py:sharpness".

    Raises:
        GrokphaseError: if the file cannot be run, or has no measure of that name.
    """
    file, _, name = text.rpartition(":")
    path = Path(file).absolute()
    if not path.is_file():
        raise GrokphaseError(f'There is no file "{file}" that defines the measure "{name}".')
    module = module_of(path)
    found = getattr(module, name, None)
    if not isinstance(found, UserMeasure):
        known = [each for each, value in vars(module).items() if isinstance(value, UserMeasure)]
        there = f"it defines {', '.join(known)}" if known else "it defines none"
        raise GrokphaseError(
            f'"{file}" has no measure "{name}"; {there}.{nearest(name, known)} Write '
            f'@gp.measure("{name}") above the function {name}.'
        )
    return found


def refuse_kind(name: str, found: Any) -> None:
    """Refuse what a measure has returned, or would, if it is no number and no array of numbers.

    Args:
        name: of the measure.
        found: what it returned: a number, an array, a tracer or the shape of one.

    Raises:
        GrokphaseError: saying what it is.
    """
    kind = getattr(found, "dtype", None)
    if kind is None:
        listed = np.asarray(found) if isinstance(found, bool | int | float | complex) else None
        kind = getattr(listed, "dtype", None)
    if kind is None:
        raise GrokphaseError(
            f'The measure "{name}" returned {_what(found)}; it must return one number, or one '
            "array of numbers."
        )
    if np.dtype(kind).kind not in "biuf" and "float" not in str(kind):
        raise GrokphaseError(
            f'The measure "{name}" returned numbers of {np.dtype(kind).name}; return real ones, '
            "such as abs(value)."
        )
    if 0 in getattr(found, "shape", ()):
        raise GrokphaseError(
            f'The measure "{name}" returned an array of shape {found.shape}, which holds no number.'
        )


def refuse_shape(name: str, found: Any, shape: tuple[int, ...], when: str) -> None:
    """Refuse what a measure has returned if its shape is not what it was before.

    Raises:
        GrokphaseError: with both shapes.
    """
    if np.shape(found) != shape:
        raise GrokphaseError(
            f'The measure "{name}" returned an array of shape {np.shape(found)} {when}, and of '
            f"shape {shape} before; its shape must not change: fill what is missing with "
            'float("nan").'
        )


def _what(found: Any) -> str:
    if found is None:
        return "nothing (None)"
    return f"the word {found!r}" if isinstance(found, str) else f"a {type(found).__name__}"
