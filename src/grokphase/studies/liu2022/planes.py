"""Figure 2: embeddings in the plane, and what the decoder makes of every point of it.

The decoder sees the sum of two embeddings, or their mean, so that its answer for a pair is the
colour at the middle between the two points. The paper shows one network each; here are several
seeds of two settings.

A pair (j, i) whose mirror image (i, j) is trained is no test of generalization, as both have one
sum of embeddings, and a result that no training sample has cannot be guessed. Only the other
validation pairs, the *new* ones, are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.measures.planes import ring
from grokphase.studies.data import Data
from grokphase.studies.given import Given, Trained
from grokphase.studies.paper import Settings

if TYPE_CHECKING:
    from grokphase.tasks import Task
    from grokphase.training.spec import RunSpec

Floats = NDArray[np.float64]
Layers = Sequence[tuple[NDArray[Any], NDArray[Any]]]

WAYS: Final = ("notebook", "fast")
"""Settings of each task: rates, decay and loss of the authors' notebook, or a faster decoder."""

_GRID = 72  # points of the plane along each axis at which the decoder is asked
_MARGIN = 0.15  # of the plane around the embeddings
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"  # one for each class, of which there are 21
_GENERALIZED, _CIRCLE, _PARALLELOGRAMS = 0.9, 0.1, 0.5


def runs(settings: Settings) -> Iterator[tuple[dict[str, str], RunSpec]]:
    """The networks of a task: those of each way to learn, by seed."""
    for way in WAYS:
        for seed in range(settings["seeds"]):
            yield {"setting": way}, network(settings, way, seed)


def network(settings: Settings, way: str, seed: int) -> RunSpec:
    """One network; its initial embeddings are normal, not uniform as the toy's."""
    from grokphase.models.specification import Initial, Toy
    from grokphase.tasks import Split, stream
    from grokphase.training.asked import run_spec
    from grokphase.training.recipe import Group, Recipe

    given = settings[way]
    learned = _task(settings, given["pairs"])
    model = Toy(
        dimension=2,
        combine=given["combine"],
        widths=tuple(given["widths"]),
        activation="relu",
    )
    usual = model.build(learned, stream(seed, "initial"))
    normal = stream(seed, "embedding").standard_normal((settings["symbols"], 2))
    recipe = Recipe(
        embedding=Group(learning_rate=given["embedding_rate"]),
        decoder=Group(learning_rate=given["decoder_rate"], weight_decay=given["decoder_decay"]),
        loss=given["loss"],
        steps=settings[f"{way}_steps"],
        stop="budget",
        measures=("embedding",),
    )
    layers = [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in usual.decoder]
    return run_spec(
        learned,
        model,
        recipe,
        split=Split(fraction=0.8),
        seed=seed,
        initial=Initial(settings["mean"] + normal, layers),
    )


def _task(settings: Settings, pairs: str) -> Task:
    from grokphase.tasks import task

    return task(settings["task"], p=settings["symbols"], pairs=pairs, target="classification")


def embeddings(given: Given) -> Data:
    """What the networks are like at their start and at their end.

    Returns:
        For each run `setting`, `seed`, accuracies `train` and `new`, `rqi`, `line`, `circle` and
        `frequency` (see `circle_residual`), `embedding`, and for the first seeds `classes`, the
        most probable class at each point of `extent` (left, right, bottom, top; a digit each, rows
        from the bottom); `starts`, the same at initialisation; `movie`, the embedding of one run
        at its recorded steps.
    """
    settings = given.settings
    found = [{**run.labels, **_learned(settings, run)} for run in given.runs]
    cyclic = settings["task"] == "modular-addition"
    # The run that moves: the most general one, and of those the most structured.
    measure = "circle" if cyclic else "line"
    star = max(range(len(found)), key=lambda k: (found[k]["new"], -found[k][measure]))
    return {
        "symbols": settings["symbols"],
        "cyclic": cyclic,
        "settings": {way: settings[way]["name"] for way in WAYS},
        "runs": found,
        # The first rows are started alike, from the settings that are drawn last.
        "starts": [
            _start(run)
            for run in given.runs
            if run.labels["setting"] == WAYS[-1] and run.spec.seed < settings["shown"]
        ],
        "movie": _movie(found[star], given.runs[star]),
    }


def _learned(settings: Settings, run: Trained) -> dict[str, Any]:
    """What a trained network is like."""
    import jax.numpy as jnp

    from grokphase import theory
    from grokphase.measures import linear_residual

    spec: Any = run.spec
    given, final, weights = settings[run.labels["setting"]], run.record.final, run.weights
    placed = np.asarray(weights["embedding"], np.float64)
    layers = [
        (weights[f"decoder.{k}.weight"], weights[f"decoder.{k}.bias"])
        for k in range(len(given["widths"]) + 1)
    ]
    learned = spec.task
    fresh = new_samples(learned, run.parts[0])
    sums = placed[learned.inputs[fresh]].sum(axis=1)
    asked = sums if given["combine"] == "sum" else sums / 2
    residual, frequency = circle_residual(placed)
    found = {
        "seed": spec.seed,
        "train": final["train_accuracy"],
        "validation": final["validation_accuracy"],
        "new": float((decode(layers, asked) == learned.labels[fresh]).mean()),
        "rqi": theory.rqi(placed, _task(settings, "unordered")),
        "line": float(linear_residual(jnp.asarray(placed))),
        "circle": residual,
        "frequency": frequency,
        "embedding": placed,
    }
    if spec.seed < settings["shown"]:
        found |= _regions(layers, placed, given["combine"])
    return found


def _start(run: Trained) -> dict[str, Any]:
    """What the same network was like before it was trained."""
    spec: Any = run.spec
    placed = np.asarray(spec.initial.embedding, np.float64)
    regions = _regions(spec.initial.layers, placed, spec.model.combine)
    return {"seed": spec.seed, "embedding": placed, **regions}


def _regions(layers: Layers, placed: Floats, combine: str) -> dict[str, Any]:
    """The decoder's answer for a pair whose middle is at each point of a grid."""
    low, high = placed.min(axis=0), placed.max(axis=0)
    margin = _MARGIN * (high - low)
    low, high = low - margin, high + margin
    x, y = (np.linspace(low[k], high[k], _GRID) for k in (0, 1))
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    answers = decode(layers, points * (2 if combine == "sum" else 1)).reshape(_GRID, _GRID)
    return {
        "extent": [low[0], high[0], low[1], high[1]],
        "classes": ["".join(_DIGITS[answer] for answer in row) for row in answers],
    }


def decode(layers: Layers, points: Floats) -> NDArray[np.int64]:
    """The most probable class by a ReLU decoder.

    Args:
        layers: one (weight, bias) each; a weight is (out, in).
        points: (n, in).

    Example:
        >>> decode([(np.eye(2), np.zeros(2))], np.array([[0.0, 1.0], [2.0, 1.0]])).tolist()
        [1, 0]
    """
    for weight, bias in layers[:-1]:
        points = np.maximum(points @ np.asarray(weight, np.float64).T + bias, 0)
    weight, bias = layers[-1]
    return np.asarray((points @ np.asarray(weight, np.float64).T + bias).argmax(axis=1))


def new_samples(task: Task, train: NDArray[np.int32]) -> NDArray[np.int64]:
    """Validation samples that ask for generalization, and can be got right.

    Their mirror image (j, i) is not trained, as it has the same sum of embeddings; and some
    training sample has their result, as no network can guess a label that was never shown.

    Example:
        >>> from grokphase.tasks import task
        >>> pairs = task("modular-addition", p=2)  # 00, 01, 10, 11
        >>> new_samples(pairs, np.array([0, 1], np.int32)).tolist()
        [3]
    """
    pairs = [tuple(pair) for pair in np.sort(task.inputs, axis=1).tolist()]
    trained = {pairs[k] for k in train.tolist()}
    shown = set(task.labels[train].tolist())
    asked = (
        k for k, pair in enumerate(pairs) if pair not in trained and int(task.labels[k]) in shown
    )
    return np.array(list(asked), np.int64)


def circle_residual(points: Floats) -> tuple[float, int]:
    r"""The share of variance that the best circle leaves, and the frequency of that circle.

    The circle is :math:`E_k = c + r(\cos\theta_k, \sin\theta_k)`,
    :math:`\theta_k = \pm 2\pi m k / p + \phi`, with c, r, phi of least squares and the best m from
    1 to (p - 1) / 2. An ellipse does not fit.

    Args:
        points: (p, 2).

    Returns:
        From 0 (a circle) to 1, and m.

    Example:
        >>> angle = 2 * np.pi * 3 * np.arange(11) / 11
        >>> residual, m = circle_residual(np.stack([np.cos(angle), np.sin(angle)], axis=1))
        >>> round(residual, 9) + 0.0, m
        (0.0, 3)
    """
    p = len(points)
    centred = points - points.mean(axis=0)
    across = centred[:, 0] + 1j * centred[:, 1]
    total = float((np.abs(across) ** 2).sum())
    # A complex Fourier mode is a circle; +m and -m are the two ways round.
    explained = np.abs(np.fft.fft(across)) ** 2 / p
    share = {m: max(explained[m], explained[p - m]) for m in range(1, (p + 1) // 2)}
    best = max(share, key=share.__getitem__)
    return float(1 - share[best] / total) if total else 1.0, best


def _movie(found: Mapping[str, Any], run: Trained) -> dict[str, Any]:
    curves = run.record.curves
    return {
        "setting": found["setting"],
        "seed": found["seed"],
        "step": curves["step"],
        "train": curves["train_accuracy"],
        "validation": curves["validation_accuracy"],
        "embedding": curves["embedding"].reshape(-1, *found["embedding"].shape),
    }


# ------------------------------------------------------------------------------ tables


def networks(data: Mapping[str, Data]) -> dict[str, Any]:
    """The trained networks of a task, a row each, and whether they generalize and have structure.

    Structure is what the paper sees: a circle of modular addition, parallelograms of addition.
    """
    (given,) = data.values()
    found = given["runs"]
    general = [run["new"] > _GENERALIZED for run in found]
    structured = [
        run["circle"] < _CIRCLE if given["cyclic"] else run["rqi"] > _PARALLELOGRAMS
        for run in found
    ]
    words = []
    for way, name in given["settings"].items():
        at = [k for k, run in enumerate(found) if run["setting"] == way]
        words.append(
            f"{name}: {sum(general[k] for k in at)} of {len(at)} generalize, "
            f"{sum(structured[k] for k in at)} structured"
        )
    return {
        "seed": [run["seed"] for run in found],
        "setting": [run["setting"] for run in found],
        "generalizes": general,
        "structured": structured,
        "note": f"By setting: {'; '.join(words)}.",
    }


def panels(data: Data) -> dict[str, Any]:
    """What is drawn: a line for the start and one for each setting, a panel a seed."""
    shown = [run for run in data["runs"] if "classes" in run]
    planes = [*data["starts"], *shown]
    starts = ["start"] * len(data["starts"])
    return {
        "line": [*starts, *(data["settings"][run["setting"]] for run in shown)],
        "title": [_title(plane, cyclic=data["cyclic"]) for plane in planes],
        **{name: [plane[name] for plane in planes] for name in ("embedding", "extent", "classes")},
        "results": data["symbols"] if data["cyclic"] else 2 * data["symbols"] - 1,
        "cyclic": data["cyclic"],
    }


def _title(plane: Mapping[str, Any], *, cyclic: bool) -> str:
    if "train" not in plane:
        return f"seed {plane['seed']}"
    shape = (
        f"circle: {plane['circle']:.2f} left (m = {plane['frequency']})"
        if cyclic
        else f"RQI {plane['rqi']:.2f}, line: {plane['line']:.2f} left"
    )
    return f"train {plane['train']:.0%}, new {plane['new']:.0%}\n{shape}"


def moving(data: Data) -> bytes:
    """The embeddings of one network on their way, each frame scaled to its own extent."""
    from grokphase.plotting.charts import animate
    from grokphase.plotting.charts import moving as on_their_way

    movie = data["movie"]
    table = {
        **{name: movie[name] for name in ("step", "train", "validation")},
        "embedding": [movie["embedding"]],
        "order": [_order(data)],
    }
    words = "step {step:,}: training {train:.0%}, validation {validation:.0%}"
    label = "embedding, scaled to unit variance"
    return animate(on_their_way(table, words=words, order="order", scaled=True, label=label))


def _order(data: Data) -> list[int]:
    """In which symbols are joined: 0, 1, 2, ... and, where they come round, on.

    A circle of frequency m is joined in steps of the inverse of m, that is from neighbour to
    neighbour.
    """
    p = data["symbols"]
    if not data["cyclic"]:
        return list(range(p))
    of = {(run["setting"], run["seed"]): run["frequency"] for run in data["runs"]}
    return [*ring(p, int(of[data["movie"]["setting"], data["movie"]["seed"]])), 0]
