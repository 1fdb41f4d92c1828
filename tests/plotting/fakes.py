"""Maps and runs made up for tests of pictures: their shape is that of Figure 6(b)."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from grokphase.measures.planes import ring
from grokphase.phases import Axis, PhaseMap, classify_many
from grokphase.store.record import RunRecord
from grokphase.training.views import Neuron, Plane, Views

SETTINGS = {
    "task": {"name": "addition", "p": 10},
    "model": {"name": "toy", "dimension": 1, "combine": "sum", "widths": [200, 200]},
    "recipe": {
        "optimizer": "adamw",
        "steps": 100_000,
        "embedding": {"learning_rate": 1e-3, "weight_decay": 0.0},
        "decoder": {"learning_rate": 1e-3, "weight_decay": 0.0},
    },
    "split": {"fraction": None, "count": 45, "seed": None},
    "seed": 58,
}
THRESHOLDS = {"train_accuracy": 0.9, "validation_accuracy": 0.9, "delay": 1000, "rule": ">"}
BUDGET = 100_000


def made_up_map(nx: int = 16, ny: int = 11, seeds: int = 1, inferred: bool = False) -> PhaseMap:
    """A map with all four phases, whose borders shift a little from seed to seed."""
    u, v = np.meshgrid(np.linspace(0, 1, nx), np.linspace(0, 1, ny))
    shift = np.random.default_rng(0).normal(0, 0.05, (1, 1, seeds))
    u, v = u[..., None] + shift, v[..., None]
    train = np.round(10 ** (4.9 - 2.6 * u + 0.3 * v))
    delay = 10 ** (1.2 + 3.2 * u + 2.2 * (0.55 - v) * u)
    validation = np.round(train + delay)
    train = np.where(u + 1.4 * v > 1.9, np.nan, train)
    validation = np.where(np.isnan(train) | (validation > BUDGET), np.nan, validation)
    phase = classify_many(train, validation, budget=BUDGET)
    majority = phase[..., 0]
    measured = np.ones((ny, nx), bool)
    if inferred:
        measured = _near_a_border(majority)
        train[~measured] = np.nan
        validation[~measured] = np.nan
        phase[~measured] = majority[~measured][:, None]
    runs = [
        [
            [f"{j:04x}{i:04x}{s:08x}" for s in range(seeds)] if measured[j, i] else []
            for i in range(nx)
        ]
        for j in range(ny)
    ]
    return PhaseMap.from_arrays(
        Axis.parse(f"recipe.decoder.learning_rate=1e-5..1e-2:{nx}:log"),
        Axis.parse(f"recipe.decoder.weight_decay=0..10:{ny}"),
        phase,
        train,
        validation,
        measured=measured,
        runs=runs,
        seeds=range(seeds),
        steps_trained=int(np.nan_to_num(validation, nan=BUDGET)[measured].sum()),
        seconds=512.4,
        settings=SETTINGS,
        budget=BUDGET,
        thresholds=THRESHOLDS,
    )


def _near_a_border(phase: np.ndarray) -> np.ndarray:
    near = np.zeros(phase.shape, bool)
    differ = phase[:, 1:] != phase[:, :-1]
    near[:, 1:] |= differ
    near[:, :-1] |= differ
    differ = phase[1:] != phase[:-1]
    near[1:] |= differ
    near[:-1] |= differ
    near[::4, ::4] = True
    return near


def made_up_record(
    train_step: int | None = 120,
    validation_step: int | None = 9000,
    *,
    phase: str = "grokking",
    steps: int = 10_000,
    seed: int = 58,
    points: int = 100,
    **changes: Any,
) -> RunRecord:
    """A run whose accuracies rise at the given steps and whose weights then shrink."""
    step = np.unique(np.concatenate(([0], np.geomspace(1, steps, points).astype(np.int64))))
    t = np.log1p(step)
    train, validation = (
        _rise(t, np.log1p(passed or 1e12)) for passed in (train_step, validation_step)
    )
    curves: dict[str, np.ndarray] = {
        "step": step,
        "train_loss": 1.05 - train + 1e-6,
        "validation_loss": 1.2 - validation,
        "train_accuracy": np.round(train * 45) / 45,
        "validation_accuracy": np.round(validation * 10) / 10,
        "rqi": 0.1 + 0.9 * validation,
        "weight_norm": 14 + 3 * train - 8 * validation,
        "embedding_norm": 1 + 2 * validation,
        "decoder_norm": 13 + 3 * train - 8 * validation,
    }
    given: dict[str, Any] = {
        "id": f"{seed:016x}",
        "spec": spec(),
        "seed": seed,
        "phase": phase,
        "train_step": train_step,
        "validation_step": validation_step,
        "rqi_step": validation_step,
        "train_sustained_step": None,
        "validation_sustained_step": None,
        "followed": False,
        "steps_trained": steps,
        "seconds": 1.25,
        "final": {name: float(values[-1]) for name, values in curves.items() if name != "step"},
        "curves": curves,
        "weights": None,
        "provenance": {"grokphase": "0.1.0", "jax": "0.10.1", "finished": "2026-10-01T00:00:00Z"},
    }
    return RunRecord(**(given | changes))


def spec() -> dict[str, Any]:
    """The spec of a run, with its thresholds."""
    settings: dict[str, Any] = copy.deepcopy(SETTINGS)
    settings["recipe"]["thresholds"] = {**THRESHOLDS, "rqi": 0.95}
    return settings


def records_of(phase_map: PhaseMap, points: int = 100) -> list[RunRecord]:
    """A run for every id of a map, agreeing with it."""
    records = []
    for j, row in enumerate(phase_map.runs):
        for i, ids in enumerate(row):
            for s, run in enumerate(ids):
                train, validation = (
                    None if np.isnan(steps[j, i, s]) else int(steps[j, i, s])
                    for steps in (phase_map.train_step_by_seed, phase_map.validation_step_by_seed)
                )
                records.append(
                    made_up_record(
                        train,
                        validation,
                        phase=str(phase_map.phase_by_seed[j, i, s]),
                        steps=validation or BUDGET,
                        seed=phase_map.seeds[s],
                        points=points,
                        id=run,
                    )
                )
    return records


def _rise(t: np.ndarray, at: float) -> np.ndarray:
    return 1 / (1 + np.exp(-6 * (t - at) - 2.2))


def made_up_views(p: int = 7, steps: tuple[int, ...] = (0, 10, 100)) -> Views:
    """A circle that grows, neurons and heads that are cosines of a + b."""
    grown = np.linspace(0.1, 1.0, len(steps))[:, None, None]
    angle = 2 * np.pi * 2 * np.arange(p) / p
    circle = grown * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    order = ring(p, 2)
    a, b = np.indices((p, p))
    wave = np.cos(2 * np.pi * 2 * (a + b) / p)
    shares = np.linspace(0.2, 0.95, len(steps))
    spectrum = np.zeros((len(steps), p // 2 + 1))
    spectrum[:, 2] = shares
    neurons = tuple(
        Neuron(number, 2, shares, grown * wave * (number + 1), order) for number in range(4)
    )
    plane = Plane("frequency 2", 2, circle, np.ones(len(steps)), order)
    return Views(
        record=made_up_record(steps=steps[-1]),
        steps=np.array(steps),
        planes=(plane, Plane("principal components 1 and 2", None, circle, shares, ())),
        spectra={"embedding": spectrum, "neurons": spectrum, "logits": 3 * spectrum},
        keys=(2,),
        neurons=neurons,
        neuron_layer='MLP of layer 1, read at "="',
        neuron_shares=np.repeat(spectrum[:, :, None], 4, axis=2),
        width=4,
        attention=np.tile([0.5, 0.3, 0.2], (len(steps), 1, 2, 1)),
        heads=tuple(
            Neuron(number, 2, shares, 0.5 + 0.1 * grown * wave, order) for number in (0, 1)
        ),
        positions=("a", "b", "="),
        losses={"restricted_loss": 1 - shares, "excluded_loss": 1 + shares},
        missing={},
    )
