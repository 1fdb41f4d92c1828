"""A study: a paper, its figures and its claims."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field

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
        unmeasured: figures of the paper that are not among these, and what they show.
    """

    name: str
    citation: str
    figures: tuple[Figure, ...]
    claims: tuple[Claim, ...]
    unmeasured: Mapping[str, str] = field(default_factory=dict)

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
        if what in self.unmeasured:
            raise GrokphaseError(
                f"{self.name}/{what} is not measured: it shows {self.unmeasured[what]}; for what "
                f"is, write grokphase reproduce {self.name}."
            )
        ids = [figure.id for figure in self.figures]
        raise GrokphaseError(
            f'{self.name} has no figure "{what}"; there are {", ".join(ids)}.{nearest(what, ids)}'
        )

    def select_claims(self, what: str) -> tuple[Claim, ...]:
        """A claim by its id, or those that rest on a figure: "four-phases-b", "fig6b", "fig6".

        Raises:
            GrokphaseError: if there is neither, naming the nearest.
        """
        if found := tuple(claim for claim in self.claims if claim.id == what):
            return found
        if what.startswith("fig"):
            ids = {figure.id for figure in self.select(what)}
            return tuple(claim for claim in self.claims if ids & set(claim.needs))
        known = [claim.id for claim in self.claims]
        raise GrokphaseError(
            f'{self.name} has no claim "{what}".{nearest(what, known)} For a list write '
            f"grokphase claims {self.name}; or name a figure, as {self.name}/{self.figures[0].id}."
        )


def study(name: str) -> Study:
    """A study by its name.

    Args:
        name: e.g. "liu2022".

    Returns:
        The paper with its figures and claims.

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

    Args:
        target: a study, a study and a figure, or a study and the beginning of its panels' ids.

    Returns:
        The study, and its figures in the order of the paper.

    Raises:
        GrokphaseError: for a study or a figure that does not exist.

    Example:
        >>> [figure.id for figure in parse_target("liu2022/fig6")[1]]
        ['fig6a', 'fig6b', 'fig6c', 'fig6d']
    """
    chosen, what = _split(target)
    return chosen, chosen.select(what) if what else chosen.figures


def parse_claims(target: str) -> tuple[Study, tuple[Claim, ...]]:
    """A study and the claims asked for: all of "liu2022", or see `Study.select_claims`.

    Args:
        target: a study, or a study and a figure or a claim.

    Returns:
        The study, and its claims in the order of the paper.

    Raises:
        GrokphaseError: for a study, a figure or a claim that does not exist.

    Example:
        >>> len(parse_claims("liu2022/fig6b")[1])
        5
    """
    chosen, what = _split(target)
    return chosen, chosen.select_claims(what) if what else chosen.claims


def _split(target: str) -> tuple[Study, str]:
    name, _, what = target.strip("/").partition("/")
    return study(name), what
