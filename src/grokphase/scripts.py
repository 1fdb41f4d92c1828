"""A user's script as a module, for what it defines."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Final

from grokphase.errors import GrokphaseError, one_line

MAIN: Final = "__mp_main__"
"""A main program in the processes that `multiprocessing` starts."""


def module_of(path: Path | str, main: bool = False) -> ModuleType:
    """The module of a file, run once in a process as long as the file is not changed.

    Args:
        path: the file, absolute.
        main: call it what `multiprocessing` calls a main program in the processes that this one
            starts, where it is found by no other name; see `as_main`.

    Raises:
        GrokphaseError: if it is no script, or raises when it is run, or ends it.
    """
    # No name of a script's hides another module.
    name = MAIN if main else f"__script__{Path(path).stem}"
    return _run(str(path), Path(path).stat().st_mtime_ns, name)


@contextmanager
def as_main(module: ModuleType) -> Iterator[None]:
    """Take a script for this process's main program during a block.

    Processes that it starts by `spawn` or `forkserver` then run it again, as those of
    ``python my_script.py`` do, and find in it the functions and classes that they are to use.
    """
    names = ("__main__", MAIN)
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update(dict.fromkeys(names, module))
    try:
        yield
    finally:
        sys.modules.update({name: found for name, found in before.items() if found is not None})


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
def _run(path: str, changed: int, name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise GrokphaseError(f'"{path}" is no script; write the name of a file that ends in .py.')
    module = importlib.util.module_from_spec(specification)
    if name == MAIN:
        module.__spec__ = None  # other processes are to find it by its file
    sys.modules[name] = module  # dataclasses look for a class's module there
    try:
        with beside(path):
            specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # or a script could end what runs it, without a word
        del sys.modules[name]
        relative = "relative import" in str(error)
        hint = "; write package.module:name for a module of a package" if relative else ""
        known = isinstance(error, GrokphaseError)  # a sentence already
        said = str(error).rstrip(".") if known else f"{type(error).__name__}: {one_line(error)}"
        raise GrokphaseError(f'"{path}" cannot be run: {said}{hint}.') from error
    return module
