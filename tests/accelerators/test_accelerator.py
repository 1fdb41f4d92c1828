"""What an accelerator is: its place in a recipe, in a run's identity, in the loop, in a shell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tests.haste import computed, in_haste

import grokphase as gp
from grokphase.accelerators import Accelerator, GrokfastEMA, arm_of, kinds
from grokphase.accelerators.accelerator import Place
from grokphase.accelerators.settings import real, steps, whole
from grokphase.training.compilation import compilations, compiled, likeness
from grokphase.training.leaks import leaks
from grokphase.training.leaves import leaves, replace, values_of
from grokphase.training.listing import settings_of
from grokphase.training.loop import Loop
from grokphase.training.prepared import Prepared
from grokphase.training.session import prepare
from grokphase.training.told import told

TASK = gp.task("modular-addition", p=5)
MODEL = gp.MLP(dimension=3, widths=(6,))


@dataclass(frozen=True)
class Everything(Accelerator):
    """Changes all that can be changed: of an own making, as a user's would be.

    Args:
        pull: of the penalty.
        until: steps of the decay's growth.
        times: of the loss.
    """

    pull: float = real(0.5)
    until: int = steps(4)
    times: int = whole(2)

    kind: ClassVar[str] = "my-everything"
    place: ClassVar[Place] = "direction"

    def transform(self) -> optax.GradientTransformationExtraArgs:
        return optax.with_extra_args_support(
            optax.stateless(lambda updates, params: jax.tree.map(jnp.sign, updates))
        )

    def chosen(self, params: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf.ndim == 2, params)

    def losses(self, usual: Any, outputs: Any, labels: Any, step: Any) -> Any:
        return self.times * usual

    def penalty(self, params: Any, step: Any) -> Any:
        return self.pull * sum((leaf**2).sum() / 2 for leaf in jax.tree.leaves(params))

    def weight_decay(self, usual: Any, step: Any) -> Any:
        return usual * jnp.minimum(step / self.until, 1)

    def initial(self, network: Any, task: Any, generator: np.random.Generator) -> Any:
        return jax.tree.map(lambda leaf: 2 * leaf, network)

    def samples(self, train: Any, task: Any) -> Any:
        a, b = task.inputs[train].T
        return np.union1d(train, 5 * b + a).astype(np.int32)


def run(accelerator: Any = None, **recipe: Any) -> Prepared:
    given = {"steps": 12, "stop": "budget", "record_every": 1, **recipe}
    return prepare(gp.run_spec(TASK, MODEL, gp.Recipe(**given, accelerator=accelerator), seed=0))


def all_close(one: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-7) -> None:
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


def test_none_is_no_part_of_a_run() -> None:
    plain = gp.run_spec(TASK, MODEL)
    assert "accelerator" not in plain.spec()["recipe"]
    assert replace(plain, "recipe.accelerator", None).id == plain.id
    one = run()
    assert one.program.accelerator is None
    assert one.problem.numbers.accelerator is None
    state = jax.eval_shape(Loop(one.program, one.static).start, one.params, one.problem)
    assert state.accelerator is state.loss is None


def test_it_is_given_by_itself_its_kind_or_its_description() -> None:
    arm = GrokfastEMA(alpha=0.9)
    assert gp.Recipe(accelerator=arm).accelerator == arm
    assert arm_of("grokfast-ema") == GrokfastEMA()
    described = gp.run_spec(TASK, MODEL, gp.Recipe(accelerator=arm)).spec()["recipe"]["accelerator"]
    assert described == {"kind": "grokfast-ema", "alpha": 0.9, "factor": 2.0}
    assert gp.recipe(TASK, accelerator=described).accelerator == arm


def test_every_kind_is_read_back_from_its_description_and_told() -> None:
    for kind, arm in kinds().items():
        made = arm()
        assert made.kind == kind
        assert arm_of(made.spec()) == made
        assert hash(made.form()) == hash(arm().form())
        assert made.told().startswith(kind)


def test_an_arm_of_ones_own_is_known_by_its_code_too() -> None:
    described = Everything().spec()
    assert len(described["code"]) == 64
    assert arm_of(described) == Everything()
    with pytest.raises(gp.GrokphaseError, match='cannot be called "grokfast-ema"'):
        type("Mine", (Accelerator,), {"kind": "grokfast-ema", "__module__": "mine"})


def test_settings_are_leaves() -> None:
    spec = replace(gp.run_spec(TASK, MODEL), "recipe.accelerator", "grokfast-ema")
    assert leaves(spec)["recipe.accelerator.alpha"] == 0.98
    assert values_of(spec)["recipe.accelerator"] == "grokfast-ema"
    other = replace(spec, "recipe.accelerator.alpha", 0.5)
    assert other.recipe.accelerator == GrokfastEMA(alpha=0.5)
    assert other.id != spec.id
    listed = {each.name: each for each in settings_of(spec)}
    assert listed["recipe.accelerator"].allowed == f"{', '.join(kinds())}, or none"
    alpha = listed["recipe.accelerator.alpha"]
    assert alpha.allowed == "number from 0, below 1"
    assert alpha.meaning.startswith("share of the mean that a step keeps")
    assert "accelerated by grokfast-ema (alpha 0.98, factor 2)" in told(spec)


def test_numbers_share_a_compiled_loop_and_whole_ones_do_not() -> None:
    def like(**given: Any) -> Any:
        one = run(Everything(**given))
        return likeness(one.program, one.static, one.params, one.problem)

    assert like() == like(pull=0.1, until=9) != like(times=3)


def test_a_sweep_over_a_number_compiles_once() -> None:
    one = run(GrokfastEMA()).compiled()
    before = compilations()
    assert run(GrokfastEMA(alpha=0.5, factor=1.0)).compiled() is one
    assert compilations() == before


def test_the_same_to_the_bit_however_a_run_is_cut() -> None:
    from grokphase.training.checkpoint import from_bytes, to_bytes

    one = run(GrokfastEMA())
    loop = one.compiled()

    def final(*stops: int) -> list[np.ndarray]:
        state = loop.start(one.params, one.problem)
        for stop in stops:
            found = from_bytes(to_bytes(state, 0.0), loop.state)
            assert found is not None
            state = loop.segment(found[0], one.problem, np.int32(stop))
        return [np.asarray(leaf) for leaf in jax.tree.leaves(state)]

    whole_run, cut = final(12), final(1, 7, 12)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(whole_run, cut, strict=True))


@pytest.mark.slow
def test_several_at_once_are_those_alone() -> None:
    runs = [run(GrokfastEMA(alpha=alpha)) for alpha in (0.5, 0.9)]
    stacked = [
        jax.tree.map(lambda *x: jnp.stack(x), *each)
        for each in ([one.params for one in runs], [one.problem for one in runs])
    ]
    loop = compiled(runs[0].program, runs[0].static, stacked[0], stacked[1], copies=2)
    state = loop.segment(loop.start(*stacked), stacked[1], np.int32(12))
    for at, one in enumerate(runs):
        alone = one.compiled()
        expected = alone.segment(
            alone.start(one.params, one.problem), one.problem, np.int32(12)
        ).params
        all_close(jax.tree.map(lambda leaf, at=at: leaf[at], state.params), expected, rtol=1e-4)


def test_each_hook_is_where_it_says() -> None:
    """One step of an arm that changes all, against the step of a plain run of its loss."""
    arm = Everything()
    one, plain = run(arm), run(gradient_noise=0.0)
    scaled = jax.tree.map(lambda leaf: 2 * leaf, plain.params)
    all_close(one.params, scaled, rtol=0, atol=0)
    same = plain.problem._replace(train=one.problem.train)
    loop, stepping = (Loop(each.program, each.static) for each in (plain, one))
    bare = computed(loop.start, scaled, same)
    start = computed(stepping.start, one.params, one.problem)
    step = in_haste(stepping._step, start, one.problem)
    first = step(start, one.problem)
    second = step(first, one.problem)
    expected = jax.tree.map(lambda g, w: 2 * g + 0.5 * w, bare.gradient, scaled)
    all_close(start.gradient, expected, rtol=1e-4, atol=1e-6)
    all_close(start.rows[0, :9], bare.rows[0, :9])  # recorded losses are the usual ones
    assert start.loss == pytest.approx(2 * float(bare.rows[0, 0]), rel=1e-5)
    # Matrices take the sign, without decay at step 0; all else the optimizer's direction.
    eta = one.spec.recipe.decoder.learning_rate
    moved = jax.tree.map(lambda w, g: w - eta * jnp.sign(g), start.params, start.gradient)
    all_close(first.params.embedding, moved.embedding)
    all_close(first.params.decoder[0].kernel, moved.decoder[0].kernel)
    moments = sum(leaf.size for leaf in jax.tree.leaves(start.optimizer) if leaf.ndim)
    assert moments == 2 * sum(layer.bias.size for layer in one.params.decoder)
    decay = eta * one.spec.recipe.embedding.weight_decay / 4  # a quarter of it at step 1
    shrunk = first.params.embedding * (1 - decay) - eta * jnp.sign(first.gradient.embedding)
    np.testing.assert_allclose(second.params.embedding, shrunk, rtol=1e-6)


def test_samples_that_are_added_are_trained_and_told_as_leaks() -> None:
    one, plain = run(Everything()), run()
    assert one.problem.train.labels.size > plain.problem.train.labels.size
    assert leaks(one.spec).repeated > 0 == leaks(plain.spec).repeated
    np.testing.assert_array_equal(one.problem.validation.inputs, plain.problem.validation.inputs)
    assert one.problem.new is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("grokfast", 'recipe.accelerator "grokfast" is not known; allowed: .*Did you mean'),
        (3, "recipe.accelerator 3 is not known; allowed: "),
        ({"kind": "grokfast-ema", "alhpa": 1}, 'alhpa is no setting of grokfast-ema; .*"alpha"'),
    ],
)
def test_what_is_none_is_refused(given: Any, said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        gp.Recipe(accelerator=given)


def test_a_setting_without_its_accelerator_is_refused() -> None:
    plain = gp.run_spec(TASK, MODEL)
    with pytest.raises(
        gp.GrokphaseError, match=r"this run has none; write also recipe.accelerator="
    ):
        replace(plain, "recipe.accelerator.alpha", 0.5)
    arm = replace(plain, "recipe.accelerator", "grokfast-ema")
    with pytest.raises(gp.GrokphaseError, match=r"recipe.accelerator.window is no setting of grok"):
        replace(arm, "recipe.accelerator.window", 5)


def test_a_shell_sets_it_and_its_settings_in_any_order() -> None:
    from grokphase.cli.experiment import experiment_spec
    from grokphase.cli.options import Experiment

    typed = ("recipe.accelerator.alpha=0.5", "recipe.accelerator=grokfast-ema")
    spec = experiment_spec("modular-addition", Experiment(p=5, settings=typed))
    assert isinstance(spec, gp.RunSpec)
    assert spec.recipe.accelerator == GrokfastEMA(alpha=0.5)


def test_it_can_be_swept_by_kind_and_by_number() -> None:
    from grokphase.mapping.maps import grid_of

    spec = gp.run_spec(TASK, MODEL)
    words = "recipe.accelerator=none,grokfast-ema"
    assert grid_of(spec, words, "recipe.warmup=0,10", (0,), "first-passage").shape == (2, 2)
    arm = replace(spec, "recipe.accelerator", "grokfast-ema")
    numbers = "recipe.accelerator.factor=0..5:3", "recipe.accelerator.alpha=0.5,0.9"
    assert grid_of(arm, *numbers, (0,), "first-passage").shape == (2, 3)
