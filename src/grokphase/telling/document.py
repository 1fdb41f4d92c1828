"""A phase map as one JSON object: what ``grokphase map --json`` prints, and files hold."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.files import replacing
from grokphase.phases.axis import Axis
from grokphase.phases.notes import Note
from grokphase.phases.phase_map import PhaseMap

FORMAT: Final = 2
"""Version of the object; that of files which do not name it is 1."""

STEPS: Final = ("train_step", "validation_step", "steps_trained")
"""What is known of each run in steps."""

PATHS: Final = {"store": "store", "figure": "figure", "report": "report_path"}
PLAIN: Final = ("by", "steps_trained", "seconds", "budget", "thresholds", "settings", "fixed")


def json_dict(phase_map: PhaseMap) -> dict[str, Any]:
    """The map as plain data, from which `from_json` makes it again.

    Args:
        phase_map: the map.

    Returns:
        Plain data: ``format``; ``axes`` (dotted name -> values, x first) and their ``scales``;
        ``by``, ``phase``, ``train_step``, ``validation_step``, ``measured``, ``forecast`` and
        ``runs`` (rows by y, columns by x; a step not reached is None); the same ``by_seed`` with
        ``steps_trained``, ``seconds`` and ``confidence`` (of a run that a forecast stopped, else
        None) of every run (a further axis of seeds), ``measures``, name -> last values,
        None where one is not a finite number, and of each event the ``intervals``, as time, lower
        and upper (None where it is censored, see `Survival`); ``steps_trained``, ``seconds``,
        ``measure_seconds``, ``seeds``, ``budget``, ``thresholds``, ``settings`` (of all runs,
        without what the axes vary), ``fixed`` (what the axes leave where it is although it is of
        their kind, by dotted name), ``notes`` (each with its ``sentence`` and ``rows``),
        ``store``, ``figure``, ``report``; with several seeds also ``phase_fractions`` (phase ->
        rows).
    """
    axes = (phase_map.x, phase_map.y)
    paths = {name: getattr(phase_map, field) for name, field in PATHS.items()}
    data: dict[str, Any] = {
        "format": FORMAT,
        "axes": {axis.name: list(axis.values) for axis in axes},
        "scales": {axis.name: axis.scale for axis in axes},
        "by": phase_map.by,
        "phase": phase_map.phase.tolist(),
        "train_step": numbers(phase_map.train_step),
        "validation_step": numbers(phase_map.validation_step),
        "measured": phase_map.measured.tolist(),
        "forecast": phase_map.forecast.tolist(),
        "runs": [[list(ids) for ids in row] for row in phase_map.runs],
        "by_seed": {
            "phase": phase_map.phase_by_seed.tolist(),
            **{name: numbers(getattr(phase_map, f"{name}_by_seed")) for name in STEPS},
            "seconds": _known(phase_map.seconds_by_seed),
            "confidence": _known(phase_map.confidence),
            "measures": {name: _known(values) for name, values in phase_map.measures.items()},
            "intervals": {of: ends(found) for of, found in phase_map.intervals.items()},
        },
        "steps_trained": int(phase_map.steps_trained),
        "seconds": float(phase_map.seconds),
        "measure_seconds": float(phase_map.measure_seconds),
        "seeds": list(phase_map.seeds),
        "budget": phase_map.budget,
        "thresholds": dict(phase_map.thresholds),
        "settings": lists(phase_map.settings),
        "fixed": dict(phase_map.fixed),
        "notes": [lists(asdict(note)) for note in phase_map.notes],
        **{name: None if path is None else str(path) for name, path in paths.items()},
    }
    if len(phase_map.seeds) > 1:
        shares = phase_map.phase_fractions
        data["phase_fractions"] = {phase: share.tolist() for phase, share in shares.items()}
    return data


def from_json(data: Mapping[str, Any]) -> PhaseMap:
    """The map of an object that `json_dict` made; what else the object holds is left aside.

    Raises:
        GrokphaseError: if the object does not make a map.
        KeyError, TypeError, ValueError, AttributeError: if parts of it are missing or of another
            kind.
    """
    x, y = (Axis(name, tuple(data["axes"][name]), data["scales"][name]) for name in data["axes"])
    by_seed = data["by_seed"]
    paths = {field: data[name] for name, field in PATHS.items()}
    return PhaseMap.from_arrays(
        x,
        y,
        by_seed["phase"],
        by_seed["train_step"],
        by_seed["validation_step"],
        steps_trained_by_seed=by_seed["steps_trained"],
        seconds_by_seed=by_seed["seconds"],
        confidence=by_seed.get("confidence"),
        intervals={of: times(written) for of, written in by_seed.get("intervals", {}).items()},
        measured=data["measured"],
        runs=data["runs"],
        seeds=data["seeds"],
        measures={
            name: np.array(values, np.float64)
            for name, values in by_seed.get("measures", {}).items()
        },
        notes=tuple(Note(note["sentence"], tuple(note["rows"])) for note in data["notes"]),
        measure_seconds=data.get("measure_seconds", 0.0),
        **{name: data[name] for name in PLAIN},
        **{field: None if path is None else Path(path) for field, path in paths.items()},
    )


def save(phase_map: PhaseMap, path: str | os.PathLike[str], **besides: Any) -> Path:
    """Write a map as a JSON file, whole or not at all; directories on the way are made.

    Args:
        phase_map: the map.
        path: the file, ".json".
        **besides: what else the object is to hold, such as the command that made it.

    Returns:
        The path written.

    Raises:
        GrokphaseError: if the suffix is another, or the file cannot be written.
    """
    return write(path, text(phase_map, **besides), "map")


def write(path: str | os.PathLike[str], content: str, what: str) -> Path:
    """Write what is JSON already as a file, whole or not at all; `save` says the rest."""
    target = Path(path)
    if target.suffix.lower() != ".json":
        raise GrokphaseError(f'A {what} is saved as .json: write "{target.with_suffix(".json")}".')
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as passing:
            passing.write_text(content, encoding="utf-8")
    except OSError as error:
        raise GrokphaseError(f'"{path}" was not written: {reason(error)}.') from None
    return target


def text(phase_map: PhaseMap, **besides: Any) -> str:
    """What `save` writes."""
    return json.dumps(besides | json_dict(phase_map), indent=1)


def reason(error: OSError) -> str:
    """Why a file was not read or written, in the words of the system."""
    return (error.strerror or str(error)).lower()


def numbers(values: NDArray[np.float64]) -> Any:
    """Nested lists, with an int where a number is whole, as steps are (the median of two may end in
    .5), and None where it is not finite."""
    return _each(values.tolist(), lambda each: int(each) if each.is_integer() else each)


def _known(values: NDArray[np.float64]) -> Any:
    return _each(values.tolist(), lambda value: value)


def ends(found: NDArray[np.float64]) -> Any:
    """Times with their ends, None for the upper one of what is censored."""
    return _known(np.where(np.isinf(found), np.nan, found))


def times(written: Any) -> NDArray[np.float64]:
    """What `ends` wrote."""
    found = np.array(written, dtype=np.float64)
    censored = ~np.isnan(found[..., 0]) & np.isnan(found[..., 2])
    found[censored, 2] = np.inf
    return found


def lists(value: Any) -> Any:
    """Nested data with the lists that JSON makes of tuples, so that what is read compares equal."""
    if isinstance(value, Mapping):
        return {name: lists(item) for name, item in value.items()}
    return [lists(item) for item in value] if isinstance(value, list | tuple) else value


def _each(value: Any, said: Any) -> Any:
    """Nested lists with None for what is not a finite number, which JSON has not."""
    if isinstance(value, list):
        return [_each(item, said) for item in value]
    return said(value) if math.isfinite(value) else None
