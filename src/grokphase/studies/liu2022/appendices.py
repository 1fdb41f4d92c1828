"""Worked examples and equations of the appendices, checked without training anything.

As `theorems`: a table a statement, a row a case.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from grokphase import theory
from grokphase.estimators import Table
from grokphase.studies.liu2022.theorems import (
    Figures,
    Floats,
    addition,
    flows,
    samples_of,
)
from grokphase.tasks import task

ABELIAN = (
    *(f"C{order}" for order in range(2, 17)),
    *("C2xC2", "C2xC4", "C2xC2xC2", "C3xC3", "C2xC6", "C4xC4", "C2xC8", "C2xC2xC4", "C2xC2xC2xC2"),
)
"""All abelian groups of order 2 to 16, each once, as products of cyclic groups."""


def abelian_groups(_: Figures) -> Table:
    """Abelian groups, and whether sums of exponents determine products."""
    return {"group": ABELIAN, "determined": [determined_by_sum(name) for name in ABELIAN]}


def determined_by_sum(name: str) -> bool:
    """Whether equal sums of exponents have equal products, in a group named "C2xC4"."""
    group = task(name)
    orders = [int(part[1:]) for part in name.split("x")]
    exponents = np.stack(np.unravel_index(np.arange(np.prod(orders)), orders), axis=1)
    sums = exponents[group.inputs].sum(axis=1)
    _, which = np.unique(sums, axis=0, return_inverse=True)
    seen = np.unique(np.stack([which.ravel(), group.labels], axis=1), axis=0)
    return len(seen) == len(np.unique(which))


def products_of_s3(_: Figures) -> Table:
    """Ordered pairs of S3, and whether ab differs from ba."""
    s3 = task("S3")
    table = {tuple(pair): label for pair, label in zip(s3.inputs.tolist(), s3.labels, strict=True)}
    return {"differs": [table[a, b] != table[b, a] for a, b in table]}


def derived_parallelograms(_: Figures) -> Table:
    """What D1 ... D4 and D1 ... D6 of Appendix C are said to imply, and whether they do."""
    listed = ((0, 4), (1, 3), (1, 5), (2, 4), (0, 2), (1, 1))
    found = []
    for shown, new in ((4, ((0, 5), (2, 3))), (6, ((3, 5), (4, 4)))):
        implied = theory.implied_parallelograms(addition(6), samples_of(6, listed[:shown]))
        found.append(samples_of(6, new) in implied.tolist())
    return {"implied": found}


def listed_parallelograms(_: Figures) -> Table:
    """The elements of P0 as listed for p = 4, and whether i + j = m + n."""
    printed = ((0, 1, 1, 2), (0, 1, 2, 3), (1, 2, 2, 3))
    return {"parallelogram": [i + j == m + n for i, j, m, n in printed]}


def four_symbols(_: Figures) -> Table:
    """For p = 4, how many parallelograms there are, and RQI of the ideal model of Eq. 21."""
    train = samples_of(4, ((0, 2), (1, 1), (0, 3), (1, 2), (1, 3), (2, 2)))
    return {
        "parallelograms": theory.count(addition(4)),
        "rqi": theory.ideal_rqi(addition(4), train),
    }


def images(_: Figures) -> Table:
    """Random features: whether the gradient of the effective loss of images is right.

    Columns: `gradient`, its relative error beside a difference quotient, good to the square of its
    step; `z`, the cosine between features and gradient; `rise`, the change of the loss along
    df/dt as printed, in units of the squared gradient.
    """
    random, way = np.random.default_rng(0), np.random.default_rng(1).standard_normal((30, 2))
    points, labels = random.standard_normal((30, 2)), random.integers(0, 4, 30)
    loss, gradient = theory.image_loss(points, labels)
    ends = [theory.image_loss(points + step * way, labels)[0] for step in (1e-5, -1e-5)]
    slope = (ends[0] - ends[1]) / 2e-5
    up = theory.image_loss(points + 1e-4 * gradient, labels)[0] - loss
    size = np.linalg.norm(points) * np.linalg.norm(gradient)
    return {
        "gradient": abs(slope / float((gradient * way).sum()) - 1),
        "z": float(abs((points * gradient).sum()) / size),
        "rise": up / 1e-4 / float((gradient**2).sum()),
    }


def bias_alone(_: Figures) -> Table:
    """The exponent of b(t) for one sample, A r ignored: the slope of -log(1 - b / y) at rate 1."""
    solved = solve_ivp(lambda _, bias: 1 - bias, (0, 1), [0.0], rtol=1e-10, atol=1e-12)
    return {"exponent": float(-np.log1p(-solved.y[0, -1]))}


def losses(figures: Figures) -> Table:
    """n_h by Eqs. 42 and 43 over n_h by Eq. 5: 1 / lambda_3 of a loss divided by another's."""
    return {"ratio": flows(figures)["form"]}


def _pair() -> tuple[theory.Pair, Floats]:
    """A decoder with two samples r' = -r, and their label."""
    random = np.random.default_rng(0)
    first = random.standard_normal(3)
    start = theory.Pair(random.standard_normal((4, 3)) / 2, np.zeros(4), first, -first)
    return start, random.standard_normal(4)


def opposite_samples(_: Figures) -> Table:
    """|r + r'| / |r - r'| at time 1, from r' = -r."""
    start, label = _pair()
    path = theory.pair_flow(start, label, [0, 1], decoder_rate=0.01, embedding_rate=1.0)
    drift = np.linalg.norm(path.first[1] + path.second[1])
    return {"error": float(drift / np.linalg.norm(path.first[1] - path.second[1]))}


def adiabatic_limit(_: Figures) -> Table:
    """By how much the error of the linear force falls when the decoder's rate is halved."""
    start, label = _pair()
    times = np.linspace(0, 2, 9)
    still = theory.adiabatic_difference(start, times, embedding_rate=1.0)
    errors = []
    for rate in (2e-3, 1e-3):
        path = theory.pair_flow(start, label, times, decoder_rate=rate, embedding_rate=1.0)
        errors.append(float(np.abs(path.first - path.second - still).max()))
    note = (
        f"Error {errors[1]:.1e} at a decoder rate of 1e-3 of the embedding's, and twice that at "
        "2e-3: it vanishes with the rate."
    )
    return {"ratio": errors[0] / errors[1], "note": note}
