"""``grokphase doctor``: is this machine, its numerics and the store sound?"""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Annotated

from grokphase.cli.options import COMMON, Common, Flag
from grokphase.cli.output import print_json, print_table
from grokphase.cli.stores import refuse_unless_there
from grokphase.errors import GrokphaseError

PROBLEM_FOUND = 1
_PACKAGES = (
    "grokphase",
    "jax",
    "jaxlib",
    "equinox",
    "optax",
    "numpy",
    "scipy",
    "duckdb",
    "safetensors",
    "matplotlib",
    "cyclopts",
    "rich",
)
_OPTIONAL = ("torch", "distributed", "pandas", "polars", "xarray")


def doctor(*, rebuild: Annotated[bool, Flag] = False, common: Common = COMMON) -> int:
    """Check the environment, the numerics and the store.

    Exit code 1 if a check fails; what a rebuild put right is told, and fails no check. The
    numerics check compares compiled, uncompiled and NumPy results, because some versions of JAX
    compute wrong numbers on a CPU.

    Args:
        rebuild: Write the catalog of the store anew from its shards first.
    """
    repaired, problems = _store(common, rebuild)  # first, as it may be refused
    environment = _environment()
    numerics = _numerics()
    sound = all(check["ok"] for check in numerics) and not problems
    if common.json:
        store = {
            "path": common.store,
            "exists": common.store.exists(),
            "repaired": repaired,
            "problems": problems,
        }
        print_json({"ok": sound, "environment": environment, "numerics": numerics, "store": store})
    else:
        _print(environment, numerics, common.store, repaired, problems)
    return 0 if sound else PROBLEM_FOUND


def _environment() -> dict[str, object]:
    import jax

    from grokphase.training.device import jax_platform

    jax_platform()  # or a sentence
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "devices": [str(device) for device in jax.devices()],
        "packages": {name: _version(name) for name in (*_PACKAGES, *_OPTIONAL)},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _numerics() -> list[dict[str, object]]:
    from grokphase.training import numerics

    found = numerics.check_where_runs_are_trained()
    return [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in found]


def _store(common: Common, rebuild: bool) -> tuple[list[str], list[str]]:
    """What was put right in the store, and its problems; neither where there is no store yet."""
    from grokphase.store import Store

    if not common.store.exists():
        return [], []
    if rebuild:
        refuse_unless_there(common.store)
        with Store.open(common.store, wait=common.wait) as store:
            store.rebuild()
            return store.notes, store.check()
    try:
        with Store.open(common.store, read_only=True) as store:
            return [], store.check()
    except GrokphaseError as error:  # a finding, like the others
        return [], [str(error)]


def _print(
    environment: dict[str, object],
    numerics: list[dict[str, object]],
    path: Path,
    repaired: list[str],
    problems: list[str],
) -> None:
    packages = environment.pop("packages")
    print_table(["environment", ""], [*environment.items(), *dict(packages).items()])  # type: ignore[call-overload]
    print()
    rows = [(c["check"], "ok" if c["ok"] else "FAILS", c["detail"]) for c in numerics]
    print_table(["numerics", "", ""], rows)
    print()
    found = [*(("repaired", each) for each in repaired), *(("problem", each) for each in problems)]
    print_table(["store", str(path)], [("state", _state(path, repaired, problems)), *found])


def _state(path: Path, repaired: list[str], problems: list[str]) -> str:
    if not path.exists():
        return "no store here yet"
    return "FAILS" if problems else "repaired" if repaired else "ok"
