"""Axes and settings of a map in words: labels with units, numbers with all their digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from grokphase.phases.names import GROUPS

_UNITS: Final = MappingProxyType(
    {
        "learning_rate": "per step",
        "momentum": "per step",
        "steps": "steps",
        "sustain": "steps",
        "delay": "steps",
        "warmup": "steps",
        "batch": "samples",
        "batch_size": "samples",
        "widths": "units",
        "p": "symbols",
    }
)

_WORDS: Final = MappingProxyType(
    {
        "recipe.steps": "budget",
        "recipe.sustain": "steps a threshold must hold",
        "recipe.thresholds.delay": "delay that counts as grokking",
        "recipe.thresholds.train_accuracy": "training accuracy threshold",
        "recipe.thresholds.validation_accuracy": "validation accuracy threshold",
        "recipe.thresholds.rqi": "RQI threshold",
        "recipe.batch": "batch size",
        "recipe.warmup": "warm-up of the learning rates",
        "recipe.label_noise": "share of training labels replaced",
        "recipe.gradient_noise": "noise of the update's direction (standard deviation)",
        "recipe.weight_noise": "noise of the weights (standard deviation)",
        "recipe.decay_towards": "what weights decay towards",
        "recipe.held_norm": "weight norm held, in initial norms",
        "recipe.held_from": "step from which the weight norm is held",
        "recipe.temperature": "temperature of the softmax",
        "recipe.threads": "XLA threads",
        "model.dropout": "dropout",
        "model.dropout_at": "where dropout is",
        "split.fraction": "training fraction of the data",
        "split.count": "training samples",
        "split.keep": "samples kept together in the split",
        "model.combine": "combination of the embeddings",
        "model.widths": "hidden widths",
        "model.width": "width of the residual stream",
        "model.mlp": "width of the MLP",
        "model.layers": "layers",
        "model.repeats": "times all layers are passed",
        "model.heads": "attention heads",
        "task.p": "p",
        "task.phi": "inferred facts over atomic ones",
        "model.dimension": "embedding dimension",
        "model.embedding_scale": "initial scale of the embeddings",
        "model.decoder_scale": "initial scale of the decoder",
        "model.initial_scale": "initial scale of all weights",
        "task.tolerance": "squared error that counts as right",
        "task.target.tolerance": "squared error that counts as right",
        "seed": "seed",
    }
)


def axis_label(name: str) -> str:
    """A dotted spec name, or several, in the words of an axis label, with the unit.

    A rate is per step (one optimiser update). Weight decay is decoupled and multiplies the
    learning rate, so it has no unit of its own.

    Args:
        name: dotted name of a numeric leaf of a spec, or of an axis that varies several.

    Returns:
        The label; a name not known here becomes its own words, which is never wrong.

    Example:
        >>> axis_label("recipe.decoder.learning_rate")
        'decoder learning rate (per step)'
        >>> axis_label("recipe.decoder.weight_decay")
        'decoder weight decay'
        >>> axis_label("model.widths.0")
        'width of layer 1 (units)'
        >>> axis_label("recipe.embedding.weight_decay,recipe.decoder.weight_decay")
        'embedding and decoder weight decay'
        >>> axis_label("model.widths.0,model.widths.1")
        'width of layer 1 = width of layer 2 (units)'
    """
    names = name.split(",")
    units = {unit_of(one) for one in names}
    unit = units.pop() if len(units) == 1 else None
    words = _of_groups(names) or " = ".join(leaf_words(one) for one in names)
    return f"{words} ({unit})" if unit else words


def unit_of(name: str) -> str | None:
    """The unit of a leaf of a spec, None for a pure number, a share or a word.

    Example:
        >>> unit_of("recipe.decoder.learning_rate"), unit_of("split.fraction")
        ('per step', None)
    """
    parts = name.split(".")
    return _UNITS.get(parts[-2] if len(parts) > 1 and parts[-1].isdigit() else parts[-1])


def leaf_words(name: str) -> str:
    """One dotted name of a spec in words, without its unit."""
    parts = name.split(".")
    if len(parts) > 1 and parts[-1].isdigit():
        return f"{_singular(parts[-2])} of layer {int(parts[-1]) + 1}"
    if name in _WORDS:
        return _WORDS[name]
    kept = parts[1:] if parts[0] in ("recipe", "model", "task", "split") else parts
    return " ".join(kept).replace("_", " ")


def fixed_text(fixed: Mapping[str, float]) -> str:
    """What the axes of a map leave where it is although it is of their kind.

    Args:
        fixed: see `PhaseMap.fixed`.

    Example:
        >>> fixed_text({"recipe.embedding.weight_decay": 1.0})
        'Not varied: embedding weight decay 1'
    """
    return "Not varied: " + ", ".join(
        f"{leaf_words(name)} {number_text(value)}" for name, value in fixed.items()
    )


def number_text(value: float) -> str:
    """A number as it was set: all its digits, whole ones without a fraction.

    Example:
        >>> number_text(1.0), number_text(0.00025118864315095795), number_text(1e-05)
        ('1', '0.00025118864315095795', '1e-05')
    """
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _of_groups(names: Sequence[str]) -> str | None:
    """One setting of several groups, in words; None for anything else."""
    parts = [name.split(".") for name in names]
    alike = len(names) > 1 and all(
        len(part) == 3 and part[0] == "recipe" and part[1] in GROUPS and part[2] == parts[0][2]
        for part in parts
    )
    groups = " and ".join(part[1] for part in parts) if alike else ""
    return f"{groups} {parts[0][2]}".replace("_", " ") if alike else None


def _singular(word: str) -> str:
    return word.removesuffix("s").replace("_", " ")
