"""The common picture of each task: what ``grokphase map TASK`` draws where no axes are given.

At a scale that takes minutes, so that a first look costs no afternoon. Whoever wants another gives
axes; what is given besides them takes the place of what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from grokphase.cli.experiment import overlap
from grokphase.cli.options import Experiment
from grokphase.errors import GrokphaseError

_LR: Final = "recipe.decoder.learning_rate"
_WD: Final = "recipe.decoder.weight_decay"


@dataclass(frozen=True)
class Picture:
    """A map that shows the phases of a task.

    Args:
        x: the axis across.
        y: the axis up.
        settings: what else differs from the usual, by dotted name.
        size: of the task, where it has one.
    """

    x: str
    y: str
    settings: Mapping[str, str]
    size: int | None = None


_TOY = Picture(f"{_LR}=1e-5..1e-2:10:log", f"{_WD}=0..8:5", {"recipe.steps": "30000"})
_FRACTION = Picture(
    "split.fraction=0.3..0.9:7",
    "recipe.weight_decay=0,0.3,1,3,10",
    {"recipe.steps": "8000", "model.dimension": "64", "model.widths": "128"},
)
# Last layer against decay, as Figure 8 (b) of Liu et al. 2022; of the test images the first 2,000.
_IMAGES = Picture(
    f"{_LR}=1e-5..1e-1:5:log",
    "recipe.weight_decay=0.1,0.3,1,3",
    {"recipe.steps": "6000", "task.test": "2000"},
)
# Initial scale against decay, by which Omnigrok (arXiv:2210.01117) makes grokking come and go.
_TEACHER = Picture(
    "model.decoder_scale=0.5..4:7:log",
    "recipe.weight_decay=0,0.03,0.1,0.3,1",
    {"recipe.steps": "10000"},
)
# The same of sentences and molecules, at few samples.
_READ = Picture(
    "model.decoder_scale=1..6:4:log",
    "recipe.weight_decay=0,0.1,0.3,1",
    {"recipe.steps": "2000", "recipe.batch": "50", "split.count": "200"},
)
_NUMBERS = Picture(_FRACTION.x, _FRACTION.y, {"recipe.steps": "8000"})

PICTURES: Final[Mapping[str, Picture]] = {
    "addition": _TOY,
    "S3": _TOY,
    "teacher-student": _TEACHER,
    "mnist": _IMAGES,
    # Those from files cannot be made here to look at their inputs.
    **dict.fromkeys(("sentences", "imdb", "molecules", "smiles", "cifar10", "imagenette"), _READ),
    # Inputs that are no symbols have no embedding to set.
    "numbers": _NUMBERS,
    # Of 31 symbols, and not the usual 97, whose map takes hours.
    "modular": replace(_FRACTION, size=31),
    "": _FRACTION,
}
"""By the name of a task; "numbers" is for all whose inputs are no symbols, "modular" for every
operation with a modulus, "" for all that are left."""


def with_picture(task: str | None, typed: Experiment) -> tuple[str, str, Experiment]:
    """The axes of the common picture of a task, and what was typed with its settings.

    Args:
        task: its name; None where a table is given.
        typed: the options, which come before the settings of the picture.

    Returns:
        The axis across, the axis up, and the options.

    Example:
        >>> x, y, options = with_picture("modular-addition", Experiment(steps=100))
        >>> x, options.p, options.steps
        ('split.fraction=0.3..0.9:7', 31, 100)
    """
    picture = PICTURES["mnist" if typed.idx is not None else _name(task)]
    mlp = task not in ("addition", "S3") and typed.model in (None, "mlp")
    set_already = {text.partition("=")[0].strip() for text in typed.settings}
    kept = [
        f"{name}={value}"
        for name, value in picture.settings.items()
        if (mlp or not name.startswith("model."))
        and not any(overlap(name, other) for other in set_already)
        and not (name == "recipe.steps" and typed.steps is not None)
    ]
    sized = typed.p is not None or "task.p" in set_already
    p = typed.p if sized else picture.size
    return picture.x, picture.y, replace(typed, p=p, settings=(*typed.settings, *kept))


def refuse_one_axis(x: str | None, y: str | None) -> None:
    """Refuse one axis without the other: a map needs both, or neither for the common picture.

    Raises:
        GrokphaseError: naming the one that is missing.
    """
    if (x is None) != (y is None):
        given, missing = ("--x", "--y") if y is None else ("--y", "--x")
        raise GrokphaseError(
            f"{given} is given without {missing}; give both, or neither for the task's common "
            "picture; one axis alone is for grokphase sweep --over."
        )


def told(x: str, y: str, typed: Experiment) -> str:
    """What is mapped where nobody said it, in one sentence, as options to start from."""
    options = [f"--x {x}", f"--y {y}"]
    options += [] if typed.p is None else [f"--p {typed.p}"]
    options += [] if typed.steps is None else [f"--steps {typed.steps}"]
    options += [f"--set {text}" for text in typed.settings]
    return (
        f"No axes are given, so the common picture is drawn, at a small scale: {' '.join(options)}."
    )


def _name(task: str | None) -> str:
    """Under which name the picture of a task stands."""
    from grokphase import tasks
    from grokphase.trainers.trainer import is_address

    if task is None:
        return ""
    if is_address(task):
        raise GrokphaseError(
            f"{task} is a training function, which has no common picture; write --x and --y with "
            "two of its settings."
        )
    if task in PICTURES:
        return task
    given = tasks.task(task)
    if given.symbols is None:
        return "numbers"
    return "modular" if "p" in tasks.leaves_of(given) else ""
