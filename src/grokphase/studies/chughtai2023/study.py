"""What no other paper has: a network that composes a group, seen in its representations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from scipy.special import logsumexp

import grokphase as gp
from grokphase import measures
from grokphase.measures.representations import Irrep, projected
from grokphase.studies import Given, Trained, in_columns, usual_table

Settings = Mapping[str, Any]
Row = dict[str, Any]

KEY = 0.05  # similarity from which a representation is key, that of the authors' code
OWN = 0.85  # share of a neuron's embedding in one representation from which it is that one's
UNUSED = 0.01  # size of a neuron's embedding, in that of the largest, below which it is unused


class Product:
    """What a network learns: the product of a group, all ordered pairs of it."""

    def __init__(self, group: str) -> None:
        task = gp.task(group)
        self.group = group
        self.order = len(np.unique(task.labels))
        self.indices = (*task.inputs.T, task.labels)  # a, b and a b of each pair
        table = task.labels.reshape(self.order, self.order)
        self.identity = int((table == np.arange(self.order)).all(axis=1).argmax())
        self.irreps = measures.irreps(group)
        self.trivial = self.irreps["trivial"]
        self.others = {name: rho for name, rho in self.irreps.items() if rho is not self.trivial}

    def loss(self, logits: np.ndarray, among: Any = slice(None)) -> float:
        """Mean cross-entropy, of all pairs if no others are named."""
        given, labels = logits[among], self.indices[2][among][:, None]
        others = given.copy()
        np.put_along_axis(others, labels, -np.inf, axis=1)
        against = logsumexp(others, axis=1) - np.take_along_axis(given, labels, axis=1)[:, 0]
        return float(np.logaddexp(0, against).mean())  # which keeps the digits of small ones

    def within(self, logits: np.ndarray, kept: Sequence[Irrep]) -> np.ndarray:
        """What of logits is a function of the product in these representations."""
        return measures.logits_within(logits, kept, self.group)

    def similarities(self, logits: np.ndarray) -> dict[str, float]:
        """The cosine of logits with the characters of each representation."""
        of = self.group
        return {n: measures.character_similarity(logits, r, of) for n, r in self.others.items()}

    def explained(self, values: np.ndarray, rho: Irrep) -> float:
        """The share of the variance of values of pairs that rho(a), rho(b) and rho(a b) have."""
        parts = [np.zeros((self.order, values.shape[1])) for _ in self.indices]
        for part, index in zip(parts, self.indices, strict=True):
            np.add.at(part, index, values / self.order)
        power = sum(self.order * (projected(part, rho) ** 2).sum() for part in parts)
        return float(power / ((values - values.mean(axis=0)) ** 2).sum())


product = cache(Product)


class Circuit:
    """A network as functions on the group: logits are relu(left_a + right_b) out."""

    def __init__(self, weights: Mapping[str, np.ndarray], group: str) -> None:
        self.of = product(group)
        table, other = (weights[name].astype(float) for name in ("embedding", "right"))
        first, second = (weights[f"decoder.{k}.weight"].T.astype(float) for k in (0, 1))
        self.left = table @ first[: table.shape[1]]
        self.right = other @ first[table.shape[1] :]
        self.out = second

    @cached_property
    def neurons(self) -> np.ndarray:
        """(pairs, neurons) after the ReLU."""
        summed = self.left[:, None] + self.right[None]
        found: np.ndarray = np.maximum(summed, 0).reshape(self.of.order**2, -1)
        return found

    @cached_property
    def logits(self) -> np.ndarray:
        """(pairs, order)."""
        found: np.ndarray = self.neurons @ self.out
        return found

    @cached_property
    def similarities(self) -> dict[str, float]:
        """Of the logits with characters."""
        return self.of.similarities(self.logits)

    @property
    def fve(self) -> float:
        """The share of the variance of logits that all characters explain."""
        return sum(found**2 for found in self.similarities.values())

    @property
    def neuron_share(self) -> float:
        """The share of the neurons in use that are of one representation."""
        return float((self.owners[self.owners > -2] >= 0).mean())

    @property
    def keys(self) -> list[Irrep]:
        """The representations that its logits show."""
        return [self.of.others[name] for name, found in self.similarities.items() if found > KEY]

    @cached_property
    def owners(self) -> np.ndarray:
        """(neurons,) the number of the representation of each; -1 of several, -2 unused."""
        centred = self.left - self.left.mean(axis=0)
        power = (centred**2).sum(axis=0)
        parts = [(projected(centred, rho) ** 2).sum(axis=0) for rho in self.of.others.values()]
        shares = np.array(parts) / np.maximum(power, 1e-30)
        owners = np.where(shares.max(axis=0) > OWN, shares.argmax(axis=0), -1)
        return np.where(power < UNUSED**2 * power.max(), -2, owners)

    def composes(self) -> bool:
        """Whether key characters alone, each as strong as here, find every product.

        Their sum at a b c^-1 is a function of that one element, greatest at the identity or not.
        """
        size = sum(
            (self.similarities[name] * rho.character / rho.norm**0.5)
            for name, rho in self.of.others.items()
            if self.similarities[name] > KEY
        )
        sums = np.asarray(size) + np.zeros(self.of.order)
        return bool(sums[self.of.identity] > np.delete(sums, self.of.identity).max() + 1e-9)


def networks(settings: Settings) -> Iterator[tuple[Row, gp.RunSpec]]:
    """The paper's network on each group, seed by seed."""
    recipe = {"learning_rate": settings["rate"], "steps": settings["steps"], "stop": "budget"}
    recipe["evaluate_every"] = settings["every"]
    base = gp.preset("chughtai2023", **{f"recipe.{key}": value for key, value in recipe.items()})
    for group, fraction in settings["groups"].items():
        split = gp.Split(fraction=fraction)
        for seed in range(settings["seeds"]):
            yield {"group": group}, replace(base, task=gp.task(group), split=split, seed=seed)


def trained(run: Trained) -> Circuit:
    """The network at the end."""
    return Circuit(run.weights, run.labels["group"])


def learning(given: Given) -> dict[str, list[Any]]:
    """The usual table, and what of each network its key representations explain."""
    return {**usual_table(given.runs), **in_columns(_whole(trained(run)) for run in given.runs)}


def _whole(circuit: Circuit) -> Row:
    of, keys, logits = circuit.of, circuit.keys, circuit.logits
    parts = {"left": circuit.left, "right": circuit.right, "out": circuit.out.T}
    named = {name for name, found in circuit.similarities.items() if found > KEY}
    shares = {
        f"{part}_share": sum(measures.representation_shares(values, of.irreps)[k] for k in named)
        for part, values in parts.items()
    }
    return {
        "fve": circuit.fve,
        "keys": ", ".join(sorted(named)),
        "left_out": _leaves_out(circuit, named),
        **shares,
        "by_chance": sum(rho.functions for rho in keys) / (of.order - 1),
        "neuron_share": circuit.neuron_share,
        "composes": circuit.composes(),
        "loss": of.loss(logits),
        "restricted_loss": of.loss(of.within(logits, [of.trivial, *keys])),
        "excluded_loss": of.loss(logits - of.within(logits, keys)),
        "chance": float(np.log(of.order)),
    }


def _leaves_out(circuit: Circuit, named: set[str]) -> bool:
    """Whether it leaves out a representation of fewer dimensions than one that it uses."""
    sizes = {name: rho.dimension for name, rho in circuit.of.others.items()}
    most = max((sizes[name] for name in named), default=0)
    return any(size < most for name, size in sizes.items() if name not in named)


def representations(given: Given) -> dict[str, list[Any]]:
    """A row a representation of each network."""
    return in_columns(row for run in given.runs for row in _each(run))


def _each(run: Trained) -> Iterator[Row]:
    circuit, group, record = trained(run), run.labels["group"], run.record
    of = circuit.of
    for k, (name, rho) in enumerate(of.others.items()):
        own = circuit.neurons[:, circuit.owners == k]
        yield {
            "group": group,
            "seed": record.seed,
            "validation_step": record.validation_step,
            "representation": name,
            "label": f"{group} {name}".replace("standard", "std"),
            "dimension": rho.dimension,
            "similarity": circuit.similarities[name],
            "shown": round(circuit.similarities[name], 2) + 0.0,  # no -0
            "fve": circuit.fve,
            "neurons": own.shape[1],
            "hidden": of.explained(own, rho) if own.any() else None,
            "loss_without": of.loss(circuit.logits - of.within(circuit.logits, [rho])),
        }


def sets_of_keys(data: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """How many sets of key representations the networks of a group that generalize have."""
    (table,) = data.values()
    rows = zip(table["group"], table["validation_step"], table["keys"], strict=True)
    there = [(group, keys) for group, step, keys in rows if step is not None]
    sets = {group: {keys for one, keys in there if one == group} for group, _ in there}
    many = {group: sum(one == group for one, _ in there) for group in sets}
    return in_columns(
        {"group": group, "sets": len(found), "networks": many[group]}
        for group, found in sets.items()
    )


# ------------------------------------------------------------------------------ through training


def phases(given: Given) -> dict[str, list[Any]]:
    """Losses at the steps whose weights are kept, by the key representations of the end."""
    rows = []
    for run in given.runs:
        keys, memorized, at = trained(run).keys, run.record.train_step, run.kept
        steps = [*at]
        found = in_columns(_losses(run, weights, keys) for weights in at.values())
        row = {"step": steps, **found, "excluded_step": steps[int(np.argmin(found["excluded"]))]}
        if memorized is not None:
            known = next(k for k, step in enumerate(steps) if step >= memorized)
            later = zip(steps[known:], found["restricted"][known:], strict=True)
            tenth = found["restricted"][known] / 10
            row["restricted_step"] = next((step for step, loss in later if loss < tenth), None)
            row["passes_by_heart"] = _passes(Circuit(at[steps[known]], run.labels["group"]))
            row["new_by_heart"] = found["accuracy"][known]
        rows.append(row)
    return {**usual_table(given.runs), **in_columns(rows)}


def _passes(circuit: Circuit) -> bool:
    """Whether key characters find every product, do better alone, and leave a guess when gone."""
    it = _whole(circuit)
    better, worse = it["restricted_loss"] < it["loss"], it["excluded_loss"] >= it["chance"]
    return bool(it["composes"] and better and worse)


def _losses(run: Trained, weights: Any, keys: Sequence[Irrep]) -> Row:
    circuit = Circuit(weights, run.labels["group"])
    of, logits = circuit.of, circuit.logits
    train, validation = run.parts
    return {
        "train": of.loss(logits, train),
        "validation": of.loss(logits, validation),
        "restricted": of.loss(of.within(logits, [of.trivial, *keys])),
        "excluded": of.loss(logits - of.within(logits, keys), train),
        "accuracy": float((logits.argmax(axis=1) == of.indices[2])[validation].mean()),
        "fve": circuit.fve,
        "neuron_share": circuit.neuron_share,
    }


# ------------------------------------------------------------------------------ without training


def characters(given: Given) -> dict[str, list[Any]]:
    """Logits that are one character, chi(a b c^-1): what they find, and what measures say."""
    return in_columns(row for group in given.settings["groups"] for row in _planted(group))


def _planted(group: str) -> Iterator[Row]:
    of = product(group)
    table = of.indices[2].reshape(of.order, of.order)
    quotient = table[:, (table == of.identity).argmax(axis=1)]  # g c^-1
    waves = _waves(group)
    for name, rho in of.others.items():
        logits = rho.character[quotient][of.indices[2]]
        found = logits > logits.max(axis=1, keepdims=True) - 1e-9
        right = found[np.arange(len(logits)), of.indices[2]] / found.sum(axis=1)
        moved = np.abs(rho.matrices - np.eye(rho.dimension)).max(axis=(1, 2))
        products = np.einsum("aij,bjk->abik", rho.matrices, rho.matrices)
        chi = {other: float(each.character @ rho.character) for other, each in of.irreps.items()}
        chi[name] -= of.order * rho.norm
        alike = of.similarities(logits)
        yield {
            "group": group,
            "representation": name,
            "dimension": rho.dimension,
            "kernel": int((moved < 1e-9).sum()),
            "right": float(right.mean()),
            "expected": 1 / int((moved < 1e-9).sum()),
            "faithful": "faithful" if (moved < 1e-9).sum() == 1 else "not faithful",
            "composition": float(np.abs(products - rho.matrices[table]).max()),
            "orthogonality": max(map(abs, chi.values())) / of.order,
            "alone": alike[name] - max((abs(x) for n, x in alike.items() if n != name), default=0),
            "excluded_loss": of.loss(logits - of.within(logits, [rho])),
            "chance": float(np.log(of.order)),
            "restricted_loss": of.loss(of.within(logits, [of.trivial, rho])),
            "loss": of.loss(logits),
            "waves": waves,
        }


def _waves(group: str) -> float | None:
    """How far shares by characters are from those by cosines, of a cyclic group; random logits."""
    if not group.startswith("C"):
        return None
    of = product(group)
    logits = np.random.default_rng(0).standard_normal((of.order**2, of.order))
    ours = np.sort([found**2 for found in of.similarities(logits).values()])
    cosines = np.sort(np.asarray(measures.cosine_shares(jnp.asarray(logits), of.indices[2]))[1:])
    return float(np.abs(ours - cosines).max())
