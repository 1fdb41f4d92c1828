"""What a monitor costs a training loop: a transformer of 10 million parameters in PyTorch.

python -m benchmarks.monitor [--steps N] [--json FILE]

Needs torch. A loop as people write it, next-token prediction on random tokens, with a monitor that
is given model, optimizer, loss and logits at every step. The cost is what its calls take, over the
whole time of the loop; beside it, in the same loop, what one look at everything takes when it is
never put off, and a call at a step at which nothing is due.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import grokphase as gp

WIDTH, LAYERS, HEADS, WORDS, LENGTH, BATCH = 320, 8, 8, 512, 32, 8


def model() -> Any:
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(WORDS, WIDTH)
            layer = nn.TransformerEncoderLayer(
                WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True
            )
            self.blocks = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
            self.head = nn.Linear(WIDTH, WORDS)

        def forward(self, words: Any) -> Any:
            return self.head(self.blocks(self.embed(words)))

    torch.manual_seed(0)
    return Net()


def measured(steps: int) -> dict[str, float]:
    import torch

    net = model()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, weight_decay=0.1)
    monitor = gp.watch.Monitor(show=None, budget=100 * steps)
    calls: list[float] = []
    spent = 0.0  # seconds of the processor in calls
    began, processor = time.perf_counter(), time.process_time()
    for step in range(steps):
        words = torch.randint(0, WORDS, (BATCH, LENGTH))
        optimizer.zero_grad()
        scores = net(words).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(scores, words.flatten())
        loss.backward()
        start, used = time.perf_counter(), time.process_time()
        monitor.update(
            step,
            model=net,
            optimizer=optimizer,
            logits=scores,
            labels=words.flatten(),
            train_loss=loss,
        )
        calls.append(time.perf_counter() - start)
        spent += time.process_time() - used
        optimizer.step()
    whole, processor = time.perf_counter() - began, time.process_time() - processor
    look = gp.watch.Monitor(show=None, share=None)
    start = time.process_time()
    look.update(0, model=net, optimizer=optimizer, logits=scores, labels=words.flatten())
    return {
        "parameters": sum(each.numel() for each in net.parameters()),
        "steps": steps,
        "step_ms": 1e3 * (whole - sum(calls)) / steps,
        "step_cpu_ms": 1e3 * (processor - spent) / steps,
        "monitor_cpu_share": spent / processor,
        "monitor_share": sum(calls) / whole,
        "measure_share": monitor.measure_seconds / whole,
        "rows": len(monitor.curves()["step"]),
        "look_cpu_ms": 1e3 * (time.process_time() - start),
        "idle_call_us": 1e6 * statistics.median(calls),
        "notes": len(monitor.notes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measured(given.steps)
    text = json.dumps(found, indent=1)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
