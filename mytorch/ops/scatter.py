"""Writing by an index that names a place for each element: the scatter family."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from .._types import wrap_dim
from .._warnings import warn_once
from ..engine.op import _into, apply, method, op
from ..engine.tensor import Tensor, plain
from ._shared import no_derivative
from .accumulate import reduce_flat
from .assigning import number_for
from .gathering import check_range, gather, places, require_integers
from .writing import masked_fill, on_flat, padded, put_through, spelled, written

__all__ = ["scatter", "scatter_add", "scatter_reduce"]

ndarray = np.ndarray


# ------------------------------------------------------------------ scatter

def _checked_scatter(name: str, y: ndarray, dim: int, index: ndarray, src: Any) -> tuple[int, ndarray, Any]:
    """dim, index and the part of src that is read, all of at least one dim, once they are seen to fit."""
    dim = wrap_dim(operator.index(dim), y.ndim)
    if not index.size:
        return dim, index.reshape((0,) * max(y.ndim, 1)), src
    require_integers(index, "scatter(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != max(y.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    sizes: tuple[int, ...] = index.shape or (1,)
    shape, where = y.shape or (1,), index.reshape(sizes)
    large = [d for d, (n, m) in enumerate(zip(sizes, shape)) if d != dim and n > m]
    if isinstance(src, ndarray):
        if src.dtype != y.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if max(src.ndim, 1) != max(index.ndim, 1):
            if 0 < src.ndim < index.ndim and not large and all(n <= m for n, m in zip(sizes, src.shape)):
                wrap_dim(src.ndim, src.ndim)  # torch asks src for a dim that it has not
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        src = src.reshape(src.shape or (1,))
        if large or any(n > m for n, m in zip(sizes, src.shape)):
            raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(y.shape)} apart "
                               f"from dimension {dim} and to be no larger size than src {list(src.shape)}")
        src = src[tuple(map(slice, sizes))]
    elif large:
        raise RuntimeError(f"Expected index {list(index.shape)} to be no larger than self {list(y.shape)} apart from "
                           f"dimension {dim}")
    check_range(where, 0, shape[dim], lambda found: RuntimeError(
        f"index {found} is out of bounds for dimension {dim} with size {shape[dim]}"))
    return dim, where, src


def _set(flat: ndarray, where: ndarray, values: Any) -> None:
    flat[where] = values


def _at(ufunc: np.ufunc) -> Callable:
    def run(flat: ndarray, where: ndarray, values: Any) -> None:
        reduce_flat(ufunc, flat, where, np.broadcast_to(values, where.shape))
    return run


def _scatter_with(name: str, how: Callable) -> Callable:
    """A kernel that brings src to the places of index, one by one."""
    def kernel(y: ndarray, dim: int, index: ndarray, src: Any) -> None:
        dim, where, values = _checked_scatter(name, y, dim, index, src)
        if where.size:
            values = values.reshape(-1) if isinstance(values, ndarray) else number_for(values, y.dtype)
            on_flat(y, lambda flat: how(flat, places(y.shape or (1,), dim, where).reshape(-1), values))
    return kernel


def _gathered(g: Any, dim: int, index: Any, shape: tuple) -> Any:
    """The gradient of src: what g has at index, and zeros where src is larger than index."""
    part = gather(g, dim, index)
    return part if tuple(part.shape) == tuple(shape) else padded(part, tuple(shape))


_assign = _scatter_with("scatter", _set)
_fill = written(_assign, lambda g, y, x, dim, index, src: _fill(g, dim, index, 0), name="scatter_value",
                 node="ScatterBackward1")
_scatter_src = written(_assign, lambda g, y, x, dim, index, src: _fill(g, dim, index, 0), None, None,
                        lambda g, y, x, dim, index, src: _gathered(g, dim, index, src.shape), name="scatter",
                        node="ScatterBackward0")
_add = _scatter_with("scatter_add", _at(np.add))
_scatter_add = written(_add, lambda g, y, x, dim, index, src: g, None, None,
                        lambda g, y, x, dim, index, src: _gathered(g, dim, index, src.shape), name="scatter_add")
_no_derivative = no_derivative("derivative for aten::scatter is not implemented; use scatter_reduce")
_multiply = _scatter_with("scatter", _at(np.multiply))
_scatter_reducing = {
    reduce: (written(kernel, _no_derivative, None, None, _no_derivative, name=f"scatter_{reduce}",
                     node="NotImplemented"), kernel)
    for reduce, kernel in (("add", _add), ("multiply", _multiply))}


def _chosen(input: Any, dim: int, index: Any, src: Any, value: Any, reduce: str | None) -> tuple[Any, Callable, tuple]:
    """The op and kernel for a call of scatter, and their arguments."""
    if src is None:
        src = value
    if src is None:
        raise TypeError('scatter() missing 1 required positional arguments: "src"')
    if reduce is None:
        return (_scatter_src if isinstance(src, ndarray) else _fill), _assign, (dim, index, src)
    if isinstance(src, ndarray):
        warn_once("The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a "
                  "future PyTorch release. Use torch.scatter_reduce instead for more reduction options.")
    if reduce not in _scatter_reducing:
        raise RuntimeError("reduce argument must be either add or multiply.")
    return (*_scatter_reducing[reduce], (dim, index, src))


@method()
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None,
            out: Any = None) -> Any:
    """y[i][index[i][j][k]][k] = src[i][j][k], for dim=1; likewise for others.

    src: of input's type, at least as large as index; or a number (`value`).  reduce: "add" or "multiply" instead of
    replacing.  As torch.scatter.
    """
    written, _, rest = _chosen(input, dim, index, src, value, reduce)
    return apply(written.op, (input, *rest)) if out is None else _into(written.op, out, (input, *rest))


@method()
def scatter_(self: Tensor, dim: int, index: Any, src: Any = None, *, value: Any = None,
             reduce: str | None = None) -> Tensor:
    """`scatter`, in place."""
    written, kernel, rest = _chosen(self, dim, index, src, value, reduce)
    return put_through(written, kernel, self, rest)


@spelled(_scatter_add, _add)
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> tuple:
    """`scatter` that adds: a place named several times receives every element.  As torch.scatter_add."""
    if not isinstance(src, ndarray):
        raise TypeError(f"scatter_add(): argument 'src' (position 3) must be Tensor, not {type(src).__name__}")
    return dim, index, src


# ------------------------------------------------------------------ scatter_reduce, index_reduce

_UFUNCS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _neutral(reduce: str, kind: np.dtype) -> Any:
    """What a reduction starts from."""
    if reduce in ("sum", "mean", "prod"):
        return int(reduce == "prod")
    if kind.kind in "fV":
        return -np.inf if reduce == "amax" else np.inf
    if kind.kind == "b":
        return reduce == "amin"
    return np.iinfo(kind).min if reduce == "amax" else np.iinfo(kind).max


def reduce_kernel(y: ndarray, dim: int, index: ndarray, src: ndarray, reduce: str, include_self: bool) -> None:
    dim, where, values = _checked_scatter("scatter_reduce", y, dim, index, src)
    if not where.size:
        return

    def run(flat: ndarray) -> None:
        at = places(y.shape or (1,), dim, where).reshape(-1)
        if not include_self:
            flat[at] = _neutral(reduce, y.dtype)
        reduce_flat(_UFUNCS[reduce], flat, at, values.reshape(-1))
        if reduce == "mean":
            count = np.bincount(at, minlength=flat.size) + include_self
            count[count == 0] = 1
            if y.dtype.kind in "iub":
                np.floor_divide(flat, count, out=flat, casting="unsafe")
            else:
                np.divide(flat, count.astype(flat.real.dtype), out=flat)
    on_flat(y, run)


def reduce_gradient(g: Any, y: Any, needs: Any, x: Any, dim: int, index: Any, src: Any, reduce: str,
                     include_self: bool) -> list:
    """Gradients of the input and of src; the formulas are those of torch's own table."""
    to_x, to_src = _REDUCE_RULES[reduce](g, y, x, dim, index, src, include_self)
    if not include_self:
        to_x = _fill(to_x, dim, index, 0)
    return [to_x if needs[0] else None, None, None, to_src if needs[3] else None, None, None]


def _like_index(src: Any, index: Any) -> Any:
    """The part of src that was read."""
    return src if src.shape == index.shape or not index.ndim else src[tuple(map(slice, index.shape))]


def _counts(g: Any, dim: int, index: Any, include_self: bool) -> ndarray:
    """How many numbers came together at each place."""
    start = (np.ones if include_self else np.zeros)(tuple(g.shape), g.dtype)
    count = scatter_add(start, dim, index, np.ones(index.shape, g.dtype))
    return np.where(count == 0, np.ones((), count.dtype), count)


def _sum_rule(g: Any, y: Any, x: Any, dim: int, index: Any, src: Any, include_self: bool) -> tuple:
    return g, _gathered(g, dim, index, src.shape)


def _mean_rule(g: Any, y: Any, x: Any, dim: int, index: Any, src: Any, include_self: bool) -> tuple:
    each = g / _counts(g, dim, index, include_self)
    return each, _gathered(each, dim, index, src.shape)


def _extreme_rule(g: Any, y: Any, x: Any, dim: int, index: Any, src: Any, include_self: bool) -> tuple:
    """All that equal the extreme share the gradient; as in torch the input's own element too, when it took no part."""
    values, raw = plain(y), plain(_like_index(src, index))
    mine = np.asarray(plain(x) == values)
    theirs = np.asarray(raw == gather(values, dim, index))
    total = scatter_add(mine.astype(g.dtype), dim, index, theirs.astype(g.dtype))
    each = g / np.where(total == 0, np.ones((), total.dtype), total)
    return each * mine, _gathered_times(each, dim, index, theirs, src.shape)


def _gathered_times(g: Any, dim: int, index: Any, factor: Any, shape: tuple) -> Any:
    part = gather(g, dim, index) * factor
    return part if tuple(part.shape) == tuple(shape) else padded(part, tuple(shape))


def _two_zeros() -> Any:
    raise RuntimeError("scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to "
                       "the same position in self")


# zeros that meet have gradients of zero, yet second derivatives that are not: the rule below does not give them
_once = op(lambda g, y, x: _two_zeros(), name="delayed_error", node="DelayedError", register=False, method=False)(
    lambda x: x)


def _prod_rule(g: Any, y: Any, x: Any, dim: int, index: Any, src: Any, include_self: bool) -> tuple:
    """The product of the others; where exactly one of them is zero, that one's gradient is the rest."""
    read = _like_index(src, index)
    zero, x_zero = np.asarray(plain(read) == 0), np.asarray(plain(x) == 0)
    no_zero = masked_fill(read, zero, 1)
    x_one = masked_fill(x, x_zero, 1)
    to_x = g * scatter_reduce(x_one, dim, index, read, "prod", include_self=include_self) / x_one
    zeros = gather(scatter_add(np.zeros(tuple(x.shape), np.int64), dim, index, zero.astype(np.int64)), dim, index)
    single = np.asarray(zero & (zeros == 1))
    rest = scatter_reduce(x, dim, index, no_zero, "prod", include_self=include_self)
    plainly = masked_fill(gather(g * y, dim, index) / no_zero, single, 0)
    part = plainly + masked_fill(gather(g * rest, dim, index), ~single, 0)
    if (zeros > 1).any():
        part = _once(part)
    return to_x, part if tuple(part.shape) == tuple(src.shape) else padded(part, tuple(src.shape))


_REDUCE_RULES = {"sum": _sum_rule, "mean": _mean_rule, "amax": _extreme_rule, "amin": _extreme_rule,
                 "prod": _prod_rule}
_scatter_reduce = written(reduce_kernel, joint=reduce_gradient, name="scatter_reduce")


@spelled(_scatter_reduce, reduce_kernel)
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> tuple:
    """`scatter` that reduces what comes together: reduce is "sum", "prod", "mean", "amax" or "amin".

    include_self: whether the input's own element takes part.  As torch.scatter_reduce.
    """
    if reduce not in _UFUNCS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    return dim, index, src, reduce, bool(include_self)
