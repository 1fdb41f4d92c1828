"""Runs of published works: task, model, recipe and split, each with where it comes from.

A work is a file in `papers`: its facts are data, and every leaf of the run it makes can be set and
varied like any other.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from grokphase.errors import GrokphaseError, nearest
from grokphase.models.transformer import Transformer
from grokphase.phases.thresholds import Thresholds
from grokphase.tasks import Split, Task
from grokphase.tasks import task as task_of
from grokphase.tasks.registry import builder
from grokphase.training.leaves import replace
from grokphase.training.measured import not_modular
from grokphase.training.recipe import Group, Recipe
from grokphase.training.spec import RunSpec
from grokphase.training.usual import SEED

_PARTS = {"embedding": Group, "decoder": Group, "thresholds": Thresholds}
_LOOKS_LIKE_ONE = re.compile(r"[a-z]+(19|20)\d\d(-[a-z]+)?")


@dataclass(frozen=True)
class Published:
    """A published work: the run it describes, and where each part of it comes from.

    Attributes:
        name: such as "nanda2023".
        title: authors, year and title.
        source: where it can be read.
        told: what stands in the work and where, what is inferred, what is left out.
        operations: tasks by how the work writes their operations; empty where it has one task.
    """

    name: str
    title: str
    source: str
    told: Mapping[str, Mapping[str, str]]
    operations: Mapping[str, str]

    def lines(self) -> list[str]:
        """The provenance, a sentence each."""
        said = [f"{self.name}: {self.title}, {self.source}."]
        words = {"provenance": "", "inferred": "Inferred, ", "left_out": "Left out, "}
        for kind, word in words.items():
            said += [f"{word}{what}: {text}." for what, text in self.told.get(kind, {}).items()]
        return said


def published_names() -> tuple[str, ...]:
    """The works there are.

    Example:
        >>> published_names()
        ('liu2022-transformer', 'nanda2023', 'power2022')
    """
    folder = files("grokphase.training") / "papers"
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir()))


def is_published(name: object) -> bool:
    """Whether a run of this name is that of a work.

    Raises:
        GrokphaseError: it looks like one, as a name and a year, and there is none of that name.
    """
    if not isinstance(name, str):
        return False
    if name in published_names():
        return True
    if _LOOKS_LIKE_ONE.fullmatch(name):
        raise GrokphaseError(
            f'There is no preset "{name}"; there are {", ".join(published_names())}.'
            f"{nearest(name, published_names())}"
        )
    return False


def published(name: str) -> Published:
    """The work of this name, with its provenance.

    Raises:
        GrokphaseError: there is none.

    Example:
        >>> published("nanda2023").source
        'arXiv:2301.05217'
    """
    facts = _facts(name)
    kinds = ("provenance", "inferred", "left_out")
    told = {kind: facts[kind] for kind in kinds if kind in facts}
    return Published(name, facts["title"], facts["source"], told, facts.get("operations", {}))


def provenance(name: object) -> list[str]:
    """Where the run of this name comes from, a sentence each; nothing where it is no work's."""
    return published(str(name)).lines() if is_published(name) else []


def preset(
    name: str,
    *,
    operation: str | None = None,
    seed: int = SEED,
    watch: bool = False,
    **settings: Any,
) -> RunSpec:
    """The run that a published work describes, with some settings of your own.

    Args:
        name: one of `published_names()`.
        operation: how the work writes the operation, such as "x/y", or the name of its task;
            for works that have several.
        seed: of everything random.
        watch: record what shows hidden progress, as `grokphase train` does; see `watched`.
        **settings: options of the task, such as `p=59`, and any setting by its dotted name, as
            `**{"recipe.decoder.weight_decay": 3}`.

    Returns:
        The specification; `gp.train(spec.task, spec.model, spec.recipe, split=spec.split)`.

    Raises:
        GrokphaseError: for a work, an operation or a setting that there is not.

    Example:
        >>> spec = preset("power2022", operation="x/y", p=59)
        >>> spec.task.name, spec.model.layers, len(spec.task)
        ('modular-division', 2, 3422)
        >>> preset("nanda2023", **{"recipe.decoder.weight_decay": 3}).recipe.decoder.weight_decay
        3.0
    """
    facts = _facts(name)
    of_task = {key: value for key, value in settings.items() if "." not in key}
    task = _task(name, facts, operation, of_task)
    split = _split(facts, task)
    recipe = _recipe(facts["recipe"], split.training_samples(task))
    spec = RunSpec(task, Transformer(**facts["model"]), recipe, split, seed)
    for leaf, value in settings.items():
        if "." in leaf:
            spec = replace(spec, leaf, value)
    return watched(name, spec) if watch else spec


def watched(name: str, spec: RunSpec) -> RunSpec:
    """A work's run with the measures that show its hidden progress, if none are asked for.

    They change no step, and are part of the run's identity as all measures are. Of a run on which
    they are not defined, such as one of another operation, nothing more is recorded.

    Example:
        >>> watched("nanda2023", preset("nanda2023", p=59)).recipe.measures
        ('restricted_loss', 'excluded_loss', 'embedding_gini')
        >>> watched("power2022", preset("power2022", operation="x/y")).recipe.measures
        ()
    """
    measures = _facts(name).get("measures", ())
    if spec.recipe.measures or not_modular(spec.task, spec.recipe.loss):
        return spec
    return replace(spec, "recipe.measures", measures)


@cache
def _facts(name: str) -> dict[str, Any]:
    if name not in published_names():
        raise GrokphaseError(
            f'There is no preset "{name}"; there are {", ".join(published_names())}.'
            f"{nearest(name, published_names())}"
        )
    file = files("grokphase.training") / "papers" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _task(
    name: str, facts: Mapping[str, Any], operation: str | None, own: Mapping[str, Any]
) -> Task:
    chosen = facts["task"] if operation is None else _operation(name, facts, operation)
    build = builder(chosen)
    assert build is not None
    known = inspect.signature(build).parameters
    usual = {key: value for key, value in facts["options"].items() if key in known}
    return task_of(chosen, **{**usual, **own})


def _split(facts: Mapping[str, Any], task: Task) -> Split:
    """The split; of fewer symbols than a work has, some need a larger share."""
    small = facts.get("small")
    if small is not None and (task.symbols or 0) < small["below"]:
        return Split(fraction=small["fraction"])
    return Split(**facts["split"])


def _operation(name: str, facts: Mapping[str, Any], wanted: str) -> str:
    """The task of an operation, by how the work writes it or by its own name."""
    operations: Mapping[str, str] = facts.get("operations", {})
    if not operations:
        raise GrokphaseError(
            f'{name} has one operation, that of {facts["task"]}; leave out "{wanted}".'
        )
    by_text = {_bare(text): task for text, task in operations.items()}
    found = by_text.get(_bare(wanted), wanted)
    if found not in operations.values():
        raise GrokphaseError(
            f'{name} has no operation "{wanted}"; it has {", ".join(operations)}.'
            f"{nearest(wanted, operations)}"
        )
    return found


def _bare(text: str) -> str:
    return re.sub(r"[\s*·().]", "", text.replace("**", "^")).lower()


def _recipe(facts: Mapping[str, Any], samples: int) -> Recipe:
    """The recipe; a batch is at most half of the training set, as in the code of Power et al."""
    given = {key: _PARTS[key](**value) if key in _PARTS else value for key, value in facts.items()}
    if "batch" in given:
        given["batch"] = min(given["batch"], -(-samples // 2))
    return Recipe(**given)
