"""Batch normalisation in the network on images, and what it comes to in the end: other layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.models.network import Dense
from grokphase.studies import Trained
from grokphase.studies.images import Layers, images, samples_of, through

EPSILON = 1e-5  # of a variance, as usual


class Normalised(eqx.Module):
    """Layers with ReLU between them, and batch normalisation before each ReLU.

    A neuron of a hidden layer becomes gain (z - mean) / sqrt(variance + EPSILON) + shift, mean and
    variance being those of its values z over the batch.
    """

    decoder: tuple[Dense, ...]
    gain: tuple[jax.Array, ...]
    shift: tuple[jax.Array, ...]

    batched = True

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Outputs for a batch of inputs, each of which depends on all."""
        *hidden, last = self.decoder
        for layer, gain, shift in zip(hidden, self.gain, self.shift, strict=True):
            values = layer(inputs)
            scale = gain * jax.lax.rsqrt(values.var(axis=0) + EPSILON)
            inputs = jax.nn.relu(scale * (values - values.mean(axis=0)) + shift)
        return last(inputs)


def normalised(
    task: gp.Task, generator: np.random.Generator, width: int, depth: int, scale: float
) -> Normalised:
    """The usual network of these hidden layers, its weights too, with normalisation."""
    network: Any = gp.MLP(None, (width,) * depth, decoder_scale=scale).build(task, generator)
    return Normalised(network.decoder, (jnp.ones(width),) * depth, (jnp.zeros(width),) * depth)


def both(settings: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], gp.RunSpec]]:
    """Each network as it is, and with normalisation: the same start, images and batches."""
    for _, spec in images(settings):
        yield {"normalisation": "none"}, spec
    width, *others = settings["widths"]
    model = gp.UserModel(normalised, width=width, depth=1 + len(others), scale=settings["scale"])
    for _, spec in images(settings):
        yield {"normalisation": "batch"}, replace(spec, model=model)


def folded(layers: Layers, weights: Mapping[str, Any], inputs: jax.Array) -> Layers:
    """Layers that do without normalisation what a network does with it among these inputs.

    Once means and variances are held, normalisation is a part of the affine map before it.
    """
    found = []
    for k, (weight, bias) in enumerate(layers[:-1]):
        values = inputs @ weight.T + bias
        scale = weights[f"gain.{k}"] * jax.lax.rsqrt(values.var(axis=0) + EPSILON)
        shift = scale * (bias - values.mean(axis=0)) + weights[f"shift.{k}"]
        found.append((scale[:, None] * weight, shift))
        inputs = jax.nn.relu(scale * (values - bias) + shift)
    return [*found, layers[-1]]


def affine(run: Trained, thinned: int) -> Iterator[tuple[int, Layers]]:
    """The layers of a network through training, normalisation folded in where it has any.

    Means and variances are those of all images that it trains on, where a usual implementation
    has averages over batches.
    """
    normal, kept = run.labels.get("normalisation") == "batch", run.kept
    trained = samples_of(run).train
    for step, layers in through(run, thinned):
        yield step, folded(layers, kept[step], trained) if normal else layers
