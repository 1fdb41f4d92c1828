"""Made-up knowledge: facts that are told, and facts that follow from two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grokphase.errors import GrokphaseError
from grokphase.tasks.checks import real, whole
from grokphase.tasks.definition import Task
from grokphase.tasks.randomness import stream

COMPOSITION: Final = "fact-composition"
COMPARISON: Final = "fact-comparison"
MOST_FACTS: Final = 1_000_000
ANSWERS: Final = 3
"""Of a comparison: less, equal, greater."""


class Part(NamedTuple):
    """Some facts.

    Attributes:
        inputs: (n, 3) symbols.
        labels: (n,) what is asked for.
    """

    inputs: NDArray[Any]
    labels: NDArray[Any]


class Facts(NamedTuple):
    """What is told of a made-up world, and what is asked.

    Attributes:
        atomic: all atomic facts; all are trained.
        inferred: facts that follow from two atomic ones and are trained.
        held_out: such as follow from the same atomic facts and are not trained: the test set.
        outside: such as follow from two atomic facts of which no inferred one is trained.
    """

    atomic: Part
    inferred: Part
    held_out: Part
    outside: Part


def fact_composition(
    entities: int = 20,
    relations: int = 10,
    degree: int = 8,
    phi: float = 3.0,
    outside: float = 0.2,
    held_out: float = 0.1,
    wrong: float = 0.0,
    seed: int = 0,
) -> Task:
    r"""Two hops through a random graph: of (h, r1, b) and (b, r2, t) follows (h, r1, r2, t).

    Every entity has `degree` relations, each to an entity drawn uniformly. A sample is three
    symbols and its class an entity: an atomic fact is h, r and a symbol for no relation, an
    inferred one h, r1 and r2. Symbols are the entities, then the relations, then that for none.

    A share of the atomic facts is set apart: no inferred fact that uses one is trained, and those
    that use two are `facts_of(task).outside`, out of distribution. Of the inferred facts from the
    others a share is held out, the test set; of the rest as many are trained as `phi` says.

    Args:
        entities: how many.
        relations: how many.
        degree: relations of an entity, different ones.
        phi: inferred facts that are trained, over all atomic ones.
        outside: share of the atomic facts that is set apart.
        held_out: share of the inferred facts in distribution that is never trained.
        wrong: share of the trained inferred facts that have another answer, drawn uniformly.
        seed: draws everything, from the stream ``"facts"``; apart from the seed of a run, so that
            runs share the data. Of a larger `phi` the same facts are trained and more, but for
            which of them are wrong.

    Raises:
        GrokphaseError: a number is out of range, or there are not so many facts.

    Source: Wang, Yue, Su and Sun (2024), arXiv:2405.15071: 2,000 entities, 200 relations, degree
        20, 5 % set apart, phi from 3.6 to 18. They read the answer of an atomic fact after its
        relation, and have no symbol for none. Wrong facts: Abramov, Steinbauer and Kasneci (2025),
        arXiv:2504.20752.

    Example:
        >>> two_hops = fact_composition(entities=10, relations=5, degree=4, phi=1.0)
        >>> facts = facts_of(two_hops)
        >>> len(facts.atomic.labels), len(facts.inferred.labels), two_hops.classes
        (40, 40, 10)
    """
    many, kinds = whole(entities, "entities", 2), whole(relations, "relations", 1)
    each = whole(degree, "degree", 1, kinds)
    _check_many(many * each**2)
    numbers = {"entities": many, "relations": kinds, "degree": each}
    return _task(COMPOSITION, numbers | _shares(phi, outside, held_out, wrong, seed))


def fact_comparison(
    entities: int = 40,
    attributes: int = 3,
    values: int = 10,
    phi: float = 4.0,
    outside: float = 0.2,
    held_out: float = 0.1,
    wrong: float = 0.0,
    seed: int = 0,
) -> Task:
    """Which of two entities has more of an attribute, of whose values facts are told.

    Every entity has a value of every attribute, drawn uniformly. A sample is three symbols: an
    atomic fact is the attribute, the entity and a symbol for no other, of the class of its value;
    an inferred one the attribute and two entities that differ, of one of three classes after the
    values: less, equal, greater. Symbols are the entities, the attributes, and that for none.

    Args:
        entities: how many.
        attributes: how many.
        values: of each attribute, from 0.
        phi: as in `fact_composition`, and so are all that follow.
        outside: share of the atomic facts that is set apart.
        held_out: share of the inferred facts in distribution that is never trained.
        wrong: share of the trained inferred facts that have another of the three answers.
        seed: draws everything, from the stream ``"facts"``.

    Raises:
        GrokphaseError: a number is out of range, or there are not so many facts.

    Source: Wang, Yue, Su and Sun (2024), arXiv:2405.15071: 1,000 entities, 20 attributes of 20
        values, 10 % set apart, phi from 3.6 to 12.6.

    Example:
        >>> facts = facts_of(fact_comparison(entities=10, attributes=1, values=5, phi=2.0))
        >>> sorted(set(facts.inferred.labels.tolist()))
        [5, 6, 7]
    """
    many, kinds = whole(entities, "entities", 2), whole(attributes, "attributes", 1)
    levels = whole(values, "values", 2)
    _check_many(kinds * many**2)
    numbers = {"entities": many, "attributes": kinds, "values": levels}
    return _task(COMPARISON, numbers | _shares(phi, outside, held_out, wrong, seed))


def facts_of(task: Task) -> Facts:
    """The facts of a task that was made here, by what is done with them.

    Args:
        task: of `fact_composition` or `fact_comparison`.

    Raises:
        GrokphaseError: for another task.

    Example:
        >>> facts = facts_of(fact_composition())
        >>> trained = {tuple(row) for row in facts.inferred.inputs.tolist()}
        >>> any(tuple(row) in trained for row in facts.outside.inputs.tolist())
        False
    """
    if task.kind not in _WORLDS:
        raise GrokphaseError(
            f"{task.name} has no facts; they are those of {COMPOSITION} and {COMPARISON}."
        )
    return _divided(task.kind, task.parameters)[1]


class _World(NamedTuple):
    """All facts, and which of them are apart.

    Attributes:
        atomic: all that are told.
        inferred: all that follow from two of them.
        first: (m,) the first atomic fact of each inferred one.
        second: (m,) the second one.
        symbols: how many.
        classes: how many.
        answers: the classes of inferred facts.
    """

    atomic: Part
    inferred: Part
    first: NDArray[Any]
    second: NDArray[Any]
    symbols: int
    classes: int
    answers: range


def _graph(random: np.random.Generator, numbers: Mapping[str, Any]) -> _World:
    many, kinds, each = (int(numbers[name]) for name in ("entities", "relations", "degree"))
    own = np.stack([random.permutation(kinds)[:each] for _ in range(many)])
    tails = random.integers(0, many, many * each)
    atoms = np.stack(
        [np.repeat(np.arange(many), each), many + own.ravel(), np.full(many * each, many + kinds)],
        axis=1,
    )
    # The facts of an entity stand together, so those that follow on fact i are those of its tail.
    first = np.repeat(np.arange(len(atoms)), each)
    second = (each * tails[:, None] + np.arange(each)).ravel()
    hops = np.stack([atoms[first, 0], atoms[first, 1], atoms[second, 1]], axis=1)
    return _World(
        Part(atoms, tails),
        Part(hops, tails[second]),
        first,
        second,
        symbols=many + kinds + 1,
        classes=many,
        answers=range(many),
    )


def _attributes(random: np.random.Generator, numbers: Mapping[str, Any]) -> _World:
    many, kinds, levels = (int(numbers[name]) for name in ("entities", "attributes", "values"))
    value = random.integers(0, levels, (kinds, many))
    of, entity = (each.ravel() for each in np.indices((kinds, many)))
    atoms = np.stack([many + of, entity, np.full(kinds * many, many + kinds)], axis=1)
    of, one, other = (each.ravel() for each in np.indices((kinds, many, many)))
    of, one, other = (each[one != other] for each in (of, one, other))
    answer = levels + 1 + np.sign(value[of, one] - value[of, other])
    return _World(
        Part(atoms, value.ravel()),
        Part(np.stack([many + of, one, other], axis=1), answer),
        of * many + one,
        of * many + other,
        symbols=many + kinds + 1,
        classes=levels + ANSWERS,
        answers=range(levels, levels + ANSWERS),
    )


_WORLDS: Final = {COMPOSITION: _graph, COMPARISON: _attributes}


def _divided(kind: str, numbers: Mapping[str, Any]) -> tuple[_World, Facts]:
    """The world of these numbers, and what is done with its facts."""
    random = stream(int(numbers["seed"]), "facts")
    world = _WORLDS[kind](random, numbers)
    atoms = len(world.atomic.labels)
    apart = random.permutation(atoms) < round(numbers["outside"] * atoms)
    one, other = apart[world.first], apart[world.second]
    inside = random.permutation(np.flatnonzero(~one & ~other))
    unseen = round(numbers["held_out"] * len(inside))
    count = round(numbers["phi"] * atoms)
    if not 0 < unseen <= len(inside) - count:
        most = math.floor(100 * max(len(inside) - max(unseen, 1), 0) / atoms) / 100
        raise GrokphaseError(
            f"Of {len(inside):,} inferred facts in distribution {unseen:,} would be held out and "
            f"{count:,} trained, phi = {numbers['phi']:g} times {atoms:,} atomic ones; write "
            f"phi={most:g} or less, and held_out above 0."
        )
    held_out, trained = inside[:unseen], inside[unseen : unseen + count]
    labels = world.inferred.labels[trained].copy()
    # Of a number that phi does not change, so that fewer facts are the first of more.
    moved = random.integers(1, len(world.answers), len(inside))[:count]
    mistaken = random.permutation(count) < round(numbers["wrong"] * count)
    start = world.answers.start
    others = start + (labels - start + moved) % len(world.answers)
    return world, Facts(
        world.atomic,
        Part(world.inferred.inputs[trained], np.where(mistaken, others, labels)),
        _part(world.inferred, held_out),
        _part(world.inferred, np.flatnonzero(one & other)),
    )


def _part(of: Part, index: NDArray[Any]) -> Part:
    return Part(of.inputs[index], of.labels[index])


def _task(kind: str, numbers: Mapping[str, Any]) -> Task:
    world, facts = _divided(kind, numbers)
    parts = (facts.atomic, facts.inferred, facts.held_out)
    return Task(
        name=kind,
        inputs=np.concatenate([part.inputs for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        classes=world.classes,
        symbols=world.symbols,
        parameters=numbers,
        test=len(facts.held_out.labels),
    )


def _shares(
    phi: float, outside: float, held_out: float, wrong: float, seed: int
) -> dict[str, int | float]:
    shares = {"outside": outside, "held_out": held_out, "wrong": wrong}
    for name, share in shares.items():
        if not 0 <= real(share) <= 1:
            raise GrokphaseError(
                f"{name} is a share from 0 to 1, not {share!r}: for example {name}=0.2, in a shell "
                f"--set task.{name}=0.2."
            )
    if not 0 <= real(phi) < math.inf:
        raise GrokphaseError(
            f"phi is a number from 0, not {phi!r}: for example phi=3, in a shell --set task.phi=3."
        )
    floats = {name: float(share) for name, share in ({"phi": phi} | shares).items()}
    return {**floats, "seed": whole(seed, "seed", 0)}


def _check_many(facts: int) -> None:
    if facts > MOST_FACTS:
        raise GrokphaseError(
            f"There would be {facts:,} inferred facts, more than {MOST_FACTS:,}; take fewer "
            "entities."
        )
