"""Arithmetic with one rounding, and the C library's functions: what bit-exact draws are made of.

NumPy has no fused multiply-add, and its vectorised log, sin and cos may differ from the C library's in the last bit of
a float64.  Both decide whether a number drawn here is the number torch draws.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

__all__ = ["fma32", "fma64", "libm"]


def fma32(x: np.ndarray, w: float, a: float) -> np.ndarray:
    """x*w + a with one rounding, as float32.

    Args:
        x: float64, holding float32 values; it is overwritten.
        w, a: float32 values.
    """
    total = np.multiply(x, w, out=x) if a == 0 else x * w  # 24 bits times 24 bits: exact in float64
    total += a
    if a != 0:
        # The sum was rounded to 53 bits and will be rounded to 24. Rounding twice differs from rounding once only
        # where the first result lies exactly between two float32 and is itself not exact.
        middle = (total.view(np.int64) & 0x1FFFFFFF) == 0x10000000
        if np.count_nonzero(middle):
            total[middle] = _nudged(x[middle] * w, a, total[middle])
    return total.astype(np.float32)


def _nudged(product: np.ndarray, a: float, total: np.ndarray) -> np.ndarray:
    """`total` = rounded product + a, moved one bit towards the exact sum where it is not exact."""
    error = _sum_error(product, a, total)
    return np.where(error == 0, total, np.nextafter(total, np.copysign(np.inf, error)))


def _sum_error(a: np.ndarray, b: np.ndarray | float, total: np.ndarray) -> np.ndarray:
    """a + b - total, exactly, for total = a + b rounded (Knuth's two-sum)."""
    part = total - a
    return (a - (total - part)) + (b - part)


def fma64(x: np.ndarray, w: float, a: float) -> np.ndarray:
    """x*w + a with one rounding, float64.

    The exact product is a sum of two numbers (Dekker 1971); the three terms are added with one rounding by rounding
    the small part to odd (Boldo and Melquiond 2008).
    """
    if a == 0 or w == 1 or not (math.isfinite(w) and math.isfinite(a)):
        return x * w + a  # only one of the two steps rounds
    if max(abs(w), abs(a)) > 2.0**900:  # the splitting below would overflow
        return fma64(x, w * 2.0**-200, a * 2.0**-200) * 2.0**200
    product = x * w
    x_high, w_high = _upper_half(x), _upper_half(w)
    x_low, w_low = x - x_high, w - w_high
    low = ((x_high * w_high - product) + x_high * w_low + x_low * w_high) + x_low * w_low  # product + low is exact
    tail = low + a
    total = product + tail
    small_a, small_b = _sum_error(low, a, tail), _sum_error(product, tail, total)
    small = small_a + small_b
    error = _sum_error(small_a, small_b, small)
    even = (small.view(np.int64) & 1) == 0
    return total + np.where(even & (error != 0), np.nextafter(small, np.copysign(np.inf, error)), small)


def _upper_half(x):
    """The upper 26 bits of a float64 (Veltkamp), of an array or a number."""
    scaled = x * 134217729.0  # 2**27 + 1
    return scaled - (scaled - x)


def _over(function: Callable[[float], float]) -> Callable[[np.ndarray], np.ndarray]:
    def apply(x: np.ndarray) -> np.ndarray:
        return np.array([*map(function, x.tolist())])
    return apply


def _log(x: float) -> float:
    return math.log(x) if x else -math.inf  # math.log raises where C's log returns


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


#: The C library's functions over a flat float64 array, by NumPy's names. About 50 ns an element.
libm = SimpleNamespace(exp=_over(_exp), log=_over(_log), log1p=_over(math.log1p), sin=_over(math.sin),
                       cos=_over(math.cos), tan=_over(math.tan), sqrt=np.sqrt, ceil=np.ceil)
