"""Networks of many widths on many sizes of one table: what fits, what generalizes, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grokphase.models.specification import MLP
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, row_at, usual_table
from grokphase.tasks import Split, Task, from_table, stream, task
from grokphase.training.asked import run_spec
from grokphase.training.recipe import Group, Recipe

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]
UNDEFINED: Final = -1


def network(settings: Settings, learned: Task, width: int, split: Split, seed: int) -> RunSpec:
    """An MLP whose embeddings have a width and whose hidden layer has twice it."""
    group = Group(learning_rate=settings["rate"], weight_decay=settings["decay"])
    recipe = Recipe(
        embedding=group,
        decoder=group,
        steps=settings["steps"],
        evaluate_every=10,
        points_per_decade=10,
        stop="budget",
    )
    model = MLP(width, (2 * width,), initialization="normal")
    return run_spec(learned, model, recipe, split=split, seed=seed)


def random_labels(p: int, seed: int) -> Task:
    """A commutative table whose entries are drawn: there is nothing but to memorize."""
    drawn = stream(seed, "random-labels").integers(0, p, (p, p))
    return from_table(np.triu(drawn) + np.triu(drawn, 1).T)


def memorizing(settings: Settings) -> Runs:
    """Random labels, by width and size."""
    p = settings["p"]
    for width in settings["widths"]:
        for size in settings["fitted"]:
            for seed in range(settings["seeds"]):
                split, learned = Split(count=size), random_labels(p, seed)
                labels = {"width": width, "size": size}
                yield labels, network(settings, learned, width, split, seed)


def grid(settings: Settings) -> Runs:
    """Addition, by width and size."""
    learned = task("modular-addition", p=settings["p"])
    for width in settings["widths"]:
        for size in settings["sizes"]:
            for seed in range(settings["seeds"]):
                labels = {"width": width, "size": size}
                yield labels, network(settings, learned, width, Split(count=size), seed)


def with_more(p: int, more: int, size: int, seed: int) -> tuple[Task, Split]:
    """Addition, and random results of the pairs of further symbols, all of which are trained.

    Args:
        p: of the addition.
        more: symbols besides.
        size: pairs of the addition that are trained.
        seed: draws the results, and which pairs those are.
    """
    table = np.full((p + more, p + more), UNDEFINED)
    table[:p, :p] = np.add.outer(np.arange(p), np.arange(p)) % p
    table[p:, p:] = stream(seed, "random-labels").integers(0, p, (more, more))
    learned = from_table(table)
    added = np.flatnonzero((learned.inputs >= p).all(axis=1))
    sums = np.flatnonzero((learned.inputs < p).all(axis=1))
    chosen = stream(seed, "split").permutation(sums)[:size]
    return learned, Split(train=[*chosen.tolist(), *added.tolist()])


def added(settings: Settings) -> Runs:
    """Addition alone and beside what can only be memorized, by width."""
    for more in (0, settings["more"]):
        for width in settings["widths"]:
            for seed in range(settings["seeds"]):
                learned, split = with_more(settings["p"], more, settings["size"], seed)
                spec = network(settings, learned, width, split, seed)
                yield {"learned": TASKS[more > 0], "width": width}, spec


TASKS: Final = ("addition alone", "with random labels")


def regimes(given: Given) -> Data:
    """The usual table, with what became of each network.

    Returns:
        Also `regime`: "not memorized"; "memorization" (unseen accuracy at most `partly`);
        "semi-grokking" (up to 1 - `partly`); and above that "grokking" or "progression", by the
        delay; `grown`, the norm of all weights at the end over that at the first recorded step from
        which training accuracy has passed.
    """
    table = usual_table(given.runs)
    partly, delay = given.settings["partly"], given.settings["delay"]
    names = ("train_step", "validation_accuracy", "delay")
    rows = zip(*(table[name] for name in names), strict=True)
    found = [_regime(*row, partly=partly, delayed=delay) for row in rows]
    return {**table, "regime": found, "grown": [_grown(run.record) for run in given.runs]}


def _regime(
    train_step: int | None, unseen: float, delay: int | None, *, partly: float, delayed: int
) -> str:
    if train_step is None:
        return "not memorized"
    if unseen <= partly:
        return "memorization"
    if unseen <= 1 - partly or delay is None:
        return "semi-grokking"
    return "grokking" if delay >= delayed else "progression"


def _grown(record: Any) -> float | None:
    norms, at = record.curves["weight_norm"], row_at(record.curves["step"], record.train_step)
    return None if at is None else float(norms[-1] / norms[at])


def capacities(tables: Mapping[str, Data]) -> Data:
    """Of each seed and width the largest size whose random labels are fitted; 0 if none is."""
    data = tables["capacity"]
    rows = _by(data, "seed", "width")
    return in_columns(
        {
            "seed": seed,
            "width": width,
            "capacity": max(
                (row["size"] for row in these if row["train_step"] is not None), default=0
            ),
        }
        for (seed, width), these in rows.items()
    )


def critical_sizes(tables: Mapping[str, Data]) -> Data:
    """Of each seed and width the smallest size that is generalized from; None if none is."""
    rows = _by(tables["map"], "seed", "width")
    return in_columns(
        {"seed": seed, "width": width, "critical": _least(these, "size")}
        for (seed, width), these in rows.items()
    )


def counts(tables: Mapping[str, Data]) -> Data:
    """Of each seed how many of the four regimes are on its map: `seed`, `regimes`."""
    named = {"memorization", "semi-grokking", "grokking", "progression"}
    rows = _by(tables["map"], "seed")
    return in_columns(
        {"seed": seed, "regimes": len(named & {row["regime"] for row in these})}
        for (seed,), these in rows.items()
    )


def emergence(tables: Mapping[str, Data]) -> Data:
    """Of each seed the least width that generalizes, by what is learned; None if none does."""
    rows = _by(tables["added"], "seed", "learned")
    return in_columns(
        {"seed": seed, "learned": learned, "least": _least(these, "width")}
        for (seed, learned), these in rows.items()
    )


def _least(rows: list[dict[str, Any]], column: str) -> int | None:
    found = [row[column] for row in rows if row["validation_step"] is not None]
    return min(found, default=None)


def _by(data: Data, *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Rows by their values in some columns."""
    columns = {name: values for name, values in data.items() if len(values) == len(data["seed"])}
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return found
