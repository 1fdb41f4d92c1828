"""Phase maps of the toy: Figures 6 (a) to (d), 13, 14 and 15."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from grokphase.phases.axis import Axis
from grokphase.studies.figure import Data, Figure, plain
from grokphase.studies.liu2022.drawings.maps import draw_map
from grokphase.studies.liu2022.map_claims import CLAIMS as CLAIMS
from grokphase.studies.scales import SCALES, Scale
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.tasks import Task
    from grokphase.training.spec import RunSpec

Learned = Literal["regression", "classification", "S3"]

QUICK_STEPS: Final = 10_000
PAPER_STEPS: Final = 100_000

_RATE: Final = "recipe.decoder.learning_rate"
_DECAY: Final = "recipe.decoder.weight_decay"
# The author's number for the first seed of a map of each task; (a), (b) and Appendix G share one.
_FIRST: Final[Mapping[Learned, int]] = {"regression": 58, "classification": 6, "S3": 0}


@dataclass(frozen=True)
class Panel:
    """One phase map of the paper.

    Args:
        id: short name of the figure, e.g. "fig6b".
        where: place in the paper.
        title: what it shows.
        learned: task: addition as regression or classification, or the permutations S3.
        x: the axis across, for each scale.
        y: the axis up, for each scale.
        seeds: how many, for each scale.
        downwards: whether the paper's y axis has its least value on top.
    """

    id: str
    where: str
    title: str
    learned: Learned
    x: Mapping[Scale, str]
    y: Mapping[Scale, str]
    seeds: Mapping[Scale, int]
    downwards: bool = True

    def task(self) -> Task:
        """What is learned."""
        from grokphase.studies.liu2022 import settings

        tasks = {
            "regression": settings.toy,
            "classification": settings.toy_classification,
            "S3": settings.permutations,
        }
        return tasks[self.learned]()

    def base(self, scale: Scale, seed: int) -> RunSpec:
        """What all runs of one seed's map share: the usual recipe, with the scale's budget."""
        from grokphase.training.presets import run_spec

        spec = run_spec(self.task(), seed=seed)
        steps = QUICK_STEPS if scale == "quick" else PAPER_STEPS
        return dataclasses.replace(spec, recipe=dataclasses.replace(spec.recipe, steps=steps))

    def bases(self, scale: Scale) -> list[RunSpec]:
        """One for each seed: the first from the authors' whose split can be generalized from."""
        from grokphase.studies.liu2022.settings import generalizing_seeds

        first = self.base(scale, _FIRST[self.learned])
        found = generalizing_seeds(first, first.seed, self.seeds[scale])
        return [self.base(scale, seed) for seed in found]

    def axes(self, scale: Scale) -> tuple[Axis, Axis]:
        """The axes across and up."""
        return Axis.parse(self.x[scale]), Axis.parse(self.y[scale])

    def settings(self, scale: Scale) -> str:
        """What is computed, in a few sentences."""
        x, y = self.axes(scale)
        many, first = self.seeds[scale], _FIRST[self.learned]
        steps = QUICK_STEPS if scale == "quick" else PAPER_STEPS
        sentences = [
            f"Planned: {many} seed{'s' * (many > 1)}, the first from {first} on whose split can be "
            f"generalized from (our draws: a seed stands for other random numbers than in the "
            f"authors' code); {x.size} x {y.size} cells; budget {steps:,} steps a run.",
            "Table 1: first passage of accuracies > 0.9, grokking from a delay of 1,000 steps.",
            "Each seed's map is refined by itself: cells away from its borders are inferred.",
        ]
        if scale == "quick":
            sentences.append(
                f"The budget is a tenth of the paper's {PAPER_STEPS:,} steps, so what comes later "
                "is censored: late generalization shows as memorization, late training as "
                "confusion. The grid was chosen to show the phases of the paper-scale map."
            )
        return " ".join(sentences)


def compute(panel: Panel, work: Work) -> Data:
    """The refined map of each seed of a panel.

    Maps that an earlier result holds, of the same runs on the same axes, are taken from there.

    Args:
        panel: the map of the paper.
        work: scale, store and what is there already.
    """
    x, y = panel.axes(work.scale)
    axes = described(x, y)
    kept = {entry["seed"]: entry for entry in _kept(panel, work, axes)}
    maps = []
    for base in panel.bases(work.scale):
        if (entry := kept.pop(base.seed, None)) is None:
            entry = entry_of(base, work.map(base, x, y, base.seed))
        else:
            count(work, entry)
        maps.append(entry)
    for entry in kept.values():
        count(work, entry)
    return {**axes, "maps": [*maps, *kept.values()]}


def described(x: Axis, y: Axis) -> dict[str, Any]:
    """Both axes as they stand in the data."""
    return {"x": plain(dataclasses.asdict(x)), "y": plain(dataclasses.asdict(y))}


def entry_of(base: RunSpec, phase_map: PhaseMap) -> dict[str, Any]:
    """One seed's map as it stands in the data: a letter a cell, steps None where censored.

    Args:
        base: what the map's runs share.
        phase_map: their map, of one seed.
    """
    from grokphase.telling.looks import phase_style

    return {
        "seed": base.seed,
        "base": base.id,
        "phase": ["".join(phase_style(str(p)).letter for p in row) for row in phase_map.phase],
        "train_step": _steps(phase_map.train_step_by_seed[..., 0].tolist()),
        "validation_step": _steps(phase_map.validation_step_by_seed[..., 0].tolist()),
        "measured": ["".join("01"[bool(run)] for run in row) for row in phase_map.measured],
        "steps_trained": phase_map.steps_trained,
        "seconds": round(phase_map.seconds, 1),
    }


def _steps(rows: Sequence[Sequence[float]]) -> list[list[int | None]]:
    """Steps as whole numbers, NaN as None."""
    return [[None if step != step else int(step) for step in row] for row in rows]


def count(work: Work, entry: Mapping[str, Any]) -> None:
    """Add what a map cost, when it was made, to what the figure cost."""
    runs = sum(row.count("1") for row in entry["measured"])
    work.count(runs, entry["steps_trained"], entry["seconds"])


def _kept(panel: Panel, work: Work, axes: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Maps of an earlier result that are of the same runs: same specification, same axes."""
    earlier = work.previous or {}
    if {axis: earlier.get(axis) for axis in axes} == axes:
        for entry in earlier["maps"]:
            if panel.base(work.scale, entry["seed"]).id == entry["base"]:
                yield entry


def _both(quick: str, paper: str) -> dict[Scale, str]:
    return {"quick": quick, "paper": paper}


def _figure_6(letter: str, title: str, learned: Learned, quick: str, paper: str) -> Panel:
    """Panels (b), (c), (d): the decoder's rate against its weight decay."""
    return Panel(
        f"fig6{letter}",
        f"Figure 6 ({letter})",
        title,
        learned,
        _both(f"{_RATE}=4e-5..1e-2:7:log", f"{_RATE}=1e-5..1e-2:16:log"),
        _both(f"{_DECAY}={quick}", f"{_DECAY}={paper}"),
        {"quick": 3, "paper": 5},
    )


def _appendix_g(number: int, what: str, name: str, quick: str, paper: str) -> Iterator[Panel]:
    """A figure of Appendix G, left and right: the decoder's rate against something else.

    The paper does not say how fine its grids are.
    """
    learned: tuple[Learned, Learned] = ("regression", "classification")
    for letter, side, kind in zip("ab", ("left", "right"), learned, strict=True):
        yield Panel(
            f"fig{number}{letter}",
            f"Figure {number} ({side})",
            f"phases over decoder rate and {what} ({kind})",
            kind,
            _both(f"{_RATE}=1e-4..4e-3:5:log", f"{_RATE}=1e-4..1e-2:8:log"),
            _both(f"{name}={quick}", f"{name}={paper}"),
            {"quick": 1, "paper": 1},
        )


PANELS: Final = (
    Panel(
        "fig6a",
        "Figure 6 (a)",
        "phases over the learning rates of decoder and embedding (addition, regression)",
        "regression",
        _both(f"{_RATE}=3e-5..1e-2:6:log", f"{_RATE}=1e-5..1e-2:13:log"),
        _both(
            "recipe.embedding.learning_rate=3e-5..1e-2:6:log",
            "recipe.embedding.learning_rate=1e-5..1e-2:13:log",
        ),
        {"quick": 3, "paper": 5},
        downwards=False,
    ),
    _figure_6(
        "b",
        "phases over rate and weight decay of the decoder (addition, regression)",
        "regression",
        quick="0..6:3",
        paper="0..10:11",
    ),
    _figure_6(
        "c",
        "phases over rate and weight decay of the decoder (addition, classification)",
        "classification",
        quick="0..12:3",
        paper="0..20:11",
    ),
    _figure_6(
        "d",
        "phases over rate and weight decay of the decoder (permutations S3, regression)",
        "S3",
        quick="0,10,200",
        paper="0,1,2,3,5,10,20,30,50,100,200",
    ),
    *_appendix_g(13, "batch size", "recipe.batch", "5,10,20,45", "5..45:5"),
    *_appendix_g(14, "initial scale", "model.embedding_scale", "0.1..10:4:log", "0.1..10:5:log"),
    *_appendix_g(
        15, "embedding weight decay", "recipe.embedding.weight_decay", "0..10:3", "0..10:5"
    ),
)
"""The phase maps of the paper."""


def _figure(panel: Panel) -> Figure:
    return Figure(
        id=panel.id,
        where=panel.where,
        title=panel.title[0].upper() + panel.title[1:],
        compute=partial(compute, panel),
        draw=partial(
            draw_map,
            title=f"{panel.where}: {panel.title}",
            planned=panel.seeds,
            downwards=panel.downwards,
        ),
        settings={scale: panel.settings(scale) for scale in SCALES},
    )


FIGURES: Final = tuple(_figure(panel) for panel in PANELS)
"""Every phase map as a figure that can be computed again."""
