"""The device that JAX computes on, and what JAX does there, whatever the user's settings say."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import jax
import numpy as np

from grokphase.errors import GrokphaseError


def jax_platform() -> str:
    """The platform that JAX computes on: "cpu", "gpu" or "tpu".

    Raises:
        GrokphaseError: the environment asks for a platform or a flag that is not there.

    Example:
        >>> jax_platform()
        'cpu'
    """
    _check_flags(os.environ.get("XLA_FLAGS", ""))
    try:
        return jax.default_backend()
    except (RuntimeError, AssertionError) as problem:
        asked = getattr(jax.config, "jax_platforms", None)
        reason = str(problem).partition(". ")[0].partition("\n")[0] or "there is none"
        raise GrokphaseError(
            f'JAX cannot compute on the platform "{asked}" that JAX_PLATFORMS asks for '
            f"({reason}); unset it, or write JAX_PLATFORMS=cpu."
        ) from None


def spent_seconds() -> float:
    """A clock for what training costs, whose differences count.

    On a CPU it is the processor time of this process, all its threads together, so that what
    others do on the machine is no part of a run's cost; else the clock, since an accelerator's
    time is not the processor's.
    """
    return time.process_time() if jax_platform() == "cpu" else time.perf_counter()


@cache
def _check_flags(flags: str) -> None:
    """Refuse flags that XLA does not know: it would end this process, so another one tries."""
    if not flags:
        return
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    tried = subprocess.run(
        [sys.executable, "-c", "import jax; jax.devices()"],
        env=environment,
        capture_output=True,
        check=False,
    )
    if tried.returncode != 0:
        raise GrokphaseError(
            f'XLA cannot start with XLA_FLAGS="{flags}", in which it does not know a flag or a '
            "value; unset it."
        )


@contextmanager
def as_specified() -> Iterator[None]:
    """Compute as a run's specification says, whatever JAX's settings in this process are.

    Variables such as ``JAX_ENABLE_X64`` and calls of ``jax.config.update`` change types, random
    numbers and what is refused; here all that could is set to its default, for the present
    thread and for the duration of a ``with`` block or of a function that this decorates.
    """
    jax_platform()
    with ExitStack() as stack:
        for setting in (
            jax.transfer_guard("allow"),
            jax.numpy_rank_promotion("allow"),
            jax.numpy_dtype_promotion("standard"),
            jax.default_matmul_precision(None),
            jax.default_prng_impl("threefry2x32"),
            jax.legacy_prng_key("allow"),
            jax.threefry_partitionable(True),
            jax.softmax_custom_jvp(True),
            jax.disable_jit(False),
            *(
                switch(False)
                for switch in (
                    *(jax.enable_x64, jax.debug_nans, jax.debug_infs, jax.debug_key_reuse),
                    *(jax.enable_checks, jax.check_tracer_leaks, jax.enable_custom_prng),
                    *(jax.no_tracing, jax.no_execution),
                )
            ),
        ):
            stack.enter_context(setting)
        yield


def on_device(tree: Any) -> Any:
    """A tree whose arrays and numbers are JAX arrays, with nothing compiled to make them.

    `jnp.asarray` compiles a program for every new shape, which took a third of a second before
    the first step of a run. `jax.device_put` does not, but may go on using the memory that it is
    given, so it is given a copy: what its owner does to an array later must not reach a run.

    Args:
        tree: NumPy arrays and numbers, which are copied, and JAX arrays, which stay as they are.
    """
    return jax.device_put(jax.tree.map(_own, tree))


def _own(leaf: Any) -> Any:
    if isinstance(leaf, jax.Array) and leaf.dtype.name not in ("float64", "int64", "uint64"):
        return leaf
    return np.array(leaf)  # of 64 bits become 32, as specified
