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

    if path.is_dir():
        raise GrokphaseError(f'"{path}" is a folder; name a file in it, as {path}/inputs.npy.')
    try:
        read = np.load(path) if path.suffix == ".npy" else np.loadtxt(path, delimiter=",", ndmin=2)
        matrix = np.asarray(read, np.float64)
    except FileNotFoundError:
        raise GrokphaseError(f'There is no file "{path}".') from None
    except (TypeError, ValueError, OSError, EOFError):
        raise GrokphaseError(
            f'"{path}" cannot be read as a matrix; give an NPY file of numbers, or a CSV without a '
            "header whose lines have one number for each feature."
        ) from None
    if bad := np.argwhere(~np.isfinite(matrix)).tolist():
        where = ", ".join(str(place + 1) for place in bad[0])
        raise GrokphaseError(
            f'"{path}" holds NaN or infinity at row and column {where}; every entry must be a '
            "finite number."
        )
    return matrix
