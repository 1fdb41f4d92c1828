"""Networks that tell how warm a lattice of spins is, and what moves their delay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import grokphase as gp
from grokphase.studies import Given, curves_of, in_columns
from grokphase.studies.given import lateness
from grokphase.tasks.ising import Lattices, aims, energies

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]

HIDDEN = (48, 48, 48, 48)
SMALL = 0.01  # of a weight, in the paper

# ------------------------------------------------------------------------------ without training


def spins(given: Given) -> Table:
    """Lattices of the task: their region, their energy, and the ends of the region."""
    learned = gp.tasks.ising(samples=given.settings["samples"])
    ends = [(int(aim[0]), int(aim[-1])) for aim in aims(8)]
    rows = [
        {"region": label, "energy": energy, "inside": ends[label][0] <= energy <= ends[label][1]}
        for label, energy in zip(
            learned.labels.tolist(), energies(learned.inputs).tolist(), strict=True
        )
    ]
    return in_columns(rows)


def equilibrium(given: Given) -> Table:
    """Energy and heat capacity of 4 x 4 lattices: by Metropolis, and by enumeration of all."""
    settings = given.settings
    bits = np.arange(2**16)[:, None] >> np.arange(16) & 1
    every = energies(1 - 2 * bits)
    rows = []
    for temperature in settings["temperatures"]:
        weight = np.exp(-(every - every.min()) / temperature)
        mean = float((weight * every).sum() / weight.sum())
        spread = float((weight * (every - mean) ** 2).sum() / weight.sum())
        exact = {"energy": mean, "heat capacity": spread / temperature**2}
        for seed in range(settings["seeds"]):
            found = _sampled(temperature, settings, seed)
            for what, value in exact.items():
                row = {"temperature": temperature, "seed": seed, "what": what, "exact": value}
                rows.append({**row, "sampled": found[what], "ratio": found[what] / value})
    return in_columns(rows)


def _sampled(temperature: float, settings: Settings, seed: int) -> dict[str, float]:
    """Energy and heat capacity of many lattices, each after so many sweeps from the ground state.

    From random spins some would be caught in stripes at the lower temperatures.
    """
    starts = np.ones((settings["lattices"], 16), np.int8)
    lattices = Lattices(starts, gp.tasks.stream(seed, "spins"))
    seen = []
    for sweep in range(settings["sweeps"]):
        lattices.sweep(temperature)
        if sweep >= settings["sweeps"] // 2:
            seen.append(lattices.energies)
    found = np.concatenate(seen).astype(float)
    return {"energy": float(found.mean()), "heat capacity": float(found.var() / temperature**2)}


def shrinking(given: Given) -> Table:
    """What decay alone would leave of the weights after so many steps, decoupled, or at most in
    the gradient of Adam, whose steps are of the size of its rate."""
    settings = given.settings
    bound = settings["scale"] / 48**0.5  # the largest initial weight of a hidden layer
    steps = settings["horizon"]
    left = (1 - settings["rate"] * settings["decay"]) ** steps
    rows = [
        {"way": "decoupled", "left": left},
        {"way": "in the gradient", "left": max(0.0, 1 - settings["rate"] * steps / bound)},
    ]
    return in_columns(rows)


# ------------------------------------------------------------------------------ trained


def run(settings: Settings, seed: int, **own: float) -> gp.RunSpec:
    """One network, on all lattices of its training set at every step."""
    given = {**{name: settings[name] for name in ("scale", "decay", "temperature")}, **own}
    group = gp.Group(settings["rate"], given["decay"], 0.9, 0.999, 1e-8)
    limits = gp.Thresholds(train_accuracy=0.95, validation_accuracy=settings["passing"])
    recipe = gp.Recipe(
        optimizer="adam",
        embedding=group,
        decoder=group,
        steps=settings["steps"],
        temperature=given["temperature"],
        thresholds=limits,
        evaluate_every=settings["every"],
        stop="budget",
    )
    model = gp.MLP(
        None,
        HIDDEN,
        biases="none",
        decoder_scale=given["scale"],
        dropout=given.get("dropout", 0.0),
    )
    learned = gp.tasks.ising(samples=settings["samples"] + settings["fresh"])
    split = gp.Split(count=settings["samples"])
    return gp.run_spec(learned, model, recipe, split=split, seed=seed)


def published_setting(settings: Settings) -> Runs:
    """The paper's network."""
    for seed in range(settings["seeds"]):
        yield {}, run(settings, seed)


def varied(settings: Settings) -> Runs:
    """One setting after the other varied: initial scale, decay, temperature, dropout."""
    for what, values in settings["vary"].items():
        for value in values:
            for seed in range(settings["seeds"]):
                yield {"what": what, "value": value}, run(settings, seed, **{what: value})


def learning(given: Given) -> Table:
    """The table of `lateness` with curves; what validation accuracy was when nearly all was known
    by heart, and in the end; and the share of small weights of the first and of the last matrix of
    48 x 48."""
    by_heart = [run.at(run.record.train_step, "validation_accuracy") for run in given.runs]
    shares = [small(run.weights) for run in given.runs]
    ends = {"first_small": [each[1] for each in shares], "last_small": [s[-1] for s in shares]}
    names = ("train_accuracy", "validation_accuracy", "weight_norm")
    table = lateness(given)
    own: Table = {"by_heart": by_heart, "at_end": table["validation_accuracy"], **ends}
    return {**table, **own, **curves_of(given.runs, *names)}


def small(weights: Mapping[str, Any]) -> list[float]:
    """The share of weights below 0.01 of each hidden layer, from the first to the last."""
    layers = [weights[f"decoder.{k}.weight"] for k in range(len(HIDDEN))]
    return [float((np.abs(layer) < SMALL).mean()) for layer in layers]


def flipped(given: Given) -> Table:
    """A row a run and number of flipped spins: how many of the lattices that it trained on are told
    apart once so many spins of each are flipped, by the region they were of and by their own."""
    rows = []
    for run in given.runs:
        trained: Any = run.spec
        part, _ = run.parts
        inputs, labels = trained.task.inputs[part], trained.task.labels[part]
        for spins in given.settings["flips"]:
            random = gp.tasks.stream(trained.seed, "spins")
            lattices = with_flips(inputs, spins, random)
            said = answers(run.weights, lattices)
            own = regions(energies(lattices))
            inside = own >= 0
            rows.append(
                {
                    "seed": trained.seed,
                    "spins": spins,
                    "kept": float((said == labels).mean()),
                    "own": float((said == own)[inside].mean()),
                    "moved": float((own != labels).mean()),
                }
            )
    return in_columns(rows)


def with_flips(lattices: Any, spins: int, random: np.random.Generator) -> Any:
    """The lattices with so many spins of each, drawn without replacement, turned round."""
    places = random.permuted(np.tile(np.arange(lattices.shape[1]), (len(lattices), 1)), axis=1)
    turned = np.ones_like(lattices)
    np.put_along_axis(turned, places[:, :spins], -1, axis=1)
    return lattices * turned


def regions(energy: Any) -> Any:
    """The region of each energy of 8 x 8 lattices, -1 of one that is in none."""
    known = {int(each): region for region, aim in enumerate(aims(8)) for each in aim}
    return np.array([known.get(int(each), -1) for each in energy])


def answers(weights: Mapping[str, Any], inputs: Any) -> Any:
    """The class that a network without biases puts first."""
    found = inputs
    for k in range(len(HIDDEN)):
        found = np.maximum(found @ np.asarray(weights[f"decoder.{k}.weight"]).T, 0)
    return (found @ np.asarray(weights[f"decoder.{len(HIDDEN)}.weight"]).T).argmax(axis=1)
