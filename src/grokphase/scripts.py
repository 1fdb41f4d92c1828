"""A user's script as a module, for what it defines."""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from grokphase.errors import GrokphaseError


def module_of(path: Path | str) -> ModuleType:
    """The module of a file, run once in a process as long as the file is not changed.

    Args:
        path: the file, absolute.

    Raises:
        GrokphaseError: if it raises when it is run.
    """
    return _run(str(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _run(path: str, changed: int) -> ModuleType:
    folder = str(Path(path).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # where Python itself would look for a script's imports
    name = f"__script__{Path(path).stem}"  # which hides no other module
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses look for a class's module there
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise GrokphaseError(f'"{path}" cannot be run: {type(error).__name__}: {error}') from error
    return module
