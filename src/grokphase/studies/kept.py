"""Results that are kept: those that come with grokphase, and those of this directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grokphase.studies.figure import FigureResult
from grokphase.studies.scales import Scale

SHIPPED = Path(__file__).parent / "results"
"""Results that come with grokphase, each with its provenance."""

FOLDER = Path("grokphase-out") / "studies"
"""Where `grokphase reproduce` leaves results if nothing else is said."""


def place(folder: Path, study: str, scale: Scale, figure: str) -> Path:
    """The file of a figure's result."""
    return folder / study / scale / f"{figure}.json"


def kept(study: str, scale: Scale, figure: str, folder: Path | None) -> FigureResult | None:
    """A kept result: that of the folder, else the one that comes with grokphase."""
    for root in _roots(folder):
        if (path := place(root, study, scale, figure)).exists():
            return FigureResult.read(path)
    return None


def _roots(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
    yield SHIPPED
