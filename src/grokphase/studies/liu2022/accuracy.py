"""Figures 3 and 10: what a representation promises, what the network keeps, what is possible.

The runs are those of `settings.sized_runs`. Each gives its accuracy on all 55 samples, the
accuracy that its final embedding promises (Appendix D), its representation quality, and the bounds
that its training set sets on both (Appendix E). Nothing but the runs is random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import Measured, Range, among, intervals
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained
from grokphase.studies.liu2022.settings import accuracy_of_all, final_embedding, toy

if TYPE_CHECKING:
    from grokphase.theory.conventions import Convention

Floats = NDArray[np.float64]

CONVENTIONS: Final[tuple[Convention, ...]] = ("code", "paper")
"""Of a realised parallelogram, see `grokphase.theory.sides`."""

ROUNDING: Final = 1e-6
"""Results keep seven digits; shares of at most 70 parallelograms differ by 1/70 at least."""

_GAP = 0.1  # of RQI, below which a model counts as near its ideal


def agreement(given: Given) -> Data:
    """Accuracy, and the accuracy that the final representation promises: Figure 3.

    Returns:
        `samples` |D0|, and for each run `size`, `seed`, `accuracy`, `predicted_code` and
        `predicted_paper`.
    """
    return _columns([_agreement(run) for run in given.runs])


def bounds(given: Given) -> Data:
    """RQI and accuracy beside what an ideal model reaches on the same training set: Figure 10.

    Returns:
        As `agreement`, and for each run `ideal_rqi`, `ideal_accuracy`, and in both conventions
        `rqi_*` and `unexplained_*`, how many parallelograms of P(R) are not in P(D). `least` is
        the least number of samples that determine the structure, `least_set` one such set.
        `chance` is the mean RQI of random embeddings under the code's tolerance.
    """
    least = _least_pairs()
    return {
        **_columns([{**_agreement(run), **_bounds(run)} for run in given.runs]),
        "least": len(least),
        "least_set": least,
        "chance": float(random_quality("code").mean()),
    }


def random_quality(convention: Convention, draws: int = 500) -> Floats:
    """The RQI of random embeddings of ten symbols in one dimension.

    Args:
        convention: of a realised parallelogram.
        draws: embeddings from a standard normal distribution.

    Returns:
        (draws,).
    """
    from grokphase.theory import rqi

    addition, random = toy(), np.random.default_rng(0)
    return np.array(
        [
            rqi(one, addition, convention=convention)
            for one in random.standard_normal((draws, addition.symbols or 0))
        ]
    )


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {"samples": len(toy()), **in_columns(rows)}


def _agreement(run: Trained) -> dict[str, float]:
    from grokphase.theory import predicted_accuracy

    task, embedding, train = toy(), final_embedding(run.record), training_set(run.spec)
    found = {
        "size": len(train),
        "seed": run.spec.seed,
        "accuracy": accuracy_of_all(run.record, len(train) / len(task)),
    }
    for convention in CONVENTIONS:
        found[f"predicted_{convention}"] = predicted_accuracy(
            embedding, task, train, convention=convention
        )
    return found


def _bounds(run: Trained) -> dict[str, float]:
    from grokphase import theory

    task, embedding, train = toy(), final_embedding(run.record), training_set(run.spec)
    implied = {tuple(pair) for pair in theory.implied_parallelograms(task, train).tolist()}
    every = theory.count(task)
    found = {
        "ideal_rqi": len(implied) / every,
        "ideal_accuracy": theory.ideal_accuracy(task, train),
    }
    for convention in CONVENTIONS:
        pairs = theory.realised_parallelograms(embedding, task, convention=convention).tolist()
        found[f"rqi_{convention}"] = len(pairs) / every
        found[f"unexplained_{convention}"] = sum(tuple(pair) not in implied for pair in pairs)
    return found


def training_set(spec: Any) -> NDArray[np.int32]:
    """Indices of the training samples of one of the runs."""
    return np.asarray(spec.split.indices(toy(), spec.seed)[0])


# ------------------------------------------------------------------------------ tables


def by_convention(data: Mapping[str, Data]) -> dict[str, Any]:
    """The runs of Figure 3 or 10, a row for each run and convention of a parallelogram.

    Beside what was measured: `memorized`, the share of samples that were trained; `gain` and
    `promised`, what is right and what is predicted beyond it; `exact`, all samples are right;
    `excess`, samples right beyond those predicted; `guessed`, how many a guess among the sums
    makes right of those not predicted; `far`, whether the RQI is clearly below the ideal one;
    `implied`, whether that is 1.
    """
    (given,) = data.values()
    names = ("size", "seed", "accuracy", "ideal_rqi", "ideal_accuracy")
    both = ("predicted", "rqi", "unexplained")
    found: dict[str, Any] = {
        "convention": np.repeat(CONVENTIONS, len(given["seed"])),
        **{name: np.tile(given[name], len(CONVENTIONS)) for name in names if name in given},
        **{
            name: np.concatenate([given[f"{name}_{convention}"] for convention in CONVENTIONS])
            for name in both
            if f"{name}_{CONVENTIONS[0]}" in given
        },
    }
    samples, right, predicted = given["samples"], found["accuracy"], found["predicted"]
    memorized = found["size"] / samples
    found |= {
        "memorized": memorized,
        "gain": right - memorized,
        "promised": predicted - memorized,
        "exact": right > 1 - ROUNDING,
        "excess": (right - predicted) * samples,
        "guessed": (1 - predicted) * samples / toy().classes,
    }
    if "ideal_rqi" in found:
        far = found["rqi"] < found["ideal_rqi"] - _GAP
        implied = found["ideal_rqi"] > 1 - ROUNDING
        found |= {"far": far, "implied": implied, "far_though_implied": far & implied}
    return found


def differences(data: Data) -> dict[str, Any]:
    """Figure 3 with the mean difference between accuracy and what is predicted."""
    apart = {
        f"apart_{convention}": float(
            np.abs(np.subtract(data["accuracy"], data[f"predicted_{convention}"])).mean()
        )
        for convention in CONVENTIONS
    }
    return {**data, **apart}


def exceeding(data: Data) -> dict[str, Any]:
    """Figure 10 with how many runs are above what should bound them, and the least fraction."""
    bounded = {"rqi_code": "ideal_rqi", "rqi_paper": "ideal_rqi", "accuracy": "ideal_accuracy"}
    above = {
        f"above_{name}": int((np.subtract(data[name], data[bound]) > ROUNDING).sum())
        for name, bound in bounded.items()
    }
    fraction = data["least"] / data["samples"]
    return {**data, **above, "runs": len(data["seed"]), "least_fraction": fraction}


# ------------------------------------------------------------------------------ judging


def agree(
    data: Mapping[str, Data],
    *,
    convention: Convention,
    first: str,
    second: str,
    within: Range,
    apart: Range = (0.0, np.inf),
) -> Measured:
    """Whether two columns agree: Pearson's correlation, and their mean absolute difference.

    Args:
        data: of Figure 3.
        convention: of a parallelogram.
        first: column of `by_convention`.
        second: the other.
        within: the range of their correlation.
        apart: the range of their mean absolute difference.
    """
    table = among(by_convention(data), {"convention": convention})
    one, other = (np.asarray(table[name], np.float64) for name in (first, second))
    distance = np.abs(one - other)
    related = intervals.over_seeds(table["seed"], lambda at: _correlation(one[at], other[at]))
    between = intervals.over_seeds(table["seed"], lambda at: float(distance[at].mean()))
    return Measured(
        value=_correlation(one, other),
        verdict=intervals.worst(
            intervals.within(related, *within), intervals.within(between, *apart)
        ),
        interval=related,
        seeds=len(set(table["seed"])),
        note=f"Mean {first} {one.mean():.3f}, {second} {other.mean():.3f}; mean difference "
        f"{distance.mean():.3f} ({between[0]:.3f} to {between[1]:.3f}) over {len(one)} runs.",
    )


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson's correlation; NaN where one of the two does not vary."""
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def few_samples(_: Mapping[str, Data], *, below: float) -> Measured:
    """How few training samples can determine the structure of addition, exactly.

    Args:
        below: the claim holds if it is a smaller share of all samples.
    """
    pairs = _least_pairs()
    share = len(pairs) / len(toy())
    listed = ", ".join("({}, {})".format(*pair) for pair in pairs)
    return Measured(
        value=len(pairs),
        verdict="holds" if share < below else "fails",
        note=f"{share:.0%} of {len(toy())} samples are enough, and fewer never are: {listed}.",
    )


def _least_pairs() -> list[list[int]]:
    """A smallest training set that determines the structure."""
    from grokphase.studies.liu2022.least import least_determining

    found: list[list[int]] = toy().inputs[list(least_determining(toy()))].tolist()
    return found
