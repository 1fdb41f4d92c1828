"""An arm of a user's own, from a script."""

from __future__ import annotations

from pathlib import Path

from grokphase.errors import GrokphaseError
from grokphase.races.facts import Arm
from grokphase.scripts import module_of

_LINE = 'arm = gp.races.Arm("my-arm", settings={"recipe.warmup": 100})'


def arm_of_script(path: Path) -> Arm:
    """The arm that a script defines under the name `arm`.

    Args:
        path: such as my_arm.py.

    Raises:
        GrokphaseError: there is no such file, it cannot be run, or it defines no arm.
    """
    if not path.is_file():
        raise GrokphaseError(f'There is no file "{path}" to add an arm from.')
    found = getattr(module_of(path.absolute()), "arm", None)
    if not isinstance(found, Arm):
        said = "has no arm" if found is None else f"has arm = {found!r}, which is none"
        raise GrokphaseError(f'"{path}" {said}; write in it: {_LINE}.')
    return found
