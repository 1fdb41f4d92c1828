"""The package as a whole: what it imports, exports, documents and ships."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.metadata
import inspect
import operator
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import grokphase as gp
from grokphase.showing import WAYS, shown_by
from grokphase.workers.kinds import OURS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "grokphase"

#: Parts that a reader of results needs, on machines where importing JAX takes a second or fails.
LIGHT = (
    *(
        "errors",
        "checks",
        "counting",
        "files",
        "frames",
        "plain",
        "showing",
        "scripts",
        "code",
        "workers",
        "tasks",
        "theory",
        "store",
        "phases",
    ),
    *("telling", "plotting", "web", "trainers", "estimators", "corpora", "forecasting", "watch"),
)

#: Which parts each part may import, from the bottom up: a part stands below those that import it.
LAYERS: dict[str, set[str]] = {
    "errors": set(),
    "checks": {"errors"},
    "counting": set(),
    "files": set(),
    "frames": {"errors"},
    "plain": set(),
    "showing": set(),
    "scripts": {"errors"},
    "code": set(),
    "numerics": set(),
    "workers": {"errors"},
    "presets": {"errors"},
    "store": {"errors", "counting", "files", "frames", "showing"},
    "phases": {"errors", "counting", "checks", "plain", "showing"},
    "tasks": {"errors"},
    "theory": {"errors", "tasks"},
    "models": {"errors", "code", "tasks"},
    "measures": {"errors", "checks", "scripts", "code", "tasks", "models", "phases"},
    "accelerators": {"errors", "checks", "code", "tasks", "models", "measures"},
    "trainers": {"errors", "checks", "scripts", "code", "store", "phases", "workers"},
    "telling": {"errors", "counting", "files", "frames", "phases"},
    "forecasting": {
        *("errors", "checks", "files", "frames", "showing", "store", "phases", "theory"),
        *("counting", "telling"),
    },
    "watch": {"errors", "checks", "store", "phases", "trainers", "telling", "forecasting"},
    "training": {
        *("errors", "checks", "frames", "showing", "numerics", "tasks", "models", "measures"),
        *("store", "phases", "telling", "workers", "trainers", "presets", "forecasting"),
        *("counting", "accelerators"),
    },
    "plotting": {"errors", "counting", "files", "phases", "telling", "forecasting"},
    "corpora": {"errors", "frames", "store"},
    "mapping": {
        *("errors", "checks", "files", "tasks", "models", "store", "phases", "telling", "workers"),
        *("trainers", "training", "forecasting", "corpora", "counting"),
    },
    "races": {
        *("errors", "checks", "frames", "showing", "scripts", "tasks", "models", "store", "phases"),
        *("telling", "workers", "training", "plotting", "corpora", "mapping", "plain", "counting"),
    },
    "web": {"errors", "counting", "files", "store", "phases", "telling", "plotting"},
    "estimators": {"errors", "theory"},
    "studies": {
        *("errors", "files", "plain", "numerics", "tasks", "theory", "models", "measures"),
        *("counting", "store", "phases", "telling", "plotting", "training", "mapping", "workers"),
        "estimators",
    },
    "cli": {
        *("errors", "files", "plain", "tasks", "theory", "models", "measures", "store", "phases"),
        *("telling", "plotting", "training", "trainers", "workers", "mapping", "web"),
        *("estimators", "studies", "presets", "corpora", "forecasting", "races", "counting"),
    },
}
#: Parts whose public names each have a docstring with an example, as those of the top level do.
DOCUMENTED = ("theory", "measures")
#: Modules that import by a name in a text, where no other test sees it: the package, which loads
#: its parts when asked, and the table by which results show themselves.
BY_NAME = {"grokphase", "grokphase.showing"}


def module_names() -> list[str]:
    """Every module of the package, found without importing one of them."""
    paths = (path.relative_to(SOURCE).with_suffix("") for path in SOURCE.rglob("*.py"))
    return sorted(".".join(("grokphase", *path.parts)).removesuffix(".__init__") for path in paths)


def is_light(name: str) -> bool:
    """Whether a module promises not to import JAX."""
    parts = name.split(".")
    return len(parts) > 1 and parts[1] in LIGHT


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


#: Parts of SciPy that take a tenth of a second to import; `scipy.stats` longer than JAX.
HEAVY = tuple(
    f"scipy.{part}"
    for part in ("integrate", "ndimage", "optimize", "signal", "sparse", "spatial", "stats")
)


def test_what_is_heavy_of_scipy_is_imported_where_it_is_used():
    """A worker needs none of it to train."""
    eager = [
        name
        for name in module_names()
        if not name.startswith("grokphase.studies.")
        for node in tree_of(name).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        if any(found.startswith(HEAVY) for found in third_parties(node))
    ]
    assert eager == []


def third_parties(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The dotted names that an import brings."""
    home = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return [f"{home}{alias.name}" for alias in node.names]


def layer_of(module: str) -> str:
    """The part that a module belongs to, "" for the package itself."""
    return "".join(module.split(".")[1:2])


def imported(tree: ast.AST, when: str = "import") -> Iterator[tuple[str, str]]:
    """Modules of ours that code imports, and when: at its import, late in a function, for types."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = []
        yield from ((name, when) for name in names if name.split(".")[0] == "grokphase")
        inside = when
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = "late"
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            inside = "types"
        yield from imported(node, inside)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Those that stand in a statement: what stands in an expression imports nothing."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        found = getattr(tree, part, ())
        yield from found if isinstance(found, list) else ()


def path_of(name: str) -> Path:
    """Where the code of a module is."""
    path = SOURCE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def tree_of(name: str) -> ast.Module:
    """The code of a module."""
    return ast.parse(path_of(name).read_text(encoding="utf-8"))


@cache
def imports_of(name: str) -> tuple[tuple[str, str], ...]:
    """What a module imports of ours, and when."""
    return tuple(imported(tree_of(name)))


def going_up(name: str) -> Iterator[str]:
    """What a module imports that stands above it."""
    above, order = layer_of(name), list(LAYERS)
    for module, when in imports_of(name):
        below = layer_of(module)
        if below not in LAYERS or below == above:  # the package's own names, its own modules
            continue
        if when == "types":  # of whatever stands below; the package's own are of all its parts
            allowed = set(order[: order.index(above)] if above in order else order)
        else:
            allowed = {"errors"} if name == "grokphase" else LAYERS.get(above, {"cli"})
        if below not in allowed:
            yield f"{name} imports {module}"


def test_imports_go_down():
    names = module_names()
    assert len(names) > 300
    assert [each for name in names for each in going_up(name)] == []


def arrows_of(*when: str) -> dict[str, set[str]]:
    """What each module but the package itself imports then."""
    names = set(module_names()) - {"grokphase"}
    arrows: dict[str, set[str]] = {}
    for name in names:
        found = (module for module, at in imports_of(name) if at in when)
        below = {each if each in names else each.rpartition(".")[0] for each in found}
        arrows[name] = (below & names) - {name}
    return arrows


def circles(*when: str) -> list[str]:
    """Modules that import each other, each with those of its circle that it imports then."""
    arrows = arrows_of(*when)
    names = set(arrows)
    ahead = {name: reached(arrows, name) for name in names}
    back = {name: sorted(each for each in arrows[name] if name in ahead[each]) for name in names}
    return [f"{name} imports {', '.join(back[name])}" for name in sorted(names) if back[name]]


def reached(arrows: dict[str, set[str]], start: str) -> set[str]:
    """What a module imports, and what that imports, and so on."""
    found: set[str] = set()
    ahead = {start}
    while ahead:
        ahead = {below for each in ahead for below in arrows[each]} - found
        found |= ahead
    return found


def test_a_worker_that_trains_imports_neither_forecasts_nor_theory():
    """With which SciPy would come: a third of the time of its start."""
    arrows = arrows_of("import")
    for name, below in arrows.items():  # a module is imported with the folders that it is in
        below.update({name.rpartition(".")[0]} - {"grokphase"})
    found = {layer_of(name) for name in reached(arrows, OURS.preload)}
    assert {"training", "models", "store"} <= found
    assert not found & {"forecasting", "theory", "plotting", "cli"}


@pytest.mark.parametrize("when", [("import",), ("import", "late"), ("import", "late", "types")])
def test_no_modules_import_each_other(when: tuple[str, ...]):
    assert circles(*when) == []


def test_a_circle_is_found(monkeypatch: pytest.MonkeyPatch):
    code = {
        "grokphase.one": "from grokphase.two import b",
        "grokphase.two": "def f():\n    from grokphase import three",
        "grokphase.three": "if TYPE_CHECKING:\n    import grokphase.one",
    }
    trees = {name: ast.parse(lines) for name, lines in code.items()}
    monkeypatch.setitem(globals(), "module_names", lambda: list(trees))
    monkeypatch.setitem(globals(), "tree_of", trees.get)
    assert circles("import", "late") == []
    assert circles("import", "late", "types") == [
        "grokphase.one imports grokphase.two",
        "grokphase.three imports grokphase.one",
        "grokphase.two imports grokphase.three",
    ]


def test_no_rooms_import_each_other():
    """Not late in a function and not for types either."""
    rooms: dict[str, set[str]] = {}
    for name in module_names():
        for module, _ in imports_of(name):
            rooms.setdefault(layer_of(name), set()).add(layer_of(module))
    both = {(a, b) for a in rooms for b in rooms[a] if a < b and a in rooms.get(b, ())}
    assert both == set()


def test_nothing_is_imported_by_a_name_in_a_text_elsewhere():
    found = {
        name
        for name in module_names()
        if "import_module" in path_of(name).read_text(encoding="utf-8")
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")
        for text in map(ast.unparse, node.args)
        if "grokphase" in text
    }
    assert found == BY_NAME


@pytest.mark.parametrize(
    ("of", "way", "by"), [(of, way, by) for of, ways in WAYS.items() for way, by in ways.items()]
)
def test_a_result_is_shown_by_a_function_above_it(of: str, way: str, by: str):
    (home, _, kind), (room, _, name) = (each.rpartition(".") for each in (of, by))
    order = list(LAYERS)
    above, below = (layer_of(f"grokphase.{module}") for module in (room, home))
    assert order.index(above) > order.index(below) or above == below != "phases"
    function = getattr(importlib.import_module(f"grokphase.{room}"), name)
    given = [each.annotation for each in inspect.signature(function).parameters.values()]
    result = importlib.import_module(f"grokphase.{home}")
    said = given[1] if way == "axes" else given[0]
    assert kind in said or (kind == "Run" and "RunRecord" in said)
    assert issubclass(type(shown_by(object.__new__(getattr(result, kind)), way)), type(function))


def modules_of(kind: str) -> set[str]:
    """Those of a class of results and of what it derives from."""
    home, _, name = kind.rpartition(".")
    bases = getattr(importlib.import_module(f"grokphase.{home}"), name).__mro__
    return {base.__module__ for base in bases if base.__module__.startswith("grokphase.")}


def test_each_of_its_ways_is_used_by_a_result():
    asked = {
        (of, node.args[1].value)
        for of in WAYS
        for module in modules_of(of)
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "shown_by"
        and isinstance(node.args[1], ast.Constant)
    }
    assert asked == {(of, way) for of, ways in WAYS.items() for way in ways}


def test_one_that_derives_from_a_result_is_shown_as_it():
    from grokphase.phases.survival import Survival

    own = type("Own", (Survival,), {})
    assert shown_by(object.__new__(own), "text").__module__ == "grokphase.telling.survival"


def test_the_page_on_the_house_names_every_part_in_the_order_of_the_arrows():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+(?:/|\.py))` \|", page, re.MULTILINE)
    files = {path.name for path in SOURCE.glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {f"{path.parent.name}/" for path in SOURCE.glob("*/*.py")}
    assert sorted(named) == sorted(files | folders)
    parts = [name.removesuffix(".py").rstrip("/") for name in named]
    assert parts == [part for part in LAYERS if part in parts]
    for path in re.findall(r"`(\w+/\w+\.py)`", page):
        assert (SOURCE / path).is_file() or (ROOT / path).is_file(), path


def test_no_layer_imports_one_above_it():
    order = list(LAYERS)
    for above, allowed in LAYERS.items():
        assert allowed <= set(order[: order.index(above)]), above
    parts = {layer_of(name) for name in module_names()} - {"", "__main__"}
    assert parts == set(LAYERS), "a part is missing here, or one too many"


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


@pytest.mark.parametrize("name", ["train", "phase_map", "load", "open", "task", "Split", "Toy"])
def test_top_level_offers(name: str):
    assert callable(getattr(gp, name))


def test_a_star_import_leaves_the_open_of_python_alone():
    assert "open" not in gp.__all__
    assert "open" in dir(gp)


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="phase_mop"):
        _ = gp.phase_mop  # type: ignore[attr-defined]


def documented_names() -> list[str]:
    """Classes and functions of the top level, and of the parts that list their public names."""
    names = [name for name in gp.__all__ if is_class_or_function(name)]
    for part in DOCUMENTED:
        module = importlib.import_module(f"grokphase.{part}")
        kept = [
            name
            for name in module.__all__
            if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))
        ]
        names += [f"{part}.{name}" for name in kept]
    return names


@pytest.mark.parametrize("name", documented_names())
def test_public_name_has_docstring_with_example(name: str):
    doc = inspect.getdoc(operator.attrgetter(name)(gp)) or ""
    assert len(doc.split("\n\n")) > 1, f"{name} has no description beyond one line"
    assert name.endswith("Error") or ">>>" in doc, f"{name} has no runnable example"


def undocumented(name: str) -> Iterator[str]:
    """A module without a docstring, and names that it offers without one."""
    module = importlib.import_module(name)
    if not inspect.getdoc(module):
        yield name
    for each in public_names(module):
        if not inspect.getdoc(getattr(module, each)):
            yield f"{name}.{each}"


def test_modules_and_public_names_are_documented():
    assert [each for name in module_names() for each in undocumented(name)] == []


def with_examples() -> list[str]:
    """Modules with examples in their docstrings that are run."""
    lines = {
        name: path_of(name).read_text(encoding="utf-8").splitlines() for name in module_names()
    }
    return [
        name
        for name, all_ in lines.items()
        if any(">>> " in line and "+SKIP" not in line for line in all_)
    ]


@pytest.mark.parametrize("name", with_examples())
def test_docstring_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    outcome = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.attempted > outcome.failed == 0
