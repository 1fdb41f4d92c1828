"""A PyTorch training function for `grokphase map my_script.py:train`: modular addition."""

import torch
from torch import nn

defaults = {"lr": 3e-3, "wd": 1.0, "fraction": 0.7, "p": 23, "steps": 3000}


def train(settings, report):
    p = settings["p"]
    pairs = torch.cartesian_prod(torch.arange(p), torch.arange(p))
    labels = pairs.sum(1) % p
    order = torch.randperm(p * p)
    cut = round(settings["fraction"] * p * p)
    seen, unseen = order[:cut], order[cut:]
    model = nn.Sequential(
        nn.Embedding(p, 32), nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, p)
    )
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings["lr"], weight_decay=settings["wd"]
    )
    for step in range(settings["steps"] + 1):
        scores = model(pairs)
        loss = nn.functional.cross_entropy(scores[seen], labels[seen])
        right = (scores.argmax(1) == labels).float()
        if report(
            step,
            train_accuracy=right[seen].mean(),
            validation_accuracy=right[unseen].mean(),
            train_loss=loss,
        ):
            break  # its outcome is decided
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
