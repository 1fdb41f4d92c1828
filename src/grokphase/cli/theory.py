"""``grokphase theory``: what needs no training."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from grokphase.cli.options import OUTPUT, Flag, MaybeWhole, Output, Whole
from grokphase.cli.output import cell, duration, print_json, print_table
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    import numpy as np

    from grokphase.tasks import Task
    from grokphase.theory import CriticalFraction
    from grokphase.theory.hessian import Normalisation

_SMALL, _MANY, _FEW = 24, 1000, 200
_ROWS = 15


@Parameter(name="*")
@dataclass(frozen=True)
class Question:
    """Which task is asked about, and which random numbers answer.

    Attributes:
        p: Number of symbols of the task.
        table: File with the table of an operation, in place of a named task: CSV, TSV, TXT or NPY.
        seed: Seed of what is random: training sets, and the start of a flow.
    """

    p: MaybeWhole = None
    table: Path | None = None
    seed: Whole = 0

    def task(self, name: str | None) -> Task:
        """The task that is meant; addition if none is named."""
        from grokphase import tasks

        if self.table is None:
            return tasks.task(name or "addition", **({} if self.p is None else {"p": self.p}))
        if name is not None or self.p is not None:
            given = f"--p {self.p}" if name is None else f'the task "{name}"'
            raise GrokphaseError(
                f"Both {given} and --table {self.table} were given: a table is a task of its own; "
                "leave one out."
            )
        return tasks.from_file(self.table)


@Parameter(name="*")
@dataclass(frozen=True)
class Share:
    """How much of the data is trained.

    Attributes:
        fraction: Share of the samples that is trained; 0.8 if neither is given.
        count: Number of samples that are trained.
    """

    fraction: float | None = None
    count: MaybeWhole = None

    @property
    def given(self) -> dict[str, Any]:
        """What was given, or the usual share."""
        if self.fraction is None and self.count is None:
            return {"fraction": 0.8}
        return {"fraction": self.fraction, "count": self.count}


QUESTION = Question()
SHARE = Share()


def critical_fraction(
    task: str | None = None,
    /,
    *,
    trials: MaybeWhole = None,
    modulus: MaybeWhole = None,
    matrices: Annotated[bool, Flag] = False,
    question: Question = QUESTION,
    output: Output = OUTPUT,
) -> int:
    """How much data determines the structure: the critical training fraction.

    Draws random orders of the samples and finds, in each, how many are needed until the training
    set leaves no more free than the whole data set does.

    Args:
        task: What is learned, addition if not given; grokphase tasks lists the names.
        trials: Number of random orders; 1000 for small tasks, 200 for large ones.
        modulus: Count modulo this prime. For modular addition, where real numbers leave only a
            collapsed embedding, this finds the circle.
        matrices: Embed a group by matrices and deduce its generalised parallelograms.
    """
    from grokphase import theory

    chosen = question.task(task)
    if matrices and modulus is not None:
        raise GrokphaseError("Parallelograms of matrices have no modulus: leave out --modulus.")
    number = _trials(chosen, trials, _FEW)
    start = time.perf_counter()
    if matrices:
        found = theory.critical_fraction_of_matrices(chosen, trials=number, seed=question.seed)
    else:
        found = theory.critical_fraction(chosen, trials=number, seed=question.seed, modulus=modulus)
    seconds = time.perf_counter() - start
    if output.json:
        print_json(found.to_dict() | {"seconds": seconds})
    else:
        _print_transition(found, seconds)
        if found.criterion == "real" and theory.null_dimension(chosen) == 1:
            _note(
                "The whole data leave real embeddings one point for all symbols: no structure. "
                "--modulus finds circles.",
                output,
            )
    return 0


def grokking_rate(
    task: str | None = None,
    /,
    *,
    trials: MaybeWhole = None,
    eta: float = 1e-3,
    normalisation: Literal["paper", "sum", "code"] = "paper",
    question: Question = QUESTION,
    share: Share = SHARE,
    output: Output = OUTPUT,
) -> int:
    """How fast the structure forms: the grokking rate lambda_3 of random training sets.

    lambda_3 is per unit of time, n_h = 1 / (lambda_3 eta) in steps. Training sets that leave the
    structure open have lambda_3 = 0.

    Args:
        task: What is learned, addition if not given; grokphase tasks lists the names.
        trials: Number of random training sets; 1000 for small tasks, 20 for large ones.
        eta: Learning rate of the embeddings.
        normalisation: paper divides by the number of parallelograms, as Eq. 5; sum does not; code
            takes all parallelograms whatever the training set, as the authors' code.
    """
    from grokphase import theory

    chosen = question.task(task)
    number = _trials(chosen, trials, 20)
    start = time.perf_counter()
    found = theory.rate_distribution(
        chosen,
        **share.given,
        trials=number,
        seed=question.seed,
        eta=eta,
        normalisation=normalisation,
    )
    document = found.to_dict() | {"seconds": time.perf_counter() - start}
    if output.json:
        print_json(document)
        return 0
    print_table(
        ["task", "p", "trained", "median lambda_3", "5 % quantile", "95 %", "lambda_3 = 0", "n_h"],
        [_rate_row(document)],
    )
    _note(
        f"{document['trials']} random training sets (seed {question.seed}), normalisation "
        f"{normalisation}, Z0 = {cell(document['z0'])}, eta = {cell(eta)}; n_h in steps, of the "
        f"median; {duration(document['seconds'])}",
        output,
    )
    return 0


def flow(
    task: str | None = None,
    /,
    *,
    steps: Whole = 5000,
    eta: float = 1e-3,
    dimension: Whole = 1,
    normalisation: Literal["paper", "sum", "code"] = "sum",
    question: Question = QUESTION,
    share: Share = SHARE,
    output: Output = OUTPUT,
) -> int:
    """How embeddings move under the effective theory, from a random start.

    The start is uniform in [-1/2, 1/2], centred and scaled to unit standard deviation, as in the
    paper's Figure 4 (c). The usual normalisation is "sum" here, whose steps come near those of
    networks; grokphase theory grokking-rate has "paper", as Eq. 5 is printed.

    Args:
        task: What is learned, addition if not given; grokphase tasks lists the names.
        steps: How far to follow the flow, in steps of the learning rate.
        eta: Learning rate of the embeddings.
        dimension: Dimension of the embeddings.
        normalisation: As in grokphase theory grokking-rate.
    """
    document = _flow_document(
        question.task(task), steps, eta, dimension, normalisation, question.seed, share
    )
    if output.json:
        print_json(document)
        return 0
    names = ("step", "loss", "rqi", "z0", "total")
    rows = zip(*(document[name] for name in names), strict=True)
    print_table(["step", "loss", "RQI", "Z0", "|C|"], list(rows))
    reached = document["steps_to_rqi"]
    print(
        f"lambda_3 = {cell(document['lambda3'])}, n_h = {cell(document['n_h'])} steps, RQI > 0.95 "
        + ("not reached" if reached is None else f"after {cell(reached)} steps")
    )
    _note(
        f"{document['train_count']} of {document['samples']} samples trained, "
        f"seed {question.seed}, normalisation {normalisation}, eta = {cell(eta)}; RQI as in the "
        "authors' code",
        output,
    )
    return 0


def parallelograms(
    task: str | None = None,
    /,
    *,
    question: Question = QUESTION,
    share: Share = SHARE,
    output: Output = OUTPUT,
) -> int:
    """What one random training set shows and implies: parallelograms, and what they promise.

    Args:
        task: What is learned, addition if not given; grokphase tasks lists the names.
    """
    from grokphase import theory

    chosen = question.task(task)
    train = _train(chosen, share, question.seed)
    all_of_them, quality = theory.count(chosen), theory.ideal_rqi(chosen, train)
    document = {
        "operation": chosen.name,
        "p": chosen.symbols,
        "samples": len(chosen),
        "train_count": len(train),
        "permissible": all_of_them,
        "shown": theory.count(chosen, train),
        "implied": round(quality * all_of_them),
        "ideal_rqi": quality,
        "ideal_accuracy": theory.ideal_accuracy(chosen, train),
        "null_dimension": theory.null_dimension(chosen, train),
        "trivial_dimension": theory.null_dimension(chosen),
        "seed": question.seed,
    }
    if output.json:
        print_json(document)
    else:
        print_table(["quantity", "value"], [(k.replace("_", " "), v) for k, v in document.items()])
    return 0


def _trials(task: Task, trials: int | None, few: int) -> int:
    """The number given; else many for a small task, few for a large one."""
    if trials is not None:
        return trials
    return _MANY if len(task) <= _SMALL * (_SMALL + 1) / 2 else few


def _train(task: Task, share: Share, seed: int) -> np.ndarray:
    from grokphase.tasks import Split

    return Split(**share.given).indices(task, seed)[0]


def _flow_document(
    task: Task,
    steps: int,
    eta: float,
    dimension: int,
    normalisation: Normalisation,
    seed: int,
    share: Share,
) -> dict[str, Any]:
    import numpy as np

    from grokphase import theory
    from grokphase.tasks import stream
    from grokphase.theory.samples import symbols

    if not (steps >= 1 and dimension >= 1 and 0 < eta < math.inf):
        raise GrokphaseError(
            f"--steps {steps} --dimension {dimension} --eta {eta} cannot be used: each must be "
            "above 0 and finite; write --steps 5000 --eta 1e-3."
        )
    train = _train(task, share, seed)
    start = stream(seed, "initial").uniform(-0.5, 0.5, (symbols(task), dimension))
    start = (start - start.mean(axis=0)) / start.std(axis=0, ddof=1)
    at = np.unique(np.linspace(0, steps, 1 + min(steps, 20)).round()).astype(int)
    paths = theory.flow(start, at * eta, task, train, normalisation=normalisation)
    rate = theory.grokking_rate(
        task, train, eta=eta, normalisation=normalisation, z0=float((start**2).sum())
    )
    reached = theory.time_to_rqi(start, task, train, normalisation=normalisation)
    return {
        "operation": task.name,
        "p": task.symbols,
        "samples": len(task),
        "train_count": len(train),
        "step": at,
        "embedding": paths,
        "loss": [
            theory.effective_loss(one, task, train, normalisation=normalisation) for one in paths
        ],
        "rqi": [theory.rqi(one, task) for one in paths],
        "z0": [theory.conserved(one, task).z0 for one in paths],
        "total": [float(np.linalg.norm(theory.conserved(one, task).total)) for one in paths],
        "lambda3": rate.lambda3,
        "n_h": rate.n_h,
        "steps_to_rqi": None if reached is None else reached / eta,
        "normalisation": normalisation,
        "eta": eta,
        "seed": seed,
    }


def _rate_row(document: dict[str, Any]) -> list[Any]:
    quantiles = document["lambda3"]["quantiles"]
    return [
        document["operation"],
        document["p"],
        f"{document['train_count']} ({document['fraction']:.1%})",
        document["lambda3"]["median"],
        quantiles["0.05"],
        quantiles["0.95"],
        f"{document['zero']:.1%}",
        document["n_h"],
    ]


def _criterion(found: CriticalFraction) -> str:
    """When the structure counts as determined, in words."""
    if found.criterion == "deduction":
        return "determined when all parallelograms can be deduced"
    numbers = "real numbers" if found.criterion == "real" else f"numbers {found.criterion}"
    return f"determined when embeddings by {numbers} are as free as under the whole data"


def _print_transition(found: CriticalFraction, seconds: float) -> None:
    import numpy as np

    low, high = found.critical_interval
    print(
        f"{found.operation}, p = {found.p}: critical fraction {found.critical_fraction:.4g} "
        f"(95 % interval {low:.4g} to {high:.4g}) of {found.samples} samples"
    )
    print(
        f"{found.trials} random orders, {_criterion(found)}, {duration(seconds)}; the probability "
        f"rises from 1/4 to 3/4 within {found.width:.3g} of the data"
    )
    size = len(found.train_counts)
    rows = np.unique(np.linspace(0, size - 1, min(size, _ROWS)).round().astype(int))
    print_table(
        ["trained", "fraction", "probability", "95 % from", "95 % to"],
        [
            (
                found.train_counts[row],
                found.train_counts[row] / found.samples,
                found.probability_unique[row],
                *found.interval[row],
            )
            for row in rows
        ],
    )


def _note(text: str, output: Output) -> None:
    if not output.quiet:
        print(text)
