"""The networks of the paper: as it trains them, on other shares of the pairs, with other decays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import jax.numpy as jnp
import numpy as np

from grokphase.measures import embedding_norms, gini, measure
from grokphase.training.published import preset

if TYPE_CHECKING:
    from jaxtyping import Array

    from grokphase.measures.own import Samples
    from grokphase.tasks import Task
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]

PAIRS: Final = 100
"""Training pairs on which the excluded loss is taken: all of them would be too many numbers."""


def shown(training_pairs: int) -> np.ndarray:
    """Which training pairs those are: evenly spaced among all, in their order."""
    return np.linspace(0, training_pairs, PAIRS, endpoint=False).astype(int)


# Key frequencies are known at the end alone. What these two measures keep suffices to take the
# restricted and the excluded loss of every recorded step with those of the last.


@measure("logits_by_result")
def logits_by_result(network: Any, task: Task, samples: Samples) -> Any:
    """The mean logits of the pairs of each result, (p, p)."""
    by_result = np.argsort(task.labels, kind="stable")
    p = task.classes
    return network(jnp.asarray(task.inputs[by_result]))[:, :p].reshape(p, p, p).mean(axis=1)


@measure("training_logits")
def training_logits(network: Any, task: Task, samples: Samples) -> Any:
    """The logits of some training pairs, (PAIRS, p)."""
    inputs = samples.train.inputs
    return network(inputs[shown(len(inputs))])[:, : task.classes]


@measure("logit_map_gini")
def logit_map_gini(network: Any, task: Task, samples: Samples) -> Array:
    """Gini coefficient of the Fourier norms of W_L, as `embedding_gini` is of those of W_E."""
    logit_map = network.blocks[-1].mlp.W_out @ network.unembed.W_U[:, : task.classes]
    return gini(embedding_norms(logit_map.T)[1:])


RECORDED: Final = (
    *("restricted_loss", "excluded_loss", "embedding_gini", "embedding_norms"),
    *(logits_by_result, training_logits, logit_map_gini),
)


def circuits(settings: Settings) -> Runs:
    """The paper's network, to the end of the budget, with all that is recorded of its circuit."""
    leaves = {
        "recipe.stop": "budget",
        "recipe.measures": RECORDED,
        "recipe.points_per_decade": settings["points"],
    }
    for seed in range(settings["seeds"]):
        yield {}, network(settings, seed, settings["decay"], settings["fraction"], **leaves)


DATA: Final = ("few", "some", "most", "between")
"""Shares of the pairs of which a claim speaks, and those of which none does."""


def fractions(settings: Settings) -> Runs:
    """Shares of all pairs to train on."""
    for data in DATA:
        for fraction in settings.get(data, ()):
            for seed in range(settings["seeds"]):
                labels = {"fraction": fraction, "data": data}
                yield labels, network(settings, seed, settings["decay"], fraction)


def decays(settings: Settings) -> Runs:
    """Weight decays."""
    for decay in settings["decays"]:
        for seed in range(settings["seeds"]):
            yield {"decay": decay}, network(settings, seed, decay, settings["fraction"])


def network(settings: Settings, seed: int, decay: float, fraction: float, **leaves: Any) -> RunSpec:
    """One network of the preset."""
    named = {
        "recipe.steps": settings["steps"],
        "recipe.weight_decay": decay,
        "recipe.stop": "decided",
        "split.fraction": fraction,
        **leaves,
    }
    return preset("nanda2023", p=settings["p"], seed=seed, **named)
