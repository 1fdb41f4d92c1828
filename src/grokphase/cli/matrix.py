"""Matrices of a user's own, from a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from grokphase.errors import GrokphaseError

_LEAST, _MOST = 1e-100, 1e100  # outside, squares are near the ends of float64


def read_matrix(path: Path) -> Any:
    """The numbers of an NPY file, or of a text: CSV, or separated by semicolons, tabs or spaces.

    A first line of words names the columns. Lines that are empty or begin with ``#`` are left out.

    Args:
        path: the file.

    Returns:
        (n, d) in float64, with at least one entry.

    Raises:
        GrokphaseError: there is no such file, or it holds no matrix of finite numbers.
    """
    import numpy as np

    if path.is_dir():
        raise GrokphaseError(f'"{path}" is a folder; name a file in it, as {path}/inputs.npy.')
    try:
        read = _array(path) if path.suffix.lower() == ".npy" else _text(path)
    except FileNotFoundError:
        raise GrokphaseError(f'There is no file "{path}".') from None
    except GrokphaseError:
        raise
    except (ValueError, OSError, EOFError, csv.Error):
        raise GrokphaseError(
            f'"{path}" cannot be read as a matrix; give an NPY file of real numbers, or a CSV '
            "whose lines have one number for each feature."
        ) from None
    if not read.size:
        raise GrokphaseError(
            f'"{path}" holds no numbers; a matrix is wanted, a row a sample and a column a feature.'
        )
    if read.ndim != 2:
        raise GrokphaseError(
            f'"{path}" holds an array of shape {read.shape}; a matrix is wanted, a row a sample '
            "and a column a feature: of one feature save values.reshape(-1, 1), of one sample "
            "values.reshape(1, -1)."
        )
    if bad := np.argwhere(~np.isfinite(read)).tolist():
        where = ", ".join(str(place + 1) for place in bad[0])
        raise GrokphaseError(
            f'"{path}" holds NaN or infinity at row and column {where}; every entry must be a '
            "finite number."
        )
    if (largest := float(np.abs(read).max())) > _MOST:
        raise GrokphaseError(
            f'"{path}" holds numbers of up to {largest:.3g}, whose squares cannot be computed '
            f"with; divide them, to {_MOST:g} at most."
        )
    if 0 < largest < _LEAST:
        raise GrokphaseError(
            f'"{path}" holds numbers of up to {largest:.3g} only, whose squares cannot be computed '
            f"with; multiply them, to {_LEAST:g} at least."
        )
    return read


def _array(path: Path) -> Any:
    import numpy as np

    read = np.load(path)
    if not np.can_cast(read.dtype, np.float64, "same_kind"):  # complex ones would lose a part
        raise ValueError
    return read.astype(np.float64)


def _text(path: Path) -> Any:
    import numpy as np

    lines = [
        (number, line)
        for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        return np.empty((0, 0))
    mark = next((mark for mark in "\t;," if mark in lines[0][1]), None)
    rows = [(number, _cells(line, mark)) for number, line in lines]
    names = rows[0][1]
    if not any(_is_number(cell) for cell in names) and len(rows) > 1:
        if not names[0]:
            raise GrokphaseError(
                f'The first column of "{path}" has no name, and may count the rows; save the file '
                "without it, in pandas by index=False."
            )
        rows = rows[1:]
    columns = len(rows[0][1])
    for number, cells in rows:
        if len(cells) != columns:
            raise GrokphaseError(
                f'"{path}" has {len(cells)} cells in line {number}, and {columns} in the first of '
                "numbers; every line has one number for each feature."
            )
        for at, cell in enumerate(cells, 1):
            if _is_number(cell):
                continue
            raise GrokphaseError(
                f'"{path}" has {cell!r} in line {number}, column {at}, which is no '
                "number; every line has one number for each feature, below a first line of names "
                "or without it."
            )
    return np.array([cells for _, cells in rows], np.float64)


def _cells(line: str, mark: str | None) -> list[str]:
    """The cells of a line, which may stand in quotation marks; without a mark spaces part them."""
    if mark is None:
        return [cell.strip('"') for cell in line.split()]
    return [
        cell.strip() for cell in next(csv.reader([line], delimiter=mark, skipinitialspace=True))
    ]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
