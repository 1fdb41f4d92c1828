"""Tables of the figures: their data as the charts take them, a row a run or a panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grokphase.estimators.intervals import proportion

Data = Mapping[str, Any]
Table = dict[str, Any]

_ROUNDING = 1e-6  # results keep seven digits
_BEFORE, _LARGE = 6, 12  # seeds whose paths are kept; networks of Figure 17 that are drawn small
_STARTS = {"wide": "wide start", "small": "small start", "decayed": "small start, weight decay"}
_SHORT = {"wide": "wide", "small": "small", "decayed": "decay"}


def _column(data: Data, name: str) -> Any:
    return np.asarray(data[name], np.float64)


def _above(data: Data, value: str, bound: str) -> int:
    """Runs of which a value is above its bound."""
    return int((_column(data, value) > _column(data, bound) + _ROUNDING).sum())


# ------------------------------------------------------------------------------ Figures 3, 10, 18


def agreement(data: Data) -> Table:
    """Figure 3 (c): runs, and how far apart accuracy and its prediction are."""
    real = _column(data, "accuracy")
    apart = {
        f"apart_{name}": float(np.abs(real - _column(data, f"predicted_{name}")).mean())
        for name in ("code", "paper")
    }
    return {**data, **apart}


def bounds(data: Data) -> Table:
    """Figure 10 (c, f): runs, and how many are above the bound."""
    return {
        **data,
        "runs": len(data["size"]),
        "above_code": _above(data, "rqi_code", "ideal_rqi"),
        "above_paper": _above(data, "rqi_paper", "ideal_rqi"),
        "above_accuracy": _above(data, "accuracy", "ideal_accuracy"),
    }


def fractions(data: Data) -> Table:
    """Figure 18: runs, and how many promise more than they have."""
    low, high = data["theory_interval"]
    return {
        **data,
        "runs": len(data["size"]),
        "theory_low": low,
        "theory_high": high,
        "above_code": _above(data, "predicted_code", "accuracy"),
        "above_text": _above(data, "predicted_text", "accuracy"),
    }


# ------------------------------------------------------------------------------ Figures 4, 5


def ten(data: Data) -> Table:
    """Figure 4 (a): the transition for p = 10, with its ends."""
    one = next(each for each in data["sizes"] if each["p"] == 10)
    columns = ("fraction", "probability", "lower", "upper")
    return {**{name: [0, *one[name], 1] for name in columns}, "critical": one["critical"]}


def law(data: Data) -> Table:
    """Figure 4 (a): the law for p = 10."""
    return dict(data["law"])


def sizes(data: Data) -> Table:
    """Figure 4 (a): critical fractions, a row a number of symbols."""
    columns = ("p", "critical", "low", "high", "law", "law_of_size", "asymptote")
    return {name: [one[name] for one in data["sizes"]] for name in columns}


def collapse(data: Data) -> Table:
    """Figure 4 (a): probabilities against the expected number of symbols left out."""
    found = [
        (one["p"], *pair)
        for one in data["sizes"]
        for pair in zip(one["untouched"], one["probability"], strict=True)
    ]
    return dict(zip(("p", "untouched", "probability"), zip(*found, strict=True), strict=True))


def exponential(_: Data) -> Table:
    """Figure 4 (a): what they collapse on."""
    left_out = np.geomspace(0.002, 10, 100)
    return {"untouched": left_out, "probability": np.exp(-left_out)}


def networks(data: Data) -> Table:
    """Figures 4 (b), 5 (b): a row a network, with what is predicted for its split."""
    many, seeds = len(data["sizes"]), data["seeds"]
    columns = {name: data[name] for name in ("steps", "determined") if name in data}
    columns |= data.get("predicted", {})
    return {
        "size": np.repeat(data["sizes"], len(seeds)),
        "seed": np.tile(seeds, many),
        **{name: np.array(values, float).ravel() for name, values in columns.items()},
        "samples": data["samples"],
        "budget": data["budget"],
    }


def theory(data: Data) -> Table:
    """Figure 4 (b): the share of training sets that determine the structure."""
    return {name: data[name] for name in ("counts", "probability", "samples")}


def flow(data: Data) -> Table:
    """Figure 4 (c): trajectories of the theory."""
    return {**_trajectories(data), **data["paths"]}


def paths(data: Data) -> Table:
    """Figure 4 (d): trajectories of networks."""
    return {**_trajectories(data), "network": data["paths"]}


def _trajectories(data: Data) -> Table:
    """Steps, seeds by number, and n_h of the first seed and of the others."""
    units = {name: values[0] for name, values in data["n_h"].items()}
    found: Table = {"steps": data["steps"], "ratio": units["paper"] / units["sum"]}
    for at in range(_BEFORE):
        found[f"seed_{at}"] = data["seeds"][at]
        for name, values in data["n_h"].items():
            found[f"n_{name}_{at}"], found[f"n3_{name}_{at}"] = values[at], 3 * values[at]
    return found


def qualities(data: Data) -> Table:
    """Figure 4 (d): the quality of every network on its way."""
    reached = sum(step is not None for step in data["rqi_step"])
    columns = {name: data[name] for name in ("steps", "rqi", "rqi_step")}
    return {**columns, "first": data["seeds"][0], "seeds": len(data["seeds"]), "reached": reached}


def quantiles(data: Data) -> Table:
    """Figure 5 (a): quantiles of the rate, a row a size of the training set."""
    columns = ("counts", "samples", "levels", "constant")
    return {**{name: data[name] for name in columns}, **data["quantiles"]}


def zeros(data: Data) -> Table:
    """Figure 5 (a): the share of training sets of rate zero, with its interval."""
    ends = np.array([proportion(zero, data["sets"]) for zero in data["zero"]])
    return {
        **{name: data[name] for name in ("counts", "samples")},
        "share": np.array(data["zero"]) / data["sets"],
        "low": ends[:, 0],
        "high": ends[:, 1],
    }


# ------------------------------------------------------------------------------ Figure 17


def most_regular(data: Data) -> Table:
    """Figure 17: the network with the most regular hexagon, along two pairs of components."""
    row = _regular(data)[0]
    scores, explained = np.asarray(data["scores"][row], np.float64), data["explained"][row]
    other = scores[:, [0, 2]]
    spread = other / other.std(axis=0)
    ring = np.argsort(np.arctan2(spread[:, 1], spread[:, 0])).tolist()
    turn = "in turn" if data["alternates"][row] else "not in turn"
    return {
        "points": [scores[:, [0, 1]], other],
        "ring": [[], [*ring, ring[0]]],
        "first": explained[0],
        "other": [explained[1], explained[2]],
        "number": [2, 3],
        "network": (
            f"Most regular: {_STARTS[data['variant'][row]]}, seed {data['seed'][row]}, validation "
            f"{data['validation'][row]:.0%}, RQI {data['rqi'][row]:.2f}. PC1-PC3: neighbours "
            f"within {data['gap'][row]:.0f}° of 60°,\ndistances from the centre spread by "
            f"{data['radius'][row]:.0%}; even and odd permutations {turn}"
        ),
    }


def next_regular(data: Data) -> Table:
    """Figure 17: the next networks in order of regularity, along PC1 and PC3."""
    rows = _regular(data)[1 : 1 + _LARGE]
    return {
        "points": [np.asarray(data["scores"][row])[:, [0, 2]] for row in rows],
        "start": [_SHORT[data["variant"][row]] for row in rows],
        **{name: [data[name][row] for row in rows] for name in ("seed", "validation")},
        "shape": ["hexagon" if data["hexagon"][row] else "no hexagon" for row in rows],
    }


def _regular(data: Data) -> list[int]:
    """Rows, those that generalize first, and among them the most regular hexagons."""
    return sorted(
        range(len(data["seed"])),
        key=lambda row: (
            not data["validation"][row] > 0.9,
            max(data["gap"][row] / 20, data["radius"][row] / 0.2),
        ),
    )


# ------------------------------------------------------------------------------ Figures 9, 2


def stages(data: Data) -> Table:
    """Figure 9: a row a stage, with what was added and all that is shown."""
    found = data["stages"]
    least = next(entry for entry in data["sets"] if entry["determining"])
    return {
        **{name: [stage[name] for stage in found] for name in ("embedding", "rqi", "freedom")},
        **{name: [stage[name] for stage in found] for name in ("parallelograms", "distinct")},
        "letter": list("abc"),
        "shown": [_pairs(found[: at + 1]) for at in range(len(found))],
        "added": [
            ("+ " if at else "") + ", ".join("({}, {})".format(*pair) for pair in stage["samples"])
            for at, stage in enumerate(found)
        ],
        "many": [len(stage["parallelograms"]) for stage in found],
        **{name: least[name] for name in ("samples", "determining", "sets")},
    }


def _pairs(found: Sequence[Data]) -> list[Any]:
    return [pair for stage in found for pair in stage["samples"]]


def planes(data: Data) -> Table:
    """Figure 2: a row a network, those before training first."""
    names = data["settings"]
    shown = [("start", one) for one in data["starts"]]
    for name, text in names.items():
        runs = [one for one in data["runs"] if one["setting"] == name and "classes" in one]
        shown += [(text, one) for one in runs]
    return {
        "setting": [text for text, _ in shown],
        "words": [_of_plane(one, cyclic=data["cyclic"]) for _, one in shown],
        **{name: [one[name] for _, one in shown] for name in ("embedding", "extent", "classes")},
        "many": data["symbols"] if data["cyclic"] else 2 * data["symbols"] - 1,
        **{name: data[name] for name in ("symbols", "cyclic")},
    }


def _of_plane(one: Data, *, cyclic: bool) -> str:
    if "train" not in one:
        return f"seed {one['seed']}"
    shape = (
        f"circle: {one['circle']:.2f} left (m = {one['frequency']})"
        if cyclic
        else f"RQI {one['rqi']:.2f}, line: {one['line']:.2f} left"
    )
    return f"train {one['train']:.0%}, new {one['new']:.0%}\n{shape}"


# ------------------------------------------------------------------------------ what moves


def moving_planes(data: Data) -> bytes:
    """Figure 2: the embeddings of one network on their way, each frame scaled to its extent."""
    from grokphase.plotting.charts import animate, moving

    movie = data["movie"]
    shown = {name: [movie[name]] for name in ("embedding", "train", "validation")}
    table = {**shown, "step": movie["step"], "order": [_joined(data)]}
    words = "step {step:,}: training {train:.0%}, validation {validation:.0%}"
    label = "embedding, scaled to unit variance"
    return animate(moving(table, words=words, order="order", scaled=True, label=label))


def _joined(data: Data) -> list[int]:
    """The order in which symbols are joined: 0, 1, 2, ... and, where they come round, on.

    A circle of frequency m is joined in steps of the inverse of m, that is from neighbour to
    neighbour.
    """
    movie, symbols = data["movie"], data["symbols"]
    if not data["cyclic"]:
        return list(range(symbols))
    frequency = next(
        one["frequency"]
        for one in data["runs"]
        if one["seed"] == movie["seed"] and one["setting"] == movie["setting"]
    )
    stride = pow(int(frequency), -1, symbols)
    return [stride * k % symbols for k in range(symbols + 1)]


def moving_embeddings(data: Data) -> bytes:
    """Figure 4 (d): the embeddings of the first seed on a line, the theory's above."""
    from grokphase.plotting.charts import animate, moving

    table = {
        "embedding": [data["flow"][0], data["paths"][0]],
        "what": ["effective theory (“sum”)", "network"],
        "step": data["steps"],
        "rqi": [data["rqi"][0]] * 2,
        "seed": data["seeds"][0],
    }
    return animate(
        moving(
            table,
            title="{what}",
            words="step {step:,}, RQI of the network {rqi:.2f}",
            spread="early",
            frames=80,
            label="standardised embedding, seed {seed}, 45 of 55 samples",
        )
    )
