"""Commutative augmentation: a network that is told a b is told b a as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from grokphase.accelerators.accelerator import Accelerator
from grokphase.errors import GrokphaseError
from grokphase.tasks import Task


def mirrors(task: Task, train: Int[np.ndarray, " n"]) -> Int[np.ndarray, " m"]:
    """The samples (b, a) of those (a, b) that are trained, where they are not trained themselves.

    Args:
        task: a commutative operation on ordered pairs.
        train: places of the training samples.

    Returns:
        Places in the task, in the order of `train`.

    Example:
        >>> from grokphase.tasks import task
        >>> ring = task("modular-addition", p=3)
        >>> [ring.inputs[k].tolist() for k in mirrors(ring, np.array([1, 4, 5, 7]))]
        [[1, 0]]
    """
    place = {pair: k for k, pair in enumerate(map(tuple, task.inputs.tolist()))}
    found = np.array([place[b, a] for a, b in task.inputs[train].tolist()], np.int32)
    return found[~np.isin(found, train)]


@dataclass(frozen=True)
class CommutativeAugmentation(Accelerator):
    """Trains on (b, a) wherever (a, b) is trained, each pair once.

    The traps: of the validation samples the share that is trained has its mirror in the training
    set, and is trained now: no test any more. That is said before training like any other leak, and
    `new_validation_accuracy` leaves those samples out, while the phase is by all, as ever. With
    `split.keep=together` no validation sample has a trained mirror, and nothing is added. A full
    batch has more samples and takes longer. What the paper does with a mirror that is trained
    anyway is not said in what was read; here it is not doubled. In the paper products come earlier
    with mirrors (32,839 to 7,419 steps) and sums later (15,359 to 31,699).

    Example:
        >>> from grokphase.tasks import task
        >>> arm = CommutativeAugmentation()
        >>> arm.samples(np.array([1, 4], np.int32), task("modular-addition", p=3)).tolist()
        [1, 4, 3]

    Source: Park et al. (2024), arXiv:2405.16658 (read at second hand).
    """

    kind: ClassVar[str] = "commutative-augmentation"

    def samples(self, train: Int[np.ndarray, " n"], task: Task) -> Int[np.ndarray, " m"]:
        """The samples of the split, and after them the mirrors that are not among them.

        Raises:
            GrokphaseError: the operation is not known to be commutative, or has unordered pairs.
        """
        if task.properties is None or not task.properties.commutative:
            raise GrokphaseError(
                f"{task.name} is not known to be commutative, so that (b, a) may have another "
                f"result than (a, b), and {self.kind} cannot be used; take a task that is, such as "
                "modular-addition, or write recipe.accelerator=none."
            )
        if task.pairs != "ordered":
            raise GrokphaseError(
                f"{task.name} has unordered pairs, each its own mirror, so that {self.kind} has "
                "nothing to add; write recipe.accelerator=none."
            )
        return np.concatenate([train, mirrors(task, train)])
