"""The meter of a sweep: what counts as trained since it began."""

from __future__ import annotations

from tests.plotting.fakes import made_up_record

import grokphase as gp
from grokphase.training.progress import Meter, Running
from grokphase.training.session import FIRST_SEGMENT


def test_steps_made_before_a_run_was_resumed_do_not_count() -> None:
    spec = gp.run_spec("addition", recipe=gp.Recipe(steps=10_000))
    fresh = gp.run_spec("addition", recipe=gp.Recipe(steps=10_000), seed=1)
    meter = Meter()
    meter.add([spec, fresh])
    meter.advance(Running(spec, 7000 + FIRST_SEGMENT, {}))
    assert meter.progress().steps_done == FIRST_SEGMENT
    meter.advance(Running(fresh, FIRST_SEGMENT, {}))
    meter.advance(Running(spec, 8000, {}))
    assert meter.progress().steps_done == 1000 + FIRST_SEGMENT
    assert meter.progress().steps_expected == 13_000
    for each in (spec, fresh):
        meter.finish(each, made_up_record(steps=10_000))
    done = meter.progress()
    assert done.steps_done == done.steps_expected == 13_000


def test_runs_to_come_are_taken_to_need_as_much_of_their_budgets() -> None:
    short, long = (gp.run_spec("addition", recipe=gp.Recipe(steps=n)) for n in (1_000, 10_000))
    meter = Meter()
    meter.add([short, long, long])
    meter.finish(short, made_up_record(steps=1_000))
    assert meter.progress().steps_expected == 21_000
    meter.finish(long, made_up_record(steps=4_500))
    assert meter.progress().steps_expected == 5_500 + 5_000
