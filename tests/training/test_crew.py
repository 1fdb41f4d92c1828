"""A crew: which worker does which run, and what happens to runs whose worker is lost."""

from __future__ import annotations

import os
import signal
from dataclasses import replace as changed

import pytest

import grokphase as gp
from grokphase.training import replace
from grokphase.training.crew import Crew, Waiting, program_of
from grokphase.training.progress import Running
from grokphase.training.spec import RunSpec


def spec(width: int = 8, seed: int = 58, steps: int = 50) -> RunSpec:
    recipe = gp.Recipe(steps=steps, stop="budget")
    return gp.run_spec("addition", gp.Toy(widths=(width,)), recipe, seed=seed)


def test_every_run_is_handed_out_once() -> None:
    specs = [spec(width, seed) for width in (4, 8, 12) for seed in range(3)]
    waiting, one, other = Waiting(specs), set(), set()
    given = []
    while waiting:
        given += [waiting.next_for(compiled) for compiled in (one, other) if waiting]
    assert sorted(each.id for each in given) == sorted(each.id for each in specs)


def test_a_worker_goes_on_with_what_it_has_compiled_and_two_share_out_the_rest() -> None:
    waiting = Waiting([spec(width, seed) for seed in range(4) for width in (4, 8)])
    one, other = set(), set()
    widths = [
        (waiting.next_for(one).model.widths, waiting.next_for(other).model.widths) for _ in range(4)
    ]
    assert widths == [((4,), (8,))] * 4
    assert len(one) == len(other) == 1


def test_a_run_that_is_put_back_is_done() -> None:
    waiting, run = Waiting([spec()]), spec()
    assert waiting.next_for(set()).id == run.id
    assert not waiting
    waiting.put_back(run)
    assert waiting.next_for(set()) is run


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("recipe.decoder.weight_decay", 3.0, True),
        ("seed", 4, True),
        ("recipe.optimizer", "sgd", False),
        ("split.count", 40, False),
        ("recipe.steps", 51, False),
    ],
)
def test_runs_that_differ_in_numbers_share_a_program(name: str, value: float, same: bool) -> None:
    run = spec()
    other = changed(run, seed=4) if name == "seed" else replace(run, name, value)
    assert (program_of(run) == program_of(other)) == same


@pytest.mark.slow
def test_a_run_whose_worker_is_lost_is_done_by_another() -> None:
    run = spec(steps=20_000)
    crew, killed, done = Crew([run], 1), [], []
    for told in crew.train():
        if isinstance(told, Running) and not killed:
            (worker,) = crew._at_work
            killed.append(worker._process.pid)
            os.kill(worker._process.pid, signal.SIGKILL)
        if isinstance(told, tuple):
            done.append(told[1])
    assert len(killed) == 1
    assert [(each.id, each.steps_trained) for each in done] == [(run.id, 20_000)]


@pytest.mark.slow
def test_a_run_that_costs_two_workers_ends_the_crew_in_a_sentence() -> None:
    run = spec(steps=10_000_000)
    crew = Crew([run], 1)

    def kill_each() -> None:
        for told in crew.train():
            if isinstance(told, Running):
                (worker,) = crew._at_work
                os.kill(worker._process.pid, signal.SIGKILL)

    with pytest.raises(gp.GrokphaseError, match="ended twice in the middle of the same run"):
        kill_each()


@pytest.mark.slow
def test_workers_in_the_middle_of_a_run_end_with_the_sweep() -> None:
    crew = Crew([spec(steps=10_000_000)], 1)
    news = crew.train()
    while not isinstance(next(news), Running):
        pass
    (worker,) = crew._at_work
    news.close()
    assert not worker.is_alive
