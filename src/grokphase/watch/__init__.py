"""A monitor for anybody's training loop: what phase it is in, and when it will generalize.

    monitor = gp.watch.Monitor(budget=50_000)
    for step in range(50_000):
        ...
        monitor.update(step, model=model, optimizer=optimizer, train_accuracy=..., ...)

It reads models of PyTorch and of JAX and imports neither. `gp.watch.lightning.GrokMonitor` and
`gp.watch.huggingface.GrokMonitor` are callbacks for the trainers of these libraries.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from grokphase.watch.monitor import Monitor as Monitor

if TYPE_CHECKING:
    from grokphase.watch import huggingface as huggingface
    from grokphase.watch import lightning as lightning

__all__ = ["Monitor"]


def __getattr__(name: str) -> ModuleType:
    """The adapters, which import the library they are for."""
    if name == "lightning":
        import grokphase.watch.lightning as adapter

        return adapter
    if name == "huggingface":
        import grokphase.watch.huggingface as callback

        return callback
    raise AttributeError(f"module 'grokphase.watch' has no attribute {name!r}")
