"""Weights of a run that was trained before: a small network's embedding, another task's blocks.

What the donor costs is part of what the run costs: its steps and its seconds are in the record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from grokphase.accelerators.accelerator import Accelerator
from grokphase.accelerators.settings import real, steps, whole
from grokphase.errors import GrokphaseError
from grokphase.models.attention import TransformerNetwork
from grokphase.models.network import BuiltIn, Network
from grokphase.models.specification import MLP
from grokphase.tasks import Split, stream
from grokphase.tasks import task as task_of


def donor_recipe(recipe: Any, most: int, until: float, **group: float) -> Any:
    """The recipe of a donor: of the run's it keeps the optimizer's numbers that are not given, and
    neither its accelerator nor its noise; it stops as soon as it is good enough, if it is to."""
    limits = recipe.thresholds
    if until < 1:
        limits = replace(limits, validation_accuracy=until)
    return type(recipe)(
        optimizer=recipe.optimizer,
        embedding=replace(recipe.embedding, **group),
        decoder=replace(recipe.decoder, **group),
        loss=recipe.loss,
        batch=recipe.batch,
        steps=most,
        thresholds=limits,
        stop="decided" if until < 1 else "budget",
        evaluate_every=recipe.evaluate_every,
        threads=recipe.threads,
    )


def seed_of(spec: Any) -> int:
    """The seed of a run's donor, which follows from the run's own."""
    return int(stream(spec.seed, "donor").integers(2**62))


def refuse_outliers(spec: Any, kind: str) -> None:
    """A donor would be told the true labels of the run's outliers, or other outliers."""
    if spec.recipe.label_noise:
        raise GrokphaseError(
            f"recipe.label_noise cannot go with {kind}, whose donor has labels of its own; write "
            "recipe.label_noise=0."
        )


def symbols_of(network: Any, kind: str) -> jax.Array:
    """The embedding of a network's symbols, (p, d).

    Raises:
        GrokphaseError: it has none, or one of matrices.
    """
    table = None
    if isinstance(network, Network):
        table = network.embedding
    elif isinstance(network, TransformerNetwork):
        table = network.embed.W_E
    if table is None or table.ndim != 2:
        raise GrokphaseError(
            f"{kind} needs a model that embeds symbols as vectors, as gp.MLP(dimension=128) or a "
            "transformer; write such a model, in a shell --set model.dimension=128."
        )
    return table


def enlarged(weak: np.ndarray, table: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """An embedding `A B` in the place of a table: A (p, k) of the donor, B (k, d) random.

    B is from N(0, 1/k), and the product is brought to the root mean square of the rows it replaces,
    so that the scale at which the network starts is its own. Rows of `table` beyond p, of words,
    are as they were.
    """
    p, k = weak.shape
    product = weak @ (generator.standard_normal((k, table.shape[1])) / np.sqrt(k))
    product *= np.sqrt((table[:p] ** 2).mean() / (product**2).mean())
    return np.concatenate([product, table[p:]]).astype(np.float32)


@dataclass(frozen=True)
class GrokTransfer(Accelerator):
    """Embeddings of a small network that was trained first, on the same training samples.

    A weak MLP is trained until it generalizes in part; its embedding E_W (p, k) times a random
    matrix B (k, d) is the initial embedding of the run's own network.

    Conventions and traps: the paper trains both factors A = E_W and B; here their product is what
    is trained, with all its p d numbers. The scale of B is not said in what was read; here the
    product has the size of the embedding that it replaces. A donor that stops at a validation
    accuracy has looked at the validation samples, as the paper's has; `until=1` lets it use all of
    its steps instead. What it takes is no gift: the record counts its steps and seconds
    (`counts["donor_steps"]`, `provenance["donor_seconds"]`).

    Args:
        dimension: k, of the donor's embedding.
        width: of the donor's hidden layer.
        learning_rate: of the donor.
        decay: of the donor's weights.
        until: the validation accuracy above which it stops.
        most: steps that it takes at most.

    Raises:
        GrokphaseError: when the run is prepared, for a model without embeddings of symbols.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> enlarged(np.eye(3), np.ones((4, 5)), rng).shape, GrokTransfer().dimension
        ((4, 5), 8)

    Source: Xu, Ni, Wang and Hu (2025), arXiv:2504.13292 (read at second hand).
    """

    dimension: int = whole(8)
    width: int = whole(64)
    learning_rate: float = real(1e-2)
    decay: float = real(1.0)
    until: float = real(0.3, 0.0, 1.0)
    most: int = steps(2_000, 1)

    kind: ClassVar[str] = "grok-transfer"

    def donor(self, spec: Any) -> Any:
        """The weak network's run: the same training samples, a seed of its own."""
        refuse_outliers(spec, self.kind)
        symbols_of(spec.initial_network(), self.kind)
        train, _ = spec.split.indices(spec.task, spec.seed)
        group = {"learning_rate": self.learning_rate, "weight_decay": self.decay}
        return replace(
            spec,
            model=MLP(self.dimension, (self.width,)),
            recipe=donor_recipe(spec.recipe, self.most, self.until, **group),
            split=Split(train=train.tolist()),
            seed=seed_of(spec),
            initial=None,
            batches=None,
        )

    def received(self, network: Any, donor: Any, generator: np.random.Generator) -> Any:
        """The network with the donor's embedding, enlarged."""
        weak, table = (np.asarray(symbols_of(each, self.kind)) for each in (donor, network))
        grown = jnp.asarray(enlarged(weak, table, generator))
        if isinstance(network, TransformerNetwork):
            return eqx.tree_at(lambda net: net.embed.W_E, network, grown)
        return eqx.tree_at(lambda net: net.embedding, network, grown)


@dataclass(frozen=True)
class BlockTransfer(Accelerator):
    """Blocks of the same network, trained first on another operation.

    By the Kolmogorov-Arnold theorem a function of two variables is one of a sum of functions of
    one, `psi(phi(a) + phi(b))`; so the embedding phi and the decoder psi of one operation may serve
    another. The donor learns its operation with the run's model and recipe, and its blocks are the
    run's initial ones; all are trained on.

    Conventions and traps: which blocks of a transformer go together, and whether they are frozen,
    is not said in what was read; here "decoder" is all that follows `recipe.decoder` (attention,
    MLPs and logits, LayerNorm too), "embedding" the rest, and nothing is frozen. The donor has
    samples of its own, of another operation: x - y = z says the same of three numbers as
    z + y = x, so that it may have been told what is asked of the run. The paper does not charge
    for donors; here the record counts their steps and seconds.

    Args:
        operation: the donor's task, of as many symbols.
        blocks: which of them are taken over.
        until: the validation accuracy above which the donor stops.
        most: steps that it takes at most.

    Raises:
        GrokphaseError: when the run is prepared: an operation that there is not, or is the run's
            own, or whose network has other shapes.

    Example:
        >>> BlockTransfer("modular-subtraction").blocks
        'decoder'

    Source: Park et al. (2024), arXiv:2405.16658 (read at second hand).
    """

    operation: str = "modular-subtraction"
    blocks: Literal["decoder", "embedding"] = "decoder"
    until: float = real(0.9, 0.0, 1.0)
    most: int = steps(20_000, 1)

    kind: ClassVar[str] = "block-transfer"

    def donor(self, spec: Any) -> Any:
        """The run of the other operation: the same model, recipe and share of samples."""
        refuse_outliers(spec, self.kind)
        p = spec.task.parameters.get("p")
        if p is None:
            raise GrokphaseError(
                f"{self.kind} needs a task with a modulus p, and {spec.task.name} has none; take "
                "one such as modular-division, or write recipe.accelerator=none."
            )
        task = task_of(self.operation, p=p)
        if task == spec.task:
            raise GrokphaseError(
                f"The donor of {self.kind} would learn {spec.task.name} itself, with validation "
                "samples of the run; write recipe.accelerator.operation=OTHER, such as "
                "modular-division or modular-subtraction."
            )
        share = len(spec.split.indices(spec.task, spec.seed)[0]) / len(spec.task)
        return replace(
            spec,
            task=task,
            recipe=donor_recipe(spec.recipe, self.most, self.until),
            split=Split(fraction=share),
            seed=seed_of(spec),
            initial=None,
            batches=None,
        )

    def received(self, network: Any, donor: Any, generator: np.random.Generator) -> Any:
        """The network with the donor's blocks."""
        if not isinstance(network, BuiltIn):
            raise GrokphaseError(
                f"{self.kind} knows the blocks of grokphase's own models; write gp.MLP(...) or "
                "gp.Transformer(...)."
            )

        def one(path: tuple[Any, ...], own: Any, other: Any) -> Any:
            names = {getattr(key, "name", None) for key in path}
            embeds = bool(names & set(network.embedding_fields))
            if embeds != (self.blocks == "embedding"):
                return own
            if own.shape != other.shape:
                raise GrokphaseError(
                    f"The {self.blocks} of a network that learns {self.operation} has an array "
                    f"{other.shape} where this one has {own.shape}; take an operation with as many "
                    "results, or recipe.accelerator.blocks=embedding."
                )
            return other

        return jax.tree_util.tree_map_with_path(one, network, donor)
