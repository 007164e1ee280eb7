"""Orthogonal polynomials by their recurrences: Chebyshev's of four kinds, Hermite's, Laguerre's, Legendre's.

The degree is a tensor too; a negative degree gives 0, a fractional one is cut.  As in torch, they have no gradient.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.op import op, to_common_float
from ..engine.tensor import plain, tensor_of
from ._shared import refusing, takes

__all__: list[str] = []


def recurrence(x: Any, n: Any, first: Any, step: Callable) -> Any:
    """p_n of p_0 = 1, p_1 = first, p_(k+1) = step(k, p_k, p_(k-1)), each element to its own degree."""
    here, above = np.ones_like(x), first
    found = np.where(n == 0, here, above)
    for k in range(1, int(n.max(initial=0))):
        here, above = above, step(k, above, here)
        found = np.where(n == k + 1, above, found)
    return np.where(n < 0, 0, found)


def chebyshev(first: Callable, direct: Callable, at_one: Callable, at_minus_one: Callable, start: int) -> Callable:
    """A Chebyshev polynomial: the recurrence p_(k+1) = 2 x p_k - p_(k-1); the formula in the angle for |x| < 1."""
    def value(x: Any, n: Any) -> Any:
        inside = (np.absolute(x) < 1) & (n > start)
        steps = np.where(inside | (np.absolute(x) == 1), 0, n)
        by_steps = recurrence(x, steps, first(x), lambda k, p, q: 2 * x * p - q)
        angle = np.arccos(np.where(inside, x, 0))
        y = np.where(inside, direct(x, n, angle), by_steps)
        y = np.where(x == 1, at_one(n), np.where(x == -1, at_minus_one(n), y))
        return np.where(n < 0, 0, y)
    return value


def _signed(n: Any, size: Any) -> Any:
    return np.where(n % 2 == 0, size, -size)


def _ratio(above: Any, below: Any, otherwise: Any) -> Any:
    return np.where(below == 0, otherwise, above / np.where(below == 0, 1, below))


def _second_kind(x: Any, n: Any, angle: Any) -> Any:
    return _ratio(np.sin((n + 1) * angle), np.sin(angle), n + 1)


chebyshev_t = chebyshev(lambda x: x, lambda x, n, a: np.cos(n * a), lambda n: 1, lambda n: _signed(n, 1), 6)
chebyshev_u = chebyshev(lambda x: 2 * x, _second_kind, lambda n: n + 1, lambda n: _signed(n, n + 1), 8)
chebyshev_v = chebyshev(lambda x: 2 * x - 1, lambda x, n, a: _ratio(np.cos((n + .5) * a), np.cos(a / 2), 0),
                        lambda n: 1, lambda n: _signed(n, 2 * n + 1), 8)
chebyshev_w = chebyshev(lambda x: 2 * x + 1, lambda x, n, a: _ratio(np.sin((n + .5) * a), np.sin(a / 2), 0),
                        lambda n: 2 * n + 1, lambda n: _signed(n, 1), 8)


def _shifted(fn: Callable) -> Callable:
    return lambda x, n: fn(2 * x - 1, n)


def _hermite(factor: int) -> Callable:
    """H (factor 2) and He (factor 1); beyond degree 512 every value overflows."""
    def value(x: Any, n: Any) -> Any:
        y = recurrence(x, np.minimum(n, 513), factor * x, lambda k, p, q: factor * (x * p - k * q))
        return np.where(n > 512, np.nan, y)
    return value


def _laguerre(x: Any, n: Any) -> Any:
    return recurrence(x, n, 1 - x, lambda k, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1))


def _legendre(x: Any, n: Any) -> Any:
    return recurrence(x, n, x, lambda k, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1))


def _polynomial(name: str, fn: Callable, title: str) -> Callable:
    """The function of torch.special: numbers or tensors x and n, in their common floating type."""
    def forward(input: Any, n: Any) -> Any:
        x, degree = np.broadcast_arrays(np.asarray(input), np.asarray(n))
        whole = np.trunc(np.where(np.isfinite(degree), degree, -1)).astype(np.int64)
        return np.asarray(fn(x.astype(np.float64), whole)).astype(x.dtype)

    run = op(name=f"special_{name}", names=("input", "n"), method=False,
             promote=takes(f"special_{name}", "either", refusing("ch", f"{name}_cpu", to_common_float)))(forward)

    def call(input: Any, n: Any, *, out: Any = None) -> Any:
        return run(tensor_of(plain(input)), tensor_of(plain(n)), out=out)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{title} of degree n.  Without gradient, as torch.special.{name}."
    return call


_KINDS = {"t": ("first", chebyshev_t), "u": ("second", chebyshev_u), "v": ("third", chebyshev_v),
          "w": ("fourth", chebyshev_w)}
chebyshev_polynomial_t, chebyshev_polynomial_u, chebyshev_polynomial_v, chebyshev_polynomial_w = (
    _polynomial(f"chebyshev_polynomial_{letter}", fn, f"The Chebyshev polynomial of the {kind} kind,")
    for letter, (kind, fn) in _KINDS.items())
(shifted_chebyshev_polynomial_t, shifted_chebyshev_polynomial_u, shifted_chebyshev_polynomial_v,
 shifted_chebyshev_polynomial_w) = (
    _polynomial(f"shifted_chebyshev_polynomial_{letter}", _shifted(fn), f"The Chebyshev polynomial of the {kind} kind "
                "in 2 input - 1,") for letter, (kind, fn) in _KINDS.items())
hermite_polynomial_h = _polynomial("hermite_polynomial_h", _hermite(2), "The physicists' Hermite polynomial")
hermite_polynomial_he = _polynomial("hermite_polynomial_he", _hermite(1), "The probabilists' Hermite polynomial")
laguerre_polynomial_l = _polynomial("laguerre_polynomial_l", _laguerre, "The Laguerre polynomial")
legendre_polynomial_p = _polynomial("legendre_polynomial_p", _legendre, "The Legendre polynomial")
