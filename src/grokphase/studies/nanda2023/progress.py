"""How a circuit comes about: losses, weights and Fourier norms through training.

Key frequencies are those of the trained network, at every step, as in the paper.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.measures import circuit_phases, excluded_logits, restricted_loss
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained, first_step, row_at, usual_table
from grokphase.studies.nanda2023.circuit import keys_of, loss
from grokphase.studies.nanda2023.runs import PAIRS, shown

FALLEN: Final = 0.95
"""Of ln p, the loss of a guess: where the restricted loss is said to have begun its fall."""

PHASES: Final = ("memorization", "circuit formation", "cleanup")


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
    usual = usual_table(given.runs, "train_loss", "validation_loss")
    return {**usual, **in_columns(rows), "pairs": PAIRS}


def _progress(run: Trained, keys: tuple[int, ...]) -> dict[str, Any]:
    """Restricted and excluded loss with these frequencies at every recorded step."""
    curves: Any = run.record.curves
    spec: Any = run.spec
    results: Any = np.arange(spec.task.classes)
    train, _ = run.parts
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
    below = first_step(step[peak:], validation[peak:] < chance)
    falls = row_at(step, below)
    low = int(np.argmin(excluded[: len(step) if falls is None else falls + 1]))
    squares = curves["weight_norm"] ** 2
    after = slice(int(np.argmax(squares)), None)
    slope = np.gradient(squares[after], step[after])
    steepest = {"steepest": slope, "steepest_log": slope * step[after]}
    try:
        found = circuit_phases(step, excluded, validation)
        ends = {phase.name: phase.end for phase in found}
    except GrokphaseError:
        ends = {}
    return {
        "restricted_falls": first_step(step, curves["restricted"] < FALLEN * chance),
        "same_step_falls": first_step(step, curves["restricted_loss"] < FALLEN * chance),
        "validation_peak": int(step[peak]),
        "validation_falls": below,
        "excluded_lowest": int(step[low]),
        "excluded_rise": None if falls is None else float(excluded[falls] / excluded[low]),
        **{
            name: validation_step and float(step[after][np.argmin(fall)] / validation_step)
            for name, fall in steepest.items()
        },
        **{name.replace(" ", "_"): ends.get(name) for name in PHASES},
        "phases": len(ends),
    }


def weights(given: Given) -> Data:
    """Sums of squared weights and Gini coefficients through training.

    Returns:
        The usual table, whose last Gini coefficients are `embedding_gini_last` and
        `logit_map_gini_last`, with the curves `squares`, `embedding_gini` and `logit_map_gini`.
    """
    curves = usual_table(given.runs, "embedding_gini", "logit_map_gini")
    return {
        **curves,
        "squares": [run.record.curves["weight_norm"] ** 2 for run in given.runs],
        "embedding_gini_last": [curve[-1] for curve in curves["embedding_gini"]],
        "logit_map_gini_last": [curve[-1] for curve in curves["logit_map_gini"]],
    }
