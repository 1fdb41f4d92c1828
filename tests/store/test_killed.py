"""A writer killed at every point of its work: nothing durable is lost, nothing half-written."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.store.helpers import process, say
from tests.store.killer import SCENARIOS
from tests.store.samples import assert_same, make_record, run_id

from grokphase.store import Store

ALL = [run_id(n) for n in range(6)]
MAXIMUM = 1000


@pytest.fixture(scope="module")
def killer() -> Iterator[subprocess.Popen[str]]:
    with process("tests.store.killer") as running:
        yield running


def empty(folder: Path) -> None:
    """Nothing is there yet."""


def four_shards(folder: Path) -> None:
    """Six runs in four shards, three of the runs with weights."""
    with Store.open(folder) as store:
        store.begin_sweep("sweep", {"axes": 2}, "grokphase map addition")
        store.write([make_record(n, weights=True) for n in (0, 1)], "sweep")
        store.write([make_record(2, weights=True)], "sweep")
        store.write([make_record(n) for n in (3, 4)], "sweep")
        store.write([make_record(5)], "sweep")
        store.finish_sweep("sweep", ALL)


def disorder(folder: Path) -> None:
    """As a killed writer may leave it: no catalog, drafts, a half shard, two of one content."""
    four_shards(folder)
    shutil.copytree(folder / "shards", folder / "before")
    with Store.open(folder) as store:
        store.save_checkpoint(run_id(0), b"of a run that is finished")
        store.compact()
    for shard in (folder / "before").iterdir():
        shutil.copy(shard, folder / "shards" / shard.name)
    shutil.rmtree(folder / "before")
    (folder / "catalog.sqlite").unlink()
    (folder / "shards" / ".tmp-0123.parquet").write_bytes(b"PAR1")
    (folder / "shards" / f"{'0' * 32}.parquet").write_bytes(b"PAR1")
    (folder / "weights" / f"{'0' * 32}.safetensors").write_bytes(b"")


CASES: dict[str, Callable[[Path], None]] = {
    "write": empty,
    "compact": four_shards,
    "remove": four_shards,
    "upgrade": four_shards,
    "rebuild": four_shards,
    "open": disorder,
}


def test_killed_at_every_third_point_of_writing(
    tmp_path: Path, killer: subprocess.Popen[str]
) -> None:
    check_kills("write", 3, tmp_path, killer)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", CASES)
def test_killed_at_every_point(
    scenario: str, tmp_path: Path, killer: subprocess.Popen[str]
) -> None:
    check_kills(scenario, 1, tmp_path, killer)


def check_kills(scenario: str, stride: int, tmp_path: Path, killer: subprocess.Popen[str]) -> None:
    """Nothing that was durable is lost wherever a writer is killed, and it can be done again."""
    template = tmp_path / "template"
    CASES[scenario](template)
    for k in range(1, MAXIMUM, stride):
        folder = tmp_path / f"killed-{k}"
        if template.exists():
            shutil.copytree(template, folder)
        code = int(say(killer, f"{k} {scenario} {folder}"))
        assert code in (0, -signal.SIGKILL)
        if scenario == "upgrade":
            check_without_catalog(folder)
        check_after_kill(folder, scenario)
        shutil.rmtree(folder)
        if code == 0:
            break
    assert 10 < k < MAXIMUM


def check_without_catalog(folder: Path) -> None:
    """What is durable can be found in the shards alone."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    for path in copy.glob("catalog.sqlite*"):
        path.unlink()
    with Store.open(copy) as store:
        assert store.check() == []
        assert store.existing(ALL) == set(ALL)
        assert_weights_are_kept(folder, store)
    shutil.rmtree(copy)


def assert_weights_are_kept(folder: Path, store: Store) -> None:
    """Runs whose weights were written have them."""
    log = Path(f"{folder}.log").read_text().splitlines()
    runs = next((line.split()[1:] for line in log if line.startswith("weights")), [])
    assert all(record.weights for record in store.records(runs, weights=True))


def check_after_kill(folder: Path, scenario: str) -> None:
    log = Path(f"{folder}.log").read_text().splitlines()
    durable = next((line.split()[1:] for line in reversed(log) if line[:7] == "durable"), [])
    with Store.open(folder) as store:
        assert store.check() == []
        assert store.existing(durable) == set(durable)
        assert expected(scenario, log) <= store.existing(ALL) <= set(ALL)
        check_records(store)
        assert_weights_are_kept(folder, store)
        SCENARIOS[scenario](store, log.append)
        assert store.check() == []
        assert store.existing(ALL) == expected(scenario, log)
        check_records(store)
        if scenario == "upgrade":
            weighted = store.records([run_id(n) for n in (4, 5, 6)], weights=True)
            assert all(record.weights for record in weighted)
        assert [sweep["runs"] for sweep in store.sweeps()] == [store.count()]
        assert not list(folder.rglob(".tmp-*"))


def expected(scenario: str, log: list[str]) -> set[str]:
    """The runs that must exist, whatever else may."""
    if scenario == "write":
        return set(ALL) if "finished" in log else set()
    if scenario == "remove":
        return {run_id(n) for n in (2, 4, 5)}
    return set(ALL)


def check_records(store: Store) -> None:
    """Every run that exists is what was written, weights included."""
    numbers = [number for number, run in enumerate(ALL) if store.existing([run])]
    for number, record in zip(
        numbers, store.records([ALL[n] for n in numbers], weights=True), strict=True
    ):
        # Two runs get their weights later in one scenario, and in the others no others have any.
        weights = number < 3 or (number > 3 and record.weights is not None)
        assert_same(record, make_record(number, weights=weights))
