"""What is learned, concealed: inputs made longer by random bits that tell nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.divisors import one_hot
from grokphase.tasks.operations import modular
from grokphase.tasks.parity import sparse_parity
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target

PREFIX = "concealed-"
MOST_BITS = 100_000


def concealed(
    name: str,
    p: int = 7,
    spurious: int = 10,
    samples: int = 800,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    """A modular operation on two one-hot symbols, followed by random bits that tell nothing.

    Pairs of symbols are drawn with replacement, and each sample has bits of its own: 0 or 1 with
    equal chance. There are few pairs, p^2, so that without bits most validation samples are trained
    too; the more bits, the more of what can be learned by heart tells nothing of new samples. With
    the same seed, samples have the same pairs whatever the number of bits, and of more bits the
    first are the same.

    Args:
        name: of the operation, such as ``"modular-addition"``.
        p: the modulus.
        spurious: l, random bits of an input, from 0.
        samples: number of samples.
        seed: draws pairs and bits, from the streams ``"pairs"`` and ``"bits"``; apart from the seed
            of a run, so that runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range, or there is no such operation.

    Source: Miller, O'Neill and Bui 2023 (arXiv:2310.17247): p = 7, up to 40 bits, 600 samples to
        train and 200 to validate, six operations.

    Example:
        >>> sums = concealed("modular-addition", spurious=3)
        >>> sums.inputs.shape, sums.classes
        ((800, 17), 7)
    """
    plain = modular(name, p)
    symbols = plain.symbols or 0
    bits = whole(spurious, "spurious", 0, MOST_BITS)
    count = sample_count(samples, 2 * symbols + bits)
    seed = whole(seed, "seed", 0)
    drawn = stream(seed, "pairs").integers(0, len(plain), count)
    return Task(
        name=f"{PREFIX}{name}",
        inputs=np.concatenate(
            [one_hot(plain.inputs[drawn], symbols), _bits(seed, count, bits)], axis=1
        ),
        labels=plain.labels[drawn],
        classes=plain.classes,
        target=as_target(target),
        parameters={"p": symbols, "spurious": bits, "samples": count, "seed": seed},
    )


def hidden_parity(
    bits: int = 40,
    relevant: int = 3,
    spurious: int = 0,
    samples: int = 1100,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    """Sparse parity that random bits conceal: those of ``sparse_parity``, and more after them.

    Bits are -1 or 1. All samples differ in the first `bits` already, and with the same seed these
    are the same whatever the number of spurious ones, so that only what conceals them varies.

    Args:
        bits: n, bits of an input before it is concealed.
        relevant: k, bits that matter.
        spurious: l, random bits that follow, from 0.
        samples: number of samples, at most 2^n.
        seed: draws the samples and the bits, from the streams ``"parity"`` and ``"bits"``.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Miller, O'Neill and Bui 2023 (arXiv:2310.17247): parity of 3 of 40 bits, 1,000 samples
        to train and 100 to validate.

    Example:
        >>> hidden_parity(bits=10, spurious=5, samples=100).inputs.shape
        (100, 15)
    """
    plain = sparse_parity(bits, relevant, samples, seed)
    more = whole(spurious, "spurious", 0, MOST_BITS)
    sample_count(samples, plain.inputs.shape[1] + more)
    seed = whole(seed, "seed", 0)
    added = 1 - 2 * _bits(seed, len(plain), more)
    numbers = plain.parameters
    return Task(
        name="hidden-parity",
        inputs=np.concatenate([plain.inputs, added], axis=1),
        labels=plain.labels,
        classes=2,
        target=as_target(target),
        parameters={
            "bits": numbers["bits"],
            "relevant": numbers["relevant"],
            "spurious": more,
            "samples": numbers["samples"],
            "seed": seed,
        },
    )


def operation_of(name: str) -> str | None:
    """The operation that a task of this name conceals; None if it is the name of no such task.

    Example:
        >>> operation_of("concealed-modular-addition"), operation_of("addition")
        ('modular-addition', None)
    """
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else None


def _bits(seed: int, count: int, bits: int) -> NDArray[np.float32]:
    """(count, bits) of 0 and 1, the first of them the same whatever their number."""
    drawn = stream(seed, "bits").integers(0, 2, (bits, count), dtype=np.int8)
    found: NDArray[np.float32] = drawn.T.astype(np.float32)
    return found
