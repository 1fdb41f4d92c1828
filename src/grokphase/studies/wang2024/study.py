"""Transformers that are told facts: what they infer, from which facts, and how one can see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import jax.numpy as jnp
import numpy as np

from grokphase.measures import measure
from grokphase.models.specification import Initial
from grokphase.models.transformer import Transformer
from grokphase.studies.data import Data
from grokphase.studies.given import Given, Trained, curves_of, usual_table
from grokphase.tasks import Split, Task, facts_of, stream, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]

LAYERS: Final = {"two layers": (2, 1), "one layer, passed twice": (1, 2)}
"""How many layers there are, and how many times they are passed."""


@measure("outside_accuracy")
def outside_accuracy(network: Any, learned: Task, samples: Any) -> Any:
    """The accuracy of inferences from two facts of which no inferred one is trained."""
    asked = facts_of(learned).outside
    found = network(jnp.asarray(asked.inputs)).argmax(axis=1)
    return (found == jnp.asarray(asked.labels)).mean()


def network(settings: Settings, seed: int, layers: str = "two layers", **numbers: float) -> RunSpec:
    """One transformer on all atomic facts and some inferred ones; a world of its own each seed."""
    own = {**settings["facts"], **numbers, "seed": seed}
    learned = task(settings["kind"], **own)
    group = Group(learning_rate=settings["rate"], weight_decay=settings["decay"])
    many, repeats = LAYERS[layers]
    return run_spec(
        learned,
        Transformer(
            layers=many,
            width=settings["width"],
            mlp=2 * settings["width"],
            layer_norm="pre",
            final_norm=True,
            sequence="a b c",
            repeats=repeats,
        ),
        Recipe(
            embedding=group,
            decoder=group,
            steps=settings["steps"],
            warmup=10,
            evaluate_every=10,
            points_per_decade=15,
            stop="budget",
            measures=(outside_accuracy,),
        ),
        split=Split(count=len(learned) - learned.test),
        seed=seed,
    )


def ratios(settings: Settings) -> Runs:
    """Networks by phi."""
    for phi in settings["phis"]:
        for seed in range(settings["seeds"]):
            yield {"phi": phi}, network(settings, seed, phi=phi)


def shared(settings: Settings) -> Runs:
    """Networks of two layers, and of one that is passed twice, at the largest phi."""
    for layers in LAYERS:
        for seed in range(settings["seeds"]):
            spec = network(settings, seed, layers, phi=settings["phis"][-1])
            yield {"layers": layers}, spec


def inferences(given: Given) -> Data:
    """The usual table with curves, and how far inference is when the training facts are known.

    Returns:
        Also `at_once`, the accuracy of held-out inferences at the first recorded step from which
        training accuracy has passed; and `guess`, the share of outside inferences that are right by
        always saying what is most often right.
    """
    names = ("train_accuracy", "validation_accuracy", "outside_accuracy")
    return {
        **usual_table(given.runs),
        "at_once": [run.at(run.record.train_step, "validation_accuracy") for run in given.runs],
        "guess": [_guess(run) for run in given.runs],
        **{f"{name}_curve": curve for name, curve in curves_of(given.runs, *names).items()},
    }


def _guess(run: Trained) -> float:
    spec: Any = run.spec
    labels = facts_of(spec.task).outside.labels
    return float(np.bincount(labels).max() / len(labels))


def bridges(given: Given) -> Data:
    """The usual table, and whether the entity between two hops is there between the layers.

    Of held-out two-hop inferences, what the last layer norm and the logits read off the residual
    stream at the first relation, after the first layer (a logit lens).

    Returns:
        Also `bridge`, the share whose largest logit is that of the entity between, and
        `any_bridge`, that of saying the most frequent one.
    """
    rows = [_bridge(run) for run in given.runs]
    found, most = zip(*rows, strict=True)
    return {**usual_table(given.runs), "bridge": [*found], "any_bridge": [*most]}


def _bridge(run: Trained) -> tuple[float, float]:
    spec: Any = run.spec
    facts = facts_of(spec.task)
    told = {
        (head, relation): tail
        for (head, relation, _), tail in zip(
            facts.atomic.inputs.tolist(), facts.atomic.labels.tolist(), strict=True
        )
    }
    asked = facts.held_out.inputs
    between = np.array([told[head, relation] for head, relation, _ in asked.tolist()])
    trained = spec.model.build(spec.task, stream(spec.seed, "initial"), Initial.of(run.weights))
    seen = trained.activations(jnp.asarray(asked))["blocks.0.hook_resid_post"][:, 1]
    read = np.asarray(trained.logits(trained.ln_final(seen))).argmax(axis=1)
    return float((read == between).mean()), float(np.bincount(between).max() / len(between))
