"""Writing to parts of a tensor with `x[...] = value`."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import type_name
from ..engine.op import apply, check_writable, op, write, wrote
from ..engine.overlap import MANY, check_apart, each_place, make_writable
from ..engine.tape import Leaf, mode, owner
from ..engine.tensor import Tensor, edge, plain, unseen
from .broadcasting import expanded_shape, spread
from .indexing import (
    PUT,
    check_indices,
    fit,
    index_array,
    index_error,
    plain_index,
    set_at,
    sliced,
    split_index,
    without_tensors,
)
from .shape import reshape

__all__: list[str] = []

ndarray = np.ndarray
_view = ndarray.view


_fresh = op(lambda g, y, x, shape, dtype: g, name="copy", node="CopyBackwards", register=False, method=False)(
    lambda input, shape, dtype: input.astype(dtype, copy=False) if shape is None else spread(
        input.astype(dtype, copy=False), shape))


def number_for(value: Any, kind: np.dtype) -> ndarray:
    """A Python number as a 0-d array of type `kind`, where torch allows it."""
    try:
        if isinstance(value, (complex, np.complexfloating)) and kind.kind not in "c":
            if value.imag:
                raise OverflowError
            value = value.real
        if kind.kind in "iu" and isinstance(value, (float, np.floating)):
            value = int(value)
        return np.array(value, kind)
    except (OverflowError, ValueError):
        names = {"float32": "float", "float64": "double", "bool": "bool", "float16": "at::Half"}
        raise RuntimeError(f"value cannot be converted to type {names.get(kind.name, kind.name + '_t')} without "
                           "overflow") from None


def _value(target: Tensor, value: Any) -> Any:
    """What is to be assigned, as an array: a number takes the target's type."""
    if isinstance(value, ndarray):
        return value
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return number_for(value, target.dtype)
    if isinstance(value, (list, tuple)):
        return np.asarray(without_tensors(value))
    raise TypeError(f"can't assign a {type(value).__name__} to a torch.{type_name(target.dtype)}Tensor")


def _without_leading_ones(value: Any, ndim: int) -> Any:
    """`value` without the leading dims of size one that it has too many."""
    extra = 0
    while value.ndim - extra > ndim and value.shape[extra] == 1:
        extra += 1
    return reshape(value, tuple(value.shape[extra:])) if extra else value


def _is_same(a: ndarray, b: ndarray) -> bool:
    return (a.__array_interface__["data"][0] == b.__array_interface__["data"][0] and a.shape == b.shape
            and a.strides == b.strides and a.dtype == b.dtype)


def recorded(self: Tensor, value: Any) -> bool:
    """Whether a write of `value` to `self` is something the tape must know."""
    if not mode.grad:
        return False
    base = self._base
    return (edge(self) is not None or isinstance(value, Tensor) and edge(value) is not None
            or base is not None and edge(base) is not None)


def _check_writable(self: Tensor, part: ndarray) -> None:
    if mode.grad and type(self._node) is Leaf and not _is_same(part, _view(self, ndarray)):
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    check_writable(self)


def _check_apart(part: ndarray, value: Any, second: list) -> None:
    """Raise where torch does not write `value` to memory that it shares; what is broadcast first has gaps."""
    if second:
        if value.size > 1:
            check_apart("index_put", part, (value,), 1)
    elif value.size == part.size:
        check_apart("copy", part, (_without_leading_ones(value.detach(), part.ndim),), 1)


def _assign(view: ndarray, value: ndarray) -> None:
    """Write to memory; torch's error if it does not fit."""
    if not view.flags.writeable and not make_writable(view):
        raise RuntimeError(MANY)
    if value.ndim and value.shape != view.shape:
        expanded_shape(_without_leading_ones(value, view.ndim), view.shape)
    view[...] = value


def _setitem(self: Tensor, index: Any, value: Any) -> None:
    """`self[index] = value`, for every index `self[index]` knows; recorded when gradients flow."""
    value = _value(self, value)
    array, found, second = _view(self, ndarray), plain_index(index), []
    if found is None:
        if isinstance(index, Tensor) and index.ndim:
            second = [index_array(index)]
        else:
            found, second = split_index(array.ndim, index)
    try:
        part = array if found is None else array[found]
    except IndexError:
        raise index_error(array.shape, found or ()) from None
    _check_writable(self, part)
    if isinstance(value, Tensor) and (value._base is not None or self._base is not None or value is self):
        _check_apart(part, value, second)
    if recorded(self, value):
        _set_recorded(self, found, second, part, value)
        return
    if second:
        indices, unique = fit(part.shape, second)
        set_at(each_place(part, "index_put"), indices, plain(fit_value(part, indices, value, unique)))
    else:
        _assign(part, plain(value))
    if not unseen(self):
        wrote(array)


def _set_recorded(self: Tensor, found: tuple | None, second: list, part: ndarray, value: Any) -> None:
    """`self[index] = value` by way of the tape; `part` is what the first step of the index gives."""
    raw = plain(value)
    if not second and _is_same(part, raw) and owner(part) is owner(raw):
        wrote(part)  # the last step of x[i] += y: it is there already
        return
    target = self if found is None else sliced(self, found)
    if second:
        indices, unique = fit(part.shape, second)
        value = _fresh(fit_value(target, indices, value, unique), None, part.dtype)
        write(target, apply(PUT, (target, indices, value, unique)))
    else:
        value = _without_leading_ones(value, part.ndim)
        expanded_shape(value, part.shape)
        write(target, _fresh(value, part.shape, part.dtype))


def _picked_shape(part: Any, indices: list) -> tuple:
    """The shape of part[indices]."""
    try:
        return spread(np.empty((), np.bool_), part.shape)[tuple(indices)].shape
    except IndexError:
        check_indices(part.shape, indices)
        raise


def fit_value(part: Any, indices: list, value: Any, unique: bool) -> Any:
    """A value for part[indices], checked as torch's index_put does."""
    if isinstance(value, Tensor) and value.dtype != part.dtype and not (unique and value.size == 1):
        raise RuntimeError("Index put requires the source and destination dtypes match, got "
                           f"{type_name(part.dtype)} for the destination and {type_name(value.dtype)} for the source.")
    if not value.ndim:
        return value
    shape = _picked_shape(part, indices)
    given = tuple(value.shape)
    value = _without_leading_ones(value, len(shape))
    if value.ndim > len(shape) or any(n != m and n != 1 for n, m in zip(value.shape[::-1], shape[::-1])):
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing "
                           f"result of shape {list(shape)}")
    return value


Tensor.__setitem__ = _setitem  # type: ignore[method-assign, assignment]
