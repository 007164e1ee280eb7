"""NumPy's face of form: np.reshape, np.concatenate, np.roll ... on Tensors; NumPy's meaning and types, recorded."""
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from ..engine.op import as_array, numpy_face, placed
from ..engine.tensor import Tensor, plain, tensor_of, wants_gradient
from . import arranging, diagonals, joining, repeating
from .broadcasting import expand
from .gathering import take
from .shape import movedim, permute, ravel, reshape, squeeze, transpose
from .strided import unfold

__all__: list[str] = []

ndarray = np.ndarray


# ------------------------------------------------------------------ helpers

def as_tensor(a: Any) -> Any:
    """A Tensor of what NumPy would make an array of; no copy."""
    return tensor_of(as_array(a))


def floats(*arrays: Any) -> list:
    """Tensors in NumPy's common type; integers as float64."""
    tensors = common_type([as_tensor(a) for a in arrays])
    return [t.astype(np.float64) if t.dtype.kind in "biu" else t for t in tensors]


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front; NumPy's error where one is out of range."""
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    found = tuple(operator.index(a) for a in given)
    for a in found:
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(a % ndim for a in found)


def indices_like(tensors: list) -> list:
    """For each tensor an array of its shape with the numbers its elements have in all of them, one after the other."""
    start, result = 0, []
    for x in tensors:
        count = int(x.size)
        result.append(np.arange(start, start + count).reshape(tuple(x.shape)))
        start += count
    return result


def picked(tensors: list, places: ndarray) -> Tensor:
    """The elements with these numbers (see `indices_like`): how any function that only moves elements is recorded."""
    flat = [reshape(x, (-1,)) for x in tensors]
    return take(flat[0] if len(flat) == 1 else joining.cat(flat), np.asarray(places, np.int64))


def rearranged(function: Callable) -> Callable:
    """The face of a NumPy function of one array that only moves elements: it is run on their numbers."""
    def run(a: Any, *args: Any, **kwargs: Any) -> Tensor:
        a = as_tensor(a)
        return picked([a], function(indices_like([a])[0], *plain(args), **plain(kwargs)))
    return numpy_face(function)(run)


def common_type(tensors: list, dtype: Any = None, casting: Any = "same_kind") -> list:
    """The tensors in NumPy's common type, or in `dtype`."""
    kind = np.result_type(*map(plain, tensors)) if dtype is None else np.dtype(getattr(dtype, "dtype", dtype))
    for x in tensors:
        if not np.can_cast(x.dtype, kind, casting):
            raise TypeError(f"Cannot cast array data from {x.dtype!r} to {kind!r} according to the rule '{casting}'")
    return [x if x.dtype == kind else x.astype(kind) for x in tensors]


# ------------------------------------------------------------------ form

@numpy_face(np.reshape)
def _reshape(a: Any, /, shape_: Any = None, order: str = "C", *, shape: Any = None, newshape: Any = None,
             copy: bool | None = None) -> Tensor:
    a = as_tensor(a)
    wanted = next(s for s in (shape_, shape, newshape) if s is not None)
    sizes = (operator.index(wanted),) if np.ndim(wanted) == 0 else tuple(map(operator.index, wanted))
    if order == "F" or order == "A" and a.flags.f_contiguous and not a.flags.c_contiguous:
        y = _transpose(_reshape(_transpose(a), sizes[::-1]))
    elif order in "CA":
        y = reshape(a, sizes)
    else:
        raise ValueError(f"order={order!r}")
    if copy is False and not np.may_share_memory(plain(y), plain(a)):
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return y.clone() if copy else y  # type: ignore[attr-defined]


@numpy_face(np.ravel)
def _ravel(a: Any, order: str = "C") -> Tensor:
    return ravel(as_tensor(a), order)


@numpy_face(np.transpose)
def _transpose(a: Any, axes: Any = None) -> Tensor:
    a = as_tensor(a)
    return permute(a, tuple(range(a.ndim))[::-1] if axes is None else tuple(axes))


@numpy_face(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x: Any, /) -> Tensor:
    return transpose(as_tensor(x), -1, -2)


@numpy_face(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    return transpose(as_tensor(a), axis1, axis2)


@numpy_face(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    a = as_tensor(a)
    return movedim(a, axes_of(source, a.ndim), axes_of(destination, a.ndim))


@numpy_face(np.rollaxis)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    a = as_tensor(a)
    axis, = axes_of(axis, a.ndim)
    if not -a.ndim <= start <= a.ndim:
        raise np.exceptions.AxisError(start, a.ndim)
    start += a.ndim * (start < 0)
    return movedim(a, axis, start - (axis < start))


@numpy_face(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Tensor:
    a = as_tensor(a)
    if axis is None:
        return squeeze(a)
    axes = axes_of(axis, a.ndim)
    if any(a.shape[i] != 1 for i in axes):
        raise ValueError("only sizes of one can be squeezed out")
    return squeeze(a, axes)


@numpy_face(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Tensor:
    a = as_tensor(a)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    axes = axes_of(axis, a.ndim + count)
    if len(set(axes)) != count:
        raise ValueError("repeated axis")
    sizes = iter(a.shape)
    return reshape(a, tuple(1 if i in axes else next(sizes) for i in range(a.ndim + count)))


@numpy_face(np.broadcast_to)
def _broadcast_to(array: Any, shape_: Any = None, subok: bool = False, *, shape: Any = None) -> Tensor:
    array = as_tensor(array)
    wanted = shape_ if shape is None else shape
    sizes = (wanted,) if isinstance(wanted, (int, np.integer)) else tuple(wanted)
    np.broadcast_to(plain(array), sizes)  # raises what expand would take: a size of -1
    return expand(array, sizes)


@numpy_face(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple:
    tensors = [as_tensor(a) for a in args]
    sizes = np.broadcast_shapes(*[tuple(x.shape) for x in tensors])
    return tuple(x if tuple(x.shape) == sizes else expand(x, sizes) for x in tensors)


def _atleast(function: Callable, ours: Callable) -> None:
    def run(*arys: Any) -> Any:
        found = tuple(ours(as_tensor(a)) for a in arys)
        return found[0] if len(found) == 1 else found
    numpy_face(function)(run)


_atleast(np.atleast_1d, joining.atleast_1d)
_atleast(np.atleast_2d, joining.atleast_2d)
_atleast(np.atleast_3d, joining.atleast_3d)


# ------------------------------------------------------------------ joining and splitting

@numpy_face(np.concatenate)
def _concatenate(arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None,
                 casting: str = "same_kind") -> Any:
    tensors = common_type([as_tensor(a) for a in arrays], dtype, casting)
    if axis is None:
        tensors, axis = [reshape(x, (-1,)) for x in tensors], 0
    if any(not x.ndim for x in tensors):
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    if any(x.ndim != tensors[0].ndim for x in tensors):
        raise ValueError("concatenated arrays have one number of dimensions")  # torch passes over empty rows
    y = joining.cat(tensors, axis)
    return placed(y, out)


@numpy_face(np.stack)
def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    y = joining.stack(common_type([as_tensor(a) for a in arrays], dtype, casting), axis)
    return placed(y, out)


def _stacking(function: Callable, form: Callable, axis: Callable) -> None:
    """np.hstack and its like: bring each array to a form, then concatenate along an axis."""
    def run(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        tensors = [form(as_tensor(a)) for a in tup]
        return _concatenate(tensors, axis(tensors), dtype=dtype, casting=casting)
    numpy_face(function)(run)


_stacking(np.hstack, joining.atleast_1d, lambda tensors: 0 if tensors and tensors[0].ndim == 1 else 1)
_stacking(np.vstack, joining.atleast_2d, lambda tensors: 0)
_stacking(np.dstack, joining.atleast_3d, lambda tensors: 2)
_stacking(np.column_stack, lambda x: reshape(x, (-1, 1)) if x.ndim < 2 else x, lambda tensors: 1)


@numpy_face(np.block)
def _block(arrays: Any) -> Tensor:
    leaves: list[Tensor] = []
    _leaves(arrays, leaves)
    leaves = common_type(leaves)
    numbers = iter(indices_like(leaves))
    return picked(leaves, np.block(_with(arrays, numbers)))


def _leaves(tree: Any, found: list) -> None:
    if isinstance(tree, list):
        for branch in tree:
            _leaves(branch, found)
    else:
        found.append(as_tensor(tree))


def _with(tree: Any, leaves: Any) -> Any:
    """The nested list with other leaves."""
    return [_with(branch, leaves) for branch in tree] if isinstance(tree, list) else next(leaves)


@numpy_face(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    return _concatenate([arr, values], axis)


@numpy_face(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list:
    ary = as_tensor(ary)
    axis, = axes_of(axis, ary.ndim)
    cuts = plain(indices_or_sections)
    ends = np.array_split(np.arange(ary.shape[axis]), cuts)
    if np.ndim(cuts):
        bounds = [0, *np.asarray(cuts).tolist(), ary.shape[axis]]
        parts = [slice(a, b) for a, b in zip(bounds, bounds[1:])]
    else:
        parts, start = [], 0
        for end in ends:
            parts.append(slice(start, start + len(end)))
            start += len(end)
    return [ary[(slice(None),) * axis + (part,)] for part in parts]


@numpy_face(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list:
    ary = as_tensor(ary)
    count = plain(indices_or_sections)
    if not np.ndim(count) and ary.shape[axes_of(axis, ary.ndim)[0]] % int(count):
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


def _splitting(function: Callable, axis: int, least: int) -> None:
    def run(ary: Any, indices_or_sections: Any) -> list:
        ary = as_tensor(ary)
        if ary.ndim < least:
            raise ValueError(f"{function.__name__} only works on arrays of {least} or more dimensions")
        return _split(ary, indices_or_sections, 0 if ary.ndim == 1 else axis)
    numpy_face(function)(run)


_splitting(np.hsplit, 1, 1)
_splitting(np.vsplit, 0, 2)
_splitting(np.dsplit, 2, 3)


def _unstack(x: Any, /, *, axis: int = 0) -> tuple:
    x = as_tensor(x)
    return joining.unbind(x, axis)


if hasattr(np, "unstack"):  # NumPy 2.1
    numpy_face(np.unstack)(_unstack)


# ------------------------------------------------------------------ repeating, turning

@numpy_face(np.tile)
def _tile(A: Any, reps: Any) -> Tensor:
    counts = tuple(reps) if isinstance(reps, (tuple, list, ndarray)) else (reps,)
    return repeating.tile(as_tensor(A), tuple(int(n) for n in counts))


@numpy_face(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    a = as_tensor(a)
    if axis is not None:
        axis, = axes_of(axis, a.ndim)
    counts = np.asarray(plain(repeats))
    every = int(counts.reshape(())) if counts.size == 1 else counts.astype(np.int64)
    return repeating.repeat_interleave(a, every, axis)


rearranged(np.resize)


@numpy_face(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    a = as_tensor(a)
    if axis is None:
        return arranging.roll(a, int(np.sum(shift)))
    axes_of(axis, a.ndim)
    by: dict[int, int] = {}
    for n, d in np.broadcast(shift, axis):
        by[int(d) % a.ndim] = by.get(int(d) % a.ndim, 0) + int(n)
    return arranging.roll(a, tuple(by.values()), tuple(by))


@numpy_face(np.flip)
def _flip(m: Any, axis: Any = None) -> Tensor:
    m = as_tensor(m)
    return arranging.flip(m, tuple(range(m.ndim)) if axis is None else axes_of(axis, m.ndim))


@numpy_face(np.fliplr)
def _fliplr(m: Any) -> Tensor:
    return arranging.flip(as_tensor(m), (1,))


@numpy_face(np.flipud)
def _flipud(m: Any) -> Tensor:
    m = as_tensor(m)
    if not m.ndim:
        raise ValueError("a single number has no upper and lower end")
    return arranging.flip(m, (0,))


@numpy_face(np.rot90)
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    np.rot90(np.broadcast_to(np.zeros(()), np.shape(plain(m))), k, axes)  # raises what NumPy raises
    return arranging.rot90(as_tensor(m), k, tuple(axes))


# ------------------------------------------------------------------ diagonals, triangles, grids

@numpy_face(np.tril)
def _tril(m: Any, k: int = 0) -> Tensor:
    m = as_tensor(m)
    return diagonals.tril(m if m.ndim > 1 else expand(m, (m.shape[0], m.shape[0])), k)


@numpy_face(np.triu)
def _triu(m: Any, k: int = 0) -> Tensor:
    m = as_tensor(m)
    return diagonals.triu(m if m.ndim > 1 else expand(m, (m.shape[0], m.shape[0])), k)


@numpy_face(np.diag)
def _diag(v: Any, k: int = 0) -> Tensor:
    v = as_tensor(v)
    if v.ndim > 2:
        raise ValueError("one or two dimensions")
    return diagonals.diag_embed(v, k) if v.ndim == 1 else diagonals.diagonal(v, k)


@numpy_face(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Tensor:
    return diagonals.diagflat(as_tensor(v), k)


@numpy_face(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    return diagonals.diagonal(as_tensor(a), offset, axis1, axis2)


@numpy_face(np.linalg.diagonal)
def _linalg_diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    return _diagonal(x, offset, -2, -1)


@numpy_face(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple:
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing={indexing!r}")
    tensors = [reshape(as_tensor(x), (-1,)) for x in xi]
    order = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        order[:2] = 1, 0
    grids = [reshape(x, tuple(-1 if order[d] == i else 1 for d in range(len(tensors))))
             for i, x in enumerate(tensors)]
    if not sparse:
        sizes = tuple(int(tensors[i].size) for i in order)
        grids = [expand(x, sizes) for x in grids]
    return tuple(x.clone() for x in grids) if copy else tuple(grids)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ windows and functions along an axis

@numpy_face(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False,
                         writeable: bool = False) -> Tensor:
    x = as_tensor(x)
    sizes = tuple(window_shape) if isinstance(window_shape, (tuple, list)) else (window_shape,)
    axes = tuple(range(x.ndim)) if axis is None else axes_of(axis, x.ndim)
    for size, dim in zip(sizes, axes, strict=True):
        x = unfold(x, dim, size, 1)
    return x


@numpy_face(np.apply_along_axis)
def _apply_along_axis(func1d: Callable, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Tensor:
    arr = as_tensor(arr)
    axis, = axes_of(axis, arr.ndim)
    lines = movedim(arr, axis, -1)
    rows = reshape(lines, (-1, arr.shape[axis]))
    if not rows.shape[0]:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    found = joining.stack([as_tensor(func1d(row, *args, **kwargs)) for row in rows])
    found = reshape(found, (*lines.shape[:-1], *found.shape[1:]))
    outer = arr.ndim - 1
    inner = tuple(range(outer, found.ndim))
    return movedim(found, inner, tuple(axis + i for i in range(len(inner))))


@numpy_face(np.apply_over_axes)
def _apply_over_axes(func: Callable, a: Any, axes: Any) -> Tensor:
    y = as_tensor(a)
    for axis in axes_of(tuple(axes) if np.ndim(axes) else axes, y.ndim):
        found = as_tensor(func(y, axis))
        y = found if found.ndim == y.ndim else _expand_dims(found, axis)
        if y.ndim != found.ndim and found.ndim != y.ndim - 1:
            raise ValueError("function is not returning an array of the correct shape")
    return y


def unrecorded(function: Callable, option: str, *values: Any) -> None:
    """Raise where an option that has no rule meets a tensor that wants a gradient."""
    if wants_gradient(values):
        raise NotImplementedError(f"np.{function.__name__}({option}) has no gradient rule; call it on x.detach()")
