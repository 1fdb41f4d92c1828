"""How a network learns: optimiser, loss, budget, thresholds and what is measured when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal, get_args

from grokphase.accelerators import Accelerator, arm_of
from grokphase.checks import as_floats, as_integers, choice, integer, number, positive
from grokphase.errors import GrokphaseError
from grokphase.measures.own import SCRIPT, UserMeasure, of_script
from grokphase.phases.thresholds import Stop, Thresholds

Optimizer = Literal["adamw", "adam", "sgd"]
Loss = Literal["mse", "cross-entropy"]
DecayTowards = Literal["zero", "initial"]
Measure = Literal[
    "effective_dimension",
    "null_dimension",
    "linear_residual",
    "nearest_distance",
    "mean_distance",
    "predicted_accuracy",
    "train_margin",
    "mean_train_margin",
    "gradient_norm",
    "gradient_alignment",
    "restricted_loss",
    "excluded_loss",
    "cosine_share",
    "embedding_gini",
    "embedding",
    "embedding_norms",
    "cosine_amplitudes",
]
COLUMNS: Final = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "rqi",
    "weight_norm",
    "embedding_norm",
    "decoder_norm",
    "saturation",
)
"""The columns of the curves of every run."""

NEW: Final = "new_validation_accuracy"
"""The accuracy on those validation samples whose input is not trained, see
`grokphase.training.leaks`; a column of the runs in which some are and some are not."""

MOST_THREADS = 64  # of one run

_MOST_BETA = 1.0 - 2**-24  # what float32 still tells from 1

# Where a field is left at this, the usual number of the task and its model is taken, see
# `grokphase.training.usual.settled`. The types are those of a settled recipe, as in a `RunSpec`.
USUAL: Any = None

# Settings that came later: no part of a run's identity while at their default, so that the runs
# that were made before them keep theirs.
OPTIONAL = (
    "measures",
    "record_every",
    "thresholds.rqi_convention",
    "warmup",
    "label_noise",
    "gradient_noise",
    "weight_noise",
    "decay_towards",
    "held_norm",
    "held_from",
    "temperature",
    "threads",
    "accelerator",
)


def _measures(given: Iterable[object]) -> tuple[Measure | UserMeasure, ...]:
    """Measures in their usual order, each once; those of a user's own last, by their names."""
    known: tuple[Measure, ...] = get_args(Measure)
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise GrokphaseError(
            f"recipe.measures = {given!r} is not a list of names; "
            'write measures=["effective_dimension"], in a shell --set '
            "recipe.measures=effective_dimension."
        )
    wanted = [_measure(each, known) for each in given]
    own = {each.name.casefold(): each for each in wanted if isinstance(each, UserMeasure)}
    taken = {name.casefold() for name in (*known, *COLUMNS, NEW, "step", "id")}
    for each in wanted:
        if not isinstance(each, UserMeasure):
            continue
        if each.name.casefold() in taken:
            raise GrokphaseError(
                f'A measure of your own cannot be called "{each.name}", which is a curve of '
                f'grokphase\'s; write gp.measure("my_{each.name}").'
            )
        other = own[each.name.casefold()]
        if other is not each and other.spec() != each.spec():
            raise GrokphaseError(
                f'recipe.measures has two measures called "{each.name}"; give one of them another '
                "name."
            )
    built_in = tuple(name for name in known if name in wanted)
    return (*built_in, *(own[name] for name in sorted(own)))


def _measure(given: object, known: tuple[str, ...]) -> str | UserMeasure:
    """A measure by its name, as it is, or by the script that defines it."""
    if isinstance(given, UserMeasure):
        return given
    if callable(given):
        name = getattr(given, "__name__", "measure")
        raise GrokphaseError(
            f"recipe.measures has a function, {name}, which needs a name for its curve; write "
            f'measures=[gp.measure("{name}")({name})], or @gp.measure("{name}") above it.'
        )
    if SCRIPT in str(given):
        return of_script(str(given))
    choice("recipe.measures", str(given), known)
    return str(given)


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
        embedding: settings of the embedding's parameters; in an `MLP(decoder="last")`, of all
            layers but the last.
        decoder: settings of all other parameters.
        loss: "mse" (mean over samples and outputs) or "cross-entropy" (mean over samples); None
            takes the one that fits the task's target. A `RunSpec` holds its name.
        batch: samples a step, drawn without replacement at every step; None for what is usual of
            the task: the full batch, but of the task mnist 200 (as many as are trained are the
            full batch).
        steps: the budget, in updates.
        thresholds: what counts as learned; the usual is `Thresholds()`, but of the task mnist a
            validation accuracy of 0.6, as in the paper's Appendix J.
        evaluate_every: accuracies and RQI are tested every so many steps; 1, the usual of all tasks
            but mnist, makes first-passage times exact to the step.
        points_per_decade: rows of the recorded curves per factor of ten in steps.
        record_every: record a row every so many steps instead (and at the last); 1 records every
            step. None for `points_per_decade`.
        measures: what to record besides losses, accuracies, RQI and norms: any of
            "effective_dimension", "null_dimension", "linear_residual", "nearest_distance",
            "mean_distance", "predicted_accuracy" (of the embedding, see `grokphase.measures`),
            "train_margin" and "mean_train_margin" (smallest and mean over training samples),
            "gradient_norm" and "gradient_alignment" (of the gradient that makes the next update),
            "restricted_loss", "excluded_loss", "cosine_share" (of modular addition, see
            `grokphase.measures`), "embedding_gini", "embedding", "embedding_norms" and
            "cosine_amplitudes" (arrays, one a row), and measures of your own, see
            `grokphase.measure`; in a shell as my_measures.py:sharpness. They change no step.
        stop: "decided" ends a run at the step that decides its phase; "sustained" goes on until
            both accuracies have held for `sustain` steps in a row; "budget" uses all steps.
        sustain: steps in a row that a threshold must hold for its time to count as sustained.
        warmup: updates over which all learning rates grow linearly to their values: update t + 1,
            made at step t, takes `eta * min(t / warmup, 1)`, so that the first one changes
            nothing, as in the code of Power et al. and Nanda et al., who have 10.
        label_noise: share of the training labels, rounded to the nearest count, that are each
            replaced, once, by another label drawn uniformly, as the outliers of Power et al.
            Training accuracy is against the labels that are trained, validation accuracy
            against the true ones.
        gradient_noise: standard deviation of Gaussian noise added, afresh at every step, to every
            number of the optimizer's direction, before it is multiplied by the learning rate:
            `theta <- theta - eta * (direction + sigma * noise)`, as Power et al. do with 1; for
            "sgd" without momentum that is noise of the gradient itself.
        weight_noise: standard deviation of Gaussian noise added, afresh at every step, to every
            weight for the forward pass whose gradient makes the update, as Power et al. do with
            0.01; the update is of the weights without it, and so are all measures.
        decay_towards: what weights decay towards: "zero", or their "initial" values, where
            `theta - theta_0` takes the place of theta in the weight decay (Power et al.).
        held_norm: holds the norm of all weights together at this multiple of its initial value:
            they are multiplied by one factor at step 0 and after every update, as in Omnigrok,
            whose initial weights times alpha are held: `held_norm=alpha`. None holds nothing.
        held_from: the step from which on the norm is held; 0, the usual, scales the initial
            weights too. Later, weights are as they are until the update that makes this step, as
            in Khanh et al. (2026), who hold it from 500 on.
        temperature: of the softmax: cross-entropies are those of the logits divided by it, in
            training and wherever a loss is recorded; accuracies and margins are the network's.
        threads: of XLA that a run is trained with. They share out its matrix products, which are
            then summed in another order, so that their number is part of what a run is: the bits
            are the same on any number of cores, but not those of another number of threads. The
            usual is 1, and 2 of a model whose layers have some 4 million weights
            (`grokphase.training.usual`). Not used on a graphics processor.
        accelerator: a change of training that is meant to bring generalization earlier: an arm of
            `grokphase.accelerators`, or its kind, such as "grokfast-ema"; in a shell
            `--set recipe.accelerator=grokfast-ema`, with its settings as
            `--set recipe.accelerator.alpha=0.9`. None for none.

    Raises:
        GrokphaseError: for values that cannot be used, naming the field and what is allowed.

    Example:
        >>> recipe = Recipe(decoder=Group(learning_rate=1e-4, weight_decay=3.0), steps=10_000)
        >>> recipe.decoder.weight_decay
        3.0

    Source: Liu et al. (2022), arXiv:2205.10343, section 4.1 and Table 1; Power et al. (2022),
    arXiv:2201.02177, appendix A.1; Liu et al. (2023, Omnigrok), arXiv:2210.01117, section 2;
    Khanh et al. (2026), arXiv:2606.13753.
    """

    optimizer: Optimizer = "adamw"
    embedding: Group = field(default_factory=Group)
    decoder: Group = field(default_factory=Group)
    loss: Loss | None = None
    batch: int | None = None
    steps: int = USUAL
    thresholds: Thresholds = USUAL
    evaluate_every: int = USUAL
    points_per_decade: int = 20
    stop: Stop = "decided"
    sustain: int = 1000
    measures: tuple[Measure | UserMeasure, ...] = ()
    record_every: int | None = None
    warmup: int = 0
    label_noise: float = 0.0
    gradient_noise: float = 0.0
    weight_noise: float = 0.0
    decay_towards: DecayTowards = "zero"
    held_norm: float | None = None
    held_from: int = 0
    temperature: float = 1.0
    threads: int = USUAL
    accelerator: Accelerator | None = None

    def __post_init__(self) -> None:
        choice("recipe.optimizer", self.optimizer, get_args(Optimizer))
        choice("recipe.decay_towards", self.decay_towards, get_args(DecayTowards))
        choice("recipe.stop", self.stop, get_args(Stop))
        if self.loss is not None:
            choice("recipe.loss", self.loss, get_args(Loss))
        for name in ("embedding", "decoder"):
            example = f"{name}=gp.Group(learning_rate=1e-3)"
            _part(f"recipe.{name}", getattr(self, name), Group, example)
        if self.thresholds is not USUAL:
            example = "thresholds=gp.Thresholds(train_accuracy=0.9)"
            _part("recipe.thresholds", self.thresholds, Thresholds, example)
        object.__setattr__(self, "measures", _measures(self.measures))
        object.__setattr__(self, "accelerator", arm_of(self.accelerator))
        open_ones = ("steps", "batch", "evaluate_every", "record_every")
        given = [name for name in open_ones if getattr(self, name) is not None]
        if self.threads is not USUAL:
            integer("recipe.threads", self.threads, 1, MOST_THREADS)
            as_integers(self, "threads")
        for name in (*given, "points_per_decade", "sustain"):
            integer(f"recipe.{name}", getattr(self, name), 1)
            as_integers(self, name)
        for name in ("warmup", "held_from"):
            integer(f"recipe.{name}", getattr(self, name), 0)
            as_integers(self, name)
        number("recipe.label_noise", self.label_noise, 0.0, 1.0)
        number("recipe.gradient_noise", self.gradient_noise, 0.0)
        number("recipe.weight_noise", self.weight_noise, 0.0)
        as_floats(self, "label_noise", "gradient_noise", "weight_noise")
        positive("recipe.temperature", self.temperature)
        as_floats(self, "temperature")
        if self.held_norm is not None:
            positive("recipe.held_norm", self.held_norm)
            as_floats(self, "held_norm")

    def spec(self) -> dict[str, Any]:
        """The JSON-able description; what is `OPTIONAL` only where it is not the default."""
        described = asdict(replace(self, measures=(), accelerator=None))
        if self.accelerator is not None:
            described["accelerator"] = self.accelerator.spec()
        if self.measures:
            described["measures"] = [
                each.spec() if isinstance(each, UserMeasure) else each for each in self.measures
            ]
        if self.threads == 1:  # as all runs had before there was a choice
            described["threads"] = USUAL
        for name in OPTIONAL:
            part, _, last = name.rpartition(".")
            inside = described[part] if part else described
            usual = Thresholds if part else Recipe
            if inside is not USUAL and inside[last] == getattr(usual, last):
                del inside[last]
        return described
