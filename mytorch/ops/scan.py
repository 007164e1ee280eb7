"""Running totals: along a dim, each number with all before it."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import return_types
from .._op import into, method, op
from .._types import as_dtype, wrap_dim
from .comparison import logical_xor
from .gathering import _ungather
from .indexing import narrow
from .joining import cat
from .pointwise import conjugate, sub
from .reduction import sum
from .shape import type_name

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "diff", "logcumsumexp", "trapezoid",
           "trapz"]

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
    steps = np.arange(x.shape[dim]).reshape((-1,) + (1,) * (x.ndim - 1 - dim))
    return kind(values, np.maximum.accumulate(np.where(met, steps, 0), dim))


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
    return _log_add(input, dim) if input.ndim else np.array(input)


@op(lambda g, y, x, dim: _back_slope(g, y, x, dim), register=False, method=False)
def logcumsumexp_back(input: Any, dim: int) -> Any:
    """logcumsumexp from the end of `dim` to its start."""
    return backwards(_log_add(backwards(input, dim), dim), dim)


def _back_slope(g: Any, y: Any, x: Any, dim: int) -> Any:
    """Where all is -inf, log(0), nothing comes from there."""
    y = np.where(y == -np.inf, 0, y)
    return cumsum(g * conjugate(np.exp(-y)), dim) * conjugate(np.exp(x))


# ------------------------------------------------------------------ differences and areas

def _check_ends(x: Any, end: Any, dim: int) -> None:
    if end.ndim != x.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for i in range(x.ndim):
        if i != dim and end.shape[i] != x.shape[i]:
            raise RuntimeError("diff expects the shape of tensor to prepend or append to match that of input except "
                               f"along the differencing dimension; input.size({i}) = {x.shape[i]}, but got "
                               f"tensor.size({i}) = {end.shape[i]}")


@method()
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Any:
    """The n-th differences x[i + 1] - x[i] along `dim`; prepend, append: joined to the ends first.  As torch.diff."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    at = wrap_dim(operator.index(dim), input.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    parts = [part for part in (prepend, input, append) if part is not None]
    for part in parts:
        _check_ends(input, part, at)
    x = cat(parts, at) if len(parts) > 1 and n else input
    less = logical_xor if x.dtype.kind == "b" else sub
    for _ in range(min(n, x.shape[at])):
        size = max(x.shape[at] - 1, 0)
        x = less(narrow(x, at, min(1, x.shape[at]), size), narrow(x, at, 0, size))
    return x if out is None else into(out, x)


def _check_points(name: str, y: Any, x: Any, dim: int) -> int:
    """The dim from the front, once y and x are seen to fit."""
    for value in (y,) if x is None else (y, x):
        if value.dtype.kind == "b":
            raise RuntimeError(f"{name}: received a bool input for {'`y`' if x is None else '`x` or `y`'}, but bool is "
                               "not supported")
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    at = wrap_dim(operator.index(dim), y.ndim)
    if x is not None:
        at_x = 0 if x.ndim == 1 else at - y.ndim + x.ndim  # x may lack leading dims
        if at_x >= 0 and x.shape[at_x] != y.shape[at]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    return at


def _strips(y: Any, x: Any, dx: Any, at: int) -> Any:
    """The areas between neighbouring points, (y_i + y_{i+1}) / 2 * step."""
    n = y.shape[at]
    middle = (narrow(y, at, 1, n - 1) + narrow(y, at, 0, n - 1)) / 2 if n else y
    if x is None:
        return middle * dx
    if x.ndim == 1:
        return middle * diff(x).reshape((-1,) + (1,) * (y.ndim - 1 - at))
    return middle * diff(x, 1, at - y.ndim + x.ndim)


def _one_spacing(name: str, x: Any, dx: Any) -> Any:
    if x is not None and dx is not None:
        raise TypeError(f"{name}() received an invalid combination of arguments: give either x or dx")
    return 1 if dx is None else dx


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The area under y along `dim`, by trapezoids; x: where the points are, else they are dx apart.

    As torch.trapezoid.
    """
    dx = _one_spacing("trapezoid", x, dx)
    at = _check_points("trapezoid", y, x, dim)
    if x is not None or not y.shape[at]:
        return sum(_strips(y, x, dx, at), at)
    ends = narrow(y, at, 0, 1) + narrow(y, at, y.shape[at] - 1, 1)
    return (sum(y, at) - sum(ends, at) * .5) * dx


def trapz(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """`trapezoid` under its old name.  As torch.trapz."""
    return trapezoid(y, x, dx=dx, dim=dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The area under y up to each point after the first.  As torch.cumulative_trapezoid."""
    dx = _one_spacing("cumulative_trapezoid", x, dx)
    at = _check_points("cumulative_trapezoid", y, x, dim)
    return cumsum(_strips(y, x, dx, at), at)
