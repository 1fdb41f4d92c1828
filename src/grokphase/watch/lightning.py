"""The monitor as a callback of Lightning.

trainer = Trainer(callbacks=[gp.watch.lightning.GrokMonitor()])
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.errors import GrokphaseError
from grokphase.watch.metrics import understood
from grokphase.watch.monitor import Monitor

if TYPE_CHECKING:

    class Callback:
        """That of Lightning."""
else:
    try:
        # The package of two names has two classes; the trainer knows the one of its own.
        if "pytorch_lightning" in sys.modules and "lightning" not in sys.modules:
            from pytorch_lightning import Callback
        else:
            from lightning.pytorch import Callback
    except ImportError:

        class Callback:
            """Stands where Lightning is not installed."""


class GrokMonitor(Callback):
    """Watches a `LightningModule`: loss of every batch, and the accuracies that it logs.

    Accuracies and losses are recognized by their names in `self.log`, such as "train_acc" and
    "val_loss". What is measured goes to the loggers of the trainer, and what was recorded into its
    checkpoints.

    Args:
        names: quantities that are called otherwise: ``{"top1": "validation_accuracy"}``.
        store: a folder into which the run is written when training ends; None for none.
        **options: of `grokphase.watch.Monitor`.

    Attributes:
        monitor: which watches; `monitor.forecast()`, `monitor.values`, ...

    Raises:
        GrokphaseError: if Lightning is not installed, or an option cannot be used.
    """

    def __init__(
        self,
        *,
        names: Mapping[str, str] | None = None,
        store: str | Path | None = None,
        **options: Any,
    ) -> None:
        if Callback.__module__ == __name__:
            raise GrokphaseError("Lightning is not installed: pip install lightning.")
        super().__init__()
        self._names, self._store = dict(names or {}), store
        self._loggers: list[Any] = []
        self._loss: Any = None
        self.monitor = Monitor(**{"log_to": self._log, "rank": 0, **options})

    def _log(self, step: int, values: Mapping[str, float]) -> None:
        for logger in self._loggers:
            logger.log_metrics(dict(values), step=step)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Take the budget and the loggers from the trainer, and which process this is."""
        if not trainer.is_global_zero:
            self.monitor.rank = trainer.global_rank
        self._loggers = list(trainer.loggers)
        steps = trainer.estimated_stepping_batches
        if self.monitor.budget is None and math.isfinite(steps) and steps > 0:
            self.monitor.budget = int(steps)

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Any) -> None:
        """Keep the loss until the optimizer's step."""
        self._loss = loss.detach() * trainer.accumulate_grad_batches

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Weights, gradient and loss of this step."""
        if trainer.is_global_zero:
            self.monitor.update(
                trainer.global_step, model=pl_module, optimizer=optimizer, train_loss=self._loss
            )

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """What was logged of training samples."""
        self._take(trainer, "train")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """What was logged of validation samples."""
        if not trainer.sanity_checking:
            self._take(trainer, "validation")

    def _take(self, trainer: Any, side: str) -> None:
        if trainer.is_global_zero:
            logged = understood(trainer.callback_metrics, self._names)
            mine = {name: value for name, value in logged.items() if name.startswith(side)}
            self.monitor.update(trainer.global_step, **mine)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Write the run into the store."""
        if trainer.is_global_zero:
            self.monitor.finish(self._store)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return self.monitor.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.monitor.load_state_dict(state_dict)
