"""Networks in equilibrium, sampled by Langevin dynamics, beside what the action says of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from grokphase.studies import Given, in_columns
from grokphase.tasks import stream
from grokphase.theory.first_order import OVERLAPS, PolynomialTeacher

Settings = Mapping[str, Any]
Table = dict[str, list[Any]]

PLANTED = 8  # one neuron in so many begins along the teacher, where that is the start
EDGES = np.arange(0.0, 1.65, 0.1)  # of the histogram of overlaps
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
LEAST = 0.01  # of a bin that is looked at as a second mode


class Weights(NamedTuple):
    """Those of a network in units of their prior deviations: (d, N) and (N,)."""

    first: jax.Array
    out: jax.Array


class Seen(NamedTuple):
    """Of each neuron of a network that was sampled: w . w*, |w|^2 and a, (samples, N) each."""

    overlap: Any
    length: Any
    out: Any


def network_of(settings: Settings, ridge: float) -> PolynomialTeacher:
    """A small network with the action of the published one at a ridge.

    Scaling brings it to d and n; k times the neurons then keep the action with the ridge and
    sigma_a^2 over k, and bring single neurons nearer to their mean field.
    """
    published = PolynomialTeacher(ridge=ridge)
    scaled = published.scaled(
        settings["samples"] / published.samples,
        (settings["dimensions"] / published.dimensions) ** 2,
    )
    wider = settings["neurons"] / scaled.neurons
    return replace(
        scaled,
        neurons=settings["neurons"],
        ridge=scaled.ridge / wider,
        output_variance=scaled.output_variance / wider,
    )


@partial(jax.jit, static_argnames=("count", "apart"))
def chain(
    start: Weights,
    key: jax.Array,
    data: tuple[jax.Array, jax.Array],
    numbers: tuple[float, float, float, float],
    *,
    count: int,
    apart: int,
) -> Seen:
    """Langevin dynamics of all weights; what is seen of a network every so many steps.

    In units of the prior d theta = -(theta + grad L) dt + sqrt(2) dB, L being the sum of squared
    errors over twice the ridge. The kick of a step is the mean of its own and of the last one: an
    equilibrium that is exact where forces are linear, and off by dt^2 elsewhere (Leimkuhler and
    Matthews 2013, doi:10.1093/amrx/abs010).
    """
    inputs, answers = data
    ridge, first, out, step = numbers

    def loss(weights: Weights) -> jax.Array:
        outputs = jax.lax.erf(inputs @ (first * weights.first)) @ (out * weights.out)
        return ((outputs - answers) ** 2).sum() / (2 * ridge)

    def kick(key: jax.Array) -> Weights:
        keys = jax.random.split(key)
        drawn = [jax.random.normal(key, of.shape) for key, of in zip(keys, start, strict=True)]
        return Weights(*drawn)

    def moved(state: tuple[Weights, Weights], key: jax.Array) -> tuple[Any, None]:
        weights, last = state
        slope, new = jax.grad(loss)(weights), kick(key)
        weights = jax.tree.map(
            lambda one, down, a, b: one - step * (one + down) + jnp.sqrt(step / 2) * (a + b),
            *(weights, slope, last, new),
        )
        return (weights, new), None

    def seen(state: tuple[Weights, Weights], key: jax.Array) -> tuple[Any, Seen]:
        state, _ = jax.lax.scan(moved, state, jax.random.split(key, apart))
        weights = state[0]
        vectors = first * weights.first
        return state, Seen(vectors[0], (vectors**2).sum(axis=0), out * weights.out)

    begin, rest = jax.random.split(key)
    found: Seen = jax.lax.scan(seen, (start, kick(begin)), jax.random.split(rest, count))[1]
    return found


def sampled(network: PolynomialTeacher, settings: Settings, seed: int, start: str) -> Seen:
    """Networks in equilibrium with one training set, the first part of the chain left out.

    The teacher is along the first dimension. A chain begins with weights of the prior, or with some
    neurons planted along the teacher besides.
    """
    sizes = (network.dimensions, network.neurons, network.samples)
    dimensions, neurons, samples = (round(size) for size in sizes)
    inputs = stream(seed, "inputs").standard_normal((samples, dimensions))
    along = inputs[:, 0]
    answers = along + network.cubic * (along**3 - 3 * along)
    random = stream(seed, f"weights {start}")
    first = random.standard_normal((dimensions, neurons))
    out = random.standard_normal(neurons)
    deviations = (
        math.sqrt(network.weight_variance / network.dimensions),
        math.sqrt(network.output_variance / network.neurons),
    )
    if start == "planted":
        planted = slice(0, neurons // PLANTED)
        first[0, planted] = 1 / deviations[0]
        out[planted] = np.abs(out[planted])
    found = chain(
        Weights(jnp.asarray(first, jnp.float32), jnp.asarray(out, jnp.float32)),
        jax.random.key(int(random.integers(2**31)), impl="threefry2x32"),
        (jnp.asarray(inputs, jnp.float32), jnp.asarray(answers, jnp.float32)),
        (network.ridge, *deviations, settings["step"]),
        count=settings["steps"] // settings["apart"],
        apart=settings["apart"],
    )
    begin = settings["left_out"] // settings["apart"]
    return Seen(*(np.asarray(of, float)[begin:] for of in found))


def left(seen: Seen, cubic: float) -> tuple[float, float]:
    """b and c, what networks leave of both parts over the population, in the mean over samples.

    Of a neuron that puts out erf(w . x) the linear part is (2 / sqrt pi) Phi / sqrt k and the cubic
    one -(2 / sqrt pi) 2 Phi^3 / (6 k^(3/2)), with k = 1 + 2 |w|^2.
    """
    scale = 1 + 2 * seen.length
    of_linear = 2 / np.sqrt(np.pi) * seen.overlap / np.sqrt(scale)
    of_cubic = -of_linear * seen.overlap**2 / scale / 3
    return (
        float(1 - (seen.out * of_linear).sum(axis=1).mean()),
        float(cubic - (seen.out * of_cubic).sum(axis=1).mean()),
    )


class Expected(NamedTuple):
    """What the action says of neurons that have settled: b, c, and shares of overlaps by bins."""

    linear: float
    cubic: float
    shares: Any


@lru_cache
def expected(network: PolynomialTeacher, free: bool) -> Expected:
    """By the density of all neurons, the length of weights across the teacher held, or free."""
    linear, cubic = network.discrepancies(free=free)
    density = network.density(linear, cubic, free=free).sum(axis=0)
    shares, _ = np.histogram(OVERLAPS, bins=EDGES, weights=density)
    return Expected(linear, cubic, shares)


def sampled_beside_action(given: Given) -> Table:
    """What sampled networks leave and where their neurons are, beside the action of each ridge.

    `nearest_is_own` says whether of all ridges the density at the one that was sampled is nearest to
    the overlaps: the others are the wrong temperature.
    """
    settings, rows = given.settings, []
    seeds = range(settings["seeds"])
    for ridge, seed, start in itertools.product(settings["ridges"], seeds, ("prior", "planted")):
        network = network_of(settings, ridge)
        seen = sampled(network, settings, seed, start)
        linear, cubic = left(seen, network.cubic)
        shares = np.histogram(np.abs(seen.overlap), bins=EDGES)[0] / seen.overlap.size
        free, held = expected(network, free=True), expected(network, free=False)
        apart = {
            each: distance(shares, expected(network_of(settings, each), free=True).shares)
            for each in settings["ridges"]
        }
        rows.append(
            {
                "ridge": ridge,
                "seed": seed,
                "start": start,
                "linear": linear,
                "cubic": cubic,
                "overlap": MIDDLES,
                "shares": shares,
                **{f"{name}_free": value for name, value in free._asdict().items()},
                **{f"{name}_held": value for name, value in held._asdict().items()},
                "linear_over_free": linear / free.linear,
                "linear_over_held": linear / held.linear,
                "cubic_over_free": cubic / free.cubic,
                "cubic_over_held": cubic / held.cubic,
                "apart_free": distance(shares, free.shares),
                "apart_held": distance(shares, held.shares),
                "nearest_is_own": min(apart, key=apart.__getitem__) == ridge,
                "valley": valley(shares),
            }
        )
    return in_columns(rows)


def distance(shares: Any, others: Any) -> float:
    """The share of neurons that would have to move to make one histogram the other."""
    return float(np.abs(np.asarray(shares) - np.asarray(others)).sum() / 2)


def valley(shares: Any) -> float:
    """The least bin of a histogram before a later one, over that one: below 1 between two modes.

    Of all later bins that hold a hundredth or more the one with the smallest ratio; 1 where shares
    only fall.
    """
    found = np.asarray(shares, float)
    later = found >= LEAST
    return float((np.minimum.accumulate(found)[later] / found[later]).min(initial=1.0))
