"""Propositions and equations of section 3, checked without training anything.

Each table has a row a case. Cases are enumerated, or computed in float64, so that a statement holds
to rounding or fails; where chance enters (random embeddings, random training sets) the draws are
fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grokphase import theory
from grokphase.estimators import Measured, Table
from grokphase.studies.data import in_columns
from grokphase.tasks import Split, Task, task

Figures = Mapping[str, Any]
"""Data by figure: of none here."""
Floats = NDArray[np.float64]
Integers = NDArray[Any]

ROUNDING = 1e-9
"""What is smaller, relative to what it is compared with, is rounding."""

_DELTAS: Mapping[str, Mapping[str, Any]] = {
    "zero": {"convention": "paper", "delta": 0.0},
    "code": {"convention": "code"},
    "paper": {"convention": "paper"},
}
"""When two sums count as equal, see `theory.sides`."""


@lru_cache(maxsize=4)
def addition(p: int = 10) -> Task:
    """Addition of two of p symbols."""
    return task("addition", p=p)


def samples_of(p: int, pairs: Sequence[Sequence[int]]) -> list[int]:
    """Indices of samples of addition given by their symbols, each once, ascending."""
    wanted = [sorted(pair) for pair in pairs]
    return [k for k, pair in enumerate(addition(p).inputs.tolist()) if sorted(pair) in wanted]


def _training_set(seed: int, count: int) -> Integers:
    return Split(count=count).indices(addition(), seed=seed)[0]


@lru_cache(maxsize=2)
def zero_loss_cases(*, real: bool = False) -> tuple[int, int, int]:
    """Cases of zero loss, and those with a false parallelogram: trained, and of any samples.

    Every embedding of four symbols by the numbers 0 ... 3 (256 of them), or 50 random real ones,
    with 64 random training sets. A decoder of zero training loss exists if the best one, which
    answers the mean label of all training samples with one input, has none.
    """
    toy, random = addition(4), np.random.default_rng(0)
    vectors = random.standard_normal((toy.classes, 2))[toy.labels]
    trained = random.random((64, len(toy))) < random.random((64, 1))
    first, second = toy.inputs.T
    if real:
        points = random.standard_normal((50, 4))
    else:
        points = np.stack(np.meshgrid(*[np.arange(4.0)] * 4), axis=-1).reshape(-1, 4)
    inputs = points[:, first] + points[:, second]
    # Which samples have the input of each sample; of those only the first counts it.
    same = inputs[:, :, None] == inputs[:, None, :]
    leading = ~np.tril(same, k=-1).any(axis=2)
    members = (same & leading[:, :, None])[:, None] & trained[None, :, None, :]
    sums = members.astype(float) @ vectors
    explained = ((sums**2).sum(axis=3) / np.maximum(members.sum(axis=3), 1)).sum(axis=2)
    squares = (trained * (vectors**2).sum(axis=1)).sum(axis=1)
    zero = squares - explained < ROUNDING
    a, b = np.triu_indices(len(toy), k=1)
    false = same[:, a, b] & (toy.labels[a] != toy.labels[b])
    both = trained[:, a] & trained[:, b]
    in_training = (false[:, None, :] & both[None]).any(axis=2)
    return int(zero.sum()), int((zero & in_training).sum()), int((zero.T & false.any(1)).sum())


def trained_parallelograms(_: Figures) -> Table:
    """False parallelograms of training samples, of all cases of zero loss."""
    cases, violated, _anywhere = zero_loss_cases()
    note = f"Parallelograms of training samples, {cases:,} cases of zero loss enumerated (p = 4)."
    return {"exceptions": violated, "note": note}


def any_parallelograms(_: Figures) -> Measured:
    """Whether there is a false parallelogram of any samples, of all cases of zero loss."""
    cases, _trained, violated = zero_loss_cases()
    reals, _trained, at_random = zero_loss_cases(real=True)
    note = (
        f"It is false in {violated:,} of {cases:,} cases of zero loss with whole numbers from 0 to "
        f"3 (p = 4), and in {at_random} of {reals:,} with random real ones, of which no two sums "
        "coincide."
    )
    if violated:
        return Measured("a counterexample", "fails", note=note)
    return Measured("no counterexample", "holds", note=note)


def random_quality(_: Figures) -> Table:
    """RQI of 400 random embeddings in one dimension, for each `tolerance`."""
    return _random_quality()


@lru_cache(maxsize=1)
def _random_quality() -> Table:
    drawn = np.random.default_rng(0).standard_normal((400, 10))
    return {
        "tolerance": np.repeat([*_DELTAS], len(drawn)),
        "rqi": [theory.rqi(one, addition(), **of) for of in _DELTAS.values() for one in drawn],
    }


def shown_parallelograms(_: Figures) -> Table:
    """The parallelograms of P0(D), and whether every ground state of D has them."""
    seeds, implied = [], []
    for seed in range(50):
        train = _training_set(seed, 20)
        forced = theory.implied_parallelograms(addition(), train).tolist()
        for pair in theory.parallelograms(addition(), train).tolist():
            seeds.append(seed)
            implied.append(pair in forced)
    return {"seed": seeds, "implied": implied}


def flows(_: Figures) -> Table:
    """What the flow of the effective loss does to twenty embeddings, for random training sets.

    Columns: `z0`, the cosine between R and dR/dt; `form`, R^T H R over the loss written out;
    `centre`, how far C moves; `centred`, how far it moves from zero, see `_moved`.
    """
    rows = []
    for seed, start in enumerate(_embeddings()):
        train, larger = _training_set(seed, 30), _training_set(seed, 45)
        speed = theory.velocity(start, addition(), train)
        size = np.linalg.norm(start) * np.linalg.norm(speed)
        rows.append(
            {
                "seed": seed,
                "z0": abs((start * speed).sum()) / size,
                "form": _form(start, train),
                "centre": _moved(start, larger),
                "centred": _moved(start - start.mean(), larger),
            }
        )
    return in_columns(rows)


def _embeddings() -> Floats:
    """(20, 10, 1) drawn as the networks' initial ones are."""
    return np.random.default_rng(0).uniform(-0.5, 0.5, (20, 10, 1))


def _form(start: Floats, train: Integers) -> float:
    """R^T H R, in units of the loss as the sum over parallelograms."""
    z0 = float((start**2).sum())
    left, right = addition().inputs[theory.parallelograms(addition(), train)].transpose(1, 0, 2)
    loss = ((start[left].sum(axis=1) - start[right].sum(axis=1)) ** 2).mean() / z0
    return float(
        (start.T @ theory.effective_hessian(addition(), train, z0=z0) @ start).item() / loss
    )


def _moved(start: Floats, train: Integers) -> float:
    """The change of C until the slowest part has shrunk by e, in units of the root of p Z0."""
    z0 = float((start**2).sum())
    rate = theory.grokking_rate(addition(), train, z0=z0).lambda3
    end = theory.flow(start, [1 / rate], addition(), train)[0]
    return float(abs(end.sum() - start.sum()) / np.sqrt(10 * z0))


def linear_flow(_: Figures) -> Table:
    """The relative error of -H R beside dR/dt; the note: whether normalised trajectories differ."""
    errors, shapes = [], []
    for seed, free in enumerate(_embeddings()):
        start, train = free - free.mean(), _training_set(seed, 30)
        z0 = float((start**2).sum())
        true = theory.velocity(start, addition(), train)
        printed = -theory.effective_hessian(addition(), train, z0=z0) @ start
        errors.append(np.linalg.norm(printed - true) / np.linalg.norm(true))
        paths = np.stack(
            [
                theory.flow(start, [10 * z0, 100 * z0], addition(), train, linear=linear)
                for linear in (False, True)
            ]
        )
        paths /= np.linalg.norm(paths, axis=2, keepdims=True)
        shapes.append(np.abs(paths[0] - paths[1]).max())
    kept = max(shapes) < ROUNDING
    note = (
        f"Shapes {'agree' if kept else 'do not agree'} at all times, to rounding, so normalised "
        f"trajectories and lambda_3 are {'not ' if kept else ''}affected."
    )
    return {"seed": range(len(errors)), "error": errors, "note": note}


def null_dimensions(_: Figures) -> Table:
    """The degrees of freedom that all parallelograms of addition leave, for 3 to 40 symbols."""
    sizes = range(3, 41)
    return {"p": sizes, "freedom": [theory.null_dimension(addition(p)) for p in sizes]}


def null_dimensions_of_sets(_: Figures) -> Table:
    """The degrees of freedom that 50 training sets of random sizes leave."""
    sizes = np.random.default_rng(0).integers(1, 55, 50)
    sets = [_training_set(seed, int(size)) for seed, size in enumerate(sizes)]
    return {
        "seed": range(len(sets)),
        "freedom": [theory.null_dimension(addition(), train) for train in sets],
    }


def distances_from_lines(_: Figures) -> Table:
    """How far ground states of training sets with n0 = 2 are from a + k b."""
    line = np.stack([np.ones(10), np.arange(10.0)], axis=1)
    errors = {}
    for seed in range(50):
        basis = theory.null_space(addition(), _training_set(seed, 30))
        if basis.shape[1] == 2:
            fitted = line @ np.linalg.lstsq(line, basis, rcond=None)[0]
            errors[seed] = np.abs(basis - fitted).max()
    return {"seed": [*errors], "error": [*errors.values()]}


def normalised_by_variance(_: Figures) -> Table:
    """The standard deviation of an embedding divided by sigma_t as printed, a variance."""
    start = _embeddings()[0]
    return {"deviation": float(start.std() / start.var())}
