"""Training functions of the user's own, in any framework: what they are, and how one is run.

Needs no JAX: neither here nor in the worker process that runs the function.
"""

from grokphase.trainers.spec import TrainerSpec as TrainerSpec
from grokphase.trainers.trainer import Trainer as Trainer

__all__ = ["Trainer", "TrainerSpec"]
