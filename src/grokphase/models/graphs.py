"""A network that passes messages along the bonds of a molecule."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from math import isqrt
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.models.network import BuiltIn, Dense
from grokphase.models.recurrent import refuse_initial
from grokphase.models.specification import Initial, check_weights, linear, needs_symbols, scale_of
from grokphase.tasks import Task
from grokphase.tasks.checks import whole
from grokphase.tasks.molecules import ORDERS


@dataclass(frozen=True)
class MessagePassing:
    r"""A network whose atoms hear from those that they are bound to, a few times over.

    .. math::
        h_i \leftarrow \mathrm{relu}\Big(W h_i + b + \sum_{o} \sum_{j:\,ij \text{ of order } o}
        W_o h_j\Big)

    from embeddings of the atoms, with weights of their own in each round; the sum of h over the
    atoms goes through a layer with ReLU to the outputs. It does not know the order of the atoms.

    Args:
        width: of h, and of the layer after the sum.
        rounds: how often messages are passed.
        embedding_scale: factor on the initial embeddings, N(0, 1), which follow
            `recipe.embedding`.
        decoder_scale: factor on all other initial weights and biases.

    Raises:
        GrokphaseError: a size below 1, or a scale that is no number from 0.

    Example:
        >>> MessagePassing(rounds=3).spec()["rounds"]
        3

    Source: Gilmer et al. 2017 (arXiv:1704.01212), with one matrix for each kind of bond; Liu et al.
        (2023, Omnigrok, arXiv:2210.01117) learn molecules with such a network of width 32.
    """

    width: int = 32
    rounds: int = 2
    embedding_scale: float = 1.0
    decoder_scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("width", "rounds"):
            object.__setattr__(self, name, whole(getattr(self, name), name, 1))
        for name in ("embedding_scale", "decoder_scale"):
            object.__setattr__(self, name, scale_of(name, getattr(self, name)))

    def spec(self) -> dict[str, Any]:
        """The JSON-able description."""
        return {"name": "message-passing", **asdict(self)}

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> Messages:
        """The initial network: embeddings, then the rounds, then the layers after the sum."""
        refuse_initial(initial, "a network of messages")
        kinds, width = needs_symbols(task, "a network of messages"), self.width
        _check_graphs(task)
        check_weights(width * (kinds + self.rounds * (ORDERS + 1) * width + width + task.outputs))
        embedding = self.embedding_scale * generator.standard_normal((kinds, width))

        def layer(before: int, after: int) -> Dense:
            return Dense.of(*linear(generator, before, after, self.decoder_scale))

        return Messages(
            embedding=embedding.astype(np.float32),  # type: ignore[arg-type]  # NumPy's, as drawn
            rounds=tuple(layer(width, (ORDERS + 1) * width) for _ in range(self.rounds)),
            decoder=tuple(layer(*sizes) for sizes in pairwise((width, width, task.outputs))),
        )


class Messages(BuiltIn):
    """Embeddings of atoms, rounds of messages, and layers after their sum; see `MessagePassing`.

    A round's layer gives, of each atom, what it makes of itself and what it says along bonds of
    each order.
    """

    embedding: Float[Array, "p d"]
    rounds: tuple[Dense, ...]
    decoder: tuple[Dense, ...]

    embedding_fields: ClassVar[tuple[str, ...]] = ("embedding",)

    def __call__(self, inputs: Int[Array, "n numbers"]) -> Float[Array, "n out"]:
        """Outputs for a batch of molecules: kinds of atoms, then the orders of all bonds."""
        count, most = len(inputs), atoms_of(inputs.shape[1])
        atoms, bonds = inputs[:, :most], inputs[:, most:].reshape(count, most, most)
        there = (atoms > 0)[:, :, None]
        orders = jnp.arange(1, ORDERS + 1)[None, None, :, None]
        bound = (bonds[:, :, None, :] == orders).astype(jnp.float32).reshape(count, most, -1)
        hidden = self.embedding[atoms]
        width = hidden.shape[-1]
        for layer in self.rounds:
            told = layer(hidden.reshape(count * most, width)).reshape(count, most, -1)
            own, said = told[:, :, :width], told[:, :, width:]
            # (n, order and atom, width), in the order of the columns of `bound`.
            said = said.reshape(count, most, ORDERS, width).swapaxes(1, 2).reshape(count, -1, width)
            hidden = jax.nn.relu(own + bound @ said)
        first, last = self.decoder
        return last(jax.nn.relu(first(jnp.where(there, hidden, 0).sum(axis=1))))


def atoms_of(columns: int) -> int:
    """How many atoms n a row of n kinds and n^2 orders of bonds has room for.

    Example:
        >>> atoms_of(9 + 81)
        9
    """
    return (isqrt(1 + 4 * columns) - 1) // 2


def _check_graphs(task: Task) -> None:
    columns = task.inputs.shape[1]
    most = atoms_of(columns)
    if most + most**2 != columns:
        raise GrokphaseError(
            f'task "{task.name}" has {columns} symbols a sample, and a network of messages takes n '
            "kinds of atoms and n^2 orders of bonds; write the task molecules or smiles."
        )
