"""The options that every verb has, and those that several share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token
from cyclopts.validators import Number

from grokphase.cli.parsing import whole_number
from grokphase.cli.paths import folder

DEFAULT_STORE = Path("grokphase-store")

StorePath = Annotated[Path, Parameter(name="--store", env_var="GROKPHASE_STORE")]


def _as_whole(kind: Any, tokens: Sequence[Token]) -> int:
    del kind
    return whole_number(tokens[0].value, tokens[0].keyword or "the number")


Whole = Annotated[int, Parameter(converter=_as_whole)]
"""A whole number: 1e5 is one, and 11.5, which cyclopts alone would round, is refused."""

MaybeWhole = Annotated[int | None, Parameter(converter=_as_whole)]
"""A whole number that may be left out."""


def _as_folder(kind: Any, tokens: Sequence[Token]) -> Path:
    del kind
    return folder(Path(tokens[0].value), tokens[0].keyword or "the directory")


Folder = Annotated[Path, Parameter(converter=_as_folder)]
"""A directory to write to: picture.png, which would become one, is refused."""

MaybeFolder = Annotated[Path | None, Parameter(converter=_as_folder)]
"""A directory that may be left out."""

Flag = Parameter(negative=(), show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """How a verb talks.

    Attributes:
        json: Print exactly one JSON document on stdout, and no progress.
        quiet: No progress; only the result.
    """

    json: Annotated[bool, Flag] = False
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), negative=(), show_default=False)] = (
        False
    )

    @property
    def shows_progress(self) -> bool:
        """Whether progress is wanted at all."""
        return not (self.json or self.quiet)


@Parameter(name="*")
@dataclass(frozen=True)
class Common(Output):
    """How a verb talks, and where runs are kept.

    Attributes:
        store: Directory of the store that keeps every run.
        wait: Seconds to wait for another process that writes to the store; none if not given.
    """

    store: StorePath = DEFAULT_STORE
    wait: Annotated[float, Parameter(validator=Number(gte=0), show_default=False)] = 0.0


@Parameter(name="*")
@dataclass(frozen=True)
class Experiment:
    """What is trained, as typed.

    Attributes:
        table: File with the table of an operation, in place of a named task: CSV, TSV, TXT or NPY.
        idx: Folder of images in the files of MNIST (IDX, gzipped or not), in place of a named task,
            such as Fashion-MNIST.
        p: Number of symbols of the task.
        operation: The operation of a preset that has several, as its paper writes it, such as x/y.
        model: The network: toy, mlp, transformer, lstm, message-passing or convolutional. Each task
            has its own default.
        steps: Budget of one run, in steps of the optimizer.
        settings: Any setting by its dotted name, which grokphase settings lists: a number as
            recipe.decoder.learning_rate=1e-3, a word as recipe.stop=sustained, or a list as
            model.widths=200,200; recipe.weight_decay is that of all parameters. May be given
            several times.
    """

    table: Path | None = None
    idx: Path | None = None
    p: MaybeWhole = None
    operation: str | None = None
    model: str | None = None
    steps: MaybeWhole = None
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", negative=(), show_default=False)
    ] = ()


@Parameter(name="*")
@dataclass(frozen=True)
class Compute:
    """Where the training happens.

    Attributes:
        workers: Runs trained at the same time; as many as there are cores if not given.
        cluster: Address of a Dask scheduler, such as tcp://10.0.0.1:8786, to train there.
        retry: With failed, train again what a training function of yours failed at before.
    """

    workers: MaybeWhole = None
    cluster: str | None = None
    retry: Literal["failed"] | None = None


OUTPUT = Output()
COMMON = Common()
EXPERIMENT = Experiment()
COMPUTE = Compute()
