"""Runs of training functions in worker processes: outcomes, failures, what surrounds them."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.trainers import functions
from tests.trainers.functions import LOGISTIC, logistic

import grokphase as gp
from grokphase.store.record import RunRecord
from grokphase.trainers import TrainerSpec
from grokphase.trainers.given import Given
from grokphase.training import Sweep, crew
from grokphase.training.executor import train_chunk
from grokphase.training.notes import notes_after
from grokphase.workers import devices
from grokphase.workers.kinds import Kind


def runs(trainer: gp.Trainer, *settings: dict[str, Any], seed: int = 0, **sweep: Any) -> Any:
    specs = [TrainerSpec.of(trainer, each, seed) for each in settings]
    return Sweep(workers=1, **sweep).run(specs)


def bits(record: RunRecord) -> list[Any]:
    curves = {name: curve.tobytes() for name, curve in record.curves.items()}
    return [record.id, record.phase, record.train_step, record.lower, curves]


LOGIT = gp.Trainer(logistic, defaults=LOGISTIC)


def test_a_run_is_what_the_function_does_by_hand() -> None:
    (record,) = runs(LOGIT, {"every": 7, "steps": 100}, seed=3)
    said: list[tuple[int, dict[str, float]]] = []

    def listen(step: int, **values: float) -> bool:
        said.append((step, values))
        accuracies = [values[f"{part}_accuracy"] for part in ("train", "validation")]
        passed.update({i for i, share in enumerate(accuracies) if share > 0.9})
        return passed == {0, 1}

    passed: set[int] = set()
    logistic({**LOGISTIC, "every": 7, "steps": 100, "seed": 3}, listen)
    assert record.curves["step"].tolist() == [step for step, _ in said]
    largest = np.array([values["largest"] for _, values in said], np.float32)
    np.testing.assert_array_equal(record.curves["largest"], largest)
    first = next(step for step, values in said if values["train_accuracy"] > 0.9)
    assert record.train_step == first
    assert record.lower.get("train_step", first - 7) == first - 7


def test_runs_do_not_depend_on_workers_neighbours_or_a_store(tmp_path: Path) -> None:
    settings = [{"lr": lr} for lr in (0.1, 0.3, 1.0)]
    one = runs(LOGIT, *settings)
    two = Sweep(workers=2).run([TrainerSpec.of(LOGIT, each) for each in settings[::-1]])[::-1]
    with gp.Store.open(tmp_path / "store") as store:
        kept = runs(LOGIT, *settings, store=store)
        again = store.records([record.id for record in kept])
    chunk = train_chunk([TrainerSpec.of(LOGIT, each) for each in settings], False)
    for others in (two, kept, again, chunk):
        assert [bits(each) for each in others] == [bits(each) for each in one]


def test_what_draws_from_shared_generators_depends_on_its_seed_alone() -> None:
    trainer = gp.Trainer(functions.unseeded)
    alone = [runs(trainer, {}, seed=seed)[0] for seed in (0, 1)]
    together = Sweep(workers=1).run([TrainerSpec.of(trainer, {}, seed) for seed in (1, 0, 1)])
    assert bits(together[1]) == bits(alone[0]) != bits(alone[1]) == bits(together[0])


def test_its_process_has_its_share_of_threads_and_no_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = gp.Trainer(functions.sees)
    monkeypatch.setattr(crew, "cores", lambda: 6)
    record, _ = Sweep(workers=2).run([TrainerSpec.of(trainer, {}, seed) for seed in (0, 1)])
    assert record.final["jax"] == 0
    assert record.final["pid"] != os.getpid()
    assert (record.final["threads"], record.provenance["threads"]) == (3, "3")
    assert record.phase == "confusion"


def test_several_accelerators_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert devices.devices() == ("4", "7")
    spec = TrainerSpec.of(gp.Trainer(functions.sees), {})
    assert crew.kinds(3, 1) == [Kind(1, device="4"), Kind(1, device="7")]
    found = Sweep(workers=2).run([replace(spec, seed=seed) for seed in range(4)])
    assert {record.final["device"] for record in found} == {4, 7}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4")
    assert crew.kinds(3, 1) == [Kind(1)]


WRONG = gp.Trainer(functions.goes_wrong, defaults={"how": "raise", "steps": 9}, limit=60)


@pytest.mark.parametrize(
    ("how", "phase", "message"),
    [
        ("raise", "failed", r"ValueError: no such optimizer \(functions\.py, line \d+\)$"),
        ("nan", "diverged", "^$"),
        ("back", "failed", r"step 1 after step 1; steps must grow"),
        ("word", "failed", r'train_accuracy = "high" was reported'),
        ("percent", "failed", r"divide by 100"),
        ("many", "failed", r"norms = a list was reported"),
        ("missing", "failed", r'reads the setting "batch".*--set batch='),
        ("lambda", "failed", r"returned a function; return nothing, or a dictionary"),
        ("interrupt", "failed", r"KeyboardInterrupt: enough"),
        ("exit", "failed", r"SystemExit: out of here"),
        ("early", "confusion", r"returned at step 1 of 9, before its outcome was known"),
    ],
)
def test_what_goes_wrong_is_an_outcome(how: str, phase: str, message: str) -> None:
    import re

    (record,) = runs(WRONG, {"how": how})
    assert record.phase == phase
    assert re.search(message, record.message), record.message
    assert record.final["train_loss"] == 1 or how == "nan"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (functions.silent, r"reported nothing; call report"),
        (functions.half, r"never reported validation_accuracy"),
    ],
)
def test_what_reports_too_little_has_no_phase(function: Any, said: str) -> None:
    (record,) = runs(gp.Trainer(function), {})
    assert record.phase == "failed"
    assert said in record.message


@pytest.mark.parametrize(
    ("take", "unread"),
    [
        (lambda given: given["lr"], ["wd"]),
        (lambda given: given.get("lr", 1), ["wd"]),
        (lambda given: given.pop("lr"), ["wd"]),
        (lambda given: given.setdefault("lr", 1), ["wd"]),
        (lambda given: "{lr}".format_map(given), ["wd"]),
        (lambda given: [each for each in given if given["lr"]], ["wd"]),
        (lambda given: sorted(given.keys()), ["lr", "wd"]),
        (repr, ["lr", "wd"]),
        (len, ["lr", "wd"]),
        (dict, []),
        (dict.copy, []),
        (lambda given: given.copy(), []),
        (lambda given: {**given}, []),
        (lambda given: given | {}, []),
        (lambda given: {} | given, []),
        (lambda given: SimpleNamespace(**given), []),
        (lambda given: list(given.values()), []),
        (json.dumps, []),
        (copy.deepcopy, []),
        (pickle.dumps, []),
    ],
)
def test_what_was_read_of_the_settings_is_known(take: Any, unread: list[str]) -> None:
    given = Given({"lr": 0.1, "wd": 1.0})
    take(given)
    assert [name for name in given.unread if name in ("lr", "wd")] == unread


def test_of_what_a_copy_of_the_process_reads_nothing_is_said() -> None:
    code = (  # by itself, as JAX minds that a process which has imported it is copied
        "import multiprocessing\n"
        "from grokphase.trainers.given import Given\n"
        "given = Given({'lr': 0.1})\n"
        "print(given.unread)\n"
        "worker = multiprocessing.get_context('fork').Process(target=given.get, args=('lr',))\n"
        "worker.start()\n"
        "worker.join()\n"
        "print(given.unread)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['lr']\n[]\n"


def test_one_reason_is_one_wherever_it_lies_in_memory_and_short_in_a_note() -> None:
    records = [runs(WRONG, {"how": "address"}, seed=seed)[0] for seed in (1, 2)]
    assert len({record.message for record in records}) == 1
    (note,) = notes_after(records)
    assert note.sentence.startswith("2 of 2 runs failed: ValueError: <object object> xxx")
    assert note.sentence.endswith("...")
    assert len(note.sentence) < 350 < len(records[0].message)


def test_an_axis_that_the_function_does_not_read_is_named(tmp_path: Path) -> None:
    trainer = gp.Trainer(functions.logistic, defaults={**LOGISTIC, "decay": 1.0, "rate": 1.0})
    asked: dict[str, Any] = {"x": "rate=0.1..1:2", "y": "decay=0,1", "seeds": 1}
    for _ in ("trained", "found in the store"):
        found = gp.phase_map(trainer, **asked, store=tmp_path, on_progress=None)
        told = [note.sentence for note in found.notes]
        said = 'The function never read "decay" or "rate", so that nothing here depends on it'
        assert said in told
    found = gp.phase_map(trainer, x="lr=0.1..1:2", y="wd=0,1", seeds=1, on_progress=None)
    assert not [note for note in found.notes if '"lr"' in note.sentence]


def test_a_process_that_ends_and_one_that_hangs_cost_their_run_alone() -> None:
    trainer = replace(WRONG, limit=1.0, stop="budget")
    killed, hung, sound = runs(trainer, {"how": "kill"}, {"how": "hang"}, {"how": "early"})
    assert killed.message == (
        "its process has ended twice (signal 9, which is what happens where memory runs out)"
    )
    assert hung.message == "it took longer than its limit of 1 s"
    assert (killed.phase, hung.phase, sound.phase) == ("failed", "failed", "confusion")
    assert hung.seconds >= 1
    assert [run.followed for run in (killed, hung, sound)] == [True] * 3, "as its trainer says"


def test_what_failed_is_kept_and_tried_again_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "flag"

    def train(settings: dict[str, Any], report: Any) -> None:
        from pathlib import Path

        report(0, train_accuracy=0.0, validation_accuracy=0.0)
        if not Path(settings["flag"]).exists():
            raise OSError("disk is away")

    trainer = gp.Trainer(train, defaults={"flag": str(path)})
    with gp.Store.open(tmp_path / "store") as store:
        (failed,) = runs(trainer, {}, store=store)
        path.touch()
        (still,) = runs(trainer, {}, store=store)
        assert still.message == failed.message == store.get(failed.id).message
        assert "OSError: disk is away" in store.get(failed.id).provenance["traceback"]
        (mended,) = runs(trainer, {}, store=store, retry_failed=True)
        assert (mended.id, mended.phase, mended.message) == (failed.id, "confusion", "")
        assert store.get(failed.id).phase == "confusion"
        assert store.count() == 1
        query = "SELECT phase, message FROM runs"
        assert store.query(query).rows == [("confusion", None)]


def test_code_that_has_changed_meanwhile_ends_the_sweep(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text("def train(settings, report): ...\n")
    trainer = gp.Trainer(f"{script}:train")
    script.write_text("def train(settings, report): return 1\n")
    with pytest.raises(
        gp.GrokphaseError, match=r"code of mine\.train is not the same .* start again"
    ):
        runs(trainer, {})


def test_what_an_error_says_is_a_line_that_can_be_printed_anywhere() -> None:
    def train(settings: dict[str, Any], report: Any) -> None:
        raise ValueError("\x1b[1;31mno\x1b[0m such\n\toptimizer\x00 größer")

    (record,) = runs(gp.Trainer(train), {})
    assert record.message.startswith("ValueError: no such optimizer größer (")
