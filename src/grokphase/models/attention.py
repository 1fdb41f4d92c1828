"""The network of a transformer: plainly, with all its activations, and by symbol, as it is trained.

Parameters have the names and shapes of TransformerLens (`HookedTransformer`): `embed.W_E`,
`blocks.0.attn.W_Q` of shape (heads, width, width / heads), and so on, so that weights can be taken
there and back.

A sample is two symbols or three, and a sequence such as "a b =" holds each of them, and words that
are the same in every sample. What depends on one symbol is computed for the p symbols, what depends
on none once, and only what depends on more for the n samples: with one layer and an answer read at
"=" that is a softmax over three scores, the MLP and the logits, all at one position.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from grokphase.models.dropout import Drop, as_it_is
from grokphase.models.network import ACTIVATIONS, Activation, BuiltIn

LayerNorms = Literal["none", "pre", "post"]
Readout = Literal["last", "concatenation"]
DropoutAt = Literal["encoder", "mlp"]

Keep = Callable[[str, Array], Array]
"""Takes an activation with its name, and gives it back."""

EPSILON = 1e-5  # of LayerNorm, as PyTorch's default


class Embed(eqx.Module):
    """One row for each symbol, then one for each word that is the same in every sample."""

    W_E: Float[Array, "vocabulary width"]


class Positions(eqx.Module):
    """One row for each position."""

    W_pos: Float[Array, "positions width"]


class LayerNorm(eqx.Module):
    """`w (x - mean) / sqrt(variance + epsilon) + b` over the last axis."""

    w: Float[Array, " width"]
    b: Float[Array, " width"]

    def __call__(self, x: Float[Array, "*rows width"]) -> Float[Array, "*rows width"]:
        """Normalize each row."""
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        return centred / jnp.sqrt(variance + EPSILON) * self.w + self.b


class Attention(eqx.Module):
    """The weights of one layer's attention heads."""

    W_Q: Float[Array, "heads width head"]
    W_K: Float[Array, "heads width head"]
    W_V: Float[Array, "heads width head"]
    W_O: Float[Array, "heads head width"]
    b_Q: Float[Array, "heads head"] | None
    b_K: Float[Array, "heads head"] | None
    b_V: Float[Array, "heads head"] | None
    b_O: Float[Array, " width"] | None

    def project(
        self, x: Float[Array, "*rows width"], what: Literal["Q", "K", "V"]
    ) -> Float[Array, "*rows heads head"]:
        """Queries, keys or values of these rows, for every head."""
        weight: Array = getattr(self, f"W_{what}")
        heads, width, head = weight.shape
        flat = x @ weight.transpose(1, 0, 2).reshape(width, heads * head)
        return _with(flat.reshape(*x.shape[:-1], heads, head), getattr(self, f"b_{what}"))

    def out(self) -> Float[Array, "heads_head width"]:
        """The output weight of all heads as one matrix."""
        heads, head, width = self.W_O.shape
        return self.W_O.reshape(heads * head, width)


class Feedforward(eqx.Module):
    """The MLP of one layer."""

    W_in: Float[Array, "width mlp"]
    b_in: Float[Array, " mlp"] | None
    W_out: Float[Array, "mlp width"]
    b_out: Float[Array, " width"] | None


class Block(eqx.Module):
    """One layer: attention, then MLP, each added to the residual stream."""

    ln1: LayerNorm | None
    attn: Attention
    ln2: LayerNorm | None
    mlp: Feedforward


class Unembed(eqx.Module):
    """From the residual stream to logits."""

    W_U: Float[Array, "read logits"]
    b_U: Float[Array, " logits"] | None


class Place(NamedTuple):
    """What stands at one position: an operand of the sample, from 0, or always the same token."""

    operand: int | None
    token: int | None


class Wiring(NamedTuple):
    """What of a transformer is no array.

    Attributes:
        sequence: what stands at each position.
        symbols: p, the first rows of `W_E`.
        causal: whether a position attends to those before it and itself, or to all.
        layer_norm: where LayerNorm stands: before attention and MLP, after each was added, nowhere.
        readout: whether logits are read at the last position or from all, concatenated.
        activation: of the MLP.
        sinusoidal: whether fixed sines and cosines are added to the embeddings.
        tied: the rows of `W_E` that are the columns of `W_U`; None where that is its own.
        dropout_at: where a step of training with dropout has it.
        repeats: how many times all layers are passed, one after the other.
    """

    sequence: tuple[Place, ...]
    symbols: int
    causal: bool
    layer_norm: LayerNorms
    readout: Readout
    activation: Activation
    sinusoidal: bool
    tied: tuple[int, ...] | None
    dropout_at: DropoutAt
    repeats: int = 1


def sinusoids(positions: int, width: int) -> Float[np.ndarray, "positions width"]:
    """`sin(t / 10000^(i / width))` in even columns i, the cosine of the same angle in the next.

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.5.

    Example:
        >>> sinusoids(2, 2).round(3).tolist()
        [[0.0, 1.0], [0.841, 0.54]]
    """
    column = np.arange(width)
    angle = np.arange(positions)[:, None] / 10000 ** ((column - column % 2) / width)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


def _with(x: Array, bias: Array | None) -> Array:
    return x if bias is None else x + bias


class TransformerNetwork(BuiltIn):
    """A decoder-only transformer on a few symbols.

    Called, it computes by symbol; `activations` computes plainly, every position of every sample,
    and keeps what it computes. Both are the same function.
    """

    embed: Embed
    pos_embed: Positions | None
    blocks: tuple[Block, ...]
    ln_final: LayerNorm | None
    unembed: Unembed | None
    wiring: Wiring = eqx.field(static=True)

    embedding_fields: ClassVar[tuple[str, ...]] = ("embed", "pos_embed")

    @property
    def embedding(self) -> Float[Array, "p width"]:
        """The embeddings of the symbols, without those of other words."""
        return self.embed.W_E[: self.wiring.symbols]

    @property
    def stack(self) -> tuple[Block, ...]:
        """The layers in the order in which they are passed."""
        return self.blocks * self.wiring.repeats

    def __call__(self, inputs: Int[Array, "n operands"]) -> Float[Array, "n logits"]:
        """Logits of a batch of samples."""
        return self.by_symbol()(inputs)

    def by_symbol(self) -> BySymbol:
        """The same function with all computed that depends on one symbol of a sample at most."""
        return BySymbol.of(self)

    def activations(self, inputs: Int[Array, "n operands"]) -> dict[str, Float[Array, "n ..."]]:
        """All that is computed on the way, by the names of TransformerLens, and the `logits`.

        Args:
            inputs: symbols of each sample.

        Returns:
            `hook_embed`, `blocks.0.attn.hook_pattern` of shape (n, heads, to, from),
            `blocks.0.mlp.hook_post`, `blocks.0.hook_resid_post` (n, positions, width) and so on;
            a layer that is passed again counts on from the last.
        """
        kept = {}

        def keep(name: str, value: Array) -> Array:
            kept[name] = value
            return value

        keep("logits", self._plainly(inputs, keep, as_it_is, len(self.wiring.sequence)))
        return kept

    def with_dropout(
        self, inputs: Int[Array, "n operands"], drop: Drop
    ) -> Float[Array, "n logits"]:
        """Logits of a batch of samples, with dropout: of each layer's attention pattern, of what it
        adds to the residual stream, of the MLP's activations and of what that adds; or of the last
        alone (`Wiring.dropout_at`).

        Computed by sample, as what is dropped differs between samples of one symbol; of the last
        layer at the positions that are read.
        """
        read = 1 if self.wiring.readout == "last" else len(self.wiring.sequence)
        return self._plainly(inputs, lambda name, value: value, drop, read)

    def _plainly(
        self, inputs: Int[Array, "n operands"], keep: Keep, drop: Drop, read: int
    ) -> Array:
        """Logits, computed for every sample; by the last layer at the last `read` positions."""
        wiring = self.wiring
        columns = (
            jnp.full(len(inputs), token or 0) if operand is None else inputs[:, operand]
            for operand, token in wiring.sequence
        )
        tokens = jnp.stack(list(columns), axis=1)
        x = keep("hook_embed", self.embed.W_E[tokens])
        at = self.positions()
        if at is not None:
            x = x + keep("hook_pos_embed", jnp.broadcast_to(at, x.shape))
        for k, block in enumerate(self.stack):

            def keep_of_layer(name: str, value: Array, k: int = k) -> Array:
                return keep(f"blocks.{k}.{name}", value)

            def drop_of_layer(place: int, value: Array, k: int = k) -> Array:
                return drop(4 * k + place, value)

            rows = read if k == len(self.stack) - 1 else len(wiring.sequence)
            x = self._plain(block, x, keep_of_layer, drop_of_layer, rows)
        if self.ln_final is not None:
            x = keep("ln_final.hook_normalized", self.ln_final(x))
        return self.logits(x[:, -1] if wiring.readout == "last" else x.reshape(len(x), -1))

    def _plain(self, block: Block, x: Array, keep: Keep, drop: Drop, rows: int) -> Array:
        """One layer at the last `rows` positions of all samples."""
        wiring, attn, mlp = self.wiring, block.attn, block.mlp
        inner = drop if wiring.dropout_at == "encoder" else as_it_is
        keep("hook_resid_pre", x)
        pre, post = wiring.layer_norm == "pre", wiring.layer_norm == "post"
        seen = keep("ln1.hook_normalized", _norm(block.ln1, x)) if pre else x
        q = keep("attn.hook_q", attn.project(seen[:, -rows:], "Q"))
        k, v = (keep(f"attn.hook_{w.lower()}", attn.project(seen, w)) for w in ("K", "V"))
        scores = jnp.einsum("nqhd,nkhd->nhqk", q, k) / math.sqrt(q.shape[-1])
        if wiring.causal:
            later = jnp.triu(jnp.ones(scores.shape[-2:], bool), 1 + scores.shape[-1] - rows)
            scores = jnp.where(later, -jnp.inf, scores)
        pattern = keep("attn.hook_pattern", jax.nn.softmax(keep("attn.hook_attn_scores", scores)))
        z = keep("attn.hook_z", jnp.einsum("nhqk,nkhd->nqhd", inner(0, pattern), v))
        flat = z.reshape(*z.shape[:2], -1)
        mid = x[:, -rows:] + keep("hook_attn_out", inner(1, _with(flat @ attn.out(), attn.b_O)))
        mid = keep("hook_resid_mid", _norm(block.ln1, mid) if post else mid)
        seen = keep("ln2.hook_normalized", _norm(block.ln2, mid)) if pre else mid
        before = keep("mlp.hook_pre", _with(seen @ mlp.W_in, mlp.b_in))
        after = inner(2, keep("mlp.hook_post", ACTIVATIONS[wiring.activation](before)))
        out = mid + keep("hook_mlp_out", drop(3, _with(after @ mlp.W_out, mlp.b_out)))
        after_all: Array = keep("hook_resid_post", _norm(block.ln2, out) if post else out)
        return after_all

    def positions(self) -> Float[Array, "positions width"] | None:
        """What is added to the embeddings for the position, if anything is."""
        if self.pos_embed is not None:
            return self.pos_embed.W_pos
        if self.wiring.sinusoidal:
            fixed = sinusoids(len(self.wiring.sequence), self.embed.W_E.shape[1])
            return jnp.asarray(fixed, self.embed.W_E.dtype)
        return None

    def readout(self) -> Float[Array, "read logits"]:
        """`W_U`, or the rows of `W_E` that stand for it."""
        if self.unembed is not None:
            return self.unembed.W_U
        assert self.wiring.tied is not None
        return self.embed.W_E[np.array(self.wiring.tied)].T

    def logits(self, read: Float[Array, "*rows read"]) -> Float[Array, "*rows logits"]:
        """Logits from what is read off the residual stream."""
        return _with(read @ self.readout(), self._bias())

    def _bias(self) -> Array | None:
        return None if self.unembed is None else self.unembed.b_U


def _norm(norm: LayerNorm | None, x: Array) -> Array:
    assert norm is not None  # where the wiring asks for one there is one
    return norm(x)


SAMPLES = None
"""That rows are those of the samples."""


class Rows(eqx.Module):
    """Numbers that depend on some operands: a leading axis of p for each; or one for n samples.

    `of` holds the operands in ascending order: () has a leading axis of 1, so that it goes with
    all others, (0,) one of p, (0, 1) two, and `SAMPLES` one of n.
    """

    values: Float[Array, "*rows last"]
    of: tuple[int, ...] | None = eqx.field(static=True)

    def spread(self, of: tuple[int, ...] | None, pairs: Int[Array, "n operands"] | None) -> Array:
        """The values by more operands, or by sample."""
        if self.of in (of, ()):
            return self.values
        assert of is SAMPLES
        assert pairs is not None
        assert self.of is not None
        return self.values[tuple(pairs[:, operand] for operand in self.of)]


def _union(parts: Iterable[tuple[int, ...] | None]) -> tuple[int, ...] | None:
    """What depends on all of these is computed by symbol if that is one symbol, else by sample."""
    found: set[int] = set()
    for of in parts:
        if of is SAMPLES:
            return SAMPLES
        found |= set(of)
    return tuple(found) if len(found) < 2 else SAMPLES


class Stage(eqx.Module):
    """What of one layer depends on one symbol at most; positions as keys.

    Attributes:
        x: the residual stream before the layer.
        q, k, v: queries, keys and values; queries where one is needed.
        scores: of a query's position to a key's, where both are known; by two symbols at most.
    """

    x: dict[int, Rows]
    q: dict[int, Rows]
    k: dict[int, Rows]
    v: dict[int, Rows]
    scores: dict[tuple[int, int], Rows]


class Fold(eqx.Module):
    """The last layer and the logits with the products of their weights, where no norm is between.

    With `x` the residual stream before the layer at the position that is read and `z` what its
    heads give, `h = act(x W_in + z W_O W_in + ...)`, and the logits are
    `x W_U + z W_O W_U + h W_out W_U + ...`. Products of weights are the same for all samples.
    """

    attended_in: Float[Array, "heads_head mlp"]
    attended_out: Float[Array, "heads_head logits"]
    hidden_out: Float[Array, "mlp logits"]
    before: Rows
    direct: Rows


class BySymbol(BuiltIn):
    """A transformer of which all is computed that depends on one symbol of a sample at most."""

    network: TransformerNetwork
    stages: tuple[Stage, ...]
    final: dict[int, Rows]
    fold: Fold | None

    @classmethod
    def of(cls, network: TransformerNetwork) -> BySymbol:
        """Compute it."""
        stages: list[Stage] = []
        x = _embedded(network)
        for k, block in enumerate(network.stack):
            wanted = _wanted(network, k + 1)
            stage = _stage(network, block, x, wanted)
            stages.append(stage)
            known = [i for i in wanted if _is_by_symbol(network, i, stage)]
            x = {i: _layer(network, block, i, stage, None) for i in known}
        return cls(network, tuple(stages), x, _fold(network, stages[-1]))

    def __call__(self, inputs: Int[Array, "n operands"]) -> Float[Array, "n logits"]:
        """Logits of a batch of samples."""
        network, x = self.network, dict[int, Rows]()
        last = len(self.stages) - 1
        for k, (stage, block) in enumerate(zip(self.stages, network.stack, strict=True)):
            wanted = _wanted(network, k + 1)
            stage = _joined(stage, _stage(network, block, x, wanted))
            if k == last and self.fold is not None:
                return self._folded(stage, inputs)
            known = self.stages[k + 1].x if k < last else self.final
            rest = [i for i in wanted if i not in known]
            x = {i: _layer(network, block, i, stage, inputs) for i in rest}
        x = {**self.final, **x}
        read = [_normed(network, x[i]).spread(SAMPLES, inputs) for i in sorted(x)]
        read = [jnp.broadcast_to(row, (len(inputs), row.shape[-1])) for row in read]
        return network.logits(jnp.concatenate(read, axis=-1))

    def _folded(self, stage: Stage, inputs: Int[Array, "n operands"]) -> Float[Array, "n logits"]:
        network, fold = self.network, self.fold
        assert fold is not None
        z = _attended(network, len(network.wiring.sequence) - 1, stage, inputs)
        flat = z.values.reshape(len(z.values), -1)
        before = fold.before.spread(SAMPLES, inputs) + flat @ fold.attended_in
        hidden = ACTIVATIONS[network.wiring.activation](before)
        direct = fold.direct.spread(SAMPLES, inputs)
        return direct + flat @ fold.attended_out + hidden @ fold.hidden_out


def _embedded(network: TransformerNetwork) -> dict[int, Rows]:
    """The residual stream before the first layer."""
    wiring, weight, at = network.wiring, network.embed.W_E, network.positions()
    found = {}
    for i, place in enumerate(wiring.sequence):
        if place.operand is None:
            rows = Rows(weight[jnp.array([place.token])], ())
        else:
            rows = Rows(weight[: wiring.symbols], (place.operand,))
        found[i] = rows if at is None else Rows(rows.values + at[i], rows.of)
    return found


def _wanted(network: TransformerNetwork, layer: int) -> Sequence[int]:
    """The positions whose residual stream before this layer, or after the last, reaches the loss.

    Every position has keys and values that later ones attend to.
    """
    positions = range(len(network.wiring.sequence))
    read = layer == len(network.stack) and network.wiring.readout == "last"
    return positions[-1:] if read else positions


def _attends(network: TransformerNetwork, i: int) -> range:
    """The positions that position i attends to."""
    return range(i + 1 if network.wiring.causal else len(network.wiring.sequence))


def _stage(
    network: TransformerNetwork, block: Block, x: dict[int, Rows], wanted: Sequence[int]
) -> Stage:
    """Queries, keys and values of these rows, and the scores between those by symbol."""
    pre = network.wiring.layer_norm == "pre"
    seen = {
        i: Rows(_norm(block.ln1, rows.values), rows.of) if pre else rows for i, rows in x.items()
    }

    def projected(i: int, what: Literal["Q", "K", "V"]) -> Rows:
        return Rows(block.attn.project(seen[i].values, what), seen[i].of)

    q = {i: projected(i, "Q") for i in x if i in wanted}
    k, v = ({i: projected(i, what) for i in x} for what in ("K", "V"))
    scores = {
        (i, j): _score(q[i], k[j], None)
        for i in q
        for j in _attends(network, i)
        if j in k and SAMPLES not in (q[i].of, k[j].of)
    }
    return Stage(x, q, k, v, scores)


def _joined(known: Stage, others: Stage) -> Stage:
    """One layer's positions by symbol, and those by sample."""
    return Stage(
        known.x | others.x,
        known.q | others.q,
        known.k | others.k,
        known.v | others.v,
        known.scores | others.scores,
    )


def _score(q: Rows, k: Rows, pairs: Int[Array, "n operands"] | None) -> Rows:
    """`q . k / sqrt(d)` of each head; of a query by one symbol and a key by the other a table."""
    scale = 1 / math.sqrt(q.values.shape[-1])
    if q.of and k.of and q.of != k.of:
        first, second = (q, k) if q.of < k.of else (k, q)
        table = scale * jnp.einsum("ahd,bhd->abh", first.values, second.values)
        return Rows(table, (min(q.of + k.of), max(q.of + k.of)))  # each is of one symbol
    of = _union((q.of, k.of))
    return Rows(scale * (q.spread(of, pairs) * k.spread(of, pairs)).sum(axis=-1), of)


def _attended(
    network: TransformerNetwork, i: int, stage: Stage, pairs: Int[Array, "n operands"] | None
) -> Rows:
    """What the heads at position i give, before `W_O`."""
    q, seen = stage.q[i], _attends(network, i)
    of = _union((q.of, *(stage.k[j].of for j in seen)))
    found = [stage.scores.get((i, j)) or _score(q, stage.k[j], pairs) for j in seen]
    scores = jnp.broadcast_arrays(*(rows.spread(of, pairs) for rows in found))
    pattern = jax.nn.softmax(jnp.stack(scores), axis=0)
    values = (stage.v[j].spread(of, pairs) for j in seen)
    z = sum(share[..., None] * value for share, value in zip(pattern, values, strict=True))
    return Rows(jnp.asarray(z), of)


def _layer(
    network: TransformerNetwork,
    block: Block,
    i: int,
    stage: Stage,
    pairs: Int[Array, "n operands"] | None,
) -> Rows:
    """The residual stream after a layer at position i."""
    wiring, attn, mlp = network.wiring, block.attn, block.mlp
    pre, post = wiring.layer_norm == "pre", wiring.layer_norm == "post"
    z = _attended(network, i, stage, pairs)
    flat = z.values.reshape(*z.values.shape[:-2], -1)
    mid = stage.x[i].spread(z.of, pairs) + _with(flat @ attn.out(), attn.b_O)
    mid = _norm(block.ln1, mid) if post else mid
    seen = _norm(block.ln2, mid) if pre else mid
    hidden = ACTIVATIONS[wiring.activation](_with(seen @ mlp.W_in, mlp.b_in))
    out = mid + _with(hidden @ mlp.W_out, mlp.b_out)
    return Rows(_norm(block.ln2, out) if post else out, z.of)


def _is_by_symbol(network: TransformerNetwork, i: int, stage: Stage) -> bool:
    """Whether what a layer makes of position i depends on one symbol at most."""
    seen = (i, *_attends(network, i))
    return all(j in stage.x for j in seen) and _union(stage.x[j].of for j in seen) is not SAMPLES


def _normed(network: TransformerNetwork, x: Rows) -> Rows:
    return x if network.ln_final is None else Rows(network.ln_final(x.values), x.of)


def _fold(network: TransformerNetwork, stage: Stage) -> Fold | None:
    """The last layer with its products of weights; None where they are not those of a sample."""
    wiring, block = network.wiring, network.stack[-1]
    read = len(wiring.sequence) - 1
    normed = wiring.layer_norm != "none" or network.ln_final is not None
    if normed or wiring.readout != "last" or read not in stage.x:
        return None
    attn, mlp, unembed = block.attn, block.mlp, network.readout()
    x = stage.x[read]
    mid = _with(x.values, attn.b_O)
    return Fold(
        attended_in=attn.out() @ mlp.W_in,
        attended_out=attn.out() @ unembed,
        hidden_out=mlp.W_out @ unembed,
        before=Rows(_with(mid @ mlp.W_in, mlp.b_in), x.of),
        direct=Rows(network.logits(_with(mid, mlp.b_out)), x.of),
    )
