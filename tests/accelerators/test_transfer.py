"""Donors: what is taken from them, what that costs, and what is refused."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest

import grokphase as gp
from grokphase.accelerators.transfer import BlockTransfer, GrokTransfer, enlarged
from grokphase.errors import GrokphaseError
from grokphase.training.donors import donor_of
from grokphase.training.session import train_run

SMALL = gp.MLP(6, (8,))


def spec_of(arm, model=SMALL, operation="modular-addition", **recipe):
    """A small run with this accelerator."""
    recipe = gp.Recipe(accelerator=arm, **{"steps": 20, "evaluate_every": 10, **recipe})
    return gp.run_spec(gp.task(operation, p=5), model, recipe, split=0.6, seed=3)


def test_an_enlarged_embedding_is_the_weak_one_times_a_matrix():
    random = np.random.default_rng(0)
    weak, table = random.standard_normal((7, 2)), 0.3 * random.standard_normal((9, 5))
    grown = enlarged(weak, table, random)
    assert np.linalg.matrix_rank(grown[:7], tol=1e-5) == 2
    onto = weak @ np.linalg.lstsq(weak, grown[:7], rcond=None)[0]
    np.testing.assert_allclose(onto, grown[:7], atol=1e-5)
    assert (grown[:7] ** 2).mean() == pytest.approx((table[:7] ** 2).mean(), rel=1e-5)
    np.testing.assert_array_equal(grown[7:], table[7:].astype(np.float32))  # words


@pytest.mark.parametrize("model", [SMALL, gp.Transformer(width=8, heads=2, mlp=8)])
def test_the_target_gets_the_donors_embedding_and_keeps_all_else(model):
    spec = spec_of(GrokTransfer(dimension=2, width=4), model)
    donor = donor_of(spec)
    given = spec.recipe.accelerator.received(
        spec.initial_network(), donor.initial_network(), np.random.default_rng(1)
    )
    assert np.linalg.matrix_rank(np.asarray(given.embedding), tol=1e-5) == 2
    own = jax.tree.leaves(spec.initial_network())
    changed = [not np.array_equal(a, b) for a, b in zip(own, jax.tree.leaves(given), strict=True)]
    assert sum(changed) == 1


def test_a_weak_network_has_the_runs_samples_and_a_seed_of_its_own():
    spec = spec_of(GrokTransfer(dimension=2, width=4, decay=0.5, until=0.4, most=30))
    donor = donor_of(spec)
    train, validation = spec.split.indices(spec.task, spec.seed)
    of_donor = donor.split.indices(donor.task, donor.seed)
    assert np.array_equal(train, of_donor[0])
    assert np.array_equal(validation, of_donor[1])
    assert donor.seed != spec.seed
    assert donor_of(dataclasses.replace(spec, seed=4)).seed != donor.seed
    recipe = donor.recipe
    assert (recipe.steps, recipe.thresholds.validation_accuracy, recipe.accelerator) == (
        30,
        0.4,
        None,
    )
    assert recipe.decoder.weight_decay == recipe.embedding.weight_decay == 0.5


@pytest.mark.parametrize("blocks", ["decoder", "embedding"])
def test_blocks_are_the_donors_and_the_others_the_runs_own(blocks):
    spec = spec_of(
        BlockTransfer("modular-subtraction", blocks), gp.Transformer(width=8, heads=2, mlp=8)
    )
    own, donor = spec.initial_network(), donor_of(spec).initial_network()
    given = spec.recipe.accelerator.received(own, donor, np.random.default_rng(0))
    taken, kept = (donor, own) if blocks == "decoder" else (own, donor)
    for name in ("blocks", "unembed"):
        assert jax.tree.all(
            jax.tree.map(np.array_equal, getattr(given, name), getattr(taken, name))
        )
    for name in ("embed", "pos_embed"):
        assert jax.tree.all(jax.tree.map(np.array_equal, getattr(given, name), getattr(kept, name)))


def test_what_a_donor_took_is_in_the_record():
    spec = spec_of(GrokTransfer(dimension=2, width=4, most=20, until=1.0))
    record = train_run(spec)
    assert record.counts["donor_steps"] == 20  # an accuracy is never above 1
    assert record.steps_trained == 20
    assert float(record.provenance["donor_seconds"]) > 0
    assert record.provenance["donor"] == donor_of(spec).id


@pytest.mark.parametrize(
    ("arm", "options", "said"),
    [
        (GrokTransfer(), {"model": gp.MLP(None, (8,))}, "embeds symbols as vectors"),
        (GrokTransfer(), {"label_noise": 0.1}, "label_noise cannot go with grok-transfer"),
        (BlockTransfer("modular-addition"), {}, "would learn modular-addition itself"),
        (BlockTransfer(), {"operation": "S3"}, "has none"),
    ],
)
def test_what_has_no_donor_is_refused(arm, options, said):
    if options.get("operation") == "S3":
        recipe = gp.Recipe(accelerator=arm, steps=20)
        spec = gp.run_spec(gp.task("S3", target="classification"), SMALL, recipe, split=0.6)
    else:
        spec = spec_of(arm, **options)
    with pytest.raises(GrokphaseError, match=said):
        donor_of(spec)


def test_other_shapes_are_refused():
    """A quotient has p results as a sum has; those of a network of another width do not fit."""
    spec = spec_of(BlockTransfer("modular-subtraction"))
    other = gp.run_spec(spec.task, gp.MLP(6, (9,))).initial_network()
    with pytest.raises(GrokphaseError, match="has an array"):
        spec.recipe.accelerator.received(spec.initial_network(), other, np.random.default_rng(0))
