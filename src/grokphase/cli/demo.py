"""``grokphase demo``: the four phases of the addition toy, in a few minutes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grokphase.cli.map import map_phases
from grokphase.cli.options import COMMON, COMPUTE, Common, Compute, Experiment, Folder


@dataclass(frozen=True)
class DemoSettings:
    """The map that the demo trains.

    Args:
        task: what is learned.
        x: the axis across.
        y: the axis up.
        experiment: the budget of a run, and whatever else is not the task's usual setting.
    """

    task: str
    x: str
    y: str
    experiment: Experiment


DEMO = DemoSettings(
    task="addition",
    x="recipe.decoder.learning_rate=1e-5..1e-2:12:log",
    y="recipe.decoder.weight_decay=0..8:5",
    experiment=Experiment(steps=30_000),
)
OUT = Path("grokphase-demo")


def demo(*, out: Folder = OUT, compute: Compute = COMPUTE, common: Common = COMMON) -> int:
    """Map the four phases of learning for the addition toy, in a few minutes.

    The decoder's learning rate against its weight decay, a coarse and short version of Figure 6(b)
    of Liu et al. (2022). Leaves a figure and a report, and says where they are.

    Args:
        out: Directory for the figure and the report.
    """
    return map_phases(
        DEMO.task,
        x=DEMO.x,
        y=DEMO.y,
        out=out,
        experiment=DEMO.experiment,
        compute=compute,
        common=common,
    )
