"""Matrices of a user's own, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grokphase.errors import GrokphaseError


def read_matrix(path: Path) -> Any:
    """The numbers of an NPY file, or of a CSV without a header.

    Args:
        path: the file.

    Returns:
        The array, in float64.

    Raises:
        GrokphaseError: there is no such file, or it holds no numbers.
    """
    import numpy as np

    try:
        read = np.load(path) if path.suffix == ".npy" else np.loadtxt(path, delimiter=",", ndmin=2)
        return np.asarray(read, np.float64)
    except FileNotFoundError:
        raise GrokphaseError(f'There is no file "{path}".') from None
    except (TypeError, ValueError, OSError, EOFError) as problem:
        raise GrokphaseError(
            f'"{path}" cannot be read as a matrix: {problem}; give an NPY file, or a CSV of '
            "numbers without a header."
        ) from None
