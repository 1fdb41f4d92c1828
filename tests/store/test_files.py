"""What survives a power cut: everything is synced, in an order in which nothing can be half."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.store.samples import make_record

from grokphase.store import Store
from grokphase.store.files import write_file


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch, synced: None) -> list[str]:
    """What is synced and renamed, by the suffix of a file or the name of a folder."""
    found: list[str] = []
    sync, rename = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        found.append("sync " + label(Path(os.readlink(f"/proc/self/fd/{descriptor}"))))
        sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        found.append("rename " + label(target))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return found


def label(path: Path) -> str:
    return path.name if path.is_dir() else path.suffix


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="needs /proc to tell which file is synced"
)


@needs_proc
def test_a_file_is_synced_then_named_then_its_folder_is_synced(
    tmp_path: Path, events: list[str]
) -> None:
    write_file(tmp_path / "a.json", b"one", b"", b"two")
    assert (tmp_path / "a.json").read_bytes() == b"onetwo"
    assert events == ["sync .json", "rename .json", f"sync {tmp_path.name}"]


@needs_proc
def test_runs_are_on_the_disk_before_the_catalog_lists_them(
    tmp_path: Path, events: list[str]
) -> None:
    with Store.open(tmp_path / "s") as store:
        connection = store._session._catalog._connection  # type: ignore[union-attr]
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        connection.set_trace_callback(lambda sql: events.append(sql.split()[0]))
        events.clear()
        store.write([make_record(0, weights=True)])
    assert [event for event in events if event not in ("SELECT", "INSERT", "DELETE")] == [
        "sync .safetensors",
        "rename .safetensors",
        "sync weights",
        "sync .parquet",
        "rename .parquet",
        "sync shards",
        "BEGIN",
        "COMMIT",
    ]


@needs_proc
def test_old_shards_go_after_the_catalog_has_forgotten_them(
    tmp_path: Path, events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = os.unlink

    def unlink(path: Path) -> None:
        events.append(f"unlink {'draft' if path.name.startswith('.tmp-') else path.suffix}")
        remove(path)

    with Store.open(tmp_path / "s") as store:
        store.write([make_record(0)])
        store.write([make_record(1)])
        monkeypatch.setattr(os, "unlink", unlink)
        store._session._catalog._connection.set_trace_callback(  # type: ignore[union-attr]
            lambda sql: events.append(sql.split()[0])
        )
        events.clear()
        store.compact()
        order = [event for event in events if event in ("COMMIT", "unlink .parquet", "sync shards")]
    assert order[:4] == ["sync shards", "COMMIT", "unlink .parquet", "unlink .parquet"]


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "a.json", b"old")

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
