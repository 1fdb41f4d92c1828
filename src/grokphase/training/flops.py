"""How many floating-point operations an update takes: counted, not measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, Final

import jax
import numpy as np

from grokphase.training.compilation import block_of
from grokphase.training.loop import Loop
from grokphase.training.prepared import Prepared


def update_flops(run: Prepared) -> float:
    """Operations of the matrix products and decompositions of one update of a run.

    A product of (m, k) with (k, n) has 2 m k n, a singular value decomposition of (m, n), m >= n,
    4 m^2 n + 8 m n^2 + 9 n^3, a QR decomposition 4 m n^2 - 4 n^3 / 3 with its Q. What is done for
    single numbers, such as Adam's division, is not counted, and neither is what is done at some
    steps only, such as an evaluation every ten.

    Args:
        run: one that is not evaluated at every step.

    Example:
        >>> import grokphase as gp
        >>> from grokphase.training.session import prepare
        >>> few = gp.Recipe(evaluate_every=10)
        >>> spec = gp.run_spec("sparse-parity", gp.MLP(None, (8,)), few, split=100)
        >>> update_flops(prepare(spec)) == 2 * 100 * (2 * 40 * 8 + 3 * 8 * 2)
        True

    Source: Golub and Van Loan 2013, Matrix Computations, sections 5.2.10 and 8.6.3.
    """
    loop = Loop(run.program, run.static, block_of(run.static))
    state = jax.eval_shape(loop.start, run.params, run.problem)
    traced = jax.make_jaxpr(loop.segment)(state, run.problem, np.int32(1))
    rows = _bodies(traced.jaxpr)[0]
    return _count(_bodies(rows)[0])


def _bodies(jaxpr: Any) -> list[Any]:
    """The bodies of loops that stand in a program, in their order."""
    found = []
    for equation in jaxpr.eqns:
        if equation.primitive.name == "while":
            found.append(equation.params["body_jaxpr"].jaxpr)
        elif (inner := equation.params.get("jaxpr")) is not None:
            found += _bodies(getattr(inner, "jaxpr", inner))
    return found


def _count(jaxpr: Any) -> float:
    total = 0.0
    for equation in jaxpr.eqns:
        name, params = equation.primitive.name, equation.params
        if name in _COUNTS:
            total += _COUNTS[name](equation)
        elif name == "scan":
            total += params["length"] * _count(params["jaxpr"].jaxpr)
        elif name == "while":  # of no known length: once
            total += _count(params["body_jaxpr"].jaxpr)
        elif name != "cond":
            inner = [params.get(key) for key in ("jaxpr", "call_jaxpr", "fun_jaxpr")]
            total += sum(_count(getattr(each, "jaxpr", each)) for each in inner if each is not None)
    return total


def _product(equation: Any) -> float:
    (contracted, _), _ = equation.params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    rows: int = prod(equation.outvars[0].aval.shape)
    inner: int = prod(shape[at] for at in contracted)
    return 2.0 * rows * inner


def _svd(equation: Any) -> float:
    *batch, rows, columns = equation.invars[0].aval.shape
    m, n = max(rows, columns), min(rows, columns)
    return float(prod(batch) * (4 * m * m * n + 8 * m * n * n + 9 * n**3))


def _qr(equation: Any) -> float:
    *batch, m, n = equation.invars[0].aval.shape
    return float(prod(batch) * (4 * m * n * n - 4 * n**3 / 3))


_COUNTS: Final[Mapping[str, Callable[[Any], float]]] = {
    "dot_general": _product,
    "svd": _svd,
    "qr": _qr,
}
