"""NumPy's face of reading and writing by index: np.take, np.insert, np.pad, np.put ... on Tensors."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.op import numpy_face, placed
from ..engine.tensor import Tensor, plain
from .gathering import take_along_dim
from .numpy_shape import as_tensor, axes_of, common_type, indices_like, picked, unrecorded
from .shape import reshape

__all__: list[str] = []

ndarray = np.ndarray


# ------------------------------------------------------------------ reading

def _in_mode(index: ndarray, size: int, mode: str) -> ndarray:
    if mode == "raise":
        return index
    if mode not in ("wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    return index % size if mode == "wrap" else np.clip(index, 0, size - 1)


@numpy_face(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: Any = "raise") -> Any:
    a = as_tensor(a)
    if axis is None:
        a, axis = reshape(a, (-1,)), 0
    axis, = axes_of(axis, a.ndim)
    where = np.take(np.arange(a.shape[axis]), plain(indices), mode=mode)  # the mode applied, errors raised
    y = a[(slice(None),) * axis + (where,)]
    return placed(y, out)


@numpy_face(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    arr, where = as_tensor(arr), as_tensor(indices)
    if where.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        if where.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        arr, axis = reshape(arr, (-1,)), 0
    if arr.ndim != where.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    return take_along_dim(arr, where.astype(np.int64), axes_of(axis, arr.ndim)[0])


@numpy_face(np.extract)
def _extract(condition: Any, arr: Any) -> Tensor:
    flat = reshape(as_tensor(arr), (-1,))
    return flat[np.flatnonzero(np.asarray(plain(condition)))]


@numpy_face(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Tensor:
    arr = as_tensor(arr)
    return picked([arr], np.delete(indices_like([arr])[0], plain(obj), axis))


@numpy_face(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Tensor:
    arr, values = as_tensor(arr), as_tensor(values)
    both = common_type([arr, values], arr.dtype, "unsafe")
    mine, theirs = indices_like(both)
    return picked(both, np.insert(mine, plain(obj), theirs, axis))


@numpy_face(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Tensor:
    x = as_tensor(filt)
    found = np.argwhere(plain(x))
    axes = tuple(range(x.ndim)) if axis is None else axes_of(axis, x.ndim)
    ends = [(0, n) for n in x.shape]
    for i in axes:
        low, high = (found[:, i].min(), found[:, i].max() + 1) if len(found) else (x.shape[i], x.shape[i])
        ends[i] = (int(low) if "f" in trim.lower() else 0, int(high) if "b" in trim.lower() else x.shape[i])
    return x[tuple(slice(a, max(a, b)) for a, b in ends)]


@numpy_face(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    # the common type is that of the choices alone when the default is a Python number
    kind = np.result_type(*map(plain, [c for c in choicelist]), plain(default))
    y = as_tensor(np.asarray(default) if not isinstance(default, ndarray) else default).astype(kind)
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        mask = np.asarray(plain(condition))
        if mask.dtype != np.bool_:
            raise TypeError(f"invalid entry in condlist: should be boolean ndarray, got {mask.dtype}")
        y = np.where(mask, as_tensor(choice).astype(kind), y)
    return y


# ------------------------------------------------------------------ writing in place

def _target(function: Callable, target: Any, *values: Any) -> bool:
    """Whether NumPy itself does it: the target is a plain array, and no gradient would be lost."""
    if isinstance(target, Tensor):
        return False
    unrecorded(function, "of a plain array", *values)
    return True


def _cycled(values: Any, count: int, kind: np.dtype) -> Tensor:
    """`count` values, from the beginning again when there are fewer."""
    flat = reshape(as_tensor(values), (-1,)).astype(kind)
    return flat[np.arange(count) % max(int(flat.size), 1)]


@numpy_face(np.put)
def _put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    if _target(np.put, a, v):
        return np.put(a, plain(ind), plain(v), mode)
    where = _in_mode(np.asarray(plain(ind)).reshape(-1).astype(np.int64), int(a.size), mode)
    if where.size and np.size(plain(v)):
        a.put_(where, _cycled(v, len(where), a.dtype))
    return None


@numpy_face(np.place)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    if _target(np.place, arr, vals):
        return np.place(arr, plain(mask), plain(vals))
    where = np.flatnonzero(np.asarray(plain(mask)))
    if where.size:
        if not np.size(plain(vals)):
            raise ValueError("Cannot insert from an empty array!")
        arr.put_(where, _cycled(vals, len(where), arr.dtype))
    return None


@numpy_face(np.putmask)
def _putmask(a: Any, /, mask: Any, values: Any) -> None:
    if _target(np.putmask, a, values):
        return np.putmask(a, plain(mask), plain(values))
    where = np.flatnonzero(np.asarray(plain(mask)))
    if where.size:
        a.put_(where, _cycled(values, int(a.size), a.dtype)[where])
    return None


@numpy_face(np.put_along_axis)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    if _target(np.put_along_axis, arr, values):
        return np.put_along_axis(arr, plain(indices), plain(values), axis)
    where = np.asarray(plain(indices))
    if where.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        places = indices_like([arr])[0].reshape(-1)[where]
    else:
        axis, = axes_of(axis, arr.ndim)
        places = np.take_along_axis(indices_like([arr])[0], where, axis)
    values = as_tensor(values).astype(arr.dtype)
    arr.put_(places, values.expand(places.shape))
    return None


@numpy_face(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    if _target(np.fill_diagonal, a, val):
        return np.fill_diagonal(a, plain(val), wrap)
    marks = np.zeros(a.shape, np.bool_)
    np.fill_diagonal(marks, True, wrap)
    where = np.flatnonzero(marks)
    a.put_(where, _cycled(val, len(where), a.dtype))
    return None
