"""Functions that a test calls once or twice: compiled without optimization, in half the time."""

from __future__ import annotations

from typing import Any

import jax


def in_haste(function: Any, *arguments: Any) -> Any:
    """A function, compiled for arguments like these."""
    options = {"xla_backend_optimization_level": 0}
    return jax.jit(function).lower(*arguments).compile(compiler_options=options)


def computed(function: Any, *arguments: Any) -> Any:
    """What a function gives for these arguments."""
    return in_haste(function, *arguments)(*arguments)
