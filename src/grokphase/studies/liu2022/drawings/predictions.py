"""Drawings of Figures 4 and 5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase.plotting.style import CENSORED_COLOUR, paper_style
from grokphase.studies.figure import FigureResult
from grokphase.studies.liu2022.drawings.sheet import INK, sheet
from grokphase.telling.looks import lighter

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

_THEORY, _NETWORK, _LAW, _GREY = "#0072b2", "#d55e00", "#009e73", "#777777"
_LOOK = {"paper": ("#cc79a7", ":"), "sum": ("#0072b2", "--"), "code": ("#009e73", "-.")}
_NAMES = {
    "paper": "Eq. 5, ÷|P₀(D)| (“paper”)",
    "sum": "sum over P₀(D) (“sum”)",
    "code": "sum over all of P₀ (“code”)",
}
_FRACTION = "training fraction |D| / |D₀|"
_PUBLISHED = 0.4
_FRAMES = 80


def draw_unique(result: FigureResult) -> Picture:
    """Figure 4 (a): the transition for p = 10, its finite-size scaling, and the data collapse."""
    sizes = result.data["sizes"]
    with paper_style():
        figure = sheet("Figure 4 (a): when the data determine the structure", result.settings, 2.5)
        first, second, third = figure.subplots(1, 3)
        _draw_ten(first, next(one for one in sizes if one["p"] == 10), result.data["law"])
        _draw_scaling(second, sizes)
        _draw_collapse(third, sizes)
        for axes in (first, second, third):
            axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_ten(axes: Axes, one: Mapping[str, Any], law: Mapping[str, Any]) -> None:
    x = np.array(one["fraction"])
    ends = np.array([0.0, *x, 1.0])
    axes.fill_between(
        ends, [0, *one["lower"], 1], [0, *one["upper"], 1], color=lighter(_THEORY), linewidth=0
    )
    axes.plot(
        ends, [0, *one["probability"], 1], color=_THEORY, marker=".", markersize=3, label="measured"
    )
    axes.plot(law["fraction"], law["probability"], "--", color=_LAW, label="law exp(−Λ)")
    axes.axvline(_PUBLISHED, color=_GREY, linewidth=0.8, linestyle=":")
    axes.plot(one["critical"], 0.5, "o", color=_THEORY, markerfacecolor="white", markersize=6)
    axes.annotate(
        f"$r_c$ = {one['critical']:.3f}\n(paper: 0.4)",
        (one["critical"], 0.5),
        (8, -4),
        textcoords="offset points",
        va="top",
    )
    axes.set(xlabel=_FRACTION, ylabel="P(unique linear structure)", xlim=(0, 1))
    axes.set_title("p = 10", loc="left")
    axes.legend(loc="lower right", handlelength=1.4, borderaxespad=0.2)


def _draw_scaling(axes: Axes, sizes: Sequence[Mapping[str, Any]]) -> None:
    p = np.array([one["p"] for one in sizes])
    critical = np.array([one["critical"] for one in sizes])
    reach = np.array(
        [[one["critical"] - one["low"], one["high"] - one["critical"]] for one in sizes]
    )
    axes.errorbar(
        p,
        critical,
        np.maximum(reach, 0).T,
        color=_THEORY,
        marker="o",
        markersize=3.5,
        linestyle="none",
        label="measured",
    )
    axes.plot(p, [one["law"] for one in sizes], "--", color=_LAW, label="law Λ($r_c$) = log 2")
    axes.plot(
        p,
        [one["law_of_size"] for one in sizes],
        "-",
        linewidth=0.8,
        color=_LAW,
        label="the same at fixed |D|",
    )
    axes.plot(
        p,
        [one["asymptote"] for one in sizes],
        ":",
        color=_GREY,
        label="its limit, $r_c p$ =\nlog p − log log 2",
    )
    axes.set(xscale="log", yscale="log", xlabel="symbols p", ylabel="critical fraction $r_c$")
    _plain(axes.xaxis, [10, 30, 100, 300, 1000], p)
    _plain(axes.yaxis, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5], critical)
    axes.set_title("Finite-size scaling (this work)", loc="left")
    axes.set_ylim(bottom=critical.min() / 3)  # room for the legend
    axes.legend(loc="lower left", fontsize=6.5, handlelength=1.4, borderaxespad=0.2)


def _plain(axis: Any, values: Sequence[float], drawn: np.ndarray) -> None:
    """Ticks at these values as far as something is drawn there, written as plain numbers."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    shown = [value for value in values if drawn.min() / 1.5 < value < drawn.max() * 1.5]
    axis.set_major_locator(FixedLocator(shown))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_collapse(axes: Axes, sizes: Sequence[Mapping[str, Any]]) -> None:
    from matplotlib import colormaps

    colours = colormaps["viridis"](np.linspace(0, 0.92, len(sizes)))
    for one, colour in zip(sizes, colours, strict=True):
        axes.plot(
            one["untouched"],
            one["probability"],
            marker=".",
            markersize=3,
            linewidth=0.5,
            color=colour,
            label=f"{one['p']}",
        )
    x = np.geomspace(0.002, 10, 100)
    axes.plot(x, np.exp(-x), "--", color="black", label="exp(−Λ)", zorder=3)
    axes.set(xscale="log", xlim=(0.002, 10), xlabel="Λ(r), expected symbols left out")
    axes.set_ylabel("P(unique linear structure)")
    axes.set_title("Collapse (this work)", loc="left")
    axes.legend(
        loc="lower left", title="p", ncols=2, columnspacing=0.6, handlelength=1.0, fontsize=6.5
    )


def draw_transition(result: FigureResult) -> Picture:
    """Figure 4 (b): steps to RQI > 0.95, and how many networks get there."""
    data = result.data
    with paper_style():
        figure = sheet("Figure 4 (b): when networks find the structure", result.settings, 2.7)
        steps, share = figure.subplots(1, 2)
        _draw_steps(steps, data)
        steps.axvline(_PUBLISHED, color=_GREY, linewidth=0.8, linestyle=":", label="paper, 0.4")
        steps.legend(loc="lower left")
        steps.set_title("Steps to RQI > 0.95", loc="left")
        _draw_shares(share, data)
        for axes in (steps, share):
            axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_steps(axes: Axes, data: Mapping[str, Any]) -> None:
    """Networks against training fraction: points, censored triangles at the top, the median."""
    top = data["budget"] * 1.25
    for number, (x, y) in enumerate(_columns(data)):
        reached = np.isfinite(y)
        label = "networks" if number == 0 else None
        axes.plot(x[reached], y[reached], ".", color=_NETWORK, markersize=4, alpha=0.6, label=label)
        label = "not reached" if number == 0 else None
        _censored(axes, x[~reached], np.full((~reached).sum(), top), label)
    x, median = _medians(data)
    axes.plot(x, median, color=_NETWORK, label="median")
    axes.axhline(data["budget"], color=_GREY, linewidth=0.5)
    axes.set(xlabel=_FRACTION, ylabel="steps", yscale="log", xlim=(0, 1))


def _columns(data: Mapping[str, Any]) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Fractions, moved a little apart, and steps (NaN for not reached) of each seed."""
    steps = np.array(data["steps"], float)
    fractions = np.array(data["sizes"]) / data["samples"]
    shifts = np.linspace(-0.006, 0.006, steps.shape[1])
    return zip((fractions + shift for shift in shifts), steps.T, strict=True)


def _medians(data: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Fractions and medians; NaN where half of the seeds or more do not reach it."""
    steps = np.array(data["steps"], float)
    medians = np.median(np.where(np.isnan(steps), np.inf, steps), axis=1)
    fractions = np.array(data["sizes"]) / data["samples"]
    return fractions, np.where(np.isfinite(medians), medians, np.nan)


def _censored(axes: Axes, x: Any, y: Any, label: str | None) -> None:
    axes.plot(
        x,
        y,
        "^",
        markersize=4.5,
        markerfacecolor="white",
        markeredgecolor=_NETWORK,
        markeredgewidth=0.8,
        clip_on=False,
        label=label,
    )


def _draw_shares(axes: Axes, data: Mapping[str, Any]) -> None:
    from grokphase.estimators.intervals import proportion

    reached = np.isfinite(np.array(data["steps"], float))
    n = reached.shape[1]
    x, share = np.array(data["sizes"]) / data["samples"], reached.mean(axis=1)
    bounds = np.array([proportion(int(k), n) for k in reached.sum(axis=1)])
    axes.plot(
        np.array(data["counts"]) / data["samples"],
        data["probability"],
        color=_THEORY,
        label="theory",
    )
    axes.plot(
        x,
        np.mean(data["determined"], axis=1),
        "x",
        color=_THEORY,
        markersize=4.5,
        label="theory, these splits",
    )
    axes.errorbar(
        x,
        share,
        np.abs(bounds.T - share),
        color=_NETWORK,
        marker="o",
        markersize=3.5,
        linewidth=0.8,
        ecolor=lighter(_NETWORK),
        label="networks (90 %)",
    )
    axes.axvline(_PUBLISHED, color=_GREY, linewidth=0.8, linestyle=":")
    axes.axhline(0.5, color=_GREY, linewidth=0.5)
    axes.set(xlabel=_FRACTION, ylabel="share", xlim=(0, 1), ylim=(-0.03, 1.03))
    axes.set_title("Share that can (theory) and that do (networks)", loc="left")
    axes.legend(loc="upper left", fontsize=6.5, handlelength=1.4, borderaxespad=0.1)


def draw_flow(result: FigureResult) -> Picture:
    """Figure 4 (c): trajectories of the theory under its normalisations, and for other seeds."""
    data = result.data
    paths, steps = data["paths"], np.array(data["steps"])
    with paper_style():
        figure = sheet("Figure 4 (c): embeddings in the effective theory", result.settings, 4.3)
        large, other, small = _panels(figure)
        n_h = {name: values[0] for name, values in data["n_h"].items()}
        _draw_path(large, steps, paths["sum"][0], names=True)
        _mark(large, {"sum": n_h["sum"]})
        ratio = n_h["paper"] / n_h["sum"]
        top = large.secondary_xaxis("top", functions=(lambda x: x * ratio, lambda x: x / ratio))
        top.set_xlabel("steps under Eq. 5 (“paper”)")
        large.set_ylabel(f"standardised embedding, seed {data['seeds'][0]}")
        large.set_xlabel("steps under the sum over P₀(D) (“sum”)")
        _draw_path(other, steps, paths["code"][0], names=True)
        _mark(other, {"code": n_h["code"]})
        other.set_xlabel("steps under all of P₀ (“code”)")
        for axes, seed, path, unit in zip(
            small, data["seeds"][1:], paths["sum"][1:], data["n_h"]["sum"][1:], strict=False
        ):
            _draw_path(axes, steps, path)
            _mark(axes, {"sum": unit}, words=False)
            axes.set_title(f"seed {seed}", loc="left")
            axes.set_xlabel("steps (“sum”)")
    return figure


def draw_network(result: FigureResult) -> Picture:
    """Figure 4 (d): trajectories of networks, with their quality."""
    data = result.data
    steps = np.array(data["steps"])
    with paper_style():
        figure = sheet("Figure 4 (d): embeddings of networks in training", result.settings, 4.3)
        large, quality, small = _panels(figure)
        n_h = {name: values[0] for name, values in data["n_h"].items()}
        _draw_path(large, steps, data["paths"][0], names=True)
        _mark(large, {"sum": n_h["sum"], "code": n_h["code"]})
        large.set_ylabel(f"standardised embedding, seed {data['seeds'][0]}")
        large.set_xlabel(f"steps (3 $n_h$ of Eq. 5: {3 * n_h['paper']:,.0f}, off the axis)")
        _draw_qualities(quality, data)
        for axes, seed, path, unit in zip(
            small, data["seeds"][1:], data["paths"][1:], data["n_h"]["sum"][1:], strict=False
        ):
            _draw_path(axes, steps, path)
            _mark(axes, {"sum": unit}, words=False)
            axes.set_title(f"seed {seed}", loc="left")
            axes.set_xlabel("steps")
    return figure


def _panels(figure: Picture) -> tuple[Axes, Axes, list[Axes]]:
    """A large panel, one beside it, and a row of five below."""
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.7, 1))
    above, below = halves
    large, other = above.subplots(1, 2, width_ratios=(3, 2))
    small = list(below.subplots(1, 5, sharey=True))
    small[0].set_ylabel("embedding")
    for axes in (large, other, *small):
        axes.spines[["top", "right"]].set_visible(False)
    return large, other, small


def _colours() -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](np.linspace(0, 0.92, 10))


def _draw_path(axes: Axes, steps: np.ndarray, path: Any, *, names: bool = False) -> None:
    """The ten embeddings against steps, each named at its end."""
    lines = np.array(path, float)
    for symbol, (line, colour) in enumerate(zip(lines.T, _colours(), strict=True)):
        axes.plot(steps, line, color=colour, linewidth=1.0)
        if names:
            axes.annotate(
                str(symbol),
                (steps[-1], line[-1]),
                (3, 0),
                textcoords="offset points",
                va="center",
                color=colour,
                fontsize=6.5,
            )
    axes.set_xlim(0, steps[-1])


def _mark(axes: Axes, n_h: Mapping[str, float | None], *, words: bool = True) -> None:
    """Where n_h and 3 n_h are, under normalisations."""
    for name, unit in n_h.items():
        colour, dashes = _LOOK[name]
        for times in (1, 3):
            if unit is not None:
                axes.axvline(times * unit, color=colour, linestyle=dashes, linewidth=1.0)
        if words and unit is not None:
            axes.plot([], [], color=colour, linestyle=dashes, label=f"$n_h$, 3 $n_h$ “{name}”")
    if words:
        axes.set_ylim(top=axes.get_ylim()[1] + 0.6)  # room for the legend
        axes.legend(loc="upper right", ncols=2, handlelength=1.6)


def _draw_qualities(axes: Axes, data: Mapping[str, Any]) -> None:
    steps = np.array(data["steps"])
    for number, quality in enumerate(data["rqi"]):
        look: dict[str, Any] = {"color": _GREY, "linewidth": 0.6, "label": None}
        if number == 0:
            look = {"color": "black", "linewidth": 1.4, "label": f"seed {data['seeds'][0]}"}
        elif number == 1:
            look["label"] = "other seeds"
        axes.plot(steps, np.array(quality, float), **look)
    reached = [step for step in data["rqi_step"] if step is not None]
    axes.axhline(0.95, color=INK, linewidth=0.6, linestyle=":")
    axes.plot(reached, np.full(len(reached), 0.95), "|", color=_NETWORK, markersize=8)
    axes.set(xlabel="steps", ylabel="RQI", xlim=(0, steps[-1]), ylim=(0, 1.02))
    axes.set_title(f"{len(reached)} of {len(data['seeds'])} seeds pass 0.95", loc="left")
    axes.legend(loc="lower right")


def animate_embeddings(result: FigureResult) -> bytes:
    """The embeddings of the first seed on a line: the theory's above, the network's below."""
    from grokphase.plotting.animation import animated

    data = result.data
    steps, quality = np.array(data["steps"]), np.array(data["rqi"][0], float)
    paths = [np.array(data[name][0], float) for name in ("flow", "paths")]
    rows = _frames(len(steps))
    with paper_style():
        from matplotlib.figure import Figure as Canvas

        figure = Canvas(figsize=(5.4, 2.3), layout="constrained")
        panels = figure.subplots(2, 1, sharex=True)
        dots = []
        for axes, path, name in zip(
            panels, paths, ("effective theory (“sum”)", "network"), strict=True
        ):
            dots.append(_draw_line(axes, path[0], max(np.abs(one).max() for one in paths)))
            axes.set_title(name, loc="left")
        counter = panels[0].set_title("", loc="right")
        reading = panels[1].set_title("", loc="right")
        panels[1].set_xlabel(f"standardised embedding, seed {data['seeds'][0]}, 45 of 55 samples")

        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # nothing moves but the dots: no layout for each frame

        def update(frame: int) -> list[Artist]:
            row = rows[frame]
            for (points, words), path in zip(dots, paths, strict=True):
                points.set_offsets(np.stack([path[row], np.zeros(10)], axis=1))
                for symbol, word in enumerate(words):
                    word.set_x(path[row, symbol])
            counter.set_text(f"step {steps[row]:,}")
            reading.set_text(f"RQI {quality[row]:.2f}")
            return [counter, reading]

        return animated(figure, update, len(rows))


def _frames(rows: int) -> list[int]:
    """Rows shown: denser at the beginning, where most happens, and a rest at the end."""
    spread = np.unique(np.rint(np.linspace(0, np.sqrt(rows - 1), _FRAMES) ** 2).astype(int))
    return [*spread.tolist(), *[rows - 1] * 15]


def _draw_line(axes: Axes, start: np.ndarray, reach: float) -> tuple[Any, list[Any]]:
    points = axes.scatter(start, np.zeros(10), c=_colours(), s=46, zorder=3)
    # Symbols alternate above and below the line, so that neighbours do not cover each other.
    words = [
        axes.text(at, 0.42 if symbol % 2 else -0.42, str(symbol), ha="center", va="center")
        for symbol, at in enumerate(start)
    ]
    axes.axhline(0, color=CENSORED_COLOUR, linewidth=0.8, zorder=1)
    axes.set(xlim=(-1.08 * reach, 1.08 * reach), ylim=(-0.75, 0.75), yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    return points, words


def draw_rate(result: FigureResult) -> Picture:
    """Figure 5 (a): the grokking rate against training fraction, and how often it is zero."""
    data = result.data
    x = np.array(data["counts"]) / data["samples"]
    with paper_style():
        figure = sheet("Figure 5 (a): grokking rate against data", result.settings, 2.5)
        panels = figure.subplots(1, 3)
        for axes, name in zip(panels, ("paper", "sum"), strict=False):
            _draw_band(axes, x, np.array(data["quantiles"][name]))
            axes.set_title(_NAMES[name], loc="left")
            axes.set_ylabel("grokking rate $λ_3$")
        panels[1].axhline(data["constant"], color=_LOOK["code"][0], linestyle=_LOOK["code"][1])
        panels[1].annotate(
            "“code”: the same for all data",
            (0.02, data["constant"]),
            (0, -3),
            textcoords="offset points",
            va="top",
            color=_LOOK["code"][0],
        )
        panels[0].legend(loc="upper left")
        _draw_zeros(panels[2], x, data)
        for axes in panels:
            axes.axvline(_PUBLISHED, color=_GREY, linewidth=0.8, linestyle=":")
            axes.set(xlabel=_FRACTION, xlim=(0, 1))
            axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_band(axes: Axes, x: np.ndarray, quantiles: np.ndarray) -> None:
    low, lower, median, upper, high = quantiles.T
    axes.fill_between(x, low, high, color=lighter(_THEORY, 0.8), linewidth=0, label="5–95 %")
    axes.fill_between(x, lower, upper, color=lighter(_THEORY, 0.55), linewidth=0, label="25–75 %")
    axes.plot(x, median, color=_THEORY, label="median")


def _draw_zeros(axes: Axes, x: np.ndarray, data: Mapping[str, Any]) -> None:
    from grokphase.estimators.intervals import proportion

    bounds = np.array([proportion(zero, data["sets"]) for zero in data["zero"]])
    axes.fill_between(x, *bounds.T, color=lighter(_THEORY), linewidth=0)
    axes.plot(x, np.array(data["zero"]) / data["sets"], color=_THEORY)
    axes.axhline(0.5, color=_GREY, linewidth=0.5)
    axes.annotate("paper, 0.4", (_PUBLISHED, 0.97), (4, 0), textcoords="offset points", color=_GREY)
    axes.set(ylabel="share of training sets", ylim=(-0.02, 1.02))
    axes.set_title("$λ_3$ = 0: not determined", loc="left")


def draw_prediction(result: FigureResult) -> Picture:
    """Figure 5 (b): steps of networks and of the theory, against data and against each other."""
    data = result.data
    with paper_style():
        figure = sheet("Figure 5 (b): predicted and actual grokking steps", result.settings, 2.9)
        first, *others = figure.subplots(1, 3)
        _draw_steps(first, data)
        fractions = np.array(data["sizes"]) / data["samples"]
        for name, values in data["predicted"].items():
            colour, dashes = _LOOK[name]
            known = np.where(np.isnan(np.array(values, float)), np.inf, np.array(values, float))
            median = np.median(known, axis=1)
            shown = np.where(np.isfinite(median), median, np.nan)
            first.plot(fractions, shown, color=colour, linestyle=dashes, label=f"$n_h$ “{name}”")
        first.legend(loc="center left", bbox_to_anchor=(-0.02, 0.38), fontsize=6, handlelength=1.4)
        first.set_title("Medians over seeds", loc="left")
        for axes, name in zip(others, ("sum", "paper"), strict=True):
            _draw_scatter(axes, data, name)
        for axes in (first, *others):
            axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_scatter(axes: Axes, data: Mapping[str, Any], name: str) -> None:
    predicted = np.array(data["predicted"][name], float)
    steps = np.array(data["steps"], float)
    finite = predicted[np.isfinite(predicted)]
    low = min(np.nanmin(steps, initial=100), finite.min(initial=100)) / 1.5
    # What the theory says never happens stands beyond a line at the right.
    end = finite.max(initial=data["budget"]) * 1.6
    never, top = end * 1.8, data["budget"] * 1.25
    x, y = (
        np.where(np.isfinite(predicted), predicted, never),
        np.where(np.isfinite(steps), steps, top),
    )
    colours = np.broadcast_to((np.array(data["sizes"]) / data["samples"])[:, None], steps.shape)
    reached = np.isfinite(steps)
    dots = axes.scatter(
        x[reached], y[reached], c=colours[reached], s=12, vmin=0, vmax=1, cmap="viridis", zorder=3
    )
    edges: Any = dots.to_rgba(colours[~reached])
    axes.scatter(
        x[~reached],
        y[~reached],
        s=18,
        marker="^",
        facecolors="white",
        edgecolors=edges,
        linewidths=0.8,
        clip_on=False,
        zorder=3,
    )
    line = np.array([low, end])
    axes.plot(line, line, color="black", linewidth=0.8, label="equal")
    axes.plot(line, 3 * line, ":", color="black", linewidth=0.8, label="3 $n_h$")
    axes.axvline(end, color=_GREY, linewidth=0.5)
    axes.annotate(
        "never",
        (never, low),
        (0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        rotation=90,
        color=_GREY,
    )
    axes.set(xscale="log", yscale="log", xlim=(low, end * 3), ylim=(low, top))
    axes.set(xlabel="predicted $n_h = 1/(λ_3 η)$ (steps)", ylabel="network, steps to RQI > 0.95")
    axes.set_title(_NAMES[name], loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(0.8, 0), handlelength=1.4)
    if name == "paper":
        bar = axes.figure.colorbar(dots, ax=axes, pad=0.02, aspect=30)
        bar.set_label(_FRACTION)
