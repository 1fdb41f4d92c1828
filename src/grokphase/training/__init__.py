"""How networks learn: recipes, the compiled loop, and sweeps of runs."""

from grokphase.phases.thresholds import Thresholds as Thresholds
from grokphase.training.asked import run_spec as run_spec
from grokphase.training.leaves import leaves as leaves
from grokphase.training.leaves import replace as replace
from grokphase.training.progress import Progress as Progress
from grokphase.training.recipe import Group as Group
from grokphase.training.recipe import Recipe as Recipe
from grokphase.training.run import Run as Run
from grokphase.training.run import train as train
from grokphase.training.spec import RunSpec as RunSpec
from grokphase.training.sweep import Sweep as Sweep

__all__ = [
    "Group",
    "Progress",
    "Recipe",
    "Run",
    "RunSpec",
    "Sweep",
    "Thresholds",
    "leaves",
    "replace",
    "run_spec",
    "train",
]
