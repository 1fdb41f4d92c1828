"""What is taken where nothing is said: the paper's setting for its own tasks, an MLP otherwise."""

from __future__ import annotations

from dataclasses import fields, replace

from grokphase.measures.parallelograms import usual_delta
from grokphase.models.specification import MLP, Model, Toy
from grokphase.phases.thresholds import Convention, Thresholds
from grokphase.tasks import Regression, Split, Task
from grokphase.training.recipe import USUAL, Group, Loss, Recipe

# The number the authors used for Figure 6 (a, b). It stands for other draws here, but for a split
# of the toy that a network can generalize from under Table 1's rule, which seed 0's is not; see
# `grokphase.training.reach`.
SEED = 58

# Figure 6's recipe for the toy; for all others one that groks modular addition in minutes.
_TOY = Group(learning_rate=1e-3, weight_decay=0.0, beta1=0.9, beta2=0.999, epsilon=1e-8)
_OTHERS = replace(_TOY, weight_decay=1.0, beta2=0.98)
_TOY_STEPS, _OTHER_STEPS = 100_000, 20_000

# MNIST, see `preset_of`. AdamW as PyTorch has it, but for the decay.
_IMAGES = replace(_TOY, weight_decay=0.1)
_IMAGE_STEPS, _IMAGES_TRAINED, _IMAGE_SCALE = 20_000, 1000, 9.0
_IMAGE_BATCH, _IMAGES_EVALUATED = 200, 100
_IMAGE_LIMITS = Thresholds(validation_accuracy=0.6)


def model_for(task: Task) -> Model:
    """The toy for addition, its matrix form for S3 (Appendix H), an MLP for the rest."""
    if task.kind == "mnist":
        return MLP(None, (200, 200), decoder_scale=_IMAGE_SCALE, decoder="last")
    if task.kind == "addition":
        return Toy()
    if task.kind == "S3":
        return Toy(dimension=3, combine="product")
    return MLP(dimension=None if task.symbols is None else 128)


def split_for(task: Task) -> Split:
    """As in the paper: 45 of 55 for addition with p = 10, 24 of 36 for S3, 1,000 images; else 50 %.

    A folder of images that has fewer for training is trained whole.
    """
    if task.kind == "mnist":
        return Split(count=min(_IMAGES_TRAINED, len(task) - task.test))
    if task.kind == "addition" and len(task) == 55:
        return Split(count=45)
    if task.kind == "S3":
        return Split(count=24)
    return Split(fraction=0.8 if task.kind == "addition" else 0.5)


def preset_of(task: Task) -> str | None:
    """Where the usual setting of a task comes from, where that is not said elsewhere.

    Example:
        >>> from grokphase.tasks import task
        >>> preset_of(task("addition")) is None
        True
    """
    if task.kind != "mnist":
        return None
    return (
        "usual setting: MNIST of Liu et al. 2022 (arXiv:2205.10343), Section 4.3 and Appendix J "
        "(1,000 images, depth 3, width 200, ReLU, MSE on one-hot targets, AdamW, initial weights "
        "scaled up, validation accuracy > 60 %); inferred from the authors' code: the scale 9, of "
        "biases too, batches of 200, learning rate 0.001; ours: weight decay 0.1 and 20,000 "
        "steps, where they sweep decay and take 100,000"
    )


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
    usual, steps = (_TOY, _TOY_STEPS) if isinstance(model, Toy) else (_OTHERS, _OTHER_STEPS)
    if images:
        usual, steps = _IMAGES, _IMAGE_STEPS
    limits = recipe.thresholds
    if limits is USUAL:
        limits = _IMAGE_LIMITS if images else Thresholds()
    return replace(
        recipe,
        embedding=_filled(recipe.embedding, usual),
        decoder=_filled(recipe.decoder, usual),
        loss=recipe.loss or usual_loss,
        steps=steps if recipe.steps is USUAL else recipe.steps,
        batch=recipe.batch or (_IMAGE_BATCH if images else None),
        evaluate_every=recipe.evaluate_every or (_IMAGES_EVALUATED if images else 1),
        thresholds=_with_delta(limits, model),
    )


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
    """The recipe for another model: with the usual delta of its RQI unless one was chosen."""
    limits = replace(recipe.thresholds, rqi_delta=_chosen(recipe, before))
    return replace(recipe, thresholds=_with_delta(limits, model))


def _chosen(recipe: Recipe, model: Model) -> float | None:
    """The delta of the RQI, or None where it is the usual one of this model."""
    limits = recipe.thresholds
    usual = _model_delta(limits.rqi_convention, model)
    return None if limits.rqi_delta == usual else limits.rqi_delta
