"""Tasks whose samples each have a result of their own, right within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from grokphase.tasks.definition import Task
from grokphase.tasks.targets import Regression


def function_task(
    name: str,
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float64],
    tolerance: float,
    seed: int,
    parameters: Mapping[str, int | float],
) -> Task:
    """The task of putting out, for each sample, numbers of its own.

    Args:
        name: of the task.
        inputs: (n, features).
        outputs: (n, dimension) what is to be put out.
        tolerance: of the squared error of a sample that counts as right.
        seed: that the data were drawn by.
        parameters: the other numbers that made the task.
    """
    target = Regression(vectors=outputs.astype(np.float32), tolerance=tolerance)
    return Task(
        name=name,
        inputs=inputs,
        labels=np.arange(len(inputs), dtype=np.int32),
        classes=len(inputs),
        target=target,
        parameters={**parameters, "tolerance": float(target.tolerance or 0.0), "seed": seed},
    )
