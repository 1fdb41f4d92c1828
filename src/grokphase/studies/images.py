"""Networks on the first images of MNIST, which several studies look into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.models.specification import MLP
from grokphase.phases.thresholds import Thresholds
from grokphase.studies.given import Trained
from grokphase.tasks import Split, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Layers = list[tuple[jax.Array, jax.Array]]


def images(settings: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """A network a seed, to the end of its budget; runs of the same settings are the same runs."""
    group = Group(settings["rate"], settings["decay"], 0.9, 0.999, 1e-8)
    recipe = Recipe(
        embedding=group,
        decoder=group,
        loss=settings["loss"],
        batch=settings["batch"],
        steps=settings["steps"],
        thresholds=Thresholds(validation_accuracy=settings["passing"]),
        evaluate_every=settings["every"],
        stop="budget",
    )
    model = MLP(None, tuple(settings["widths"]), decoder_scale=settings["scale"])
    learned = task("mnist", test=settings["test"])
    for seed in range(settings["seeds"]):
        split = Split(train=range(settings["samples"]))
        yield {}, run_spec(learned, model, recipe, split=split, seed=seed)


def outputs(layers: Layers, inputs: jax.Array) -> jax.Array:
    """What the network puts out."""
    weight, bias = layers[-1]
    return hidden(layers, inputs)[-1] @ weight.T + bias


def hidden(layers: Layers, inputs: jax.Array) -> list[jax.Array]:
    """The activations of each hidden layer."""
    found = []
    for weight, bias in layers[:-1]:
        inputs = jax.nn.relu(inputs @ weight.T + bias)
        found.append(inputs)
    return found


class Samples(NamedTuple):
    """The images of a run and their classes.

    Attributes:
        train: (n, 784) those that it trains on.
        labels: (n,) of them.
        test: (m, 784) the others.
        test_labels: (m,) of those.
    """

    train: jax.Array
    labels: jax.Array
    test: jax.Array
    test_labels: jax.Array


def samples_of(run: Trained) -> Samples:
    """The images that a run has trained on, and those it has not."""
    spec: Any = run.spec
    of_both = (spec.task.inputs, spec.task.labels)
    found = [jnp.asarray(of[part]) for part in run.parts for of in of_both]
    return Samples(*found)


def through(run: Trained, thinned: int = 1) -> Iterator[tuple[int, Layers]]:
    """The layers of a network at every so-many-th step at which its weights were kept.

    The first step and the last are always among them.
    """
    at = run.kept
    first, *kept = at
    for step in (first, *kept[::-thinned][::-1]):
        yield step, layers_of(at[step])


def layers_of(weights: Mapping[str, np.ndarray]) -> Layers:
    """Weight and bias of each layer of an MLP without embeddings, from its weights by name."""
    count = sum(name.endswith(".weight") for name in weights)
    parts = [[weights[f"decoder.{k}.{of}"] for of in ("weight", "bias")] for k in range(count)]
    return [(jnp.asarray(weight), jnp.asarray(bias)) for weight, bias in parts]
