"""Two circuits that compete: solved; and in networks, what each costs and which of them stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import jax.numpy as jnp
import numpy as np

from grokphase.measures import measure
from grokphase.models.specification import Initial
from grokphase.studies.data import Data, in_columns
from grokphase.studies.given import Given, Trained, usual_table
from grokphase.studies.sums import addition
from grokphase.tasks import Split, Task, from_table, stream
from grokphase.theory.circuits import TwoCircuits

if TYPE_CHECKING:
    from grokphase.store.record import RunRecord
    from grokphase.training.spec import RunSpec

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], "RunSpec"]]

# ------------------------------------------------------------------------------ solved

CASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "slow, efficient": {},
    "fast, efficient": {"start": (1.0, 1.0)},
    "slow, as costly": {"memorizing": 1.0},
    "slow, costlier": {"memorizing": 0.5},
}
"""What is said of the generalizing circuit, and the constants that make it so."""


def simulation(given: Given) -> Data:
    """The flow of two circuits with the paper's constants, and with one of them changed.

    Returns:
        A row a case: `case`, curves, `train_time` and `test_time` from when the losses stay below
        half of ln q, `times_later`, and `ratio`, w_g / w_m at the end, with `closed`, what the
        closed form says of it.
    """
    times = np.concatenate([[0.0], np.geomspace(0.1, given.settings["until"], 400)])
    rows = []
    for case, constants in CASES.items():
        circuits = TwoCircuits(**constants)
        course = circuits.course(times)
        train, test = course.reached(0.5 * float(np.log(circuits.classes)))
        generalizing, memorizing = circuits.settled()
        rows.append(
            {
                "case": case,
                "time": times[1:],
                "train": course.train[1:],
                "test": course.test[1:],
                "generalizing": course.generalizing[1:],
                "memorizing": course.memorizing[1:],
                "train_time": train,
                "test_time": test,
                "times_later": test / train if train and test else None,
                "ratio": float(course.generalizing[-1] / course.memorizing[-1]),
                "closed": generalizing / memorizing,
            }
        )
    return in_columns(rows)


# ------------------------------------------------------------------------------ networks


@measure("logit")
def logit(network: Any, learned: Task, samples: Any) -> Any:
    """The logit of the right class less the mean over classes, of training pairs, in the mean."""
    logits = network(samples.train.inputs)
    right = jnp.take_along_axis(logits, samples.train.labels[:, None], axis=1)[:, 0]
    return (right - logits.mean(axis=1)).mean()


def network(settings: Settings, count: int, seed: int, decay: float = 1.0) -> RunSpec:
    """One network on so many pairs, to the end of the budget."""
    recorded: dict[str, Any] = {"points_per_decade": 10, "measures": (logit, "cosine_share")}
    rate = settings["rate"]
    return addition(settings, seed, rate=rate, decay=decay, pairs=count, **recorded)


def by_chance(spec: RunSpec) -> RunSpec:
    """The same run on a table whose entries are drawn by its seed: there is nothing but to
    memorize."""
    p = spec.task.classes
    random = from_table(stream(spec.seed, "random-labels").integers(0, p, (p, p)))
    measures = tuple(each for each in spec.recipe.measures if each != "cosine_share")
    return replace(spec, task=random, recipe=replace(spec.recipe, measures=measures))


def circuits(settings: Settings) -> Runs:
    """Random labels at several sizes, and sums at those from which they are learned."""
    for seed in range(settings["seeds"]):
        for size in settings["memorized"]:
            yield {"kind": "random labels", "size": size}, by_chance(network(settings, size, seed))
        for size in settings["generalized"]:
            yield {"kind": "addition", "size": size}, network(settings, size, seed)


def efficiency(given: Given) -> Data:
    """What a logit costs, by what is learned and from how many pairs.

    Returns:
        The usual table and, of each run, `right`, the logit of the right class above the mean;
        `cost`, the norm of all weights over it, and `efficiency`, the inverse; `of_cosines`, the
        share of the logits' norm in cosines of a + b - c; `accepted`, whether all training pairs
        are right and, of addition, that share is above 95 %; `of_both`, whether there are networks
        of both kinds of that size.
    """
    table = usual_table(given.runs)
    shares = [run.record.final.get("cosine_share") for run in given.runs]
    norms, logits = np.array(table["weight_norm"], float), np.array(table["logit"], float)
    of_cosines = [None if share is None else float(np.sqrt(share)) for share in shares]
    accepted = [
        accuracy == 1 and (share is None or share > 0.95)
        for accuracy, share in zip(table["train_accuracy"], of_cosines, strict=True)
    ]
    both = {*given.settings["memorized"]} & {*given.settings["generalized"]}
    return {
        **table,
        "right": logits,
        "cost": norms / logits,
        "efficiency": logits / norms,
        "of_cosines": of_cosines,
        "accepted": accepted,
        "of_both": [size in both for size in table["size"]],
    }


def slopes(tables: Mapping[str, Data]) -> Data:
    """Of each seed how the cost of a logit grows with the pairs, and where both cost the same.

    Returns:
        `seed`; `memorizing` and `generalizing`, slopes of straight lines through the costs of
        accepted networks, in cost a hundred pairs; `flatness`, the size of the second over the
        first; `critical`, the pairs at which the line of random labels meets the mean cost of
        addition.
    """
    data = tables["efficiency"]
    columns = {name: np.array(data[name]) for name in ("seed", "kind", "size", "cost", "accepted")}
    rows = []
    for seed in np.unique(columns["seed"]):
        of_seed = (columns["seed"] == seed) & columns["accepted"]
        lines = {}
        for kind in ("random labels", "addition"):
            these = of_seed & (columns["kind"] == kind)
            size, cost = columns["size"][these], columns["cost"][these]
            known = len(np.unique(size)) > 1
            lines[kind] = (*np.polyfit(size, cost, 1), cost.mean()) if known else None
        memorizing, generalizing = lines["random labels"], lines["addition"]
        if memorizing is None or generalizing is None:
            rows.append({"seed": int(seed)})
            continue
        rows.append(
            {
                "seed": int(seed),
                "memorizing": 100 * memorizing[0],
                "generalizing": 100 * generalizing[0],
                "flatness": abs(generalizing[0] / memorizing[0]),
                "critical": (generalizing[2] - memorizing[1]) / memorizing[0],
            }
        )
    return in_columns(rows)


# ------------------------------------------------------------------------------ fewer pairs


def grokked(settings: Settings) -> Runs:
    """Networks that generalize, and such as have as few pairs as those will be left with."""
    for seed in range(settings["seeds"]):
        yield {"size": settings["all"]}, network(settings, settings["all"], seed)
        for size in settings["sizes"]:
            spec = network(settings, size, seed)
            recipe = replace(spec.recipe, steps=settings["scratch"])
            yield {"size": size}, replace(spec, recipe=recipe)


def ungrokking(given: Given) -> Data:
    """What is left of generalization when networks that have it go on with fewer pairs.

    Every network continues on a part of its own training pairs, with several decays and so many
    steps that rate, decay and steps have one product.

    Returns:
        A row a network: `seed`, `size`, `decay` (None of those from scratch), `way` ("from a
        network that generalizes", "from scratch"), `parent`, the accuracy of unseen pairs before,
        `unseen`, that at the end, `train_accuracy`, and `fewest`, whether no size is smaller.
    """
    settings, rows = given.settings, []
    specs, labels = [], []
    for run in given.runs:
        if run.labels["size"] < settings["all"]:
            label = {"seed": run.record.seed, "size": run.labels["size"], "way": WAYS[1]}
            rows.append({**label, "decay": None, "parent": None, **_ends(run.record)})
            continue
        for size in settings["sizes"]:
            for decay in settings["decays"]:
                specs.append(continued(run, size, decay, settings))
                parent = run.record.final["validation_accuracy"]
                labels.append({"size": size, "decay": decay, "parent": parent})
    for spec, label, record in zip(specs, labels, given.train(specs), strict=True):
        rows.append({"seed": spec.seed, "way": WAYS[0], **label, **_ends(record)})
    return {**in_columns(rows), "fewest": [row["size"] == settings["sizes"][0] for row in rows]}


WAYS: Final = ("from a network that generalizes", "from scratch")


def _ends(record: RunRecord) -> dict[str, Any]:
    final = record.final
    return {"unseen": final["validation_accuracy"], "train_accuracy": final["train_accuracy"]}


def continued(run: Trained, size: int, decay: float, settings: Settings) -> RunSpec:
    """The run that goes on from a trained network on the first pairs of its training set."""
    spec: Any = run.spec
    group = replace(spec.recipe.decoder, weight_decay=decay)
    recipe = replace(
        spec.recipe,
        embedding=group,
        decoder=group,
        steps=round(settings["forgetting"] / decay),
        measures=(),
    )
    split, initial = Split(train=run.parts[0][:size].tolist()), _initial(run.weights)
    found: RunSpec = replace(spec, recipe=recipe, split=split, initial=initial)
    return found


def _initial(weights: Mapping[str, Any]) -> Initial:
    layers = [(weights[f"decoder.{k}.weight"], weights[f"decoder.{k}.bias"]) for k in range(2)]
    return Initial(weights["embedding"], layers)


def critical_sizes(tables: Mapping[str, Data]) -> Data:
    """Of each seed the pairs at which half of the unseen ones are right, by way and decay.

    Returns:
        `seed`, `way`, `decay`, and `critical`: of accuracies made monotone, where the line between
        sizes passes 1/2; the smallest size where that is enough, None where none is.
    """
    data, names = tables["ungrokking"], ("seed", "way", "decay", "size", "unseen")
    rows = list(zip(*(data[name] for name in names), strict=True))
    found = []
    for key in dict.fromkeys(row[:3] for row in rows):
        points = sorted(row[3:] for row in rows if row[:3] == key)
        size, unseen = (np.array(each, float) for each in zip(*points, strict=True))
        rising = np.maximum.accumulate(unseen)
        critical = _passing(size, rising) if rising[-1] >= 0.5 else None
        found.append(dict(zip(names[:3], key, strict=True)) | {"critical": critical})
    return in_columns(found)


def _passing(size: Any, rising: Any) -> float:
    after = int(np.argmax(rising >= 0.5))
    if not after:
        return float(size[0])
    share = (0.5 - rising[after - 1]) / (rising[after] - rising[after - 1])
    return float(size[after - 1] + share * (size[after] - size[after - 1]))


def spreads(tables: Mapping[str, Data]) -> Data:
    """How far accuracies of one seed differ between decays, at the size where it is most."""
    data = tables["ungrokking"]
    of_size: dict[tuple[Any, Any], list[float]] = {}
    for seed, size, decay, unseen in zip(
        data["seed"], data["size"], data["decay"], data["unseen"], strict=True
    ):
        if decay is not None:
            of_size.setdefault((seed, size), []).append(unseen)
    most: dict[Any, float] = {}
    for (seed, _), unseen in of_size.items():
        most[seed] = max(most.get(seed, 0.0), max(unseen) - min(unseen))
    return {"seed": [*most], "spread": [*most.values()]}
