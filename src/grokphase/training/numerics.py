"""Whether this installation computes right numbers: compiled against eager against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.training.asked import run_spec
from grokphase.training.device import as_specified, jax_platform
from grokphase.training.losses import cross_entropy
from grokphase.training.prepared import Prepared
from grokphase.training.recipe import Group, Recipe
from grokphase.training.session import prepare
from grokphase.workers.pool import call


class Check(NamedTuple):
    """One check of the numerics: its name, whether it holds, and what was found."""

    name: str
    ok: bool
    detail: str


def _toy() -> Prepared:
    recipe = Recipe(decoder=Group(learning_rate=1e-3, weight_decay=1.0), steps=300, stop="budget")
    return prepare(run_spec("addition", recipe=recipe))


def _within(name: str, found: np.ndarray, right: np.ndarray, tolerance: float) -> Check:
    error = float(np.max(np.abs(found - right)) / np.max(np.abs(right)))
    return Check(name, error <= tolerance, f"relative error {error:.1e} (allowed {tolerance:g})")


def reduction() -> Check:
    """A vmapped matrix-vector product summed in squares over 2^15 + 1 rows.

    JAX 0.10.2 has been seen to get this wrong on a CPU.
    """
    rows = np.random.default_rng(0).normal(size=(2**15 + 1, 4)).astype(np.float32)
    vector = np.arange(1.0, 5.0, dtype=np.float32)
    found = jax.jit(lambda a, v: (jax.vmap(lambda row: row @ v)(a) ** 2).sum())(rows, vector)
    right = ((rows.astype(np.float64) @ vector) ** 2).sum()
    return _within("sum over 32769 rows, compiled", np.array([found]), np.array([right]), 1e-4)


def _double(array: object) -> np.ndarray:
    return np.asarray(array, np.float64)


def numpy_gradient(run: Prepared) -> tuple[float, np.ndarray]:
    """Loss of the toy and its gradient for the middle weight, in double precision by hand."""
    network = eqx.combine(run.params, run.static)
    (w1, b1), (w2, b2), (w3, b3) = ((_double(x.weight), _double(x.bias)) for x in network.decoder)
    pairs, embedding = np.asarray(run.problem.train.inputs), _double(network.embedding)
    targets = _double(run.problem.vectors)[np.asarray(run.problem.train.labels)]
    h1 = np.tanh((embedding[pairs[:, 0]] + embedding[pairs[:, 1]]) @ w1.T + b1)
    h2 = np.tanh(h1 @ w2.T + b2)
    residual = h2 @ w3.T + b3 - targets
    back = (2 / residual.size * residual @ w3) * (1 - h2**2)
    return float((residual**2).mean()), back.T @ h1


def gradient() -> Check:
    """The first gradient of the toy, compiled, against NumPy in double precision."""
    run = _toy()
    state = run.compiled().start(run.params, run.problem)
    found = np.asarray(eqx.combine(state.gradient, run.static).decoder[1].weight)
    return _within("gradient of the toy against NumPy", found, numpy_gradient(run)[1], 1e-4)


def compiled_against_eager() -> Check:
    """Three steps of the compiled loop against the same loop run operation by operation."""
    from grokphase.training.loop import Loop

    run = _toy()
    loop = run.compiled()
    fast = loop.segment(loop.start(run.params, run.problem), run.problem, jnp.int32(3))
    eager = Loop(run.program, run.static)
    with jax.disable_jit():
        slow = eager.segment(eager.start(run.params, run.problem), run.problem, jnp.int32(3))
    found, right = (
        np.asarray(eqx.combine(s.params, run.static).decoder[1].weight) for s in (fast, slow)
    )
    return _within("three steps, compiled against eager", found, right, 1e-4)


def repeatable() -> Check:
    """The same run twice, once in one segment and once in three, to the bit."""
    run = _toy()
    loop = run.compiled()

    def final(stops: tuple[int, ...]) -> np.ndarray:
        state = loop.start(run.params, run.problem)
        for stop in stops:
            state = loop.segment(state, run.problem, np.int32(stop))
        return np.asarray(eqx.combine(state.params, run.static).decoder[1].weight)

    same = np.array_equal(final((300,)), final((7, 150, 300)))
    return Check("a run in one piece and in three", same, "bit for bit" if same else "differ")


def saturation() -> Check:
    """Cross-entropy of a sample that is right by a margin of 40, far below float32's 1e-7."""
    found = np.asarray(cross_entropy(jnp.array([[40.0, 0.0]]), jnp.array([0])))
    return _within("cross-entropy at a margin of 40", found, np.array([np.exp(-40.0)]), 1e-4)


CHECKS: tuple[Callable[[], Check], ...] = (
    reduction,
    gradient,
    compiled_against_eager,
    repeatable,
    saturation,
)


def check() -> list[Check]:
    """All checks; a few seconds. Any that fails means that results here are not to be trusted.

    Example:
        >>> all(one.ok for one in check())  # doctest: +SKIP
        True
    """
    with as_specified():
        return [one() for one in CHECKS]


def check_where_runs_are_trained() -> list[Check]:
    """All checks where runs are trained: on a CPU in a worker process, else in this one."""
    return call(lambda parent: check()) if jax_platform() == "cpu" else check()
