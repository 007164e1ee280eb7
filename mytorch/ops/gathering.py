"""Reading by index: the elements that index arrays or masks name, and where elements are."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import type_name, wrap_dim
from ..engine.op import method, op
from ..engine.tensor import Tensor, plain
from ._shared import with_out
from .accumulate import add_at, reduce_flat
from .broadcasting import common_shape, expand
from .indexing import FULL
from .shape import reshape

__all__ = ["argwhere", "gather", "index_select", "masked_select", "nonzero", "nonzero_static", "take",
           "take_along_dim"]

ndarray = np.ndarray


# ------------------------------------------------------------------ checks that reading and writing share

def require_integers(index: ndarray, message: str) -> None:
    """Raise unless the index is of type int64 or int32."""
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError(message)


def check_range(index: ndarray, low: int, high: int, error: Any) -> None:
    """Raise error(number) for the first number of `index` that is not in [low, high)."""
    if not index.size or not low and index.dtype == np.int64 and index.view(np.uint64).max() < high:
        return  # read as unsigned, negative numbers are huge: one look for both ends
    if index.min() < low or index.max() >= high:
        raise error(int(index[(index < low) | (index >= high)].flat[0]))


def places(shape: tuple, dim: int, index: ndarray) -> ndarray:
    """For each element of `index`, which replaces coordinate `dim` of its own, the flat place in an array of `shape`.

    index: as many dims as `shape`, at least one; counted from 0; its other sizes at most those of `shape`.
    """
    stride, strides = 1, [1] * len(shape)
    for d in range(len(shape) - 1, -1, -1):
        strides[d] = stride
        stride *= shape[d]
    flat = index if strides[dim] == 1 else index * strides[dim]
    for d, n in enumerate(index.shape):
        if d != dim and n > 1:
            step = strides[d]
            flat = flat + np.arange(0, n * step, step or 1).reshape((-1,) + (1,) * (len(shape) - d - 1))
    return flat


def _checked_gather(x: ndarray, dim: int, index: ndarray) -> tuple[tuple, int, ndarray]:
    """The shape, dim and index of a gather, all of at least one dim, once they are seen to fit."""
    dim = wrap_dim(operator.index(dim), x.ndim)
    shape = x.shape or (1,)
    if not index.size:
        return shape, dim, index
    require_integers(index, "gather(): Expected dtype int32/int64 for index")
    if max(index.ndim, 1) != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    sizes: tuple[int, ...] = index.shape or (1,)
    index = index.reshape(sizes)
    for d, (n, m) in enumerate(zip(sizes, shape)):
        if d != dim and n > m:
            raise RuntimeError(f"Size does not match at dimension {d} expected index {list(index.shape)} to be no "
                               f"larger than self {list(x.shape)} apart from dimension {dim}")
    check_range(index, 0, shape[dim], lambda found: RuntimeError(
        f"index {found} is out of bounds for dimension {dim} with size {shape[dim]}"))
    return shape, dim, index


# ------------------------------------------------------------------ gather

@op(lambda g, y, x, dim, index, sparse_grad: _ungather(g, x.shape, dim, index))
def gather(input: Any, dim: int, index: Any, sparse_grad: bool = False) -> ndarray:
    """y[i][j][k] = input[i][index[i][j][k]][k], for dim=1; likewise for others.

    index: int64 or int32, as many dims as input, elsewhere than in `dim` no larger.  sparse_grad is accepted, gradients
    are dense.  As torch.gather.
    """
    shape, at, where = _checked_gather(input, dim, index)
    if not where.size:
        return np.empty(index.shape, input.dtype)
    if input.flags.c_contiguous:
        return input.reshape(-1).take(places(shape, at, where)).reshape(index.shape)
    return np.take_along_axis(input[tuple(slice(n) if d != at else FULL for d, n in enumerate(where.shape))], where, at)


@op(lambda g, y, part, shape, dim, index: gather(g, dim, index), name="gather_backward", register=False, method=False)
def _ungather(part: Any, shape: tuple, dim: int, index: ndarray) -> ndarray:
    """Zeros of `shape`, to which `part` is added where gather read."""
    whole = np.zeros(shape, part.dtype)
    if index.size:
        where = index.reshape(index.shape or (1,))
        flat = places(shape or (1,), dim % max(len(shape), 1), where)
        reduce_flat(np.add, whole.reshape(-1), flat.reshape(-1), part.reshape(-1))
    return whole


@method()
def take_along_dim(input: Any, indices: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """`gather` with an index that broadcasts, and may count from the end; without `dim`, from the flattened input.

    As torch.take_along_dim.
    """
    if indices.dtype.kind != "i" or indices.dtype.itemsize < 4:
        raise RuntimeError("torch.take_along_dim(): dtype of indices should be Long but got "
                           f"{type_name(indices.dtype)}")
    if dim is None:
        return gather(reshape(input, (-1,)), 0, _from_front(reshape(indices, (-1,)), int(input.size)), out=out)
    if input.ndim != indices.ndim:
        raise RuntimeError("torch.take_along_dim(): input and indices should have the same number of dimensions, but "
                           f"got {input.ndim} dimensions for input, and {indices.ndim} dimensions for indices")
    dim = wrap_dim(operator.index(dim), input.ndim)
    rest = common_shape([(*x.shape[:dim], 1, *x.shape[dim + 1:]) for x in (input, indices)])
    source = expand(input, (*rest[:dim], input.shape[dim], *rest[dim + 1:]))
    where = expand(indices, (*rest[:dim], indices.shape[dim], *rest[dim + 1:]))
    return gather(source, dim, _from_front(where, input.shape[dim]), out=out)


def _from_front(index: Any, size: int) -> ndarray:
    index = plain(index)
    return np.where(index < 0, index + size, index) if index.size and index.min() < 0 else index


# ------------------------------------------------------------------ slices by number

def check_vector(x: ndarray, index: ndarray, name: str) -> ndarray:
    """An index of slices as a vector."""
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    require_integers(index, f"{name}(): Expected dtype int32 or int64 for index")
    return index.reshape(-1)


@op(lambda g, y, x, dim, index: _unselect(g, x.shape, dim, index))
def index_select(input: Any, dim: int, index: Any) -> ndarray:
    """The slices of `dim` with the numbers in `index`, a vector.  As torch.index_select."""
    dim = wrap_dim(operator.index(dim), input.ndim)
    where = check_vector(input, index, "index_select")
    size = input.shape[dim] if input.ndim else 1
    check_range(where, 0, size, lambda n: IndexError("index out of range in self"))
    if not input.ndim:
        if len(where) != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {len(where)} value(s)")
        return np.array(input)
    return input.take(where, dim)


@op(lambda g, y, part, shape, dim, index: index_select(g, dim, index), name="index_select_backward", register=False,
    method=False)
def _unselect(part: Any, shape: tuple, dim: int, index: ndarray) -> ndarray:
    """Zeros of `shape`, to whose slices number `index` those of `part` are added."""
    if not shape:
        return np.array(part)
    whole = np.zeros(shape, part.dtype)
    add_at(whole, [FULL] * (dim % len(shape)) + [index.reshape(-1)], part)
    return whole


# ------------------------------------------------------------------ single elements by number

def check_take(name: str, x: ndarray, index: ndarray) -> ndarray:
    """Numbers of elements, counted from the front."""
    if index.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {type_name(index.dtype)}")
    if index.size and not x.size:
        raise IndexError(f"{name}(): tried to take from an empty tensor")
    check_range(index, -x.size, x.size, lambda n: IndexError(
        f"out of range: tried to access index {n} on a tensor of {x.size} elements."))
    return index


@op(lambda g, y, x, index: _untake(g, x.shape, index), method=False)
def take(input: Any, index: Any) -> ndarray:
    """The elements with these numbers, counted through the flattened input.  As torch.take."""
    return input.take(check_take("take", input, index))


@method("take")
def _take(self: Tensor, index: Any, axis: int | None = None, **named: Any) -> Tensor:
    """`take`; with NumPy's `axis` the slices of that dim."""
    if axis is None and not named and isinstance(index, Tensor):
        return take(self, index)
    return np.take(self, index, axis, **named)


@op(lambda g, y, part, shape, index: take(g, index), name="take_backward", register=False, method=False)
def _untake(part: Any, shape: tuple, index: ndarray) -> ndarray:
    whole = np.zeros(shape, part.dtype)
    flat = index.reshape(-1)
    reduce_flat(np.add, whole.reshape(-1), np.where(flat < 0, flat + whole.size, flat), part.reshape(-1))
    return whole


# ------------------------------------------------------------------ by mask

def check_mask(mask: Any, message: str) -> None:
    if mask.dtype != np.bool_:
        raise RuntimeError(message)


@op(lambda g, y, x, mask: _unmask(g, x.shape, mask))
def masked_select(input: Any, mask: Any) -> ndarray:
    """The elements where `mask`, which broadcasts with `input`, is True; in one dim.  As torch.masked_select."""
    check_mask(mask, "masked_select: expected BoolTensor for mask")
    if input.shape != mask.shape:
        shape = common_shape([mask.shape, input.shape])
        input, mask = np.broadcast_to(input, shape), np.broadcast_to(mask, shape)
    return input[mask].reshape(-1)


@op(lambda g, y, part, shape, mask: masked_select(g, mask), name="masked_select_backward", register=False,
    method=False)
def _unmask(part: Any, shape: tuple, mask: ndarray) -> ndarray:
    """Zeros with `part` where `mask` is True; both as large as they were broadcast."""
    shape = np.broadcast_shapes(shape, mask.shape)
    whole = np.zeros(shape, part.dtype)
    whole[np.broadcast_to(mask, shape)] = part if shape else part.reshape(part.size)
    return whole


# ------------------------------------------------------------------ where elements are

def _coordinates(x: ndarray) -> ndarray:
    return np.argwhere(x) if x.ndim else np.empty((int(bool(x)), 0), np.int64)


@op(name="nonzero", register=False, method=False)
def _nonzero(input: Any) -> ndarray:
    return _coordinates(input)


@method()
def nonzero(input: Any, *, as_tuple: bool = False, out: Any = None) -> Any:
    """Where `input` is not zero: a row of coordinates per element, (n, ndim); as_tuple: a vector for each dim.

    As torch.nonzero.
    """
    if not as_tuple:
        return _nonzero(input, out=out) if out is not None else _nonzero(input)
    found = np.atleast_1d(plain(input)).nonzero()
    return tuple(part.copy().view(Tensor) for part in found) if isinstance(input, Tensor) else found


@method()
def argwhere(input: Any) -> Any:
    """`nonzero`.  As torch.argwhere."""
    return _nonzero(input)


@method()
@with_out
def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """The first `size` rows of `nonzero`; rows of `fill_value` where there are fewer.  As torch.nonzero_static."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = _coordinates(plain(input))[:size]
    rows = np.full((size, found.shape[1]), fill_value, np.int64)
    rows[:len(found)] = found
    return rows.view(Tensor) if isinstance(input, Tensor) else rows
