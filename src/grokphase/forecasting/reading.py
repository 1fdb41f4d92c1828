"""A run's history out of the curves that any program wrote.

Weights & Biases, TensorBoard, Lightning, Hugging Face and Keras each name and lay out the same four
curves in a way of their own. `read_curves` takes them all, says what it took each column for, and
refuses, in a sentence, what cannot be told: it never fills in a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import choice, integer, positive
from grokphase.errors import GrokphaseError, nearest
from grokphase.forecasting.columns import CALLS, IN_EPOCHS, MEANINGS, TOLD, Meaning
from grokphase.forecasting.history import History
from grokphase.forecasting.numerals import decimal_sign, in_percent, is_open, plain, value_of
from grokphase.forecasting.selection import Column, Selected, select
from grokphase.forecasting.settings import read_settings
from grokphase.forecasting.tables import Cell, NothingYet, Table, names_told, read_table
from grokphase.forecasting.units import Unit, are_percent

Floats = NDArray[np.float64]

NOTHING: Final = "nothing"
"""What a column is said to be that is not to be used."""

OF_READING: Final = ("threshold", "steps_per_epoch")
"""What can be said besides: the accuracy to exceed, and how a file counts."""

_NO_CURVES: Final = ("step", "epoch", "run", "learning_rate", "weight_decay")
_RATES: Final = ("learning_rate", "weight_decay", "eta_lambda")  # which act by the step
_MISSING: Final = frozenset({"", "na", "n/a", "none", "null", "-"})
_EMPTY: Final = frozenset({*_MISSING, "nan"})
_NO_NUMBER: Final = "empty: there is no number in it"
_TAKEN_BACK: Final = "left out: it has no number but at steps that were taken back"
_LARGEST: Final = 2.0**53  # whole numbers up to it are exact
_TIME: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d{2}")
_LATEST: Final = 1e9  # steps from which a count that begins there is one of seconds since 1970


@dataclass(frozen=True, eq=False)
class Curves:
    """What was read of a run.

    Attributes:
        history: the run.
        understood: what each column that is used was taken for, by its name.
        unused: the other columns.
        notes: what else should be known of how it was read, a sentence each.
        unfinished: whether a last line was left out, since it is only half written.
    """

    history: History
    understood: Mapping[str, str]
    unused: tuple[str, ...]
    notes: tuple[str, ...]
    unfinished: bool = False


class _Curve(NamedTuple):
    """A curve as one file has it.

    Attributes:
        name: of its column.
        meaning: what it is.
        steps: where it was measured, ascending.
        values: what was measured; an infinite loss has diverged.
        percent: whether it says of itself that it is in percent.
    """

    name: str
    meaning: Meaning
    steps: Floats
    values: Floats
    percent: bool


def read_curves(
    *paths: Path,
    run: str | None = None,
    columns: Mapping[str, str] | None = None,
    accuracies: Unit | None = None,
    settings: Mapping[str, float] | None = None,
    budget: int | None = None,
    resumed: bool = False,
    growing: bool = False,
) -> Curves:
    """The history of a run that another program has written down.

    Args:
        paths: the file, or several of one run, as TensorBoard's, which hold a curve each.
        run: which run, where a file holds several.
        columns: what columns are whose names do not say it: name -> one of `MEANINGS`, or
            "nothing".
        accuracies: "share" or "percent", where their values do not say it.
        settings: numbers that are known of the run (`grokphase.forecasting.settings`),
            ``threshold``, and ``steps_per_epoch`` for a file that counts epochs.
        budget: steps that the run may take in all.
        resumed: where steps go back, what was written later counts, as of a run that was resumed.
        growing: leave out a last line that does not end, since it is being written.

    Returns:
        What was read.

    Raises:
        GrokphaseError: in one sentence, for whatever cannot be used.

    Example:
        >>> import tempfile
        >>> text = "epoch,acc,val_acc\\n0,50,1\\n1,99.5,2\\n2,100,95\\n"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "log.csv"
        ...     _ = path.write_text(text)
        ...     found = read_curves(path, settings={"steps_per_epoch": 100})
        >>> found.understood["val_acc"], found.history.generalized.upper
        ('validation accuracy, in percent', 200.0)
    """
    known = _checked(settings or {})
    if accuracies is not None:
        choice("accuracies", accuracies, get_args(Unit))
    if budget is not None:
        integer("budget", budget, 1)
    tables = [read_table(path, growing=growing) for path in paths]
    chosen = [select(table, run, _said(columns or {}, tables)) for table in tables]
    measured = [each for each in chosen if not _has_settings_alone(each)] or chosen
    files = [_File.of(each, resumed, known.get("steps_per_epoch")) for each in measured]
    if len({file.epochs for file in files}) > 1:
        raise GrokphaseError(
            "One file counts steps and another epochs; give files that count alike."
        )
    curves = _one_of_each([curve for file in files for curve in file.curves])
    percent = _percent(curves, accuracies)
    understood = dict(file.understood for file in files)
    for each in curves:
        what = _told(each.meaning)
        understood[each.name] = f"{what}, in percent" if each.name in percent else what
    for column, why in (each for file in files for each in file.empty):
        understood[column.name] = f"{_told(column.meaning)}, {why}"
    for name, what, value, said in (one for each in chosen for one in _settings_of(each)):
        if what not in known:
            understood[name] = said
            if value is not None:
                known[what] = value
    notes = [
        f"The last line of {table.name} is only half written, and left out."
        for table in tables
        if table.unfinished and not growing
    ]
    threshold, per = known.pop("threshold", 0.9), known.pop("steps_per_epoch", None)
    if files[0].epochs and per is None:
        left_out = [name for name in _RATES if known.pop(name, None) is not None]
        if left_out:
            notes.append(
                f"The file counts epochs, and rates act by the step: {', '.join(left_out)} "
                "cannot be used without --set steps_per_epoch=N."
            )
    step, values = _aligned(curves, percent)
    history = History(step, values, known, threshold, budget=budget)
    unused = [n for table in tables for n in table.columns if n not in understood]
    unfinished = any(table.unfinished for table in tables)
    return Curves(history, understood, tuple(unused), tuple(notes), unfinished)


def _has_settings_alone(selected: Selected) -> bool:
    """Whether a file is that of a learning rate, as TensorBoard has one, and of no curve."""
    there = {column.meaning.what for column in selected.columns}
    return there <= {*_NO_CURVES} and not there.isdisjoint(_RATES)


def _told(meaning: Meaning) -> str:
    return TOLD.get(meaning.what, meaning.what.replace("_", " "))


def _checked(settings: Mapping[str, float]) -> dict[str, float]:
    """Settings, and what is said of the reading besides."""
    known = read_settings(settings, OF_READING)
    positive("steps_per_epoch", known.get("steps_per_epoch", 1.0))
    if known.get("threshold") == 1:
        raise GrokphaseError("An accuracy of 1 cannot be exceeded; write threshold=0.99, or less.")
    return known


def _said(columns: Mapping[str, str], tables: Sequence[Table]) -> dict[str, Meaning | None]:
    """What columns are said to be."""
    there = [name for table in tables for name in table.columns]
    metrics = [name.rpartition(" - ")[2] for name in there]
    for name, what in columns.items():
        if name not in (*there, *metrics):
            raise GrokphaseError(
                f'There is no column "{name}"; there are {names_told(there, 12)}.'
                f"{nearest(name, there)}"
            )
        choice(f'"{name}" as', what, (*MEANINGS, NOTHING))
    return {
        name: None if what == NOTHING else Meaning(what, -1000) for name, what in columns.items()
    }


class _File(NamedTuple):
    """The curves of one file, on its own steps.

    Attributes:
        curves: what was measured.
        epochs: whether its steps are epochs of unknown length.
        understood: its column of steps, and what it was taken for.
        empty: columns that are understood and of which no number is left, each with why.
    """

    curves: list[_Curve]
    epochs: bool
    understood: tuple[str, str]
    empty: list[tuple[Column, str]]

    @classmethod
    def of(cls, selected: Selected, resumed: bool, per: float | None) -> _File:
        """Read the columns of a file."""
        table = selected.table
        named = [each for each in selected.columns if each.meaning.what not in _NO_CURVES]
        read = [(column, _numbers(table, column.name)) for column in named]
        measured = [(column, values) for column, values in read if np.isfinite(values).any()]
        empty = [(column, _NO_NUMBER) for column, values in read if not np.isfinite(values).any()]
        if named and not measured:
            raise NothingYet(
                f"{table.name} has no number under {names_told([each.name for each in named])}: "
                f"all {len(table.lines):,} rows are empty or NaN, so that there is no curve."
            )
        if not measured:
            raise GrokphaseError(
                f"No column of {table.name} is understood as a curve; it has "
                f"{names_told(table.columns, 12)}; say what they are, as in "
                f'--column "{list(table.columns)[-1]}=validation_accuracy".'
            )
        said = {column.meaning.what for column, _ in measured if not column.meaning.plain}
        measured = [
            (column, values) for column, values in measured if not _leaves_open(column, said)
        ]
        rows = np.any([~np.isnan(values) for _, values in measured], axis=0)
        name, meaning, steps = _steps(selected, rows)
        epochs, told = meaning.what == "epoch", TOLD[meaning.what]
        if name == CALLS:
            told = "step, of which this counts calls of wandb.log"
        if epochs and per is not None:
            steps, told = np.round(steps * per), f"epoch, of {per:g} steps each"
        elif epochs:
            told = IN_EPOCHS
        _check_steps(steps, rows, name, table, epochs)
        if not epochs and meaning.what == "step":
            _check_epochs(selected, steps, rows, name)
        if resumed:
            gone = _taken_back(steps, rows)
            measured = [(column, np.where(gone, np.nan, values)) for column, values in measured]
            lost = [column for column, values in measured if not np.isfinite(values).any()]
            empty += [(column, _TAKEN_BACK) for column in lost]
            measured = [each for each in measured if each[0] not in lost]
            if not measured:
                raise NothingYet(f"{table.name} has no number but at steps that were taken back.")
        accuracies = [v for c, v in measured if c.meaning.what == "train_accuracy"]
        curves = []
        for (column, meaning), values in measured:
            if meaning.what == "train_loss":
                values = _diverged(table, column, values, accuracies)
            percent = meaning.percent or _of_hundred(table, column)
            found = _ascending(table, column, steps, values, resumed)
            curves.append(_Curve(column, meaning, *found, percent))
        return cls(curves, epochs and per is None, (name, told), empty)


def _of_hundred(table: Table, name: str) -> bool:
    """Whether the cells of a column say that they are in percent: all of them, or none."""
    there = [cell for cell in table.columns[name] if str(cell).strip().lower() not in _EMPTY]
    said = [in_percent(cell) for cell in there]
    if any(said) and not all(said):
        line = table.lines[table.columns[name].index(there[said.index(False)])]
        raise GrokphaseError(
            f'Of the cells of "{name}" in {table.name} some have a sign of percent and others, as '
            f"in line {line}, have none; write them alike."
        )
    return any(said)


def _leaves_open(column: Column, said: Collection[str]) -> bool:
    """Whether a name without "train" or "val" may be of either: an accuracy beside curves that are
    said to be of the training set, or what is there under a name that says it."""
    what = column.meaning.what
    trained = what == "train_accuracy" and any(each.startswith("train_") for each in said)
    return column.meaning.plain and (trained or what in said)


def _taken_back(steps: Floats, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows of steps to which a run went back later, and beyond."""
    kept: list[int] = []
    for row in np.flatnonzero(rows).tolist():
        while kept and steps[kept[-1]] > steps[row]:
            kept.pop()
        kept.append(row)
    gone = rows.copy()
    gone[kept] = False
    return gone


def _steps(selected: Selected, rows: NDArray[np.bool_]) -> tuple[str, Meaning, Floats]:
    """The surest column that counts, and has a number in every row in which something stands."""
    table = selected.table
    counting = sorted(
        (column for column in selected.columns if column.meaning.what in ("step", "epoch")),
        key=lambda column: (column.meaning.what == "epoch", column.meaning.rank),
    )
    if not counting:
        raise GrokphaseError(
            f"{table.name} has no column of steps; it has {names_told(table.columns, 12)}; say "
            'which it is, as in --column "t=step".'
        )
    first = None
    for name, meaning in counting:
        numbers = _numbers(table, name, whole=True)
        missing = np.flatnonzero(rows & ~np.isfinite(numbers))
        if not missing.size:
            return name, meaning, numbers
        first = first or (name, table.lines[int(missing[0])])
    name, line = first or ("", 0)
    raise GrokphaseError(
        f'Line {line} of {table.name} has values and no step under "{name}"; every row that has '
        "values needs one."
    )


def _check_steps(
    steps: Floats, rows: NDArray[np.bool_], name: str, table: Table, epochs: bool
) -> None:
    """Refuse steps that are negative, too large, times, or between two whole numbers."""
    if rows.any() and _LATEST <= steps[rows].min() <= _LARGEST:
        raise GrokphaseError(
            f'"{name}" of {table.name} begins at {steps[rows].min():.0f}, which is a time, as in '
            "seconds since 1970, and no count of updates; say which column counts steps, as in "
            '--column "t=step".'
        )
    for row in np.flatnonzero(rows):
        step = float(steps[row])
        if 0 <= step <= _LARGEST and step == round(step):
            continue
        mend = "steps are whole numbers from 0"
        if epochs and 0 <= step <= _LARGEST:
            mend = "say how many steps an epoch has, as in --set steps_per_epoch=100"
        elif step > _LARGEST:
            mend = (
                f"steps go up to {_LARGEST:,.0f}, beyond which not every whole number has its "
                "own double: this is hardly a count of steps"
            )
        raise GrokphaseError(
            f'Line {table.lines[row]} of {table.name} has {step:g} under "{name}"; {mend}.'
        )


def _check_epochs(selected: Selected, steps: Floats, rows: NDArray[np.bool_], name: str) -> None:
    """Refuse steps that are counted within epochs: they go back where the epoch goes on."""
    for column in (each for each in selected.columns if each.meaning.what == "epoch"):
        on = np.diff(_numbers(selected.table, column.name)[rows]) > 0
        back = np.diff(steps[rows]) < 0
        if back.any() and on[back].all():
            raise GrokphaseError(
                f'"{name}" of {selected.table.name} begins anew in every "{column.name}"; leave it '
                f'out and say how many steps an epoch has, --column "{name}={NOTHING}" '
                "--set steps_per_epoch=100."
            )


def _numbers(table: Table, name: str, whole: bool = False) -> Floats:
    """The numbers of a column; NaN where nothing stands.

    Comma and point are read as the column shows them, or else its file. Where neither does, "1,234"
    is a number with thousands as a step, which is `whole`, and refused elsewhere.
    """
    cells = table.columns[name]
    sign = decimal_sign(cells)
    if sign == "both":
        raise GrokphaseError(
            f'"{name}" of {table.name} has numbers with a decimal point and others with a decimal '
            "comma; write them alike."
        )
    sign = sign or table.decimal
    found = np.full(len(table.lines), np.nan)
    for row, cell in enumerate(cells):
        if isinstance(cell, float):
            found[row] = cell
        elif cell is not None and cell.strip().lower() not in _MISSING:
            text = plain(cell)
            sure = sign in (".", ",") or (whole and "," in text) or not is_open(text)
            value = value_of(text, "," if sign == "," else ".") if sure else None
            if value is None:
                raise GrokphaseError(
                    f'Line {table.lines[row]} of {table.name} has "{cell[:40]}" under "{name}", '
                    f"{_no_number(text, sure, whole)}."
                )
            found[row] = value
    return found


def _no_number(text: str, sure: bool, whole: bool) -> str:
    """What is wrong with a cell that cannot be read."""
    if not sure:
        thousands, decimal = text.replace(",", "").replace(".", ""), text.replace(",", ".")
        return f"which may be {thousands} or {decimal}; write it without a comma or point"
    if whole and _TIME.match(text):
        return "which is a time of day; a step is a count of updates"
    return "which is no number; leave a cell empty where nothing was measured"


def _diverged(table: Table, name: str, losses: Floats, accuracies: Sequence[Floats]) -> Floats:
    """The training loss, infinite from where it stopped being a number for good.

    NaN is also how some programs write that nothing was measured. It is the loss that is no number
    only where training accuracy stands beside it, so that the training set was looked at.
    """
    finite = np.flatnonzero(np.isfinite(losses))
    after = np.arange(len(losses)) > finite[-1]
    looked = after & np.any([np.isfinite(values) for values in accuracies], axis=0)
    no_number = np.array([_is_nan(cell) for cell in table.columns[name]])
    lost = after & (np.isinf(losses) | (looked & no_number))
    return np.where(lost, np.inf, losses)


def _is_nan(cell: Cell) -> bool:
    """Whether a cell says that its value is no number, rather than that there is none."""
    return math.isnan(cell) if isinstance(cell, float) else str(cell).strip().lower() == "nan"


def _ascending(
    table: Table, name: str, steps: Floats, values: Floats, resumed: bool
) -> tuple[Floats, Floats]:
    """Steps and values of what was measured, once a step and in their order."""
    kept: list[int] = []
    for row in np.flatnonzero(~np.isnan(values)).tolist():
        if resumed and kept and steps[kept[-1]] == steps[row]:
            kept.pop()
        if not kept or steps[row] > steps[kept[-1]]:
            kept.append(row)
            continue
        last, line = kept[-1], table.lines[row]
        if steps[row] < steps[last]:
            raise GrokphaseError(
                f'In line {line} of {table.name} the steps of "{name}" go back from '
                f"{steps[last]:,.0f} to {steps[row]:,.0f}: give one run by itself, or say that it "
                "was resumed from there, --resumed."
            )
        if values[row] != values[last]:
            raise GrokphaseError(
                f'{table.name} has two values of "{name}" at step {steps[row]:,.0f} '
                f"({values[last]:g} and, in line {line}, {values[row]:g}), as of several runs in "
                "one file: give one run by itself."
            )
    return steps[kept], values[kept]


def _one_of_each(curves: Sequence[_Curve]) -> list[_Curve]:
    """Of curves of one meaning the one whose name says it best."""
    found: dict[str, _Curve] = {}
    for curve in sorted(curves, key=lambda curve: curve.meaning.rank):
        best = found.setdefault(curve.meaning.what, curve)
        if best is not curve and best.meaning.rank == curve.meaning.rank:
            raise GrokphaseError(
                f'"{best.name}" and "{curve.name}" may both be the {_told(curve.meaning)}; say '
                f'which is not, as in --column "{curve.name}={NOTHING}".'
            )
    return list(found.values())


def _percent(curves: Sequence[_Curve], said: Unit | None) -> set[str]:
    """The names of the accuracies that are in percent."""
    known = {each.name: each for each in curves if each.meaning.what.endswith("accuracy")}
    by_name = [name for name, each in known.items() if each.percent]
    values = {name: each.values for name, each in known.items()}
    return {name for name, percent in are_percent(values, said, by_name).items() if percent}


def _aligned(
    curves: Sequence[_Curve], percent: Collection[str]
) -> tuple[NDArray[np.int64], dict[str, Floats]]:
    """All curves on the steps of any, NaN where one was not measured."""
    steps = np.unique(np.concatenate([each.steps for each in curves]))
    found = {}
    for each in curves:
        values = np.full(steps.shape, np.nan)
        values[np.searchsorted(steps, each.steps)] = each.values
        if each.meaning.what.endswith("accuracy"):
            values = np.clip(values / 100 if each.name in percent else values, 0.0, 1.0)
        if each.meaning.what == "train_loss" and np.isinf(each.values[-1]):
            lost = each.steps[np.flatnonzero(np.isfinite(each.values))[-1]]
            values[steps > lost] = np.inf  # also where only validation was measured
        found[each.meaning.what] = values
    return steps.astype(np.int64), found


def _settings_of(selected: Selected) -> Iterator[tuple[str, str, float | None, str]]:
    """Settings that stand in columns: the name, what it is, its last value, and that in words."""
    for name, meaning in selected.columns:
        if meaning.what not in ("learning_rate", "weight_decay"):
            continue
        values = _numbers(selected.table, name)
        values = values[np.isfinite(values)]
        if not values.size:
            yield name, meaning.what, None, f"{_told(meaning)}, {_NO_NUMBER}"
            continue
        if values[-1] < 0:
            continue
        told, last = _told(meaning), float(values[-1])
        varies = values.min() != values.max()
        of = f", the last of {values.min():g} to {values.max():g}" if varies else ""
        yield name, meaning.what, last, f"{told}, {last:g}{of}"
