"""Figures 9, 11 and 12: which structure follows from which data, and which networks find.

Figures 9 and 11 are exact and without chance. Figure 12 trains the toy with four symbols and asks
which of its three parallelograms its embedding has in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import pdist

from grokphase import theory
from grokphase.studies.given import Given, Labels, Trained
from grokphase.studies.liu2022.theorems import Floats, Integers, addition, samples_of
from grokphase.studies.paper import Settings
from grokphase.tasks import Split, Task
from grokphase.theory.bulk import are_determined

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

_A1_LABEL = 2  # the sum that A1 of Eq. 20 is about; those of A2 and A3 follow


def ground_state(task: Task, train: Sequence[int], layout: Sequence[Sequence[float]]) -> Floats:
    """The ground state nearest to positions (p, d): all that is implied holds, and nothing else."""
    basis = theory.null_space(task, train)
    return np.asarray(basis @ (basis.T @ np.asarray(layout)))


def emergence(given: Given) -> dict[str, Any]:
    """Figure 9: the structure that the nested training sets of Appendix C determine.

    Returns:
        `stages`: for each, the `samples` added, how many `distinct` there are so far, a generic
        ground state `embedding` in two dimensions, the implied `parallelograms` (i, j, m, n), `rqi`
        of the ideal model and `freedom`, the degrees of freedom of each dimension. `sets`: for each
        number of `samples`, how many training `sets` there are and how many are `determining`.
    """
    six, stages, shown = addition(6), [], []
    for samples in given.settings["stages"]:
        shown += samples
        train = samples_of(6, shown)
        implied = theory.implied_parallelograms(six, train)
        stages.append(
            {
                "samples": samples,
                "distinct": len(train),
                "embedding": ground_state(six, train, given.settings["layout"]),
                "parallelograms": six.inputs[implied].reshape(-1, 4),
                "rqi": theory.ideal_rqi(six, train),
                "freedom": theory.null_dimension(six, train),
            }
        )
    sets = [
        {
            "samples": many,
            "sets": comb(len(six), many),
            "determining": int(are_determined(six, _every_set(len(six), many)).sum()),
        }
        for many in given.settings["sizes"]
    ]
    return {"stages": stages, "sets": sets}


def _every_set(samples: int, many: int) -> np.ndarray:
    """All sets of so many samples as masks, one a row."""
    chosen = np.array(list(combinations(range(samples), many)))
    masks = np.zeros((len(chosen), samples), bool)
    np.put_along_axis(masks, chosen, True, axis=1)
    return masks


def subsets(given: Given) -> dict[str, Any]:
    """Figure 11: the subsets of {A1, A2, A3}, and what each leaves free.

    Returns:
        `equations`, and `nodes`: for each `subset` (indices of equations), its `freedom`, the
        equations `implied`, and a generic ground state `embedding` in two dimensions.
    """
    four, nodes = addition(4), []
    for subset in (one for size in (3, 2, 1, 0) for one in combinations(range(3), size)):
        train = samples_about(subset)
        nodes.append(
            {
                "subset": subset,
                "freedom": theory.null_dimension(four, train),
                "implied": sorted(equations(theory.implied_parallelograms(four, train))),
                "embedding": ground_state(four, train, given.settings["layout"]),
            }
        )
    return {"equations": given.settings["equations"], "nodes": nodes}


def samples_about(subset: Sequence[int]) -> list[int]:
    """The samples of p = 4 that show some of A1, A2, A3: each sum has two, and so one equation."""
    return [k for k, label in enumerate(addition(4).labels) if label - _A1_LABEL in subset]


def equations(pairs: Integers) -> tuple[int, ...]:
    """Which of A1, A2, A3 (as 0, 1, 2) parallelograms of p = 4 are, as pairs of samples."""
    return tuple(int(addition(4).labels[pair[0]]) - _A1_LABEL for pair in pairs)


def networks(settings: Settings) -> Iterator[tuple[Labels, RunSpec]]:
    """Each training set and dimension, with a fast and a slow decoder, and each seed."""
    from grokphase.models.specification import Toy
    from grokphase.training.asked import run_spec
    from grokphase.training.recipe import Group, Recipe

    four = addition(4)
    for group, rates in product(settings["groups"], settings["rates"]):
        recipe = Recipe(
            embedding=Group(learning_rate=rates[0]),
            decoder=Group(learning_rate=rates[1]),
            steps=settings["steps"],
            stop="budget",
        )
        split = Split(train=samples_of(4, group["shown"]))
        for seed in range(settings["seeds"]):
            yield (
                {"name": group["name"], "rates": rates, "dimension": group["dimension"]},
                run_spec(four, Toy(dimension=group["dimension"]), recipe, split=split, seed=seed),
            )


def found(given: Given) -> dict[str, Any]:
    """Figure 12: which of A1, A2, A3 trained networks have in the end.

    Returns:
        `seeds`, `steps`, and `groups`: for each, `name`, `dimension`, `rates` (representation,
        decoder), `allowed` (the equations its training set implies), for each seed the equations
        realised (`code` and `paper` convention), `rqi` and `train_accuracy`, and `examples`, for
        each set of equations the embedding of the seed that keeps symbols furthest apart.
    """
    seeds, groups = given.settings["seeds"], []
    for at, (group, _) in enumerate(product(given.settings["groups"], given.settings["rates"])):
        implied = theory.implied_parallelograms(addition(4), samples_of(4, group["shown"]))
        found = _group(given.runs[at * seeds : (at + 1) * seeds])
        groups.append({**found, "allowed": equations(implied)})
    return {"seeds": seeds, "steps": given.settings["steps"], "groups": groups}


def _group(runs: Sequence[Trained]) -> dict[str, Any]:
    four, embeddings = addition(4), [_embedding(run) for run in runs]
    realised = {
        convention: [
            equations(theory.realised_parallelograms(one, four, convention=convention))
            for one in embeddings
        ]
        for convention in ("code", "paper")
    }
    clearest: dict[tuple[int, ...], int] = {}
    for at in sorted(range(len(runs)), key=lambda at: -_apart(embeddings[at])):
        clearest.setdefault(realised["code"][at], at)
    return {
        **runs[0].labels,
        **realised,
        "rqi": [theory.rqi(one, four) for one in embeddings],
        "train_accuracy": [run.record.final["train_accuracy"] for run in runs],
        "examples": [
            {"subset": subset, "seed": runs[at].record.seed, "embedding": embeddings[at]}
            for subset, at in clearest.items()
        ],
    }


def _embedding(run: Trained) -> Floats:
    return np.asarray(run.weights["embedding"], np.float64)


def _apart(embedding: Floats) -> float:
    """The least distance of two symbols, in units of the spread of all."""
    return float(pdist(embedding).min() / embedding.std(axis=0, ddof=1).max())
