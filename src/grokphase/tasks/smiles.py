"""SMILES: a molecule as a line of text, read as a graph of its heavy atoms."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from grokphase.errors import GrokphaseError

_ORDERS: Final = {"-": 1, "/": 1, "\\": 1, "=": 2, "#": 3, ":": 4}
AROMATIC: Final = 4

_TOKEN: Final = re.compile(
    r"(?P<bracket>\[[^\]]*\])|(?P<atom>Br|Cl|[BCNOPSFI]|[bcnops])|(?P<bond>[-=#:/\\])"
    r"|(?P<ring>%\d\d|\d)|(?P<open>\()|(?P<close>\))|(?P<apart>\.)"
)
_BRACKET: Final = re.compile(
    r"\[\d*(?P<symbol>[A-Z][a-z]?|[a-z][a-z]?)(?:@{0,2})(?P<hydrogens>H\d*)?"
    r"(?P<charge>[-+]*\d*)(?::\d+)?\]"
)


class Molecule(NamedTuple):
    """The graph of a molecule's heavy atoms.

    Args:
        atoms: the kind of each: its symbol, in small letters where it is aromatic; with H where an
            aromatic atom has a hydrogen that its bonds do not tell, and with its charge.
        bonds: pairs of atoms, and the order of their bond: 1, 2, 3, or 4 where it is aromatic.
    """

    atoms: tuple[str, ...]
    bonds: tuple[tuple[int, int, int], ...]


def read(text: str) -> Molecule:
    """The graph of a molecule; what is told of its shape in space is left out.

    Args:
        text: a SMILES.

    Raises:
        GrokphaseError: it is no SMILES, or one with hydrogens or parts that are not read.

    Source: Weininger 1988, J. Chem. Inf. Comput. Sci. 28, 31.

    Example:
        >>> read("CC(=O)O").bonds
        ((0, 1, 1), (1, 2, 2), (1, 3, 1))
        >>> benzene = read("c1ccccc1")
        >>> len(benzene.atoms), len(benzene.bonds), {order for _, _, order in benzene.bonds}
        (6, 6, {4})
    """
    atoms: list[str] = []
    bonds: list[tuple[int, int, int]] = []
    branches: list[int] = []
    rings: dict[str, tuple[int, int | None]] = {}
    last: int | None = None
    order: int | None = None
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or (last is None and found.lastgroup not in ("bracket", "atom")):
            raise _refused(text, at)
        at, kind, word = found.end(), found.lastgroup, found.group()
        if kind in ("bracket", "atom"):
            atoms.append(word if kind == "atom" else _bracketed(word, text))
            if last is not None:
                bonds.append((last, len(atoms) - 1, _order(atoms, last, len(atoms) - 1, order)))
            last, order = len(atoms) - 1, None
        elif kind == "bond":
            order = _ORDERS[word]
        elif kind == "ring":
            assert last is not None
            if word in rings:
                other, begun = rings.pop(word)
                bonds.append((other, last, _order(atoms, other, last, order or begun)))
            else:
                rings[word] = last, order
            order = None
        elif kind == "open":
            assert last is not None
            branches.append(last)
        elif kind == "close" and branches:
            last = branches.pop()
        elif kind == "apart":
            last = None
        else:
            raise _refused(text, at - 1)
    if rings or branches or not atoms:
        raise _refused(text, len(text))
    return Molecule(tuple(atoms), tuple(bonds))


def _order(atoms: list[str], one: int, other: int, told: int | None) -> int:
    """The order of a bond; of one that is not told it is aromatic between aromatic atoms."""
    if told is not None:
        return told
    both = atoms[one][0].islower() and atoms[other][0].islower()
    return AROMATIC if both else 1


def _bracketed(word: str, text: str) -> str:
    found = _BRACKET.fullmatch(word)
    if found is None:
        raise _refused(text, text.index(word))
    symbol = found["symbol"]
    hydrogen = "H" if found["hydrogens"] and symbol[0].islower() else ""
    return symbol + hydrogen + found["charge"]


def _refused(text: str, at: int) -> GrokphaseError:
    where = f"at its sign {at + 1}" if at < len(text) else "as a ring or a branch stays open"
    return GrokphaseError(f'"{text}" cannot be read as a SMILES, {where}; correct it.')
