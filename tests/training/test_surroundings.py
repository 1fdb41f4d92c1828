"""JAX's settings in the user's process: no result and no identity depends on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

import grokphase as gp
from grokphase.training import device, numerics
from grokphase.training.session import prepare

SETTINGS: dict[str, Any] = {
    "jax_disable_jit": True,
    "jax_debug_nans": True,
    "jax_debug_infs": True,
    "jax_transfer_guard": "disallow",
    "jax_numpy_rank_promotion": "raise",
    "jax_enable_x64": True,
    "jax_numpy_dtype_promotion": "strict",
    "jax_default_matmul_precision": "bfloat16",
    "jax_check_tracer_leaks": True,
    "jax_default_prng_impl": "rbg",
    "jax_threefry_partitionable": False,
    "jax_legacy_prng_key": "error",
    "jax_enable_custom_prng": True,
    "jax_debug_key_reuse": True,
    "jax_enable_checks": True,
}


def of_module() -> gp.RunSpec:
    """A run of a user's module, which is traced for its identity."""
    task = gp.task("sparse-parity", bits=8, relevant=2, samples=64)
    weight = np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32)
    with device.as_specified():
        layer = eqx.nn.Linear(8, 2, key=jax.random.key(0))
        module = eqx.tree_at(lambda one: one.weight, layer, jax.numpy.asarray(weight))
    return gp.run_spec(task, module, gp.Recipe(steps=10))


def of_toy() -> gp.RunSpec:
    """A run of minibatches, which draws random numbers in the loop."""
    recipe = gp.Recipe(steps=10, batch=8, stop="budget")
    return gp.run_spec(gp.task("addition", p=5), gp.Toy(widths=(8,)), recipe)


def after_ten_steps() -> list[bytes]:
    run = prepare(of_toy())
    with device.as_specified():
        loop = run.compiled()
        state = loop.segment(loop.start(run.params, run.problem), run.problem, np.int32(10))
        return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(state)]


@pytest.fixture(scope="module")
def expected() -> tuple[str, list[bytes]]:
    return of_module().id, after_ten_steps()


@pytest.fixture
def setting(request: pytest.FixtureRequest) -> Iterator[None]:
    """One of JAX's settings, as the environment or a user's code would set it."""
    name, value = request.param, SETTINGS[request.param]
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    yield
    jax.config.update(name, before)


#: What people set to find a fault, and what would change types and random numbers.
USUAL = (
    *("jax_disable_jit", "jax_debug_nans", "jax_transfer_guard", "jax_numpy_rank_promotion"),
    *("jax_enable_x64", "jax_default_prng_impl"),
)


@pytest.mark.usefixtures("setting")
@pytest.mark.parametrize(
    "setting",
    [pytest.param(name, marks=() if name in USUAL else pytest.mark.slow) for name in SETTINGS],
    indirect=True,
)
def test_a_run_has_the_same_identity_and_bits(expected: tuple[str, list[bytes]]) -> None:
    assert of_module().id == expected[0]
    prepare(of_module())
    assert after_ten_steps() == expected[1]


@pytest.mark.usefixtures("setting")
@pytest.mark.parametrize("setting", ["jax_numpy_rank_promotion", "jax_debug_nans"], indirect=True)
def test_the_numerics_are_checked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = (numerics.reduction, numerics.saturation)
    monkeypatch.setattr(numerics, "CHECKS", cheap)
    assert all(one.ok for one in numerics.check())


@pytest.mark.parametrize(
    "error", [AssertionError(), RuntimeError("Unable to initialize backend 'x': no. (set it)")]
)
def test_a_platform_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setattr(jax, "default_backend", fail)
    with pytest.raises(gp.GrokphaseError, match="write JAX_PLATFORMS=cpu") as refused:
        prepare(of_toy())
    assert len(str(refused.value).splitlines()) == 1


def test_flags_that_xla_does_not_know_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """XLA would end the process that reads them."""
    monkeypatch.setenv("XLA_FLAGS", "--xla_nonsense=1")
    with pytest.raises(gp.GrokphaseError, match=r"--xla_nonsense=1.*unset it"):
        device.jax_platform()


@pytest.mark.parametrize(
    "name",
    ["JAX_PLATFORMS=nonsense", pytest.param("JAX_ENABLE_X64=perhaps", marks=pytest.mark.slow)],
)
def test_the_environment_ends_a_command_with_a_sentence(tmp_path: Path, name: str) -> None:
    variable, _, value = name.partition("=")
    told = subprocess.run(
        [sys.executable, "-m", "grokphase", "train", "addition", "--steps", "10"],
        env={**os.environ, variable: value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (told.returncode, told.stdout) == (2, "")
    assert value in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
