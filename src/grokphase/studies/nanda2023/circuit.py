"""What a trained network computes with, and how that came about.

Key frequencies are those of the trained network, at every step before too, as in the paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.measures import (
    circuit_phases,
    cosine_amplitudes,
    cosine_shares,
    embedding_norms,
    excluded_logits,
    key_frequencies,
    neuron_frequencies,
    restricted_logits,
    restricted_loss,
)
from grokphase.measures.cross_entropy import cross_entropy
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained, curves_of, usual_table
from grokphase.studies.nanda2023.runs import PAIRS, shown
from grokphase.training.activations import cached

Floats = NDArray[np.floating[Any]]

FALLEN: Final = 0.95
"""Of ln p, the loss of a guess: where the restricted loss is said to have begun its fall."""

PHASES: Final = ("memorization", "circuit formation", "cleanup")


def keys_of(run: Trained) -> tuple[int, ...]:
    """The key frequencies of the trained network."""
    by_result = run.record.curves["logits_by_result"][-1]
    return key_frequencies(by_result, np.arange(len(by_result)))


def loss(logits: Any, labels: Any) -> float:
    """The mean cross-entropy."""
    each = cross_entropy(np.asarray(logits, np.float32), labels)
    return float(np.asarray(each, np.float64).mean())


# ------------------------------------------------------------------------------ through training


def losses(given: Given) -> Data:
    """Losses through training, and the steps at which they turn.

    Returns:
        The usual table with curves and, for each run, `keys`, the curves `restricted` (of all
        pairs) and `excluded` (of some training pairs) and what `turns` finds.
    """
    rows = []
    for run in given.runs:
        keys = keys_of(run)
        curves = {**run.record.curves, **_progress(run, keys)}
        rows.append(
            {
                "keys": list(keys),
                "restricted": curves["restricted"],
                "excluded": curves["excluded"],
                **turns(curves, given.settings["p"], run.record.validation_step),
            }
        )
    shown_too = curves_of(given.runs, "train_loss", "validation_loss")
    return {**usual_table(given.runs), **shown_too, **in_columns(rows), "pairs": PAIRS}


def _progress(run: Trained, keys: tuple[int, ...]) -> dict[str, Floats]:
    """Restricted and excluded loss with these frequencies at every recorded step."""
    curves, spec = run.record.curves, run.spec
    results = np.arange(spec.task.classes)
    train = spec.split.indices(spec.task, spec.seed)[0]
    labels = spec.task.labels[train[shown(len(train))]]
    restricted, excluded = [], []
    for by_result, logits in zip(
        curves["logits_by_result"], curves["training_logits"], strict=True
    ):
        # Waves are functions of the result alone: those of the means are those of all pairs.
        waves = by_result - np.asarray(excluded_logits(by_result, keys, results))
        restricted.append(float(restricted_loss(by_result, keys, results)))
        excluded.append(loss(logits - waves[labels], labels))
    return {"restricted": np.array(restricted), "excluded": np.array(excluded)}


def turns(curves: Any, p: int, validation_step: int | None) -> dict[str, Any]:
    """The steps at which the curves of a run turn; None for what they do not show.

    Returns:
        `restricted_falls`, the first step with a restricted loss 5 % below ln p;
        `same_step_falls`, of that of the frequencies that are key at the step itself;
        `validation_peak`, the step of the highest validation loss; `validation_falls`, the first
        after it with less than ln p; `excluded_lowest`, the step of the lowest excluded loss up to
        `validation_falls`; `excluded_rise`, by how many times it has risen there; `steepest`, the
        step at which the sum of squared weights falls fastest after its highest, over the
        validation step, and `steepest_log`, the same of its fall by ln(step); the ends of
        `PHASES`, if `circuit_phases` finds them, and how many.
    """
    step, chance = curves["step"], np.log(p)
    validation, excluded = curves["validation_loss"], curves["excluded"]
    peak = int(np.argmax(validation))
    falls = _first(np.flatnonzero(validation[peak:] < chance), peak)
    low = int(np.argmin(excluded[: len(step) if falls is None else falls + 1]))
    squares = curves["weight_norm"] ** 2
    after = slice(int(np.argmax(squares)), None)
    slope = np.gradient(squares[after], step[after])
    steepest = {"steepest": slope, "steepest_log": slope * step[after]}
    at = {
        "restricted_falls": _first(np.flatnonzero(curves["restricted"] < FALLEN * chance)),
        "same_step_falls": _first(np.flatnonzero(curves["restricted_loss"] < FALLEN * chance)),
        "validation_peak": peak,
        "validation_falls": falls,
        "excluded_lowest": low,
    }
    try:
        found = circuit_phases(step, excluded, validation)
        ends = {phase.name: phase.end for phase in found}
    except GrokphaseError:
        ends = {}
    return {
        **{name: None if k is None else int(step[k]) for name, k in at.items()},
        "excluded_rise": None if falls is None else float(excluded[falls] / excluded[low]),
        **{
            name: validation_step and float(step[after][np.argmin(fall)] / validation_step)
            for name, fall in steepest.items()
        },
        **{name.replace(" ", "_"): ends.get(name) for name in PHASES},
        "phases": len(ends),
    }


def _first(places: Any, offset: int = 0) -> int | None:
    return int(places[0]) + offset if len(places) else None


def weights(given: Given) -> Data:
    """Sums of squared weights and Gini coefficients through training.

    Returns:
        The usual table, whose last Gini coefficients are `embedding_gini_last` and
        `logit_map_gini_last`, with the curves `squares`, `embedding_gini` and `logit_map_gini`.
    """
    curves = curves_of(given.runs, "embedding_gini", "logit_map_gini")
    return {
        **usual_table(given.runs),
        **curves,
        "squares": [run.record.curves["weight_norm"] ** 2 for run in given.runs],
        "embedding_gini_last": [curve[-1] for curve in curves["embedding_gini"]],
        "logit_map_gini_last": [curve[-1] for curve in curves["logit_map_gini"]],
    }


# ------------------------------------------------------------------------------ after training


def spectra(given: Given) -> Data:
    """Norms of the Fourier components of W_E and W_L after training.

    Returns:
        A row a run and frequency: `seed`, `frequency`, `embedding`, `logit_map`, each over the
        largest of its run, and `key`.
    """
    return in_columns(row for run in given.runs for row in _spectrum(run))


def _spectrum(run: Trained) -> Iterator[dict[str, Any]]:
    keys = keys_of(run)
    embedding, logit_map = (
        np.asarray(embedding_norms(values))[1:]
        for values in (run.record.weights["embed.W_E"][: run.spec.task.symbols], _logit_map(run).T)
    )
    for k, (e, w) in enumerate(zip(embedding, logit_map, strict=True), start=1):
        yield {
            "seed": run.record.seed,
            "frequency": k,
            "embedding": e / embedding.max(),
            "logit_map": w / logit_map.max(),
            "key": k in keys,
        }


def _logit_map(run: Trained) -> Floats:
    """W_L = W_out W_U, (mlp, p): from neurons to logits."""
    weights = run.record.weights
    p = run.spec.task.classes
    return np.asarray(weights["blocks.0.mlp.W_out"] @ weights["unembed.W_U"][:, :p], np.float64)


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
    spec, weights = run.spec, run.record.weights
    p, labels = spec.task.classes, spec.task.labels
    logits = cached(spec, weights, "logits")[:, :p]
    neurons = cached(spec, weights, "blocks.0.mlp.hook_post")[:, -1]
    keys, validation = keys_of(run), spec.split.indices(spec.task, spec.seed)[1]
    explained = np.nan_to_num(np.asarray(neuron_frequencies(neurons)[1]))
    singular = np.linalg.svd(_logit_map(run), compute_uv=False)
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
