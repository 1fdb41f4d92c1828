"""What a claim says of the rows that it was measured on: words with numbers of a table in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.estimators.table import Table, column

_PLACE: Final = re.compile(r"\{(\w+) (\w+)(?::([^{}]*))?\}")
_STATISTICS: Final[Mapping[str, Callable[[NDArray[np.float64]], float]]] = {
    "count": len,
    "sum": np.sum,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "max": np.max,
}


def filled(note: str, rows: Table) -> str:
    """Words in which `{sum column}`, with a format as in `{mean column:.1%}`, stands for a number.

    Args:
        note: of a claim; statistics are count, sum, mean, median, min and max.
        rows: of its table; what is None is left out.

    Raises:
        GrokphaseError: for a statistic or a column that there is not.

    Example:
        >>> runs = {"kept": [True, True, False], "too_many": [0, 0, 1500]}
        >>> filled("{sum kept} of {count kept}, {mean kept:.0%}; {max too_many} too many", runs)
        '2 of 3, 67%; 1,500 too many'
    """

    def value(place: re.Match[str]) -> str:
        statistic, name, form = place.groups()
        if statistic not in _STATISTICS:
            raise GrokphaseError(
                f'"{place[0]}" in a note: there is no statistic "{statistic}"; write one of '
                f"{', '.join(_STATISTICS)}."
            )
        values = column(rows, name)
        there = values[~np.isnan(values)]
        if not there.size and statistic not in ("count", "sum"):
            return "none"
        return format(float(_STATISTICS[statistic](there)), form or ",.10g")

    return _PLACE.sub(value, note)
