"""What surrounds a training function in its process: threads, random numbers, versions."""

from __future__ import annotations

import datetime
import os
import platform
import random
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import numpy as np

from grokphase.workers.processor import processor

_TOLD: Final = ("torch", "jax", "jaxlib", "tensorflow", "sklearn", "scipy", "numpy")
_PACKAGES: Final = {"sklearn": "scikit-learn"}


def settle(seed: int, threads: int) -> None:
    """Seed the generators that belong to nobody, and give PyTorch its share of the cores.

    Without it, a function that draws from them would depend on the runs that its process had done
    before. PyTorch is asked only where the function's code has imported it.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  it is the one that functions of others draw from
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(seed)
        torch.set_num_threads(threads)


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
