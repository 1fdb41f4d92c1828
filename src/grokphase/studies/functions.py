"""Functions of a study: what no other paper has, in the Python beside its `paper.toml`."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Final

from grokphase.errors import GrokphaseError, nearest
from grokphase.studies.paper import OWN, PUBLISHED, Study
from grokphase.studies.published import published

_PREFIX: Final = "grokphase_study_"


def function(study: Study, name: str) -> Callable[..., Any]:
    """A function of a study, whose mistakes are told in a sentence.

    Args:
        study: the paper.
        name: "transition" is the function of `study.py`, "predictions.transition" that of
            `predictions.py`; "study:" may stand before it.

    Raises:
        GrokphaseError: if the module or the function is not there, or the module cannot be read;
            and, by the function itself, for whatever it raises, with file and line.
    """
    module_name, _, called = name.removeprefix(OWN).rpartition(".")
    module = _module(study, name, module_name or "study")
    found = getattr(module, called, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value)]
        raise study.facts.mistake_at(
            f'"{name}"',
            f'"{name}" is named, and {module.__file__} has no such function.'
            f"{nearest(called, known)}",
        )

    @wraps(found)
    def told(*given: Any, **named: Any) -> Any:
        try:
            result = found(*given, **named)
            return list(result) if isinstance(result, Iterator) else result
        except GrokphaseError:
            raise
        except Exception as error:
            raise GrokphaseError(
                f"{_place_of(error, study)}: {called} of the study {study.name} raised "
                f"{type(error).__name__}: {error}."
            ) from error

    return told


def named_table(study: Study, name: str, data: Any) -> Mapping[str, Any]:
    """A table that a claim or a panel names.

    Args:
        study: the paper.
        name: a function of the study, or "published:" and a table of published numbers.
        data: what the function makes it of.
    """
    if name.startswith(PUBLISHED):
        return published(study.folder, name.removeprefix(PUBLISHED)).columns
    found: Mapping[str, Any] = function(study, name)(data)
    return found


def check_named(study: Study, name: str) -> None:
    """Find a function or a published table of a study.

    Raises:
        GrokphaseError: if it is not there.
    """
    if name.startswith(PUBLISHED):
        with study.facts.told_at(words=f'"{name}"'):
            published(study.folder, name.removeprefix(PUBLISHED))
    else:
        function(study, name)


def _place_of(error: BaseException, study: Study) -> str:
    """File and line where a function of the study went wrong, or called what did."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    places = traceback.extract_tb(error.__traceback__)
    own = [place for place in places if Path(place.filename).is_relative_to(study.folder)]
    place = (own or places)[-1]
    return f"{place.filename}, line {place.lineno}"


def _module(study: Study, called: str, name: str) -> types.ModuleType:
    package = study.package or _outside(study)
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{name}":
            place = _place_of(error, study)
            raise GrokphaseError(f"{place}: {name}.py cannot be read: {error}.") from error
        raise study.facts.mistake_at(
            f'"{called}"', f'"{called}" is named, and {study.folder} has no {name}.py.'
        ) from error
    except GrokphaseError:
        raise
    except (Exception, SystemExit) as error:
        raise GrokphaseError(
            f"{_place_of(error, study)}: {name}.py cannot be read: {type(error).__name__}: "
            f"{getattr(error, 'msg', error)}."
        ) from error


def _outside(study: Study) -> str:
    """The name under which a folder outside any package is imported: its modules find each other.

    Two folders of one name, of two places, are two packages.
    """
    folder = str(study.folder.resolve())
    taken = (
        name
        for name, module in sys.modules.items()
        if name.startswith(_PREFIX) and getattr(module, "__path__", None) == [folder]
    )
    if (found := next(taken, None)) is not None:
        return found
    many = sum(name.startswith(_PREFIX) and "." not in name for name in sys.modules)
    package = types.ModuleType(f"{_PREFIX}{many}_{re.sub(r'[^0-9A-Za-z_]', '_', study.name)}")
    package.__path__ = [folder]
    sys.modules[package.__name__] = package
    return package.__name__
