"""Regions counted exactly, local complexity through training, and attacks on what was learned."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.measures import attacked, directions, local_complexity, margins, regions
from grokphase.studies import Given, first_step, in_columns
from grokphase.studies.humayun2024.normalisation import affine
from grokphase.studies.images import Layers, images, outputs, samples_of, through

Settings = Mapping[str, Any]
Table = dict[str, list[Any]]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]

SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])

networks = images

# ------------------------------------------------------------------------------ counting


def arrangement(lines: int) -> int:
    """The regions of so many lines of the plane of which no two are parallel, no three meet."""
    return 1 + lines + lines * (lines - 1) // 2


def drawn(sizes: Sequence[int], random: np.random.Generator) -> list[tuple[Any, Any]]:
    """Layers of normal weights, of biases of a size that puts zeros near the origin."""
    return [
        (random.standard_normal((out, of)) * np.sqrt(2 / of), 0.3 * random.standard_normal(out))
        for of, out in itertools.pairwise(sizes)
    ]


def holding_all_crossings(weight: Any, bias: Any) -> Any:
    """A square that holds every point at which two of the lines meet."""
    one, other = np.triu_indices(len(weight), 1)
    pairs = np.stack([weight[one], weight[other]], axis=1)
    values = -np.stack([bias[one], bias[other]], axis=1)[..., None]
    reach = np.abs(np.linalg.solve(pairs, values)).max(initial=1.0)
    return 1.1 * reach * SQUARE


def patterns(layers: Layers, points: Any) -> Any:
    """(n, neurons) whether each hidden neuron is on."""
    found, given = [], np.asarray(points, float)
    for weight, bias in layers:
        given = given @ np.asarray(weight, float).T + np.asarray(bias, float)
        found.append(given > 0)
        given = np.maximum(given, 0)
    return np.hstack(found)


def counting(given: Given) -> Table:
    """One layer beside the formula; deep networks beside patterns at centres and on a grid."""
    settings, rows = given.settings, []
    for seed in range(settings["seeds"]):
        random = gp.tasks.stream(seed, "layers")
        for lines in settings["lines"]:
            layers = drawn([2, lines], random)
            found = regions(layers, holding_all_crossings(*layers[0]))
            rows.append(
                {
                    "what": "lines",
                    "neurons": lines,
                    "seed": seed,
                    "counted": len(found),
                    "expected": arrangement(lines),
                }
            )
        for width in settings["widths"]:
            layers = drawn([2, *[width] * settings["depth"]], random)
            found = regions(layers, 2 * SQUARE)
            centres = np.array([polygon.mean(axis=0) for polygon in found])
            axis = np.linspace(-2, 2, settings["grid"])
            grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
            seen = np.unique(patterns(layers, grid), axis=0)
            rows.append(
                {
                    "what": "deep",
                    "neurons": width * settings["depth"],
                    "seed": seed,
                    "counted": len(found),
                    "expected": len(np.unique(patterns(layers, centres), axis=0)),
                    "on_a_grid": len(seen),
                    "area": float(gp.measures.areas(found).sum()) / 16,
                }
            )
    names = ("on_a_grid", "area")
    return in_columns([dict.fromkeys(names) | row for row in rows])


# ------------------------------------------------------------------------------ in the plane


def planar(settings: Settings) -> Runs:
    """Small networks on two spirals, full batch, squared error."""
    group = gp.Group(settings["rate"], 0.0, 0.9, 0.999, 1e-8)
    recipe = gp.Recipe(
        embedding=group, decoder=group, loss="mse", steps=settings["steps"], stop="budget"
    )
    model = gp.MLP(None, (settings["width"],) * settings["depth"])
    for seed in range(settings["seeds"]):
        learned = gp.task("spirals", samples=2 * settings["samples"], seed=seed)
        split = gp.Split(count=settings["samples"])
        yield {}, gp.run_spec(learned, model, recipe, split=split, seed=seed)


def plane(given: Given) -> Table:
    """Exact numbers of regions, in all of the square and near training points, through training.

    The neighbourhood in which local complexity counts is, in the plane, a square on its corner: its
    regions are counted exactly too.
    """
    settings, rows = given.settings, []
    axes, radius = np.eye(2, dtype=np.float32), settings["radius"]
    for run in given.runs:
        points = samples_of(run).train[: settings["points"]]
        row: dict[str, Any] = {"seed": run.record.seed, "step": []}
        courses: dict[str, list[float]] = {"regions": [], "near": [], "hull": []}
        for step, layers in through(run, settings["thinned"]):
            row["step"].append(step)
            hidden = layers[:-1]
            courses["regions"].append(len(regions(hidden, settings["reach"] * SQUARE)))
            corners = radius * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
            exact = [len(regions(hidden, np.asarray(point) + corners)) for point in points]
            courses["near"].append(float(np.mean(exact)))
            hull = local_complexity(hidden, points, axes, radius).sum(axis=0)
            courses["hull"].append(float(hull.mean()))
        rows.append({**row, **courses, **phases(courses["hull"], row["step"])})
    return in_columns(rows)


def each_step(data: Mapping[str, Table]) -> Table:
    """A row a step of a run, to correlate what was counted."""
    (table,) = data.values()
    names = ("step", "near", "hull")
    rows = [
        dict(zip(("seed", *names), (seed, *values), strict=True))
        for seed, *courses in zip(table["seed"], *(table[name] for name in names), strict=True)
        for values in zip(*courses, strict=True)
    ]
    return in_columns(rows)


def phases(course: Sequence[float], steps: Sequence[int]) -> dict[str, float]:
    """By how much a course falls, then rises, then falls again.

    The first fall is down to the least value before the highest of all that come after it; by the
    pair of the two whose ratio is the largest, so that either may be missing: a course that only
    falls has a rise of 1.
    """
    values = np.asarray(course, float)
    lowest = np.minimum.accumulate(values)
    high = int(np.argmax(values / lowest))
    low = int(np.argmin(values[: high + 1]))
    return {
        "fallen": float(values[low] / values[0]),
        "risen": float(values[high] / values[low]),
        "fallen_again": float(values[-1] / values[high]),
        "low_step": float(steps[low]),
        "high_step": float(steps[high]),
    }


# ------------------------------------------------------------------------------ images


def right(network: Any, inputs: Any, labels: Any) -> Any:
    """The share of samples whose own class is strictly ahead."""
    return (margins(network(inputs), labels) > 0).mean()


def complexity(given: Given) -> Table:
    """Local complexity near images trained on, others and random points, through training."""
    settings, rows = given.settings, []
    random = gp.tasks.stream(0, "random points").random((settings["points"], 784), np.float32)
    frame = directions(784, settings["vertices"] // 2).astype(np.float32)
    counted = jax.jit(lambda hidden, x: local_complexity(hidden, x, frame, settings["radius"]))
    for run in given.runs:
        samples, many = samples_of(run), settings["points"]
        near = {
            "train": samples.train[:many],
            "test": samples.test[:many],
            "random": jnp.asarray(random),
        }
        steps: list[int] = []
        courses: dict[str, list[float]] = {of: [] for of in near}
        for step, layers in affine(run, settings["thinned"]):
            steps.append(step)
            for of, points in near.items():
                courses[of].append(float(counted(layers[:-1], points).sum(axis=0).mean()))
        curves = run.record.curves
        known = curves["train_accuracy"] >= settings["interpolated"]
        row: dict[str, Any] = {
            **run.labels,
            "seed": run.record.seed,
            "step": steps,
            **courses,
            "interpolated_step": first_step(curves["step"], known),
        }
        for of, course in courses.items():
            row |= {f"{of}_{name}": value for name, value in phases(course, steps).items()}
            row[f"{of}_end"] = course[-1]
        rows.append(row)
    return in_columns(rows)


def robustness(given: Given) -> Table:
    """Accuracies on other images, clean and attacked, through training."""
    settings, rows = given.settings, []
    clean = jax.jit(lambda layers, x, y: right(lambda z: outputs(layers, z), x, y))

    @jax.jit
    def moved(layers: Layers, x: Any, y: Any) -> Any:
        def network(inputs: Any) -> Any:
            return outputs(layers, inputs)

        return right(
            network,
            attacked(
                network,
                x,
                y,
                epsilon=settings["epsilon"],
                rate=settings["epsilon"] / 4,
                steps=settings["iterations"],
            ),
            y,
        )

    for run in given.runs:
        samples, many = samples_of(run), settings["points"]
        x, y = samples.test[:many], samples.test_labels[:many]
        steps: list[int] = []
        courses: dict[str, list[float]] = {"clean": [], "attacked": []}
        for step, layers in affine(run, settings["thinned"]):
            steps.append(step)
            courses["clean"].append(float(clean(layers, x, y)))
            courses["attacked"].append(float(moved(layers, x, y)))
        half = {of: first_half(steps, course) for of, course in courses.items()}
        best = max(courses["attacked"])
        rows.append(
            {
                **run.labels,
                "seed": run.record.seed,
                "step": steps,
                **courses,
                **{f"{of}_step": step for of, step in half.items()},
                "times_later": half["attacked"] / max(half["clean"], 1),
                "attacked_end": courses["attacked"][-1],
                "attacked_best": best,
                "kept": courses["attacked"][-1] / best if best else None,
            }
        )
    return in_columns(rows)


def first_half(steps: Sequence[int], course: Sequence[float]) -> int:
    """The first step at which a course has gone half the way from its first to its last value."""
    values = np.asarray(course)
    return steps[int(np.argmax(values >= (values[0] + values[-1]) / 2))]
