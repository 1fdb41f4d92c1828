"""Where a softmax saturates by arithmetic, and networks that are trained up to there and beyond."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.studies import Given, curves_of, first_step, in_columns, usual_table

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]

BITS: Final = {"float16": 11, "float32": 24, "float64": 53}
ORDERS: Final = ("largest first", "largest last")


# ------------------------------------------------------------------------------ by arithmetic


def gap_of(classes: int, precision: str, order: str) -> float:
    """The least gap, of all classes the same, at which a textbook's cross-entropy is exactly 0.

    Found by bisection, in NumPy's arithmetic of that precision.

    Args:
        classes: how many there are.
        precision: of the arithmetic.
        order: of the terms that are added one by one, that of the largest logit first or last.
    """
    kind = np.dtype(precision).type

    def is_zero(gap: float) -> bool:
        others = np.full(classes - 1, np.exp(kind(-gap)), kind)
        one = np.ones(1, kind)
        terms = [one, others] if order == "largest first" else [others, one]
        return bool(np.log(np.cumsum(np.concatenate(terms), dtype=kind)[-1]) == 0)

    low, high = 0.0, 60.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if is_zero(middle) else (middle, high)
    return high


def gaps(given: Given) -> Table:
    """Those gaps, with their closed forms.

    `1 + x` rounds to 1 below `2^-m`: with m = 24 of float32 at a gap of `m ln 2` where terms come
    one by one after the largest, and `m ln 2 + ln(p - 1)` where all p - 1 of them come before it.
    """
    rows = []
    for precision in given.settings["precisions"]:
        for classes in given.settings["classes"]:
            for order in ORDERS:
                together = math.log(classes - 1) if order == "largest last" else 0.0
                rows.append(
                    {
                        "precision": precision,
                        "classes": classes,
                        "order": order,
                        "gap": gap_of(classes, precision, order),
                        "expected": BITS[precision] * math.log(2) + together,
                    }
                )
    return in_columns(rows)


# ------------------------------------------------------------------------------ networks


@gp.measure("collapsed")
def collapsed(network: Any, task: Any, samples: Any) -> Any:
    """The share of training samples that are saturated in float16, in float32 and in float64."""
    logits, labels = network(samples.train.inputs), samples.train.labels
    found = [
        gp.measures.saturated(logits, labels, "float16"),
        gp.measures.saturated(logits, labels, "float32"),
        gp.measures.saturated(logits, labels, "float64"),
    ]
    return jnp.stack(found).mean(axis=1)


def network(settings: Settings, arm: Any, seed: int, decay: float = 0.0) -> gp.RunSpec:
    """The paper's MLP on one-hot pairs, without biases; its AdamW."""
    group = gp.Group(
        learning_rate=settings["rate"],
        weight_decay=decay,
        beta1=0.9,
        beta2=settings["beta2"],
        epsilon=1e-25,
    )
    return gp.run_spec(
        gp.task("modular-addition", p=settings["p"]),
        gp.MLP(dimension=None, widths=(settings["width"],) * 2, biases="none"),
        gp.Recipe(
            embedding=group,
            decoder=group,
            loss="cross-entropy",
            steps=settings["steps"],
            stop="budget",
            thresholds=gp.Thresholds(validation_accuracy=0.95),
            evaluate_every=settings["every"],
            accelerator=arm,
            measures=("gradient_alignment", collapsed),
        ),
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )


def precisions(settings: Settings) -> Runs:
    """Without decay, on the textbook's cross-entropy in two precisions, and on one that keeps its
    digits, as double precision does for as long as these runs last."""
    arms = {
        "float16": gp.accelerators.TextbookSoftmax("float16"),
        "float32": gp.accelerators.TextbookSoftmax("float32"),
        "float64": None,
    }
    for precision, arm in arms.items():
        for seed in range(settings["seeds"]):
            yield {"precision": precision}, network(settings, arm, seed)


def collapses(given: Given) -> Table:
    """The usual table, with the share that is saturated in the precision that is trained in.

    Returns:
        Also `collapsed`, that share over steps; `collapse_step`, the first recorded step at which
        it is more than a half, None if there is none; and `aligned`, the cosine of the descent
        direction with the weights at the last recorded step before any sample is saturated: after
        it the rounded gradient is another.
    """
    rows = []
    for run in given.runs:
        curves = run.record.curves
        share = curves["collapsed"][:, list(BITS).index(run.labels["precision"])]
        calm = int(np.flatnonzero(np.cumsum(share) == 0)[-1])
        rows.append(
            {
                "collapsed": share,
                "collapse_step": first_step(curves["step"], share > 0.5),
                "aligned": float(curves["gradient_alignment"][calm]),
            }
        )
    usual = usual_table(given.runs, "train_accuracy", "validation_accuracy", "train_loss")
    return {**usual, **in_columns(rows)}


def remedies(settings: Settings) -> Runs:
    """Arms without decay: the textbook's float32, perp-Grad, StableMax; and AdamW with decay."""
    arms: dict[str, tuple[Any, float]] = {
        "none": (gp.accelerators.TextbookSoftmax(), 0.0),
        "perp-Grad": (gp.accelerators.PerpGrad(), 0.0),
        "StableMax": (gp.accelerators.StableMax(), 0.0),
        "decay": (None, 1.0),
    }
    for name in settings["arms"]:
        arm, decay = arms[name]
        for seed in range(settings["seeds"]):
            yield {"arm": name}, network(settings, arm, seed, decay)


def learning(given: Given) -> Table:
    """The usual table, with curves and validation accuracy `at_end`.

    Returns:
        Also `collapse_step`, the first recorded step at which over half of the training samples are
        saturated in float32.
    """
    table, single = usual_table(given.runs), list(BITS).index("float32")
    curves = (run.record.curves for run in given.runs)
    own = {
        "at_end": table["validation_accuracy"],
        "collapse_step": [
            first_step(each["step"], each["collapsed"][:, single] > 0.5) for each in curves
        ],
    }
    shown = curves_of(given.runs, "train_accuracy", "validation_accuracy", "weight_norm")
    return {**table, **shown, **own}
