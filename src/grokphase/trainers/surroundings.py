"""What surrounds a training function in its process: threads, random numbers, versions."""

from __future__ import annotations

import datetime
import os
import platform
import random
import sys
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any, Final

import numpy as np

from grokphase.workers.processor import processor

_TOLD: Final = ("torch", "jax", "jaxlib", "tensorflow", "sklearn", "scipy", "numpy")
_PACKAGES: Final = {"sklearn": "scikit-learn"}


def settle(seed: int, threads: int) -> None:
    """Seed the generators that belong to nobody, and give PyTorch its share of the cores.

    Without it, a function that draws from them would depend on the runs that its process had done
    before. PyTorch is not imported for it, but settled when it is: a function, or a package that it
    uses, may import it late.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  it is the one that functions of others draw from
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _Late)]
    if "torch" in sys.modules:
        _settle_torch(seed, threads)
    else:
        sys.meta_path.insert(0, _Late(seed, threads))


def _settle_torch(seed: int, threads: int) -> None:
    torch = sys.modules["torch"]
    torch.manual_seed(seed)
    torch.set_num_threads(threads)


@dataclass(frozen=True)
class _Late:
    """Finds PyTorch where Python does, and settles it as soon as it is there.

    Args:
        seed: of the run.
        threads: its share of the cores.
    """

    seed: int
    threads: int

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What Python's import system asks every finder."""
        if name != "torch":
            return None
        others = (each for each in sys.meta_path if each is not self)
        finds = (each.find_spec(name, path, target) for each in others)
        found = next((each for each in finds if each is not None), None)
        if found is not None and found.loader is not None:
            run = found.loader.exec_module

            def run_and_settle(module: ModuleType) -> None:
                run(module)
                _settle_torch(self.seed, self.threads)

            # Of this loader alone, which was made for this import and runs no other module.
            found.loader.exec_module = run_and_settle  # type: ignore[method-assign]
        return found


def environment(threads: int | None = None, here: bool = True) -> dict[str, str]:
    """What ran: versions of what is loaded, platform, processor, threads, device and the time.

    `threads` are those that a run was given, if it was; `here` says whether that was this process,
    whose libraries are asked.
    """
    versions = {name: _version(name) for name in _TOLD if here and name in sys.modules}
    device = os.environ.get("CUDA_VISIBLE_DEVICES")
    return {
        "grokphase": version("grokphase"),
        **{name: found for name, found in versions.items() if found is not None},
        "python": platform.python_version(),
        "platform": platform.platform(),
        **processor(),
        **({} if device is None else {"device": f"CUDA_VISIBLE_DEVICES={device}"}),
        **({} if threads is None else {"threads": str(threads)}),
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


@cache
def _version(module: str) -> str | None:
    try:
        return version(_PACKAGES.get(module, module))
    except PackageNotFoundError:
        return None
