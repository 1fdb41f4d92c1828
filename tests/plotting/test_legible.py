"""Every chart can be read at its smallest and its largest content."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.plotting.fakes import SETTINGS, made_up_map, made_up_record
from tests.plotting.legible import faults

import grokphase as gp
from grokphase import studies
from grokphase.phases import PHASES, Axis, PhaseMap
from grokphase.plotting import curves_figure, draw_curves, draw_phase_map, phase_map_figure
from grokphase.plotting.style import paper_style
from grokphase.store import RunRecord
from grokphase.studies import SCALES, study
from grokphase.studies.drawing import draw
from grokphase.studies.kept import kept
from grokphase.telling.terminal import terminal_map
from grokphase.training.notes import notes

RATE, DECAY = "recipe.decoder.learning_rate", "recipe.decoder.weight_decay"
LONG = "model.a_very_long_name_of_a_setting_of_a_model_that_somebody_wrote"


def along(x: str, y: str, **options: Any) -> PhaseMap:
    """A made-up map over these axes."""
    axes = {"x": Axis.parse(x), "y": Axis.parse(y)}
    return replace(made_up_map(axes["x"].size, axes["y"].size, **options), **axes)


def noted(seeds: int) -> PhaseMap:
    """A map of so many seeds, from the first on that cannot generalize."""
    specs = [gp.run_spec("addition", seed=seed) for seed in range(60, 60 + seeds)]
    return replace(made_up_map(8, 6, seeds=seeds), notes=notes([specs]), by="sustained")


def every_outcome() -> PhaseMap:
    never = np.full((len(PHASES), 2), np.nan)
    x, y = Axis("split.count", (5, 50)), Axis("recipe.batch", (1, 2, 3, 4, 5, 6, 45))
    return PhaseMap.from_arrays(x, y, [[phase] * 2 for phase in PHASES], never, never)


def listed(name: str, first: int, step: int) -> str:
    return f"{name}=" + ",".join(str(first + step * i) for i in range(60))


MAPS = {
    "two by two": lambda: made_up_map(2, 2),
    "sixty by forty": lambda: made_up_map(60, 40, seeds=3, inferred=True),
    "two by sixty": lambda: made_up_map(2, 60),
    "one seed": lambda: noted(1),
    "three seeds": lambda: noted(3),
    "twenty seeds": lambda: noted(20),
    "two hundred seeds": lambda: noted(200),
    "few decades": lambda: along(f"{RATE}=1e-3..8e-3:16:log", f"{DECAY}=0.5..0.7:11:log"),
    "many decades": lambda: along(f"{RATE}=1e-30..1e-2:16:log", f"{DECAY}=0..1e9:11"),
    "long labels": lambda: along(listed("recipe.steps", 1000000, 7), f"{DECAY}=0..1e-6:13"),
    "long names": lambda: along(f"{LONG}=0.5..0.99:7", f"{LONG}.2=1e-12..1e-3:9:log"),
    "every outcome": every_outcome,
}


def run(last: int, **changes: Any) -> RunRecord:
    return made_up_record(min(120, last), max(1, last * 9 // 10), steps=last, **changes)


def asked(**changes: Any) -> RunRecord:
    """A run with every measure that can be asked for, of symbols with long names."""
    symbols = "\n".join(f"symbol {letter}" for letter in "abcdef")
    changes["spec"] = {**SETTINGS, "task": {"name": "table", "symbols": symbols}}
    record = made_up_record(**changes)
    names = (
        *("null_dimension", "effective_dimension", "predicted_accuracy", "linear_residual"),
        *("train_margin", "mean_train_margin", "mean_distance", "nearest_distance"),
        *("gradient_norm", "gradient_alignment"),
        *(f"embedding.{symbol}" for symbol in range(12)),
    )
    values = np.geomspace(1, 1.2, len(record.curves["step"])).astype(np.float32)
    return made_up_record(curves=record.curves | dict.fromkeys(names, values), **changes)


def narrow() -> RunRecord:
    """A run whose losses and norms hardly move."""
    record = made_up_record()
    rise = np.linspace(1, 1.001, len(record.curves["step"]))
    names = {"train_loss": 0.5, "validation_loss": 0.5003, "weight_norm": 14_000.0}
    return made_up_record(curves=record.curves | {k: v * rise for k, v in names.items()})


def of_a_long_name() -> dict[str, Any]:
    name = "operation-table-in-a-file-with-a-very-long-name-of-many-words"
    return {"spec": {**SETTINGS, "task": {"name": name, "p": 113}}}


RUNS = {
    "one step": lambda: run(1),
    "nine steps": lambda: run(9),
    "a hundred million steps": lambda: run(10**8),
    "never": lambda: made_up_record(None, None, phase="confusion", steps=10**8),
    "narrow": narrow,
    "everything asked for": asked,
    "ten runs": lambda: [
        run(20_000, seed=s, phase=PHASES[s % 6], **of_a_long_name()) for s in range(10)
    ],
}


def quick(names: Iterable[str], chosen: Container[str]) -> list[Any]:
    """These as parameters; all but the chosen are left to the slow tests."""
    marks = {True: (), False: pytest.mark.slow}
    return [pytest.param(name, marks=marks[name in chosen]) for name in names]


EXTREMES = ("two by two", "sixty by forty", "twenty seeds", "long labels", "long names")


@pytest.mark.parametrize("name", quick(MAPS, EXTREMES))
def test_a_phase_map_can_be_read(name: str) -> None:
    found = MAPS[name]()
    assert faults(phase_map_figure(found, steps=True)) == []
    if name in ("twenty seeds", "long labels", "long names"):
        assert faults(phase_map_figure(found)) == []


@pytest.mark.parametrize("name", quick(RUNS, ("one step", "narrow", "ten runs")))
def test_curves_can_be_read(name: str) -> None:
    assert faults(curves_figure(RUNS[name]())) == []


@pytest.mark.parametrize("size", [(4.6, 2.8), (12, 9)])
def test_figures_of_other_sizes_can_be_read(size: tuple[float, float]) -> None:
    assert faults(phase_map_figure(made_up_map(), figsize=size)) == []
    assert faults(curves_figure(made_up_record(), figsize=size)) == []


def test_pictures_in_axes_of_ones_own_can_be_read() -> None:
    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplots(2, 2)
    draw_phase_map(axes[0, 0], noted(20))
    draw_phase_map(axes[0, 1], noted(20), steps=True)
    draw_curves(axes[1, 0], asked())
    draw_curves(axes[1, 1], RUNS["ten runs"](), quantity="norm")
    assert faults(figure) == []


def test_a_reader_sees_what_touches_and_what_leaves() -> None:
    """The helper itself finds what it is for."""
    figure = Figure(figsize=(2, 1))
    for text, x in (("one", 0.3), ("two", 0.42), ("far", 0.97)):
        figure.text(x, 0.5, text)
    outside, touching = faults(figure)
    assert "'far' leaves the figure" in outside
    assert touching == "'one' touches 'two'"


@pytest.mark.parametrize("name", ["two by two", "long labels", "long names", "every outcome"])
def test_labels_of_a_map_in_letters_are_whole_and_apart(name: str) -> None:
    found = MAPS[name]()
    for text in (terminal_map(found).plain, str(found)):
        lines = [line.rstrip() for line in text.splitlines()]
        assert max(map(len, lines)) <= 80
        last = max(i for i, line in enumerate(lines) if "|" in line)
        shown = lines[last + 1].split()
        assert len(shown) >= 2
        assert set(shown) <= set(found.x.labels())
        assert {line.split("|")[0].strip() for line in lines if "|" in line} <= {*found.y.labels()}


ROOM = Path(studies.__file__).parent
SHIPPED = sorted(
    {f"{path.parents[2].name}/{path.stem}" for path in ROOM.glob("*/results/*/*.json")}
)
NARROW = ("liu2022/fig4a", "liu2022/fig13a", "egd2025/race", "hutchison2025/delays")


@pytest.mark.parametrize("name", quick(SHIPPED, NARROW))
def test_figures_of_studies_can_be_read(name: str) -> None:
    paper, _, id = name.partition("/")
    figure = next(each for each in study(paper).figures if each.id == id)
    found = [kept(study(paper), scale, id, None) for scale in SCALES]
    with paper_style():
        assert [faults(draw(study(paper), figure, each)) for each in found if each] == [
            [] for each in found if each
        ]
