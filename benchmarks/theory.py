"""What needs no training, in seconds of the processor: spectra, actions, regions, spins.

`.venv/bin/python -m benchmarks.theory` prints one JSON object; takes a minute. Each is done three
times and the least is printed, in processor time of all threads: others on the machine only make it
longer. Sweeps of spins are ten times as many as are timed at once, the least of thirty rounds.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import time
from collections.abc import Callable

import jax
import numpy as np

from grokphase.measures import directions, local_complexity
from grokphase.tasks.ising import Lattices
from grokphase.theory.first_order import PolynomialAction
from grokphase.theory.regression import Evolution, spectrum_of

ROUNDS = 3


def spectral_evolution() -> None:
    """Both losses of 1,000 samples of 4,000 features up to a million steps, and both times."""
    random = np.random.default_rng(0)
    inputs = random.standard_normal((1000, 4000))
    start, target = random.standard_normal((2, 4000)) / np.sqrt(4000)
    evolution = Evolution(spectrum_of(inputs, start=start, target=target), rate=0.01, decay=1e-4)
    evolution.losses(np.geomspace(1, 1e6, 1000).round())
    evolution.times(1e-3)


def scan_of_actions() -> None:
    """All minima of 10,000 actions, and which of them is the deeper."""
    PolynomialAction(np.geomspace(5, 100, 10_000), 0.294, -0.3).minima()


def regions_near_points() -> Callable[[], None]:
    """Local complexity of 1,024 points with 24 vertices, four hidden layers of 200."""
    random = np.random.default_rng(0)
    widths = [784, 200, 200, 200, 200]
    layers = [
        (random.standard_normal((out, of), np.float32) / np.sqrt(of), np.zeros(out, np.float32))
        for of, out in itertools.pairwise(widths)
    ]
    points = random.random((1024, 784), np.float32)
    frame = directions(784, 12).astype(np.float32)
    counted = jax.jit(local_complexity)

    def again() -> None:
        counted(layers, points, frame, 0.05).block_until_ready()

    again()  # compiles
    return again


def sweeps_of_spins() -> Callable[[], None]:
    """A tenth of 10,000 sweeps of 1,000 lattices of 8 x 8."""
    random = np.random.default_rng(0)
    lattices = Lattices(1 - 2 * random.integers(0, 2, (1000, 64)), random)

    def on() -> None:
        for _ in range(1_000):
            lattices.sweep(2.27)

    return on


def least(task: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Processor seconds of the best round."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        task()
        taken.append(time.process_time() - began)
    return round(min(taken), 3)


if __name__ == "__main__":
    found = {
        "machine": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "spectral_evolution_seconds": least(spectral_evolution),
        "scan_of_actions_seconds": least(scan_of_actions),
        "local_complexity_seconds": least(regions_near_points()),
        "ising_sweeps_seconds": round(10 * least(sweeps_of_spins(), 30), 3),
    }
    print(json.dumps(found, indent=1))
