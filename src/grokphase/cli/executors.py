"""Where runs are trained: here, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from grokphase.cli.options import Compute
from grokphase.errors import GrokphaseError

SECONDS_TO_CONNECT = 10


def check_compute(compute: Compute) -> None:
    """Refuse options that cannot be meant.

    Args:
        compute: the options.

    Raises:
        GrokphaseError: no workers, or both workers here and a cluster.
    """
    if compute.workers is not None and compute.workers < 1:
        raise GrokphaseError(f"--workers {compute.workers} trains nothing; give 1 or more.")
    if compute.workers is not None and compute.cluster is not None:
        raise GrokphaseError(
            "--workers is for this machine and --cluster for another; give one of them."
        )


@contextmanager
def executor(compute: Compute) -> Iterator[Executor | None]:
    """The executor of a cluster for the duration of a ``with`` block.

    Args:
        compute: the options.

    Yields:
        The cluster's executor, or None to train on this machine.

    Raises:
        GrokphaseError: Dask is not installed, nothing answers at the address, or a process of the
            cluster lacks this version of grokphase.
    """
    if compute.cluster is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise GrokphaseError(
            "--cluster needs Dask; install it with: pip install distributed"
        ) from None
    try:
        client = Client(compute.cluster, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise GrokphaseError(
            f'No Dask scheduler answers at "{compute.cluster}" ({error}); write an address such '
            f"as tcp://127.0.0.1:8786."
        ) from None
    with client:
        _refuse_other_versions(client)
        yield client.get_executor()


def _refuse_other_versions(client: Any) -> None:
    """A process that cannot read a chunk would end, and Dask would wait for another for ever."""
    found = client.get_versions(packages=["grokphase"])
    here = version("grokphase")
    for place, known in {"the scheduler": found["scheduler"], **found["workers"]}.items():
        there = known["packages"]["grokphase"]
        if there != here:
            lacking = "lacks grokphase" if there is None else f"has grokphase {there}"
            raise GrokphaseError(
                f"The cluster cannot train: {place} {lacking}, and here is {here}; "
                f"install grokphase {here} there."
            )
