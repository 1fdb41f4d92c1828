"""What the paper says of Figures 3 and 10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grokphase.studies import verdict
from grokphase.studies.claim import Claim, Measured
from grokphase.studies.figure import Data
from grokphase.studies.liu2022.columns import (
    ROUNDING,
    Floats,
    Rows,
    below_one,
    both,
    column,
    every,
    not_above,
    promises_more,
    seed_count,
)
from grokphase.studies.share import share
from grokphase.studies.verdict import Interval

if TYPE_CHECKING:
    from grokphase.theory.conventions import Convention

DELTAS: Mapping[Convention, str] = {
    "code": "authors' code: sides meet within 0.1 standard deviations",
    "paper": "text: sides meet within delta = 0.01 of the embedding as it is",
}
"""The two conventions of a realised parallelogram, see `grokphase.theory.sides`."""

_SHARE = 0.95  # of the runs, for what the paper says of all or nearly all of them
_GAP = 0.1  # of RQI, below which a model counts as near its ideal
_CORRELATION, _DIFFERENCE = 0.9, 0.1

_SUMS = 19  # of p = 10

_CONVENTION = (
    "the last of 10,000 steps; parallelograms by the {}; intervals: bootstrap over seeds, whose "
    "runs share nested training sets; for shares, no narrower than the exact one over runs, or "
    "over seeds where all runs agree"
)


def correlation(first: Floats, second: Floats) -> float:
    """Pearson's correlation; NaN where one of the two does not vary."""
    if first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _agrees(convention: Convention) -> Callable[[Mapping[str, Data]], Measured]:
    def measure(data: Mapping[str, Data]) -> Measured:
        given = data["fig3"]
        real, predicted = column(given, "accuracy"), column(given, f"predicted_{convention}")
        related = verdict.over_seeds(given["seed"], lambda at: correlation(real[at], predicted[at]))
        apart = np.abs(real - predicted)
        distance = verdict.over_seeds(given["seed"], lambda at: float(apart[at].mean()))
        return Measured(
            value=correlation(real, predicted),
            verdict=verdict.worst(
                verdict.within(related, _CORRELATION, 1.0),
                verdict.within(distance, 0.0, _DIFFERENCE),
            ),
            interval=related,
            seeds=seed_count(given),
            note=f"mean |Acc - predicted| = {apart.mean():.3f} ({_text(distance)}) over "
            f"{len(real)} runs",
        )

    return measure


def _gains(convention: Convention) -> Callable[[Mapping[str, Data]], Measured]:
    def measure(data: Mapping[str, Data]) -> Measured:
        given = data["fig3"]
        memorized = column(given, "size") / given["samples"]
        real = column(given, "accuracy") - memorized
        predicted = column(given, f"predicted_{convention}") - memorized
        related = verdict.over_seeds(given["seed"], lambda at: correlation(real[at], predicted[at]))
        return Measured(
            value=correlation(real, predicted),
            verdict=verdict.within(related, _CORRELATION, 1.0),
            interval=related,
            seeds=seed_count(given),
            note=f"mean gain of accuracy {real.mean():.3f}, promised {predicted.mean():.3f}",
        )

    return measure


def _share(
    figure: str,
    holds: Rows,
    least: float,
    note: Callable[[Data], str] = lambda _: "",
    among: Rows = every,
) -> Callable[[Mapping[str, Data]], Measured]:
    """The share of runs, or of those among them, in which something holds."""

    def measure(data: Mapping[str, Data]) -> Measured:
        given = data[figure]
        chosen = among(given)
        true, seeds = holds(given)[chosen], np.asarray(given["seed"])[chosen]
        words = [f"{int(true.sum())} of {len(true)} runs", note(given)]
        return share(seeds, true, least, "; ".join(filter(None, words)))

    return measure


def _unable(among: Rows, upper: str) -> Callable[[Data], str]:
    """How many of the runs cannot break a lower bound, as the upper one is 1."""
    return lambda data: (
        f"in {int((among(data) & ~below_one(upper)(data)).sum())} of them {upper} is 1, which "
        "nothing exceeds"
    )


def _luck(predicted: str) -> Callable[[Data], str]:
    """How much of what exceeds a prediction guessing would give."""

    def note(data: Data) -> str:
        real, promised = column(data, "accuracy"), column(data, predicted)
        excess = (real - promised).mean() * data["samples"]
        guessed = (1 - promised).mean() * data["samples"] / _SUMS
        return (
            f"accuracy is above the prediction by {excess:.2f} samples in the mean; a guess among "
            f"{_SUMS} sums for each sample not promised would give {guessed:.2f}"
        )

    return note


def _explained(convention: Convention) -> Callable[[Mapping[str, Data]], Measured]:
    name = f"unexplained_{convention}"

    def measure(data: Mapping[str, Data]) -> Measured:
        given = data["fig10"]
        extra = column(given, name)
        worst = int(extra.max())
        within = _share(
            "fig10",
            lambda found: column(found, name) == 0,
            _SHARE,
            lambda _: (
                f"{extra.sum():.0f} parallelograms in all are realised and not implied, "
                f"{worst} in the run with most"
            ),
            among=below_one("ideal_rqi"),
        )
        return within(data)

    return measure


def _far(convention: Convention) -> Callable[[Mapping[str, Data]], Measured]:
    def measure(data: Mapping[str, Data]) -> Measured:
        given = data["fig10"]
        ideal, real = column(given, "ideal_rqi"), column(given, f"rqi_{convention}")
        able = ideal > _GAP  # the others have nowhere to fall from
        far = real < ideal - _GAP

        def far_share(at: NDArray[np.int64]) -> float:
            chosen = at[able[at]]
            return float(far[chosen].mean()) if len(chosen) else float("nan")

        everywhere = np.arange(len(ideal))
        interval = verdict.over_seeds(given["seed"], far_share)
        full = able & (ideal > 1 - ROUNDING)
        return Measured(
            value=far_share(everywhere),
            verdict=verdict.within(interval, 0.5, 1.0),
            interval=interval,
            seeds=seed_count(given),
            note=f"of {able.sum()} runs whose ideal RQI is above {_GAP}; of the {full.sum()} whose "
            f"ideal RQI is 1, {(far & full).sum()}",
        )

    return measure


def _few_samples(_: Mapping[str, Data]) -> Measured:
    from grokphase.studies.liu2022.least import least_determining
    from grokphase.tasks import task

    toy = task("addition", p=10)
    least = least_determining(toy)
    samples = ", ".join("({}, {})".format(*toy.inputs[sample]) for sample in least)
    return Measured(
        value=len(least),
        verdict="holds" if len(least) < 0.4 * len(toy) else "fails",
        note=f"{len(least) / len(toy):.0%} of {len(toy)} samples are enough, and fewer never are: "
        f"{samples}",
    )


def _text(interval: Interval) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def _both(build: Callable[[Convention], tuple[Claim, ...]]) -> tuple[Claim, ...]:
    """The same claims by the convention of the code, then by that of the text."""
    return tuple(claim for convention in DELTAS for claim in build(convention))


def _claims_of_figure_3(convention: Convention) -> tuple[Claim, ...]:
    words = _CONVENTION.format(DELTAS[convention])
    return (
        Claim(
            id=f"predicted-accuracy-{convention}",
            where="Section 3.1, Figure 3 (c)",
            statement="The accuracy predicted from the representation agrees with the real one "
            "over training sets of all sizes.",
            published='"aligns well", Acc ~ predicted Acc; no number',
            tolerance=f"correlation above {_CORRELATION} and mean absolute difference below "
            f"{_DIFFERENCE}",
            needs=("fig3",),
            measure=_agrees(convention),
            convention=words,
        ),
        Claim(
            id=f"predicted-gain-{convention}",
            where="Appendix D, Figure 3 (a)(b)",
            statement="What is right beyond the training set is predicted from the "
            "representation: the gains of accuracy over memorization, real and predicted, agree.",
            published='"the vertical gap refers to generalization"; no number',
            tolerance=f"correlation of the two gains above {_CORRELATION}",
            needs=("fig3",),
            measure=_gains(convention),
            convention=words + "; sharper than Figure 3 (c), where both accuracies rise with the "
            "training set by memorization alone",
        ),
        Claim(
            id=f"predicted-lower-bound-{convention}",
            where="this work (Figure 18 (e), for addition)",
            statement="The predicted accuracy is a lower bound of the real one, in addition as in "
            "the permutation group.",
            published='"serves as a lower bound" (permutation group)',
            tolerance=f"so in at least {_SHARE:.0%} of the runs that predict more than their "
            "training samples",
            needs=("fig3",),
            measure=_share(
                "fig3",
                not_above(f"predicted_{convention}", "accuracy"),
                _SHARE,
                _unable(promises_more(f"predicted_{convention}"), "accuracy"),
                among=promises_more(f"predicted_{convention}"),
            ),
            convention=words,
        ),
        Claim(
            id=f"predicted-upper-bound-{convention}",
            where="this work (Figure 3 (c))",
            statement="The predicted accuracy is an upper bound of the real one, in addition: "
            "samples are right for no other reason than parallelograms.",
            published='not said; "one possible mechanism of induction" (Appendix D)',
            tolerance=f"so in at least {_SHARE:.0%} of the runs",
            needs=("fig3",),
            measure=_share(
                "fig3",
                not_above("accuracy", f"predicted_{convention}"),
                _SHARE,
                _luck(f"predicted_{convention}"),
            ),
            convention=words,
        ),
    )


def _claims_of_figure_10(convention: Convention) -> tuple[Claim, ...]:
    words = _CONVENTION.format(DELTAS[convention])
    return (
        Claim(
            id=f"alexander-principle-{convention}",
            where="Appendix E, Eq. 15",
            statement="Every parallelogram of a trained representation is implied by its "
            "training set: P(R) is a subset of P(D).",
            published='a "belief", violated "in very rare cases"',
            tolerance=f"so in at least {_SHARE:.0%} of the runs whose training set does not imply "
            "all parallelograms",
            needs=("fig10",),
            measure=_explained(convention),
            convention=words,
        ),
        Claim(
            id=f"rqi-bound-{convention}",
            where="Appendix E, Eq. 16, Figure 10 (c)",
            statement="The RQI of the ideal model bounds that of the trained one.",
            published="an upper bound, verified in Figure 10 (c)",
            tolerance=f"so in at least {_SHARE:.0%} of the runs whose ideal RQI is below 1",
            needs=("fig10",),
            measure=_share(
                "fig10",
                not_above(f"rqi_{convention}", "ideal_rqi"),
                _SHARE,
                among=below_one("ideal_rqi"),
            ),
            convention=words,
        ),
        Claim(
            id=f"predicted-accuracy-bound-{convention}",
            where="Appendix E, Eq. 17",
            statement="The accuracy of the ideal model bounds the predicted accuracy of the "
            "trained one.",
            published="an upper bound",
            tolerance=f"so in at least {_SHARE:.0%} of the runs whose ideal accuracy is below 1 "
            "and that predict more than their training samples",
            needs=("fig10",),
            measure=_share(
                "fig10",
                not_above(f"predicted_{convention}", "ideal_accuracy"),
                _SHARE,
                among=both(below_one("ideal_accuracy"), promises_more(f"predicted_{convention}")),
            ),
            convention=words,
        ),
        Claim(
            id=f"far-from-ideal-{convention}",
            where="Appendix E, Figure 10 (c)",
            statement="Trained models are usually far from ideal: their RQI is below the ideal "
            f"one by more than {_GAP}.",
            published='"usually far from being ideal"',
            tolerance=f"so in more than half of the runs whose ideal RQI is above {_GAP}",
            needs=("fig10",),
            measure=_far(convention),
            convention=words,
        ),
    )


CLAIMS: tuple[Claim, ...] = (
    *_both(_claims_of_figure_3),
    *_both(_claims_of_figure_10),
    Claim(
        id="accuracy-bound",
        where="Figure 10 (f)",
        statement="The accuracy of the ideal model bounds the real accuracy of the trained one.",
        published='"upper bounds for those of the realistic algorithm"',
        tolerance=f"so in at least {_SHARE:.0%} of the runs whose ideal accuracy is below 1",
        needs=("fig10",),
        measure=_share(
            "fig10",
            not_above("accuracy", "ideal_accuracy"),
            _SHARE,
            among=below_one("ideal_accuracy"),
        ),
        convention="the last of 10,000 steps; interval: bootstrap over seeds, no narrower than the "
        "exact one over runs",
    ),
    Claim(
        id="ideal-with-few-samples",
        where="Appendix E",
        statement="The ideal RQI can be 1 with less than 40 % of the data.",
        published="< 40 %, 22 of 55 samples",
        tolerance="the least number of samples that determine the structure is below 22",
        needs=(),
        measure=_few_samples,
        convention="exact, over all training sets of p = 10",
    ),
)
"""What the paper says of Figures 3 and 10."""
