"""Wang-Landau walks: the entropy of a landscape from a walk that makes all levels alike.

A walk that goes to a state of level x with a chance of `exp(-S(x))`, S the logarithm of the volume
or number of states at x, is at all levels equally often. S is not known: wherever the walk is, its
estimate is raised, by less and less, so that it is driven to where it has not been.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Entropy(NamedTuple):
    """An estimate of the entropy, up to a constant.

    Attributes:
        at: (m,) the middle of each bin of the level.
        value: (m,) S there, in nats.
    """

    at: Floats
    value: Floats


def rises(step: int, most: float, turn: int) -> float:
    """How much the estimate is raised: `most min(t / turn, turn / t)`, t from 1."""
    t = step + 1
    return most * min(t / turn, turn / t)


def counted(
    levels: Integers, bits: int, *, steps: int, turn: int, walkers: int = 256, seed: int = 0
) -> Floats:
    """The logarithm of the number of states of each level, of all words of some bits.

    Walkers flip one bit at a time and share one estimate. It is raised at each walker's level by
    `min(1, turn / t) / walkers` for each of them.

    Args:
        levels: (2^bits,) the level of each state, whole numbers from 0.
        bits: of a state.
        steps: of each walker.
        turn: steps after which the rise begins to fall as 1 / t.
        walkers: how many.
        seed: of the walks.

    Returns:
        (levels,) S, whose numbers of states add up to 2^bits; minus infinity where none was seen.
    """
    random = np.random.default_rng(seed)
    states = random.integers(0, 2**bits, walkers)
    estimate = np.zeros(int(levels.max()) + 1)
    seen = np.zeros(len(estimate), bool)
    for step in range(steps):
        moved = states ^ (1 << random.integers(0, bits, walkers))
        gain = estimate[levels[states]] - estimate[levels[moved]]
        states = np.where(np.log(random.random(walkers)) < gain, moved, states)
        at = levels[states]
        np.add.at(estimate, at, min(1.0, turn / (step + 1)) / walkers)
        seen[at] = True
    value = np.where(seen, estimate, -np.inf)
    top = value.max()
    return np.asarray(value - top - np.log(np.exp(value - top).sum()) + bits * np.log(2))


def harmonic(
    dimensions: int,
    *,
    span: tuple[float, float],
    bins: int,
    steps: int,
    most: float,
    turn: int,
    friction: float = 0.5,
    length: float = 0.02,
    walkers: int = 64,
    seed: int = 0,
) -> Entropy:
    """The entropy of `L = |theta|^2` over ln L, by the molecular dynamics of the paper.

    Accelerations are `-S'(ln L) grad ln L`, velocities those of Langevin with a temperature of 1,
    `v <- v (1 - c) + a dt + sqrt(c (2 - c)) noise`, and S is raised by a Gaussian bump about the
    walker's ln L. Beyond the span a parabola drives walkers back, as the paper's does above a loss.

    Args:
        dimensions: d of theta; S is `(d / 2) ln L` and a constant.
        span: the first and the last ln L.
        bins: of ln L; a bump is one of them wide.
        steps: of each walker.
        most: F, how much the estimate is raised at most.
        turn: t_WL, at which it is.
        friction: c.
        length: dt.
        walkers: how many share one estimate.
        seed: of start and noise.
    """
    random = np.random.default_rng(seed)
    low, high = span
    gap = (high - low) / bins
    at = np.asarray(low + gap * (np.arange(bins) + 0.5), np.float64)
    estimate = np.zeros(bins)
    theta = random.standard_normal((walkers, dimensions))
    theta *= np.exp(random.uniform(low, high, walkers) / 2 - np.log(np.linalg.norm(theta, axis=1)))[
        :, None
    ]
    v = random.standard_normal((walkers, dimensions))
    for step in range(steps):
        size = np.linalg.norm(theta, axis=1)
        x = 2 * np.log(size)
        slope = np.interp(x, at[:-1] + gap / 2, np.diff(estimate) / gap)
        outside = np.minimum(x - low, 0) + np.maximum(x - high, 0)
        push = -(slope + 4 * dimensions * outside)
        v = v * (1 - friction) + length * (2 * push / size**2)[:, None] * theta
        v += np.sqrt(friction * (2 - friction)) * random.standard_normal(v.shape)
        theta = theta + length * v
        bumps = np.exp(-(((x[:, None] - at) / gap) ** 2) / 2)
        estimate += rises(step, most, turn) * bumps.mean(axis=0)
    return Entropy(at, np.asarray(estimate - estimate.max(), np.float64))
