"""``grokphase theory first-order``: the minima of a neuron's action, and where they change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from grokphase.cli.answers import answered, panels_drawn
from grokphase.cli.options import OUTPUT, MaybeFolder, MaybeWhole, Output
from grokphase.cli.output import cell, print_table, warn
from grokphase.errors import GrokphaseError
from grokphase.plain import finite

if TYPE_CHECKING:
    from grokphase.theory.first_order import (
        Minima,
        ModularAction,
        ModularAddition,
        PolynomialAction,
        PolynomialTeacher,
        Transition,
    )

_POINTS = 301
_FLAT = 0.15  # of the whole picture: a barrier that is lower is drawn once more, by itself
_LABELS = {
    "here": "given",
    "appears": "second minimum appears",
    "coexists": "coexistence u_c, as deep as at 0",
    "vanishes": "0 stops being a minimum",
}
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
    neurons: MaybeWhole = None,
    output_variance: float | None = None,
    samples: MaybeWhole = None,
    dimensions: MaybeWhole = None,
    cubic: float | None = None,
    linear: float | None = None,
    p: MaybeWhole = None,
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
    warn(document["outside"])
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
        **_document("polynomial", network, action, share, ridges),
        "linear": float(action.linear),
        "settled": settled,
        "settles": None if linear is not None else settled is not None,
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
        **_document("modular", network, action, share, ridges),
        "amplitude": amplitude,
        "settled": None,
        "settles": None,
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
    ridges: Mapping[str, float | None],
) -> dict[str, Any]:
    import numpy as np

    from grokphase.theory.first_order import mixture_entropy

    minima, transition = action.minima(), action.transition()
    states = _states(action, minima, transition)
    places = [place["overlap"] for state in states for place in state["minima"]]
    # As fine about the jump as all along, which may be many times as long.
    ends = ((transition.jump or 1.0) * 1.4, max([1.0 * (max(places) == 0), 1.15 * max(places)]))
    overlaps = np.unique(np.concatenate([np.linspace(0.0, end, _POINTS) for end in ends]))
    outside = network.outside(float(minima.overlap))
    return {
        "teacher": teacher,
        **asdict(network),
        "control": network.control,
        **{name: finite(float(value)) for name, value in asdict(transition).items()},
        "zero_is_minimum": bool(minima.at_zero),
        "minimum": finite(float(minima.overlap)),
        "minimum_action": finite(float(minima.action)),
        "barrier": finite(float(minima.barrier)),
        "barrier_action": finite(float(minima.height)),
        "share": share,
        "entropy": float(mixture_entropy(share)),
        "ridges": ridges,
        "overlap": overlaps,
        "action": action(overlaps),
        "curves": [
            {
                **state,
                "ridge": network.ridge if state["event"] == "here" else ridges.get(state["event"]),
                "action": replace(action, control=state["control"])(overlaps),
            }
            for state in states
        ],
        "convention": _CONVENTION[teacher],
        "valid": network.VALID,
        "outside": outside,
    }


def _states(
    action: PolynomialAction | ModularAction, minima: Minima, transition: Transition
) -> list[dict[str, Any]]:
    """The given control and those at which minima change, with the minima of each.

    One is `marginal` where the control is the spinodal at which it appears or ends.
    """
    at: dict[str, tuple[float, list[tuple[float, bool]]]] = {
        "here": (
            float(action.control),
            [(0.0, False)] * bool(minima.at_zero)
            + [(float(minima.overlap), False)] * math.isfinite(minima.overlap),
        )
    }
    if transition.jump:
        at["appears"] = (transition.appears, [(0.0, False), (transition.onset, True)])
        at["coexists"] = (transition.coexists, [(0.0, False), (transition.jump, False)])
    if math.isfinite(transition.vanishes):
        away = replace(action, control=transition.vanishes).minima().overlap
        others = [(float(away), False)] * bool(transition.jump)
        at["vanishes"] = (transition.vanishes, [(0.0, True), *others])
    return [
        {
            "event": event,
            "control": control,
            "minima": [
                {
                    "overlap": overlap,
                    "action": float(replace(action, control=control)(overlap)),
                    "marginal": marginal,
                }
                for overlap, marginal in places
            ],
        }
        for event, (control, places) in at.items()
    ]


def _tell(document: dict[str, Any]) -> None:
    states = ("appears", "coexists", "vanishes")
    rows = [(_LABELS[name], document[name], document["ridges"].get(name)) for name in states]
    rows.append((_LABELS["here"], document["control"], document["ridge"]))
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

    from grokphase.plotting.actions import draw_actions
    from grokphase.plotting.charts import Panel

    polynomial = document["teacher"] == "polynomial"
    curves = [
        {
            "name": curve["event"],
            "label": f"{_LABELS[curve['event']]}: u = {curve['control']:.4g}",
            "minima": curve["minima"],
        }
        for curve in document["curves"]
    ]
    columns = {curve["event"]: np.asarray(curve["action"]) for curve in document["curves"]}
    table = {"overlap": np.asarray(document["overlap"]), **columns}
    barrier = None
    if document["barrier"] is not None:
        barrier = (document["barrier"], document["barrier_action"])
    parameters = {
        "curves": curves,
        "barrier": barrier,
        "x_label": "overlap with the teacher" if polynomial else "power at a frequency",
        "y_label": "effective action over d" if polynomial else "effective action over P",
    }
    marked = [place["action"] for curve in curves for place in curve["minima"]]
    height = _height(document, columns.get("coexists"))
    highest = max(height, *marked) or float(columns["here"].max())
    views = [("", _around(min(marked), highest, table))]
    if 0 < height < _FLAT * (height - min(marked)):
        near = {"x_range": [0.0, 1.25 * document["jump"]], "y_range": [-highest, 1.5 * highest]}
        views = [("all minima", views[0][1]), ("the barrier, enlarged", near)]
    panels = [Panel(draw_actions, table, parameters | view, title) for title, view in views]
    title = f"Where a neuron can be: {document['teacher']} teacher, ridge {document['ridge']:.4g}"
    return panels_drawn(document, panels, title, folder / "first-order", legend="right")


def _height(document: dict[str, Any], coexisting: Any) -> float:
    """The higher one of the barriers here and at coexistence; 0 where there is none."""
    at_jump = 0.0
    if coexisting is not None:
        at_jump = float(coexisting[document["overlap"] <= document["jump"]].max())
    return max(at_jump, document["barrier_action"] or 0.0)


def _around(lowest: float, highest: float, table: dict[str, Any]) -> dict[str, list[float]]:
    """Ranges that hold all minima and barriers, with room for their marks."""
    span = highest - lowest
    return {
        "x_range": [-0.02 * table["overlap"][-1], float(table["overlap"][-1])],
        "y_range": [lowest - 0.12 * span, highest + 0.25 * span],
    }
