"""Maps and sweeps that were written as files, read again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from grokphase.errors import GrokphaseError
from grokphase.phases.phase_map import PhaseMap
from grokphase.phases.sweep_result import SweepResult
from grokphase.telling import document, sweep_tables

_FILES: Final = ("phase-map.json", "sweep.json")
_GIVE: Final = "give the phase-map.json of a map or the sweep.json of a sweep"


def load(path: str | os.PathLike[str]) -> PhaseMap | SweepResult:
    """The map or the sweep in a file that ``grokphase map``, ``grokphase sweep`` or `save` wrote.

    A map is equal to the one that was written: axes with their scales, and phases, steps and ids
    of every run. So is a sweep, field by field. The curves are in the store that it names.

    Args:
        path: a file such as "grokphase-out/map-addition-.../phase-map.json".

    Returns:
        The map, or the sweep.

    Raises:
        GrokphaseError: if there is no such file, or it holds neither that this version can read.

    Example:
        >>> import tempfile
        >>> from grokphase.phases import Axis, PhaseMap
        >>> x, y = Axis("split.fraction", (0.5, 0.8)), Axis("task.p", (5, 7))
        >>> found = [["memorization", "grokking"], ["memorization", "comprehension"]]
        >>> train, validation = [[90, 80], [95, 85]], [[None, 5000], [None, 300]]
        >>> map_ = PhaseMap.from_arrays(x, y, found, train, validation)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     load(map_.save(f"{folder}/phase-map.json")) == map_
        True
    """
    data = _read(path)
    try:
        return document.from_json(data) if "phase" in data else sweep_tables.from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"it lacks {error}" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise GrokphaseError(f'"{path}" is damaged: {what}. {_anew(data)}') from None


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The object in a file, if it is a map or a sweep of this format."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        inside = [Path(path) / name for name in _FILES if (Path(path) / name).is_file()]
        there = f'give "{inside[0]}"' if inside else _GIVE
        raise GrokphaseError(f'"{path}" was not read: {document.reason(error)}; {there}.') from None
    except ValueError:  # of the text's encoding too
        raise GrokphaseError(f'"{path}" is no JSON, or only a part of it; {_GIVE}.') from None
    known = ({"axes", "phase", "measured"}, {"axes", "runs", "survival"})
    if not (isinstance(data, dict) and any(some <= data.keys() for some in known)):
        raise GrokphaseError(f'"{path}" holds no map and no sweep; {_GIVE}.')
    version = data.get("format", 1)
    if version == 1:
        raise GrokphaseError(
            f'"{path}" is of an older grokphase, which did not keep all of it. {_anew(data)}'
        )
    if version != document.FORMAT:
        raise GrokphaseError(
            f'"{path}" has the format {version}, and this grokphase reads {document.FORMAT}: '
            "it takes a newer one."
        )
    return data


def _anew(data: Mapping[str, Any]) -> str:
    """How a file is written anew."""
    command = data.get("command")
    line = f": {command}" if isinstance(command, str) and command else "."
    return f"The command that made it writes it anew, and finds its runs in the store{line}"
