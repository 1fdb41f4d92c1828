"""Which validation samples no network can be expected to get right, whatever the recipe.

A validation sample whose result occurs in no training sample asks for a label that was never
shown. In the toy of the paper the sums 0, 1, 2p - 3 and 2p - 2 have one sample each. With 10 of its
55 samples for validation and accuracy to pass 90 % strictly, one result that is missing from the
training set puts generalization out of reach, which happens in 63 % of random splits.
"""

from __future__ import annotations

import numpy as np

from grokphase.training.events import required_count
from grokphase.training.spec import RunSpec


def unreachable(spec: RunSpec) -> int:
    """How many validation samples have a result that no training sample has.

    Example:
        >>> import grokphase as gp
        >>> unreachable(gp.run_spec("addition", split=gp.Split(train=range(1, 46))))
        7
    """
    train, validation = spec.split.indices(spec.task, spec.seed)
    shown = np.isin(spec.task.labels[validation], spec.task.labels[train])
    return int((~shown).sum())


def note(spec: RunSpec) -> str | None:
    """A sentence, if too many validation samples are out of reach for the threshold to be passed.

    Example:
        >>> import grokphase as gp
        >>> print(note(gp.run_spec("addition", seed=0)))
        Seed 0 cannot generalize: validation accuracy stays at 9 of 10, as the other samples' \
results are in no training sample, and must be > 0.9
        >>> note(gp.run_spec("addition", seed=58)) is None
        True
    """
    limits = spec.recipe.thresholds
    _, validation = spec.split.indices(spec.task, spec.seed)
    total, reachable = len(validation), len(validation) - unreachable(spec)
    if reachable >= required_count(total, limits.validation_accuracy, limits.rule):
        return None
    return (
        f"Seed {spec.seed} cannot generalize: validation accuracy stays at {reachable} of {total}, "
        "as the other samples' results are in no training sample, and must be "
        f"{limits.rule} {limits.validation_accuracy:g}"
    )
