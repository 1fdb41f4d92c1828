"""Sentences, molecules and images that a convolutional network reads, at initial scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from grokphase.models.convolutional import Convolutional
from grokphase.models.graphs import MessagePassing
from grokphase.models.recurrent import LSTM
from grokphase.phases.thresholds import Thresholds
from grokphase.tasks import Split, Task, molecules, sentences, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.models.specification import Model
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]


def run(settings: Settings, learned: Task, model: Model, seed: int) -> RunSpec:
    """A network to the end of its budget."""
    group = Group(settings["rate"], settings["decay"], 0.9, 0.999, 1e-8)
    recipe = Recipe(
        embedding=group,
        decoder=group,
        batch=settings["batch"],
        steps=settings["steps"],
        thresholds=Thresholds(validation_accuracy=settings["passing"]),
        evaluate_every=settings["every"],
        stop="budget",
    )
    return run_spec(learned, model, recipe, split=Split(count=settings["samples"]), seed=seed)


def texts(settings: Settings) -> Runs:
    """Sentences of the generated grammar, read by an LSTM."""
    many = settings["samples"] + settings["fresh"]
    learned = sentences(clauses=settings["clauses"], samples=many)
    for scale in settings["scales"]:
        width = settings["width"]
        model = LSTM(width, width, embedding_scale=scale, decoder_scale=scale)
        for seed in range(settings["seeds"]):
            yield {"scale": scale}, run(settings, learned, model, seed)


def graphs(settings: Settings) -> Runs:
    """Molecules that are drawn, read by a network of messages."""
    many = settings["samples"] + settings["fresh"]
    learned = molecules(atoms=settings["atoms"], samples=many, tolerance=settings["tolerance"])
    for scale in settings["scales"]:
        model = MessagePassing(settings["width"], embedding_scale=scale, decoder_scale=scale)
        for seed in range(settings["seeds"]):
            yield {"scale": scale}, run(settings, learned, model, seed)


def convolutions(settings: Settings) -> Runs:
    """MNIST, read by a convolutional network, plain or residual."""
    learned = task("mnist", test=settings["fresh"])
    for scale in settings["scales"]:
        model = Convolutional(settings["channels"], settings["shortcuts"], decoder_scale=scale)
        for seed in range(settings["seeds"]):
            yield {"scale": scale}, run(settings, learned, model, seed)
