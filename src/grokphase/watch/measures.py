"""What a monitor measures, in NumPy: margins and saturation of outputs, spectra of weights.

The definitions are those of `grokphase.measures`, which needs JAX; a test compares them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.watch.weights import (
    Weight,
    as_numpy,
    embedding_share,
    parts,
    products,
    root,
    squares,
)

MOST_LOGITS: Final = 4_000_000
"""Numbers of logits that are looked at in one step; more would take longer than a step."""

MOST_SPECTRUM: Final = 1_000_000_000
"""A matrix (n, m) whose n m min(n, m) is larger is too large for a spectrum."""

_COLLAPSED: Final = -24 * math.log(2)  # there 1 + exp(a) rounds to 1 in 32 bits

Values = dict[str, float]


def norms(weights: Sequence[Weight]) -> Values:
    """Euclidean norms: of all weights, of embedding and decoder, and of each part of the model.

    Args:
        weights: all of a model.

    Returns:
        ``weight_norm``; ``embedding_norm`` and ``decoder_norm`` where some weights embed and some
        do not; ``norm.PART`` where there is more than one part.

    Example:
        >>> found = norms([Weight("a.w", np.array([3.0])), Weight("b.w", np.array([4.0]))])
        >>> found
        {'weight_norm': 5.0, 'norm.a': 3.0, 'norm.b': 4.0}
    """
    each = squares([weight.array for weight in weights])
    groups = _grouped(embedding_share(weights), each)
    found = {"weight_norm": root(float(each.sum()))}
    if len(groups) > 1:
        found |= {f"{group}_norm": root(total) for group, total in groups.items()}
    by_part = _grouped(parts([weight.name for weight in weights]), each)
    if len(by_part) > 1:
        found |= {f"norm.{part}": root(total) for part, total in by_part.items()}
    return found


def _grouped(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float]:
    found = dict.fromkeys(names, 0.0)
    for name, value in zip(names, values.tolist(), strict=True):
        found[name] += value
    return found


def gradient(weights: Sequence[Weight]) -> Values:
    """How large the gradient is, and whether it points along the weights.

    ``gradient_alignment`` is the cosine between the direction of descent and the weights,
    ``-g.theta / (|g| |theta|)``, over all that have a gradient: 1 where a step of descent would
    only scale the weights up, as a network does that has fitted its training set and lowers its
    cross-entropy by larger logits alone (naive loss minimization, Prieto et al. 2025,
    arXiv:2501.04697); NaN where either is zero.

    Raises:
        GrokphaseError: if none has a gradient.

    Example:
        >>> gradient([Weight("w", np.array([1.0, 0.0]), np.array([-2.0, 0.0]))])
        {'gradient_norm': 2.0, 'gradient_alignment': 1.0}
    """
    known = [weight for weight in weights if weight.gradient is not None]
    if not known:
        raise GrokphaseError(
            "there are no gradients: call update before they are set to zero, or give gradients=."
        )
    slopes, arrays = [w.gradient for w in known], [w.array for w in known]
    slope, size = (root(float(squares(each).sum())) for each in (slopes, arrays))
    along = -float(products(slopes, arrays).sum())
    cosine = min(max(along / (slope * size), -1.0), 1.0) if slope * size > 0 else math.nan
    return {"gradient_norm": slope, "gradient_alignment": cosine}


def margins(logits: Any, labels: Any) -> Values:
    """By how much samples are ahead, and the share whose float32 cross-entropy would be zero.

    ``train_margin`` is the least and ``mean_train_margin`` the mean of ``z_y - max z_j``, j other
    than y; ``saturation`` the share of samples where ``log sum exp(z_j) - z_y``, over j other than
    y, is below ``-24 ln 2``. Labels below zero (as -100) mark what does not count.

    Args:
        logits: (..., classes) of training samples.
        labels: (...) the class of each.

    Raises:
        GrokphaseError: if the shapes do not fit, no sample counts, or there are more than
            `MOST_LOGITS` numbers.

    Example:
        >>> margins(np.array([[2.0, 0.5], [0.0, 40.0]]), np.array([0, 1]))
        {'train_margin': 1.5, 'mean_train_margin': 20.75, 'saturation': 0.5}
    """
    if labels is None or logits is None:
        raise GrokphaseError("margins need both: write logits=..., labels=....")
    size = math.prod(logits.shape)
    if size > MOST_LOGITS:
        raise GrokphaseError(
            f"{size:,} logits are more than the {MOST_LOGITS:,} that margins are taken of; give "
            "those of fewer samples."
        )
    scores = as_numpy(logits)
    own = as_numpy(labels).astype(np.int64).ravel()
    classes = scores.shape[-1]
    scores = scores.reshape(-1, classes)
    if len(scores) != own.size or classes < 2:
        raise GrokphaseError(
            f"logits have the shape {tuple(logits.shape)} and labels {tuple(labels.shape)}; give "
            "(n, classes) with two classes or more, and (n,)."
        )
    scores, own = scores[own >= 0], own[own >= 0]
    if not own.size or own.max() >= classes:
        raise GrokphaseError(f"labels must be classes from 0 to {classes - 1}.")
    rows = np.arange(own.size)
    mine = scores[rows, own]
    others = scores.copy()
    others[rows, own] = -np.inf
    best = others.max(axis=1)
    against = best + np.log(np.exp(others - best[:, None]).sum(axis=1)) - mine
    ahead = mine - best
    return {
        "train_margin": float(ahead.min()),
        "mean_train_margin": float(ahead.mean()),
        "saturation": float((against < _COLLAPSED).mean()),
    }


def spectrum(matrix: NDArray[np.float64]) -> Values:
    """How many directions a matrix of weights uses: ``spectral_entropy`` and ``effective_rank``.

    ``H = -sum s_i ln s_i`` in nats, ``s_i`` the share of singular value i in their sum, and
    ``exp(H)``. Singular values are roots of eigenvalues of the smaller of the two products of the
    matrix with its transpose, in double precision: those below 1e-8 of the largest are rounding,
    which adds at most about 1e-6 a direction.

    Args:
        matrix: (n, m).

    Example:
        >>> found = spectrum(np.eye(4))
        >>> round(found["spectral_entropy"], 4), round(found["effective_rank"], 4)
        (1.3863, 4.0)

    Source: Roy & Vetterli (2007); DeMoss et al. (2024), arXiv:2412.09810, section 5.
    """
    flat = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(flat @ flat.T), 0.0))
    if not values.sum() > 0:
        return {"spectral_entropy": math.nan, "effective_rank": math.nan}
    share = values[values > 0] / values.sum()
    entropy = max(float(-(share * np.log(share)).sum()), 0.0)
    return {"spectral_entropy": entropy, "effective_rank": math.exp(entropy)}


def matrix_to_watch(weights: Sequence[Weight], asked: str | None = None) -> str:
    """The name of the matrix whose spectrum is measured.

    Args:
        weights: all of a model.
        asked: a name that was asked for.

    Returns:
        That; else the largest matrix that embeds symbols, else the largest of all, among those that
        are small enough (`MOST_SPECTRUM`).

    Raises:
        GrokphaseError: if there is no such matrix.

    Example:
        >>> matrix_to_watch(
        ...     [Weight("w", np.ones((9, 9))), Weight("e", np.ones((5, 3)), None, True)]
        ... )
        'e'
    """
    shapes = {each.name: tuple(each.array.shape) for each in weights if each.array.ndim == 2}
    fits = {
        name: math.prod(shape)
        for name, shape in shapes.items()
        if min(shape) > 1 and math.prod(shape) * min(shape) <= MOST_SPECTRUM
    }
    if asked is not None:
        if asked not in fits:
            listed = ", ".join(fits) or "none"
            raise GrokphaseError(
                f'there is no matrix "{asked}" of fitting size; there are {listed}.'
            )
        return asked
    embedding = {each.name for each in weights if each.embeds}
    some = [name for name in fits if name in embedding] or list(fits)
    if not some:
        raise GrokphaseError("the model has no matrix that is small enough for its spectrum.")
    return max(some, key=fits.__getitem__)


def of_optimizer(optimizer: Any) -> Values:
    """Settings that an optimizer of PyTorch's kind has, by the names that forecasts use.

    Those of the group with most parameters, where decay is usually not zero.

    Example:
        >>> class Optimizer:
        ...     param_groups = [
        ...         {"params": [], "lr": 0.1, "weight_decay": 1.0, "betas": (0.9, 0.98)}
        ...     ]
        >>> of_optimizer(Optimizer())
        {'learning_rate': 0.1, 'weight_decay': 1.0, 'beta1': 0.9, 'beta2': 0.98, 'decoupled': 0.0}
    """
    groups: Sequence[Mapping[str, Any]] = optimizer.param_groups
    group = max(groups, key=lambda each: sum(math.prod(p.shape) for p in each["params"]))
    found = {
        ours: float(group[theirs])
        for ours, theirs in (("learning_rate", "lr"), ("weight_decay", "weight_decay"))
        if theirs in group
    }
    first, second = group.get("betas", (group.get("momentum"), None))[:2]
    found |= {name: float(value) for name, value in (("beta1", first), ("beta2", second)) if value}
    name = type(optimizer).__name__.lower()
    found["decoupled"] = float("adamw" in name or bool(group.get("decoupled_weight_decay")))
    if "sgd" in name and "weight_decay" in found:  # its decay goes through the momentum
        lasting = 1 - found.get("beta1", 0.0)
        found["eta_lambda"] = found["learning_rate"] * found["weight_decay"] / lasting
    return found
