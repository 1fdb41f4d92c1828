"""Networks that start at a scale, or are held at it: a teacher's student, images, addition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.models.specification import MLP
from grokphase.studies.data import Data
from grokphase.studies.given import Given, curves_of, lateness, row_at, times_later, usual_table
from grokphase.studies.images import images as first_images
from grokphase.tasks import Regression, Split, Task
from grokphase.training.asked import run_spec
from grokphase.training.published import preset
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]

# ------------------------------------------------------------------------------ a teacher's student


def student(settings: Settings, seed: int, **leaves: Any) -> RunSpec:
    """A student of a teacher of its own, to the end of its budget, and leaves of one's own."""
    own = {"recipe.steps": settings["steps"], "recipe.stop": "budget", **leaves}
    tolerance = settings.get("tolerance", 0.01)
    return preset(
        "omnigrok2023-teacher", seed=seed, **{"task.seed": seed, "task.tolerance": tolerance, **own}
    )


def held(settings: Settings) -> Runs:
    """Norms that are held, in initial norms, without decay."""
    for scale in np.geomspace(0.1, 10, settings["scales"]).round(6).tolist():
        for seed in range(settings["seeds"]):
            own = {"model.decoder_scale": 1.0, "recipe.held_norm": scale, "recipe.weight_decay": 0}
            yield {"scale": scale}, student(settings, seed, **own)


def scales_and_decays(settings: Settings) -> Runs:
    """Initial scales, each with several decays."""
    for scale in settings["scales"]:
        for decay in settings["decays"]:
            for seed in range(settings["seeds"]):
                own = {"model.decoder_scale": scale, "recipe.weight_decay": decay}
                yield {"scale": scale, "decay": decay}, student(settings, seed, **own)


def decays(settings: Settings) -> Runs:
    """Decays, of weights that are twice as large at the start, until nearly all is right."""
    for decay in settings["decays"]:
        for seed in range(settings["seeds"]):
            own = {
                "recipe.weight_decay": decay,
                "recipe.stop": "decided",
                "recipe.thresholds.train_accuracy": 0.95,
                "recipe.thresholds.validation_accuracy": 0.95,
            }
            yield {"decay": decay}, student(settings, seed, **own)


def least(data: Mapping[str, Data]) -> Data:
    """For each seed, the held norm of the least validation loss, and what larger norms cost."""
    (table,) = data.values()
    columns = ("seed", "scale", "train_loss", "validation_loss")
    seeds, scale, train, validation = (np.array(table[name], float) for name in columns)
    rows: dict[str, list[Any]] = {name: [] for name in ("seed", "least_at", "rise", "train_ratio")}
    for seed in np.unique(seeds):
        mine = np.flatnonzero(seeds == seed)
        mine = mine[np.argsort(scale[mine])]
        best = mine[int(np.argmin(validation[mine]))]
        rows["seed"].append(int(seed))
        rows["least_at"].append(float(scale[best]))
        rows["rise"].append(float(validation[mine[-1]] / validation[best]))
        rows["train_ratio"].append(float(train[mine[-1]] / train[mine[0]]))
    return rows


def students(given: Given) -> Data:
    """The usual table with curves, how much later validation comes, and what its loss was then.

    `times_later` is the step of validation over that of training; `fallen` the validation loss at
    the recorded step at or after that of training, over the one at step 0.
    """
    table = usual_table(given.runs)
    names = (
        "train_accuracy",
        "validation_accuracy",
        "train_loss",
        "validation_loss",
        "weight_norm",
    )
    fallen = []
    for run in given.runs:
        loss = run.record.curves["validation_loss"]
        at = row_at(run.record.curves["step"], run.record.train_step)
        fallen.append(None if at is None else float(loss[at] / loss[0]))
    table["fallen"] = fallen
    return {**table, **curves_of(given.runs, *names), "times_later": times_later(table)}


# ------------------------------------------------------------------------------ nothing but decay


def still(settings: Settings) -> Runs:
    """A network whose outputs are right and whose gradient is 0: inputs and targets are all 0."""
    nothing = Regression(vectors=np.zeros((4, 1), np.float32), tolerance=1.0)
    zeros = Task("zeros", np.zeros((4, 3)), np.arange(4, dtype=np.int32), 4, target=nothing)
    for decay in settings["decays"]:
        group = Group(learning_rate=settings["rate"], weight_decay=decay)
        recipe = Recipe(decoder=group, loss="mse", steps=settings["steps"], stop="budget")
        model = MLP(None, (8,), biases="none")
        yield {"decay": decay}, run_spec(zeros, model, recipe, split=Split(count=2), seed=0)


def shrinking(given: Given) -> Data:
    """Norms of every recorded step beside (1 - rate x decay)^t of the first."""
    rows: dict[str, list[Any]] = {name: [] for name in ("decay", "step", "norm", "expected")}
    for run in given.runs:
        curves, decay = run.record.curves, run.labels["decay"]
        for step, norm in zip(curves["step"], curves["weight_norm"], strict=True):
            rows["decay"].append(decay)
            rows["step"].append(int(step))
            rows["norm"].append(float(norm))
            left = (1 - given.settings["rate"] * decay) ** float(step)
            rows["expected"].append(float(curves["weight_norm"][0] * left))
    return rows


# ------------------------------------------------------------------------------ images, addition


def images(settings: Settings) -> Runs:
    """The first 1,000 images of MNIST, with weights as usual and eight times as large."""
    own = {"loss": "mse", "batch": 200, "widths": (200, 200), "samples": 1000}
    for scale in settings["scales"]:
        steps = settings["steps"] if scale > 1 else settings["usual_steps"]
        for _, spec in first_images({**settings, **own, "scale": scale, "steps": steps}):
            yield {"scale": scale}, spec


def sums(settings: Settings) -> Runs:
    """Modular addition by a transformer: with decay, and without it but its norm held."""
    common = {
        "recipe.steps": settings["steps"],
        "recipe.stop": "decided",
        "split.fraction": settings["fraction"],
        **settings["leaves"],
    }
    ways: dict[str, dict[str, Any]] = {
        "decay": {"recipe.weight_decay": settings["decay"]},
        "held": {"recipe.weight_decay": 0, "recipe.held_norm": settings["held"]},
    }
    for way, own in ways.items():
        for seed in range(settings["seeds"]):
            yield {"way": way}, preset("nanda2023", p=settings["p"], seed=seed, **common, **own)


def learning(given: Given, *curves: str) -> Data:
    """The same, with curves, and the share of other images that is right in the end."""
    table, names = lateness(given), ("train_accuracy", "validation_accuracy", *curves)
    return {**table, "at_end": table["validation_accuracy"], **curves_of(given.runs, *names)}


def learning_and_losses(given: Given) -> Data:
    """The same, with curves of the losses too."""
    return learning(given, "train_loss", "validation_loss")
