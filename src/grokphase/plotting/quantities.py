"""What a map can be coloured by besides its phases: steps, and what its runs measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.phases.classify import FAILED
from grokphase.phases.summary import median

if TYPE_CHECKING:
    from grokphase.phases.phase_map import PhaseMap

_WIDE: Final = 30.0  # a measure that spreads further than this factor is shown in its logarithm
_WORDS: Final = {"rqi": "RQI", "weight_norm": "norm of the weights (L2)"}
_STEP: Final = "step (optimizer updates)"


class Colour(NamedTuple):
    """One quantity over the cells of a map.

    Attributes:
        name: as `PhaseMap.plot(colour=...)` takes it.
        title: in words.
        bar: words beside the scale, with the unit.
        values: (ny, nx) the median over seeds; NaN where there is none, and where a cell was not
            run. A run that failed has none: what it measured last says where it broke off.
        scale: "log" or "linear".
        missing: what a cell without a value means.
    """

    name: str
    title: str
    bar: str
    values: NDArray[np.float64]
    scale: Literal["log", "linear"]
    missing: str

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value; a run's budget is none of them."""
        known = self.values[np.isfinite(self.values)]
        return float(known.min()), float(known.max())


def colours_of(phase_map: PhaseMap) -> dict[str, Colour]:
    """Every quantity that a map can be coloured by, by name: those with a value somewhere.

    Steps and the delay between them, censored where the median over seeds is; then the last value
    of each measure that the runs recorded, `PhaseMap.measures`.

    Example:
        >>> from grokphase.phases.axis import Axis
        >>> from grokphase.phases.phase_map import PhaseMap
        >>> x, y = Axis("recipe.decoder.weight_decay", (0, 1)), Axis("split.count", (40, 45))
        >>> found = [["memorization", "grokking"], ["confusion", "comprehension"]]
        >>> steps = [[90, 90], [None, 90]], [[None, 5000], [None, 300]]
        >>> list(colours_of(PhaseMap.from_arrays(x, y, found, *steps)))
        ['validation_step', 'train_step', 'delay']
    """
    return {
        name: colour
        for name, colour in _every(phase_map).items()
        if np.isfinite(colour.values).any()
    }


def _every(phase_map: PhaseMap) -> dict[str, Colour]:
    """Steps, and all that the runs measured, with and without values."""
    apart = phase_map.validation_step_by_seed - phase_map.train_step_by_seed
    held = "sustained " if phase_map.by == "sustained" else ""
    late = "steps from training to validation accuracy (delay)"
    found = [
        validation_steps(phase_map),
        _steps(phase_map, "train_step", f"steps to {held}training accuracy", phase_map.train_step),
        _steps(phase_map, "delay", late, median(apart))._replace(bar="steps (optimizer updates)"),
        *(
            _measure(name, values, phase_map.phase_by_seed == FAILED)
            for name, values in phase_map.measures.items()
            if not name.startswith("embedding.")  # a single entry says nothing across networks
        ),
    ]
    return {colour.name: colour for colour in found}


def colour_of(phase_map: PhaseMap, name: str) -> Colour:
    """One of `colours_of`, or one of which no cell has a value: that is a result too.

    Raises:
        GrokphaseError: if the map has none of that name, with those that it has.
    """
    known = _every(phase_map)
    if name not in known:
        raise GrokphaseError(
            f'The map cannot be coloured by "{name}"; it can by {", ".join(known) or "nothing"}.'
            f"{nearest(str(name), known)}"
        )
    return known[name]


def validation_steps(phase_map: PhaseMap) -> Colour:
    """The step of validation accuracy, by the times that decided the phases."""
    held = "sustained " if phase_map.by == "sustained" else ""
    words = f"steps to {held}validation accuracy"
    return _steps(phase_map, "validation_step", words, phase_map.validation_step)


def _steps(phase_map: PhaseMap, name: str, title: str, values: NDArray[np.float64]) -> Colour:
    known = values[np.isfinite(values)]
    scale: Literal["log", "linear"] = "log" if (known > 0).all() else "linear"
    failed = bool((phase_map.phase_by_seed == FAILED).any())
    missing = f"{'failed, or ' * failed}not reached within the budget"
    return Colour(name, title, _STEP, values, scale, missing)


def _measure(name: str, by_seed: NDArray[np.float64], failed: NDArray[np.bool_]) -> Colour:
    title = f"last {_WORDS.get(name, name.replace('_', ' '))}"
    values = _middle(np.where(failed, np.nan, by_seed))
    known = values[np.isfinite(values)]
    wide = known.size and known.min() > 0 and known.max() > _WIDE * known.min()
    missing = "failed, or not a number" if failed.any() else "not a number"
    return Colour(name, title, title, values, "log" if wide else "linear", missing)


def _middle(by_seed: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median over the seeds that have a number; NaN unless most have, or where infinite."""
    ordered = np.sort(by_seed, axis=-1)  # what is not a number comes last
    numbers = (~np.isnan(by_seed)).sum(axis=-1)
    low, high = (
        np.take_along_axis(ordered, np.maximum(at, 0)[..., None], axis=-1)[..., 0]
        for at in ((numbers - 1) // 2, numbers // 2)
    )
    with np.errstate(invalid="ignore"):
        middle = (low + high) / 2
    most = 2 * numbers > by_seed.shape[-1]
    return np.where(most & np.isfinite(middle), middle, np.nan)
