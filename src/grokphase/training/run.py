"""Training one network, and what comes of it."""

from __future__ import annotations

import dataclasses
import html
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.frames import Column, kind_of, library, pandas_table, polars_table
from grokphase.models.specification import Initial
from grokphase.phases.circuit import CircuitPhase, phases_of
from grokphase.phases.classify import By
from grokphase.showing import shown_by
from grokphase.store import Store
from grokphase.store.borrowing import borrowed
from grokphase.store.record import RunRecord
from grokphase.tasks import Split, Task
from grokphase.telling.words import after_text, loss, phase_text
from grokphase.trainers import Trainer, TrainerSpec
from grokphase.training.activations import cached
from grokphase.training.asked import spec_of
from grokphase.training.circuit import key_frequencies_of
from grokphase.training.donors import SECONDS, STEPS
from grokphase.training.inside import views_of
from grokphase.training.kept import kept_told
from grokphase.training.notes import notes
from grokphase.training.outcome import has_diverged, phase_by
from grokphase.training.published import is_published, watched
from grokphase.training.recipe import Recipe
from grokphase.training.schedule import Keep
from grokphase.training.shown import OnProgress, shown
from grokphase.training.spec import AnySpec, RunSpec
from grokphase.training.sweep import Sweep
from grokphase.training.views import Views

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from grokphase.forecasting import Forecast
    from grokphase.forecasting.advice import Advice


def _said(record: RunRecord, name: str, followed: bool = True) -> str:
    step = getattr(record, name)
    if step is None:
        return "not reached" if followed else "not followed"
    return f"{step:,}{after_text(record.lower.get(name))}"


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A trained network: its specification and its record.

    `record` holds the phase, the times, the curves (`record.curves["train_loss"]` beside
    `record.curves["step"]`) and the final weights (`record.weights`, weights as (out, in)).

    Example:
        >>> import grokphase as gp
        >>> run = gp.train("addition", gp.Toy(widths=(16,)), gp.Recipe(steps=100))
        >>> run.phase
        'confusion'
    """

    spec: AnySpec
    record: RunRecord

    @property
    def phase(self) -> str:
        """What became of the run, one of `grokphase.phases.PHASES`."""
        return self.record.phase

    def phase_by(self, by: By) -> str:
        """What became of the run by "first-passage", as `phase`, or by "sustained" times.

        Raises:
            GrokphaseError: for sustained times, unless its recipe goes on for them (`stop`).
        """
        recipe = self.spec.recipe
        delay = recipe.thresholds.delay
        return phase_by(self.record, by, delay=delay, budget=recipe.steps)

    @property
    def curves(self) -> dict[str, np.ndarray]:
        """Recorded columns by name, "step" among them, each (m,)."""
        return self.record.curves

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Final weights by dotted name."""
        return self.record.weights or {}

    def weights_at(self, step: int) -> dict[str, np.ndarray]:
        """The weights at a step at which they were kept, by dotted name.

        Args:
            step: 0, or another of `record.snapshots` (`train(keep_weights="log")`), or the last.

        Raises:
            GrokphaseError: if they were not kept there; the message has those that were.
        """
        return self.record.weights_at(step)

    def cache(self, name: str, step: int | None = None) -> np.ndarray:
        """An activation of a transformer for every sample of its task, by its name.

        Args:
            name: as in TransformerLens: "blocks.0.attn.hook_pattern" (n, heads, to, from),
                "blocks.0.mlp.hook_post" (n, positions, mlp), "blocks.0.hook_resid_post"
                (n, positions, width), ..., "logits"; without the part before its last dot where
                there is one of that name.
            step: one at which the weights were kept (`weights_at`); the last if None.

        Raises:
            GrokphaseError: for another model, or a name or step that there is not.
        """
        weights = self.weights if step is None else self.weights_at(step)
        return cached(self.spec, weights, name)

    def key_frequencies(self) -> tuple[int, ...]:
        """The frequencies whose waves the trained network computes with, ascending.

        Of its final weights, for a run that learns a + b, or u a + v b + w, modulo p, on
        cross-entropy; empty where none stands out. See `grokphase.measures.key_frequencies`.

        Raises:
            GrokphaseError: for any other run.

        Example:
            >>> import grokphase as gp
            >>> task, model = gp.task("modular-addition", p=5), gp.MLP(dimension=4, widths=(8,))
            >>> run = gp.train(task, model, steps=10, split=0.8)
            >>> all(1 <= k <= 2 for k in run.key_frequencies())  # of p // 2
            True
        """
        return key_frequencies_of(self.spec, self.weights)

    def circuit_phases(self) -> tuple[CircuitPhase, ...]:
        """Memorization, circuit formation and cleanup of a run that recorded its excluded loss.

        Change points of its excluded loss, with the key frequencies of each step, and of its
        validation loss, with intervals; see `grokphase.measures.circuit_phases`.

        Raises:
            GrokphaseError: the run recorded no excluded loss, did not generalize, or its curves do
                not show the phases.

        Example:
            >>> import grokphase as gp
            >>> task, model = gp.task("modular-addition", p=5), gp.MLP(dimension=4, widths=(8,))
            >>> recipe = gp.Recipe(steps=10, measures=["excluded_loss"])
            >>> run = gp.train(task, model, recipe, split=0.8)
            >>> try:
            ...     run.circuit_phases()
            ... except gp.GrokphaseError as error:
            ...     print(error)
            The run did not generalize in 10 steps, so that there is no cleanup; train for longer.
        """
        return phases_of(self.record)

    def forecast(self, budget: int | None = None, *, until: int | None = None) -> Forecast:
        """When it will generalize, if it does: phase, probability, median and intervals, evidence.

        Args:
            budget: steps that it may take in all; that of its recipe if None.
            until: forecast as if it had come to this step only; None for all that is recorded.

        Returns:
            The forecast, which displays itself; refused, with the reason, where nothing can be
            known yet.

        Raises:
            GrokphaseError: for a budget that is no whole number from 1.

        Example:
            >>> import grokphase as gp
            >>> run = gp.train("addition", gp.Toy(widths=(16,)), gp.Recipe(steps=100))
            >>> told = run.forecast(budget=20_000)
            >>> told.phase, told.refused
            ('not memorized', True)
        """
        from grokphase.forecasting import History, forecast

        history = History.of_record(self.record)
        return forecast(history if until is None else history.until(until), budget)

    def advice(self, budget: int | None = None) -> Advice:
        """Which change of its settings would bring generalization earlier, and by how much.

        Args:
            budget: steps that a run may take in all; that of its recipe if None.

        Returns:
            The advice, which prints itself; refused, with the reason, where nothing can be said.

        Example:
            >>> import grokphase as gp
            >>> run = gp.train("addition", gp.Toy(widths=(16,)), gp.Recipe(steps=100))
            >>> run.advice(budget=20_000).refused
            False
        """
        from grokphase.forecasting import History
        from grokphase.forecasting.advice import advise

        return advise(History.of_record(self.record), budget)

    def views(self) -> Views:
        """The circuit through training: embedding, spectra, neurons, attention, losses.

        At every step whose weights were kept, on axes that do not move; `train(keep_weights="log")`
        keeps those of ten steps in every factor of ten.

        Example:
            >>> import grokphase as gp
            >>> task, model = gp.task("modular-addition", p=5), gp.MLP(dimension=4, widths=(8,))
            >>> run = gp.train(task, model, steps=10, split=0.8, keep_weights="log")
            >>> run.views().steps.tolist()
            [0, 1, 2, 3, 4, 5, 6, 8, 10]
        """
        return self._views

    @cached_property
    def _views(self) -> Views:
        return views_of(self.spec, self.record)

    def report(self, path: str | os.PathLike[str], command: str = "") -> Path:
        """Write the run as one HTML page that needs no network.

        A slider over the steps whose weights were kept moves all views together: curves, embedding,
        spectra, neurons over (a, b), attention to each operand.

        Args:
            path: the file to write, ".html".
            command: the command that made the run, shown so that it can be repeated.

        Returns:
            The path written.

        Raises:
            GrokphaseError: if the suffix is not ".html", or the file cannot be written.
        """
        return shown_by(self, "page")(self, path, command)

    def rows(self) -> list[tuple[str, str]]:
        """The result as pairs of words, thresholds and budget included."""
        record, recipe = self.record, self.spec.recipe
        limits = recipe.thresholds
        rows = [
            ("phase", phase_text(record)),
            (
                f"train accuracy {limits.rule} {limits.train_accuracy:g}",
                _said(record, "train_step"),
            ),
            (
                f"validation accuracy {limits.rule} {limits.validation_accuracy:g}",
                _said(record, "validation_step"),
            ),
            ("train sustained", _said(record, "train_sustained_step", record.followed)),
            ("validation sustained", _said(record, "validation_sustained_step", record.followed)),
        ]
        for name, said in (("lost", "first lost"), ("sustained_lost", "lost after it held")):
            if (lost := loss(record, f"validation_{name}_step")) is not None:
                rows.append((f"validation {said}", lost.removeprefix("step ")))
        if isinstance(self.spec, TrainerSpec):
            return rows + self._rows_of_trainer()
        recipe = self.spec.recipe
        if not math.isnan(record.final["rqi"]):
            to_the_end = record.steps_trained >= recipe.steps or has_diverged(record)
            rows.append(
                (f"RQI {limits.rule} {limits.rqi:g}", _said(record, "rqi_step", to_the_end))
            )
        rows.append(("trained", f"{record.steps_trained:,} of {recipe.steps:,} steps"))
        if STEPS in record.counts:
            seconds = float(record.provenance[SECONDS])
            said = f"{record.counts[STEPS]:,} steps in {seconds:.3g} s, before and beside these"
            rows.append(("donor", said))
        last = (
            *("train_loss", "validation_loss", "train_accuracy", "validation_accuracy"),
            *("new_validation_accuracy", "rqi"),
        )
        rows += [
            (f"last {name.replace('_', ' ')}", f"{record.final[name]:.4g}")
            for name in (*last, *map(str, recipe.measures))
            if not math.isnan(record.final.get(name, math.nan))  # of an array there are many
        ]
        if record.measure_seconds > 0:
            beside = f"{record.measure_seconds:.2g} s, beside {record.seconds:.2g} s of training"
            rows.append(("measures between segments", beside))
        if (share := record.final["saturation"]) > 0:  # not a number without cross-entropy
            said = f"{share:.4g} of the training samples have a textbook float32 loss of exactly 0"
            rows.append(("last saturation", said))
        return rows + [("note", note.sentence) for note in notes([[self.spec]])]

    def _rows_of_trainer(self) -> list[tuple[str, str]]:
        """The rest of the rows, of what a training function has reported."""
        record, budget = self.record, self.spec.recipe.steps
        of = "" if budget is None else f" of {budget:,}"
        rows = [("trained", f"{record.steps_trained:,}{of} steps in {record.seconds:.3g} s")]
        rows += [
            (f"last {name.replace('_', ' ')}", f"{value:.4g}")
            for name, value in record.final.items()
        ]
        return rows + ([("message", record.message)] if record.message else [])

    @overload
    def plot(self, ax: None = None, **options: Any) -> Figure: ...

    @overload
    def plot(self, ax: Axes, **options: Any) -> Axes: ...

    def plot(self, ax: Axes | None = None, **options: Any) -> Figure | Axes:
        """Loss, accuracy, RQI and norms against steps, or one of them in axes of yours.

        Args:
            ax: where to draw one quantity, accuracy unless another is named; None makes a figure
                of all, which a notebook shows.
            **options: `quantity` ("loss", "accuracy", "norm", ...), `title` and, of a figure,
                `figsize`; see `grokphase.plotting.curves_figure` and `draw_curves`.

        Returns:
            The figure, or the axes that were given.
        """
        if ax is None:
            return shown_by(self, "figure")(self.record, **options)
        return shown_by(self, "axes")(ax, self.record, **options)

    def to_pandas(self) -> pandas.DataFrame:
        """The curves as a data frame: ``step`` (Int64), a column of floats a measure. Needs pandas.

        Of a measure that is an array a column an entry, ``name.0``, ... row by row.
        What the run was stands in ``attrs``: ``run``, ``seed``, ``phase``, ``budget``,
        ``steps_trained``, ``seconds``, ``lost`` (`RunRecord.lost`), ``thresholds`` and ``notes``.
        """
        table = pandas_table(self._columns())
        limits = dataclasses.asdict(self.spec.recipe.thresholds)
        table.attrs = {
            "run": self.record.id,
            "seed": self.spec.seed,
            "phase": self.phase,
            "budget": self.spec.recipe.steps,
            "steps_trained": self.record.steps_trained,
            "seconds": self.record.seconds,
            "lost": self.record.lost,
            "thresholds": limits,
            "notes": [said for name, said in self.rows() if name == "note"],
        }
        return table

    def to_polars(self) -> polars.DataFrame:
        """The curves as a data frame, columns as of `to_pandas`. Needs polars."""
        return polars_table(self._columns())

    def _columns(self) -> list[Column]:
        columns = []
        for name, curve in self.curves.items():
            if curve.ndim == 1:
                columns.append(Column(name, kind_of(curve), curve))
                continue
            entries = curve.reshape(len(curve), -1).T
            columns += [Column(f"{name}.{k}", "number", entry) for k, entry in enumerate(entries)]
        return columns

    def to_xarray(self) -> xarray.Dataset:
        """The curves as a dataset over the steps, a variable a measure; those of an array have
        dimensions of their own, "name_0", ... Needs xarray."""
        table: xarray.Dataset = library("xarray").Dataset(
            {
                name: (("step", *(f"{name}_{k}" for k in range(values.ndim - 1))), values)
                for name, values in self.curves.items()
                if name != "step"
            },
            coords={"step": self.curves["step"]},
            attrs={"run": self.record.id, "seed": self.spec.seed, "phase": self.phase},
        )
        return table

    def __repr__(self) -> str:
        """The result in a dozen lines."""
        head = f"Run {self.record.id}: {self.spec.name}, seed {self.spec.seed}"
        return "\n".join([head, *(f"  {name:<26} {value}" for name, value in self.rows())])

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in self.rows()
        )
        caption = f"<caption>Run <code>{self.record.id}</code></caption>"
        return f"<table>{caption}{cells}</table>"


def _initial(given: Mapping[str, Any]) -> Initial:
    if any("." in name for name in given):
        return Initial.of(given)
    if set(given) != {"embedding", "layers"}:
        raise GrokphaseError(
            f"initial has the keys {sorted(given)}; it must have embedding (None without one) and "
            "layers, a list of (weight, bias), or be the state dict of a transformer."
        )
    return Initial(**given)


def train(
    task: Task | Trainer | str,
    model: object | None = None,
    recipe: Recipe | None = None,
    *,
    steps: int | None = None,
    split: Split | float | Sequence[int] | np.ndarray | None = None,
    seed: int | None = None,
    initial: Initial | Mapping[str, Any] | None = None,
    batches: np.ndarray | None = None,
    keep_weights: Keep = "final",
    store: Store | str | os.PathLike[str] | None = None,
    on_progress: OnProgress = "auto",
) -> Run:
    """Train one network.

    Args:
        task: a task or its name, or a `Trainer`; a `Regression` target may bring its label vectors.
        model: `Toy`, `MLP`, `Transformer`, `UserModel` or any Equinox module; the usual one for the
            task if None.
        recipe: how it learns; what it leaves open is the usual of the task and model.
        steps: the budget, where the recipe does not say.
        split: a `Split`, a fraction, a count or indices; the paper's for its tasks, else half.
        seed: of everything random that is not given; 58 if None, 0 for a `Trainer`.
        initial: initial weights, `Initial(embedding, layers)` or a dict with those keys; layers are
            (weight, bias) with weight (out, in), as PyTorch's `state_dict` holds them. Of a
            transformer its state dict, as `Run.weights` or TransformerLens has it.
        batches: (k, b) training indices of each step's batch, instead of drawn ones.
        keep_weights: "final" keeps the weights of the last step, "log" also those at ten recorded
            steps in every factor of ten (`Run.weights_at`, `Run.views`); how much that is at most
            is said before training where progress is shown.
        store: where to find and keep the run: an open store, or its path; not kept if None.
        on_progress: called as the run advances; "auto" shows a line in a notebook or on a
            terminal where that takes more than two seconds, None shows nothing.

    Returns:
        The run; it displays itself, and `.plot()` draws its curves.

    Raises:
        GrokphaseError: for anything given that cannot be used.

    Example:
        >>> import grokphase as gp
        >>> recipe = gp.Recipe(decoder=gp.Group(learning_rate=3e-3), steps=100)
        >>> gp.train("addition", gp.Toy(widths=(16,)), recipe).record.steps_trained
        100
    """
    given = _initial(initial) if isinstance(initial, Mapping) else initial
    spec = spec_of(task, model, recipe, steps=steps, split=split, seed=seed, initial=given)
    if is_published(task) and isinstance(spec, RunSpec):
        spec = watched(str(task), spec)
    if batches is not None:
        if isinstance(spec, TrainerSpec):
            raise GrokphaseError("batches are for tasks; a training function draws its own.")
        spec = dataclasses.replace(spec, batches=np.asarray(batches))
    said = kept_told([spec], keep_weights) if keep_weights != "final" else ""
    with borrowed(store) as kept, shown(on_progress, said) as listener:
        sweep = Sweep(store=kept, workers=1, on_progress=listener, keep_weights=keep_weights)
        return Run(spec, sweep.run([spec])[0])
