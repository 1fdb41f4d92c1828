"""What keeping weights takes, said before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, get_args

import jax
import numpy as np

from grokphase.checks import choice
from grokphase.counting import counted
from grokphase.errors import GrokphaseError
from grokphase.telling.words import size as size_text
from grokphase.training.compilation import is_trainable
from grokphase.training.problem import schedule_of
from grokphase.training.recipe import Recipe
from grokphase.training.schedule import Keep, kept_steps
from grokphase.training.spec import AnySpec, RunSpec

MOST_KEPT_BYTES: Final = 20 * 10**9
"""Weights of more bytes than these are not kept by one call."""


def weights_bytes(specs: Sequence[RunSpec], keep: Keep) -> int:
    """The bytes of the weights that these runs keep, at most: a run that ends early keeps fewer.

    Example:
        >>> import grokphase as gp
        >>> run = gp.run_spec("addition")  # 10 embeddings and a decoder 1-200-200-30
        >>> weights_bytes([run], "final") == 4 * (10 + 2 * 200 + 201 * 200 + 201 * 30)
        True
    """
    sizes: dict[tuple[int, int], int] = {}
    total = 0
    for spec in specs:
        key = id(spec.model), id(spec.task)  # which runs of a map share where they are the same
        if key not in sizes:
            sizes[key] = _size(spec)
        total += sizes[key] * (1 + _snapshots(spec.recipe, keep))
    return total


def _size(spec: RunSpec) -> int:
    network = spec.initial_network()
    leaves = filter(is_trainable, jax.tree.leaves(network))
    return sum(int(np.prod(leaf.shape)) * leaf.dtype.itemsize for leaf in leaves)


def _snapshots(recipe: Recipe, keep: Keep) -> int:
    return _counted(recipe.steps, recipe.points_per_decade, recipe.record_every, keep)


@lru_cache(maxsize=1024)
def _counted(steps: int, points_per_decade: int, record_every: int | None, keep: Keep) -> int:
    recipe = Recipe(steps=steps, points_per_decade=points_per_decade, record_every=record_every)
    return len(kept_steps(steps, schedule_of(recipe), keep))


def checked_bytes(specs: Sequence[AnySpec], keep: Keep) -> int:
    """`weights_bytes`, if it is no more than `MOST_KEPT_BYTES`.

    Raises:
        GrokphaseError: if it is more, with what to write; for a training function of a user's
            own, whose weights are not known; or for a word that says no such weights.
    """
    choice("keep_weights", keep, get_args(Keep))
    ours = [spec for spec in specs if isinstance(spec, RunSpec)]
    if len(ours) < len(specs):
        raise GrokphaseError(
            f'keep_weights="{keep}" is for networks that grokphase trains; a training function '
            "saves its weights itself."
        )
    size = weights_bytes(ours, keep)
    if size > MOST_KEPT_BYTES:
        fewer = "leave keep_weights (--keep-weights) out, or train fewer runs"
        last = 'write keep_weights="final", in a shell --keep-weights final, or train fewer runs'
        raise GrokphaseError(
            f'keep_weights="{keep}" would keep up to {size / 1e9:,.1f} GB of weights, more than '
            f"{MOST_KEPT_BYTES / 1e9:,.0f} GB; {last if keep == 'log' else fewer}."
        )
    return size


def kept_told(specs: Sequence[AnySpec], keep: Keep) -> str:
    """What keeping these weights takes, in one sentence, for before they are trained.

    Raises:
        GrokphaseError: as of `checked_bytes`.

    Example:
        >>> import grokphase as gp
        >>> kept_told([gp.run_spec("addition")], "final")
        'Weights of 1 run are kept, at most 186.6 kB.'
        >>> kept_told([gp.run_spec("addition")], "log")
        'Weights of 1 run are kept, at log-spaced steps, at most 9.1 MB.'
    """
    size = size_text(checked_bytes(specs, keep))
    spaced = ", at log-spaced steps" if keep == "log" else ""
    return f"Weights of {counted(len(specs), 'run')} are kept{spaced}, at most {size}."
