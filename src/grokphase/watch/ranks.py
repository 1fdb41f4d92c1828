"""Which of several processes of one run this is: one of them monitors."""

from __future__ import annotations

import os
import sys


def rank(jax_model: bool = False) -> int:
    """The number of this process among those of the run, 0 for the one that monitors.

    That of `torch.distributed` where it has begun, that of JAX for a model of JAX, else the
    variable RANK, which launchers of PyTorch set.

    Args:
        jax_model: whether the model is JAX's, so that asking JAX starts no device.

    Example:
        >>> rank()
        0
    """
    torch = sys.modules.get("torch")
    shared = getattr(torch, "distributed", None)
    if shared is not None and shared.is_available() and shared.is_initialized():
        return int(shared.get_rank())
    if jax_model:
        return int(sys.modules["jax"].process_index())
    said = os.environ.get("RANK", "0")
    return int(said) if said.isdigit() else 0
