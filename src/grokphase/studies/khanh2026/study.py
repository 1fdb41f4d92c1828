"""What follows from printed tables, and what norms of networks do after memorization."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import grokphase as gp
from grokphase.errors import GrokphaseError
from grokphase.studies import Given, in_columns, usual_table
from grokphase.studies.published import published
from grokphase.theory.contraction import contraction, decay_rate
from grokphase.theory.delay import norm_delay

if TYPE_CHECKING:
    from grokphase.studies.given import Trained

Settings = Mapping[str, Any]
Runs = Iterator[tuple[dict[str, Any], gp.RunSpec]]
Table = dict[str, list[Any]]

FITTED: Final = 1.45e-3  # the upper end of the rates printed
DECAY: Final = 2e-3  # 2 eta lambda of the sweep of the modulus
WINDOW: Final = 100  # steps after memorization, of a forecast
DRAWN: Final = 60  # points of a curve that is drawn


def printed(name: str) -> Mapping[str, Any]:
    """The columns of a printed table."""
    return published(Path(__file__).parent, name).columns


# ------------------------------------------------------------------------------ printed tables


def moduli_printed(_: Given) -> Table:
    """The sweep of the modulus: what the printed norms say of the delay, by rate of contraction."""
    table = printed("moduli")
    ratio = np.log(table["v_mem"] / table["v_post"])
    return in_columns(
        {
            **{name: float(column[row]) for name, column in table.items()},
            "difference": float(table["generalized"][row] - table["memorized"][row]),
            "log_ratio": float(ratio[row]),
            "by_fitted_rate": float(ratio[row] / FITTED),
            "by_decay_alone": float(ratio[row] / DECAY),
            "escape_over_delay": float(table["escape"][row] / table["delay"][row]),
        }
        for row in range(len(ratio))
    )


def sweeps_printed(_: Given) -> Table:
    """Times against weight decay and learning rate, and as the law has them from one on."""
    rows = []
    for of, usual in (("decay", 1.0), ("rate", 1e-3)):
        table = printed(f"{of}s")
        # Of decay 2, three of ten runs arrive, and after 40,000 steps: another regime.
        kept = (table["steps"] > 0) & ((of == "rate") | (table[of] < 2))
        at_usual = float(table["steps"][table[of] == usual][0])
        for x, steps in zip(table[of][kept], table["steps"][kept], strict=True):
            inverse = at_usual * usual / float(x)
            rows.append({"of": of, "x": float(x), "steps": float(steps), "inverse": inverse})
    return in_columns(rows)


def consequences(_: Given) -> Table:
    """Numbers that follow from printed ones, a row each: `what` and `value`."""
    decays, rates, moduli = printed("decays"), printed("rates"), printed("moduli")
    numbers = printed("numbers")
    said = dict(zip(numbers["quantity"], numbers["value"], strict=True))
    spread = dict(zip(numbers["quantity"], numbers["spread"], strict=True))
    usual = (decays["grokked"] == 10).nonzero()[0]
    all_came = rates["grokked"] == 5
    rho, fits = "rho of V after memorization", "R squared of the exponential fits of ten runs"
    gamma = said["gamma of V after memorization"]
    least = [
        said[fits] - spread[fits],
        said["R squared of the exponential fits of multiplication at least"],
    ]
    of_ratio = said["Pearson correlation with the logarithm of the norm ratio"]
    explained = [said["R squared against the weight decay"]]
    explained += [said["R squared against the learning rate"], of_ratio**2]
    ratio = np.log(moduli["v_mem"] / moduli["v_post"])
    means = np.log(decays["v_mem"][usual] / decays["v_post"][usual])
    at_two = decays["decay"] == 2
    over = moduli["escape"] / moduli["delay"]
    found = {
        "slope of steps against decay": _slope(decays["decay"][usual], decays["steps"][usual]),
        "slope of steps against rate": _slope(rates["rate"], rates["steps"]),
        "slope of steps against rate, but for 1e-4": _slope(
            rates["rate"][all_came], rates["steps"][all_came]
        ),
        "largest over smallest steps times decay": _ratio(
            decays["decay"][usual] * decays["steps"][usual]
        ),
        "largest over smallest steps times rate": _ratio(rates["rate"] * rates["steps"]),
        "largest over smallest rescaled delay": _ratio(decays["rescaled"][usual]),
        "printed log ratio less that of the means": float(
            np.abs(decays["log_ratio"][usual] - means).max()
        ),
        "gamma over eta lambda": gamma / (DECAY / 2),
        "gamma over 2 eta lambda": gamma / DECAY,
        "variation of gamma": spread[rho] / gamma,
        "variation of rho": spread[rho] / said[rho],
        "least R squared of exponential fits": min(least),
        "least R squared of the three predictions": min(explained),
        "correlation of delay and log ratio": float(np.corrcoef(moduli["delay"], ratio)[0, 1]),
        "norm at decay 2 before over after": float(
            (decays["v_mem"][at_two] / decays["v_post"][at_two])[0]
        ),
        "least escape time over delay": float(over.min()),
        "largest over smallest escape time over delay": _ratio(over),
        "longest mean over the budget": float(rates["steps"].max() / said["budget in steps"]),
    }
    return in_columns({"what": what, "value": value} for what, value in found.items())


def _slope(x: Any, y: Any) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _ratio(values: Any) -> float:
    return float(values.max() / values.min())


# ------------------------------------------------------------------------------ networks


def network(settings: Settings, seed: int, **changes: Any) -> gp.RunSpec:
    """A transformer of one layer on modular addition; `changes` of p, rate, decay or optimizer."""
    of = {**settings, **changes}
    group = gp.Group(
        learning_rate=of["rate"], weight_decay=of["decay"], beta1=0.9, beta2=0.999, epsilon=1e-8
    )
    if of.get("optimizer", "adamw") == "sgd":
        group = gp.Group(learning_rate=of["rate"], weight_decay=of["decay"], beta1=0.0)
    recipe = gp.Recipe(
        optimizer=of.get("optimizer", "adamw"),
        embedding=group,
        decoder=group,
        loss="cross-entropy",
        batch=of["batch"] or None,
        steps=of["steps"],
        thresholds=gp.Thresholds(train_accuracy=0.99, validation_accuracy=0.99),
        record_every=of["every"],
        evaluate_every=of["every"],
    )
    return gp.run_spec(
        gp.task("modular-addition", p=of["p"]),
        gp.Transformer(width=of["width"], mlp=4 * of["width"]),
        recipe,
        split=gp.Split(fraction=of["fraction"]),
        seed=seed,
    )


def decays(settings: Settings) -> Runs:
    """Weight decays at which networks generalize, and some that are too small or too large."""
    for which in ("decays", "little", "much"):
        for decay in settings[which]:
            for seed in range(settings["seeds"]):
                yield (
                    {"decay": decay, "which": which},
                    network(settings, seed, decay=decay),
                )


def rates(settings: Settings) -> Runs:
    """Learning rates."""
    for rate in settings["rates"]:
        for seed in range(settings["seeds"]):
            yield {"rate": rate}, network(settings, seed, rate=rate)


def moduli(settings: Settings) -> Runs:
    """Moduli, at one share of the pairs."""
    for p in settings["moduli"]:
        for seed in range(settings["seeds"]):
            yield {"p": p}, network(settings, seed, p=p)


def optimizers(settings: Settings) -> Runs:
    """AdamW and SGD with the same numbers."""
    for optimizer in ("adamw", "sgd"):
        for seed in range(settings["seeds"]):
            yield {"optimizer": optimizer}, network(settings, seed, optimizer=optimizer)


def contractions(given: Given) -> Table:
    """The usual table, and what the squared norm V does between the two accuracies.

    Returns:
        Of each run `v_mem`, `v_post` (at the last step), `log_ratio` and `falls`; of its path from
        memorization on `gamma`, `r_squared`, `bend` (rate of the second half over the first),
        `over_eta_lambda` and `over_decay` (gamma in units of eta lambda and of twice that), and
        `gamma_window` of the first 100 steps; and, of runs with a delay, `error_...`: the size of
        forecast over delay less 1, with V at the end given, by `fitted` rate, `window`,
        `eta_lambda` and `decay`. The curve `squares` over `step`.
    """
    rows = [_contraction(run) for run in given.runs]
    last = max(run.record.steps_trained for run in given.runs)
    steps = np.unique(np.linspace(0, last, DRAWN).round())
    squares = [_squares(run, steps) for run in given.runs]
    step = [steps.tolist()] * len(squares)
    return {**usual_table(given.runs), **in_columns(rows), "step": step, "squares": squares}


def _squares(run: Trained, steps: np.ndarray) -> list[float | None]:
    """The squared norm at these steps, between recorded rows linearly; none after the run's end."""
    step, norm = (np.asarray(run.record.curves[name], float) for name in ("step", "weight_norm"))
    values = np.interp(steps, step, norm**2, right=np.nan)
    return [None if math.isnan(value) else value for value in values.tolist()]


def _contraction(run: Trained) -> dict[str, Any]:
    record, spec = run.record, run.spec
    step, norm = (np.asarray(record.curves[name], float) for name in ("step", "weight_norm"))
    names = [*("v_mem", "v_post", "log_ratio", "falls", "gamma", "r_squared", "bend")]
    names += ["over_eta_lambda", "over_decay", "gamma_window"]
    if record.train_step is None:
        return dict.fromkeys(names)
    before = math.exp(np.interp(record.train_step, step, np.log(norm)))
    after = float(norm[-1])
    group: Any = spec.recipe.decoder  # type: ignore[union-attr]
    alone = decay_rate(group.learning_rate, group.weight_decay)
    found: dict[str, Any] = {
        "v_mem": before**2,
        "v_post": after**2,
        "log_ratio": 2 * math.log(before / after),
        "falls": before > after,
    }
    rates = {"eta_lambda": alone / 2, "decay": alone}
    try:
        path = contraction(step, norm, begin=record.train_step)
        window = contraction(step, norm, begin=record.train_step, window=WINDOW)
    except GrokphaseError:  # a run that ends within two rows of memorization
        pass
    else:
        found |= {
            "gamma": path.rate,
            "r_squared": path.r_squared,
            "bend": path.halves[1] / path.halves[0],
            "over_eta_lambda": 2 * path.of_decay(group.learning_rate, group.weight_decay),
            "over_decay": path.of_decay(group.learning_rate, group.weight_decay),
            "gamma_window": window.rate,
        }
        rates |= {"fitted": path.rate, "window": window.rate}
    if record.validation_step is not None and record.validation_step > record.train_step:
        delay = record.validation_step - record.train_step
        for name, rate in rates.items():
            found[f"error_{name}"] = abs(float(norm_delay(before, after, rate)) / delay - 1)
    return {**dict.fromkeys(names), **found}
