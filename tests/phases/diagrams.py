"""Phase diagrams, trained and made up, and refinement played on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.refine import Refinement

C, G, M, X = "comprehension", "grokking", "memorization", "confusion"
BUDGET = 100_000
FIGURE_6 = (11, 16)
FINE = (44, 64)

Plane = NDArray[np.float64]


@dataclass(frozen=True)
class Diagram:
    """The truth about every cell: its label, and the steps its run takes."""

    label: NDArray[np.object_]
    steps: NDArray[np.int64]


@dataclass(frozen=True)
class Played:
    """What refinement made of a diagram."""

    agreement: float
    share: float
    cells: float
    rounds: int
    refinement: Refinement


def play(diagram: Diagram, *, with_cost: bool = True) -> Played:
    """Run refinement to its end on a known diagram."""
    refinement = Refinement(diagram.label.shape)
    rounds = 0
    while batch := refinement.ask():
        rounds += 1
        costs = {cell: float(diagram.steps[cell]) for cell in batch} if with_cost else None
        refinement.tell({cell: diagram.label[cell] for cell in batch}, costs)
    same = np.frompyfunc(lambda a, b: a == b, 2, 1)(refinement.labels(), diagram.label)
    measured = refinement.measured
    return Played(
        float(same.astype(bool).mean()),
        float(diagram.steps[measured].sum() / diagram.steps.sum()),
        float(measured.mean()),
        rounds,
        refinement,
    )


def trained(panel: str) -> Diagram:
    """A panel of Figure 6 of which every cell was trained; the file says how."""
    kept = json.loads((Path(__file__).parent / "data" / "figure_6.json").read_text())[panel]
    letters = [list(row) for row in kept["phases"]]
    return Diagram(np.array(letters, dtype=object), np.array(kept["steps"]))


def _planes(shape: tuple[int, int]) -> tuple[Plane, Plane]:
    v, u = np.meshgrid(*(np.linspace(0, 1, n) for n in shape), indexing="ij")
    return u, v


def _waves(shape: tuple[int, int], rng: np.random.Generator, size: float) -> Plane:
    """A smooth random field: the wobble of a border, the same at every resolution."""
    u, v = _planes(shape)
    total = np.zeros(shape)
    for _ in range(4):
        a, b = rng.uniform(-6, 6, 2)
        total += np.cos(a * u + b * v + rng.uniform(0, 2 * np.pi))
    return size * total / 2


def _costs(label: NDArray[np.object_], field: Plane, rng: np.random.Generator) -> Diagram:
    """Steps until the phase is decided: the whole budget where nothing is ever decided."""
    jitter = np.exp(rng.normal(0, 0.3, label.shape))
    quick = np.clip(1e3 * 20**field * jitter, 800, 3e4)
    slow = np.clip(5e3 * 18**field * jitter, 2e3, 9.9e4)
    steps = np.where(label == C, quick, np.where(label == G, slow, BUDGET))
    return Diagram(label, steps.astype(np.int64))


def smooth(
    shape: tuple[int, int],
    seed: int,
    *,
    band: float = 0.12,
    wobble: float = 0.04,
    noise: float = 0.0,
    islands: int = 0,
    slow_left: float = 0.0,
    run: int = 0,
    spread: float = 0.0,
) -> Diagram:
    """Four phases as in Figure 6(b): memorization and confusion on the right, a grokking band.

    `band` is the width of grokking between comprehension and memorization, `noise` the width in
    which single cells fall on the wrong side of a border (both in widths of the map), `islands`
    the number of 2 x 2 blocks of another phase, `slow_left` the width of confusion at the left;
    `run` and `spread` are the seed of the runs and how far it moves the borders.
    """
    rng = np.random.default_rng(seed)
    u, v = _planes(shape)
    slope, where = rng.uniform(-0.6, 0.6), rng.uniform(0.55, 0.7)
    edge = where + slope * (v - 0.5) + _waves(shape, rng, wobble)
    floor = rng.uniform(0.2, 0.45) + 0.2 * (u - 0.5) + _waves(shape, rng, wobble)
    left = slow_left + _waves(shape, rng, wobble / 2)
    cell_rng = np.random.default_rng([seed, *shape, run])
    edge, floor = edge + cell_rng.normal(0, spread), floor + cell_rng.normal(0, spread)
    distance = u - edge + cell_rng.normal(0, 1, shape) * noise
    height = v - floor + cell_rng.normal(0, 1, shape) * noise
    label = np.full(shape, C, dtype=object)
    label[(distance > 0) & (height > 0)] = G
    label[(distance > band) & (height > 0)] = M
    label[(distance > band * 0.4) & (height <= 0)] = X
    if slow_left:
        label[u + cell_rng.normal(0, 1, shape) * noise < left] = X
    for _ in range(islands):
        row, column = (int(cell_rng.integers(0, n - 1)) for n in shape)
        label[row : row + 2, column : column + 2] = cell_rng.choice([C, G, M])
    return _costs(label, np.clip(0.3 + 0.8 * (u - 0.2) + 0.3 * v, 0, 1.0), cell_rng)


def competition(shape: tuple[int, int], seed: int, noise: float = 0.02) -> Diagram:
    """Like Figure 6(a): diagonal bands, memorization lower right, slow runs upper left."""
    rng = np.random.default_rng(seed)
    u, v = _planes(shape)
    cell_rng = np.random.default_rng([seed, *shape])
    ratio = v - u + _waves(shape, rng, 0.06) + cell_rng.normal(0, 1, shape) * noise
    speed = u + v + _waves(shape, rng, 0.05)
    label = np.full(shape, C, dtype=object)
    label[ratio < -0.1] = G
    label[ratio < -0.25] = M
    label[(ratio > 0.45)] = G
    label[speed < rng.uniform(0.25, 0.4)] = X
    return _costs(label, np.clip(1.2 - speed / 1.6, 0, 1), cell_rng)


def over_seeds(shape: tuple[int, int], seed: int, seeds: int, spread: float = 0.02) -> Diagram:
    """A diagram whose cells are labelled by the phases of several seeds.

    From seed to seed the borders move as a whole by about `spread`, and the noise is another.
    """
    layers = [smooth(shape, seed, noise=spread / 2, run=run, spread=spread) for run in range(seeds)]
    label = np.empty(shape, dtype=object)
    for cell in np.ndindex(shape):
        label[cell] = tuple(layer.label[cell] for layer in layers)
    return Diagram(label, np.sum([layer.steps for layer in layers], axis=0))


CASES: dict[str, Callable[[tuple[int, int], int], Diagram]] = {
    "smooth borders": lambda shape, seed: smooth(shape, seed),
    "thin band": lambda shape, seed: smooth(shape, seed, band=0.07),
    "wide band": lambda shape, seed: smooth(shape, seed, band=0.25),
    "noisy borders": lambda shape, seed: smooth(shape, seed, noise=0.015),
    "noisier borders": lambda shape, seed: smooth(shape, seed, noise=0.03, wobble=0.06),
    "islands": lambda shape, seed: smooth(shape, seed, noise=0.01, islands=3),
    "slow left": lambda shape, seed: smooth(shape, seed, noise=0.01, slow_left=0.15),
    "competition": competition,
}
