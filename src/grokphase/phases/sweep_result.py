"""The result of a sweep over any number of axes, and how it is handed on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grokphase.phases import summary
from grokphase.phases.axis import Axis
from grokphase.phases.axis_text import Value
from grokphase.phases.classify import COMPREHENSION, FAILED, GROKKING, By
from grokphase.phases.handed_on import HandedOn
from grokphase.phases.notes import Note
from grokphase.phases.phase_map import PhaseMap
from grokphase.phases.survival import Intervals, Survival
from grokphase.showing import shown_by

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult(HandedOn):
    """What became of the runs of a sweep: of one axis, or of three and more.

    A sweep of two axes is a `PhaseMap`. Arrays have a dimension for each axis, in the order of
    ``axes``, and a last one for the seeds.

    Args:
        axes: what is varied.
        phase_by_seed: (..., seeds) phase of every run.
        train_step_by_seed: (..., seeds) step of training accuracy that decided the phase; NaN where
            it was not reached.
        validation_step_by_seed: the same for validation accuracy.
        intervals: of each event (..., seeds, 3) time, lower and upper end, see `Survival`.
        runs: (..., seeds) ids of the runs.
        seeds: the seeds.
        steps_trained: optimiser updates of all runs, those that were found included.
        seconds: training time summed over all runs, whenever they were made.
        measure_seconds: the same for measures that were called between segments of the loop.
        steps_trained_by_seed: (..., seeds) optimiser updates of every run; None if not known.
        seconds_by_seed: the same for the time spent training.
        settings: what the specs of all runs share.
        budget: steps after which a run was censored.
        fixed: what the axes leave where it is although it is of their kind.
        notes: what a reader must know besides.
        measures: the last value of what the runs measured, by name, (..., seeds) each; NaN where a
            run has none.
        thresholds: thresholds that decided the phases.
        by: which steps are given and decided the phases.
        store: directory of the runs, if they are kept.
        figure: file of the figure, if drawn.
        report_path: file of the report, if written.

    Example:
        >>> found = example()
        >>> found.shape, found.phase.tolist()
        ((2,), ['memorization', 'comprehension'])
        >>> [row["share"] for row in found.summary()]
        [0.3333333333333333, 1.0]
    """

    axes: tuple[Axis, ...]
    phase_by_seed: NDArray[np.str_]
    train_step_by_seed: NDArray[np.float64]
    validation_step_by_seed: NDArray[np.float64]
    intervals: Intervals
    runs: NDArray[np.object_]
    seeds: tuple[int, ...]
    steps_trained: int = 0
    seconds: float = 0.0
    measure_seconds: float = 0.0
    steps_trained_by_seed: NDArray[np.float64] | None = None
    seconds_by_seed: NDArray[np.float64] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    measures: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    by: By = "first-passage"
    store: Path | None = None
    figure: Path | None = None
    report_path: Path | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Values along each axis."""
        return self.runs.shape[:-1]

    @property
    def phase(self) -> NDArray[np.str_]:
        """(...) phase of most runs of each setting; `summary.majority` says who wins a tie."""
        return summary.majority(self.phase_by_seed)

    def cells(self) -> Iterator[tuple[dict[str, Value], tuple[int, ...]]]:
        """Every setting, as value by axis name, with its place in the arrays."""
        for cell in np.ndindex(self.shape):
            chosen = zip(self.axes, cell, strict=True)
            yield {axis.name: axis.values[at] for axis, at in chosen}, cell

    def summary(self) -> list[dict[str, Any]]:
        """A row for each setting: medians over seeds, and the share of runs that generalize.

        Returns:
            The settings by name; ``runs``, and how many of them ``failed``, which are left out of
            all but the delay; for ``train`` and ``validation`` how many runs ``_reached`` it, their
            ``_median`` (one that did not reach it counts as later than all) and its interval
            ``_low`` to ``_high`` between order statistics (`summary.median_step`), which holds the
            median of all seeds with the probability ``coverage``; for ``delay`` the same by the
            product limit (`Survival`), since a delay is censored at a step of its own in every run;
            ``share`` that generalizes with its 95 % interval ``share_low`` to ``share_high``
            (Wilson). None where censored, and where all runs failed.
        """
        delays = self.survival("delay").medians()
        waited = {tuple(row[axis.name] for axis in self.axes): row for row in delays}
        return [
            setting | self._summary_of(cell, waited[tuple(setting.values())])
            for setting, cell in self.cells()
        ]

    def _summary_of(self, cell: tuple[int, ...], delay: Mapping[str, Any]) -> dict[str, Any]:
        """What the runs of one setting say together, the delay but for names as it is given."""
        failed = self.phase_by_seed[cell] == FAILED
        runs = int((~failed).sum())
        row: dict[str, Any] = {"runs": len(self.seeds), "failed": len(failed) - runs}
        for name, steps in (
            ("train", self.train_step_by_seed[cell]),
            ("validation", self.validation_step_by_seed[cell]),
        ):
            known = steps[~failed].tolist()
            median = summary.median_step([None if math.isnan(each) else each for each in known])
            row |= {
                f"{name}_reached": median.reached,
                f"{name}_median": median.median,
                f"{name}_low": median.low,
                f"{name}_high": median.high,
                "coverage": median.coverage,
            }
        row |= {
            "delay_reached": delay["events"],
            **{f"delay_{name}": delay[name] for name in ("median", "low", "high")},
        }
        generalized = int(np.isin(self.phase_by_seed[cell], (COMPREHENSION, GROKKING)).sum())
        low, high = summary.wilson(generalized, runs) if runs else (None, None)
        share = generalized / runs if runs else None
        return row | {"share": share, "share_low": low, "share_high": high}

    def survival(self, event: str = "validation") -> Survival:
        """How long an event is waited for: curves, medians and tests that know censoring.

        Args:
            event: "train" or "validation" accuracy passing its threshold, the "delay" between, or
                the "loss" of validation accuracy, counted from when it was reached.

        Raises:
            GrokphaseError: if there is no such event.
        """
        return Survival.from_intervals(
            event, self.by, self.axes, self.seeds, self.intervals, self.runs
        )

    def facets(self) -> Iterator[tuple[dict[str, Value], PhaseMap]]:
        """The maps over the first two axes, one for each setting of the others.

        Yields:
            What the other axes have, and the map: its x is the first axis, its y the second.
        """
        x, y, *others = self.axes
        for at in np.ndindex(self.shape[2:]):
            place = (slice(None), slice(None), *at)
            phases, train, validation, runs = (
                array[place].swapaxes(0, 1)
                for array in (
                    self.phase_by_seed,
                    self.train_step_by_seed,
                    self.validation_step_by_seed,
                    self.runs,
                )
            )
            setting = {axis.name: axis.values[i] for axis, i in zip(others, at, strict=True)}
            yield (
                setting,
                PhaseMap.from_arrays(
                    x,
                    y,
                    phases,
                    train,
                    validation,
                    runs=runs.tolist(),
                    seeds=self.seeds,
                    intervals={
                        of: times[place].swapaxes(0, 1) for of, times in self.intervals.items()
                    },
                    settings=self.settings,
                    budget=self.budget,
                    fixed=self.fixed,
                    thresholds=self.thresholds,
                    by=self.by,
                ),
            )

    def plot(self, **options: Any) -> Figure:
        """The sweep as a matplotlib figure: times, delay and share, or a map for each facet.

        Args:
            **options: `title` and `figsize`.
        """
        return shown_by(self, "figure")(self, **options)

    def __repr__(self) -> str:
        """A line for each setting."""
        return shown_by(self, "text")(self)


def example() -> SweepResult:
    """A small sweep, for examples: three seeds of two training fractions, made by hand."""
    nan, inf = math.nan, math.inf
    train = np.array([[[80.0, 79, 80], [90, 89, 90], [70, 69, 70]]] * 2)
    validation = np.array(
        [
            [[900.0, 899, 900], [1000, 1000, inf], [1000, 1000, inf]],
            [[200, 199, 200], [150, 149, 150], [300, 299, 300]],
        ]
    )
    delay = validation - train[..., :1] * [1, 1, 1]
    return SweepResult(
        axes=(Axis("split.fraction", (0.4, 0.8)),),
        phase_by_seed=np.array([["comprehension", *["memorization"] * 2], ["comprehension"] * 3]),
        train_step_by_seed=train[..., 0],
        validation_step_by_seed=np.where(validation[..., 2] < inf, validation[..., 0], nan),
        intervals={"train": train, "validation": validation, "delay": delay},
        runs=np.array([["a", "b", "c"], ["d", "e", "f"]], dtype=object),
        seeds=(0, 1, 2),
        budget=1000,
    )
