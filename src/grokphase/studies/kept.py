"""Results that are kept: those that come with a study, and those of a folder of one's own."""

from __future__ import annotations

from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.studies.figure import FigureResult
from grokphase.studies.paper import Study
from grokphase.studies.scales import Scale


def place(folder: Path, study: Study, scale: Scale, figure: str) -> Path:
    """The file of a figure's result in a folder of results."""
    return folder / study.name / scale / f"{figure}.json"


def shipped(study: Study, scale: Scale, figure: str) -> Path:
    """The file of a figure's result that comes with its study."""
    return study.folder / "results" / scale / f"{figure}.json"


def read(path: Path, study: Study, scale: Scale, figure: str) -> FigureResult | None:
    """The result of a figure in a file, if it is there.

    Raises:
        GrokphaseError: if another result is in its place, or none that can be read.
    """
    if not path.exists():
        return None
    result = FigureResult.read(path)
    if (result.study, result.scale, result.figure) != (study.name, scale, figure):
        raise GrokphaseError(
            f'"{path}" holds {result.study}/{result.figure} at {result.scale} scale; remove it, '
            "and compute the figure again."
        )
    return result


def file_of(study: Study, scale: Scale, figure: str, folder: Path | None) -> Path | None:
    """Where the result of a figure is: in the folder, else with its study, else nowhere."""
    places = [] if folder is None else [place(folder, study, scale, figure)]
    return next((path for path in (*places, shipped(study, scale, figure)) if path.exists()), None)


def kept(study: Study, scale: Scale, figure: str, folder: Path | None) -> FigureResult | None:
    """A kept result: that of the folder, else the one that comes with the study."""
    path = file_of(study, scale, figure, folder)
    return None if path is None else read(path, study, scale, figure)
