"""What every test starts from: no caches between sessions, no display, no clock, fixed seeds."""

from __future__ import annotations

import gc
import os

# Read when JAX and Matplotlib are imported, so they are set before any test module is.
os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["NPROC"] = (
    "1"  # the XLA threads of worker processes, which results here are compared with
)
os.environ["MPLBACKEND"] = "Agg"
# A store or a colour setting of whoever runs the tests must not reach them.
for name in ("GROKPHASE_STORE", "FORCE_COLOR", "NO_COLOR", "COLUMNS"):
    os.environ.pop(name, None)

if "PYTEST_XDIST_WORKER" in os.environ:
    gc.disable()  # until all is imported and collected, which stays
# Processes that share out the tests have a core each: a sweep in one starts a single worker, and
# does not compile what it trains once for every core.
if hasattr(os, "sched_setaffinity") and "PYTEST_XDIST_WORKER" in os.environ:
    cores = sorted(os.sched_getaffinity(0))
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    os.sched_setaffinity(0, {cores[number % len(cores)]})

import numpy as np
import pytest
from hypothesis import settings
from tests.haste import hurry


def pytest_configure(config: pytest.Config) -> None:
    """The same examples on every machine and no deadline: a slow machine fails no test. The quick
    suite has half as many of them, and compiles in haste."""
    quick = config.getoption("markexpr") == "not slow"
    settings.register_profile(
        "reproducible",
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=20 if quick else 40,
    )
    settings.load_profile("reproducible")
    shares_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if quick and not shares_out:
        hurry()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no collection of garbage looks at it. Each
    looks at all that was compiled since, and there are fewer of them than a program has."""
    gc.freeze()
    gc.set_threshold(50_000, 20)
    gc.enable()


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, new for every test."""
    return np.random.default_rng(58)


@pytest.fixture(params=[0, 1, 58], ids=lambda seed: f"seed{seed}")
def seed(request: pytest.FixtureRequest) -> int:
    """A few run seeds; 58 is the one of the paper's Figure 6 (a) and (b)."""
    return int(request.param)
