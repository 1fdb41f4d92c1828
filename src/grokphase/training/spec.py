"""The specification of a run: data whose content hash is the run's identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.models.specification import Initial, Model
from grokphase.models.user import UserModel
from grokphase.numerics import NUMERICS
from grokphase.tasks import Split, Task, stream
from grokphase.tasks.checks import array_spec, whole
from grokphase.trainers import TrainerSpec
from grokphase.training.device import as_specified
from grokphase.training.origin import Origin
from grokphase.training.recipe import Recipe
from grokphase.training.usual import settled


@dataclass(frozen=True, eq=False)
class RunSpec:
    """One network, one seed: everything that decides a run's result.

    Args:
        task: what is learned.
        model: what learns.
        recipe: how it learns; what it leaves open is settled by what is usual for the model.
        split: which samples are for training.
        seed: label vectors, split, initial weights and batches each take their own stream of it.
        initial: initial weights given as arrays, instead of from the seed.
        batches: (k, b) indices into the training samples, the batch of each step in turn
            (step t takes row `(t - 1) mod k`); needs `recipe.batch = b`.
        origin: what it was made of, a preset or what is usual, whose rules follow its task; no
            part of `id`.

    Raises:
        GrokphaseError: for a seed that is not a whole number from 0, or batches of a wrong shape.

    Example:
        >>> import grokphase as gp
        >>> task, split = gp.task("addition", p=10), gp.Split(count=45)
        >>> len(RunSpec(task, gp.Toy(), gp.Recipe(), split, seed=58).id)
        16
    """

    task: Task
    model: Model
    recipe: Recipe
    split: Split
    seed: int
    initial: Initial | None = None
    batches: np.ndarray | None = field(default=None, repr=False)
    origin: Origin | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", whole(self.seed, "seed", 0, 2**63 - 1))
        object.__setattr__(self, "recipe", settled(self.recipe, self.model, self.task))
        if self.batches is not None:
            object.__setattr__(self, "batches", self._checked(np.asarray(self.batches)))

    def _checked(self, batches: np.ndarray) -> np.ndarray:
        """Given batches as int32, if they fit the recipe and the split."""
        width = self.recipe.batch
        samples = len(self.trained())
        if batches.ndim != 2 or batches.shape[0] < 1 or batches.shape[1] != width:
            raise GrokphaseError(
                f"batches has shape {batches.shape}; it must be (steps, {width}), "
                "one row of training indices a step, as wide as recipe.batch."
            )
        if not np.issubdtype(batches.dtype, np.integer) or not (
            0 <= batches.min() <= batches.max() < samples
        ):
            raise GrokphaseError(
                f"batches must hold whole numbers from 0 to {samples - 1}: places among the "
                f"{samples} training samples."
            )
        return batches.astype(np.int32)

    @property
    def name(self) -> str:
        """What the run is listed under: its task's name."""
        return self.task.name

    def trained(self) -> np.ndarray:
        """Places in the task of the samples that it trains on: those of the split, or what an
        accelerator makes of them."""
        train = self.split.indices(self.task, self.seed)[0]
        arm = self.recipe.accelerator
        return train if arm is None else arm.samples(train, self.task)

    def initial_network(self) -> Any:
        """The network before its first step, from the run's seed or from what it is given."""
        network = self.model.build(self.task, stream(self.seed, "initial"), self.initial)
        arm = self.recipe.accelerator
        if arm is None:
            return network
        return arm.initial(network, self.task, stream(self.seed, "accelerator"))

    def spec(self) -> dict[str, Any]:
        """The nested, JSON-able description; arrays appear as digests."""
        described: dict[str, Any] = {
            "task": self.task.spec(),
            "model": self._model(),
            "recipe": self.recipe.spec(),
            "split": self.split.spec(),
            "seed": int(self.seed),
        }
        if self.initial is not None:
            layers = [[array_spec(np.asarray(a)) for a in layer] for layer in self.initial.layers]
            embedding = self.initial.embedding
            described["initial"] = {
                "embedding": None if embedding is None else array_spec(np.asarray(embedding)),
                "layers": layers,
            }
            if self.initial.named is not None:
                named = {name: array_spec(array) for name, array in self.initial.named.items()}
                described["initial"] = {"named": named}
        if self.batches is not None:
            described["batches"] = array_spec(np.asarray(self.batches))
        return described

    def _model(self) -> dict[str, Any]:
        described = self.model.spec()
        if isinstance(self.model, UserModel):
            with as_specified():  # which may change how it is traced
                described["program"] = self.model.program(self.task)
        return described

    def __getstate__(self) -> dict[str, Any]:
        """All but the identity: another process is to find it by the code that it has."""
        return {name: value for name, value in self.__dict__.items() if name != "id"}

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the specification and the numerics' version.

        Names that alter no result, of a table's file and of its symbols, are left out.
        """
        # What the task's file and symbols are called alters no result.
        known = {"numerics": NUMERICS, **self.spec(), "task": self.task.identity()}
        content = json.dumps(known, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:16]


AnySpec = RunSpec | TrainerSpec
"""A run of ours, or of a user's own training function."""
