"""Which of several processes of one run this is: one of them monitors."""

from __future__ import annotations

import os
import sys
from typing import Final, NamedTuple

_LAUNCHERS: Final = (
    ("RANK", "WORLD_SIZE"),  # torchrun
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
)
"""What launchers say of a process: its number, and how many there are; the innermost first, as
torchrun or mpirun may be started by srun."""


class Place(NamedTuple):
    """Where a process stands among those of its run.

    Attributes:
        rank: its number; 0 is the one that monitors.
        variable: of the environment, by which alone it is known; empty where a library says it.
    """

    rank: int
    variable: str = ""


def place(jax_model: bool = False) -> Place:
    """Which process of the run this is.

    As `torch.distributed` has it where that has begun, JAX where `jax.distributed` has or for a
    model of JAX, else the variables of a launcher that has started more than one.

    Args:
        jax_model: whether the model is JAX's, so that asking JAX starts no device.

    Example:
        >>> place().rank
        0
    """
    torch = sys.modules.get("torch")
    shared = getattr(torch, "distributed", None)
    if shared is not None and shared.is_available() and shared.is_initialized():
        return Place(int(shared.get_rank()))
    jax = sys.modules.get("jax")
    if jax is not None and (jax_model or jax.distributed.is_initialized()):
        return Place(int(jax.process_index()))
    for variable, size in _LAUNCHERS:
        rank, processes = _whole(variable), _whole(size)
        if rank is not None and processes is not None:
            # A job array, or one task of a job, has numbers too, and is a run of its own.
            return Place(rank, variable) if processes > 1 else Place(0)
    return Place(0)


def _whole(variable: str) -> int | None:
    said = os.environ.get(variable, "")
    return int(said) if said.isdecimal() else None
