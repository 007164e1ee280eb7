"""Many numbers to few: sums, means, products, spreads, truths.

Sums of floats go through BLAS, as products with a vector of ones: two to twenty times np.add.reduce.  In pieces of
at most `CHUNK` numbers, because BLAS adds one after the other and rounding errors would grow with the length.
"""
from __future__ import annotations

import operator
from math import prod as prod_of
from typing import Any

import numpy as np

from .._types import as_dtype, default_dtype, is_inexact, wrap_dim
from .._warnings import warn
from ..engine.op import deliver, method, op
from ._shared import with_out
from .joining import cat
from .pointwise import conjugate
from .shape import type_name

__all__ = ["all", "any", "count_nonzero", "hash_tensor", "logsumexp", "mean", "nanmean", "nansum", "prod", "std",
           "std_mean", "sum", "var", "var_mean"]

ndarray = np.ndarray
CHUNK = 4096
_ONES = {np.dtype(c): np.ones(CHUNK, c) for c in "fd"}
INT64, FLOAT32 = np.dtype(np.int64), np.dtype(np.float32)


def dims_of(dim: Any, ndim: int, none: Any = None) -> tuple[int, ...] | None:
    """The dims to reduce, counted from the front, in order; None means all of them (`none`: what () means)."""
    if isinstance(dim, (tuple, list)):
        if not dim:
            return none
        dims = sorted(wrap_dim(operator.index(d), ndim) for d in dim)
        for a, b in zip(dims, dims[1:]):
            if a == b:
                raise RuntimeError(f"dim {a} appears multiple times in the list of dims")
    elif dim is None:
        return None
    else:
        dims = [wrap_dim(operator.index(dim), ndim)]
    return tuple(dims) if ndim else ()


def kept_shape(shape: tuple[int, ...], dims: tuple[int, ...] | None) -> tuple[int, ...]:
    """`shape` with ones where it is reduced."""
    if dims is None:
        return (1,) * len(shape)
    return tuple(1 if i in dims else n for i, n in enumerate(shape))


def reduced_count(shape: tuple[int, ...], dims: tuple[int, ...] | None) -> int:
    """How many numbers become one."""
    return prod_of(shape if dims is None else [n for i, n in enumerate(shape) if i in dims])


def keep(y: Any, shape: tuple[int, ...], dim: Any) -> Any:
    """`y`, reduced from `shape` over `dim`, with the reduced dims back as ones."""
    return y.reshape(kept_shape(shape, dims_of(dim, len(shape))))


def check_full(name: str, shape: tuple[int, ...], dim: Any) -> None:
    """Raise where the extreme of nothing is asked for."""
    dims = () if dim is None else tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    for d in dims:
        if not shape[wrap_dim(d, len(shape))]:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    if not dims and 0 in shape:
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                           "reduction dim with the 'dim' argument.")


# ------------------------------------------------------------------ adding up

def _total(x: ndarray, ones: ndarray) -> Any:
    """The sum of all elements."""
    flat = x.ravel("K")
    n = flat.size
    if n <= CHUNK:
        return flat.dot(ones[:n])
    rows = n >> 10
    body = flat[:rows << 10].reshape(rows, 1024).dot(ones[:1024])
    return _total(body, ones) + flat[rows << 10:].dot(ones[:n & 1023])


def _total_along(x: ndarray, axis: int, ones: ndarray) -> Any:
    """The sum along one axis, at least CHUNK steps at a time."""
    n, ndim = x.shape[axis], x.ndim
    if n > CHUNK:
        at = (slice(None),) * axis
        parts = [_total_along(x[at + (slice(i, i + CHUNK),)], axis, ones) for i in range(0, n, CHUNK)]
        return np.add.reduce(parts, 0)
    if ndim == 2:
        return x.dot(ones[:n]) if axis else ones[:n].dot(x)
    if axis == ndim - 1:
        return x.reshape(-1, n).dot(ones[:n]).reshape(x.shape[:-1]) if x.size else np.add.reduce(x, axis)
    if axis == 0:
        return ones[:n].dot(x.reshape(n, -1)).reshape(x.shape[1:]) if x.size else np.add.reduce(x, axis)
    inner = reduced_count(x.shape[axis + 1:], None)
    if n * inner < 256:
        return np.add.reduce(x, axis)
    outer = x.shape[:axis]
    return np.matmul(ones[:n], x.reshape((*outer, n, inner))).reshape(outer + x.shape[axis + 1:])


def is_half(kind: np.dtype) -> bool:
    """float16 or bfloat16: what is computed in float32."""
    return kind.itemsize == 2 and kind.kind in "fV"


def add_up(x: ndarray, dims: tuple[int, ...] | None) -> Any:
    """The sum over some dims (None: all); half precision is added in float32, and stays so."""
    ones = _ONES.get(x.dtype)
    if ones is None:
        if is_half(x.dtype):
            return add_up(x.astype(FLOAT32), dims)
        return np.add.reduce(x, dims)
    if dims is None or len(dims) == x.ndim:
        return _total(x, ones)
    if x.ndim > 2 and not x.flags.c_contiguous:
        return np.add.reduce(x, dims)
    while dims:  # neighbouring dims are one dim
        last = first = dims[-1]
        while first - 1 in dims:
            first -= 1
        shape = x.shape
        if first != last:
            x = x.reshape((*shape[:first], reduced_count(shape[first:last + 1], None), *shape[last + 1:]))
        x = _total_along(x, first, ones) if x.ndim > 1 else _total(x, ones)
        dims = tuple(d for d in dims if d < first)
    return x


def added(x: ndarray, dim: Any) -> Any:
    """The sum over `dim` as a user gives it.  Few numbers, as most sums are of, come first: the rest is 1 us longer."""
    ones = _ONES.get(x.dtype)
    if ones is not None:
        if dim is None:
            n = x.size
            if n <= CHUNK:
                return x.ravel("K").dot(ones[:n])
        elif type(dim) is int and x.ndim == 2 and -2 <= dim < 2:
            n = x.shape[dim]
            if n <= CHUNK:
                return x.dot(ones[:n]) if dim & 1 else ones[:n].dot(x)
    return add_up(x, dims_of(dim, x.ndim))


def rows_added(x: ndarray) -> ndarray:
    """The sum of the rows of a matrix."""
    ones, n = _ONES.get(x.dtype), len(x)
    return add_up(x, (0,)) if ones is None or n > CHUNK else ones[:n].dot(x)


def added_squares(x: ndarray, dims: tuple[int, ...] | None) -> Any:
    """The sum of the squares of floats, in one pass over them where they lie in a row."""
    if x.dtype not in _ONES or x.size < 1024 or not x.flags.c_contiguous or dims is not None and (
            dims != (x.ndim - 1,) or x.shape[-1] > CHUNK):
        return add_up(x * x, dims)
    if dims is not None:
        return np.vecdot(x, x)
    flat = x.reshape(-1)
    n = flat.size & -1024
    rows = flat[:n].reshape(-1, 1024)
    return add_up(np.vecdot(rows, rows), None) + flat[n:].dot(flat[n:])


def with_kept(y: Any, shape: tuple[int, ...], dim: Any) -> ndarray:
    """`y`, reduced from `shape` over `dim`, with the reduced dims back as ones."""
    return np.asarray(y).reshape(kept_shape(shape, dims_of(dim, len(shape))))


def _sum_node(x: ndarray, dim: Any, *rest: Any) -> str:
    return "SumBackward0" if dim is None else "SumBackward1"


@op(lambda g, y, x, dim, keepdim, dtype: spread(g, x.shape, dim), node=_sum_node)
def sum(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The sum of all elements, or over the dims in `dim` (an int or several).

    Integers and bools are added as int64.  dtype: what the elements are converted to first.  As torch.sum.
    """
    if dtype is not None:
        input = input.astype(as_dtype(dtype), copy=False)
    kind = input.dtype
    if kind.kind == "b" and dim is None and dtype is None:
        y = np.int64(np.count_nonzero(input))
    elif kind.kind in "iub":
        y = np.add.reduce(input, dims_of(dim, input.ndim), INT64 if dtype is None else kind)
    else:
        y = added(input, dim)
        if y.dtype is not kind:
            y = y.astype(kind)
    return with_kept(y, input.shape, dim) if keepdim else y


@op(lambda g, y, x, shape, dim: sum(g, dim).reshape(x.shape), node="ExpandBackward0", register=False, method=False)
def spread(g: Any, shape: Any, dim: Any) -> Any:
    """`g`, reduced from `shape` over `dim` (kept or not), as often as it takes to fill `shape`: what sum's gradient is.

    A view that repeats memory, made by hand because np.broadcast_to takes ten times as long.
    """
    if 0 in shape:
        return np.empty(shape, g.dtype)
    if not isinstance(g, ndarray) or not g.flags.c_contiguous:
        g = np.ascontiguousarray(g)
    dims = dims_of(dim, len(shape))
    steps, step = [0] * len(shape), g.dtype.itemsize
    if dims is not None:
        for i in range(len(shape) - 1, -1, -1):
            if i not in dims:
                steps[i] = step
                step *= shape[i]
    return ndarray(shape, g.dtype, g, 0, steps)


def _floating(name: str, x: ndarray, dtype: Any) -> ndarray:
    """`x` in `dtype`; raises torch's error unless the mean of such numbers is such a number."""
    if dtype is not None:
        kind = as_dtype(dtype)
        if not is_inexact(kind):
            raise RuntimeError(f"{name}(): could not infer output dtype. Optional dtype must be either a floating "
                               f"point or complex dtype. Got: {type_name(kind)}")
        return x.astype(kind, copy=False)
    if not is_inexact(x.dtype):
        raise RuntimeError(f"{name}(): could not infer output dtype. Input dtype must be either a floating point or "
                           f"complex dtype. Got: {type_name(x.dtype)}")
    return x


@op(lambda g, y, x, dim, keepdim, dtype: spread(g / mean_count(x.shape, dim), x.shape, dim),
    node=lambda x, dim, *_: "MeanBackward0" if dim is None else "MeanBackward1")
def mean(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The mean of all elements, or over the dims in `dim`.  As torch.mean."""
    if dtype is not None or input.dtype.kind not in "fc":
        input = _floating("mean", input, dtype)
    y = added(input, dim) / mean_count(input.shape, dim)
    if y.dtype is not input.dtype:
        y = y.astype(input.dtype)
    return with_kept(y, input.shape, dim) if keepdim else y


def mean_count(shape: tuple[int, ...], dim: Any) -> int:
    """How many numbers a mean over `dim` is of."""
    if dim is None:
        return prod_of(shape)
    if type(dim) is int and -len(shape) <= dim < len(shape):
        return shape[dim]
    return reduced_count(shape, dims_of(dim, len(shape)))


@op(lambda g, y, x, dim, keepdim, dtype: spread(g, x.shape, dim) * np.logical_not(np.isnan(x)))
def nansum(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The sum of what is not nan.  As torch.nansum."""
    dims_of(dim, input.ndim)
    if input.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if input.dtype.kind in "fV":
        input = np.where(np.isnan(input), np.zeros((), input.dtype), input)
    return sum(input, dim, keepdim, dtype)


@method()
@with_out
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not nan.  As torch.nanmean."""
    if not is_inexact(input.dtype):
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got "
                           f"{type_name(input.dtype)}")
    count = sum(np.logical_not(np.isnan(input)), dim, keepdim)
    total = nansum(input, dim, keepdim, dtype)
    return total / count.astype(total.dtype)


# ------------------------------------------------------------------ products

def _all_others(x: Any, axis: int) -> Any:
    """At each place the product of the others along `axis`: right also where some are zero."""
    n = x.shape[axis]
    at = (slice(None),) * axis
    one = np.ones((*x.shape[:axis], 1, *x.shape[axis + 1:]), x.dtype)
    before, after = [one], [one]
    for i in range(n - 1):
        before.append(before[-1] * x[at + (slice(i, i + 1),)])
        after.append(after[-1] * x[at + (slice(n - 1 - i, n - i),)])
    return cat(before, axis) * cat(after[::-1], axis)


def _multiplied(x: ndarray, dims: tuple[int, ...] | None, kind: np.dtype) -> Any:
    """The product over some dims.  Along rows half by half: NumPy multiplies two arrays faster than it reduces one."""
    if x.dtype is not kind or not x.flags.c_contiguous or x.size < 1024 or dims not in (None, (x.ndim - 1,)):
        return np.multiply.reduce(x, dims, kind)
    y = x.reshape(-1) if dims is None else x
    while y.shape[-1] > 8:
        half = y.shape[-1] // 2
        odd = y[..., -1] if y.shape[-1] & 1 else None
        y = y[..., :half] * y[..., half:2 * half]
        if odd is not None:
            y[..., 0] *= odd
    return np.multiply.reduce(y, -1)


def _product_slope(g: Any, y: Any, x: Any, dim: Any) -> Any:
    shape = x.shape
    if not x.size:
        return np.zeros(shape, g.dtype)
    if (np.asarray(x) != 0).all():
        return spread(g * conjugate(y), shape, dim) / conjugate(x)
    if dim is None:
        return g * conjugate(_all_others(x.reshape(-1), 0)).reshape(shape)
    return spread(g, shape, dim) * conjugate(_all_others(x, wrap_dim(dim, x.ndim))) if x.ndim else g


@op(lambda g, y, x, dim, keepdim, dtype: _product_slope(g, y, x, dim),
    node=lambda x, dim, *_: "ProdBackward0" if dim is None else "ProdBackward1")
def prod(input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The product of all elements, or along `dim`.  Integers are multiplied as int64.  As torch.prod."""
    if isinstance(dim, (tuple, list)) and len(dim) > 1:
        raise TypeError(f"prod() received an invalid combination of arguments - got (Tensor, {type(dim).__name__}): "
                        "argument 'dim' must be int")
    if dtype is not None:
        input = input.astype(as_dtype(dtype), copy=False)
    kind = input.dtype
    dims = dims_of(dim, input.ndim)
    wide = INT64 if kind.kind in "iub" and dtype is None else FLOAT32 if is_half(kind) else kind
    y = _multiplied(input if kind.kind != "V" else input.astype(wide), dims, wide)
    y = np.asarray(y).reshape(kept_shape(input.shape, dims)) if keepdim else y
    return y.astype(kind) if wide is FLOAT32 else y


# ------------------------------------------------------------------ spread

def _degrees(shape: tuple[int, ...], dim: Any, correction: Any, name: str) -> Any:
    """What a sum of squares is divided by."""
    count = 0 if 0 in shape else mean_count(shape, dim)
    if count <= correction:
        warn(f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
             "factor (input numel divided by output numel).")
        return 0
    return count - correction if count else 0


def _moments(x: ndarray, dim: Any, correction: Any, keepdim: bool, name: str) -> tuple:
    """Variance and mean."""
    if not is_inexact(x.dtype):
        text = "std_mean" if name == "std_mean" else "var_mean" if name == "var_mean" else "std and var"
        raise RuntimeError(f"{text} only support floating point and complex dtypes")
    kind, dim = x.dtype, None if isinstance(dim, (tuple, list)) and not dim else dim
    if is_half(kind):
        x = x.astype(FLOAT32)
    middle = added(x, dim) / mean_count(x.shape, dim)
    # two passes: a sum of squares less a square of sums loses all digits far from zero
    step = x - (middle if dim is None else with_kept(middle, x.shape, dim))
    if kind.kind == "c":
        step = step.real ** 2 + step.imag ** 2
    else:
        step *= step
    var = added(step, dim) / _degrees(x.shape, dim, correction, name)
    if is_half(kind):
        var, middle = var.astype(kind), middle.astype(kind)
    return tuple(with_kept(y, x.shape, dim) for y in (var, middle)) if keepdim else (var, middle)


def _var_slope(g: Any, x: Any, dim: Any, correction: Any) -> Any:
    """Of var: 2 (x - mean) / (n - correction)."""
    free = mean_count(x.shape, dim) - correction
    return spread(g * (2 / free if free else np.inf), x.shape, dim) * (x - mean(x, dim, True))


def _std_slope(g: Any, y: Any, x: Any, dim: Any, correction: Any) -> Any:
    return _var_slope(np.where(y == 0, 0, g / (2 * y)), x, dim, correction)


_std = op(lambda g, y, x, dim, correction, keepdim: _std_slope(g, y, x, dim, correction), name="std", method=False)(
    lambda input, dim=None, correction=1, keepdim=False: np.sqrt(_moments(input, dim, correction, keepdim, "std")[0]))
_var = op(lambda g, y, x, dim, correction, keepdim: _var_slope(g, x, dim, correction), name="var", method=False)(
    lambda input, dim=None, correction=1, keepdim=False: _moments(input, dim, correction, keepdim, "var")[0])


@op(lambda g, y, x, dim, correction, keepdim: _std_slope(g[0], y[0], x, dim, correction)
    + spread(g[1] / mean_count(x.shape, dim), x.shape, dim), method=False, several=True, name="std_mean")
def _std_mean(input: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False) -> Any:
    var, middle = _moments(input, dim, correction, keepdim, "std_mean")
    return np.sqrt(var), middle


@op(lambda g, y, x, dim, correction, keepdim: _var_slope(g[0], x, dim, correction)
    + spread(g[1] / mean_count(x.shape, dim), x.shape, dim), method=False, several=True, name="var_mean")
def _var_mean(input: Any, dim: Any = None, correction: Any = 1, keepdim: bool = False) -> Any:
    return _moments(input, dim, correction, keepdim, "var_mean")


_missing: Any = object()


def _spread_arguments(dim: Any, unbiased: Any, keepdim: Any, correction: Any, name: str) -> tuple:
    """(dim, correction, keepdim) from torch's two ways to ask: (unbiased), (dim, unbiased, keepdim), correction=."""
    if isinstance(dim, bool):  # x.std(False)
        if unbiased is not _missing:
            raise TypeError(f"{name}() got multiple values for argument 'unbiased'")
        dim, unbiased = None, dim
    if unbiased is not _missing and correction is not _missing:
        raise TypeError(f"{name}() received an invalid combination of arguments: give either unbiased or correction")
    if correction is _missing or correction is None:
        correction = 1 if unbiased is _missing or unbiased else 0
    return dim, correction, bool(keepdim)


def _spread_function(fn: Any, name: str, what: str) -> Any:
    def run(input: Any, dim: Any = None, unbiased: Any = _missing, keepdim: Any = False, *,
            correction: Any = _missing, axis: Any = None, keepdims: Any = None, ddof: Any = _missing,
            dtype: Any = None, out: Any = None) -> Any:
        dim, correction, keepdim = _spread_arguments(
            dim if axis is None else axis, unbiased, keepdim if keepdims is None else keepdims,
            correction if ddof is _missing else ddof, name)
        if dtype is not None:
            input = input.astype(as_dtype(dtype))
        if out is None:
            return fn(input, dim, correction, keepdim)
        return deliver(name, out, (input,), lambda: fn(input, dim, correction, keepdim))
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"""{what}, of all elements or over the dims in `dim`.

        var = sum |x - mean|^2 / (n - correction)

    unbiased: correction 1 (the default) or 0.  axis, keepdims, ddof: NumPy's names for dim, keepdim, correction.
    As torch.{name}.
    """
    return run


std = method("std")(_spread_function(_std, "std", "The standard deviation"))
var = method("var")(_spread_function(_var, "var", "The variance"))
std_mean = _spread_function(_std_mean, "std_mean", "(standard deviation, mean)")
var_mean = _spread_function(_var_mean, "var_mean", "(variance, mean)")


# ------------------------------------------------------------------ truth

def _truth(reduce: Any, x: ndarray, dim: Any, keepdim: bool) -> Any:
    dims = dims_of(dim, x.ndim, ())
    y = reduce(x, dims, np.bool_)
    y = np.asarray(y).reshape(kept_shape(x.shape, dims)) if keepdim else y
    return y.astype(np.uint8) if x.dtype == np.uint8 else y  # torch keeps uint8 from before it had bool


@op()
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements (along `dim`) are nonzero.  As torch.all."""
    return _truth(np.logical_and.reduce, input, dim, keepdim)


@op()
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether any element (along `dim`) is nonzero.  As torch.any."""
    return _truth(np.logical_or.reduce, input, dim, keepdim)


@op(variadic=-1)
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements (along `dim`) are not zero.  As torch.count_nonzero."""
    return np.count_nonzero(input if input.dtype.kind in "bV" else input != 0, dims_of(dim, input.ndim))


@op()
def hash_tensor(input: Any, dim: Any = (), keepdim: bool = False, mode: int = 0) -> Any:
    """The exclusive or of the elements' bits, as uint64: floats are read as float64, the others as int64.

    As torch.hash_tensor.
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    if input.dtype.kind == "c":
        raise NotImplementedError(f"\"xor_sum_cpu\" not implemented for '{type_name(input.dtype)}'")
    bits = input.astype(np.float64 if input.dtype.kind in "fV" else np.int64).view(np.uint64)
    dims = dims_of(dim, input.ndim)
    y = np.bitwise_xor.reduce(bits, dims)
    return np.asarray(y).reshape(kept_shape(input.shape, dims)) if keepdim else y


# ------------------------------------------------------------------ in the exponent

@op(lambda g, y, x, dim, keepdim: spread(g, x.shape, dim) * conjugate(np.exp(x - keep(y, x.shape, dim))))
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """log sum exp(input) over the dims in `dim`, without overflow.  As torch.logsumexp."""
    if input.dtype.kind in "iub":
        input = input.astype(default_dtype())
    dims = dims_of(dim, input.ndim)
    kept = kept_shape(input.shape, dims)
    if not input.size:
        y = np.log(np.add.reduce(np.exp(input), dims))
    else:
        top = np.maximum.reduce(input.real if input.dtype.kind == "c" else input, dims).reshape(kept)
        top = np.where(np.isfinite(top), top, np.zeros((), top.dtype))
        step = np.asarray(input - top)
        total = np.asarray(add_up(np.exp(step, out=step), dims))
        y = (np.log(total) + top.reshape(total.shape)).astype(input.dtype, copy=False)
    return np.asarray(y).reshape(kept) if keepdim else y
