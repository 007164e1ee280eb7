"""Bessel functions and Airy's Ai, in double precision from their series and integrals; no tables.

Small arguments: the power series.  Large ones: the asymptotic series.  Between: the recurrence downward (J, Y), or an
integral whose trapezoidal sum converges geometrically (K, Ai).  As in torch, only i0, i0e, i1, i1e have gradients.
"""
from __future__ import annotations

import functools
import math
from typing import Any, Callable

import numpy as np

from ..engine.op import numpy_face, op, to_float
from ..engine.tensor import plain, tensor_of
from ._numeric import horner, wide
from ._shared import inplace_functions, refusing

__all__ = ["i0"]

EULER = 0.5772156649015329
ROOT_PI = math.sqrt(math.pi)


def split(x: Any, edges: tuple[float, ...], pieces: tuple[Callable, ...]) -> Any:
    """pieces[i](x) where x lies between edges[i - 1] and edges[i]; nan where x is nan."""
    y = np.full(x.shape, np.nan)
    place = np.searchsorted(edges, x)
    for i, piece in enumerate(pieces):
        here = (place == i) & ~np.isnan(x)
        if here.any():
            y[here] = piece(x[here])
    return y


@functools.lru_cache(maxsize=None)
def _power_coefficients(order: int, count: int, sign: int, weight: str = "") -> tuple[float, ...]:
    """sign^k / (k! (k + order)!), times psi(k + 1) + psi(k + order + 1) on request: the series in (x / 2)^2."""
    harmonic = [sum(1 / j for j in range(1, k + 1)) for k in range(count + order)]
    weights = [harmonic[k] + harmonic[k + order] - 2 * EULER if weight else 1.0 for k in range(count)]
    return tuple(weights[k] * sign ** k / (math.factorial(k) * math.factorial(k + order)) for k in range(count))


@functools.lru_cache(maxsize=None)
def _hankel(order: int, count: int) -> tuple[float, ...]:
    """a_k = (mu - 1)(mu - 9) ... (mu - (2k - 1)^2) / (k! 8^k), mu = 4 order^2: the asymptotic series in 1 / x."""
    a = [1.0]
    for k in range(1, count):
        a.append(a[-1] * (4 * order * order - (2 * k - 1) ** 2) / (8 * k))
    return tuple(a)


# ------------------------------------------------------------------ I

_I_FAR = 20.0


def _i_near(order: int, x: Any) -> Any:
    return (x / 2) ** order * horner(_power_coefficients(order, 44, 1), x * x / 4)


def _i_far_scaled(order: int, x: Any) -> Any:
    signed = tuple(a * (-1) ** k for k, a in enumerate(_hankel(order, 32)))
    return horner(signed, 1 / x) / np.sqrt(2 * math.pi * x)


def _scaled_i(order: int, x: Any) -> Any:
    """exp(-|x|) I(x)."""
    y = split(np.absolute(x), (_I_FAR,), (lambda x: _i_near(order, x) * np.exp(-x),
                                          lambda x: _i_far_scaled(order, x)))
    return np.copysign(y, x) if order else y


def _i(order: int, x: Any) -> Any:
    def far(x: Any) -> Any:
        half = np.exp(x / 2)  # exp(x) alone overflows a little before I does
        return half * _i_far_scaled(order, x) * half
    y = split(np.absolute(x), (_I_FAR,), (lambda x: _i_near(order, x), far))
    return np.copysign(y, x) if order else y


# ------------------------------------------------------------------ K

def _k_near(order: int, x: Any) -> Any:
    """K(x) for 0 <= x <= 2: the power series and its logarithm."""
    square, log = x * x / 4, np.log(x / 2)
    series = horner(_power_coefficients(order, 16, 1, "psi"), square) / 2
    if order == 0:
        return series - log * _i_near(0, x)
    return 1 / x + np.where(x > 0, log * _i_near(1, x) - x / 2 * series, 0)


def k_far_scaled(order: float, x: Any) -> Any:
    """exp(x) K(x) = the integral over t > 0 of exp(-x (cosh t - 1)) cosh(order t), for x >= 1 or so."""
    step = np.minimum(.2, .72 / np.sqrt(x))
    total = np.full_like(x, .5)
    for k in range(1, 30):
        t = k * step
        total += np.exp(-2 * x * np.sinh(t / 2) ** 2) * np.cosh(order * t)
    return np.where(np.isinf(x), 0, total * step)


def _k(order: int, x: Any) -> Any:
    return split(x, (-1e-320, 2.0), (lambda x: np.full_like(x, np.nan), lambda x: _k_near(order, x),
                                     lambda x: k_far_scaled(order, x) * np.exp(-x)))


def _scaled_k(order: int, x: Any) -> Any:
    return split(x, (-1e-320, 2.0), (lambda x: np.full_like(x, np.nan), lambda x: _k_near(order, x) * np.exp(x),
                                     lambda x: k_far_scaled(order, x)))


# ------------------------------------------------------------------ J and Y

_J_NEAR, _J_FAR = 2.0, 25.0


def _j_near(order: int, x: Any) -> Any:
    return (x / 2) ** order * horner(_power_coefficients(order, 14, -1), x * x / 4)


def _y_near(order: int, x: Any) -> Any:
    series = (x / 2) ** order * horner(_power_coefficients(order, 14, -1, "psi"), x * x / 4)
    return 2 / math.pi * np.log(x / 2) * _j_near(order, x) - series / math.pi - (2 / math.pi / x if order else 0)


def _recurrence(x: Any) -> dict[str, Any]:
    """J0, J1, Y0, Y1 for 2 <= x <= 25, from J_70 = 0 downward (J. C. P. Miller); Y from Neumann's series in J."""
    above, here = np.zeros_like(x), np.full_like(x, 1e-200)
    norm, even, odd = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for n in range(70, 0, -1):  # `here` is J_n, but for a common factor
        k = n // 2
        if n % 2 == 0:
            norm += 2 * here
            even += (-1) ** k / k * here
        elif k:
            odd += (-1) ** k * n / (k * (k + 1)) * here
        above, here = here, 2 * n / x * here - above
    norm += here
    j0, j1, even, odd = here / norm, above / norm, even / norm, odd / norm
    log = np.log(x / 2) + EULER
    return {"J0": j0, "J1": j1, "Y0": (2 * log * j0 - 4 * even) / math.pi,
            "Y1": (2 * (log - 1) * j1 - 2 * odd - 2 / x * j0) / math.pi}


def _oscillating(order: int, x: Any, second: bool) -> Any:
    """J (or the second kind, Y) for x > 25, from Hankel's expansion."""
    a, inverse = _hankel(order, 26), -1 / (x * x)
    p, q = horner(a[::2], inverse), horner(a[1::2], inverse) / x
    sin, cos = np.sin(x), np.cos(x)
    c, s = (cos + sin, sin - cos) if order == 0 else (sin - cos, -(sin + cos))  # of x - (order / 2 + 1 / 4) pi
    return ((p * s + q * c) if second else (p * c - q * s)) / np.sqrt(math.pi * x)


def _j(order: int, x: Any) -> Any:
    y = split(np.absolute(x), (_J_NEAR, _J_FAR), (
        lambda x: _j_near(order, x), lambda x: _recurrence(x)[f"J{order}"], lambda x: _oscillating(order, x, False)))
    return y * np.sign(x) if order else y


def _y(order: int, x: Any) -> Any:
    return split(x, (-1e-320, _J_NEAR, _J_FAR), (
        lambda x: np.full_like(x, np.nan), lambda x: np.where(x == 0, -np.inf, _y_near(order, x)),
        lambda x: _recurrence(x)[f"Y{order}"], lambda x: _oscillating(order, x, True)))


# ------------------------------------------------------------------ Airy

_AI_0, _AI_SLOPE = 0.355028053887817239260, -0.258819403792806798405


def _airy_near(x: Any) -> Any:
    """Maclaurin's series, for -4 <= x <= 1.5."""
    cube = x * x * x
    f, g, a, b = np.ones_like(x), x.copy(), np.ones_like(x), x.copy()
    for k in range(1, 26):
        a = a * cube / ((3 * k - 1) * (3 * k))
        b = b * cube / ((3 * k) * (3 * k + 1))
        f += a
        g += b
    return _AI_0 * f + _AI_SLOPE * g


def _airy_right(x: Any) -> Any:
    zeta = 2 / 3 * x * np.sqrt(x)
    return np.sqrt(x / 3) / math.pi * k_far_scaled(1 / 3, zeta) * np.exp(-zeta)


def _airy_integral(x: Any) -> Any:
    """1 / pi times the integral of exp(i (s^3 / 3 + x s)) over s > 0, shifted up where it falls as a Gaussian."""
    rise, step = .7, .1
    total = np.zeros_like(x)
    for k in range(-75, 76):
        s = complex(k * step, rise)
        total += np.exp(1j * (s * s * s / 3 + x * s)).real
    return total * step / (2 * math.pi)


@functools.lru_cache(maxsize=None)
def _airy_coefficients(count: int) -> tuple[float, ...]:
    u = [1.0]
    for k in range(1, count):
        u.append(u[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)))
    return tuple(u)


def _airy_left(x: Any) -> Any:
    """For x < -10."""
    zeta = 2 / 3 * -x * np.sqrt(-x)
    u, inverse = _airy_coefficients(24), -1 / (zeta * zeta)
    p, q = horner(u[::2], inverse), horner(u[1::2], inverse) / zeta
    return (np.sin(zeta + math.pi / 4) * p - np.cos(zeta + math.pi / 4) * q) / (ROOT_PI * (-x) ** .25)


def _airy(x: Any) -> Any:
    return np.where(np.isinf(x), np.nan, split(x, (-10.0, -4.0, 1.5), (
        _airy_left, _airy_integral, _airy_near, _airy_right)))


def _spherical_j0(x: Any) -> Any:
    return np.where(x == 0, 1, np.where(np.isinf(x), 0, np.sin(x) / np.where(x == 0, 1, x)))


# ------------------------------------------------------------------ the ops

@op(lambda g, y, x: g * i1(x),  # type: ignore[has-type]
    inplace=True, promote=refusing("c", "i0_vml_cpu", to_float))
def i0(input: Any) -> Any:
    """The modified Bessel function of the first kind and order 0.  As torch.i0."""
    return wide(lambda x: _i(0, x), input)


@op(lambda g, y, x: g * (i1e(x) - np.sign(x) * y),  # type: ignore[has-type]
    name="special_i0e", node="SpecialI0EBackward0", method=False,
    promote=refusing("c", "i0e_cpu", to_float))
def i0e(input: Any) -> Any:
    """exp(-|input|) i0(input).  As torch.special.i0e."""
    return wide(lambda x: _scaled_i(0, x), input)


def _off_zero(x: Any, slope: Any) -> Any:
    """The slope of I1 and of its scaled form: 1/2 at zero (and at nan, as in torch)."""
    return np.where(np.absolute(x) > 0, slope, .5)


def _not_zero(x: Any) -> Any:
    return np.where(np.absolute(x) > 0, x, 1)


@op(lambda g, y, x: g * _off_zero(x, i0(x) - y / _not_zero(x)), name="special_i1", method=False,
    promote=refusing("c", "i1_cpu", to_float))
def i1(input: Any) -> Any:
    """The modified Bessel function of the first kind and order 1.  As torch.special.i1."""
    return wide(lambda x: _i(1, x), input)


@op(lambda g, y, x: g * _off_zero(x, i0e(x) - y * np.sign(x) - y / _not_zero(x)), name="special_i1e",
    node="SpecialI1EBackward0", method=False, promote=refusing("c", "i1e_cpu", to_float))
def i1e(input: Any) -> Any:
    """exp(-|input|) i1(input).  As torch.special.i1e."""
    return wide(lambda x: _scaled_i(1, x), input)


numpy_face(np.i0)(i0)


def no_gradient(name: str, fn: Callable, doc: str) -> Callable:
    """An op of torch.special that torch does not differentiate: what it returns never requires grad."""
    run = op(name=f"special_{name}", names=("input",), method=False, promote=refusing("ch", f"{name}_cpu", to_float))(
        lambda input: wide(fn, input))

    def call(input: Any, *, out: Any = None) -> Any:
        return run(tensor_of(plain(input)), out=out)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{doc}  Without gradient, as torch.special.{name}."
    return call


def _orders(fn: Callable, order: int) -> Callable:
    return functools.partial(fn, order)


_FIRST, _SECOND = "The Bessel function of the first kind", "The Bessel function of the second kind"
_MODIFIED = "The modified Bessel function of the {} kind and order {}"
bessel_j0, bessel_j1 = (no_gradient(f"bessel_j{n}", _orders(_j, n), f"{_FIRST} and order {n}.") for n in (0, 1))
bessel_y0, bessel_y1 = (no_gradient(f"bessel_y{n}", _orders(_y, n), f"{_SECOND} and order {n}.") for n in (0, 1))
modified_bessel_i0, modified_bessel_i1 = (no_gradient(
    f"modified_bessel_i{n}", _orders(_i, n), _MODIFIED.format("first", n) + ".") for n in (0, 1))
modified_bessel_k0, modified_bessel_k1 = (no_gradient(
    f"modified_bessel_k{n}", _orders(_k, n), _MODIFIED.format("second", n) + ".") for n in (0, 1))
scaled_modified_bessel_k0, scaled_modified_bessel_k1 = (no_gradient(
    f"scaled_modified_bessel_k{n}", _orders(_scaled_k, n), _MODIFIED.format("second", n) + ", times exp(input).")
    for n in (0, 1))
airy_ai = no_gradient("airy_ai", _airy, "Airy's function Ai.")
spherical_bessel_j0 = no_gradient("spherical_bessel_j0", _spherical_j0, "sin(input) / input, 1 at 0.")

globals().update(inplace_functions(__all__, "i0"))
