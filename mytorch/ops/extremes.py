"""Largest and smallest: their values, and where they are."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import return_types
from .._types import wrap_dim
from ..engine.op import method, op
from ._shared import with_out
from .comparison import maximum, minimum
from .reduction import check_full, dims_of, keep, kept_shape, spread
from .shape import type_name

__all__ = ["amax", "amin", "aminmax", "argmax", "argmin", "max", "min"]

ndarray = np.ndarray


# ------------------------------------------------------------------ numbers at given places along a dim

def places(indices: ndarray, shape: tuple[int, ...], dim: int) -> tuple:
    """The index with which `x[...]`, x of `shape`, is x's numbers at `indices` along `dim`."""
    return tuple(indices if i == dim else np.arange(n).reshape((1,) * i + (n,) + (1,) * (len(shape) - 1 - i))
                 for i, n in enumerate(shape))


@op(lambda g, y, x, indices, dim: put_at(g, indices, x.shape, dim), name="gather", register=False, method=False)
def take_at(x: ndarray, indices: ndarray, dim: int) -> Any:
    """x's numbers at `indices` along `dim`; as many dims as x.  No place may be named twice."""
    return x[places(indices, x.shape, dim)] if x.ndim else x.reshape(indices.shape)


@op(lambda g, y, values, indices, shape, dim: take_at(g, indices, dim).reshape(values.shape), name="scatter",
    register=False, method=False)
def put_at(values: ndarray, indices: ndarray, shape: tuple[int, ...], dim: int) -> ndarray:
    """Zeros of `shape` with `values` at `indices` along `dim`: what take_at's gradient is."""
    full = np.zeros(shape, values.dtype)
    full[places(indices, shape, dim) if shape else ()] = values.reshape(indices.shape if shape else ())
    return full


def at_indices(g: Any, indices: Any, shape: tuple[int, ...], dim: int) -> Any:
    """The gradient of what was chosen along `dim`, kept or not."""
    dim = wrap_dim(dim, len(shape))
    kept = kept_shape(shape, (dim,)) if shape else ()
    return put_at(g.reshape(kept), np.asarray(indices).reshape(kept), shape, dim)


# ------------------------------------------------------------------ one extreme

def _share(g: Any, y: Any, x: Any, dim: Any) -> Any:
    """The gradient of an extreme, evenly among the elements that are it."""
    equal = np.asarray(x == keep(y, x.shape, dim))
    count = np.add.reduce(equal, dims_of(dim, x.ndim), keepdims=True)
    return spread(g, x.shape, dim) * (equal / count).astype(x.dtype)


def _share_all(g: Any, y: Any, x: Any) -> Any:
    """The same of max and min of everything, where a nan is an extreme too."""
    equal = np.asarray(np.isnan(x) if np.isnan(np.asarray(y)) else x == y)
    return g * (equal / np.count_nonzero(equal)).astype(x.dtype)


def _real(x: ndarray, kernel: str) -> None:
    if x.dtype.kind == "c":
        raise NotImplementedError(f'"{kernel}" not implemented for \'{type_name(x.dtype)}\'')


def _extreme(name: str, reduce: Any, x: ndarray, dim: Any, keepdim: bool) -> Any:
    if not x.size:
        check_full(name, x.shape, dim)
    dims = dims_of(dim, x.ndim)
    _real(x, f"{name[1:]}_values_cpu")
    y = reduce(x, dims)
    return np.asarray(y).reshape(kept_shape(x.shape, dims)) if keepdim else y


@op(lambda g, y, x, dim, keepdim: _share(g, y, x, dim))
def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element, over the dims in `dim` (none: all); its gradient goes evenly to equals.  As torch.amax."""
    return _extreme("amax", np.maximum.reduce, input, dim, keepdim)


@op(lambda g, y, x, dim, keepdim: _share(g, y, x, dim))
def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element, over the dims in `dim` (none: all); its gradient goes evenly to equals.  As torch.amin."""
    return _extreme("amin", np.minimum.reduce, input, dim, keepdim)


@op(lambda g, y, x, dim, keepdim: _share(g[0], y[0], x, dim) + _share(g[1], y[1], x, dim), name="aminmax",
    several=True, method=False)
def _aminmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if not input.size and (dim is None or not input.ndim):
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
                           "identity.")
    dims = dims_of(dim, input.ndim)
    if dims and not input.shape[dims[0]]:
        raise IndexError(f"aminmax: Expected reduction dim {dims[0]} to have non-zero size.")
    _real(input, "aminmax_cpu")
    kept = kept_shape(input.shape, dims)
    found = tuple(np.asarray(reduce(input, dims)) for reduce in (np.minimum.reduce, np.maximum.reduce))
    return return_types.aminmax(*(y.reshape(kept) if keepdim else y for y in found))


@method()
@with_out
def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """(min, max), of all elements or along `dim`.  As torch.aminmax."""
    found = _aminmax(input, dim, keepdim)
    return found


def _whole(name: str, reduce: Any, x: ndarray) -> Any:
    _real(x, f"{name}_all")
    if not x.size:
        check_full(name, x.shape, None)
    return reduce(x, None)


def _along(name: str, reduce: Any, find: Any, x: ndarray, dim: Any, keepdim: bool) -> Any:
    """(values, indices) along one dim."""
    dim = wrap_dim(operator.index(dim), x.ndim)
    if x.dtype.kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")
    if not x.ndim:
        return getattr(return_types, name)(np.array(x), np.zeros((), np.int64))
    if not x.size:
        check_full(name, x.shape, (dim,))
        empty = kept_shape(x.shape, (dim,)) if keepdim else x.shape[:dim] + x.shape[dim + 1:]
        return getattr(return_types, name)(np.empty(empty, x.dtype), np.empty(empty, np.int64))
    return getattr(return_types, name)(reduce(x, dim, None, None, keepdim), find(x, dim, keepdims=keepdim))


_max_all = op(lambda g, y, x: _share_all(g, y, x), name="max", node="MaxBackward1", method=False)(
    lambda input: _whole("max", np.maximum.reduce, input))
_min_all = op(lambda g, y, x: _share_all(g, y, x), name="min", node="MinBackward1", method=False)(
    lambda input: _whole("min", np.minimum.reduce, input))
_max_dim = op(lambda g, y, x, dim, keepdim: at_indices(g, y[1], x.shape, dim), name="max_dim", node="MaxBackward0",
              several=True, method=False)(
    lambda input, dim, keepdim=False: _along("max", np.maximum.reduce, ndarray.argmax, input, dim, keepdim))
_min_dim = op(lambda g, y, x, dim, keepdim: at_indices(g, y[1], x.shape, dim), name="min_dim", node="MinBackward0",
              several=True, method=False)(
    lambda input, dim, keepdim=False: _along("min", np.minimum.reduce, ndarray.argmin, input, dim, keepdim))


def _three_forms(name: str, of_all: Any, along: Any, of_two: Any, word: str) -> Any:
    kind = getattr(return_types, name)

    def run(input: Any, dim: Any = None, keepdim: Any = False, *, other: Any = None, axis: Any = None,
            keepdims: Any = False, out: Any = None) -> Any:
        dim, keepdim = axis if dim is None else dim, keepdim or keepdims
        if isinstance(dim, ndarray) and (dim.ndim or dim.dtype.kind not in "iu"):
            dim, other = None, dim
        if other is not None:
            return of_two(input, other) if out is None else of_two(input, other, out=out)
        if dim is None:
            return of_all(input) if out is None else of_all(input, out=out)
        if isinstance(dim, (tuple, list, float)):
            raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, "
                            f"{type(dim).__name__}), but expected (Tensor input), (Tensor input, Tensor other) or "
                            "(Tensor input, int dim, bool keepdim)")
        return along(input, dim, bool(keepdim)) if out is None else kind(*along(input, dim, bool(keepdim), out=out))
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"""The {word} element; or (values, indices) along `dim`; or the {word} of two, elementwise.

    The gradient goes to the one element at the index; without `dim` evenly to all that are equal.  As torch.{name}.
    """
    return run


max = method("max")(_three_forms("max", _max_all, _max_dim, maximum, "largest"))
min = method("min")(_three_forms("min", _min_all, _min_dim, minimum, "smallest"))


# ------------------------------------------------------------------ where it is

def _index_of(name: str, find: Any, x: ndarray, dim: Any, keepdim: bool) -> Any:
    if x.dtype.kind in "cb":
        raise RuntimeError(f"{name}(): does not support {'complex' if x.dtype.kind == 'c' else 'bool'} input")
    if dim is None:
        if not x.size:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        y = find(x)
        return np.asarray(y).reshape((1,) * x.ndim) if keepdim else y
    if isinstance(dim, (tuple, list)):
        raise TypeError(f"{name}(): argument 'dim' (position 2) must be int, not {type(dim).__name__}")
    dim = wrap_dim(operator.index(dim), x.ndim)
    if not x.ndim:
        return np.zeros((), np.int64)
    check_full(name, x.shape, (dim,))
    return find(x, dim, keepdims=keepdim)


@op()
def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the largest element (the first of equals): of all, flattened, or along `dim`.  As torch.argmax."""
    return _index_of("argmax", ndarray.argmax, input, dim, keepdim)


@op()
def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the smallest element (the first of equals): of all, flattened, or along `dim`.  As torch.argmin."""
    return _index_of("argmin", ndarray.argmin, input, dim, keepdim)
