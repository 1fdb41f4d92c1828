"""A table as a picture: headings, and a line a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grokphase.plotting.charts.columns import Table, entry, words_of
from grokphase.plotting.looks import INK
from grokphase.plotting.ticks import room

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE: Final = 0.2  # inches of a row
_GAP: Final = 3  # letters between two columns
_SIZE: Final = 7.0  # points, where there is room
_LETTER: Final = 0.54  # ems


@dataclass(frozen=True)
class Rows:
    """What the chart shows; see `table`.

    Args:
        headings: of the columns.
        rows: texts, one a column.
        numeric: whether a column is of numbers, which stand at its right end.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]

    @property
    def height(self) -> float:
        """Inches that it needs."""
        return _LINE * (len(self.rows) + 2)


def table(
    table: Table,
    *,
    columns: Sequence[str] = (),
    headings: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    missing: str = "\N{EN DASH}",
) -> Rows:
    """The data of the chart.

    Args:
        table: one row a line.
        columns: which, in this order; none for all.
        headings: columns in words, with the unit.
        formats: of numbers by column, as {share = ".0%"}.
        missing: what stands for NaN, such as "not reached".

    Raises:
        GrokphaseError: for a column that there is not.

    Example:
        >>> made = table({"p": [10, 20], "critical": [0.409, None]}, formats={"critical": ".2f"})
        >>> made.rows
        (('10', '0.41'), ('20', '–'))
    """
    names = list(columns) or list(map(str, table))
    given = [_listed(entry(table, name)) for name in names]
    rows = max(len(one) for one in given)
    filled = [one * rows if len(one) == 1 else one for one in given]
    texts = [
        [_text(value, (formats or {}).get(name, ""), missing) for value in one]
        for name, one in zip(names, filled, strict=True)
    ]
    numeric = tuple(all(isinstance(v, int | float | None) for v in one) for one in filled)
    titles = tuple((headings or {}).get(name, words_of(name)) for name in names)
    return Rows(titles, tuple(zip(*texts, strict=True)), numeric)


def _listed(given: Any) -> list[Any]:
    plain = given.tolist() if hasattr(given, "tolist") else given
    return list(plain) if isinstance(plain, list | tuple) else [plain]


def _text(value: Any, form: str, missing: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return missing
    if isinstance(value, bool):
        return "yes" if value else "no"
    usual = ",d" if isinstance(value, int) else ".4g" if isinstance(value, float) else ""
    return format(value, form or usual)


def draw(axes: Axes, picture: Rows) -> None:
    """Draw it onto axes, which show nothing else.

    Args:
        axes: where.
        picture: what `table` gives.
    """
    axes.axis("off")
    lines = [picture.headings, *picture.rows]
    widths = [max(len(line[k]) for line in lines) + _GAP for k in range(len(picture.headings))]
    total = sum(widths)
    size = min(_SIZE, room(axes, "x") / (_LETTER * total))
    axes.set(xlim=(0, total), ylim=(len(lines) - 0.3, -0.7))
    left = 0.0
    for k, width in enumerate(widths):
        right = picture.numeric[k]
        for y, line in enumerate(lines):
            axes.text(
                left + width - _GAP if right else left,
                y,
                line[k],
                ha="right" if right else "left",
                va="center",
                fontsize=size,
                fontweight="bold" if y == 0 else "normal",
                gid="cell",
            )
        left += width
    rules: tuple[tuple[float, float], ...] = (
        (-0.5, 0.8),
        (0.5, 0.5),
        (len(lines) - 0.5, 0.8),
    )
    for height, thick in rules:
        axes.plot([0, total - _GAP], [height, height], color=INK, linewidth=thick, clip_on=False)
