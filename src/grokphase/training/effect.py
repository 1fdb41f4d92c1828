"""Settings that change nothing in a run: refused, since whoever gives one expects that they do."""

from __future__ import annotations

from collections.abc import Iterable

import jax

from grokphase.errors import GrokphaseError
from grokphase.models.specification import MLP, Toy
from grokphase.models.transformer import Transformer
from grokphase.phases.names import GROUP_SETTINGS, GROUPS, leaves_of
from grokphase.trainers import TrainerSpec
from grokphase.training.compilation import split_network
from grokphase.training.optimizers import labels_of
from grokphase.training.problem import pairs_of
from grokphase.training.recipe import Recipe
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.usual import settled


def refuse_without_effect(spec: AnySpec, names: Iterable[str]) -> None:
    """Refuse names that were set, or are varied, and on which nothing of a run depends.

    `recipe.weight_decay` is refused where it has no effect on any group, and names with commas
    where one of them has none.

    Args:
        spec: the run with all its settings.
        names: dotted names of what was set.

    Raises:
        GrokphaseError: naming the first of them, and why.
    """
    for part in (part for name in names for part in name.split(",")):
        reasons = [without_effect(spec, leaf) for leaf in leaves_of(part)]
        if None not in reasons:
            raise GrokphaseError(f"{part} has no effect: {reasons[0]}.")


def refuse_idle_groups(spec: RunSpec) -> None:
    """Refuse settings of a `Group` of the recipe that are not the usual ones and change nothing.

    One that both groups share is meant for all parameters that there are.

    Raises:
        GrokphaseError: naming the first of them, and why.
    """
    usual = settled(Recipe(), spec.model, spec.task)
    for setting in GROUP_SETTINGS:
        embedding, decoder = (getattr(getattr(spec.recipe, group), setting) for group in GROUPS)
        shared = f"recipe.{setting}"
        for group, value in zip(GROUPS, (embedding, decoder), strict=True):
            if value != getattr(getattr(usual, group), setting):
                own = f"recipe.{group}.{setting}"
                refuse_without_effect(spec, [shared if embedding == decoder else own])


def without_effect(spec: AnySpec, leaf: str) -> str | None:
    """Why nothing of a run depends on a leaf of its specification, or None where something does.

    Example:
        >>> import grokphase as gp
        >>> one_hot = gp.run_spec("modular-addition", gp.MLP(dimension=None))
        >>> without_effect(one_hot, "recipe.embedding.weight_decay")
        'this model has no embedding; its parameters follow recipe.decoder'
    """
    if leaf == "recipe.sustain" and spec.recipe.stop == "decided":
        return (
            "a run ends at the step that decides its phase, and whether accuracies hold is not "
            "followed; write also recipe.stop=sustained"
        )
    if isinstance(spec, TrainerSpec):  # only its function knows what it makes of its settings
        return None
    recipe = spec.recipe
    part, _, setting = leaf.rpartition(".")
    if part == "recipe.embedding" and not has_embedding(spec):
        return "this model has no embedding; its parameters follow recipe.decoder"
    if leaf == "recipe.accelerator" and recipe.accelerator is not None:
        return recipe.accelerator.idle(split_network(spec.initial_network())[0], recipe)
    without = isinstance(spec.model, MLP) and spec.model.dimension is None
    if leaf == "model.embedding_scale" and (without or not has_embedding(spec)):
        return "this model has no embedding"
    if leaf == "model.embeddings" and without:
        return "this model has no embedding"
    drawn = ("model.embedding_scale", "model.decoder_scale", "model.initialization")
    if leaf in drawn and spec.initial is not None:
        return "the initial weights are given"
    model = spec.model
    one = isinstance(model, Transformer) and model.layers == 1 and model.readout == "last"
    if leaf == "model.causal" and one:
        return "the last position of one layer attends to all positions either way"
    if setting in ("beta2", "epsilon") and recipe.optimizer == "sgd":
        return "the optimizer sgd does not use it"
    if leaf.startswith("recipe.thresholds.rqi") and not has_rqi(spec):
        return "RQI is not measured for this task and model"
    if leaf == "recipe.points_per_decade" and recipe.record_every is not None:
        return "recipe.record_every says which steps are recorded"
    if leaf == "recipe.temperature" and recipe.loss == "mse":
        return "the mean squared error has no softmax; write also recipe.loss=cross-entropy"
    if leaf == "recipe.held_from" and recipe.held_norm is None:
        return "no norm is held; write also recipe.held_norm=1"
    if leaf == "recipe.decay_towards" and not _decays(spec):
        return "there is no weight decay; write also recipe.weight_decay=1"
    if leaf == "model.dropout_at" and not getattr(model, "dropout", 0.0):
        return "there is no dropout; write also model.dropout=0.1"
    if leaf == "model.dropout" and isinstance(model, MLP) and not model.widths:
        return "this model has no hidden layer"
    if leaf == "split.seed" and spec.split.train is not None:
        return "the training samples are given"
    return None


def _decays(spec: RunSpec) -> bool:
    """Whether weight decay acts on any parameter."""
    recipe = spec.recipe
    return bool(
        recipe.decoder.weight_decay or (has_embedding(spec) and recipe.embedding.weight_decay)
    )


def has_embedding(spec: RunSpec) -> bool:
    """Whether some parameters follow `recipe.embedding`: an embedding, or an encoder's layers."""
    if isinstance(spec.model, MLP) and spec.model.decoder == "last":
        return True
    if isinstance(spec.model, Toy | MLP):
        return spec.model.dimension is not None
    if isinstance(spec.model, Transformer):
        return True
    return "embedding" in jax.tree.leaves(labels_of(spec.initial_network()))


def has_rqi(spec: RunSpec) -> bool:
    """Whether the representation quality index is measured."""
    return pairs_of(spec, spec.initial_network())[0] is not None
