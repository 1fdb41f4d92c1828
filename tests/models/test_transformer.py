"""Transformers: computed by symbol they are the function that NumPy computes, and its gradients."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.haste import computed

import grokphase as gp
from grokphase.models.attention import sinusoids
from grokphase.models.transformer import Transformer

SMALL: dict[str, Any] = {"width": 8, "mlp": 12}
POWER: dict[str, Any] = {
    "layers": 2,
    "layer_norm": "post",
    "positions": "sinusoidal",
    "biases": "none",
    "sequence": "eos a op b =",
    "initialization": "linear",
}
LIU: dict[str, Any] = {
    "layers": 2,
    "heads": 1,
    "layer_norm": "pre",
    "positions": "none",
    "biases": "all",
    "sequence": "a b",
    "causal": False,
    "readout": "concatenation",
    "initialization": "encoder",
}
KINDS: dict[str, dict[str, Any]] = {
    "nanda2023": {"logits": "vocabulary"},
    "power2022": POWER,
    "liu2022-transformer": LIU,
    "deep": {
        "layers": 3,
        "layer_norm": "pre",
        "final_norm": True,
        "tied": True,
        "activation": "gelu",
    },
    "reversed": {"layers": 2, "readout": "concatenation", "sequence": "b = a x", "biases": "all"},
}
TASK = gp.task("modular-subtraction", p=5)


def numbers(model: Transformer, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of all kinds, none of them zero, by name."""
    generator = np.random.default_rng(seed)
    shapes = model.shapes(TASK)
    return {name: generator.normal(size=s).astype("f4") / 3 for name, s in shapes.items()}


def built(model: Transformer, weights: Mapping[str, np.ndarray]) -> Any:
    return model.build(TASK, np.random.default_rng(0), gp.Initial.of(weights))


def leaves(network: Any) -> list[Any]:
    return jax.tree.leaves(network)


def normalized(x: np.ndarray, weights: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * weights[f"{name}.w"] + weights[f"{name}.b"]


def gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return x * (1 + erf(x / np.sqrt(2))) / 2


def by_hand(model: Transformer, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """The logits of all samples, one sample, layer, head and query after the other."""
    w = {name: np.float64(array) for name, array in weights.items()}
    words = model.sequence.split()
    constants = list(dict.fromkeys(word for word in words if word not in ("a", "b")))
    logits = []
    for a, b in TASK.inputs:
        row = {"a": a, "b": b} | {word: TASK.symbols + k for k, word in enumerate(constants)}
        x = np.stack([w["embed.W_E"][row[word]] for word in words])
        if model.positions == "learned":
            x = x + w["pos_embed.W_pos"]
        if model.positions == "sinusoidal":
            x = x + sinusoids(*x.shape)
        for k in range(model.layers):
            x = layer_by_hand(model, w, f"blocks.{k}", x)
        if model.final_norm:
            x = normalized(x, w, "ln_final")
        read = x[-1] if model.readout == "last" else np.concatenate(x)
        out = w["embed.W_E"][: TASK.symbols].T if model.tied else w["unembed.W_U"]
        logits.append(read @ out + w.get("unembed.b_U", 0))
    return np.array(logits)


def layer_by_hand(model: Transformer, w: Mapping[str, Any], at: str, x: np.ndarray) -> np.ndarray:
    pre, post = model.layer_norm == "pre", model.layer_norm == "post"
    seen = normalized(x, w, f"{at}.ln1") if pre else x
    added = np.zeros_like(x) + w.get(f"{at}.attn.b_O", 0)
    for h in range(model.heads):
        q, k, v = (
            seen @ w[f"{at}.attn.W_{c}"][h] + w.get(f"{at}.attn.b_{c}", [0] * model.heads)[h]
            for c in "QKV"
        )
        for i in range(len(x)):
            others = range(i + 1) if model.causal else range(len(x))
            shares = np.exp([q[i] @ k[j] / np.sqrt(model.width / model.heads) for j in others])
            z = sum(share * v[j] for share, j in zip(shares / shares.sum(), others, strict=True))
            added[i] += z @ w[f"{at}.attn.W_O"][h]
    x = normalized(x + added, w, f"{at}.ln1") if post else x + added
    seen = normalized(x, w, f"{at}.ln2") if pre else x
    hidden = seen @ w[f"{at}.mlp.W_in"] + w.get(f"{at}.mlp.b_in", 0)
    hidden = gelu(hidden) if model.activation == "gelu" else np.maximum(hidden, 0)
    x = x + hidden @ w[f"{at}.mlp.W_out"] + w.get(f"{at}.mlp.b_out", 0)
    return normalized(x, w, f"{at}.ln2") if post else x


def by_symbol(network: Any) -> tuple[jax.Array, jax.Array]:
    logits = network(jnp.asarray(TASK.inputs))
    return (logits**2).sum(), logits


def plainly(network: Any) -> tuple[jax.Array, jax.Array]:
    logits = network.activations(jnp.asarray(TASK.inputs))["logits"]
    return (logits**2).sum(), logits


def doubled(model: Transformer, weights: Mapping[str, np.ndarray]) -> Any:
    return jax.tree.map(lambda x: jnp.asarray(x, jnp.float64), built(model, weights))


@pytest.mark.parametrize(
    "kind",
    ["nanda2023", "power2022", pytest.param("liu2022-transformer", marks=pytest.mark.slow)],
)
def test_by_symbol_it_is_the_function_that_numpy_computes_and_has_its_slope(kind: str) -> None:
    model = Transformer(**KINDS[kind], **SMALL)
    weights, to = numbers(model), numbers(model, seed=1)
    right = by_hand(model, weights)
    with jax.enable_x64(True):
        network = doubled(model, weights)
        (_, logits), found = computed(jax.value_and_grad(by_symbol, has_aux=True), network)
        slopes = jax.tree.map(lambda g, v: float((g * v).sum()), found, doubled(model, to))
    np.testing.assert_allclose(logits, right, rtol=1e-10, atol=1e-10)
    ends = (
        (by_hand(model, {name: w + step * to[name] for name, w in doubles(weights)}) ** 2).sum()
        for step in (1e-6, -1e-6)
    )
    slope = (next(ends) - next(ends)) / 2e-6
    np.testing.assert_allclose(sum(jax.tree.leaves(slopes)), slope, rtol=1e-6)
    if kind == "nanda2023":  # and as it is trained, in float32, and plainly
        single = computed(by_symbol, built(model, weights))[1]
        np.testing.assert_allclose(single, right, rtol=1e-4, atol=1e-5)
        plain = computed(plainly, built(model, weights))[1]
        np.testing.assert_allclose(plain, right, rtol=1e-4, atol=1e-5)


def doubles(weights: Mapping[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    return [(name, np.float64(array)) for name, array in weights.items()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_by_symbol_it_has_every_gradient_of_the_plain_forward(kind: str) -> None:
    model = Transformer(**KINDS[kind], **SMALL)
    weights = numbers(model)

    def both(network: Any) -> Any:
        return [jax.value_and_grad(f, has_aux=True)(network) for f in (plainly, by_symbol)]

    with jax.enable_x64(True):
        ((_, plain), expected), ((_, logits), found) = computed(both, doubled(model, weights))
    for each in (plain, logits):
        np.testing.assert_allclose(each, by_hand(model, weights), rtol=1e-10, atol=1e-10)
    largest = max(float(np.abs(leaf).max()) for leaf in leaves(expected))
    for a, b in zip(leaves(expected), leaves(found), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * largest)


def test_what_depends_on_both_symbols_is_all_that_is_computed_for_samples() -> None:
    model = Transformer(**POWER, **SMALL)
    network = built(model, numbers(model))
    prepared = jax.eval_shape(lambda n: n.by_symbol(), network)
    # "eos a op b =": before b nothing depends on both, in either layer.
    assert [sorted(stage.x) for stage in prepared.stages] == [[0, 1, 2, 3, 4], [0, 1, 2]]
    assert [prepared.stages[1].k[i].values.shape[0] for i in range(3)] == [1, 5, 5]
    assert "layer 1 at 2 of 5 positions, layer 2 at 1 of 5" in model.savings()


def test_activations_have_the_names_and_shapes_of_transformer_lens() -> None:
    model = Transformer(**SMALL)
    network = built(model, numbers(model))
    found = jax.eval_shape(lambda network: network.activations(jnp.asarray(TASK.inputs)), network)
    n = len(TASK)
    shapes = {
        "hook_embed": (n, 3, 8),
        "blocks.0.attn.hook_q": (n, 3, 4, 2),
        "blocks.0.attn.hook_pattern": (n, 4, 3, 3),
        "blocks.0.mlp.hook_post": (n, 3, 12),
        "blocks.0.hook_resid_post": (n, 3, 8),
    }
    assert {name: found[name].shape for name in shapes} == shapes


def test_initial_weights_are_those_of_the_paper() -> None:
    big = gp.task("modular-addition", p=113)
    network = gp.preset("nanda2023").model.build(big, np.random.default_rng(0))
    sizes = [leaf.size for leaf in jax.tree.leaves(network)]
    assert sum(sizes) == 226_816  # as published
    block = network.blocks[0]
    for array, spread in (
        (network.embed.W_E, 128),
        (block.attn.W_O, 128),
        (block.mlp.W_out, 128),  # by the width, not by its inputs
        (network.unembed.W_U, 114),
    ):
        assert abs(np.std(array) * spread**0.5 - 1) < 0.02
    assert not block.mlp.b_in.any()


def test_torch_initial_weights_have_the_bounds_of_its_layers() -> None:
    network = Transformer(**LIU, width=64, mlp=32).build(TASK, np.random.default_rng(0))
    attn, mlp = network.blocks[0].attn, network.blocks[0].mlp
    for array, bound in (
        (attn.W_Q, (6 / (64 + 3 * 64)) ** 0.5),  # xavier_uniform_ of the three stacked
        (attn.W_O, 64**-0.5),
        (mlp.W_out, 32**-0.5),
        (network.unembed.W_U, 128**-0.5),
    ):
        assert 0.97 * bound < np.abs(array).max() <= bound
    assert not attn.b_Q.any()
    assert mlp.b_in.any()
    assert (network.blocks[0].ln1.w == 1).all()


def test_a_state_dict_of_transformer_lens_loads() -> None:
    model = Transformer(**SMALL)
    weights = numbers(model)
    lens = {
        **weights,
        "blocks.0.attn.b_Q": np.zeros((4, 2), "f4"),  # which it always has
        "blocks.0.attn.mask": np.tril(np.ones((3, 3), bool)),
        "blocks.0.attn.IGNORE": np.float32(-np.inf),
        "unembed.b_U": np.zeros(5, "f4"),
    }
    assert all(map(np.array_equal, leaves(built(model, lens)), leaves(built(model, weights))))


@pytest.mark.slow  # importing it takes long
def test_transformer_lens_computes_the_same_and_gives_the_weights_back() -> None:
    """Where it is installed: logits and attention of a model that has our weights, by our names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lens = pytest.importorskip("transformer_lens")
        if int(metadata.version("transformer_lens").partition(".")[0]) > 3:
            pytest.skip("TransformerLens has no HookedTransformer from 4.0 on")
        import torch

        model = Transformer(**SMALL, logits="vocabulary", biases="all")
        weights = numbers(model)
        heads, width, head = weights["blocks.0.attn.W_Q"].shape
        theirs = lens.HookedTransformer(
            lens.HookedTransformerConfig(
                n_layers=1, n_heads=heads, d_model=width, d_head=head, d_mlp=SMALL["mlp"],
                n_ctx=3, d_vocab=6, act_fn="relu", normalization_type=None, device="cpu",
            )
        )  # fmt: skip
        named = {name: torch.tensor(array) for name, array in weights.items()}
        theirs.load_state_dict({**theirs.state_dict(), **named})
        words = np.column_stack([TASK.inputs, np.full(len(TASK), 5)]).astype(np.int64)
        logits, cache = theirs.run_with_cache(torch.tensor(words))
    network = built(model, weights)
    found = network.activations(jnp.asarray(TASK.inputs))
    for ours, other in (
        (network(jnp.asarray(TASK.inputs)), logits[:, -1]),
        (found["blocks.0.attn.hook_pattern"], cache["blocks.0.attn.hook_pattern"]),
        (found["blocks.0.hook_resid_post"], cache["blocks.0.hook_resid_post"]),
    ):
        np.testing.assert_allclose(ours, other.detach().numpy(), rtol=1e-4, atol=1e-5)
    state = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
    assert all(map(np.array_equal, leaves(built(model, state)), leaves(network)))


def test_a_state_dict_of_an_encoder_of_pytorch_loads() -> None:
    model = Transformer(**{**LIU, "heads": 2, "layers": 1}, **SMALL)
    generator = np.random.default_rng(3)
    inside = {
        "self_attn.in_proj_weight": (24, 8),
        "self_attn.in_proj_bias": (24,),
        "self_attn.out_proj.weight": (8, 8),
        "self_attn.out_proj.bias": (8,),
        "linear1.weight": (12, 8),
        "linear1.bias": (12,),
        "linear2.weight": (8, 12),
        "linear2.bias": (8,),
        **{f"norm{k}.{part}": (8,) for k in (1, 2) for part in ("weight", "bias")},
    }
    outside = {"embedding.weight": (5, 8), "readout.weight": (5, 16), "readout.bias": (5,)}
    shapes = {f"encoder.layers.0.{name}": shape for name, shape in inside.items()} | outside
    state = {name: generator.normal(size=shape).astype("f4") for name, shape in shapes.items()}
    network = built(model, state)
    # As torch.nn.functional.multi_head_attention_forward: x W^T + b, and heads one after the other.
    x, attn = generator.normal(size=(6, 8)).astype("f4"), network.blocks[0].attn
    weight, bias = (state[f"encoder.layers.0.self_attn.in_proj_{c}"] for c in ("weight", "bias"))
    together = (x @ weight.T + bias).reshape(6, 3, 2, 4)
    for k, what in enumerate("QKV"):
        found = np.einsum("nw,hwd->nhd", x, attn.__dict__[f"W_{what}"])
        found = found + attn.__dict__[f"b_{what}"]
        np.testing.assert_allclose(found, together[:, k], rtol=1e-4, atol=1e-5)
    out = x @ state["encoder.layers.0.self_attn.out_proj.weight"].T
    np.testing.assert_allclose(x @ attn.W_O.reshape(8, 8), out, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(network.unembed.W_U, state["readout.weight"].T)
    with pytest.raises(gp.GrokphaseError, match=r"has other.weight of shape"):
        built(model, {**state, "other.weight": np.ones((2, 3, 4))})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"embed.W_E": None}, r"no embed.W_E, which this model needs with shape \(6, 8\)"),
        ({"unembed.W_U": None}, r"no unembed.W_U, .* give all \d+ weights, as [\w.]+ has them\.$"),
        ({"unembed.W_U": None, "unembed.W_u": np.ones(2)}, 'Did you mean "unembed.W_u"'),
        ({"embed.W_E": None, "unembed.W_U": None}, "and 1 more, such as unembed.W_U"),
        ({"embed.W_E": np.zeros((7, 8))}, r"shape \(7, 8\) in the state dict; .* needs \(6, 8\)"),
        ({"blocks.1.mlp.W_in": np.ones((8, 12))}, r"blocks.1.mlp.W_in .* is no part of this model"),
        ({"embed.W_E": np.full((6, 8), np.nan)}, "holds numbers that are NaN"),
    ],
)
def test_a_state_dict_of_another_model_is_refused(changed: dict[str, Any], said: str) -> None:
    model = Transformer(**SMALL)
    state = {name: w for name, w in (numbers(model) | changed).items() if w is not None}
    with pytest.raises(gp.GrokphaseError, match=said):
        built(model, state)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"heads": 3}, "heads = 3 do not divide width = 128.*heads=2"),
        ({"layers": 0}, "layers"),
        ({"layer_norm": "before"}, 'layer_norm "before" is not known; allowed: none, pre, post'),
        ({"positions": "learnt"}, 'Did you mean "learned"'),
        ({"sequence": "a ="}, "must have a and b, each once"),
        ({"causal": "maybe"}, "causal = maybe cannot be used; it must be true or false"),
        ({"tied": True, "readout": "concatenation"}, "cannot go with readout"),
    ],
)
def test_what_cannot_be_a_transformer_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(gp.GrokphaseError, match=said):
        Transformer(**given)


@pytest.mark.parametrize(
    ("task", "model", "said"),
    [
        ("sparse-parity", Transformer(), "has no symbols to embed, which a transformer needs"),
        ("addition", Transformer(tied=True), "tied = true needs results that are symbols"),
        ("modular-addition", Transformer(width=8192, mlp=8192), "at most 100,000,000 are allowed"),
    ],
)
def test_a_task_that_a_transformer_cannot_read_is_refused(
    task: str, model: Transformer, said: str
) -> None:
    options = {"bits": 8, "relevant": 2, "samples": 20} if task == "sparse-parity" else {}
    with pytest.raises(gp.GrokphaseError, match=said):
        model.build(gp.task(task, **options), np.random.default_rng(0))


def test_weights_by_name_are_no_weights_of_the_toy() -> None:
    with pytest.raises(gp.GrokphaseError, match="weights by name are for a Transformer"):
        gp.Toy().build(gp.task("addition"), np.random.default_rng(0), gp.Initial.of({"a.b": [1.0]}))


def three_symbols() -> gp.Task:
    """(a + 2 b + 3 c) mod 5 of all triples."""
    triples = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return gp.Task("three", triples, (triples @ [1, 2, 3]) % 5, 5, symbols=5)


@pytest.mark.parametrize(
    ("layers", "repeats", "causal"), [(1, 1, True), (2, 1, False), (1, 2, True), (2, 2, True)]
)
def test_three_symbols_and_layers_that_are_passed_again_are_the_plain_function(
    layers: int, repeats: int, causal: bool
) -> None:
    model = Transformer(
        layers, heads=2, width=8, mlp=12, sequence="a b c", repeats=repeats, causal=causal
    )
    learned = three_symbols()
    network = model.build(learned, np.random.default_rng(0))
    plain = network.activations(jnp.asarray(learned.inputs))
    found = network(jnp.asarray(learned.inputs))
    assert len(network.blocks) == layers
    assert f"blocks.{layers * repeats - 1}.mlp.hook_post" in plain
    np.testing.assert_allclose(found, plain["logits"], atol=1e-5)


def test_layers_passed_once_leave_a_description_as_it_was() -> None:
    assert "repeats" not in Transformer().spec()
    assert Transformer(repeats=2).spec()["repeats"] == 2


def test_facts_are_read_by_a_transformer_that_is_told_all_but_the_test_set() -> None:
    spec = gp.run_spec("fact-composition")
    assert spec.model == Transformer(layers=2, sequence="a b c")
    assert len(spec.split.indices(spec.task, 0)[0]) == len(spec.task) - spec.task.test
    assert spec.initial_network()(jnp.asarray(spec.task.inputs[:3])).shape == (3, 20)


def test_a_sequence_has_as_many_symbols_as_a_sample() -> None:
    with pytest.raises(gp.GrokphaseError, match='write Transformer\\(sequence="a b c"\\)'):
        Transformer().build(three_symbols(), np.random.default_rng(0))
    with pytest.raises(gp.GrokphaseError, match='write Transformer\\(sequence="a b ="\\)'):
        Transformer(sequence="a b c").build(TASK, np.random.default_rng(0))
