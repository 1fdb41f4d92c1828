"""Convolutional networks on square images, plain or residual."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from math import isqrt
from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError
from grokphase.models.network import BuiltIn, Dense
from grokphase.models.recurrent import refuse_initial
from grokphase.models.specification import (
    Initial,
    check_choice,
    check_weights,
    linear,
    scale_of,
    sizes_of,
)
from grokphase.tasks import Task

Shortcuts = Literal["none", "residual"]


@dataclass(frozen=True)
class Convolutional:
    """A convolutional network on square images, gray or of three colours.

    Each stage halves the image by a 3 x 3 convolution of stride 2 with ReLU. With residual
    shortcuts two more convolutions follow, and what they make is added to what went into them.
    The mean over the places of the last stage goes through a linear layer to the outputs.

    Args:
        channels: of each stage.
        shortcuts: "none" or "residual".
        decoder_scale: factor on all initial weights and biases.

    Raises:
        GrokphaseError: no stage, a size below 1, an unknown word, or a scale that is no number
            from 0.

    Example:
        >>> Convolutional(channels=(8, 16), shortcuts="residual").spec()["channels"]
        [8, 16]

    Source: LeCun et al. 1998, Proceedings of the IEEE 86, 2278; He et al. 2015 (arXiv:1512.03385),
        without normalization. Initial weights as PyTorch's `nn.Conv2d`.
    """

    channels: tuple[int, ...] = (8, 16)
    shortcuts: Shortcuts = "none"
    decoder_scale: float = 1.0

    def __post_init__(self) -> None:
        check_choice("shortcuts", self.shortcuts, get_args(Shortcuts))
        sizes = sizes_of(self.channels, "channels", "8, 16")
        if not sizes:
            raise GrokphaseError(
                "channels = () has no stage; write channels=(8, 16), in a shell --set "
                "model.channels=8,16."
            )
        object.__setattr__(self, "channels", sizes)
        object.__setattr__(self, "decoder_scale", scale_of("decoder_scale", self.decoder_scale))

    def spec(self) -> dict[str, Any]:
        """The JSON-able description, with how products are taken, which decides the bits."""
        own = {**asdict(self), "channels": list(self.channels)}
        return {"name": "convolutional", **own, "products": "patches"}

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> ConvolutionalNetwork:
        """The initial network: its stages in their order, then the layer to the outputs."""
        refuse_initial(initial, "a convolutional network")
        side, colours = _shape(task)
        per_stage = 3 if self.shortcuts == "residual" else 1
        pairs = list(pairwise((colours, *self.channels)))
        check_weights(sum(9 * (a + (per_stage - 1) * b) * b for a, b in pairs))

        def convolution(before: int, after: int) -> Convolution:
            weight, bias = linear(generator, 9 * before, after, self.decoder_scale)
            return Convolution(weight.T.reshape(3, 3, before, after).copy(), bias)  # type: ignore[arg-type]  # NumPy's, as drawn

        return ConvolutionalNetwork(
            stages=tuple(
                (convolution(a, b), *(convolution(b, b) for _ in range(per_stage - 1)))
                for a, b in pairs
            ),
            readout=Dense.of(
                *linear(generator, self.channels[-1], task.outputs, self.decoder_scale)
            ),
            side=side,
        )


class Convolution(eqx.Module):
    """A 3 x 3 convolution with zeros around the image."""

    kernel: Float[Array, "3 3 in out"]
    bias: Float[Array, " out"]

    def __call__(self, x: Float[Array, "n h w in"], stride: int = 1) -> Float[Array, "n h w out"]:
        """Apply it at every place, or at every second one.

        As one product of all patches with the kernel: a step of XLA's own convolutions, forth and
        back, takes fifteen times as long on a CPU (20.1 and 1.3 ms, Zen 4, 50 images of 28 x 28).
        """
        found = patches(x, stride)
        return found @ self.kernel.reshape(found.shape[-1], -1) + self.bias


def patches(x: Float[Array, "n h w in"], stride: int) -> Float[Array, "n up across nine_in"]:
    """The 3 x 3 places around every place, or every second one, with zeros around the image."""
    up, across = (-(-size // stride) * stride - stride + 1 for size in x.shape[1:3])
    zeros = (max(up + 2 - x.shape[1], 0), max(across + 2 - x.shape[2], 0))
    x = jnp.pad(x, [(0, 0), *((few // 2, few - few // 2) for few in zeros), (0, 0)])
    near = [(i, j) for i in range(3) for j in range(3)]
    found = [x[:, i : i + up : stride, j : j + across : stride] for i, j in near]
    return jnp.concatenate(found, axis=-1)


class ConvolutionalNetwork(BuiltIn):
    """Stages of convolutions, and a layer that reads their mean; see `Convolutional`."""

    stages: tuple[tuple[Convolution, ...], ...]
    readout: Dense
    side: int = eqx.field(static=True)

    embedding_fields: ClassVar[tuple[str, ...]] = ()

    def __call__(self, inputs: Float[Array, "n numbers"]) -> Float[Array, "n out"]:
        """Outputs for a batch of images, rows of pixels with their colours last."""
        x = inputs.reshape(len(inputs), self.side, self.side, -1)
        for first, *others in self.stages:
            x = jax.nn.relu(first(x, stride=2))
            if others:
                one, other = others
                x = jax.nn.relu(x + other(jax.nn.relu(one(x))))
        return self.readout(x.mean(axis=(1, 2)))


def _shape(task: Task) -> tuple[int, int]:
    """Side and colours of the images of a task."""
    columns = task.inputs.shape[1]
    for colours in (1, 3):
        side = isqrt(columns // colours)
        if task.symbols is None and colours * side**2 == columns:
            return side, colours
    raise GrokphaseError(
        f'task "{task.name}" has {columns} {"numbers" if task.symbols is None else "symbols"} a '
        "sample, and a convolutional network takes square images, gray or of three colours; write "
        "model=MLP(dimension=None), in a shell --model mlp."
    )
