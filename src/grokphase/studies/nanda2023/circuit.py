"""What a trained network computes with.

Key frequencies are those whose cosine of a + b - c stands out of the others in the logits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from grokphase.measures import (
    cosine_amplitudes,
    cosine_shares,
    embedding_norms,
    excluded_logits,
    key_frequencies,
    neuron_frequencies,
    restricted_logits,
)
from grokphase.measures.cross_entropy import cross_entropy
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained, usual_table
from grokphase.training.activations import cached


def keys_of(run: Trained) -> tuple[int, ...]:
    """The key frequencies of the trained network."""
    by_result: Any = run.record.curves["logits_by_result"][-1]
    results: Any = np.arange(len(by_result))
    return key_frequencies(by_result, results)


def loss(logits: Any, labels: Any) -> float:
    """The mean cross-entropy."""
    single: Any = np.asarray(logits, np.float32)
    return float(np.asarray(cross_entropy(single, labels), np.float64).mean())


def spectra(given: Given) -> Data:
    """Norms of the Fourier components of W_E and W_L after training.

    Returns:
        A row a run and frequency: `seed`, `frequency`, `embedding`, `logit_map`, each over the
        largest of its run, and `key`.
    """
    return in_columns(row for run in given.runs for row in _spectrum(run))


def _spectrum(run: Trained) -> Iterator[dict[str, Any]]:
    keys, p = keys_of(run), len(run.record.curves["logits_by_result"][-1])
    embedding = run.record.curves["embedding_norms"][-1][1:]
    logit_map = np.asarray(embedding_norms(_logit_map(run.weights, p).T))[1:]
    for k, (e, w) in enumerate(zip(embedding, logit_map, strict=True), start=1):
        yield {
            "seed": run.record.seed,
            "frequency": k,
            "embedding": e / embedding.max(),
            "logit_map": w / logit_map.max(),
            "key": k in keys,
        }


def _logit_map(weights: Any, p: int) -> Any:
    """W_L = W_out W_U, (mlp, p): from neurons to logits."""
    return weights["blocks.0.mlp.W_out"] @ weights["unembed.W_U"][:, :p]


def circuits(given: Given) -> Data:
    """The circuit of each trained network, in numbers.

    Returns:
        The usual table and, for each run, what `taken_apart` gives, and `shared`: whether
        another seed has the same key frequencies.
    """
    rows = [taken_apart(run) for run in given.runs]
    sets = [tuple(row["keys"]) for row in rows]
    table = {**usual_table(given.runs), **in_columns(rows)}
    return {**table, "shared": [sets.count(keys) > 1 for keys in sets]}


ABLATIONS: Final = {
    "whole": "as they are",
    "cosines": "cosines alone",
    "restricted": "key waves alone",
    "without": "key waves out",
}
"""What logits are replaced by, in the words of `published/losses.csv`."""


def ablations(data: Data) -> Data:
    """Validation losses of the runs of `circuits`, a row each: `seed`, `logits` and `loss`."""
    return in_columns(
        {"seed": seed, "logits": words, "loss": value}
        for name, words in ABLATIONS.items()
        for seed, value in zip(data["seed"], data[name], strict=True)
    )


def taken_apart(run: Trained) -> dict[str, Any]:
    """Neurons, logits and the map between them.

    Returns:
        `keys` and how many there are; `five_cosines`, the share of the logits' variance that the
        five largest cosines of a + b - c explain; of neurons, `neuron` (their place, from 0 to 1)
        and `explained`, the share of each that one frequency explains, descending, and
        `of_one_frequency`, the share of neurons above 85 %; `singular` values of W_L over the
        largest and `residual`, the Frobenius norm that its approximation of rank twice the key
        frequencies leaves, over its own; losses on validation pairs, `whole`, `cosines` (logits
        replaced by their cosines), `restricted` and `without` (the key frequencies).
    """
    spec: Any = run.spec
    weights: Any = run.weights
    p, labels = spec.task.classes, spec.task.labels
    logits: Any = cached(spec, weights, "logits")[:, :p]
    neurons: Any = cached(spec, weights, "blocks.0.mlp.hook_post")[:, -1]
    keys, (_, validation) = keys_of(run), run.parts
    explained = np.nan_to_num(np.asarray(neuron_frequencies(neurons)[1]))
    singular = np.linalg.svd(_logit_map(weights, p), compute_uv=False)
    turn = 2 * np.pi * (labels[:, None] - np.arange(p)) / p
    amplitudes = np.asarray(cosine_amplitudes(logits))
    tables = {
        "whole": logits,
        "cosines": sum((amplitudes[k] * np.cos(k * turn) for k in keys), np.zeros_like(turn)),
        "restricted": restricted_logits(logits, keys),
        "without": excluded_logits(logits, keys),
    }
    rest = singular[2 * len(keys) :]
    return {
        "keys": list(keys),
        "key_count": len(keys),
        "five_cosines": float(np.sort(cosine_shares(logits))[-5:].sum()),
        "neuron": (np.arange(len(explained)) + 0.5) / len(explained),
        "explained": np.sort(explained)[::-1],
        "of_one_frequency": float((explained > 0.85).mean()),
        "place": np.arange(1, len(singular) + 1),
        "singular": singular / singular[0],
        "residual": float(np.linalg.norm(rest) / np.linalg.norm(singular)),
        "chance": float(np.log(p)),
        **{
            name: loss(np.asarray(table)[validation], labels[validation])
            for name, table in tables.items()
        },
    }
