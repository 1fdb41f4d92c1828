"""The forecasters whose constants come with grokphase, and what they were fitted on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from grokphase.errors import GrokphaseError, nearest
from grokphase.forecasting.combination import Combination
from grokphase.forecasting.forecast import Forecaster
from grokphase.forecasting.hidden import Hidden
from grokphase.forecasting.laws import UNITS, Law
from grokphase.forecasting.survivor import Survivor

FILE: Final = "forecasters.json"
"""In the folder `fitted`."""


@cache
def kept() -> dict[str, Any]:
    """What the file of constants says: whom they are of, and which runs they were fitted on."""
    found: dict[str, Any] = json.loads(
        files(__package__).joinpath("fitted", FILE).read_text(encoding="utf-8")
    )
    return found


def forecasters_of(constants: Mapping[str, Any]) -> dict[str, Forecaster]:
    """The forecasters with these constants, by name, the combination last."""
    found: dict[str, Forecaster] = {}
    for name, given in constants.items():
        if name in UNITS:
            found[name] = Law.of(name, given)
        elif name == Hidden.name:
            found[name] = Hidden.of(given)
        elif name == Combination.name:
            found[name] = Combination.of(given, found)
        else:
            found[name] = Survivor.of(name, given)
    return found


@cache
def forecasters() -> dict[str, Forecaster]:
    """All forecasters that come with grokphase, by name.

    Example:
        >>> "decay" in forecasters()
        True
    """
    return forecasters_of(kept()["forecasters"])


def forecaster(name: str | None = None) -> Forecaster:
    """One of them; without a name the one that was best on the validation families.

    Raises:
        GrokphaseError: if there is none of this name.
    """
    found = forecasters()
    wanted = str(kept()["best"]) if name is None else name
    if wanted not in found:
        raise GrokphaseError(
            f'there is no forecaster "{wanted}"; there are {", ".join(found)}.'
            f"{nearest(wanted, found)}"
        )
    return found[wanted]
