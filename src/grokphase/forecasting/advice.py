"""Which change of a run's settings would bring generalization earlier, and by how much.

From a model of the step of generalization, and of ever generalizing, against settings, fitted on
the corpus's training families (`advice_fit`). What matters is the difference that a change makes,
so the level of a family drops out. How far that differs from family to family is what is not
known: the model is fitted anew to families drawn with replacement, and from how far those fits
differ follows how far a family that nobody has seen may. An interval is for two runs of such a
family, one with the change, whose seeds scatter besides. How often advice helped, when it was
followed on tasks that were not fitted, comes along with the constants.

A change is one from the first step of a new run. What becomes of a run whose settings are changed
on the way was not measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.checks import integer
from grokphase.forecasting.history import History, refuse_other

LEVERS: Final[Mapping[str, tuple[str, str]]] = {
    "weight_decay": ("recipe.weight_decay", "weight decay"),
    "learning_rate": ("recipe.learning_rate", "learning rate"),
    "fraction": ("split.fraction", "training fraction"),
    "initial_scale": ("model.initial_scale", "initial scale"),
}
"""What can be changed: by the name of the setting, its dotted name, and its name in words."""

UNKNOWN: Final = (
    "batch: the corpus has no runs that differ in their batch alone, so that nothing is known of it"
)

_FACTORS: Final = (0.25, 0.5, 2.0, 4.0)
_SHARES: Final = (0.05, 0.1)  # more of all samples for training
_SURE: Final = 1.2816  # standard deviations: what is offered helps nine of ten families
_INSIDE: Final = 1.6449  # standard deviations of an interval that holds 90 %


_OR_LATER = "; over 1 is later"


@dataclass(frozen=True)
class Change:
    """One setting changed, and what would come of it.

    Attributes:
        setting: by its dotted name.
        name: in words.
        before: its value.
        after: the value it would have.
        factor: of the step of generalization; below 1 is earlier.
        interval90: of that factor, for two runs of a family that was not fitted.
        chance_before: that such a run generalizes within its budget, as it is.
        chance_after: the same with the change; None of both where there is no budget.
    """

    setting: str
    name: str
    before: float
    after: float
    factor: float
    interval90: tuple[float, float]
    chance_before: float | None
    chance_after: float | None

    def __str__(self) -> str:
        """The change in words.

        Example:
            >>> named = "recipe.weight_decay", "weight decay"
            >>> print(Change(*named, 1, 2, 0.5, (0.35, 0.8), None, None))
            weight decay 1 -> 2: about halves the wait (0.35-0.8 of it)
        """
        low, high = self.interval90
        said = f"{self.name} {self.before:g} -> {self.after:g}: {effect(self.factor)}"
        said += f" ({low:.2g}-{high:.2g} of it{_OR_LATER if high > 1 else ''})"
        if self.chance_before is not None and self.chance_after is not None:
            said += (
                "; new runs generalize within the budget: "
                f"{100 * self.chance_before:.0f} % -> {100 * self.chance_after:.0f} %"
            )
        return said


@dataclass(frozen=True)
class Advice:
    """What would bring generalization earlier.

    Attributes:
        changes: the best of each setting that would, the strongest first.
        unknown: settings of which nothing can be said, and why, a sentence each.
        refused: whether nothing can be said at all.
        reason: why.
        basis: what it rests on, and how often such advice helped where it was followed.
    """

    changes: tuple[Change, ...] = ()
    unknown: tuple[str, ...] = ()
    refused: bool = False
    reason: str = ""
    basis: str = ""

    def as_json(self) -> dict[str, Any]:
        """What ``grokphase advise --json`` prints."""
        return asdict(self)

    def __str__(self) -> str:
        """The advice in a few lines."""
        lines = [f"no advice: {self.reason}"] if self.refused else [str(c) for c in self.changes]
        if self.reason and not self.refused:
            lines.insert(0, self.reason)
        if not lines:
            lines = ["no change of one setting is known to bring generalization earlier"]
        return "\n".join([*lines, *(f"not known: {each}" for each in self.unknown), self.basis])


def effect(factor: float) -> str:
    """A factor of the wait in words.

    Example:
        >>> [effect(factor) for factor in (0.24, 0.52, 0.7, 0.97)]
        ['cuts the wait to about a quarter', 'about halves the wait', \
'takes about 30 % off the wait', 'hardly changes the wait']
    """
    if factor < 0.29:
        return f"cuts the wait to about {'a quarter' if factor > 0.21 else f'{100 * factor:.0f} %'}"
    if factor < 0.58:
        return "about halves the wait" if factor > 0.42 else "cuts the wait to about a third"
    if factor < 0.92:
        return f"takes about {round(100 * (1 - factor), -1):.0f} % off the wait"
    return "hardly changes the wait"


def advise(
    history: History, budget: int | None = None, constants: Mapping[str, Any] | None = None
) -> Advice:
    """What would bring generalization earlier than it comes in this run.

    Args:
        history: the run; what counts is its settings, and that it has not diverged.
        budget: steps that a run may take; that of the history if not given.
        constants: of another fit than the one that comes along.

    Returns:
        The advice; refused, with the reason, where nothing can be said.

    Raises:
        GrokphaseError: for what is no history, or a budget that is no whole number from 1.
    """
    refuse_other(history)
    if budget is not None:
        integer("budget", budget, 1)
    given = constants or fitted()
    if history.settings.get("decoupled") == 0:
        return Advice(refused=True, reason=_NOT_ADAMW, basis=basis(given))
    if history.settings.get("accelerated"):
        return Advice(refused=True, reason=_ACCELERATED, basis=basis(given))
    if np.isinf(history.curves.get("train_loss", np.zeros(1))).any():
        return Advice(refused=True, reason=_DIVERGED, basis=basis(given))
    settings = {name: history.settings[name] for name in LEVERS if name in history.settings}
    if missing := [name for name in ("learning_rate", "weight_decay") if name not in settings]:
        return Advice(refused=True, reason=_not_known(missing), basis=basis(given))
    unknown = [UNKNOWN]
    for name, (_, words) in LEVERS.items():
        low, high = given["ranges"][name]
        value = settings.get(name)
        if value is None:
            unknown.append(f"{words}: its value is not known")
        elif not (low <= value <= high or (name == "weight_decay" and value == 0)):
            unknown.append(f"{words}: {value:g} is outside of the corpus, {low:g} to {high:g}")
            if name in ("learning_rate", "weight_decay"):  # which every effect depends on
                return Advice((), tuple(unknown), True, _OUTSIDE, basis(given))
            del settings[name]  # the usual stands in
    until = history.budget if budget is None else int(budget)
    offered = [
        change
        for name, value in settings.items()
        for change in _best(name, value, settings, until, given)
    ]
    offered.sort(key=lambda change: change.factor)
    done = history.generalized
    over = "" if done is None else f"this run generalized at step {done.upper:,.0f}; of another:"
    return Advice(tuple(offered), tuple(unknown), reason=over, basis=basis(given))


def advice_line(history: History) -> str | None:
    """The strongest advice in a few words; None where there is none.

    Example:
        >>> told = History([0], {"train_accuracy": [0.1]}, {"decoupled": 0.0})
        >>> advice_line(told) is None
        True
    """
    found = advise(history)
    if found.refused or not found.changes:
        return None
    best = found.changes[0]
    low, high = best.interval90
    verb = effect(best.factor)
    said = {"about halves": "would about halve", "takes": "would take", "cuts": "would cut"}
    for indicative, conditional in said.items():
        verb = verb.replace(indicative, conditional, 1)
    if high > 1:
        verb = verb.replace("would", "may", 1)
    return f"{best.name} {best.before:g} -> {best.after:g} {verb} ({low:.2g}-{high:.2g} of it)"


def basis(given: Mapping[str, Any]) -> str:
    """What advice rests on, and how often it helped."""
    fit, tried = given["fitted_on"], given.get("followed")
    said = (
        f"From {fit['runs']:,} runs of {len(fit['families'])} families of small networks; the "
        "change is one from the first step of a new run, the interval, 90 %, of two runs of a "
        "family that was not fitted."
    )
    if tried:
        said += (
            f" Followed on {len(tried['families'])} families that were not fitted, such advice "
            f"brought generalization earlier in {tried['earlier']} of {tried['pairs']} runs that "
            f"came to it, another seed alone in {tried['earlier_by_chance']}."
        )
    return said


def _best(
    name: str,
    value: float,
    settings: Mapping[str, float],
    budget: int | None,
    given: Mapping[str, Any],
) -> list[Change]:
    """The change of one setting that brings generalization earliest, if it surely does."""
    low, high = given["ranges"][name]
    if name == "fraction":
        values = [round(value + more, 4) for more in _SHARES]
    elif value == 0:
        values = [1.0]
    else:
        values = [float(f"{factor * value:.3g}") for factor in _FACTORS]
    before = predicted(settings, given)
    found = []
    for other in values:
        if not low <= other <= high:
            continue
        after = predicted({**settings, name: other}, given)
        shift = after.log_step - before.log_step
        middle = float(np.median(shift))
        # Of the mean over families the fits say; of one family it is so many times its root.
        family = math.sqrt(len(given["fitted_on"]["families"])) * float(shift.std())
        runs = math.hypot(family, math.sqrt(2) * given["scatter"])
        chances = [None if budget is None else each.chance(budget) for each in (before, after)]
        no_rarer = budget is None or (chances[1] or 0) >= (chances[0] or 0) - 0.02
        if middle + _SURE * family < 0 and no_rarer:
            low90, high90 = (math.exp(middle + sign * _INSIDE * runs) for sign in (-1, 1))
            leaf, words = LEVERS[name]
            found.append(
                Change(leaf, words, value, other, math.exp(middle), (low90, high90), *chances)
            )
    return sorted(found, key=lambda change: change.factor)[:1]


@dataclass(frozen=True)
class Predicted:
    """What the fits say of runs with some settings.

    Attributes:
        log_step: (fits,) median of the logarithm of the step of generalization.
        odds: (fits,) log-odds of ever generalizing.
        spread: (fits,) of that logarithm, logistic.
    """

    log_step: NDArray[np.float64]
    odds: NDArray[np.float64]
    spread: NDArray[np.float64]

    def chance(self, budget: int) -> float:
        """The probability of generalizing within a budget, the median over fits."""
        by_then = 1 / (1 + np.exp(-(math.log(budget) - self.log_step) / self.spread))
        return float(np.median(by_then / (1 + np.exp(-self.odds))))


def predicted(settings: Mapping[str, float], given: Mapping[str, Any]) -> Predicted:
    """What the fits say of runs with these settings; of settings that are missing, the usual."""
    seen = (terms(settings, given["usual"]) - np.array(given["centres"])) / given["scales"]
    fits = given["fits"]
    beta, alpha = np.array(fits["beta"]), np.array(fits["alpha"])
    return Predicted(
        beta[:, :-1] @ seen + beta[:, -1],
        alpha[:, :-1] @ seen + alpha[:, -1],
        np.array(fits["spread"]),
    )


TERMS: Final = (
    "ln rate",
    "ln decay",
    "no decay",
    "(ln rate)^2",
    "(ln decay)^2",
    "ln rate ln decay",
    "logit fraction",
    "ln scale",
    "(ln scale)^2",
)
"""What the model is linear in. Logarithms are about rate 0.003, decay 1 and scale 1."""


def terms(settings: Mapping[str, float], usual: Mapping[str, float]) -> NDArray[np.float64]:
    """`TERMS` of a run, in their order.

    Example:
        >>> usual = {"learning_rate": 3e-3, "weight_decay": 1, "fraction": 0.5}
        >>> usual["initial_scale"] = 1
        >>> terms({}, usual).tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    known = {**usual, **settings}
    decay = known["weight_decay"]
    r = math.log(known["learning_rate"] / 0.003)
    d = math.log(decay) if decay > 0 else 0.0
    s = math.log(known["initial_scale"])
    share = math.log(known["fraction"] / (1 - known["fraction"]))
    return np.array([r, d, float(decay == 0), r * r, d * d, r * d, share, s, s * s])


@cache
def fitted() -> Mapping[str, Any]:
    """The constants that come along: fits, what they rest on, what came of following them."""
    place = files("grokphase.forecasting") / "fitted" / "advice.json"
    found: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


_NOT_ADAMW: Final = "advice rests on runs of AdamW alone, and this one has another optimizer."
_ACCELERATED: Final = "advice rests on runs without an accelerator, and this one has one."
_DIVERGED: Final = "its loss has diverged, and no such run is among those that advice rests on."

_OUTSIDE: Final = (
    "its learning rate or weight decay lies outside of what the corpus has, and what lies there "
    "cannot be known from it."
)


def _not_known(settings: list[str]) -> str:
    words = " and ".join(name.replace("_", " ") for name in settings)
    return (
        f"its {words} {'is' if len(settings) == 1 else 'are'} not known, and what a change does "
        "depends on learning rate and weight decay."
    )
