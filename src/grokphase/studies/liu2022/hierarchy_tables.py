"""Figures 9, 11 and 12 as tables: what claims are measured on, and what charts show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from grokphase.estimators import Measured, Table, estimator
from grokphase.studies.data import Data, in_columns
from grokphase.studies.liu2022.baselines import ideal_models
from grokphase.studies.liu2022.hierarchy import samples_about
from grokphase.studies.liu2022.theorems import Figures, Floats, addition

_SIDES = ((0, 2, 1, 1), (0, 3, 1, 2), (1, 3, 2, 2))
"""A1, A2 and A3 of Eq. 20 as i + j = m + n."""

_POSSIBLE = ((0, 1, 2), (0,), (1,), (2,), ())  # two equations imply the third


def stages(data: Data) -> Table:
    """A row a stage: its ground state, and all samples shown so far."""
    rows: list[dict[str, Any]] = []
    shown: list[Any] = []
    for at, stage in enumerate(data["stages"]):
        shown = [*shown, *stage["samples"]]
        added = ", ".join("({}, {})".format(*pair) for pair in stage["samples"])
        below = (
            f"{'+ ' * (at > 0)}{added}\n{stage['distinct']} samples, "
            f"{len(stage['parallelograms'])} parallelograms\n{stage['freedom']} degrees of freedom"
        )
        rows.append({**stage, "shown": shown, "letter": "abc"[at], "below": below})
    least, _ = _determining(data)
    rows[-1]["below"] += (
        f"\n(so do {least['determining']} of {least['sets']:,} sets of {least['samples']})"
    )
    return in_columns(rows)


def _determining(data: Data) -> Sequence[Mapping[str, Any]]:
    """The two least numbers of samples of which some sets determine the structure."""
    return [each for each in data["sets"] if each["determining"]][:2]


def rising_quality(figures: Figures) -> Measured:
    """Whether the ideal RQI rises at each stage."""
    quality = [stage["rqi"] for stage in figures["fig9"]["stages"]]
    rises = bool((np.diff(quality) > 0).all())
    value = ", ".join(f"{each:.3f}" for each in quality)
    return Measured(value, "holds" if rises else "fails", note="Ideal RQI of (a), (b), (c).")


def listed_samples(figures: Figures) -> Table:
    """The degrees of freedom that all samples of Appendix C leave."""
    return {"freedom": figures["fig9"]["stages"][-1]["freedom"]}


def least_samples(figures: Figures) -> Table:
    """The least number of samples that determine the structure of p = 6."""
    first, second = _determining(figures["fig9"])
    note = (
        f"{first['determining']} of {first['sets']:,} training sets of {first['samples']} samples "
        f"determine it, none of fewer; {second['determining']:,} of {second['sets']:,} sets of "
        f"{second['samples']}."
    )
    return {"samples": first["samples"], "note": note}


def descendants(figures: Figures) -> Table:
    """Each pair of subsets of equations of which one contains the other: their freedom."""
    nodes = figures["fig11"]["nodes"]
    pairs = [
        (parent["freedom"], child["freedom"])
        for parent, child in product(nodes, nodes)
        if set(child["subset"]) < set(parent["subset"])
    ]
    different = len({tuple(node["implied"]) for node in nodes})
    note = (
        f"The {len(nodes)} subsets give {different} different representations: any two equations "
        "imply the third."
    )
    ancestor, descendant = zip(*pairs, strict=True)
    return {"ancestor": ancestor, "descendant": descendant, "note": note}


def nodes(data: Data) -> Table:
    """A row a subset of equations, with what it implies as parallelograms."""
    rows = data["nodes"]
    return {
        **in_columns(rows),
        "parallelograms": [[_SIDES[k] for k in row["implied"]] for row in rows],
        "title": [f"{words(row['subset'])}:  n = {row['freedom']}" for row in rows],
    }


def words(subset: Sequence[int]) -> str:
    """A set of equations, as {A1, A3}."""
    return "{" + ", ".join(f"A{at + 1}" for at in subset) + "}" if subset else "none"


def _groups(data: Data, name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The runs of one training set and dimension, with a fast and with a slow decoder."""
    fast, slow = (each for each in data["groups"] if each["name"] == name)
    return fast, slow


def quality_gains(figures: Figures) -> Table:
    """By how much the RQI is higher with a slow decoder, seed by seed; the note: in 2-D."""
    gain = {}
    for name in ("all", "plane"):
        fast, slow = (np.asarray(each["rqi"]) for each in _groups(figures["fig12"], name))
        gain[name] = {"seed": range(len(fast)), "gain": slow - fast}
    plane = estimator("level")(gain["plane"], column="gain", within=[0, 1])
    low, high = plane.interval or (np.nan, np.nan)
    note = (
        "Slow minus fast, seed by seed; with embeddings in two dimensions "
        f"{plane.value:.2f} ({low:.2f} to {high:.2f})."
    )
    return {**gain["all"], "note": note}


def representations(figures: Figures) -> Table:
    """How many of the five possible representations some run of either setting finds."""
    data = figures["fig12"]

    def counts(name: str, convention: str) -> list[int]:
        there = [tuple(one) for each in _groups(data, name) for one in each[convention]]
        return [there.count(one) for one in _POSSIBLE]

    runs = counts("all", "code")
    text, plane = (np.count_nonzero(counts(*of)) for of in (("all", "paper"), ("plane", "code")))
    note = (
        f"Of {len(_POSSIBLE)}; with the text's delta {text}; with embeddings in two dimensions "
        f"{plane}; runs of each: {', '.join(map(str, runs))}."
    )
    return {"seed": range(data["seeds"]), "found": np.count_nonzero(runs), "note": note}


def excess_of_descendants(figures: Figures) -> Table:
    """Whether a network that was shown A1 alone has no more, less the share of ideal models.

    Ideal models are random embeddings projected on the ground states.
    """
    data = figures["fig12"]
    groups = _groups(data, "A1")
    allowed = groups[0]["allowed"]
    kept = {
        convention: np.array([[set(one) <= set(allowed) for one in g[convention]] for g in groups])
        for convention in ("code", "paper")
    }
    models = ideal_models(addition(4), tuple(samples_about(allowed)), seed=0, draws=20_000)
    ideal = {convention: float((one.extra == 0).mean()) for convention, one in models.items()}
    code, paper = kept["code"], kept["paper"]
    note = (
        f"{code.sum()} of {code.size} runs of both settings, {code.mean():.1%}, an ideal model "
        f"under the same delta {ideal['code']:.1%}; with the text's delta {paper.sum()} runs, "
        f"{paper.mean():.1%}, and {ideal['paper']:.1%}."
    )
    seeds = np.tile(np.arange(data["seeds"]), len(groups))
    return {"seed": seeds, "excess": code.ravel() - ideal["code"], "note": note}


def realised(data: Data) -> Table:
    """A row a run: the equations its embedding has, those of more equations first."""
    rows = [
        {"subset": one, "decoder": _speed(group), "set": group["name"]}
        for group in data["groups"]
        for one in group["code"]
    ]
    return {**_in_order(rows), "seeds": data["seeds"]}


def examples(data: Data) -> Table:
    """A row an example in one dimension: standardised, so that the last symbol is not the first."""
    rows = [
        {
            "subset": one["subset"],
            "decoder": _speed(group),
            "embedding": _standardised(one["embedding"]),
            "parallelograms": [_SIDES[k] for k in one["subset"]],
        }
        for group in _groups(data, "all")
        for one in group["examples"]
    ]
    return _in_order(rows)


def _in_order(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows by their `subset` of equations, which `equations` names."""
    rows = sorted(rows, key=lambda row: (-len(row["subset"]), row["subset"]))
    return in_columns([{**row, "equations": words(row["subset"])} for row in rows])


def _speed(group: Mapping[str, Any]) -> str:
    representation, decoder = group["rates"]
    return "fast" if decoder > representation else "slow"


def _standardised(embedding: Any) -> Floats:
    line = np.asarray(embedding, np.float64)[:, 0]
    line = (line - line.mean()) / line.std(ddof=1)
    return np.asarray(line if line[-1] >= line[0] else -line)  # mirror images are one
