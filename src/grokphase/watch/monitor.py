"""Watching a training loop of anybody's: what it records, what it says, what it keeps."""

from __future__ import annotations

import datetime
import math
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import integer, number, whole_step
from grokphase.errors import GrokphaseError
from grokphase.forecasting import Forecast, History, forecast
from grokphase.forecasting.advice import Advice, advice_line, advise
from grokphase.forecasting.columns import meaning_of
from grokphase.forecasting.forecast import Stage, stage
from grokphase.forecasting.history import CURVES
from grokphase.forecasting.settings import read_settings
from grokphase.phases.intervals import Interval
from grokphase.phases.thresholds import Thresholds
from grokphase.store import Store
from grokphase.store.record import RunRecord
from grokphase.trainers.records import last_values, record_of
from grokphase.trainers.report import ACCURACIES, Passage, times
from grokphase.trainers.report import number as as_number
from grokphase.trainers.rows import Rows
from grokphase.trainers.surroundings import environment
from grokphase.trainers.watch import Watch
from grokphase.watch.logs import handing
from grokphase.watch.looking import Given, Looker, reason
from grokphase.watch.measures import Values, of_optimizer
from grokphase.watch.ranks import place
from grokphase.watch.schedule import PER_DECADE, Allowance, LogSpaced
from grokphase.watch.showing import Picture, Show, html, shower
from grokphase.watch.told import Told, contracts, differs, expected, line, passed

_EVALUATED: Final = (*ACCURACIES, "validation_loss")  # seldom measured, so never left out
_MIXED: Final = (
    "an accuracy was over 1, so that all of this run may be in percent; write "
    "Monitor(percent=True) and begin anew."
)
_ABOVE_ONE: Final = 1e-6  # an accuracy in 32 bits may be as much above 1
_VERSION: Final = 1  # of what a checkpoint keeps

_Value = TypeVar("_Value")


class Monitor:
    """Watches a training loop: records, says when something changes, forecasts.

    Call `update` with the step, the number of optimizer updates made, and with whatever is known
    there. The monitor reads what it is given and writes to none of it: random state, gradients and
    weights are the same bits with and without it. It never raises out of `update`; what cannot be
    used is said once, in a sentence. Where several processes train one model it works in the first.

    Args:
        budget: steps of the run in all, which a forecast is about; None if that is open.
        settings: numbers that the run is made with, such as ``{"train_samples": 3000,
            "fraction": 0.3}``. Rates, decay and betas are read from the optimizer, if given to
            `update`; of others write ``learning_rate``, ``weight_decay``. Names are those of
            `grokphase.forecasting.settings`.
        thresholds: what counts as learned, and what as delayed (`grokphase.Thresholds`).
        sustain: steps that validation accuracy must hold to count as sustained.
        percent: whether accuracies come from 0 to 100.
        name: what the run is listed under in a store.
        seed: of the run, for the store.
        show: "lines" prints a line when something changes, "panel" keeps a panel in the terminal,
            "notebook" one below the cell, and lines outside of a notebook; a function is called
            with each line; None is silent.
        log_to: a TensorBoard `SummaryWriter`, a run of W&B, or a function of a step and a
            dictionary, which is handed what is measured.
        matrix: the parameter whose spectrum is measured; the largest embedding if not given.
        per_decade: steps at which it measures in every factor of ten.
        share: of the run's time that measures may take; those that would exceed it are put off.
            None for no limit: then two runs of the same bits have the same record.
        rank: number of this process where several train one model; found out if not given, see
            docs/watching.md. 0 where each of several processes trains a model of its own.

    Raises:
        GrokphaseError: for arguments that cannot be used.

    Example:
        >>> monitor = Monitor(budget=10_000, settings={"learning_rate": 1e-3, "weight_decay": 1.0})
        >>> for step, train, validation in ((0, 0.1, 0.1), (100, 0.8, 0.92), (900, 1.0, 0.95)):
        ...     monitor.update(step, train_accuracy=train, validation_accuracy=validation)
        generalized at step 100 (after 0)
        memorized at step 900 (after 100)
        >>> monitor.phase
        'generalized'
    """

    def __init__(
        self,
        *,
        budget: int | None = None,
        settings: Mapping[str, float] | None = None,
        thresholds: Thresholds | None = None,
        sustain: int = 1000,
        percent: bool = False,
        name: str = "watched",
        seed: int = 0,
        show: Show = "lines",
        log_to: Any = None,
        matrix: str | None = None,
        per_decade: int = PER_DECADE,
        share: float | None = 0.01,
        rank: int | None = None,
    ) -> None:
        if budget is not None:
            integer("budget", budget, 1)
        integer("sustain", sustain, 0)
        integer("per_decade", per_decade, 1, 1000)
        integer("seed", seed, -(2**63), 2**63 - 1)
        if share is not None:
            number("share", share, 0.0, 1.0)
        self.budget = budget
        self.settings = read_settings(settings or {})
        self.thresholds = thresholds or Thresholds()
        self.sustain, self.percent, self.name, self.seed = sustain, percent, name, int(seed)
        self.notes: list[str] = []
        self.lines: list[str] = []
        self.step: int | None = None
        self._id, self._began = secrets.token_hex(8), _now()
        if rank is not None:
            integer("rank", rank, 0)
        self.rank = rank
        self._asked = dict(self.settings)
        self._diverged = False
        self._mixed = False  # an accuracy was over 1: all of them may be in percent
        self._passages = self._none_passed()
        self._rows, self._row = Rows(), Values()
        self._latest: Values = {}
        self._numbers, self._measures, self._forecasts = (LogSpaced(per_decade) for _ in range(3))
        self._allowance = Allowance(share)
        self._looker = Looker(self._allowance, matrix)
        self._told: Told | None = None
        self._hand = handing(log_to)
        self._show = shower(show)

    # ---- watching

    def update(
        self,
        step: int,
        *,
        model: Any = None,
        optimizer: Any = None,
        gradients: Any = None,
        logits: Any = None,
        labels: Any = None,
        **numbers: Any,
    ) -> None:
        """Take note of what is known at a step; call it as often as you like.

        Model, gradients and outputs are looked at on log-spaced steps, and when a threshold is
        passed; so is a training loss, whose reading would make a GPU wait. Accuracies and the
        validation loss are read at every call that has them.

        Args:
            step: updates made so far; several calls may be of one step.
            model: a PyTorch module, a pytree of JAX, or a dictionary of arrays, at this step.
            optimizer: of PyTorch's kind, for rates and decay.
            gradients: of the model's form; of PyTorch what lies in ``.grad`` if not given.
            logits: (n, classes) of training samples, for margins and saturation.
            labels: (n,) their classes.
            **numbers: ``train_loss``, ``validation_loss``, ``train_accuracy``,
                ``validation_accuracy``, and any other number by a name of yours.
        """
        try:
            if self._is_elsewhere(model) or self._diverged:
                return
            self._allowance.begin()
            self._update(step, Given(model, gradients, logits, labels), optimizer, numbers)
        except Exception as error:  # whatever it is: a monitor ends no training
            self._note(f"at step {step} something was not watched: {reason(error)}")

    def due(self, step: int) -> bool:
        """Whether the log-spaced schedule has a row at this step: a good one to evaluate at."""
        return step >= self._numbers.due

    def _is_elsewhere(self, model: Any = None) -> bool:
        """Whether another process watches this run."""
        if self.rank is None:
            self.rank, variable = place(jax_model="jax" in type(model).__module__)
            if self.rank and variable:  # which may also number runs of their own
                self._note(
                    f"by {variable} this is process {self.rank} of one run, and process 0 watches "
                    "it; where each trains a model of its own write Monitor(rank=0)."
                )
        return self.rank != 0

    def _update(self, step: int, given: Given, optimizer: Any, numbers: Mapping[str, Any]) -> None:
        now = whole_step(step, "nothing is taken of the step")
        if self.step is not None and now < self.step:
            raise GrokphaseError(
                f"step {now} came after step {self.step}, so it is left out; steps count on, and a "
                "run that is resumed resumes its monitor too (monitor.load_state_dict)."
            )
        fresh = now != self.step
        evaluated = any(numbers.get(name) is not None for name in _EVALUATED)
        self._begin_row(now)
        if not (self._numbers.take(now) or evaluated or (self._row and not fresh)):
            return
        row = self._read(numbers)
        news = self._pass(now, row)
        self._row |= row
        if optimizer is not None:
            self._try("the optimizer was not read", lambda: self._read_optimizer(optimizer))
        looked = self._look(now, given, at_once=bool(news))
        self._row |= looked
        self._latest |= self._row
        if looked and (hand := self._hand) is not None:
            self._try("nothing was logged", lambda: hand(now, looked))
        self._tell(now, news, bool(looked) or evaluated)

    def _begin_row(self, step: int) -> None:
        if step != self.step:
            if self._row and self.step is not None:
                self._rows.add(self.step, self._row)
            self.step, self._row = step, {}

    def _read(self, numbers: Mapping[str, Any]) -> Values:
        """The numbers that are given and can be used, but for those this step has already."""
        row: Values = {}
        for name, value in numbers.items():
            if value is None or name in self._row or (self._mixed and name in ACCURACIES):
                continue
            self._suggest(name)
            try:
                found = as_number(name, value)
                row[name] = self._share(name, found) if name in ACCURACIES else found
            except GrokphaseError as error:
                self._note(str(error))
        return _without_accuracies(row) if self._mixed else row

    def _none_passed(self) -> dict[str, Passage]:
        rule = self.thresholds.rule
        return {
            each: Passage(getattr(self.thresholds, each), rule, self.sustain) for each in ACCURACIES
        }

    def _read_optimizer(self, optimizer: Any) -> None:
        with self._allowance.spending("settings"):
            self.settings = {**of_optimizer(optimizer), **self._asked}

    def _suggest(self, name: str) -> None:
        """Say once how a number is called that forecasts would use under another name."""
        meaning = meaning_of(name)
        if meaning is not None and meaning.what in CURVES and meaning.what != name:
            self._note(
                f"{name} is a curve of its own; if it is {meaning.what}, write {meaning.what}=."
            )

    def _share(self, name: str, value: float) -> float:
        share = value / 100 if self.percent else value
        if 0 <= share <= 1 + _ABOVE_ONE:
            return min(share, 1.0)
        if self.percent or not 1 < share <= 100:
            top = 100 if self.percent else 1
            raise GrokphaseError(f"{name} = {value:g} is left out: it lies between 0 and {top}.")
        self._mixed, self._passages = True, self._none_passed()
        self._row = _without_accuracies(self._row)
        self._latest = _without_accuracies(self._latest)
        raise GrokphaseError(
            f"{name} = {value:g} is left out, as are all accuracies of this run, those before "
            "too: they are shares from 0 to 1; for percentages write Monitor(percent=True)."
        )

    def _pass(self, step: int, row: Values) -> list[str]:
        """What happened at this step: thresholds passed or lost, a loss that is no number."""
        news = []
        for name, passage in self._passages.items():
            if name in row:
                was, held = passage.first, passage.sustained_lost
                passage.update(step, row[name])
                news += [name] * (passage.first != was)
                news += [f"lost {name}"] * (passage.sustained_lost != held)
        if not math.isfinite(row.get("train_loss", 0.0)):
            self._diverged = True
            news.append("diverged")
        return news

    def _look(self, step: int, given: Given, *, at_once: bool) -> Values:
        if not at_once and step < self._measures.due:
            return {}
        failed = set(self._looker.failed)
        found = self._looker.look(given, at_once=at_once)
        if found:
            self._measures.take(step)
        for what, why in self._looker.failed.items():
            if what not in failed:
                self._note(f"{what} not measured at step {step}: {why}")
        if self._looker.parameters:
            self.settings.setdefault("parameters", float(self._looker.parameters))
        return found

    # ---- saying

    def _tell(self, step: int, news: list[str], looked: bool) -> None:
        said = self._news(step, news)
        if self._waits and (said or self._is_forecast_due(step, looked)):
            self._forecasts.take(step)
            said += self._forecast_line(step, bool(said))
        if text := line(*said):
            self.lines.append(text)
            self._say(text)
        if (news or looked) and self._allowance.allows("picture"):
            with self._allowance.spending("picture"):
                self._try("no picture is shown", lambda: self._show.refresh(self._picture))

    def _is_forecast_due(self, step: int, looked: bool) -> bool:
        return looked and step >= self._forecasts.due and self._allowance.allows("forecast")

    def _picture(self) -> Picture:
        return Picture(self.name, self.forecast(), self.lines, self.notes)

    @property
    def _waits(self) -> bool:
        """Whether it has memorized and not generalized."""
        train, validation = (self._passages[name].first for name in ACCURACIES)
        return train is not None and validation is None and not self._diverged

    def _news(self, step: int, news: list[str]) -> list[str]:
        train, validation = (self._passages[name] for name in ACCURACIES)
        said = []
        if "train_accuracy" in news and train.first is not None:
            said.append(passed("memorized", train.first, train.lower(False, step)))
        if "validation_accuracy" in news and validation.first is not None:
            text = passed("generalized", validation.first, validation.lower(False, step))
            if train.first is not None:
                text += f", {validation.first - train.first:,} steps after it memorized"
            said.append(text)
        if "lost validation_accuracy" in news:
            said.append(
                f"generalization was lost: validation accuracy is "
                f"{self._row['validation_accuracy']:.3g} at step {step:,}, "
                f"after it had held for {self.sustain:,} steps"
            )
        if "diverged" in news:
            loss = self._row["train_loss"]
            said.append(
                f"the training loss was {loss:g} at step {step:,}: the run has diverged, and is "
                "not watched any further"
            )
        return said

    def _forecast_line(self, step: int, follows: bool) -> list[str]:
        try:
            with self._allowance.spending("forecast"):
                new = self.forecast()
        except Exception as error:  # as of any other measure
            self._note(f"no forecast at step {step}: {reason(error)}")
            return []
        if not differs(new, self._told):
            return []
        self._told = Told(new.refused, new.interval50)
        where = [] if follows else [f"step {step:,}"]
        return [*where, contracts(new), expected(new), self._advice_text()]

    def _advice_text(self) -> str:
        try:
            with self._allowance.spending("advice"):
                return advice_line(self.history()) or ""
        except Exception as error:  # as of any other measure
            self._note(f"no advice: {reason(error)}")
            return ""

    def _try(self, failed: str, do: Callable[[], object]) -> None:
        """Do what must not stop the rest; that it failed, and why, is said."""
        try:
            do()
        except Exception as error:  # whatever it is: a monitor ends no training
            self._note(f"{failed}: {reason(error)}")

    def _say(self, text: str) -> None:
        try:
            self._show.line(text)
        except Exception as error:  # kept, as there is nothing to say it by
            self._keep(f"a line could not be shown: {reason(error)}")

    def _note(self, sentence: str) -> None:
        """Say something once, whatever its numbers are."""
        if self._keep(sentence):
            self._say(f"grokphase: {sentence}")

    def _keep(self, sentence: str) -> bool:
        """Keep a note, unless there is one that differs in its numbers alone."""
        kind = "".join(letter for letter in sentence if not letter.isdigit())
        kinds = {"".join(c for c in note if not c.isdigit()) for note in self.notes}
        if kind not in kinds:
            self.notes.append(sentence)
        return kind not in kinds

    # ---- asking

    @property
    def phase(self) -> Stage:
        """Where the run is now: "not memorized", "memorized", "generalizing", "generalized" or
        "diverged"."""
        return "diverged" if self._diverged else stage(self.history())

    @property
    def values(self) -> Values:
        """The last value of everything, by name, for a logger of yours."""
        return dict(self._latest)

    def curves(self) -> dict[str, NDArray[Any]]:
        """What was recorded: "step" (m,), and a column for each name, NaN where it was not."""
        found = self._rows.curves(double=tuple(self._latest))
        if self._mixed:
            found = _without_accuracies(found)
        if not self._row:
            return found
        steps = found.pop("step", np.empty(0, np.int64))
        before = np.full(steps.size, np.nan)
        return {
            "step": np.append(steps, np.int64(self.step or 0)),
            **{
                name: np.append(found.get(name, before), self._row.get(name, np.nan))
                for name in dict.fromkeys((*found, *self._row))
            },
        }

    def history(self) -> History:
        """What is known of the run up to now, as forecasts take it."""
        curves = self.curves()
        steps = curves.pop("step", np.empty(0, np.int64))
        if self._diverged:
            curves["train_loss"][-1] = np.inf
        train, validation = (_interval(self._passages[name]) for name in ACCURACIES)
        return History(
            step=steps,
            curves=curves,
            settings=self.settings,
            threshold=self.thresholds.train_accuracy,
            validation_threshold=self.thresholds.validation_accuracy,
            budget=self.budget,
            train_passage=train,
            validation_passage=validation,
            now=-1 if self.step is None else self.step,
        )

    def forecast(self, budget: int | None = None) -> Forecast:
        """When it will generalize, or why that cannot be said.

        Args:
            budget: steps in all; that of the monitor if not given.
        """
        found = forecast(self.history(), budget)
        if self._is_elsewhere():
            return replace(found, refused=True, reason=self._elsewhere)
        if self._mixed and not self._diverged:
            return replace(found, refused=True, reason=_MIXED)
        return found

    def advice(self, budget: int | None = None) -> Advice:
        """Which change of its settings would bring generalization earlier, in a new run.

        Args:
            budget: steps in all; that of the monitor if not given.
        """
        if self._is_elsewhere():
            return Advice(refused=True, reason=self._elsewhere)
        return advise(self.history(), budget)

    def __str__(self) -> str:
        """Where it stands, and what is expected."""
        if self.rank:
            return self._elsewhere
        if self.step is None:
            return "nothing watched yet"
        ahead = expected(self.forecast()) if self._waits else ""
        return line(f"step {self.step:,}: {self.phase}", ahead)

    def __repr__(self) -> str:
        return f"Monitor({self.name}: {self})"

    @property
    def _elsewhere(self) -> str:
        return f"process 0 watches this run, and this is process {self.rank}."

    def _repr_html_(self) -> str:
        return html(self._picture())

    @property
    def seconds(self) -> float:
        """For how long it has been watched."""
        return self._allowance.elapsed

    @property
    def measure_seconds(self) -> float:
        """What measuring, forecasting and showing took of that."""
        return self._allowance.spent

    # ---- keeping

    def record(self) -> RunRecord:
        """The run so far as a store keeps it, with the id that this monitor has for good.

        Raises:
            GrokphaseError: if nothing was watched yet, or another process watches.
        """
        if self._is_elsewhere():
            raise GrokphaseError(self._elsewhere)
        if self.step is None:
            raise GrokphaseError("nothing was watched yet; call monitor.update(step, ...) first.")
        watch, curves = Watch(self.budget, self.thresholds, "budget", self.sustain), self.curves()
        return record_of(
            watch,
            times(self._passages, self.step),
            curves,
            diverged=self._diverged,
            id=self._id,
            spec=self._spec(watch, curves),
            seed=self.seed,
            steps_trained=self.step,
            seconds=self.seconds,
            final=last_values(curves, diverged=self._diverged),
            provenance=environment(),
            message="; ".join(self.notes),
            measure_seconds=self.measure_seconds,
        )

    def _spec(self, watch: Watch, recorded: Collection[str]) -> dict[str, Any]:
        """The settings by their names, what counted as learned, and when it began: what else
        decided its result, nobody but its user knows."""
        measures = [each for each in recorded if each not in ("step", *CURVES)]
        return {
            "task": {"name": self.name},
            "trainer": {"name": self.name, "watched": self._began},
            **self.settings,
            "recipe": {**watch.spec(), "measures": measures},
            "seed": self.seed,
        }

    def save(self, store: str | Path = "grokphase-store") -> str:
        """Writes the run so far into a store, where `grokphase runs` and `forecast` find it.

        Args:
            store: its folder, which is made if it is not there. A run that was saved before is
                replaced by what it has become.

        Returns:
            The id of the run; empty in a process that does not watch it, which writes nothing.

        Raises:
            GrokphaseError: if nothing was watched yet, or the store cannot be written.
        """
        if self._is_elsewhere():
            return ""
        record = self.record()
        with Store.open(store, wait=10.0) as opened:
            if opened.existing([record.id]):
                opened.remove([record.id])
            opened.write([record])
        return record.id

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: numbers, words and lists, which JSON and `torch.save` take."""
        return {
            "version": _VERSION,
            "id": self._id,
            "began": self._began,
            "settings": dict(self.settings),
            "step": self.step,
            "row": dict(self._row),
            "latest": dict(self._latest),
            "rows": self._rows.state(),
            "passages": {name: asdict(each) for name, each in self._passages.items()},
            "diverged": self._diverged,
            "mixed": self._mixed,
            "numbers_due": self._numbers.due,
            "measures_due": self._measures.due,
            "forecasts_due": self._forecasts.due,
            "allowance": self._allowance.state(),
            "matrix": self._looker.matrix,
            "parameters": self._looker.parameters,
            "told": None if self._told is None else [*self._told],
            "notes": [*self.notes],
            "lines": [*self.lines],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from what a checkpoint kept.

        Args:
            state: of `state_dict`.

        Raises:
            GrokphaseError: if it is none, or of another version.
        """
        if not isinstance(state, Mapping) or state.get("version") != _VERSION:
            raise GrokphaseError(
                "this is no state of a monitor of this version; give what monitor.state_dict() "
                "returned."
            )
        self._id, self._began, self.step = state["id"], state["began"], state["step"]
        self.settings = {**state["settings"], **self._asked}
        self._row, self._latest = dict(state["row"]), dict(state["latest"])
        self._rows, self._diverged = Rows.of(state["rows"]), state["diverged"]
        self._mixed = state["mixed"]
        for name, passage in self._passages.items():
            self._passages[name] = replace(
                Passage(**state["passages"][name]),
                threshold=passage.threshold,
                rule=passage.rule,
                sustain=passage.sustain,
            )
        self._numbers.due, self._measures.due = state["numbers_due"], state["measures_due"]
        self._forecasts.due = state["forecasts_due"]
        self._allowance.restore(state["allowance"])
        self._looker.matrix, self._looker.parameters = state["matrix"], state["parameters"]
        self._told = None if state["told"] is None else Told(*state["told"])
        self.notes, self.lines = [*state["notes"]], [*state["lines"]]

    def finish(self, store: str | Path | None = None) -> None:
        """Ends a panel in the terminal, and writes the run into a store, if one is named.

        As `update` it raises nothing: a store that cannot be written is said.

        Args:
            store: its folder; None for none.
        """
        if store is not None and self.step is not None:
            self._try("the run was not stored", lambda: self.save(store))
        self._try("no last picture is shown", lambda: self._show.close(self._picture))


def _without_accuracies(values: Mapping[str, _Value]) -> dict[str, _Value]:
    return {name: value for name, value in values.items() if name not in ACCURACIES}


def _interval(passage: Passage) -> Interval | None:
    if passage.first is None:
        return None
    before = -1 if passage.first_lower is None else passage.first_lower
    return Interval(float(passage.first), float(before), float(passage.first))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
