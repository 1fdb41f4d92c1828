"""What a run is, in a line."""

from __future__ import annotations

import grokphase as gp
from grokphase.training.told import told


def test_what_a_recipe_does_beside_what_all_do_is_told() -> None:
    recipe = gp.Recipe(
        optimizer="sgd",
        decay_towards="initial",
        warmup=10,
        label_noise=0.1,
        gradient_noise=1,
        weight_noise=0.01,
        held_norm=0.8,
        held_from=500,
        temperature=2,
    )
    task = gp.task("modular-addition", p=7)
    said = told(gp.run_spec(task, gp.MLP(dropout=0.2), recipe)).rpartition("; ")[2].split(", ")
    assert said == [
        "weight decay in the gradient",
        "weight decay towards the initial weights",
        "learning rates grow over 10 updates",
        "3 of 25 training labels replaced by others",
        "noise of deviation 1 in the update's direction",
        "noise of deviation 0.01 in the weights of a step",
        "dropout 0.2 in a step",
        "weight norm held at 0.8 times the initial one from step 500 on",
        "losses at the temperature 2",
    ]
    assert "weight" not in told(gp.run_spec(task, gp.MLP()))
    assert told(gp.run_spec(task, recipe=gp.Recipe())) == told(gp.run_spec(task))
