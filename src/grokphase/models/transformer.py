"""The specification of a transformer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from grokphase.errors import GrokphaseError, nearest
from grokphase.models.attention import (
    Attention,
    Block,
    DropoutAt,
    Embed,
    Feedforward,
    LayerNorm,
    LayerNorms,
    Place,
    Positions,
    Readout,
    TransformerNetwork,
    Unembed,
    Wiring,
)
from grokphase.models.dropout import checked_rate
from grokphase.models.encoder import is_encoder, of_encoder
from grokphase.models.network import ACTIVATIONS, Activation
from grokphase.models.specification import (
    Initial,
    check_choice,
    check_weights,
    needs_symbols,
    scale_of,
    without_idle_dropout,
)
from grokphase.tasks import Regression, Task
from grokphase.tasks.checks import whole

PositionKind = Literal["learned", "sinusoidal", "none"]
Biases = Literal["none", "mlp", "all"]
Logits = Literal["results", "vocabulary"]
Initialization = Literal["normal", "linear", "encoder"]

_OPERANDS = ("a", "b", "c")
_CHOICES: Mapping[str, Any] = {
    "layer_norm": LayerNorms,
    "positions": PositionKind,
    "readout": Readout,
    "biases": Biases,
    "logits": Logits,
    "initialization": Initialization,
    "dropout_at": DropoutAt,
}


@dataclass(frozen=True)
class Transformer:
    """A decoder-only transformer on two symbols or three.

    Defaults are those of Nanda et al. (2023): one layer without LayerNorm that reads "a b =" and
    answers at "=". It computes only what reaches the answer, and what depends on one symbol once
    for each symbol (`savings` says what that comes to); the function is the same.

    Embeddings of symbols, words and positions follow `recipe.embedding`, and with `tied` so do the
    logits' weights; all others follow `recipe.decoder`.

    Args:
        layers: of attention and MLP.
        heads: of each layer; they divide the width.
        width: of the residual stream.
        mlp: width of the MLP of each layer.
        activation: of the MLP: "relu", "gelu" or "tanh".
        layer_norm: "none", "pre" (before attention and before the MLP) or "post" (after each was
            added).
        final_norm: whether there is a LayerNorm before the logits.
        positions: "learned", "sinusoidal" (fixed) or "none".
        causal: whether a position attends to itself and those before it only.
        readout: "last" reads the logits at the last position, "concatenation" from all positions,
            one after the other.
        tied: whether the logits' weights are the embeddings of the results.
        biases: "mlp" (of the MLPs), "all" (of attention and logits too) or "none".
        sequence: what a sample looks like: a and b, each once, and c of a task with three
            symbols, and words that are the same in every sample, with spaces between them.
        logits: "results", one for each result of the task; "vocabulary" has those of the words of
            the sequence too, which are never right.
        initialization: "normal", N(0, 1/width), of the logits N(0, 1/logits), biases 0; "linear",
            embeddings from N(0, 1) and all else from U(-1/sqrt(in), 1/sqrt(in)), as `nn.Embedding`
            and `nn.Linear`; "encoder", as "linear", but for queries, keys and values from
            U(-sqrt(1.5/width), sqrt(1.5/width)) and attention biases 0, as
            `nn.TransformerEncoderLayer`.
        embedding_scale: factor on the initial embeddings.
        decoder_scale: factor on all other initial weights and biases but those of LayerNorm.
        dropout: share of numbers that a step of training sets to 0, the others divided by 1 minus
            it; drawn for every sample and step, never where the network is evaluated or measured.
        dropout_at: where: "encoder", each layer's attention pattern, what attention adds, the
            MLP's activations and what the MLP adds, as `nn.TransformerEncoderLayer`; "mlp", what
            the MLP adds alone, as the code of Power et al.
        repeats: how many times all layers are passed, one after the other, with the same weights.

    Raises:
        GrokphaseError: for an unknown word, sizes below 1, or heads that do not divide the width.

    Example:
        >>> Transformer().heads, Transformer(layers=2, layer_norm="post").layers
        (4, 2)

    Source: Nanda et al. (2023), arXiv:2301.05217, section 3; Power et al. (2022), arXiv:2201.02177,
    appendix A.1; Liu et al. (2022), arXiv:2205.10343, section 4.2.
    """

    layers: int = 1
    heads: int = 4
    width: int = 128
    mlp: int = 512
    activation: Activation = "relu"
    layer_norm: LayerNorms = "none"
    final_norm: bool = False
    positions: PositionKind = "learned"
    causal: bool = True
    readout: Readout = "last"
    tied: bool = False
    biases: Biases = "mlp"
    sequence: str = "a b ="
    logits: Logits = "results"
    initialization: Initialization = "normal"
    embedding_scale: float = 1.0
    decoder_scale: float = 1.0
    dropout: float = 0.0
    dropout_at: DropoutAt = "encoder"
    repeats: int = 1

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        for name, words in _CHOICES.items():
            check_choice(name, getattr(self, name), get_args(words))
        for name in ("layers", "heads", "width", "mlp", "repeats"):
            object.__setattr__(self, name, whole(getattr(self, name), name, 1))
        for name in ("embedding_scale", "decoder_scale"):
            object.__setattr__(self, name, scale_of(name, getattr(self, name)))
        object.__setattr__(self, "dropout", checked_rate(self.dropout))
        for name in ("final_norm", "causal", "tied"):
            object.__setattr__(self, name, _flag(name, getattr(self, name)))
        if self.width % self.heads:
            raise GrokphaseError(
                f"heads = {self.heads} do not divide width = {self.width}, and a head has width / "
                f"heads numbers; write heads={_nearest_divisor(self.width, self.heads)}, in a "
                f"shell --set model.heads={_nearest_divisor(self.width, self.heads)}."
            )
        object.__setattr__(self, "sequence", _tidied(self.sequence))
        if self.tied and self.readout == "concatenation":
            raise GrokphaseError(
                'tied = true cannot go with readout = "concatenation", whose logits are read from '
                'all positions; write readout="last".'
            )

    def spec(self) -> dict[str, Any]:
        """The JSON-able description; what is `OPTIONAL` only where it has an effect."""
        described = {"name": "transformer", **without_idle_dropout(asdict(self))}
        if self.repeats == 1:  # as all had before there was a choice
            del described["repeats"]
        return described

    @property
    def is_symmetric(self) -> bool:
        """Whether it computes the same for (a, b) and (b, a), whatever its weights.

        So it does if it is told no positions, answers at a word that is neither, and if no layer
        before the last lets the one see the other but not the other the one.
        """
        answers = self.readout == "last" and self.sequence.split()[-1] not in _OPERANDS
        once = self.layers * self.repeats == 1
        return self.positions == "none" and answers and (once or not self.causal)

    def told(self) -> str:
        """What the network is, and what of it is computed, in a line."""
        many = "1 layer" if self.layers == 1 else f"{self.layers} layers"
        many += f", passed {self.repeats} times," if self.repeats > 1 else ""
        norm = "no" if self.layer_norm == "none" else f"{self.layer_norm}-"
        return (
            f'transformer of {many} that reads "{self.sequence}", width {self.width}, '
            f"{self.heads} heads, MLP {self.mlp}, {norm} LayerNorm; {self.savings()}"
        ).replace("- LayerNorm", "-LayerNorm")

    def savings(self) -> str:
        """What the engine does not compute, and computes for symbols instead of samples.

        Example:
            >>> Transformer().savings()  # doctest: +NORMALIZE_WHITESPACE
            'computed exactly, by symbol: layer 1 at 1 of 3 positions for every sample, keys, values
            and scores once for each symbol; products of weights in place of W_O and W_U'
            >>> Transformer(dropout=0.1).savings().split("; ")[-1]
            'steps of training, which have dropout 0.1, by sample'
        """
        wiring = self._wiring(symbols=1, tied=None)
        known: dict[int, frozenset[int]] = {
            i: frozenset(() if place.operand is None else (place.operand,))
            for i, place in enumerate(wiring.sequence)
        }
        positions, parts = len(wiring.sequence), []
        last = self.layers * self.repeats
        for layer in range(1, last + 1):
            seen = {
                i: frozenset().union(
                    *(known[j] for j in range(i + 1 if self.causal else positions))
                )
                for i in range(positions)
            }
            wanted = [positions - 1] if layer == last and self.readout == "last" else [*seen]
            rows = sum(len(seen[i]) > 1 for i in wanted)
            parts.append(f"layer {layer} at {rows} of {positions} positions")
            known = seen
        said = f"computed exactly, by symbol: {', '.join(parts)} for every sample"
        said += ", keys, values and scores once for each symbol"
        plain = last == 1 and self.layer_norm == "none" and not self.final_norm
        if plain and self.readout == "last":
            said += "; products of weights in place of W_O and W_U"
        if self.dropout:
            said += f"; steps of training, which have dropout {self.dropout:g}, by sample"
        return said

    def build(
        self, task: Task, generator: np.random.Generator, initial: Initial | None = None
    ) -> TransformerNetwork:
        """The initial network: its weights drawn in the order of their names, or those given."""
        symbols = needs_symbols(task, "a transformer")
        check_operands(task, self.sequence)
        wiring = self._wiring(symbols, self._tied(task, symbols))
        shapes = self.shapes(task)
        check_weights(sum(map(math.prod, shapes.values())))
        if initial is None:
            named = {name: self._drawn(name, shape, generator) for name, shape in shapes.items()}
        else:
            named = _given(initial, shapes, self.heads)
        return _network(named, wiring, self.layers)

    def _wiring(self, symbols: int, tied: tuple[int, ...] | None) -> Wiring:
        words = self.sequence.split()
        constants = self._constants()
        return Wiring(
            sequence=tuple(
                Place(_OPERANDS.index(word), None)
                if word in _OPERANDS
                else Place(None, symbols + constants.index(word))
                for word in words
            ),
            symbols=symbols,
            causal=self.causal,
            layer_norm=self.layer_norm,
            readout=self.readout,
            activation=self.activation,
            sinusoidal=self.positions == "sinusoidal",
            tied=tied,
            dropout_at=self.dropout_at,
            repeats=self.repeats,
        )

    def _constants(self) -> list[str]:
        """The words that are the same in every sample, each once."""
        return list(dict.fromkeys(w for w in self.sequence.split() if w not in _OPERANDS))

    def _tied(self, task: Task, symbols: int) -> tuple[int, ...] | None:
        """The row of `W_E` of each logit."""
        if not self.tied:
            return None
        rows = [] if task.results is None else [int(each) for each in task.results]
        classes = not isinstance(task.target, Regression) and task.outputs == len(rows)
        if not classes or not all(0 <= row < symbols for row in rows):
            raise GrokphaseError(
                f"tied = true needs results that are symbols, each with an embedding, and those of "
                f"{task.name} are not; write tied=False, in a shell --set model.tied=false."
            )
        more = range(symbols, symbols + len(self._constants()))
        return (*rows, *(more if self.logits == "vocabulary" else ()))

    def shapes(self, task: Task) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter by its name, as TransformerLens has them.

        Example:
            >>> from grokphase.tasks import task
            >>> Transformer().shapes(task("modular-addition", p=59))["blocks.0.attn.W_Q"]
            (4, 128, 32)
        """
        width, heads, head = self.width, self.heads, self.width // self.heads
        symbols = needs_symbols(task, "a transformer")
        words, positions = len(self._constants()), len(self.sequence.split())
        found: dict[str, tuple[int, ...]] = {"embed.W_E": (symbols + words, width)}
        if self.positions == "learned":
            found["pos_embed.W_pos"] = (positions, width)
        for k in range(self.layers):
            own: dict[str, tuple[int, ...]] = {}
            if self.layer_norm != "none":
                own |= {"ln1.w": (width,), "ln1.b": (width,)}
            own |= {f"attn.W_{what}": (heads, width, head) for what in "QKV"}
            own["attn.W_O"] = (heads, head, width)
            if self.biases == "all":
                own |= {f"attn.b_{what}": (heads, head) for what in "QKV"}
                own["attn.b_O"] = (width,)
            if self.layer_norm != "none":
                own |= {"ln2.w": (width,), "ln2.b": (width,)}
            own["mlp.W_in"] = (width, self.mlp)
            if self.biases != "none":
                own["mlp.b_in"] = (self.mlp,)
            own["mlp.W_out"] = (self.mlp, width)
            if self.biases != "none":
                own["mlp.b_out"] = (width,)
            found |= {f"blocks.{k}.{name}": shape for name, shape in own.items()}
        if self.final_norm:
            found |= {"ln_final.w": (width,), "ln_final.b": (width,)}
        if not self.tied:
            logits = task.outputs + (words if self.logits == "vocabulary" else 0)
            read = width * (positions if self.readout == "concatenation" else 1)
            found["unembed.W_U"] = (read, logits)
            if self.biases == "all":
                found["unembed.b_U"] = (logits,)
        return found

    def _drawn(
        self, name: str, shape: tuple[int, ...], generator: np.random.Generator
    ) -> np.ndarray:
        """The initial values of one parameter."""
        part, last = name.split(".")[-2:]
        if part.startswith("ln"):
            return np.full(shape, float(last == "w"), np.float32)
        embedding = part in ("embed", "pos_embed")
        scale = self.embedding_scale if embedding else self.decoder_scale
        if self.initialization == "normal":
            spread = shape[-1] if part == "unembed" else self.width
            zero = last.startswith("b_")
            drawn = np.zeros(shape) if zero else generator.standard_normal(shape) / spread**0.5
        elif embedding:
            drawn = generator.standard_normal(shape)
        elif self.initialization == "encoder" and part == "attn" and last.startswith("b_"):
            drawn = np.zeros(shape)
        else:
            xavier = self.initialization == "encoder" and last in ("W_Q", "W_K", "W_V")
            bound = (1.5 / self.width) ** 0.5 if xavier else self._inputs(last) ** -0.5
            drawn = generator.uniform(-bound, bound, shape)
        return (scale * drawn).astype(np.float32)

    def _inputs(self, last: str) -> int:
        """How many numbers the layer takes to which this weight or bias belongs."""
        if last in ("W_out", "b_out"):
            return self.mlp
        if last in ("W_U", "b_U") and self.readout == "concatenation":
            return self.width * len(self.sequence.split())
        return self.width


def _flag(name: str, given: object) -> bool:
    words = {"true": True, "false": False}
    found = words.get(given) if isinstance(given, str) else given
    if not isinstance(found, bool):
        raise GrokphaseError(f"{name} = {given} cannot be used; it must be true or false.")
    return found


def _nearest_divisor(width: int, heads: int) -> int:
    divisors = [k for k in range(1, width + 1) if width % k == 0]
    return min(divisors, key=lambda k: abs(k - heads))


def _tidied(given: object) -> str:
    words = given.split() if isinstance(given, str) else []
    if [words.count(operand) for operand in _OPERANDS] not in ([1, 1, 0], [1, 1, 1]):
        raise GrokphaseError(
            f'sequence = "{given}" cannot be used; it must have a and b, each once, c too of a '
            "task with three symbols, and may have words that are the same in every sample: "
            'sequence="a b =".'
        )
    return " ".join(words)


def check_operands(task: Task, sequence: str) -> None:
    """Refuse a sequence that has not as many operands as a sample of the task has symbols."""
    symbols, words = task.inputs.shape[1], sequence.split()
    if symbols == sum(operand in words for operand in _OPERANDS):
        return
    if symbols not in (2, 3):
        raise GrokphaseError(
            f'task "{task.name}" has {symbols} symbols a sample, and a transformer reads two or '
            "three; give an Equinox module of your own."
        )
    fitting = "a b =" if symbols == 2 else "a b c"
    raise GrokphaseError(
        f'task "{task.name}" has {symbols} symbols a sample, which "{sequence}" does not hold; '
        f'write Transformer(sequence="{fitting}"), in a shell --set "model.sequence={fitting}".'
    )


def _given(
    initial: Initial, shapes: Mapping[str, tuple[int, ...]], heads: int
) -> dict[str, np.ndarray]:
    """The weights of a state dict, if they are all of this model's and no other's."""
    state = initial.named
    if state is None:
        raise GrokphaseError(
            "the initial weights of a transformer are given by name, as a state dict has them; "
            "write initial=gp.Initial.of(state)."
        )
    if is_encoder(state):
        state = of_encoder(state, heads)
    named = {}
    _refuse_missing(state, shapes)
    for name, shape in shapes.items():
        if state[name].shape != shape:
            raise GrokphaseError(
                f"{name} has shape {state[name].shape} in the state dict; this model needs {shape}."
            )
        named[name] = np.ascontiguousarray(state[name])
    for name, array in state.items():
        if name not in shapes and array.any() and name.split(".")[-1] not in _BUFFERS:
            raise GrokphaseError(
                f"the state dict has {name} of shape {array.shape}, which is no part of this model."
            )
    return named


def _refuse_missing(state: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse a state dict that lacks weights of this model, with all that it lacks."""
    missing = [name for name in shapes if name not in state]
    if not missing:
        return
    first, others = missing[0], len(missing) - 1
    more = f" (and {others} more, such as {missing[-1]})" if others else ""
    # A name that is another weight of this model is not what was meant.
    unused = [name for name in state if name not in shapes]
    raise GrokphaseError(
        f"the state dict has no {first}, which this model needs with shape {shapes[first]}{more}; "
        f"it has {', '.join(list(state)[:4]) or 'nothing'}, ...; give all {len(shapes)} weights, "
        f"as run.weights has them.{nearest(first, unused)}"
    )


# TransformerLens keeps its causal mask, and what stands for a masked score, beside the weights.
_BUFFERS = ("mask", "IGNORE")


def _network(named: Mapping[str, Any], wiring: Wiring, layers: int) -> TransformerNetwork:
    def norm(name: str) -> LayerNorm | None:
        return LayerNorm(named[f"{name}.w"], named[f"{name}.b"]) if f"{name}.w" in named else None

    def parts(kind: Any, name: str, fields: str) -> Any:
        return kind(**{field: named.get(f"{name}.{field}") for field in fields.split()})

    def block(name: str) -> Block:
        return Block(
            ln1=norm(f"{name}.ln1"),
            attn=parts(Attention, f"{name}.attn", "W_Q W_K W_V W_O b_Q b_K b_V b_O"),
            ln2=norm(f"{name}.ln2"),
            mlp=parts(Feedforward, f"{name}.mlp", "W_in b_in W_out b_out"),
        )

    learned = "pos_embed.W_pos" in named
    return TransformerNetwork(
        embed=Embed(named["embed.W_E"]),
        pos_embed=Positions(named["pos_embed.W_pos"]) if learned else None,
        blocks=tuple(block(f"blocks.{k}") for k in range(layers)),
        ln_final=norm("ln_final"),
        unembed=parts(Unembed, "unembed", "W_U b_U") if "unembed.W_U" in named else None,
        wiring=wiring,
    )
