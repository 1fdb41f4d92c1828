"""Each accelerator against its closed forms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax.contrib
import pytest
from tests.haste import computed

import grokphase as gp
from grokphase.accelerators import (
    DecaySchedule,
    Egalitarian,
    GradientNorm,
    GrokfastEMA,
    GrokfastMA,
    Muon,
    PerpGrad,
    WanD,
    kinds,
)
from grokphase.accelerators.egalitarian import polar, polar_by_products, sketched
from grokphase.accelerators.matrices import hidden_matrices, matrices, on_matrices
from grokphase.accelerators.muon import COEFFICIENTS, orthogonal
from grokphase.training.effect import refuse_without_effect
from grokphase.training.loop import Loop
from grokphase.training.session import prepare

TASK = gp.task("modular-addition", p=5)
SMALL = gp.Transformer(width=8, heads=2, mlp=8)


def filtered(arm: Any, gradients: np.ndarray) -> np.ndarray:
    """What a filter makes of a sequence of gradients."""
    transform = arm.transform()

    def step(state: Any, gradient: Any) -> Any:
        found, state = transform.update(gradient, state)
        return state, found

    first = jnp.asarray(gradients, jnp.float32)
    _, found = jax.lax.scan(step, transform.init(first[0]), first)
    return np.asarray(found)


def gain(arm: Any, w: float, steps: int = 1200) -> complex:
    """The gain of a filter at a frequency, once it has settled."""
    t = np.arange(steps)
    waves = np.stack([np.cos(w * t), np.sin(w * t)], axis=1)
    found = filtered(arm, waves)[-1]
    return complex(found[0] + 1j * found[1]) / complex(np.exp(1j * w * t[-1]))


@pytest.mark.parametrize("w", [0.0, 0.05, 1.0, np.pi])
def test_the_gain_of_the_moving_average_is_that_of_the_formula(w: float) -> None:
    alpha, factor = 0.95, 2.0
    expected = 1 + factor * (1 - alpha) / (1 - alpha * np.exp(-1j * w))
    assert gain(GrokfastEMA(alpha=alpha, factor=factor), w) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("w", [1e-9, 0.05, 1.0, np.pi])
def test_the_gain_of_the_window_is_that_of_the_formula(w: float) -> None:
    window, factor = 20, 5.0
    shape = np.sin(w * window / 2) / (window * np.sin(w / 2))
    expected = 1 + factor * shape * np.exp(-1j * w * (window - 1) / 2)
    assert gain(GrokfastMA(window=window, factor=factor), w, 100) == pytest.approx(
        expected, abs=2e-4
    )


def test_a_constant_gradient_is_multiplied_from_the_first_step_on() -> None:
    ones = np.ones((9, 1))
    np.testing.assert_allclose(filtered(GrokfastEMA(0.9, 2.0), ones), 3 * ones, rtol=1e-6)
    late = filtered(GrokfastMA(window=4, factor=2.0), ones)[:, 0]
    np.testing.assert_allclose(late, [1, 1, 1, 3, 3, 3, 3, 3, 3], rtol=1e-6)
    once = filtered(GrokfastMA(window=4, factor=2.0, begin="at once"), ones)
    np.testing.assert_allclose(once, 3 * ones, rtol=1e-6)


def test_the_filters_are_those_of_the_papers_recursions(rng: np.random.Generator) -> None:
    given = rng.normal(size=(30, 3))
    mean, expected = given[0], []
    for g in given:
        mean = 0.8 * mean + 0.2 * g
        expected.append(g + 1.5 * mean)
    np.testing.assert_allclose(
        filtered(GrokfastEMA(0.8, 1.5), given), expected, rtol=1e-5, atol=1e-6
    )
    windows = [given[t] + 2 * given[t - 6 : t + 1].mean(axis=0) for t in range(6, 30)]
    found = filtered(GrokfastMA(window=7, factor=2.0), given)
    np.testing.assert_allclose(found[6:], windows, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[:6], given[:6], rtol=1e-6)


def test_the_filter_is_of_the_raw_gradient_and_decay_is_not_amplified() -> None:
    """Adam with decay in the gradient sees g + factor mu + lambda theta."""
    spec = gp.run_spec(
        TASK,
        gp.MLP(dimension=3, widths=(6,)),
        gp.Recipe(optimizer="sgd", steps=3, accelerator=GrokfastEMA(factor=4.0)),
        seed=0,
    )
    one = prepare(gp.training.replace(spec, "recipe.beta1", 0.0))
    loop = Loop(one.program, one.static)
    start = computed(loop.start, one.params, one.problem)
    first = computed(loop._step, start, one.problem)
    group = one.spec.recipe.decoder
    expected = jax.tree.map(
        lambda w, g: w - group.learning_rate * (5 * g + group.weight_decay * w),
        start.params,
        start.gradient,
    )
    for a, b in zip(jax.tree.leaves(first.params), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("over", ["tensors", "all"])
@pytest.mark.parametrize("length", ["kept", "projected"])
def test_perp_grad_is_orthogonal_to_the_weights(
    over: Any, length: Any, rng: np.random.Generator
) -> None:
    weights, gradient = (
        {"a": jnp.asarray(rng.normal(size=(4, 5))), "b": jnp.asarray(rng.normal(size=7))}
        for _ in range(2)
    )
    perp = PerpGrad(over=over, length=length).transform()
    found, _ = perp.update(gradient, perp.init(weights), weights)

    def flat(tree: Any) -> list[np.ndarray]:
        leaves = [np.ravel(leaf) for leaf in jax.tree.leaves(tree)]
        return leaves if over == "tensors" else [np.concatenate(leaves)]

    for new, w, g in zip(flat(found), flat(weights), flat(gradient), strict=True):
        assert abs(new @ w) < 1e-5
        assert np.linalg.norm(new) <= np.linalg.norm(g) * (1 + 1e-6)
        if length == "kept":
            assert np.linalg.norm(new) == pytest.approx(np.linalg.norm(g), rel=1e-5)
        else:
            np.testing.assert_allclose(new, g - (w @ g) / (w @ w) * w, atol=1e-6)
    if over == "all":
        assert abs((found["a"] * weights["a"]).sum()) > 1e-3


def test_perp_grad_of_weights_that_are_zero_is_the_gradient() -> None:
    perp = PerpGrad().transform()
    gradient = jnp.array([1.0, -2.0])
    found, _ = perp.update(gradient, perp.init(gradient), jnp.zeros(2))
    np.testing.assert_allclose(found, gradient, rtol=1e-6)
    with pytest.raises(gp.GrokphaseError, match="needs the weights"):
        perp.update(gradient, perp.init(gradient))


@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (1, 5)])
def test_newton_schulz_is_its_polynomial_of_the_singular_values(
    shape: tuple[int, int], rng: np.random.Generator
) -> None:
    matrix = rng.normal(size=shape)
    u, s, v = np.linalg.svd(matrix / np.linalg.norm(matrix), full_matrices=False)
    a, b, c = COEFFICIENTS
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    found = np.asarray(orthogonal(jnp.asarray(matrix, jnp.float32), 5))
    np.testing.assert_allclose(found, (u * s) @ v, atol=2e-4)
    theirs = optax.contrib._muon.orthogonalize_via_newton_schulz(
        jnp.asarray(matrix, jnp.float32), jnp.array(COEFFICIENTS)
    )
    np.testing.assert_allclose(found, theirs, atol=2e-4)


def test_singular_values_end_where_it_is_said() -> None:
    s = jnp.linspace(0.0053, 1.0, 2001)
    a, b, c = COEFFICIENTS
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    assert 0.68 < float(s.min()) < float(s.max()) < 1.21


def test_muon_moves_as_far_as_adamw_usually_does(rng: np.random.Generator) -> None:
    gradient = {"w": jnp.asarray(rng.normal(size=(32, 64)), jnp.float32)}
    for arm, size in ((Muon(), 0.2), (Muon(scale="none"), 1 / 8)):
        muon = arm.transform()
        found, state = muon.update(gradient, muon.init(gradient))
        rms = float(jnp.sqrt((found["w"] ** 2).mean()))
        assert rms == pytest.approx(size, rel=0.2)
    # A momentum of a constant gradient points where it does, however long it lasts.
    again, _ = Muon(scale="none").transform().update(gradient, state)
    np.testing.assert_allclose(again["w"], found["w"], atol=1e-4)


def test_hidden_matrices_are_neither_embeddings_nor_of_the_last_layer() -> None:
    def names(model: Any, which: Any) -> set[str]:
        network = gp.run_spec(TASK, model).initial_network()
        flat = jax.tree_util.tree_flatten_with_path(which(network))[0]
        return {jax.tree_util.keystr(path) for path, chosen in flat if chosen}

    heads = {f".blocks[0].attn.W_{what}" for what in "QKVO"}
    mlp = {".blocks[0].mlp.W_in", ".blocks[0].mlp.W_out"}
    outer = {".embed.W_E", ".pos_embed.W_pos", ".unembed.W_U"}
    assert names(SMALL, hidden_matrices) == heads | mlp
    assert names(SMALL, matrices) == heads | mlp | outer
    deep = (4, 4)
    layers = [f".decoder[{k}].kernel" for k in range(3)]
    assert names(gp.MLP(3, deep), hidden_matrices) == set(layers[:2])
    assert names(gp.MLP(None, deep), hidden_matrices) == {layers[1]}
    assert names(gp.MLP(3, deep), matrices) == {".embedding", *layers}
    parity = gp.task("sparse-parity", bits=6, relevant=2, samples=30)
    network = gp.run_spec(parity, gp.MLP(None, (4,))).initial_network()
    assert hidden_matrices(network).decoder[0].kernel


def test_heads_are_one_matrix(rng: np.random.Generator) -> None:
    weights = {name: jnp.asarray(rng.normal(size=(2, 8, 4))) for name in ("W_Q", "W_O", "other")}
    weights["W_O"] = weights["W_O"].transpose(0, 2, 1)
    found = on_matrices(polar, weights)
    queries = np.asarray(found["W_Q"]).transpose(1, 0, 2).reshape(8, 8)
    outputs = np.asarray(found["W_O"]).reshape(8, 8)
    for matrix in (queries, outputs):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(8), atol=1e-5)
    assert not found["other"].any()


def test_egalitarian_takes_the_first_matrix_alone() -> None:
    weights = {"bias": jnp.ones(2), "first": jnp.eye(2), "second": jnp.eye(3)}
    found = Egalitarian(over="first").chosen(weights)
    assert found == {"bias": False, "first": True, "second": False}


def test_a_decay_in_the_gradient_is_brought_to_full_length() -> None:
    """Where the loss does not pull, singular values of the weights shrink by eta a step."""
    arm = Egalitarian(coupled_decay=1e-4).transform()
    weights = jnp.diag(jnp.array([3.0, 2.0]))
    direction, _ = arm.update(jnp.zeros((2, 2)), arm.init(weights), weights)
    np.testing.assert_allclose(direction, jnp.eye(2), atol=1e-5)


def test_egalitarian_makes_singular_values_equal(rng: np.random.Generator) -> None:
    matrix = rng.normal(size=(5, 8))
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    root = (vectors / np.sqrt(values)) @ vectors.T  # (G G^T)^(-1/2)
    np.testing.assert_allclose(polar(jnp.asarray(matrix)), root @ matrix, atol=1e-5)
    np.testing.assert_allclose(
        polar_by_products(jnp.asarray(matrix, jnp.float32)), root @ matrix, atol=1e-5
    )
    low = jnp.asarray(np.outer([1.0, 2.0], [3.0, 0.0, 4.0]))
    expected = np.outer([1.0, 2.0], [3.0, 0.0, 4.0]) / (5**0.5 * 5)
    np.testing.assert_allclose(polar(low), expected, atol=1e-6)  # of rank 1, and stays so


def test_a_sketch_of_a_matrix_of_low_rank_is_exact(rng: np.random.Generator) -> None:
    low = jnp.asarray(rng.normal(size=(30, 3)) @ rng.normal(size=(3, 20)), jnp.float32)
    found = sketched(low, 6, jax.random.key(1))
    np.testing.assert_allclose(found, polar(low), atol=1e-4)
    arm = Egalitarian(method="randomized", rank=6).transform()
    direction, count = arm.update({"w": low}, arm.init({"w": low}))
    np.testing.assert_allclose(direction["w"], found, atol=1e-4)
    assert int(count) == 1


def test_a_gradient_is_given_one_norm(rng: np.random.Generator) -> None:
    gradient = {"a": jnp.asarray(rng.normal(size=4) * 1e-6), "b": jnp.asarray(rng.normal(size=3))}
    whole, _ = GradientNorm(0.5).transform().update(gradient, None)
    total = sum(float((leaf**2).sum()) for leaf in whole.values())
    assert total == pytest.approx(0.25, rel=1e-5)
    each, _ = GradientNorm(0.5, over="tensors").transform().update(gradient, None)
    for leaf in each.values():
        assert float(jnp.linalg.norm(leaf)) == pytest.approx(0.5, rel=1e-5)
    none, _ = GradientNorm().transform().update({"a": jnp.zeros(2)}, None)
    assert not none["a"].any()


def test_decay_follows_its_schedule() -> None:
    cosine = DecaySchedule(start=1.0, end=0.0, begin=10, over=20, shape="cosine")
    found = [float(cosine.weight_decay(jnp.float32(3), jnp.int32(t))) for t in (0, 10, 15, 20, 30)]
    np.testing.assert_allclose(found, [3, 3, 3 * (1 + 0.5**0.5) / 2, 1.5, 0], atol=1e-6)
    jump = DecaySchedule(begin=5, over=0)
    assert [float(jump.weight_decay(2.0, jnp.int32(t))) for t in (4, 5)] == [0.0, 2.0]


def test_the_velocities_of_wand_have_its_temperature() -> None:
    """Without a push, v is an autoregression whose variance is kT, whatever the friction."""
    wand = WanD(temperature=0.7, friction=0.3, height=0.0).transform()
    zeros = jnp.zeros(500)

    def step(state: Any, _: Any) -> Any:
        direction, state = wand.update(zeros, state, zeros, value=jnp.float32(1))
        return state, direction

    _, found = jax.lax.scan(step, wand.init(zeros), None, length=400)
    samples = np.asarray(found)[40::10]  # 0.7^10 = 0.03: nearly independent
    assert samples.var() == pytest.approx(0.7, abs=5 * 0.7 * (2.2 / samples.size) ** 0.5)


def test_wand_is_pushed_away_from_where_it_was() -> None:
    arm = WanD(temperature=0.0, friction=1.0, height=8.0, turn=1, width=0.2, bins=2200)
    wand, gradient = arm.transform(), jnp.array([2.0])
    _, state = wand.update(gradient, wand.init(gradient), gradient, value=jnp.float32(1))
    loss = np.exp(-0.1)
    direction, _ = wand.update(gradient, state, gradient, value=jnp.float32(loss))
    slope = 8.0 * 0.1 / 0.2**2 * np.exp(-0.125)  # of the first bump, at x = -0.1; turn 1: f(1) = 8
    expected = arm.dt * slope / loss * 2.0  # down the gradient
    assert float(direction[0]) == pytest.approx(expected, rel=0.1)
    below, _ = wand.update(gradient, state, gradient, value=jnp.float32(np.exp(-9.0)))
    assert float(below[0]) == 0  # nothing pushes beyond the cut-off
    with pytest.raises(gp.GrokphaseError, match="wand needs the training loss"):
        wand.update(gradient, state, gradient)


def test_the_noise_of_wand_follows_from_the_initial_weights() -> None:
    wand = WanD(height=0.0).transform()

    def noise(weights: Any) -> np.ndarray:
        found, _ = wand.update(weights, wand.init(weights), weights, value=jnp.float32(1))
        return np.asarray(found)

    one, same, other = (noise(jnp.full(3, x)) for x in (1.0, 1.0, 1.1))
    np.testing.assert_array_equal(one, same)
    assert not np.isclose(one, other).any()


#: With a state of each kind, and one with a penalty; the slow suite traces all.
TRACED = ("grokfast-ma", "muon", "egalitarian", "wand", "spectral-entropy")


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=() if kind in TRACED else pytest.mark.slow) for kind in kinds()],
)
def test_each_is_traced_in_the_loop(kind: str) -> None:
    """Its state keeps its shapes and types, under two groups and heads of an attention."""
    if kind.startswith("my-"):
        pytest.skip("an arm of another test")
    recipe = gp.Recipe(steps=3, accelerator=kinds()[kind]())
    one = prepare(gp.run_spec(TASK, SMALL, recipe, seed=0))
    loop = Loop(one.program, one.static)
    state = jax.eval_shape(loop.start, one.params, one.problem)
    found = jax.eval_shape(loop.segment, state, one.problem, jnp.int32(2))
    assert jax.tree.structure(found) == jax.tree.structure(state)


@pytest.mark.parametrize(
    ("kind", "setting", "value", "said"),
    [
        ("grokfast-ema", "factor", -1, "factor = -1 cannot be used; .* 0 or more"),
        ("grokfast-ema", "alpha", 1, "alpha = 1 cannot be used; it must be a number between 0"),
        ("grokfast-ma", "window", 0, "window = 0 cannot be used; it must be a number between 1"),
        ("grokfast-ma", "window", 2.5, "window = 2.5 cannot be used; it must be a whole number"),
        ("grokfast-ma", "begin", "now", 'begin "now" is not known; allowed: full, at once'),
        ("perp-grad", "over", "rows", 'over "rows" is not known; allowed: tensors, all'),
        ("muon", "iterations", 11, "iterations = 11 cannot be used"),
        ("muon", "nesterov", 2, "nesterov = 2 cannot be used; write true or false"),
        ("egalitarian", "rank", 0, "rank = 0 cannot be used"),
        ("gradient-norm", "norm", -0.5, r"norm = -0\.5 cannot be used"),
        ("decay-schedule", "over", -1, "over = -1 cannot be used"),
        ("wand", "friction", 1.5, "friction = 1.5 cannot be used; .* between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, setting: str, value: Any, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=rf"recipe\.accelerator\.{said}"):
        gp.Recipe(accelerator={"kind": kind, setting: value})


@pytest.mark.parametrize(
    ("arm", "model", "recipe", "why"),
    [
        (Muon(), gp.MLP(widths=()), {}, "muon is for hidden matrices, .* this model has none"),
        (Muon(), gp.MLP(None, (4,)), {}, "muon is for hidden matrices, .* this model has none"),
        (DecaySchedule(), gp.MLP(), {"weight_decay": 0}, "there is no weight decay; write also"),
    ],
)
def test_one_that_would_change_nothing_is_refused(
    arm: Any, model: Any, recipe: dict[str, Any], why: str
) -> None:
    spec = gp.run_spec(TASK, model, gp.recipe(TASK, model, accelerator=arm, **recipe))
    with pytest.raises(gp.GrokphaseError, match=rf"recipe\.accelerator has no effect: {why}"):
        prepare(spec)
    with pytest.raises(gp.GrokphaseError, match=rf"recipe\.accelerator has no effect: {why}"):
        refuse_without_effect(spec, ["recipe.accelerator"])


def test_an_arm_that_is_no_transform_says_so() -> None:
    with pytest.raises(gp.GrokphaseError, match="decay-schedule is no transform of the gradient"):
        DecaySchedule().transform()


def test_the_page_has_every_kind_with_its_state() -> None:
    page = (Path(__file__).parents[2] / "docs" / "accelerators.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| (\d+) \|", page, re.MULTILINE))
    ours = {kind: arm() for kind, arm in kinds().items() if arm.__module__.startswith("grokphase.")}
    assert set(rows) == set(ours)
    params = {"w": jnp.zeros((300, 400))}
    for kind, arm in ours.items():
        if arm.place is None:
            assert rows[kind] == "0", kind
            continue
        state = jax.eval_shape(arm.transform().init, params)
        size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))
        assert int(rows[kind]) == round(size / params["w"].size), kind


def test_the_last_layer_of_a_dict_is_known_by_its_name_and_not_by_its_place():
    """JAX puts the keys of a dict in order of letters, so that `w` stands after `out`."""
    tree = {"embedding": jnp.ones((5, 8)), "w": jnp.ones((8, 8)), "b": jnp.ones(5)}
    found = gp.accelerators.Muon().chosen(tree | {"out": jnp.ones((8, 5))})
    assert found == {"embedding": False, "w": True, "b": False, "out": False}
    with pytest.raises(gp.GrokphaseError, match="dict of v, w"):
        gp.accelerators.Muon().chosen(tree | {"v": jnp.ones((8, 5))})
