"""The result of a map: what became of every cell, and how it is handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases import summary
from grokphase.phases.axis import Axis
from grokphase.phases.borders import Borders, borders
from grokphase.phases.classify import FAILED, PHASES, TABLE_1, By, check_by
from grokphase.phases.handed_on import HandedOn
from grokphase.phases.notes import Note
from grokphase.phases.survival import Intervals, Survival
from grokphase.showing import shown_by

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.store.record import RunRecord

_BY_SEED = (
    "train_step_by_seed",
    "validation_step_by_seed",
    "steps_trained_by_seed",
    "seconds_by_seed",
    "confidence",
)
RunIds = tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, eq=False, repr=False)
class PhaseMap(HandedOn):
    """A phase diagram: one or more runs at every point of a grid of two hyperparameters.

    Rows go by ``y`` and columns by ``x``; the first row belongs to the least y. Use
    `PhaseMap.from_arrays` to make one from lists, and `dataclasses.replace` to add ``store``,
    ``figure`` and ``report_path`` once they exist. Two maps are equal if `to_json_dict` is.

    Args:
        x: the horizontal axis, nx values.
        y: the vertical axis, ny values.
        phase_by_seed: (ny, nx, seeds) phase of every run, one of `PHASES`.
        train_step_by_seed: (ny, nx, seeds) step (optimiser updates) of training accuracy that
            decided the phase; NaN where it was not reached and where the cell was inferred.
        validation_step_by_seed: the same for validation accuracy.
        measured: (ny, nx), False where not every run of the cell went to its end: refinement
            inferred the cell without running it, or a forecast stopped a run.
        runs: ids of the runs of every cell, in the order of ``seeds``; empty where not measured.
        seeds: the seeds.
        steps_trained_by_seed: (ny, nx, seeds) optimiser updates of every run; NaN where the cell
            was inferred, or where they are not known.
        seconds_by_seed: the same for the time spent training.
        confidence: (ny, nx, seeds) how sure the forecast was that stopped a run; NaN of others.
        steps_trained: optimiser updates of all runs of the map, those found in a store included.
        seconds: training time summed over all runs of the map, whenever they were made.
        measure_seconds: the same for measures that were called between segments of the loop.
        settings: what the specs of all runs share; neither the axes nor, of several, a seed.
        budget: steps after which a run was censored.
        fixed: what the axes leave where it is although its name suggests that they vary it, by
            dotted name: the embedding's weight decay under an axis of the decoder's.
        notes: what a reader must know besides, such as seeds that cannot generalize.
        thresholds: thresholds that decided the phases.
        by: which steps are given and decided the phases: "first-passage" ones, or "sustained".
        measures: the last value of what the runs measured, by name, (ny, nx, seeds) each; NaN
            where it is none and where a cell was inferred.
        intervals: of each event (ny, nx, seeds, 3) time, lower and upper end, see `Survival`;
            empty for a map that was not made from runs.
        store: directory of the runs, if they are kept.
        figure: file of the figure, if drawn.
        report_path: file of the report, if written.
        records: the runs with their curves, where no store keeps them and they are not too many;
            files do not hold them.

    Raises:
        GrokphaseError: if shapes disagree, an unknown phase occurs, both axes are the same, or
            `by` is neither.

    Example:
        >>> x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
        >>> found = [["memorization", "grokking"], ["memorization", "comprehension"]]
        >>> train, validation = [[90, 80], [95, 85]], [[None, 5000], [None, 300]]
        >>> PhaseMap.from_arrays(x, y, found, train, validation).phase[0, 1].item()
        'grokking'

    Source:
        Liu et al. 2022, arXiv:2205.10343, Figure 6.
    """

    x: Axis
    y: Axis
    phase_by_seed: NDArray[np.str_]
    train_step_by_seed: NDArray[np.float64]
    validation_step_by_seed: NDArray[np.float64]
    measured: NDArray[np.bool_]
    runs: RunIds
    seeds: tuple[int, ...]
    steps_trained_by_seed: NDArray[np.float64]
    seconds_by_seed: NDArray[np.float64]
    confidence: NDArray[np.float64]
    steps_trained: int = 0
    seconds: float = 0.0
    measure_seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    by: By = "first-passage"
    measures: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    intervals: Intervals = field(default_factory=dict)
    store: Path | None = None
    figure: Path | None = None
    report_path: Path | None = None
    records: tuple[RunRecord, ...] = ()

    def __post_init__(self) -> None:
        """Check that everything fits together."""
        check_by(self.by)
        if self.x.name == self.y.name:
            raise GrokphaseError(f"both axes are {self.x.name}; a map needs two different ones.")
        cells = (self.y.size, self.x.size)
        wanted = (*cells, len(self.seeds))
        for name in ("phase_by_seed", *_BY_SEED):
            _check_shape(name, getattr(self, name).shape, wanted)
        for name, values in self.measures.items():
            _check_shape(f'measures["{name}"]', values.shape, wanted)
        _check_shape("measured", self.measured.shape, cells)
        _check_shape("runs", (len(self.runs), *{len(row) for row in self.runs}), cells)
        for phase in np.unique(self.phase_by_seed).tolist():
            if phase not in PHASES:
                raise GrokphaseError(
                    f'"{phase}" is no phase; phases are {", ".join(PHASES)}.'
                    f"{nearest(phase, PHASES)}"
                )

    @classmethod
    def from_arrays(
        cls,
        x: Axis,
        y: Axis,
        phase: ArrayLike | Sequence[Sequence[object]],
        train_step: ArrayLike,
        validation_step: ArrayLike,
        *,
        steps_trained_by_seed: ArrayLike | None = None,
        seconds_by_seed: ArrayLike | None = None,
        confidence: ArrayLike | None = None,
        measured: ArrayLike | None = None,
        runs: Sequence[Sequence[Sequence[str]]] | None = None,
        seeds: Sequence[int] | None = None,
        **rest: Any,
    ) -> PhaseMap:
        """A map from lists or arrays.

        Args:
            x: the horizontal axis.
            y: the vertical axis.
            phase: (ny, nx) for one seed, or (ny, nx, seeds).
            train_step: likewise; None or NaN where not reached.
            validation_step: likewise.
            steps_trained_by_seed: likewise; None if they are not known.
            seconds_by_seed: likewise.
            confidence: likewise; None where no run was stopped by a forecast.
            measured: (ny, nx); None means that every cell was run.
            runs: (ny, nx) lists of run ids; None if they are not known.
            seeds: the seeds; None numbers them from 0.
            **rest: the other fields of `PhaseMap`.

        Returns:
            The map.

        Raises:
            GrokphaseError: as for `PhaseMap`.

        Example:
            >>> x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
            >>> found = [["memorization", "grokking"], ["memorization", "comprehension"]]
            >>> train, validation = [[90, 80], [95, 85]], [[None, 5000], [None, 300]]
            >>> PhaseMap.from_arrays(x, y, found, train, validation).counts()
            {'comprehension': 1, 'grokking': 1, 'memorization': 2, 'confusion': 0}
        """
        phases = _with_seeds(np.asarray(phase, dtype=np.str_))
        cells = phases.shape[:2]
        unknown = np.full(phases.shape, np.nan)
        known: Sequence[Sequence[Sequence[str]]] = runs or [[()] * cells[1]] * cells[0]
        return cls(
            x=x,
            y=y,
            phase_by_seed=phases,
            train_step_by_seed=_numbers(train_step),
            validation_step_by_seed=_numbers(validation_step),
            steps_trained_by_seed=_numbers(
                unknown if steps_trained_by_seed is None else steps_trained_by_seed
            ),
            seconds_by_seed=_numbers(unknown if seconds_by_seed is None else seconds_by_seed),
            confidence=_numbers(unknown if confidence is None else confidence),
            measured=np.ones(cells, bool) if measured is None else np.asarray(measured, bool),
            runs=tuple(tuple(tuple(ids) for ids in row) for row in known),
            seeds=tuple(range(phases.shape[2]) if seeds is None else seeds),
            **rest,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Cells by y and by x."""
        return self.y.size, self.x.size

    @property
    def phase(self) -> NDArray[np.str_]:
        """(ny, nx) phase of most runs of each cell; `summary.majority` says who wins a tie."""
        return summary.majority(self.phase_by_seed)

    @property
    def phase_fractions(self) -> dict[str, NDArray[np.float64]]:
        """(ny, nx) share of each cell's runs in every phase that occurs in the map."""
        return summary.fractions(self.phase_by_seed)

    @property
    def train_step(self) -> NDArray[np.float64]:
        """(ny, nx) median over seeds of the step of training accuracy, see `summary.median`."""
        return summary.median(self.train_step_by_seed, self.phase_by_seed == FAILED)

    @property
    def validation_step(self) -> NDArray[np.float64]:
        """(ny, nx) median over seeds of the step of validation accuracy."""
        return summary.median(self.validation_step_by_seed, self.phase_by_seed == FAILED)

    @property
    def forecast(self) -> NDArray[np.bool_]:
        """(ny, nx) whether a forecast stopped a run of the cell, and says what became of it."""
        return np.asarray(np.isfinite(self.confidence).any(axis=-1))

    @property
    def inferred(self) -> NDArray[np.bool_]:
        """(ny, nx) whether refinement inferred the cell without running it."""
        return ~self.measured & ~self.forecast

    def counts(self) -> dict[str, int]:
        """Cells in each phase: the four of Table 1, and other outcomes that occur."""
        phase = self.phase
        counts = {name: int((phase == name).sum()) for name in PHASES}
        return {name: count for name, count in counts.items() if count or name in TABLE_1}

    def survival(self, event: str = "validation") -> Survival:
        """How long an event is waited for: curves, medians and tests that know censoring.

        Args:
            event: "train" or "validation" accuracy passing its threshold, the "delay" between, or
                the "loss" of validation accuracy, counted from when it was reached.

        Raises:
            GrokphaseError: if there is no such event, or the map was not made from runs.
        """
        runs = np.full(self.phase_by_seed.shape, None, dtype=object)
        for cell in np.argwhere(self.measured):
            runs[tuple(cell)] = self.runs[cell[0]][cell[1]] or None
        axes = (self.y, self.x)
        return Survival.from_intervals(event, self.by, axes, self.seeds, self.intervals, runs)

    def borders(self, along: str = "x") -> Borders:
        """Where the borders between phases lie, with their spread over seeds; see `borders`."""
        return borders(self, along)

    @overload
    def plot(self, ax: None = None, **options: Any) -> Figure: ...

    @overload
    def plot(self, ax: Axes, **options: Any) -> Axes: ...

    def plot(self, ax: Axes | None = None, **options: Any) -> Figure | Axes:
        """The map as a matplotlib figure, which a notebook shows, or drawn into axes of yours.

        Args:
            ax: where to draw; None makes a figure with legend and caption.
            **options: `steps`, `colour`, `title`, `legend` and, of a figure, `figsize`; see
                `grokphase.plotting.phase_map_figure` and `draw_phase_map`.

        Returns:
            The figure, or the axes that were given.

        Example:
            >>> x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
            >>> found = [["memorization", "grokking"], ["memorization", "comprehension"]]
            >>> train, validation = [[90, 80], [95, 85]], [[None, 5000], [None, 300]]
            >>> map_ = PhaseMap.from_arrays(x, y, found, train, validation)
            >>> figure = map_.plot(title="Two sizes", figsize=(5, 3))
            >>> figure.axes[0].get_title(loc="left")
            'Two sizes'
        """
        if ax is None:
            return shown_by(self, "figure")(self, **options)
        return shown_by(self, "axes")(ax, self, **options)

    def to_xarray(self) -> xarray.Dataset:
        """The map as a dataset with both axes and the seeds as coordinates. Needs xarray."""
        return shown_by(self, "xarray")(self)

    def __repr__(self) -> str:
        """The map in letters, within 80 columns and 24 lines."""
        return shown_by(self, "text")(self)

    def _repr_html_(self) -> str:
        return shown_by(self, "html")(self)


def _numbers(given: ArrayLike) -> NDArray[np.float64]:
    return _with_seeds(np.asarray(given, dtype=np.float64))


def _with_seeds(array: NDArray[Any]) -> NDArray[Any]:
    return array[..., np.newaxis] if array.ndim == 2 else array


def _check_shape(name: str, given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if given != wanted:
        raise GrokphaseError(
            f"{name} has the shape {given}; with these axes and seeds it must be {wanted} "
            "(rows by y, columns by x)."
        )
