"""How a network learns: optimiser, loss, budget, thresholds and what is measured when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from grokphase.checks import as_floats, as_integers, choice, integer, number
from grokphase.errors import GrokphaseError
from grokphase.phases.thresholds import Stop, Thresholds

Optimizer = Literal["adamw", "adam", "sgd"]
Loss = Literal["mse", "cross-entropy"]
Measure = Literal[
    "effective_dimension",
    "null_dimension",
    "linear_residual",
    "nearest_distance",
    "mean_distance",
    "predicted_accuracy",
    "train_margin",
    "mean_train_margin",
    "embedding",
]

_MOST_BETA = 1.0 - 2**-24  # what float32 still tells from 1

# Where a field is left at this, the usual number of the task and its model is taken, see
# `grokphase.training.usual.settled`. The types are those of a settled recipe, as in a `RunSpec`.
USUAL: Any = None

# Settings that came later: no part of a run's identity while at their default, so that the runs
# that were made before them keep theirs.
OPTIONAL = ("measures", "record_every", "thresholds.rqi_convention")


def _measures(given: Iterable[str]) -> tuple[Measure, ...]:
    """Names of measures in their usual order, each once."""
    known: tuple[Measure, ...] = get_args(Measure)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise GrokphaseError(
            f"recipe.measures = {given!r} is not a list of names; "
            'write measures=["effective_dimension"], in a shell --set '
            "recipe.measures=effective_dimension."
        )
    wanted = [str(name) for name in given]
    for name in wanted:
        choice("recipe.measures", name, known)
    return tuple(name for name in known if name in wanted)


def _part(what: str, given: object, kind: type, example: str) -> None:
    if not isinstance(given, kind):
        raise GrokphaseError(f"{what} = {given!r} cannot be used; write {example}.")


@dataclass(frozen=True)
class Group:
    """Optimiser settings of one group of parameters (the embedding, or the decoder).

    What is not given is the usual of the task and its model, so that `Group(weight_decay=0)` is a
    usual group without decay. A `RunSpec` holds all numbers.

    Args:
        learning_rate: eta, per step.
        weight_decay: lambda. Decoupled for "adamw": `theta <- (1 - eta * lambda) theta` each step,
            so eta times lambda acts (as in PyTorch and Optax). For "adam" and "sgd" it is added to
            the gradient, `g <- g + lambda * theta`, as PyTorch's `Adam` and `SGD` do.
        beta1: decay of the first moment; the momentum of "sgd".
        beta2: decay of the second moment; not used by "sgd".
        epsilon: added to the root of the second moment.

    Raises:
        GrokphaseError: for a negative or non-finite number, or a beta outside [0, 1).

    Example:
        >>> Group(learning_rate=1e-4, weight_decay=3).weight_decay
        3.0
    """

    learning_rate: float = USUAL
    weight_decay: float = USUAL
    beta1: float = USUAL
    beta2: float = USUAL
    epsilon: float = USUAL

    def __post_init__(self) -> None:
        given = [each.name for each in fields(self) if getattr(self, each.name) is not USUAL]
        for name in given:
            number(name, getattr(self, name), 0.0, _MOST_BETA if "beta" in name else math.inf)
        as_floats(self, *given)


@dataclass(frozen=True)
class Recipe:
    """How a network learns.

    What is not given is the usual of the task and its model: the toy's of the paper's Figure 6 for
    the toy, and for an MLP what groks modular addition in minutes. `Recipe(steps=2000)` is the
    usual recipe with 2,000 steps; `grokphase.recipe` shows it with all its numbers.

    Args:
        optimizer: "adamw" (decoupled decay), "adam" (decay in the gradient) or "sgd".
        embedding: settings of the embedding's parameters.
        decoder: settings of all other parameters.
        loss: "mse" (mean over samples and outputs) or "cross-entropy" (mean over samples); None
            takes the one that fits the task's target. A `RunSpec` holds its name.
        batch: samples a step, drawn without replacement at every step; None for the full batch.
        steps: the budget, in updates.
        thresholds: what counts as learned.
        evaluate_every: accuracies and RQI are tested every so many steps; 1 makes first-passage
            times exact to the step.
        points_per_decade: rows of the recorded curves per factor of ten in steps.
        record_every: record a row every so many steps instead (and at the last); 1 records every
            step. None for `points_per_decade`.
        measures: what to record besides losses, accuracies, RQI and norms: any of
            "effective_dimension", "null_dimension", "linear_residual", "nearest_distance",
            "mean_distance", "predicted_accuracy" (of the embedding, see `grokphase.measures`),
            "train_margin" and "mean_train_margin" (smallest and mean over training samples), and
            "embedding" (its entries, as "embedding.0", ... row by row). They change no step.
        stop: "decided" ends a run at the step that decides its phase; "sustained" goes on until
            both accuracies have held for `sustain` steps in a row; "budget" uses all steps.
        sustain: steps in a row that a threshold must hold for its time to count as sustained.

    Raises:
        GrokphaseError: for values that cannot be used, naming the field and what is allowed.

    Example:
        >>> recipe = Recipe(decoder=Group(learning_rate=1e-4, weight_decay=3.0), steps=10_000)
        >>> recipe.decoder.weight_decay
        3.0

    Source: Liu et al. (2022), arXiv:2205.10343, section 4.1 and Table 1.
    """

    optimizer: Optimizer = "adamw"
    embedding: Group = field(default_factory=Group)
    decoder: Group = field(default_factory=Group)
    loss: Loss | None = None
    batch: int | None = None
    steps: int = USUAL
    thresholds: Thresholds = field(default_factory=Thresholds)
    evaluate_every: int = 1
    points_per_decade: int = 20
    stop: Stop = "decided"
    sustain: int = 1000
    measures: tuple[Measure, ...] = ()
    record_every: int | None = None

    def __post_init__(self) -> None:
        choice("recipe.optimizer", self.optimizer, get_args(Optimizer))
        choice("recipe.stop", self.stop, get_args(Stop))
        if self.loss is not None:
            choice("recipe.loss", self.loss, get_args(Loss))
        for name in ("embedding", "decoder"):
            example = f"{name}=gp.Group(learning_rate=1e-3)"
            _part(f"recipe.{name}", getattr(self, name), Group, example)
        example = "thresholds=gp.Thresholds(train_accuracy=0.9)"
        _part("recipe.thresholds", self.thresholds, Thresholds, example)
        object.__setattr__(self, "measures", _measures(self.measures))
        open_ones = ("steps", "batch", "record_every")
        given = [name for name in open_ones if getattr(self, name) is not None]
        for name in (*given, "evaluate_every", "points_per_decade", "sustain"):
            integer(f"recipe.{name}", getattr(self, name), 1)
            as_integers(self, name)

    def spec(self) -> dict[str, Any]:
        """The JSON-able description; what is `OPTIONAL` only where it is not the default."""
        described = asdict(self)
        for name in OPTIONAL:
            part, _, last = name.rpartition(".")
            inside = described[part] if part else described
            usual = Thresholds if part else Recipe
            if inside[last] == getattr(usual, last):
                del inside[last]
        return described
