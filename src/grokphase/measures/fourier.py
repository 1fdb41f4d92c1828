"""The Fourier transform of functions on Z_p, in real numbers."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from grokphase.errors import GrokphaseError
from grokphase.measures.arrays import as_array


def fourier_basis(p: int) -> Float[np.ndarray, "p p"]:
    """The orthonormal real Fourier basis of functions on Z_p, a function a row.

    Row 0 is the constant `1 / sqrt(p)`; rows 2 k - 1 and 2 k are `sqrt(2 / p) cos(2 pi k x / p)`
    and `sqrt(2 / p) sin(2 pi k x / p)` for k = 1 ... (p - 1) / 2. If p is even, the last row is
    `(-1)^x / sqrt(p)`, frequency p / 2, which has no sine.

    Args:
        p: the modulus, 2 or more; it need not be a prime.

    Returns:
        F of shape (p, p) in double precision, with `F F^T = 1`.

    Raises:
        GrokphaseError: p is below 2, or no whole number.

    Example:
        >>> basis = fourier_basis(5)
        >>> bool(np.allclose(basis @ basis.T, np.eye(5)))
        True

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4 and appendix on Fourier transforms.
    """
    if not isinstance(p, int | np.integer) or p < 2:
        raise GrokphaseError(f"p = {p} cannot be a modulus here; give 2 or more symbols.")
    x = np.arange(p)
    basis = np.full((p, p), 1 / np.sqrt(p))
    for k in range(1, (p - 1) // 2 + 1):
        # k x modulo p first: the angle stays small and its cosine exact.
        angle = 2 * np.pi * (k * x % p) / p
        basis[2 * k - 1], basis[2 * k] = np.sqrt(2 / p) * np.array([np.cos(angle), np.sin(angle)])
    if p % 2 == 0:
        basis[-1] = (-1.0) ** x / np.sqrt(p)
    return basis


def fourier(values: Float[Array, "p ..."], axes: int = 1) -> Float[Array, "p ..."]:
    """The coefficients of values on Z_p, or on Z_p x Z_p, in the basis of `fourier_basis`.

    `c_j = sum_x F_jx v_x` along the first axis and, with `axes=2`, along the second as well. The
    sum of squares stays what it is (Parseval).

    Args:
        values: (p, ...), an embedding (p, d) for example; with `axes=2` (p, p, ...), neurons or
            logits over (a, b).
        axes: 1 or 2, how many leading axes are transformed.

    Returns:
        Of the same shape and unit; entry 0 is the constant, 2 k - 1 and 2 k cosine and sine of
        frequency k.

    Raises:
        GrokphaseError: there are not so many axes of one length.

    Example:
        >>> wave = jnp.cos(2 * jnp.pi * 2 * jnp.arange(7) / 7)
        >>> [round(float(c), 4) for c in abs(fourier(wave))]  # sqrt(7 / 2) at the cosine of k = 2
        [0.0, 0.0, 0.0, 1.8708, 0.0, 0.0, 0.0]

    Source: Nanda et al. (2023), arXiv:2301.05217, section 4.
    """
    values = jnp.asarray(as_array(values, "values"))
    if axes not in (1, 2) or values.ndim < axes or len(set(values.shape[:axes])) != 1:
        raise GrokphaseError(
            f"values of shape {values.shape} have no Fourier transform along axes={axes}: write "
            "axes=1 for (p, ...) and axes=2 for (p, p, ...), such as logits.reshape(p, p, -1)."
        )
    found: Array = _transform(values, axes)
    return found


def spectrum(values: Float[Array, "p ..."]) -> Float[Array, "frequencies ..."]:
    """The power of each frequency: the squares of its cosine and its sine together.

    Independent of shifts `x -> x + s` of the symbols; `x -> m x` moves what is at frequency m k to
    frequency k. With `jnp.sqrt(spectrum(E).sum(axis=1))` an embedding has the norms that the
    papers draw.

    Args:
        values: (p, ...), an embedding (p, d) for example.

    Returns:
        (p // 2 + 1, ...) in the square of their unit: the constant, then k = 1 ... p // 2; their
        sum is `sum_x v_x^2`.

    Raises:
        GrokphaseError: the values are no array of numbers, of two symbols or more.

    Example:
        >>> wave = jnp.cos(2 * jnp.pi * 2 * jnp.arange(7) / 7 + 0.3)
        >>> [round(float(power), 4) for power in spectrum(wave)]
        [0.0, 0.0, 3.5, 0.0]

    Source: Nanda et al. (2023), arXiv:2301.05217, Figure 3.
    """
    powers: Array = _powers(fourier(values))
    return powers


# Compiled as one each: on their own, the operations take longer to compile than to run.


@partial(jax.jit, static_argnames="axes")
def _transform(values: Array, axes: int) -> Array:
    # At full precision also where a device would round products to fewer digits.
    basis = jnp.asarray(fourier_basis(values.shape[0]), jnp.result_type(values, jnp.float32))
    found = jnp.tensordot(basis, values, 1, precision="highest")
    if axes == 2:
        found = jnp.moveaxis(jnp.tensordot(basis, found, ((1,), (1,)), precision="highest"), 0, 1)
    return found


@jax.jit
def _powers(coefficients: Array) -> Array:
    power = coefficients**2
    p = power.shape[0]
    paired = power[1 : p - (p % 2 == 0)]
    sums = paired.reshape(-1, 2, *power.shape[1:]).sum(axis=1)
    return jnp.concatenate([power[:1], sums, power[1 + len(paired) :]])
