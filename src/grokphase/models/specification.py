"""Specifications of models: frozen, JSON-able descriptions that build initial networks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import equinox as eqx
import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.models.dropout import checked_rate
from grokphase.models.network import ACTIVATIONS, Activation, Combine, Dense, Network
from grokphase.tasks import Task
from grokphase.tasks.checks import frozen, real, whole

Decoder = Literal["all", "last"]
Embeddings = Literal["shared", "separate"]
LayerBiases = Literal["all", "none"]
LayerInitialization = Literal["linear", "normal"]

OPTIONAL = ("decoder", "embeddings", "biases", "initialization", "dropout", "dropout_at")
"""Settings that came later: no part of a model's description while at their default, so that the
runs that were made before them keep their identity."""

MOST_WEIGHTS = 100_000_000
"""Of one model: 400 MB, and four times that while it trains."""


def _weights(name: str, given: object) -> np.ndarray:
    array = frozen(given, np.float32, f"initial.{name}")
    if not np.isfinite(array).all():
        raise GrokphaseError(f"initial.{name} holds numbers that are NaN or infinite.")
    return array


def _array(name: str, given: Any) -> np.ndarray:
    """One array of a state dict; one that holds no weights, such as a mask, may be anything."""
    array = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    masks = not np.issubdtype(array.dtype, np.floating) or array.ndim == 0
    return array if masks else _weights(f"named[{name!r}]", array)


def _layers(given: object) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of a weight and a bias; never weights alone, whose two rows could pass for a pair."""
    pairs: list[Any] = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise GrokphaseError(
            "initial.layers must hold a weight (out, in) and a bias (out,) for each layer; "
            "write layers=[(W1, b1), (W2, b2)]."
        )
    return [(_weights("layers", weight), _weights("layers", bias)) for weight, bias in pairs]


@dataclass(frozen=True)
class Initial:
    """Initial weights given as arrays, so that a run made elsewhere can be replayed.

    Args:
        embedding: (p, d) or (p, d, d), or (2, p, d) of `MLP(embeddings="separate")`; None where
            the model has no embedding.
        layers: one (weight, bias) for each decoder layer; weight is (out, in) as in PyTorch's
            `nn.Linear`, bias (out,).
        named: for a `Transformer`, and instead of both: arrays, or PyTorch's tensors, by the names
            that `Run.weights` and the state dicts of TransformerLens have, or that PyTorch's
            `nn.TransformerEncoder` has; see `Initial.of`.

    Example:
        >>> import numpy as np
        >>> Initial(np.zeros((10, 1)), [(np.zeros((8, 1)), np.zeros(8))]).layers[0][0].shape
        (8, 1)
    """

    embedding: np.ndarray | None
    layers: Sequence[tuple[np.ndarray, np.ndarray]]
    named: Mapping[str, np.ndarray] | None = None

    def __post_init__(self) -> None:
        if self.embedding is not None:
            object.__setattr__(self, "embedding", _weights("embedding", self.embedding))
        object.__setattr__(self, "layers", _layers(self.layers))
        if self.named is not None:
            named = {str(name): _array(str(name), array) for name, array in self.named.items()}
            object.__setattr__(self, "named", named)

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Initial:
        """The weights of a state dict: of `Run.weights`, a safetensors file, or TransformerLens.

        Example:
            >>> import numpy as np
            >>> Initial.of({"embed.W_E": np.zeros((60, 128))}).named["embed.W_E"].shape
            (60, 128)
        """
        return cls(None, (), state)


@runtime_checkable
class Model(Protocol):
    """What the engine asks of a model specification."""

    def spec(self) -> dict[str, Any]:
        """The JSON-able description that goes into a run's identity."""
        ...

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> eqx.Module:
        """The initial network for `task`, from `generator` or from the arrays given."""
        ...


def check_choice(what: str, given: object, options: Sequence[str]) -> None:
    """Refuse a word that is none of these."""
    if given not in options:
        allowed = ", ".join(options)
        raise GrokphaseError(
            f'{what} "{given}" is not known; allowed: {allowed}.{nearest(str(given), options)}'
        )


def sizes_of(given: object, name: str, example: str) -> tuple[int, ...]:
    """Sizes of layers in their order, which a set has not.

    Args:
        given: by a user.
        name: of the setting.
        example: of what it may be, "200, 200".

    Raises:
        GrokphaseError: no list, or a size in it that is no whole number from 1.
    """
    if isinstance(given, str | Set | Mapping) or not isinstance(given, Iterable):
        raise GrokphaseError(
            f"{name} = {given!r} is not a list of {name}; write {name}=({example}), in a shell "
            f"--set model.{name}={example.replace(' ', '')}."
        )
    return tuple(whole(size, f"{name}.{at}", 1) for at, size in enumerate(given))


def scale_of(name: str, given: object) -> float:
    """A factor on initial weights: a number from 0."""
    number = real(given)
    if not 0 <= number < math.inf:
        raise GrokphaseError(f"{name} = {given} cannot be used; it must be a number 0 or more.")
    return number


def without_idle_dropout(described: dict[str, Any]) -> dict[str, Any]:
    """A description without dropout, and where it would be, where there is none."""
    idle = () if described["dropout"] else ("dropout", "dropout_at")
    return {name: value for name, value in described.items() if name not in idle}


def linear(
    generator: np.random.Generator, inputs: int, outputs: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """PyTorch's default `nn.Linear`: weight (out, in) and bias from U(-1/sqrt(in), 1/sqrt(in))."""
    bound = 1 / np.sqrt(inputs)
    weight = generator.uniform(-bound, bound, (outputs, inputs))
    bias = generator.uniform(-bound, bound, outputs)
    return (scale * weight).astype(np.float32), (scale * bias).astype(np.float32)


def _normal(
    generator: np.random.Generator, inputs: int, outputs: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weight (out, in) from N(0, 1/in), and biases 0."""
    weight = scale * generator.standard_normal((outputs, inputs)) / inputs**0.5
    return weight.astype(np.float32), np.zeros(outputs, np.float32)


def _decoder(
    generator: np.random.Generator,
    sizes: Sequence[int],
    scale: float,
    initial: Initial | None,
    initialization: LayerInitialization = "linear",
) -> tuple[Dense, ...]:
    shapes = [(out, inp) for inp, out in pairwise(sizes)]
    if initial is None:
        drawn = linear if initialization == "linear" else _normal
        return tuple(Dense.of(*drawn(generator, inp, out, scale)) for out, inp in shapes)
    given = [np.shape(weight) for weight, _ in initial.layers]
    biases = [np.shape(bias) for _, bias in initial.layers]
    if given != shapes or biases != [(out,) for out, _ in shapes]:
        raise GrokphaseError(
            f"initial.layers has weights {given} and biases {biases}; "
            f"this model needs weights {shapes}, each (out, in), and a bias (out,) each."
        )
    return tuple(Dense.of(weight, bias) for weight, bias in initial.layers)


def _without_bias(layer: Dense, *, given: bool) -> Dense:
    if given and np.any(layer.bias):
        raise GrokphaseError(
            'initial.layers has biases, and this model has biases="none"; give zeros for them.'
        )
    return replace(layer, bias=None)


def _embedding(
    drawn: np.ndarray | None, shape: tuple[int, ...] | None, initial: Initial | None
) -> Any:
    if initial is None:
        return None if drawn is None else drawn.astype(np.float32)
    if initial.named is not None:
        raise GrokphaseError(
            "weights by name are for a Transformer; write initial=gp.Initial(embedding, layers) "
            "for Toy and MLP."
        )
    given = None if initial.embedding is None else np.shape(initial.embedding)
    if given != shape:
        raise GrokphaseError(f"initial.embedding has shape {given}; this model needs {shape}.")
    return initial.embedding


def _check_size(embedding: tuple[int, ...] | None, sizes: Sequence[int]) -> None:
    weights = 0 if embedding is None else math.prod(embedding)
    check_weights(weights + sum((inp + 1) * out for inp, out in pairwise(sizes)))


def check_weights(weights: int) -> None:
    """Refuse a model that would not fit in memory, before anything of it is drawn."""
    if weights > MOST_WEIGHTS:
        raise GrokphaseError(
            f"This model would have {weights:,} weights, and at most {MOST_WEIGHTS:,} are "
            "allowed; choose smaller widths or dimensions."
        )


def _check_pairs(task: Task) -> None:
    columns = task.inputs.shape[1]
    if task.symbols is not None and columns != 2:
        raise GrokphaseError(
            f'task "{task.name}" has {columns} symbols a sample, and Toy and MLP take pairs of '
            "symbols; leave the model out where the task has one of its own, as LSTM() reads "
            "sentences, or give an Equinox module of your own."
        )


def needs_symbols(task: Task, model: str) -> int:
    """The number of a task's symbols, which this model embeds."""
    if task.symbols is None:
        raise GrokphaseError(
            f'task "{task.name}" has no symbols to embed, which {model} needs; '
            "write model=MLP(dimension=None), in a shell --model mlp --set model.dimension=none."
        )
    return task.symbols


@dataclass(frozen=True)
class Toy:
    """The toy model of the effective theory: `(a, b) -> Dec(E_a + E_b)`.

    Defaults are the paper's: embeddings in one dimension from U[-1/2, 1/2] and a tanh decoder
    1-200-200-30 with PyTorch's default initialisation.

    Args:
        dimension: d, the length of an embedding vector, or the side of an embedding matrix when
            `combine` is "product".
        combine: "sum" (E_a + E_b), "mean" ((E_a + E_b) / 2), "product" (of d x d matrices, for
            groups that do not commute) or "concatenation" ([E_a, E_b]).
        widths: hidden widths of the decoder.
        activation: "tanh", "relu" or "gelu".
        embedding_scale: factor on the initial embeddings.
        decoder_scale: factor on all initial decoder weights and biases.

    Raises:
        GrokphaseError: for an unknown combination or activation, or sizes below 1.

    Example:
        >>> Toy().widths
        (200, 200)
        >>> Toy(dimension=3, combine="product").combine  # S3 as 3 x 3 matrices
        'product'

    Source: Liu et al. (2022), arXiv:2205.10343, section 2 and Appendix H.
    """

    dimension: int = 1
    combine: Combine = "sum"
    widths: tuple[int, ...] = (200, 200)
    activation: Activation = "tanh"
    embedding_scale: float = 1.0
    decoder_scale: float = 1.0

    def __post_init__(self) -> None:
        check_choice("combine", self.combine, get_args(Combine))
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        object.__setattr__(self, "dimension", whole(self.dimension, "dimension", 1))
        object.__setattr__(self, "widths", sizes_of(self.widths, "widths", "200, 200"))
        for name in ("embedding_scale", "decoder_scale"):
            object.__setattr__(self, name, scale_of(name, getattr(self, name)))

    def spec(self) -> dict[str, Any]:
        """The JSON-able description."""
        return {"name": "toy", **asdict(self), "widths": list(self.widths)}

    def embedding_shape(self, symbols: int) -> tuple[int, ...]:
        """(p, d), or (p, d, d) for matrices."""
        square = (self.dimension,) * (2 if self.combine == "product" else 1)
        return (symbols, *square)

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> Network:
        """The initial network: embeddings from U[-1/2, 1/2], then the layers in order."""
        symbols = needs_symbols(task, "the toy")
        _check_pairs(task)
        shape = self.embedding_shape(symbols)
        width = math.prod(shape[1:]) * (2 if self.combine == "concatenation" else 1)
        sizes = (width, *self.widths, task.outputs)
        _check_size(shape, sizes)
        drawn = self.embedding_scale * generator.uniform(-0.5, 0.5, shape)
        return Network(
            embedding=_embedding(drawn, shape, initial),
            decoder=_decoder(generator, sizes, self.decoder_scale, initial),
            combine=self.combine,
            activation=self.activation,
            symbols=symbols,
        )


@dataclass(frozen=True)
class MLP:
    """An MLP on two concatenated embeddings, on one-hot pairs, or on plain inputs.

    Concatenated and one-hot pairs are computed by pair-gather: the first layer is applied to the
    p symbols, not to the n pairs, which is the same function.

    Args:
        dimension: length of an embedding vector, N(0, 1) as PyTorch's `nn.Embedding`; None for
            one-hot pairs (in a shell `--set model.dimension=none`), or for a task whose inputs are
            numbers (sparse parity).
        widths: hidden widths.
        activation: "relu", "tanh" or "gelu".
        embedding_scale: factor on the initial embeddings.
        decoder_scale: factor on all initial weights and biases of all layers.
        decoder: which layers follow `recipe.decoder`: "all", or the "last" alone, and those before
            it then follow `recipe.embedding`, as in the paper's Appendix J; for models without
            embeddings.
        embeddings: "shared", one table for both symbols of a pair, or "separate", a left and a
            right one; measures of the embedding are of the left one.
        biases: of the layers: "all" or "none".
        initialization: "linear", as PyTorch's `nn.Embedding` and `nn.Linear`; "normal", embeddings
            from N(0, 1/dimension), weights from N(0, 1/in), biases 0.
        dropout: share of every hidden layer's activations that a step of training sets to 0, the
            others divided by 1 minus it; drawn for every sample and step, never where the network
            is evaluated or measured.

    Raises:
        GrokphaseError: for an unknown word, sizes below 1, a last layer that is set apart beside an
            embedding or without a hidden layer, or separate embeddings where there are none.

    Example:
        >>> MLP(dimension=64, widths=(128,)).spec()["name"]
        'mlp'
        >>> apart = MLP(256, (128,), embeddings="separate", biases="none", initialization="normal")
        >>> apart.spec()["embeddings"]  # that of Chughtai et al. (2023), arXiv:2302.03025
        'separate'
    """

    dimension: int | None = 128
    widths: tuple[int, ...] = (256,)
    activation: Activation = "relu"
    embedding_scale: float = 1.0
    decoder_scale: float = 1.0
    decoder: Decoder = "all"
    embeddings: Embeddings = "shared"
    biases: LayerBiases = "all"
    initialization: LayerInitialization = "linear"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        check_choice("decoder", self.decoder, get_args(Decoder))
        check_choice("embeddings", self.embeddings, get_args(Embeddings))
        check_choice("biases", self.biases, get_args(LayerBiases))
        check_choice("initialization", self.initialization, get_args(LayerInitialization))
        if self.dimension is not None:
            object.__setattr__(self, "dimension", whole(self.dimension, "dimension", 1))
        object.__setattr__(self, "widths", sizes_of(self.widths, "widths", "200, 200"))
        for name in ("embedding_scale", "decoder_scale"):
            object.__setattr__(self, name, scale_of(name, getattr(self, name)))
        object.__setattr__(self, "dropout", checked_rate(self.dropout))
        if self.decoder == "last" and (self.dimension is not None or not self.widths):
            raise GrokphaseError(
                'decoder="last" sets the last of several layers apart in a model without '
                'embeddings; write MLP(dimension=None, widths=(200, 200), decoder="last"), in a '
                "shell --set model.dimension=none, or leave decoder out."
            )
        if self.embeddings == "separate" and self.dimension is None:
            raise GrokphaseError(
                'embeddings="separate" needs embeddings, and dimension=None has none: one-hot '
                "pairs have weights of their own for each symbol anyway; leave embeddings out."
            )

    def spec(self) -> dict[str, Any]:
        """The JSON-able description; what is `OPTIONAL` only where it is not the default."""
        described = {"name": "mlp", **asdict(self), "widths": list(self.widths)}
        usual = {name: getattr(MLP, name) for name in OPTIONAL if hasattr(MLP, name)}
        return {k: value for k, value in described.items() if k not in usual or usual[k] != value}

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> Network:
        """The initial network: its embeddings, the left one first, then the layers in order."""
        shape: tuple[int, ...] | None = None
        apart = self.embeddings == "separate"
        if self.dimension is not None:
            one = (needs_symbols(task, "an MLP with embeddings"), self.dimension)
            shape = (2, *one) if apart else one
        _check_pairs(task)
        per_input = self.dimension or task.symbols
        width = task.inputs.shape[1] * (1 if per_input is None else per_input)
        sizes = (width, *self.widths, task.outputs)
        _check_size(shape, sizes)
        drawn = None if shape is None else self.embedding_scale * generator.standard_normal(shape)
        if drawn is not None and self.initialization == "normal":
            drawn = drawn / drawn.shape[-1] ** 0.5
        embedding = _embedding(drawn, shape, initial)
        layers = _decoder(generator, sizes, self.decoder_scale, initial, self.initialization)
        if self.biases == "none":
            layers = tuple(_without_bias(layer, given=initial is not None) for layer in layers)
        split = len(layers) - 1 if self.decoder == "last" else 0
        return Network(
            embedding=embedding[0] if apart else embedding,
            right=embedding[1] if apart else None,
            encoder=layers[:split],
            decoder=layers[split:],
            combine="concatenation",
            activation=self.activation,
            symbols=task.symbols,
        )
