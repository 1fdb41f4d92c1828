"""What measures are given: lists are arrays, and what is none is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase import measures as of

RANDOM = np.random.default_rng(0)
VALUES, MATRIX = RANDOM.uniform(0.5, 2, 5), RANDOM.normal(size=(6, 3))
SCORES, LABELS = RANDOM.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
PAIRS, SUMS = RANDOM.normal(size=(25, 5)), np.add.outer(np.arange(5), np.arange(5)).ravel() % 5
NEURONS = RANDOM.normal(size=(25, 2))
TOY = gp.task("addition", p=6)
SIDES = of.parallelograms(TOY)
EVERY = of.parallelograms(TOY, commuting=False)
SHOWN = TOY.labels < 6
LAYER = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=4)
SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
PATTERN = RANDOM.uniform(size=(3, 2, 4, 4))
ALL_S3 = RANDOM.normal(size=(36, 6))
KEY = jax.random.key(0)


def line(x: Any) -> Any:
    return x[:, :2]


SCALED = jax.tree_util.Partial(lambda w, x: w * x, jnp.arange(1.0, 4))


CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "gini": (of.gini, (VALUES,)),
    "inverse_participation_ratio": (of.inverse_participation_ratio, (VALUES,)),
    "effective_rank": (of.effective_rank, (MATRIX,)),
    "spectral_entropy": (of.spectral_entropy, (MATRIX,)),
    "feature_rank": (of.feature_rank, (MATRIX,)),
    "effective_dimension": (of.effective_dimension, (MATRIX,)),
    "linear_residual": (of.linear_residual, (MATRIX,)),
    "distances": (of.distances, (MATRIX,)),
    "nearest_distance": (of.nearest_distance, (MATRIX,)),
    "mean_distance": (of.mean_distance, (MATRIX,)),
    "null_dimension": (of.null_dimension, (MATRIX, TOY.inputs, SIDES, 0.5)),
    "realised": (of.realised, (MATRIX, TOY.inputs, SIDES, 0.5)),
    "predicted_accuracy": (of.predicted_accuracy, (MATRIX, TOY.inputs, EVERY, SHOWN, 0.5)),
    "rqi": (lambda embedding: of.rqi(embedding, TOY), (MATRIX,)),
    "margins": (of.margins, (SCORES, LABELS)),
    "saturated": (of.saturated, (40 * SCORES, LABELS)),
    "fourier": (of.fourier, (MATRIX,)),
    "spectrum": (of.spectrum, (MATRIX,)),
    "embedding_norms": (of.embedding_norms, (MATRIX,)),
    "cosine_amplitudes": (of.cosine_amplitudes, (PAIRS, SUMS)),
    "cosine_shares": (of.cosine_shares, (PAIRS, SUMS)),
    "key_frequencies": (of.key_frequencies, (PAIRS, SUMS)),
    "restricted_logits": (lambda logits: of.restricted_logits(logits, [1]), (PAIRS,)),
    "excluded_logits": (lambda logits: of.excluded_logits(logits, [1]), (PAIRS,)),
    "restricted_loss": (lambda logits: of.restricted_loss(logits, [1]), (PAIRS,)),
    "excluded_loss": (lambda x, t: of.excluded_loss(x, [1], trained=t), (PAIRS, SUMS < 3)),
    "neuron_shares": (of.neuron_shares, (NEURONS,)),
    "neuron_frequencies": (of.neuron_frequencies, (NEURONS,)),
    "neuron_maps": (of.neuron_maps, (NEURONS,)),
    "attention_to_operands": (of.attention_to_operands, (PATTERN,)),
    "activation_sparsity": (lambda a: of.activation_sparsity(a, 0.5), (MATRIX,)),
    "circuit_complexity": (lambda x: of.circuit_complexity(SCALED, x, 0.5, KEY), (MATRIX,)),
    "attacked": (lambda x, y: of.attacked(line, x, y, epsilon=0.1, rate=0.1), (MATRIX, LABELS % 2)),
    "local_complexity": (
        lambda w, b, x: of.local_complexity([(w, b)], x, np.eye(2).tolist(), 0.3),
        (*LAYER, MATRIX[:, :2]),
    ),
    "regions": (lambda w, b, d: of.areas(of.regions([(w, b)], d)), (*LAYER, SQUARE)),
    "areas": (lambda polygon: of.areas([polygon]), (SQUARE,)),
    "principal_axes": (of.principal_axes, (MATRIX,)),
    "frequency_plane": (lambda embedding: of.frequency_plane(embedding, 1), (MATRIX,)),
    "kept_rank": (lambda values: of.kept_rank(values, 0.5), (np.sort(VALUES)[::-1],)),
    "compressed_bits": (lambda codes: of.compressed_bits([codes]), (LABELS,)),
    "coarse_grained": (lambda w: of.coarse_grained({"w": w}, 0.5).weights["w"], (MATRIX,)),
    "by_product": (lambda logits: of.by_product(logits, "S3"), (ALL_S3,)),
    "representation_shares": (
        lambda v: [*of.representation_shares(v, of.irreps("S3")).values()],
        (ALL_S3[:6],),
    ),
    "ascent": (of.ascent, (VALUES,)),
    "high_pass": (lambda series: of.high_pass(series, 3), (VALUES,)),
}

TRACED = (
    *("gini", "inverse_participation_ratio", "effective_rank", "spectral_entropy", "feature_rank"),
    *("effective_dimension", "linear_residual", "nearest_distance", "mean_distance", "realised"),
    *("null_dimension", "predicted_accuracy", "margins", "saturated", "embedding_norms"),
    *("cosine_shares", "excluded_loss", "neuron_shares", "activation_sparsity"),
    *("circuit_complexity", "local_complexity"),
)


@pytest.mark.parametrize("name", CALLS)
def test_lists_are_taken_as_arrays_are(name: str) -> None:
    function, given = CALLS[name]
    arrays = jax.tree.leaves(function(*given))
    listed = (each.tolist() if isinstance(each, np.ndarray) else each for each in given)
    lists = jax.tree.leaves(function(*listed))
    for one, other in zip(arrays, lists, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrong", ["words", [[1.0, 2.0], [3.0]], None])
def test_what_is_no_array_is_refused_in_a_sentence(name: str, wrong: object) -> None:
    function, given = CALLS[name]
    with pytest.raises(gp.GrokphaseError) as told:
        function(wrong, *given[1:])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", TRACED)
def test_measures_can_be_traced(name: str) -> None:
    function, given = CALLS[name]
    arrays = [jnp.asarray(each) for each in given]
    if name in ("realised", "null_dimension", "predicted_accuracy"):
        traced = jax.jit(lambda e: function(e, *given[1:]))(arrays[0])
    else:
        traced = jax.jit(function)(*arrays)
    np.testing.assert_allclose(traced, function(*arrays), rtol=1e-4, atol=1e-5)
    batched = jax.vmap(lambda first: function(first, *given[1:]))(jnp.stack([arrays[0]] * 2))
    np.testing.assert_allclose(batched[1], traced, rtol=1e-3, atol=1e-4)


def test_double_precision_stays_where_it_was() -> None:
    assert of.inverse_participation_ratio(VALUES).dtype == np.float64
    assert of.squared_weights({"w": MATRIX})["w"].dtype == np.float64
    assert of.squared_weights({"w": [3.0, 4]})["w.0"] == 9


ONE = np.ones((1, 2))
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: of.effective_rank(np.ones(3)), r"the matrix of shape \(3,\) .* give \(n, m\)"),
    (lambda: of.spectral_entropy(np.ones((2, 3, 4))), r"the matrix of shape \(2, 3, 4\)"),
    (lambda: of.feature_rank([]), r"activations of shape \(0,\)"),
    (lambda: of.gini([[1.0], [2.0]]), r"values of shape \(2, 1\) .* give \(n,\)"),
    (lambda: of.gini([]), "with entries in it"),
    (lambda: of.nearest_distance(ONE), "one symbol has no distance"),
    (lambda: of.mean_distance(ONE), "one symbol has no distance"),
    (lambda: of.margins(SCORES, LABELS[:4]), r"labels of shape \(4,\) .* give \(6,\) whole"),
    (lambda: of.margins(SCORES, LABELS + 0.5), "type float.* whole numbers"),
    (lambda: of.margins(SCORES, LABELS + 1), "labels run from 1 to 3; 3 classes have"),
    (lambda: of.saturated(SCORES, LABELS - 1), "labels run from -1 to 1"),
    (lambda: of.cosine_shares(PAIRS, SUMS - 1), "labels run from -1 to 3"),
    (lambda: of.cosine_shares(PAIRS, SUMS + 0.5), "the type float.*; give whole numbers"),
    (
        lambda: of.excluded_loss(PAIRS, [1], trained=np.zeros(25, bool)),
        "trained holds no pair, .* leave it out for all pairs",
    ),
    (lambda: of.neuron_shares([1.0] * 9), r"neurons of shape \(9,\) .* give \(p\^2, width\)"),
    (lambda: of.neuron_maps(np.ones((0, 3))), r"neurons of shape \(0, 3\)"),
    (lambda: of.fourier_basis(2.5), "p = 2.5 cannot be a modulus"),
    (lambda: of.realised(MATRIX, TOY.inputs, SIDES, 0.1, "papers"), 'Did you mean "paper"'),
    (lambda: of.rqi([[0.0], [1.0]], gp.task("addition", p=2)), "permits no parallelogram"),
    (lambda: of.gradient_alignment({"w": VALUES}, {"v": VALUES}), "give two trees alike"),
    (lambda: of.kept_rank(VALUES, 2.0), "a share of 2.0 have no rank"),
    (lambda: of.compressed_bits([[0.5]]), "Codes must be whole numbers below 2"),
    (lambda: of.compressed_bits([np.array([2**31])]), "Codes must be whole numbers below 2"),
    (lambda: of.coarse_grained(MATRIX, 0.5), "Weights are arrays by name, not ndarray"),
    (lambda: of.regions([], SQUARE), "There are no layers"),
    (lambda: of.regions([LAYER], [1.0, 2.0]), r"domain of shape \(2,\) is no polygon"),
    (lambda: of.regions([LAYER, LAYER], SQUARE), r"Layer 1 has a weight .* is given 4 numbers"),
    (lambda: of.local_complexity([LAYER], MATRIX, np.eye(3), 0.1), "is given 3 numbers"),
    (
        lambda: of.local_complexity([LAYER], SQUARE, np.eye(3), 0.1),
        r"directions 3; give directions\(dimension=2",
    ),
    (lambda: of.directions(3, 1.5), "1.5 directions cannot be"),
    (lambda: of.areas([[1.0, 2.0]]), r"polygon of shape \(2,\) has no area"),
    (lambda: of.principal_axes(MATRIX, 0), "write count=1"),
    (lambda: of.representation_shares(VALUES, {}), "There are no representations"),
    (
        lambda: of.learning_coefficient(lambda w: (w**2).sum(), jnp.zeros(2, int), 100),
        "numbers with a point",
    ),
    (lambda: of.change_points(np.arange(30.0), np.arange(30.0), level=2), "level = 2 and"),
    (lambda: of.change_points(np.arange(30.0), np.arange(30.0), resamples=0), "resamples = 0"),
    (lambda: of.circuit_complexity(line, MATRIX, 0.5, KEY), r"Partial\(function, weights\)"),
    (lambda: of.circuit_phases([1, 2, 3], [1.0, 2.0], [1.0]), "three curves of one length"),
]


@pytest.mark.parametrize(("call", "said"), REFUSED)
def test_what_has_no_such_measure_is_told(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        call()


def test_what_is_undefined_is_not_a_number_as_documented() -> None:
    undefined = [
        of.gini(np.zeros(3)),
        of.effective_rank(np.zeros((2, 2))),
        of.spectral_entropy([[0.0, 0], [0, 0]]),
        of.inverse_participation_ratio([0.0, 0]),
        of.neuron_shares([[1.0]] * 9).max(),
        of.effective_dimension(np.ones((3, 2))),
        of.linear_residual(np.ones((3, 2))),
        of.gradient_alignment(np.zeros(2), np.ones(2)),
        jax.jit(lambda t: of.excluded_loss(PAIRS, [1], trained=t))(np.zeros(25, bool)),
    ]
    assert np.isnan(np.array(undefined)).all()
    for function in (of.gini, of.effective_rank, of.neuron_shares, of.excluded_loss):
        assert "NaN" in str(function.__doc__)


def test_two_or_three_symbols_have_one_frequency_and_no_key_one() -> None:
    a, b, c = np.ogrid[:3, :3, :3]
    wave = np.cos(2 * np.pi * (a + b - c) / 3).reshape(9, 3)
    assert of.key_frequencies(wave) == ()
    assert "Empty of 2 or 3 symbols" in str(of.key_frequencies.__doc__)


def test_a_loss_that_was_never_measured_has_no_slingshots() -> None:
    assert of.slingshots([1, 2], [np.nan, 0.0], [1.0, 1.0]) == []
