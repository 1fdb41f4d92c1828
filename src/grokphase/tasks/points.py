"""Points of two or more classes: two Gaussians, spirals, moons."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target

MOST_NUMBERS = 100_000_000
"""Samples times features at most: with room to train, what fits in memory."""


def two_gaussians(
    dimensions: int = 40,
    separation: float = 4.0,
    samples: int = 1000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""Two clouds of points: :math:`x \sim N(\pm \tfrac{s}{2} e_1, I_d)`, the sign the class.

    No rule is right about more than the share :math:`\Phi(s/2)` of new points, by the sign of the
    first coordinate; with fewer points than dimensions a hyperplane can tell any labels apart. The
    centres lie on the first axis without loss of generality: a network whose initial weights are
    independent and alike has no first input.

    Args:
        dimensions: d, numbers of an input.
        separation: s, between the centres, in standard deviations along the axis; from 0, where
            the classes are one cloud with random labels.
        samples: number of points, every other one of each class.
        seed: draws the points, from the stream ``"points"``; apart from the seed of a run, so that
            runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Beck, Levi and Bar-Sinai 2024 (arXiv:2410.04489) for one class; ours for two.

    Example:
        >>> clouds = two_gaussians(dimensions=3, samples=10)
        >>> clouds.inputs.shape, clouds.labels.tolist()
        ((10, 3), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    """
    d = whole(dimensions, "dimensions", 1, 100_000)
    apart = amount(separation, "separation")
    count = sample_count(samples, d)
    seed = whole(seed, "seed", 0)
    labels = np.arange(count) % 2
    inputs = stream(seed, "points").standard_normal((count, d))
    inputs[:, 0] += apart * (0.5 - labels)
    return _points(
        "two-gaussians",
        inputs,
        labels,
        2,
        target,
        {"dimensions": d, "separation": apart, "samples": count, "seed": seed},
    )


def spirals(
    arms: int = 2,
    turns: float = 1.5,
    noise: float = 0.02,
    samples: int = 1000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""Arms of a spiral in the plane: :math:`r (\cos a, \sin a)`, :math:`a = 2 \pi (t r + k / n)`.

    Points of arm k have the radius r uniform between 0 and 1, and N(0, noise^2) on both
    coordinates. A line tells none of it; the more turns, the finer the boundary.

    Args:
        arms: n, classes.
        turns: t, how often an arm goes round.
        noise: standard deviation of both coordinates.
        samples: number of points, in turns of each arm.
        seed: draws the points, from the stream ``"points"``.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Lang and Witbrock 1988, for two spirals of three turns without noise.

    Example:
        >>> arms = spirals(arms=3, samples=9)
        >>> arms.inputs.shape, arms.classes
        ((9, 2), 3)
    """
    n = whole(arms, "arms", 2, 1000)
    around, spread = amount(turns, "turns"), amount(noise, "noise")
    count = sample_count(samples, 2)
    seed = whole(seed, "seed", 0)
    labels = np.arange(count) % n
    random = stream(seed, "points")
    radius = random.random(count)
    inputs = radius[:, None] * _on_circle(2 * np.pi * (around * radius + labels / n))
    return _points(
        "spirals",
        inputs + spread * random.standard_normal((count, 2)),
        labels,
        n,
        target,
        {"arms": n, "turns": around, "noise": spread, "samples": count, "seed": seed},
    )


def moons(
    noise: float = 0.1,
    samples: int = 1000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""Two half circles that reach into each other, with N(0, noise^2) on both coordinates.

    Class 0 is :math:`(\cos a, \sin a)` and class 1 is :math:`(1 - \cos a, \tfrac{1}{2} - \sin a)`
    with a uniform between 0 and pi, as in scikit-learn's ``make_moons``.

    Args:
        noise: standard deviation of both coordinates.
        samples: number of points, every other one of each class.
        seed: draws the points, from the stream ``"points"``.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Example:
        >>> halves = moons(noise=0, samples=100)
        >>> bool(np.allclose((halves.inputs[::2] ** 2).sum(axis=1), 1))
        True
    """
    spread = amount(noise, "noise")
    count = sample_count(samples, 2)
    seed = whole(seed, "seed", 0)
    labels = np.arange(count) % 2
    random = stream(seed, "points")
    half = _on_circle(np.pi * random.random(count))
    inputs = np.where(labels[:, None] == 0, half, np.array([1.0, 0.5]) - half)
    return _points(
        "moons",
        inputs + spread * random.standard_normal((count, 2)),
        labels,
        2,
        target,
        {"noise": spread, "samples": count, "seed": seed},
    )


def amount(given: object, what: str) -> float:
    """A finite number from 0.

    Raises:
        GrokphaseError: it is none.
    """
    number = real(given)
    if not 0 <= number < math.inf:
        raise GrokphaseError(
            f"{what} must be a finite number from 0, not {given!r}: for example {what}=1, in a "
            f"shell --set task.{what}=1."
        )
    return number


def sample_count(given: object, features: int, named: str = "features") -> int:
    """How many samples, where so many features of each fit into memory.

    Raises:
        GrokphaseError: it is no whole number from 2, or too many.
    """
    count = whole(given, "samples", 2)
    if count * features > MOST_NUMBERS:
        most = MOST_NUMBERS // features
        raise GrokphaseError(
            f"samples={count} of {features} {named} would hold {count * features:,} numbers, more "
            f"than {MOST_NUMBERS:,}: write samples={most} or fewer, in a shell --set "
            f"task.samples={most}."
        )
    return count


def _on_circle(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _points(
    name: str,
    inputs: NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: int,
    target: Target | str,
    parameters: dict[str, int | float],
) -> Task:
    return Task(
        name=name,
        inputs=inputs,
        labels=labels.astype(np.int32),
        classes=classes,
        target=as_target(target),
        parameters=parameters,
    )
