"""Figure 17: the six matrices of S3 along principal components, and when they are a hexagon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators.table import holds
from grokphase.studies.data import in_columns
from grokphase.studies.given import Given
from grokphase.studies.liu2022.symmetric import SETTINGS

Floats = NDArray[np.float64]
Table = dict[str, Any]

ODD: Final = (False, True, True, False, False, True)
"""Which elements of S3 are odd permutations, in the order of the task's symbols, which is that of
permutations: e, (23), (12), (123), (132), (13)."""

_GAP, _RADIUS = 20.0, 0.2  # what is called a hexagon: degrees, share of the mean distance
_OTHERS: Final = 12


def components(given: Given) -> Table:
    """The six matrices along their principal components.

    Returns:
        For each run `variant`, `seed`, `validation`, `rqi`, `explained` (shares of variance of
        three components), `scores` (6 x 3), and of the plane of the first and the third component
        `gap`, `radius`, `alternates` and `hexagon`, see `Hexagon`. `chance` and `chance_exact` are
        the shares of hexagons for six random points, and for the exact representation by
        permutation matrices seen along a random pair of directions.
    """
    from grokphase.studies.liu2022.settings import final_embedding

    rows = []
    for run in given.runs:
        scores, explained = principal_components(final_embedding(run.record))
        seen = hexagon(scores[:, [0, 2]])
        rows.append(
            {
                "variant": run.labels["variant"],
                "seed": run.record.seed,
                "validation": run.record.final["validation_accuracy"],
                "rqi": run.record.final["rqi"],
                "explained": explained[:3],
                "scores": scores[:, :3],
                **seen._asdict(),
                "hexagon": seen.regular,
            }
        )
    return {
        **in_columns(rows),
        "size": given.runs[0].labels["size"],
        "chance": chance(random_points),
        "chance_exact": chance(exact_points),
    }


def principal_components(matrices: Floats) -> tuple[Floats, Floats]:
    """Coordinates of each matrix along the principal components, and shares of variance.

    Args:
        matrices: (p, d, d), each flattened to a vector.

    Returns:
        (p, k) coordinates, variance falling with the column; (k,) shares of the variance.

    Example:
        >>> line = np.arange(4.0)[:, None, None] * np.ones((2, 2))
        >>> principal_components(line)[1].round(3).tolist()
        [1.0, 0.0, 0.0, 0.0]
    """
    flat = matrices.reshape(len(matrices), -1)
    left, size, _ = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    return left * size, size**2 / max((size**2).sum(), np.finfo(float).tiny)


class Hexagon(NamedTuple):
    """How near six points of a plane are to a regular hexagon of alternating parity.

    Attributes:
        gap: largest departure of the six angles between neighbours from 60 degrees.
        radius: standard deviation of the distances from the centre over their mean.
        alternates: whether even and odd permutations follow each other in turn.
    """

    gap: float
    radius: float
    alternates: bool

    @property
    def regular(self) -> bool:
        """Whether this is called a hexagon: within 20 degrees and 20 %."""
        return self.gap < _GAP and self.radius < _RADIUS


def hexagon(points: Floats) -> Hexagon:
    """Measure six points, each axis scaled to unit variance, as the axes of a plot are.

    Args:
        points: (6, 2), in the order of the task's symbols.

    Example:
        >>> turn = np.pi / 3 * np.array([0, 1, 3, 2, 4, 5])
        >>> found = hexagon(np.stack([3 * np.cos(turn), np.sin(turn)], axis=1))
        >>> found.regular, found.alternates
        (True, True)
    """
    centred = points - points.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = centred / centred.std(axis=0)
    if not np.isfinite(centred).all():  # all on a line
        return Hexagon(300.0, 1.0, False)
    angle, radius = np.arctan2(centred[:, 1], centred[:, 0]), np.hypot(*centred.T)
    order = np.argsort(angle)
    gaps = np.degrees(np.diff(np.append(angle[order], angle[order[0]] + 2 * np.pi)))
    odd = np.array(ODD)[order]
    return Hexagon(
        gap=float(np.abs(gaps - 60).max()),
        radius=float(radius.std() / radius.mean()),
        alternates=bool((odd != np.roll(odd, 1)).all()),
    )


def random_points(generator: np.random.Generator) -> Floats:
    """Six independent points of a plane."""
    return generator.standard_normal((6, 2))


def exact_points(generator: np.random.Generator) -> Floats:
    """The permutation matrices of S3, seen along two random directions of their span."""
    from grokphase.theory import permutation_matrices

    scores, _ = principal_components(permutation_matrices(3))
    directions, _ = np.linalg.qr(generator.standard_normal((4, 2)))
    return np.asarray(scores[:, :4] @ directions)


def chance(draw: Callable[[np.random.Generator], Floats], trials: int = 2000) -> float:
    """The share of draws that are called a hexagon.

    Example:
        >>> chance(random_points) < 0.01
        True
    """
    generator = np.random.default_rng(0)
    return sum(hexagon(draw(generator)).regular for _ in range(trials)) / trials


# ------------------------------------------------------------------------------ tables


def networks(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row a network, with a note on what chance gives."""
    figure = data["fig17"]
    able = holds(figure, "validation", "> 0.9") == 1
    regular, turns = (np.asarray(figure[name], bool) for name in ("hexagon", "alternates"))
    note = (
        f"Of {(~able).sum()} that do not generalize, {(~able & regular).sum()}; even and odd "
        f"permutations in turn in {(able & turns).sum()} that do. Six random points: "
        f"{figure['chance']:.1%}; the exact representation by permutation matrices, seen along "
        f"random directions: {figure['chance_exact']:.0%}."
    )
    return {**figure, "note": note}


def _most_regular(figure: Mapping[str, Any]) -> list[int]:
    """Rows, those that generalize first, and among them the most regular hexagons."""
    able = holds(figure, "validation", "> 0.9")
    off = np.maximum(np.divide(figure["gap"], _GAP), np.divide(figure["radius"], _RADIUS))
    return [int(row) for row in np.lexsort([off, -able])]


def most_regular(figure: Mapping[str, Any]) -> Table:
    """The most regular network in two planes, PC1 with PC2 and with PC3, for drawing."""
    row = _most_regular(figure)[0]
    scores = np.asarray(figure["scores"][row], np.float64)
    explained = figure["explained"][row]
    spread = scores[:, [0, 2]] / scores[:, [0, 2]].std(axis=0)
    ring = np.argsort(np.arctan2(spread[:, 1], spread[:, 0]))
    network = (
        f"Most regular: {SETTINGS[figure['variant'][row]]}, seed {figure['seed'][row]}, validation "
        f"{figure['validation'][row]:.0%}, RQI {figure['rqi'][row]:.2f}. PC1-PC3: neighbours "
        f"within {figure['gap'][row]:.0f}° of 60°,\ndistances from the centre spread by "
        f"{figure['radius'][row]:.0%}; even and odd permutations "
        f"{'in turn' if figure['alternates'][row] else 'not in turn'}"
    )
    return {
        "points": [scores[:, [0, other]] for other in (1, 2)],
        "ring": [None, np.append(ring, ring[0])],
        "number": [2, 3],
        "first": [explained[0]] * 2,
        "other": explained[1:],
        "network": network,
    }


def next_regular(figure: Mapping[str, Any]) -> Table:
    """PC1 and PC3 of the networks that come next, for drawing."""
    rows = _most_regular(figure)[1 : 1 + _OTHERS]
    short = {"wide": "wide", "small": "small", "decayed": "decay"}
    return {
        "points": [np.asarray(figure["scores"][row], np.float64)[:, [0, 2]] for row in rows],
        "short": [
            f"{short[figure['variant'][row]]}, seed {figure['seed'][row]}, val. "
            f"{figure['validation'][row]:.0%}\n{'' if figure['hexagon'][row] else 'no '}hexagon"
            for row in rows
        ],
    }
