"""A training function of the user's own, and what is to be known of it."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any, Final, get_args

from grokphase.checks import as_integers, choice, integer, number
from grokphase.code import digest
from grokphase.errors import GrokphaseError
from grokphase.phases.names import is_name
from grokphase.phases.thresholds import Stop, Thresholds
from grokphase.store.record import LOSS_COLUMNS, STEP_COLUMNS
from grokphase.trainers.source import Script, Source, pickled

Settings = dict[str, Any]

_LINE: Final = 'gp.Trainer(train, defaults={"lr": 1e-3, "steps": 5000})'
_ADDRESS: Final = re.compile(r"(?P<where>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")
# Names that a row of the store, or the description of a run, has for something else.
RESERVED: Final = frozenset(
    (
        *(
            "id",
            "task",
            "step",
            "phase",
            "seed",
            "trainer",
            "recipe",
            "model",
            "split",
            "provenance",
        ),
        *("followed", "steps_trained", "seconds", "finished", "message", "measured", "run"),
        *("event", "time", "lower", "upper", "loss_followed", *STEP_COLUMNS, *LOSS_COLUMNS),
        *(f"{name}_lower" for name in (*STEP_COLUMNS, *LOSS_COLUMNS)),
    )
)


@dataclass(frozen=True, eq=False)
class Trainer:
    """A training function of your own, in any framework, to be used like a task.

    The function takes `settings`, a dictionary, and `report`, to be called with the step and what
    is known there; when that returns True the outcome of the run is decided::

        def train(settings, report):
            model = ...
            for step in range(settings["steps"] + 1):
                ...
                if report(step, train_accuracy=..., validation_accuracy=..., train_loss=...):
                    break

    It runs in a worker process, with its share of the cores as threads and, where there are several
    accelerators, one of them. `settings["seed"]` is the run's seed, with which the generators that
    Python, NumPy and PyTorch share are seeded before each run. See `docs/own-trainer.md`.

    Args:
        function: the training function, or "my_script.py:train".
        defaults: its settings, with their usual values: numbers, words, True or False, None, and
            lists of those. Each can be an axis, or be set; "steps" is the budget. None allows any.
        name: what identifies its code. If None, the code itself does, with what it refers to of
            your own (see `grokphase.code.digest`), and the version of its module.
        thresholds: what counts as learned, and what as delayed. RQI's are not used.
        stop: when `report` says that it is enough: "decided" at the report that decides the phase;
            "sustained" once both accuracies have held for `sustain` steps; "budget" never.
        sustain: steps in a row that a threshold must hold for its time to count as sustained.
        limit: seconds that a run may take; after that its process is ended and the run has failed.

    Raises:
        GrokphaseError: if it is no function of settings and report, or a setting cannot be one.

    Example:
        >>> def train(settings, report):
        ...     for step in range(1, settings["steps"] + 1):
        ...         learned = min(1.0, settings["lr"] * step)
        ...         if report(step, train_accuracy=learned, validation_accuracy=learned):
        ...             break
        >>> trainer = Trainer(train, defaults={"lr": 0.1, "steps": 50}, name="example")
        >>> trainer.budget({"lr": 0.1, "steps": 50})
        50
    """

    function: Callable[..., Any] | str
    defaults: Mapping[str, Any] | None = None
    name: str | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    stop: Stop = "decided"
    sustain: int = 1000
    limit: float | None = None
    source: Source = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.function, str):
            self._put(**_found(self.function, self.defaults))
        function: Any = self.function
        if not callable(function) or isinstance(function, type):
            raise GrokphaseError(
                f"{function!r} is no training function; write {_LINE}, where "
                "train(settings, report) trains a model."
            )
        _refuse_other_arguments(function)
        if not hasattr(self, "source"):
            self._put(source=pickled(function))
        if self.defaults is not None:
            self._put(defaults=_settings(self.defaults))
        if self.name is not None and (not isinstance(self.name, str) or not self.name.strip()):
            raise GrokphaseError(f'name = {self.name!r} names nothing; write name="my-model v1".')
        if not isinstance(self.thresholds, Thresholds):
            raise GrokphaseError(
                f"thresholds = {self.thresholds!r} cannot be used; write "
                "thresholds=gp.Thresholds(validation_accuracy=0.95)."
            )
        choice("stop", self.stop, get_args(Stop))
        integer("sustain", self.sustain, 0)
        as_integers(self, "sustain")
        if self.limit is not None:
            number("limit", self.limit, 0.001)
        _ = self.identity  # which looks at the code as it is now

    def _put(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        """All but the function, of which other processes know where it comes from."""
        _ = self.title, self.identity
        return {**self.__dict__, "function": None}

    @cached_property
    def title(self) -> str:
        """What its runs are listed under: the one given, or file and function as "script.train"."""
        if self.name is not None:
            return self.name
        module = str(getattr(self.function, "__module__", "") or "").rpartition(".")[2]
        place = Path(self.source.path).stem if isinstance(self.source, Script) else module
        return (
            _named(self.function)
            if place in ("", "__main__")
            else f"{place}.{_named(self.function)}"
        )

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What tells its code from other code, JSON-able."""
        if self.name is not None:
            return {"name": self.name}
        function: Any = self.function
        known = {"name": _named(function), "source": digest(function)[:16]}
        version = _version(function)
        return known if version is None else known | {"version": version}

    def budget(self, settings: Mapping[str, Any]) -> int | None:
        """The steps of a run with these settings; None where none of them says."""
        return None if settings.get("steps") is None else int(settings["steps"])


def is_address(text: str) -> bool:
    """Whether a text is meant as a function of a file or module: "my_script.py:train".

    Example:
        >>> is_address("my_script.py:train"), is_address("package.module:train"), is_address("x")
        (True, True, False)
    """
    return _ADDRESS.fullmatch(text) is not None


def trainer_of(address: str) -> Trainer:
    """The trainer that a shell means by "my_script.py:train": a function, or a `Trainer`.

    A function's defaults are `defaults` of its file, if that is a dictionary.

    Raises:
        GrokphaseError: if there is no such file, or nothing in it that can train.
    """
    script, found, _ = _loaded(address)
    if not isinstance(found, Trainer):
        return Trainer(address)
    trainer = replace(found)
    if script is not None:
        trainer._put(source=script)
    return trainer


def _found(address: str, defaults: Mapping[str, Any] | None) -> dict[str, Any]:
    """Function, defaults and source of an address."""
    script, found, module = _loaded(address)
    if isinstance(found, Trainer):
        raise GrokphaseError(
            f'"{address}" is a gp.Trainer already; use it as it is, or name the function.'
        )
    usual = getattr(module, "defaults", None)
    given = usual if defaults is None and isinstance(usual, Mapping) else defaults
    known = {"function": found, "defaults": given}
    return known if script is None else known | {"source": script}


def _loaded(address: str) -> tuple[Script | None, Any, Any]:
    """The file of an address, if it names one; what is found there; and the module it is in."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise GrokphaseError(
            f'"{address}" is no address of a training function; write my_script.py:train.'
        )
    where, name = match["where"], match["name"]
    if not where.endswith(".py"):
        return _of_module(where, name)
    path = Path(where).resolve()
    if not path.is_file():
        raise GrokphaseError(f'There is no file "{where}"; write the path of your script.')
    script = Script(str(path), name)
    return script, script.load(), script.module()


def _of_module(where: str, name: str) -> tuple[None, Any, Any]:
    try:
        module = importlib.import_module(where)
        found = getattr(module, name)
    except ImportError as error:
        raise GrokphaseError(
            f'"{where}" cannot be imported ({error}); write my_script.py:train, or the name of a '
            "module that Python finds."
        ) from None
    except AttributeError:
        raise GrokphaseError(f'The module {where} has no "{name}".') from None
    return None, found, module


def _version(function: Any) -> str | None:
    """The version of what holds a function: its package's, or its module's `__version__`."""
    module = str(getattr(function, "__module__", "") or "")
    top = module.partition(".")[0]
    for name in packages_distributions().get(top, []):
        with suppress(PackageNotFoundError):
            return version(name)
    versions = (getattr(sys.modules.get(each), "__version__", None) for each in (module, top))
    return next((str(found) for found in versions if found), None)


def _named(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _refuse_other_arguments(function: Callable[..., Any]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of some built-in functions nothing is known
        return
    try:
        signature.bind({}, None)
    except TypeError:
        name = _named(function)
        own = name if name.isidentifier() else "train"  # a lambda has no name of its own
        raise GrokphaseError(
            f"{name}{signature} cannot be called with settings and report; write "
            f"def {own}(settings, report)."
        ) from None


def _settings(given: Mapping[str, Any]) -> Settings:
    """Settings as plain data, each a number, a word, a truth value, None or a list of those."""
    if not isinstance(given, Mapping):
        raise GrokphaseError(f"defaults = {given!r} is no dictionary; write {_LINE}.")
    found: Settings = {}
    for name, value in given.items():
        if not isinstance(name, str) or not is_name(name) or "," in name:
            raise GrokphaseError(
                f'"{name}" cannot be the name of a setting; use letters, digits and "_", as in '
                '"learning_rate".'
            )
        if name in RESERVED or name.partition(".")[0] in RESERVED:
            hint = " It is there without being a default." if name == "seed" else ""
            raise GrokphaseError(
                f'"{name}" cannot be a setting: grokphase uses the name; choose another.{hint}'
            )
        found[name] = plain(name, value)
    if found.get("steps") is not None:
        integer("steps", found["steps"], 1)
        found["steps"] = int(found["steps"])
    return found


def plain(name: str, value: Any) -> Any:
    """A value of a setting as JSON holds it.

    Raises:
        GrokphaseError: if it cannot.

    Example:
        >>> plain("widths", (64, 64))
        [64, 64]
    """
    if isinstance(value, list | tuple):
        return [plain(name, each) for each in value]
    item = getattr(value, "item", None)  # a number of NumPy's
    if callable(item) and getattr(value, "ndim", None) == 0:
        value = item()
    try:
        finite = not isinstance(value, float) or math.isfinite(value)
        json.dumps(value)
    except (TypeError, ValueError):
        finite = False
    if not finite or isinstance(value, Mapping):
        raise GrokphaseError(
            f"the setting {name} = {value!r} cannot be used; a setting is a finite number, a word, "
            "True or False, None, or a list of those: make what it stands for inside the function."
        )
    return value
