"""The labels that a run trains on: those of its task, but for outliers that its recipe asks for."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from jaxtyping import Int

from grokphase.errors import GrokphaseError
from grokphase.tasks import stream
from grokphase.training.spec import RunSpec


def replaced(spec: RunSpec) -> int:
    """How many training labels are replaced: `label_noise * n`, to the nearest, a half upwards."""
    samples = len(spec.trained())
    exact = Decimal(repr(spec.recipe.label_noise)) * samples
    return int(exact.to_integral_value(ROUND_HALF_UP))


def trained_labels(spec: RunSpec) -> Int[np.ndarray, " n_train"]:
    """The labels of the training samples, with as many outliers as `recipe.label_noise` says.

    Each of those labels is replaced by another, drawn uniformly from all others of the task. Which
    samples they are and what they get follow from the seed: with the same seed a larger share has
    the same outliers and more.

    Args:
        spec: the run.

    Returns:
        A class for every training sample, in the order of `RunSpec.trained`.

    Raises:
        GrokphaseError: labels are to be replaced in a task that has only one.

    Example:
        >>> import grokphase as gp
        >>> spec = gp.run_spec("modular-addition", recipe=gp.Recipe(label_noise=0.1))
        >>> true = spec.task.labels[spec.split.indices(spec.task, spec.seed)[0]]
        >>> len(true), int((trained_labels(spec) != true).sum()), replaced(spec)
        (4705, 471, 471)

    Source: Power et al. (2022), arXiv:2201.02177, section 3.3, whose outliers get the labels of
    other equations, drawn with replacement, among which are a few that are right.
    """
    task = spec.task
    labels: Int[np.ndarray, " n_train"] = task.labels[spec.trained()]
    outliers = replaced(spec)
    if not outliers:
        return labels
    if task.classes < 2:
        raise GrokphaseError(
            f"{task.name} has one label and no other to replace it by; write recipe.label_noise=0."
        )
    generator = stream(spec.seed, "label-noise")
    chosen = generator.permutation(len(labels))[:outliers]
    moved = generator.integers(1, task.classes, len(labels))[:outliers]
    noisy = labels.copy()
    noisy[chosen] = (labels[chosen] + moved) % task.classes
    return noisy
