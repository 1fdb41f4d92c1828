"""What the name of an axis or a setting stands for: one leaf of a run, or several that move as one.

A network has two groups of parameters, its embedding and all others (the decoder), each with
settings of its own. `recipe.weight_decay` means that of both, `model.initial_scale` the factor on
the initial weights of both, and names with a comma between them mean whatever they name:
`model.widths.0,model.widths.1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grokphase.errors import GrokphaseError

GROUPS: Final = ("embedding", "decoder")
GROUP_SETTINGS: Final = ("learning_rate", "weight_decay", "beta1", "beta2", "epsilon")
INITIAL_SCALE: Final = "model.initial_scale"
SHARED: Final = (*(f"recipe.{setting}" for setting in GROUP_SETTINGS), INITIAL_SCALE)
"""Names that mean a setting of all groups."""

BUDGETS: Final = frozenset(("recipe.steps", "steps"))
"""Names of the budget: of a run of ours, and of a training function of the user's own."""

_NAME: Final = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")


def is_name(text: str) -> bool:
    """Whether this is a dotted name, or several with commas between them.

    Example:
        >>> is_name("recipe.steps"), is_name("model.widths.0,model.widths.1"), is_name("a..b")
        (True, True, False)
    """
    return all(_NAME.fullmatch(part) for part in text.split(","))


def tidy(text: str) -> str:
    """A name without the spaces around its commas.

    Example:
        >>> tidy("model.widths.0, model.widths.1")
        'model.widths.0,model.widths.1'
    """
    return ",".join(part.strip() for part in text.split(","))


def leaves_of(name: str) -> tuple[str, ...]:
    """The leaves that a name stands for, in its order.

    Raises:
        GrokphaseError: if it names a leaf twice.

    Example:
        >>> leaves_of("recipe.weight_decay")
        ('recipe.embedding.weight_decay', 'recipe.decoder.weight_decay')
        >>> leaves_of("model.initial_scale")
        ('model.embedding_scale', 'model.decoder_scale')
        >>> leaves_of("model.widths.0,model.widths.1")
        ('model.widths.0', 'model.widths.1')
    """
    found: list[str] = []
    for part in name.split(","):
        found += [part] if part not in SHARED else _of_all_groups(part)
    for leaf in found:
        if found.count(leaf) > 1:
            raise GrokphaseError(f'"{name}" names {leaf} twice; name it once.')
    return tuple(found)


def _of_all_groups(shared: str) -> list[str]:
    if shared == INITIAL_SCALE:
        return [f"model.{group}_scale" for group in GROUPS]
    part, setting = shared.split(".")
    return [f"{part}.{group}.{setting}" for group in GROUPS]


def siblings(name: str) -> tuple[str, ...]:
    """Leaves that hold the same setting of another part of the network, and are not named.

    An axis of the decoder's weight decay leaves the embedding's where it is: whoever reads "weight
    decay 0" has to know it.

    Example:
        >>> siblings("recipe.decoder.weight_decay"), siblings("recipe.weight_decay")
        (('recipe.embedding.weight_decay',), ())
        >>> siblings("model.decoder_scale")
        ('model.embedding_scale',)
    """
    named = leaves_of(name)
    found = dict.fromkeys(other for leaf in named for other in _alike(leaf))
    return tuple(leaf for leaf in found if leaf not in named)


def _alike(leaf: str) -> Iterator[str]:
    part, _, setting = leaf.rpartition(".")
    for group in GROUPS:
        if part == f"recipe.{group}" and setting in GROUP_SETTINGS:
            yield from _of_all_groups(f"recipe.{setting}")
        if leaf == f"model.{group}_scale":
            yield from _of_all_groups(INITIAL_SCALE)
