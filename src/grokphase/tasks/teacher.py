"""A teacher network whose outputs a student is to reproduce."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.functions import function_task
from grokphase.tasks.randomness import stream

MOST_NUMBERS = 10_000_000
"""Samples times the widest layer at most, and weights: what is drawn in a second or two."""


def teacher_student(
    inputs: int = 5,
    outputs: int = 5,
    width: int = 100,
    layers: int = 3,
    samples: int = 200,
    scale: float = 1.0,
    tolerance: float = 0.01,
    seed: int = 0,
) -> Task:
    r"""Outputs of a tanh network with random weights on inputs :math:`x \sim N(0, I)`.

    The teacher is :math:`y = W_L \tanh(\dots \tanh(W_1 x + b_1) \dots) + b_L`, its weights and
    biases drawn from :math:`U(-1/\sqrt{m}, 1/\sqrt{m})` for m inputs of a layer, as PyTorch does,
    times the scale. Every sample has a result of its own, and the student learns by the mean
    squared error. It is right about a sample if its squared error there, the mean over outputs, is
    below the tolerance: that accuracy is a **thresholded loss**, and may jump where the loss
    falls smoothly, so look at the loss too.

    Args:
        inputs: numbers of an input.
        outputs: numbers that the teacher puts out.
        width: of every hidden layer of the teacher.
        layers: affine maps of the teacher, one more than it has hidden layers.
        samples: number of samples, those for validation included.
        scale: factor on all of the teacher's weights and biases.
        tolerance: of the squared error of a sample that counts as right; 0.01 in the paper's text
            and 0.001 in the authors' code.
        seed: draws teacher and inputs, from the streams ``"teacher"`` and ``"inputs"``; apart
            from the seed of a run, so that runs share the data.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Liu, Michaud and Tegmark 2023 (Omnigrok, arXiv:2210.01117): 5-100-100-5,
        100 samples each for training and validation.

    Example:
        >>> learned = teacher_student(samples=10)
        >>> learned.inputs.shape, learned.outputs
        ((10, 5), 5)
        >>> print(learned.target)
        regression on given vectors in 5 dimensions, right below a squared error of 0.01
    """
    sizes = [
        whole(inputs, "inputs", 1, 100_000),
        *[whole(width, "width", 1, 100_000)] * (whole(layers, "layers", 1, 100) - 1),
        whole(outputs, "outputs", 1, 100_000),
    ]
    count, seed = whole(samples, "samples", 2), whole(seed, "seed", 0)
    factor = real(scale)
    if not 0 < factor < math.inf:
        raise GrokphaseError(
            f"The scale of a teacher must be a finite number > 0, not {scale!r}: write scale=1, in "
            "a shell --set task.scale=1."
        )
    numbers = max(count * max(sizes), sum(one * other for one, other in pairwise(sizes)))
    if numbers > MOST_NUMBERS:
        raise GrokphaseError(
            f"A teacher of layers {'-'.join(map(str, sizes))} and {count} samples would hold "
            f"{numbers:,} numbers at once, more than {MOST_NUMBERS:,}: write a smaller width, or "
            "fewer samples."
        )
    given = stream(seed, "inputs").standard_normal((count, sizes[0])).astype(np.float32)
    told = _teacher(stream(seed, "teacher"), sizes, factor, given.astype(np.float64))
    parameters: dict[str, int | float] = {
        "inputs": sizes[0],
        "outputs": sizes[-1],
        "width": int(width),
        "layers": len(sizes) - 1,
        "samples": count,
        "scale": factor,
    }
    return function_task("teacher-student", given, told, tolerance, seed, parameters)


def _teacher(
    random: np.random.Generator, sizes: list[int], scale: float, inputs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The outputs of a random tanh network for these inputs."""
    hidden = inputs
    for layer, (before, after) in enumerate(pairwise(sizes)):
        bound = scale / math.sqrt(before)
        weight = random.uniform(-bound, bound, (after, before))
        bias = random.uniform(-bound, bound, after)
        hidden = (np.tanh(hidden) if layer else hidden) @ weight.T + bias
    return hidden
