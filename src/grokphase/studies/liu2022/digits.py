"""Images: grokking on MNIST (Figures 8 and 20), and the effective loss of images (Figure 19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase import theory
from grokphase.phases.classify import COMPREHENSION, CONFUSION, DIVERGED, GROKKING
from grokphase.phases.phase_map import PhaseMap
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, usual_table
from grokphase.studies.map_statistics import corner_share, measured, of_each_seed
from grokphase.studies.paper import Settings
from grokphase.tasks import stream, task

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Floats = NDArray[np.float64]


def learners(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """The runs of Figure 8 (a), to the end of their budget."""
    for seed in range(settings["seeds"]):
        yield {}, network(settings, seed, **{"recipe.stop": "budget"})


def sizes(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """The runs of Figure 20: each number of training images, as long as the phase is open.

    Fewer images than a batch are a batch, as in the authors' code.
    """
    for size in settings["sizes"]:
        own = {"split.count": size, "recipe.batch": min(size, 200)}
        for seed in range(settings["seeds"]):
            yield {"size": size}, network(settings, seed, **own)


def bases(settings: Settings) -> list[RunSpec]:
    """What all runs of one seed's map share (Figure 8 (b))."""
    return [network(settings, seed) for seed in range(settings["seeds"])]


def network(settings: Settings, seed: int, **leaves: Any) -> RunSpec:
    """The preset `liu2022-mnist` with a scale's settings, and leaves of one's own."""
    from grokphase.training.published import preset

    own = {**settings["leaves"], **leaves}
    return preset("liu2022-mnist", test=settings["test"], seed=seed, **own)


def curves(given: Given) -> Data:
    """The usual table, with curves of accuracy and loss."""
    names = [
        f"{which}_{what}" for what in ("accuracy", "loss") for which in ("train", "validation")
    ]
    return usual_table(given.runs, *names)


def of_the_map(data: Mapping[str, Data]) -> dict[str, Any]:
    """`of_each_seed`, and what else is asked of Figure 8 (b)."""
    (figure,) = data.values()
    own = {"more_decay": more_decay, "unlearned_high_right": unlearned}
    return of_each_seed(data) | measured(figure, own)


def more_decay(found: PhaseMap) -> float:
    """By how many rows comprehension lies at larger decay than grokking, in the mean over cells."""
    rows = [np.argwhere(found.phase == phase)[:, 0] for phase in (COMPREHENSION, GROKKING)]
    return float(rows[0].mean() - rows[1].mean()) if all(map(len, rows)) else float("nan")


def unlearned(found: PhaseMap) -> float:
    """The share of confusion at much decay and a large rate.

    Of runs whose loss diverges too: they have reached neither accuracy, as Table 1 says of it.
    """
    phases = (CONFUSION, DIVERGED)
    return sum(corner_share(found, phase, high=True, right=True) for phase in phases)


# ------------------------------------------------------------------------------ Figure 19

READINGS: Final = ("embeddings", "encoder")
"""What Adam moves: the embeddings themselves, as the text says, or the weights of the encoder."""


def effective_loss(given: Given) -> Data:
    """Images of MNIST under the effective loss of Eq. 32, from a random encoder in the plane.

    Returns:
        A row for each reading and seed: `reading`, `seed`, and at the last step `spread`, the ratio
        of variance within classes and between them, `right`, the share of images that are nearest
        to the mean of their own class, and `scale`, Z by Z at the start. `planes`, the points of
        the first seed at some steps, and `digits`, what these images show.
    """
    settings = given.settings
    digits = task("mnist", test=1)
    images, labels = (each[: settings["images"]] for each in (digits.inputs, digits.labels))
    rows, shown = [], []
    for reading in READINGS:
        for seed in range(settings["seeds"]):
            path = _path(reading, images, labels, settings, seed)
            z = [float((points**2).sum()) for points in path]
            rows.append(
                {
                    "reading": reading,
                    "seed": seed,
                    "spread": theory.collapse(path[-1], labels).within,
                    "right": nearest_to_own(path[-1], labels),
                    "scale": z[-1] / z[0],
                }
            )
            shown += [
                {
                    "reading": reading,
                    "step": at,
                    "points": path[at],
                    "right": nearest_to_own(path[at], labels),
                }
                for at in settings["shown"]
                if seed == 0
            ]
    planes = in_columns(shown) | {"digits": [str(label) for label in labels]}
    return in_columns(rows) | {"planes": planes}


def _path(reading: str, images: Any, labels: Any, settings: Settings, seed: int) -> list[Floats]:
    """The embeddings (n, 2) at each step of Adam on the effective loss."""
    import jax
    import jax.numpy as jnp
    import optax

    layers = _encoder(stream(seed, "figure 19"), (images.shape[1], *settings["widths"], 2))
    encode = jax.jit(lambda weights: _encoded(weights, jnp.asarray(images)))
    pull = jax.jit(lambda weights, gradient: jax.vjp(encode, weights)[1](gradient)[0])
    through = reading == "encoder"
    moved: Any = layers if through else encode(layers)
    adam = optax.adam(settings["rate"])
    state = adam.init(moved)
    path = []
    for _ in range(settings["steps"] + 1):
        path.append(np.asarray(encode(moved) if through else moved, np.float64))
        gradient = jnp.asarray(theory.image_loss(path[-1], labels)[1], jnp.float32)
        updates, state = adam.update(pull(moved, gradient) if through else gradient, state)
        moved = optax.apply_updates(moved, updates)
    return path


def _encoder(generator: np.random.Generator, sizes: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """Layers as PyTorch draws them, from U(-1/sqrt(in), 1/sqrt(in))."""
    bounds = 1 / np.sqrt(sizes[:-1])
    return [
        (
            generator.uniform(-bound, bound, (sizes[k], sizes[k + 1])).astype(np.float32),
            generator.uniform(-bound, bound, sizes[k + 1]).astype(np.float32),
        )
        for k, bound in enumerate(bounds)
    ]


def _encoded(layers: Any, points: Any) -> Any:
    """A ReLU network."""
    import jax

    for weight, bias in layers[:-1]:
        points = jax.nn.relu(points @ weight + bias)
    weight, bias = layers[-1]
    return points @ weight + bias


def nearest_to_own(points: Floats, labels: Any) -> float:
    """The share of points that are nearer to the mean of their own class than to any other.

    Example:
        >>> nearest_to_own(np.array([[0.0], [1.0], [9.0], [2.0]]), np.array([0, 0, 1, 1]))
        0.75
    """
    classes = np.unique(labels)
    means = np.stack([points[labels == one].mean(axis=0) for one in classes])
    nearest = np.linalg.norm(points[:, None] - means[None], axis=2).argmin(axis=1)
    return float((classes[nearest] == labels).mean())


def one_point(_: Mapping[str, Data]) -> dict[str, Any]:
    """The effective loss of images that all are at one point other than zero, of ten classes."""
    loss, gradient = theory.image_loss(np.ones((30, 2)), np.arange(30) % 10)
    return {"loss": [loss, float(np.abs(gradient).max())]}
