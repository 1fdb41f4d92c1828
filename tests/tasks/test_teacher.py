"""The teacher's outputs against a network of ours, and what counts as right about them."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from tests.haste import computed

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.models.specification import Initial
from grokphase.tasks import Regression, addition, leaves_of, stream, task, teacher_student, vary
from grokphase.training.loop import Loop
from grokphase.training.reach import reach
from grokphase.training.results import curves_of
from grokphase.training.session import prepare


def weights(sizes: list[int], scale: float, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The teacher's layers, by what its docstring says."""
    random, found = stream(seed, "teacher"), []
    for before, after in pairwise(sizes):
        weight = scale * random.uniform(-1, 1, (after, before)) / before**0.5
        found.append((weight, scale * random.uniform(-1, 1, after) / before**0.5))
    return found


def at_first(spec: gp.RunSpec) -> dict[str, float]:
    """What is recorded of a run before its first step."""
    run = prepare(spec)
    state = computed(Loop(run.program, run.static).start, run.params, run.problem)
    return {name: float(values[0]) for name, values in curves_of(spec, state).items()}


@pytest.mark.parametrize(("layers", "scale"), [(1, 1.0), (3, 2.0)])
def test_a_student_with_the_teachers_weights_is_right_everywhere(layers, scale):
    learned = teacher_student(3, 2, 4, layers, samples=20, scale=scale, tolerance=1e-9, seed=7)
    teacher = weights([3, *[4] * (layers - 1), 2], scale, 7)
    model = gp.MLP(None, (4,) * (layers - 1), "tanh")
    spec = gp.run_spec(learned, model, gp.Recipe(steps=1), initial=Initial(None, teacher))
    student = np.asarray(spec.initial_network()(learned.inputs))
    assert np.allclose(student, learned.target.vectors, atol=1e-6)
    found = at_first(spec)
    assert found["train_accuracy"] == found["validation_accuracy"] == 1
    moved = [(weight, bias + 1e-4 * (k == layers - 1)) for k, (weight, bias) in enumerate(teacher)]
    off = at_first(dataclasses.replace(spec, initial=Initial(None, moved)))
    assert off["train_loss"] == pytest.approx(1e-8, rel=1e-2)
    assert off["train_accuracy"] == off["validation_accuracy"] == 0


def test_inputs_are_standard_normal_and_the_seed_draws_them():
    learned = teacher_student(20, 1, 5, samples=2000)
    assert abs(learned.inputs.mean()) < 5 / 200
    assert abs(learned.inputs.std() - 1) < 5 / np.sqrt(2 * 40_000)
    assert teacher_student(seed=1) == teacher_student(seed=1) != teacher_student(seed=2)


def test_all_of_its_numbers_can_be_varied():
    given = task("teacher-student")
    assert leaves_of(given) == given.parameters
    for leaf, value in {"samples": 50, "tolerance": 0.001, "width": 7, "layers": 2}.items():
        assert vary(given, leaf, value) == task("teacher-student", **{leaf: value})
    assert vary(given, "outputs", 1).outputs == 1


def test_no_result_of_a_function_must_be_shown():
    found = reach(gp.run_spec("teacher-student"))
    assert found.reachable == found.samples == 100


def test_a_tolerance_is_part_of_a_target_where_it_is_given():
    assert "tolerance" not in Regression().spec()
    near = addition(target=Regression(tolerance=0.1))
    assert near.target.spec()["tolerance"] == leaves_of(near)["target.tolerance"] == 0.1
    assert vary(near, "target.tolerance", 0.2).target == Regression(tolerance=0.2)
    assert Regression(vectors=np.ones((3, 2)), tolerance=0.1).is_function
    with pytest.raises(GrokphaseError, match="no class is predicted"):
        gp.train(near, recipe=gp.Recipe(measures=["train_margin"]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 0}, "layers must be a whole number from 1 to 100"),
        ({"samples": 1}, "samples must be"),
        ({"scale": 0}, "scale of a teacher must be"),
        ({"tolerance": 0}, "tolerance of a squared error must be"),
        ({"tolerance": "small"}, "tolerance of a squared error must be"),
        ({"width": 5000}, "more than 10,000,000"),
        ({"samples": 10**9}, "more than 10,000,000"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(GrokphaseError, match=message):
        teacher_student(**options)
