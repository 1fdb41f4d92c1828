# %% [markdown]
# # Curves in TensorBoard or Weights & Biases, while runs train
#
# `on_progress` is called as runs advance, with the curves so far of those in flight. Any logger
# that takes a name, a value and a step fits.

# %%
from collections.abc import Callable
from typing import Any

import numpy as np

import grokphase as gp
from grokphase.training import Progress

STEPS = 3000  # the budget of a run
MEASURES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")

# %%
AddScalar = Callable[[str, float, int], Any]
"""Takes a name such as "3f2a.../train_loss", a value and a step."""


def logged(add_scalar: AddScalar) -> Callable[[Progress], None]:
    """What `on_progress` is to be: it hands on each point of each curve, once."""
    told: dict[str, int] = {}  # run -> the last step that was handed on

    def tell(run: str, curves: dict[str, np.ndarray]) -> None:
        for row, step in enumerate(curves.get("step", ())):
            if step > told.get(run, -1):
                told[run] = int(step)
                for name in MEASURES:
                    add_scalar(f"{run}/{name}", float(curves[name][row]), int(step))

    def on_progress(progress: Progress) -> None:
        for run, running in progress.running.items():
            tell(run, running.curves)
        if progress.latest is not None:
            tell(progress.latest.id, progress.latest.curves)

    return on_progress


# %% [markdown]
# Each logger in one function; its library is imported when it is asked for.


# %%
def with_tensorboard(folder: str) -> gp.Run:
    """To event files: `tensorboard --logdir FOLDER` shows them. Needs torch and tensorboard."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder) as writer:
        return gp.train("addition", steps=STEPS, on_progress=logged(writer.add_scalar))


def with_weights_and_biases(project: str) -> gp.Run:
    """To Weights & Biases. Needs wandb."""
    import wandb

    with wandb.init(project=project) as board:
        # The step of W&B itself only grows, and several runs are in flight in a map.
        board.define_metric("*", step_metric="training_step")

        def add_scalar(name: str, value: float, step: int) -> None:
            board.log({name: value, "training_step": step})

        return gp.train("addition", steps=STEPS, on_progress=logged(add_scalar))


# %% [markdown]
# Without either library the same curves can be printed.


# %%
def printed(name: str, value: float, step: int) -> None:
    """A line for each point of one measure."""
    if name.endswith("/validation_accuracy"):
        print(f"{name} {step:6,} {value:.3f}")


run = gp.train("addition", steps=STEPS, on_progress=logged(printed))
run
