"""Propositions, equations and worked examples of the paper, checked without training anything.

Each measurement enumerates or computes in float64 what the statement is about, so that it holds to
rounding or fails; where chance enters (random embeddings, random training sets) the draws are
fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from grokphase import theory
from grokphase.estimators.intervals import proportion, within
from grokphase.estimators.measured import Measured, Verdict
from grokphase.studies.claim import Claim
from grokphase.studies.figure import Data, Figure
from grokphase.tasks import Split, Task, task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grokphase.theory.conventions import Convention

_ROUNDING = 1e-9
_EXACT = "to rounding: a relative error below 1e-9"
_CHECK = "a theorem: the numbers check our code"
_DRAWS = 50
_ABELIAN = (
    *(f"C{order}" for order in range(2, 17)),
    *("C2xC2", "C2xC4", "C2xC2xC2", "C3xC3", "C2xC6", "C4xC4", "C2xC8", "C2xC2xC4", "C2xC2xC2xC2"),
)
"""All abelian groups of order 2 to 16, each once, as products of cyclic groups."""
_PRINTED_LIST = ((0, 4), (1, 3), (1, 5), (2, 4), (0, 2), (1, 1), (2, 4), (3, 3))
"""D1 ... D8 of Appendix C."""


def _exact(error: float, *, seeds: int = 0, note: str = "") -> Measured:
    """A relative error that must be rounding."""
    return Measured(error, _verdict(error < _ROUNDING), seeds=seeds, note=note)


def _verdict(holds: bool) -> Verdict:
    return "holds" if holds else "fails"


@lru_cache(maxsize=4)
def _addition(p: int = 10) -> Task:
    return task("addition", p=p)


def _training_sets(n: int, *, count: int = 30) -> list[NDArray[Any]]:
    return [Split(count=count).indices(_addition(), seed=seed)[0] for seed in range(n)]


def _embeddings(n: int, *, centred: bool) -> NDArray[np.float64]:
    """(n, 10, 1) random embeddings, as the networks' initial ones are."""
    drawn = np.random.default_rng(0).uniform(-0.5, 0.5, (n, 10, 1))
    return drawn - drawn.mean(axis=1, keepdims=True) if centred else drawn


def _of(pairs: tuple[tuple[int, int], ...], p: int) -> list[int]:
    """Indices of these samples in addition of p symbols."""
    every = _addition(p).inputs.tolist()
    return sorted({every.index(list(pair)) for pair in pairs})


# Section 3.1: representations


@lru_cache(maxsize=2)
def _zero_loss_cases(*, real: bool = False) -> tuple[int, int, int]:
    """Cases of zero loss, and those with a false parallelogram: trained, and of any samples.

    Every embedding of four symbols by the numbers 0 ... 3 (256 of them), or 50 random real ones,
    with 64 random training sets. A decoder of zero training loss exists if the best one, which
    answers the mean label of all training samples with one input, has none.
    """
    toy, random = _addition(4), np.random.default_rng(0)
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
    zero = squares - explained < _ROUNDING
    a, b = np.triu_indices(len(toy), k=1)
    false = same[:, a, b] & (toy.labels[a] != toy.labels[b])
    both = trained[:, a] & trained[:, b]
    in_training = (false[:, None, :] & both[None]).any(axis=2)
    return int(zero.sum()), int((zero & in_training).sum()), int((zero.T & false.any(1)).sum())


def _proposition_1(_: Mapping[str, Data]) -> Measured:
    cases, violated, _anywhere = _zero_loss_cases()
    note = f"Parallelograms of training samples, {cases:,} cases of zero loss enumerated (p = 4)."
    return Measured(violated, _verdict(violated == 0), note=note)


def _proposition_1_anywhere(_: Mapping[str, Data]) -> Measured:
    """A counterexample, the smallest there can be: two samples, one of them trained."""
    cases, _trained, violated = _zero_loss_cases()
    reals, _trained, at_random = _zero_loss_cases(real=True)
    note = (
        "D = {(0, 0)} and E_0 = E_1: the loss can be zero, and (0, 0, 0, 1) is a parallelogram. "
        "The proof needs both samples in the training set, and the proposition does not ask for "
        "it. "
        "How often is a matter of the embeddings that are looked at: in "
        f"{violated:,} of {cases:,} cases of zero loss with whole numbers from 0 to 3 (p = 4), in "
        f"{at_random} of {reals:,} with random real ones, of which no two sums coincide."
    )
    return Measured("a counterexample", _verdict(violated == 0), note=note)


def _random_quality(
    _: Mapping[str, Data], *, convention: Convention, delta: float | None
) -> Measured:
    from grokphase.studies.liu2022.accuracy import random_quality

    found = random_quality(convention, draws=400, delta=delta)
    none = int((found == 0).sum())
    interval = proportion(none, len(found))
    return Measured(
        none / len(found),
        within(interval, 0.95, 1),
        interval,
        seeds=len(found),
        note="" if delta == 0 else "70 parallelograms have 70 chances to be met by accident.",
    )


# Section 3.2: the effective theory


def _proposition_2(_: Mapping[str, Data]) -> Measured:
    toy = _addition()
    shown = implied = 0
    for train in _training_sets(_DRAWS, count=20):
        forced = {tuple(pair) for pair in theory.implied_parallelograms(toy, train).tolist()}
        own = {tuple(pair) for pair in theory.parallelograms(toy, train).tolist()}
        shown, implied = shown + len(own), implied + len(own & forced)
    note = "Of the parallelograms of P0(D), all must hold in every ground state of D."
    return Measured(f"{implied} of {shown}", _verdict(implied == shown), seeds=_DRAWS, note=note)


def _hessian_form(_: Mapping[str, Data]) -> Measured:
    toy, errors = _addition(), []
    for embedding, train in zip(_embeddings(20, centred=False), _training_sets(20), strict=True):
        left, right = toy.inputs[theory.parallelograms(toy, train)].transpose(1, 0, 2)
        sides = embedding[left].sum(axis=1) - embedding[right].sum(axis=1)
        written_out = (sides**2).sum() / len(sides) / (embedding**2).sum()
        hessian = theory.effective_hessian(toy, train, z0=float((embedding**2).sum()))
        errors.append(abs((embedding.T @ hessian @ embedding).item() / 2 / written_out - 1))
    return _exact(max(errors), seeds=20)


def _z0(_: Mapping[str, Data]) -> Measured:
    toy, rates = _addition(), []
    for embedding, train in zip(_embeddings(20, centred=False), _training_sets(20), strict=True):
        speed = theory.velocity(embedding, toy, train)
        size = np.linalg.norm(embedding) * np.linalg.norm(speed)
        rates.append(abs((embedding * speed).sum()) / size)
    return _exact(float(max(rates)), seeds=20, note="The cosine between R and dR/dt.")


def _centre_change(*, centred: bool) -> list[float]:
    """How much C changes until the slowest part has shrunk by e, in units of the root of p Z0."""
    toy, changes = _addition(), []
    sets = _training_sets(20, count=45)
    for embedding, train in zip(_embeddings(20, centred=centred), sets, strict=True):
        size = float((embedding**2).sum())
        rate = theory.grokking_rate(toy, train, z0=size).lambda3
        end = theory.flow(embedding, [1 / rate], toy, train)[0]
        changes.append(abs(float(end.sum() - embedding.sum())) / float(np.sqrt(10 * size)))
    return changes


def _centre(_: Mapping[str, Data]) -> Measured:
    found = float(np.median(_centre_change(centred=False)))
    note = (
        "Exactly dC/dt = 2 l0 C / Z0^2: Eq. 27 leaves out the second term of Eq. 25. C is "
        "conserved only if it is zero or at a ground state."
    )
    return _exact(found, seeds=20, note=note)


def _centre_of_centred(_: Mapping[str, Data]) -> Measured:
    return _exact(max(_centre_change(centred=True)), seeds=20)


def _linear_flow(_: Mapping[str, Data]) -> Measured:
    toy, errors, shapes = _addition(), [], []
    for embedding, train in zip(_embeddings(20, centred=True), _training_sets(20), strict=True):
        size = float((embedding**2).sum())
        true = theory.velocity(embedding, toy, train)
        printed = -theory.effective_hessian(toy, train, z0=size) @ embedding
        errors.append(float(np.linalg.norm(printed - true) / np.linalg.norm(true)))
        times = [10 * size, 100 * size]
        both = [
            theory.flow(embedding, times, toy, train, linear=linear) for linear in (False, True)
        ]
        unit = [path / np.linalg.norm(path, axis=1, keepdims=True) for path in both]
        shapes.append(float(np.abs(unit[0] - unit[1]).max()))
    found = float(np.median(errors))
    kept = max(shapes) < _ROUNDING
    note = (
        "Median relative error of dR/dt at random embeddings: the term that keeps Z0 is left out, "
        f"and R shrinks. Shapes {'agree' if kept else 'do not agree'} at all times, to rounding, "
        f"so normalised trajectories and lambda_3 are {'not ' if kept else ''}affected."
    )
    return _exact(found, seeds=20, note=note)


def _nullity(_: Mapping[str, Data]) -> Measured:
    sizes = range(3, 41)
    found = {theory.null_dimension(_addition(p)) for p in sizes}
    note = "For every p from 3 to 40."
    return Measured(", ".join(map(str, sorted(found))), _verdict(found == {2}), note=note)


def _at_least_two(_: Mapping[str, Data]) -> Measured:
    toy = _addition()
    counts = np.random.default_rng(0).integers(1, 55, _DRAWS)
    sets = [Split(count=int(n)).indices(toy, seed=seed)[0] for seed, n in enumerate(counts)]
    found = min(theory.null_dimension(toy, train) for train in sets)
    return Measured(found, _verdict(found >= 2), seeds=_DRAWS)


def _linear_ground_state(_: Mapping[str, Data]) -> Measured:
    toy, errors = _addition(), []
    line = np.stack([np.ones(10), np.arange(10.0)], axis=1)
    for train in _training_sets(_DRAWS):
        basis = theory.null_space(toy, train)
        if basis.shape[1] == 2:
            fitted = line @ np.linalg.lstsq(line, basis, rcond=None)[0]
            errors.append(float(np.abs(basis - fitted).max()))
    return _exact(max(errors), seeds=len(errors), note="Over random training sets with n0 = 2.")


def _half(_: Mapping[str, Data]) -> Measured:
    """n_h by Eqs. 42 and 43 over n_h by Eq. 5: 1 / lambda_3 of a loss divided by another's."""
    toy, ratios = _addition(), []
    for embedding, train in zip(_embeddings(20, centred=True), _training_sets(20), strict=True):
        left, right = toy.inputs[theory.parallelograms(toy, train)].transpose(1, 0, 2)
        squares = (embedding[left].sum(axis=1) - embedding[right].sum(axis=1)) ** 2
        size = float((embedding**2).sum())
        printed = float((squares / 2).mean()) / size
        hessian = theory.effective_hessian(toy, train, z0=size)
        ratios.append(0.5 * (embedding.T @ hessian @ embedding).item() / printed)
    note = "The 1/2 of U in Eq. 41 is not in Eq. 5: half the loss, half of lambda_3, and twice n_h."
    return Measured(float(np.mean(ratios)), _verdict(abs(np.mean(ratios) - 1) < 1e-9), note=note)


def _printed_deviation(_: Mapping[str, Data]) -> Measured:
    start = _embeddings(1, centred=False)[0]
    printed = ((start - start.mean()) ** 2).mean()
    spread = float(((start - start.mean()) / printed).std())
    note = "As printed it is a variance; the authors' code, and we, use the standard deviation."
    return Measured(spread, _verdict(abs(spread - 1) < _ROUNDING), note=note)


# Appendices


def _sum_form(_: Mapping[str, Data]) -> Measured:
    good = [name for name in _ABELIAN if _determined_by_sum(name)]
    note = (
        "phi: the tuple of exponents of the generators, as whole numbers; rho: remainders. Points "
        "on circles, phi a root of unity, would not do for even orders from 4 on: opposite points "
        "sum to zero wherever they are."
    )
    return Measured(
        f"{len(good)} of {len(_ABELIAN)} groups", _verdict(len(good) == len(_ABELIAN)), note=note
    )


def _determined_by_sum(name: str) -> bool:
    """Whether equal sums of exponents have equal products, in a group named "C2xC4"."""
    group = task(name)
    orders = [int(part[1:]) for part in name.split("x")]
    exponents = np.stack(np.unravel_index(np.arange(np.prod(orders)), orders), axis=1)
    sums = exponents[group.inputs].sum(axis=1)
    _, which = np.unique(sums, axis=0, return_inverse=True)
    seen = np.unique(np.stack([which.ravel(), group.labels], axis=1), axis=0)
    return len(seen) == len(np.unique(which))


def _not_abelian(_: Mapping[str, Data]) -> Measured:
    s3 = task("S3")
    table = {tuple(pair): label for pair, label in zip(s3.inputs.tolist(), s3.labels, strict=True)}
    differ = sum(table[a, b] != table[b, a] for a, b in table)
    note = "Ordered pairs of S3 with ab different from ba: one sum would need two answers."
    return Measured(f"{differ} of {len(table)}", _verdict(differ > 0), note=note)


def _derived(_: Mapping[str, Data]) -> Measured:
    toy, every = _addition(6), _addition(6).inputs.tolist()
    found = 0
    for shown, new in ((4, ([0, 5], [2, 3])), (6, ([3, 5], [4, 4]))):
        implied = theory.implied_parallelograms(toy, _of(_PRINTED_LIST[:shown], 6)).tolist()
        found += [every.index(pair) for pair in new] in implied
    return Measured(f"{found} of 2", _verdict(found == 2))


def _three(_: Mapping[str, Data]) -> Measured:
    found = theory.count(_addition(4))
    return Measured(found, _verdict(found == 3))


def _printed_order(_: Mapping[str, Data]) -> Measured:
    printed = ((0, 1, 1, 2), (0, 1, 2, 3), (1, 2, 2, 3))
    good = sum(i + j == m + n for i, j, m, n in printed)
    note = "Symbols are listed in ascending order there; Eq. 20 has the equations right."
    return Measured(f"{good} of 3", _verdict(good == 3), note=note)


def _ideal_of_four(_: Mapping[str, Data]) -> Measured:
    toy = _addition(4)
    train = _of(((0, 2), (1, 1), (0, 3), (1, 2), (1, 3), (2, 2)), 4)
    quality, left = theory.ideal_rqi(toy, train), theory.null_dimension(toy, train)
    return Measured(quality, _verdict(quality == 1 and left == 2))


def _features() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    random = np.random.default_rng(0)
    return random.standard_normal((30, 2)), random.integers(0, 4, 30)


def _image_gradient(_: Mapping[str, Data]) -> Measured:
    points, labels = _features()
    gradient = theory.image_loss(points, labels)[1]
    way = np.random.default_rng(1).standard_normal(points.shape)
    step = 1e-5
    ends = [theory.image_loss(points + sign * step * way, labels)[0] for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * step)
    # A central difference is good to the square of its step.
    error = abs(slope / float((gradient * way).sum()) - 1)
    return Measured(error, _verdict(error < 1e-7), note="Against a difference quotient.")


def _image_scale(_: Mapping[str, Data]) -> Measured:
    points, labels = _features()
    gradient = theory.image_loss(points, labels)[1]
    size = np.linalg.norm(points) * np.linalg.norm(gradient)
    return _exact(float(abs((points * gradient).sum()) / size))


def _image_sign(_: Mapping[str, Data]) -> Measured:
    points, labels = _features()
    loss, gradient = theory.image_loss(points, labels)
    up = theory.image_loss(points + 1e-4 * gradient, labels)[0] - loss
    rate = up / 1e-4 / float((gradient**2).sum())
    note = "Its second line moves features up the gradient. Z is conserved with either sign."
    return Measured(rate, _verdict(rate < 0), note=note)


def _pair() -> tuple[theory.Pair, NDArray[np.float64]]:
    random = np.random.default_rng(0)
    first = random.standard_normal(3)
    start = theory.Pair(random.standard_normal((4, 3)) / 2, np.zeros(4), first, -first)
    return start, random.standard_normal(4)


def _bias(_: Mapping[str, Data]) -> Measured:
    """The exponent of b(t) for one sample, A r ignored: the slope of -log(1 - b / y) at rate 1."""
    from scipy.integrate import solve_ivp

    solved = solve_ivp(lambda _, bias: 1 - bias, (0, 1), [0.0], rtol=1e-10, atol=1e-12)
    exponent = float(-np.log1p(-solved.y[0, -1]))
    note = (
        "In units of the decoder's learning rate. The printed 2 belongs to two samples with one "
        "label (Eq. 39)."
    )
    return Measured(exponent, _verdict(abs(exponent - 2) < 1e-6), note=note)


def _attraction(_: Mapping[str, Data]) -> Measured:
    start, label = _pair()
    times = np.linspace(0, 2, 9)
    still = theory.adiabatic_difference(start, times, embedding_rate=1.0)
    errors = []
    for rate in (2e-3, 1e-3):
        path = theory.pair_flow(start, label, times, decoder_rate=rate, embedding_rate=1.0)
        errors.append(float(np.abs(path.first - path.second - still).max()))
    note = (
        f"Error {errors[1]:.1e} at a decoder rate of 1e-3 of the embedding's, and twice that at "
        "2e-3: it vanishes with the rate."
    )
    return Measured(errors[0] / errors[1], _verdict(1.9 < errors[0] / errors[1] < 2.1), note=note)


def _opposite(_: Mapping[str, Data]) -> Measured:
    start, label = _pair()
    path = theory.pair_flow(start, label, [0, 1], decoder_rate=0.01, embedding_rate=1.0)
    drift = float(np.linalg.norm(path.first[1] + path.second[1]))
    size = float(np.linalg.norm(path.first[1] - path.second[1]))
    note = (
        "|r + r'| / |r - r'| at time 1, from r' = -r: both are pulled towards the label. What "
        "Eq. 40 says of the difference r - r' holds all the same."
    )
    return Measured(drift / size, _verdict(drift / size < _ROUNDING), note=note)


FIGURES: tuple[Figure, ...] = ()

_TOLERANCES: tuple[tuple[str, Convention, float | None, str], ...] = (
    ("zero", "paper", 0.0, "delta = 0, which section 3.1 allows"),
    ("code", "code", None, 'delta = 0.1 standard deviations, as the code ("code")'),
    ("paper", "paper", None, 'delta = 0.01, as Appendix E ("paper")'),
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "proposition-1",
        "Proposition 1",
        "At zero training loss, two training samples whose embeddings have one sum have one "
        "result.",
        "always",
        "no exception in an enumeration",
        (),
        _proposition_1,
        "with the condition of its proof, that both samples are trained; labels are distinct "
        f"random vectors; {_CHECK}",
        "variant",
    ),
    Claim(
        "proposition-1-any",
        "Proposition 1",
        "At zero training loss, any parallelogram of the representation, of whatever samples, has "
        "i + j = m + n.",
        "any parallelogram",
        "there is no counterexample",
        (),
        _proposition_1_anywhere,
        "as printed: without the condition that both samples are trained; delta = 0",
    ),
    *(
        Claim(
            f"random-rqi-{name}",
            "Section 3.1",
            "A random representation has RQI = 0 with high probability.",
            "high probability",
            "probability above 0.95 for ten normal numbers",
            (),
            partial(_random_quality, convention=convention, delta=delta),
            f"{words}; one dimension",
            "paper" if name == "zero" else "variant",
        )
        for name, convention, delta, words in _TOLERANCES
    ),
    Claim(
        "proposition-2",
        "Proposition 2",
        "An ideal model realises every parallelogram of its training set.",
        "all",
        "all of P0(D), for 50 random training sets of 20 samples",
        (),
        _proposition_2,
        _CHECK,
    ),
    Claim(
        "conserved-z0",
        "Eq. 6 and Appendix F",
        "The flow of the effective loss conserves Z0.",
        "conserved",
        _EXACT,
        (),
        _z0,
    ),
    Claim(
        "conserved-c",
        "Eq. 6 and Eq. 27",
        "The flow of the effective loss conserves C, the sum of all embeddings.",
        "conserved",
        "relative to the root of p Z0, " + _EXACT,
        (),
        _centre,
        "any initial embedding",
    ),
    Claim(
        "conserved-c-centred",
        "Eq. 6 and section 3.2",
        "The flow of the effective loss conserves C for normalised embeddings, where it is zero.",
        "conserved",
        "relative to the root of p Z0, " + _EXACT,
        (),
        _centre_of_centred,
        "embeddings of mean zero",
        kind="variant",
    ),
    Claim(
        "nullity",
        "Section 3.2",
        "All parallelograms of addition leave two degrees of freedom: Nullity(A(P0)) = 2.",
        "2",
        "exactly",
        (),
        _nullity,
    ),
    Claim(
        "nullity-of-training-set",
        "Section 3.2",
        "Every training set leaves at least two degrees of freedom: n0 >= 2.",
        ">= 2",
        "for 50 random training sets of random sizes (least n0 given)",
        (),
        _at_least_two,
        _CHECK,
    ),
    Claim(
        "linear-ground-state",
        "Section 3.2",
        "If n0 = 2, the ground states are the lines E_k = a + k b.",
        "E_k = a + k b",
        _EXACT,
        (),
        _linear_ground_state,
    ),
    Claim(
        "sigma",
        "Section 3.2",
        "Embeddings normalised by sigma_t as it is defined have unit variance.",
        "unit variance (Figure 4)",
        "standard deviation 1, " + _EXACT,
        (),
        _printed_deviation,
        "sigma_t = (1/p) sum |E_k - mu|^2, as printed",
        kind="misprint",
    ),
    Claim(
        "quadratic-form",
        "Eq. 8",
        "The effective loss is R^T H R / 2.",
        "equal",
        _EXACT,
        (),
        _hessian_form,
    ),
    Claim(
        "linear-flow",
        "Eq. 9",
        "The gradient flow of the effective loss is dR/dt = -H R.",
        "equal",
        _EXACT,
        (),
        _linear_flow,
        "Z0 as it is, not held constant in the gradient",
    ),
    Claim(
        "abelian-groups",
        "Appendix B",
        "Every finite abelian group has the form rho(phi(a) + phi(b)).",
        "all abelian groups",
        "sums determine products in all abelian groups of order 2 to 16",
        (),
        _sum_form,
    ),
    Claim(
        "non-abelian-groups",
        "this work (Appendix B and H)",
        "A group that is not abelian has no such form: S3 needs another operation in the decoder.",
        "another architecture for S3",
        "some ab differs from ba",
        (),
        _not_abelian,
        kind="ours",
    ),
    Claim(
        "derived-parallelograms",
        "Appendix C",
        "D1 ... D4 imply the parallelogram (0, 5, 2, 3), and D1 ... D6 that 4 is the middle of "
        "3 and 5.",
        "both implied",
        "both in P(D)",
        (),
        _derived,
    ),
    Claim(
        "three-parallelograms",
        "Eq. 19",
        "For p = 4 there are three parallelograms.",
        "3",
        "exactly",
        (),
        _three,
    ),
    Claim(
        "listed-parallelograms",
        "Eq. 19",
        "The elements of P0 as listed for p = 4 are parallelograms: i + j = m + n.",
        "all 3",
        "exactly",
        (),
        _printed_order,
        kind="misprint",
    ),
    Claim(
        "ideal-of-four",
        "Eq. 21",
        "The six samples of Eq. 21 imply all of P0, so that an ideal model has the linear "
        "structure.",
        "P(D) = P0",
        "ideal RQI = 1 and n0 = 2",
        (),
        _ideal_of_four,
    ),
    Claim(
        "image-gradient",
        "Eq. 33, line 1",
        "The gradient of the effective loss of images is 2/Z times the sum of f(x) - f(y) over the "
        "images y of the class of x, less 2 l f(x) / Z^2.",
        "as printed",
        "relative error below 1e-7",
        (),
        _image_gradient,
    ),
    Claim(
        "image-z",
        "Eq. 33",
        "The gradient flow of the effective loss of images conserves Z.",
        "conserved",
        _EXACT,
        (),
        _image_scale,
    ),
    Claim(
        "image-flow-sign",
        "Eq. 33, line 2",
        "Features that move by df/dt = + d l_eff / df, as printed, lower the loss.",
        "gradient descent",
        "the loss changes at a negative multiple of the squared gradient",
        (),
        _image_sign,
        kind="misprint",
    ),
    Claim(
        "bias-exponent",
        "Appendix L, below Eq. 37",
        "The bias learns as b(t) = (1 - exp(-2 eta_A t)) y when A r is ignored.",
        "2",
        "the exponent, to 1e-6",
        (),
        _bias,
        "one sample, as in Eq. 37",
        kind="misprint",
    ),
    Claim(
        "loss-of-appendix-l",
        "Appendix L, Eqs. 42 and 43",
        "The energy of Eq. 42 over Z0 is the effective loss of section 3.2, Eq. 5.",
        '"the effective loss we used in Section 3.2"',
        "n_h by either is the same (ratio 1), to rounding",
        (),
        _half,
        kind="misprint",
    ),
    Claim(
        "opposite-samples",
        "this work (Eq. 40)",
        "Two samples of one label that start at r' = -r stay so, which would make Eq. 40 one of r "
        "itself.",
        "r' = -r is set",
        _EXACT,
        (),
        _opposite,
        kind="ours",
    ),
    Claim(
        "adiabatic-limit",
        "Appendix L, the adiabatic limit",
        "With a slow decoder, two samples of one label attract each other by the linear force "
        "-A0^T A0 (r - r').",
        "f(r) proportional to r as eta_A -> 0",
        "the error is halved with eta_A (ratio between 1.9 and 2.1)",
        (),
        _attraction,
    ),
)
