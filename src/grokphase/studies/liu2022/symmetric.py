"""Figures 17 and 18: the permutation group S3, embedded by 3 x 3 matrices.

The text gives no settings for the two figures. Their runs differ in what it leaves open: how large
the initial matrices are (`U[-1/2, 1/2]` as in Figure 6 (d), or a tenth of it, as in a later script
of the authors) and how the decoder learns. What is claimed is measured for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import intervals
from grokphase.estimators.measured import Interval, Measured
from grokphase.estimators.shares import measured_share
from grokphase.estimators.statistics import half_crossing, rank_correlation
from grokphase.phases.thresholds import Convention
from grokphase.studies.claim import Claim
from grokphase.studies.figure import Data, Figure
from grokphase.studies.liu2022.columns import (
    Floats,
    Rows,
    below_one,
    column,
    every,
    not_above,
    promises_more,
    seed_count,
)
from grokphase.studies.liu2022.drawings.symmetric import draw_components, draw_fractions
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord
    from grokphase.theory.conventions import Convention
    from grokphase.theory.critical import CriticalFraction
    from grokphase.training.spec import RunSpec

Integers = NDArray[np.int64]


class Variant(NamedTuple):
    """One way to fill in what the text leaves open.

    Attributes:
        name: for legends.
        embedding_scale: factor on initial matrices from U[-1/2, 1/2].
        learning_rate: of the decoder.
        weight_decay: of the decoder.
    """

    name: str
    embedding_scale: float
    learning_rate: float
    weight_decay: float


VARIANTS: Mapping[str, Variant] = {
    "wide": Variant("wide start, U[-0.5, 0.5]", 1.0, 1e-4, 0.0),
    "small": Variant("small start, U[-0.05, 0.05]", 0.1, 1e-4, 0.0),
    "decayed": Variant("small start, decoder 1e-3, decay 3", 0.1, 1e-3, 3.0),
}
"""The settings of the runs of both figures. Matrices learn at 1e-3, without decay."""

ELEMENTS = ("e", "(23)", "(12)", "(123)", "(132)", "(13)")
"""The elements of S3 in the order of the task's symbols: permutations in lexicographic order."""

ODD = (False, True, True, False, False, True)
"""Which elements are odd permutations."""

_CONVENTIONS: Mapping[str, Convention] = {"code": "code", "text": "paper"}

SAMPLES = 36
_REACHED = 0.95  # RQI
_PICTURED = 30  # training samples of the runs whose matrices Figure 17 shows
_GENERALIZED = 0.9  # accuracy on validation samples
_GAP_TOLERANCE, _RADIUS_TOLERANCE = 20.0, 0.2
_BEYOND, _BOUND = 0.1, 0.95


def _sizes(work: Work) -> tuple[int, ...]:
    """Training samples, of 36."""
    every = (6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 35)
    return work.choose(quick=(9, 15, 18, 21, 24, 30, 35), paper=every)


def run(variant: str, size: int, seed: int, steps: int) -> RunSpec:
    """One run: S3 with so many training samples, to the end of its budget.

    A parallelogram counts as in the authors' code: mean square of E_a E_b - E_c E_d below 0.5, in
    units of the mean square of all entries.

    Example:
        >>> run("small", 24, seed=0, steps=1000).model.embedding_scale
        0.1
    """
    from grokphase.measures.parallelograms import MATRIX_DELTA
    from grokphase.models.specification import Toy
    from grokphase.studies.liu2022 import settings
    from grokphase.tasks import Split
    from grokphase.training import Group, Recipe, Thresholds
    from grokphase.training.presets import run_spec

    chosen = VARIANTS[variant]
    recipe = Recipe(
        embedding=Group(learning_rate=1e-3),
        decoder=Group(learning_rate=chosen.learning_rate, weight_decay=chosen.weight_decay),
        steps=steps,
        stop="budget",
        thresholds=Thresholds(rqi_delta=MATRIX_DELTA),
    )
    model = Toy(dimension=3, combine="product", embedding_scale=chosen.embedding_scale)
    return run_spec(settings.permutations(), model, recipe, split=Split(count=size), seed=seed)


def _trained(work: Work, sizes: Sequence[int]) -> dict[tuple[str, int, int], RunRecord]:
    """The records by variant, size and seed, with final weights."""
    steps = work.choose(quick=4_000, paper=16_000)
    seeds = work.choose(quick=3, paper=11)
    keys = [(name, size, seed) for name in VARIANTS for size in sizes for seed in range(seeds)]
    records = work.train([run(*key, steps=steps) for key in keys], weights=True)
    return dict(zip(keys, records, strict=True))


# ------------------------------------------------------------------------------ Figure 18


def fractions(work: Work) -> Data:
    """RQI, its time, accuracy and predicted accuracy against the training fraction: Figure 18.

    Returns:
        For each run `variant`, `size`, `seed`, `rqi`, `rqi_step` (None: not reached), `accuracy`
        on all 36 samples, `predicted_code` and `predicted_text`; with `theory`, the fraction at
        which half of the random training sets determine all parallelograms by deduction.
    """
    from grokphase import theory
    from grokphase.studies.liu2022 import settings

    rows = []
    for (variant, size, seed), record in _trained(work, _sizes(work)).items():
        given = record.final
        trained, _ = run(variant, size, seed, 1).split.indices(settings.permutations(), seed)
        promised = {
            f"predicted_{name}": theory.predicted_accuracy(
                settings.final_embedding(record),
                settings.permutations(),
                trained,
                convention=convention,
            )
            for name, convention in _CONVENTIONS.items()
        }
        rows.append(
            {
                "variant": variant,
                "size": size,
                "seed": seed,
                "rqi": given["rqi"],
                "rqi_step": record.rqi_step,
                "accuracy": settings.accuracy_of_all(record, size / SAMPLES),
                "validation": given["validation_accuracy"],
                **promised,
                "steps": record.steps_trained,
            }
        )
    trials = work.choose(quick=50, paper=400)
    expected = theory.critical_fraction_of_matrices(settings.permutations(), trials=trials)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {
        **columns,
        "samples": SAMPLES,
        "theory": expected.critical_fraction,
        "theory_interval": _interval(expected),
        "trials": trials,
    }


def _interval(expected: CriticalFraction) -> Interval:
    """Of the critical fraction, at `intervals.CONFIDENCE`."""
    from grokphase.theory import clopper_pearson
    from grokphase.theory.critical import crossing

    successes = np.rint(expected.probability_unique * expected.trials).astype(np.int64)
    low, high = clopper_pearson(successes, expected.trials, confidence=intervals.CONFIDENCE)
    fractions = expected.train_counts / expected.samples
    return crossing(fractions, high, 0.5), crossing(fractions, low, 0.5)


# ------------------------------------------------------------------------------ Figure 17


def components(work: Work) -> Data:
    """The six matrices along their principal components: Figure 17.

    Returns:
        For each run `variant`, `seed`, `validation`, `rqi`, `explained` (shares of variance of
        three components), `scores` (6 x 3), and of the plane of the first and the third component
        `gap`, `radius`, `alternates` and `hexagon`, see `hexagon`. `chance` and `chance_exact`
        are the shares of hexagons for six random points, and for the exact representation by
        permutation matrices seen along a random pair of directions.
    """
    from grokphase.studies.liu2022 import settings

    rows = []
    for (variant, _, seed), record in _trained(work, [_PICTURED]).items():
        scores, explained = principal_components(settings.final_embedding(record))
        seen = hexagon(scores[:, [0, 2]])
        rows.append(
            {
                "variant": variant,
                "seed": seed,
                "validation": record.final["validation_accuracy"],
                "rqi": record.final["rqi"],
                "explained": explained[:3],
                "scores": scores[:, :3],
                **seen._asdict(),
                "hexagon": seen.regular,
            }
        )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {
        **columns,
        "size": _PICTURED,
        "chance": chance(random_points),
        "chance_exact": chance(exact_points),
    }


def principal_components(matrices: Floats) -> tuple[Floats, Floats]:
    """Coordinates of each matrix along the principal components, and shares of variance.

    Args:
        matrices: (p, d, d), each flattened to a vector.

    Returns:
        (p, k) coordinates, variance falling with the column; (k,) shares of the variance.

    Example:
        >>> line = np.arange(4.0)[:, None, None] * np.ones((2, 2))
        >>> principal_components(line)[1].round(3).tolist()
        [1.0, 0.0, 0.0, 0.0]
    """
    flat = matrices.reshape(len(matrices), -1)
    left, size, _ = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    return left * size, size**2 / max((size**2).sum(), np.finfo(float).tiny)


class Hexagon(NamedTuple):
    """How near six points of a plane are to a regular hexagon of alternating parity.

    Attributes:
        gap: largest departure of the six angles between neighbours from 60 degrees.
        radius: standard deviation of the distances from the centre over their mean.
        alternates: whether even and odd permutations follow each other in turn.
    """

    gap: float
    radius: float
    alternates: bool

    @property
    def regular(self) -> bool:
        """Whether this is called a hexagon: within 20 degrees and 20 %."""
        return self.gap < _GAP_TOLERANCE and self.radius < _RADIUS_TOLERANCE


def hexagon(points: Floats) -> Hexagon:
    """Measure six points, each axis scaled to unit variance, as the axes of a plot are.

    Args:
        points: (6, 2), in the order of the task's symbols.

    Example:
        >>> turn = np.pi / 3 * np.array([0, 1, 3, 2, 4, 5])
        >>> found = hexagon(np.stack([3 * np.cos(turn), np.sin(turn)], axis=1))
        >>> found.regular, found.alternates
        (True, True)
    """
    centred = points - points.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centred = centred / centred.std(axis=0)
    if not np.isfinite(centred).all():  # all on a line
        return Hexagon(300.0, 1.0, False)
    angle, radius = np.arctan2(centred[:, 1], centred[:, 0]), np.hypot(*centred.T)
    order = np.argsort(angle)
    gaps = np.degrees(np.diff(np.append(angle[order], angle[order[0]] + 2 * np.pi)))
    odd = np.array(ODD)[order]
    return Hexagon(
        gap=float(np.abs(gaps - 60).max()),
        radius=float(radius.std() / radius.mean()),
        alternates=bool((odd != np.roll(odd, 1)).all()),
    )


def random_points(generator: np.random.Generator) -> Floats:
    """Six independent points of a plane."""
    return generator.standard_normal((6, 2))


def exact_points(generator: np.random.Generator) -> Floats:
    """The permutation matrices of S3, seen along two random directions of their span."""
    from grokphase.theory import permutation_matrices

    scores, _ = principal_components(permutation_matrices(3))
    directions, _ = np.linalg.qr(generator.standard_normal((4, 2)))
    return np.asarray(scores[:, :4] @ directions)


def chance(draw: Callable[[np.random.Generator], Floats], trials: int = 2000) -> float:
    """The share of draws that are called a hexagon.

    Example:
        >>> chance(random_points) < 0.01
        True
    """
    generator = np.random.default_rng(0)
    return sum(hexagon(draw(generator)).regular for _ in range(trials)) / trials


# ------------------------------------------------------------------------------ claims


def _of(data: Data, variant: str) -> Integers:
    return np.flatnonzero(np.asarray(data["variant"]) == variant)


def _reached(data: Data) -> NDArray[np.bool_]:
    return ~np.isnan(column(data, "rqi_step"))


def _over_seeds(data: Data, rows: Integers, statistic: Callable[[Integers], float]) -> Interval:
    """`intervals.over_seeds` of some of the runs: the training sets of a seed are nested."""
    return intervals.over_seeds(np.asarray(data["seed"])[rows], lambda at: statistic(rows[at]))


def _critical_of_best(data: Mapping[str, Data]) -> Measured:
    """The least fraction at which a network of any setting reaches RQI 0.95."""
    given = data["fig18"]
    fraction, reached = column(given, "size") / given["samples"], _reached(given)

    def least(rows: Integers) -> float:
        return float(fraction[rows][reached[rows]].min(initial=np.inf))

    everywhere = np.arange(len(fraction))
    value = least(everywhere)
    if np.isinf(value):
        return Measured("not reached", "fails", seeds=seed_count(given))
    interval = _over_seeds(given, everywhere, least)
    counts = ", ".join(
        f"{reached[fraction == one].sum()} of {(fraction == one).sum()} at {one:.2f}"
        for one in np.unique(fraction[fraction >= value])
    )
    settings = "; ".join(
        f"{VARIANTS[name].name}: {_fraction(least(_of(given, name)))}" for name in VARIANTS
    )
    return Measured(
        value,
        intervals.within(interval, 0.4, 0.6),
        interval,
        seed_count(given),
        f"{counts}; the least by setting: {settings}",
    )


def _fraction(value: float) -> str:
    """A training fraction for a note."""
    return f"{value:.2f}" if value < 1 else "not reached"


def _critical_of_half(data: Mapping[str, Data]) -> Measured:
    """Where half of the networks reach RQI 0.95, in the setting in which that is earliest."""
    given = data["fig18"]
    fraction, reached = column(given, "size") / given["samples"], _reached(given)

    def half(rows: Integers) -> float:
        sizes = np.unique(fraction[rows])
        shares = [reached[rows][fraction[rows] == one].mean() for one in sizes]
        return min(half_crossing(sizes, shares), 1.0)  # censored at the whole data set

    values = {name: half(_of(given, name)) for name in VARIANTS if len(_of(given, name))}
    best = min(values, key=values.__getitem__)
    notes = "; ".join(
        f"{VARIANTS[name].name}: {_fraction(value)}" for name, value in values.items()
    )
    if values[best] == 1:
        return Measured("not reached", "fails", seeds=seed_count(given), note=notes)
    interval = _over_seeds(given, _of(given, best), half)
    return Measured(
        values[best], intervals.within(interval, 0.4, 0.6), interval, seed_count(given), notes
    )


def _sharp(data: Mapping[str, Data]) -> Measured:
    given = data["fig18"]
    rows = _of(given, _easiest(given))
    fraction = np.asarray(given["size"])[rows] / given["samples"]
    reached, seeds = _reached(given)[rows], np.asarray(given["seed"])[rows]
    below, above = fraction < 0.4, fraction > 0.6
    if not below.any() or not above.any():
        return Measured("no runs on both sides", "inconclusive", seeds=seed_count(given))
    low, high = (intervals.share_interval(seeds[side], reached[side]) for side in (below, above))
    return Measured(
        float(reached[above].mean() - reached[below].mean()),
        intervals.worst(intervals.within(low, 0.0, 1 / 3), intervals.within(high, 2 / 3, 1.0)),
        (high[0] - low[1], high[1] - low[0]),
        seed_count(given),
        f"RQI > {_REACHED} in {reached[below].sum()} of {below.sum()} runs below 0.4 and in "
        f"{reached[above].sum()} of {above.sum()} above 0.6; {VARIANTS[_easiest(given)].name}; "
        "each share is judged by its own interval",
    )


def _easiest(data: Data) -> str:
    """The variant in which most runs reach RQI 0.95: the one most favourable to the claim."""
    return max(VARIANTS, key=lambda name: int(_reached(data)[_of(data, name)].sum()))


def _rises(data: Mapping[str, Data]) -> Measured:
    given = data["fig18"]
    size, quality = column(given, "size"), column(given, "rqi")

    def correlation(rows: Integers) -> float:
        return rank_correlation(size[rows], quality[rows])

    ends = {
        name: _over_seeds(given, _of(given, name), correlation)
        for name in VARIANTS
        if len(_of(given, name))
    }
    values = {name: correlation(_of(given, name)) for name in ends}
    weakest = min(values, key=values.__getitem__)
    return Measured(
        values[weakest],
        intervals.worst(*(intervals.within(one, 0.0, 1.0) for one in ends.values())),
        ends[weakest],
        seed_count(given),
        "the weakest of "
        + "; ".join(f"{VARIANTS[name].name}: {values[name]:.2f}" for name in values),
    )


def _share(
    holds: Rows,
    least: float,
    among: Rows = every,
) -> Callable[[Mapping[str, Data]], Measured]:
    """The share of all runs, or of those among them, in which something holds."""

    def measure(data: Mapping[str, Data]) -> Measured:
        given = data["fig18"]
        chosen, true = among(given), holds(given)
        variants = np.asarray(given["variant"])
        counts = {name: chosen & (variants == name) for name in VARIANTS}
        note = "; ".join(
            f"{VARIANTS[name].name}: {(true & rows).sum()} of {rows.sum()}"
            for name, rows in counts.items()
        )
        note += f"; the accuracy is 1 in {(chosen & ~below_one('accuracy')(given)).sum()} of them"
        return measured_share(np.asarray(given["seed"])[chosen], true[chosen], least, note)

    return measure


def _beyond(data: Data) -> NDArray[np.bool_]:
    promised = np.maximum(column(data, "predicted_code"), column(data, "predicted_text"))
    guessed = (1 - promised) / len(ELEMENTS)
    return np.asarray(column(data, "accuracy") > promised + guessed + _BEYOND)


def _hexagons(data: Mapping[str, Data]) -> Measured:
    given = data["fig17"]
    able = column(given, "validation") > _GENERALIZED
    regular = np.asarray(given["hexagon"], bool)
    turns = int((able & np.asarray(given["alternates"], bool)).sum())
    note = (
        f"{(able & regular).sum()} of {able.sum()} runs that generalize, and "
        f"{(~able & regular).sum()} of {(~able).sum()} that do not; even and odd permutations in "
        f"turn in {turns}. Six random points: {given['chance']:.1%}; the exact representation by "
        f"permutation matrices, seen along random directions: {given['chance_exact']:.0%}"
    )
    return measured_share(np.asarray(given["seed"])[able], regular[able], 0.5, note)


def _theory(data: Mapping[str, Data]) -> Measured:
    given = data["fig18"]
    low, high = given["theory_interval"]
    return Measured(
        given["theory"],
        intervals.within((low, high), 0.4, 0.6),
        (low, high),
        given["trials"],
        "no training",
    )


_OPEN = (
    "the text gives no settings for S3: three are tried, see the figure; a parallelogram of S3 "
    "counts as in the authors' code (mean square difference below 0.5 in units of the entries' "
    "mean square)"
)
_CODE = "predicted accuracy by the authors' delta (mean square below 0.5, normalised)"
_MORE = "of the runs that predict more than their training samples"
_TEXT = "predicted accuracy by the text's formula on raw matrices, with delta = 0.01"

CLAIMS = (
    Claim(
        id="s3-critical-best",
        where="Appendix H.2, Figure 18 (b)",
        statement="The least training fraction at which any network reaches RQI > 0.95 is about "
        "0.5.",
        published="0.5",
        tolerance="between 0.4 and 0.6",
        needs=("fig18",),
        measure=_critical_of_best,
        convention=_OPEN + "; the best of all networks of one size, over the three settings",
    ),
    Claim(
        id="s3-critical-half",
        where="this work (Figure 18 (b))",
        statement="Half of the networks reach RQI > 0.95 at a training fraction of about 0.5.",
        published='0.5, read as the critical fraction of a "phase transition"',
        tolerance="between 0.4 and 0.6",
        needs=("fig18",),
        measure=_critical_of_half,
        convention=_OPEN + "; the setting most favourable to the claim",
        kind="ours",
    ),
    Claim(
        id="s3-critical-theory",
        where="this work (Appendix H, Figure 18 (b))",
        statement="Half of the random training sets determine all parallelograms of S3, by "
        "deduction from their own, at a fraction of about 0.5.",
        published="0.5, observed in training",
        tolerance="between 0.4 and 0.6",
        needs=("fig18",),
        measure=_theory,
        convention="invertible matrices; quotients are chained and composed until nothing follows",
        kind="ours",
    ),
    Claim(
        id="s3-sharp",
        where="Appendix H.2, Figure 18 (b)",
        statement="The transition is sharp: training sets below a fraction of 0.4 rarely reach "
        "RQI > 0.95, and those above 0.6 mostly do.",
        published='"phase transition"',
        tolerance="fewer than a third of the runs below, more than two thirds above",
        needs=("fig18",),
        measure=_sharp,
        convention=_OPEN + "; the setting most favourable to the claim",
    ),
    Claim(
        id="s3-rqi-rises",
        where="Appendix H.2, Figure 18 (a)",
        statement="RQI increases with the training fraction.",
        published='"increases as training set becomes larger"',
        tolerance="Spearman's correlation above 0 in all three settings",
        needs=("fig18",),
        measure=_rises,
        convention=_OPEN,
    ),
    Claim(
        id="s3-lower-bound-code",
        where="Appendix H.2, Figure 18 (e)",
        statement="The predicted accuracy is a lower bound of the real one.",
        published='"serves as a lower bound"',
        tolerance=f"so in at least {_BOUND:.0%} of the runs",
        needs=("fig18",),
        measure=_share(
            not_above("predicted_code", "accuracy"), _BOUND, among=promises_more("predicted_code")
        ),
        convention=f"{_CODE}; {_MORE}",
        kind="variant",
    ),
    Claim(
        id="s3-lower-bound-text",
        where="Appendix H.2, Figure 18 (e)",
        statement="The predicted accuracy is a lower bound of the real one.",
        published='"serves as a lower bound"',
        tolerance=f"so in at least {_BOUND:.0%} of the runs",
        needs=("fig18",),
        measure=_share(
            not_above("predicted_text", "accuracy"), _BOUND, among=promises_more("predicted_text")
        ),
        convention=f"{_TEXT}; {_MORE}",
    ),
    Claim(
        id="s3-beyond-rqi",
        where="Appendix H.2",
        statement="There is some mechanism of generalization beyond RQI: the real accuracy exceeds "
        f"the predicted one, with guesses for the rest, by more than {_BEYOND}.",
        published='"there must be some generalization mechanism beyond RQI"',
        tolerance="so in at least 5 % of the runs",
        needs=("fig18",),
        measure=_share(_beyond, 0.05),
        convention="predicted accuracy by both conventions, whichever is larger; a guess is right "
        "in one of six cases",
    ),
    Claim(
        id="s3-hexagon",
        where="this work (Appendix H.2, Figure 17)",
        statement="Along the first and the third principal component, the six matrices of most "
        "networks that generalize form a hexagon.",
        published='"organized as a hexagon" (one network)',
        tolerance="so in more than half of them: neighbours 60 +- 20 degrees apart, distances from "
        "the centre within 20 % (standard deviation over mean), each axis scaled to unit variance",
        needs=("fig17",),
        measure=_hexagons,
        convention=f"{_PICTURED} of {SAMPLES} training samples, validation accuracy above "
        f"{_GENERALIZED}; all three settings",
        kind="ours",
    ),
)

_SETTINGS = (
    "S3, {seeds} seeds and {sizes} of 36 training samples, {steps} steps each, for three "
    "settings that the text leaves open: initial matrices from U[-0.5, 0.5] or a tenth of it with "
    "decoder rate 1e-4 and no decay, and a tenth of it with 1e-3 and decay 3. Matrices 3 x 3 at "
    "rate 1e-3, decoder 9-200-200-30 tanh, regression, full batch."
)

FIGURES = (
    Figure(
        id="fig17",
        where="Figure 17",
        title="S3: the six matrices along their principal components",
        compute=components,
        draw=draw_components,
        settings={
            "quick": _SETTINGS.format(seeds=3, sizes=_PICTURED, steps="4,000"),
            "paper": _SETTINGS.format(seeds=11, sizes=_PICTURED, steps="16,000"),
        },
    ),
    Figure(
        id="fig18",
        where="Figure 18",
        title="S3: representation quality and accuracy against the training fraction",
        compute=fractions,
        draw=draw_fractions,
        settings={
            "quick": _SETTINGS.format(seeds=3, sizes="7 sizes", steps="4,000"),
            "paper": _SETTINGS.format(seeds=11, sizes="11 sizes", steps="16,000"),
        },
    ),
)
