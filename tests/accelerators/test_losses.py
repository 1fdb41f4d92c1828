"""Losses and penalties of accelerators, against closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from grokphase.accelerators.norm_growth import NormGrowth
from grokphase.accelerators.spectral import SpectralEntropy
from grokphase.accelerators.stablemax import StableMax, log_stable, stablemax
from grokphase.accelerators.textbook import TextbookSoftmax, textbook
from grokphase.errors import GrokphaseError
from grokphase.measures import saturated

STEP = jnp.int32(0)


def losses_of(arm, logits, labels):
    """The losses that an arm trains on; the usual ones, which it is to leave alone, are NaN."""
    return arm.losses(jnp.full(len(labels), jnp.nan), logits, labels, STEP)


class TestStableMax:
    def test_s_is_the_papers(self):
        x = np.linspace(-50, 50, 1001)
        s = np.where(x >= 0, x + 1, 1 / (1 - np.minimum(x, 0)))
        np.testing.assert_allclose(jnp.exp(log_stable(jnp.asarray(x))), s, rtol=2e-6)

    def test_slope_is_one_at_zero_from_both_sides(self):
        slope = jax.vmap(jax.grad(lambda x: jnp.exp(log_stable(x))))
        np.testing.assert_allclose(slope(jnp.array([-1e-6, 0.0, 1e-6])), 1.0, atol=1e-5)

    def test_loss_is_that_of_its_probabilities(self):
        logits = jnp.asarray(np.random.default_rng(0).normal(0, 5, (20, 7)), jnp.float32)
        labels = jnp.arange(20) % 7
        told = -jnp.log(stablemax(logits)[jnp.arange(20), labels])
        np.testing.assert_allclose(losses_of(StableMax(), logits, labels), told, rtol=1e-5)
        np.testing.assert_allclose(stablemax(logits).sum(axis=1), 1, rtol=1e-6)

    def test_loss_falls_as_a_power_of_the_logits(self):
        """Of own logit x and all p - 1 others -x: ln(1 + (p - 1) / (1 + x)^2), and no less."""
        p, x = 97, jnp.array([1.0, 1e2, 1e4, 1e6])
        logits = jnp.where(jnp.arange(p) == 0, x[:, None], -x[:, None])
        found = losses_of(StableMax(), logits, jnp.zeros(4, int))
        np.testing.assert_allclose(found, np.log1p((p - 1) / (1 + np.asarray(x)) ** 2), rtol=1e-5)
        assert (found > 0).all()


class TestTextbook:
    @pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
    def test_it_is_zero_where_saturation_says_so(self, precision):
        """To one other class, at a gap of ln 2^m: 16.6, 7.6 and 5.5."""
        bits = {"float32": 24, "float16": 11, "bfloat16": 8}[precision]
        gap = bits * np.log(2) + np.array([-0.7, 0.7])
        logits = jnp.stack([jnp.asarray(gap, jnp.float32), jnp.zeros(2)], axis=1)
        labels = jnp.zeros(2, int)
        found = jax.jit(lambda z: losses_of(TextbookSoftmax(precision), z, labels))(logits)
        assert (found == 0).tolist() == [False, True]
        assert saturated(logits, labels, precision).tolist() == [False, True]

    @pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-6), ("float16", 2e-3)])
    def test_it_is_cross_entropy_where_it_is_not_saturated(self, precision, tolerance):
        logits = jnp.asarray(np.random.default_rng(1).normal(0, 1, (20, 7)), jnp.float32)
        labels = jnp.arange(20) % 7
        told = -jax.nn.log_softmax(logits)[jnp.arange(20), labels]
        found = textbook(logits, labels, precision)
        np.testing.assert_allclose(found, told, atol=2 * tolerance)
        pull = jax.grad(lambda z: textbook(z, labels, precision).sum())(logits)
        np.testing.assert_allclose(
            pull, jax.nn.softmax(logits) - jax.nn.one_hot(labels, 7), atol=tolerance
        )

    def test_a_saturated_sample_does_not_pull_its_own_logit(self):
        logits, labels = jnp.array([[18.0, 0.0]]), jnp.array([0])
        own, other = jax.grad(lambda z: textbook(z, labels, "float32").sum())(logits)[0]
        assert float(own) == 0
        np.testing.assert_allclose(other, np.exp(-18.0), rtol=1e-5)
        exact = jax.grad(lambda z: losses_of(StableMax(), z, labels).sum())(logits)[0, 0]
        assert float(exact) < 0

    def test_many_classes_saturate_between_two_gaps(self):
        """Equal gaps of 24 ln 2, if terms are added one by one, to 24 ln 2 + ln(p - 1)."""
        p = 113
        gap = 24 * np.log(2) + np.array([-0.7, np.log(p - 1) + 0.7])
        logits = jnp.zeros((2, p)).at[:, 0].set(jnp.asarray(gap, jnp.float32))
        found = textbook(logits, jnp.zeros(2, int), "float32")
        assert (found == 0).tolist() == [False, True]

    def test_another_precision_is_refused(self):
        with pytest.raises(GrokphaseError, match='precision "float8" is not known'):
            TextbookSoftmax("float8")


class TestNormGrowth:
    def test_descent_makes_every_weight_grow_at_one_rate(self):
        """w' = 2 delta w: after a step of rate eta the norm is 1 + 2 eta delta times what it was,
        whatever the shapes."""
        weights = {"embedding": jnp.ones((2, 3)), "decoder": [jnp.arange(4.0), jnp.array([-5.0])]}
        pull = jax.grad(lambda w: NormGrowth(0.1).penalty(w, STEP))(weights)
        moved = jax.tree.map(lambda w, g: w - 0.5 * g, weights, pull)
        for before, after in zip(jax.tree.leaves(weights), jax.tree.leaves(moved), strict=True):
            np.testing.assert_allclose(after, 1.1 * before, rtol=1e-6)


class TestSpectralEntropy:
    def test_it_is_the_mean_over_arrays(self):
        """ln n of n equal singular values, 0 of rank 1; vectors have no part in it."""
        weights = [jnp.eye(8), jnp.ones((3, 5)), jnp.ones(9)]
        found = SpectralEntropy(0.1).penalty(weights, STEP)
        np.testing.assert_allclose(found, 0.1 * np.log(8) / 2, rtol=1e-5)

    def test_all_heads_are_one_matrix(self):
        """Queries side by side, outputs below each other: of both 4 equal singular values."""
        heads = jnp.stack([jnp.eye(4)[:, :2], jnp.eye(4)[:, 2:]])
        weights = {"W_Q": heads, "W_O": heads.transpose(0, 2, 1)}
        found = SpectralEntropy(1.0).penalty(weights, STEP)
        np.testing.assert_allclose(found, np.log(4), rtol=1e-5)

    def test_scale_and_rotation_do_not_matter(self):
        random = np.random.default_rng(2)
        weight = random.standard_normal((6, 4))
        turn, _ = np.linalg.qr(random.standard_normal((6, 6)))
        given = (jnp.asarray(each, jnp.float32) for each in (weight, 7 * turn @ weight))
        plain, turned = (SpectralEntropy(1.0).penalty([each], STEP) for each in given)
        np.testing.assert_allclose(plain, turned, rtol=1e-5)

    def test_going_down_it_shortens_the_small_singular_values(self):
        """dH/ds_i = -(ln s_i + H) / sum: what is above exp(-H) grows, what is below shrinks."""
        values = jnp.array([3.0, 1.0, 0.5])
        pull = jax.grad(lambda s: SpectralEntropy(1.0).penalty([jnp.diag(s)], STEP))(values)
        share = np.asarray(values) / 4.5
        entropy = -(share * np.log(share)).sum()
        np.testing.assert_allclose(pull, -(np.log(share) + entropy) / 4.5, rtol=1e-4)

    def test_its_gradient_is_finite_where_a_singular_value_is_zero(self):
        pull = jax.grad(lambda w: SpectralEntropy(1.0).penalty([w], STEP))(jnp.ones((3, 3)))
        assert bool(jnp.isfinite(pull).all())
