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
    module = module_of(path.absolute())
    found = getattr(module, "arm", None)
    if isinstance(found, Arm):
        return found
    others = [name for name, each in vars(module).items() if isinstance(each, Arm)]
    if found is not None:
        said = f"has an arm of type {type(found).__name__}, and a script has one gp.races.Arm"
    elif others:
        said = f"has {' and '.join(others)}, but nothing called arm, and a script has one arm"
    else:
        said = "has no arm"
    raise GrokphaseError(f'"{path}" {said}; write in it: {_LINE}.')
