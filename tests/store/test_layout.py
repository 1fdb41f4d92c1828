"""What may be a store: nothing is written where there is none and cannot be one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.helpers import hear, process, tree
from tests.store.samples import make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store
from grokphase.store.layout import FORMAT, Layout


def newer(folder: Path) -> None:
    with Store.open(folder) as store:
        store.write([make_record()])
    (folder / "store.json").write_text(json.dumps({"format": FORMAT + 1}))


def a_file(folder: Path) -> None:
    folder.write_text("mine")


def other_files(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")


def other_folder(folder: Path) -> None:
    (folder / "shards").mkdir(parents=True)
    (folder / "shards" / "mine.txt").write_text("mine")


def spoiled_mark(folder: Path) -> None:
    newer(folder)
    (folder / "store.json").write_text("{}")


REFUSED = [
    (newer, f"format {FORMAT + 1} .* reads up to {FORMAT}: upgrade"),
    (a_file, "is a file"),
    (other_files, "not a grokphase store"),
    (other_folder, "not a grokphase store"),
    (spoiled_mark, "restore it"),
]


@pytest.mark.parametrize("read_only", [False, True], ids=["write", "read"])
@pytest.mark.parametrize(("prepare", "told"), REFUSED, ids=lambda x: getattr(x, "__name__", ""))
def test_refused_and_untouched(
    tmp_path: Path, prepare: Callable[[Path], None], told: str, read_only: bool
) -> None:
    folder = tmp_path / "store"
    prepare(folder)
    before = tree(tmp_path)
    with pytest.raises(GrokphaseError, match=told) as caught:
        Store.open(folder, read_only=read_only)
    assert str(caught.value).count("\n") == 0
    assert tree(tmp_path) == before


def test_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(GrokphaseError, match="There is no store"):
        Store.open(tmp_path / "none", read_only=True)
    with pytest.raises(GrokphaseError, match="is not a grokphase store"):
        Store.open(tmp_path, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_store_cannot_begin_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(GrokphaseError, match="is not a folder"):
        Store.open(tmp_path / "file" / "store")


def test_folders_are_created_on_the_way(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a" / "b" / "store") as store:
        assert store.count() == 0
    with Store.open(tmp_path / "a" / "b" / "store", read_only=True) as store:
        assert store.count() == 0


def test_an_empty_folder_and_a_half_made_store_become_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.lock.write_bytes(b"")
    layout.shards.mkdir()
    (tmp_path / ".tmp-12.json").write_bytes(b"{")
    with Store.open(tmp_path) as store:
        assert store.count() == 0
    assert not list(tmp_path.glob(".tmp-*"))


@pytest.mark.parametrize(
    "name", ["with space", "per%cent?", "[a-z]*", "quo'te\"d", "漢字", "a;b#c"]
)
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path / name / "store") as store:
        store.write([make_record(0, weights=True)])
        store.write([make_record(1)])
        store.compact()
        assert store.query("SELECT count(*) FROM runs").rows == [(2,)]
        store.export(tmp_path / name / "out.parquet")
        assert store.check() == []
    with Store.open(tmp_path / name / "store", read_only=True) as store:
        assert store.notes == []
        assert store.get(run_id(1)).id == run_id(1)


def test_a_relative_path_survives_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Store.open("store") as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.write([make_record(0)])
        assert store.query("SELECT count(*) FROM runs").rows == [(1,)]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_store_opened_for_reading_refuses_to_change(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.write([make_record(0)])
    before = tree(tmp_path)
    with Store.open(tmp_path / "s", read_only=True) as store:
        for change in (
            lambda: store.write([make_record(1)]),
            lambda: store.remove([run_id(0)]),
            lambda: store.compact(),
            lambda: store.rebuild(),
            lambda: store.begin_sweep("a", {}, ""),
            lambda: store.save_checkpoint("a", b""),
            lambda: store.drop_checkpoint("a"),
        ):
            with pytest.raises(GrokphaseError, match="for reading only"):
                change()
    assert tree(tmp_path) == before


def test_a_read_only_folder_can_be_read_and_not_written() -> None:
    # Permissions do not bind root, so the child gives up its rights first; pytest's own
    # temporary folders are closed to others, so this one lies elsewhere.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        with Store.open(folder) as store:
            store.write([make_record(n, weights=True) for n in range(3)])
        before = tree(folder)
        os.chmod(name, 0o755)
        for path in (folder, *folder.rglob("*")):
            os.chmod(path, 0o555 if path.is_dir() else 0o444)
        try:
            with process("tests.store.unprivileged", folder) as child:
                answers = json.loads(hear(child))
        finally:
            for path in (folder, *folder.rglob("*")):
                os.chmod(path, 0o755)
        assert answers["read"] == {"count": 3, "weights": ["embedding"], "phases": 3, "check": []}
        assert "is read-only" in answers["written"]
        assert "is read-only" in answers["created"]
        assert "\n" not in answers["written"]
        assert tree(folder) == before
