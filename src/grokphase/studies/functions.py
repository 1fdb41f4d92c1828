"""Functions of a study: what no other paper has, in the Python beside its `paper.toml`."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.studies.paper import OWN, Study


def function(study: Study, name: str) -> Callable[..., Any]:
    """A function of a study.

    Args:
        study: the paper.
        name: "transition" is the function of `study.py`, "predictions.transition" that of
            `predictions.py`; "study:" may stand before it.

    Raises:
        GrokphaseError: if the module or the function is not there, or the module cannot be read.
    """
    module_name, _, called = name.removeprefix(OWN).rpartition(".")
    module = _module(study, module_name or "study")
    found = getattr(module, called, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value)]
        raise GrokphaseError(
            f'{study.facts.path} names "{name}", and {module.__file__} has no such function.'
            f"{nearest(called, known)}"
        )
    return found  # type: ignore[no-any-return]


def _module(study: Study, name: str) -> types.ModuleType:
    package = study.package or _outside(study)
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            raise GrokphaseError(f"{study.folder / name}.py cannot be read: {error}.") from error
        raise GrokphaseError(
            f'{study.facts.path} names a function of "{name}", and {study.folder} has no {name}.py.'
        ) from error
    except GrokphaseError:
        raise
    except Exception as error:
        raise GrokphaseError(
            f"{study.folder / name}.py cannot be read: {type(error).__name__}: {error}."
        ) from error


def _outside(study: Study) -> str:
    """The name under which a folder outside any package is imported: its modules find each other.

    Two folders of one name, of two places, are two packages.
    """
    folder = str(study.folder.resolve())
    taken = (
        name
        for name, module in sys.modules.items()
        if name.startswith("grokphase_study_") and getattr(module, "__path__", None) == [folder]
    )
    if (found := next(taken, None)) is not None:
        return found
    many = sum(name.startswith("grokphase_study_") for name in sys.modules)
    package = types.ModuleType(f"grokphase_study_{many}_{study.name}")
    package.__path__ = [folder]
    sys.modules[package.__name__] = package
    return package.__name__
