"""What a recipe does in a step beside its optimizer, against closed forms; and resumed."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.measures.norms import norm
from grokphase.training.effect import refuse_without_effect
from grokphase.training.labels import replaced, trained_labels
from grokphase.training.loop import Loop, State
from grokphase.training.optimizers import GroupNumbers, group_optimizer
from grokphase.training.prepared import Prepared
from grokphase.training.session import prepare
from grokphase.training.steps import WEIGHTS, key_at, noise_of, noisy, warmed

TASK = gp.task("modular-addition", p=5)
MODEL = gp.MLP(dimension=3, widths=(6,))
LEAVES: dict[str, Any] = {
    "warmup": 4,
    "label_noise": 0.25,
    "gradient_noise": 0.5,
    "weight_noise": 0.02,
    "decay_towards": "initial",
    "held_norm": 0.7,
    "held_from": 3,
    "temperature": 2.0,
}


def run(model: Any = MODEL, seed: int = 0, **recipe: Any) -> Prepared:
    given = {"steps": 12, "stop": "budget", "record_every": 1, **recipe}
    return prepare(gp.run_spec(TASK, model, gp.Recipe(**given), seed=seed))


def after(one: Prepared, steps: int) -> State:
    """The state after some steps, operation by operation: what differs is not compiled anew."""
    loop = Loop(one.program, one.static)
    with jax.disable_jit():
        state = loop.start(one.params, one.problem)
        return loop.segment(state, one.problem, jnp.int32(steps)) if steps else state


def all_close(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-7) -> None:
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def row(state: State, name: str) -> Any:
    from grokphase.training.measured import columns

    return np.asarray(state.rows)[: int(state.row), columns(()).index(name)]


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_at_its_default_is_no_part_of_a_run(leaf: str) -> None:
    plain = gp.run_spec(TASK, MODEL)
    usual = getattr(gp.Recipe(), leaf)
    assert leaf not in plain.spec()["recipe"]
    assert gp.training.replace(plain, f"recipe.{leaf}", usual).id == plain.id
    other = gp.training.replace(plain, f"recipe.{leaf}", LEAVES[leaf])
    assert other.spec()["recipe"][leaf] == LEAVES[leaf]
    assert other.id != plain.id


def test_at_their_defaults_nothing_of_them_is_compiled() -> None:
    problem = run().problem
    numbers = problem.numbers
    assert problem.initial is None
    assert problem.train.keys is None
    assert [numbers.warmup, numbers.temperature, numbers.noise] == [None] * 3
    assert numbers.held_norm is numbers.held_from is None


def test_warm_up_is_linear_from_nothing() -> None:
    numbers = GroupNumbers.of(gp.Group(0.1, 0.0, 0.9, 0.99, 1e-8))
    rates = [float(warmed(numbers, jnp.int32(t), jnp.float32(4)).learning_rate) for t in range(7)]
    np.testing.assert_allclose(rates, [0, 0.025, 0.05, 0.075, 0.1, 0.1, 0.1], rtol=1e-6)


def test_the_first_update_of_a_warm_up_changes_nothing_but_the_optimizer() -> None:
    one = run(warmup=4)
    start, first, second = (after(one, steps) for steps in (0, 1, 2))
    all_close(start.params, first.params, rtol=0, atol=0)
    plain = after(run(), 1)
    all_close(first.optimizer, plain.optimizer)
    moved = norm(jax.tree.map(jnp.subtract, second.params, first.params))
    assert float(moved) > 0


def test_noise_has_its_deviation_and_follows_from_its_key() -> None:
    tree = {"a": jnp.ones((200, 300)), "b": jnp.full(40_000, 3.0)}
    key = jax.random.key(1)
    found = noisy(tree, jnp.float32(0.01), key)
    drawn = np.concatenate([np.ravel(found[k] - tree[k]) for k in tree]) / 0.01
    assert abs(drawn.mean()) < 5 / drawn.size**0.5
    assert abs(drawn.std() - 1) < 5 / (2 * drawn.size) ** 0.5
    assert abs(np.corrcoef(drawn[:40_000], drawn[60_000:])[0, 1]) < 5 / 200
    all_close(found, noisy(tree, jnp.float32(0.01), key), rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["adamw", "adam", "sgd"])
def test_noise_of_the_direction_is_multiplied_by_the_rate(kind: Any) -> None:
    numbers = GroupNumbers.of(gp.Group(0.1, 0.3, 0.0, 0.99, 1e-8))
    key, params, gradient = jax.random.key(2), jnp.linspace(-1, 1, 9), jnp.ones(9)
    noise = noise_of(jnp.float32(0.5), key)
    found = [
        optimizer.update(gradient, optimizer.init(params), params)[0]
        for optimizer in (group_optimizer(kind, numbers), group_optimizer(kind, numbers, noise))
    ]
    expected = -0.1 * noisy(jnp.zeros(9), jnp.float32(0.5), key)
    np.testing.assert_allclose(found[1] - found[0], expected, rtol=1e-4, atol=1e-6)


def test_groups_and_steps_have_noise_of_their_own() -> None:
    one, plain = run(gradient_noise=1.0), run()
    loops = [Loop(each.program, each.static) for each in (one, plain)]
    zeros = jax.tree.map(jnp.zeros_like, one.params)

    def moved(step: int) -> list[np.ndarray]:
        optimizer = loops[0]._optimizer(one.problem, jnp.int32(step))
        updates, _ = optimizer.update(zeros, optimizer.init(zeros), zeros)
        return [np.ravel(leaf) for leaf in jax.tree.leaves(updates)]

    first, again, next_one = moved(0), moved(0), moved(1)
    all_close(first, again, rtol=0, atol=0)
    flat = np.concatenate(first)
    assert len(np.unique(flat)) == flat.size  # none is drawn twice
    assert not np.isin(flat, np.concatenate(next_one)).any()
    assert 0.5e-3 < flat.std() < 1.5e-3  # eta sigma


def test_a_step_takes_the_gradient_at_noisy_weights_and_moves_those_without() -> None:
    one, plain = run(weight_noise=0.3), run()
    state, clean = after(one, 0), after(plain, 0)
    noise = one.problem.numbers.noise
    assert noise is not None
    shifted = noisy(plain.params, noise.weights, key_at(noise.seed, jnp.int32(0), WEIGHTS))
    loop = Loop(plain.program, plain.static)
    with jax.disable_jit():
        expected = loop.start(shifted, plain.problem)
    all_close(state.gradient, expected.gradient)
    all_close(state.params, clean.params, rtol=0, atol=0)
    all_close(state.rows[0], clean.rows[0], rtol=0, atol=0)  # measured without it


def test_dropout_is_of_steps_and_of_no_measure() -> None:
    one, plain = run(gp.MLP(dimension=3, widths=(6,), dropout=0.5)), run()
    state, clean = after(one, 0), after(plain, 0)
    all_close(state.rows[0], clean.rows[0], rtol=0, atol=0)
    assert float(norm(jax.tree.map(jnp.subtract, state.gradient, clean.gradient))) > 1e-3


def test_accuracy_is_of_the_network_without_noise() -> None:
    """A first passage is that of the curves, though each step trains on another network."""
    rates, limits = gp.Group(0.1, 0.0), gp.Thresholds(train_accuracy=0.3)
    recipe: dict[str, Any] = {"embedding": rates, "decoder": rates, "thresholds": limits}
    one = run(gp.MLP(dimension=3, widths=(6,), dropout=0.4), weight_noise=0.3, **recipe)
    state = after(one, 12)
    right = row(state, "train_accuracy")
    passed = np.flatnonzero(right >= int(one.problem.numbers.required[0]))
    assert passed.size
    assert int(state.events.first[0]) == passed[0]


def test_decay_towards_initial_weights_leaves_them_where_they_are() -> None:
    rates = gp.Group(1e-2, 5.0)
    recipe: dict[str, Any] = {"embedding": rates, "decoder": rates}
    towards, plain = (run(**recipe, decay_towards=where) for where in ("initial", "zero"))
    free = run(embedding=gp.Group(1e-2, 0.0), decoder=gp.Group(1e-2, 0.0))
    all_close(after(towards, 1).params, after(free, 1).params, rtol=0, atol=0)
    assert float(norm(after(plain, 1).params)) < float(norm(after(free, 1).params))
    # theta_2 = theta_1 + update - eta lambda (theta_1 - theta_0)
    first, second, third = (after(towards, k).params for k in (0, 1, 2))
    state = after(towards, 1)
    bare = Loop(free.program, free.static)
    updates, _ = bare._optimizer(free.problem, state.step).update(
        state.gradient, state.optimizer, state.params
    )
    expected = jax.tree.map(lambda a, b, u: b + u - 0.05 * (b - a), first, second, updates)
    all_close(third, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["adam", "sgd"])
def test_coupled_decay_is_in_the_gradient_and_towards_initial_weights_too(kind: Any) -> None:
    numbers = GroupNumbers.of(gp.Group(0.1, 0.3, 0.9, 0.99, 1e-8))
    bare = GroupNumbers.of(gp.Group(0.1, 0.0, 0.9, 0.99, 1e-8))
    theta, theta_0, gradient = jnp.linspace(-1, 1, 9), jnp.full(9, 0.2), jnp.linspace(1, -2, 9)
    decayed = group_optimizer(kind, numbers)
    plain = group_optimizer(kind, bare)
    found, _ = decayed.update(gradient, decayed.init(theta), theta - theta_0)
    expected, _ = plain.update(gradient + 0.3 * (theta - theta_0), plain.init(theta), theta)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_norm_is_held_at_its_multiple_of_the_initial_one() -> None:
    initial = float(norm(run().params))
    state = after(run(held_norm=0.7), 6)
    np.testing.assert_allclose(row(state, "weight_norm"), 0.7 * initial, rtol=3e-7)
    np.testing.assert_allclose(after(run(held_norm=1), 0).rows, after(run(), 0).rows)


def test_a_norm_is_held_from_a_step_on_and_free_before() -> None:
    free, late = after(run(), 6), after(run(held_norm=0.7, held_from=3), 6)
    initial = float(norm(run().params))
    np.testing.assert_array_equal(late.rows[:3], free.rows[:3])
    np.testing.assert_allclose(row(late, "weight_norm")[3:], 0.7 * initial, rtol=3e-7)
    assert not np.isclose(row(late, "weight_norm")[:3], 0.7 * initial).any()


def test_a_temperature_is_a_last_layer_divided_by_it() -> None:
    warm, plain = run(temperature=4.0), run()
    *before, last = plain.params.decoder
    cool = jax.tree.map(lambda leaf: leaf / 4, last)
    divided = jax.tree.map(lambda x: x, plain.params)
    object.__setattr__(divided, "decoder", (*before, cool))
    loop = Loop(plain.program, plain.static)
    with jax.disable_jit():
        expected = loop.start(divided, plain.problem)
    state = after(warm, 0)
    for name in ("train_loss", "validation_loss", "saturation", "train_accuracy"):
        np.testing.assert_allclose(row(state, name), row(expected, name), rtol=1e-5)
    all_close(state.gradient.embedding, expected.gradient.embedding)
    of_last = jax.tree.map(lambda leaf: leaf / 4, expected.gradient.decoder[-1])
    all_close(state.gradient.decoder[-1], of_last)


def test_as_many_labels_are_replaced_as_are_asked_for_each_by_another() -> None:
    spec = gp.run_spec("modular-addition", recipe=gp.Recipe(label_noise=0.1), seed=3)
    more = gp.training.replace(spec, "recipe.label_noise", 0.4)
    index = spec.split.indices(spec.task, spec.seed)[0]
    true, few, many = spec.task.labels[index], trained_labels(spec), trained_labels(more)
    assert (few != true).sum() == replaced(spec) == 471  # of 4,705: 470.5, a half upwards
    assert (many != true).sum() == replaced(more) == 1882
    outliers = few != true
    np.testing.assert_array_equal(many[outliers], few[outliers])
    moved = (many - true)[many != true] % 97
    assert set(moved.tolist()) == set(range(1, 97))  # any other label
    problem = prepare(spec).problem
    np.testing.assert_array_equal(problem.train.labels, few)
    held_out = spec.split.indices(spec.task, spec.seed)[1]
    np.testing.assert_array_equal(problem.validation.labels, spec.task.labels[held_out])


def test_all_of_them_at_once_are_the_same_to_the_bit_however_a_run_is_cut() -> None:
    """And of the same weights another seed draws other batches and noise."""
    model = gp.MLP(dimension=3, widths=(6,), dropout=0.2)
    one, other = (run(model, seed, batch=8, **LEAVES) for seed in (0, 1))
    loop = one.compiled()

    def final(problem: Any, *stops: int) -> list[np.ndarray]:
        state = loop.start(one.params, problem)
        for stop in stops:
            state = loop.segment(state, problem, np.int32(stop))
        return [np.asarray(leaf) for leaf in jax.tree.leaves(state)]

    def same(these: list[np.ndarray], those: list[np.ndarray]) -> bool:
        return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(these, those, strict=True))

    whole = final(one.problem, 12)
    assert same(whole, final(one.problem, 1, 7, 12))
    for name in ("batch_seed", "noise"):
        numbers = one.problem.numbers._replace(**{name: getattr(other.problem.numbers, name)})
        assert not same(whole, final(one.problem._replace(numbers=numbers), 12)), name


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"warmup": -1}, "recipe.warmup = -1 cannot be used; it must be a number between 0"),
        ({"warmup": -1}, "write warmup=0, in a shell --set recipe.warmup=0."),
        ({"steps": 0}, "write steps=1, in a shell --set recipe.steps=1."),
        ({"threads": 0}, "write threads=1, in a shell --set recipe.threads=1."),
        ({"label_noise": 2}, "write label_noise=1, in a shell --set recipe.label_noise=1."),
        ({"warmup": 1.5}, "recipe.warmup = 1.5 cannot be used; it must be a whole number"),
        ({"label_noise": 1.2}, "recipe.label_noise = 1.2 cannot be used; .* between 0 and 1"),
        ({"gradient_noise": -1}, "recipe.gradient_noise = -1 cannot be used; .* 0 or more"),
        ({"weight_noise": "big"}, "recipe.weight_noise = big cannot be used"),
        ({"decay_towards": "start"}, 'recipe.decay_towards "start" is not known; allowed: zero'),
        ({"held_norm": 0}, "recipe.held_norm = 0 cannot be used; it must be a number above 0"),
        ({"held_from": -1}, "recipe.held_from = -1 cannot be used; .* between 0"),
        ({"temperature": 0}, "recipe.temperature = 0 cannot be used; .* above 0"),
    ],
)
def test_what_cannot_be_is_refused(recipe: dict[str, Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        gp.Recipe(**recipe)


def test_a_temperature_of_the_mean_squared_error_is_refused() -> None:
    spec = gp.run_spec("addition", recipe=gp.Recipe(temperature=2))
    with pytest.raises(gp.GrokphaseError, match="is of a softmax, and the run trains on the mean"):
        prepare(spec)


@pytest.mark.parametrize(
    ("spec", "leaf"),
    [
        (gp.run_spec("addition"), "recipe.decay_towards"),
        (gp.run_spec("addition"), "recipe.temperature"),
        (gp.run_spec("addition"), "recipe.held_from"),
        (gp.run_spec(TASK, gp.Transformer()), "model.dropout_at"),
        (gp.run_spec(TASK, gp.MLP(widths=())), "model.dropout"),
    ],
)
def test_what_has_no_effect_is_named(spec: gp.RunSpec, leaf: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=f"{leaf} has no effect: "):
        refuse_without_effect(spec, [leaf])


def test_they_can_be_swept() -> None:
    from grokphase.mapping.maps import grid_of

    spec = gp.run_spec(TASK, gp.Transformer(width=8, heads=2))
    design = grid_of(spec, "recipe.warmup=0,10", "model.dropout=0.1,0.2", (0,), "first-passage")
    assert design.shape == (2, 2)
