"""Modular addition in a bare PyTorch loop, with a monitor: the lines with a # are added."""

import torch
from torch import nn

import grokphase as gp  #

P = 23
FRACTION = 0.7
STEPS = 3000

torch.manual_seed(0)
pairs = torch.cartesian_prod(torch.arange(P), torch.arange(P))
labels = (pairs[:, 0] + pairs[:, 1]) % P
order = torch.randperm(len(pairs))
cut = int(FRACTION * len(pairs))
train, test = order[:cut], order[cut:]


class Net(nn.Module):
    def __init__(self, p, dim=32, width=64):
        super().__init__()
        self.embed = nn.Embedding(p, dim)
        self.hidden = nn.Linear(2 * dim, width)
        self.head = nn.Linear(width, p)

    def forward(self, x):
        return self.head(torch.relu(self.hidden(self.embed(x).flatten(1))))


def accuracy(scores, truth):
    return (scores.argmax(1) == truth).float().mean().item()


model = Net(P)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1.0)
criterion = nn.CrossEntropyLoss()
monitor = gp.watch.Monitor(budget=STEPS)  #

for step in range(STEPS):
    optimizer.zero_grad()
    scores = model(pairs[train])
    loss = criterion(scores, labels[train])
    loss.backward()
    if step % 10 == 0:
        with torch.no_grad():
            train_acc = accuracy(scores, labels[train])
            test_acc = accuracy(model(pairs[test]), labels[test])
        seen = {"train_loss": loss, "train_accuracy": train_acc, "validation_accuracy": test_acc}
        monitor.update(step, model=model, optimizer=optimizer, **seen)  #
    optimizer.step()

print(monitor.forecast())  #
