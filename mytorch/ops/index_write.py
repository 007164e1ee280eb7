"""Writing to slices by their number, and to any places."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import type_name, wrap_dim
from .._warnings import warn
from ..engine.op import op
from ..engine.tensor import Tensor, plain
from .accumulate import add_at, reduce_flat
from .assigning import fit_value, number_for
from .gathering import check_range, check_take, index_select, require_integers
from .indexing import FULL, fit, index_array, set_at
from .scatter import reduce_gradient, reduce_kernel
from .writing import on_flat, spelled, written

__all__ = ["index_add", "index_copy", "index_fill", "index_put", "index_put_", "index_reduce", "put"]

ndarray = np.ndarray


# ------------------------------------------------------------------ slices by number

def _checked_source(name: str, y: Any, dim: int, index: ndarray, source: ndarray) -> ndarray:
    """The index of slices as a vector, once source is seen to have a slice for each."""
    if index.ndim > 1:
        raise IndexError(f"{name}_(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
                         f"{type_name(index.dtype)} and size: {list(index.shape)}")
    require_integers(index, f"{name}_(): Expected dtype int32/int64 for index but got: {type_name(index.dtype)}")
    if source.dtype != y.dtype:
        raise RuntimeError(f"{name}_(): self ({type_name(y.dtype)}) and source ({type_name(source.dtype)}) must have "
                           "the same scalar type")
    count = source.shape[dim] if source.ndim > dim else 1
    if source.ndim and index.size != count:
        raise RuntimeError(f"{name}_(): Number of indices ({index.size}) should be equal to source.size(dim): "
                           f"({count}), for dim: {dim}")
    mine, theirs = list(y.shape), list(source.shape)
    if mine[:dim] + mine[dim + 1:] != theirs[:dim] + theirs[dim + 1:] or len(mine) != len(theirs):
        raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified dimension. Got "
                           f"self.shape = {mine} source.shape = {theirs}")
    return index.reshape(-1)


def _index_add_kernel(y: ndarray, dim: int, index: ndarray, source: ndarray, alpha: Any) -> None:
    dim = wrap_dim(operator.index(dim), y.ndim)
    where = _checked_source("index_add", y, dim, index, source)
    size = y.shape[dim] if y.ndim else 1
    check_range(where, 0, size, lambda n: RuntimeError(
        f"index {n} is out of bounds for dimension {dim} with size {size}"))
    if alpha != 1:
        source = source * np.array(alpha).astype(y.dtype)
    if not y.ndim:
        y += source
    elif y.flags.c_contiguous:
        add_at(y, [FULL] * dim + [where], source)
    else:
        copy = np.array(y, order="C")
        add_at(copy, [FULL] * dim + [where], source)
        y[...] = copy


_index_add = written(_index_add_kernel, lambda g, y, x, dim, index, source, alpha: g, None, None,
                      lambda g, y, x, dim, index, source, alpha: _times(index_select(g, dim, index), alpha),
                      name="index_add")


def _times(g: Any, alpha: Any) -> Any:
    return g if alpha == 1 else g * alpha


@spelled(_index_add, _index_add_kernel)
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> tuple:
    """The slices i of source, times alpha, added to the slices index[i] of `dim`.  As torch.index_add."""
    return dim, index, source, alpha


def _index_copy_kernel(y: ndarray, dim: int, index: ndarray, source: ndarray) -> None:
    dim = wrap_dim(operator.index(dim), y.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    count = index.size
    if not source.ndim and count != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {count})")
    if source.ndim and y.ndim and source.ndim != y.ndim:
        raise IndexError("index_copy_(): When source and destination are not scalars, their dimensionality must match. "
                         f"Source dimensionality ({source.ndim}), destination dimensionality ({y.ndim})")
    if index.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {type_name(index.dtype)}")
    if source.dtype != y.dtype:
        raise RuntimeError("index_copy_(): self and source expected to have the same dtype, but got (self) "
                           f"{type_name(y.dtype)} and (source) {type_name(source.dtype)}")
    mine, theirs = [n for i, n in enumerate(y.shape) if i != dim], [n for i, n in enumerate(source.shape) if i != dim]
    if mine != theirs:
        raise RuntimeError("index_copy_(): Source/destination tensor must have same slice shapes. Destination slice "
                           f"shape: {mine} at dimension {dim} and source slice shape: {theirs} at dimension 0.")
    if source.ndim and count != source.shape[dim]:
        raise IndexError(f"index_copy_(): Number of indices ({count}) should be equal to source.size(dim) "
                         f"({source.shape[dim]})")
    size = y.shape[dim] if y.ndim else 1
    check_range(index, 0, size, lambda n: IndexError(
        f"index_copy_(): index {n} is out of bounds for dimension {dim} with size {size}"))
    if y.ndim:
        y[(FULL,) * dim + (index.reshape(-1),)] = source
    else:
        y[...] = source.reshape(())


_index_copy = written(_index_copy_kernel, lambda g, y, x, dim, index, source: _index_fill(g, dim, index, 0), None, None,
                       lambda g, y, x, dim, index, source: index_select(g, dim, index).reshape(source.shape),
                       name="index_copy")


@spelled(_index_copy, _index_copy_kernel)
def index_copy(input: Any, dim: int, index: Any, source: Any) -> tuple:
    """The slices index[i] of `dim` replaced by the slices i of source.  As torch.index_copy."""
    return dim, index, source


def _index_fill_kernel(y: ndarray, dim: int, index: ndarray, value: Any) -> None:
    dim = wrap_dim(operator.index(dim), y.ndim)
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise IndexError("index_fill_(): Index is supposed to be a vector")
    if isinstance(value, ndarray) and value.ndim:
        raise RuntimeError("index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{value.ndim} dimension(s).")
    if y.dtype.kind != "c" and (value.dtype.kind == "c" if isinstance(value, ndarray) else type(value) is complex):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    size = y.shape[dim] if y.ndim else 1
    check_range(index, -size, size, lambda n: IndexError(
        f"index {n} is out of bounds for dimension {dim} with size {size}"))
    value = value if isinstance(value, ndarray) else number_for(value, y.dtype)
    where: Any = (FULL,) * dim + (index.reshape(-1),) if y.ndim else ...
    y[where] = value


_index_fill = written(_index_fill_kernel, lambda g, y, x, dim, index, value: _index_fill(g, dim, index, 0), None, None,
                       lambda g, y, x, dim, index, value: index_select(
                           g, dim, np.unique(np.where(index < 0, index + (g.shape[dim] if g.ndim else 1), index))
                       ).sum(), name="index_fill", node=lambda x, dim, index, value:
                       "IndexFillBackward" + ("1" if isinstance(value, ndarray) else "0"))


@spelled(_index_fill, _index_fill_kernel)
def index_fill(input: Any, dim: int, index: Any, value: Any) -> tuple:
    """The slices with numbers in `index`, a vector, filled with a number or 0-d tensor.  As torch.index_fill."""
    return dim, index, value


def _wide(index: ndarray, dim: int, shape: tuple) -> ndarray:
    """A vector of slice numbers as an index for scatter into slices of `shape`."""
    form = [1] * len(shape)
    form[dim] = len(index)
    return np.broadcast_to(index.reshape(form), (*shape[:dim], len(index), *shape[dim + 1:]))


_index_reduce = written(reduce_kernel, joint=reduce_gradient, name="index_reduce")


@spelled(_index_reduce, reduce_kernel)
def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> tuple:
    """The slices index[i] of `dim` reduced with the slices i of source: "prod", "mean", "amax" or "amin".

    As torch.index_reduce.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    warn("index_reduce() is in beta and the API may change at any time.")
    dim = wrap_dim(operator.index(dim), input.ndim)
    where = _checked_source("index_reduce", input, dim, plain(index), plain(source))
    check_range(where, 0, input.shape[dim] if input.ndim else 1, lambda n: IndexError("index out of range in self"))
    if not input.ndim:
        return 0, where, source.reshape((1,)), reduce, bool(include_self)
    return dim, _wide(where, dim, tuple(input.shape)), source, reduce, bool(include_self)


# ------------------------------------------------------------------ any places

def _put_indices(shape: tuple, indices: Any) -> tuple[list, bool]:
    if len(indices) > len(shape) and not any(i.dtype.kind == "b" for i in indices if i is not None):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)} (got {len(indices)})")
    return fit(shape, [FULL if i is None else index_array(i) for i in indices])


def _index_put_kernel(y: ndarray, indices: list, values: ndarray, accumulate: bool, unique: bool) -> None:
    if not accumulate:
        set_at(y, indices, values)
    elif unique:
        y[tuple(indices)] += values
    else:
        copy = y if y.flags.c_contiguous else np.array(y, order="C")
        add_at(copy, indices, np.broadcast_to(values, y[tuple(indices)].shape))
        if copy is not y:
            y[...] = copy


_pick_again: Any = op(
    lambda g, y, x, indices, unique: _put_again(np.zeros(x.shape, g.dtype), indices, g, True, unique), name="index",
    register=False, method=False)(lambda input, indices, unique: input[tuple(indices)])
_put_again = written(_index_put_kernel, lambda g, y, x, indices, values, accumulate, unique: g if accumulate else
                      _put_again(g, indices, np.zeros((), g.dtype), False, unique), None,
                      lambda g, y, x, indices, values, accumulate, unique: _pick_again(g, indices, unique),
                      name="index_put")


@spelled(_put_again, _index_put_kernel)
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> tuple:
    """`input` with values at [indices], a tuple of index tensors and masks; accumulate: added.  As torch.index_put."""
    if not isinstance(values, ndarray):
        raise TypeError(f"index_put(): argument 'values' (position 2) must be Tensor, not {type(values).__name__}")
    where, unique = _put_indices(tuple(input.shape), indices)
    return where, fit_value(input, where, values, unique), bool(accumulate), unique


def index_put_(input: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """`index_put`, in place."""
    return input.index_put_(indices, values, accumulate)  # type: ignore[attr-defined]


def _put_flat(flat: ndarray, where: ndarray, values: ndarray, accumulate: bool) -> None:
    if accumulate:
        reduce_flat(np.add, flat, where, values)
    else:
        flat[where] = values


def _put_kernel(y: ndarray, index: ndarray, source: ndarray, accumulate: bool) -> None:
    where = check_take("put_", y, index).reshape(-1)
    if source.dtype != y.dtype:
        raise RuntimeError(f"put_(): self and source expected to have the same dtype, but got self.dtype = "
                           f"{type_name(y.dtype)} and source.dtype = {type_name(source.dtype)}")
    if source.size != where.size:
        raise IndexError("put_(): Expected source and index to have the same number of elements, but got "
                         f"source.numel() = {source.size}, index.numel() = {where.size}")
    where = np.where(where < 0, where + y.size, where)
    on_flat(y, lambda flat: _put_flat(flat, where, source.reshape(-1), accumulate))


_put = written(_put_kernel, lambda g, y, x, index, source, accumulate: g if accumulate else
                _put(g, index, np.zeros(index.shape, g.dtype), False), None,
                lambda g, y, x, index, source, accumulate: g.reshape((-1,))[index.reshape(-1)].reshape(source.shape),
                name="put")


@spelled(_put, _put_kernel)
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> tuple:
    """`input` with source at the elements number `index`, counted through the flattened input.  As torch.put."""
    return index, source, bool(accumulate)
