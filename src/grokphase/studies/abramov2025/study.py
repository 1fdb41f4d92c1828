"""More inferred facts, right ones or wrong ones, in addition to a few that are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grokphase.studies.data import Data
from grokphase.studies.published import published
from grokphase.studies.wang2024.study import network

if TYPE_CHECKING:
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
ADDED: Final = ("nothing", "right facts", "wrong facts")


def augmented(settings: Settings) -> Iterator[tuple[dict[str, Any], RunSpec]]:
    """Networks with a few inferred facts, and with more of them, right or wrong.

    Wrong facts are as many as are added; of all inferred ones that is their share, so that as many
    right ones are left as there were.
    """
    few, many = settings["few"], settings["many"]
    numbers = ({"phi": few}, {"phi": many}, {"phi": many, "wrong": 1 - few / many})
    for added, own in zip(ADDED, numbers, strict=True):
        for seed in range(settings["seeds"]):
            yield {"added": added}, network(settings, seed, **own)


def stated(_: Mapping[str, Data]) -> Data:
    """The published numbers of facts, with their ratio."""
    table = published(Path(__file__).parent, "ratios").columns
    return {
        "task": table["task"].tolist(),
        "stated": table["phi"].tolist(),
        "ratio": (table["inferred"] / table["atomic"]).tolist(),
    }
