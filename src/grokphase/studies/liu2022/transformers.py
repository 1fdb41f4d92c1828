"""Section 4.2: a transformer that learns modular addition (Figures 1 and 7).

What the paper shows of one network is measured on several: whether its embeddings lie on a circle
along their first two principal components, and when; and how many dimensions they spread over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.measures.planes import ring
from grokphase.phases.classify import COMPREHENSION, GROKKING, MEMORIZATION
from grokphase.phases.phase_map import PhaseMap
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained, row_at, step_since, usual_table
from grokphase.studies.liu2022.planes import circle_residual
from grokphase.studies.map_statistics import measured, of_each_seed
from grokphase.studies.paper import Settings

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Floats = NDArray[np.float64]

CIRCLE: Final = 0.9  # of the variance in a plane, as in Figure 2


def followed(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """The runs that Figures 1, 7 (left), 21 and 22 share: to the end of their budget."""
    own = {
        "model.dropout": settings["dropout"],
        "recipe.steps": settings["steps"],
        "recipe.stop": "budget",
        "recipe.measures": ("effective_dimension", "embedding"),
    }
    for seed in range(settings["seeds"]):
        yield {}, network(settings, seed, **own)


def dropouts(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """The runs of Figure 7 (centre): each share of dropout, as long as the phase is open."""
    for dropout in settings["dropouts"]:
        for seed in range(settings["seeds"]):
            yield {"dropout": dropout}, network(settings, seed, **{"model.dropout": dropout})


def bases(settings: Settings) -> list[RunSpec]:
    """What all runs of one seed's map share (Figure 7, right)."""
    return [network(settings, seed) for seed in range(settings["seeds"])]


def network(settings: Settings, seed: int, **leaves: Any) -> RunSpec:
    """The preset `liu2022-transformer` with a scale's settings, and leaves of one's own."""
    from grokphase.training.published import preset

    own = {**settings.get("leaves", {}), **leaves}
    return preset("liu2022-transformer", p=settings["symbols"], seed=seed, **own)


# ------------------------------------------------------------------------------ on the way


def components(embedding: Floats) -> tuple[Floats, Floats]:
    """Principal components of p embeddings.

    Args:
        embedding: (p, d).

    Returns:
        The directions (k, d) in the order of the variance along them, and its shares (k,).

    Example:
        >>> axes, shares = components(np.array([[0.0, 3.0], [0.0, -3.0], [1.0, 0.0], [-1.0, 0.0]]))
        >>> np.abs(axes).round(6).tolist(), shares.round(6).tolist()
        ([[0.0, 1.0], [1.0, 0.0]], [0.9, 0.1])
    """
    centred = embedding - embedding.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    return axes, sizes**2 / (sizes**2).sum()


def in_plane(embedding: Floats, axes: Floats) -> Floats:
    """(p, 2) embeddings about their mean, along the first two of some directions."""
    return np.asarray((embedding - embedding.mean(axis=0)) @ axes[:2].T)


def path_of(run: Trained) -> Floats:
    """(steps, p, d) the embeddings of a run at its recorded steps."""
    curve = np.asarray(run.record.curves["embedding"], np.float64)
    spec: Any = run.spec
    return curve.reshape(len(curve), spec.task.symbols, -1)


def stages(given: Given) -> Data:
    """Embeddings on their own first two principal components, at each step and at three stages.

    Returns:
        A row a run: `usual_table`; `circle`, the share of variance in the plane that the best
        circle explains, at each recorded `step`; the same `at_overfitting`, the first recorded step
        at which nine tenths of the training samples are right, and `at_end`; `circle_step`, from
        which on it is above 0.9 at every recorded step, and `ratio`, this by the step of
        generalization; `dimension`, the effective one, at each recorded step, and how it `rises`
        from the start to its greatest value up to generalization, and `falls` from there to the
        end, as ratios. `planes`, the embeddings of the first run at the three stages; `moving`,
        those at all steps.
    """
    rows, paths = [], [path_of(run) for run in given.runs]
    for run, path in zip(given.runs, paths, strict=True):
        curves, record = run.record.curves, run.record
        step, dimension = np.asarray(curves["step"]), np.asarray(curves["effective_dimension"])
        circle = np.array([1 - circle_residual(in_plane(at, components(at)[0]))[0] for at in path])
        overfit, general = row_at(step, record.train_step), row_at(step, record.validation_step)
        peak = dimension[: None if general is None else general + 1].max()
        formed = step_since(step, circle > CIRCLE)
        late = record.validation_step
        rows.append(
            {
                "step": step,
                "circle": circle,
                "at_overfitting": None if overfit is None else circle[overfit],
                "at_end": circle[-1],
                "circle_step": formed,
                "ratio": None if formed is None or not late else formed / late,
                "dimension": dimension,
                "rises": None if general is None else peak / dimension[0],
                "falls": None if general is None else dimension[-1] / peak,
                "validation": curves["validation_accuracy"],
            }
        )
    first, path = given.runs[0], paths[0]
    table = {**usual_table(given.runs), **in_columns(rows)}
    shown = [0, row_at(table["step"][0], first.record.train_step) or 0, len(path) - 1]
    return table | {"planes": _planes(first, path, shown), "moving": _moving(first, path)}


def _planes(run: Trained, path: Floats, rows: list[int]) -> dict[str, Any]:
    """What Figure 1 draws, a row a stage."""
    curves = run.record.curves
    found = []
    for name, row in zip(("initialization", "overfitting", "end of training"), rows, strict=True):
        axes, shares = components(path[row])
        points = in_plane(path[row], axes)
        residual, frequency = circle_residual(points)
        found.append(
            {
                "stage": name,
                "step": int(curves["step"][row]),
                "train": float(curves["train_accuracy"][row]),
                "validation": float(curves["validation_accuracy"][row]),
                "embedding": points,
                "first": shares[0],
                "second": shares[1],
                "circle": 1 - residual,
                "order": around(len(points), frequency) if 1 - residual > CIRCLE else [],
            }
        )
    return in_columns(found)


def around(p: int, frequency: int) -> list[int]:
    """The symbols of a circle of some frequency from neighbour to neighbour, and back.

    Example:
        >>> around(5, 2)
        [0, 3, 1, 4, 2, 0]
    """
    return [*ring(p, frequency), 0]


def _moving(run: Trained, path: Floats) -> dict[str, Any]:
    """The embeddings of a run at its recorded steps, along the components of the last."""
    axes, _ = components(path[-1])
    points = np.stack([in_plane(at, axes) for at in path])
    curves = run.record.curves
    return {
        "step": curves["step"],
        "train": curves["train_accuracy"],
        "validation": curves["validation_accuracy"],
        "embedding": points,
        "order": around(points.shape[1], circle_residual(points[-1])[1]),
    }


def planes(data: Data) -> Mapping[str, Any]:
    """The planes that Figures 1, 19 and 21 draw, a row each."""
    found: Mapping[str, Any] = data["planes"]
    return found


def moving(data: Data) -> bytes:
    """The circle of the first run on its way, each frame scaled to its own extent."""
    from grokphase.plotting.charts import animate
    from grokphase.plotting.charts import moving as on_their_way

    movie = data["moving"]
    table = movie | {"embedding": [movie["embedding"]], "order": [movie["order"]]}
    words = "step {step:,}: training {train:.0%}, validation {validation:.0%}"
    label = "along the principal components of the end, scaled to unit variance"
    return animate(on_their_way(table, words=words, order="order", scaled=True, label=label))


# ------------------------------------------------------------------------------ the map


def of_the_map(data: Mapping[str, Data]) -> dict[str, Any]:
    """`of_each_seed`, and where grokking lies, and what decay does (Figure 7, right)."""
    (figure,) = data.values()
    own = {"grokking_is_closer": grokking_is_closer, "decay_speeds_up": decay_speeds_up}
    return of_each_seed(data) | measured(figure, own)


def grokking_is_closer(found: PhaseMap) -> float:
    """How far grokking is from memorization, by how far comprehension is.

    Of each cell the distance to the nearest cell that memorizes, in cells along rows and columns;
    the mean over the cells of grokking, divided by that over the cells of comprehension.
    """
    memorizes = np.argwhere(found.phase == MEMORIZATION)
    cells = [np.argwhere(found.phase == phase) for phase in (GROKKING, COMPREHENSION)]
    if not memorizes.size or not all(each.size for each in cells):
        return float("nan")
    near = [
        np.abs(each[:, None] - memorizes[None]).sum(axis=2).min(axis=1).mean() for each in cells
    ]
    return float(near[0] / near[1])


def decay_speeds_up(found: PhaseMap) -> float:
    """Whether some decay makes the network generalize in at most half of the steps (1 or 0).

    Compared are the least step of validation accuracy in the row of the least decay, where not
    reached counts as later than all, and the least in any other row; NaN where none is reached.
    """
    steps = np.where(np.isnan(found.validation_step), np.inf, found.validation_step)
    best = steps[1:].min()
    return float(best <= steps[0].min() / 2) if np.isfinite(best) else float("nan")
