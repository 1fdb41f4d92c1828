"""A step of the transformers and of MNIST, beside the products it needs and plain PyTorch.

`.venv/bin/python -m benchmarks.transformers [--json] [--rounds 9] [--threads 1]` takes some
minutes. All is measured in one process with a worker's environment, in rounds taken in turn, so
that what else the machine does cancels in ratios; rows of PyTorch are null where torch is not
installed. `--one-or-two` measures by the clock whether two threads are faster than one instead.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from grokphase.workers.child import Parent
from grokphase.workers.kinds import ours
from grokphase.workers.process import Worker
from grokphase.workers.processor import processor

Advance = Callable[[int], None]
PRESETS = ("nanda2023", "power2022", "mnist")
STEPS = {"nanda2023": 10, "power2022": 10, "mnist": 100}  # of one measurement: one evaluation
LAST = 10**6  # steps of a run that is not to end


class Product(NamedTuple):
    """A weight of (inputs, outputs) that is applied to rows.

    Attributes:
        rows, inputs, outputs: of `x W`.
        learns: whether the gradient of the weight is computed too, and that of its inputs.
        of_inputs: whether the gradient of the inputs is, where the weight's is.
    """

    rows: int
    inputs: int
    outputs: int
    learns: bool = True
    of_inputs: bool = True


def prepared(name: str) -> Any:
    """The run of a preset that neither stops nor records while it is measured."""
    from grokphase import preset, run_spec
    from grokphase.training.session import prepare

    spec = run_spec("mnist") if name == "mnist" else preset(name)
    recipe = replace(spec.recipe, steps=LAST, record_every=LAST, stop="budget")
    return prepare(replace(spec, recipe=recipe))


def step_of(run: Any) -> tuple[Advance, dict[str, float]]:
    """A function that trains for some steps, and what its compilation took."""
    import jax
    import numpy as np

    began, busy = time.perf_counter(), time.process_time()
    loop = run.compiled()
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - busy}
    state = loop.start(run.params, run.problem)

    def advance(steps: int) -> None:
        nonlocal state
        until = np.int32(int(state.step) + steps)
        state = jax.block_until_ready(loop.segment(state, run.problem, until))

    return advance, took


def products(name: str, run: Any) -> tuple[list[Product], list[Product]]:
    """What a step cannot do without: products of each step, and of each evaluation.

    What is computed once for a symbol is left out: it is a few hundredths. Of nanda2023 the
    weights after attention are multiplied into one another, as grokphase does.
    """
    train, validation = run.problem.train.labels.size, run.problem.validation.labels.size

    def forward(many: int, learns: bool) -> list[Product]:
        if name == "nanda2023":
            shapes = [(1, 128, 512), (1, 128, 114), (1, 512, 114)]
        elif name == "power2022":  # b and = in layer 1, and in layer 2 the keys and values of both
            layer = [(128, 128), (128, 512), (512, 128)]
            shapes = [(2, *each) for each in (*layer, (128, 256))]
            shapes += [(1, *each) for each in ((128, 128), *layer, (128, 97))]
        else:
            shapes = [(1, 784, 200), (1, 200, 200), (1, 200, 10)]
        return [
            Product(times * many, inputs, outputs, learns, inputs != 784)
            for times, inputs, outputs in shapes
        ]

    batch = run.program.batch or train
    seen = validation + (train if run.program.batch else 0)
    return forward(batch, True), forward(seen, False)


def bound_of(name: str, run: Any) -> Advance:
    """A function that computes those products, some times over, evaluations as often as a run."""
    import jax
    import numpy as np

    compiled, carry = bound_loop(name, run)
    return lambda steps: jax.block_until_ready(compiled(carry, np.int32(steps)))


def bound_loop(name: str, run: Any) -> tuple[Any, Any]:
    """The compiled loop of those products, and what it begins with."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from grokphase.training.compilation import CPU_OPTIONS, MANY_SAMPLES

    every = int(run.problem.numbers.evaluate_every)
    generator = np.random.default_rng(0)

    def array(*shape: int) -> Any:
        return jnp.asarray(generator.normal(size=shape) / 10, jnp.float32)

    def carried(each: Product) -> Any:
        x, d = array(each.rows, each.inputs), array(each.rows, each.outputs)
        return array(each.inputs, each.outputs), x, d, x, d

    def once(each: Product, carry: Any) -> Any:
        # All factors change a little: XLA takes out of a loop what is the same at every turn.
        weight, x, d, of_inputs, _ = carry
        x, d = (factor.at[0, 0].set(weight[0, 0]) for factor in (x, d))
        outputs = x @ weight
        if each.learns and each.of_inputs:
            of_inputs = d @ weight.T
        weight = weight + 1e-12 * (x.T @ d if each.learns else outputs[:1].mean())
        return weight, x, d, of_inputs, outputs

    stepped, evaluated = products(name, run)

    def all_of(carry: Any, count: Any) -> Any:
        def body(k: Any, carry: Any) -> Any:
            steps, looks = carry
            steps = [once(each, held) for each, held in zip(stepped, steps, strict=True)]

            def look(looks: Any) -> Any:
                return [once(each, held) for each, held in zip(evaluated, looks, strict=True)]

            return steps, jax.lax.cond(k % every == 0, look, lambda looks: looks, looks)

        return jax.lax.fori_loop(0, count, body, carry)

    carry = ([carried(each) for each in stepped], [carried(each) for each in evaluated])
    options = CPU_OPTIONS | (MANY_SAMPLES if stepped[0].rows > 1024 else {})
    shape = jax.ShapeDtypeStruct((), jnp.int32)
    return jax.jit(all_of).lower(carry, shape).compile(compiler_options=options), carry


def pytorch_of(name: str, run: Any, threads: int) -> Advance:
    """A function that trains such a network in a plain PyTorch loop: all positions, no measures."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    train = run.problem.train
    labels = torch.tensor(train.labels.tolist())
    inputs = torch.tensor(train.inputs.tolist())
    batch = run.program.batch or len(labels)
    model: Any
    if name == "mnist":
        inner = [torch.nn.Linear(784, 200), torch.nn.ReLU(), torch.nn.Linear(200, 200)]
        model = torch.nn.Sequential(*inner, torch.nn.ReLU(), torch.nn.Linear(200, 10))
        target = functional.one_hot(labels, 10).float()

        def loss_of(rows: Any) -> Any:
            return functional.mse_loss(model(inputs[rows]), target[rows])
    else:
        model = _plain_transformer(name)

        def loss_of(rows: Any) -> Any:
            return functional.cross_entropy(model(inputs[rows]), labels[rows])

    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, betas=(0.9, 0.98), weight_decay=1.0)

    def advance(steps: int) -> None:
        for _ in range(steps):
            rows = slice(None) if batch == len(labels) else torch.randperm(len(labels))[:batch]
            optimizer.zero_grad()
            loss_of(rows).backward()
            optimizer.step()

    return advance


def _plain_transformer(name: str) -> Any:
    """The transformer of a preset as one would write it: every layer at every position."""
    import torch

    nanda = name == "nanda2023"
    layers, positions, p = (1, 3, 113) if nanda else (2, 5, 97)
    logits = 114 if nanda else 97
    width, heads, hidden = 128, 4, 512

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv = torch.nn.Linear(width, 3 * width, bias=False)
            self.out = torch.nn.Linear(width, width, bias=False)
            self.into = torch.nn.Linear(width, hidden, bias=nanda)
            self.back = torch.nn.Linear(hidden, width, bias=nanda)
            norm = torch.nn.Identity if nanda else lambda: torch.nn.LayerNorm(width)
            self.norm1, self.norm2 = norm(), norm()

        def forward(self, x: Any) -> Any:
            split = (len(x), positions, heads, width // heads)
            q, k, v = (part.view(split).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
            later = torch.triu(torch.ones(positions, positions, dtype=torch.bool), 1)
            scores = (q @ k.transpose(-1, -2) / split[-1] ** 0.5).masked_fill(later, -torch.inf)
            z = (scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)
            x = self.norm1(x + self.out(z))
            return self.norm2(x + self.back(torch.relu(self.into(x))))

    class Plain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = torch.nn.Embedding(p + positions, width)
            self.places = torch.nn.Parameter(torch.randn(positions, width) / width**0.5)
            self.layers = torch.nn.Sequential(*(Layer() for _ in range(layers)))
            self.unembed = torch.nn.Linear(width, logits, bias=False)

        def forward(self, pairs: Any) -> Any:
            words = torch.full((len(pairs), 1), p)
            a, b = pairs[:, :1], pairs[:, 1:]
            tokens = [a, b, words] if nanda else [words, a, words + 1, b, words + 2]
            x = self.embed(torch.cat(tokens, 1)) + self.places
            return self.unembed(self.layers(x))[:, -1]

    return Plain()


def _cost(advance: Advance, steps: int) -> tuple[float, float]:
    """Milliseconds a step by the clock, and of the processor."""
    began, busy = time.perf_counter(), time.process_time()
    advance(steps)
    took = time.perf_counter() - began, time.process_time() - busy
    return 1e3 * took[0] / steps, 1e3 * took[1] / steps


def rounds_of(name: str, rounds: int, threads: int) -> dict[str, Any]:
    """One preset: medians over rounds, and medians of the ratios of a round."""
    run = prepared(name)
    step, compilation = step_of(run)
    advances = {"bound": bound_of(name, run), "step": step}
    if importlib.util.find_spec("torch") is not None:
        advances["pytorch"] = pytorch_of(name, run, threads)
    for advance in advances.values():
        advance(STEPS[name])
    found = [
        {what: _cost(advance, STEPS[name]) for what, advance in advances.items()}
        for _ in range(rounds)
    ]
    # By what the processor did, which others on the machine disturb less than the clock; of several
    # threads by the clock, as they may wait for each other.
    by = 1 if threads == 1 else 0

    def middle(values: Iterator[float]) -> float:
        return round(statistics.median(values), 3)

    row: dict[str, Any] = {"compilation": {k: round(v, 1) for k, v in compilation.items()}}
    for what in ("step", "bound", "pytorch"):
        known = what in advances
        row[f"{what}_ms"] = middle(one[what][0] for one in found) if known else None
        row[f"{what}_cpu_ms"] = middle(one[what][1] for one in found) if known else None
    row["bound_ratio"] = middle(one["step"][by] / one["bound"][by] for one in found)
    row["pytorch_ratio"] = (
        middle(one["pytorch"][by] / one["step"][by] for one in found)
        if "pytorch" in advances
        else None
    )
    return row


_held: dict[str, Advance] = {}
"""In a worker: the runs that it has compiled, by preset."""


@dataclass(frozen=True)
class Round:
    """Some steps of a preset, in a worker that has compiled it before or does so now."""

    preset: str

    def __call__(self, parent: Parent) -> float:
        """Milliseconds a step, by the clock."""
        if self.preset not in _held:
            _held[self.preset] = step_of(prepared(self.preset))[0]
            _held[self.preset](STEPS[self.preset])
        return _cost(_held[self.preset], STEPS[self.preset])[0]


def one_or_two(rounds: int, presets: Sequence[str]) -> dict[str, Any]:
    """A step in a worker of one thread and in one of two, round by round in turn.

    Each row has the medians of both, and the median and quartiles of how many times as long one
    thread takes. That is a gain where nothing else is to be done; two runs of one thread each use
    two cores as well, and a map is faster by two threads only where the ratio is above 2.
    """
    # By its name: what is pickled from a module that is run would not find what a worker holds.
    from benchmarks.transformers import Round as Job

    workers = {threads: Worker(ours(threads)) for threads in (1, 2)}

    def ms(name: str, worker: Worker) -> float:
        worker.give(Job(name))
        return float(worker.receive()[1])

    found: dict[str, Any] = {}
    try:
        for name in presets:
            for worker in workers.values():
                ms(name, worker)
            turns = [{n: ms(name, each) for n, each in workers.items()} for _ in range(rounds)]
            low, middle, high = statistics.quantiles([turn[1] / turn[2] for turn in turns], n=4)
            found[name] = {
                **{
                    f"step_ms_{n}": round(statistics.median(t[n] for t in turns), 3) for n in (1, 2)
                },
                "one_over_two": round(middle, 3),
                "quartiles": [round(low, 3), round(high, 3)],
            }
    finally:
        for worker in workers.values():
            worker.end()
    return found | {
        "taken": {
            "date": time.strftime("%Y-%m-%d"),
            "rounds": rounds,
            "processor": processor()["processor"],
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
        }
    }


def measured(rounds: int, threads: int, presets: Sequence[str]) -> dict[str, Any]:
    """All presets, and what they were measured on."""
    found: dict[str, Any] = {name: rounds_of(name, rounds, threads) for name in presets}
    import jax

    load = os.getloadavg()[0]
    return found | {
        "taken": {
            "date": time.strftime("%Y-%m-%d"),
            "rounds": rounds,
            "threads": threads,
            "ratios": "of processor time" if threads == 1 else "of time",
            "processor": processor()["processor"],
            "cores": os.cpu_count(),
            "load": round(load, 1),
            "jax": jax.__version__,
            "torch": _version_of_torch(),
        }
    }


def _version_of_torch() -> str | None:
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    return str(torch.__version__)


def main() -> None:
    """Measure, in a process that starts as a worker does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1, help="of XLA and of PyTorch")
    parser.add_argument("--one-or-two", action="store_true", help="one thread beside two")
    parser.add_argument("--preset", action="append", choices=PRESETS, help="all if not given")
    given = parser.parse_args()
    if given.one_or_two:
        print(json.dumps(one_or_two(given.rounds, given.preset or PRESETS), indent=2))
        return
    wanted = ours(given.threads).environment()
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        command = [sys.executable, "-m", "benchmarks.transformers", *sys.argv[1:]]
        os.execve(sys.executable, command, wanted)
    found = measured(given.rounds, given.threads, given.preset or PRESETS)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, row in found.items():
        print(name, *(f"{key} {value}" for key, value in row.items()), sep="\n  ")
    if found["taken"]["torch"] is None:
        print("torch is not installed: there are no figures of PyTorch")


if __name__ == "__main__":
    main()
