"""Worker processes: what they start with, what happens when one is lost, who may talk to them."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import grokphase as gp
from grokphase.workers import pool
from grokphase.workers.cores import cores, xla_threads
from grokphase.workers.kinds import OURS

#: As those that train, but they import nothing before a job: JAX would take seconds of each.
BARE = dataclasses.replace(OURS, preload=None)
call = functools.partial(pool.call, kind=BARE)


def seen(names: list[str], _: Any) -> list[str | None]:
    return [os.environ.get(name) for name in names]


def pid(_: Any) -> int:
    return os.getpid()


def end(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(_: Any) -> None:
    raise ZeroDivisionError("in a worker")


def fail_with_a_lock(_: Any) -> None:
    raise ValueError(threading.Lock())  # which cannot be pickled


def end_once(flag: Path, _: Any) -> str:
    if flag.exists():
        return "done"
    flag.touch()
    end(None)
    raise AssertionError


def test_nothing_that_changes_numbers_reaches_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JAX_ENABLE_X64", "XLA_FLAGS", "jax_debug_nans", "EQX_ON_ERROR"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NPROC", "16")
    monkeypatch.setenv("KEPT", "as it is")
    found = OURS.environment()
    assert not {"JAX_ENABLE_X64", "XLA_FLAGS", "jax_debug_nans", "EQX_ON_ERROR"} & found.keys()
    assert (found["NPROC"], found["JAX_PLATFORMS"], found["KEPT"]) == ("1", "cpu", "as it is")


def test_a_worker_has_one_thread_and_is_kept_for_the_next_job() -> None:
    assert call(functools.partial(seen, ["NPROC", "OMP_NUM_THREADS"])) == ["1", "1"]
    assert call(pid) == call(pid) != os.getpid()


@pytest.mark.parametrize(("given", "threads"), [("3", 3), ("0", None), ("many", None)])
def test_threads_are_those_that_xla_reads(
    given: str, threads: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPROC", given)
    assert xla_threads() == (threads or cores())


def test_an_error_in_a_worker_reaches_the_caller_with_where_it_was_raised() -> None:
    with pytest.raises(ZeroDivisionError, match="in a worker") as raised:
        call(fail)
    assert "in fail" in "".join(raised.value.__notes__)
    with pytest.raises(RuntimeError, match="ValueError"):
        call(fail_with_a_lock)
    assert call(pid) != os.getpid()


def test_a_lost_worker_is_replaced_once(tmp_path: Path) -> None:
    assert call(functools.partial(end_once, tmp_path / "flag")) == "done"
    with pytest.raises(gp.GrokphaseError, match=r"ended twice .*signal 9.*memory"):
        call(end)


def test_a_worker_that_has_ended_while_idle_is_not_given_work() -> None:
    os.kill(call(pid), signal.SIGKILL)
    assert call(pid) != os.getpid()


def test_two_threads_have_two_workers() -> None:
    with ThreadPoolExecutor(2) as threads, pool.hired(BARE) as busy:
        busy.give(pid)
        other = threads.submit(call, pid).result()
        assert busy.receive() == ("result", busy._process.pid)
        assert other != busy._process.pid


def test_a_worker_ends_with_its_parent() -> None:
    code = (
        "import os, signal\n"
        "from grokphase.workers.pool import Kind, hire\n"
        "print(hire(Kind(clean=True))._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    worker = int(done.stdout)
    for _ in range(600):
        if not is_running(worker):
            return
        time.sleep(0.1)
    raise AssertionError("the worker goes on")


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie, which some containers leave for ever."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    except OSError:  # no /proc on this system
        return subprocess.run(["ps", "-p", str(process)], capture_output=True).returncode == 0
    return state != "Z"


def start_another(parent: Any) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    parent.tell(child.pid)
    child.wait()


def test_what_a_worker_has_started_ends_with_it() -> None:
    with pool.hired(BARE) as worker:
        worker.give(start_another)
        _, child = worker.receive()
        assert is_running(child)
    until = time.monotonic() + 60
    while is_running(child):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_fork_leaves_the_workers_of_its_parent_alone() -> None:
    code = (
        "import os\n"
        "from grokphase.workers import pool\n"
        "pid = lambda parent: os.getpid()\n"
        "bare = pool.Kind(clean=True)\n"
        "ours = pool.call(pid, bare)\n"
        "if (child := os.fork()) == 0:\n"
        "    os._exit(len(pool._idle))\n"
        "print(os.waitpid(child, 0)[1], pool.call(pid, bare) == ours)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["0", "True"], done.stderr


def in_a_process(code: str, folder: Path, redirections: str = "") -> str:
    """What a script prints that is run from a folder, by a shell that may close its streams."""
    script = folder / "script.py"
    script.write_text(code)
    command = f"{sys.executable} {script} {redirections}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


JOB = (
    "from grokphase.workers.pool import call\n"
    "open('found', 'w').write(str(call(lambda parent: 6 * 7)))\n"
)


def test_a_worker_starts_where_standard_streams_are_closed(tmp_path: Path) -> None:
    in_a_process(JOB, tmp_path, "<&- >&-")
    assert (tmp_path / "found").read_text() == "42"


def test_a_file_of_the_folder_named_like_a_module_does_not_keep_a_worker_from_starting(
    tmp_path: Path,
) -> None:
    (tmp_path / "json.py").write_text("x = 1\n")
    code = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-P', '-c', {JOB!r}], check=True)"
    )
    in_a_process(code, tmp_path)
    assert (tmp_path / "found").read_text() == "42"


def test_what_cannot_be_sent_is_a_sentence() -> None:
    lock = threading.Lock()
    with pytest.raises(gp.GrokphaseError, match=r"cannot be sent to a worker process .*lock"):
        call(lambda parent: lock)
