"""Computing figures of a study again: data, pictures, and what they say of the claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grokphase.files import replacing
from grokphase.plotting.files import save_figure
from grokphase.studies.drawing import draw
from grokphase.studies.figure import FigureResult, computed
from grokphase.studies.functions import check_named, function
from grokphase.studies.judging import Entry, entry_of
from grokphase.studies.kept import place, read
from grokphase.studies.ledger import study_ledger
from grokphase.studies.paper import OWN, Figure, Study
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
        work: scale, store and workers; finished maps of an earlier result in the folder are taken
            from there, those that come with the study are not: they are computed again.
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
    path = place(folder, study, work.scale, figure.id)
    earlier = read(path, study, work.scale, figure.id)
    work.previous = None if earlier is None else earlier.data
    result = computed(study, figure, work)
    result.write(path)
    files = [*save_figure(draw(study, figure, result), path.with_suffix(""))]
    if figure.moving is not None:
        files.append(path.with_suffix(".gif"))
        with replacing(files[-1]) as passing:
            passing.write_bytes(function(study, figure.moving)(result.data))
    return Reproduced(figure, result, (*files, path))


def check_functions(study: Study, figures: Sequence[Figure]) -> None:
    """Find every function that figures name, before anything is trained.

    Raises:
        GrokphaseError: for one that is not there.
    """
    for figure in figures:
        own = [figure.runs, figure.maps, figure.compute, figure.moving]
        own += [panel.table for panel in figure.panels]
        own += [panel.chart for panel in figure.panels if panel.chart.startswith(OWN)]
        for claim in study.claims:
            if figure.id in claim.needs:
                own.append(claim.table)
                own += [claim.estimator] if claim.estimator.startswith(OWN) else []
        for name in filter(None, own):
            check_named(study, name)


def verdicts(study: Study, figures: Sequence[Figure], scale: Scale, folder: Path) -> list[Entry]:
    """The claims that rest on these figures, measured on what is kept; all for all figures.

    Args:
        study: the paper.
        figures: some of its figures, or all.
        scale: "quick" or "paper".
        folder: where results are looked for before those that come with the study.

    Returns:
        Entries in the order of the paper; "not run" where a figure was not computed.

    Example:
        >>> from grokphase.studies import study
        >>> paper = study("liu2022")
        >>> found = verdicts(paper, paper.select("fig9"), "paper", Path("nowhere"))
        >>> [entry.verdict for entry in found]
        ['holds', 'holds', 'fails']
    """
    if len(figures) == len(study.figures):
        return list(study_ledger(study, scale=scale, folder=folder).entries)
    ids = {figure.id for figure in figures}
    some = [claim for claim in study.claims if ids & set(claim.needs)]
    return [entry_of(study, claim, scale, folder) for claim in some]
