"""A study: a paper, its figures and its claims, as the facts in its `paper.toml` say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from grokphase.errors import GrokphaseError, nearest
from grokphase.studies.facts import Facts
from grokphase.studies.scales import Scale

Kind = Literal["paper", "variant", "misprint", "ours"]

KINDS: Final[Mapping[Kind, str]] = {
    "paper": "claims of the paper, by the convention of its text where it has one",
    "variant": "claims of the paper by another convention, that of its code for instance",
    "misprint": "formulas or numbers that are misprinted, and contradict the paper itself",
    "ours": "statements that the paper does not make, about what it shows",
}
"""What a claim is to its paper. To count a variant as one more claim would count a claim twice."""

Settings = Mapping[str, Any]
"""Numbers by which a figure is computed at one scale: seeds, steps, sizes."""

OWN: Final = "study:"
"""Begins the name of an estimator or a chart that is a function of the study."""

PUBLISHED: Final = "published:"
"""Begins the name of a table of published numbers, `published/NAME.csv`."""


@dataclass(frozen=True)
class Claim:
    """A statement of a paper, in a form that can fail.

    Args:
        id: short name within its study, e.g. "critical-fraction".
        where: place in the paper.
        statement: what is claimed.
        published: the published value, or the words that stand for it.
        needs: ids of the figures whose data it is measured on; empty for a theorem.
        estimator: how it is judged: one of `grokphase.estimators`, or "study:" and a function of
            the study, from the data by figure to a `Measured`.
        parameters: of the estimator.
        table: a function of the study that makes the estimator's table of the data by figure.
        among: rows that are looked at, by the value of a column or a comparison such as "> 0.4".
        tolerance: when it holds, in words.
        unit: of the measured value.
        convention: choices that the outcome rests on, where paper and code differ or are silent.
        kind: what the statement is to the paper, see `KINDS`.
        family: which claims are variants of one statement.
        seeds: that a function of the study needs to decide anything.
        note: what else the ledger says of it; of a table also numbers, see `notes.filled`.
        key: its name in `paper.toml`, that of all variants.
    """

    id: str
    where: str
    statement: str
    published: str
    needs: tuple[str, ...]
    estimator: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    among: Mapping[str, Any] = field(default_factory=dict)
    tolerance: str = ""
    unit: str = ""
    convention: str = ""
    kind: Kind = "paper"
    family: str = ""
    seeds: int = 0
    note: str = ""
    key: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of a figure.

    Args:
        chart: one of `grokphase.plotting.charts`, or "study:" and a function of the study, from
            axes and data.
        parameters: of the chart.
        table: a function of the study that makes the chart's table of the figure's data.
        among: rows that are drawn.
        title: above it.
        over: drawn onto the panel before.
    """

    chart: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    among: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    over: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure that can be computed again.

    Args:
        id: short name within its study, e.g. "fig6b".
        where: place in the paper, e.g. "Figure 6 (b)".
        title: what it shows.
        settings: by scale, the numbers it is computed with; `seeds` says how many there are.
        text: by scale, the same in a sentence.
        runs: a function of the study, from settings to labels and a specification for each run.
        maps: a function of the study, from settings to what all runs of a phase map share, a
            specification for each seed; the axes are the settings `x` and `y`.
        keep: the weights that the runs keep: "final", "log" (at log-spaced steps too), or nothing.
        compute: a function of the study, from a `Given` to data; without one, the data are the
            usual table of the runs.
        panels: what is drawn.
        layout: how the panels are placed, see `grokphase.plotting.charts.page`.
        caption: below the picture, besides the settings.
        moving: a function of the study, from the data to a GIF, where the figure also moves.
        seconds: by scale, what it takes on one core; of runs, until there is a result of the scale.
    """

    id: str
    where: str
    title: str
    settings: Mapping[Scale, Settings]
    text: Mapping[Scale, str]
    runs: str | None = None
    maps: str | None = None
    keep: Literal["final", "log"] | None = None
    compute: str | None = None
    panels: tuple[Panel, ...] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    caption: str = ""
    moving: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    def seeds(self, scale: Scale) -> int | None:
        """How many seeds it has; None where it is computed without chance."""
        seeds: int | None = self.settings[scale].get("seeds")
        return seeds


@dataclass(frozen=True)
class Study:
    """A paper that can be measured again.

    Args:
        name: e.g. "liu2022".
        citation: authors, year, title, arXiv number.
        figures: in the order of the paper.
        claims: in the order of the paper.
        facts: the file that says all this; its folder holds the study's Python and its tables.
        package: dotted name of the package that the folder is, if it is one.
        status: how far it was checked, in words.
        conventions: sentences that several claims share, by name.
        disagreements: where text and code differ: `about`, `text`, `code`, `here`.
        unmeasured: figures of the paper that are not among these, and what they show.
    """

    name: str
    citation: str
    figures: tuple[Figure, ...]
    claims: tuple[Claim, ...]
    facts: Facts
    package: str | None = None
    status: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)
    disagreements: tuple[Mapping[str, str], ...] = ()
    unmeasured: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """In a line."""
        return f"Study({self.name}: {len(self.figures)} figures, {len(self.claims)} claims)"

    @property
    def folder(self) -> Path:
        """Where `paper.toml`, `published/`, `results/` and the study's Python are."""
        return self.facts.path.parent

    def select(self, what: str) -> tuple[Figure, ...]:
        """Figures by their id or its beginning: "fig6b", or "fig6" for all its panels.

        Raises:
            GrokphaseError: if there is none, naming the nearest.
        """
        if found := self._figures(what):
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

    def _figures(self, what: str) -> tuple[Figure, ...]:
        exact = tuple(figure for figure in self.figures if figure.id == what)
        # "fig1" is not the beginning of "fig10": what follows must be a panel's letter.
        panels = tuple(
            figure
            for figure in self.figures
            if figure.id.startswith(what) and figure.id[len(what) :].isalpha()
        )
        # Nor is "fig" of all figures.
        return exact or (panels if what[-1:].isdigit() else ())

    def select_claims(self, what: str) -> tuple[Claim, ...]:
        """A claim by its id, or those that rest on a figure: "four-phases-b", "fig6b", "fig6".

        Raises:
            GrokphaseError: if there is neither, naming the nearest.
        """
        if found := tuple(claim for claim in self.claims if claim.id == what):
            return found
        if what in self.unmeasured or self._figures(what):
            ids = {figure.id for figure in self.select(what)}
            return tuple(claim for claim in self.claims if ids & set(claim.needs))
        known = [claim.id for claim in self.claims]
        if what.startswith("fig"):
            self.select(what)  # says which figures there are
        raise GrokphaseError(
            f'{self.name} has no claim "{what}".{nearest(what, known)} For a list write '
            f"grokphase claims {self.name}; or name a figure, as {self.name}/{self.figures[0].id}."
        )

    def needed(self, claim: Claim) -> tuple[Figure, ...]:
        """The figures that a claim rests on."""
        return tuple(figure for figure in self.figures if figure.id in claim.needs)
