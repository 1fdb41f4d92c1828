"""The runs behind a map: from its store, or from memory where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokphase.errors import GrokphaseError
from grokphase.store import Store
from grokphase.web.packing import MOST_RUNS

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap
    from grokphase.store.record import RunRecord


def recorded(phase_map: PhaseMap) -> tuple[list[RunRecord], str | None]:
    """The records of a map's runs.

    Args:
        phase_map: the map.

    Returns:
        The records that there are, with their curves unless they are more than a page shows; and a
        sentence without its full stop if some are wanting, else None.
    """
    wanted = [run for row in phase_map.runs for cell in row for run in cell]
    if phase_map.store is None:
        found, where = [*phase_map.records], "this map has no store"
    else:
        where = f'they are not in the store "{phase_map.store}"'
        try:
            with Store.open(phase_map.store, read_only=True) as store:
                there = store.existing(wanted)
                ids = [run for run in wanted if run in there]
                found = store.records(ids, curves=len(wanted) <= MOST_RUNS)
        except GrokphaseError as error:
            found, where = [], str(error).rstrip(".")
    if len(found) >= len(wanted):
        return found, None
    count = "the runs" if not found else f"{len(wanted) - len(found):,} of {len(wanted):,} runs"
    return found, f"The page has no curves of {count}: {where}"
