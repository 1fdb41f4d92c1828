"""Labels that have room: which ticks are named, in how few digits, and where words are broken.

A label's width is estimated from its letters, so that the choice needs no drawing and depends on
nothing but the figure.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from grokphase.plotting.information import AxisInfo

Which = Literal["x", "y"]

_DIGIT: Final = 0.64  # ems, in DejaVu Sans, the widest of our fonts
_NARROW: Final = ".,-"
_LETTER: Final = 0.56  # ems of a letter of a text, on average, in DejaVu Sans
_LINE: Final = 1.3  # ems of a line
_GAP: Final = 0.7  # ems between two labels
_LAID_OUT: Final = 0.8  # of the room before layout is there after it
_FEW = 6  # values of a log axis that are named themselves, however far apart
_MOST = 12  # labels of an axis
_POWER: Final = "$10^{"
_EXPONENT: Final = re.compile(r"e\+?(-?)0*(\d+)")
_FORMULA: Final = re.compile(r"\$[^$]*\$")
_COMMAND: Final = re.compile(r"\\(?:[A-Za-z]+|.)")
_SILENT: Final = re.compile(r"[${}^_ ]")
_HELD: Final = 0xE000  # the first of the letters that Unicode leaves to whoever needs some
_SPACE: Final = "\N{NO-BREAK SPACE}"
_TOGETHER: Final = {" %": f"{_SPACE}%", " = ": f"{_SPACE}={_SPACE}"}
_MINUS: Final = "\N{MINUS SIGN}"
_EDGE = 1e-9  # decades by which a power of ten may lie outside by rounding


def every(places: ArrayLike, sizes: Sequence[float], gap: float = 0.0) -> int:
    """The least k for which every k-th label, from the first on, keeps off the next.

    Args:
        places: (n,) middles of the labels, ascending or descending.
        sizes: (n,) their lengths, in the same unit.
        gap: what must be free between two.

    Example:
        >>> every([0, 10, 20, 30], [8, 8, 8, 8], gap=1), every([0, 10, 20, 30], [12] * 4)
        (1, 2)
    """
    at, half = np.asarray(places, float), np.asarray(sizes, float) / 2
    for k in range(1, at.size):
        apart = np.abs(np.diff(at[::k])) - half[::k][1:] - half[::k][:-1]
        if (apart >= gap).all():
            return k
    return max(at.size, 1)


def length(axes: Axes, which: Which) -> float:
    """Length of an axis in points, as it is now."""
    assert axes.figure is not None
    box = axes.get_window_extent()
    return float(72 * (box.width if which == "x" else box.height) / axes.figure.dpi)


def room(axes: Axes, which: Which) -> float:
    """Points along an axis that labels can count on, also before a layout is made."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return length(axes, which) * (1.0 if figure.get_layout_engine() is None else _LAID_OUT)


def check_axes(given: object) -> None:
    """Refuse what is not one matplotlib axes, such as the array of them that `subplots` gives."""
    from matplotlib.axes import Axes

    if not isinstance(given, Axes):
        raise GrokphaseError(
            f"ax is of type {type(given).__name__}; give one matplotlib Axes, such as "
            "figure.subplots(), or axes[0] of several."
        )


def points(setting: str) -> float:
    """A size of letters in points, from the settings under which the axes are drawn."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    settings: Any = rcParams  # its types know every name
    return float(FontProperties(size=settings[setting]).get_size_in_points())


def broken(text: str, width: float, size: float) -> str:
    """A text in as many lines as it needs.

    Args:
        text: words.
        width: points that a line may have.
        size: of its letters, in points.

    Example:
        >>> broken("decoder weight decay", 100, 8.0)
        'decoder weight decay'
        >>> broken("decoder weight decay", 70, 8.0)
        'decoder weight\\ndecay'
        >>> broken(r"rate $\\eta_1 = 10^{-3}$", 40, 8.0)
        'rate\\n$\\\\eta_1 = 10^{-3}$'
    """
    return "\n".join(folded(text, max(int(width / (_LETTER * size)), 8), hyphens=False))


def folded(text: str, letters: int, *, hyphens: bool = True) -> list[str]:
    """The lines of a text, of so many letters at most; none is broken within a formula, before a
    percent sign or around a sign of equality.

    A formula counts as many letters as it shows, about: its commands one, its braces none. Words
    are broken at their hyphens if asked.
    """
    formulas = _FORMULA.findall(text)
    shown = (len(_SILENT.sub("", _COMMAND.sub("x", formula))) for formula in formulas)
    held = {chr(_HELD + n): min(max(count, 1), letters) for n, count in enumerate(shown)}
    letter = iter(held)
    words = _FORMULA.sub(lambda _: (mark := next(letter)) * held[mark], text)
    for apart, together in _TOGETHER.items():
        words = words.replace(apart, together)
    lines = textwrap.wrap(words, letters, break_on_hyphens=hyphens)
    lines = [line.replace(_SPACE, " ") for line in lines]
    for mark, formula in zip(held, formulas, strict=True):
        lines = [line.replace(mark * held[mark], formula) for line in lines]
    return lines


def number_labels(values: Sequence[float]) -> tuple[str, ...]:
    """Round numbers, whole: a tick stands where its label says.

    Example:
        >>> number_labels([1.025, 0.0, 1000005.0, 2e-5])
        ('1.025', '0', '1000005', '2e-5')
    """
    return tuple(_EXPONENT.sub(r"e\1\2", f"{value:.9g}") for value in values)


def set_ticks(axes: Axes, which: Which, at: ArrayLike, labels: Sequence[str]) -> None:
    """Ticks at these places; every k-th is labelled where there is no room for all.

    Args:
        axes: where, with the scale and the limits that it will be drawn with.
        which: the axis.
        at: (n,) places in data coordinates.
        labels: (n,) texts.
    """
    from matplotlib.ticker import FixedLocator, NullFormatter

    places = np.asarray(at, float)
    drawn = axes.xaxis if which == "x" else axes.yaxis
    k = max(_every(axes, which, places, labels), -(-places.size // _MOST))
    drawn.set_ticks(places[::k], labels[::k])
    drawn.set_minor_locator(FixedLocator(places.tolist() if places.size <= _MOST else []))
    drawn.set_minor_formatter(NullFormatter())


def _every(axes: Axes, which: Which, at: NDArray[np.float64], labels: Sequence[str]) -> int:
    """Which of these labels have room."""
    size = points(f"{which}tick.labelsize")
    scale = (axes.xaxis if which == "x" else axes.yaxis).get_transform().transform
    low, high = scale(np.asarray(axes.get_xlim() if which == "x" else axes.get_ylim()))
    places = (scale(at) - low) / (high - low) * room(axes, which)
    if which == "y":
        return every(places, [size * _LINE] * at.size)
    return every(places, [size * _ems(label) for label in labels], size * _GAP)


def _ems(label: str) -> float:
    """About the width of a label, in several lines of the widest."""
    if "\n" in label:
        return max(map(_ems, label.split("\n")))
    if label.startswith(_POWER):
        return _DIGIT * (2 + 0.7 * len(label[len(_POWER) : -2]))
    return _DIGIT * (len(label) - sum(map(label.count, _NARROW)) / 2)


def plain_ticks(axes: Axes, which: Which) -> None:
    """Ticks at round numbers, as many as have room."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
    for count in range(_MOST - 3, 0, -1):
        rounded = np.array(MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
        at = rounded[(low <= rounded) & (rounded <= high)]
        labels = number_labels(at.tolist())
        if _every(axes, which, at, labels) == 1:
            break
    set_ticks(axes, which, at, [label.replace("-", _MINUS) for label in labels])


def log_ticks(axes: Axes, which: Which) -> None:
    """Ticks at powers of ten; at 1, 2, 5 or other round numbers where fewer than two are seen."""
    from matplotlib.ticker import FixedLocator

    low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
    powers = np.arange(np.ceil(np.log10(low) - _EDGE), np.floor(np.log10(high) + _EDGE) + 1)
    if powers.size >= 2:
        set_ticks(axes, which, 10.0**powers, [f"{_POWER}{int(k)}}}$" for k in powers])
        if powers.size <= _FEW:
            fine = np.outer(10.0 ** np.arange(powers[0] - 1, powers[-1] + 1), np.arange(1, 10))
            drawn = axes.xaxis if which == "x" else axes.yaxis
            drawn.set_minor_locator(FixedLocator(fine.ravel().tolist()))
        return
    at = round_numbers(low, high)
    set_ticks(axes, which, at, number_labels(at.tolist()))


def linear_part_ticks(axes: Axes, which: Which) -> None:
    """Round numbers on a symlog axis that has its linear part alone, for which matplotlib names the
    ends, whatever they are."""
    drawn = axes.xaxis if which == "x" else axes.yaxis
    ends = axes.get_xlim() if which == "x" else axes.get_ylim()
    if max(map(abs, ends)) <= getattr(drawn.get_transform(), "linthresh", 0.0):
        plain_ticks(axes, which)


def say_missing(axes: Axes, text: str, which: Which) -> None:
    """Words in place of ticks, in a panel without data."""
    axes.text(
        *(0.5, 0.5, text),
        transform=axes.transAxes,
        ha="center",
        va="center",
        color="#666666",
        fontsize=7,
        gid="missing",
    )
    (axes.xaxis if which == "x" else axes.yaxis).set_ticks([])


def round_numbers(low: float, high: float) -> NDArray[np.float64]:
    """What to name between two ends of a log axis less than some decades apart.

    Returns:
        Powers of ten, their doubles and their halves; evenly spaced numbers where those are fewer
        than two.

    Example:
        >>> round_numbers(0.8, 12.0).tolist(), round_numbers(300.0, 310.0).tolist()
        ([1.0, 2.0, 5.0, 10.0], [300.0, 302.0, 304.0, 306.0, 308.0, 310.0])
    """
    from matplotlib.ticker import MaxNLocator

    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    at = np.outer(decades, [1, 2, 5]).ravel()
    if ((low <= at) & (at <= high)).sum() < 2:
        at = np.array(MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high))
    return at[(low <= at) & (at <= high)]


def name_ticks(axes: Axes, which: Which, at: NDArray[np.float64], names: Sequence[str]) -> None:
    """Ticks with all their names, since none can be told from its neighbours: aslant if needed."""
    from matplotlib.ticker import NullLocator

    drawn = axes.xaxis if which == "x" else axes.yaxis
    drawn.set_ticks(at, names)
    drawn.set_minor_locator(NullLocator())
    if which == "x" and _every(axes, which, at, names) > 1:
        for label in drawn.get_ticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")


def value_ticks(axes: Axes, which: Which, axis: AxisInfo) -> None:
    """Ticks of an axis of a map: at its own values where they are few or names, else round ones."""
    if axis.scale == "categories":
        name_ticks(axes, which, axis.centres, axis.labels)
    elif axis.scale == "list" or axis.values.size <= (_FEW if axis.scale == "log" else _MOST):
        set_ticks(axes, which, axis.centres, axis.labels)
    elif axis.scale == "linear":
        plain_ticks(axes, which)
    elif axis.values[-1] < 10 * axis.values[0]:
        set_ticks(axes, which, axis.centres, axis.labels)
    else:
        log_ticks(axes, which)
