r"""From lazy to rich: the flow of a network that is solved by its first two moments.

Of a network :math:`f(x) = \frac{\alpha}{N} \sum_i \phi(w_i \cdot x)` with
:math:`\phi(h) = h + \frac{\epsilon}{2} h^2` the outputs know the weights by their mean
:math:`\bar w = \frac1N \sum_i w_i` and second moment :math:`M = \frac1N \sum_i w_i w_i^T`
alone, and given the residuals every neuron moves by the same linear equation. So the flow of any
number of neurons, infinitely many too, is one of D + D² numbers, and nothing is trained.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.theory.checks import positive, reals
from grokphase.theory.integration import integrated
from grokphase.theory.regression import LossTimes
from grokphase.theory.samples import Floats

MOST_DIMENSIONS = 64
"""The flow has D² numbers, and a stiff step a matrix of their square."""

MOST_SAMPLES = 2000
"""Of a draw: the kernel's decomposition takes the cube of their number, seconds of this many."""

LEAST_SCALE, MOST_CURVATURE = 1e-6, 1e6
"""Within which the flow was compared at the usual sizes: beyond, its steps are lost in rounding."""

_TOLERANCE = 1e-6  # of an integration step, relative


class Course(NamedTuple):
    """What a network does through its flow; each is (t,).

    Attributes:
        time: of the kernel.
        train: mean squared error on the training samples.
        trace: part of the population loss: of the mean output that is wrong.
        direction: part of it: of the second moment that is not along the target.
        linear: part of it: of the linear function, which the target has not.
        alignment: of the tangent kernel with the answers, see `LazyRich.alignment`.
        squared_norm: mean squared norm of a neuron's weights.
    """

    time: Floats
    train: Floats
    trace: Floats
    direction: Floats
    linear: Floats
    alignment: Floats
    squared_norm: Floats

    @property
    def population(self) -> Floats:
        """(t,) the population loss."""
        return self.trace + self.direction + self.linear


class Moments(NamedTuple):
    """How the first two moments of the weights have moved since the start.

    Attributes:
        mean: (t, D) of the mean.
        second: (t, D, D) of the second moment.
    """

    mean: Floats
    second: Floats


@final
@dataclass(frozen=True, eq=False)
class LazyRich:
    r"""A student of :math:`y = \frac12 (\beta \cdot x)^2` under the gradient flow, centred.

    The output is :math:`\alpha (f(x) - f_0(x))`, that of the start taken away, on inputs
    :math:`x \sim N(0, I / D)`; the loss is the mean of :math:`(f - y)^2` over P samples. Time is
    that of the kernel: :math:`\dot f = -\frac1P K (f - y)` at the start, whatever :math:`\alpha`.
    Large :math:`\alpha` is lazy: weights hardly move, and the network is regression with its kernel
    :math:`K(x, x') = x \cdot x' + \epsilon^2 (x \cdot x')^2` (of infinitely many neurons). Small
    :math:`\alpha` is rich: the second moment aligns with the target.

    Args:
        inputs: (P, D) training inputs.
        target: (D,) :math:`\beta`.
        scale: :math:`\alpha`, of the output; of how little weights move.
        curvature: :math:`\epsilon`, of the activation, that is, of the kernel's part that can
            learn the target.
        weights: (N, D) initial weights of N neurons; None for infinitely many, from N(0, I).

    Raises:
        GrokphaseError: shapes do not fit together, or a number is out of range.

    Example:
        >>> flow = LazyRich(np.eye(2), [1.0, 1.0])
        >>> flow.course([0.0]).population  # of no output: the mean square of the answers
        array([0.75])

    Source: Kumar, Bordelon, Gershman and Pehlevan (2024), arXiv:2310.06110; that the moments follow
        an equation of their own is used here, and derived in the module.
    """

    inputs: Any
    target: Any
    scale: float = 1.0
    curvature: float = 1.0
    weights: Any = None

    def __post_init__(self) -> None:
        """Check what was given, and bring it to float64."""
        inputs, target = reals(self.inputs), reals(self.target)
        if inputs.ndim != 2 or not inputs.size or not np.isfinite(inputs).all():
            raise GrokphaseError("inputs must be a matrix of finite numbers, a row a sample.")
        dimensions = inputs.shape[1]
        if dimensions > MOST_DIMENSIONS:
            raise GrokphaseError(
                f"inputs have {dimensions:,} dimensions, and the flow holds their square; at most "
                f"{MOST_DIMENSIONS} are allowed."
            )
        if target.shape != (dimensions,) or not np.isfinite(target).all() or not target.any():
            raise GrokphaseError(
                f"target must be {dimensions} finite numbers, one for each dimension, not all 0."
            )
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "target", target)
        object.__setattr__(self, "scale", positive(self.scale, "scale", 1.0))
        object.__setattr__(self, "curvature", positive(self.curvature, "curvature", 1.0))
        if self.scale < LEAST_SCALE or self.curvature > MOST_CURVATURE:
            raise GrokphaseError(
                f"scale = {self.scale:g} and curvature = {self.curvature:g} make a flow that is "
                f"too fast beside its kernel to be followed; scales from {LEAST_SCALE:g} and "
                f"curvatures up to {MOST_CURVATURE:g} can be."
            )
        if self.weights is not None:
            weights = reals(self.weights)
            if weights.ndim != 2 or weights.shape[1] != dimensions or not len(weights):
                raise GrokphaseError(
                    f"weights must be a row of {dimensions} numbers for each neuron."
                )
            object.__setattr__(self, "weights", weights)

    @cached_property
    def answers(self) -> Floats:
        """(P,) y of the training samples."""
        found: Floats = 0.5 * (self.inputs @ self.target) ** 2
        return found

    @property
    def quickest(self) -> float:
        """A time no longer than the shortest of the start: its kernel's, or that of its weights.

        The largest row of the kernel bounds its eigenvalues. The second is that of small scales,
        at which a direction grows exponentially.
        """
        pulled = (self.answers[:, None] * self.inputs).T @ self.inputs / len(self.answers)
        growth = 2 * self.curvature * np.linalg.norm(pulled, 2) / self.scale
        kernel = np.abs(self.kernel(*self.start)).sum(axis=1).max() / len(self.answers)
        return float(1 / max(growth, kernel))

    @cached_property
    def start(self) -> tuple[Floats, Floats]:
        """The mean (D,) and the second moment (D, D) of the initial weights."""
        if self.weights is None:
            dimensions = self.inputs.shape[1]
            return np.zeros(dimensions), np.eye(dimensions)
        return self.weights.mean(axis=0), self.weights.T @ self.weights / len(self.weights)

    def moments(self, times: Any) -> Moments:
        """The flow, integrated.

        With residuals r the weights w of every neuron move by -(b + G w) / scale, where b is the
        mean of r x and G that of curvature r x x^T: which gives the moments' equation. What is
        integrated is the scale times how they have moved, which is of one size at any scale in the
        end; at the start it is as small as the scale, and so is the error that is allowed.

        Args:
            times: (t,) ascending, from 0 on.

        Raises:
            GrokphaseError: the flow cannot be followed so far.
        """
        dimensions = self.inputs.shape[1]
        before, second_before = self.start

        def slope(_: float, state: Floats) -> Floats:
            moved = state[:dimensions] / self.scale
            second = state[dimensions:].reshape(2 * (dimensions,)) / self.scale
            residuals = self.outputs(self.inputs, moved, second) - self.answers
            pulled = residuals[:, None] * self.inputs / len(residuals)
            b, g = pulled.sum(axis=0), self.curvature * pulled.T @ self.inputs
            mean = before + moved
            half = np.outer(mean, b) + g @ (second_before + second)
            return -np.concatenate([b + g @ mean, (half + half.T).ravel()])

        nothing = np.zeros(dimensions * (1 + dimensions))
        absolute = min(self.scale, 1.0) * _TOLERANCE / 10
        try:
            states = integrated(
                slope, nothing, times, tolerance=_TOLERANCE, absolute=absolute, stiff=True
            )
        except GrokphaseError as refused:
            raise GrokphaseError(
                f"{refused} It is that of scale = {self.scale:g} and curvature = "
                f"{self.curvature:g}: a scale of 0.01 or more can be followed further."
            ) from None
        states = states / self.scale
        second = states[:, dimensions:].reshape(-1, dimensions, dimensions)
        return Moments(states[:, :dimensions], second)

    def lazy_moments(self, times: Any) -> Moments:
        """The same of the network that is linear in its weights: the limit of a large scale.

        Exact at any time, infinity included, by one decomposition of the kernel.
        """
        at = np.atleast_1d(reals(times))
        values, vectors = self._spectrum
        along = vectors.T @ self.answers
        with np.errstate(divide="ignore", invalid="ignore"):
            done = -np.expm1(-np.outer(at, values) / len(values)) / values
        small = values <= 1e-12 * values[-1]  # which no time moves, but for rounding
        pushes = np.where(small, 0.0, done) * along @ vectors.T  # (t, P)
        mean, second = self.start
        seen = self.inputs
        of_mean = pushes * (1 + self.curvature * seen @ mean)
        half = np.einsum("tp,pi,pj->tij", pushes, seen, mean + self.curvature * seen @ second)
        both = half + half.transpose(0, 2, 1)
        return Moments(of_mean @ seen / self.scale, both / self.scale)

    @cached_property
    def _spectrum(self) -> tuple[Floats, Floats]:
        """Eigenvalues and eigenvectors of the kernel of the start."""
        values, vectors = np.linalg.eigh(self.kernel(*self.start))
        return np.maximum(values, 0.0), vectors

    def outputs(self, inputs: Floats, mean: Floats, second: Floats) -> Floats:
        """(n,) the network's outputs, for moments that have moved by so much."""
        quadratic = ((inputs @ second) * inputs).sum(axis=1)
        found: Floats = self.scale * (inputs @ mean + self.curvature / 2 * quadratic)
        return found

    def kernel(self, mean: Floats, second: Floats) -> Floats:
        """(P, P) the tangent kernel of the training samples, for weights with these moments."""
        x, epsilon = self.inputs, self.curvature
        along = x @ mean
        inner = 1 + epsilon * np.add.outer(along, along) + epsilon**2 * x @ second @ x.T
        found: Floats = (x @ x.T) * inner
        return found

    def alignment(self, kernel: Floats) -> float:
        r"""How well a kernel is aligned with the answers, not centred.

        :math:`y^T K y / (|K|_F |y|^2)`, 1 for :math:`K = y y^T`.
        """
        y = self.answers
        return float(y @ kernel @ y / (np.linalg.norm(kernel) * (y @ y)))

    def _aligned(self, mean: Floats, second: Floats) -> float:
        """`alignment` of the kernel for these moments, without its P^2 entries where they are many.

        The kernel is that of the features x and curvature x x^T with the moments between them, so
        that its norm follows from the features' products alone, whatever P.
        """
        dimensions = len(self.target)
        if len(self.inputs) < dimensions * (1 + dimensions):
            return self.alignment(self.kernel(mean, second))
        products, along = self._features
        between = np.block([[np.ones((1, 1)), mean[None]], [mean[:, None], second]])
        half = products.reshape(-1, dimensions, 1 + dimensions) @ between
        half = half.reshape(products.shape)
        norm = math.sqrt(float((half * half.T).sum()))
        weighed = along.reshape(dimensions, -1)
        answers = self.answers
        return float(((weighed @ between) * weighed).sum() / (norm * (answers @ answers)))

    @cached_property
    def _features(self) -> tuple[Floats, Floats]:
        """Products of the features x_i and curvature x_i x_j over samples, and with the answers."""
        ones = np.hstack([np.ones((len(self.inputs), 1)), self.curvature * self.inputs])
        features = (self.inputs[:, :, None] * ones[:, None, :]).reshape(len(ones), -1)
        return features.T @ features, features.T @ self.answers

    def course(self, times: Any) -> Course:
        """What the network does by the flow at these ascending times."""
        return self.course_of(times, self.moments(times))

    def lazy_course(self, times: Any) -> Course:
        """What the network that is linear in its weights does, its kernel that of the start."""
        found = self.course_of(times, self.lazy_moments(times))
        still = self.alignment(self.kernel(*self.start))
        return found._replace(alignment=np.full(len(found.time), still))

    def course_of(self, times: Any, moved: Moments) -> Course:
        r"""What a network does whose moments have moved so; the population loss in closed form.

        With :math:`A = \alpha \epsilon \Delta M - \beta\beta^T` that is
        :math:`\frac14 (\mathrm{tr} A / D)^2 + \frac{1}{2 D^2} |A|_F^2 + \frac{\alpha^2}{D} |\Delta
        \bar w|^2`: for Gaussian inputs, and any weights.
        """
        dimensions = len(self.target)
        mean, second = self.start
        wrong = self.scale * self.curvature * moved.second - np.outer(self.target, self.target)
        pairs = list(zip(*moved, strict=True))
        errors = [self.outputs(self.inputs, *both) - self.answers for both in pairs]
        alignments = [
            self._aligned(mean + of_mean, second + of_second) for of_mean, of_second in pairs
        ]
        return Course(
            time=np.atleast_1d(reals(times)),
            train=np.array([np.mean(error**2) for error in errors]),
            trace=(np.trace(wrong, axis1=1, axis2=2) / dimensions) ** 2 / 4,
            direction=(wrong**2).sum(axis=(1, 2)) / (2 * dimensions**2),
            linear=self.scale**2 / dimensions * (moved.mean**2).sum(axis=1),
            alignment=np.array(alignments),
            squared_norm=np.trace(second + moved.second, axis1=1, axis2=2),
        )

    def reached(
        self, course: Course, level: float = 0.1, population_level: float | None = None
    ) -> LossTimes:
        r"""When both losses of a course come below their levels, for good.

        Args:
            course: at times close enough that a loss may be interpolated between them, in the
                logarithms of both.
            level: of the training loss, over the mean square of its answers.
            population_level: of the population loss, over that of all answers,
                :math:`\frac34 (|\beta|^2 / D)^2`; by default the same number.

        Raises:
            GrokphaseError: a level is not above 0.
        """
        above = level if population_level is None else population_level
        levels = positive(level, "level", 0.1), positive(above, "population_level", 0.1)
        answers = 0.75 * (self.target @ self.target / len(self.target)) ** 2
        memorized = _last_below(course.time, course.train / np.mean(self.answers**2), levels[0])
        generalized = _last_below(course.time, course.population / answers, levels[1])
        return LossTimes(memorized, generalized, *levels, float(course.time[-1]), "time")


def lazy_rich(
    dimensions: int = 16,
    samples: int = 64,
    *,
    scale: float = 1.0,
    curvature: float = 0.3,
    neurons: int | None = None,
    seed: int = 0,
) -> LazyRich:
    r"""One draw of training inputs from N(0, I / D), and of a target with :math:`|\beta|^2 = D`.

    Args:
        dimensions: D.
        samples: P.
        scale: :math:`\alpha`.
        curvature: :math:`\epsilon`.
        neurons: N, drawn from N(0, I); None for infinitely many.
        seed: of what is drawn.

    Raises:
        GrokphaseError: a number is out of range.

    Example:
        >>> lazy, rich = (lazy_rich(6, 24, scale=scale) for scale in (10, 0.1))
        >>> [bool(each.course([300]).population[0] < 0.05) for each in (lazy, rich)]
        [False, True]
    """
    d = whole(dimensions, "dimensions", 1, MOST_DIMENSIONS)
    p = whole(samples, "samples", 1, MOST_SAMPLES)
    random = np.random.default_rng(whole(seed, "seed", 0))
    beta = random.standard_normal(d)
    inputs = random.standard_normal((p, d)) / math.sqrt(d)
    weights = None
    if neurons is not None:
        weights = random.standard_normal((whole(neurons, "neurons", 1, 1_000_000), d))
    return LazyRich(inputs, beta * math.sqrt(d / (beta @ beta)), scale, curvature, weights)


def _last_below(time: Floats, loss: Floats, level: float) -> float | None:
    """The time from which a loss stays below a level, interpolated between logarithms.

    Next to a time of 0, which has none, the time itself is taken. What is no number is not below.
    """
    above = np.flatnonzero(~(loss < level))
    if not above.size:
        return 0.0
    last = int(above[-1])
    if last == len(loss) - 1:
        return None
    logs = np.log(np.maximum(loss[last : last + 2], 1e-300))
    share = (logs[0] - math.log(level)) / (logs[0] - logs[1])
    if time[last] == 0:
        return float(share * time[last + 1])
    return float(time[last] ** (1 - share) * time[last + 1] ** share)
