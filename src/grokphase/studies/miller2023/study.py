"""Linear regression without a step, Gaussian processes, and networks on concealed operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, in_columns, step_since, usual_table
from grokphase.studies.miller2023.classification import classified
from grokphase.studies.miller2023.process import learned

Array = NDArray[np.float64]
Labelled = tuple[Array, Array]
Settings = Mapping[str, Any]
Table = dict[str, list[Any]]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]


# ------------------------------------------------------------------------------ linear regression


class Descent:
    """Gradient descent of a linear model to any step, by the eigenvectors of its curvature.

    The loss is (sum (w x - y)^2 / noise + sum w^2 / prior) / n; without `prior` its last part is
    left out. The weights after t steps are w* + (1 - rate H)^t (w_0 - w*).
    """

    def __init__(
        self, inputs: Array, results: Array, *, noise: float, prior: float | None, rate: float
    ) -> None:
        n = len(inputs)
        curvature = 2 / (n * noise) * inputs.T @ inputs
        if prior is not None:
            curvature += 2 / (n * prior) * np.eye(inputs.shape[1])
        values, self._vectors = np.linalg.eigh(curvature)
        # What no sample tells stays where it is.
        self._values = np.where(values > 1e-9 * values.max(), values, 0)
        pull = self._vectors.T @ (2 / (n * noise) * inputs.T @ results)
        known = self._values > 0
        self._end = np.where(known, pull / np.where(known, self._values, 1), 0)
        self._factor = 1 - rate * self._values
        self._known = known

    def weights(self, start: Array, steps: Array) -> Array:
        """(steps, features) from the weights at the start."""
        begin = self._vectors.T @ start
        end = np.where(self._known, self._end, begin)
        found: Array = (end + self._factor ** steps[:, None] * (begin - end)) @ self._vectors.T
        return found


def features_of(x: Array) -> Array:
    """x and what is spurious: x^2, x^3, sin 100 x."""
    return np.stack([x, x**2, x**3, np.sin(100 * x)], axis=1)


def regression(settings: Settings, seed: int, prior: float | None, steps: Array) -> dict[str, Any]:
    """One training set of two points: accuracies of signs at the steps, and when they are 95 %."""
    x = gp.tasks.stream(seed, "points").random((settings["points"],)) - 0.5
    inputs, results, n = features_of(x), settings["slope"] * x, settings["train"]
    descent = Descent(
        inputs[:n], results[:n], noise=settings["noise"], prior=prior, rate=settings["rate"]
    )
    weights = descent.weights(np.array(settings["start"]), steps)
    right = (weights @ inputs.T > 0) == (results > 0)
    accuracies = {"train": right[:, :n].mean(axis=1), "validation": right[:, n:].mean(axis=1)}
    spurious = (weights[:, 1:] ** 2).sum(axis=1)
    return {
        "seed": seed,
        "decay": "decay" if prior is not None else "none",
        "step": steps,
        **accuracies,
        "spurious": spurious,
        **{f"{of}_step": step_since(steps, so >= 0.95) for of, so in accuracies.items()},
        "validation_end": float(accuracies["validation"][-1]),
    }


def linear(given: Given) -> Table:
    """With decay step by step, and without it far beyond."""
    settings, rows = given.settings, []
    short = np.unique(np.geomspace(1, settings["steps"], 800).round())
    long = np.unique(np.geomspace(1, settings["long"], 800).round())
    for seed in range(settings["seeds"]):
        rows.append(regression(settings, seed, settings["prior"], np.append(0, short)))
        rows.append(regression(settings, seed, None, np.append(0, long)))
    return in_columns(rows)


# ------------------------------------------------------------------------------ Gaussian process


def wave(settings: Settings, seed: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Noisy points of a sine, half to train."""
    random = gp.tasks.stream(seed, "points")
    x = random.uniform(-settings["reach"], settings["reach"], settings["points"])
    y = np.sin(2 * x) + settings["noise"] * random.standard_normal(len(x))
    half = len(x) // 2
    return (x[:half], y[:half]), (x[half:], y[half:])


def course(
    epochs: Iterator[dict[str, Any]], every: int, passes: Callable[[Array], NDArray[np.bool_]]
) -> tuple[dict[str, Array], dict[str, Any]]:
    """The curves of a process, and of its row these, thinned, and when it has passed for good.

    Args:
        epochs: what each of them shows.
        every: how many epochs a point of the row's curves stands for.
        passes: of `train` or `validation`, where it has passed.
    """
    seen = list(epochs)
    curves = {key: np.array([each[key] for each in seen], float) for key in seen[0]}
    begin, end = (step_since(curves["epoch"], passes(curves[of])) for of in ("train", "validation"))
    return curves, {
        **{key: curve[::every] for key, curve in curves.items()},
        "train_epoch": begin,
        "validation_epoch": end,
        "delay": None if begin is None or end is None else end - begin,
        "validation_end": float(curves["validation"][-1]),
    }


def process(given: Given) -> Table:
    """From three starts: both errors, and both parts of the marginal likelihood."""
    settings, rows = given.settings, []
    numbers = {"noise": settings["noise"] ** 2, "rate": settings["rate"]}
    for name, start in settings["starts"].items():
        for seed in range(settings["seeds"]):
            epochs = learned(
                *wave(settings, seed), tuple(start), **numbers, epochs=settings["epochs"]
            )
            curves, row = course(epochs, settings["every"], lambda of: of <= settings["small"])
            rows.append(
                {
                    "start": name,
                    "seed": seed,
                    **row,
                    "train_begin": float(curves["train"][0]),
                    "validation_begin": float(curves["validation"][0]),
                    "fall": float(curves["complexity"][0] - curves["complexity"][-1]),
                }
            )
    return in_columns(rows)


def signs(settings: Settings, seed: int) -> tuple[Labelled, Labelled]:
    """Points of an interval, whose class is their sign."""
    x = gp.tasks.stream(seed, "points").random((settings["points"], 1)) - 0.5
    classes, n = np.sign(x[:, 0]), settings["train"]
    return (x[:n], classes[:n]), (x[n:], classes[n:])


def bits(settings: Settings, seed: int) -> tuple[Labelled, Labelled]:
    """Different rows of bits, whose class is the parity of the first few."""
    count, n = settings["train"] + settings["test"], settings["train"]
    codes = gp.tasks.stream(seed, "points").permutation(2 ** settings["dimensions"])[:count]
    x = (codes[:, None] >> np.arange(settings["dimensions"]) & 1).astype(float)
    classes = 1.0 - 2 * (x[:, : settings["parity"]].sum(axis=1) % 2)
    return (x[:n], classes[:n]), (x[n:], classes[n:])


def courses_of(settings: Settings, seed: int, drawn: Any, start: Any) -> dict[str, Any]:
    """One process that classifies: its curves, when accuracies pass for good, its complexity."""
    train, test = drawn(settings, seed)
    epochs = classified(train, test, start, rate=settings["rate"], epochs=settings["epochs"])
    curves, row = course(epochs, settings["every"], lambda of: of >= settings["passing"])
    complexity = curves["complexity"]
    return {
        "seed": seed,
        **row,
        "fallen": float(1 - complexity[-1] / complexity.max()),
        "peak_epoch": float(curves["epoch"][complexity.argmax()]),
    }


def classes(given: Given) -> Table:
    """Signs from a length far too short, and from one that is right."""
    settings = given.settings
    rows = [
        {"start": name, **courses_of(settings, seed, signs, tuple(start))}
        for name, start in settings["starts"].items()
        for seed in range(settings["seeds"])
    ]
    return in_columns(rows)


def parity(given: Given) -> Table:
    """Hidden parity, with a length for each bit."""
    settings, rows = given.settings, []
    for seed in range(settings["seeds"]):
        rows.append(courses_of(settings, seed, bits, tuple(settings["start"])))
    return in_columns(rows)


# ------------------------------------------------------------------------------ concealment


def concealed(settings: Settings) -> Runs:
    """Networks on operations that random bits conceal."""
    # Plain descent: beta1 is the momentum of "sgd".
    group = gp.Group(learning_rate=settings["rate"], weight_decay=settings["decay"], beta1=0.0)
    epoch = -(-settings["train"] // settings["batch"])
    recipe = gp.Recipe(
        embedding=group,
        decoder=group,
        optimizer="sgd",
        batch=settings["batch"],
        steps=settings["epochs"] * epoch,
        evaluate_every=epoch,
        thresholds=gp.Thresholds(train_accuracy=0.95, validation_accuracy=0.95),
    )
    for operation in settings["operations"]:
        for bits in settings["bits"]:
            for seed in range(settings["seeds"]):
                task = gp.task(
                    f"concealed-{operation}",
                    p=settings["p"],
                    spurious=bits,
                    samples=settings["train"] + settings["test"],
                    seed=seed,
                )
                spec = gp.run_spec(
                    task,
                    gp.MLP(dimension=None, widths=(settings["width"],)),
                    recipe,
                    split=gp.Split(count=settings["train"]),
                    seed=seed,
                )
                yield {"operation": operation, "bits": bits, "epoch": epoch}, spec


def gaps(given: Given) -> Table:
    """The usual table with the gap in epochs, at least one, and its logarithm."""
    table = usual_table(given.runs)
    known = [None if delay is None else abs(delay) for delay in table["delay"]]
    gap = [
        None if one is None else max(one / epoch, 1.0)
        for one, epoch in zip(known, table["epoch"], strict=True)
    ]
    return {**table, "gap": gap, "log_gap": [None if one is None else np.log(one) for one in gap]}


def correlations(tables: Mapping[str, Table]) -> Table:
    """Pearson's correlation of the logarithm of the gap with the bits, a row a seed and operation.

    Networks that are not right about other answers by the end have no gap, and are left out.
    """
    table = tables["concealment"]
    rows: dict[tuple[Any, Any], list[tuple[float, float]]] = {}
    columns = (table[name] for name in ("seed", "operation", "bits", "log_gap"))
    for seed, operation, count, gap in zip(*columns, strict=True):
        if gap is not None:
            rows.setdefault((seed, operation), []).append((count, gap))
    return in_columns(
        {
            "seed": seed,
            "operation": operation,
            "correlation": float(np.corrcoef(np.transpose(of))[0, 1]),
        }
        for (seed, operation), of in rows.items()
        if len(of) > 2
    )
