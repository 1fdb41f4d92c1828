"""What computing a figure would take, and what could be decided with it: known before it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grokphase.studies import maps
from grokphase.studies.figure import asked
from grokphase.studies.judging import can_decide
from grokphase.studies.kept import kept, place, read
from grokphase.studies.paper import Claim, Figure, Study
from grokphase.studies.scales import SCALES, Scale

if TYPE_CHECKING:
    from grokphase.training.schedule import Keep
    from grokphase.training.spec import AnySpec

_COVERED: Final[Mapping[Keep | None, tuple[Keep | None, ...]]] = {
    None: (None,),
    "final": (None, "final"),
    "log": (None, "final", "log"),
}
"""By the weights that a run is kept with, those that it can be asked for."""


@dataclass(frozen=True)
class FigurePlan:
    """What a figure would take at one scale.

    Args:
        figure: the figure.
        seeds: how many; None where it is computed without chance.
        runs: networks to train, at most: a phase map is refined, and leaves cells out.
        existing: of these, in the store already, or trained for a figure before.
        steps: of those to come, at most: each may stop before its budget.
        seconds: about what it takes on one core, by what a step took when a result of this scale
            was made, as the study says, or by a result of the other scale; None where none is
            known.
    """

    figure: Figure
    seeds: int | None
    runs: int
    existing: int
    steps: int
    seconds: float | None


@dataclass(frozen=True)
class StudyPlan:
    """What figures of a study would take, and which of its claims they could decide.

    Args:
        scale: "quick" or "paper".
        figures: each with its cost.
        decidable: claims that could hold, and could fail.
        one_sided: claims that this many seeds can only refute, or only confirm.
        undecidable: claims for which it has too few seeds either way.
        elsewhere: claims that need another figure, too.
    """

    scale: Scale
    figures: tuple[FigurePlan, ...]
    decidable: tuple[Claim, ...]
    one_sided: tuple[Claim, ...]
    undecidable: tuple[Claim, ...]
    elsewhere: tuple[Claim, ...]

    @property
    def seconds(self) -> float | None:
        """Of all figures on one core; None where one of them is not known."""
        known = [each.seconds for each in self.figures if each.seconds is not None]
        return sum(known) if len(known) == len(self.figures) else None


def plan(
    study: Study,
    figures: Sequence[Figure],
    scale: Scale,
    *,
    store: Path | str | None = None,
    folder: Path | None = None,
) -> StudyPlan:
    """What figures would take, and what they would decide; nothing is trained.

    Args:
        study: the paper.
        figures: those asked for.
        scale: "quick" or "paper".
        store: where runs are looked for; it is only read.
        folder: where finished maps are looked for, and what a step took.

    Example:
        >>> from grokphase.studies import study
        >>> paper = study("liu2022")
        >>> found = plan(paper, paper.select("fig6b"), "quick")
        >>> found.figures[0].runs, len(found.decidable), len(found.undecidable)
        (63, 0, 6)
    """
    before: dict[str, set[Keep | None]] = {}  # several figures may show the same runs
    return replace(
        plan_claims(study, figures, scale),
        figures=tuple(_planned(study, figure, scale, store, folder, before) for figure in figures),
    )


def plan_claims(study: Study, figures: Sequence[Figure], scale: Scale) -> StudyPlan:
    """What figures would decide; what they would take is left open.

    Args:
        study: the paper.
        figures: those asked for.
        scale: "quick" or "paper".
    """
    ids = {figure.id for figure in figures}
    whole = len(ids) == len(study.figures)
    claims = [
        claim for claim in study.claims if ids & set(claim.needs) or (whole and not claim.needs)
    ]
    told: dict[tuple[bool, bool] | None, list[Claim]] = {}
    for claim in claims:
        here = ids >= set(claim.needs)
        told.setdefault(can_decide(study, claim, scale) if here else None, []).append(claim)
    return StudyPlan(
        scale,
        (),
        decidable=tuple(told.get((True, True), ())),
        one_sided=(*told.get((True, False), ()), *told.get((False, True), ())),
        undecidable=tuple(told.get((False, False), ())),
        elsewhere=tuple(told.get(None, ())),
    )


def _planned(
    study: Study,
    figure: Figure,
    scale: Scale,
    store: Path | str | None,
    folder: Path | None,
    before: dict[str, set[Keep | None]],
) -> FigurePlan:
    """A figure's cost beside those whose runs are planned already, which it adds to.

    A run that another figure trains without the weights that this one needs is trained again.
    """
    planned, done = _specs(study, figure, scale, folder)
    specs = {spec.id: spec for spec in planned}
    there = _existing(store, [*specs.values()], figure.keep)
    there |= {name for name in specs if figure.keep in before.get(name, ())}
    missing = [spec for name, spec in specs.items() if name not in there and spec.seed not in done]
    for name in specs:
        before.setdefault(name, set()).update(_COVERED[figure.keep])
    steps, of = (sum(map(_budget, some)) for some in (missing, specs.values()))
    seconds = figure.seconds.get(scale)
    if specs:
        seconds = _seconds(study, figure, scale, folder, steps, of) if steps else 0.0
    return FigurePlan(
        figure, figure.seeds(scale), len(specs), len(specs) - len(missing), steps, seconds
    )


def _specs(
    study: Study, figure: Figure, scale: Scale, folder: Path | None
) -> tuple[list[AnySpec], set[int]]:
    """Every run that a figure may train, and seeds whose maps are whole in a folder of results."""
    if figure.maps is None:
        return [spec for _, spec in asked(study, figure, scale)], set()
    settings, bases = figure.settings[scale], maps.bases_of(study, figure, scale)
    with study.facts.told_at("figures", figure.id, "settings"):
        designs = maps.designs(bases, settings)
    specs = [spec for design in designs for spec in design.all_specs()]
    if folder is None:
        return specs, set()
    earlier = read(place(folder, study, scale, figure.id), study, scale, figure.id)
    return specs, maps.kept_seeds(bases, settings, None if earlier is None else earlier.data)


def _existing(store: Path | str | None, specs: Sequence[AnySpec], keep: Keep | None) -> set[str]:
    """Runs that the store holds, with the weights that the figure keeps."""
    from grokphase.store.borrowing import borrowed
    from grokphase.training.sweep import stored

    if store is None or not specs or not os.path.isdir(store) or not os.listdir(store):
        return set()
    with borrowed(store, read_only=True) as kept_runs:
        return set() if kept_runs is None else stored(kept_runs, specs, keep)


def _budget(spec: AnySpec) -> int:
    recipe = getattr(spec, "recipe", None)
    return 0 if recipe is None else recipe.steps or 0


def _seconds(
    study: Study, figure: Figure, scale: Scale, folder: Path | None, steps: int, of: int
) -> float | None:
    """What so many steps take, of all those of a figure.

    What a result of this scale in one's own folder took says most; then what the study says of the
    whole figure; then what the result that comes with the study took, on a machine that may have
    had other work; then what a step took at another scale.
    """
    said = figure.seconds.get(scale)
    own = folder is not None and place(folder, study, scale, figure.id).exists()
    if said is not None and not own:
        return said * steps / of
    there = (kept(study, each, figure.id, folder) for each in (scale, *SCALES))
    took = (each.cost_seconds / each.steps for each in there if each is not None and each.steps)
    a_step = next(took, None)
    return None if a_step is None else a_step * steps
