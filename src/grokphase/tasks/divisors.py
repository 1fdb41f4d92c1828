"""The greatest common divisor of two numbers that are written in a base."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target


def gcd(
    base: int = 10,
    largest: int = 100,
    samples: int = 5000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""The greatest common divisor of a and b, from the digits of both in base B.

    An input is two numbers from 1 to `largest`, each as its digits with the last one last, and each
    digit as B zeros but for a one at its place. The class of a divisor k is k - 1. Of large numbers
    a share of :math:`6 / (\pi^2 k^2)` of all pairs has the divisor k, so that 1 is right for 61 %
    of them; the last digits alone tell the divisors whose primes are those of the base. Pairs are
    all different and otherwise uniform.

    Args:
        base: B.
        largest: of the two numbers.
        samples: number of pairs (a, b), at most `largest`^2.
        seed: draws the pairs, from the stream ``"divisors"``; apart from the seed of a run, so that
            runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Charton 2024 (arXiv:2308.15594), who has numbers up to 10^6, new ones at every step, and
        a transformer that reads digits one by one.

    Example:
        >>> divisors = gcd(base=2, largest=7, samples=49)
        >>> divisors.inputs.shape, divisors.classes
        ((49, 12), 7)
    """
    b = whole(base, "base", 2, 10_000)
    most = whole(largest, "largest", 2, 1_000_000)
    digits = _length(most, b)
    count = sample_count(samples, 2 * digits * b)
    if count > most**2:
        raise GrokphaseError(
            f"There are only {most**2} pairs of numbers up to {most}, so samples={count} is too "
            f"many: write samples={most**2} or fewer, in a shell --set task.samples={most**2}."
        )
    seed = whole(seed, "seed", 0)
    pairs = stream(seed, "divisors").choice(most**2, count, replace=False)
    first, second = pairs // most + 1, pairs % most + 1
    written = np.concatenate([_digits(first, b, digits), _digits(second, b, digits)], axis=1)
    return Task(
        name="gcd",
        inputs=one_hot(written, b),
        labels=(np.gcd(first, second) - 1).astype(np.int32),
        classes=most,
        target=as_target(target),
        parameters={"base": b, "largest": most, "samples": count, "seed": seed},
    )


def one_hot(symbols: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Each symbol as `count` zeros but for a one at its place, side by side.

    Args:
        symbols: (n, k) from 0 to count - 1.
        count: how many symbols there are.

    Returns:
        (n, k * count).

    Example:
        >>> one_hot(np.array([[0, 2]]), 3).tolist()
        [[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    hot = symbols[:, :, None] == np.arange(count)
    flat: NDArray[np.float32] = hot.reshape(len(symbols), -1).astype(np.float32)
    return flat


def _digits(numbers: NDArray[np.int64], base: int, count: int) -> NDArray[np.int64]:
    """(n, count) digits, the last one last."""
    return numbers[:, None] // base ** np.arange(count)[::-1] % base


def _length(number: int, base: int) -> int:
    """How many digits a number has.

    Example:
        >>> _length(99, 10), _length(100, 10)
        (2, 3)
    """
    return 1 if number < base else 1 + _length(number // base, base)
