"""What is taken where nothing is said: the paper's setting for its own tasks, an MLP otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from itertools import pairwise

from grokphase.measures.parallelograms import usual_delta
from grokphase.models import KINDS
from grokphase.models.convolutional import Convolutional
from grokphase.models.graphs import MessagePassing
from grokphase.models.recurrent import LSTM
from grokphase.models.specification import MLP, Model, Toy
from grokphase.models.transformer import Transformer
from grokphase.phases.thresholds import Convention, Thresholds
from grokphase.presets import facts
from grokphase.tasks import Regression, Split, Task
from grokphase.tasks.knowledge import COMPARISON, COMPOSITION
from grokphase.training.described import model_of, recipe_of
from grokphase.training.recipe import USUAL, Group, Loss, Recipe

# The number the authors used for Figure 6 (a, b). It stands for other draws here, but for a split
# of the toy that a network can generalize from under Table 1's rule, which seed 0's is not; see
# `grokphase.training.reach`.
SEED = 58

TOY, S3, IMAGES = "liu2022-toy", "liu2022-s3", "liu2022-mnist"
TEACHER = "omnigrok2023-teacher"

# Where a task has been published, and so has its usual setting.
_PUBLISHED = {"addition": TOY, "S3": S3, "mnist": IMAGES, "teacher-student": TEACHER}

# What reads a task's inputs, where neither a work says it nor an MLP can.
_READERS: Mapping[str, Model] = {
    "sentences": LSTM(),
    "imdb": LSTM(),
    "molecules": MessagePassing(),
    "smiles": MessagePassing(),
    "cifar10": Convolutional(),
    "imagenette": Convolutional(),
}

# What groks modular addition in minutes, for all models but the toy: ours.
_OTHERS = Group(learning_rate=1e-3, weight_decay=1.0, beta1=0.9, beta2=0.98, epsilon=1e-8)
_RECIPE = Recipe(embedding=_OTHERS, decoder=_OTHERS, steps=20_000)

# From which two threads share out a step, and a run is not as fast by one: four million weights
# times a few hundred samples are some billion multiplications. No published run has a fifth of it.
MANY_WEIGHTS = 2**22


def usual_preset(task: Task) -> str | None:
    """The published run whose setting is the usual one of a task; None where it is ours.

    Example:
        >>> from grokphase.tasks import task
        >>> usual_preset(task("addition")), usual_preset(task("D5"))
        ('liu2022-toy', None)
    """
    return _PUBLISHED.get(task.kind)


def model_for(task: Task) -> Model:
    """The toy for addition, its matrix form for S3, an MLP for digits and for what a teacher tells,
    all as published; what reads them for sentences, molecules and photographs; a transformer for
    three symbols, and an MLP on embeddings for the rest."""
    name = usual_preset(task)
    if name is not None:
        return model_of(name)
    if task.kind in _READERS:
        return _READERS[task.kind]
    if task.symbols is not None and task.inputs.shape[1] == 3:
        return Transformer(layers=2, sequence="a b c")
    return MLP(None if task.symbols is None else 128)


def model_of_kind(kind: str, task: Task) -> Model:
    """A model of this kind, as the task usually has it; an MLP on embeddings where there are some.

    Args:
        kind: "toy", "mlp" or "transformer".
        task: what it is to learn.
    """
    usual, chosen = model_for(task), KINDS[kind]
    if isinstance(usual, chosen):
        return usual
    return MLP(dimension=None if task.symbols is None else 128) if chosen is MLP else chosen()


def split_for(task: Task) -> Split:
    """As in the paper: 45 of 55 for addition with p = 10, 24 of 36 for S3, 1,000 images, 100 of 200
    samples of a teacher; of facts all but the test set; else 50 %.

    A folder of images that has fewer for training is trained whole.
    """
    if task.kind == "addition" and len(task) != 55:
        return Split(fraction=0.8)
    if task.kind in (COMPOSITION, COMPARISON):
        return Split(count=len(task) - task.test)
    if task.kind == "teacher-student" and len(task) != 200:
        return Split(fraction=0.5)
    name = usual_preset(task)
    if name is None:
        return Split(fraction=0.5)
    return Split(count=min(facts(name)["split"]["count"], len(task) - task.test))


def settled(recipe: Recipe, model: Model, task: Task) -> Recipe:
    """The recipe with nothing left to the rest of a run.

    Numbers are the usual ones of the model, or of images, where they are not given; `loss` follows
    the task's target, and is MSE of images.

    Example:
        >>> from grokphase.tasks import task
        >>> ring = task("modular-addition", p=7)
        >>> settled(Recipe(decoder=Group(weight_decay=0)), MLP(), ring).decoder
        Group(learning_rate=0.001, weight_decay=0.0, beta1=0.9, beta2=0.98, epsilon=1e-08)
        >>> settled(Recipe(), Toy(), ring).steps, settled(Recipe(), Toy(), ring).loss
        (100000, 'cross-entropy')
    """
    images = task.kind == "mnist"
    squared = images or isinstance(task.target, Regression)
    usual_loss: Loss = "mse" if squared else "cross-entropy"
    usual = _recipe_for(task, model)
    limits = usual.thresholds if recipe.thresholds is USUAL else recipe.thresholds
    return replace(
        recipe,
        embedding=_filled(recipe.embedding, usual.embedding),
        decoder=_filled(recipe.decoder, usual.decoder),
        loss=recipe.loss or usual_loss,
        steps=usual.steps if recipe.steps is USUAL else recipe.steps,
        batch=recipe.batch or usual.batch,
        evaluate_every=recipe.evaluate_every or usual.evaluate_every or 1,
        thresholds=_with_delta(Thresholds() if limits is USUAL else limits, model),
        threads=usual_threads(model) if recipe.threads is USUAL else recipe.threads,
    )


def usual_threads(model: Model) -> int:
    """2 of a model with `MANY_WEIGHTS` between its hidden layers, or in those of a transformer; 1
    of all others, and of a module of a user's own.

    Example:
        >>> usual_threads(MLP()), usual_threads(MLP(widths=(2048, 2048)))
        (1, 2)
    """
    if isinstance(model, Transformer):
        weights = model.layers * model.width * (4 * model.width + 2 * model.mlp)
    elif isinstance(model, Toy | MLP):
        weights = sum(one * other for one, other in pairwise(model.widths))
    else:
        return 1
    return 2 if weights >= MANY_WEIGHTS else 1


def _recipe_for(task: Task, model: Model) -> Recipe:
    """Images' own whatever learns them, and a teacher's, then the toy's for any toy, then ours."""
    if task.kind in ("mnist", "teacher-student"):
        return recipe_of(_PUBLISHED[task.kind], usual=True)
    if isinstance(model, Toy):
        return recipe_of(TOY, usual=True)
    return _RECIPE


def _filled(group: Group, usual: Group) -> Group:
    missing = [each.name for each in fields(group) if getattr(group, each.name) is USUAL]
    return replace(group, **{name: getattr(usual, name) for name in missing}) if missing else group


def _with_delta(limits: Thresholds, model: Model) -> Thresholds:
    if limits.rqi_delta is not None:
        return limits
    return replace(limits, rqi_delta=_model_delta(limits.rqi_convention, model))


def _model_delta(convention: Convention, model: Model) -> float:
    matrices = isinstance(model, Toy) and model.combine == "product"
    return usual_delta(convention, matrices=matrices)


def with_convention(recipe: Recipe, model: Model, convention: Convention) -> Recipe:
    """The recipe with another convention of the RQI, and its delta unless one was chosen."""
    limits = replace(recipe.thresholds, rqi_convention=convention, rqi_delta=_chosen(recipe, model))
    return replace(recipe, thresholds=limits)


def with_model(recipe: Recipe, before: Model, model: Model) -> Recipe:
    """The recipe for another model: with its usual delta of the RQI and its usual threads, unless
    others were chosen."""
    limits = replace(recipe.thresholds, rqi_delta=_chosen(recipe, before))
    chosen = recipe.threads != usual_threads(before)
    threads = recipe.threads if chosen else usual_threads(model)
    return replace(recipe, thresholds=_with_delta(limits, model), threads=threads)


def _chosen(recipe: Recipe, model: Model) -> float | None:
    """The delta of the RQI, or None where it is the usual one of this model."""
    limits = recipe.thresholds
    usual = _model_delta(limits.rqi_convention, model)
    return None if limits.rqi_delta == usual else limits.rqi_delta
