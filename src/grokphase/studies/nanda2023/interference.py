"""How the waves of key frequencies add up on right answers, and on wrong ones.

The logits of a trained network are waves `alpha_k cos(w_k (c - a - b))`, so that all are at their
crest where c is right, and at a wrong answer some are above zero and some below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from scipy.optimize import linprog

from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained
from grokphase.studies.nanda2023.circuit import keys_of

DRAWS: Final = 500
"""Random sets of as many frequencies, beside those of a network."""


def interference(given: Given) -> Data:
    """What the key waves of each trained network come to at each answer.

    Returns:
        A row a run: `seed`; `off`, how far an answer is from the right one, in both directions;
        `logits`, the mean logit of such answers less that of all, and `waves`, the sum of the key
        waves there; `keys` and `amplitudes`; `worst`, the largest sum of waves at a wrong answer
        over that at the right one; and the share of random sets of as many frequencies whose worst
        is smaller: `better_as_they_are`, with the network's amplitudes, and `better_at_best`, each
        with those that make its worst smallest.
    """
    return in_columns(added_up(run) for run in given.runs)


def added_up(run: Trained) -> dict[str, Any]:
    """The row of one run."""
    by_result: Any = np.asarray(run.record.curves["logits_by_result"][-1], float)
    p, keys = len(by_result), keys_of(run)
    off = np.arange(p) - p // 2
    turned = np.stack([np.roll(row, -result) for result, row in enumerate(by_result)])
    mean = turned.mean(axis=0) - turned.mean()  # by c - a - b, from 0
    logits = mean[off]
    waves_at = np.cos(2 * np.pi * np.outer(np.arange(1, p // 2 + 1), off) / p)
    amplitudes = 2 / p * waves_at @ logits
    own = np.array(keys) - 1
    worst = largest_wrong(amplitudes[own], waves_at[own])
    random = np.random.default_rng(run.record.seed)
    sets = [random.permutation(len(waves_at))[: len(own)] for _ in range(DRAWS)]
    as_they_are = [largest_wrong(amplitudes[own], waves_at[each]) < worst for each in sets]
    at_best = [least_worst(waves_at[each]) < worst for each in sets]
    return {
        "seed": run.record.seed,
        "off": off,
        "logits": logits,
        "waves": amplitudes[own] @ waves_at[own],
        "keys": list(keys),
        "amplitudes": amplitudes[own],
        "worst": worst,
        "better_as_they_are": float(np.mean(as_they_are)),
        "better_at_best": float(np.mean(at_best)),
    }


def largest_wrong(amplitudes: Any, waves_at: Any) -> float:
    """The largest sum of waves at a wrong answer, over that at the right one, in the middle."""
    found = amplitudes @ waves_at
    middle = len(found) // 2
    return float(np.delete(found, middle).max() / found[middle])


def least_worst(waves_at: Any) -> float:
    """The largest sum at a wrong answer, over that at the right one, with amplitudes of 0 or more
    that make it smallest: a linear program."""
    many, middle = len(waves_at), waves_at.shape[1] // 2
    wrong = np.delete(waves_at, middle, axis=1).T
    found = linprog(
        [*np.zeros(many), 1.0],
        A_ub=np.column_stack([wrong, -np.ones(len(wrong))]),
        b_ub=np.zeros(len(wrong)),
        A_eq=[[*np.ones(many), 0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * many + [(None, None)],
    )
    return float(found.fun)


def waves(data: Data) -> Data:
    """The key waves one by one: `seed`, `frequency`, `off` and `wave`, a row a wave."""
    rows = zip(*(data[name] for name in ("seed", "keys", "amplitudes", "off")), strict=True)
    return in_columns(
        {
            "seed": seed,
            "frequency": k,
            "off": off,
            "wave": amplitude * np.cos(2 * np.pi * k * np.asarray(off) / len(off)),
        }
        for seed, keys, amplitudes, off in rows
        for k, amplitude in zip(keys, amplitudes, strict=True)
    )


def overlaps(tables: Mapping[str, Data]) -> Data:
    """How many key frequencies a seed shares with each other one, in the mean.

    Args:
        tables: that of `circuits`, as "neurons".

    Returns:
        `seed`; `shared_keys`; `expected`, how many random sets of those sizes would share in the
        mean; and `more`, the difference.
    """
    data = tables["neurons"]
    frequencies = round(np.exp(data["chance"][0])) // 2
    rows = []
    for seed, own in zip(data["seed"], data["keys"], strict=True):
        others = [
            keys for other, keys in zip(data["seed"], data["keys"], strict=True) if other != seed
        ]
        shared = float(np.mean([len(set(own) & set(keys)) for keys in others]))
        expected = len(own) * float(np.mean([len(keys) for keys in others])) / frequencies
        rows.append(
            {"seed": seed, "shared_keys": shared, "expected": expected, "more": shared - expected}
        )
    return in_columns(rows)
