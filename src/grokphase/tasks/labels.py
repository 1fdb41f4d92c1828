"""The label vectors of a run: what a regression task gives its classes to be told by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.definition import Task
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Regression


def label_vectors(task: Task, seed: int) -> NDArray[np.float32]:
    """The label vectors of a regression task in a run with this seed.

    Args:
        task: a task whose target is :class:`Regression`.
        seed: the seed of the run; the stream ``"labels"`` is drawn from. Ignored where the
            target brings its own vectors.

    Returns:
        ``(classes, dimension)`` float32.

    Raises:
        GrokphaseError: the task is a classification.

    Example:
        >>> from grokphase.tasks import addition
        >>> label_vectors(addition(p=10), seed=58).shape
        (19, 30)
    """
    target = task.target
    if not isinstance(target, Regression):
        raise GrokphaseError(
            f"{task.name} is a classification here and has no label vectors: "
            'make it with target="regression".'
        )
    if target.vectors is not None:
        return target.vectors
    drawn = stream(seed, "labels").normal(0.0, target.scale, (task.classes, target.dimension))
    return drawn.astype(np.float32)
