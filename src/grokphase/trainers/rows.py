"""The rows of a run's curves as a training function reports them, thinned where there are many."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

MOST: Final = 4096
"""Rows that say the same quantities, at most; of more, every second is left out, and of those
again."""

Row = tuple[float, ...]
"""A step, and what was said there."""


@dataclass
class _Alike:
    """Rows that say the same quantities: a loss at every step must not cost the accuracies that
    are said at every hundredth."""

    rows: list[Row] = field(default_factory=list)
    stride: int = 1
    count: int = 0
    latest: Row = ()

    def add(self, row: Row) -> None:
        self.latest = row
        if self.count % self.stride == 0:
            self.rows.append(row)
            if len(self.rows) > MOST:
                self.rows, self.stride = self.rows[::2], 2 * self.stride
        self.count += 1

    def table(self) -> np.ndarray:
        return np.array(self.rows if self.rows[-1] is self.latest else [*self.rows, self.latest])


@dataclass
class Rows:
    """All rows of a run; the first and the last of each kind are always there."""

    _kinds: dict[tuple[str, ...], _Alike] = field(default_factory=dict)

    def add(self, step: int, row: dict[str, float]) -> None:
        """Keep what is known at a step."""
        self._kinds.setdefault(tuple(row), _Alike()).add((step, *row.values()))

    def curves(self, double: tuple[str, ...]) -> dict[str, np.ndarray]:
        """ "step" (m,), and a column for each quantity, NaN where it was not said; none at all
        before the first row.

        Args:
            double: quantities that are kept in 64 bits.
        """
        if not self._kinds:
            return {}
        tables = {names: kind.table() for names, kind in self._kinds.items()}
        steps = np.concatenate([table[:, 0] for table in tables.values()])
        order = np.argsort(steps)  # no step is said twice
        found = {"step": steps[order].astype(np.int64)}
        for name in dict.fromkeys(name for names in tables for name in names):
            column = [
                table[:, 1 + names.index(name)] if name in names else np.full(len(table), np.nan)
                for names, table in tables.items()
            ]
            kind = np.float64 if name in double else np.float32
            found[name] = np.concatenate(column)[order].astype(kind)
        return found

    def state(self) -> list[dict[str, Any]]:
        """All of it as plain lists and numbers, for a checkpoint."""
        return [{"names": [*names], **asdict(kind)} for names, kind in self._kinds.items()]

    @classmethod
    def of(cls, state: list[dict[str, Any]]) -> Rows:
        """Those that a checkpoint kept, to be gone on with."""
        kinds = {}
        for each in state:
            rows = [tuple(row) for row in each["rows"]]
            last = tuple(each["latest"])
            # The latest row is told by being the very one that was kept.
            latest = rows[-1] if rows and rows[-1] == last else last
            kinds[tuple(each["names"])] = _Alike(rows, each["stride"], each["count"], latest)
        return cls(kinds)
