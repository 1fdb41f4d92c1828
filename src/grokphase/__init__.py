"""grokphase: which phase of learning a network is in, when it will generalise, and why.

Example:
    >>> import grokphase as gp
    >>> found = gp.phase_map(
    ...     "addition",
    ...     gp.Toy(widths=(16,)),
    ...     gp.Recipe(steps=100),
    ...     x="recipe.decoder.learning_rate=1e-4,1e-2",
    ...     y="recipe.decoder.weight_decay=0,1",
    ... )
    >>> figure = found.plot()
"""

from __future__ import annotations

import importlib
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

from grokphase.errors import GrokphaseError as GrokphaseError

if TYPE_CHECKING:
    from grokphase import accelerators as accelerators
    from grokphase import corpora as corpora
    from grokphase import forecasting as forecasting
    from grokphase import measures as measures
    from grokphase import models as models
    from grokphase import phases as phases
    from grokphase import plotting as plotting
    from grokphase import races as races
    from grokphase import store as store
    from grokphase import tasks as tasks
    from grokphase import theory as theory
    from grokphase import trainers as trainers
    from grokphase import training as training
    from grokphase import watch as watch
    from grokphase.corpora import corpus as corpus
    from grokphase.mapping.maps import phase_map as phase_map
    from grokphase.mapping.sweeps import sweep as sweep
    from grokphase.measures import measure as measure
    from grokphase.models import LSTM as LSTM
    from grokphase.models import MLP as MLP
    from grokphase.models import Convolutional as Convolutional
    from grokphase.models import Initial as Initial
    from grokphase.models import MessagePassing as MessagePassing
    from grokphase.models import Toy as Toy
    from grokphase.models import Transformer as Transformer
    from grokphase.models import UserModel as UserModel
    from grokphase.phases import Axis as Axis
    from grokphase.phases import PhaseMap as PhaseMap
    from grokphase.races.running import race as race
    from grokphase.store import Store as Store
    from grokphase.store.opening import open as open
    from grokphase.tasks import Classification as Classification
    from grokphase.tasks import Regression as Regression
    from grokphase.tasks import Split as Split
    from grokphase.tasks import Task as Task
    from grokphase.tasks import task as task
    from grokphase.telling.saved import load as load
    from grokphase.trainers import Trainer as Trainer
    from grokphase.training import Group as Group
    from grokphase.training import Recipe as Recipe
    from grokphase.training import Run as Run
    from grokphase.training import RunSpec as RunSpec
    from grokphase.training import Thresholds as Thresholds
    from grokphase.training import run_spec as run_spec
    from grokphase.training import train as train
    from grokphase.training.asked import recipe as recipe
    from grokphase.training.published import preset as preset

__version__ = _version("grokphase")

# Loaded when first asked for, so that importing the package, and `grokphase --help`, start no JAX.
_SUBPACKAGES = (
    "accelerators",
    "corpora",
    "forecasting",
    "measures",
    "models",
    "phases",
    "plotting",
    "races",
    "store",
    "studies",
    "tasks",
    "theory",
    "trainers",
    "training",
    "watch",
)
_HOMES = {
    "measure": "measures",
    "LSTM": "models",
    "MLP": "models",
    "Convolutional": "models",
    "Initial": "models",
    "MessagePassing": "models",
    "Toy": "models",
    "Transformer": "models",
    "UserModel": "models",
    "corpus": "corpora",
    "Axis": "phases",
    "PhaseMap": "phases",
    "load": "telling.saved",
    "phase_map": "mapping.maps",
    "sweep": "mapping.sweeps",
    "race": "races.running",
    "Store": "store",
    "open": "store.opening",
    "Classification": "tasks",
    "Regression": "tasks",
    "Split": "tasks",
    "Task": "tasks",
    "task": "tasks",
    "Group": "training",
    "Recipe": "training",
    "Run": "training",
    "RunSpec": "training",
    "Thresholds": "training",
    "preset": "training.published",
    "recipe": "training.asked",
    "run_spec": "training",
    "train": "training",
    "Trainer": "trainers",
}

# `from grokphase import *` must leave Python's own `open` alone.
_OFFERED = [name for name in _HOMES if name != "open"]
__all__ = ["GrokphaseError", "__version__", *_OFFERED, *_SUBPACKAGES]  # noqa: PLE0604, RUF100


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"grokphase.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"grokphase.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'grokphase' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "open"])
