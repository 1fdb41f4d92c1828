"""Tasks by name: what the command line and the axes of a sweep use."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks.concealment import PREFIX, concealed, hidden_parity, operation_of
from grokphase.tasks.definition import Task
from grokphase.tasks.divisors import gcd
from grokphase.tasks.groups import GROUP_NAMES, LAWS, group, group_name, parse_group
from grokphase.tasks.images import mnist
from grokphase.tasks.ising import ising
from grokphase.tasks.knowledge import COMPARISON, COMPOSITION, fact_comparison, fact_composition
from grokphase.tasks.molecules import molecules, smiles
from grokphase.tasks.operations import MODULAR, addition, modular
from grokphase.tasks.parity import sparse_parity
from grokphase.tasks.pictures import cifar10, imagenette
from grokphase.tasks.points import moons, spirals, two_gaussians
from grokphase.tasks.regressions import linear_teacher, polynomial_teacher, sparse_regression
from grokphase.tasks.sentences import imdb, sentences
from grokphase.tasks.tables import from_file
from grokphase.tasks.targets import Regression
from grokphase.tasks.teacher import teacher_student


class _Entry(NamedTuple):
    build: Callable[..., Task]
    text: str


_FIXED: Mapping[str, _Entry] = {
    "addition": _Entry(
        addition, "x + y without modulus, the toy of Liu et al. 2022 (arXiv:2205.10343)"
    ),
    **{
        name: _Entry(partial(modular, name), f"{one.formula} mod p (Power et al. 2022)")
        for name, one in MODULAR.items()
    },
    "table": _Entry(from_file, "the operation in the file at path: CSV, TSV, TXT or NPY"),
    "sparse-parity": _Entry(
        sparse_parity, "parity of `relevant` of n `bits` (Barak et al. 2022, arXiv:2207.08799)"
    ),
    "hidden-parity": _Entry(
        hidden_parity,
        "parity of `relevant` of n `bits`, concealed by `spurious` random bits (Miller et al. "
        "2023, arXiv:2310.17247)",
    ),
    "gcd": _Entry(
        gcd,
        "greatest common divisor of two numbers that are written in a `base` (Charton 2024, "
        "arXiv:2308.15594)",
    ),
    "ising": _Entry(
        ising,
        "how warm a lattice of spins is: four regions of its energy (Hutchison and Yevick 2025, "
        "arXiv:2510.25966)",
    ),
    COMPOSITION: _Entry(
        fact_composition,
        "two hops through a random graph of facts, some of them told (Wang et al. 2024, "
        "arXiv:2405.15071)",
    ),
    COMPARISON: _Entry(
        fact_comparison,
        "which of two entities has more of an attribute (Wang et al. 2024, arXiv:2405.15071)",
    ),
    "two-gaussians": _Entry(two_gaussians, "two clouds of points in `dimensions` dimensions"),
    "spirals": _Entry(spirals, "arms of a spiral in the plane"),
    "moons": _Entry(moons, "two half circles in the plane that reach into each other"),
    "teacher-student": _Entry(
        teacher_student,
        "outputs of a random tanh network, right within a tolerance (Omnigrok, arXiv:2210.01117)",
    ),
    "linear-teacher": _Entry(linear_teacher, "a linear function, right within a tolerance"),
    "polynomial-teacher": _Entry(
        polynomial_teacher,
        "a polynomial of a `degree` along one direction, right within a tolerance",
    ),
    "sparse-regression": _Entry(
        sparse_regression,
        "a linear function of `relevant` of d `dimensions`, right within a tolerance",
    ),
    "mnist": _Entry(
        mnist,
        "handwritten digits with their own test set: 2,000 and 10,000 images that come along, or "
        "the IDX files in a folder",
    ),
    "cifar10": _Entry(cifar10, "small photographs, from a folder of CIFAR-10's files"),
    "imagenette": _Entry(
        imagenette, "photographs made small, from a folder a class as Imagenette comes"
    ),
    "sentences": _Entry(
        sentences, "whether a sentence praises or blames, by a grammar with negation"
    ),
    "imdb": _Entry(imdb, "whether a film review praises, from a folder as IMDb's are published"),
    "molecules": _Entry(
        molecules,
        "a sum over atoms and bonds of molecules that are drawn, right within a tolerance",
    ),
    "smiles": _Entry(
        smiles,
        "a property of molecules, right within a tolerance, from a CSV file or QM9's .xyz files",
    ),
}

# Tasks that are no operation on two symbols, in the order in which they are listed.
_OTHERS = (
    *("table", "sparse-parity", "hidden-parity", f"{PREFIX}modular-addition", "gcd", "ising"),
    *(COMPOSITION, COMPARISON),
    *("two-gaussians", "spirals", "moons", "teacher-student", "linear-teacher"),
    *("polynomial-teacher", "sparse-regression", "mnist", "cifar10", "imagenette", "sentences"),
    *("imdb", "molecules", "smiles"),
)

_LAW_NAMES = [f"S5-{law}" for law in LAWS if law]
_GROUPS = ("C12", "D5", "S3", "S4", "S5", "A4", "A5", "C2xS3", *_LAW_NAMES)

_FAMILY_TEXTS = {"C": "cyclic", "D": "dihedral", "S": "symmetric", "A": "alternating"}


def names() -> tuple[str, ...]:
    """Names of the tasks; groups beyond these, and other operations that are concealed, follow the
    pattern that ``describe`` tells.

    Example:
        >>> names()[:2]
        ('addition', 'modular-addition')
    """
    operations = [name for name in _FIXED if name not in _OTHERS]
    return (*operations, *_GROUPS, *_OTHERS)


def describe(name: str) -> str:
    """What a task is and which options it takes, in a line or two.

    Args:
        name: the name of a task.

    Raises:
        GrokphaseError: there is no such task.

    Example:
        >>> print(describe("modular-division"))
        modular-division: x / y, y != 0 mod p (Power et al. 2022)
          options: p=97, pairs='ordered', target='classification'
    """
    canonical, entry = _entry(name)
    options = ", ".join(
        key if default is inspect.Parameter.empty else f"{key}={default!r}"
        for key, default in _options(entry).items()
    )
    return f"{canonical}: {entry.text}\n  options: {options}"


def task(name: str, **options: Any) -> Task:
    """The task of this name.

    Args:
        name: one of ``names()``, or any group: ``"C12"``, ``"D5"``, ``"S4"``, ``"C2xS3"``, or
            ``"concealed-"`` before a modular operation.
        options: as ``describe(name)`` says, such as ``p=59``, ``pairs="unordered"`` or
            ``target="regression"``.

    Raises:
        GrokphaseError: there is no such task or option; the message names the nearest one.

    Example:
        >>> task("modular-addition", p=59).classes
        59
    """
    canonical, entry = _entry(name)
    allowed = _options(entry)
    for option in options:
        if option not in allowed:
            raise GrokphaseError(
                f"The task {canonical} takes no option {option!r}; it takes {', '.join(allowed)}."
                f"{nearest(option, allowed)}"
            )
    for option, default in allowed.items():
        if default is inspect.Parameter.empty and option not in options:
            shell = "--table FILE" if canonical == "table" else f"--set task.{option}=..."
            raise GrokphaseError(
                f'The task {canonical} needs {option}: write task("{canonical}", {option}=...), in '
                f"a shell {shell}."
            )
    return entry.build(**options)


def builder(name: str) -> Callable[..., Task] | None:
    """The function that makes the tasks of this name, whose docstring explains their options.

    Returns:
        The function; None for a task that was made by hand.

    Example:
        >>> builder("modular-addition").__name__
        'modular'
    """
    try:
        build = _entry(name)[1].build
    except GrokphaseError:
        return None
    return build.func if isinstance(build, partial) else build


def options_of(name: str) -> tuple[str, ...]:
    """The options that the task of this name takes.

    Raises:
        GrokphaseError: there is no such task.

    Example:
        >>> options_of("S5"), options_of("addition")
        (('pairs', 'target'), ('p', 'pairs', 'target'))
    """
    return tuple(_options(_entry(name)[1]))


def leaves_of(given: Task) -> dict[str, int | float]:
    """The numbers of a task that ``vary`` can change, by name.

    Example:
        >>> leaves_of(task("addition", p=10))
        {'p': 10, 'target.dimension': 30, 'target.scale': 1.0}
    """
    target = given.target
    if not isinstance(target, Regression) or target.vectors is not None:
        return dict(given.parameters)
    drawn = {"target.dimension": target.dimension, "target.scale": target.scale}
    if target.tolerance is not None:
        drawn["target.tolerance"] = target.tolerance
    return {**given.parameters, **drawn}


def vary(given: Task, leaf: str, value: Any) -> Task:
    """The same task with one number of its spec changed: how a sweep moves along an axis.

    Args:
        given: the task to start from.
        leaf: one of ``leaves_of(given)``: a parameter such as ``"p"``, or ``"target.dimension"``,
            ``"target.scale"``.
        value: its new value.

    Raises:
        GrokphaseError: the task has no such number, or it cannot have this value.

    Example:
        >>> vary(task("addition", p=10), "p", 12) == task("addition", p=12)
        True
    """
    leaves = leaves_of(given)
    if leaf not in leaves:
        raise GrokphaseError(
            f"The task {given.name} has no number {leaf!r} to vary; it has "
            f"{', '.join(leaves) or 'none'}.{nearest(leaf, leaves)}"
        )
    if leaf.startswith("target."):
        changes: dict[str, Any] = {leaf.removeprefix("target."): value}
        return dataclasses.replace(given, target=dataclasses.replace(given.target, **changes))
    options: dict[str, Any] = dict(given.parameters)
    if "target" in _options(_entry(given.name)[1]):  # whose target is no part of what is learned
        options["target"] = given.target
    if given.pairs is not None:
        options["pairs"] = given.pairs
    if task(given.name, **options) != given:
        raise GrokphaseError(
            f"{leaf} cannot be varied: this {given.name} holds data that differ from those of "
            f'task("{given.name}", ...), and they would be lost.'
        )
    return task(given.name, **{**options, leaf: value})


def _entry(name: str) -> tuple[str, _Entry]:
    if name in _FIXED:
        return name, _FIXED[name]
    operation = operation_of(name)
    if operation is not None and operation in MODULAR:
        text = (
            f"{MODULAR[operation].formula} mod p, concealed by `spurious` random bits (Miller et "
        )
        return name, _Entry(partial(concealed, operation), f"{text}al. 2023, arXiv:2310.17247)")
    try:
        factors, law = parse_group(name)
    except GrokphaseError:
        if name[1:2].isdigit():
            raise
        raise GrokphaseError(
            f"There is no task {name!r}; the tasks are {', '.join(_FIXED)}; {GROUP_NAMES}; "
            f"{PREFIX}OPERATION of a modular operation."
            f"{nearest(name, names())}"
        ) from None
    canonical = group_name(factors, law)
    kinds = " x ".join(f"{_FAMILY_TEXTS[family]} group {family}{n}" for family, n in factors)
    return canonical, _Entry(partial(group, canonical), f"{LAWS[law][0]} in the {kinds}")


def _options(entry: _Entry) -> dict[str, Any]:
    return {key: one.default for key, one in inspect.signature(entry.build).parameters.items()}
