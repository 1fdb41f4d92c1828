"""Where studies are found: here, in folders that are named, in other packages."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.studies.conftest import FAKE

from grokphase import GrokphaseError, presets, studies
from grokphase.studies import discovery
from grokphase.studies.functions import function


def test_in_this_package():
    assert studies.study("liu2022").package == "grokphase.studies.liu2022"


def test_in_a_folder_of_studies_or_a_study_itself(tmp_path: Path):
    shutil.copytree(FAKE, tmp_path / "mine" / "body2026")
    for folder in (tmp_path / "mine", tmp_path / "mine" / "body2026"):
        with studies.studies_of(folder):
            assert "body2026" in studies.names()
            assert function(studies.study("body2026"), "study:two")({}).value == 2
    assert "body2026" not in studies.names()


def test_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(FAKE, tmp_path / "body2026")
    monkeypatch.setenv("GROKPHASE_STUDIES", str(tmp_path))
    assert "body2026" in studies.names()


def test_in_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An installed package offers one by an entry point; its modules are imported as its own."""
    package = tmp_path / "theirs" / "body2026"
    shutil.copytree(FAKE, package)
    (package / "__init__.py").write_text("")
    (package.parent / "__init__.py").write_text("")
    installed = tmp_path / "theirs-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[grokphase.studies]\nbody2026 = theirs.body2026\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    discovery._points.cache_clear()
    try:
        found = studies.study("body2026")
        assert found.package == "theirs.body2026"
        assert function(found, "two")({}).value == 2
        assert "theirs.body2026.study" in sys.modules
    finally:
        discovery._points.cache_clear()


def test_two_folders_of_one_name_are_two_studies(tmp_path: Path):
    for place, number in (("first", "1 + 1"), ("second", "1 + 2")):
        shutil.copytree(FAKE, tmp_path / place / "body2026")
        module = tmp_path / place / "body2026" / "study.py"
        module.write_text(module.read_text().replace("1 + 1", number))
    found = []
    for place in ("first", "second"):
        with studies.studies_of(tmp_path / place):
            found.append(function(studies.study("body2026"), "two")({}).value)
    assert found == [2, 3]


def test_two_studies_of_one_name_at_once_are_refused(tmp_path: Path):
    shutil.copytree(FAKE, tmp_path / "liu2022")
    with (
        studies.studies_of(tmp_path),
        pytest.raises(GrokphaseError, match='two studies "liu2022"'),
    ):
        studies.names()


def test_a_folder_of_the_environment_that_has_none_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROKPHASE_STUDIES", "/nowhere")
    with pytest.raises(GrokphaseError, match='"/nowhere" has no study'):
        studies.names()


def test_names_that_python_cannot_import(tmp_path: Path):
    for name in ("with.dot", "with space", "étude-1"):
        shutil.copytree(FAKE, tmp_path / name)
    shutil.copytree(FAKE, tmp_path / ".hidden")
    with studies.studies_of(tmp_path):
        assert ".hidden" not in studies.names()
        for name in ("with.dot", "with space", "étude-1"):
            assert function(studies.study(name), "two")({}).value == 2


def test_a_package_that_cannot_be_read_hides_no_study(monkeypatch: pytest.MonkeyPatch):
    point = EntryPoint("theirs2026", "no_such_package.theirs", discovery.GROUP)
    monkeypatch.setattr(discovery, "_points", lambda: (point,))
    assert studies.study("liu2022").figures
    with pytest.raises(GrokphaseError, match="cannot be read: ModuleNotFoundError"):
        studies.study("theirs2026")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("fkae", 'no study "fkae"'),
        ("fake/fig99", 'no figure "fig99"; there are fig1, fig10'),
        ("fake/fig7", "it shows a transformer"),
        ("fake/belw", 'Did you mean "below"?'),
    ],
)
def test_what_there_is_not(fake: studies.Study, word: str, said: str):
    with pytest.raises(GrokphaseError) as raised:
        studies.parse_claims(word)
    assert said in str(raised.value)


def test_a_folder_without_a_study(tmp_path: Path):
    with pytest.raises(GrokphaseError, match=r"has no study: there is no paper\.toml"):
        studies.studies_of(tmp_path).__enter__()


def test_a_function_that_is_not_there(tmp_path: Path):
    shutil.copytree(FAKE, tmp_path / "fake")
    text = (tmp_path / "fake" / "paper.toml").read_text()
    (tmp_path / "fake" / "paper.toml").write_text(text.replace('"study:two"', '"study:twoo"'))
    with studies.studies_of(tmp_path):
        study = studies.study("fake")
        with pytest.raises(GrokphaseError, match='Did you mean "two"'):
            function(study, "study:twoo")
        with pytest.raises(GrokphaseError, match=r"has no elsewhere\.py"):
            function(study, "elsewhere.two")
        (tmp_path / "fake" / "broken.py").write_text("1 / 0")
        with pytest.raises(GrokphaseError, match=r"broken\.py cannot be read: ZeroDivisionError"):
            function(study, "broken.two")


def test_panels_are_letters_only(fake: studies.Study):
    assert [figure.id for figure in fake.select("fig1")] == ["fig1"]  # and not fig10
    with pytest.raises(GrokphaseError, match=r"there are fig1, fig10"):
        fake.select("fig")


def words_of(code: str) -> Iterator[str]:
    """The strings of some code but for its docstrings, and what it imports from."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value not in told
        ):
            yield node.value
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_nothing_outside_of_a_study_knows_a_paper_by_its_name():
    """But for the examples of the help, and presets, which are named by the same works."""
    root = discovery.HERE.parent
    known = set(studies.names()) - set(presets.names())
    named = re.compile(rf"\b({'|'.join(known)}|grokphase\.studies\.[a-z]+20\d\d)\b(?!-)")
    for path in root.rglob("*.py"):
        inside = path.relative_to(root)
        of_a_study = inside.parts[0] == "studies" and len(inside.parts) > 2
        if of_a_study or inside == Path("cli/examples.py"):
            continue
        if named.search(code := path.read_text(encoding="utf-8")):
            assert not [words for words in words_of(code) if named.search(words)], inside
