"""Compiled loops, kept for the life of the process: one for each program and set of shapes.

They are not kept for longer. JAX can keep what it has compiled in files, but its loader for CPUs
takes preferences of the compiler for features that the processor lacks: it refuses what it has
written itself on the same machine, so that nothing is gained, or warns that it may not run
(github.com/jax-ml/jax/issues/38445, github.com/openxla/xla/issues/44565).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Hashable
from functools import cache
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.models.network import BuiltIn, Network
from grokphase.models.user import PerSample
from grokphase.training.blocks import BLOCK
from grokphase.training.device import jax_platform, on_device
from grokphase.training.loop import Loop, State
from grokphase.training.problem import Problem, Program

# XLA's CPU backend uses half of an AVX-512 register unless asked for all of it: 7 us of the 100
# that a step of the toy takes. Without effect on processors that have shorter registers.
CPU_OPTIONS: dict[str, Any] = {"xla_cpu_prefer_vector_width": 512}
# What runs once a run is compiled in half the time without optimization.
ONCE_OPTIONS: dict[str, Any] = {**CPU_OPTIONS, "xla_backend_optimization_level": 0}
# Its older way of writing fused operations takes a quarter of what is left: 0.2 instead of 0.9 s.
# Of dense networks it gives the same bits (tested); of the largest transformer it does not, and
# where it would for others is not known.
ONCE_OF_DENSE: dict[str, Any] = {
    **ONCE_OPTIONS,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}
# Of two libraries that XLA has for products, the one it prefers computes those of many samples at
# two thirds of the other's speed where the classes are no multiple of 16; a step of the MLP for
# p = 113 takes 16 % more with it, one of the toy 5 % less.
MANY_SAMPLES: dict[str, Any] = {
    "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"
}


class Compiled(NamedTuple):
    """The executables of a loop, and the shapes and types of its state."""

    start: Any
    segment: Any
    state: State


_cache: dict[Hashable, Compiled] = {}
_lock = threading.Lock()


def compilations() -> int:
    """How many loops this process has compiled. A sweep over numbers adds one, a repeat none."""
    return len(_cache)


def likeness(program: Program, static: Any, params: Any, problem: Problem) -> Hashable:
    """What two runs must have in common to share a compiled loop: all but their numbers."""
    leaves, structure = jax.tree.flatten((params, problem))
    shapes = tuple((jnp.shape(leaf), jnp.result_type(leaf).name) for leaf in leaves)
    fixed, static_structure = jax.tree.flatten(static)
    return program, structure, shapes, static_structure, tuple(_hashable(x) for x in fixed)


def _hashable(leaf: Any) -> Hashable:
    """A static leaf; an array, such as a mask of integers, is compiled in and known by content."""
    if isinstance(leaf, jax.Array | np.ndarray):
        array = np.ascontiguousarray(leaf)
        return array.shape, array.dtype.name, array.tobytes()
    fixed: Hashable = leaf
    return fixed


def compiled(
    program: Program, static: Any, params: Any, problem: Problem, copies: int = 0
) -> Compiled:
    """The compiled loop for this program and these shapes, compiling it if it is new.

    Args:
        program: what is compiled in.
        static: the network's static part.
        params: the network's arrays; only their shapes matter.
        problem: the run's arrays; only their shapes matter.
        copies: 0 for one run at a time; k to step k runs at once by `vmap` (for a GPU), in which
            case `params` and `problem` have a leading axis of length k.
    """
    key = (likeness(program, static, params, problem), copies)
    with _lock:
        if key not in _cache:
            _cache[key] = _compile(program, static, params, problem, copies)
        return _cache[key]


def _compile(program: Program, static: Any, params: Any, problem: Problem, copies: int) -> Compiled:
    loop = Loop(program, static, block_of(static))
    start, segment = loop.start, loop.segment
    if copies:
        start, segment = jax.vmap(start), jax.vmap(segment, in_axes=(0, 0, None))
    once, always = options_of(static, problem)
    params, problem = jax.tree.map(_shape, (params, problem))
    traced = jax.jit(start).trace(params, problem)
    state = jax.tree.map(_shape, traced.out_info)
    until = jax.ShapeDtypeStruct((), jnp.int32)
    lowered = jax.jit(segment, donate_argnums=0).lower(state, problem, until)
    compiled = Compiled(
        start=traced.lower().compile(compiler_options=once),
        segment=lowered.compile(compiler_options=always),
        state=state,
    )
    _give_back_memory()
    return compiled


def options_of(static: Any, problem: Problem) -> tuple[dict[str, Any], dict[str, Any]]:
    """XLA's options for what runs once a run, and for the loop of steps."""
    if jax_platform() != "cpu":
        return {}, {}
    block = block_of(static)
    many = block is not None and problem.train.labels.shape[-1] > block
    dense = isinstance(static, Network) and _knows(*ONCE_OF_DENSE.items())
    apart = many and _knows(*MANY_SAMPLES.items())
    return (
        ONCE_OF_DENSE if dense else ONCE_OPTIONS,
        CPU_OPTIONS | MANY_SAMPLES if apart else CPU_OPTIONS,
    )


@cache
def _knows(*options: tuple[str, Any]) -> bool:
    """Whether this version of XLA knows some options, which come and go."""
    try:
        jax.jit(lambda x: x).lower(0.0).compile(compiler_options=dict(options))
    except jax.errors.JaxRuntimeError:
        return False
    return True


def block_of(static: Any) -> int | None:
    """The most samples that a network takes at once; None, all of them, where that may matter.

    In a user's module of batches the outputs for a sample may depend on the others, and an
    accelerator is the busier the more it is given.
    """
    alone = isinstance(static, BuiltIn | PerSample)
    return BLOCK if alone and jax_platform() == "cpu" else None


def _give_back_memory() -> None:
    """Give the system what the compiler has used: 120 MB of a process that has compiled the toy,
    which the GNU C library would keep for the process's next allocations."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim is not None:
        trim(0)


def _shape(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.result_type(leaf))


def split_network(network: eqx.Module) -> tuple[Any, Any]:
    """A network's trainable arrays, on the device, and its static rest."""
    arrays, static = eqx.partition(network, is_trainable)
    return on_device(arrays), static


def is_trainable(leaf: Any) -> bool:
    """Whether a leaf of a network is an array of floating-point numbers."""
    return isinstance(leaf, jax.Array | np.ndarray) and jnp.issubdtype(leaf.dtype, jnp.floating)
