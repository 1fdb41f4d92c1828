"""What worker processes start with: their environment, and what they import before any job.

XLA's CPU backend splits single matrix products over a thread pool as large as the number of cores
that the process may use when JAX starts, and a product that is split otherwise is summed
otherwise: the bits of a run would follow from the machine's cores, a batch system's settings and
the environment, instead of from its specification. No option of a compilation changes that. The
size of the pool is read once, from `NPROC`; a process that belongs to the user may have started JAX
long ago, and with one thread in the pool its Python threads would wait for each other.

So our own runs are trained in processes whose environment is fixed: they have as many XLA threads
as their specification says, one unless the model is large, and none of the variables that change
what JAX computes. They are also faster than threads, since
they share nothing (benchmarks/README.md).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

# By their first letters: what changes how JAX, XLA or Equinox compute.
_UNWANTED = ("JAX_", "JAXLIB_", "XLA_", "TF_XLA_", "EQX_", "LIBTPU_", "TF_CPP_")
_THREADS = (
    "NPROC",  # of XLA
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


@dataclass(frozen=True)
class Kind:
    """A kind of worker: two of one kind can do each other's jobs.

    Args:
        threads: of XLA, and of the libraries below NumPy.
        clean: without the variables that change what JAX computes, and on its CPU.
        preload: a module to import while the parent still prepares the first job.
        device: the accelerator that the worker sees, as in ``CUDA_VISIBLE_DEVICES``; None for what
            this process sees.
    """

    threads: int = 1
    clean: bool = False
    preload: str | None = None
    device: str | None = None

    def environment(self) -> dict[str, str]:
        """The environment that such a worker starts with."""
        threads = dict.fromkeys(_THREADS, str(self.threads))
        found = {**os.environ, **threads}
        if self.clean:
            wanted = (name for name in found if not name.upper().startswith(_UNWANTED))
            found = {name: found[name] for name in wanted} | {"JAX_PLATFORMS": "cpu"}
        if self.device is not None:
            found |= {"CUDA_VISIBLE_DEVICES": self.device, "HIP_VISIBLE_DEVICES": self.device}
        return found


def ours(threads: int) -> Kind:
    """The workers that train our own networks: as many XLA threads as a run's specification says,
    whatever this machine has."""
    return Kind(threads, clean=True, preload="grokphase.training.session")


OURS = ours(1)
