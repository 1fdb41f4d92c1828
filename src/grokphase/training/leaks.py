"""Leaks of runs: what of their validation samples has been trained; see `grokphase.tasks.leaks`."""

from __future__ import annotations

from collections.abc import Sequence

from grokphase.models.specification import Model, Toy
from grokphase.models.transformer import Transformer
from grokphase.phases.notes import Note
from grokphase.tasks.leaks import Leaks, leak_sentence, leaks_of
from grokphase.training.spec import RunSpec


def is_symmetric(model: Model) -> bool:
    """Whether a model computes the same for (a, b) and (b, a), whatever its parameters.

    The toy does where it adds embeddings, or multiplies numbers; a transformer where it is told no
    positions and answers at a word that sees both alike. Of a module of a user's own nothing is
    known, and nothing is said.

    Example:
        >>> from grokphase.models.specification import MLP
        >>> is_symmetric(Toy()), is_symmetric(Toy(combine="concatenation")), is_symmetric(MLP())
        (True, False, False)
        >>> is_symmetric(Transformer(positions="none")), is_symmetric(Transformer())
        (True, False)
    """
    if isinstance(model, Transformer):
        return model.is_symmetric
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
    train, validation = spec.trained(), spec.split.indices(spec.task, spec.seed)[1]
    return leaks_of(spec.task, train, validation, symmetric=is_symmetric(spec.model))


def note(cells: Sequence[Sequence[RunSpec]]) -> Note | None:
    """What of the validation samples of these runs is trained too; None where nothing is.

    Args:
        cells: the runs of each cell.

    Example:
        >>> import grokphase as gp
        >>> spec = gp.run_spec("modular-addition", gp.Toy(dimension=16), split=0.8)
        >>> note([[spec]]).rows[0]["swapped_validation_samples"] == leaks(spec).swapped
        True
    """
    runs = [spec for cell in cells for spec in cell]
    counts = [leaks(spec).counts() for spec in runs]
    sentence = leak_sentence(counts)
    if sentence is None:
        return None
    names = dict.fromkeys(name for each in counts for name in each)
    rows = [
        {"seed": spec.seed, **{name: each.get(name, 0) for name in names}}
        for spec, each in zip(runs, counts, strict=True)
    ]
    return Note(sentence, tuple(rows))
