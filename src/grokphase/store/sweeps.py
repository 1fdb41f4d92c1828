"""Sweeps as files, one JSON a sweep, so that the catalog can be rebuilt with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grokphase.store.damage import changed_at
from grokphase.store.files import write_file
from grokphase.store.record import check_name


def now() -> str:
    """The present time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat()


def begun(folder: Path, sweep: str, spec: dict[str, Any], command: str) -> dict[str, Any]:
    """What the file of a sweep holds once it is begun, or begun again.

    Args:
        folder: the folder of the sweeps.
        sweep: its id.
        spec: JSON data that describes it.
        command: the line that runs it.

    Returns:
        The sweep; the time of its creation stays that of the first beginning.
    """
    old = load(path_of(folder, sweep))
    return {
        "id": sweep,
        "spec": spec,
        "command": command,
        "created": old["created"] if old else now(),
        "finished": None,
        "runs": old["runs"] if old else [],
    }


def finished(folder: Path, sweep: str, runs: Iterable[str]) -> dict[str, Any] | None:
    """What the file of a sweep holds once it is finished; None if it was never begun."""
    old = load(path_of(folder, sweep))
    return None if old is None else old | {"finished": now(), "runs": [*runs]}


def save(folder: Path, sweep: dict[str, Any]) -> int:
    """Writes the file of a sweep; returns when it was changed, in nanoseconds."""
    path = path_of(folder, sweep["id"])
    write_file(path, json.dumps(sweep).encode())
    return changed_at(path)


def load(path: Path) -> dict[str, Any] | None:
    """The sweep in a file; None if there is none or it is damaged."""
    try:
        sweep = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    keys = {"id", "spec", "command", "created", "finished", "runs"}
    return sweep if isinstance(sweep, dict) and keys <= sweep.keys() else None


def damaged(folder: Path, known: Mapping[str, int]) -> list[str]:
    """A sentence for each file of a sweep that cannot be read.

    Args:
        folder: the folder of the sweeps.
        known: sweep id -> when its file was changed, as of when it was read last.
    """
    changed = [
        path for path in sorted(folder.glob("*.json")) if changed_at(path) != known.get(path.stem)
    ]
    return [
        f"sweeps/{path.name} is damaged: the same command writes it anew; its runs are kept."
        for path in changed
        if load(path) is None
    ]


def path_of(folder: Path, sweep: str) -> Path:
    """The file of a sweep."""
    return folder / f"{check_name(sweep, 'Sweep')}.json"
