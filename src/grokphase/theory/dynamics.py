r"""The gradient flow of the effective loss, in closed form and integrated.

With :math:`\ell_0 = \frac{Z_0}{2} \mathrm{tr}(E^T H E)`, the flow of
:math:`\ell_{eff} = \ell_0 / Z_0` is

.. math:: \frac{dE}{dt} = -H E + \frac{2 \ell_0}{Z_0^2} E .

Its second term only rescales the whole embedding, and keeps :math:`Z_0` and with it H constant, so

.. math:: E(t) = \sqrt{Z_0}\; \frac{e^{-Ht} E(0)}{\| e^{-Ht} E(0) \|} .

Equation 9 of the paper leaves the second term out. The shape of the embedding is the same at all
times; its size is not. The sum :math:`C = \sum_k E_k` grows as :math:`dC/dt = 2 \ell_0 C / Z_0^2`:
Eq. 27, which has it conserved, loses that term and holds for C = 0 alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import linalg

from grokphase.errors import GrokphaseError
from grokphase.tasks import Task
from grokphase.theory.checks import instants, positive
from grokphase.theory.conventions import Convention
from grokphase.theory.hessian import Normalisation, as_vectors, effective_hessian
from grokphase.theory.integration import integrated
from grokphase.theory.representation import rqi
from grokphase.theory.samples import Floats, Train


class Conserved(NamedTuple):
    r"""What the flow of the effective loss conserves.

    Args:
        total: (d,) :math:`C = \sum_k E_k`; conserved only if it is zero.
        z0: :math:`Z_0 = \sum_k |E_k|^2`; conserved always.

    Example:
        >>> from grokphase.tasks import task
        >>> conserved(np.arange(4.0), task("addition", p=4)).total.tolist()
        [6.0]

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 6; where it fails: this work.
    """

    total: Floats
    z0: float


def conserved(embedding: Any, task: Task) -> Conserved:
    r"""What the flow conserves: :math:`C = \sum_k E_k` and :math:`Z_0 = \sum_k |E_k|^2`.

    Args:
        embedding: (p, d) vectors or (p,) numbers, E.
        task: the task.

    Returns:
        C, one number for each dimension, and Z0, in the units of E and of their squares.

    Raises:
        GrokphaseError: the embedding does not fit the task.

    Example:
        >>> from grokphase.tasks import task
        >>> conserved(np.arange(4.0), task("addition", p=4)).z0
        14.0

    Source: Liu et al. (2022), arXiv:2205.10343, Eq. 6 and Appendix F.
    """
    vectors = as_vectors(embedding, task)
    return Conserved(vectors.sum(axis=0), float((vectors**2).sum()))


def velocity(
    embedding: Any, task: Task, train: Train = None, *, normalisation: Normalisation = "paper"
) -> Floats:
    r"""The velocity :math:`dE/dt = -\partial \ell_{eff} / \partial E` of the flow.

    Args:
        embedding: (p, d) vectors or (p,) numbers.
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        normalisation: see `effective_hessian`.

    Returns:
        (p, d).

    Example:
        >>> from grokphase.tasks import task
        >>> float(abs(velocity(np.arange(10.0), task("addition", p=10))).max()) < 1e-14
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 4 and 25.
    """
    vectors, hessian = _start(embedding, task, train, normalisation)
    return _velocity(vectors, hessian)


def flow(
    embedding: Any,
    times: Any,
    task: Task,
    train: Train = None,
    *,
    normalisation: Normalisation = "paper",
    linear: bool = False,
) -> Floats:
    r"""The gradient flow of the effective loss in closed form, in any embedding dimension.

    The flow :math:`dE/dt = -H E + \frac{2 \ell_0}{Z_0^2} E`, H the Hessian of the training set
    (`effective_hessian`), keeps :math:`Z_0 = \|E(0)\|^2`, and its solution is

    .. math:: E(t) = \sqrt{Z_0}\; \frac{e^{-Ht} E(0)}{\| e^{-Ht} E(0) \|} .

    Args:
        embedding: (p, d) vectors or (p,) numbers at time 0, E(0).
        times: (t,) times at which it is wanted; step k of learning rate eta is the time k eta.
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        normalisation: see `effective_hessian`; Z0 is that of the embedding given.
        linear: the flow :math:`dE/dt = -H E` of Eq. 9 instead, :math:`E(t) = e^{-Ht} E(0)`, which
            shrinks the embedding.

    Returns:
        (t, p, d) embeddings.

    Raises:
        GrokphaseError: the embedding is zero or does not fit, or the times are not numbers.

    Example:
        >>> from grokphase.tasks import task
        >>> start = np.random.default_rng(0).uniform(-0.5, 0.5, (10, 1))
        >>> end = flow(start, [1e5], task("addition", p=10))[0]
        >>> bool(np.allclose(np.diff(end, n=2, axis=0), 0))  # equal spacing: a line
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 4-5, 9 and 25; the solution: this work.
    """
    vectors, hessian = _start(embedding, task, train, normalisation)
    rates, modes = linalg.eigh(hessian, check_finite=False)
    decay = np.exp(-np.outer(instants(times), np.maximum(rates, 0)))
    paths = np.einsum("ik,tk,kd->tid", modes, decay, modes.T @ vectors)
    if linear:
        return np.asarray(paths)
    size = np.sqrt((paths**2).sum(axis=(1, 2), keepdims=True))
    return np.asarray(paths * (np.sqrt((vectors**2).sum()) / size))


def integrate(
    embedding: Any,
    times: Any,
    task: Task,
    train: Train = None,
    *,
    normalisation: Normalisation = "paper",
) -> Floats:
    r"""The gradient flow of the effective loss integrated step by step, knowing no closed form.

    :math:`dE/dt = -H E + \frac{2 \ell_0}{Z_0^2} E` with H and :math:`Z_0` of the embedding at each
    moment, by a Runge-Kutta method of order 8: a check on `flow`, which is faster.

    Args:
        embedding: (p, d) vectors or (p,) numbers at time 0, E(0).
        times: (t,) ascending times, from 0 on, at which it is wanted; no two alike.
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        normalisation: see `effective_hessian`.

    Returns:
        (t, p, d) embeddings, to a relative error of about 1e-11.

    Raises:
        GrokphaseError: as for `flow`, or times that do not ascend.

    Example:
        >>> from grokphase.tasks import task
        >>> toy, start = task("addition", p=5), np.array([0.1, -0.4, 0.3, 0.2, 0.5])
        >>> paths = integrate(start, [0, 10], toy), flow(start, [0, 10], toy)
        >>> bool(np.allclose(*paths, atol=1e-9))
        True

    Source: Liu et al. (2022), arXiv:2205.10343, Eqs. 4-5 and 25.
    """
    vectors, hessian = _start(embedding, task, train, normalisation)
    z0 = float((vectors**2).sum())

    def slope(_: float, state: Floats) -> Floats:
        present = state.reshape(vectors.shape)
        # H is 2 G / (N Z0) with the Z0 of the moment.
        return _velocity(present, hessian * (z0 / (present**2).sum())).ravel()

    states = integrated(slope, vectors.ravel(), times, tolerance=1e-12)
    return states.reshape(-1, *vectors.shape)


def time_to_rqi(
    embedding: Any,
    task: Task,
    train: Train = None,
    *,
    threshold: float = 0.95,
    normalisation: Normalisation = "paper",
    convention: Convention = "code",
    horizon: float = 20.0,
) -> float | None:
    r"""When the flow brings the representation quality above a threshold.

    In units of time; divided by the learning rate it is in steps, and multiplied by
    :math:`\lambda_3` in units of :math:`n_h`, where the paper says about 3.

    Args:
        embedding: (p, d) vectors or (p,) numbers at time 0.
        task: a task whose inputs are pairs of symbols.
        train: the training set D; None for the whole data set.
        threshold: the quality to be passed.
        normalisation: see `effective_hessian`.
        convention: of the quality, see `rqi`.
        horizon: how far to look, in units of 1 / rate of the slowest part that decays; above 0.

    Returns:
        The first time, to 1 %, at which RQI > threshold; None if it is not passed.

    Raises:
        GrokphaseError: the embedding is zero or does not fit, or the horizon is not above 0.

    Example:
        >>> from grokphase.tasks import task
        >>> start = np.random.default_rng(0).uniform(-0.5, 0.5, 10)
        >>> time_to_rqi(start, task("addition", p=10), [0, 1, 2]) is None
        True

    Source: Liu et al. (2022), arXiv:2205.10343, section 3.2 and Figure 5 (b).
    """
    horizon = positive(horizon, "horizon", 20.0)
    _, hessian = _start(embedding, task, train, normalisation)
    rates = linalg.eigvalsh(hessian, check_finite=False)
    moving = rates[rates > 1e-9 * rates[-1]] if rates[-1] > 0 else rates[:0]
    if not moving.size:
        return None
    last = horizon / float(moving[0])
    times = np.concatenate([[0.0], np.geomspace(1e-4 * last, last, 1 + int(np.log(1e4) / 0.01))])
    for block in np.array_split(times, 20):
        for time, state in zip(
            block, flow(embedding, block, task, train, normalisation=normalisation), strict=True
        ):
            if rqi(state, task, convention=convention) > threshold:
                return float(time)
    return None


def _start(
    embedding: Any, task: Task, train: Train, normalisation: Normalisation
) -> tuple[Floats, Floats]:
    vectors = as_vectors(embedding, task)
    z0 = float((vectors**2).sum())
    if z0 == 0:
        raise GrokphaseError("The flow of an embedding that is zero is not defined.")
    return vectors, effective_hessian(task, train, normalisation=normalisation, z0=z0)


def _velocity(vectors: Floats, hessian: Floats) -> Floats:
    pull = hessian @ vectors
    z0 = (vectors**2).sum()
    # 2 l0 / Z0^2 = tr(E^T H E) / Z0
    return np.asarray(-pull + (vectors * pull).sum() / z0 * vectors)
