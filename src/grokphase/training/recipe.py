"""How a network learns: optimiser, loss, budget, thresholds and what is measured when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.measures.parallelograms import Convention

Optimizer = Literal["adamw", "adam", "sgd"]
Loss = Literal["mse", "cross-entropy"]
Stop = Literal["decided", "sustained", "budget"]
Rule = Literal[">", ">="]
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
LONGEST_BUDGET = 1_000_000_000  # steps are counted in 32 bits

# Where a field is left at this, the usual number of the task and its model is taken, see
# `grokphase.training.usual.settled`. The types are those of a settled recipe, as in a `RunSpec`.
USUAL: Any = None

# Settings that came later: no part of a run's identity while at their default, so that the runs
# that were made before them keep theirs.
OPTIONAL = ("measures", "record_every", "thresholds.rqi_convention")


def _choice(what: str, given: str, options: tuple[str, ...]) -> None:
    if given not in options:
        raise GrokphaseError(
            f'{what} "{given}" is not known; allowed: {", ".join(options)}.'
            f"{nearest(str(given), options)}"
        )


def _number(what: str, given: float, low: float, high: float = math.inf) -> None:
    real = isinstance(given, int | float | np.integer | np.floating)
    if not real or not math.isfinite(given) or not low <= given <= high:
        limit = f"{low:g} or more" if high == math.inf else f"between {low:g} and {high:g}"
        raise GrokphaseError(f"{what} = {given} cannot be used; it must be a number {limit}.")


def _integer(what: str, given: float, low: int, high: int = LONGEST_BUDGET) -> None:
    _number(what, given, low, high)
    if given != int(given):
        raise GrokphaseError(f"{what} = {given} cannot be used; it must be a whole number.")


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
        _choice("recipe.measures", name, known)
    return tuple(name for name in known if name in wanted)


def _part(what: str, given: object, kind: type, example: str) -> None:
    if not isinstance(given, kind):
        raise GrokphaseError(f"{what} = {given!r} cannot be used; write {example}.")


def _as_floats(of: object, *names: str) -> None:
    """Hold 1 and 1.0 as the same number, so that they give a run the same identity."""
    for name in names:
        object.__setattr__(of, name, float(getattr(of, name)) + 0.0)  # -0.0 becomes 0.0


def _as_integers(of: object, *names: str) -> None:
    """Hold 32 and 32.0 as the same number."""
    for name in names:
        object.__setattr__(of, name, int(getattr(of, name)))


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
            _number(name, getattr(self, name), 0.0, _MOST_BETA if "beta" in name else math.inf)
        _as_floats(self, *given)


@dataclass(frozen=True)
class Thresholds:
    """What counts as learned, and what as delayed (Table 1 of the paper).

    Args:
        train_accuracy: training accuracy to pass.
        validation_accuracy: validation accuracy to pass.
        rqi: representation quality index to pass (0.95 in the paper's section 3.2).
        rqi_delta: a parallelogram is realised if its two sides differ by less than this, in the
            units of `rqi_convention`. None for what the authors' code does, 0.1 for vectors (mean
            square < 0.01) and sqrt(0.5) for matrices, or their text, 0.01. A `RunSpec` holds the
            number.
        rqi_convention: "code" for units of the embedding's standard deviation (root mean square
            over dimensions), "paper" for the embedding as it is and Euclidean distances, as in
            Definition 1 of the text. Part of a run's id where it is not the default.
        delay: steps; validation this much later than training, or more, is grokking.
        rule: ">" as Table 1 says, or ">=" as the authors' code does. With ten validation samples
            nine right pass ">= 0.9" and fail "> 0.9".

    Raises:
        GrokphaseError: for a threshold outside [0, 1], a negative delay or an unknown rule.

    Example:
        >>> Thresholds(rule=">=").validation_accuracy  # as the authors' code counts
        0.9

    Source: Liu et al. (2022), arXiv:2205.10343, Table 1 and Appendix E.
    """

    train_accuracy: float = 0.9
    validation_accuracy: float = 0.9
    rqi: float = 0.95
    rqi_delta: float | None = None
    delay: int = 1000
    rule: Rule = ">"
    rqi_convention: Convention = "code"

    def __post_init__(self) -> None:
        for name in ("train_accuracy", "validation_accuracy", "rqi"):
            _number(f"thresholds.{name}", getattr(self, name), 0.0, 1.0)
        if self.rqi_delta is not None:
            _number("thresholds.rqi_delta", self.rqi_delta, 0.0)
            _as_floats(self, "rqi_delta")
        for name in ("train_accuracy", "validation_accuracy", "rqi"):
            if self.rule == ">" and getattr(self, name) >= 1:
                raise GrokphaseError(
                    f'thresholds.{name} = 1 can never be passed under the rule ">"; '
                    'write rule=">=", in a shell --set "recipe.thresholds.rule=>=", or a '
                    "threshold below 1."
                )
        _integer("thresholds.delay", self.delay, 0)
        _as_integers(self, "delay")
        _as_floats(self, "train_accuracy", "validation_accuracy", "rqi")
        _choice("thresholds.rule", self.rule, get_args(Rule))
        _choice("thresholds.rqi_convention", self.rqi_convention, get_args(Convention))


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
        _choice("recipe.optimizer", self.optimizer, get_args(Optimizer))
        _choice("recipe.stop", self.stop, get_args(Stop))
        if self.loss is not None:
            _choice("recipe.loss", self.loss, get_args(Loss))
        for name in ("embedding", "decoder"):
            example = f"{name}=gp.Group(learning_rate=1e-3)"
            _part(f"recipe.{name}", getattr(self, name), Group, example)
        example = "thresholds=gp.Thresholds(train_accuracy=0.9)"
        _part("recipe.thresholds", self.thresholds, Thresholds, example)
        object.__setattr__(self, "measures", _measures(self.measures))
        open_ones = ("steps", "batch", "record_every")
        given = [name for name in open_ones if getattr(self, name) is not None]
        for name in (*given, "evaluate_every", "points_per_decade", "sustain"):
            _integer(f"recipe.{name}", getattr(self, name), 1)
            _as_integers(self, name)

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
