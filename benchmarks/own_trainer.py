"""What grokphase costs a training function of one's own: two at a time, bare and as runs, in turn.

    python benchmarks/own_trainer.py [rounds]

Needs PyTorch. A step takes about 2 ms on one thread: a multilayer perceptron on 1,024 samples, of
which everything is reported at every step. "Bare" are calls of the function with a report that does
nothing, in two processes like those of the runs, with one thread each.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from typing import Any

import grokphase as gp
from grokphase.trainers import TrainerSpec
from grokphase.training import Sweep
from grokphase.workers.kinds import Kind
from grokphase.workers.pool import hire, release

STEPS = 1500


def train(settings: dict[str, Any], report: Any) -> None:
    import torch

    torch.manual_seed(settings["seed"])
    inputs, labels = torch.randn(1024, 128), torch.randint(0, 10, (1024,))
    model = torch.nn.Sequential(
        torch.nn.Linear(128, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10)
    )
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    for step in range(settings["steps"]):
        scores = model(inputs)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        share = (scores.argmax(1) == labels).float().mean()
        report(
            step,
            train_accuracy=share,
            validation_accuracy=share,
            train_loss=loss,
            validation_loss=loss,
            weight_norm=1.0,
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def alone(seed: int, parent: object) -> float:
    """Seconds of the loop, in a worker process that nothing else of ours has a part in."""
    import torch

    torch.set_num_threads(1)
    began = time.perf_counter()
    train({"steps": STEPS, "seed": seed}, lambda step, **values: False)
    return time.perf_counter() - began


def bare(first: int) -> float:
    """Mean of two processes that run side by side."""
    workers = [hire(Kind(1)) for _ in range(2)]
    for seed, worker in enumerate(workers, first):
        worker.give(partial(alone, seed))
    seconds = [worker.receive()[1] for worker in workers]
    for worker in workers:
        release(worker)
    return statistics.mean(seconds)


def as_runs(first: int) -> float:
    """The same of two runs of one sweep."""
    trainer = gp.Trainer(train, defaults={"steps": STEPS}, stop="budget")
    specs = [TrainerSpec.of(trainer, {}, first + seed) for seed in (0, 1)]
    return statistics.mean(record.seconds for record in Sweep(workers=2).run(specs))


def main(rounds: int) -> None:
    as_runs(0), bare(0)  # processes start and import PyTorch
    pairs = [(bare(2 * turn), as_runs(2 * turn)) for turn in range(1, rounds + 1)]
    steps = [1e3 * alone / STEPS for alone, _ in pairs]
    extra = [run / alone - 1 for alone, run in pairs]
    print(f"a step, bare: {statistics.median(steps):.3f} ms")
    print(
        f"as a run: {statistics.median(extra):+.2%} (from {min(extra):+.2%} to {max(extra):+.2%})"
    )


if __name__ == "__main__":
    began = time.perf_counter()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
    print(f"took {time.perf_counter() - began:.0f} s")
