"""How much a curve oscillates, and how fast: what may be seen of a run in its first steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grokphase.checks import doubles
from grokphase.errors import GrokphaseError


@dataclass(frozen=True)
class Hjorth:
    """Hjorth parameters of a series; see `hjorth`.

    Args:
        activity: `m_0`, the variance, in squared units of the series.
        mobility: `sqrt(m_2 / m_0)`, a mean angular frequency, in radians a sample.
        complexity: `sqrt(m_4 / m_2)` over the mobility: 1 of one sinusoid, more of several.

    Example:
        >>> wave = hjorth(np.sin(2 * np.pi * np.arange(100) / 20))
        >>> round(wave.activity, 6), round(wave.mobility * 20 / np.pi, 6), round(wave.complexity, 6)
        (0.5, 2.0, 1.0)
        >>> round(wave.curvature / wave.mobility, 6)
        1.0
    """

    activity: float
    mobility: float
    complexity: float

    @property
    def curvature(self) -> float:
        """`sqrt(m_4 / m_2)`, in radians a sample: the "complexity" of Notsawo et al."""
        return self.complexity * self.mobility


def hjorth(series: ArrayLike) -> Hjorth:
    """Activity, mobility and complexity of an evenly sampled series, by its spectral moments.

    `m_k = sum_w w^k |F(w)|^2 / n^2` over the angular frequencies w of its discrete Fourier
    transform, without the constant, so that `m_0` is the variance (Parseval).

    Args:
        series: (n,) at least 3 finite values, evenly spaced; see `high_pass` for one with a trend.

    Returns:
        A series that does not vary has an activity of 0, and no mobility or complexity (NaN).

    Raises:
        GrokphaseError: for fewer values, or values that are not finite.

    Example:
        >>> hjorth([1.0, 1.0, 1.0, 1.0])
        Hjorth(activity=0.0, mobility=nan, complexity=nan)

    Source: Hjorth (1970), Electroenceph. clin. Neurophysiol. 29, 306; of the training loss of the
        first steps Notsawo et al. (2023), arXiv:2306.13253.
    """
    values = _even(series)
    power = np.abs(np.fft.fft(values - values.mean())) ** 2 / values.size**2
    frequency = 2 * np.pi * np.fft.fftfreq(values.size)
    m0, m2, m4 = (float((frequency**k * power).sum()) for k in (0, 2, 4))
    if m0 <= np.spacing(np.abs(values).max()) ** 2:
        return Hjorth(0.0, np.nan, np.nan)
    mobility = np.sqrt(m2 / m0)
    return Hjorth(m0, float(mobility), float(np.sqrt(m4 / m2) / mobility))


def high_pass(series: ArrayLike, slowest: float) -> NDArray[np.float64]:
    """What of an evenly sampled series is faster than a period, as its trend would hide it.

    The straight line from the first value to the last is taken off, so that the series closes, and
    then all of its Fourier components of a longer period. Near both ends, within a period or so, it
    is only as good as that line.

    Args:
        series: (n,) at least 3 finite values, evenly spaced.
        slowest: the longest period that is kept, in samples.

    Returns:
        (n,).

    Raises:
        GrokphaseError: for fewer values, values that are not finite, or a period below 2 samples.

    Example:
        >>> step = np.arange(201)
        >>> wave = np.sin(2 * np.pi * step / 10)
        >>> off = high_pass(3 - step / 100 + wave, slowest=20) - wave
        >>> float(abs(off[20:-20]).max().round(2))
        0.01

    Source: this work; that low frequencies are removed, Notsawo et al. (2023), arXiv:2306.13253.
    """
    values = _even(series)
    if not slowest >= 2:
        raise GrokphaseError(f"slowest = {slowest} is not a period; it must be 2 samples or more.")
    closed = values - np.linspace(values[0], values[-1], values.size)
    spectrum = np.fft.rfft(closed)
    spectrum[np.fft.rfftfreq(values.size) < 1 / slowest] = 0
    return np.fft.irfft(spectrum, values.size)


def ascent(curve: ArrayLike) -> float:
    """How much a curve went up on its way, `sum max(ln y_{k+1} - ln y_k, 0)`, in e-folds.

    0 of a loss that only falls. It asks for no even spacing, so that it can be taken of a curve at
    log-spaced steps, of which it sees what those steps show.

    Args:
        curve: (n,) a loss; values that are not measured (NaN), or not above 0, are left out.

    Returns:
        NaN where fewer than 2 values are left; infinite where the loss became so.

    Example:
        >>> bool(ascent([8.0, 1.0, 2.0, 0.5]) == np.log(2))
        True

    Source: this work.
    """
    values = doubles("curve", curve)
    values = values[values > 0]
    if values.size < 2:
        return np.nan
    rises = np.diff(np.log(values))
    return float(rises[rises > 0].sum())


def _even(series: ArrayLike) -> NDArray[np.float64]:
    values = doubles("series", series)
    if values.ndim != 1 or values.size < 3 or not np.isfinite(values).all():
        raise GrokphaseError("Oscillations need a series of 3 or more finite numbers.")
    return values
