"""The network of the toy and of the MLP: symbols -> embeddings -> combine -> decoder."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

Combine = Literal["sum", "mean", "product", "concatenation"]
Activation = Literal["tanh", "relu", "gelu"]



@jax.custom_vjp
def relu(x: Array) -> Array:
    """`max(x, 0)`, whose gradient is taken from the result, so that x need not be kept."""
    return jnp.maximum(x, 0)


def _relu_forward(x: Array) -> tuple[Array, Array]:
    y = jnp.maximum(x, 0)
    return y, y


def _relu_backward(y: Array, cotangent: Array) -> tuple[Array]:
    return (jnp.where(y > 0, cotangent, 0),)


relu.defvjp(_relu_forward, _relu_backward)

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": jnp.tanh,
    "relu": relu,
    "gelu": functools.partial(jax.nn.gelu, approximate=False),  # as PyTorch's default
}


class Dense(eqx.Module):
    """An affine map `y = x W^T + b` with `W` of shape (out, in), as in PyTorch.

    The weight is held with its longer axis last, because XLA vectorises along the last axis on a
    CPU: the 200 -> 30 layer of the toy costs 18 us a step held as (30, 200) and 27 us as (200, 30),
    products and optimiser together. `weight` gives it as (out, in) whatever is held.
    """

    kernel: Float[Array, "a b"]
    bias: Float[Array, " out"]
    inputs_first: bool = eqx.field(static=True)

    @classmethod
    def of(cls, weight: np.ndarray, bias: np.ndarray) -> Dense:
        """The layer with this weight, of shape (out, in), and this bias, of shape (out,)."""
        inputs_first = weight.shape[0] >= weight.shape[1]
        kernel = np.ascontiguousarray(weight.T if inputs_first else weight, dtype=np.float32)
        return cls(kernel, np.asarray(bias, np.float32), inputs_first)  # type: ignore[arg-type]

    @property
    def weight(self) -> Float[Array, "out in"]:
        """The weight as (out, in)."""
        return self.kernel.T if self.inputs_first else self.kernel

    def __call__(self, x: Float[Array, "n in"]) -> Float[Array, "n out"]:
        """Apply the layer to a batch of rows."""
        return x @ (self.kernel if self.inputs_first else self.kernel.T) + self.bias

    def of_pairs(
        self, rows: Float[Array, "p d"] | None, pairs: Int[Array, "n 2"], symbols: int
    ) -> Float[Array, "n out"]:
        """Apply the layer to concatenated pairs of rows without building the concatenation.

        With `W = [A B]`, `W [e_a; e_b] = A e_a + B e_b`: two products over the p symbols and a
        gather, instead of one product over all n pairs. Without `rows` the inputs are one-hot
        pairs and the two products are the columns of `W` themselves. The same function exactly.
        """
        kernel = self.kernel if self.inputs_first else self.kernel.T
        first, second = jnp.split(kernel, 2, axis=0)
        if rows is not None:
            first, second = rows @ first, rows @ second
        return (first + self.bias)[pairs[:, 0]] + second[pairs[:, 1]]


def small_products(
    left: Float[Array, "n a b"], right: Float[Array, "n b c"]
) -> Float[Array, "n a c"]:
    """`left[k] @ right[k]`, written out: XLA runs a batch of 3 x 3 products one call at a time."""
    return (left[:, :, :, None] * right[:, None, :, :]).sum(axis=2)


class Network(eqx.Module):
    """Embedding, combination of the two embeddings of a sample, and a dense decoder.

    The toy of Liu et al. (2022, arXiv:2205.10343, section 2) is `Dec(E_a + E_b)`; Appendix H uses
    matrices and their product. `embedding` is None for one-hot pairs and for inputs that are not
    symbols (sparse parity); a vector embedding is (p, d), a matrix embedding (p, d, d).
    """

    embedding: Float[Array, "p ..."] | None
    decoder: tuple[Dense, ...]
    combine: Combine = eqx.field(static=True)
    activation: Activation = eqx.field(static=True)
    symbols: int | None = eqx.field(static=True)

    batched = True

    def __call__(self, inputs: Array) -> Float[Array, "n out"]:
        """Outputs for a batch of inputs: (n, 2) symbols, or (n, k) numbers without symbols."""
        activation = ACTIVATIONS[self.activation]
        first, *rest = self.decoder
        hidden = self._first(first, inputs)
        for layer in rest:
            hidden = layer(activation(hidden))
        return hidden

    def _first(self, layer: Dense, inputs: Array) -> Array:
        if self.symbols is None:
            return layer(inputs)
        if self.combine == "concatenation":
            rows = None if self.embedding is None else self.embedding.reshape(self.symbols, -1)
            return layer.of_pairs(rows, inputs, self.symbols)
        return layer(self.combined(inputs).reshape(inputs.shape[0], -1))

    def combined(self, inputs: Int[Array, "n 2"]) -> Float[Array, "n ..."]:
        """The combination of the two embeddings of each sample, before the decoder."""
        if self.embedding is None:
            raise ValueError("a network without embeddings has nothing to combine")
        left, right = self.embedding[inputs[:, 0]], self.embedding[inputs[:, 1]]
        if self.combine == "sum":
            return left + right
        if self.combine == "mean":
            return (left + right) / 2
        if self.combine == "product":
            return small_products(left, right)
        return jnp.concatenate([left, right], axis=1)
