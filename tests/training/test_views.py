"""Views of a run are what its network does at each step whose weights were kept."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from tests.plotting.fakes import made_up_record

import grokphase as gp
from grokphase import measures
from grokphase.training.inside import MOST_NEURONS, planes_of, views_of
from grokphase.training.results import weights_of, with_weights

P = 7


class Waves(eqx.Module):
    """A network whose logits are cosines of the result, of amplitudes that it learns."""

    amplitudes: Any

    def __call__(self, pair: Any) -> Any:
        k, c = jnp.arange(1, len(self.amplitudes) + 1)[:, None], jnp.arange(P)
        angle = 2 * jnp.pi * k * (pair.sum() - c) / P
        return self.amplitudes @ jnp.cos(angle)


@pytest.fixture(scope="module")
def transformer() -> gp.Run:
    model = gp.Transformer(heads=2, width=8, mlp=12)
    task = gp.task("modular-addition", p=P)
    spec = gp.run_spec(task, model, split=0.7)
    kept = {
        step: weights_of(*eqx.partition(_built(spec, seed=step), eqx.is_array))
        for step in (0, 3, 5)
    }
    return gp.Run(spec, made_up_record(steps=5, weights=kept.pop(5), snapshots=kept))


def test_a_network_with_the_weights_of_another_is_that_one() -> None:
    task = gp.task("modular-addition", p=P)
    for model in (gp.MLP(dimension=4, widths=(6, 3)), gp.Transformer(heads=2, width=8, mlp=12)):
        one, other = (model.build(task, seed) for seed in map(np.random.default_rng, (0, 1)))
        given = with_weights(one, weights_of(*eqx.partition(other, eqx.is_array)))
        found, wanted = (weights_of(*eqx.partition(each, eqx.is_array)) for each in (given, other))
        assert list(found) == list(wanted)
        for name, array in wanted.items():
            np.testing.assert_array_equal(found[name], array)


def test_every_step_that_was_kept_is_there_on_the_axes_of_the_last(transformer: gp.Run) -> None:
    views = transformer.views()
    assert views.steps.tolist() == [0, 3, 5]
    assert views is transformer.views()
    tables = [transformer.weights_at(int(k))["embed.W_E"][:P] for k in views.steps]
    axes = measures.principal_axes(tables[-1], 2)
    components = next(each for each in views.planes if each.name.endswith("1 and 2"))
    for table, points, share in zip(tables, components.points, components.shares, strict=True):
        centred = table - table.mean(axis=0)
        np.testing.assert_allclose(points, centred @ axes, atol=1e-6)
        assert share == pytest.approx((points**2).sum() / (centred**2).sum(), rel=1e-5)
    norms = [measures.embedding_norms(table) for table in tables]
    np.testing.assert_allclose(views.spectra["embedding"], norms, rtol=1e-5)


def test_neurons_and_attention_are_those_of_the_network(transformer: gp.Run) -> None:
    views = transformer.views()
    assert views.attention is not None
    assert views.neuron_shares is not None
    assert views.width == 12
    assert len(views.neurons) <= MOST_NEURONS
    for at, step in ((0, 0), (2, 5)):  # the task's samples are all pairs in order
        hidden = transformer.cache("mlp.hook_post", step=step)[:, -1]
        pattern = transformer.cache("attn.hook_pattern", step=step)
        for neuron in views.neurons:
            np.testing.assert_allclose(
                neuron.maps[at], hidden[:, neuron.number].reshape(P, P), atol=1e-5
            )
        np.testing.assert_allclose(
            views.attention[at, 0], measures.attention_to_operands(pattern), atol=1e-5
        )
        for head in views.heads:
            to_a = pattern[:, head.number, -1, views.positions.index("a")]
            np.testing.assert_allclose(head.maps[at], to_a.reshape(P, P), atol=1e-5)
        shares = np.asarray(measures.neuron_shares(hidden))
        np.testing.assert_allclose(views.neuron_shares[at], shares, atol=1e-3)
        explained = np.nan_to_num(shares) @ hidden.var(axis=0) / hidden.var(axis=0).sum()
        np.testing.assert_allclose(views.spectra["neurons"][at], explained, atol=1e-3)


def test_planted_waves_have_their_frequencies_and_losses() -> None:
    spec = gp.run_spec(
        gp.task("modular-addition", p=P), Waves(jnp.zeros(3)), gp.Recipe(steps=9), split=0.6
    )
    grown = {0: [0.3, 0.3, 0.3], 4: [1.0, 9.0, 0.1], 9: [0.1, 9.0, 0.1]}
    weights = {step: {"module.amplitudes": np.float32(each)} for step, each in grown.items()}
    record = made_up_record(steps=9, weights=weights.pop(9), snapshots=weights)
    name = [*weights_of(*eqx.partition(_built(spec), eqx.is_array))]
    assert name == ["module.amplitudes"]
    views = views_of(spec, record)
    assert views.keys == (2,)
    np.testing.assert_allclose(views.spectra["logits"][:, 1:], [*grown.values()], atol=1e-4)
    wave = 9 * np.cos(2 * np.pi * 2 * np.arange(P) / P)
    alone = np.log(np.exp(wave - wave[0]).sum())
    assert views.losses["restricted_loss"][1:] == pytest.approx([alone, alone], rel=1e-4)
    rest = 0.1 * np.cos(2 * np.pi * np.outer([1, 3], np.arange(P)) / P).sum(axis=0)
    without = np.log(np.exp(rest - rest[0]).sum())
    assert views.losses["excluded_loss"][2] == pytest.approx(without, rel=1e-4)
    assert not views.neurons
    assert set(views.missing) == {"embedding", "neurons", "attention"}


def _built(spec: Any, seed: int = 0) -> Any:
    return spec.model.build(spec.task, np.random.default_rng(seed))


def test_what_is_not_there_is_said_in_a_sentence_each() -> None:
    toy = gp.run_spec("addition", gp.Toy(widths=(4,)))
    kept = weights_of(*eqx.partition(_built(toy), eqx.is_array))
    views = views_of(toy, made_up_record(weights=kept))
    (plane,) = views.planes
    assert plane.name == "its one dimension"
    assert not plane.points[..., 1].any()
    assert [neuron.frequency for neuron in views.neurons] == [None] * 4
    assert "a + b" in views.missing["spectra"]
    assert "attention" in views.missing
    assert all(sentence.endswith(".") for sentence in views.missing.values())
    two = gp.run_spec(gp.task("modular-addition", p=P), gp.MLP(dimension=4, embeddings="separate"))
    kept = weights_of(*eqx.partition(_built(two), eqx.is_array))
    assert (
        "b has a table of its own" in views_of(two, made_up_record(weights=kept)).missing["right"]
    )
    record = made_up_record()
    assert "training function" in views_of(None, record).missing["embedding"]  # type: ignore[arg-type]
    assert "--keep-weights log" in views_of(toy, record).missing["embedding"]
    spec = gp.run_spec("sparse-parity")
    built = _built(spec)
    kept = weights_of(*eqx.partition(built, eqx.is_array))
    nothing = views_of(spec, made_up_record(weights=kept))
    assert not nothing
    assert nothing.missing == {
        "embedding": "The inputs of sparse-parity are no symbols, so there is no circuit to look "
        "at."
    }
    with pytest.raises(
        gp.GrokphaseError, match=r"There is nothing to see inside run .* no symbols"
    ):
        nothing.plot()


def test_steps_whose_weights_are_not_finite_are_left_out(transformer: gp.Run) -> None:
    kept = dict(transformer.record.snapshots)
    kept[3] = {name: array * np.nan for name, array in kept[3].items()}
    record = made_up_record(steps=5, weights=transformer.weights, snapshots=kept)
    assert views_of(transformer.spec, record).steps.tolist() == [0, 5]


def test_a_circle_that_only_grows_stays_where_it_is() -> None:
    angle = 2 * np.pi * 3 * np.arange(P) / P
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    scales = np.array([0.5, 1.0, 2.0])
    turning = planes_of(scales[:, None, None] * circle, [3])[0]
    np.testing.assert_allclose(turning.points, scales[:, None, None] * circle[:, :2], atol=1e-12)
    around = np.angle(turning.points[-1] @ [1, 1j])[list(turning.order)]
    np.testing.assert_allclose(np.diff(np.unwrap(around)), 2 * np.pi / P)


def test_of_three_symbols_there_are_no_pairs_to_look_at() -> None:
    facts = gp.tasks.fact_composition(entities=6, relations=4, degree=4, phi=0.5)
    model = gp.Transformer(1, heads=2, width=8, mlp=12, sequence="a b c", repeats=2)
    spec = gp.run_spec(facts, model)
    kept = weights_of(*eqx.partition(_built(spec, seed=0), eqx.is_array))
    views = views_of(spec, made_up_record(steps=5, weights=kept))
    assert "3 symbols, and no pairs" in views.missing["neurons"]
    assert views.planes
    assert not views.neurons
