"""``grokphase theory first-order``: the minima of a neuron's action, and where they change."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grokphase.cli.answers import answered, curves_drawn
from grokphase.cli.options import OUTPUT, MaybeFolder, Output
from grokphase.cli.output import cell, print_table
from grokphase.errors import GrokphaseError

if TYPE_CHECKING:
    from grokphase.theory.first_order import (
        ModularAction,
        ModularAddition,
        PolynomialAction,
        PolynomialTeacher,
    )

_POINTS = 301
_CONVENTION = {
    "polynomial": "overlap w . w* of a neuron; S over d; what is left of the linear part is that "
    "of neurons that fluctuate about 0, derived here, unless --linear is given",
    "modular": "power |w_k|^2 = |v_k|^2 of a frequency; S over P; at a fixed amplitude, as the "
    "literature at hand does not say how it follows from the neurons",
}


def first_order(
    teacher: Literal["polynomial", "modular"] = "polynomial",
    *,
    ridge: float | None = None,
    neurons: float | None = None,
    output_variance: float | None = None,
    samples: float | None = None,
    dimensions: float | None = None,
    cubic: float | None = None,
    linear: float | None = None,
    p: float | None = None,
    regulator: float | None = None,
    amplitude: float | None = None,
    out: MaybeFolder = None,
    output: Output = OUTPUT,
) -> int:
    """Where a network in equilibrium can be: the minima of a neuron's effective action.

    Of Rubin, Seroussi and Ringel (2024): a second minimum appears as data grow over noise, comes
    to be as deep as the first at the control u_c, and features jump. It says which states are
    stable, not how long training takes. What is not given is as they published it.

    Args:
        teacher: polynomial, H1 + cubic H3 of one direction, learned by erf neurons; or modular, a
            sum modulo p, learned by squared neurons from all pairs.
        ridge: Noise of training, sigma^2.
        neurons: Width N of the network.
        output_variance: Prior sigma_a^2; the published 8/N or 0.002/N at the published N.
        samples: Training samples n, of the polynomial.
        dimensions: Dimensions d of its inputs.
        cubic: Its cubic part, 0 or below; -0.3 as published.
        linear: How much of its linear part is not learned, 0 to 1; follows from the rest if not
            given.
        p: The modulus.
        regulator: gamma, of the modular action.
        amplitude: What is not learned of the sum, -1 at the start.
        out: Directory for the figure.
    """
    shared = {"ridge": ridge, "neurons": neurons, "output_variance": output_variance}
    polynomial = {"samples": samples, "dimensions": dimensions, "cubic": cubic, "linear": linear}
    modular = {"p": p, "regulator": regulator, "amplitude": amplitude}
    own, other = (polynomial, modular) if teacher == "polynomial" else (modular, polynomial)
    for name, value in other.items():
        if value is not None:
            words = ", ".join(f"--{each}" for each in own)
            raise GrokphaseError(f"--{name} is not of the {teacher} teacher, which has {words}.")
    given = {name: value for name, value in (shared | own).items() if value is not None}
    document = _polynomial(given) if teacher == "polynomial" else _modular(given)
    if out is not None:
        document["figure"] = _draw(document, out)
    return answered(document, output, lambda: _tell(document))


def _polynomial(given: dict[str, float]) -> dict[str, Any]:
    from grokphase.theory.first_order import PolynomialTeacher

    linear = given.pop("linear", None)
    network = PolynomialTeacher(**given)
    action = network.action(linear)
    share = float(action.share(network.dimensions))
    settled = _or_none(_settled, network) if linear is None else None
    ridges = {
        event: _or_none(network.ridge_at, event) if linear is None else None
        for event in ("appears", "coexists")
    }
    return {
        **_document("polynomial", network, action, share),
        "linear": float(action.linear),
        "settled": settled,
        "settles": None if linear is not None else settled is not None,
        "ridges": ridges,
    }


def _settled(network: PolynomialTeacher) -> dict[str, float]:
    """What is left and who is specialised, once what is learned has its say on both."""
    linear, cubic = network.discrepancies()
    share = network.action(linear, cubic).share(network.dimensions)
    return {"linear": linear, "cubic": cubic, "share": float(share)}


def _modular(given: dict[str, float]) -> dict[str, Any]:
    from grokphase.theory.first_order import ModularAddition

    amplitude = given.pop("amplitude", -1.0)
    network = ModularAddition(**given)
    action = network.action(amplitude)
    share = float(action.minima().share(network.p, wells=(network.p - 1) / 2))
    ridges = {event: network.ridge_at(event, amplitude) for event in ("appears", "coexists")}
    return {
        **_document("modular", network, action, share),
        "amplitude": amplitude,
        "settled": None,
        "settles": None,
        "ridges": ridges,
    }


def _or_none(asked: Callable[[Any], Any], of: object) -> Any:
    """What was asked for; None where these sizes are outside of its range."""
    try:
        return asked(of)
    except GrokphaseError:
        return None


def _document(
    teacher: str,
    network: PolynomialTeacher | ModularAddition,
    action: PolynomialAction | ModularAction,
    share: float,
) -> dict[str, Any]:
    import numpy as np

    from grokphase.theory.first_order import mixture_entropy

    minima, transition = action.minima(), action.transition()
    furthest = float(np.nanmax([1.4 * transition.jump, 1.2 * float(minima.overlap)])) or 1.0
    overlaps = np.linspace(0.0, furthest, _POINTS)
    return {
        "teacher": teacher,
        **asdict(network),
        "control": network.control,
        **{name: _number(value) for name, value in asdict(transition).items()},
        "zero_is_minimum": bool(minima.at_zero),
        "minimum": _number(minima.overlap),
        "minimum_action": _number(minima.action),
        "barrier": _number(minima.barrier),
        "barrier_action": _number(minima.height),
        "share": share,
        "entropy": float(mixture_entropy(share)),
        "overlap": overlaps,
        "action": action(overlaps),
        "convention": _CONVENTION[teacher],
    }


def _tell(document: dict[str, Any]) -> None:
    rows = [
        (words, document[name], document["ridges"].get(name))
        for name, words in (
            ("appears", "second minimum appears"),
            ("coexists", "coexistence, u_c"),
            ("vanishes", "0 stops to be a minimum"),
        )
    ]
    rows.append(("here", document["control"], document["ridge"]))
    print_table(["", "control u", "at ridge"], rows)
    places = [("at 0", 0.0, 0.0, 1 - document["share"])] if document["zero_is_minimum"] else []
    if document["barrier"] is not None:
        places.append(("barrier", document["barrier"], document["barrier_action"], None))
    if document["minimum"] is not None:
        places.append(
            ("specialised", document["minimum"], document["minimum_action"], document["share"])
        )
    print_table(["", "overlap", "action", "share of neurons"], places)
    if document["settled"] is not None:
        settled = {name: cell(value) for name, value in document["settled"].items()}
        print(
            f"once all neurons have settled: linear part left {settled['linear']}, cubic part left "
            f"{settled['cubic']}, share of specialised neurons {settled['share']}"
        )
    elif document["settles"] is False:
        print("where neurons settle at these sizes is outside of what is derived here")


def _draw(document: dict[str, Any], folder: Path) -> str:
    import numpy as np

    points = []
    for name, label in (("barrier", "barrier"), ("minimum", "specialised")):
        if document[name] is not None:
            points.append((document[name], document[f"{name}_action"], label))
    polynomial = document["teacher"] == "polynomial"
    action = np.asarray(document["action"])
    span = np.ptp(action)
    parameters = {
        "x": "overlap",
        "y": "action",
        "x_label": "overlap with the teacher" if polynomial else "power at a frequency",
        "y_label": "action over d" if polynomial else "action over P",
        "names": {"action": "S"},
        "y_range": [float(action.min() - 0.15 * span), float(action.max() + 0.05 * span)],
        "points": [{"x": x, "y": y, "label": label} for x, y, label in points],
    }
    control, coexists = document["control"], document["coexists"]
    title = f"Where a neuron can be: u = {control:.4g}, u_c = {coexists:.4g}"
    return curves_drawn(document, document, parameters, title, folder / "first-order")


def _number(value: Any) -> float | None:
    """None where there is nothing, or no end."""
    return float(value) if math.isfinite(value) else None
