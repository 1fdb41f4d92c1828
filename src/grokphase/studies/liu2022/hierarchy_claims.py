"""What the paper says of Figures 9, 11, 12 and 16."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.estimators import intervals
from grokphase.estimators.measured import Measured
from grokphase.studies.claim import Claim
from grokphase.studies.figure import Data
from grokphase.studies.liu2022.baselines import Ideal, ideal_models

if TYPE_CHECKING:
    from grokphase.theory.conventions import Convention

Floats = NDArray[np.float64]

FAST: Final = (1e-3, 1e-2)
SLOW: Final = (1e-2, 1e-3)
"""Learning rates of the representation and of the decoder: a fast decoder, and a slow one."""

STEPS: Final = 2_000
"""Of each network of Figure 12."""

_POSSIBLE: Final = ((0, 1, 2), (0,), (1,), (2,), ())  # two equations imply the third
_RARE: Final = 0.05  # of runs, by which networks may do worse than ideal models

ONLY_A1: Final[tuple[tuple[int, int], ...]] = ((0, 2), (1, 1), (0, 3), (1, 3))
"""A training set of p = 4 that implies A1 and nothing else."""


def _least_of_six(data: Mapping[str, Data]) -> Measured:
    sets = data["fig9"]["sets"]
    first, second, *_ = [entry for entry in sets if entry["determining"]]
    least = first["samples"]
    return Measured(
        value=least,
        verdict="holds" if least == 8 else "fails",
        note=f"{first['determining']} of {first['sets']:,} training sets of {first['samples']} "
        f"samples determine it, none of fewer; {second['determining']:,} of {second['sets']:,} "
        f"sets of {second['samples']}",
    )


def _listed_suffice(data: Mapping[str, Data]) -> Measured:
    last = data["fig9"]["stages"][-1]
    linear = last["freedom"] == 2
    return Measured(
        value=last["freedom"],
        verdict="holds" if linear else "fails",
        note=f"the eight listed are {last['distinct']} different ones: D7 = (2, 4) is D4 again",
    )


def _more_data(data: Mapping[str, Data]) -> Measured:
    quality = [stage["rqi"] for stage in data["fig9"]["stages"]]
    return Measured(
        value=", ".join(f"{value:.3f}" for value in quality),
        verdict="holds" if (np.diff(quality) > 0).all() else "fails",
        note="ideal RQI of (a), (b), (c)",
    )


def _freedom_falls(data: Mapping[str, Data]) -> Measured:
    nodes = data["fig11"]["nodes"]
    pairs = [
        (parent, child)
        for parent, child in product(nodes, nodes)
        if set(child["subset"]) < set(parent["subset"])
    ]
    kept = sum(parent["freedom"] <= child["freedom"] for parent, child in pairs)
    different = len({tuple(node["implied"]) for node in nodes})
    return Measured(
        value=f"{kept} of {len(pairs)}",
        verdict="holds" if kept == len(pairs) else "fails",
        note=f"the {len(nodes)} subsets give {different} different representations: any two "
        "equations imply the third",
    )


def _group_of(data: Mapping[str, Data], name: str, rates: tuple[float, float]) -> Mapping[str, Any]:
    """The runs of one training set, dimension and pair of learning rates."""
    groups: list[Mapping[str, Any]] = data["fig12"]["groups"]
    return next(g for g in groups if g["name"] == name and tuple(g["rates"]) == rates)


def _slower_is_better(data: Mapping[str, Data]) -> Measured:
    def difference(name: str) -> Floats:
        slow, fast = (np.asarray(_group_of(data, name, rates)["rqi"]) for rates in (SLOW, FAST))
        return np.asarray(slow - fast, np.float64)

    apart, plane = difference("all"), difference("plane")
    interval = intervals.bootstrap(lambda at: float(apart[at].mean()), len(apart))
    flat = intervals.bootstrap(lambda at: float(plane[at].mean()), len(plane))
    return Measured(
        value=float(apart.mean()),
        verdict=intervals.within(interval, 0.0, 1.0),
        interval=interval,
        seeds=len(apart),
        note="slow minus fast, seed by seed; with embeddings in two dimensions "
        f"{plane.mean():.2f} ({flat[0]:.2f} to {flat[1]:.2f})",
    )


def _realised(data: Mapping[str, Data], name: str, convention: str) -> set[tuple[int, ...]]:
    return {
        tuple(one) for rates in (FAST, SLOW) for one in _group_of(data, name, rates)[convention]
    }


def _all_found(data: Mapping[str, Data]) -> Measured:
    found = [tuple(one) for rates in (FAST, SLOW) for one in _group_of(data, "all", rates)["code"]]
    counts = [found.count(one) for one in _POSSIBLE]
    text = _realised(data, "all", "paper") & set(_POSSIBLE)
    plane = _realised(data, "plane", "code") & set(_POSSIBLE)
    return Measured(
        value=sum(many > 0 for many in counts),
        verdict="holds" if all(counts) else "fails",
        seeds=data["fig12"]["seeds"],
        note=f"of {len(_POSSIBLE)}; with the text's delta {len(text)}; with embeddings in two "
        f"dimensions {len(plane)}; runs of each: {', '.join(map(str, counts))}",
    )


def _descendants(data: Mapping[str, Data]) -> Measured:
    """Networks that were shown A1 alone must not have A2 or A3, more than an ideal model has."""
    groups = [_group_of(data, "A1", rates) for rates in (FAST, SLOW)]
    allowed, many = set(groups[0]["allowed"]), data["fig12"]["seeds"]
    kept, text = (
        np.array([[set(one) <= allowed for one in group[convention]] for group in groups])
        for convention in ("code", "paper")
    )
    ideal = {name: float((one.extra == 0).mean()) for name, one in _ideal_of_a1().items()}
    gap = kept.mean(axis=0) - ideal["code"]
    interval = intervals.bootstrap(lambda at: float(gap[at].mean()), many)
    return Measured(
        float(gap.mean()),
        intervals.within(interval, -_RARE, 1.0),
        interval,
        many,
        f"{kept.sum()} of {kept.size} runs of both settings, {kept.mean():.1%}, an ideal model "
        f"under the same delta {ideal['code']:.1%}; with the text's delta {text.sum()} runs, "
        f"{text.mean():.1%}, and {ideal['paper']:.1%}",
    )


def _ideal_of_a1() -> Mapping[Convention, Ideal]:
    from grokphase.tasks import task

    four = task("addition", p=4)
    pairs = four.inputs.tolist()
    train = tuple(sorted(pairs.index(list(pair)) for pair in ONLY_A1))
    return ideal_models(four, train, seed=0, draws=20_000)


def _two_vectors(data: Mapping[str, Data]) -> Measured:
    none, one, two = (entry["follow"] for entry in data["fig16"]["vectors"])
    return Measured(
        value=", ".join(two) or "nothing",
        verdict="holds" if not none and not one and two == ["a + f = b + e"] else "fails",
        note="all equations between two sums of two letters were tried; one parallelogram implies "
        "no other",
    )


def _three_matrices(data: Mapping[str, Data]) -> Measured:
    *fewer, three = (entry["follow"] for entry in data["fig16"]["matrices"])
    return Measured(
        value=", ".join(three) or "nothing",
        verdict="holds" if not any(fewer) and three == ["ah = bg"] else "fails",
        note="all equations between two products of two letters were tried; from two "
        f"parallelograms follows {', '.join(fewer[2]) or 'none'}",
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="more-data-more-structure",
        where="Appendix C, Figure 9",
        statement="With more data the ideal model has a better representation, from (a) to (b) to "
        "(c).",
        published="better RQI",
        tolerance="the ideal RQI rises at each step",
        needs=("fig9",),
        measure=_more_data,
        convention="exact",
    ),
    Claim(
        id="appendix-c-listed",
        where="Appendix C",
        statement="The samples D1 ... D8 determine the linear structure of p = 6.",
        published="a unique structure, up to linear transformation",
        tolerance="two degrees of freedom are left",
        needs=("fig9",),
        measure=_listed_suffice,
        convention="exact",
    ),
    Claim(
        id="appendix-c-eight-needed",
        where="this work (Appendix C)",
        statement="No fewer than eight training samples determine the linear structure of p = 6.",
        published='"we only need 8 training samples" of 21',
        tolerance="the least number of samples that determine it is 8",
        needs=("fig9",),
        measure=_least_of_six,
        convention="exact, over all training sets; the paper says that eight are enough, and not "
        "that fewer are not",
        kind="ours",
    ),
    Claim(
        id="descendants-have-more-freedom",
        where="Appendix E, Figure 11",
        statement="A descendant in the hierarchy of equation sets has at least as many degrees of "
        "freedom as its ancestor.",
        published="n(R*) <= n(R)",
        tolerance="so for all pairs of subsets of {A1, A2, A3}",
        needs=("fig11",),
        measure=_freedom_falls,
        convention="a theorem: the numbers check our code",
    ),
    Claim(
        id="slow-decoder-better-representation",
        where="Appendix E, Figure 12",
        statement="A relatively slow decoder, rates (1e-2, 1e-3), gives representations of higher "
        "RQI than a fast one, (1e-3, 1e-2).",
        published="better representations; no number",
        tolerance="the difference of mean RQI is above 0",
        needs=("fig12",),
        measure=_slower_is_better,
        convention=f"p = 4, Eq. 21, 1-D embeddings, {STEPS:,} steps, delta 0.1 std",
    ),
    Claim(
        id="all-representations-found",
        where="Appendix E, Figure 12",
        statement="Training generates all possible representations of p = 4: the linear one, A1, "
        "A2 or A3 alone, and none.",
        published='"actually generates all possible representations"',
        tolerance="each of the five is found by at least one seed of either setting",
        needs=("fig12",),
        measure=_all_found,
        convention="1-D embeddings, delta 0.1 std; two equations imply the third, so that the "
        "eight subsets are five representations",
    ),
    Claim(
        id="only-descendants",
        where="Appendix E, Figure 11",
        statement="A trained model has only descendants of the ideal representation: shown A1 "
        "alone, it has neither A2 nor A3, but for what closes by accident in an ideal model, too.",
        published='"can only generate representations that are descendants"',
        tolerance="the share in which it is so is less by at most "
        f"{_RARE:.0%} of the runs than that of ideal models: random embeddings projected on the "
        "ground states, under the same delta",
        needs=("fig12",),
        measure=_descendants,
        convention="training set (0,2), (1,1), (0,3), (1,3): for Eq. 21 the claim cannot fail; "
        "1-D embeddings, delta 0.1 std",
    ),
    Claim(
        id="abelian-deduction",
        where="Appendix H, Eq. 29, Figure 16",
        statement="For vectors, two parallelograms imply a third, and one implies none.",
        published="two are needed",
        tolerance="a + d = b + c and c + f = d + e imply a + f = b + e and nothing else; the first "
        "alone implies nothing",
        needs=("fig16",),
        measure=_two_vectors,
        convention="exact arithmetic on random whole vectors; the chain of Eq. 29",
    ),
    Claim(
        id="non-abelian-deduction",
        where="Appendix H, Eqs. 30 and 31, Figure 16",
        statement="For invertible matrices, the two parallelograms of Eq. 30 imply no other, and "
        "with that of Eq. 31 they imply a fourth.",
        published='"three parallelograms are needed to deduce a new parallelogram"',
        tolerance="the three imply ah = bg and nothing else; two imply nothing",
        needs=("fig16",),
        measure=_three_matrices,
        convention="exact arithmetic on random whole matrices of determinant 1; the chain of "
        "Eqs. 30 and 31, not any two",
    ),
)
"""What the paper says of Figures 9, 11, 12 and 16."""
