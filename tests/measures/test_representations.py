"""Irreducible representations: all of them, and what is planted in one is found there."""

from __future__ import annotations

import numpy as np
import pytest

import grokphase as gp
from grokphase import measures

#: Dimensions over the real numbers, and how many independent functions each holds.
GROUPS = {
    "S3": [1, 1, 2],
    "S4": [1, 1, 2, 3, 3],
    "S5": [1, 1, 4, 4, 5, 5, 6],
    "A4": [1, 2, 3],  # its 2 is a rotation: two conjugate ones of dimension 1
    "A5": [1, 3, 3, 4, 5],
    "D5": [1, 1, 2, 2],
    "D6": [1, 1, 1, 1, 2, 2],
    "D7": [1, 1, 2, 2, 2],
    "C6": [1, 1, 2, 2],
    "C7": [1, 2, 2, 2],
    "C2xS3": [1, 1, 1, 1, 2, 2],
}


@pytest.mark.parametrize("name", GROUPS)
def test_the_irreducible_representations_of_a_group_are_all_found(name: str) -> None:
    found = measures.irreps(name)
    table = gp.task(name).labels
    order = round(len(table) ** 0.5)
    table = table.reshape(order, order)
    assert [rho.dimension for rho in found.values()] == GROUPS[name]
    assert sum(rho.functions for rho in found.values()) == order
    for rho in found.values():
        some = slice(None, None, max(1, order // 10))
        products = np.einsum("aij,bjk->abik", rho.matrices[some], rho.matrices)
        np.testing.assert_allclose(products, rho.matrices[table[some]], atol=1e-9)
        np.testing.assert_allclose(
            rho.matrices @ rho.matrices.transpose(0, 2, 1),
            np.broadcast_to(np.eye(rho.dimension), rho.matrices.shape),
            atol=1e-9,
        )
    characters = np.array([rho.character for rho in found.values()])
    norms = np.diag([rho.norm for rho in found.values()])
    np.testing.assert_allclose(characters @ characters.T / order, norms, atol=1e-9)


def test_the_character_table_of_a5_has_the_golden_ratio() -> None:
    found = measures.irreps("A5")
    golden = (1 + np.sqrt(5)) / 2
    values = {round(float(chi), 9) for chi in found["3a"].character}
    assert values == {round(v, 9) + 0.0 for v in (3, -1, 0, golden, 1 - golden)}


def test_the_standard_representation_counts_fixed_points() -> None:
    found = measures.irreps("S4")
    assert set(found) == {"trivial", "sign", "2", "standard", "standard-sign"}
    np.testing.assert_allclose(
        found["standard"].character * found["sign"].character,
        found["standard-sign"].character,
        atol=1e-9,
    )
    assert sorted(np.round(found["standard"].character))[-2:] == [1, 3]  # one transposition, none


def test_a_group_whose_numbers_are_permuted_has_the_same_representations() -> None:
    table = gp.task("S3").labels.reshape(6, 6)
    new = np.random.default_rng(0).permutation(6)
    old = np.argsort(new)
    renumbered = new[table[np.ix_(old, old)]]
    found = measures.irreps(renumbered)
    assert [rho.dimension for rho in found.values()] == [1, 1, 2]
    expected = measures.irreps("S3")["standard"].character[old]
    np.testing.assert_allclose(found["2"].character, expected, atol=1e-9)


def test_an_embedding_by_representations_has_its_variance_there() -> None:
    found = measures.irreps("S4")
    random = np.random.default_rng(0)
    parts = {"sign": 1, "standard": 9}
    embedding = sum(
        found[name].matrices.reshape(24, -1) @ random.normal(size=(found[name].functions, 8))
        for name in parts
    )
    shares = measures.representation_shares(5.0 + embedding, found)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["sign"] + shares["standard"] == pytest.approx(1)
    assert shares["2"] == pytest.approx(0, abs=1e-12)
    white = measures.representation_shares(np.eye(24), found)  # d^2 of 23 functions each
    np.testing.assert_allclose(list(white.values()), np.array([1, 4, 9, 9]) / 23)


def test_for_a_cyclic_group_the_shares_are_those_of_the_fourier_spectrum() -> None:
    values = np.random.default_rng(0).normal(size=(7, 3))
    power = np.asarray(measures.spectrum(values)).sum(axis=1)[1:]
    found = measures.representation_shares(values, measures.irreps("C7"))
    np.testing.assert_allclose(sorted(found.values()), sorted(power / power.sum()), rtol=1e-4)


def test_for_a_cyclic_group_the_logits_within_are_the_waves_of_the_result() -> None:
    logits = np.random.default_rng(0).normal(size=(49, 7))
    found = measures.irreps("C7")
    trivial = found["trivial"]
    for k in (1, 2, 3):
        wave = np.cos(2 * np.pi * k * np.arange(7) / 7)
        (rho,) = (r for r in found.values() if np.allclose(r.character, 2 * wave))
        ours = measures.logits_within(logits, [trivial, rho], "C7")
        np.testing.assert_allclose(ours, measures.restricted_logits(logits, [k]), atol=1e-5)
        alike = measures.character_similarity(logits, rho, "C7") ** 2
        assert alike == pytest.approx(float(measures.cosine_shares(logits)[k]), abs=1e-5)


def test_entries_of_representations_are_orthogonal() -> None:
    """Schur: the mean of rho_ij sigma_kl is 0, or 1 / d where all are the same."""
    found = [rho for rho in measures.irreps("A5").values() if rho.norm == 1]
    entries = np.concatenate([rho.matrices.reshape(60, -1) for rho in found], axis=1)
    sizes = np.concatenate([np.full(rho.functions, rho.dimension) for rho in found])
    np.testing.assert_allclose(entries.T @ entries / 60, np.diag(1 / sizes), atol=1e-9)


def test_logits_that_are_a_character_are_like_it_alone() -> None:
    found = measures.irreps("S4")
    table = gp.task("S4").labels.reshape(24, 24)
    inverse = np.argmax(table == 0, axis=1)
    chi = found["standard"].character
    logits = 3 * chi[table[table][:, :, inverse]].reshape(24**2, 24)  # chi(a b c^-1)
    offset = np.random.default_rng(0).normal(size=(24**2, 1))
    assert (logits.argmax(axis=1) == table.ravel()).all()  # standard is faithful
    alike = {n: measures.character_similarity(logits + offset, r, "S4") for n, r in found.items()}
    assert np.isnan(alike.pop("trivial"))
    assert alike.pop("standard") == pytest.approx(1)
    np.testing.assert_allclose(list(alike.values()), 0, atol=1e-9)
    shares = measures.representation_shares(measures.by_product(logits, "S4"), found)
    assert shares["standard"] == pytest.approx(1)
    within = measures.logits_within(logits, [found["standard"]], "S4")
    np.testing.assert_allclose(within, logits, atol=1e-9)


def test_what_is_no_group_is_refused() -> None:
    found = measures.irreps("S3")
    for wrong, said in [
        (lambda: measures.irreps([[0, 1], [1, 1]]), "not that of a group"),
        (lambda: measures.irreps("S3-sandwich"), "is no group"),
        (lambda: measures.irreps("C721"), "up to 720"),
        (lambda: measures.representation_shares(np.eye(5), found), "a group of 6"),
        (lambda: measures.by_product(np.eye(6), "S3"), r"give \(36, 6\)"),
    ]:
        with pytest.raises(gp.GrokphaseError, match=said):
            wrong()
