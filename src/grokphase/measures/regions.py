"""Linear regions of ReLU networks: how many lie near a point, and all of them in the plane.

A network of affine layers with ReLU between them is affine on each region of its inputs on which no
hidden neuron changes its sign. Layers are pairs of a weight, (out, in), and a bias, (out,): the
hidden ones, `[(layer.weight, layer.bias) for layer in network.decoder[:-1]]` of an `MLP` without
embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array
from grokphase.tasks import stream

Layers = Sequence[tuple[Array, Array]]
Floats = NDArray[np.float64]

ROUNDING = 1e-10  # of the largest value of a neuron on a polygon: what counts as 0 there


def directions(dimension: int, count: int, seed: int = 0) -> Float[np.ndarray, "count dimension"]:
    """Random orthonormal directions, those of a cross-polytope with twice as many vertices.

    Args:
        dimension: of the inputs.
        count: how many, at most as many as dimensions.
        seed: draws them, from the stream ``"directions"``.

    Raises:
        GrokphaseError: more directions than dimensions.

    Example:
        >>> v = directions(5, 2)
        >>> np.allclose(v @ v.T, np.eye(2))
        True
    """
    if not (isinstance(count, int | np.integer) and 1 <= count <= dimension):
        raise GrokphaseError(
            f"{count} directions cannot be orthogonal in {dimension} dimensions; write 1 to "
            f"{dimension}."
        )
    drawn = stream(seed, "directions").standard_normal((dimension, count))
    return np.linalg.qr(drawn)[0].T


def local_complexity(
    layers: Layers,
    points: Float[Array, "n d"] | NDArray[Any],
    directions: Float[Array, "k d"] | NDArray[Any],
    radius: float | Float[Array, ""],
) -> Int[Array, "layers n"]:
    """How many neurons of each hidden layer change their sign within a cross-polytope of a point.

    The neighbourhood of x is the hull of the 2 k vertices `x +- r v_j`. In the first layer the
    count is exact: the hyperplane `w x + b = 0` cuts it if and only if `|w x + b| < r max_j |w
    v_j|`. Deeper, it is of the hull of the vertices' images, which is not quite the image of the
    neighbourhood, as in the paper. Their sum over layers is the local complexity.

    Args:
        layers: weight and bias of each hidden layer.
        points: x.
        directions: v, orthonormal; see `directions`.
        radius: r > 0, in the unit of the inputs.

    Returns:
        (layers, n) neurons.

    Raises:
        GrokphaseError: there is no layer, or points, directions and layers do not fit together.

    Example:
        >>> one = [(jnp.array([[1.0, 0.0]]), jnp.array([-1.0]))]  # the line x = 1
        >>> near_and_far = jnp.array([[1.01, 5.0], [1.2, 5.0]])
        >>> local_complexity(one, near_and_far, jnp.eye(2), radius=0.1).tolist()
        [[1, 0]]

    Source: Humayun, Balestriero and Baraniuk (2024), arXiv:2402.15555, section 3, after
        arXiv:2310.12977.
    """
    points, directions = (
        as_array(given, what, shape, 2)
        for given, what, shape in (
            (points, "points", "(n, d)"),
            (directions, "directions", "(k, d)"),
        )
    )
    width = points.shape[1]
    (weight, bias), *deeper = _checked(layers, width)
    if directions.shape[1] != width:
        raise GrokphaseError(
            f"points have {width} numbers each and directions {directions.shape[1]}; give "
            f"directions(dimension={width}, count=k)."
        )
    middle, spread = points @ weight.T + bias, radius * directions @ weight.T
    counts = [(jnp.abs(middle) < jnp.abs(spread).max(axis=0)).sum(axis=1)]
    vertices = jnp.concatenate([middle + spread[:, None], middle - spread[:, None]])
    for weight, bias in deeper:
        vertices = jax.nn.relu(vertices) @ weight.T + bias
        crossed = (vertices.min(axis=0) < 0) & (vertices.max(axis=0) > 0)
        counts.append(crossed.sum(axis=1))
    return jnp.stack(counts)


def regions(layers: Layers, domain: Float[np.ndarray, "corners 2"]) -> list[Floats]:
    """Every linear region of a network in a convex polygon of the plane, as convex polygons.

    Exact but for rounding: a polygon carries the values of a layer's neurons at its corners, which
    are affine within it, and is cut along the zero of each neuron that changes its sign there. The
    pieces' values, cut off at 0, are the inputs of the next layer.

    Args:
        layers: weight and bias of each hidden layer; the first has two inputs.
        domain: corners of a convex polygon, in order.

    Returns:
        (corners, 2) of each region, in no order that means anything. Regions of more than one
        polygon there are none: each is convex, and each polygon has a pattern of signs of its own.

    Raises:
        GrokphaseError: inputs that are not of the plane, a domain that is no polygon, or layers
            that do not fit together.

    Example:
        >>> square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        >>> cross = [(np.eye(2), np.zeros(2))]  # the two axes
        >>> len(regions(cross, square))
        4

    Source: this work, after the exact counts of Humayun et al. (2024), arXiv:2402.15555.
    """
    layers = _checked(layers)
    if layers[0][0].shape[1] != 2:
        raise GrokphaseError(
            f"regions are counted in the plane, and this network has {layers[0][0].shape[1]} "
            "inputs; use local_complexity, or a network of two inputs."
        )
    corners = doubles("domain", domain)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise GrokphaseError(
            f"A domain of shape {corners.shape} is no polygon in the plane; give (corners, 2), "
            "three corners or more in their order."
        )
    cells = [(corners, corners)]  # where it is, and what the next layer is given there
    for weight, bias in layers:
        slopes, offset = np.asarray(weight, np.float64), np.asarray(bias, np.float64)
        cells = [
            (piece[:, :2], np.maximum(piece[:, 2:], 0))
            for place, given in cells
            for piece in _pieces(np.hstack([place, given @ slopes.T + offset]))
        ]
    return [place for place, _ in cells]


def _checked(layers: Layers, inputs: int | None = None) -> list[tuple[Array, Array]]:
    """Layers as arrays, of which each takes what the one before it gives."""
    found = []
    for at, (weight, bias) in enumerate(layers):
        w = as_array(weight, f"the weight of layer {at}", "(out, in)", 2)
        b = as_array(bias, f"the bias of layer {at}", "(out,)", 1)
        if b.shape != w.shape[:1] or inputs not in (None, w.shape[1]):
            raise GrokphaseError(
                f"Layer {at} has a weight of shape {w.shape} and a bias of shape {b.shape}"
                f"{'' if inputs is None else f', and is given {inputs} numbers'}; layers are "
                "(out, in) and (out,), in their order."
            )
        inputs = w.shape[0]
        found.append((w, b))
    if not found:
        raise GrokphaseError("There are no layers; give a weight and a bias for each hidden one.")
    return found


def _pieces(polygon: Floats) -> list[Floats]:
    """The polygon, cut along the zero of each of its columns from the third on."""
    values = polygon[:, 2:]
    zero = ROUNDING * np.abs(values).max(axis=0)
    cut = np.flatnonzero((values.min(axis=0) < -zero) & (values.max(axis=0) > zero)) + 2
    pieces = [polygon]
    for column in cut.tolist():
        nothing = zero[column - 2]
        pieces = [half for piece in pieces for half in _halves(piece, column, nothing)]
    return pieces


def _halves(polygon: Floats, column: int, nothing: float) -> list[Floats]:
    """The polygon on both sides of where a column is 0, or itself where that does not cut it."""
    value = polygon[:, column]
    side = np.where(np.abs(value) <= nothing, 0, np.sign(value))
    if side.min() >= 0 or side.max() <= 0:
        return [polygon]
    after = np.roll(polygon, -1, axis=0)
    crossing = side * np.roll(side, -1) < 0
    share = value / np.where(crossing, value - after[:, column], 1)
    between = polygon + share[:, None] * (after - polygon)
    between[:, column] = 0
    halves = []
    for sign in (-1, 1):
        kept = [
            corner
            for here, there, own, cuts in zip(polygon, between, side, crossing, strict=True)
            for corner, keeps in ((here, own * sign >= 0), (there, cuts))
            if keeps
        ]
        halves.append(np.stack(kept))
    return halves


def areas(polygons: Sequence[Floats]) -> Floats:
    """The area of each polygon, by the shoelace formula.

    Args:
        polygons: (corners, 2) of each.

    Raises:
        GrokphaseError: one of them has another shape.

    Example:
        >>> areas([np.array([[0, 0], [2, 0], [2, 1], [0, 1]])]).tolist()
        [2.0]
    """
    found = []
    for each in polygons:
        polygon = doubles("a polygon", each)
        if polygon.ndim != 2 or polygon.shape[1] != 2:
            raise GrokphaseError(
                f"A polygon of shape {polygon.shape} has no area; give a list of (corners, 2)."
            )
        after = np.roll(polygon, -1, axis=0)
        cross = polygon[:, 0] * after[:, 1] - polygon[:, 1] * after[:, 0]
        found.append(abs(cross.sum()) / 2)
    return np.array(found)
