"""Arrays reach the device by copy, and without compiling."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.training.device import on_device, spent_seconds
from grokphase.training.session import prepare


def test_what_its_owner_does_to_an_array_later_does_not_reach_the_device() -> None:
    for rows in range(1, 100):  # memory is shared or not as it happens to be aligned
        given = np.ones((rows, 16), np.float32)
        taken = on_device({"given": given})["given"]
        given[:] = 7
        assert (np.asarray(taken) == 1).all()


def test_numbers_keep_their_types_and_jax_arrays_are_kept() -> None:
    kept = jnp.arange(3)
    tree = (np.float32(0.5), np.int32(2), np.array([True]), None, kept)
    single, whole, truth, nothing, same = on_device(tree)
    assert [x.dtype.name for x in (single, whole, truth)] == ["float32", "int32", "bool"]
    assert not single.weak_type
    assert nothing is None
    assert same is kept


def test_a_run_is_laid_out_without_compiling() -> None:
    compiled: list[str] = []

    def listener(event: str, seconds: float, **_: Any) -> None:
        if "backend_compile" in event:
            compiled.append(event)

    jax.monitoring.register_event_duration_secs_listener(listener)
    try:
        jnp.asarray(
            np.zeros((3, 5, 7))
        )  # which does compile, so that the listener is known to hear
        assert compiled
        compiled.clear()
        spec = gp.run_spec("addition", gp.Toy(widths=(7, 9)), gp.Recipe(steps=1234))
        prepare(dataclasses.replace(spec, split=gp.Split(count=41)))
        assert not compiled
    finally:
        jax.monitoring.unregister_event_duration_listener(listener)


def test_what_a_run_costs_is_not_what_others_take_of_the_machine() -> None:
    began = spent_seconds()
    time.sleep(0.2)
    assert spent_seconds() - began < 0.1
    while spent_seconds() - began < 0.01:
        pass
