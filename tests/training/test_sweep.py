"""Sweeps: nothing is trained twice, nothing depends on how the work was spread or cut off."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grokphase as gp
from grokphase.store.record import RunRecord
from grokphase.training import Progress, Sweep, replace
from grokphase.training.executor import CHUNK_STEPS, SHARES, chunks
from grokphase.training.session import train_run
from grokphase.training.spec import RunSpec


def specs(count: int = 5, steps: int = 600) -> list[RunSpec]:
    return [
        gp.run_spec(
            "addition",
            gp.Toy(widths=(24, 24)),
            gp.Recipe(decoder=gp.Group(10 ** -(2 + k / 2)), steps=steps),
            seed=k,
        )
        for k in range(count)
    ]


def results(records: list[RunRecord]) -> list[Any]:
    """All that must not depend on how a run was made: everything but time spent and when."""
    return [
        (r.id, r.phase, r.train_step, r.validation_step, r.rqi_step, r.steps_trained,
         {name: column.tobytes() for name, column in r.curves.items()})
        for r in records
    ]  # fmt: skip


@pytest.fixture(scope="module")
def alone() -> list[Any]:
    """Each run trained by itself, without a sweep."""
    records = [train_run(spec) for spec in specs()]
    return results([record for record in records if record is not None])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[gp.Store]:
    with gp.Store.open(tmp_path / "store") as opened:
        yield opened


@pytest.mark.parametrize("workers", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_results_do_not_depend_on_workers_or_neighbours(workers: int, alone: list[Any]) -> None:
    assert results(Sweep(workers=workers).run(specs())) == alone
    assert results(Sweep(workers=workers).run(specs()[3:])) == alone[3:]


def process_pool() -> Executor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


@pytest.mark.parametrize(
    "make", [lambda: ThreadPoolExecutor(2), pytest.param(process_pool, marks=pytest.mark.slow)]
)
def test_results_do_not_depend_on_the_executor(
    make: Any, alone: list[Any], store: gp.Store
) -> None:
    with make() as executor:
        assert results(Sweep(store=store, executor=executor).run(specs())) == alone
    assert results(store.records([spec.id for spec in specs()])) == alone


def test_a_run_that_exists_is_not_trained_again(store: gp.Store) -> None:
    Sweep(store=store).run(specs(2))
    seen: list[Progress] = []
    Sweep(store=store, on_progress=seen.append).run(specs(3))
    assert [progress.runs_done for progress in seen[:2]] == [1, 2]
    assert seen[1].latest is not None
    assert seen[-1].runs_done == seen[-1].runs_total == 3
    steps = seen[-1].steps_done
    assert steps == Sweep(store=store).run(specs(3))[2].steps_trained


def test_a_run_kept_without_weights_is_trained_again_for_them(store: gp.Store) -> None:
    spec = specs(1)[0]
    Sweep(store=store).run([spec])
    again = Sweep(store=store, keep_weights="final").run([spec])[0]
    assert again.weights is not None
    kept = store.records([spec.id], weights=True)[0]
    assert kept.weights is not None
    np.testing.assert_array_equal(kept.weights["embedding"], again.weights["embedding"])
    seen: list[Progress] = []
    Sweep(store=store, keep_weights="final", on_progress=seen.append).run([spec])
    assert seen[-1].steps_done == 0


def test_a_run_is_never_missing_while_it_gets_its_weights(
    store: gp.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = specs(1)[0]
    Sweep(store=store).run([spec])

    def refuse(*_: Any) -> None:
        raise gp.GrokphaseError("the disk is full")

    monkeypatch.setattr(store, "write", refuse)
    with pytest.raises(gp.GrokphaseError, match="full"):
        Sweep(store=store, keep_weights="final").run([spec])
    assert store.existing([spec.id]) == {spec.id}


def test_the_same_run_asked_for_twice_is_trained_once() -> None:
    seen: list[Progress] = []
    records = Sweep(on_progress=seen.append).run([*specs(1), *specs(1)])
    assert len(records) == 2
    assert records[0] is records[1]
    assert seen[-1].runs_total == 1


def test_ctrl_c_keeps_what_is_finished_and_the_same_call_goes_on(
    store: gp.Store, alone: list[Any]
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.latest is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Sweep(store=store, workers=1, on_progress=interrupt).run(specs())
    assert len(store.existing(spec.id for spec in specs())) == 1
    assert results(Sweep(store=store).run(specs())) == alone


def test_a_run_cut_off_goes_on_from_its_checkpoint_to_the_same_bits(
    store: gp.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grokphase.training import session

    monkeypatch.setattr(session, "FIRST_SEGMENT", 100)
    monkeypatch.setattr(session, "SEGMENT_SECONDS", 1e-9)  # keep every segment
    spec = specs(1)[0]
    whole = train_run(spec)
    looks = iter([False, False, True])
    assert train_run(spec, checkpoints=store, interrupted=lambda: next(looks)) is None
    assert store.load_checkpoint(spec.id) is not None
    resumed = train_run(spec, checkpoints=store)
    assert whole is not None
    assert resumed is not None
    assert results([resumed]) == results([whole])


def test_checkpoints_are_dropped_once_a_run_is_durable(store: gp.Store) -> None:
    spec = specs(1)[0]
    store.save_checkpoint(spec.id, b"of no use")
    Sweep(store=store).run([spec])
    assert store.load_checkpoint(spec.id) is None
    assert store.existing([spec.id])


def test_chunks_hold_every_run_once_in_order() -> None:
    many = specs(3, steps=CHUNK_STEPS // 3) * 2 * SHARES
    groups = list(chunks(many))
    assert [spec for group in groups for spec in group] == many
    assert {len(group) for group in groups} == {4}


@pytest.mark.parametrize(("count", "sizes"), [(3, {1}), (SHARES + 1, {1, 2}), (3 * SHARES, {3})])
def test_a_sweep_of_few_steps_is_shared_out_too(count: int, sizes: set[int]) -> None:
    groups = list(chunks(specs(1) * count))
    assert {len(group) for group in groups} == sizes
    assert sum(map(len, groups)) == count
    assert len(groups) <= SHARES


def test_progress_ends_at_everything_done() -> None:
    seen: list[Progress] = []
    records = Sweep(workers=2, on_progress=seen.append).run(specs())
    assert seen[-1].steps_done == sum(record.steps_trained for record in records)
    assert seen[-1].steps_done == seen[-1].steps_expected
    assert seen[-1].eta_seconds == 0.0


def test_the_time_left_is_of_training_and_not_of_compiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from grokphase.training import progress
    from grokphase.training.progress import Meter, Running

    clock = iter((10.0, 12.0))  # compiled for ten seconds, then 1000 steps in two
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    (spec,) = specs(1, steps=5100)
    meter = Meter(began=0.0)
    meter.add([spec])
    told = []
    meter.listener = told.append
    for step in (100, 1100):
        meter.advance(Running(spec, step, {}))
    assert [each.eta_seconds for each in told] == [None, pytest.approx(8.0)]


def test_workers_must_be_some() -> None:
    with pytest.raises(gp.GrokphaseError, match="workers = 0"):
        Sweep(workers=0)


@pytest.mark.slow
def test_a_replayed_run_takes_arrays_for_everything_random() -> None:
    task = gp.task("addition", p=10)
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(19, 30)).astype(np.float32)
    replayed = gp.Task(
        "addition", task.inputs, task.labels, 19, symbols=10,
        target=gp.Regression(vectors=vectors), pairs="unordered", table=task.table,
        results=task.results,
    )  # fmt: skip
    initial = {
        "embedding": generator.uniform(-0.5, 0.5, (10, 1)),
        "layers": [
            (generator.normal(size=(8, 1)), np.zeros(8)),
            (generator.normal(size=(30, 8)), np.zeros(30)),
        ],
    }
    split = gp.Split(train=np.arange(45))
    recipe = gp.Recipe(steps=50)
    one, other = (
        gp.train(replayed, gp.Toy(widths=(8,)), recipe, split=split, seed=seed, initial=initial)
        for seed in (0, 1)
    )
    assert one.record.curves["train_loss"].tobytes() == other.record.curves["train_loss"].tobytes()


class Breaking(ThreadPoolExecutor):
    """An executor whose workers are lost after the first chunk."""

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        if self.handed_out:
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a worker was killed"))
            return future
        self.handed_out = True
        future = super().submit(*args, **kwargs)
        future.result()
        return future

    handed_out = False


def test_a_broken_executor_ends_in_a_sentence_and_keeps_what_came_back(store: gp.Store) -> None:
    many = specs(3, steps=CHUNK_STEPS)
    short = [replace(spec, "recipe.thresholds.train_accuracy", 0.0) for spec in many]
    hopeful = [replace(spec, "recipe.thresholds.validation_accuracy", 0.0) for spec in short]
    ready = [replace(spec, "recipe.thresholds.rule", ">=") for spec in hopeful]
    with Breaking(1) as executor, pytest.raises(gp.GrokphaseError, match="lost its workers"):
        Sweep(store=store, executor=executor).run(ready)
    assert len(store.existing(spec.id for spec in ready)) == 1


class Answering(Executor):
    """An executor whose chunks all come to one answer."""

    def __init__(self, answer: Callable[[Future[Any]], Any]) -> None:
        self.answer = answer

    def submit(self, *_: Any, **__: Any) -> Any:
        future: Future[Any] = Future()
        self.answer(future)
        return future


def cancel(future: Future[Any]) -> None:
    future.cancel()
    future.set_running_or_notify_cancel()


LACKING = ModuleNotFoundError("No module named 'grokphase'")


def caused_by(cause: Exception) -> Exception:
    """As Dask's scheduler tells what it cannot read."""
    error = RuntimeError("Error during deserialization of the task graph.")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (cancel, "lost its workers"),
        (lambda future: future.set_exception(BrokenExecutor()), "lost its workers"),
        (lambda future: future.set_exception(LACKING), "cannot import .*grokphase.*install"),
        (lambda future: future.set_exception(caused_by(LACKING)), "cannot import .*grokphase"),
    ],
)
def test_what_an_executor_lacks_is_a_sentence(answer: Any, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        Sweep(executor=Answering(answer)).run(specs(1))


def test_a_run_by_other_numerics_is_refused_and_not_stored(store: gp.Store) -> None:
    (record,) = Sweep().run(specs(1))
    foreign = changed(record, provenance={**record.provenance, "numerics": "0"})
    executor = Answering(lambda future: future.set_result([foreign]))
    with pytest.raises(gp.GrokphaseError, match="numerics 0"):
        Sweep(store=store, executor=executor).run(specs(1))
    assert store.count() == 0


class Holding(ThreadPoolExecutor):
    """An executor whose last chunk is held until something has happened."""

    def __init__(self, last: int, until: threading.Event) -> None:
        super().__init__(1)
        self.last, self.until = last, until
        self.happened = False

    def submit(self, train: Any, specs: Any, /, *args: Any, **_: Any) -> Any:
        if specs[0].seed < self.last:
            future: Future[Any] = super().submit(train, specs, *args)
            future.result()
            return future
        return super().submit(self.held, train, specs, *args)

    def held(self, train: Any, *args: Any) -> Any:
        self.happened = self.until.wait(60)
        return train(*args)


def test_runs_that_came_back_are_written_while_others_train(
    store: gp.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Event()
    write = store.write

    def writing(*given: Any) -> None:
        write(*given)
        if store.count() == 2:
            both.set()

    monkeypatch.setattr(store, "write", writing)
    with Holding(2, both) as executor:
        Sweep(store=store, executor=executor).run(specs(3))
        assert executor.happened


def test_a_store_for_reading_is_refused_before_training(store: gp.Store) -> None:
    Sweep(store=store).run(specs(1))
    with gp.Store.open(store.path, read_only=True) as reading:
        assert len(Sweep(store=reading).run(specs(1))) == 1
        with pytest.raises(gp.GrokphaseError, match="reading only"):
            Sweep(store=reading).run(specs(2))


def test_runs_that_were_found_are_told_with_their_specification(store: gp.Store) -> None:
    Sweep(store=store).run(specs(2))
    seen: list[Progress] = []
    Sweep(store=store, keep_curves=False, on_progress=seen.append).run(specs(2))
    told = [progress.latest for progress in seen if progress.latest is not None]
    assert [record.spec for record in told] == [spec.spec() for spec in specs(2)]
    assert [record.curves for record in told] == [{}, {}]  # which are not even read


def test_curves_need_not_be_handed_back(store: gp.Store) -> None:
    spec = specs(1)[0]
    assert Sweep(store=store, keep_curves=False).run([spec])[0].curves == {}
    assert len(Sweep(store=store).run([spec])[0].curves["step"]) > 10
