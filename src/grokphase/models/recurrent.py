"""A recurrent network over sequences of symbols."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from grokphase.errors import GrokphaseError
from grokphase.models.network import BuiltIn, Dense
from grokphase.models.specification import Initial, check_weights, linear, needs_symbols, scale_of
from grokphase.tasks import Task
from grokphase.tasks.checks import whole


@dataclass(frozen=True)
class LSTM:
    r"""A long short-term memory that reads the symbols of a sample from left to right.

    .. math::
        i, f, g, o &= W_x x_t + W_h h_{t-1} + b \\
        c_t &= \sigma(f) c_{t-1} + \sigma(i) \tanh(g), \quad h_t = \sigma(o) \tanh(c_t)

    and a linear layer reads the last h. The symbol 0 is no word: it changes nothing, so that
    sequences of any length stand in rows of one length.

    Args:
        dimension: length of an embedding vector, N(0, 1) as PyTorch's `nn.Embedding`; embeddings
            follow `recipe.embedding`.
        width: of h and c.
        embedding_scale: factor on the initial embeddings.
        decoder_scale: factor on all other initial weights and biases.

    Raises:
        GrokphaseError: a size below 1, or a scale that is no number from 0.

    Example:
        >>> LSTM(width=16).spec()["width"]
        16

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9, 1735; gates and initial weights
        as PyTorch's `nn.LSTM`, with one bias in place of two. Liu et al. (2023, Omnigrok,
        arXiv:2210.01117) learn reviews with one.
    """

    dimension: int = 32
    width: int = 32
    embedding_scale: float = 1.0
    decoder_scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("dimension", "width"):
            object.__setattr__(self, name, whole(getattr(self, name), name, 1))
        for name in ("embedding_scale", "decoder_scale"):
            object.__setattr__(self, name, scale_of(name, getattr(self, name)))

    def spec(self) -> dict[str, Any]:
        """The JSON-able description."""
        return {"name": "lstm", **asdict(self)}

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> Recurrent:
        """The initial network: embeddings, then the gates, then the layer that reads them."""
        refuse_initial(initial, "an LSTM")
        symbols, d, width = needs_symbols(task, "an LSTM"), self.dimension, self.width
        check_weights(symbols * d + 4 * width * (d + width + 1) + (width + 1) * task.outputs)
        embedding = self.embedding_scale * generator.standard_normal((symbols, d))
        bound = self.decoder_scale / width**0.5
        inward = generator.uniform(-bound, bound, (4 * width, d))
        bias = generator.uniform(-bound, bound, 4 * width)
        within = generator.uniform(-bound, bound, (4 * width, width))
        return Recurrent(
            embedding=embedding.astype(np.float32),  # type: ignore[arg-type]  # NumPy's, as drawn
            inward=Dense.of(inward, bias),
            within=Dense.of(within, None),
            readout=Dense.of(*linear(generator, width, task.outputs, self.decoder_scale)),
        )


class Recurrent(BuiltIn):
    """Embeddings, gates, and a layer that reads the last state; see `LSTM`."""

    embedding: Float[Array, "p d"]
    inward: Dense
    within: Dense
    readout: Dense

    embedding_fields: ClassVar[tuple[str, ...]] = ("embedding",)

    def __call__(self, inputs: Int[Array, "n length"]) -> Float[Array, "n out"]:
        """Outputs for a batch of sequences."""
        # Once for each symbol, and not for each of the places where it stands.
        of_symbol = self.inward(jnp.asarray(self.embedding))
        state = jnp.zeros((2, len(inputs), self.within.weight.shape[1]), jnp.float32)

        def read(state: Array, symbols: Int[Array, " n"]) -> tuple[Array, None]:
            hidden, memory = state
            i, f, g, o = jnp.split(of_symbol[symbols] + self.within(hidden), 4, axis=1)
            memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            after = jnp.stack([jax.nn.sigmoid(o) * jnp.tanh(memory), memory])
            return jnp.where((symbols == 0)[None, :, None], state, after), None

        (hidden, _), _ = jax.lax.scan(read, state, inputs.T)
        return self.readout(hidden)


def refuse_initial(initial: Initial | None, what: str) -> None:
    """Refuse initial weights that are given as arrays, for models that do not take them."""
    if initial is not None:
        raise GrokphaseError(
            f"initial= is for Toy, MLP and Transformer, and {what} draws its weights from the "
            "run's seed; leave it out."
        )
