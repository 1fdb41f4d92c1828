"""The weights of PyTorch's `nn.TransformerEncoder` by the names that a `Transformer` has."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from grokphase.errors import GrokphaseError

_LAYER = re.compile(r"(?:.*\.)?layers\.(\d+)\.(.+)")
_ATTENTION = "self_attn.in_proj_weight"
_SAME = {
    "norm1.weight": "ln1.w",
    "norm1.bias": "ln1.b",
    "norm2.weight": "ln2.w",
    "norm2.bias": "ln2.b",
    "self_attn.out_proj.bias": "attn.b_O",
    "linear1.bias": "mlp.b_in",
    "linear2.bias": "mlp.b_out",
}
_TURNED = {"linear1.weight": "mlp.W_in", "linear2.weight": "mlp.W_out"}


def is_encoder(state: Mapping[str, np.ndarray]) -> bool:
    """Whether these are weights of layers of `nn.TransformerEncoderLayer`."""
    return any(name.endswith(_ATTENTION) for name in state)


def of_encoder(state: Mapping[str, np.ndarray], heads: int) -> dict[str, np.ndarray]:
    """The weights by the names and in the shapes of a `Transformer`.

    Args:
        state: of a module with the layers of an `nn.TransformerEncoder`, an embedding, whose name
            has "emb" in it, and a linear layer to the logits.
        heads: of each layer, which the shapes do not tell.

    Raises:
        GrokphaseError: if a weight is none of these.
    """
    for name, array in state.items():
        width = array.shape[-1] if array.ndim else 0
        if name.endswith(_ATTENTION) and (array.shape != (3 * width, width) or width % heads):
            raise GrokphaseError(
                f"the state dict has {name} of shape {array.shape}, which are not queries, keys "
                f"and values of {heads} heads."
            )
    found: dict[str, np.ndarray] = {}
    for name, array in state.items():
        layer = _LAYER.fullmatch(name)
        if layer is not None:
            named = _of_layer(layer[2], array, heads)
            found |= {f"blocks.{layer[1]}.{last}": part for last, part in named.items()}
        elif "emb" in name and array.ndim == 2:
            found["embed.W_E"] = array
        elif array.ndim == 2 and "unembed.W_U" not in found:
            found["unembed.W_U"] = array.T
        elif array.ndim == 1 and "unembed.b_U" not in found:
            found["unembed.b_U"] = array
        else:
            raise GrokphaseError(
                f"the state dict has {name} of shape {array.shape}, which is neither of a layer of "
                "an encoder, nor the embedding, nor the linear layer to the logits."
            )
    return found


def _of_layer(name: str, array: np.ndarray, heads: int) -> dict[str, np.ndarray]:
    """One array of a layer; weights there are (out, in), heads one after the other."""
    if name in _SAME:
        return {_SAME[name]: array}
    if name in _TURNED:
        return {_TURNED[name]: array.T}
    if name == "self_attn.out_proj.weight":
        return {"attn.W_O": array.T.reshape(heads, -1, array.shape[0])}
    if name == "self_attn.in_proj_bias":
        return {
            f"attn.b_{c}": b.reshape(heads, -1)
            for c, b in zip("QKV", np.split(array, 3), strict=True)
        }
    if name == _ATTENTION:
        parts = zip("QKV", np.split(array, 3), strict=True)
        width = array.shape[1]
        return {f"attn.W_{c}": w.reshape(heads, -1, width).transpose(0, 2, 1) for c, w in parts}
    raise GrokphaseError(f"the state dict has {name} in a layer, which is no part of this model.")
