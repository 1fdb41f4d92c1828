"""Entropies of landscapes whose own are known, and an optimizer that is driven by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table
from grokphase.studies.sums import addition
from grokphase.studies.zhang2025.walks import counted, harmonic

Settings = Mapping[str, Any]
Row = dict[str, Any]
Table = dict[str, list[Any]]
Integers = NDArray[np.int64]


WALK = ("span", "bins", "steps", "most", "turn", "friction", "length", "walkers")
"""Settings of molecular dynamics."""


def squares(given: Given) -> Table:
    """`L = |theta|^2`: the slope of S over ln L, which is d / 2, by molecular dynamics."""
    settings = given.settings
    rows = []
    for d in settings["dimensions"]:
        for seed in range(settings["seeds"]):
            found = harmonic(d, **{name: settings[name] for name in WALK}, seed=seed)
            inner = slice(2, -2)  # bumps of the last bins reach over the ends
            slope = float(np.polyfit(found.at[inner], found.value[inner], 1)[0])
            rows.append(
                {
                    "dimensions": d,
                    "seed": seed,
                    "at": found.at,
                    "entropy": found.value - found.value[-1],
                    "slope": slope,
                    "error": slope / (d / 2) - 1,
                }
            )
    return in_columns(rows)


def levels_of(kind: str, bits: int) -> tuple[Integers, list[int]]:
    """The level of each word of so many bits, and how many words each level has.

    Of "bits" it is how many are 1: C(n, k) words. Of "ring" it is half of how many neighbours
    differ on a ring, its first with its last: 2 C(n, 2 k) words.
    """
    words = np.arange(2**bits)
    each = (words[:, None] >> np.arange(bits)) & 1
    if kind == "bits":
        return each.sum(axis=1), [comb(bits, k) for k in range(bits + 1)]
    walls = (each != np.roll(each, 1, axis=1)).sum(axis=1)
    return walls // 2, [2 * comb(bits, 2 * k) for k in range(bits // 2 + 1)]


def words(given: Given) -> Table:
    """Numbers of words at each level, by walks and in closed form."""
    settings = given.settings
    rows = []
    for kind in ("bits", "ring"):
        levels, numbers = levels_of(kind, settings["bits"])
        for seed in range(settings["seeds"]):
            found = _counted(levels, settings, seed)
            for level, (value, number) in enumerate(zip(found, numbers, strict=True)):
                rows.append({"of": kind, "seed": seed, "level": level, "entropy": float(value),
                             "known": float(np.log(number))})  # fmt: skip
    return in_columns(rows)


def _counted(levels: Integers, settings: Settings, seed: int) -> NDArray[np.float64]:
    numbers = {name: settings[name] for name in ("steps", "turn", "walkers")}
    return counted(levels, settings["bits"], **numbers, seed=seed)


# ------------------------------------------------------------------------------ a perceptron


def perceptron(bits: int, patterns: int, seed: int) -> tuple[Integers, Integers]:
    """Training errors of every binary perceptron, and how many weights it has unlike the teacher.

    Weights are +1 or -1, inputs are, and the teacher's weights are all +1, which is no loss as
    inputs are drawn evenly.

    Args:
        bits: weights, an odd number, so that no sum is 0.
        patterns: of the training set.
        seed: that draws them.
    """
    signs = 1 - 2 * ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1).astype(np.int8)
    inputs = np.random.default_rng([seed, bits, patterns]).choice([-1, 1], (patterns, bits))
    said = signs.astype(np.float32) @ inputs.T.astype(np.float32)  # whole numbers, exact
    told = inputs.sum(axis=1)
    errors = ((said > 0) != (told > 0)).sum(axis=1)
    return errors, (signs < 0).sum(axis=1)


def accuracy(bits: int, unlike: int) -> float:
    """The share of all inputs on which such a perceptron agrees with the teacher.

    With A the sum over weights that are alike and B over the others they say A - B and A + B:
    alike where |A| > |B|.
    """
    alike = bits - unlike
    a = np.abs(2 * np.arange(alike + 1) - alike)
    b = np.abs(2 * np.arange(unlike + 1) - unlike)
    ways = np.outer(
        [comb(alike, k) for k in range(alike + 1)], [comb(unlike, k) for k in range(unlike + 1)]
    )
    return float(ways[a[:, None] > b[None]].sum() / 2**bits)


def right_ones(given: Given) -> Table:
    """All perceptrons without a training error: how many, how right, and whether apart."""
    settings = given.settings
    bits = settings["bits"]
    right = np.array([accuracy(bits, unlike) for unlike in range(bits + 1)])
    shown, of = np.unique(right, return_inverse=True)
    rows = []
    for patterns in settings["patterns"]:
        for seed in range(settings["seeds"]):
            errors, unlike = perceptron(bits, patterns, seed)
            number = np.bincount(unlike[errors == 0], minlength=bits + 1)
            together = np.bincount(of, weights=number)
            entropy = np.log(together, out=np.full(len(shown), np.nan), where=together > 0)
            rows.append(
                {
                    "patterns": patterns,
                    "seed": seed,
                    "perceptrons": int(number.sum()),
                    "mean_accuracy": float(number @ right / number.sum()),
                    "accuracy": shown,
                    "entropy": entropy,
                    "apart": bool(number.sum() > 1 and not number[1]),
                    "alone": bool(number.sum() == 1),
                }
            )
    return in_columns(rows)


def joint(given: Given) -> Table:
    """S of training errors and accuracy together, by walks and by enumeration."""
    settings = given.settings
    bits = settings["bits"]
    rows = []
    for seed in range(settings["seeds"]):
        errors, unlike = perceptron(bits, settings["patterns"], seed)
        levels = errors * (bits + 1) + unlike
        number = np.bincount(levels)
        found = _counted(levels, settings, seed)
        for level in np.flatnonzero(number):
            wrong, away = divmod(int(level), bits + 1)
            rows.append({"seed": seed, "errors": wrong, "unlike": away,
                         "accuracy": accuracy(bits, away),
                         "entropy": float(found[level]),
                         "known": float(np.log(number[level]))})  # fmt: skip
    return in_columns(rows)


# ------------------------------------------------------------------------------ WanD


def optimizers(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """Addition by AdamW with decay, and by WanD without."""
    numbers = {name: settings[name] for name in ("temperature", "friction", "cutoff")}
    arms: dict[str, tuple[float, float, Any]] = {
        "AdamW": (settings["rate"], settings["decay"], None),
        "WanD": (settings["wand_rate"], 0.0, {"kind": "wand", **numbers}),
    }
    for name, (rate, decay, arm) in arms.items():
        for seed in range(settings["seeds"]):
            run = addition(settings, seed, rate=rate, decay=decay, accelerator=arm)
            yield {"optimizer": name}, run


def courses(given: Given) -> Table:
    """The usual table with curves."""
    return usual_table(given.runs, "train_accuracy", "validation_accuracy", "weight_norm")
