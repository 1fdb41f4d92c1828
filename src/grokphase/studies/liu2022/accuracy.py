"""Figures 3 and 10: what a representation promises, what the network keeps, what is possible.

The runs are those of `settings.sized_runs`. Each gives its accuracy on all 55 samples, the
accuracy that its final embedding promises (Appendix D), its representation quality, and the bounds
that its training set sets on both (Appendix E). Nothing but the runs is random.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.figure import Data, Figure
from grokphase.studies.liu2022.accuracy_claims import CLAIMS as CLAIMS
from grokphase.studies.liu2022.accuracy_claims import DELTAS
from grokphase.studies.liu2022.drawings.accuracy import draw_agreement, draw_bounds
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord
    from grokphase.theory.conventions import Convention

Floats = NDArray[np.float64]


def agreement(work: Work) -> Data:
    """Accuracy, and the accuracy that the final representation promises: Figure 3.

    Returns:
        `samples` |D0|, and for each run `size`, `seed`, `accuracy`, `predicted_code` and
        `predicted_paper`.
    """
    return _runs(work, _agreement)


def bounds(work: Work) -> Data:
    """RQI and accuracy beside what an ideal model reaches on the same training set: Figure 10.

    Returns:
        As `agreement`, and for each run `ideal_rqi`, `ideal_accuracy`, and in both conventions
        `rqi_*` and `unexplained_*`, how many parallelograms of P(R) are not in P(D). `least` is
        the least number of samples that determine the structure, `least_set` one such set.
        `chance` is the mean RQI of random embeddings under the code's tolerance.
    """
    from grokphase.studies.liu2022 import settings
    from grokphase.studies.liu2022.least import least_determining

    least = least_determining(settings.toy())
    inputs = settings.toy().inputs
    return {
        **_runs(work, lambda run: {**_agreement(run), **_bounds(run)}),
        "least": len(least),
        "least_set": [inputs[sample].tolist() for sample in least],
        "chance": float(random_quality("code").mean()),
    }


def random_quality(
    convention: Convention, draws: int = 500, seed: int = 0, delta: float | None = None
) -> Floats:
    """The RQI of random embeddings of ten symbols in one dimension.

    Args:
        convention: of a realised parallelogram.
        draws: embeddings from a standard normal distribution.
        seed: of the draws.
        delta: the tolerance, see `theory.sides`.

    Returns:
        (draws,).
    """
    from grokphase.studies.liu2022 import settings
    from grokphase.theory import rqi

    toy, random = settings.toy(), np.random.default_rng(seed)
    return np.array(
        [
            rqi(one, toy, convention=convention, delta=delta)
            for one in random.standard_normal((draws, toy.symbols or 0))
        ]
    )


def _runs(work: Work, measured: Callable[[RunRecord], dict[str, float]]) -> dict[str, Any]:
    """Columns of what is measured on each of the shared runs."""
    from grokphase.studies.liu2022 import settings

    rows = [
        {"size": size, "seed": seed, **measured(record)}
        for (size, seed), record in settings.sized_runs(work).items()
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {"samples": len(settings.toy()), **columns}


def _agreement(run: RunRecord) -> dict[str, float]:
    from grokphase.studies.liu2022 import settings
    from grokphase.theory import predicted_accuracy

    toy, embedding, train = settings.toy(), settings.final_embedding(run), _train(run)
    share = len(train) / len(toy)
    found = {"accuracy": settings.accuracy_of_all(run, share)}
    for convention in DELTAS:
        found[f"predicted_{convention}"] = predicted_accuracy(
            embedding, toy, train, convention=convention
        )
    return found


def _bounds(run: RunRecord) -> dict[str, float]:
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    toy, embedding, train = settings.toy(), settings.final_embedding(run), _train(run)
    implied = {tuple(pair) for pair in theory.implied_parallelograms(toy, train).tolist()}
    every = theory.count(toy)
    found = {
        "ideal_rqi": len(implied) / every,
        "ideal_accuracy": theory.ideal_accuracy(toy, train),
    }
    for convention in DELTAS:
        pairs = theory.realised_parallelograms(embedding, toy, convention=convention).tolist()
        found[f"rqi_{convention}"] = len(pairs) / every
        found[f"unexplained_{convention}"] = sum(tuple(pair) not in implied for pair in pairs)
    return found


def _train(run: RunRecord) -> NDArray[np.int32]:
    from grokphase.studies.liu2022 import settings

    size = int(run.spec["split"]["count"])
    return settings.sized(size, run.seed).split.indices(settings.toy(), run.seed)[0]


_RUNS = (
    "Addition, p = 10, 1-D embeddings; {seeds} seeds (the paper: 3), each with its own labels, "
    "initial weights and nested training sets of 5 to 54 of 55 samples; 10,000 steps of AdamW at "
    "1e-3 (embedding) and 1e-4 (decoder); accuracy over all 55 samples after the last step."
)

FIGURES: tuple[Figure, ...] = (
    Figure(
        id="fig3",
        where="Figure 3",
        title="Accuracy, measured and predicted from the representation",
        compute=agreement,
        draw=draw_agreement,
        settings={"quick": _RUNS.format(seeds=5), "paper": _RUNS.format(seeds=20)},
    ),
    Figure(
        id="fig10",
        where="Figure 10",
        title="RQI and accuracy of trained models and of the ideal one",
        compute=bounds,
        draw=draw_bounds,
        settings={"quick": _RUNS.format(seeds=5), "paper": _RUNS.format(seeds=20)},
    ),
)
"""Figures 3 and 10."""
