"""Distributions drawn by trial and rejection: poisson, binomial, gamma, dirichlet.

How many words of the stream a number takes is known only afterwards, so these go one number after the other, in
float64.  What torch computes in the type of its input is computed in that type, for the whole array, before the loop.

Sources: Hoermann (1993), transformed rejection, for large rates and counts; Marsaglia and Tsang (2000) for gamma.
"""
from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .._types import is_floating, type_name
from .fills import unsupported
from .generator import Generator, source

__all__ = ["binomial", "poisson", "sample_dirichlet", "standard_gamma"]


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


# ------------------------------------------------------------------ poisson

def poisson(rate: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """How many events fall in a unit of time at `rate` >= 0, in the shape and type of `rate`.

    As torch.poisson.
    """
    if not is_floating(rate.dtype):
        raise unsupported("poisson_cpu", rate.dtype)
    if not (rate >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    uniform = source(generator).double
    counts = [_few_events(uniform, x) if x < 10 else _many_events(uniform, x)
              for x in rate.astype(np.float64).ravel().tolist()]
    return np.array(counts, np.float64).astype(rate.dtype).reshape(rate.shape)


def _few_events(uniform: Callable[[], float], rate: float) -> int:
    if rate == 0:
        return 0
    limit, count, product = math.exp(-rate), 0, uniform()
    while product > limit:
        count += 1
        product *= uniform()
    return count


def _many_events(uniform: Callable[[], float], rate: float) -> int:
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    log_inverse = math.log(1.1239 + 1.1328 / (b - 3.4))
    surely = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        distance = 0.5 - abs(u)
        if not distance:
            continue
        k = math.floor((2 * a / distance + b) * u + rate + 0.43)
        if distance >= 0.07 and v <= surely:
            return k
        if k < 0 or (distance < 0.013 and v > distance):
            continue
        if (_log(v) + log_inverse - math.log(a / (distance * distance) + b)
                <= -rate + k * math.log(rate) - math.lgamma(k + 1)):
            return k


# ------------------------------------------------------------------ binomial

def binomial(count: np.ndarray, prob: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """How many of `count` trials succeed with probability `prob`; the two broadcast and have one floating type.

    As torch.binomial.
    """
    for name, array in (("count", count), ("prob", prob)):
        if not is_floating(array.dtype):
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: "
                             f"{type_name(array.dtype)}")
    if count.dtype.itemsize == 2:
        raise unsupported("binomial_cpu", count.dtype)
    if count.dtype != prob.dtype:
        raise RuntimeError(f"Found dtype {type_name(prob.dtype)} but expected {type_name(count.dtype)}")
    n, p = np.broadcast_arrays(count, prob)
    shape, uniform = n.shape, source(generator).double
    n, p = n.ravel(), p.ravel()
    swapped = p > 0.5  # the rarer outcome is counted
    with np.errstate(all="ignore"):
        q = np.where(swapped, 1 - p, p)
        rows = zip(n.tolist(), p.tolist(), q.tolist(), swapped.tolist(), (n * q).tolist(),
                   np.sqrt(n * q * (1 - q)).tolist(), (q / (1 - q)).tolist(), np.floor((n + 1) * q).tolist())
    out = [_binomial(uniform, *row) for row in rows]
    return np.array(out, count.dtype).reshape(shape)


def _binomial(uniform: Callable[[], float], n: float, p: float, q: float, swapped: bool, mean: float,
              deviation: float, odds: float, mode: float) -> float:
    if not (n > 0 and p > 0):
        return 0.0 if n <= 0 or p <= 0 else math.nan
    if not p < 1:
        return n if p >= 1 else math.nan
    if mean >= 10:
        hits = _many_hits(uniform, n, q, mean, deviation, odds, mode)
    else:
        hits = _few_hits(uniform, n, q)
    return n - hits if swapped else hits


def _few_hits(uniform: Callable[[], float], n: float, q: float) -> float:
    scale, trials, hits = math.log1p(-q), 0.0, 0
    while True:
        trials += math.ceil(_log(uniform()) / scale)
        if trials > n:
            return hits
        hits += 1


def _many_hits(uniform: Callable[[], float], n: float, q: float, mean: float, deviation: float, odds: float,
               mode: float) -> float:
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * q
    center = mean + 0.5
    surely = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * deviation
    while True:
        u, v = uniform() - 0.5, uniform()
        distance = 0.5 - abs(u)
        if not distance:
            continue
        k = math.floor((2 * a / distance + b) * u + center)
        if distance >= 0.07 and v <= surely:
            return k
        if k < 0 or k > n:
            continue
        limit = ((mode + 0.5) * math.log((mode + 1) / (odds * (n - mode + 1)))
                 + (n + 1) * math.log((n - mode + 1) / (n - k + 1))
                 + (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
                 + _stirling(mode) + _stirling(n - mode) - _stirling(k) - _stirling(n - k))
        if _log(v * alpha / (a / (distance * distance) + b)) <= limit:
            return k


#: log k! minus Stirling's formula, for small k
_STIRLING = (0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
             0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287)


def _stirling(k: float) -> float:
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


# ------------------------------------------------------------------ gamma and dirichlet

def standard_gamma(alpha: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """Gamma distributed numbers of shape parameter `alpha` and scale 1.  As torch._standard_gamma."""
    if alpha.dtype not in (np.float32, np.float64):
        raise unsupported("gamma_cpu", alpha.dtype)
    values = _gammas(alpha, source(generator))
    return np.fmax(values.astype(alpha.dtype), np.finfo(alpha.dtype).smallest_normal)  # for nan, too


def _gammas(alpha: np.ndarray, numbers: Generator) -> np.ndarray:
    """Gamma distributed numbers, float64, in the order and shape of `alpha`."""
    kind = alpha.dtype.type
    flat = alpha.ravel()
    with np.errstate(all="ignore"):
        power = 1 / flat
        d = np.where(flat < 1, flat + 1, flat) - kind(np.float32(1 / 3))
    values = [_gamma(numbers, *row) for row in zip(flat.tolist(), power.tolist(), d.tolist())]
    return np.array(values, np.float64).reshape(alpha.shape)


_SQUEEZE = float(np.float32(0.0331))


def _gamma(numbers: Generator, alpha: float, power: float, d: float) -> float:
    if alpha == 0:
        return 0.0
    uniform, normal = numbers.double, numbers.normal
    scale = (1 - uniform()) ** power if alpha < 1 else 1.0
    c = 1 / math.sqrt(9 * d) if d > 0 else math.nan
    while True:
        y = 0.0
        while y <= 0:
            x = normal()
            y = 1 + c * x
        v, w, square = y * y * y, 1 - uniform(), x * x
        if w < 1 - _SQUEEZE * square * square or math.log(w) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


def sample_dirichlet(alpha: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """Points whose coordinates are positive and sum to 1 over the last axis, for concentrations `alpha` (*, K).

    As torch._sample_dirichlet; the sum that torch divides by may differ in the last bits of float64.
    """
    if alpha.dtype not in (np.float32, np.float64):
        raise unsupported("dirichlet", alpha.dtype)
    gammas = standard_gamma(alpha.astype(np.float64), generator)
    with np.errstate(invalid="ignore"):
        shares = (gammas / (gammas.sum(-1, keepdims=True) if alpha.ndim else gammas)).astype(alpha.dtype)
    one = alpha.dtype.type(1)
    return np.fmin(np.fmax(shares, np.finfo(alpha.dtype).smallest_normal), np.nextafter(one, 0 * one))
