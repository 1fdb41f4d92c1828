"""Results on every kind of standard stream: of another encoding, closed, narrow, left early."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import grokphase.cli.streams  # noqa: F401  names the way in which characters are replaced
from grokphase.cli import main
from grokphase.store import Store

VERBS = [
    ("runs", "ls"),
    ("runs", "ls", "--json"),
    ("runs", "sweeps"),
    ("runs", "show"),
    ("runs", "query", "SELECT id, phase, '∘é' FROM runs"),
    ("tasks",),
    ("cite",),
    ("theory", "critical-fraction", "--p", "5"),
    ("theory", "parallelograms", "--p", "5", "--count", "5"),
    ("map", "--help"),
    ("train", "adition"),
]


@pytest.fixture(scope="module")
def newest(store: Path) -> str:
    """The id of the newest run of the store."""
    with Store.open(store, read_only=True) as kept:
        return str(kept.runs(limit=1)[0]["id"])


@pytest.mark.parametrize(
    ("verb", "encoding"),
    [*((verb, "ascii") for verb in VERBS), (("runs", "show"), "cp1252")],
)
def test_an_encoding_without_every_character_loses_no_line(
    monkeypatch: pytest.MonkeyPatch, store: Path, newest: str, verb: tuple[str, ...], encoding: str
) -> None:
    words = [*verb, newest] if verb == ("runs", "show") else [*verb]
    words += ["--store", str(store)] if verb[0] == "runs" else []
    told: dict[str, tuple[int, int]] = {}
    for chosen in ("utf-8", encoding):
        out, err = (io.TextIOWrapper(io.BytesIO(), chosen, "strict") for _ in range(2))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        code = main(words)
        err.flush()
        told[chosen] = code, out.buffer.getvalue().count(b"\n")
        assert b"?" * 3 not in out.buffer.getvalue()
    assert told[encoding] == told["utf-8"]


def test_blocks_and_names_keep_their_meaning() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii", "grokphase")
    stream.write("▁▄█ a∘b é ≥")
    stream.flush()
    assert stream.buffer.getvalue() == rb"_-# a*b \xe9 >="


@pytest.mark.parametrize("width", ["1", "20", "nonsense"])
@pytest.mark.parametrize("term", ["dumb", "xterm", ""])
def test_narrow_and_dumb_terminals(
    grokphase, monkeypatch: pytest.MonkeyPatch, store: Path, newest: str, width: str, term: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", "1")
    shown = grokphase("runs", "show", newest, "--store", store)
    assert (shown.code, shown.err) == (0, "")
    assert "\x1b" not in shown.out


SHELL = {
    "closed stdout": (">&-", 0),
    "all closed": (">&- 2>&- <&-", 0),
    "closed stdin": ("<&- >/dev/null", 0),
    "full": (">/dev/full", 2),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a POSIX shell")
@pytest.mark.parametrize(("redirection", "code"), SHELL.values(), ids=SHELL.keys())
def test_streams_that_take_nothing(
    tmp_path: Path, store: Path, newest: str, redirection: str, code: int
) -> None:
    command = f'"$0" -m grokphase runs show {newest} --store "{store}" {redirection}'
    done = subprocess.run(["sh", "-c", command, sys.executable], cwd=tmp_path, capture_output=True)
    assert done.returncode == code
    assert done.stdout == b""
    assert len(done.stderr.splitlines()) == (code == 2)
