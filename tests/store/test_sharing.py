"""Two processes and one store: one writes, the others are told so, or read beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.store.helpers import process, say, tell
from tests.store.samples import assert_same, make_record, run_id

from grokphase.errors import GrokphaseError
from grokphase.store import Store, StoreLocked

HOLDER = "tests.store.holder"


def test_the_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with process(HOLDER, folder) as holder:
        said = say(holder, "open")
        with pytest.raises(StoreLocked) as caught:
            Store.open(folder)
        error = caught.value
        assert isinstance(error, GrokphaseError)
        assert said == f"open {error.pid}"
        assert error.host == socket.gethostname()
        assert error.since.startswith("20")
        for part in (str(error.pid), error.host, error.since, "--wait 60", "wait=60", "read_only"):
            assert part in str(error)
        with Store.open(folder, read_only=True) as store:
            assert store.count() == 0


def test_the_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with process(HOLDER, folder) as holder:
        say(holder, "open")
        threading.Timer(0.2, tell, (holder, "close")).start()
        with Store.open(folder, wait=60) as store:
            store.write([make_record()])
            assert store.count() == 1


def test_kill_9_frees_the_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with process(HOLDER, folder) as holder:
        say(holder, "open")
        holder.kill()
        holder.wait()
        with Store.open(folder) as store:
            assert store.check() == []
            with pytest.raises(StoreLocked, match=f"process {os.getpid()} on"):
                Store.open(folder, wait=0.01)


def test_a_child_does_not_hold_the_store(tmp_path: Path) -> None:
    # As a worker process may that outlives its parent: a fork by "fork", a start by "start".
    for verb in ("fork", "start"):
        with process(HOLDER, tmp_path / "store") as holder:
            say(holder, "open")
            child = int(say(holder, verb))
            holder.kill()
            holder.wait()
            try:
                # A fork closes its copy of the lock as soon as it gets to run.
                Store.open(tmp_path / "store", wait=60).close()
            finally:
                os.kill(child, signal.SIGKILL)


def test_readers_beside_a_writer_see_whole_runs(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with process(HOLDER, folder) as holder:
        say(holder, "open")
        done = threading.Thread(target=say, args=(holder, "write 20"))
        done.start()
        seen, looks = 0, 0
        with Store.open(folder, read_only=True) as store:
            while done.is_alive() or looks == 0:
                count = store.count()
                assert count >= seen
                seen, looks = count, looks + 1
                if count:
                    check_a_look(store, count)
            done.join()
            assert store.count() == 20
            assert store.check() == []
            assert store.notes == []
        tell(holder, "close")
        assert holder.wait() == 0


def check_a_look(store: Store, count: int) -> None:
    """What one look at a store that is being written must show."""
    last = count - 1
    assert_same(store.get(run_id(last)), make_record(last, weights=last % 2 == 0))
    assert store.runs(limit=1)[0]["steps_trained"] >= 10_000 + last
    ((found, distinct),) = store.query("SELECT count(*), count(DISTINCT id) FROM runs").rows
    assert found == distinct
    assert found >= count
    with Store.open(store.path, read_only=True) as other:
        assert other.notes == []
        assert other.count() >= count


def test_a_reader_does_not_stop_the_writer(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as writer:
        writer.write([make_record(n) for n in range(3)])
        with Store.open(tmp_path / "s", read_only=True) as reader:
            found = reader.records([run_id(0)])
            writer.remove([run_id(0)])
            writer.write([make_record(3)])
            writer.compact()
            assert reader.existing([run_id(0), run_id(3)]) == {run_id(3)}
            assert_same(reader.get(run_id(2)), make_record(2))
            assert_same(found[0], make_record(0))
            with pytest.raises(GrokphaseError, match="No run"):
                reader.get(run_id(0))


def test_a_commit_that_was_cut_off_is_undone_by_whoever_comes(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with Store.open(folder) as store:
        store.write([make_record(n) for n in range(3)])
    # SQLite spills into its file in the middle of a transaction if its cache is this small.
    script = """if True:
        import os, signal, sqlite3, sys
        c = sqlite3.connect(sys.argv[1], isolation_level=None)
        c.execute("PRAGMA cache_size = 1")
        c.execute("BEGIN IMMEDIATE")
        c.execute("DELETE FROM runs")
        many = "INSERT INTO condemned VALUES (?)"
        c.executemany(many, [(f"{n}" + "x" * 900,) for n in range(99)])
        os.kill(os.getpid(), signal.SIGKILL)
    """
    catalog = folder / "catalog.sqlite"
    subprocess.run([sys.executable, "-c", script, catalog], check=False)
    assert (folder / "catalog.sqlite-journal").stat().st_size > 0
    with Store.open(folder, read_only=True) as store:
        assert store.count() == 3
        assert store.notes == []
    with Store.open(folder) as store:
        assert store.count() == 3
        assert store.check() == []
