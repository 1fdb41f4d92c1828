"""Figures 4 and 5 as tables that charts show, and the other seeds' trajectories in small panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.estimators.intervals import proportion
from grokphase.plotting import charts
from grokphase.studies.liu2022.prediction_claims import rows

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

Data = Mapping[str, Any]
Table = dict[str, Any]


# Figure 4 (a)


def ten(data: Data) -> Table:
    """The transition for p = 10, from no data to all."""
    one = next(one for one in data["sizes"] if one["p"] == 10)
    columns = {name: [0, *one[name], 1] for name in ("fraction", "probability", "lower", "upper")}
    return {**columns, "critical": one["critical"]}


def law(data: Data) -> Table:
    """The law for p = 10."""
    return dict(data["law"])


def scaling(data: Data) -> Table:
    """Critical fractions, measured and by the law, a number of symbols a row."""
    names = ("p", "critical", "low", "high", "law", "law_of_size", "asymptote")
    return {name: [one[name] for one in data["sizes"]] for name in names}


def collapse(data: Data) -> Table:
    """Every transition against the expected number of symbols that are left out."""
    sizes = data["sizes"]
    return {
        "p": [one["p"] for one in sizes for _ in one["fraction"]],
        "untouched": [value for one in sizes for value in one["untouched"]],
        "probability": [value for one in sizes for value in one["probability"]],
    }


def exponential(data: Data) -> Table:
    """What the transitions collapse on."""
    x = np.geomspace(0.002, 10, 100)
    return {"untouched": x, "probability": np.exp(-x)}


# Figures 4 (b) and 5 (b)


def runs(data: Data) -> Table:
    """Networks by size and seed: Figure 4 (b)."""
    return rows(data, steps=data["steps"], determined=data["determined"])


def known(data: Data) -> Table:
    """The probability that a random training set determines the structure, by its size."""
    return {"fraction": fractions(data), "probability": data["probability"]}


def splits(data: Data) -> Table:
    """Networks and what the theory predicts of their splits, by size and seed: Figure 5 (b)."""
    return rows(data, steps=data["steps"], **data["predicted"])


def fractions(data: Data) -> Any:
    """Training fractions of all sizes."""
    return np.array(data["counts"]) / data["samples"]


# Figures 4 (c, d)


def trajectories(data: Data) -> Table:
    """Embeddings of the theory or of networks, with n_h and 3 n_h of the first seed."""
    paths = data["paths"] if isinstance(data["paths"], Mapping) else {"network": data["paths"]}
    first = {name: values[0] for name, values in data["n_h"].items()}
    return {
        **data,
        **paths,
        "first": data["seeds"][0],
        **{f"n_h_{name}": unit for name, unit in first.items()},
        **{f"three_{name}": 3 * unit for name, unit in first.items()},
        "ratio": first["paper"] / first["sum"],
    }


def other_seeds(figure: SubFigure, table: Table, *, y: str, x_label: str) -> None:
    """The trajectories of the next five seeds, each with its n_h and 3 n_h under "sum"."""
    panels = figure.subplots(1, 5, sharey=True)
    reach = 1.05 * np.abs(table[y][1:]).max()
    for at, axes in enumerate(panels, start=1):
        n_h = table["n_h"]["sum"][at]
        look = {"colour": "blue", "dash": "dashed"}
        around = {
            "x_label": x_label,
            "y_label": "embedding" if at == 1 else "",
            "x_range": [0, table["steps"][-1]],
            "y_range": [-reach, reach],
            "lines": [{"x": times * n_h, **look} for times in (1, 3)] if n_h else [],
            "legend": "none",
        }
        one = charts.Panel("curves", table, {"x": "steps", "y": y, "row": at, **around})
        charts.draw_chart(axes, one)
        axes.set_title(f"seed {table['seeds'][at]}", loc="left")


def qualities(data: Data) -> Table:
    """RQI of all networks against steps."""
    reached = sum(step is not None for step in data["rqi_step"])
    return {**data, "reached": reached, "many": len(data["seeds"])}


def moving(data: Data) -> bytes:
    """The embeddings of the first seed on a line: the theory's above, the network's below."""
    table = {
        "step": data["steps"],
        "embedding": [data["flow"][0], data["paths"][0]],
        "title": ["effective theory (“sum”)", "network"],
        "said": [
            [f"step {step:,}" for step in data["steps"]],
            [f"RQI {quality:.2f}" for quality in data["rqi"][0]],
        ],
        "seed": data["seeds"][0],
    }
    picture = charts.moving(
        table,
        title="{title}",
        words="{said}",
        spread="early",
        frames=80,
        label="standardised embedding, seed {seed}, 45 of 55 samples",
    )
    return charts.animate(picture)


# Figure 5 (a)


def rates(data: Data) -> Table:
    """Quantiles of the rate, and the share of training sets of rate 0, by size."""
    bounds = np.array([proportion(zero, data["sets"]) for zero in data["zero"]])
    return {
        "fraction": fractions(data),
        **data["quantiles"],
        "levels": data["levels"],
        "constant": data["constant"],
        "zero": np.array(data["zero"]) / data["sets"],
        "low": bounds[:, 0],
        "high": bounds[:, 1],
    }
