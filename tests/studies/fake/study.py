"""What no other paper has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import grokphase as gp
from grokphase.estimators import Measured
from grokphase.studies import Given

TOLD: list[str] = []
"""What was asked of this module, for tests."""


def losses(settings: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], gp.RunSpec]]:
    """Short runs of a small network."""
    model, recipe = gp.Toy(widths=(8,)), gp.Recipe(steps=settings["steps"])
    for seed in range(1, settings["seeds"] + 1):
        yield {}, gp.run_spec("addition", model, recipe, seed=seed)


def sums(given: Given) -> dict[str, Any]:
    """One and one, at any scale."""
    TOLD.append(f"sums at {given.scale}")
    return {"sum": 2}


def longer(given: Given) -> dict[str, Any]:
    """The steps of the same networks, trained twice as long."""
    specs = [
        replace(run.spec, recipe=replace(run.spec.recipe, steps=2 * given.settings["steps"]))
        for run in given.runs
    ]
    return {"steps": [record.steps_trained for record in given.train(specs)]}


def drawn(axes: Any, data: Mapping[str, Any]) -> None:
    """A point."""
    axes.plot([1], [data["sum"]], "o")


def below(data: Mapping[str, Any], *, limit: float) -> Measured:
    """Whether all losses are below a limit."""
    losses = data["fig1"]["train_loss"]
    return Measured(max(losses), "holds" if max(losses) < limit else "fails", None, len(losses))


def two(data: Mapping[str, Any]) -> Measured:
    """A theorem."""
    assert data == {}
    return Measured(1 + 1, "holds")
