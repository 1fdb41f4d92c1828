"""Runs on an accelerator: their numbers against those of the CPU, and how fast many are at once.

`.venv/bin/python -m benchmarks.gpu [--json]` takes less than six minutes, compilation included, as
it stops asking for more after `SECONDS`; where there is no GPU it says so. `--on cpu --small` goes
the same way on a CPU with tiny networks, which tests the script and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import grokphase as gp
from grokphase.training.spec import RunSpec

SECONDS = 330.0  # after which nothing new is begun
MEASURED_SECONDS = 20.0  # of training, for one figure
COMPARED = 10  # steps after which numbers are compared: later, rounding has grown into outcomes

TOLERANCE = 2e-3
"""The most by which a loss or a norm may differ from the CPU's after `COMPARED` steps, relative to
it: an accelerator may take its products with the 10 bits of TensorFloat-32, about 1e-3, where
float32 has 23."""

QUANTITIES = ("train_loss", "validation_loss", "weight_norm")


class Case(NamedTuple):
    """What is trained, and how many at once."""

    name: str
    spec: RunSpec
    copies: int


def cases(small: bool) -> list[Case]:
    """The toy as in a map, and two transformers."""
    if small:
        narrow: dict[str, Any] = {"model.width": 8, "model.mlp": 12}
        return [
            Case("toy", gp.run_spec("addition", gp.Toy(widths=(16,))), 4),
            Case("nanda2023", gp.preset("nanda2023", p=5, **narrow), 2),
            Case("power2022", gp.preset("power2022", p=5, **narrow), 2),
        ]
    return [
        Case("toy", gp.run_spec("addition"), 256),
        Case("nanda2023", gp.preset("nanda2023"), 16),
        Case("power2022", gp.preset("power2022"), 32),
    ]


def seeds_of(case: Case, steps: int, record_every: int) -> list[RunSpec]:
    """As many runs, each with a seed of its own, that do not stop before their budget."""
    recipe = replace(
        case.spec.recipe, steps=steps, record_every=record_every, stop="budget", measures=()
    )
    return [replace(case.spec, recipe=recipe, seed=seed) for seed in range(case.copies)]


def difference(case: Case) -> float:
    """By how much two of these runs differ at most from the same ones trained on the CPU."""
    from grokphase.training.batched import in_batches
    from grokphase.training.crew import Crew

    specs = seeds_of(case, COMPARED, 1)[:2]
    there = {record.id: record.curves for _, record in in_batches(specs, None)}
    told = Crew(specs, 1).train()  # in a worker process, which has the CPU alone
    here = {each[1].id: each[1].curves for each in told if isinstance(each, tuple)}
    return max(
        float(np.max(np.abs(there[id][name] - here[id][name]) / np.abs(here[id][name])))
        for id in here
        for name in QUANTITIES
    )


def speed(case: Case, seconds: float) -> dict[str, Any]:
    """Steps a second of all runs together, in one program that is mapped over them."""
    import jax
    import jax.numpy as jnp

    from grokphase.training.compilation import compiled
    from grokphase.training.device import as_specified
    from grokphase.training.session import prepare

    with as_specified():
        runs = [prepare(spec) for spec in seeds_of(case, 10**6, 10**6)]
        stack = [(run.params, run.problem) for run in runs]
        params, problem = jax.tree.map(lambda *leaves: jnp.stack(leaves), *stack)
        began = time.perf_counter()
        loop = compiled(runs[0].program, runs[0].static, params, problem, copies=case.copies)
        state = jax.block_until_ready(loop.start(params, problem))
        compilation = time.perf_counter() - began
        steps, until, spent = 10, 0, 0.0
        while spent < seconds:
            until += steps
            began = time.perf_counter()
            state = jax.block_until_ready(loop.segment(state, problem, np.int32(until)))
            took = time.perf_counter() - began
            counted = steps
            spent += took
            steps = int(np.clip(steps * seconds / 4 / took, 1, 4 * steps))
    return {
        "runs": case.copies,
        "compilation_seconds": round(compilation, 1),
        "step_us": round(1e6 * took / counted, 1),
        "steps_a_second_of_all": round(case.copies * counted / took),
    }


def has(platform: str) -> bool:
    """Whether JAX has such a device here."""
    import jax

    try:
        return bool(jax.devices(platform))
    except RuntimeError:
        return False


def measured(chosen: Sequence[Case], seconds: float, limit: float = SECONDS) -> dict[str, Any]:
    """The numbers of each case and its speed, as far as there is time."""
    began = time.perf_counter()
    found: dict[str, Any] = {}
    for case in chosen:
        if time.perf_counter() - began > limit:
            found[case.name] = None  # no time was left
            continue
        relative = difference(case)
        row = {"difference": relative, "within": relative <= TOLERANCE}
        left = limit - (time.perf_counter() - began)
        found[case.name] = row | (speed(case, min(seconds, left)) if left > 0 else {})
    return found | {"seconds": round(time.perf_counter() - began, 1)}


def main() -> int:
    """Compare and measure; 1 if a number is further from the CPU's than `TOLERANCE`."""
    import jax

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--on", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--small", action="store_true", help="tiny networks: tests this script")
    given = parser.parse_args()
    if not has(given.on):
        said = "There is no GPU here that JAX can use, so nothing was measured."
        print(json.dumps({"device": None, "said": said}) if given.json else said)
        return 0
    jax.config.update("jax_platforms", given.on if given.on == "cpu" else "cuda,cpu")
    # A test of the script goes through all, however long a busy machine takes.
    how = (0.5, math.inf) if given.small else (MEASURED_SECONDS, SECONDS)
    found = measured(cases(given.small), *how)
    document = {
        "device": jax.devices()[0].device_kind,
        "date": time.strftime("%Y-%m-%d"),
        "jax": jax.__version__,
        "numerics": {"tolerance": TOLERANCE, "steps": COMPARED, "of": QUANTITIES},
        "small": given.small,
        **found,
    }
    if given.json:
        print(json.dumps(document, indent=2))
    else:
        for name, value in document.items():
            print(f"{name:10}{value}")
    rows = [found[case.name] for case in cases(given.small)]
    return int(any(row is not None and not row["within"] for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
