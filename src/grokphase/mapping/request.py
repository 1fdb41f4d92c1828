"""A sweep as it was asked for: what its record in a store says, and what it is called there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grokphase.mapping.design import Design
from grokphase.store.naming import short_name, slug

if TYPE_CHECKING:
    from grokphase.phases.axis import Axis
    from grokphase.store import Store
    from grokphase.training.schedule import Keep


@dataclass(frozen=True)
class Request:
    """A sweep as it was asked for.

    Args:
        design: its runs.
        refine: whether cells of a map that lie far from borders are inferred.
        keep_weights: which weights the store keeps; the result is the same.
        forecast: how sure a forecast must be of a run's phase for the run to be stopped; None lets
            all runs of a map go to their ends.
    """

    design: Design
    refine: bool = False
    keep_weights: Keep | None = None
    forecast: float | None = None

    @property
    def is_map(self) -> bool:
        """Whether it is a map, which has two axes."""
        return len(self.design.axes) == 2

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes as they are asked for; of a map the one across comes first."""
        return self.design.axes[::-1] if self.is_map else self.design.axes

    @property
    def name(self) -> str:
        """A name that differs between sweeps, for the store and the default folder."""
        design = self.design
        axes = [str(axis) for axis in self.axes]
        described = [design.base.spec(), axes, design.seeds, design.by]
        task = slug(design.base.name)
        if self.is_map:
            sure = [] if self.forecast is None else [self.forecast]
            return f"map-{task}-{short_name([*described, self.refine, *sure])}"
        return f"sweep-{task}-{short_name(described)}"

    def spec(self) -> dict[str, Any]:
        """What all runs share, and what varies, for the store."""
        axes = {axis.name: list(axis.values) for axis in self.axes}
        return {**self.design.settings, "axes": axes, "seeds": list(self.design.seeds)}

    def line(self) -> str:
        """The call from Python that it came from, but for what all its runs share."""
        seeds = list(self.design.seeds)
        if self.is_map:
            x, y = map(str, self.axes)
            refine = ", refine=True" if self.refine else ""
            sure = "" if self.forecast is None else f", forecast={self.forecast}"
            return f"gp.phase_map(..., x={x!r}, y={y!r}, seeds={seeds}{refine}{sure})"
        return f"gp.sweep(..., over={[str(axis) for axis in self.axes]}, seeds={seeds})"

    @contextmanager
    def recorded(self, store: Store | None, command: str) -> Iterator[list[str]]:
        """Keep a record of the sweep in the store: begun now, finished at the end of the block.

        Args:
            store: where; nothing is recorded without one, or in one that is only read.
            command: the line that runs it; empty for a call from Python.

        Yields:
            A list to put the ids of its runs into.
        """
        runs: list[str] = []
        if store is None or store.read_only:
            yield runs
            return
        store.begin_sweep(self.name, self.spec(), command or self.line())
        yield runs
        store.finish_sweep(self.name, runs)
