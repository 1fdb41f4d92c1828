"""Independent named streams of random numbers, all from one seed."""

from __future__ import annotations

import zlib

import numpy as np

from grokphase.tasks.checks import whole


def stream(seed: int, name: str) -> np.random.Generator:
    r"""The random numbers of one purpose of one run.

    A run has one seed but several random things: ``"labels"``, ``"split"``, ``"initial"``,
    ``"batches"``. Each draws from a stream of its own, so that, say, changing the width of the
    network never changes the split. The stream is PCG64 seeded by
    ``SeedSequence([seed, crc32(name)])``: the same bits on every platform and NumPy version.
    (NumPy may change how bits become *normal* numbers; a test pins the values we rely on.)

    Args:
        seed: the seed of the run, a whole number >= 0.
        name: the purpose; any text.

    Returns:
        A fresh generator at the start of its stream.

    Raises:
        GrokphaseError: the seed is negative or not a whole number.

    Example:
        >>> int(stream(58, "split").integers(1000)) == int(stream(58, "split").integers(1000))
        True
    """
    code = zlib.crc32(name.encode("utf-8"))
    sequence = np.random.SeedSequence([whole(seed, "seed", 0), code])
    return np.random.Generator(np.random.PCG64(sequence))
