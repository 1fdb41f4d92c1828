"""What a run needs besides its network: data, and every number of its recipe, as arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import numpy as np
from jaxtyping import Array

from grokphase.accelerators import Accelerator
from grokphase.errors import GrokphaseError
from grokphase.measures import own
from grokphase.measures.own import UserMeasure
from grokphase.measures.parallelograms import parallelograms
from grokphase.models.network import Network
from grokphase.models.specification import MLP
from grokphase.models.transformer import Transformer
from grokphase.phases.thresholds import Convention, Stop
from grokphase.tasks import Regression, Task, label_vectors, stream
from grokphase.training.device import on_device
from grokphase.training.events import required_count
from grokphase.training.labels import trained_labels
from grokphase.training.leaks import leaks
from grokphase.training.measured import (
    PAIR_NUMBERS,
    array_shapes_of,
    check_measures,
    columns,
    links_of,
)
from grokphase.training.optimizers import GroupNumbers
from grokphase.training.recipe import Loss, Measure, Optimizer, Recipe
from grokphase.training.schedule import every, log_spaced, padded, rows
from grokphase.training.spec import RunSpec

STOPS = get_args(Stop)

# RQI is tested at every evaluation while it costs little beside a step of training, and
# otherwise only where curves are recorded; beyond `PAIR_NUMBERS` it is not measured.
RQI_EVERY_EVALUATION = 20_000

MOST_RECORDED = 2_000_000  # numbers in the curves of one run: 8 MB, which every checkpoint holds

WIDE = 1000  # numbers in a row, from which a row that is not used is not worth a compilation


class Samples(NamedTuple):
    """Inputs and class labels of a set of samples; a key for each, where a step drops from them."""

    inputs: Array
    labels: Array
    keys: Array | None = None


class Noise(NamedTuple):
    """What is random in a step besides its batch; None where there is none of a kind.

    Attributes:
        seed: of all of it.
        gradient: standard deviation of what is added to the optimizer's direction.
        weights: of what is added to the weights of the forward pass.
        dropout: share of activations that are set to 0.
    """

    seed: Any
    gradient: Any = None
    weights: Any = None
    dropout: Any = None

    @property
    def of_network(self) -> bool:
        """Whether the network that a step trains on is not the one that is measured."""
        return self.weights is not None or self.dropout is not None


class Numbers(NamedTuple):
    """Every number of a recipe. All are traced, so any may differ between runs of one program.

    The last ones are None where a run leaves them out, and the loop is compiled without them.
    """

    embedding: GroupNumbers
    decoder: GroupNumbers
    required: Array
    rqi_delta: Array
    steps: Array
    stop: Array
    sustain: Array
    evaluate_every: Array
    schedule: Array
    batch_seed: Array
    warmup: Array | None = None
    temperature: Array | None = None
    held_norm: Array | None = None
    held_from: Array | None = None
    noise: Noise | None = None
    tolerance: Array | None = None
    accelerator: dict[str, Any] | None = None


class Problem(NamedTuple):
    """The arrays that the compiled loop takes besides its state.

    `links` and `trained` are there only where the predicted accuracy is recorded, and `new`, which
    validation samples are new (see `leaks`), only where some are and some are not. `initial` holds
    the initial parameters where decay is towards them.
    """

    train: Samples
    validation: Samples
    vectors: Array | None
    inputs: Array | None
    pairs: Array | None
    batches: Array | None
    numbers: Numbers
    links: Array | None = None
    trained: Array | None = None
    new: Array | None = None
    initial: Any = None


class Own(NamedTuple):
    """A measure of a user's own, as a run records it.

    Attributes:
        measure: the function, with its name.
        sha256: of its code.
        shape: of what it returns.
        compiled: whether it is in the loop; otherwise it is called between segments.
    """

    measure: UserMeasure
    sha256: str
    shape: tuple[int, ...]
    compiled: bool


@dataclass(frozen=True)
class Program:
    """What is compiled in: everything that is not a number. One compilation for each value.

    `every_step` says whether every step is evaluated, so that those runs test no interval.
    `task` is there only for measures of a user's own, which look at it, and `classes`, how many the
    task has, only where an array has that length. `accelerator` is without its numbers.
    """

    optimizer: Optimizer
    loss: Loss
    batch: int | None
    every_step: bool
    rqi_always: bool
    measures: tuple[Measure, ...] = ()
    convention: Convention = "code"
    own: tuple[Own, ...] = ()
    task: Task | None = None
    classes: int = 0
    accelerator: Accelerator | None = None


def loss_of(spec: RunSpec) -> Loss:
    """The recipe's loss, if the task's target allows it."""
    loss = spec.recipe.loss
    assert loss is not None  # a run's recipe is settled
    if loss == "cross-entropy" and isinstance(spec.task.target, Regression):
        raise GrokphaseError(
            'loss "cross-entropy" needs a classification task; '
            'write task(..., target="classification") or loss="mse", in a shell --set '
            "task.target=classification or --set recipe.loss=mse."
        )
    if loss == "mse" and spec.recipe.temperature != 1:
        raise GrokphaseError(
            f"recipe.temperature = {spec.recipe.temperature:g} is of a softmax, and the run trains "
            'on the mean squared error; write recipe.temperature=1, or loss="cross-entropy".'
        )
    if loss == "mse" and getattr(spec.model, "logits", None) == "vocabulary":
        raise GrokphaseError(
            'loss "mse" has a target for each result and none for words; '
            'write Transformer(logits="results"), in a shell --set model.logits=results.'
        )
    return loss


def vectors_of(spec: RunSpec, loss: Loss) -> np.ndarray | None:
    """Label vectors for MSE (one-hot for a classification task), None for cross-entropy."""
    if loss == "cross-entropy":
        return None
    if isinstance(spec.task.target, Regression):
        return label_vectors(spec.task, spec.seed)
    return np.eye(spec.task.classes, dtype=np.float32)


def pairs_of(spec: RunSpec, network: Any) -> tuple[np.ndarray | None, bool]:
    """P0 where the RQI is defined and affordable, and whether every evaluation tests it."""
    defined = (
        isinstance(network, Network)
        and network.embedding is not None
        and network.combine != "concatenation"
    )
    if not defined:
        return None, False
    per_class = np.bincount(spec.task.labels).astype(np.int64)
    width = int(np.prod(network.embedding.shape[1:]))
    if int((per_class * (per_class - 1) // 2).sum()) * width > PAIR_NUMBERS:
        return None, False
    pairs = parallelograms(spec.task, commuting=network.combine != "product")
    return (pairs, tested_always(pairs, network)) if len(pairs) else (None, False)


def tested_always(pairs: np.ndarray | Array, network: Any) -> bool:
    """Whether RQI costs so little that every evaluation tests it."""
    return bool(len(pairs) * np.prod(network.embedding.shape[1:]) <= RQI_EVERY_EVALUATION)


def schedule_of(recipe: Recipe) -> np.ndarray:
    """The steps whose rows a recipe records."""
    if recipe.record_every is None:
        return log_spaced(recipe.steps, recipe.points_per_decade)
    return every(recipe.steps, recipe.record_every)


def check_rows(recipe: Recipe, arrays: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse to record more numbers than can be held.

    Args:
        recipe: of the run.
        arrays: shapes of what it records besides the `columns`, by name.

    Raises:
        GrokphaseError: with the schedule that can be.
    """
    width = len(columns(recipe.measures)) + sum(map(math.prod, arrays.values()))
    every_so_many = recipe.record_every
    if every_so_many is None:
        name, given = "points_per_decade", recipe.points_per_decade
        wanted = len(schedule_of(recipe))
    else:
        name, given = "record_every", every_so_many
        wanted = rows(recipe.steps, every_so_many)
    if wanted * width <= MOST_RECORDED:
        return
    said = (
        f"recipe.{name} = {given} would record {wanted * width:,} numbers in "
        f"{recipe.steps:,} steps, more than {MOST_RECORDED:,}"
    )
    if 2 * width > MOST_RECORDED:
        largest = max(arrays, key=lambda each: math.prod(arrays[each]))
        raise GrokphaseError(
            f"{said}; one row has {width:,}, so leave {largest} out of recipe.measures."
        )
    least = _densest(recipe, width)
    raise GrokphaseError(f"{said}; write {name}={least}, in a shell --set recipe.{name}={least}.")


def _densest(recipe: Recipe, width: int) -> int:
    """The schedule of this kind with the most rows that can be held."""
    most = MOST_RECORDED // width
    if recipe.record_every is not None:
        return -(-recipe.steps // (most - 1))
    fewer = range(recipe.points_per_decade, 1, -1)
    fitting = (n for n in fewer if len(log_spaced(recipe.steps, n)) <= most)
    return next(fitting, 1)


def array_shapes(program: Program, network: Any) -> dict[str, tuple[int, ...]]:
    """What a run records besides the `columns`: shapes by name."""
    named = array_shapes_of(program.measures, network, program.classes)
    return named | {each.measure.name: each.shape for each in program.own}


def fitted(numbers: Numbers, recipe: Recipe, arrays: Mapping[str, tuple[int, ...]]) -> Numbers:
    """The numbers with a schedule that has no more room than rows need, where rows are wide."""
    if sum(map(math.prod, arrays.values())) < WIDE:
        return numbers
    return numbers._replace(schedule=on_device(padded(schedule_of(recipe), least=1)))


def samples_of(problem: Problem) -> own.Samples:
    """The samples of a run as a measure of a user's own sees them."""
    vectors = problem.vectors

    def part(samples: Samples) -> own.Part:
        labels = samples.labels
        return own.Part(samples.inputs, labels, None if vectors is None else vectors[labels])

    return own.Samples(part(problem.train), part(problem.validation))


def numbers_of(spec: RunSpec, n_train: int, n_validation: int, n_pairs: int) -> Numbers:
    """A run's numbers as the loop takes them."""
    recipe, seed = spec.recipe, spec.seed
    limits, rule = recipe.thresholds, recipe.thresholds.rule
    required = (
        required_count(n_train, limits.train_accuracy, rule),
        required_count(n_validation, limits.validation_accuracy, rule),
        required_count(n_pairs, limits.rqi, rule),
    )
    numbers = {
        "embedding": GroupNumbers.of(recipe.embedding),
        "decoder": GroupNumbers.of(recipe.decoder),
        "required": np.array(required, np.int32),
        "rqi_delta": np.float32(limits.rqi_delta),
        "steps": np.int32(recipe.steps),
        "stop": np.int32(STOPS.index(recipe.stop)),
        "sustain": np.int32(recipe.sustain),
        "evaluate_every": np.int32(recipe.evaluate_every),
        "schedule": padded(schedule_of(recipe)),
        "batch_seed": np.uint32(stream(seed, "batches").integers(2**32)),
        **_optional_numbers(spec),
    }
    return Numbers(**on_device(numbers))


def _optional_numbers(spec: RunSpec) -> dict[str, Any]:
    """Those of the numbers that a recipe, a model or a target does not leave out."""
    recipe, model = spec.recipe, spec.model
    found: dict[str, Any] = {}
    if recipe.warmup:
        found["warmup"] = np.float32(recipe.warmup)
    if recipe.held_norm is not None and recipe.held_from:
        found["held_from"] = np.int32(recipe.held_from)
    if recipe.temperature != 1:
        found["temperature"] = np.float32(recipe.temperature)
    random = {
        "gradient": recipe.gradient_noise,
        "weights": recipe.weight_noise,
        "dropout": model.dropout if isinstance(model, MLP | Transformer) else 0.0,
    }
    if recipe.accelerator is not None:
        found["accelerator"] = recipe.accelerator.numbers()
    target = spec.task.target
    if isinstance(target, Regression) and target.tolerance is not None:
        found["tolerance"] = np.float32(target.tolerance)
    if any(random.values()):
        seed = np.uint32(stream(spec.seed, "noise").integers(2**32))
        there = {name: np.float32(value) for name, value in random.items() if value}
        found["noise"] = Noise(seed, **there)
    return found


def _samples(task: Task, index: np.ndarray, labels: np.ndarray) -> Samples:
    return Samples(*on_device((task.inputs[index], labels)))


def problem_of(spec: RunSpec, network: Any) -> tuple[Program, Problem]:
    """The program and the arrays of a run whose initial network is `network`."""
    task, recipe = spec.task, spec.recipe
    train, validation = spec.trained(), spec.split.indices(task, spec.seed)[1]
    if recipe.batch is not None and recipe.batch > len(train):
        raise GrokphaseError(
            f"recipe.batch = {recipe.batch} is more than the {len(train)} training samples; "
            f"write batch={len(train)} for the full batch, in a shell --set "
            f"recipe.batch={len(train)}."
        )
    loss = loss_of(spec)
    pairs, always = pairs_of(spec, network)
    own_ones = [each for each in recipe.measures if isinstance(each, UserMeasure)]
    measures = tuple(each for each in recipe.measures if not isinstance(each, UserMeasure))
    check_measures(measures, task, network, pairs, loss)
    predicted = "predicted_accuracy" in measures
    found = leaks(spec)
    full = recipe.batch in (None, len(train)) and spec.batches is None
    program = Program(
        optimizer=recipe.optimizer,
        loss=loss,
        batch=None if full else recipe.batch,
        every_step=recipe.evaluate_every == 1,
        rqi_always=always,
        measures=measures,
        convention=recipe.thresholds.rqi_convention,
        task=task if own_ones else None,
        classes=task.classes if "cosine_amplitudes" in measures else 0,
        accelerator=None if recipe.accelerator is None else recipe.accelerator.form(),
    )
    problem = Problem(
        train=_samples(task, train, trained_labels(spec)),
        validation=_samples(task, validation, task.labels[validation]),
        vectors=on_device(vectors_of(spec, loss)),
        inputs=on_device(None if pairs is None else task.inputs),
        pairs=on_device(pairs),
        batches=on_device(None if full else spec.batches),
        numbers=numbers_of(spec, len(train), len(validation), 1 if pairs is None else len(pairs)),
        links=on_device(links_of(task) if predicted else None),
        trained=on_device(np.isin(np.arange(len(task)), train) if predicted else None),
        new=on_device(found.new if found.differs else None),
    )
    return program, problem
