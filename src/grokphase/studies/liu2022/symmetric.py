"""Figure 18: the permutation group S3, embedded by 3 x 3 matrices, against the training fraction.

The text gives no settings for Figures 17 and 18. Their runs differ in what it leaves open: how
large the initial matrices are (`U[-1/2, 1/2]` as in Figure 6 (d), or a tenth of it, as in a later
script of the authors) and how the decoder learns. What is claimed is measured for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import CONFIDENCE, Interval, Measured, among, estimator
from grokphase.estimators.estimator import judged
from grokphase.estimators.intervals import kept_interval, over_seeds, worst
from grokphase.estimators.several import all_within
from grokphase.estimators.table import column, holds
from grokphase.studies.data import in_columns
from grokphase.studies.given import Given
from grokphase.studies.paper import Settings

if TYPE_CHECKING:
    from grokphase.theory.critical import CriticalFraction
    from grokphase.training.spec import RunSpec

Data = Mapping[str, Mapping[str, Any]]
Table = dict[str, Any]

SETTINGS: Final = {
    "wide": "wide start",
    "small": "small start",
    "decayed": "small start, weight decay",
}
"""What the text leaves open, in words."""


def runs(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """S3 with so many training samples, to the end of the budget.

    A parallelogram counts as in the authors' code: mean square of E_a E_b - E_c E_d below 0.5, in
    units of the mean square of all entries.
    """
    from grokphase.measures.parallelograms import MATRIX_DELTA
    from grokphase.models.specification import Toy
    from grokphase.studies.liu2022.settings import permutations
    from grokphase.tasks import Split
    from grokphase.training import Group, Recipe, Thresholds
    from grokphase.training.asked import run_spec

    for variant, (scale, rate, decay) in settings["variants"].items():
        model = Toy(dimension=3, combine="product", embedding_scale=scale)
        recipe = Recipe(
            embedding=Group(learning_rate=1e-3),
            decoder=Group(learning_rate=rate, weight_decay=decay),
            steps=settings["steps"],
            stop="budget",
            thresholds=Thresholds(rqi_delta=MATRIX_DELTA),
        )
        for size in settings["sizes"]:
            for seed in range(settings["seeds"]):
                split = Split(count=size)
                spec = run_spec(permutations(), model, recipe, split=split, seed=seed)
                yield {"variant": variant, "size": size}, spec


def fractions(given: Given) -> Table:
    """RQI, its time, accuracy and predicted accuracy against the training fraction.

    Returns:
        For each run `variant`, `size`, `seed`, `rqi`, `rqi_step` (None: not reached), `accuracy`
        on all samples, `validation`, `predicted_code`, `predicted_text` and `steps`; with `theory`,
        the fraction at which half of the random training sets determine all parallelograms by
        deduction.
    """
    from grokphase import theory
    from grokphase.studies.liu2022.settings import accuracy_of_all, final_embedding, permutations
    from grokphase.tasks import Split

    learned, rows = permutations(), []
    samples = len(learned.labels)
    for run in given.runs:
        record, size = run.record, run.labels["size"]
        trained, _ = Split(count=size).indices(learned, record.seed)
        code, text = (
            theory.predicted_accuracy(
                final_embedding(record), learned, trained, convention=convention
            )
            for convention in ("code", "paper")
        )
        rows.append(
            {
                **run.labels,
                "seed": record.seed,
                "rqi": record.final["rqi"],
                "rqi_step": record.rqi_step,
                "accuracy": accuracy_of_all(record, size / samples),
                "validation": record.final["validation_accuracy"],
                "predicted_code": code,
                "predicted_text": text,
                "steps": record.steps_trained,
            }
        )
    expected = theory.critical_fraction_of_matrices(learned, trials=given.settings["trials"])
    return {
        **in_columns(rows),
        "samples": samples,
        "theory": expected.critical_fraction,
        "theory_interval": _interval(expected),
        "trials": expected.trials,
    }


def _interval(expected: CriticalFraction) -> Interval:
    """Of the critical fraction."""
    from grokphase.theory import clopper_pearson
    from grokphase.theory.critical import crossing

    successes = np.rint(expected.probability_unique * expected.trials).astype(np.int64)
    low, high = clopper_pearson(successes, expected.trials, confidence=CONFIDENCE)
    fraction = expected.train_counts / expected.samples
    return crossing(fraction, high, 0.5), crossing(fraction, low, 0.5)


# ------------------------------------------------------------------------------ tables


def of_runs(data: Data) -> Table:
    """A row a run: besides what was kept, its training `fraction`, and `explained`.

    That is the accuracy predicted by either convention, with a guess for the rest, which is right
    in one of six cases, and 0.1 more.
    """
    table = _rows(data["fig18"])
    promised = np.maximum(column(table, "predicted_code"), column(table, "predicted_text"))
    table["fraction"] = column(table, "size") / table["samples"]
    table["explained"] = promised + (1 - promised) / 6 + 0.1
    table["note"] = _counts(table, holds(table, "accuracy", "> explained"))
    return table


def _rows(figure: Mapping[str, Any]) -> Table:
    return {name: each for name, each in figure.items() if name != "theory_interval"}


def _promising(data: Data, *, predicted: str) -> Table:
    """Runs that predict more right than was trained: of the others memorization says it all."""
    table = among(of_runs(data), {predicted: "> fraction"})
    return {**table, "note": _counts(table, holds(table, "accuracy", f">= {predicted}"))}


promising_code = partial(_promising, predicted="predicted_code")
promising_text = partial(_promising, predicted="predicted_text")


def _counts(table: Table, so: NDArray[np.float64]) -> str:
    """In how many runs of each setting something is so, and how many leave no room above."""
    variant = np.asarray(table["variant"])
    counts = (
        f"{words} {int(so[variant == name].sum())} of {(variant == name).sum()}"
        for name, words in SETTINGS.items()
    )
    full = int(holds(table, "accuracy", 1).sum())
    return f"By setting: {'; '.join(counts)}; the accuracy is 1 in {full} of them."


def for_drawing(figure: Mapping[str, Any]) -> Table:
    """The figure's data, with how many runs are below what either convention predicts."""
    above = {
        f"above_{name}": int((1 - holds(_rows(figure), "accuracy", f">= predicted_{name}")).sum())
        for name in ("code", "text")
    }
    return {**figure, **above, "runs": len(figure["seed"])}


# ------------------------------------------------------------------------------ claims


def _by_setting(data: Data) -> dict[str, Table]:
    """The runs of each setting, by its name in words."""
    table = of_runs(data)
    rows = {words: among(table, {"variant": name}) for name, words in SETTINGS.items()}
    return {words: some for words, some in rows.items() if some["seed"]}


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}"


def least_fraction(data: Data, *, within: list[float]) -> Measured:
    """The least fraction at which a network of any setting reaches RQI 0.95.

    Args:
        data: of Figure 18.
        within: where the claim puts it.
    """
    table = of_runs(data)
    reached = holds(table, "rqi_step", "reached") == 1
    fraction = np.where(reached, table["fraction"], np.inf)
    if not reached.any():
        return Measured("not reached", "fails", seeds=len(set(table["seed"])))
    least = float(fraction.min())
    shares = {one: reached[table["fraction"] == one] for one in np.unique(table["fraction"])}
    counts = ", ".join(
        f"{there.sum()} of {there.size} at {one:.2f}"
        for one, there in shares.items()
        if one >= least
    )
    where = {
        words: among(rows, {"rqi_step": "reached"})["fraction"]
        for words, rows in _by_setting(data).items()
    }
    settings = "; ".join(
        f"{words}: {_said(min(found, default='not reached'))}" for words, found in where.items()
    )
    interval = over_seeds(table["seed"], lambda rows: float(fraction[rows].min()))
    note = f"{counts}; the least by setting: {settings}."
    return judged(least, interval, within, len(set(table["seed"])), note)


def earliest_half(data: Data, **how: Any) -> Measured:
    """Where half of the networks reach RQI 0.95, in the setting in which that is earliest.

    Args:
        data: of Figure 18.
        how: what the estimator "crossing" takes.
    """
    half, rows = estimator("crossing"), _by_setting(data)
    # One resample is enough to know the place.
    found = {words: half(some, **how, draws=1).value for words, some in rows.items()}
    best = min(found, key=lambda words: (isinstance(found[words], str), found[words]))
    note = "; ".join(f"{words}: {_said(value)}" for words, value in found.items())
    return replace(half(rows[best], **how), note=f"{note}.")


def sharp(data: Data, *, below: float, above: float) -> Measured:
    """Whether few training sets below a fraction reach RQI 0.95, and most above another.

    Fewer than a third, and more than two thirds, of the setting in which most do.

    Args:
        data: of Figure 18.
        below: the lower fraction.
        above: the higher one.
    """
    share, rows = estimator("share"), _by_setting(data)
    easiest = max(rows, key=lambda words: holds(rows[words], "rqi_step", "reached").sum())
    sides = ((f"< {below}", {"at_most": 1 / 3}), (f"> {above}", {"at_least": 2 / 3}))
    low, high = (
        share(among(rows[easiest], {"fraction": side}), column="rqi_step", so="reached", **limit)
        for side, limit in sides
    )
    if low.interval is None or high.interval is None:
        return Measured("no runs on both sides", "inconclusive", seeds=max(low.seeds, high.seeds))
    return Measured(
        float(high.value) - float(low.value),
        worst(low.verdict, high.verdict),
        (high.interval[0] - low.interval[1], high.interval[1] - low.interval[0]),
        high.seeds,
        f"RQI > 0.95 below {below}: {low.note} Above {above}: {high.note} {easiest.capitalize()}; "
        "each share is judged by its own interval.",
    )


def each_setting(data: Data, **how: Any) -> Measured:
    """Whether quantities go together in every setting; the one in which they do least is shown.

    Args:
        data: of Figure 18.
        how: what the estimator "rank-correlation" takes.
    """
    rows = _by_setting(data)
    parts = {
        words: partial(estimator("rank-correlation"), some, **how) for words, some in rows.items()
    }
    return all_within(parts, lambda _, value: -value, len(set(data["fig18"]["seed"])))


def by_deduction(data: Data, *, within: list[float]) -> Measured:
    """The fraction at which half of the random training sets determine all parallelograms.

    Args:
        data: of Figure 18.
        within: where the claim puts it.
    """
    figure = data["fig18"]
    interval = kept_interval(figure["theory"], tuple(figure["theory_interval"]))
    return judged(figure["theory"], interval, within, figure["trials"], "No training.")
