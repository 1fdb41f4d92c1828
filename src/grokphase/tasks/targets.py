"""What the network is asked to put out for a class: a random vector, or a score per class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks.checks import array_spec, frozen, real, whole

MOST_DIMENSIONS = 100_000


@final
@dataclass(frozen=True, eq=False)
class Regression:
    r"""Each class has a fixed random vector; the nearest one is the prediction.

    The label vector of class ``c`` is :math:`v_c = s\,\xi_c` with :math:`\xi_c \sim N(0, 1)^m`,
    ``s`` the scale and ``m`` the dimension. A network output ``y`` predicts
    :math:`\arg\min_c |y - v_c|` over **all** classes, also those absent from the training set.

    With a tolerance nothing is predicted among classes: an output is right about a sample of class
    ``c`` if :math:`|y - v_c|^2 / m` is below it. So a function is learned whose every sample is a
    class of its own, with given vectors. That accuracy is a thresholded loss.

    Args:
        dimension: m, numbers per label vector.
        scale: s, standard deviation of each of them.
        vectors: label vectors to use instead of random ones, ``(classes, dimension)``; they win
            over ``dimension`` and ``scale``. This is how a run made elsewhere is replayed.
        tolerance: of the squared error of a sample that counts as right, the mean over dimensions;
            None where the nearest vector is the prediction.

    Raises:
        GrokphaseError: a number is out of range, or the vectors are not a finite matrix, of
            distinct rows where the nearest is the prediction.

    Source: Liu et al. 2022 (arXiv:2205.10343), section 3.1: 30 dimensions, scale 1.

    Example:
        >>> Regression(dimension=5).spec()
        {'kind': 'regression', 'dimension': 5, 'scale': 1.0}
    """

    dimension: int = 30
    scale: float = 1.0
    vectors: NDArray[np.float32] | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        """Check what was given and bring it to its canonical type."""
        if self.tolerance is not None:
            object.__setattr__(self, "tolerance", _checked_tolerance(self.tolerance))
        if self.vectors is not None:
            vectors = _checked_vectors(self.vectors, apart=self.tolerance is None)
            object.__setattr__(self, "vectors", vectors)
            object.__setattr__(self, "dimension", vectors.shape[1])
        dimension = whole(self.dimension, "dimension", 1, MOST_DIMENSIONS)
        object.__setattr__(self, "dimension", dimension)
        scale = real(self.scale)
        if not 0 < scale < math.inf:
            raise GrokphaseError(
                f"The scale of label vectors must be a finite number > 0, not {self.scale!r}: "
                "for example Regression(scale=1.0), in a shell --set task.target.scale=1."
            )
        object.__setattr__(self, "scale", scale)

    def spec(self) -> dict[str, Any]:
        """The target as JSON-able data; given vectors appear by their digest."""
        drawn = {"scale": self.scale}
        own = drawn if self.vectors is None else {"vectors": array_spec(self.vectors)}
        # Absent where there is none, so that runs from before it was there keep their identity.
        judged = {} if self.tolerance is None else {"tolerance": self.tolerance}
        return {"kind": "regression", "dimension": self.dimension, **own, **judged}

    def __eq__(self, other: object) -> bool:
        """Equal targets have equal specs."""
        return isinstance(other, Regression) and self.spec() == other.spec()

    def __hash__(self) -> int:
        """Agrees with equality."""
        return hash(repr(self.spec()))

    def __str__(self) -> str:
        """A phrase for displays."""
        label = "" if self.is_function else "label "
        many = "" if self.dimension == 1 else "s"
        origin = f"N(0, {self.scale:g}²)" if self.vectors is None else "given"
        judged = (
            "" if self.tolerance is None else f", right below a squared error of {self.tolerance:g}"
        )
        return f"regression on {origin} {label}vectors in {self.dimension} dimension{many}{judged}"

    @property
    def is_function(self) -> bool:
        """Whether the vectors are values of a function, that can be right where none was shown."""
        return self.vectors is not None and self.tolerance is not None


@final
@dataclass(frozen=True)
class Classification:
    """The network puts out one score per class; the largest is the prediction.

    Example:
        >>> Classification().spec()
        {'kind': 'classification'}
    """

    def spec(self) -> dict[str, Any]:
        """The target as JSON-able data."""
        return {"kind": "classification"}

    def __str__(self) -> str:
        """A phrase for displays."""
        return "classification"


Target = Regression | Classification


def as_target(target: Target | str) -> Target:
    """A target from its object or from its name.

    Args:
        target: ``"regression"``, ``"classification"``, or a target, which is returned as it is.

    Raises:
        GrokphaseError: there is no such target.

    Example:
        >>> as_target("regression").dimension
        30
    """
    kinds: dict[str, Target] = {"regression": Regression(), "classification": Classification()}
    if isinstance(target, Regression | Classification):
        return target
    if target in kinds:
        return kinds[target]
    raise GrokphaseError(
        f'A target is "regression", "classification", or one of their objects such as '
        f"Regression(dimension=30), not {target!r}; in a shell --set task.target=regression."
        f"{nearest(str(target), kinds)}"
    )


def _checked_tolerance(given: object) -> float:
    tolerance = real(given)
    if not 0 < tolerance < math.inf:
        raise GrokphaseError(
            f"The tolerance of a squared error must be a finite number > 0, not {given!r}: for "
            "example tolerance=0.01."
        )
    return tolerance


def _checked_vectors(given: object, *, apart: bool) -> NDArray[np.float32]:
    vectors = frozen(given, np.float32, "vectors")
    if vectors.ndim != 2 or 0 in vectors.shape or not np.isfinite(vectors).all():
        raise GrokphaseError(
            "Label vectors must be a matrix of finite numbers, one row for each class: "
            "for example Regression(vectors=numpy.eye(19))."
        )
    if apart and len(np.unique(vectors, axis=0)) < len(vectors):
        raise GrokphaseError(
            "Two of the label vectors are the same, so the nearest one is not unique: "
            "give each class a row of its own."
        )
    return vectors
