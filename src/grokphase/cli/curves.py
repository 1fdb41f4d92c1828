"""The options by which verbs read the curves of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from grokphase.cli.options import Common, Flag, MaybeWhole
from grokphase.cli.output import warn
from grokphase.cli.parsing import settings
from grokphase.cli.stores import opened
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.forecasting import History
    from grokphase.forecasting.reading import Curves


@Parameter(name="*")
@dataclass(frozen=True)
class Reading:
    """How a file of curves is read, as typed.

    Attributes:
        columns: What a column is whose name does not say it, as acc2=validation_accuracy; or
            NAME=nothing for one that is not to be used. May be given several times.
        accuracies: Whether accuracies are shares of 1 or percent, where their values do not say it.
        run: Which run, where the file holds several; enough of the beginning of its name.
        resumed: Steps that go back are of a run that was resumed: what was written later counts.
        settings: What is known of the run besides its curves, as learning_rate=1e-3,
            weight_decay=1, train_samples=400; threshold=0.95 for another accuracy to exceed than
            0.9; steps_per_epoch=N for a file that counts epochs. May be given several times.
        budget: Steps that the run may take in all.
    """

    columns: Annotated[
        tuple[str, ...], Parameter(name="--column", negative=(), show_default=False)
    ] = ()
    accuracies: Literal["share", "percent"] | None = None
    run: str | None = None
    resumed: Annotated[bool, Flag] = False
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", negative=(), show_default=False)
    ] = ()
    budget: MaybeWhole = None


READING = Reading()


def read(files: Iterable[Path], typed: Reading, *, growing: bool = False) -> Curves:
    """The curves of a run in files, as typed.

    Args:
        files: one, or several of one run.
        typed: the options.
        growing: whether another program may be writing them.

    Raises:
        GrokphaseError: in one sentence, for whatever cannot be used.
    """
    from grokphase.forecasting.reading import read_curves

    return read_curves(
        *files,
        run=typed.run,
        columns=_columns(typed.columns),
        accuracies=typed.accuracies,
        settings=numbers(typed.settings),
        budget=typed.budget,
        resumed=typed.resumed,
        growing=growing,
    )


def benchmark_alone(reading: Reading, *given: object) -> None:
    """Refuse what says which run, and how it is read, beside --benchmark.

    Args:
        reading: the options of files.
        given: what else says it, each None or empty where it is not given.
    """
    if reading != READING or any(each not in (None, ()) for each in given):
        raise GrokphaseError(
            "--benchmark is of the corpus that comes with grokphase; leave out runs, files and "
            "their options."
        )


def numbers(texts: Iterable[str]) -> dict[str, float]:
    """Settings as typed, each of which is a number."""
    found = {}
    for name, value in settings(texts).items():
        if isinstance(value, str):
            raise GrokphaseError(f'--set {name}="{value}" is no number; write one, as {name}=1.')
        found[name] = float(value)
    return found


def of_store(run: str, typed: Reading, common: Common) -> tuple[History, str]:
    """The history of a run of the store, which may still be training, and its id.

    Args:
        run: enough of the beginning of its id.
        typed: the options of files, of which only the budget says anything here.
        common: where the store is.

    Raises:
        GrokphaseError: there is no such run, it recorded no curves, or an option of files is given.
    """
    from grokphase.forecasting import History
    from grokphase.forecasting.flight import history_in_flight

    for option, given in (
        ("--column", typed.columns),
        ("--accuracies", typed.accuracies),
        ("--run", typed.run),
        ("--resumed", typed.resumed),
        ("--set", typed.settings),
    ):
        if given:
            raise GrokphaseError(f"{option} is for files, --csv; a run of the store needs none.")
    with opened(common) as store:
        try:
            record = store.get(run)
        except GrokphaseError as unknown:  # unless it is still being trained
            try:
                found = store.in_flight(run)
            except GrokphaseError:
                raise unknown from None
            return history_in_flight(found), found.id
    if not record.curves:
        raise GrokphaseError(f"Run {record.id} recorded no curves; there is nothing to go by.")
    return History.of_record(record), record.id


def say_understood(found: Curves) -> None:
    """Print what each column was taken for, and on stderr what else is to be known."""
    from grokphase.forecasting.tables import names_told

    widest = max(map(len, found.understood))
    for name, meaning in found.understood.items():
        print(f"{name:<{min(widest, 40)}}  {meaning}")
    if found.unused:
        print(f"not used: {names_told(found.unused)}")
    print()
    warn(found.notes)


def _columns(texts: Iterable[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, what = (part.strip() for part in text.rpartition("="))
        if not (name and equals and what):
            raise GrokphaseError(
                f'--column "{text}" is not name=meaning; write it like '
                "--column acc2=validation_accuracy."
            )
        if name in found:
            raise GrokphaseError(f'--column gives "{name}" twice; give each name once.')
        found[name] = what
    return found
