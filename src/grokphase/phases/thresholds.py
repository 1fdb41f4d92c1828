"""What counts as learned, and what as delayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from grokphase.checks import as_floats, as_integers, choice, integer, number
from grokphase.errors import GrokphaseError

Rule = Literal[">", ">="]
Convention = Literal["code", "paper"]
Stop = Literal["decided", "sustained", "budget"]


@dataclass(frozen=True)
class Thresholds:
    """What counts as learned, and what as delayed (Table 1 of the paper).

    Args:
        train_accuracy: training accuracy to pass.
        validation_accuracy: validation accuracy to pass.
        rqi: representation quality index to pass (0.95 in the paper's section 3.2).
        rqi_delta: a parallelogram is realised if its two sides differ by less than this, in the
            units of `rqi_convention`. None for what the authors' code does, 0.1 for vectors (mean
            square < 0.01) and sqrt(0.5) for matrices, or their text, 0.01. A `RunSpec` holds the
            number.
        rqi_convention: "code" for units of the embedding's standard deviation (root mean square
            over dimensions), "paper" for the embedding as it is and Euclidean distances, as in
            Definition 1 of the text. Part of a run's id where it is not the default.
        delay: steps; validation this much later than training, or more, is grokking.
        rule: ">" as Table 1 says, or ">=" as the authors' code does. With ten validation samples
            nine right pass ">= 0.9" and fail "> 0.9".

    Raises:
        GrokphaseError: for a threshold outside [0, 1], a negative delay or an unknown rule.

    Example:
        >>> Thresholds(rule=">=").validation_accuracy  # as the authors' code counts
        0.9

    Source: Liu et al. (2022), arXiv:2205.10343, Table 1 and Appendix E.
    """

    train_accuracy: float = 0.9
    validation_accuracy: float = 0.9
    rqi: float = 0.95
    rqi_delta: float | None = None
    delay: int = 1000
    rule: Rule = ">"
    rqi_convention: Convention = "code"

    def __post_init__(self) -> None:
        for name in ("train_accuracy", "validation_accuracy", "rqi"):
            number(f"thresholds.{name}", getattr(self, name), 0.0, 1.0)
        if self.rqi_delta is not None:
            number("thresholds.rqi_delta", self.rqi_delta, 0.0)
            as_floats(self, "rqi_delta")
        for name in ("train_accuracy", "validation_accuracy", "rqi"):
            if self.rule == ">" and getattr(self, name) >= 1:
                raise GrokphaseError(
                    f'thresholds.{name} = 1 can never be passed under the rule ">"; '
                    'write rule=">=", in a shell --set "recipe.thresholds.rule=>=", or a '
                    "threshold below 1."
                )
        integer("thresholds.delay", self.delay, 0)
        as_integers(self, "delay")
        as_floats(self, "train_accuracy", "validation_accuracy", "rqi")
        choice("thresholds.rule", self.rule, get_args(Rule))
        choice("thresholds.rqi_convention", self.rqi_convention, get_args(Convention))
