"""A run made in PyTorch is replayed from its arrays: the same losses, and the same times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import grokphase as gp

torch: Any = pytest.importorskip("torch", reason="replays a PyTorch run where it is installed")

STEPS = 1500


def pytorch_run(seed: int) -> dict[str, Any]:
    """The toy in a plain PyTorch loop: AdamW, 45 of 55 samples, 30-dimensional labels."""
    generator = np.random.default_rng(seed)
    torch.manual_seed(seed)
    task = gp.task("addition", p=10)
    vectors = generator.normal(size=(19, 30)).astype(np.float32)
    train = generator.permutation(55)[:45]
    embedding = torch.nn.Parameter(torch.rand(10, 1) - 0.5)
    linears = [torch.nn.Linear(1, 200), torch.nn.Linear(200, 200), torch.nn.Linear(200, 30)]
    tanh = torch.nn.Tanh
    decoder = torch.nn.Sequential(linears[0], tanh(), linears[1], tanh(), linears[2])

    def arrays(parameter: Any) -> np.ndarray:
        return parameter.detach().numpy().copy()

    initial = {
        "embedding": arrays(embedding),
        "layers": [(arrays(linear.weight), arrays(linear.bias)) for linear in linears],
    }
    rates = [
        {"params": [embedding], "lr": 1e-3, "weight_decay": 0.0},
        {"params": list(decoder.parameters()), "lr": 1e-3, "weight_decay": 1.0},
    ]
    optimizer = torch.optim.AdamW(rates)
    pairs, labels = (torch.tensor(a[train].astype(np.int64)) for a in (task.inputs, task.labels))
    targets, table = torch.tensor(vectors)[labels], torch.tensor(vectors)
    losses, right = [], []
    for _ in range(STEPS + 1):
        outputs = decoder(embedding[pairs[:, 0]] + embedding[pairs[:, 1]])
        loss = ((outputs - targets) ** 2).mean()
        right.append(float((torch.cdist(outputs, table).argmin(1) == labels).float().mean()))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {
        "vectors": vectors, "train": train, "initial": initial,
        "losses": np.array(losses), "accuracy": np.array(right),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_a_pytorch_run_is_replayed(seed: int) -> None:
    theirs = pytorch_run(seed)
    task = gp.tasks.addition(p=10, target=gp.Regression(vectors=theirs["vectors"]))
    recipe = gp.Recipe(decoder=gp.Group(1e-3, 1.0), steps=STEPS, stop="budget")
    split = gp.Split(train=theirs["train"])
    ours = gp.train(task, gp.Toy(), recipe, split=split, initial=theirs["initial"])
    steps = ours.curves["step"]
    early = steps <= 150
    loss = ours.curves["train_loss"]
    np.testing.assert_allclose(loss[early], theirs["losses"][steps[early]], rtol=2e-3)
    np.testing.assert_allclose(loss, theirs["losses"][steps], rtol=0.25)
    passed = int((theirs["accuracy"] > 0.9).argmax())
    assert passed > 0
    assert ours.record.train_step == pytest.approx(passed, rel=0.02, abs=3)
