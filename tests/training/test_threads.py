"""The threads of a run are part of what it is: the same bits on any number of cores."""

from __future__ import annotations

import os

import pytest

import grokphase as gp
from grokphase.training import Sweep, replace
from grokphase.training.crew import Crew
from grokphase.training.told import told
from grokphase.training.usual import MANY_WEIGHTS


def test_one_thread_is_no_part_of_an_identity_and_two_are() -> None:
    run = gp.run_spec("addition")
    assert run.recipe.threads == 1
    assert "threads" not in run.spec()["recipe"]
    two = replace(run, "recipe.threads", 2)
    assert two.spec()["recipe"]["threads"] == 2
    assert two.id != run.id
    assert replace(two, "recipe.threads", 1).id == run.id
    assert told(two) == f"{told(run)}; trained by 2 XLA threads"


def test_large_models_have_two_threads_unless_others_are_chosen() -> None:
    width = int(MANY_WEIGHTS**0.5)
    usual = [gp.MLP(widths=(width - 1, width)), gp.MLP(widths=(width, width)), gp.MLP(widths=())]
    found = [gp.run_spec("modular-addition", model).recipe.threads for model in usual]
    assert found == [1, 2, 1]
    for name in ("nanda2023", "power2022", "liu2022-transformer", "mnist", "addition"):
        assert gp.run_spec(name).recipe.threads == 1
    # By the size that a run has in the end, as when it is set.
    run = replace(gp.preset("nanda2023"), "model.mlp", 32 * 512)
    assert (run.recipe.threads, replace(run, "model.mlp", 512).recipe.threads) == (2, 1)
    chosen = replace(gp.preset("nanda2023"), "recipe.threads", 3)
    assert replace(chosen, "model.mlp", 32 * 512).recipe.threads == 3


@pytest.mark.parametrize("given", [0, 1.5, 65, None])
def test_a_number_of_threads_that_cannot_be_is_refused(given: float | None) -> None:
    with pytest.raises(gp.GrokphaseError, match=r"recipe\.threads"):
        replace(gp.run_spec("addition"), "recipe.threads", given)


def test_a_run_counts_as_many_workers_as_it_has_threads() -> None:
    run = gp.run_spec("addition")
    crew = Crew([replace(run, "recipe.threads", n) for n in (4, 1, 2)], 3)
    assert [crew._free_kind(n).threads for n in crew._waiting] == [1, 2, 4]
    assert crew._next_threads() == 1
    crew._waiting[1].next_for(set())
    assert crew._next_threads() == 2
    crew._waiting[2].next_for(set())
    assert crew._next_threads() == 4  # alone, though it has more than there may be


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")
@pytest.mark.slow
def test_two_threads_give_the_same_bits_on_one_core_and_on_two() -> None:
    import subprocess
    import sys
    from pathlib import Path

    code = (
        "import os, sys\n"
        "os.sched_setaffinity(0, sorted(range(os.cpu_count()))[:int(sys.argv[1])])\n"
        "from tests.training.test_threads import digest_of\n"
        "print(digest_of(2))\n"
    )
    place = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    one, two = (
        subprocess.run(
            [*command, str(cores)], cwd=place, capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        for cores in (1, 2)
    )
    assert one == two == digest_of(2)
    assert one != digest_of(1)  # which is why their number is part of a run's identity


def digest_of(threads: int) -> str:
    """What a run of products that are shared out comes to, to the bit."""
    import hashlib

    recipe = gp.Recipe(steps=20, stop="budget", threads=threads)
    run = gp.run_spec(gp.task("modular-addition", p=59), recipe=recipe)
    (record,) = Sweep(keep_weights="final").run([run])
    assert record.provenance["xla_threads"] == str(threads)
    assert record.weights is not None
    weights = (record.weights[name].tobytes() for name in sorted(record.weights))
    return hashlib.sha256(b"".join(weights)).hexdigest()
