"""How a training function reaches the process that runs it."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cloudpickle

from grokphase.errors import GrokphaseError, nearest
from grokphase.scripts import as_main, beside, module_of

Surroundings = Callable[[], AbstractContextManager[None]]
"""Makes what a training function is called within."""


@dataclass(frozen=True)
class Script:
    """A function of a file, which every process reads for itself.

    Args:
        path: the file, absolute.
        name: the function, or the `Trainer`, in it.
    """

    path: str
    name: str

    def load(self, main: bool = False) -> Any:
        """What the file calls by that name.

        Args:
            main: in a worker process, whose main program the file is to be.

        Raises:
            GrokphaseError: if it has no such name, cannot be read, or raises when it is.
        """
        module = self.module(main)
        if not hasattr(module, self.name):
            known = [name for name, value in vars(module).items() if callable(value)]
            raise GrokphaseError(
                f'"{self.path}" has no "{self.name}"; write the name of a training function after '
                f"the colon, as in {Path(self.path).name}:train.{nearest(self.name, known)}"
            )
        return getattr(module, self.name)

    def surroundings(self) -> Surroundings:
        """Where the function, and processes that it starts, find what they import: of the file as
        it is read now, whatever becomes of it."""
        module = self.module(main=True)

        @contextmanager
        def found() -> Iterator[None]:
            with beside(self.path), as_main(module):
                yield

        return found

    def module(self, main: bool = False) -> Any:
        """The file as a module, run once in each process."""
        return module_of(self.path, main)


@dataclass(frozen=True)
class Pickled:
    """A function of this process.

    Args:
        payload: it, as `cloudpickle` sends it.
        by_value: whether all of it is sent, as of a notebook's own function; one of a module is
            sent by its name, and read there from the module's file.
    """

    payload: bytes
    by_value: bool

    def load(self, main: bool = False) -> Any:
        """The function, the same in any process."""
        return _unpickled(self.payload)

    def surroundings(self) -> Surroundings:
        """Where the function finds what it imports when it is called: as in this process."""
        return nullcontext


Source = Script | Pickled


def pickled(function: Callable[..., Any]) -> Pickled:
    """A function on its way to another process.

    Raises:
        GrokphaseError: if it refers to what cannot be sent.
    """
    try:
        return Pickled(cloudpickle.dumps(function), not _is_importable(function))
    except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
        raise GrokphaseError(
            f"The training function refers to what cannot be sent to a worker process ({error}); "
            "make that inside the function."
        ) from error


def _is_importable(function: Callable[..., Any]) -> bool:
    """Whether another process finds a function by its name."""
    module, name = (getattr(function, part, "") for part in ("__module__", "__qualname__"))
    found = getattr(sys.modules.get(module), name, None)
    return found is function and module != "__main__"


@lru_cache(maxsize=8)
def _unpickled(payload: bytes) -> Any:
    # Once for all runs of a worker, so that what a module prepares is prepared once.
    return cloudpickle.loads(payload)
