"""A user's script as a module, for what it defines."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from grokphase.errors import GrokphaseError, one_line


def module_of(path: Path | str) -> ModuleType:
    """The module of a file, run once in a process as long as the file is not changed.

    Args:
        path: the file, absolute.

    Raises:
        GrokphaseError: if it raises when it is run.
    """
    return _run(str(path), Path(path).stat().st_mtime_ns)


@contextmanager
def beside(path: Path | str) -> Iterator[None]:
    """Look for modules first where a script lies, as Python itself does for it, during a block.

    Afterwards the folder stands last, for what is imported later: a `json.py` that lies there is
    not to be what others import.
    """
    folder = str(Path(path).parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)


@lru_cache(maxsize=8)
def _run(path: str, changed: int) -> ModuleType:
    name = f"__script__{Path(path).stem}"  # which hides no other module
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look for a class's module there
    try:
        with beside(path):
            specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        relative = "relative import" in str(error)
        hint = "; write package.module:name for a module of a package" if relative else ""
        known = isinstance(error, GrokphaseError)  # a sentence already
        said = str(error).rstrip(".") if known else f"{type(error).__name__}: {one_line(error)}"
        raise GrokphaseError(f'"{path}" cannot be run: {said}{hint}.') from error
    return module
