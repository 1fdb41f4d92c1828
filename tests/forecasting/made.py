"""Runs that were never trained: rows as the corpus has them, whose delays follow a known law."""

from __future__ import annotations

from typing import Any

import numpy as np

PARTS = {
    **{f"task-{letter}/mlp": "train" for letter in "abcd"},
    **{f"task-{letter}/mlp": "validation" for letter in "ef"},
    **{f"task-{letter}/mlp": "test" for letter in "gh"},
}


def rows(cells: int = 12, seeds: int = 3, noise: float = 0.15) -> list[dict[str, Any]]:
    """Families in which `delay = c / (2 eta lambda)`, c about 1.5 and each family's own.

    The squared norm grows until memorization and then shrinks at 2 eta lambda. Cells without decay
    never generalize. Accuracies are tested every 5 steps.
    """
    random = np.random.default_rng(0)
    made = []
    for family, part in PARTS.items():
        constant = 1.5 * np.exp(0.2 * random.standard_normal())
        for cell in range(cells):
            rate = 10 ** random.uniform(-3, -2)
            decay = 0.0 if cell % 6 == 5 else 10 ** random.uniform(-1, 0)
            for seed in range(seeds):
                passed = np.ceil(random.uniform(30, 60) * 1e-3 / rate * 5)
                wait = np.inf
                if decay:
                    wait = constant / (2 * rate * decay) * np.exp(noise * random.standard_normal())
                made.append(_row(family, part, cell, seed, rate, decay, passed, wait))
    return made


def _row(
    family: str,
    part: str,
    cell: int,
    seed: int,
    rate: float,
    decay: float,
    passed: float,
    wait: float,
    budget: int = 10_000,
) -> dict[str, Any]:
    train = int(np.ceil(passed / 5) * 5)
    validation = train + int(np.ceil(wait / 5) * 5) if np.isfinite(wait) else budget + 1
    steps = np.unique(np.round(10 ** np.arange(0, 4.001, 1 / 12))).astype(int)
    steps = np.concatenate([[0], steps])
    since = np.maximum(steps - train, 0)
    norm = 10 * np.exp(np.minimum(steps, train) / train - rate * decay * since)
    learned = 0.95 / (1 + np.exp(-6 * (steps - train) / train)) + 0.05
    rises = np.clip((steps - train) / max(validation - train, 1) - 0.7, 0, None) * 2.5
    seen = validation <= budget
    return {
        "id": f"{family}-{cell}-{seed}",
        "family": family,
        "split": part,
        "cell": f"{family}#{cell}",
        "seed": seed,
        "budget": budget,
        "steps_trained": budget,
        "evaluate_every": 5,
        "train_step": train,
        "validation_step": validation if seen else None,
        "recipe.optimizer": "adamw",
        "recipe.decoder.learning_rate": rate,
        "recipe.decoder.weight_decay": decay,
        "split.fraction": 0.5,
        "train_samples": 200,
        "step": steps.tolist(),
        "train_accuracy": np.clip(learned, 0, 1).tolist(),
        "validation_accuracy": np.clip(0.1 + rises, 0, 1).tolist(),
        "train_loss": (3 * np.exp(-3 * steps / train) + 1e-4).tolist(),
        "validation_loss": (3 + np.minimum(steps / train, 1) - np.clip(rises, 0, 3)).tolist(),
        "weight_norm": norm.tolist(),
    }
