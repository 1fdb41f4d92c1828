"""What the paper says of Figures 3 and 10."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import intervals
from grokphase.estimators.measured import Interval, Measured
from grokphase.estimators.shares import measured_share
from grokphase.studies.claim import Claim, Kind
from grokphase.studies.figure import Data
from grokphase.studies.liu2022.baselines import guessers_exceed, ideals, left_to_guess
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

if TYPE_CHECKING:
    from grokphase.theory.conventions import Convention

DELTAS: Mapping[Convention, str] = {
    "code": "authors' code: sides meet within 0.1 standard deviations",
    "paper": "text: sides meet within delta = 0.01 of the embedding as it is",
}
"""The two conventions of a realised parallelogram, see `grokphase.theory.sides`."""

_SHARE = 0.95  # of the runs, for what is said of all or nearly all of them
_RARE = 0.05  # of the runs, by which networks may do worse than what happens by accident
_GAP = 0.1  # of RQI, below which a model counts as near its ideal
_CORRELATION, _DIFFERENCE = 0.9, 0.1

_EASY = "An easy baseline, as most networks know less than can be deduced"

_SUMS = 19  # of p = 10
_PARALLELOGRAMS = 70

_CONVENTION = (
    "the last of 10,000 steps; parallelograms by the {}; intervals: over seeds, whose runs share "
    "nested training sets"
)
_DEFAULTS = (
    "; the defaults of the authors' code are tested, where the paper's Figure 10 had \"a few "
    'useful tricks proposed in Section 4" that it does not name'
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
        related = intervals.over_seeds(
            given["seed"], lambda at: correlation(real[at], predicted[at])
        )
        apart = np.abs(real - predicted)
        distance = intervals.over_seeds(given["seed"], lambda at: float(apart[at].mean()))
        return Measured(
            value=correlation(real, predicted),
            verdict=intervals.worst(
                intervals.within(related, _CORRELATION, 1.0),
                intervals.within(distance, 0.0, _DIFFERENCE),
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
        related = intervals.over_seeds(
            given["seed"], lambda at: correlation(real[at], predicted[at])
        )
        return Measured(
            value=correlation(real, predicted),
            verdict=intervals.within(related, _CORRELATION, 1.0),
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
        return measured_share(seeds, true, least, "; ".join(filter(None, words)))

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


Baseline = Callable[[Data], Floats]
"""Of each run, the probability that a bound holds for a model that does not learn, but draws."""


_NO_CASE = Measured("no such run", "inconclusive")


class _Cases(NamedTuple):
    """Runs that could break a bound: which they are, their seeds, in which of them it holds, and
    how often it would for a baseline."""

    chosen: NDArray[np.bool_]
    seeds: NDArray[np.int64]
    true: NDArray[np.bool_]
    expected: Floats

    @property
    def counted(self) -> str:
        return f"{int(self.true.sum())} of {len(self.true)} runs, {self.true.mean():.1%}"


def _cases(data: Data, holds: Rows, baseline: Baseline, among: Rows) -> _Cases | None:
    chosen = among(data)
    if not chosen.any():
        return None
    seeds = np.asarray(data["seed"])[chosen]
    return _Cases(chosen, seeds, holds(data)[chosen], baseline(data)[chosen])


def _beside(
    holds: Rows,
    baseline: Baseline,
    among: Rows,
    who: str,
    note: Callable[[Data, NDArray[np.bool_]], str],
) -> Callable[[Mapping[str, Data]], Measured]:
    """The share of runs in which a bound holds, less that of a baseline on the same splits.

    Args:
        holds: whether it does.
        baseline: of the same runs.
        among: the runs that could break it.
        who: the baseline in words.
        note: more for the ledger, of the data and the runs that are looked at.
    """

    def measure(data: Mapping[str, Data]) -> Measured:
        cases = _cases(data["fig10"], holds, baseline, among)
        if cases is None:
            return _NO_CASE
        seeds, true, expected = cases.seeds, cases.true, cases.expected
        gap = true - expected
        interval = intervals.over_seeds(seeds, lambda at: float(gap[at].mean()))
        usual = intervals.over_seeds(seeds, lambda at: float(expected[at].mean()))
        return Measured(
            value=float(gap.mean()),
            verdict=intervals.within(interval, -_RARE, 1.0),
            interval=interval,
            seeds=len(np.unique(seeds)),
            note=f"{cases.counted}; {who} {expected.mean():.1%} "
            f"({usual[0]:.1%} to {usual[1]:.1%}); {note(data['fig10'], cases.chosen)}",
        )

    return measure


def _absolute(
    holds: Rows, baseline: Baseline, among: Rows, who: str
) -> Callable[[Mapping[str, Data]], Measured]:
    """The share of runs in which a bound holds as it stands, of those that could break it.

    Args:
        holds: whether it does.
        baseline: what the note says a model reaches that does not learn.
        among: the runs that could break it.
        who: the baseline in words.
    """

    def measure(data: Mapping[str, Data]) -> Measured:
        cases = _cases(data["fig10"], holds, baseline, among)
        if cases is None:
            return _NO_CASE
        return measured_share(
            cases.seeds,
            cases.true,
            _SHARE,
            f"{cases.counted}; the value is the mean over seeds; {who} reaches "
            f"{cases.expected.mean():.1%} on the same training sets",
        )

    return measure


def _no_accident(convention: Convention) -> Baseline:
    return lambda data: np.array([(one.extra == 0).mean() for one in ideals(data, convention)])


def _promises_within(convention: Convention) -> Baseline:
    """How often an ideal model predicts no more than what is implied makes right."""
    return lambda data: np.array(
        [
            (one.predicted <= bound + ROUNDING).mean()
            for one, bound in zip(
                ideals(data, convention), column(data, "ideal_accuracy"), strict=True
            )
        ]
    )


def _parallelograms(
    convention: Convention, extra: Callable[[Data], Floats]
) -> Callable[[Data, NDArray[np.bool_]], str]:
    """How many parallelograms close that nothing implies, of networks and of ideal models."""

    def note(data: Data, chosen: NDArray[np.bool_]) -> str:
        models = [one for one, so in zip(ideals(data, convention), chosen, strict=True) if so]
        found = extra(data)[chosen]
        return (
            f"of {sum(one.possible for one in models):,} parallelograms that are not implied "
            f"{found.sum():.0f} too many, {found.max():.0f} in the run with most; of ideal models "
            f"{sum(one.extra.mean() for one in models):.0f}"
        )

    return note


def _above(convention: Convention) -> Callable[[Data], Floats]:
    """By how many parallelograms the RQI exceeds its bound."""
    return lambda data: np.maximum(
        np.rint((column(data, f"rqi_{convention}") - column(data, "ideal_rqi")) * _PARALLELOGRAMS),
        0,
    )


def _samples_above(name: str) -> Callable[[Data, NDArray[np.bool_]], str]:
    """By how many samples an accuracy exceeds its bound."""

    def note(data: Data, chosen: NDArray[np.bool_]) -> str:
        above = (column(data, name) - column(data, "ideal_accuracy"))[chosen] * data["samples"]
        above = np.rint(np.maximum(above, 0))
        return f"{above.sum():.0f} samples too many, {above.max():.0f} in the run with most"

    return note


def _guesses(data: Data, chosen: NDArray[np.bool_]) -> str:
    many = left_to_guess(data)[chosen].sum() / _SUMS
    return f"{_samples_above('accuracy')(data, chosen)}, who guesses {many:.0f}. {_EASY}"


def _with_ease(
    note: Callable[[Data, NDArray[np.bool_]], str],
) -> Callable[[Data, NDArray[np.bool_]], str]:
    """A note that says of the baseline how little it asks."""
    return lambda data, chosen: f"{note(data, chosen)}. {_EASY}"


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
        interval = intervals.over_seeds(given["seed"], far_share)
        full = able & (ideal > 1 - ROUNDING)
        return Measured(
            value=far_share(everywhere),
            verdict=intervals.within(interval, 0.5, 1.0),
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


_KINDS: Mapping[Convention, Kind] = {"code": "variant", "paper": "paper"}
_IDEAL = "an ideal model under the same delta"
_GUESSER = "one who guesses"
_NO_WORSE = (
    "of the runs {}, the share in which it is so is less by at most "
    f"{_RARE:.0%} of the runs than that of ideal models: random embeddings projected on the ground "
    "states of the same training sets, under the same delta"
)


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
            kind=_KINDS[convention],
        ),
        Claim(
            id=f"predicted-gain-{convention}",
            where="this work (Appendix D, Figure 3 (a)(b))",
            statement="What is right beyond the training set is predicted from the "
            "representation: the gains of accuracy over memorization, real and predicted, agree.",
            published='"the vertical gap refers to generalization"; no number',
            tolerance=f"correlation of the two gains above {_CORRELATION}",
            needs=("fig3",),
            measure=_gains(convention),
            convention=words + "; sharper than Figure 3 (c), where both accuracies rise with the "
            "training set by memorization alone",
            kind="ours",
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
            kind="ours",
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
            kind="ours",
        ),
    )


def _claims_of_figure_10(convention: Convention) -> tuple[Claim, ...]:
    words, kind = _CONVENTION.format(DELTAS[convention]) + _DEFAULTS, _KINDS[convention]
    return (
        Claim(
            id=f"alexander-principle-{convention}",
            where="Appendix E, Eq. 15",
            statement="Every parallelogram of a trained representation is implied by its "
            "training set, P(R) is a subset of P(D), but for what closes by accident in an ideal "
            "model, too.",
            published='a "belief", violated "in very rare cases"',
            tolerance=_NO_WORSE.format("whose training set does not imply all parallelograms"),
            needs=("fig10",),
            measure=_beside(
                lambda data: column(data, f"unexplained_{convention}") == 0,
                _no_accident(convention),
                below_one("ideal_rqi"),
                _IDEAL,
                _parallelograms(convention, lambda data: column(data, f"unexplained_{convention}")),
            ),
            convention=words,
            kind=kind,
        ),
        Claim(
            id="rqi-bound-absolute" + ("" if convention == "paper" else f"-{convention}"),
            where="Appendix E, Eq. 16, Figure 10 (c)",
            statement="The RQI of a trained model is at most what its training set implies.",
            published="an upper bound, verified in Figure 10 (c)",
            tolerance=f"so in at least {_SHARE:.0%} of the runs whose ideal RQI is below 1",
            needs=("fig10",),
            measure=_absolute(
                not_above(f"rqi_{convention}", "ideal_rqi"),
                _no_accident(convention),
                below_one("ideal_rqi"),
                _IDEAL,
            ),
            convention=words + f"; relative to ideal models: rqi-bound-{convention}",
            kind=kind,
        ),
        Claim(
            id=f"rqi-bound-{convention}",
            where="this work (Appendix E, Eq. 16, Figure 10 (c))",
            statement="No more often than ideal models do, trained ones have a higher RQI than "
            "their training set implies.",
            published="an upper bound, verified in Figure 10 (c)",
            tolerance=_NO_WORSE.format("whose ideal RQI is below 1"),
            needs=("fig10",),
            measure=_beside(
                not_above(f"rqi_{convention}", "ideal_rqi"),
                _no_accident(convention),
                below_one("ideal_rqi"),
                _IDEAL,
                _with_ease(_parallelograms(convention, _above(convention))),
            ),
            convention=words,
            kind="ours",
        ),
        Claim(
            id=f"predicted-accuracy-bound-{convention}",
            where="Appendix E, Eq. 17",
            statement="The accuracy that a training set implies bounds the predicted accuracy of a "
            "trained model, but for what an ideal one promises by accident, too.",
            published="an upper bound",
            tolerance=_NO_WORSE.format(
                "whose ideal accuracy is below 1 and that predict more than their training samples"
            ),
            needs=("fig10",),
            measure=_beside(
                not_above(f"predicted_{convention}", "ideal_accuracy"),
                _promises_within(convention),
                both(below_one("ideal_accuracy"), promises_more(f"predicted_{convention}")),
                _IDEAL,
                _samples_above(f"predicted_{convention}"),
            ),
            convention=words,
            kind=kind,
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
            kind=kind,
        ),
    )


CLAIMS: tuple[Claim, ...] = (
    *_both(_claims_of_figure_3),
    *_both(_claims_of_figure_10),
    Claim(
        id="accuracy-bound-absolute",
        where="Figure 10 (f)",
        statement="The real accuracy of the trained model is at most that of the ideal one.",
        published='"upper bounds for those of the realistic algorithm"',
        tolerance=f"so in at least {_SHARE:.0%} of the runs whose ideal accuracy is below 1",
        needs=("fig10",),
        measure=_absolute(
            not_above("accuracy", "ideal_accuracy"),
            lambda data: 1 - guessers_exceed(data, _SUMS),
            below_one("ideal_accuracy"),
            _GUESSER,
        ),
        convention="the last of 10,000 steps; relative to guesses: accuracy-bound" + _DEFAULTS,
    ),
    Claim(
        id="accuracy-bound",
        where="this work (Figure 10 (f))",
        statement="No more often than guesses do, of the samples that cannot be deduced, trained "
        "models have a higher accuracy than the ideal one.",
        published='"upper bounds for those of the realistic algorithm"',
        tolerance="of the runs whose ideal accuracy is below 1, the share that keeps to it is less "
        f"by at most {_RARE:.0%} of the runs than that of a model that knows all that can be "
        f"deduced, and guesses the rest among {_SUMS} sums",
        needs=("fig10",),
        measure=_beside(
            not_above("accuracy", "ideal_accuracy"),
            lambda data: 1 - guessers_exceed(data, _SUMS),
            below_one("ideal_accuracy"),
            _GUESSER,
            _guesses,
        ),
        convention="the last of 10,000 steps; interval: bootstrap over seeds" + _DEFAULTS,
        kind="ours",
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
