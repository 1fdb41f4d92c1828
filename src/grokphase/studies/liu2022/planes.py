"""Figure 2: embeddings in the plane, and what the decoder makes of every point of it.

The decoder sees the sum of two embeddings, or their mean, so that its answer for a pair is the
colour at the middle between the two points. The paper shows one network each; here are several
seeds, with two settings for each task: one with the rates, the decay and the loss of the authors'
notebook, whose decoders have other layers (addition: a linear one more; modular addition: one that
is applied four times), and one with as strong a decay and a decoder that learns faster.

A pair (j, i) whose mirror image (i, j) is trained is no test of generalization, as both have one
sum of embeddings, and a result that no training sample has cannot be guessed. Only the other
validation pairs, the *new* ones, are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators.measured import Measured, Verdict
from grokphase.estimators.shares import measured_share
from grokphase.estimators.statistics import surprise
from grokphase.studies.claim import Claim
from grokphase.studies.figure import Data, Figure
from grokphase.studies.liu2022.drawings.planes import animate_planes, draw_planes
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.models.network import Combine
    from grokphase.store.record import RunRecord
    from grokphase.tasks import Task
    from grokphase.training.recipe import Loss
    from grokphase.training.spec import RunSpec

Floats = NDArray[np.float64]
Layers = Sequence[tuple[NDArray[Any], NDArray[Any]]]

SYMBOLS = 11
_GRID = 72  # points of the plane along each axis at which the decoder is asked
_MARGIN = 0.15  # of the plane around the embeddings
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"  # one for each class, of which there are 21
_SHOWN = 5  # seeds drawn
_GENERALIZED, _CIRCLE, _PARALLELOGRAMS = 0.9, 0.1, 0.5
_CHANCE = 0.05  # of a coincidence that counts as none


class Setting(NamedTuple):
    """How the networks of one row of the figure learn.

    Attributes:
        name: for the figure.
        pairs: "ordered" or "unordered".
        loss: "mse" (to one-hot vectors) or "cross-entropy".
        combine: "sum" or "mean" of the two embeddings.
        widths: hidden widths of the ReLU decoder.
        embedding_rate: learning rate of the embeddings, which have no decay.
        learning_rate: of the decoder.
        weight_decay: of the decoder.
        steps: budget at the quick scale and at the paper's.
    """

    name: str
    pairs: str
    loss: Loss
    combine: Combine
    widths: tuple[int, ...]
    embedding_rate: float
    learning_rate: float
    weight_decay: float
    steps: tuple[int, int]


class Plane(NamedTuple):
    """A task in the plane.

    Attributes:
        task: its name.
        mean: of the initial embeddings, which are normal with variance 1.
        settings: the rows of the figure, by a short name.
    """

    task: str
    mean: float
    settings: Mapping[str, Setting]


ADDITION = Plane(
    "addition",
    1.0,
    {
        "notebook": Setting(
            "rates and decay of the notebook", "ordered", "mse", "mean", (128,), 1e-3, 9e-5,
            5.0, (20_000, 20_000),
        ),
        "fast": Setting(
            "fast decoder, cross-entropy", "unordered", "cross-entropy", "sum", (128,), 3e-3, 1e-3,
            5.0, (20_000, 40_000),
        ),
    },
)  # fmt: skip
MODULAR = Plane(
    "modular-addition",
    0.0,
    {
        "notebook": Setting(
            "rates and decay of the notebook", "unordered", "cross-entropy", "sum", (256,) * 4,
            1e-3, 1e-5, 10.0, (4_000, 20_000),
        ),
        "fast": Setting(
            "fast decoder with one hidden layer", "unordered", "cross-entropy", "sum", (128,), 1e-3,
            1e-3, 10.0, (40_000, 40_000),
        ),
    },
)  # fmt: skip


def task_of(plane: Plane, setting: Setting) -> Task:
    """The task of a row."""
    from grokphase.tasks import task

    return task(plane.task, p=SYMBOLS, pairs=setting.pairs, target="classification")


def run(plane: Plane, name: str, seed: int, steps: int) -> RunSpec:
    """One network of the figure; its initial embeddings are normal, not uniform as the toy's.

    Example:
        >>> run(MODULAR, "fast", seed=0, steps=1000).model.widths
        (128,)
    """
    from grokphase.models.specification import Initial, Toy
    from grokphase.tasks import Split, stream
    from grokphase.training.presets import run_spec
    from grokphase.training.recipe import Group, Recipe

    setting = plane.settings[name]
    learned = task_of(plane, setting)
    model = Toy(
        dimension=2,
        combine=setting.combine,
        widths=setting.widths,
        activation="relu",
    )
    usual = model.build(learned, stream(seed, "initial"))
    normal = stream(seed, "embedding").standard_normal((SYMBOLS, 2))
    recipe = Recipe(
        embedding=Group(learning_rate=setting.embedding_rate),
        decoder=Group(learning_rate=setting.learning_rate, weight_decay=setting.weight_decay),
        loss=setting.loss,
        steps=steps,
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
        initial=Initial(plane.mean + normal, layers),
    )


def embeddings(plane: Plane) -> Callable[[Work], Data]:
    """The function that computes a task's half of Figure 2.

    Its data: for each run `setting`, `seed`, accuracies `train` and `new`, `rqi`, `line`, `circle`
    and `frequency` (see `circle_residual`), `embedding`, and for the first seeds `classes`, the
    most probable class at each point of `extent` (left, right, bottom, top; a digit each, rows
    from the bottom); `starts`, the same at initialisation; `movie`, the embedding of one run
    at its recorded steps.
    """

    def compute(work: Work) -> Data:
        seeds = range(work.choose(quick=_SHOWN, paper=15))
        keys = [(name, seed) for name in plane.settings for seed in seeds]
        specs = [
            run(plane, name, seed, plane.settings[name].steps[work.scale == "paper"])
            for name, seed in keys
        ]
        records = work.train(specs, weights=True)
        runs = [
            {"setting": name, **_learned(plane, name, spec, record)}
            for (name, _), spec, record in zip(keys, specs, records, strict=True)
        ]
        last = list(plane.settings)[-1]
        # The first rows are started alike, from the settings that are drawn last.
        starts = [
            {"seed": spec.seed, **_start(plane, last, spec)}
            for (name, _), spec in zip(keys, specs, strict=True)
            if name == last and spec.seed < _SHOWN
        ]
        star = _star(plane, runs)
        return {
            "symbols": SYMBOLS,
            "cyclic": plane is MODULAR,
            "settings": {name: each.name for name, each in plane.settings.items()},
            "runs": runs,
            "starts": starts,
            "movie": _movie(runs[star], records[star]),
        }

    return compute


def _learned(plane: Plane, name: str, spec: RunSpec, record: RunRecord) -> dict[str, Any]:
    """What a trained network is like."""
    import jax.numpy as jnp

    from grokphase import theory
    from grokphase.measures import linear_residual

    setting = plane.settings[name]
    assert record.weights is not None  # asked for
    placed = np.asarray(record.weights["embedding"], np.float64)
    layers = [
        (record.weights[f"decoder.{k}.weight"], record.weights[f"decoder.{k}.bias"])
        for k in range(len(setting.widths) + 1)
    ]
    learned = task_of(plane, setting)
    fresh = new_samples(learned, spec.split.indices(learned, spec.seed)[0])
    sums = placed[learned.inputs[fresh]].sum(axis=1)
    asked = sums if setting.combine == "sum" else sums / 2
    right = decode(layers, asked) == learned.labels[fresh]
    residual, frequency = circle_residual(placed)
    found = {
        "seed": spec.seed,
        "train": record.final["train_accuracy"],
        "validation": record.final["validation_accuracy"],
        "new": float(right.mean()),
        "rqi": theory.rqi(placed, task_of(plane, setting._replace(pairs="unordered"))),
        "line": float(linear_residual(jnp.asarray(placed))),
        "circle": residual,
        "frequency": frequency,
        "embedding": placed,
    }
    if spec.seed < _SHOWN:
        found |= _regions(layers, placed, setting.combine)
    return found


def _start(plane: Plane, name: str, spec: RunSpec) -> dict[str, Any]:
    """What the same network was like before it was trained."""
    assert spec.initial is not None
    assert spec.initial.embedding is not None  # `run` gives both
    placed = np.asarray(spec.initial.embedding, np.float64)
    regions = _regions(spec.initial.layers, placed, plane.settings[name].combine)
    return {"embedding": placed, **regions}


def _regions(layers: Layers, placed: Floats, combine: Combine) -> dict[str, Any]:
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


def structured(plane: Plane, found: Mapping[str, Any]) -> bool:
    """Whether an embedding has the structure that the paper sees: a circle, or parallelograms."""
    if plane is MODULAR:
        return bool(found["circle"] < _CIRCLE)
    return bool(found["rqi"] > _PARALLELOGRAMS)


def _star(plane: Plane, runs: Sequence[Mapping[str, Any]]) -> int:
    """The run that moves: the most general one, and of those the most structured."""
    measure = "circle" if plane is MODULAR else "line"
    return max(range(len(runs)), key=lambda k: (runs[k]["new"], -runs[k][measure]))


def _movie(found: Mapping[str, Any], record: RunRecord) -> dict[str, Any]:
    return {
        "setting": found["setting"],
        "seed": found["seed"],
        "step": record.curves["step"],
        "train": record.curves["train_accuracy"],
        "validation": record.curves["validation_accuracy"],
        "embedding": record.curves["embedding"].reshape(-1, SYMBOLS, 2),
    }


# ------------------------------------------------------------------------------ claims


def _generalizes(found: Mapping[str, Any]) -> bool:
    return bool(found["new"] > _GENERALIZED)


def _has_structure(plane: Plane, figure: str) -> Callable[[Mapping[str, Data]], Measured]:
    def measure(data: Mapping[str, Data]) -> Measured:
        able = [found for found in data[figure]["runs"] if _generalizes(found)]
        right = [structured(plane, found) for found in able]
        note = (
            f"{sum(right)} of {len(able)} runs that generalize; {_by_setting(data[figure], plane)}"
        )
        return measured_share([found["seed"] for found in able], right, 0.5, note)

    return measure


def _coincides(plane: Plane, figure: str) -> Callable[[Mapping[str, Data]], Measured]:
    """How much more often networks that generalize have structure than others of their setting."""

    def measure(data: Mapping[str, Data]) -> Measured:
        runs = data[figure]["runs"]
        setting = np.array([found["setting"] for found in runs])
        able = np.array([_generalizes(found) for found in runs])
        order = np.array([structured(plane, found) for found in runs])
        seeds = len({found["seed"] for found in runs})
        note = _by_setting(data[figure], plane)
        if able.all() or not able.any():
            return Measured("all or no runs generalize", "inconclusive", seeds=seeds, note=note)
        with_structure = surprise(setting, able, order)
        without = surprise(setting, able, ~order)
        decided: Verdict = (
            "holds"
            if with_structure < _CHANCE
            else "fails"
            if without < _CHANCE
            else "inconclusive"
        )
        groups = [setting == one for one in np.unique(setting)]
        apart = [
            order[of & able].mean() - order[of & ~able].mean()
            for of in groups
            if (of & able).any() and (of & ~able).any()
        ]
        return Measured(
            float(np.mean(apart)) if apart else "no setting has both",
            decided,
            None,
            seeds,
            f"structured: {order[able].sum()} of {able.sum()} that generalize and "
            f"{order[~able].sum()} of {(~able).sum()} others; by chance as much in "
            f"{with_structure:.2g} of cases; {note}",
        )

    return measure


def _by_the_notebook(figure: str) -> Callable[[Mapping[str, Data]], Measured]:
    def measure(data: Mapping[str, Data]) -> Measured:
        runs = [found for found in data[figure]["runs"] if found["setting"] == "notebook"]
        note = "new pairs right: " + ", ".join(f"{found['new']:.0%}" for found in runs)
        return measured_share(
            [found["seed"] for found in runs], list(map(_generalizes, runs)), 0.5, note
        )

    return measure


def _by_setting(data: Data, plane: Plane) -> str:
    words = []
    for name, text in data["settings"].items():
        runs = [found for found in data["runs"] if found["setting"] == name]
        words.append(
            f"{text}: {sum(map(_generalizes, runs))} of {len(runs)} generalize, "
            f"{sum(structured(plane, found) for found in runs)} structured"
        )
    return "; ".join(words)


_NEW = (
    "generalizes: above 90 % right of the validation pairs whose mirror image is not trained, and "
    "whose result is: 2 to 14 pairs a seed"
)
_ALL = f"{_NEW}; all runs of both settings of the figure"


def _claims(plane: Plane, figure: str, word: str, structure: str, panels: str) -> tuple[Claim, ...]:
    return (
        Claim(
            id=f"plane-{word.replace(' ', '-')}-structure",
            where=f"this work (Figure 2 ({panels}))",
            statement=f"Networks that generalize {word} have embeddings of structure in the "
            f"plane: {structure}.",
            published="one network",
            tolerance="so in more than half of the runs that generalize",
            needs=(figure,),
            measure=_has_structure(plane, figure),
            convention=_ALL,
            kind="ours",
        ),
        Claim(
            id=f"plane-{word.replace(' ', '-')}-coincidence",
            where=f"Figure 2 ({panels}), section 3",
            statement=f"Networks that generalize {word} have structure in the plane more often "
            "than others of the same setting.",
            published='"generalization appears to be linked to the emergence of highly-structured '
            'embeddings"',
            tolerance="by chance as often in less than 5 % of the cases (Fisher's exact test over "
            "settings, one-sided); the value is the difference of the two shares",
            needs=(figure,),
            measure=_coincides(plane, figure),
            convention=f"{_ALL}; structure: {structure}",
        ),
    )


CLAIMS = (
    *_claims(
        ADDITION,
        "fig2a",
        "addition",
        "more than half of all parallelograms close within 0.1 standard deviations (RQI > 0.5)",
        "a, b",
    ),
    Claim(
        id="plane-addition-published-settings",
        where="this work (Figure 2 (a, b))",
        statement="With the rates, the decay and the loss of the authors' notebook, networks of "
        "one hidden layer generalize addition.",
        published="one network",
        tolerance="so in more than half of the seeds",
        needs=("fig2a",),
        measure=_by_the_notebook("fig2a"),
        convention="a ReLU layer of the notebook's width; after it the notebook has one more "
        f"linear layer; {_NEW}",
        kind="ours",
    ),
    *_claims(
        MODULAR,
        "fig2b",
        "modular addition",
        "a circle explains more than 90 % of their variance",
        "c, d",
    ),
)


def _settings(plane: Plane, scale: int) -> str:
    rows = "; ".join(
        f"{each.name}: {each.pairs} pairs, "
        f"{'MSE to one-hot vectors' if each.loss == 'mse' else 'cross-entropy'}, ReLU decoder "
        f"2-{'-'.join(map(str, each.widths))} on the {each.combine}, rates "
        f"{each.embedding_rate:g} and {each.learning_rate:g}, decay {each.weight_decay:g}, "
        f"{each.steps[scale]:,} steps"
        for each in plane.settings.values()
    )
    return (
        f"{(_SHOWN, 15)[scale]} seeds a setting, p = {SYMBOLS}, 80 % of the pairs trained, initial "
        f"embeddings N({plane.mean:g}, 1) without decay, full batch; rates of embedding and "
        f"decoder. {rows}."
    )


FIGURES = tuple(
    Figure(
        id=name,
        where=where,
        title=title,
        compute=embeddings(plane),
        draw=draw_planes,
        settings={"quick": _settings(plane, 0), "paper": _settings(plane, 1)},
        animate=animate_planes,
    )
    for name, where, title, plane in (
        ("fig2a", "Figure 2 (a, b)", "Addition in the plane", ADDITION),
        ("fig2b", "Figure 2 (c, d)", "Modular addition in the plane", MODULAR),
    )
)
