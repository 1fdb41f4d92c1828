"""Which validation samples no network can be expected to get right, whatever the recipe.

A validation sample whose result occurs in no training sample asks for a label that was never
shown. In the toy of the paper the sums 0, 1, 2p - 3 and 2p - 2 have one sample each. With 10 of its
55 samples for validation and accuracy to pass 90 % strictly, one result that is missing from the
training set puts generalization out of reach, which happens in 63 % of random splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grokphase.phases.notes import Note, seeds_text
from grokphase.training.events import required_count
from grokphase.training.spec import RunSpec


class Reach(NamedTuple):
    """How many validation samples of a run can be right, and how many must be.

    Attributes:
        seed: of the run.
        reachable: validation samples whose result some training sample has; all where results are
            values of a function.
        needed: the least number that passes the threshold of validation accuracy.
        samples: all validation samples.
    """

    seed: int
    reachable: int
    needed: int
    samples: int

    @property
    def enough(self) -> bool:
        """Whether the run can generalize at all."""
        return self.reachable >= self.needed


def reach(spec: RunSpec) -> Reach:
    """What the split of a run allows.

    Example:
        >>> import grokphase as gp
        >>> reach(gp.run_spec("addition", seed=0))
        Reach(seed=0, reachable=9, needed=10, samples=10)
        >>> reach(gp.run_spec("addition", split=gp.Split(train=range(1, 46)))).reachable
        3
    """
    train, validation = spec.trained(), spec.split.indices(spec.task, spec.seed)[1]
    shown = np.isin(spec.task.labels[validation], spec.task.labels[train]) | spec.task.is_function
    limits, samples = spec.recipe.thresholds, len(validation)
    needed = required_count(samples, limits.validation_accuracy, limits.rule)
    return Reach(spec.seed, int(shown.sum()), needed, samples)


def note(cells: Sequence[Sequence[RunSpec]]) -> Note | None:
    """Which seeds cannot generalize, if any cannot, in how many cells where not in all; how many
    runs, where the seeds are not the same in these cells.

    Args:
        cells: the runs of each cell.

    Example:
        >>> import grokphase as gp
        >>> runs = [gp.run_spec("addition", seed=seed) for seed in range(58, 78)]
        >>> print(note([runs]).sentence)
        10 of 20 seeds (60, 63, 68, ...) cannot exceed a validation accuracy of 0.9, as some \
results are in no training sample
        >>> print(note([runs[2:3]]).sentence)
        Seed 60 cannot exceed a validation accuracy of 0.9, as some results are in no training \
sample: 8 of 10 can be right
        >>> note([runs[:1]]) is None
        True
    """
    short = [[spec for spec in cell if not reach(spec).enough] for cell in cells]
    where = [cell for cell in short if cell]
    if not where:
        return None
    runs = [spec for cell in where for spec in cell]
    rows = tuple(dict.fromkeys(map(reach, runs)))
    seeds = {tuple(spec.seed for spec in cell) for cell in where}
    if len(seeds) == 1:
        who = seeds_text(seeds.pop(), len(cells[0]))
    else:  # a seed may be short of some cells alone, which naming it would not say
        who = f"{len(runs):,} of {sum(map(len, cells)):,} runs"
    cell_share = "" if len(where) == len(cells) else f" in {len(where):,} of {len(cells):,} cells"
    alone = f": {rows[0].reachable} of {rows[0].samples} can be right" if len(runs) == 1 else ""
    return Note(
        f"{who} cannot {_limit(runs)}{cell_share}, as some results are in "
        f"no training sample{alone}",
        tuple(row._asdict() for row in rows),
    )


def _limit(runs: Sequence[RunSpec]) -> str:
    """What accuracy cannot do, by the rule of these runs."""
    limits = [spec.recipe.thresholds for spec in runs]
    verb = "exceed" if limits[0].rule == ">" else "reach"
    values = {each.validation_accuracy for each in limits}
    if len(values) > 1:
        return f"{verb} the threshold of validation accuracy"
    return f"{verb} a validation accuracy of {values.pop():g}"
