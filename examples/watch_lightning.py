"""Modular addition as a Lightning module, with a monitor: the lines with a # are added."""

import lightning.pytorch as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import grokphase as gp  #

P = 23
FRACTION = 0.7
EPOCHS = 3000


class ModularAddition(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Embedding(P, 32), nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, P)
        )

    def step(self, batch, name):
        x, y = batch
        scores = self.net(x)
        loss = nn.functional.cross_entropy(scores, y)
        self.log(f"{name}_loss", loss, on_step=False, on_epoch=True)
        self.log(
            f"{name}_acc", (scores.argmax(1) == y).float().mean(), on_step=False, on_epoch=True
        )
        return loss

    def training_step(self, batch, batch_idx):
        return self.step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.step(batch, "val")

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=3e-3, weight_decay=1.0)


pl.seed_everything(0, verbose=False)
pairs = torch.cartesian_prod(torch.arange(P), torch.arange(P))
data = TensorDataset(pairs, pairs.sum(1) % P)
cut = int(FRACTION * len(data))
train, val = torch.utils.data.random_split(data, [cut, len(data) - cut])

grok = gp.watch.lightning.GrokMonitor()  #
trainer = pl.Trainer(
    max_epochs=EPOCHS,
    callbacks=[grok],  #
    check_val_every_n_epoch=10,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(ModularAddition(), DataLoader(train, len(train)), DataLoader(val, len(val)))

print(grok.monitor.forecast())  #
