"""What the runs of a cell say together: majority, shares, and medians that know censoring."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grokphase.phases.classify import PHASES


def majority(phase_by_seed: NDArray[np.str_]) -> NDArray[np.str_]:
    """The phase of most runs of each cell.

    A tie goes to the tied phase that stands last in `PHASES`, so that a cell is never called
    better than half of its runs: a cell split evenly between comprehension and memorization is
    memorization.

    Args:
        phase_by_seed: (..., seeds) phases.

    Returns:
        (...) phases.

    Example:
        >>> majority(np.array([["grokking", "grokking", "comprehension"]])).tolist()
        ['grokking']
        >>> majority(np.array([["comprehension", "grokking"]])).tolist()
        ['grokking']
    """
    worst_first = PHASES[::-1]
    votes = np.stack([(phase_by_seed == phase).sum(axis=-1) for phase in worst_first])
    # argmax takes the first of equals, which is the later in PHASES.
    winners: NDArray[np.str_] = np.asarray(worst_first)[votes.argmax(axis=0)]
    return winners


def fractions(phase_by_seed: NDArray[np.str_]) -> dict[str, NDArray[np.float64]]:
    """The share of each cell's runs in every phase that occurs anywhere.

    Args:
        phase_by_seed: (..., seeds) phases.

    Returns:
        Phase -> (...) shares; over the phases they sum to 1.

    Example:
        >>> shares = fractions(np.array([["grokking", "comprehension"]]))
        >>> {phase: share.tolist() for phase, share in shares.items()}
        {'comprehension': [0.5], 'grokking': [0.5]}
    """
    shares = {phase: (phase_by_seed == phase).mean(axis=-1) for phase in PHASES}
    return {phase: share for phase, share in shares.items() if share.any()}


def median(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median over seeds of steps of which some were not reached.

    A censored step is later than every step seen, so it counts as infinite. Where the median
    falls among censored ones (for an even number, where either of the two middle ones is), it is
    not known and is NaN.

    Args:
        steps: (..., seeds) steps, NaN where not reached within the budget.

    Returns:
        (...) medians, NaN where censored.

    Example:
        >>> median(np.array([[100.0, 300.0, np.nan], [100.0, np.nan, np.nan]])).tolist()
        [300.0, nan]
    """
    middle = np.median(np.where(np.isnan(steps), np.inf, steps), axis=-1)
    return np.where(np.isinf(middle), np.nan, middle)
