"""How fast this machine trains the paper's toy, beside the bound of its matrix products.

Everything is measured in one call, interleaved, in processes such as runs are trained in (one XLA
thread each), because a processor's speed changes from minute to minute and from core to core.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.tasks import Split, task
from grokphase.training import device
from grokphase.training.asked import run_spec
from grokphase.training.compilation import CPU_OPTIONS
from grokphase.training.prepared import Prepared
from grokphase.training.recipe import Group, Recipe
from grokphase.training.session import prepare
from grokphase.workers.cores import cores_by_number
from grokphase.workers.kinds import OURS
from grokphase.workers.processor import processor

STEPS = 1000  # of one measurement
ROUNDS = 25
PYTORCH_STEPS = 300
MLP_STEPS = {59: 20, 113: 4}  # of one measurement, by p
LONG_STEPS = 5000  # of processes side by side, which do not begin and end together
TURNS = 11


def toy() -> Prepared:
    """The toy at the paper's size, made never to stop: 45 samples, all measures at every step."""
    recipe = Recipe(decoder=Group(learning_rate=1e-4, weight_decay=0.1), stop="budget")
    return prepare(run_spec("addition", None, recipe, split=Split(count=45)))


def toy_stepper() -> Callable[[int], None]:
    """A function that trains the toy for some steps."""
    run = toy()
    loop = run.compiled()
    state = loop.start(run.params, run.problem)

    def advance(steps: int) -> None:
        nonlocal state
        until = (int(state.step) + steps) % 90_000
        if until < steps:
            state, until = loop.start(run.params, run.problem), steps
        state = jax.block_until_ready(loop.segment(state, run.problem, np.int32(until)))

    return advance


def product_stepper() -> Callable[[int], None]:
    """A function that computes, some times over, the three products that bound a step.

    `h W`, `d W^T` and `h^T d` for h, d of (45, 200) and W of (200, 200): forward, backward and
    gradient of the toy's middle layer, 10.8 Mflop, as XLA computes them at these shapes. W is
    orthogonal, so that repeated products keep their size.
    """
    generator = np.random.default_rng(0)
    weight = jnp.asarray(np.linalg.qr(generator.normal(size=(200, 200)))[0], jnp.float32)
    h, d = (jnp.asarray(generator.normal(size=(45, 200)), jnp.float32) for _ in range(2))

    def products(carry: Any, count: Any) -> Any:
        def once(_: Any, carry: Any) -> Any:
            h, d, _gradient = carry
            return d @ weight.T, h @ weight, h.T @ d

        return jax.lax.fori_loop(0, count, once, carry)

    return _repeated(products, (h, d, weight))


def _repeated(products: Callable[[Any, Any], Any], carry: Any) -> Callable[[int], None]:
    """Products, compiled as the loop is."""
    shape = jax.ShapeDtypeStruct((), jnp.int32)
    options = CPU_OPTIONS if device.jax_platform() == "cpu" else {}
    compiled = jax.jit(products).lower(carry, shape).compile(compiler_options=options)
    return lambda steps: jax.block_until_ready(compiled(carry, np.int32(steps)))


def mlp(p: int) -> Prepared:
    """The usual MLP on 40 % of the pairs of modular addition, made never to stop or record."""
    recipe = Recipe(steps=10**6, record_every=10**6, stop="budget")
    return prepare(run_spec(task("modular-addition", p=p), None, recipe, split=0.4))


def mlp_stepper(p: int) -> Callable[[int], None]:
    """A function that trains the MLP for some steps."""
    run = mlp(p)
    loop = run.compiled()
    state = loop.start(run.params, run.problem)

    def advance(steps: int) -> None:
        nonlocal state
        until = np.int32(int(state.step) + steps)
        state = jax.block_until_ready(loop.segment(state, run.problem, until))

    return advance


def mlp_product_stepper(p: int) -> Callable[[int], None]:
    """A function that computes, some times over, the four products that bound a step of the MLP.

    With `h` the 256 hidden units of n training samples, `v` those of the m others, `d` of (n, p)
    and the last weight `W` of (p, 256): `h W^T` and `v W^T`, `d W` and `d^T h`, which are outputs,
    backward and gradient; 1.33 Gflop for p = 113. The rows of W are orthonormal, so that repeated
    products keep their size, and W changes a little, so that none is the same as before.
    """
    generator = np.random.default_rng(0)
    n, m = (samples.labels.size for samples in mlp(p).problem[:2])
    rows = np.linalg.qr(generator.normal(size=(256, p)))[0].T
    others = [generator.normal(size=size) for size in ((n, 256), (n, p), (m, 256), (m, p))]
    carry = tuple(jnp.asarray(array, jnp.float32) for array in (rows, *others))

    def products(carry: Any, count: Any) -> Any:
        def once(_: Any, carry: Any) -> Any:
            weight, h, d, v, _outputs = carry
            return weight + 1e-12 * (d.T @ h), d @ weight, h @ weight.T, v, v @ weight.T

        return jax.lax.fori_loop(0, count, once, carry)

    return _repeated(products, carry)


def pytorch_stepper() -> Callable[[int], None]:
    """A function that trains the same toy in a plain PyTorch loop, without measures."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    task = run_spec("addition").task
    pairs = torch.tensor(task.inputs[:45].astype(np.int64))
    targets = torch.randn(19, 30)[torch.tensor(task.labels[:45].astype(np.int64))]
    embedding = torch.nn.Parameter(torch.rand(10, 1) - 0.5)
    layers = [torch.nn.Linear(1, 200), torch.nn.Tanh(), torch.nn.Linear(200, 200)]
    decoder = torch.nn.Sequential(*layers, torch.nn.Tanh(), torch.nn.Linear(200, 30))
    groups: list[dict[str, Any]] = [
        {"params": [embedding], "lr": 1e-3, "weight_decay": 0.0},
        {"params": list(decoder.parameters()), "lr": 1e-4, "weight_decay": 0.1},
    ]
    optimizer = torch.optim.AdamW(groups)

    def advance(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            outputs = decoder(embedding[pairs[:, 0]] + embedding[pairs[:, 1]])
            loss: Any = torch.nn.functional.mse_loss(outputs, targets)
            loss.backward()
            optimizer.step()

    return advance


def _seconds(advance: Callable[[int], None], steps: int) -> float:
    began = time.perf_counter()
    advance(steps)
    return (time.perf_counter() - began) / steps


def one_core() -> Callable[[], dict[str, float]]:
    """A round of measurement: microseconds for a step of each, one after the other."""
    steppers: dict[str, tuple[Callable[[int], None], int]] = {
        "product_bound_us": (product_stepper(), STEPS),
        "toy_step_us": (toy_stepper(), STEPS),
    }
    if find_spec("torch") is not None:
        steppers["plain_pytorch_us"] = (pytorch_stepper(), PYTORCH_STEPS)
    for advance, _ in steppers.values():
        advance(20)
    return lambda: {
        name: _seconds(advance, steps) * 1e6 for name, (advance, steps) in steppers.items()
    }


def mlp_on_one_core() -> Callable[[], dict[str, float]]:
    """A round of measurement: microseconds for a step of each MLP, and for its products."""
    steppers = {
        (name, p): stepper(p)
        for p in MLP_STEPS
        for name, stepper in (("bound", mlp_product_stepper), ("step", mlp_stepper))
    }
    for advance in steppers.values():
        advance(2)
    return lambda: {
        f"mlp_{p}_{name}_us": _seconds(advance, MLP_STEPS[p]) * 1e6
        for (name, p), advance in steppers.items()
    }


def side_by_side() -> Callable[[], dict[str, float]]:
    """A round of measurement: a step of the toy, and its products, long enough to share a time
    with other processes that do the same."""
    toy_advances, products = toy_stepper(), product_stepper()
    toy_advances(20)
    products(20)
    return lambda: {
        "toy_step_us": _seconds(toy_advances, LONG_STEPS) * 1e6,
        "product_bound_us": _seconds(products, LONG_STEPS) * 1e6,
    }


@contextmanager
def _rounds(what: str, cores: list[int]) -> Iterator[Callable[[], Any]]:
    """Rounds of a measurement of this module, in a process like a worker's, held to some cores.

    The process waits, idle, until a round is asked for: rounds of two processes can take turns.
    """
    program = (
        "import json, os, sys\n"
        "cores = json.loads(sys.argv[2])\n"
        "hasattr(os, 'sched_setaffinity') and os.sched_setaffinity(0, cores)\n"
        "from grokphase.training import bench\n"
        "measure = eval(sys.argv[1], vars(bench))\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps(measure()), flush=True)\n"
    )
    command = [sys.executable, "-c", program, what, json.dumps(cores)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=OURS.environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        asked, told, failed = process.stdin, process.stdout, process.stderr

        def once() -> Any:
            asked.write("\n")
            asked.flush()
            if not (line := told.readline()):
                raise RuntimeError(f"the measuring process has ended: {failed.read()}")
            return json.loads(line)

        yield once
        asked.close()


Round = dict[str, float]


def together(workers: Sequence[Callable[[], Round]]) -> list[Round]:
    """A round of each of these, all at once."""
    with ThreadPoolExecutor(len(workers)) as threads:
        return list(threads.map(lambda once: once(), workers))


def _alone(cores: list[int]) -> dict[str, Any]:
    """A step, its bound and PyTorch's, one after the other on one core."""
    with _rounds("one_core()", cores[:1]) as once:
        rounds = [once() for _ in range(ROUNDS)]

    def middle(of: Callable[[Round], float]) -> float | None:
        return median(map(of, rounds)) if "plain_pytorch_us" in rounds[0] else None

    return {
        "toy_step_us": median(found["toy_step_us"] for found in rounds),
        "product_bound_us": median(found["product_bound_us"] for found in rounds),
        "bound_ratio": median(found["toy_step_us"] / found["product_bound_us"] for found in rounds),
        "plain_pytorch_us": middle(lambda found: found["plain_pytorch_us"]),
        "pytorch_ratio": middle(lambda found: found["plain_pytorch_us"] / found["toy_step_us"]),
    }


def _mlp(cores: list[int]) -> dict[str, float]:
    """A step of the MLP and its bound, one after the other on one core."""
    with _rounds("mlp_on_one_core()", cores[:1]) as once:
        rounds = [once() for _ in range(ROUNDS)]

    found = {}
    for p in MLP_STEPS:
        step, bound = (f"mlp_{p}_{name}_us" for name in ("step", "bound"))
        found[step], found[bound] = (median(one[name] for one in rounds) for name in (step, bound))
        found[f"mlp_{p}_bound_ratio"] = median(one[step] / one[bound] for one in rounds)
    return found


def _crowded(cores: list[int]) -> dict[str, Any]:
    """One worker with all cores to itself, two, and one for every core, in turn."""

    def mean(rounds: Sequence[Round], name: str) -> float:
        return sum(found[name] for found in rounds) / len(rounds)

    with ExitStack() as stack:
        crew = [stack.enter_context(_rounds("side_by_side()", cores)) for _ in cores]
        counts = sorted({1, min(2, len(cores)), len(cores)})
        turns = [{count: together(crew[:count]) for count in counts} for _ in range(TURNS)]

    def middle(of: Callable[[dict[int, list[Round]]], float]) -> float:
        return median(map(of, turns))

    def speedup(turn: dict[int, list[Round]]) -> float:
        return sum(mean(turn[1], "toy_step_us") / found["toy_step_us"] for found in turn[2])

    def ratio(count: int) -> float:
        return middle(
            lambda turn: mean(turn[count], "toy_step_us") / mean(turn[count], "product_bound_us")
        )

    return {
        "lone_step_us": middle(lambda turn: mean(turn[1], "toy_step_us")),
        "lone_bound_ratio": ratio(1),
        "map_step_us": middle(lambda turn: mean(turn[len(cores)], "toy_step_us")),
        "map_bound_us": middle(lambda turn: mean(turn[len(cores)], "product_bound_us")),
        "map_bound_ratio": ratio(len(cores)),
        "cores": len(cores),
        "two_core_speedup": middle(speedup) if len(cores) > 1 else None,
    }


def run(progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Measure this machine; takes about two minutes.

    Args:
        progress: told what is being measured.

    Returns:
        Microseconds for a step of the paper's toy with every measure at every step, medians over
        rounds, and ratios, medians of the ratios of a round, since a processor's speed changes from
        second to second with its neighbours and its temperature:

        - held to one core: `toy_step_us`; `product_bound_us`, its three 45 x 200 x 200 products;
          `bound_ratio`; `plain_pytorch_us` and `pytorch_ratio` (both None without torch);
        - `mlp_59_step_us`, `mlp_59_bound_us` and `mlp_59_bound_ratio`, and the same for 113: the
          usual MLP on 40 % of the pairs of modular addition, and its four products;
        - `lone_step_us` and `lone_bound_ratio`: one worker, which may use any core, as in `train`;
        - `map_step_us`, `map_bound_us` and `map_bound_ratio`: a worker for every core, as in a
          map; a step of one of them while all are at work, and the products likewise;
        - `cores`, and `two_core_speedup`, steps a second of two workers over those of one (None
          with one core);
        - `machine`.
    """
    cores = cores_by_number()
    progress("toy, matrix products and PyTorch on one core")
    alone = _alone(cores)
    progress("MLPs and their matrix products on one core")
    mlps = _mlp(cores)
    progress("one worker, and one for every core, in turn")
    crowded = _crowded(cores)
    return {
        **alone,
        **mlps,
        **crowded,
        "machine": {
            "processor": processor()["processor"],
            "platform": platform.platform(),
            "python": platform.python_version(),
            "jax": jax.__version__,
        },
    }
