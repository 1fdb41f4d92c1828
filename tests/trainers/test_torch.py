"""A real PyTorch function, where PyTorch is installed: mapped, seeded, with its threads."""

from __future__ import annotations

from typing import Any

import pytest

import grokphase as gp

pytest.importorskip("torch", reason="trains a PyTorch function where it is installed")


def train(settings: dict[str, Any], report: Any) -> dict[str, float]:
    """A small network on parity of two bits among noise; weights are drawn without a seed."""
    import torch

    inputs = torch.randint(0, 2, (64, 6)).float()
    labels = (inputs[:, 0] != inputs[:, 1]).long()
    model = torch.nn.Sequential(
        torch.nn.Linear(6, settings["width"]),
        torch.nn.ReLU(),
        torch.nn.Linear(settings["width"], 2),
    )
    optimizer = torch.optim.AdamW(model.parameters(), settings["lr"], weight_decay=settings["wd"])
    for step in range(settings["steps"] + 1):
        scores = model(inputs[:48])
        loss = torch.nn.functional.cross_entropy(scores, labels[:48])
        right = (model(inputs).argmax(1) == labels).float()
        if report(
            step,
            train_accuracy=right[:48].mean(),
            validation_accuracy=right[48:].mean(),
            train_loss=loss,
        ):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"threads": torch.get_num_threads()}


TRAINER = gp.Trainer(train, defaults={"lr": 1e-2, "wd": 0.1, "width": 16, "steps": 150})


@pytest.mark.filterwarnings("error")
def test_a_map_of_a_pytorch_function() -> None:
    found = gp.phase_map(TRAINER, x="lr=1e-4,1e-2", y="wd=0.1,1", seeds=2, workers=2)
    assert found.phase[0].tolist() == ["confusion", "comprehension"]
    again = gp.train(TRAINER, seed=1)
    assert again.record.train_step == found.train_step_by_seed[0, 1, 1]
    assert again.record.final["threads"] >= 1
    assert again.record.provenance["torch"]
