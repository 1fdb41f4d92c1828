"""Configurations of spins: the Ising model on a square lattice, and how warm one looks."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import whole
from grokphase.tasks.definition import Task
from grokphase.tasks.points import sample_count
from grokphase.tasks.randomness import stream
from grokphase.tasks.targets import Target, as_target

Spins = NDArray[np.int8]

REGIONS = 4
MOST_SIDE = 16  # a larger lattice seldom has just the energy that it should while it cools
HOTTEST, COLDEST, COOLING = 16.0, 1.0, 200  # temperatures, and sweeps from the one to the other
MOST_COOLINGS = 50


def ising(
    side: int = 8,
    samples: int = 8000,
    seed: int = 0,
    *,
    target: Target | str = "classification",
) -> Task:
    r"""Which of four regions the energy :math:`E = -\sum_{<ij>} s_i s_j` of a lattice is in.

    Spins :math:`s_i = \pm 1` on a square lattice that is closed to a torus. The regions are equally
    wide, half an energy unit a spin, from the ground state up to disorder: for 8 x 8 they are -120
    to -92, -88 to -60, -56 to -28 and -24 to 4. Each sample starts with random spins and is cooled
    by Metropolis updates until it has an energy of its own, drawn uniformly among those of its
    region; every fourth sample is of each region.

    Args:
        side: of the lattice, an even number from 4 to 16.
        samples: number of lattices.
        seed: draws starts, energies and updates, from the stream ``"spins"``; apart from the seed
            of a run, so that runs share the data.
        target: ``"classification"``, ``"regression"`` or a target object.

    Raises:
        GrokphaseError: a number is out of range.

    Source: Hutchison and Yevick 2025 (arXiv:2510.25966): 4,000 lattices of 8 x 8 to train and
        others to test; how they cool is not said.

    Example:
        >>> lattices = ising(side=4, samples=8)
        >>> lattices.inputs.shape, lattices.labels.tolist()
        ((8, 16), [0, 1, 2, 3, 0, 1, 2, 3])
    """
    length = _side(side)
    count = sample_count(samples, length * length)
    seed = whole(seed, "seed", 0)
    return Task(
        name="ising",
        inputs=_cooled(length, count, seed),
        labels=np.arange(count, dtype=np.int32) % REGIONS,
        classes=REGIONS,
        target=as_target(target),
        parameters={"side": length, "samples": count, "seed": seed},
    )


def energies(spins: NDArray[Any]) -> NDArray[np.int64]:
    r"""The energy :math:`-\sum_{<ij>} s_i s_j` of each lattice, every pair of neighbours once.

    Args:
        spins: (n, side, side) of -1 and 1, or (n, side * side) row by row; the lattice is a torus.

    Returns:
        (n,) from -2 side^2, all alike.

    Example:
        >>> energies(np.ones((1, 4, 4))).tolist()
        [-32]
    """
    length = round(np.sqrt(spins[0].size))
    lattices = spins.reshape(len(spins), length, length).astype(np.int64)
    bonds = lattices * (np.roll(lattices, 1, axis=1) + np.roll(lattices, 1, axis=2))
    summed: NDArray[np.int64] = -bonds.sum(axis=(1, 2))
    return summed


class Lattices:
    """Many lattices at once, updated by Metropolis with a checkerboard's two colours in turn.

    Spins of one colour have neighbours of the other only, so that all of them are updated at once.
    Energies change by 4 or 8 where they rise, and for both one random number of 32 bits decides.

    Args:
        spins: (n, side * side) of -1 and 1, row by row; the side is even. They are copied.
        random: where random numbers are from.

    Example:
        >>> cold = Lattices(np.ones((5, 16)), np.random.default_rng(0))
        >>> cold.sweep(temperature=1e-3)
        >>> bool((cold.spins == 1).all())
        True
    """

    def __init__(self, spins: NDArray[Any], random: np.random.Generator) -> None:
        # Lattices last: a row of these is one spin of all of them, and is moved as a whole.
        self._spins: Spins = np.ascontiguousarray(spins.T, dtype=np.int8)
        self._random = random
        length = round(np.sqrt(len(self._spins)))
        row, column = np.divmod(np.arange(length * length), length)
        beside = [(1, 0), (-1, 0), (0, 1), (0, -1)]
        around = np.stack([(row + y) % length * length + (column + x) % length for y, x in beside])
        colours = [np.flatnonzero((row + column) % 2 == colour) for colour in (0, 1)]
        self._colours = [(sites, around[:, sites]) for sites in colours]

    @property
    def spins(self) -> Spins:
        """(n, side * side), a copy."""
        return self._spins.T.copy()

    @property
    def energies(self) -> NDArray[np.int64]:
        """(n,) energy of each: every pair of neighbours has one spin of the first colour."""
        sites, around = self._colours[0]
        bonds = self._spins[sites] * self._beside(around)
        summed: NDArray[np.int64] = -bonds.sum(axis=0, dtype=np.int64)
        return summed

    def sweep(self, temperature: float) -> None:
        """Propose every spin once, at this temperature, in units of the coupling."""
        for colour in (0, 1):
            self.half_sweep(temperature, colour)

    def half_sweep(self, temperature: float, colour: int) -> None:
        """Propose every spin of one colour once."""
        sites, around = self._colours[colour]
        spins = self._spins
        old = spins.take(sites, axis=0)
        # Half of what a flip costs: neighbours that agree less those that do not, -4 to 4.
        cost = old * self._beside(around)
        chance = self._chances(old.shape)
        two, four = (np.uint32(2**32 * np.exp(-2 * k / temperature)) for k in (2, 4))
        flips = cost == 2
        flips &= chance < two
        flips |= chance < four
        flips |= cost <= 0
        spins[sites] = old * (1 - 2 * flips.view(np.int8))

    def _chances(self, shape: tuple[int, ...]) -> NDArray[np.uint32]:
        """What ``integers(0, 2**32, shape, dtype=uint32)`` would draw, an even number of them.

        PCG64 draws 64 bits and gives the lower half first, so that both halves can be taken at once
        where none is left over from before: in two fifths of the time.
        """
        source = self._random.bit_generator
        if isinstance(source, np.random.PCG64) and not source.state["has_uint32"]:
            drawn = source.random_raw(math.prod(shape) // 2).astype("<u8", copy=False)
            return drawn.view("<u4").reshape(shape)
        return self._random.integers(0, 2**32, shape, dtype=np.uint32)

    def _beside(self, around: NDArray[np.intp]) -> Spins:
        """The sum of the four neighbours of each spin."""
        summed: Spins
        summed, *others = (self._spins.take(beside, axis=0) for beside in around)
        for other in others:
            summed += other
        return summed

    def kept(self, which: NDArray[np.bool_]) -> Lattices:
        """Those of the lattices."""
        return Lattices(self._spins.T[which], self._random)


def _side(side: object) -> int:
    length = whole(side, "side", 4, MOST_SIDE)
    if length % 2:
        raise GrokphaseError(
            f"side = {length} cannot be used: on a torus of odd side the two colours of a "
            f"checkerboard meet; write side={length + 1}, in a shell --set task.side={length + 1}."
        )
    return length


def aims(side: int) -> list[NDArray[np.int64]]:
    """The energies of each region, from the lowest: all multiples of 4 that lattices can have.

    Example:
        >>> [f"{aim[0]} to {aim[-1]}" for aim in aims(8)]
        ['-120 to -92', '-88 to -60', '-56 to -28', '-24 to 4']
    """
    spins = side * side
    width = spins // 2
    lowest = -2 * spins + spins // 8
    # From the ground state -2 n the energy rises by 8 at least, and by 4 from there on.
    possible = np.arange(-2 * spins + 8, 2 * spins, 4)
    return [
        possible[(possible >= lowest + k * width) & (possible < lowest + (k + 1) * width)]
        for k in range(REGIONS)
    ]


@lru_cache(maxsize=4)
def _cooled(side: int, count: int, seed: int) -> NDArray[np.float32]:
    """Lattices with energies of their own, cooled until they have them; it takes a second."""
    random = stream(seed, "spins")
    wanted = np.empty(count, np.int64)
    for region, aim in enumerate(aims(side)):
        place = np.arange(region, count, REGIONS)
        wanted[place] = random.choice(aim, len(place))
    found = np.zeros((count, side * side), np.float32)
    missing = np.arange(count)
    for _ in range(MOST_COOLINGS):
        starts = 1 - 2 * random.integers(0, 2, (len(missing), side * side), dtype=np.int8)
        missing = _cool(Lattices(starts, random), missing, wanted, found)
        if len(missing) == 0:
            break
    else:
        raise GrokphaseError(
            f"{len(missing)} of {count} lattices of side {side} never had the energy they should "
            f"in {MOST_COOLINGS} coolings; write a smaller side."
        )
    found.setflags(write=False)  # they are kept
    return found


def _cool(
    lattices: Lattices,
    missing: NDArray[np.int64],
    wanted: NDArray[np.int64],
    found: NDArray[np.float32],
) -> NDArray[np.int64]:
    """Cool once, and put each lattice where it belongs as soon as it has its energy.

    Returns:
        Which never had it.
    """
    for temperature in np.geomspace(HOTTEST, COLDEST, COOLING):
        for colour in (0, 1):
            lattices.half_sweep(float(temperature), colour)
            there = lattices.energies == wanted[missing]
            if there.any():
                found[missing[there]] = lattices.kept(there).spins
                missing, lattices = missing[~there], lattices.kept(~there)
            if len(missing) == 0:
                return missing
    return missing
