"""What the paper says of its phase maps, in forms that a map can contradict.

A statement is tested on the map of each seed by itself, as the paper shows one; cells that
refinement inferred count with the phase they were given. It holds if it is so in most seeds. The
rows of a map are not independent, so one seed, whatever its map shows, decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators.intervals import mostly, proportion
from grokphase.estimators.measured import Measured
from grokphase.estimators.statistics import rank_correlation
from grokphase.studies.claim import Claim, Kind
from grokphase.studies.figure import Data

Where = Mapping[str, Data]
Letters = NDArray[np.str_]

C, G, M, X = "CGMX"
PHASES: Final = C, G, M, X
MOST: Final = 0.5
COMPREHENSION_ABOVE: Final = 0.9
MUCH: Final = 0.1


@dataclass(frozen=True)
class Diagram:
    """The map of one seed.

    Args:
        x: (nx,) values across.
        y: (ny,) values up.
        phase: (ny, nx) letter of each cell's phase, as in `plotting.style`.
        step: (ny, nx) steps to the validation accuracy; NaN where not reached, or not run.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    phase: Letters
    step: NDArray[np.float64]


Measure = Callable[[Where], Measured]
Statistic = Callable[[Diagram], float]
"""Of one seed's map; NaN where the map does not have what it is about."""


def diagrams(data: Data) -> dict[int, Diagram]:
    """The maps of a figure's data, by seed."""
    x, y = (np.array(data[axis]["values"], float) for axis in "xy")
    return {
        entry["seed"]: Diagram(
            x,
            y,
            np.array([list(row) for row in entry["phase"]]),
            np.array(entry["validation_step"], float),
        )
        for entry in data["maps"]
    }


def phases_present(diagram: Diagram) -> float:
    """How many of the four phases occur.

    Example:
        >>> axis, steps = np.arange(2.0), np.ones((2, 2))
        >>> phases_present(Diagram(axis, axis, np.array([["C", "G"]] * 2), steps))
        2.0
    """
    return float(np.isin(PHASES, diagram.phase).sum())


def corner_share(
    diagram: Diagram, *, letter: str, right: bool, high: bool, edge: bool = False
) -> float:
    """The share of one phase in a corner: the outer quarter of both axes, a cell at least.

    Args:
        diagram: a map.
        letter: of the phase.
        right: the corner at the large values of x, else at the small ones.
        high: the corner at the large values of y.
        edge: only the outermost row of the corner.
    """
    return float((_corner_of(diagram.phase, right, high, edge) == letter).mean())


def late_corner(diagram: Diagram, *, right: bool, high: bool) -> float:
    """How much later a corner generalizes than the rest of the map.

    Median steps to the validation accuracy, over the cells of comprehension and grokking of the
    corner, divided by the same elsewhere; only cells that were run have steps. 0 where no more than
    half of the corner generalizes; NaN where nothing else does.

    Args:
        diagram: a map.
        right: as in `corner_share`.
        high: as in `corner_share`.
    """
    generalizes = np.isin(diagram.phase, (C, G))
    inside = np.zeros_like(generalizes)
    _corner_of(inside, right, high)[...] = True
    if not generalizes[inside].mean() > MOST:
        return 0.0
    steps = [diagram.step[generalizes & where] for where in (inside, ~inside)]
    if not all((one >= 0).any() for one in steps):
        return float("nan")
    return float(np.nanmedian(steps[0]) / np.nanmedian(steps[1]))


def _corner_of(cells: NDArray[Any], right: bool, high: bool, edge: bool = False) -> NDArray[Any]:
    """A view of the cells of a corner."""
    rows, columns = (_outer(n, end) for n, end in zip(cells.shape, (high, right), strict=True))
    corner = cells[rows, columns]
    return corner[-1 if high else 0] if edge else corner


def _outer(size: int, end: bool) -> slice:
    """The quarter of an axis at its end, or at its beginning."""
    many = max(1, round(size / 4))
    return slice(size - many, size) if end else slice(0, many)


def grokking_between(diagram: Diagram) -> float:
    """How often grokking stands between comprehension and memorization.

    Each row and each column is walked along. A passage leads from a cell of comprehension to the
    next of memorization, or back, with neither of the two between them. Of all passages of the
    map, the share with a cell of grokking on the way. NaN where there is none.

    The paper gives no measure. This one follows the word "between"; `grokking_beside` follows
    "closer to memorization", and the two need not agree.

    Example:
        >>> phase = np.array([list("CGMM"), list("CCMM")])
        >>> grokking_between(Diagram(np.arange(4.0), np.arange(2.0), phase, np.ones((2, 4))))
        0.5
    """
    lines = (*diagram.phase, *diagram.phase.T)
    through = [G in line[a:b] for line in lines for a, b in _passages(line)]
    return float(np.mean(through)) if through else float("nan")


def grokking_beside(diagram: Diagram) -> float:
    """What memorization borders on, where it borders on generalization: the share that groks.

    Of all pairs of neighbouring cells, in rows and columns, of which one memorizes and the other
    comprehends or groks. NaN where there is none.

    Example:
        >>> phase = np.array([list("CGMM"), list("CCMM")])
        >>> grokking_beside(Diagram(np.arange(4.0), np.arange(2.0), phase, np.ones((2, 4))))
        0.5
    """
    phase = diagram.phase
    pairs = [
        pair
        for first, second in ((phase[:, :-1], phase[:, 1:]), (phase[:-1], phase[1:]))
        for pair in zip(first.flat, second.flat, strict=True)
    ]
    beside = [G in pair for pair in pairs if M in pair and (C in pair or G in pair)]
    return float(np.mean(beside)) if beside else float("nan")


def _passages(line: Letters) -> Iterator[tuple[int, int]]:
    """Where passages between comprehension and memorization begin and end on a line of cells."""
    ends = np.flatnonzero((line == C) | (line == M))
    for a, b in pairwise(ends.tolist()):
        if line[a] != line[b]:
            yield a, b


def _ratios(diagram: Diagram, letter: str) -> NDArray[np.float64]:
    """Embedding rate by decoder rate, of the cells of one phase."""
    ratio: NDArray[np.float64] = (diagram.y[:, None] / diagram.x)[diagram.phase == letter]
    return ratio


def faster_representation(diagram: Diagram) -> float:
    """Of the cells of comprehension, the share whose embedding learns faster than the decoder."""
    ratios = _ratios(diagram, C)
    # A cell on the diagonal, up to the last digit that is kept, is not faster.
    return float((ratios > 1 + 1e-5).mean()) if ratios.size else float("nan")


def grokking_is_further(diagram: Diagram) -> float:
    """How much larger the ratio of rates is where generalization is late than where it is not.

    The median of embedding rate by decoder rate over grokking, divided by the same over
    comprehension.
    """
    grokking, comprehension = (_ratios(diagram, letter) for letter in (G, C))
    if not grokking.size or not comprehension.size:
        return float("nan")
    return float(np.median(grokking) / np.median(comprehension))


def comprehension_along_y(diagram: Diagram) -> float:
    """Rank correlation (Spearman) of y with the number of cells of comprehension in its row."""
    return rank_correlation(diagram.y, (diagram.phase == C).sum(axis=1))


def comprehension_at_small_y(diagram: Diagram) -> float:
    """The share of comprehension in the rows of the least quarter of y."""
    return float((diagram.phase[_outer(len(diagram.phase), end=False)] == C).mean())


def changed_along_y(diagram: Diagram) -> float:
    """The share of cells whose phase is not the commonest one of their column.

    Example:
        >>> rows, steps = np.array([list("CM"), list("CM"), list("GM")]), np.ones((3, 2))
        >>> round(changed_along_y(Diagram(np.arange(2.0), np.arange(3.0), rows, steps)), 3)
        0.167
    """
    usual = [
        max((column == letter).sum() for letter in np.unique(column)) for column in diagram.phase.T
    ]
    return 1 - float(sum(usual)) / diagram.phase.size


def in_most_seeds(
    data: Where, *, figure: str, statistic: Statistic, so: Callable[[float], bool], what: str
) -> Measured:
    """In which share of the seeds a statement about one map is so.

    Args:
        data: of the figures.
        figure: id of the one that is looked at.
        statistic: of a seed's map.
        so: whether the statement holds for a map with this value. Maps where it is NaN say nothing
            of the statement, and are left out.
        what: the statistic in words.
    """
    found = {seed: statistic(diagram) for seed, diagram in diagrams(data[figure]).items()}
    listed = ", ".join(f"{seed}: {_number(value)}" for seed, value in found.items())
    alone = " One seed decides nothing." if len(found) == 1 else ""
    note = f"{what}, by seed: {listed}.{alone}"
    asked = [value for value in found.values() if value == value]
    if not asked:
        return Measured("no such map", "inconclusive", seeds=len(found), note=note)
    holds = sum(map(so, asked))
    return Measured(
        value=holds / len(asked),
        verdict=mostly(holds, len(asked)),
        interval=proportion(holds, len(asked)),
        seeds=len(found),
        note=note,
    )


def both_readings(first: Measure, second: Measure, data: Where) -> Measured:
    """What the first reading of a statement gives, but no verdict where the second differs."""
    one, other = first(data), second(data)
    agree = one.verdict == other.verdict
    return replace(
        one,
        verdict=one.verdict if agree else "inconclusive",
        note=f"{one.note} {other.note}" + f" The second reading: {other.verdict}." * (not agree),
    )


def _number(value: float) -> str:
    return "none" if value != value else f"{value:.3g}"


_MEASURED: Final = "share of seeds in whose map it is so"
_CONVENTION: Final = (
    'Table 1 with ">", first passage; each seed\'s map by itself, inferred cells counted; only '
    f"seeds whose split can be generalized from; value: {_MEASURED}, without maps that do not have "
    'what it is about ("none")'
)
_GRID_D: Final = "; the decay grid of the authors' code, to 200 (the text: to 10)"
_IN_MOST: Final = "in more than half of the seeds (90 % interval above 1/2)"


def _claim(
    id: str,
    where: str,
    statement: str,
    published: str,
    tolerance: str,
    figure: str,
    statistic: Statistic,
    so: Callable[[float], bool],
    what: str,
    kind: Kind = "paper",
) -> Claim:
    """A statement about each seed's map of one figure."""
    measure = partial(in_most_seeds, figure=figure, statistic=statistic, so=so, what=what)
    convention = _CONVENTION + _GRID_D * (figure == "fig6d")
    tolerance = f"{tolerance}, {_IN_MOST}"
    return Claim(id, where, statement, published, tolerance, (figure,), measure, convention, kind)


def _corner(
    id: str, where: str, statement: str, published: str, figure: str, letter: str, corner: str
) -> Claim:
    """A corner of a map belongs to one phase; `corner` as the axes ascend, e.g. "low right"."""
    high, right = (word in corner for word in ("high", "right"))
    share = partial(corner_share, letter=letter, right=right, high=high)
    claim = _claim(
        id,
        where,
        statement,
        published,
        "the phase fills more than half of the corner (outer quarter of both axes)",
        figure,
        share,
        lambda found: found > MOST,
        "share of the corner",
    )
    if figure != "fig6d":
        return claim
    # Its decays, 0, 1, 2, 3, 5 ... 100, 200, are no regular grid: a quarter of the rows is not a
    # quarter of the range.
    edge = partial(
        in_most_seeds,
        figure=figure,
        statistic=partial(share, edge=True),
        so=lambda found: found > MOST,
        what="of its outermost row",
    )
    return replace(
        claim,
        tolerance=f"{claim.tolerance}; and so does it of the corner's outermost row, or no verdict",
        measure=partial(both_readings, claim.measure, edge),
    )


def _figure_6a() -> Iterator[Claim]:
    where, figure = "Section 4.1, Figure 6 (a)", "fig6a"
    yield _corner(
        "fast-decoder-memorizes",
        where,
        "A fast decoder with slow representation learning memorizes.",
        "bottom right: memorization",
        figure,
        M,
        "low right",
    )
    yield _claim(
        "slow-decoder-generalizes-late",
        where,
        "A slow decoder with fast representation learning generalizes, but late.",
        "top left: generalizes after a long time",
        "comprehension and grokking fill more than half of the corner (outer quarter of both axes)"
        ", and the median step to the validation accuracy is later there than elsewhere",
        figure,
        partial(late_corner, right=False, high=True),
        lambda ratio: ratio > 1,
        "median step in the corner over that elsewhere",
    )
    yield _claim(
        "comprehension-needs-fast-representation",
        where,
        "Comprehension requires the representation to learn faster than the decoder.",
        "representation faster than the decoder",
        f"at least {COMPREHENSION_ABOVE:.0%} of the cells of comprehension have the embedding's "
        "rate above the decoder's",
        figure,
        faster_representation,
        lambda share: share >= COMPREHENSION_ABOVE,
        "share of comprehension with the faster embedding",
    )
    yield _claim(
        "comprehension-needs-not-too-fast-representation",
        where,
        "... but not too much faster: beyond, generalization is late.",
        "not too much faster",
        "the median ratio of the embedding's rate to the decoder's is larger over the cells of "
        "grokking than over those of comprehension",
        figure,
        grokking_is_further,
        lambda factor: factor > 1,
        "ratio of rates, grokking over comprehension",
    )


def _figure_6bcd() -> Iterator[Claim]:
    panels = {
        "b": "addition, regression",
        "c": "addition, classification",
        "d": "permutations S3, regression",
    }
    for letter, task in panels.items():
        where, figure = f"Section 4.1, Figure 6 ({letter})", f"fig6{letter}"
        yield _claim(
            f"four-phases-{letter}",
            where,
            f"All four phases occur over decoder learning rate and weight decay ({task}).",
            "four phases",
            "each of the four phases has a cell",
            figure,
            phases_present,
            lambda many: many == len(PHASES),
            "phases that occur",
        )
        yield _corner(
            f"capable-decoder-memorizes-{letter}",
            where,
            f"A fast and capable decoder (large rate, little weight decay) memorizes ({task}).",
            "top right corner (decay grows downwards): memorization",
            figure,
            M,
            "low right",
        )
        yield _corner(
            f"simple-decoder-confuses-{letter}",
            where,
            f"A fast and simple decoder (large rate, much weight decay) is confused ({task}).",
            "bottom right corner (decay grows downwards): confusion",
            figure,
            X,
            "high right",
        )
        yield _claim(
            f"grokking-between-{letter}",
            where,
            f"Grokking is sandwiched between comprehension and memorization ({task}).",
            "grokking lies between comprehension and memorization",
            "along rows and columns, more than half of the passages from comprehension to the next "
            "memorization, or back, lead through grokking",
            figure,
            grokking_between,
            lambda share: share > MOST,
            "share of passages through grokking",
        )
        yield _claim(
            f"memorization-borders-grokking-{letter}",
            where,
            f"Where memorization borders on generalization, that is grokking ({task}).",
            "grokking lies between comprehension and memorization",
            "of the neighbouring cells of which one memorizes and one generalizes, more than half "
            "have one that groks",
            figure,
            grokking_beside,
            lambda share: share > MOST,
            "share of these borders with grokking",
            kind="variant",
        )


def _appendix_g(number: int) -> Iterator[tuple[str, str, str, str]]:
    """Figure, end of a claim's id, place and task, of a figure's left and right half."""
    for letter, side, task in (("a", "left", "regression"), ("b", "right", "classification")):
        yield f"fig{number}{letter}", task, f"Appendix G, Figure {number} ({side})", task


def _figure_13() -> Iterator[Claim]:
    for figure, end, where, task in _appendix_g(13):
        yield _corner(
            f"large-batch-comprehends-{end}",
            where,
            f"A small decoder learning rate with a large batch leads to comprehension ({task}).",
            "bottom left (batch grows downwards): comprehension",
            figure,
            C,
            "high left",
        )
        yield _corner(
            f"small-batch-groks-{end}",
            where,
            f"A small decoder learning rate with a small batch leads to grokking ({task}).",
            "top left (batch grows downwards): grokking",
            figure,
            G,
            "low left",
        )
        yield _claim(
            f"small-batch-harms-{end}",
            where,
            f"A smaller batch is harmful ({task}).",
            "smaller batch size seems harmful",
            "the number of cells of comprehension grows with the batch (rank correlation > 0)",
            figure,
            comprehension_along_y,
            lambda correlation: correlation > 0,
            "rank correlation of batch and comprehension",
        )


def _figure_14() -> Iterator[Claim]:
    for figure, end, where, task in _appendix_g(14):
        yield _claim(
            f"small-initialization-comprehends-{end}",
            where,
            f"A small initialization of the embedding leads to comprehension ({task}).",
            "top (scale grows downwards): comprehension",
            "comprehension fills more than half of the rows of the least quarter of scales",
            figure,
            comprehension_at_small_y,
            lambda share: share > MOST,
            "share of comprehension at small scales",
        )
        yield _claim(
            f"small-initialization-helps-{end}",
            where,
            f"A smaller initialization of the embedding is beneficial ({task}).",
            "beneficial to use a smaller initialization scale",
            "the number of cells of comprehension falls with the scale (rank correlation < 0)",
            figure,
            comprehension_along_y,
            lambda correlation: correlation < 0,
            "rank correlation of scale and comprehension",
        )


def _figure_15() -> Iterator[Claim]:
    for figure, end, where, task in _appendix_g(15):
        yield _claim(
            f"embedding-decay-matters-little-{end}",
            where,
            f"Weight decay of the embedding does not affect performance much ({task}).",
            "does not affect model performance much",
            f"at most {MUCH:.0%} of the cells have another phase than most of their column, which "
            "differ in that decay only",
            figure,
            changed_along_y,
            lambda share: share <= MUCH,
            "share of cells unlike their column",
        )


CLAIMS: Final[tuple[Claim, ...]] = (
    *_figure_6a(),
    *_figure_6bcd(),
    *_figure_13(),
    *_figure_14(),
    *_figure_15(),
)
"""What the paper says of its phase maps."""
