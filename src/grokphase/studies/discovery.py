"""Where studies are: in this package, in other packages, and in folders that are named.

A study is a folder with a `paper.toml`. Those here are in this package; another installed package
offers one by an entry point of the group `grokphase.studies`, whose value is the package that the
folder is; and `--studies DIR`, or the environment variable GROKPHASE_STUDIES, names folders of
folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from grokphase.errors import GrokphaseError, nearest
from grokphase.studies.paper import Claim, Figure, Study
from grokphase.studies.reading import FILE, read_study

HERE = Path(__file__).parent
VARIABLE = "GROKPHASE_STUDIES"
GROUP = "grokphase.studies"

_folders: ContextVar[tuple[Path, ...]] = ContextVar("folders", default=())


@contextmanager
def studies_of(*folders: Path | str) -> Iterator[None]:
    """Inside, the studies of these folders are found too.

    Args:
        folders: of folders that each have a `paper.toml`, or such a folder itself.

    Raises:
        GrokphaseError: for a folder without a study.
    """
    token = _folders.set((*_folders.get(), *map(_checked, folders)))
    try:
        yield
    finally:
        _folders.reset(token)


def _checked(folder: Path | str) -> Path:
    found = Path(folder).resolve()
    if not list(_within(found)):
        raise GrokphaseError(
            f'"{folder}" has no study: there is no {FILE} in it, nor in a folder of it.'
        )
    return found


@dataclass(frozen=True)
class _Place:
    """Where a study is: a folder, and the package that it is; of another package its address."""

    folder: Path | None
    package: str | None = None

    def found(self) -> _Place:
        """With its folder.

        Raises:
            GrokphaseError: if the package cannot be found, or has no study.
        """
        if self.folder is not None or self.package is None:
            return self
        try:
            spec = find_spec(self.package)
        except Exception as error:  # whatever the package of another does when it is imported
            raise GrokphaseError(
                f'The package "{self.package}", which is said to be a study, cannot be read: '
                f"{type(error).__name__}: {error}."
            ) from error
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places or not (Path(places[0]) / FILE).exists():
            raise GrokphaseError(
                f'The package "{self.package}" is said to be a study, and has no {FILE}.'
            )
        return _Place(Path(places[0]), self.package)


def names() -> tuple[str, ...]:
    """The studies there are, in the order of their names.

    Example:
        >>> "liu2022" in names()
        True
    """
    return tuple(sorted(_places()))


def study(name: str) -> Study:
    """A study by its name.

    Args:
        name: e.g. "liu2022".

    Returns:
        The paper with its figures and claims.

    Raises:
        GrokphaseError: if there is none of that name, or its `paper.toml` has a mistake.

    Example:
        >>> study("liu2022").select("fig6b")[0].where
        'Figure 6 (b)'
    """
    places = _places()
    if name not in places:
        known = sorted(places)
        raise GrokphaseError(
            f'There is no study "{name}"; there are {", ".join(known)}.{nearest(name, known)}'
        )
    place = places[name].found()
    assert place.folder is not None
    stat = (place.folder / FILE).stat()
    return _read(place.folder, place.package, stat.st_mtime_ns, stat.st_size)


@cache
def _read(folder: Path, package: str | None, _changed: int, _size: int) -> Study:
    return read_study(folder, package=package)


def _places() -> Mapping[str, _Place]:
    """Places of studies by name.

    Raises:
        GrokphaseError: for two studies of one name, or a folder of the environment without one.
    """
    found: dict[str, _Place] = {}
    for name, place in _offered():
        if name in found and found[name] != place:
            one, other = (
                each.folder or f'package "{each.package}"' for each in (found[name], place)
            )
            raise GrokphaseError(
                f'There are two studies "{name}": {one} and {other}; give one of the folders '
                "another name."
            )
        found[name] = place
    return found


def _offered() -> Iterator[tuple[str, _Place]]:
    """Names and places: in this package, by entry points, in folders that are named."""
    for folder in _within(HERE):
        yield folder.name, _Place(folder, f"{__package__}.{folder.name}")
    for point in _points():
        yield point.name, _Place(None, point.value)
    named = [each for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    for parent in [*(_checked(each) for each in named), *_folders.get()]:
        for folder in _within(parent):
            yield folder.name, _Place(folder)


@cache
def _points() -> Sequence[EntryPoint]:
    return tuple(entry_points(group=GROUP))


def _within(folder: Path) -> Iterator[Path]:
    """Folders of studies: this one, or those in it whose names do not begin with a dot."""
    if (folder / FILE).exists():
        yield folder
    elif folder.is_dir():
        inside = (path.parent for path in folder.glob(f"*/{FILE}"))
        yield from sorted(path for path in inside if not path.name.startswith("."))


def parse_target(target: str) -> tuple[Study, tuple[Figure, ...]]:
    """A study and the figures asked for: "liu2022" for all, "liu2022/fig6b" for one.

    Args:
        target: a study, a study and a figure, or a study and the beginning of its panels' ids.

    Returns:
        The study, and its figures in the order of the paper.

    Raises:
        GrokphaseError: for a study or a figure that does not exist.

    Example:
        >>> [figure.id for figure in parse_target("liu2022/fig6")[1]]
        ['fig6a', 'fig6b', 'fig6c', 'fig6d']
    """
    chosen, what = _split(target)
    return chosen, chosen.select(what) if what else chosen.figures


def parse_claims(target: str) -> tuple[Study, tuple[Claim, ...]]:
    """A study and the claims asked for: all of "liu2022", or see `Study.select_claims`.

    Args:
        target: a study, or a study and a figure or a claim.

    Returns:
        The study, and its claims in the order of the paper.

    Raises:
        GrokphaseError: for a study, a figure or a claim that does not exist.

    Example:
        >>> len(parse_claims("liu2022/fig6b")[1])
        6
    """
    chosen, what = _split(target)
    return chosen, chosen.select_claims(what) if what else chosen.claims


def _split(target: str) -> tuple[Study, str]:
    name, _, what = target.strip("/").partition("/")
    return study(name), what
