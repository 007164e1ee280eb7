"""NumPy's spellings that stand apart: piecewise, unwrap, polynomials, and what is about numbers only."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._op import numpy_face, op
from .._tensor import plain, tensor_of

__all__: list[str] = []


@numpy_face(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function on the elements for which its condition holds; the last such wins.  As numpy.piecewise."""
    x, funcs = tensor_of(np.asarray(x)) if not isinstance(x, np.ndarray) else x, list(funclist)
    condlist = plain(condlist)
    if np.isscalar(condlist) or (not isinstance(condlist[0], (list, np.ndarray)) and x.ndim != 0):
        condlist = [condlist]
    conditions = np.asarray(condlist, dtype=bool)
    if len(funcs) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    elif len(funcs) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    y = tensor_of(np.zeros(x.shape, x.dtype))
    for condition, function in zip(conditions, funcs):
        if not callable(function):
            y[condition] = function
        elif condition.any():
            y[condition] = function(x[condition], *args, **kw)
    return y


@op(lambda g, y, p, discont, axis, period: g, register=False, method=False)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, period: float = 2 * np.pi) -> Any:
    """The correction is a multiple of the period, constant near p: the slope is one."""
    return np.unwrap(p, discont, axis, period=period)


@numpy_face(np.unwrap)
def _unwrap_face(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Takes out jumps of more than half a period.  As numpy.unwrap."""
    return _unwrap(p, discont, axis, period)


# ------------------------------------------------------------------ polynomials, highest power first

def _coefficients(p: Any) -> Any:
    return np.atleast_1d(p if isinstance(p, np.ndarray) else np.asarray(p))


def _same_length(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _coefficients(a), _coefficients(b)
    n = max(len(a), len(b))
    return tuple(p if len(p) == n else np.concatenate((np.zeros(n - len(p), p.dtype), p))
                 for p in (a, b))  # type: ignore[return-value]


def _trimmed(p: Any) -> Any:
    p = _coefficients(p)
    nonzero = np.flatnonzero(plain(p))
    return p[int(nonzero[0]):] if len(nonzero) else p[-1:] * 0


@numpy_face(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials.  As numpy.polyadd."""
    a, b = _same_length(a1, a2)
    return a + b


@numpy_face(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials.  As numpy.polysub."""
    a, b = _same_length(a1, a2)
    return a - b


@numpy_face(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials.  As numpy.polymul."""
    return np.convolve(_trimmed(a1), _trimmed(a2))


@numpy_face(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    """The m-th derivative of a polynomial.  As numpy.polyder."""
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@numpy_face(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The m-th integral of a polynomial, with constants k.  As numpy.polyint."""
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else np.atleast_1d(k)
    if len(constants) == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        p = np.concatenate((p / np.arange(len(p), 0, -1), constants[i:i + 1]))
    return p


# ------------------------------------------------------------------ about the numbers, or their kind, only

def _about_numbers(function: Any) -> None:
    def run(*args: Any, **kwargs: Any) -> Any:
        return tensor_of(function(*plain(args), **plain(kwargs)))
    numpy_face(function)(run)


for _function in (np.save, np.savez, np.savez_compressed, np.savetxt, np.array2string, np.can_cast,
                  np.common_type, np.min_scalar_type, np.result_type):
    _about_numbers(_function)
