"""Results that are kept: those that come with grokphase, and those of this directory."""

from __future__ import annotations

from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.studies.figure import FigureResult
from grokphase.studies.scales import Scale

SHIPPED = Path(__file__).parent / "results"
"""Results that come with grokphase, each with its provenance."""


def place(folder: Path, study: str, scale: Scale, figure: str) -> Path:
    """The file of a figure's result."""
    return folder / study / scale / f"{figure}.json"


def read(folder: Path, study: str, scale: Scale, figure: str) -> FigureResult | None:
    """The result of a figure in a folder, if it is there.

    Raises:
        GrokphaseError: if another result is in its place, or none that can be read.
    """
    path = place(folder, study, scale, figure)
    if not path.exists():
        return None
    result = FigureResult.read(path)
    if (result.study, result.scale, result.figure) != (study, scale, figure):
        raise GrokphaseError(
            f'"{path}" holds {result.study}/{result.figure} at {result.scale} scale; remove it, '
            "and compute the figure again."
        )
    return result


def kept(study: str, scale: Scale, figure: str, folder: Path | None) -> FigureResult | None:
    """A kept result: that of the folder, else the one that comes with grokphase."""
    own = None if folder is None else read(folder, study, scale, figure)
    return read(SHIPPED, study, scale, figure) if own is None else own
