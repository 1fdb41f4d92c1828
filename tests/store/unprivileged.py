"""A process that opens a read-only store with the rights of nobody, and prints what came of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import duckdb  # noqa: F401 - read before the right to is given up
import safetensors.numpy  # noqa: F401
from tests.store.samples import run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store

NOBODY = 65534


def read(folder: Path) -> dict[str, object]:
    with Store.open(folder, read_only=True) as store:
        return {
            "count": store.count(),
            "weights": [*(store.get(run_id(1)).weights or {})],
            "phases": len(store.query("SELECT phase FROM runs GROUP BY phase")),
            "check": store.check(),
        }


def refusal(folder: Path) -> str:
    try:
        Store.open(folder).close()
    except GrokphaseError as error:
        return str(error)
    return "it was opened"


if __name__ == "__main__":
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    folder = Path(sys.argv[1])
    answers = {"read": read(folder), "written": refusal(folder), "created": refusal(folder / "new")}
    print(json.dumps(answers), flush=True)
