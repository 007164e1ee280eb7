"""Running totals: along a dim, each number with all before it."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._op import op
from .._types import as_dtype, wrap_dim
from .joining import cat
from .pointwise import conjugate

__all__ = ["cumprod", "cumsum"]

ndarray = np.ndarray


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
    wide = {"float32": np.float64, "complex64": np.complex128, "float16": np.float32, "bfloat16": np.float32}.get(
        kind.name)
    if wide is None:
        return fn.accumulate(x, dim, kind)
    return fn.accumulate(x.astype(wide) if kind.kind == "V" else x, dim, wide).astype(kind)


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
