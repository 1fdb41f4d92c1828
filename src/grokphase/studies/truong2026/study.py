"""What follows from released medians, and networks whose norm is held, or whose softmax is cold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import grokphase as gp
from grokphase.studies import Given, in_columns, usual_table
from grokphase.studies.published import published
from grokphase.theory.held_norm import explained, fit_held_norm

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]

HELD_FROM: Final = 500
MOST: Final = 1.15  # the end of the exponential in the text, which elsewhere is 1.25


def printed(name: str) -> Mapping[str, Any]:
    """The columns of a published table."""
    return published(Path(__file__).parent, name).columns


# ------------------------------------------------------------------------------ released medians


def medians(_: Given) -> Table:
    """Released medians against the norm, with the exponential that is nearest to them."""
    table = printed("medians")
    law = fit_held_norm(table["rho"], table["steps"], table["steps"])
    fitted = law.quantile(table["rho"])
    return in_columns(
        {**{name: float(column[row]) for name, column in table.items()}, "law": float(fitted[row])}
        for row in range(len(fitted))
    )


def consequences(_: Given) -> Table:
    """Numbers that follow from released ones, a row each: `what` and `value`."""
    table, moduli, attention = printed("medians"), printed("moduli"), printed("attention")
    rho, steps = table["rho"], table["steps"]
    local = np.diff(np.log(steps)) / np.diff(rho)
    at = dict(zip(rho.tolist(), steps.tolist(), strict=True))
    slopes = [
        _slope([0.85, 1.0, 1.15], [moduli[name][row] for name in ("at_085", "at_100", "at_115")])
        for row in range(len(moduli["p"]))
        if moduli["arrived_085"][row]
    ]
    norms = {
        each: (printed("norms")["value"][kept], printed("norms")["norm"][kept])
        for each in ("fraction", "decay", "modulus")
        for kept in [printed("norms")["varied"] == each]
    }
    of_59 = float(moduli["free"][moduli["p"] == 59][0])
    shares = norms["fraction"][1]
    early = attention["rho"] <= MOST
    last = np.diff(np.log(attention["steps"]))[-1] / np.diff(attention["rho"])[-1]
    found = {
        "slope of the nine medians": _slope(rho, steps),
        "R squared of the nine medians": explained({"rho": rho}, np.log(steps)),
        "slope up to 1.15": _slope(rho[rho <= MOST], steps[rho <= MOST]),
        "slope from 1.15 on": _slope(rho[rho >= MOST], steps[rho >= MOST]),
        "largest over smallest slope of neighbours": float(local.max() / local.min()),
        "slope per unit of norm": _slope(rho, steps) / 54.51,
        "held at 1 over free, p = 59": at[1.0] / 5128,
        "held at 1 over free, p = 59, the other 12 seeds": float(
            moduli["at_100"][moduli["p"] == 59][0] / of_59
        ),
        "least slope of a modulus": min(slopes),
        "greatest slope of a modulus": max(slopes),
        "least share that arrives at 0.85": float(moduli["arrived_085"].min() / 12),
        "variation of the norm over fractions": float(shares.std(ddof=1) / shares.mean()),
        "norm at decay 0.3 over that at 3": float(norms["decay"][1][-1] / norms["decay"][1][0]),
        "exponent of the norm in p": float(
            np.polyfit(np.log(norms["modulus"][0]), np.log(norms["modulus"][1]), 1)[0]
        ),
        "slope of attention up to 1.15": _slope(attention["rho"][early], attention["steps"][early]),
        "last slope of attention": float(last),
    }
    return in_columns({"what": what, "value": value} for what, value in found.items())


def _slope(rho: Any, steps: Any) -> float:
    return float(np.polyfit(rho, np.log(steps), 1)[0])


# ------------------------------------------------------------------------------ networks


@gp.measure("logit_scale")
def logit_scale(network: Any, task: Any, samples: Any) -> Any:
    """Root mean square of training logits about the mean of each sample."""
    logits = network(samples.train.inputs)
    return jnp.sqrt(((logits - logits.mean(axis=1, keepdims=True)) ** 2).mean())


def network(settings: Settings, seed: int, rho: float | None, temperature: float) -> gp.RunSpec:
    """The paper's MLP without its biases; its norm held at rho times the published one."""
    group = gp.Group(learning_rate=1e-3, weight_decay=1.0, beta1=0.9, beta2=0.999, epsilon=1e-8)
    recipe = gp.Recipe(
        embedding=group,
        decoder=group,
        loss="cross-entropy",
        steps=settings["steps"],
        thresholds=gp.Thresholds(train_accuracy=0.99, validation_accuracy=0.9, rule=">="),
        evaluate_every=settings["every"],
        record_every=settings["every"],
        temperature=temperature,
        measures=(logit_scale,),
    )
    spec = gp.run_spec(
        gp.task("modular-addition", p=settings["p"]),
        gp.MLP(
            dimension=128,
            widths=(256,),
            activation="gelu",
            biases="none",
            initialization="normal",
        ),
        recipe,
        split=gp.Split(fraction=settings["fraction"]),
        seed=seed,
    )
    if rho is None:
        return spec
    times = rho * settings["norm"] / _norm(spec.initial_network())
    held = gp.training.replace(spec, "recipe.held_norm", times)
    found: gp.RunSpec = gp.training.replace(held, "recipe.held_from", HELD_FROM)
    return found


def _norm(weights: Any) -> float:
    leaves = jax.tree.leaves(eqx.filter(weights, eqx.is_array))
    return float(np.sqrt(sum((np.asarray(leaf, np.float64) ** 2).sum() for leaf in leaves)))


def held(settings: Settings) -> Runs:
    """Norms that are held, at the temperature 1; and the least of them with a colder softmax."""
    arms = [(rho, 1.0) for rho in settings["rho"]]
    arms += [(settings["rho"][0], temperature) for temperature in settings["temperatures"]]
    for rho, temperature in arms:
        for seed in range(settings["seeds"]):
            labels = {"rho": rho, "temperature": temperature}
            yield labels, network(settings, seed, rho, temperature)


def free(settings: Settings) -> Runs:
    """Networks whose norm is left alone."""
    for seed in range(settings["seeds"]):
        yield {}, network(settings, seed, None, 1.0)


def learning(given: Given) -> Table:
    """The usual table, with curves of both accuracies: none after a run has ended."""
    usual = usual_table(given.runs, "train_accuracy", "validation_accuracy")
    steps = max((run.record.curves["step"] for run in given.runs), key=len)
    return {**usual, "step": [steps] * len(given.runs)}


def times(given: Given) -> Table:
    """The usual table, with the published median of each norm and the scale of logits.

    Returns:
        Also `norm_at_end` and `target`, the norm that is held; `published`, of the temperature 1;
        `scale`, the root mean square of training logits over the temperature, in the mean over rows
        from the step on from which the norm is held; and the curves `weight_norm` and
        `validation_accuracy`.
    """
    known = dict(zip(printed("medians")["rho"], printed("medians")["steps"], strict=True))
    rows = []
    for run in given.runs:
        rho, temperature = run.labels["rho"], run.labels["temperature"]
        curves = run.record.curves
        late = curves["step"] >= HELD_FROM
        rows.append(
            {
                "norm_at_end": float(curves["weight_norm"][-1]),
                "target": rho * given.settings["norm"],
                "published": float(known[rho]) if temperature == 1 and rho in known else None,
                "scale": float(curves["logit_scale"][late].mean()) / temperature,
            }
        )
    usual = usual_table(given.runs, "weight_norm", "validation_accuracy")
    return {**usual, **in_columns(rows)}


def by_seed(data: Mapping[str, Mapping[str, Any]]) -> Table:
    """What norm and temperature do to the runs of each seed, a row a seed.

    Returns:
        `recovered`: of the time that a norm of 1 takes more than the least norm, the part that the
        colder softmax takes more at the least norm; `by_scale` and `by_norm`, R squared of ln T on
        the logarithm of the scale of logits and on rho over all runs of the seed, and
        `more_by_norm`, how much rho adds to the scale. None where a run did not arrive.
    """
    table = data["held"]
    rows = []
    for seed in sorted(set(table["seed"])):
        at = [row for row, of in enumerate(table["seed"]) if of == seed]
        steps, rho, cold, scale = (
            np.array([table[name][row] for row in at], float)
            for name in ("validation_step", "rho", "temperature", "scale")
        )
        if np.isnan(steps).any():
            rows.append({"seed": seed})
            continue
        least, full = ((rho == value) & (cold == 1) for value in (rho.min(), 1.0))
        colder = cold == cold.min()
        by_scale = explained({"scale": np.log(scale)}, np.log(steps))
        both = explained({"scale": np.log(scale), "rho": rho}, np.log(steps))
        rows.append(
            {
                "seed": seed,
                "recovered": float(
                    (steps[colder][0] - steps[least][0]) / (steps[full][0] - steps[least][0])
                ),
                "by_scale": by_scale,
                "by_norm": explained({"rho": rho}, np.log(steps)),
                "more_by_norm": both - by_scale,
            }
        )
    return in_columns(rows)
