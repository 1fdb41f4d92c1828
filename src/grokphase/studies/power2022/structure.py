"""What trained weights show: the number line of addition, the cosets of a group.

The paper projects the output weights of networks on the plane by t-SNE and shows two pictures: of
addition, in which the results lie in the order of adding one number again and again, and of S5, in
which the results lie in cosets of a subgroup. Here the plane is that of the first two principal
components, which has no seed and keeps distances, and what the pictures show is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.measures.planes import principal_axes, ring
from grokphase.studies.data import Data
from grokphase.studies.given import Given, Trained
from grokphase.studies.power2022.runs import table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def output_weights(run: Trained) -> Floats:
    """The output weights of each result (results, width), without their mean."""
    spec: Any = run.spec
    found = np.asarray(run.weights["unembed.W_U"], np.float64).T[: spec.task.classes]
    return np.asarray(found - found.mean(axis=0))


def plane(points: Floats) -> Floats:
    """Points (n, d) of mean 0 on their first two principal components."""
    return np.asarray(points @ principal_axes(points))


# ------------------------------------------------------------------------------ addition


def circle(points: Floats) -> tuple[int, float]:
    """The frequency k whose cosine and sine explain most, and the share of variance that they do.

    Where it is 1, the results lie on a circle on which they follow each other by adding 1 / k.

    Args:
        points: (p, d) of mean 0, p odd.

    Example:
        >>> turn = 2 * np.pi * 2 * np.arange(7) / 7
        >>> circle(np.stack([np.cos(turn), np.sin(turn)], axis=1))
        (2, 1.0)
    """
    power = (np.abs(np.fft.fft(points, axis=0)) ** 2).sum(axis=1)
    shares = 2 * power[1 : len(points) // 2 + 1] / power.sum()
    best = int(shares.argmax())
    return best + 1, round(float(shares[best]), 12)


def number_line(given: Given) -> Data:
    """Of runs of addition the plane of their output weights, and how much of a circle it is.

    `circle` is the share of variance in the plane that one frequency explains, `before` the same of
    the initial weights; `order` the results as they follow each other around it.
    """
    found: dict[str, list[Any]] = {
        "embedding": [],
        "circle": [],
        "before": [],
        "add": [],
        "order": [],
    }
    for run in given.runs:
        spec: Any = run.spec
        points, p = plane(output_weights(run)), spec.task.classes
        frequency, share = circle(points)
        start = np.asarray(spec.initial_network().unembed.W_U, np.float64).T[:p]
        order = ring(p, frequency)
        found["embedding"].append(points)
        found["circle"].append(share)
        found["before"].append(circle(plane(start - start.mean(axis=0)))[1])
        found["add"].append(min(order[1], p - order[1]))
        found["order"].append(list(order))
    return {**table(given), **found}


# ------------------------------------------------------------------------------ groups


def subgroup(products: Integers, generators: Sequence[int]) -> frozenset[int]:
    """The elements that products of some elements reach.

    Args:
        products: (n, n) of the group, a row for the first factor.
        generators: elements.

    Example:
        >>> sorted(subgroup(np.add.outer(np.arange(6), np.arange(6)) % 6, [2]))
        [0, 2, 4]
    """
    found = set(generators)
    while (more := found | {int(products[a, b]) for a in found for b in generators}) != found:
        found = more
    return frozenset(found)


def element(images: Sequence[int]) -> int:
    """The number of a permutation in lexicographic order, which is that of the task's symbols.

    Example:
        >>> element([0, 1, 2]), element([2, 1, 0])
        (0, 5)
    """
    return list(permutations(range(len(images)))).index(tuple(images))


def cosets(products: Integers, of: frozenset[int], left: bool) -> Integers:
    """(n,) for each element the coset x H (or H x) that it lies in, as its least element."""
    members = np.array(sorted(of))
    found = products[:, members] if left else products[members].T
    return np.asarray(found.min(axis=1))


def conjugates(products: Integers, of: frozenset[int]) -> list[frozenset[int]]:
    """The subgroups x H x^-1."""
    identity = int(np.flatnonzero((products == np.arange(len(products))).all(axis=1))[0])
    inverse = (products == identity).argmax(axis=1)
    found = {
        frozenset(int(products[products[x, h], inverse[x]]) for h in of)
        for x in range(len(products))
    }
    return sorted(found, key=sorted)


def explained(points: Floats, groups: Integers) -> float:
    """The share of the variance of points that lies between groups (eta squared).

    Args:
        points: (n, d) of mean 0.
        groups: (n,) of each point.

    Example:
        >>> explained(np.array([[1.0], [1.0], [-1.0], [-1.0]]), np.array([0, 0, 1, 1]))
        1.0
    """
    between = sum(
        (groups == one).sum() * (points[groups == one].mean(axis=0) ** 2).sum()
        for one in np.unique(groups)
    )
    return float(between / (points**2).sum())


def in_cosets(given: Given) -> Data:
    """Of runs of products in a group, how much of their output weights is a matter of cosets.

    The best of all conjugates of a subgroup, by cosets of either side: `coset` is the share of
    variance in the plane between them, `chance` the best of as many partitions into groups of the
    same sizes at random.
    """
    settings = given.settings
    found: dict[str, list[Any]] = {"embedding": [], "coset": [], "chance": [], "cosets": []}
    for run in given.runs:
        spec: Any = run.spec
        task, n = spec.task, spec.task.classes
        products = np.empty((n, n), np.int64)
        products[task.inputs[:, 0], task.inputs[:, 1]] = task.labels
        generators = [element(each) for each in settings["subgroup"]]
        sides = [
            cosets(products, each, left)
            for each in conjugates(products, subgroup(products, generators))
            for left in (True, False)
        ]
        points = plane(output_weights(run))
        shares = [explained(points, each) for each in sides]
        random = np.random.default_rng(run.spec.seed)
        found["embedding"].append(points)
        found["coset"].append(max(shares))
        found["chance"].append(max(explained(points, random.permutation(each)) for each in sides))
        found["cosets"].append(sides[int(np.argmax(shares))])
    return {**table(given), **found}


# ------------------------------------------------------------------------------ what is drawn


def first_plane(data: Data) -> Data:
    """A point a row of the first network that generalizes, or else of the first."""
    at = next((k for k, step in enumerate(data["validation_step"]) if step is not None), 0)
    first, second = zip(*data["embedding"][at], strict=True)
    return {"first": first, "second": second, "coset": [str(each) for each in data["cosets"][at]]}


def shown(data: Data) -> Data:
    """Three networks, those that generalize first."""
    late = [step is None for step in data["validation_step"]]
    rows = sorted(range(len(late)), key=lambda k: late[k])[:3]
    return {name: [data[name][k] for k in rows] for name in ("seed", "embedding", "add", "order")}
