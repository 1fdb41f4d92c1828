"""Leaks of runs: what of their validation samples has been trained; see `grokphase.tasks.leaks`."""

from __future__ import annotations

from collections.abc import Iterable

from grokphase.models.specification import Model, Toy
from grokphase.tasks.leaks import Leaks, leak_sentence, leaks_of
from grokphase.training.spec import RunSpec


def is_symmetric(model: Model) -> bool:
    """Whether a model computes the same for (a, b) and (b, a), whatever its parameters.

    The toy does where it adds embeddings, or multiplies numbers. Of a module of a user's own
    nothing is known, and nothing is said.

    Example:
        >>> from grokphase.models.specification import MLP
        >>> is_symmetric(Toy()), is_symmetric(Toy(combine="concatenation")), is_symmetric(MLP())
        (True, False, False)
    """
    if not isinstance(model, Toy):
        return False
    commuting = model.combine in ("sum", "mean")
    return commuting or (model.combine == "product" and model.dimension == 1)


def leaks(spec: RunSpec) -> Leaks:
    """What of a run's validation samples has been shown in training.

    Example:
        >>> import grokphase as gp
        >>> spec = gp.run_spec("modular-addition", gp.Toy(dimension=16), split=0.8)
        >>> leaks(spec).swapped > 0, leaks(gp.run_spec("modular-addition")).swapped
        (True, 0)
    """
    train, validation = spec.split.indices(spec.task, spec.seed)
    return leaks_of(spec.task, train, validation, symmetric=is_symmetric(spec.model))


def leak_note(specs: Iterable[RunSpec]) -> str | None:
    """One sentence on the leaks of these runs, without its full stop; None if there are none."""
    return leak_sentence(leaks(spec).counts() for spec in specs)
