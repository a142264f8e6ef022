"""Arithmetic whose results are the same bits on every machine.

IEEE 754 rounds each addition, multiplication, division and square root in one way, so those
stand here element by element. What a library may do in an order of its own (a sum, a matrix
product, an exponential) is either put into one order or done on numbers that no order rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
"""An array of float32; which arithmetic keeps so isn't told by numpy's types."""

STEPS = 255
"""What a row's largest activation is counted as."""
CHUNK = 512
"""So many products of a counted activation and an eight-bit weight add up exactly in float32:
512 * 255 * 127 < 2^24."""

_LN2 = np.float32(0.693147180559945309)
_LEAST = np.float32(-60)  # nothing near what some processors take for zero
_TAYLOR = [np.float32(1 / d) for d in (5040, 720, 120, 24, 6, 2, 1, 1)]
_ERF = [np.float32(c) for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]
_ERF_P = np.float32(0.3275911)
_GRID, _BOUND = 2.0**16, 127.0
"""Queries, keys and values are counted in 2^-16: a product of two within the bound has 46 bits,
and 128 of them add up within the 53 of a float64."""


def total(values: Floats) -> Floats:
    """The sums over the last axis, which stays: halves are added until one column is left."""
    while (width := values.shape[-1]) > 1:
        half = width // 2
        folded = values[..., :half] + values[..., half : 2 * half]
        if width % 2:
            folded[..., :1] += values[..., -1:]
        values = folded
    return values


def exp(x: Floats) -> Floats:
    """E to the power of values that aren't positive, by Taylor's polynomial within half of ln 2."""
    rest = np.maximum(x, _LEAST)
    halvings = np.rint(rest / _LN2)
    rest -= halvings * _LN2
    result = _polynomial(rest, _TAYLOR)
    result *= _power_of_two(halvings)
    return result


def _polynomial(x: Floats, coefficients: Sequence[np.float32]) -> Floats:
    """By Horner's rule, the highest power's coefficient first."""
    first, *others = coefficients
    result = x * first
    for coefficient in others[:-1]:
        result += coefficient
        result *= x
    result += others[-1]
    return result


def _power_of_two(exponents: Floats) -> Floats:
    """Of whole numbers from -126 to 127: they are a float32's exponent, counted from 127."""
    return ((exponents.astype(np.int32) + 127) << 23).view(np.float32)


def gelu(x: Floats) -> Floats:
    """X * (1 + erf(x / sqrt 2)) / 2; erf by Abramowitz and Stegun, formula 7.1.26."""
    size = np.abs(x)
    size *= np.float32(0.70710678118654752)
    t = size * _ERF_P
    t += np.float32(1)
    np.divide(np.float32(1), t, out=t)
    erf = _polynomial(t, _ERF)
    erf *= t
    np.multiply(size, -size, out=size)
    erf *= exp(size)
    np.subtract(np.float32(1), erf, out=erf)
    np.copysign(erf, x, out=erf)
    erf += np.float32(1)
    erf *= x
    erf *= np.float32(0.5)
    return erf


def product(rows: Floats, weights: Floats) -> Floats:
    """`rows @ weights`, whole-numbered weights of eight bits; the rows are counted in STEPS."""
    unit = np.maximum(np.abs(rows).max(-1, keepdims=True), np.float32(1e-12)) / np.float32(STEPS)
    counted = rows / unit
    np.rint(counted, out=counted)
    result: Floats = counted[:, :CHUNK] @ weights[:CHUNK]
    for at in range(CHUNK, len(weights), CHUNK):
        result += counted[:, at : at + CHUNK] @ weights[at : at + CHUNK]
    result *= unit
    return result


def attention(query: Floats, key: Floats, value: Floats) -> Floats:
    """Softmax of query by key, times value, each (heads, tokens, size)."""
    by = _counted(query) @ _counted(key).transpose(0, 2, 1)
    scores = (by / np.sqrt(query.shape[-1])).astype(np.float32)
    odds = exp(scores - scores.max(-1, keepdims=True))
    shares = odds / total(odds)
    return (_counted(shares) @ _counted(value)).astype(np.float32)


def _counted(values: Floats) -> NDArray[np.float64]:
    return np.rint(np.clip(values.astype(np.float64), -_BOUND, _BOUND) * _GRID) / _GRID
