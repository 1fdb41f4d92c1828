"""Appendix K: what of the learned embeddings is there before training (Figures 21 and 22).

The embeddings of the beginning are looked at along the principal components of the end. In as many
dimensions as there are symbols random embeddings contain everything: there are two directions along
which they are any figure, a perfect circle too. So the question is what is there along *these* two,
beside what random embeddings have along them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained
from grokphase.studies.liu2022.planes import circle_residual
from grokphase.studies.liu2022.transformers import (
    CIRCLE,
    Floats,
    around,
    components,
    in_plane,
    path_of,
)
from grokphase.tasks import stream

if TYPE_CHECKING:
    from grokphase.models.attention import TransformerNetwork

_RANDOM: Final = 200  # random embeddings that an initial one is compared with
_NAMES: Final = ("learned, own components", "initial, own components", "initial, those of the end")


def projections(given: Given) -> Data:
    """Initial and learned embeddings, along their own first two components and those of the end.

    Returns:
        A row a run: `seed`, final `validation`; the share of variance in the plane that a circle
        explains, `learned`, `initial` and `ticket` (initial embeddings along the components of the
        end); `same`, what a circle of the learned frequency explains of the last; and `chance`, the
        share of random embeddings of which it explains as much or more. `planes`, the points of the
        first run; `hidden`, the share that a circle leaves of the initial embeddings along the best
        two of all directions.
    """
    rows, shown = [], []
    for run in given.runs:
        path = path_of(run)
        start, end = path[0], path[-1]
        axes, _ = components(end)
        planes = [in_plane(end, axes), in_plane(start, components(start)[0]), in_plane(start, axes)]
        circles = [1 - circle_residual(plane)[0] for plane in planes]
        frequency = circle_residual(planes[0])[1]
        same = explained(planes[2], frequency)
        random = stream(run.record.seed, "figure 21").standard_normal((_RANDOM, *planes[2].shape))
        accidental = np.array([explained(each, frequency) for each in random])
        rows.append(
            {
                "seed": run.record.seed,
                "validation": run.record.final["validation_accuracy"],
                **dict(zip(("learned", "initial", "ticket"), circles, strict=True)),
                "same": same,
                "chance": (accidental >= same).mean(),
                "hidden": hidden_circle(start, frequency),
            }
        )
        shown.append((planes, circles, frequency))
    planes, circles, frequency = shown[0]
    ring = around(len(planes[0]), frequency) if circles[0] > CIRCLE else []
    drawn = {"plane": _NAMES, "embedding": planes, "circle": circles, "order": [ring] * len(planes)}
    return in_columns(rows) | {"planes": drawn}


def explained(points: Floats, frequency: int) -> float:
    """The share of variance of points in the plane that a circle of one frequency explains.

    Args:
        points: (p, 2).
        frequency: of the circle, from 1 to (p - 1) / 2.
    """
    across = (points - points.mean(axis=0)) @ np.array([1, 1j])
    power = np.abs(np.fft.fft(across)) ** 2
    return float(max(power[frequency], power[-frequency]) / power.sum())


def hidden_circle(embedding: Floats, frequency: int) -> float:
    """The share that a circle leaves along the two directions of the embedding that suit it best.

    These are of least squares: the directions whose coordinates come closest to cosine and sine.
    """
    turn = 2 * np.pi * frequency * np.arange(len(embedding)) / len(embedding)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    centred = embedding - embedding.mean(axis=0)
    directions = np.linalg.lstsq(centred, circle, rcond=None)[0]
    return 1 - explained(centred @ directions, frequency)


# ------------------------------------------------------------------------------ Figure 22


def reconstructions(given: Given) -> Data:
    """Accuracies of networks whose embeddings are replaced by some of their principal components.

    Returns:
        A row a run: `seed`, `step`, and at each of them, for training and validation samples, the
        accuracy with embeddings as they are (`train`, `validation`), along the first components of
        their own (`train_own`, ...) and along those of the end (`train_end`, ...); `gain`, how much
        better the components of the end are than those of one's own, on validation samples, in the
        mean over all steps but the last; `last`, the validation accuracy at the end, and `enough`,
        the same along the components.
    """
    many = given.settings["components"]
    rows = [_reconstructed(run, many) for run in given.runs]
    return {**in_columns(rows), "components": many}


def _reconstructed(run: Trained, many: int) -> dict[str, Any]:
    import equinox as eqx

    from grokphase.models.specification import Initial

    spec: Any = run.spec
    kept, final = run.kept, np.asarray(run.weights["embed.W_E"], np.float64)
    answer = eqx.filter_jit(lambda net: net(spec.task.inputs).argmax(axis=1))
    samples = dict(zip(("train", "validation"), run.parts, strict=True))
    found: dict[str, list[Any]] = {}
    for weights in kept.values():
        now = np.asarray(weights["embed.W_E"], np.float64)
        changed = {"": now, "_own": along(now, now, many), "_end": along(now, final, many)}
        for word, embedding in changed.items():
            given = Initial.of({**weights, "embed.W_E": embedding.astype(np.float32)})
            network: TransformerNetwork = spec.model.build(spec.task, stream(0, "initial"), given)
            right = np.asarray(answer(network)) == spec.task.labels
            for name, of in samples.items():
                found.setdefault(name + word, []).append(right[of].mean())
    gain = np.subtract(found["validation_end"], found["validation_own"])[:-1].mean()
    last = {"last": found["validation"][-1], "enough": found["validation_end"][-1]}
    return {"seed": run.record.seed, "step": [*kept], **found, "gain": gain, **last}


def along(embedding: Floats, of: Floats, many: int) -> Floats:
    """Embeddings projected onto the first principal components of others, and back.

    As `PCA.inverse_transform(PCA.transform(...))` of scikit-learn does it, about the mean of those
    others.

    Args:
        embedding: (p, d).
        of: (p, d) embeddings whose components and mean are taken.
        many: how many components.

    Example:
        >>> along(np.array([[1.0, 5.0], [3.0, 7.0]]), np.array([[-1.0, 0.0], [1.0, 0.0]]), 1)
        array([[1., 0.],
               [3., 0.]])
    """
    axes, centre = components(of)[0][:many], of.mean(axis=0)
    return np.asarray(centre + (embedding - centre) @ axes.T @ axes)
