"""The network of the toy and of the MLP: symbols -> embeddings -> combine -> decoder."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from grokphase.models.dropout import Drop, as_it_is

Combine = Literal["sum", "mean", "product", "concatenation"]
Activation = Literal["tanh", "relu", "gelu"]


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "gelu": functools.partial(jax.nn.gelu, approximate=False),  # as PyTorch's default
}


class Dense(eqx.Module):
    """An affine map `y = x W^T + b` with `W` of shape (out, in), as in PyTorch.

    The weight is held with its longer axis last, because XLA vectorises along the last axis on a
    CPU: the 200 -> 30 layer of the toy costs 18 us a step held as (30, 200) and 27 us as (200, 30),
    products and optimiser together. `weight` gives it as (out, in) whatever is held.
    """

    kernel: Float[Array, "a b"]
    bias: Float[Array, " out"] | None
    inputs_first: bool = eqx.field(static=True)

    @classmethod
    def of(cls, weight: np.ndarray, bias: np.ndarray | None) -> Dense:
        """The layer with this weight, (out, in), and this bias, (out,), or None for no bias."""
        inputs_first = weight.shape[0] >= weight.shape[1]
        kernel = np.ascontiguousarray(weight.T if inputs_first else weight, dtype=np.float32)
        held = None if bias is None else np.asarray(bias, np.float32)
        return cls(kernel, held, inputs_first)  # type: ignore[arg-type]

    @property
    def weight(self) -> Float[Array, "out in"]:
        """The weight as (out, in)."""
        return self.kernel.T if self.inputs_first else self.kernel

    def __call__(self, x: Float[Array, "n in"]) -> Float[Array, "n out"]:
        """Apply the layer to a batch of rows."""
        return self._moved(x @ self._inputs_first())

    def on_one_hot(self, left: Float[Array, "p d"], right: Float[Array, "p d"]) -> Dense:
        """The layer that is to pairs of one-hot symbols what this one is to pairs of their rows.

        With `W = [A B]`, `W [l_a; r_b] = A l_a + B r_b`: two products over the p symbols, instead
        of one product over all n pairs. The same function exactly.
        """
        first, second = jnp.split(self._inputs_first(), 2, axis=0)
        return Dense(jnp.concatenate([left @ first, right @ second]), self.bias, inputs_first=True)

    def of_pairs(self, pairs: Int[Array, "n 2"]) -> Float[Array, "n out"]:
        """Apply the layer to one-hot pairs of symbols: a sum of two columns of its weight.

        The bias is added to the columns, which are fewer than the pairs.
        """
        first, second = jnp.split(self._inputs_first(), 2, axis=0)
        return self._moved(first)[pairs[:, 0]] + second[pairs[:, 1]]

    def _moved(self, rows: Float[Array, "n out"]) -> Float[Array, "n out"]:
        return rows if self.bias is None else rows + self.bias

    def _inputs_first(self) -> Float[Array, "in out"]:
        return self.kernel if self.inputs_first else self.kernel.T


def small_products(
    left: Float[Array, "n a b"], right: Float[Array, "n b c"]
) -> Float[Array, "n a c"]:
    """`left[k] @ right[k]`, written out: XLA runs a batch of 3 x 3 products one call at a time."""
    return (left[:, :, :, None] * right[:, None, :, :]).sum(axis=2)


class BuiltIn(eqx.Module):
    """A network of grokphase's own.

    All of its array leaves are parameters, and its outputs for a sample depend on that sample
    alone, so that samples may be taken in blocks. `by_symbol` gives the same function with all
    done that can be done once for a symbol, instead of for every sample that it is in.
    """

    batched = True

    embedding_fields: ClassVar[tuple[str, ...]] = ("embedding",)
    """Names of the parameters that follow `recipe.embedding`; all others follow the decoder's."""

    def by_symbol(self) -> BuiltIn:
        """The same function, prepared for many samples."""
        return self

    def __call__(self, inputs: Array) -> Float[Array, "n out"]:
        """Outputs for a batch of inputs."""
        raise NotImplementedError

    def with_dropout(self, inputs: Array, drop: Drop) -> Float[Array, "n out"]:
        """Outputs for a batch of inputs, with `drop` wherever the network has dropout."""
        raise NotImplementedError


class Network(BuiltIn):
    """Embedding, combination of the two embeddings of a sample, and a dense decoder.

    The toy of Liu et al. (2022, arXiv:2205.10343, section 2) is `Dec(E_a + E_b)`; Appendix H uses
    matrices and their product. `embedding` is None for one-hot pairs and for inputs that are not
    symbols (sparse parity, images); a vector embedding is (p, d), a matrix embedding (p, d, d).

    `encoder` holds the layers before the decoder's, where a network without an embedding is split
    in two (Appendix J): they follow the settings of an embedding. It is empty otherwise. `right` is
    the table of the second symbol of a pair where that has one of its own.
    """

    embedding: Float[Array, "p ..."] | None
    decoder: tuple[Dense, ...]
    combine: Combine = eqx.field(static=True)
    activation: Activation = eqx.field(static=True)
    symbols: int | None = eqx.field(static=True)
    encoder: tuple[Dense, ...] = ()
    right: Float[Array, "p d"] | None = None

    embedding_fields: ClassVar[tuple[str, ...]] = ("embedding", "right", "encoder")

    def __call__(self, inputs: Array) -> Float[Array, "n out"]:
        """Outputs for a batch of inputs: (n, 2) symbols, or (n, k) numbers without symbols."""
        return self.with_dropout(inputs, as_it_is)

    def with_dropout(self, inputs: Array, drop: Drop) -> Float[Array, "n out"]:
        """Outputs for a batch of inputs, with dropout of every hidden layer's activations."""
        activation = ACTIVATIONS[self.activation]
        network = self.by_symbol()
        first, *rest = (*network.encoder, *network.decoder)
        hidden = self._first(first, inputs)
        for place, layer in enumerate(rest):
            hidden = layer(drop(place, activation(hidden)))
        return hidden

    def hidden(self, inputs: Array) -> tuple[Float[Array, "n width"], ...]:
        """What each hidden layer gives, in their order, for a batch of inputs."""
        activation = ACTIVATIONS[self.activation]
        network = self.by_symbol()
        first, *rest = (*network.encoder, *network.decoder)
        found = [activation(network._first(first, inputs))]
        for layer in rest[:-1]:
            found.append(activation(layer(found[-1])))
        return tuple(found if rest else ())

    def by_symbol(self) -> Network:
        """The same function with all done that can be done for symbols instead of samples.

        Concatenated embeddings become one-hot pairs: see `Dense.on_one_hot`. Others stay as they
        are.
        """
        if self.embedding is None or self.symbols is None or self.combine != "concatenation":
            return self
        first, *rest = self.decoder
        left = self.embedding.reshape(self.symbols, -1)
        first = first.on_one_hot(left, left if self.right is None else self.right)
        return replace(self, embedding=None, right=None, decoder=(first, *rest))

    def _first(self, layer: Dense, inputs: Array) -> Array:
        if self.symbols is None:
            return layer(inputs)
        if self.combine == "concatenation":
            return layer.of_pairs(inputs)
        return layer(self.combined(inputs).reshape(inputs.shape[0], -1))

    def combined(self, inputs: Int[Array, "n 2"]) -> Float[Array, "n ..."]:
        """The combination of the two embeddings of each sample, before the decoder."""
        if self.embedding is None:
            raise ValueError("a network without embeddings has nothing to combine")
        second = self.embedding if self.right is None else self.right
        left, right = self.embedding[inputs[:, 0]], second[inputs[:, 1]]
        if self.combine == "sum":
            return left + right
        if self.combine == "mean":
            return (left + right) / 2
        if self.combine == "product":
            return small_products(left, right)
        return jnp.concatenate([left, right], axis=1)
