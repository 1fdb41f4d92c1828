"""A run of which everything is laid out, before its first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grokphase.training.compilation import Compiled, compiled
from grokphase.training.donors import Donor
from grokphase.training.problem import Problem, Program
from grokphase.training.spec import RunSpec


@dataclass(frozen=True)
class Prepared:
    """A run ready to train: its program, arrays and initial parameters, and who gave some."""

    spec: RunSpec
    program: Program
    problem: Problem
    params: Any
    static: Any
    donor: Donor | None = None

    def compiled(self) -> Compiled:
        """The compiled loop for this run; shared by all runs of the same shapes."""
        return compiled(self.program, self.static, self.params, self.problem)
