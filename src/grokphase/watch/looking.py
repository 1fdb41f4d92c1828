"""Measuring a model once: every measure on its own, so that one which fails stops no other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grokphase.errors import GrokphaseError, one_line
from grokphase.watch.measures import (
    Values,
    gradient,
    margins,
    matrix_to_watch,
    norms,
    spectrum,
)
from grokphase.watch.schedule import Allowance
from grokphase.watch.weights import Weight, as_numpy, read


@dataclass
class Given:
    """What an update was given besides numbers.

    Attributes:
        model: the model at this step.
        gradients: of its parameters.
        logits: of training samples; labels their classes.
    """

    model: Any = None
    gradients: Any = None
    logits: Any = None
    labels: Any = None


@dataclass
class Looker:
    """Measures what is given, within an allowance of time.

    Args:
        allowance: of time.
        matrix: the name of the matrix whose spectrum is measured; None until one is chosen.
        failed: why a measure fails, by its name; it is tried again at every look.
        parameters: how many the model has; 0 until it was seen.
    """

    allowance: Allowance
    matrix: str | None = None
    failed: dict[str, str] = field(default_factory=dict)
    parameters: int = 0

    def look(self, given: Given, *, at_once: bool = False) -> Values:
        """What can be measured.

        Args:
            given: model, gradients and outputs.
            at_once: measure even where there is no time, but for the spectrum.

        Returns:
            Values by name, without those that were put off or failed.
        """
        found: Values = {}
        if given.logits is not None or given.labels is not None:
            found |= self._try("margins", lambda: margins(given.logits, given.labels), at_once)
        if given.model is None:
            return found
        weights: list[Weight] = []

        def of_model() -> Values:
            weights.extend(read(given.model, given.gradients))
            self.parameters = sum(math.prod(each.array.shape) for each in weights)
            return norms(weights)

        found |= self._try("norms", of_model, at_once)
        if weights:
            found |= self._try("gradient", lambda: gradient(weights), at_once)
            found |= self._try("spectrum", lambda: self._spectrum(weights), False)
        return found

    def _try(self, what: str, measure: Callable[[], Values], at_once: bool) -> Values:
        if not (at_once or self.allowance.allows(what)):
            return {}
        try:
            with self.allowance.spending(what):
                found = measure()
        except Exception as error:  # whatever it is: a monitor ends no training
            self.failed[what] = reason(error)
            return {}
        self.failed.pop(what, None)
        return found

    def _spectrum(self, weights: list[Weight]) -> Values:
        self.matrix = matrix_to_watch(weights, self.matrix)
        watched = next(each for each in weights if each.name == self.matrix)
        return spectrum(as_numpy(watched.array))


def reason(error: BaseException) -> str:
    """Why something failed, in one line.

    Example:
        >>> reason(KeyError("lr"))
        "KeyError: 'lr'"
    """
    text = one_line(error)[:300]
    return text if isinstance(error, GrokphaseError) else f"{type(error).__name__}: {text}"
