"""NumPy's polynomials on Tensors, coefficients of the highest power first: sums, roots, fits; recorded."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..engine.op import as_array, numpy_face
from ..engine.tensor import plain
from .joining import stack

__all__: list[str] = []

ndarray = np.ndarray


def _coefficients(p: Any) -> Any:
    return np.atleast_1d(as_array(p))


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
    a, b = _same_length(a1, a2)
    return a + b


@numpy_face(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _same_length(a1, a2)
    return a - b


@numpy_face(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_trimmed(a1), _trimmed(a2))


@numpy_face(np.polydiv)
def _polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    rest, quotient = (u[0] * 0 + v[0] * 0) + u, []      # in the common type
    for k in range(max(len(u) - len(v) + 1, 1)):
        if len(u) < len(v):
            quotient.append(rest[0] * 0)
            break
        digit = (1.0 / v[0]) * rest[k]
        quotient.append(digit)
        rest = np.concatenate((rest[:k], rest[k:k + len(v)] - digit * v, rest[k + len(v):]))
    while np.allclose(rest[0], 0, rtol=1e-14) and len(rest) > 1:
        rest = rest[1:]
    return stack(quotient), rest


@numpy_face(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@numpy_face(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else _coefficients(k)
    if len(constants) == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    p = as_array(p)
    for i in range(m):
        p = np.concatenate((p / np.arange(len(p), 0, -1), constants[i:i + 1]))
    return p


@numpy_face(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    p, x = as_array(p), as_array(x)
    y = np.zeros(np.shape(x), x.dtype)
    for i in range(p.shape[0]):
        y = np.add(np.multiply(y, x), p[i])
    return y


# ------------------------------------------------------------------ roots and fits

@numpy_face(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] != 0:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    y = np.ones((1,), zeros.dtype)
    for i in range(len(zeros)):
        y = np.convolve(y, np.stack([np.ones((), zeros.dtype), -zeros[i]]))
    if y.dtype.kind == "c":
        numbers = plain(zeros)
        if np.all(np.sort(numbers) == np.sort(numbers.conj())):
            return y.real
    return y if len(zeros) else 1.0


@numpy_face(np.roots)
def _roots(p: Any) -> Any:
    p = _coefficients(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    nonzero = np.nonzero(np.ravel(plain(p)))[0]
    if not len(nonzero):
        return plain(p)[:0]
    zeros, p = len(p) - nonzero[-1] - 1, p[int(nonzero[0]):int(nonzero[-1]) + 1]
    p = p if p.dtype.kind in "fc" else p.astype(np.float64)
    n = len(p)
    if n == 1:
        return np.zeros(zeros, p.dtype)
    below = np.eye(n - 2, n - 1, dtype=p.dtype)
    y = np.linalg.eigvals(np.concatenate((np.expand_dims(-p[1:] / p[0], 0), below)))  # of the companion matrix
    return np.concatenate((y, np.zeros(zeros, y.dtype)))


@numpy_face(np.polyfit)
def _polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    order, x, y = int(deg) + 1, as_array(x) + 0.0, as_array(y) + 0.0
    if deg < 0 or x.ndim != 1 or not x.size or y.ndim not in (1, 2) or len(x) != len(y):
        raise TypeError("expected non-negative deg, a vector x, and y of the same length")
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    left, right = np.vander(x, order), y
    if w is not None:
        w = as_array(w) + 0.0
        left, right = left * w[:, None], right * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt((left * left).sum(0))
    left = left / scale
    c, residuals, rank, values = np.linalg.lstsq(left, right, rcond)
    c = (c.T / scale).T
    if rank != order and not full:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    if full:
        return c, residuals, rank, values, rcond
    if not cov:
        return c
    spread = np.linalg.inv(np.dot(left.T, left)) / np.outer(scale, scale)
    if not (isinstance(cov, str) and cov == "unscaled"):
        if len(x) <= order:
            raise ValueError("the number of data points must exceed order to scale the covariance matrix")
        residuals = residuals / (len(x) - order)
        return c, spread * residuals if y.ndim == 1 else spread[:, :, None] * residuals
    return c, spread if y.ndim == 1 else spread[:, :, None]
