"""``grokphase theory delay``: how long each law says that generalization waits."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from grokphase.cli.answers import answered, curves_drawn
from grokphase.cli.options import OUTPUT, MaybeFolder, Output
from grokphase.cli.output import cell, print_table
from grokphase.errors import GrokphaseError

_POINTS = 100
_EXAMPLES = {
    "rate": "1e-3",
    "decay": "1",
    "memorized": "65.6",
    "generalized": "17.5",
    "fitted": "1.45e-3",
    "scale": "8",
}
_CONVENTION = (
    "steps from memorization to generalization; V = |theta|^2 of all weights, decoupled decay; "
    "the norm of generalization must be known, and no law says when it does not hold"
)


def delay(
    *,
    rate: float,
    decay: float,
    memorized: float | None = None,
    generalized: float | None = None,
    fitted: float | None = None,
    scale: float | None = None,
    out: MaybeFolder = None,
    output: Output = OUTPUT,
) -> int:
    """How long laws of the weight norm say that generalization waits, side by side.

    Weights that contract exponentially from the norm of memorization to that of generalization
    need ln(V_mem / V_post) / gamma steps. The laws differ in gamma, and disagree by factors.

    Args:
        rate: Learning rate, eta.
        decay: Decoupled weight decay, lambda.
        memorized: Norm of all weights (not its square) when training accuracy passes.
        generalized: Norm at which the network generalizes, from an earlier run or a guess.
        fitted: Rate gamma at which the squared norm is seen to shrink, a step, such as 1.45e-3.
        scale: Initial weights over usual ones, alpha, for the law of Lyu et al.
        out: Directory for the figure.
    """
    from grokphase.theory.delay import LAWS, delays, log_ratio

    if (memorized is None) != (generalized is None) or (memorized is None and scale is None):
        raise GrokphaseError(
            "A law takes the norms of both ends, or the scale of the initial weights: write "
            "--memorized 65.6 --generalized 17.5, or --scale 8."
        )
    if fitted is not None and memorized is None:
        raise GrokphaseError(
            "A fitted rate says how long it takes from one norm to another: write both too, "
            "--memorized 65.6 --generalized 17.5."
        )
    given: dict[str, Any] = {
        "rate": rate,
        "decay": decay,
        "memorized": memorized,
        "generalized": generalized,
        "fitted": fitted,
        "scale": scale,
    }
    for name, value in given.items():
        if value is not None and not (math.isfinite(value) and (value > 0 or name == "fitted")):
            above = "" if name == "fitted" else " above 0"
            raise GrokphaseError(
                f"--{name} is a finite number{above}, not {value:g}: write --{name} "
                f"{_EXAMPLES[name]}."
            )
    found = delays(**given)
    document: dict[str, Any] = {
        **given,
        "log_ratio": None if memorized is None else float(log_ratio(memorized, generalized)),
        "gamma_of_decay": None if fitted is None else fitted / (2 * rate * decay),
        "laws": [{**law._asdict(), "steps": found[law.name]} for law in LAWS],
        "convention": _CONVENTION,
    }
    if out is not None:
        document["figure"] = _draw(document, out)

    def tell() -> None:
        rows = [(law.name, _steps(found[law.name]), law.source) for law in LAWS]
        print_table(["law", "steps after memorization", "source"], rows)
        for sentence in _said(document):
            print(sentence)

    return answered(document, output, tell)


def _steps(steps: float | None) -> str:
    return "says nothing" if steps is None else str(cell(round(steps)))


def _said(document: dict[str, Any]) -> list[str]:
    """What the numbers mean together."""
    said = []
    ratio, of_decay = document["log_ratio"], document["gamma_of_decay"]
    if ratio is not None and ratio <= 0:
        said.append("The norm does not fall, so no law of its contraction says anything.")
    if of_decay is not None:
        how = "hold the weights up" if of_decay < 1 else "help the decay"
        said.append(
            f"The fitted rate is {of_decay:.2f} of 2 eta lambda, that of decay alone: gradients "
            f"{how}."
        )
    return said


def _draw(document: dict[str, Any], folder: Path) -> str:
    """Delays against the decay, a decade to both sides."""
    import numpy as np

    from grokphase.theory.delay import delays

    names = {law["name"]: law["name"] for law in document["laws"] if law["steps"] is not None}
    # A rate that was fitted at one decay says nothing of others: it is a point, and not a curve.
    curves = [name for name in names if name != "fitted"]
    if not curves:
        raise GrokphaseError("No law says anything here, so there is nothing to draw.")
    fixed = {name: document[name] for name in ("rate", "memorized", "generalized", "scale")}
    decays = np.geomspace(document["decay"] / 10, document["decay"] * 10, _POINTS)
    table: dict[str, Any] = {"decay": decays}
    at = [delays(decay=float(decay), **fixed) for decay in decays]
    table |= {name: np.array([steps[name] for steps in at], float) for name in curves}
    lines: list[dict[str, Any]] = [{"x": document["decay"], "label": "here"}]
    if "fitted" in names:
        fitted = document["laws"][0]["steps"]
        lines.append({"y": fitted, "label": "fitted rate, here", "dash": "dashed"})
    parameters = {
        "x": "decay",
        "y": curves,
        "names": {name: names[name] for name in curves},
        "x_scale": "log",
        "y_scale": "log",
        "x_label": "weight decay",
        "y_label": "steps after memorization",
        "lines": lines,
    }
    return curves_drawn(document, table, parameters, "Laws of the delay", folder / "delay")
