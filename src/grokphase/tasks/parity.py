"""Sparse parity: the parity of a few bits hidden among many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target


def sparse_parity(
    bits: int = 40,
    relevant: int = 3,
    samples: int = 1000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""Parity of the first k of n bits: :math:`\prod_{i<k} x_i` with :math:`x_i = \pm 1`.

    Class 0 is product +1 and class 1 is product -1, that is, an odd number of -1. The relevant
    bits are the first k without loss of generality: a network whose initial weights are
    independent and alike has no first bit. All samples are different, so no validation
    sample is ever a training sample too; otherwise they are uniform.

    Args:
        bits: n, bits of an input.
        relevant: k, bits that matter.
        samples: number of samples, at most 2^n, and at most 10^8 bits all together.
        seed: draws the samples, from the stream ``"parity"``; apart from the seed of a run, so
            that runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Barak et al. 2022 (arXiv:2207.08799); 1000 samples of (40, 3) as in Merrill
        et al. 2023 (arXiv:2303.11873).

    Example:
        >>> parity = sparse_parity(bits=10, relevant=2, samples=100)
        >>> parity.inputs.shape, parity.classes
        ((100, 10), 2)
    """
    n = whole(bits, "bits", 1, 100_000)
    k = whole(relevant, "relevant", 1, n)
    count = sample_count(samples, n, "bits")
    seed = whole(seed, "seed", 0)
    if count > 2**n:
        raise GrokphaseError(
            f"There are only {2**n} different inputs of {n} bits, so samples={count} is too many: "
            f"write samples={2**n} or fewer, in a shell --set task.samples={2**n}."
        )
    flipped = _different_rows(stream(seed, "parity"), count, n)
    return Task(
        name="sparse-parity",
        inputs=1.0 - 2.0 * flipped,
        labels=(flipped[:, :k].sum(axis=1, dtype=np.int64) % 2).astype(np.int32),
        classes=2,
        target=as_target(target),
        parameters={"bits": n, "relevant": k, "samples": count, "seed": seed},
    )


def _different_rows(random: np.random.Generator, count: int, n: int) -> NDArray[np.int8]:
    """``count`` different rows of n zeros and ones, uniform among all such sets."""
    if n <= 20:
        codes = random.permutation(2**n)[:count]
        return ((codes[:, None] >> np.arange(n)) & 1).astype(np.int8)
    rows = random.integers(0, 2, (count, n), dtype=np.int8)
    while True:
        _, first = np.unique(rows, axis=0, return_index=True)
        missing = count - len(first)
        if missing == 0:
            return rows
        fresh = random.integers(0, 2, (missing, n), dtype=np.int8)
        rows = np.concatenate([rows[np.sort(first)], fresh])
