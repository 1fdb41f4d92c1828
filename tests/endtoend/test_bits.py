"""The same bits wherever a run is trained: on one core or two, whatever XLA would do with more."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import pytest

import grokphase as gp
from grokphase.store.record import RunRecord
from grokphase.training import Sweep
from grokphase.training.spec import RunSpec

#: Of the sizes at which XLA splits products over its threads.
WHAT = ("toy", "mlp", "matrices", "equinox")

#: How many cores the process may use at most, and its environment.
SURROUNDINGS: dict[str, tuple[int, dict[str, str]]] = {
    "NPROC=16": (1000, {"NPROC": "16"}),
    "NPROC=2": (1000, {"NPROC": "2"}),
    "NPROC=1": (1000, {"NPROC": "1"}),
    "one core": (1, {}),
    "two cores": (2, {}),
    "fast mathematics": (1000, {"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}),
    "bfloat16 products": (1000, {"JAX_DEFAULT_MATMUL_PRECISION": "bfloat16"}),
    "other random numbers": (1000, {"JAX_DEFAULT_PRNG_IMPL": "rbg"}),
}

#: A process of a test session is held to one core, which a child of it need not be.
HOLD = (
    "import json, os, sys\n"
    "cores, *given = json.loads(sys.argv[1])\n"
    "if hasattr(os, 'sched_setaffinity'):\n"
    "    os.sched_setaffinity(0, range(os.cpu_count()))\n"
    "    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])\n"
)


def spec_of(what: str) -> RunSpec:
    """A run of each kind, long enough for a last bit to spread."""

    def recipe(steps: int) -> gp.Recipe:
        return gp.Recipe(steps=steps, stop="budget")

    if what == "toy":
        return gp.run_spec("addition", recipe=recipe(1000))
    if what == "mlp":
        return gp.run_spec(gp.task("modular-addition", p=59), recipe=recipe(20))
    if what == "matrices":
        return gp.run_spec("S3", recipe=recipe(1000))
    one, two = jax.random.split(jax.random.key(0, impl="threefry2x32"))
    layers = [eqx.nn.Linear(40, 200, key=one), eqx.nn.Linear(200, 2, key=two)]
    network = eqx.nn.Sequential([layers[0], eqx.nn.Lambda(jax.nn.relu), layers[1]])
    return gp.run_spec("sparse-parity", network, recipe(200))


def digest(record: RunRecord) -> str:
    """All that a run has recorded, and its weights, to the bit."""
    found = hashlib.sha256(record.id.encode())
    for columns in (record.curves, record.weights or {}):
        for name in sorted(columns):
            found.update(name.encode() + columns[name].tobytes())
    return found.hexdigest()


def digests(what: Sequence[str], **options: Any) -> dict[str, str]:
    """The digest of each kind of run, trained in this process's surroundings."""
    records = Sweep(keep_weights="final", **options).run([spec_of(each) for each in what])
    assert {record.provenance["xla_threads"] for record in records} == {"1"}
    return {each: digest(record) for each, record in zip(what, records, strict=True)}


def digests_in(surroundings: str, what: Sequence[str]) -> dict[str, str]:
    """The same in a fresh process with such surroundings."""
    cores, environment = SURROUNDINGS[surroundings]
    code = HOLD + (
        "import jax.numpy\n"
        "jax.numpy.ones(3).sum()\n"  # JAX has started, with the threads it found
        "from tests.endtoend.test_bits import digests\n"
        "print(json.dumps(digests(*given)))\n"
    )
    fresh = {name: value for name, value in os.environ.items() if name != "NPROC"}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([cores, what])],
        env={**fresh, **environment}, cwd=Path(__file__).parents[2],
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_no_kind_of_run_depends_on_its_surroundings(surroundings: str) -> None:
    assert digests_in(surroundings, WHAT) == digests(WHAT)


def process_pool() -> Executor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda: ThreadPoolExecutor(2), process_pool])
def test_no_kind_of_run_depends_on_the_executor(make: Any) -> None:
    with make() as executor:
        assert digests(WHAT, executor=executor) == digests(WHAT)


@contextmanager
def a_cluster() -> Iterator[Executor]:
    """A Dask worker, which is a process that cannot have children by `multiprocessing`."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": True}
    with distributed.Client(**options, dashboard_address=None) as client:
        yield client.get_executor()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_kind_of_run_depends_on_a_cluster() -> None:
    with a_cluster() as executor:
        assert digests(WHAT, executor=executor) == digests(WHAT)


@pytest.mark.slow
@pytest.mark.parametrize("what", WHAT)
def test_a_run_killed_on_one_core_and_resumed_on_two_is_the_same(what: str, tmp_path: Path) -> None:
    steps = {"toy": 30_000, "mlp": 200, "matrices": 30_000, "equinox": 15_000}[what]
    code = HOLD + (
        "what, steps, store = given\n"
        "from grokphase.training import Sweep, replace\n"
        "from grokphase.store import Store\n"
        "from tests.endtoend.test_bits import digest, spec_of\n"
        "spec = replace(spec_of(what), 'recipe.steps', steps)\n"
        "with Store.open(store) as kept:\n"
        "    print(digest(Sweep(kept, keep_weights='final').run([spec])[0]))\n"
    )

    def command(cores: int, store: Path) -> list[str]:
        return [sys.executable, "-c", code, json.dumps([cores, what, steps, str(store)])]

    place = Path(__file__).parents[2]
    killed = subprocess.Popen(command(1, tmp_path / "store"), cwd=place)
    checkpoints = tmp_path / "store" / "checkpoints"
    for _ in range(1200):
        if checkpoints.is_dir() and list(checkpoints.iterdir()):
            break
        assert killed.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    outputs = [
        subprocess.run(command(cores, store), cwd=place, capture_output=True, text=True, check=True)
        for cores, store in ((2, tmp_path / "store"), (1, tmp_path / "whole"))
    ]
    resumed, whole = (each.stdout for each in outputs)
    assert resumed == whole


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["toy", "S3", "mlp", "mnist"])
def test_a_start_that_is_compiled_the_older_way_gives_the_same_bits(kind: str) -> None:
    newer = ["xla_cpu_use_fusion_emitters=true", "xla_cpu_parallel_codegen_split_count=32"]
    command = [sys.executable, "-m", "benchmarks.compilation", "--preset", kind, "--steps", "3"]
    options = [word for option in newer for word in ("--start", option)]
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [*command, *options], capture_output=True, check=True, text=True, env=environment
    )
    found = json.loads(done.stdout)
    assert found["different_at_0"] == found["different_at_6"] == []
