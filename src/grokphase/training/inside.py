"""From the weights that a run kept to its views: what its network does with all pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from grokphase.measures import (
    attention_to_operands,
    cosine_amplitudes,
    embedding_norms,
    excluded_loss,
    frequency_plane,
    key_frequencies,
    neuron_maps,
    neuron_shares,
    principal_axes,
    restricted_loss,
)
from grokphase.measures.planes import ring
from grokphase.models.attention import TransformerNetwork
from grokphase.models.network import BuiltIn, Network
from grokphase.models.transformer import Transformer
from grokphase.store.record import RunRecord
from grokphase.tasks import Classification
from grokphase.training.measured import not_modular
from grokphase.training.results import with_weights
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.views import Neuron, Plane, Views

MOST_PAIRS: Final = 2**15
"""Neurons and logits are looked at for all pairs of symbols, where there are no more than these."""

MOST_PLANES: Final = 5
MOST_NEURONS: Final = 6

_NOT_KEPT: Final = (
    'No weights of finite numbers were kept; write keep_weights="log", in a shell '
    "--keep-weights log."
)
_NO_FREQUENCIES: Final = (
    "Frequencies are those of a + b, or u a + v b + w, modulo p, on all ordered pairs: here are no "
    "spectra, and no restricted or excluded loss."
)
_NO_LOGITS: Final = "Outputs are compared with label vectors, so there are no logits and losses."
_NO_NATS: Final = "The run trains on the mean squared error, so there are no losses in nats."
_NO_KEYS: Final = (
    "No frequency stands out at the last step, so there is no restricted or excluded loss."
)


class _Seen(NamedTuple):
    """What a network does with all pairs of symbols, on its way from the last position."""

    neurons: Any  # (p^2, width), or None
    patterns: Any  # (p^2, heads, 1, from) of each layer
    outputs: Any  # (p^2, outputs)


def views_of(spec: AnySpec, record: RunRecord) -> Views:
    """All views that there are of a run, at all steps whose weights were kept.

    Args:
        spec: the run.
        record: what came of it, with its weights.
    """
    none = np.empty(0, np.int64)
    if not isinstance(spec, RunSpec):
        lack = "A training function keeps its weights itself, so there is nothing to look into."
        return Views(record, none, missing={"embedding": lack})
    kept = dict(record.snapshots)
    if record.weights is not None:
        kept[record.steps_trained] = record.weights
    steps = [step for step in sorted(kept) if _finite(kept[step])]
    if not steps:
        return Views(record, none, missing={"embedding": _NOT_KEPT})
    at = np.array(steps, np.int64)
    p = spec.task.symbols
    if p is None:
        lack = f"The inputs of {spec.task.name} are no symbols, so there is no circuit to look at."
        return Views(record, at, missing={"embedding": lack})
    made = spec.initial_network()
    networks = [with_weights(made, kept[step]) for step in steps]
    modular = not_modular(spec.task, "cross-entropy") is None
    missing = {} if modular else {"spectra": _NO_FREQUENCIES}
    found: dict[str, Any] = {}
    if (many := spec.task.inputs.shape[1]) != 2:
        missing["neurons"] = f"Samples of {spec.task.name} are {many} symbols, and no pairs."
    elif p * p > MOST_PAIRS:
        missing["neurons"] = f"Neurons and logits are not looked at for {p * p:,} pairs of symbols."
    else:
        found = _of_pairs(spec, p, networks, missing, modular=modular)
    strongest = found.pop("strongest", ())
    embeddings = _embeddings(networks)
    if embeddings is None:
        missing["embedding"] = "The model has no embedding of symbols."
        return Views(record, at, missing=missing, **found)
    if getattr(networks[0], "right", None) is not None:
        missing["right"] = "The embedding is that of a; b has a table of its own, not shown here."
    if modular:
        norms = np.stack([np.asarray(embedding_norms(each)) for each in embeddings])
        found["spectra"] = {"embedding": norms, **found.get("spectra", {})}
    return Views(record, at, planes=planes_of(embeddings, strongest), missing=missing, **found)


def _finite(weights: Mapping[str, np.ndarray]) -> bool:
    return all(bool(np.isfinite(array).all()) for array in weights.values())


def _embeddings(networks: Sequence[Any]) -> Float[np.ndarray, "steps p d"] | None:
    first = getattr(networks[0], "embedding", None)
    if not isinstance(networks[0], BuiltIn) or first is None:
        return None
    tables = [np.asarray(network.embedding, np.float64) for network in networks]
    return np.stack([table.reshape(len(table), -1) for table in tables])


def planes_of(
    embeddings: Float[np.ndarray, "steps p d"], frequencies: Sequence[int] = ()
) -> tuple[Plane, ...]:
    """Planes of the last embedding, and where all embeddings stand in them.

    Args:
        embeddings: (steps, p, d).
        frequencies: whose planes come first; then those of the principal components 1 to 4.

    Example:
        >>> angle = 2 * np.pi * 2 * np.arange(7) / 7
        >>> circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        >>> turning, _ = planes_of(np.stack([0 * circle, circle]), [2])
        >>> turning.name, turning.order[:3], turning.shares.round(3).tolist()
        ('frequency 2', (0, 4, 1), [nan, 1.0])
    """
    last = embeddings[-1]
    p, width = last.shape
    centred = embeddings - embeddings.mean(axis=1, keepdims=True)

    def plane(name: str, k: int | None, points: Float[np.ndarray, "steps p 2"]) -> Plane:
        with np.errstate(invalid="ignore"):
            shares = (points**2).sum(axis=(1, 2)) / (centred**2).sum(axis=(1, 2))
        return Plane(name, k, points, shares, ring(p, k))

    if width == 1:
        flat = np.concatenate([centred, np.zeros(centred.shape)], axis=-1)
        return (plane("its one dimension", None, flat),)
    turning = [k for k in frequencies[:MOST_PLANES] if 2 * k != p]
    found = [plane(f"frequency {k}", k, centred @ frequency_plane(last, k)) for k in turning]
    axes = principal_axes(last, 4)
    for first in range(0, axes.shape[1] - 1, 2):
        name = f"principal components {first + 1} and {first + 2}"
        found.append(plane(name, None, centred @ axes[:, first : first + 2]))
    return tuple(found)


def _of_pairs(
    spec: RunSpec, p: int, networks: list[Any], missing: dict[str, str], *, modular: bool
) -> dict[str, Any]:
    """The views that look at all pairs of symbols; why others are not there goes to `missing`."""
    task = spec.task
    pairs = jnp.asarray(np.indices((p, p)).reshape(2, -1).T, jnp.int32)
    look = eqx.filter_jit(_seen)
    last = _on_host(look(networks[-1], pairs))
    found: dict[str, Any] = {}
    wanted: dict[str, Callable[[_Seen], Any]] = {}
    if modular and isinstance(task.target, Classification):
        assert task.table is not None
        labels: Any = task.table.ravel()
        trained: Any = _trained(spec, p)

        def logits(seen: _Seen) -> Any:
            """As the loss takes them."""
            return seen.outputs[:, : task.classes] / spec.recipe.temperature

        amplitudes = cosine_amplitudes(logits(last), labels)
        keys = key_frequencies(logits(last), labels)
        found |= {"keys": keys, "strongest": sorted(keys, key=lambda k: -float(amplitudes[k]))}
        wanted["logits"] = lambda seen: cosine_amplitudes(logits(seen), labels)
        if keys and spec.recipe.loss == "cross-entropy":
            wanted["restricted_loss"] = lambda seen: restricted_loss(logits(seen), keys, labels)
            wanted["excluded_loss"] = lambda seen: excluded_loss(
                logits(seen), keys, labels, trained
            )
        else:
            missing["losses"] = _NO_KEYS if spec.recipe.loss == "cross-entropy" else _NO_NATS
    elif modular:
        missing["losses"] = _NO_LOGITS
    chosen: list[tuple[int, int | None]] = []
    if last.neurons is None:
        missing["neurons"] = "The model has no hidden layer of grokphase's own to look into."
    else:
        chosen = _strongest(last.neurons, modular)
        columns = [index for index, _ in chosen]
        wanted["maps"] = lambda seen: neuron_maps(seen.neurons[:, columns])
        wanted["variance"] = lambda seen: seen.neurons.var(axis=0)
        if modular:
            wanted["shares"] = lambda seen: neuron_shares(seen.neurons)
    heads: list[tuple[int, int | None]] = []
    if not last.patterns:
        missing["attention"] = "The model has no attention."
    else:
        found["positions"] = positions = _positions(spec)

        def to_a(seen: _Seen) -> Any:
            return seen.patterns[-1][:, :, 0, positions.index("a")]

        frequencies = _frequencies(to_a(last), modular)
        heads = list(enumerate(frequencies))
        wanted["attention"] = lambda seen: np.stack([*map(attention_to_operands, seen.patterns)])
        wanted["head_maps"] = lambda seen: neuron_maps(to_a(seen))
        if modular:
            wanted["head_shares"] = lambda seen: neuron_shares(to_a(seen))
    of = _over_steps(wanted, _each(look, networks, pairs, last))
    if last.neurons is not None:
        found |= {"neuron_layer": _layer(spec), "width": last.neurons.shape[1]}
        found["neurons"] = _neurons(chosen, of["maps"], of.get("shares"))
    if heads:
        found["attention"] = of["attention"]
        found["heads"] = _neurons(heads, of["head_maps"], of.get("head_shares"))
    spectra = {"logits": of["logits"]} if "logits" in of else {}
    if "shares" in of:
        found["neuron_shares"] = of["shares"]
        spectra = {"neurons": _spectrum(of["shares"], of["variance"]), **spectra}
    losses = {name: of[name] for name in ("restricted_loss", "excluded_loss") if name in of}
    return {**found, "spectra": spectra, "losses": losses}


def _over_steps(
    wanted: Mapping[str, Callable[[_Seen], Any]], every: Iterator[_Seen]
) -> dict[str, np.ndarray]:
    """What is wanted of each step, as arrays whose first axis is that of the steps."""
    rows = [{name: np.asarray(value(seen)) for name, value in wanted.items()} for seen in every]
    return {name: np.stack([row[name] for row in rows]) for name in wanted}


def _each(look: Any, networks: list[Any], pairs: Any, last: _Seen) -> Iterator[_Seen]:
    for network in networks[:-1]:
        yield _on_host(look(network, pairs))
    yield last


def _seen(network: Any, pairs: Int[Any, "n 2"]) -> _Seen:
    if isinstance(network, TransformerNetwork):
        found = network.activations(pairs)
        layers = range(len(network.stack))
        neurons = found[f"blocks.{layers[-1]}.mlp.hook_post"][:, -1]
        patterns = [found[f"blocks.{k}.attn.hook_pattern"][:, :, -1:] for k in layers]
        return _Seen(neurons, patterns, found["logits"])
    hidden = network.hidden(pairs) if isinstance(network, Network) else ()
    return _Seen(hidden[-1] if hidden else None, [], network(pairs))


def _on_host(seen: _Seen) -> _Seen:
    neurons = None if seen.neurons is None else np.asarray(seen.neurons)
    return _Seen(neurons, [np.asarray(each) for each in seen.patterns], np.asarray(seen.outputs))


def _trained(spec: RunSpec, p: int) -> Bool[np.ndarray, " pairs"]:
    """Which of all pairs of symbols are trained."""
    found = np.zeros(p * p, bool)
    rows = spec.task.inputs[spec.trained()]
    found[rows[:, 0] * p + rows[:, 1]] = True
    return found


def _strongest(
    neurons: Float[np.ndarray, "n width"], modular: bool
) -> list[tuple[int, int | None]]:
    """Neurons that vary most, each with its frequency: the first of each frequency, then others."""
    variance = neurons.var(axis=0)
    frequency = _frequencies(neurons, modular)
    of: dict[int | None, list[int]] = {}
    for index in np.argsort(-variance, kind="stable"):
        if variance[index] > 0:
            of.setdefault(frequency[index], []).append(int(index))
    strongest = sorted(of, key=lambda k: -float(variance[of[k]].sum()))
    in_turn = [
        (of[k][turn], k) for turn in range(MOST_NEURONS) for k in strongest if turn < len(of[k])
    ]
    return in_turn[:MOST_NEURONS]


def _frequencies(neurons: Any, modular: bool) -> list[int | None]:
    """The frequency of each neuron; None where there are none, or where it is constant."""
    if not modular:
        return [None] * neurons.shape[1]
    shares = np.asarray(neuron_shares(neurons))[1:]
    constant = np.isnan(shares).any(axis=0)
    found = 1 + np.nan_to_num(shares).argmax(axis=0)
    return [None if none else int(k) for none, k in zip(constant, found, strict=True)]


def _neurons(
    chosen: Sequence[tuple[int, int | None]],
    maps: Float[np.ndarray, "steps chosen p p"],
    shares: Float[np.ndarray, "steps frequencies width"] | None,
) -> tuple[Neuron, ...]:
    nowhere = np.full(len(maps), np.nan)
    return tuple(
        Neuron(
            index,
            k,
            nowhere if k is None or shares is None else shares[:, k, index],
            maps[:, at],
            ring(maps.shape[-1], k),
        )
        for at, (index, k) in enumerate(chosen)
    )


def _spectrum(
    shares: Float[np.ndarray, "steps frequencies width"],
    variance: Float[np.ndarray, "steps width"],
) -> Float[np.ndarray, "steps frequencies"]:
    """The share of the variance of all neurons at each frequency; NaN where all are constant."""
    explained = np.einsum("skw,sw->sk", np.nan_to_num(shares), variance)
    total = variance.sum(axis=1, keepdims=True)
    return np.where(total > 0, explained / np.where(total > 0, total, 1), np.nan)


def _positions(spec: RunSpec) -> tuple[str, ...]:
    assert isinstance(spec.model, Transformer)
    return tuple(spec.model.sequence.split())


def _layer(spec: RunSpec) -> str:
    if isinstance(spec.model, Transformer):
        last = spec.model.layers * spec.model.repeats
        return f'MLP of layer {last}, read at "{_positions(spec)[-1]}"'
    return "last hidden layer"
