"""The times of one event over a sweep, as text and as the tables of pandas and polars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokphase.frames import pandas_table, polars_table
from grokphase.phases.times import DELAYS_BIASED, EVENTS
from grokphase.telling.sweep_tables import typed
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
    return pandas_table(typed(found.columns()))


def to_polars(found: Survival) -> polars.DataFrame:
    """`Survival.columns` as a polars table. Needs polars."""
    return polars_table(typed(found.columns()))
