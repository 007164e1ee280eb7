"""Running totals: along a dim, each number with all before it."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import return_types
from .._types import as_dtype, wrap_dim
from ..engine.op import op
from ._numeric import in_order
from .gathering import _ungather
from .joining import cat
from .pointwise import conjugate
from .shape import type_name

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]

ndarray = np.ndarray
_WIDE: dict[str, np.dtype] = {"f": np.dtype(np.float64), "F": np.dtype(np.complex128), "e": np.dtype(np.float32)}


def _prepared(input: ndarray, dim: Any, dtype: Any) -> tuple[ndarray, int, np.dtype]:
    """(the numbers, the dim from the front, the type of the result)."""
    dim = wrap_dim(operator.index(dim), input.ndim)
    if dtype is not None:
        input = input.astype(as_dtype(dtype), copy=False)
    elif input.dtype.kind in "iub":
        input = input.astype(np.int64, copy=False)
    return input, dim, input.dtype


def _accumulate(fn: Any, x: ndarray, dim: int, kind: np.dtype) -> ndarray:
    """float32 is accumulated in float64, as torch does: the rounding errors of a long run do not add up."""
    if not x.ndim:
        return np.array(x)
    wide = _WIDE.get(kind.char)
    if wide is not None:
        if fn is np.add and dim < x.ndim - 1 and x.size > 256 * x.shape[dim]:
            return _row_by_row(x, dim, wide)
        return in_order(fn.accumulate(x, dim, wide).astype(kind))
    if kind.kind == "V":  # bfloat16
        return in_order(fn.accumulate(x.astype(np.float32), dim).astype(kind))
    return in_order(fn.accumulate(x, dim, kind))


def _row_by_row(x: ndarray, dim: int, wide: np.dtype) -> ndarray:
    """The running sum of long rows: np.add.accumulate would go down each column by itself, six times as slow."""
    y = np.empty(x.shape, x.dtype)
    total = np.zeros(x.shape[:dim] + x.shape[dim + 1:], wide)
    at = (slice(None),) * dim
    for i in range(x.shape[dim]):
        total += x[at + (i,)]
        y[at + (i,)] = total
    return y


def backwards(x: ndarray, dim: int) -> ndarray:
    """A view of x from the end to the start of `dim`."""
    return x[(slice(None),) * dim + (slice(None, None, -1),)] if x.ndim else x


@op(lambda g, y, x, dim, dtype: cumsum_back(g, dim), inplace=True)
def cumsum(input: Any, dim: Any, dtype: Any = None) -> Any:
    """y_i = x_0 + ... + x_i along `dim`.  As torch.cumsum."""
    input, dim, kind = _prepared(input, dim, dtype)
    return _accumulate(np.add, input, dim, kind)


@op(lambda g, y, x, dim: cumsum(g, dim), register=False, method=False)
def cumsum_back(input: Any, dim: Any) -> Any:
    """y_i = x_i + ... + x_n along `dim`: the gradient of cumsum."""
    dim = wrap_dim(dim, input.ndim)
    return backwards(_accumulate(np.add, backwards(input, dim), dim, input.dtype), dim)


def _cumprod_slope(g: Any, y: Any, x: Any, dim: int) -> Any:
    """sum over i >= k of g_i prod_{j <= i, j != k} x_j; without zeros a division does it."""
    if not x.ndim:
        return g
    dim = wrap_dim(dim, x.ndim)
    if (np.asarray(x) != 0).all():
        return cumsum_back(g * conjugate(y), dim) / conjugate(x)
    n = x.shape[dim]
    at = (slice(None),) * dim
    pieces = [at + (slice(i, i + 1),) for i in range(n)]
    before = [np.ones((*x.shape[:dim], 1, *x.shape[dim + 1:]), x.dtype)]
    after = [g[pieces[-1]]]
    for i in range(n - 1):
        before.append(before[-1] * conjugate(x[pieces[i]]))
        after.append(g[pieces[n - 2 - i]] + conjugate(x[pieces[n - 1 - i]]) * after[-1])
    return cat(before, dim) * cat(after[::-1], dim)


@op(lambda g, y, x, dim, dtype: _cumprod_slope(g, y, x, dim), inplace=True)
def cumprod(input: Any, dim: Any, dtype: Any = None) -> Any:
    """y_i = x_0 * ... * x_i along `dim`.  As torch.cumprod."""
    input, dim, kind = _prepared(input, dim, dtype)
    return _accumulate(np.multiply, input, dim, kind)


# ------------------------------------------------------------------ running extremes

def _running(name: str, fn: Any, x: ndarray, dim: Any) -> Any:
    """(values, indices): the extreme so far, and where it was last met."""
    if not x.ndim and dim not in (0, -1):
        raise IndexError(f"{name}(): Expected reduction dim -1 or 0 for scalar but got {dim}")
    dim = wrap_dim(operator.index(dim), x.ndim)
    if x.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{type_name(x.dtype)}'")
    kind = getattr(return_types, name)
    if not x.ndim:
        return kind(np.array(x), np.zeros((), np.int64))
    values = fn.accumulate(x, dim)
    met = x == values
    if x.dtype.kind in "fV":
        met |= np.isnan(x)
    steps = np.arange(x.shape[dim], dtype=np.int32).reshape((-1,) + (1,) * (x.ndim - 1 - dim))
    last = np.maximum.accumulate(np.where(met, steps, steps.dtype.type(0)), dim).astype(np.int64)
    return kind(in_order(values), in_order(last))


@op(lambda g, y, x, dim: _ungather(g, x.shape, wrap_dim(dim, x.ndim), y[1]), several=True)
def cummax(input: Any, dim: Any) -> Any:
    """(values, indices) of the largest element so far along `dim`, the last of equals.  As torch.cummax."""
    return _running("cummax", np.maximum, input, dim)


@op(lambda g, y, x, dim: _ungather(g, x.shape, wrap_dim(dim, x.ndim), y[1]), several=True)
def cummin(input: Any, dim: Any) -> Any:
    """(values, indices) of the smallest element so far along `dim`, the last of equals.  As torch.cummin."""
    return _running("cummin", np.minimum, input, dim)


# ------------------------------------------------------------------ in the exponent

def _log_add(x: ndarray, dim: int) -> ndarray:
    """log of the running sum of exp(x)."""
    if x.dtype.kind != "c":  # in float64: the rounding errors of a long run do not add up
        return np.logaddexp.accumulate(x.astype(np.float64), dim).astype(x.dtype)
    rows = np.moveaxis(x, dim, 0)
    y = np.array(rows)
    for i in range(1, len(y)):  # NumPy has no complex logaddexp
        a, b = y[i - 1], rows[i]
        low, high = np.where(a.real < b.real, a, b), np.where(a.real < b.real, b, a)
        y[i] = np.where(low.real == -np.inf, high, high + np.log1p(np.exp(low - high)))
    return np.moveaxis(y, 0, dim)


def _logcumsumexp_slope(g: Any, y: Any, x: Any, dim: int) -> Any:
    """sum over i >= k of g_i exp(x_k - y_i), in the exponent too: exp(-y) alone overflows."""
    if not x.ndim:
        return g
    if x.dtype.kind == "c":
        return conjugate(np.exp(x + logcumsumexp_back(np.log(conjugate(g)) - y, dim)))
    zero = np.zeros((), x.dtype)
    parts = []
    for sign in (1, -1):
        size = np.where(g * sign > 0, g * sign, zero)
        parts.append(np.exp(x + logcumsumexp_back(np.log(size) - y, dim)))
    return parts[0] - parts[1]


@op(lambda g, y, x, dim: _logcumsumexp_slope(g, y, x, wrap_dim(dim, x.ndim)))
def logcumsumexp(input: Any, dim: Any) -> Any:
    """y_i = log(exp x_0 + ... + exp x_i) along `dim`, without overflow.  As torch.logcumsumexp."""
    dim = wrap_dim(operator.index(dim), input.ndim)
    if input.dtype.kind in "iub":
        raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{type_name(input.dtype)}'")
    return in_order(_log_add(input, dim)) if input.ndim else np.array(input)


@op(lambda g, y, x, dim: _back_slope(g, y, x, dim), register=False, method=False)
def logcumsumexp_back(input: Any, dim: int) -> Any:
    """logcumsumexp from the end of `dim` to its start."""
    return backwards(_log_add(backwards(input, dim), dim), dim)


def _back_slope(g: Any, y: Any, x: Any, dim: int) -> Any:
    """Where all is -inf, log(0), nothing comes from there."""
    y = np.where(y == -np.inf, 0, y)
    return cumsum(g * conjugate(np.exp(-y)), dim) * conjugate(np.exp(x))
