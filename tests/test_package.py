"""The package as a whole: what it imports, exports, documents and ships."""

from __future__ import annotations

import doctest
import importlib
import importlib.metadata
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import grokphase as gp

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "grokphase"

#: Parts that a reader of results needs, on machines where importing JAX takes a second or fails.
LIGHT = ("errors", "tasks", "theory", "store", "phases", "plotting", "web")
#: The one module of a light part that trains.
HEAVY = ("grokphase.phases.mapping",)


def module_names() -> list[str]:
    """Every module of the package, found without importing one of them."""
    found = pkgutil.walk_packages([str(SOURCE)], "grokphase.")
    return ["grokphase", *sorted(module.name for module in found)]


def is_light(name: str) -> bool:
    """Whether a module promises not to import JAX."""
    parts = name.split(".")
    return len(parts) > 1 and parts[1] in LIGHT and name not in HEAVY


def is_class_or_function(name: str) -> bool:
    """Whether a name of the top level is neither a subpackage nor a value such as the version."""
    return not (name.startswith("_") or (SOURCE / name).is_dir())


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def public_names(module: ModuleType) -> list[str]:
    """The names a module offers, itself having defined them."""
    names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    return [
        name
        for name in names
        if getattr(vars(module).get(name), "__module__", None) == module.__name__
    ]


def test_import_leaves_jax_out():
    heavy = ("jax", "equinox", "optax", "matplotlib", "duckdb", "scipy", "pandas", "torch")
    code = f"import sys, grokphase; print([m for m in {heavy!r} if m in sys.modules])"
    assert run_python(code) == "[]"


def test_command_line_starts_without_jax():
    code = (
        "import sys; from grokphase.cli import main; sys.stdout.flush()\n"
        "code = main(['--help']); print('jax' in sys.modules, code)"
    )
    assert run_python(code).splitlines()[-1] == "False 0"


def test_light_modules_do_not_import_jax():
    light = [name for name in module_names() if is_light(name)]
    assert len(light) > len(LIGHT)
    code = f"""
import importlib, sys
for name in {light!r}:
    importlib.import_module(name)
    if "jax" in sys.modules:
        print(name, "imports jax")
        break
"""
    assert run_python(code) == ""


def test_version_is_the_one_in_pyproject():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert gp.__version__ == declared
    assert importlib.metadata.version("grokphase") == declared


def test_ships_typed_marker():
    assert (SOURCE / "py.typed").is_file()


def test_every_public_name_exists():
    missing = [name for name in gp.__all__ if not hasattr(gp, name)]
    assert missing == []
    assert set(gp.__all__) <= set(dir(gp))


@pytest.mark.parametrize("name", ["train", "phase_map", "task", "Split", "Toy", "MLP", "Recipe"])
def test_top_level_offers(name: str):
    assert callable(getattr(gp, name))


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="phase_mop"):
        _ = gp.phase_mop  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [n for n in gp.__all__ if is_class_or_function(n)])
def test_public_name_has_docstring_with_example(name: str):
    doc = inspect.getdoc(getattr(gp, name)) or ""
    assert len(doc.split("\n\n")) > 1, f"{name} has no description beyond one line"
    assert name.endswith("Error") or ">>>" in doc, f"{name} has no runnable example"


@pytest.mark.parametrize("name", module_names())
def test_module_and_public_names_are_documented(name: str):
    module = importlib.import_module(name)
    assert inspect.getdoc(module), f"{name} has no docstring"
    bare = [n for n in public_names(module) if not inspect.getdoc(getattr(module, n))]
    assert bare == []


@pytest.mark.parametrize("name", [n for n in module_names() if n != "grokphase.__main__"])
def test_docstring_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    outcome = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.failed == 0
