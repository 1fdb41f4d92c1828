"""Computing figures of a study again: data, pictures, and what they say of the claims."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grokphase.plotting.files import replacing, save_figure
from grokphase.studies.claim import Entry
from grokphase.studies.entries import entry_of
from grokphase.studies.figure import Figure, FigureResult
from grokphase.studies.kept import place, read
from grokphase.studies.papers import Study
from grokphase.studies.scales import Scale
from grokphase.studies.work import Work


@dataclass(frozen=True)
class Reproduced:
    """A figure computed again, and its files.

    Args:
        figure: the figure.
        result: its data and their provenance.
        files: the picture (PNG, SVG), an animation where there is one, and the data (JSON).
    """

    figure: Figure
    result: FigureResult
    files: tuple[Path, ...]


def reproduce(study: Study, figure: Figure, work: Work, folder: Path) -> Reproduced:
    """Compute one figure and leave its data and its picture in a folder.

    Args:
        study: the paper.
        figure: one of its figures.
        work: scale, store and workers; finished parts of an earlier result in the folder are taken
            from there, those that come with grokphase are not: they are computed again.
        folder: files go to `folder/study/scale/`.

    Returns:
        The figure with its result and its files.

    Example:
        >>> from tempfile import mkdtemp
        >>> from grokphase.studies import Work, study
        >>> paper = study("liu2022")
        >>> made = reproduce(paper, *paper.select("fig9"), Work("quick"), Path(mkdtemp()))
        >>> [file.suffix for file in made.files]
        ['.png', '.svg', '.json']
    """
    earlier = read(folder, study.name, work.scale, figure.id)
    work.previous = None if earlier is None else earlier.data
    result = figure.result(study.name, work)
    path = place(folder, study.name, work.scale, figure.id)
    result.write(path)
    files = [*save_figure(figure.draw(result), path.with_suffix(""))]
    if figure.animate is not None:
        files.append(path.with_suffix(".gif"))
        with replacing(files[-1]) as passing:
            passing.write_bytes(figure.animate(result))
    return Reproduced(figure, result, (*files, path))


def verdicts(study: Study, figures: tuple[Figure, ...], scale: Scale, folder: Path) -> list[Entry]:
    """The claims that rest on these figures, measured on what is kept; all for all figures.

    Args:
        study: the paper.
        figures: some of its figures, or all.
        scale: "quick" or "paper".
        folder: where results are looked for before those that come with grokphase.

    Returns:
        Entries in the order of the paper; "not run" where a figure was not computed.

    Example:
        >>> from grokphase.studies import study
        >>> paper = study("liu2022")
        >>> found = verdicts(paper, paper.select("fig9"), "paper", Path("nowhere"))
        >>> [entry.verdict for entry in found]
        ['holds', 'holds', 'fails']
    """
    ids = {figure.id for figure in figures}
    everything = len(figures) == len(study.figures)
    return [
        entry_of(study, claim, scale, folder)
        for claim in study.claims
        if everything or ids & set(claim.needs)
    ]
