"""What grokphase costs a training function of one's own: two at a time, bare and as runs, in turn.

    python benchmarks/own_trainer.py [rounds]

Needs PyTorch. A step takes about 2 ms on one thread: a multilayer perceptron on 1,024 samples, of
which everything is reported at every step. "Bare" are two processes with one thread each that call
the function with a report that does nothing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

import grokphase as gp
from grokphase.trainers import TrainerSpec
from grokphase.training import Sweep
from grokphase.workers.kinds import Kind

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


BARE = f"""
import sys, time
sys.path.insert(0, {__file__.rpartition("/")[0] or "."!r})
import torch
torch.set_num_threads(1)
from own_trainer import STEPS, train
began = time.perf_counter()
train({{"steps": STEPS, "seed": int(sys.argv[1])}}, lambda step, **values: False)
print(time.perf_counter() - began)
"""


def bare() -> float:
    """Seconds of the loop, mean of two processes that run side by side."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BARE, str(seed)],
            env=Kind(1).environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in (0, 1)
    ]
    return statistics.mean(float(each.communicate()[0]) for each in running)


def as_runs(first: int) -> float:
    """The same of two runs of one sweep."""
    trainer = gp.Trainer(train, defaults={"steps": STEPS}, stop="budget")
    specs = [TrainerSpec.of(trainer, {}, first + seed) for seed in (0, 1)]
    return statistics.mean(record.seconds for record in Sweep(workers=2).run(specs))


def main(rounds: int) -> None:
    as_runs(0)  # whose processes import PyTorch
    pairs = [(bare(), as_runs(2 * turn)) for turn in range(rounds)]
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
