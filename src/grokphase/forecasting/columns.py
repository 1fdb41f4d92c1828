"""What a column of a log means, by its name as programs write it.

A name is split into words at signs and capitals ("val/Top1Acc", "trainLoss"). It is understood
where each of its words is: one says of which samples (train, val, test, eval, ...), one what (loss,
acc, ...), and others, such as "epoch" or "mean", change neither. A word that is not known may
change the meaning ("val_acc_best", "top5_acc"), so a name with one is left alone.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

TRAIN: Final = frozenset({"train", "training", "trn", "tr", "trained"})
VALIDATION: Final = ("val", "validation", "valid", "dev", "eval", "evaluation", "heldout", "test")
"""Words for samples that are not trained, the first before the others where several are there."""

_LIKE: Final = {"holdout": "heldout", "vl": "val", "te": "test", "tst": "test", "testing": "test"}
_LOSS: Final = frozenset({"loss", "losses", "ce", "nll", "xent", "mse", "logloss", "crossentropy"})
_ACCURACY: Final = frozenset({"acc", "accs", "accuracy", "accuracies", "accu", "top1", "acc1"})
_NEUTRAL: Final = frozenset(
    {
        *(
            "epoch",
            "step",
            "mean",
            "avg",
            "average",
            "total",
            "full",
            "set",
            "data",
            "split",
            "the",
        ),
        *("overall", "model", "metrics", "metric", "score", "categorical", "sparse", "binary"),
        *("multiclass", "classification", "classifier", "batch", "running", "rate", "curve"),
        *("cross", "entropy", "iterations", "vs", "final", "samples", "dataset", "on", "of", "top"),
        *("1", "percent", "pct", "percentage"),
    }
)
PERCENT: Final = frozenset({"percent", "pct", "percentage"})
_NORM_OF: Final = {
    "weight_norm": frozenset(
        {"weight", "weights", "param", "params", "parameter", "parameters", "w", "theta"}
    ),
    "gradient_norm": frozenset({"grad", "grads", "gradient", "gradients", "g"}),
}
_NORM_NEUTRAL: Final = frozenset({"norm", "l2", "total", "global", "model", "of", "all", "2"})
_OWN: Final = frozenset(
    {
        *("rqi", "saturation", "effective_dimension", "embedding_gini", "embedding_norm"),
        *("decoder_norm", "train_margin", "mean_train_margin", "linear_residual"),
        *("restricted_loss", "excluded_loss", "null_dimension"),
    }
)
"""Measures of grokphase's own, by their exact names."""

STEPS: Final = (
    *("trainer_global_step", "train_global_step", "global_step", "optimizer_step", "gradient_step"),
    *("step", "steps", "training_step", "training_steps", "train_step", "train_steps", "num_steps"),
    *("n_steps", "total_steps", "update", "updates", "num_updates", "iteration", "iterations"),
    *("iter", "iters", "it", "n_iter", "num_iterations"),
)
"""Columns that count updates, the surest first."""

CALLS: Final = "_step"
"""What counts calls of ``wandb.log``, which are updates only where there is one an update."""

EPOCHS: Final = ("epoch", "epochs", "train_epoch", "trainer_epoch", "current_epoch", "ep")
RUNS: Final = (
    *("run", "runs", "run_id", "run_name", "id", "name", "experiment", "trial", "trial_id"),
    "seed",
)
_RATE: Final = re.compile(r"(train_)?(lr|learning_rate)(_(adam(_?w)?|sgd|group|pg|0|1|max))*")
_DECAY: Final = re.compile(r"(train_)?(wd|weight_decay)(_(adam(_?w)?|sgd|group|pg|0|1))*")
_LOADER: Final = re.compile(r"/dataloader_idx_\d+$")  # what Lightning adds
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+|%")


class Meaning(NamedTuple):
    """What a column is.

    Attributes:
        what: a curve of a `History`, a setting ("learning_rate", "weight_decay"), "step", "epoch"
            or "run".
        rank: which of several columns of one meaning is meant, the lowest.
        percent: whether the name says that its values are in percent.
        plain: whether the name leaves open of which samples it is, which are the trained ones where
            no other name says "train", as Keras and Hugging Face write it.
    """

    what: str
    rank: int = 0
    percent: bool = False
    plain: bool = False


@cache
def meaning_of(name: str) -> Meaning | None:
    """What a column means by its name; None where that is not known.

    Args:
        name: as it stands in the file.

    Example:
        >>> meaning_of("val/Top1Acc").what, meaning_of("eval_loss").what
        ('validation_accuracy', 'validation_loss')
        >>> meaning_of("eval_train_accuracy").what, meaning_of("eval_test_accuracy").what
        ('train_accuracy', 'validation_accuracy')
        >>> meaning_of("loss").what, meaning_of("trainer/global_step").what
        ('train_loss', 'step')
        >>> meaning_of("val_top5_acc"), meaning_of("best_val_acc")
        (None, None)
    """
    if name.strip() == CALLS:
        return Meaning("step", len(STEPS))
    words = _words(name)
    joined = "_".join(words)
    for what, names in (("step", STEPS), ("epoch", EPOCHS), ("run", RUNS)):
        if joined in names:
            return Meaning(what, names.index(joined))
    if joined in _OWN:
        return Meaning(joined)
    if _RATE.fullmatch(joined):
        return Meaning("learning_rate")
    if _DECAY.fullmatch(joined):
        return Meaning("weight_decay")
    return _norm(words) or _curve(words)


def _words(name: str) -> list[str]:
    """The words of a name in small letters, of one spelling where they have several."""
    found = [word.lower() for word in _WORD.findall(_LOADER.sub("", name))]
    found = ["percent" if word == "%" else _LIKE.get(word, word) for word in found]
    joined = " ".join(found)
    for spelt, one in (("held out", "heldout"), ("hold out", "heldout"), ("top 1", "top1")):
        joined = joined.replace(spelt, one)
    return joined.split()


def _norm(words: list[str]) -> Meaning | None:
    rest = set(words) - TRAIN
    if "norm" not in rest:
        return None
    for what, of in _NORM_OF.items():
        if rest & of and rest <= of | _NORM_NEUTRAL:
            return Meaning(what)
    return None


def _curve(words: list[str]) -> Meaning | None:
    """A loss or an accuracy, of which samples."""
    there = set(words)
    sides = [word for word in words if word in TRAIN or word in VALIDATION]
    # Hugging Face's trainer writes "eval_" before the name of each data set that it evaluates.
    if len(set(sides)) > 1 and words[0] == "eval":
        sides = [side for side in sides if side != "eval"]
    loss, accuracy = there & _LOSS, there & _ACCURACY
    crossed = {"cross", "entropy"} <= there
    if len(set(sides)) > 1 or bool(loss or crossed) == bool(accuracy):
        return None
    if there - _LOSS - _ACCURACY - _NEUTRAL - set(sides) - {"eval"}:
        return None
    trained = not sides or sides[0] in TRAIN
    quantity = "accuracy" if accuracy else "loss"
    # Of one meaning, the plainest name; values of an epoch before those of a batch.
    rank = 100 * (0 if trained else VALIDATION.index(sides[0])) + 2 * len(words)
    rank += 1 if there & {"batch", "running"} or words[-1] == "step" else 0
    rank += 1 if quantity == "loss" and "loss" not in there else 0
    if words[-1] == "epoch":
        rank -= 3
    side = "train" if trained else "validation"
    return Meaning(f"{side}_{quantity}", rank, bool(there & PERCENT), not sides)


TOLD: Final = {
    "step": "step",
    "epoch": "epoch",
    "run": "run",
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "train_accuracy": "training accuracy",
    "validation_accuracy": "validation accuracy",
    "weight_norm": "norm of all weights",
    "gradient_norm": "norm of the gradient",
    "learning_rate": "learning rate",
    "weight_decay": "weight decay",
}
"""Meanings in words; others are told by their names."""

IN_EPOCHS: Final = "epoch: all times are in epochs"
"""What is said of a column of epochs where it is not known how many steps each has."""

MEANINGS: Final = (*TOLD, *sorted(_OWN))
"""All that a column can be said to be."""
