"""Slingshots: spikes of a training loss late in training, each with a growth of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError


@dataclass(frozen=True)
class Slingshot:
    """One spike of the training loss, and the growth of a norm across it; see `slingshots`.

    Args:
        began: the step at which the loss was lowest since the spike before.
        peak: the step at which it was highest.
        ended: the step at which it was lowest again, before the next spike.
        rise: `ln(loss at the peak / loss where it began)`.
        growth: the norm where it ended over the norm where it began.

    Example:
        >>> spike = Slingshot(began=900, peak=1000, ended=1400, rise=4.6, growth=1.2)
        >>> spike.ended - spike.began
        500
    """

    began: int
    peak: int
    ended: int
    rise: float
    growth: float


def slingshots(
    step: ArrayLike,
    loss: ArrayLike,
    norm: ArrayLike,
    *,
    rise: float = np.log(10),
    growth: float = 1.0,
    after: int = 0,
) -> list[Slingshot]:
    """The spikes of a training loss in which a norm of the weights grows.

    A spike is a maximum of ln(loss) with a prominence of at least `rise`: from it the loss falls by
    that much on both sides before it is higher again, so that a spike from which it does not
    recover is none. It is a slingshot where the norm, commonly that of the last layer, is larger
    after it than before by more than the factor `growth`.

    Only what lies between the steps that were recorded is seen: spikes last some tens of steps, and
    curves at log-spaced steps miss most of them (`record_every=10`).

    Args:
        step: (m,) ascending.
        loss: (m,) training loss; values that are 0 or not finite are left out.
        norm: (m,) of the last layer's weights, or others.
        rise: the least prominence, in e-folds; a factor of ten.
        growth: the least growth of the norm, as a factor.
        after: only spikes whose peak is later than this step, as that at which the training set
            is known.

    Returns:
        In order; empty where there is none.

    Raises:
        GrokphaseError: for curves of different lengths, or a rise that is not above 0.

    Example:
        >>> steps = np.arange(0, 1000, 10)
        >>> falling = np.exp(-steps / 100)
        >>> spiky = falling * np.where(steps == 600, 1000.0, 1.0)
        >>> norm = 10.0 + (steps > 600)
        >>> [(each.peak, round(each.growth, 3)) for each in slingshots(steps, spiky, norm)]
        [(600, 1.1)]
        >>> slingshots(steps, falling, norm), slingshots(steps, spiky, np.full(100, 10.0))
        ([], [])

    Source: Thilak et al. (2022), arXiv:2206.04817; they read cycles off curves, and the thresholds
        are this work's.
    """
    from scipy.signal import find_peaks

    given = {"step": step, "loss": loss, "norm": norm}
    at, losses, norms = (doubles(name, each) for name, each in given.items())
    if not at.shape == losses.shape == norms.shape or at.ndim != 1 or not rise > 0:
        raise GrokphaseError(
            f"Slingshots need three curves of one length and a rise above 0, not curves of shapes "
            f"{at.shape}, {losses.shape} and {norms.shape} and a rise of {rise:g}."
        )
    seen = np.isfinite(losses) & (losses > 0)
    if not seen.any():
        return []
    at, norms, logs = at[seen], norms[seen], np.log(losses[seen])
    peaks, _ = find_peaks(logs, prominence=rise)
    ends = [0, *peaks.tolist(), len(logs) - 1]
    lows = [first + int(logs[first : last + 1].argmin()) for first, last in pairwise(ends)]
    found = [
        Slingshot(
            began=int(at[low]),
            peak=int(at[peak]),
            ended=int(at[next_low]),
            rise=float(logs[peak] - logs[low]),
            growth=float(norms[next_low] / norms[low]),
        )
        for peak, low, next_low in zip(peaks, lows[:-1], lows[1:], strict=True)
    ]
    return [each for each in found if each.growth > growth and each.peak > after]
