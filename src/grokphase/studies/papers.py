"""A study: a paper, its figures and its claims."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from grokphase.errors import GrokphaseError, nearest
from grokphase.studies.claim import Claim
from grokphase.studies.figure import Figure

NAMES = ("liu2022",)
"""The studies there are."""


@dataclass(frozen=True)
class Study:
    """A paper that can be measured again.

    Args:
        name: e.g. "liu2022".
        citation: authors, year, title, arXiv number.
        figures: in the order of the paper.
        claims: in the order of the paper.
    """

    name: str
    citation: str
    figures: tuple[Figure, ...]
    claims: tuple[Claim, ...]

    def select(self, what: str) -> tuple[Figure, ...]:
        """Figures by their id or its beginning: "fig6b", or "fig6" for all its panels.

        Raises:
            GrokphaseError: if there is none, naming the nearest.
        """
        exact = tuple(figure for figure in self.figures if figure.id == what)
        # "fig1" is not the beginning of "fig10": what follows must be a panel's letter.
        panels = tuple(
            figure
            for figure in self.figures
            if figure.id.startswith(what) and figure.id[len(what) :].isalpha()
        )
        if found := exact or panels:
            return found
        ids = [figure.id for figure in self.figures]
        raise GrokphaseError(
            f'{self.name} has no figure "{what}"; there are {", ".join(ids)}.{nearest(what, ids)}'
        )


def study(name: str) -> Study:
    """A study by its name.

    Raises:
        GrokphaseError: if there is none of that name.

    Example:
        >>> study("liu2022").select("fig6b")[0].where
        'Figure 6 (b)'
    """
    if name not in NAMES:
        raise GrokphaseError(
            f'There is no study "{name}"; there are {", ".join(NAMES)}.{nearest(name, NAMES)}'
        )
    found: Study = importlib.import_module(f"grokphase.studies.{name}").STUDY
    return found


def parse_target(target: str) -> tuple[Study, tuple[Figure, ...]]:
    """A study and the figures asked for: "liu2022" for all, "liu2022/fig6b" for one.

    Raises:
        GrokphaseError: for a study or a figure that does not exist.
    """
    name, _, what = target.strip("/").partition("/")
    chosen = study(name)
    return chosen, chosen.select(what) if what else chosen.figures
