"""Figures 9, 11, 12 and 16: which structure follows from which data, and which nets find.

Figures 9 and 11 are exact and without chance; for Figure 16 see `deduction`. Figure 12 trains the
toy with four symbols and asks which of its three parallelograms its embedding has in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.studies.figure import Data, Figure
from grokphase.studies.liu2022.deduction import DEDUCTION
from grokphase.studies.liu2022.drawings.hierarchy import draw_emergence, draw_found, draw_subsets
from grokphase.studies.liu2022.hierarchy_claims import CLAIMS as CLAIMS
from grokphase.studies.liu2022.hierarchy_claims import FAST, ONLY_A1, SLOW, STEPS
from grokphase.studies.liu2022.settings import final_embedding
from grokphase.studies.work import Work

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord
    from grokphase.tasks import Task
    from grokphase.training.spec import RunSpec

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Pair = tuple[int, int]

STAGES: Final[tuple[tuple[Pair, ...], ...]] = (
    ((0, 4), (1, 3), (1, 5), (2, 4)),
    ((0, 2), (1, 1)),
    ((2, 4), (3, 3)),
)
"""The samples D1 ... D8 of Appendix C, by the stage at which they are added."""

EQUATION_21: Final[tuple[Pair, ...]] = ((0, 2), (1, 1), (0, 3), (1, 2), (1, 3), (2, 2))
"""The training set of p = 4 whose parallelograms are all of A1, A2, A3."""

EQUATIONS: Final = ("$E_0 + E_2 = 2E_1$", "$E_0 + E_3 = E_1 + E_2$", "$E_1 + E_3 = 2E_2$")
"""A1, A2 and A3 of Eq. 20."""

_SUBSETS: Final = tuple(s for size in (3, 2, 1, 0) for s in combinations(range(3), size))
_A1_LABEL: Final = 2  # the sum that A1 is about; those of A2 and A3 follow

# Where symbols would stand if nothing bound them; ground states are its nearest points.
_LAYOUT_6: Final = ((0.0, 0.0), (1.2, -0.7), (2.6, 0.0), (0.9, 1.1), (2.1, 0.4), (3.5, 1.1))
_LAYOUT_4: Final = ((0.0, 0.0), (1.2, 1.1), (1.6, -0.5), (2.9, 0.5))


# ------------------------------------------------------------------------------ Figure 9


def emergence(_: Work) -> Data:
    """The structure that the nested training sets of Appendix C determine: Figure 9.

    Returns:
        `stages`: for each, the `samples` added, how many `distinct` there are so far, a generic
        ground state `embedding` in two dimensions, the implied `parallelograms` (i, j, m, n), `rqi`
        of the ideal model and `freedom`, the degrees of freedom of each dimension. `sets`: for each
        number of `samples`, how many training `sets` there are and how many are `determining`.
    """
    from grokphase import theory
    from grokphase.tasks import task
    from grokphase.theory.bulk import are_determined

    six = task("addition", p=6)
    stages = []
    for last in range(len(STAGES)):
        train = samples_of(six, [pair for stage in STAGES[: last + 1] for pair in stage])
        stages.append(
            {
                "samples": STAGES[last],
                "distinct": len(train),
                "embedding": ground_state(six, train, _LAYOUT_6),
                "parallelograms": _symbols(six, theory.implied_parallelograms(six, train)),
                "rqi": theory.ideal_rqi(six, train),
                "freedom": theory.null_dimension(six, train),
            }
        )
    sets = [
        {
            "samples": many,
            "sets": comb(len(six), many),
            "determining": int(are_determined(six, _masks(len(six), many)).sum()),
        }
        for many in range(4, 8)
    ]
    return {"stages": stages, "sets": sets}


def samples_of(task: Task, pairs: Sequence[Pair]) -> list[int]:
    """Indices of samples given by their symbols, each once, ascending.

    Example:
        >>> from grokphase.tasks import task
        >>> samples_of(task("addition", p=4), EQUATION_21)
        [2, 3, 4, 5, 6, 7]
    """
    wanted = {tuple(sorted(pair)) for pair in pairs}
    return [k for k, pair in enumerate(task.inputs.tolist()) if tuple(sorted(pair)) in wanted]


def ground_state(task: Task, train: Sequence[int], layout: Sequence[Sequence[float]]) -> Floats:
    """The ground state nearest to a layout: all that is implied holds, and nothing else does.

    Args:
        task: a task whose inputs are pairs of symbols.
        train: the training set D.
        layout: (p, d) positions in general position.

    Returns:
        (p, d) its projection on the null space of A(P0(D)).
    """
    from grokphase.theory import null_space

    basis = null_space(task, train)
    return np.asarray(basis @ (basis.T @ np.asarray(layout)))


def _symbols(task: Task, pairs: Integers) -> list[list[int]]:
    return [task.inputs[pair].ravel().tolist() for pair in pairs]


def _masks(samples: int, many: int) -> NDArray[np.bool_]:
    """All sets of so many samples, one a row."""
    chosen = np.array(list(combinations(range(samples), many)))
    masks = np.zeros((len(chosen), samples), bool)
    np.put_along_axis(masks, chosen, True, axis=1)
    return masks


# ------------------------------------------------------------------------------ Figures 11, 12


def subsets(_: Work) -> Data:
    """The subsets of {A1, A2, A3}, and what each leaves free: Figure 11.

    Returns:
        `equations`, and `nodes`: for each `subset` (indices of equations), its `freedom`, the
        equations `implied`, and a generic ground state `embedding` in two dimensions.
    """
    from grokphase import theory

    four = _four()
    nodes = []
    for subset in _SUBSETS:
        # Each of the sums 2, 3 and 4 has two samples, and so one equation.
        train = [k for k, label in enumerate(four.labels) if label - _A1_LABEL in subset]
        implied = theory.implied_parallelograms(four, train)
        nodes.append(
            {
                "subset": subset,
                "freedom": theory.null_dimension(four, train),
                "implied": sorted(equations(four, implied)),
                "embedding": ground_state(four, train, _LAYOUT_4),
            }
        )
    return {"equations": EQUATIONS, "nodes": nodes}


def equations(four: Task, pairs: Integers) -> tuple[int, ...]:
    """Which of A1, A2, A3 (as 0, 1, 2) parallelograms of p = 4 are.

    Args:
        four: addition with p = 4.
        pairs: (q, 2) pairs of samples.
    """
    return tuple(int(four.labels[pair[0]]) - _A1_LABEL for pair in pairs)


def found(work: Work) -> Data:
    """Which of A1, A2, A3 trained networks have in the end: Figure 12.

    Returns:
        `seeds`, `steps`, and `groups`: for each, `name`, `dimension`, `rates` (representation,
        decoder), `allowed` (the equations its training set implies), for each seed the equations
        realised (`code` and `paper` convention), `rqi` and `train_accuracy`, and `examples`, for
        each set of equations the embedding of the seed that keeps symbols furthest apart.
    """
    seeds = work.choose(quick=range(40), paper=range(200))
    groups = []
    for name, pairs, dimension in (
        ("all", EQUATION_21, 1),
        ("plane", EQUATION_21, 2),
        ("A1", ONLY_A1, 1),
    ):
        for rates in (FAST, SLOW):
            records = work.train(
                [_spec(pairs, dimension, rates, seed) for seed in seeds], weights=True
            )
            groups.append({"name": name, "rates": rates, **_group(pairs, dimension, records)})
    return {"seeds": len(seeds), "steps": STEPS, "groups": groups}


def _four() -> Task:
    from grokphase.tasks import task

    return task("addition", p=4)


def _spec(pairs: Sequence[Pair], dimension: int, rates: tuple[float, float], seed: int) -> RunSpec:
    from grokphase.models.specification import Toy
    from grokphase.tasks import Split
    from grokphase.training.presets import run_spec
    from grokphase.training.recipe import Group, Recipe

    four, (representation, decoder) = _four(), rates
    recipe = Recipe(
        embedding=Group(learning_rate=representation),
        decoder=Group(learning_rate=decoder),
        steps=STEPS,
        stop="budget",
    )
    split = Split(train=samples_of(four, pairs))
    return run_spec(four, Toy(dimension=dimension), recipe, split=split, seed=seed)


def _group(pairs: Sequence[Pair], dimension: int, records: Sequence[RunRecord]) -> dict[str, Any]:
    from grokphase import theory

    four = _four()
    rows: dict[str, list[Any]] = {"code": [], "paper": [], "rqi": [], "train_accuracy": []}
    examples: dict[tuple[int, ...], RunRecord] = {}
    for record in records:
        embedding = final_embedding(record)
        for convention in ("code", "paper"):
            pairs_found = theory.realised_parallelograms(embedding, four, convention=convention)
            rows[convention].append(equations(four, pairs_found))
        rows["rqi"].append(theory.rqi(embedding, four))
        rows["train_accuracy"].append(record.final["train_accuracy"])
        clearest = examples.setdefault(rows["code"][-1], record)
        if _apart(record) > _apart(clearest):
            examples[rows["code"][-1]] = record
    implied = theory.implied_parallelograms(four, samples_of(four, pairs))
    return {
        "dimension": dimension,
        "allowed": equations(four, implied),
        **rows,
        "examples": [
            {"subset": subset, "seed": record.seed, "embedding": final_embedding(record)}
            for subset, record in examples.items()
        ],
    }


def _apart(record: RunRecord) -> float:
    """The least distance of two symbols, in units of the spread of all."""
    from scipy.spatial.distance import pdist

    embedding = final_embedding(record)
    return float(pdist(embedding).min() / embedding.std(axis=0, ddof=1).max())


def _found_settings(seeds: int) -> str:
    return (
        f"Addition, p = 4, {seeds} seeds a setting, {STEPS:,} steps of AdamW; embeddings in one "
        "dimension (Appendix D; Figure 12 does not say), and in two for comparison; training set "
        "of Eq. 21, and one that shows A1 alone; an equation counts where its sides meet within "
        "0.1 standard deviations (authors' code)."
    )


_EXACT = "exact, in two dimensions for the picture; nothing is trained"

FIGURES: tuple[Figure, ...] = (
    Figure(
        id="fig9",
        where="Figure 9",
        title="Parallelograms emerge as data are added",
        compute=emergence,
        draw=draw_emergence,
        settings=dict.fromkeys(
            ("quick", "paper"), f"Addition, p = 6, the samples of Appendix C; {_EXACT}."
        ),
    ),
    Figure(
        id="fig11",
        where="Figure 11",
        title="The hierarchy of representations of p = 4",
        compute=subsets,
        draw=draw_subsets,
        settings=dict.fromkeys(
            ("quick", "paper"), f"Addition, p = 4, subsets of Eq. 20; {_EXACT}."
        ),
    ),
    Figure(
        id="fig12",
        where="Figure 12",
        title="Representations that networks find, p = 4",
        compute=found,
        draw=draw_found,
        settings={"quick": _found_settings(40), "paper": _found_settings(200)},
    ),
    DEDUCTION,
)
"""Figures 9, 11, 12 and 16."""
