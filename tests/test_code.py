"""The digest of code: what a function refers to changes it, wherever that stands."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from grokphase.code import digest, is_installed_file

#: Code in which VALUE is what a function `f` depends on, one way each.
WAYS = {
    "constant": "K = VALUE\ndef f(): return K",
    "default": "K = VALUE\ndef f(x=K): return x",
    "keyword default": "def f(*, x=VALUE): return x",
    "closure": "def mk(k):\n def f(): return k\n return f\nf = mk(VALUE)",
    "second of two closures": "def mk(k):\n return lambda: k\na, b = mk(7), mk(VALUE)\n"
    "def f(): return a(), b()",
    "first of two closures": "def mk(k):\n return lambda: k\na, b = mk(VALUE), mk(7)\n"
    "def f(): return a(), b()",
    "called function": "def g(): return VALUE\ndef f(): return g()",
    "partial": "from functools import partial\ndef g(k): return k\nh = partial(g, k=VALUE)\n"
    "def f(): return h()",
    "argument of a decorator": "def by(k):\n def d(g):\n  return lambda: g() + k\n return d\n"
    "@by(VALUE)\ndef g(): return 1\ndef f(): return g()",
    "body of a decorator": "from functools import wraps\ndef d(g):\n @wraps(g)\n def h(): "
    "return g() + VALUE\n return h\n@d\ndef f(): return 1",
    "cached": "from functools import lru_cache\n@lru_cache\ndef g(): return VALUE\n"
    "def f(): return g()",
    "list of functions": "def g(): return VALUE\nD = [{'a': g}]\ndef f(): return D[0]['a']()",
    "instance": "class A:\n def __init__(self, k): self.k = k\na = A(VALUE)\ndef f(): return a.k",
    "slots": "class A:\n __slots__ = ('k',)\na = A()\na.k = VALUE\ndef f(): return a.k",
    "class of an instance": "class A:\n def g(self): return VALUE\na = A()\ndef f(): return a.g()",
    "bound method": "class A:\n k = VALUE\n def g(self): return self.k\ng = A().g\n"
    "def f(): return g()",
    "class attribute": "W = VALUE\nclass A:\n w = W\ndef f(): return A.w",
    "property": "class A:\n @property\n def w(self): return VALUE\ndef f(): return A().w",
    "cached property": "from functools import cached_property\nclass A:\n @cached_property\n"
    " def w(self): return VALUE\ndef f(): return A().w",
    "static method": "class A:\n @staticmethod\n def w(): return VALUE\ndef f(): return A.w()",
    "nested class": "class A:\n class B:\n  w = VALUE\ndef f(): return A.B.w",
    "base class": "class A:\n w = VALUE\nclass B(A): pass\ndef f(): return B.w",
    "default factory": "from dataclasses import dataclass, field\n@dataclass\nclass A:\n"
    " k: int = field(default_factory=lambda: VALUE)\ndef f(): return A()",
    "enumeration": "from enum import Enum\nclass A(Enum):\n x = VALUE\ndef f(): return A.x",
    "array": "import numpy as np\nK = np.array([VALUE])\ndef f(): return K",
    "array of objects": "import numpy as np\nK = np.array([[VALUE], 's'], dtype=object)\n"
    "def f(): return K",
    "path": "from pathlib import Path\nK = Path(str(VALUE))\ndef f(): return K",
    "fraction": "from fractions import Fraction\nK = Fraction(VALUE, 3)\ndef f(): return K",
    "set": "K = {VALUE, 10, 11}\ndef f(): return K",
    "singledispatch": "from functools import singledispatch\n@singledispatch\ndef g(x): return 0\n"
    "@g.register\ndef _(x: int): return VALUE\ndef f(): return g(1)",
    "inner function": "def f():\n def g(): return VALUE\n return g",
    "name version": "def version(): return VALUE\nf = version",
}


def found(text: str, name: str = "somewhere") -> str:
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        exec(text, module.__dict__)
        return digest(module.f)
    finally:
        del sys.modules[name]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_function_depends_on_changes_it(way: str) -> None:
    one, other = (WAYS[way].replace("VALUE", value) for value in ("2", "5"))
    assert found(one) != found(other)
    assert found(one) == found(one), "and nothing else does"
    assert found(one) == found(one, "elsewhere"), "nor what its module is called"


@pytest.mark.parametrize(
    "use",
    [
        "import helper_of_f\n    return helper_of_f.level",
        "from helper_of_f import level\n    return level",
        "import pack_of_f.deep\n    return pack_of_f.deep.g()",
        "from pack_of_f import deep\n    return deep.g()",
    ],
)
def test_modules_imported_in_a_function_are_part_of_it(
    use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pack_of_f").mkdir()

    def with_level(level: int) -> Any:
        for name in [each for each in sys.modules if each.endswith("_of_f") or "pack_of_f" in each]:
            del sys.modules[name]
        (tmp_path / "helper_of_f.py").write_text(f"level = {level}\n")
        (tmp_path / "pack_of_f" / "__init__.py").write_text("")
        (tmp_path / "pack_of_f" / "deep.py").write_text(f"def g():\n    return {level}\n")
        for cache in tmp_path.rglob("__pycache__"):
            for file in cache.iterdir():
                file.unlink()
        return found(f"def f():\n    {use}\n")

    assert with_level(2) != with_level(5)
    assert with_level(2) == with_level(2)


def test_installed_code_is_known_wherever_packages_lie() -> None:
    import json

    import numpy

    assert is_installed_file(numpy.__file__)
    assert is_installed_file(json.__file__)
    assert is_installed_file("/home/me/.local/lib/python3.12/site-packages/torch/nn.py")
    assert not is_installed_file("/home/me/work/torch/nn.py")
    assert not is_installed_file(None)
