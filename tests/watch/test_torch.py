"""A monitor in loops of PyTorch: nothing about the training changes; neither does JAX come in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grokphase.watch import Monitor
from grokphase.watch.measures import gradient, norms
from grokphase.watch.weights import read

torch = pytest.importorskip("torch", reason="trains where PyTorch is installed")


def trained(monitor: Monitor | None, kept: Path | None = None) -> dict[str, Any]:
    """Twelve steps with dropout, and what they leave behind."""
    torch.manual_seed(3)
    model = torch.nn.Sequential(
        torch.nn.Embedding(7, 8), torch.nn.Flatten(), torch.nn.Dropout(0.3), torch.nn.Linear(16, 7)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.5)
    for step in range(12):
        inputs = torch.randint(0, 7, (20, 2))
        labels = inputs.sum(1) % 7
        optimizer.zero_grad()
        scores = model(inputs)
        loss = torch.nn.functional.cross_entropy(scores, labels)
        loss.backward()
        if monitor is not None:
            monitor.update(
                step,
                model=model,
                optimizer=optimizer,
                logits=scores,
                labels=labels,
                train_loss=loss,
                train_accuracy=(scores.argmax(1) == labels).float().mean(),
                validation_accuracy=0.1 if step < 8 else 1.0,
            )
            if step == 6 and kept is not None:  # a checkpoint, as people write it
                torch.save({"monitor": monitor.state_dict()}, kept)
                monitor.load_state_dict(torch.load(kept)["monitor"])
        optimizer.step()
    return {
        **model.state_dict(),
        **{f"gradient of {name}": each.grad for name, each in model.named_parameters()},
        "random": torch.get_rng_state(),
    }


def test_training_is_the_same_to_the_bit_with_a_monitor(tmp_path: Path) -> None:
    alone = trained(None)
    monitor = Monitor(show=None, share=None, per_decade=100)
    watched = trained(monitor, tmp_path / "kept.pt")
    assert alone.keys() == watched.keys()
    assert all(torch.equal(alone[name], watched[name]) for name in alone)
    curves = monitor.curves()
    assert curves["step"].tolist() == list(range(12))
    for name in ("weight_norm", "gradient_norm", "gradient_alignment", "train_margin"):
        assert np.isfinite(curves[name]).all(), name
    assert monitor.settings["weight_decay"] == 0.5
    assert monitor.settings["parameters"] == 7 * 8 + 16 * 7 + 7
    assert monitor.phase in ("not memorized", "generalized")


@pytest.mark.parametrize("kind", ["float32", "bfloat16", "float16", "float64"])
def test_norms_and_cosines_are_those_of_numpy(kind: str) -> None:
    torch.manual_seed(0)
    model = torch.nn.Linear(300, 300).to(getattr(torch, kind))
    for parameter in model.parameters():
        parameter.data.mul_(50)  # half precision could not hold the sum of squares
        parameter.grad = -parameter.detach().clone()
    found = norms(read(model)) | gradient(read(model))
    flat = np.concatenate([each.detach().double().numpy().ravel() for each in model.parameters()])
    assert found["weight_norm"] == pytest.approx(np.linalg.norm(flat), rel=1e-5)
    assert found["gradient_norm"] == pytest.approx(np.linalg.norm(flat), rel=1e-5)
    assert found["gradient_alignment"] == pytest.approx(1, rel=1e-4)


def test_names_are_those_of_the_model_itself_and_tied_weights_count_once() -> None:
    class Tied(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.symbols = torch.nn.Embedding(5, 4)
            self.head = torch.nn.Linear(4, 5, bias=False)
            self.head.weight = self.symbols.weight

    class Wrapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = Tied()

    [weight] = read(Wrapped())
    assert (weight.name, weight.embeds) == ("symbols.weight", True)


def test_sharded_parameters_are_refused() -> None:
    model = torch.nn.Linear(2, 2)
    model.weight.placements = ("Shard(0)",)
    monitor = Monitor(show=None)
    monitor.update(0, model=model)
    assert "shared out over processes" in monitor.notes[0]


def test_gradients_that_are_gone_are_said() -> None:
    monitor = Monitor(show=None)
    monitor.update(0, model=torch.nn.Linear(2, 2))
    assert "call update before they are set to zero" in monitor.notes[0]
    assert "weight_norm" in monitor.values


@pytest.mark.parametrize("wraps", [("_orig_mod", "module"), ("module", "_orig_mod")])
def test_wrappers_of_a_module_are_not_in_its_names(wraps: tuple[str, ...]) -> None:
    wrapped = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False))
    for name in wraps[::-1]:
        outer = torch.nn.Module()
        outer.add_module(name, wrapped)
        wrapped = outer
    assert [each.name for each in read(wrapped)] == ["0.weight"]


def test_jax_stays_out_of_a_process_of_pytorch() -> None:
    code = """
import sys, torch, grokphase as gp
model = torch.nn.Linear(3, 3)
model(torch.eye(3)).sum().backward()
monitor = gp.watch.Monitor(show=None)
for step in range(3):
    monitor.update(step, model=model, optimizer=torch.optim.AdamW(model.parameters()),
                   logits=model(torch.eye(3)), labels=torch.arange(3), train_accuracy=1.0,
                   validation_accuracy=0.1)
assert monitor.values["train_margin"] != 0
monitor.forecast(), monitor.record(), str(monitor), monitor._repr_html_()
print([name for name in ("jax", "jaxlib", "equinox", "optax") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "[]", done.stderr
