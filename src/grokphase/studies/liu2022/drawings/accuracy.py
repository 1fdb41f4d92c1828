"""Figures 3 and 10: trained models, what their representation promises, what is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.plotting.style import RQI_COLOUR, TRAIN_COLOUR, VALIDATION_COLOUR, paper_style
from grokphase.studies.figure import Data, FigureResult
from grokphase.studies.liu2022.drawings.sheet import INK, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MEMORIZATION = "#c4543c"  # the phase of this name, as in maps
_FORBIDDEN = "#f1e4e0"
_ROUNDING = 1e-6  # results keep seven digits
_FRACTION = "training data fraction |D| / |D$_0$|"
_NAMES = {
    "rqi_code": "RQI",
    "rqi_paper": "RQI",
    "ideal_rqi": r"ideal RQI  $\overline{\mathrm{RQI}}$",
    "accuracy": "accuracy Acc",
    "ideal_accuracy": r"ideal accuracy  $\overline{\mathrm{Acc}}$",
    "predicted_code": r"predicted accuracy  $\widehat{\mathrm{Acc}}$",
}


def draw_agreement(result: FigureResult) -> Figure:
    """Accuracy, predicted accuracy, and one against the other.

    Args:
        result: of `accuracy.agreement`.
    """
    data = result.data
    with paper_style():
        figure = sheet(
            "Figure 3: accuracy on all samples, measured and predicted",
            _caption(result),
            2.4,
        )
        real, predicted, both = figure.subplots(1, 3)
        _against_size(real, data, ("accuracy",), TRAIN_COLOUR)
        _against_size(predicted, data, ("predicted_code", "predicted_paper"), VALIDATION_COLOUR)
        for letter, axes in zip("ab", (real, predicted), strict=True):
            axes.plot([0, 1], [0, 1], "--", color=_MEMORIZATION, lw=1, label="memorization")
            axes.legend(**_LEGEND, loc="lower right", bbox_to_anchor=(1.03, 0.0))
            axes.set_title(f"({letter})", loc="left")
        both.plot([0, 1], [0, 1], color="#888888", lw=0.8, zorder=1)
        for convention, marker, face in _MARKS:
            both.scatter(
                data[f"predicted_{convention}"],
                data["accuracy"],
                s=13,
                marker=marker,
                linewidths=0.7,
                facecolors=face,
                edgecolors=_INKS[convention],
                alpha=0.8,
                label=_SHORT[convention],
            )
        both.set(xlabel=_NAMES["predicted_code"], ylabel=_NAMES["accuracy"])
        both.set_title("(c)", loc="left")
        both.legend(**_LEGEND, loc="lower right")
        both.text(
            0.03, 0.97, _agreement_text(data), transform=both.transAxes, va="top", fontsize=6.5
        )
        for axes in (real, predicted, both):
            _unit(axes)
    return figure


def draw_bounds(result: FigureResult) -> Figure:
    """RQI and accuracy of trained models, of the ideal one, and one against the other.

    Args:
        result: of `accuracy.bounds`.
    """
    data = result.data
    with paper_style():
        figure = sheet("Figure 10: trained models beside the ideal one", _caption(result), 4.6)
        (a, b, c), (d, e, f) = figure.subplots(2, 3)
        _against_size(a, data, ("rqi_code", "rqi_paper"), RQI_COLOUR)
        a.axhline(data["chance"], color="#999999", lw=1, ls=":", label="chance, code's $\\delta$")
        _against_size(b, data, ("ideal_rqi",), RQI_COLOUR)
        _against_size(d, data, ("accuracy",), TRAIN_COLOUR)
        _against_size(e, data, ("ideal_accuracy",), TRAIN_COLOUR)
        least = data["least"] / data["samples"]
        b.axvline(least, color=INK, lw=0.8, ls=":")
        b.text(
            least - 0.01,
            0.97,
            f"fewest possible: {data['least']} samples",
            rotation=90,
            ha="right",
            va="top",
            fontsize=6.5,
            color=INK,
        )
        for axes in (d, e):
            axes.plot([0, 1], [0, 1], "--", color=_MEMORIZATION, lw=1, label="memorization")
        a.legend(**_LEGEND, loc="upper left")
        for axes in (b, d, e):
            axes.legend(**_LEGEND, loc="lower right")
        _bound(c, data, "ideal_rqi", ("rqi_code", "rqi_paper"))
        _bound(f, data, "ideal_accuracy", ("accuracy",))
        for letter, axes in zip("abcdef", (a, b, c, d, e, f), strict=True):
            axes.set_title(f"({letter})", loc="left")
            _unit(axes)
    return figure


_MARKS = (("code", "o", "#56a9d9"), ("paper", "^", "none"))
_INKS = {"code": TRAIN_COLOUR, "paper": VALIDATION_COLOUR}
_SHORT = {"code": r"code's $\delta$", "paper": r"text's $\delta$"}
_LEGEND: dict[str, Any] = {
    "fontsize": 6.5,
    "handlelength": 1.5,
    "handletextpad": 0.4,
    "labelspacing": 0.3,
    "borderpad": 0,
}


def _against_size(axes: Axes, data: Data, names: tuple[str, ...], colour: str) -> None:
    """A dot for each run and the median over seeds; of a second convention the median alone."""
    first, *others = names
    fraction = np.asarray(data["size"]) / data["samples"]
    suffix = f", {_SHORT['code']}" if others else ""
    axes.plot(
        fraction, data[first], "o", ms=2.8, color=colour, alpha=0.35, mew=0, label=f"a seed{suffix}"
    )
    where, middle = _medians(fraction, data[first])
    axes.plot(where, middle, color=colour, lw=1.4, label=f"median{suffix}")
    for name in others:
        where, middle = _medians(fraction, data[name])
        axes.plot(where, middle, color=INK, lw=1, ls="-.", label=f"median, {_SHORT['paper']}")
    axes.set(xlabel=_FRACTION, ylabel=_NAMES[first])


def _medians(
    fraction: NDArray[np.float64], values: list[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    where = np.unique(fraction)
    array = np.asarray(values, np.float64)
    return where, np.array([np.median(array[fraction == at]) for at in where])


def _bound(axes: Axes, data: Data, ideal: str, names: tuple[str, ...]) -> None:
    """Trained against ideal; above the diagonal is what the bound excludes."""
    axes.fill_between([-0.02, 1, 1.03], [0, 1, 1], 1.05, color=_FORBIDDEN, lw=0, zorder=0)
    axes.plot([0, 1], [0, 1], color="#888888", lw=0.8, zorder=1)
    bound = np.asarray(data[ideal], np.float64)
    # Many runs share one ideal value: a seed's dots are moved aside by up to 0.012 to be seen.
    seeds = np.asarray(data["seed"], np.float64)
    aside = 0.024 * (seeds / max(seeds.max(), 1) - 0.5)
    above = []
    for name, (convention, marker, face) in zip(names, _MARKS, strict=False):
        values = np.asarray(data[name], np.float64)
        axes.scatter(
            bound + aside,
            values,
            s=13,
            marker=marker,
            linewidths=0.7,
            facecolors=face,
            edgecolors=_INKS[convention],
            alpha=0.8,
            label=_SHORT[convention],
        )
        many = int((values > bound + _ROUNDING).sum())
        above.append(f"{many} ({_SHORT[convention]})" if len(names) > 1 else str(many))
    words = f"runs of {len(bound)} above the bound:\n{', '.join(above)}"
    axes.text(0.04, 0.97, words, transform=axes.transAxes, va="top", fontsize=6.5)
    if len(names) > 1:
        axes.legend(**_LEGEND, loc="upper left", bbox_to_anchor=(0.02, 0.84))
    axes.set(xlabel=_NAMES[ideal], ylabel=_NAMES[names[0]])


def _agreement_text(data: Data) -> str:
    real = np.asarray(data["accuracy"], np.float64)
    lines = ["mean |Acc - predicted|:"]
    for convention in ("code", "paper"):
        apart = np.abs(real - np.asarray(data[f"predicted_{convention}"])).mean()
        lines.append(f"{apart:.3f} ({_SHORT[convention]})")
    return "\n".join(lines)


def _unit(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1.03), ylim=(-0.03, 1.05), box_aspect=1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.spines[["top", "right"]].set_visible(False)


def _caption(result: FigureResult) -> str:
    return (
        f"{result.settings} A parallelogram counts where its sides meet within delta: 0.1 standard "
        "deviations in the authors' code, 0.01 of the raw embedding in the text. "
        f"{result.runs:,} runs, {result.steps:,} steps."
    )
