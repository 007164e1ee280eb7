"""The gamma function's family: lgamma, digamma, polygamma, zeta, mvlgamma, and the incomplete gamma functions.

Everything is computed in double precision from series: near 1 and 2 the Taylor series of log gamma, far to the right
Stirling's, with the recurrence between and the reflection formula on the left.
"""
from __future__ import annotations

import functools
import math
from typing import Any, Callable

import numpy as np

from ..engine.op import check_writable, method, op, to_common, to_common_float, to_float, write
from ..engine.tensor import Tensor
from ._numeric import horner, wide
from ._shared import no_slope, refusing, single, takes

__all__ = ["digamma", "igamma", "igammac", "lgamma", "mvlgamma", "polygamma"]

# lgamma(2 + z) = z * (1 - Euler's gamma - ...): (-1)^k (zeta(k) - 1) / k
_LGAMMA_AT_2 = (
    0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08,
    1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09,
    5.731367241678862e-10)
#: Bernoulli's numbers B_2, B_4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
_STIRLING = tuple(b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI[:8], 1))
_DIGAMMA = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI[:8], 1))
_FAR = 10  # from here on Stirling's series has all digits


# ------------------------------------------------------------------ lgamma

def _stirling_rest(x: Any) -> Any:
    """lgamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), for x >= 10."""
    return horner(_STIRLING, 1 / (x * x)) / x


def _raised(x: Any) -> tuple[Any, Any]:
    """(x + n, x (x + 1) ... (x + n - 1)) with the least n that brings x to 10 or beyond."""
    product = np.ones_like(x)
    while (low := x < _FAR).any():
        product = np.where(low, product * x, product)
        x = np.where(low, x + 1, x)
    return x, product


def _lgamma_far(x: Any) -> Any:
    """lgamma for x >= 2.5."""
    x, product = _raised(x)
    return (x * (np.log(x) - 1) - np.log(x) / 2 + _stirling_rest(x)) + (math.log(2 * math.pi) / 2 - np.log(product))


def _lgamma_right(x: Any) -> Any:
    """lgamma for x >= 1/2."""
    y = np.empty_like(x)
    near = x < 2.5
    if near.any():
        part = x[near]
        z = part - np.where(part < 1.5, 1, 2)
        y[near] = z * horner(_LGAMMA_AT_2, z) - np.where(part < 1.5, np.log1p(z), 0)
    if not near.all():
        y[~near] = _lgamma_far(x[~near])
    return y


def _sin_pi(x: Any) -> Any:
    """|sin(pi x)|, zero exactly at the integers."""
    return np.sin(math.pi * np.absolute(x - np.rint(x)))


def lgamma64(x: Any) -> Any:
    left = x < .5
    infinite = np.isinf(x)
    y = _lgamma_right(np.where(infinite, 1, np.where(left, 1 - x, x)))
    if left.any():
        y = np.where(left, np.log(math.pi / _sin_pi(x)) - y, y)
    return np.where(infinite, np.inf, y)


# ------------------------------------------------------------------ derivatives of lgamma

def digamma64(x: Any) -> Any:
    left = x < .5
    z = np.where(left, 1 - x, x)
    shift = np.zeros_like(z)
    while (low := z < _FAR).any():
        shift = np.where(low, shift + 1 / z, shift)
        z = np.where(low, z + 1, z)
    inverse = 1 / (z * z)
    y = np.log(z) - .5 / z - inverse * horner(_DIGAMMA, inverse) - shift
    if left.any():
        pole = np.where(x == 0, np.copysign(np.inf, -x), np.nan)
        part = x - np.rint(x)
        y = np.where(left, np.where(part == 0, pole, y - math.pi / np.tan(math.pi * part)), y)
    return y


def zeta64(s: Any, q: Any) -> Any:
    """Hurwitz' zeta function, the sum of (q + k)^-s, by the formula of Euler and Maclaurin."""
    total = np.zeros(s.shape)
    a = np.where(q > 0, q, np.where(q == np.floor(q), 1, q))
    steps = 0
    while steps < 9 or (a <= 9).any():
        low = (a <= 9) | (steps < 9)
        total = np.where(low, total + a ** -s, total)
        a = np.where(low, a + 1, a)
        steps += 1
    power = a ** -s
    total += a * power / (s - 1) + power / 2  # the integral, and half of its first term
    factor = s * power / a
    for k, b in enumerate(_BERNOULLI, 1):
        total += b / math.factorial(2 * k) * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (a * a)
    total = np.where((q <= 0) & (s != np.floor(s)), np.nan, total)
    total = np.where((q <= 0) & (q == np.floor(q)), np.inf, total)
    return np.where(s == 1, np.inf, np.where(s < 1, np.nan, np.where(np.isposinf(q), 0, total)))


def _trigamma64(x: Any) -> Any:
    right = zeta64(np.full_like(x, 2), np.where(x < .5, 1 - x, x))
    return np.where(x < .5, (math.pi / _sin_pi(x)) ** 2 - right, right)


def _polygamma64(n: int) -> Callable:
    if n == 0:
        return digamma64
    if n == 1:
        return _trigamma64
    scale = (-1) ** (n + 1) * math.exp(math.lgamma(n + 1))
    return lambda x: scale * zeta64(np.full_like(x, n + 1), x)


# ------------------------------------------------------------------ incomplete gamma functions

def _density(a: Any, x: Any) -> Any:
    """x^a exp(-x) / gamma(a + 1) for a, x > 0; no large numbers are subtracted where a is large."""
    ratio = (x - a) / a
    far = np.exp(a * (np.log1p(ratio) - ratio) - _stirling_rest(np.maximum(a, _FAR))) / np.sqrt(2 * math.pi * a)
    return np.where(a >= _FAR, far, np.exp(a * np.log(x) - x - _lgamma_right(np.minimum(a, _FAR) + 1)))


def _gammainc_series(a: Any, x: Any) -> Any:
    """P(a, x) = density * (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...), for x up to a + 1 or so."""
    term, total, n = np.ones_like(x), np.ones_like(x), 0
    while (term > 1e-17 * total).any() and n < 2000:
        n += 1
        term = term * x / (a + n)
        total += term
    return total * _density(a, x)


def _gammaincc_small(a: Any, x: Any) -> Any:
    """Q(a, x) = 1 - x^a / gamma(a + 1) * (1 + sum a (-x)^n / ((a + n) n!)), for x up to 1.1."""
    log_first = a * np.log(x) - np.where(
        a < .5, a * horner(_LGAMMA_AT_2, np.minimum(a, .5)) - np.log1p(a), _lgamma_right(np.maximum(a, .5) + 1))
    term, total = np.ones_like(x), np.zeros_like(x)
    for n in range(1, 24):
        term = -term * x / n
        total += a * term / (a + n)
    return -np.expm1(log_first) - np.exp(log_first) * total


def _gammaincc_fraction(a: Any, x: Any) -> Any:
    """Q(a, x) = density a / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)) by Lentz' method, for x > a + 1."""
    b = x + 1 - a
    c, d = np.full_like(x, 1e300), 1 / b
    h, n = d.copy(), 0
    change = np.zeros_like(x)
    while (np.absolute(change - 1) > 1e-16).any() and n < 500:
        n += 1
        top = -n * (n - a)
        b = b + 2
        d = 1 / (top * d + b)
        c = b + top / c
        change = c * d
        h = h * change
    return h * a * _density(a, x)


@functools.lru_cache(maxsize=None)
def _legendre(count: int) -> tuple[Any, Any]:
    """Nodes and weights of Gauss' quadrature on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def _gammainc_quadrature(a: Any, x: Any, upper: Any) -> Any:
    """Q (where `upper`) or P by quadrature from x outward to where the integrand has fallen by exp(-40) and more."""
    side = np.where(upper, 1.0, -1.0)
    slope = side * (1 - (a - 1) / x)
    length = a * (np.sqrt(slope * slope + 130 / a) - slope)
    length = np.where(upper, length, np.minimum(length, x))
    total = np.zeros_like(x)
    for node, weight in zip(*_legendre(64)):
        step = side * length * node
        total += weight * np.exp((a - 1) * np.log1p(step / x) - step)
    return total * length * _density(a, x) * a / x


_LARGE = 60  # from here on quadrature takes fewer steps than the series


def _gammainc_both(a: Any, x: Any) -> tuple[Any, Any]:
    """(P, Q), each accurate where it is small."""
    p, q = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    regular = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    large = regular & (a >= _LARGE)
    small_q = regular & ~large & (x <= 1.1) & (x > a)
    fraction = regular & ~large & ~small_q & (x > a + 1)
    series = regular & ~large & ~small_q & ~fraction
    if large.any():
        upper = x[large] > a[large]
        found = _gammainc_quadrature(a[large], x[large], upper)
        p[large], q[large] = np.where(upper, 1 - found, found), np.where(upper, found, 1 - found)
    for where, small, of_small, of_other in ((small_q, _gammaincc_small, q, p), (fraction, _gammaincc_fraction, q, p),
                                             (series, _gammainc_series, p, q)):
        if where.any():
            of_small[where] = small(a[where], x[where])
            of_other[where] = 1 - of_small[where]
    # at the ends torch looks at one argument only, and so a nan in the other goes unseen
    none = ((x == 0) & ~(a <= 0)) | (np.isposinf(a) & ~np.isposinf(x) & ~(x < 0))
    every = ((a == 0) & (x > 0)) | (np.isposinf(x) & ~(a < 0) & ~np.isposinf(a))
    return np.where(none, 0, np.where(every, 1, p)), np.where(none, 1, np.where(every, 0, q))


# ------------------------------------------------------------------ the ops

@op(lambda g, y, x: g * digamma(x),  # type: ignore[has-type]
    promote=refusing("c", "lgamma_vml_cpu", to_float), inplace=True)
def lgamma(input: Any) -> Any:
    """log |gamma(input)|.  As torch.lgamma."""
    return wide(lgamma64, input)


@op(lambda g, y, x: g * _polygamma(1, x),  # type: ignore[has-type]
    promote=refusing("c", "digamma", to_float), inplace=True)
def digamma(input: Any) -> Any:
    """The derivative of lgamma.  As torch.digamma."""
    return wide(digamma64, input)


def _to_float_second(arrays: list) -> None:
    second = arrays[1:]
    to_float(second)
    arrays[1:] = second


@op(None, lambda g, y, n, x: g * _polygamma(n + 1, x),  # type: ignore[has-type]
    name="polygamma", promote=_to_float_second, method=False)
def _polygamma(n: int, input: Any) -> Any:
    return wide(_polygamma64(n), input)


def polygamma(n: int, input: Any, *, out: Any = None) -> Tensor:
    """The n-th derivative of digamma, n >= 0.  As torch.polygamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return _polygamma(n, input, out=out)


@method("polygamma")
def _polygamma_method(self: Tensor, n: int) -> Tensor:
    """The n-th derivative of digamma, n >= 0."""
    return polygamma(n, self)


@method()
def polygamma_(input: Tensor, n: int) -> Tensor:
    """In-place version of `polygamma`."""
    check_writable(input)
    return write(input, polygamma(n, input))


def _multigamma_sum(fn: Callable, x: Any, p: int) -> Any:
    return functools.reduce(lambda total, k: total + fn(x - .5 * k), range(1, p), fn(x))


@op(lambda g, y, x, p: g * _multigamma_sum(digamma, x, p), promote=to_float, inplace=True)
def mvlgamma(input: Any, p: int) -> Any:
    """log of the p-dimensional gamma function: log(pi) p (p - 1) / 4 + sum over k < p of lgamma(input - k / 2).

    As torch.mvlgamma.
    """
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return single(lambda x: _multigamma_sum(lgamma, x, p) + p * (p - 1) / 4 * math.log(math.pi), input)


def _gamma_slope(g: Any, a: Any, x: Any) -> Any:
    return g * np.exp((a - 1) * np.log(x) - x - lgamma(a))


@op(no_slope("igamma: input"), lambda g, y, a, x: _gamma_slope(g, a, x), inplace=True,
    promote=takes("igamma", "both", refusing("biuc", "igamma_cpu", to_common)))
def igamma(input: Any, other: Any) -> Any:
    """P(a, x) = the integral of t^(a-1) exp(-t) from 0 to x, divided by gamma(a); a = input.  As torch.igamma."""
    return wide(lambda a, x: _gammainc_both(a, x)[0], input, other)


@op(no_slope("igammac: input"), lambda g, y, a, x: -_gamma_slope(g, a, x), inplace=True,
    promote=takes("igammac", "both", refusing("biuc", "igammac_cpu", to_common)))
def igammac(input: Any, other: Any) -> Any:
    """Q(a, x) = 1 - P(a, x).  As torch.igammac."""
    return wide(lambda a, x: _gammainc_both(a, x)[1], input, other)


@op(no_slope("zeta"), lambda g, y, s, q: -g * s * zeta(s + 1, q),  # type: ignore[has-type]
    name="special_zeta", method=False,
    promote=takes("special_zeta", "either", refusing("ch", "zeta_cpu", to_common_float)))
def zeta(input: Any, other: Any) -> Any:
    """Hurwitz' zeta function: the sum over k >= 0 of (other + k) ** -input.  As torch.special.zeta."""
    return wide(zeta64, input, other)
