"""Programs that are compiled to run once or a few dozen steps: there sooner than good ones.

Without optimization, and with the older of XLA's two makers of kernels, an operation of JAX on new
shapes is there in half the time, a loop in a third.
"""

from __future__ import annotations

import os
from typing import Any

from grokphase.workers import process

FLAGS = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
#: XLA ends a process whose flags it does not know; they are known to these versions of JAX.
KNOWN = ("0.8.", "0.9.", "0.10.")

_WORKER = """import json, sys
sys.path[:] = json.loads(sys.argv[2])
if sys.argv[3]:  # one that computes with JAX
    from tests.haste import start
    start()
"""


def in_haste(function: Any, *arguments: Any) -> Any:
    """A function, compiled for arguments like these."""
    import jax

    options = {"xla_backend_optimization_level": 0}
    return jax.jit(function).lower(*arguments).compile(compiler_options=options)


def computed(function: Any, *arguments: Any) -> Any:
    """What a function gives for these arguments."""
    return in_haste(function, *arguments)(*arguments)


def start() -> None:
    """Start JAX here, and compile in haste from now on. No process below this one is told."""
    import jax

    if not jax.__version__.startswith(KNOWN):
        return
    os.environ["XLA_FLAGS"] = FLAGS
    jax.numpy.zeros(1).block_until_ready()  # the flags have been read
    del os.environ["XLA_FLAGS"]


def hurry() -> None:
    """Compile in haste in this process, and in the workers that it starts."""
    start()
    process._PROGRAM = _WORKER + process._PROGRAM
