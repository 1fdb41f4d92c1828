"""The monitor as a callback of the Trainer of Hugging Face's transformers.

trainer = Trainer(..., callbacks=[gp.watch.huggingface.GrokMonitor()])
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.errors import GrokphaseError
from grokphase.watch.metrics import understood
from grokphase.watch.monitor import Monitor

if TYPE_CHECKING:

    class Callback:
        """That of transformers."""

    class Exportable:
        """Likewise."""
else:
    try:
        from transformers.trainer_callback import ExportableState as Exportable
        from transformers.trainer_callback import TrainerCallback as Callback
    except ImportError:

        class Callback:
            """Stands where transformers is not installed."""

        class Exportable:
            """Stands where transformers is not installed."""


class GrokMonitor(Callback, Exportable):
    """Watches a run of `transformers.Trainer`: its loss, its evaluations, its model.

    Whether it has memorized is told by accuracy on training samples. The trainer evaluates them
    too when it is given ``eval_dataset={"train": ..., "validation": ...}`` and a `compute_metrics`
    that returns an "accuracy". What was recorded goes into its checkpoints.

    Args:
        names: quantities that are called otherwise: ``{"eval_exact": "validation_accuracy"}``.
        store: a folder into which the run is written when training ends; None for none.
        **options: of `grokphase.watch.Monitor`.

    Attributes:
        monitor: which watches; `monitor.forecast()`, `monitor.values`, ...

    Raises:
        GrokphaseError: if transformers is not installed, or an option cannot be used.
    """

    def __init__(
        self,
        *,
        names: Mapping[str, str] | None = None,
        store: str | Path | None = None,
        **options: Any,
    ) -> None:
        if Callback.__module__ == __name__:
            raise GrokphaseError(
                'transformers is not installed: pip install "transformers[torch]".'
            )
        self._names = dict(names or {})
        self._store = None if store is None else str(store)
        self._options = options
        self.monitor = Monitor(**{"rank": 0, **options})

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take the budget and which process this is, and go on from a checkpoint where the trainer
        does."""
        if not state.is_world_process_zero:
            self.monitor.rank = args.process_index
        if self.monitor.budget is None and state.max_steps > 0:
            self.monitor.budget = int(state.max_steps)
        kept = state.stateful_callbacks.get(type(self).__name__)
        last = kept[-1] if isinstance(kept, list) and kept else kept
        if state.global_step and last and self.monitor.step is None:
            self.kept = last["attributes"]["kept"]

    def on_pre_optimizer_step(
        self,
        args: Any,
        state: Any,
        control: Any,
        model: Any = None,
        optimizer: Any = None,
        **kwargs: Any,
    ) -> None:
        """Weights and gradient of this step."""
        if state.is_world_process_zero:
            self.monitor.update(state.global_step, model=model, optimizer=optimizer)

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """The mean loss of the steps since the last log."""
        if state.is_world_process_zero and logs and "loss" in logs:
            self.monitor.update(state.global_step, train_loss=logs["loss"])

    def on_evaluate(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Losses and accuracies of an evaluation."""
        if state.is_world_process_zero and metrics:
            self.monitor.update(state.global_step, **understood(metrics, self._names))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the run into the store."""
        if state.is_world_process_zero:
            self.monitor.finish(self._store)

    @property
    def kept(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return self.monitor.state_dict()

    @kept.setter
    def kept(self, state: dict[str, Any]) -> None:
        self.monitor.load_state_dict(state)

    def state(self) -> dict[str, Any]:
        """What the trainer writes into its checkpoint: how it was made, and what it has seen."""
        given = {**self._options, "names": self._names, "store": self._store}
        plain = {
            name: value
            for name, value in given.items()
            if value is None or isinstance(value, bool | int | float | str | dict)
        }
        return {"args": plain, "attributes": {"kept": self.kept}}
