"""The times of one event over a sweep, as text and as the tables of pandas and polars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokphase.phases.times import DELAYS_BIASED, EVENTS
from grokphase.telling.sweep_tables import frame
from grokphase.telling.sweep_text import table

if TYPE_CHECKING:
    import pandas
    import polars

    from grokphase.phases.survival import Survival


def draw(found: Survival) -> str:
    """The medians as text, a line a setting."""
    head = f"Time to {EVENTS[found.of]}, in steps (medians, 95 % intervals)"
    bias = [f"Delays are {DELAYS_BIASED}."] if found.of == "delay" else []
    return "\n".join([head, table(found.medians()), *bias])


def to_pandas(found: Survival) -> pandas.DataFrame:
    """`Survival.columns` as a pandas table. Needs pandas."""
    given: pandas.DataFrame = frame("pandas", found.columns())
    return given


def to_polars(found: Survival) -> polars.DataFrame:
    """`Survival.columns` as a polars table. Needs polars."""
    given: polars.DataFrame = frame("polars", found.columns())
    return given
