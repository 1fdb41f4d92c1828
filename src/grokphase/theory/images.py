r"""The effective loss of images: samples of one class attract, and the scale is kept (Appendix I).

.. math:: \ell_{eff} = \ell / Z, \quad \ell = \sum_{(x, y) \in P} |f(x) - f(y)|^2, \quad
          Z = \sum_x |f(x)|^2 ,

over the pairs P of one class, whose sum is :math:`\sum_c (n_c \sum |f|^2 - |\sum f|^2)`: no list
of pairs. Its gradient is orthogonal to f, so its flow keeps Z and cannot collapse to zero.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.theory.samples import Floats, Integers


class Collapse(NamedTuple):
    """How far features are on their way to neural collapse.

    Args:
        within: variance within classes over variance between them; 0 when all have collapsed to
            their class means.
        angles: standard deviation of the cosines between centred class means; 0 in an
            equiangular tight frame.
        frame: mean of these cosines plus 1 / (classes - 1); 0 in an equiangular tight frame.

    Example:
        >>> collapse([[1.0, 0.0], [3.0, 0.0], [-2.0, 0.0]], [0, 0, 1]).within  # (2 / 3) / 4
        0.16666666666666666

    Source: Papyan, Han and Donoho 2020, PNAS 117, 24652, properties NC1 and NC2.
    """

    within: float
    angles: float
    frame: float


def image_loss(features: Any, labels: Any) -> tuple[float, Floats]:
    r"""The scale-invariant effective loss of labelled features, and its gradient.

    Args:
        features: (n, d) f(x).
        labels: (n,) class of each.

    Returns:
        The loss, and its gradient (n, d), :math:`2 (n_c f - \sum_{y \sim x} f(y)) / Z - 2 \ell f
        / Z^2`. Eq. 33 has the sign of the flow reversed.

    Raises:
        GrokphaseError: features and labels do not fit together, or all features are zero.

    Example:
        >>> image_loss([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0, 0, 1])[0]
        0.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 32-34.
    """
    points, classes, sums, sizes = _grouped(features, labels)
    z = float((points**2).sum())
    if z == 0:
        raise GrokphaseError("The effective loss of features that are all zero is not defined.")
    pull = sizes[classes, None] * points - sums[classes]
    loss = float((points * pull).sum())
    return loss / z, 2 * pull / z - 2 * loss / z**2 * points


def collapse(features: Any, labels: Any) -> Collapse:
    r"""The measures of neural collapse: how near features are to one point for each class.

    With class means :math:`\mu_c` about their own mean :math:`\mu`,
    :math:`m_c = \mu_c - \mu`, variance within classes is the mean of :math:`|f(x) - \mu_c|^2` over
    samples, variance between them the mean of :math:`|m_c|^2` over classes, and the cosines are
    those of the angles between any two :math:`m_c`.

    Args:
        features: (n, d) f(x).
        labels: (n,) class of each; at least two classes.

    Returns:
        Three numbers without units, all 0 in complete collapse, see `Collapse`.

    Raises:
        GrokphaseError: features and labels do not fit together, or there is one class only.

    Example:
        >>> collapse([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], [0, 0, 1])
        Collapse(within=0.0, angles=0.0, frame=0.0)

    Source: Papyan, Han and Donoho 2020, PNAS 117, 24652, properties NC1 and NC2.
    """
    points, classes, sums, sizes = _grouped(features, labels)
    if len(sizes) < 2:
        raise GrokphaseError("Collapse compares classes: give features of at least two.")
    means = sums / sizes[:, None]
    centred = means - means.mean(axis=0)
    between = (centred**2).sum(axis=1)
    within = ((points - means[classes]) ** 2).sum(axis=1).mean() / between.mean()
    directions = centred / np.sqrt(between)[:, None]
    cosines = (directions @ directions.T)[np.triu_indices(len(sizes), k=1)]
    return Collapse(
        float(within), float(cosines.std()), float(cosines.mean() + 1 / (len(sizes) - 1))
    )


def _grouped(features: Any, labels: Any) -> tuple[Floats, Integers, Floats, Integers]:
    points, given = np.asarray(features, np.float64), np.asarray(labels)
    if points.ndim != 2 or given.shape != points.shape[:1] or not len(points):
        raise GrokphaseError(
            f"Features of shape (n, d) need n labels, not shapes {points.shape} and {given.shape}."
        )
    _, classes, sizes = np.unique(given, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), points.shape[1]))
    np.add.at(sums, classes, points)
    return points, classes, sums, sizes
