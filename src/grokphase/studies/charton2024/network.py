"""A small network that learns divisors from digits in base 10, and what it answers on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import grokphase as gp
from grokphase.studies import Given, first_step, in_columns
from grokphase.studies.charton2024.rules import predicted

Settings = Mapping[str, Any]
Table = dict[str, list[Any]]

SHOWN = 24
"""Divisors of pairs, and answers, that are counted: from 1."""

TOLD = 0.5
"""A divisor is told when more than this share of its pairs is right."""

LEAST = 8
"""Pairs of a divisor among those for validation, below which its answers are not looked at."""


@gp.measure("answers")
def answers(network: Any, task: gp.Task, samples: Any) -> Any:
    """(24, 24) of the validation pairs with a divisor, the share that gets each answer."""
    seen = samples.validation
    numbers = jnp.arange(24)
    given = (seen.labels[:, None] == numbers).astype(jnp.float32)
    said = (network(seen.inputs).argmax(axis=1)[:, None] == numbers).astype(jnp.float32)
    return given.T @ said / jnp.maximum(given.sum(axis=0)[:, None], 1)


def networks(settings: Settings) -> Iterator[tuple[dict[str, Any], gp.RunSpec]]:
    """MLPs on the digits of all pairs of numbers up to the largest, some of them trained."""
    learned = gp.tasks.gcd(10, settings["largest"], settings["samples"])
    group = gp.Group(settings["rate"], settings["decay"], 0.9, 0.999, 1e-8)
    recipe = gp.Recipe(
        embedding=group,
        decoder=group,
        batch=settings["batch"],
        steps=settings["steps"],
        evaluate_every=100,
        stop="budget",
        measures=(answers,),
    )
    model = gp.MLP(None, (settings["width"],) * 2)
    for seed in range(settings["seeds"]):
        yield {}, gp.run_spec(learned, model, recipe, split=settings["fraction"], seed=seed)


def course(given: Given) -> Table:
    """For each network and divisor: the share of its pairs that is right, over steps, and when it
    is told, at the recorded step."""
    rows = []
    for run in given.runs:
        steps, shares = run.record.curves["step"], _shares(run)
        counts = _validation(run)
        for k in range(1, SHOWN + 1):
            if counts[k - 1] < LEAST:
                continue
            right = shares[:, k - 1, k - 1]
            row = {"seed": run.record.seed, "divisor": k, "of_base": predicted(k, POWERS) == k}
            told = first_step(steps, right > TOLD)
            rows.append({**row, "told": told, "step": steps, "right": right.tolist()})
    return in_columns(rows)


POWERS = [1, 2, 4, 5, 8, 10, 16, 20]
"""Products of 2 and 5 up to 24, which are all that digits tell first."""


def staircase(given: Given) -> Table:
    """For each network, when 2, 4, 5 and 3 are told; and at the last recorded step before a divisor
    is that has another prime, what it answers.

    `as_rule` is the share of divisors whose most frequent answer is the largest one that is told
    and divides them; `accuracy` that of the validation pairs, and `allowed` the share of them whose
    divisor is told.
    """
    rows = []
    for run in given.runs:
        steps, shares = np.asarray(run.record.curves["step"]), _shares(run)
        counts = _validation(run)
        right = np.stack([shares[:, k, k] for k in range(SHOWN)], axis=1) > TOLD
        enough = [k for k in range(1, SHOWN + 1) if counts[k - 1] >= LEAST]
        first = {k: first_step(steps, right[:, k - 1]) for k in (2, 3, 4, 5)}
        others = [k for k in enough if k not in POWERS]
        late = np.flatnonzero(right[:, [k - 1 for k in others]].any(axis=1))
        at = max(int(late[0]) - 1, 0) if len(late) else len(steps) - 1
        told = [k for k in enough if right[at, k - 1] or k == 1]
        agree = [int(shares[at, k - 1].argmax()) + 1 == predicted(k, told) for k in enough]
        allowed = sum(counts[k - 1] for k in told) / counts.sum()
        rows.append(
            {
                "seed": run.record.seed,
                "two": first[2],
                "four": first[4],
                "five": first[5],
                "three": first[3],
                "step": int(steps[at]),
                "told": len(told),
                "as_rule": float(np.mean(agree)),
                "accuracy": float(run.record.curves["validation_accuracy"][at]),
                "allowed": float(allowed),
                "final": float(run.record.curves["validation_accuracy"][-1]),
            }
        )
    table = in_columns(rows)
    pairs = zip(table["accuracy"], table["allowed"], strict=True)
    return {**table, "above": [one - other for one, other in pairs]}


def _shares(run: Any) -> NDArray[np.float64]:
    """(steps, 24, 24) of the answers."""
    return np.asarray(run.record.curves["answers"], float).reshape(-1, SHOWN, SHOWN)


def _validation(run: Any) -> NDArray[np.int64]:
    """How many pairs for validation have each divisor."""
    task: Any = run.spec.task
    return np.bincount(task.labels[run.parts[1]], minlength=task.classes)
