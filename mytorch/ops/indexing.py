"""Reading and writing parts of a tensor with `x[...]`.

torch works an index off in two steps, and so do we: numbers, slices, None and ... make a view; index arrays and masks
then pick from that view.  (NumPy does it in one, and puts the dims of `x[0, :, [1, 2]]` elsewhere.)
"""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import wrap_dim
from .._warnings import warn
from ..engine.op import apply, finish, method, note_view, op
from ..engine.overlap import make_writable
from ..engine.tape import begin, recording
from ..engine.tensor import Tensor, edge
from .accumulate import add_at

__all__ = ["narrow", "select"]

ndarray = np.ndarray
_view = ndarray.view
_shape = ndarray.shape.__get__  # type: ignore[attr-defined]
FULL = slice(None)


# ------------------------------------------------------------------ step one: views

def _slice_name(x: ndarray, index: tuple) -> str:
    """torch makes a view for each part of an index; the node carries the name of the last."""
    for part in reversed(index):
        if part is None:
            return "UnsqueezeBackward0"
        if type(part) is slice and (part != FULL or len(index) < 3):
            return "SliceBackward0"
        if isinstance(part, int):
            return "SelectBackward0"
    return "AliasBackward0"


def _view_op(name: Any) -> Any:
    return op(lambda g, y, x, index: _unslice(g, x.shape, index), name="slice", view=True, register=False, method=False,
              node=name)(lambda input, index: input[index]).op  # type: ignore[attr-defined]


# x[3] and x[:, 1] are too common to look for their name
_SLICE, _SELECT = _view_op(_slice_name), _view_op("SelectBackward0")


def _into_zeros(part: ndarray, shape: tuple, index: tuple) -> ndarray:
    whole = np.zeros(shape, part.dtype)
    whole[index] = part
    return whole


_unslice = op(lambda g, y, part, shape, index: g[index], name="slice_backward", register=False,
              method=False)(_into_zeros)


def plain_index(index: Any) -> tuple | None:
    """`index` as a tuple that NumPy reads as torch does and that gives a view; None where it needs a closer look."""
    if type(index) is int:
        return index, ...
    dots = False
    parts = index if type(index) is tuple else (index,)
    for part in parts:
        kind = type(part)
        if kind is slice:
            step = part.step
            if step is not None and (type(step) is not int or step < 1):
                return None
        elif kind is not int and part is not None:
            if part is not Ellipsis or dots:
                return None
            dots = True
    return parts if dots else (*parts, ...)


def _no_dims(index: list) -> Exception:
    """Why an index does not fit a tensor without dims."""
    if len(index) != 1:
        return IndexError("too many indices for tensor of dimension 0")
    if type(index[0]) is slice:
        return IndexError("slice() cannot be applied to a 0-dim tensor.")
    if index[0]:
        return IndexError(f"index {index[0]} is out of bounds for dimension 0 with size 0")
    return IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                      "convert a 0-dim tensor to a number")


def index_error(shape: tuple, index: tuple) -> Exception:
    """Why `index`, of numbers, slices, None and ..., does not fit, in torch's words."""
    if not shape:
        return _no_dims([part for part in index if part is not Ellipsis])
    given = [part for part in index if part is not None and part is not Ellipsis]
    if len(given) > len(shape):
        return IndexError(f"too many indices for tensor of dimension {len(shape)}")
    dim = 0
    for place, part in enumerate(index):
        if part is Ellipsis:
            dim += len(shape) - len(given)
        elif type(part) is slice:
            dim += 1
        elif part is not None:
            if not -shape[dim] <= part < shape[dim]:
                # torch calls the place in the index the dimension, whatever stands before it
                return IndexError(f"index {part} is out of bounds for dimension {place} with size {shape[dim]}")
            dim += 1
    return IndexError(f"index {index} does not fit a tensor of shape {list(shape)}")


def sliced(self: Tensor, index: tuple) -> Tensor:
    """The view `self[index]`, recorded: `apply` for the commonest op there is, without its detours."""
    x = _view(self, ndarray)
    try:
        y = x[index]
    except IndexError:
        raise index_error(x.shape, index) from None
    base = self._base
    if base is not None and not y.flags.writeable:
        make_writable(y)
    e = self._node if base is None else edge(self)
    kind = _SELECT if index[-1] is Ellipsis and len(index) > 1 and type(index[-2]) is int else _SLICE
    out = finish(kind, [x, index], [e, None], y, 1 if e is not None and (recording() or begin()) else 0)
    note_view(out, self)
    return out


# ------------------------------------------------------------------ step two: index arrays

@op(lambda g, y, x, indices, unique: _unpick(g, x.shape, indices, unique), name="index", register=False, method=False)
def _pick(input: Any, indices: list, unique: bool) -> Any:
    """The elements of `input` at `indices`: one index array, mask or full slice per dim.  unique: no place twice."""
    try:
        if unique and len(indices) == 1:
            return input[indices[0]]
        if sum(type(part) is not slice for part in indices) == 1 and indices[-1].ndim <= 1 + (not unique):
            where = indices[-1].nonzero()[0] if unique else indices[-1]
            return input.take(where, len(indices) - 1)
        return np.ascontiguousarray(input[tuple(indices)])  # NumPy leaves index arrays behind slices transposed
    except IndexError:
        check_indices(input.shape, indices)
        raise


@op(lambda g, y, part, shape, indices, unique: _pick(g, indices, unique), name="index_backward", register=False,
    method=False)
def _unpick(part: Any, shape: tuple, indices: list, unique: bool) -> ndarray:
    """Zeros of `shape` to which `part` is added at `indices`."""
    whole = np.zeros(shape, part.dtype)
    if unique:
        whole[tuple(indices)] = part
    else:
        add_at(whole, indices, part)
    return whole


@op(lambda g, y, x, indices, value, unique: put_at(g, indices, 0, unique), None,
    lambda g, y, x, indices, value, unique: _pick(g, indices, unique), name="index_put", register=False, method=False)
def put_at(input: Any, indices: list, value: Any, unique: bool) -> ndarray:
    """A copy of `input` with `value` at `indices`."""
    y = np.array(input)
    set_at(y, indices, value)
    return y


def set_at(y: ndarray, indices: list, value: Any) -> None:
    """y[indices] = value, with torch's error where an index is out of bounds."""
    try:
        y[tuple(indices)] = value
    except IndexError:
        check_indices(y.shape, indices)
        raise


_PICK, PUT = _pick.op, put_at.op  # type: ignore[attr-defined]

_BAD_TYPE = "tensors used as indices must be long, int, byte or bool tensors"


def index_array(value: Any) -> ndarray:
    """An index array or mask from what the user gave, of a type that may index."""
    if isinstance(value, Tensor):
        array = _view(value, ndarray)
    elif isinstance(value, ndarray):
        array = np.array(value)  # theirs to change before backward reads it
    else:
        try:
            array = np.asarray(without_tensors(value))
        except ValueError:
            raise TypeError(f"an index must be rectangular, got {value!r}") from None
        if not array.size:
            array = array.astype(np.int64)
    if array.dtype.kind == "u" and array.dtype.itemsize == 1:
        warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")
        return array != 0
    if array.dtype.kind not in "ib" or array.dtype.kind == "i" and array.dtype.itemsize < 4:
        raise IndexError(_BAD_TYPE)
    return array


def without_tensors(value: Any) -> Any:
    return [without_tensors(v) for v in value] if isinstance(value, (list, tuple, range)) else (
        v.item() if isinstance(v := value, Tensor) and not value.ndim else value)


def _as_tuple(index: Any) -> tuple:
    """The parts of an index.  A list that holds sequences, slices or tensors counts as a tuple, as in torch."""
    if type(index) is tuple:
        return index
    if isinstance(index, list) and len(index) < 32 and any(
            part is None or part is Ellipsis or isinstance(part, (list, tuple, ndarray, slice)) for part in index):
        warn("Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
             "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
             "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result")
        return tuple(index)
    return (index,)


def _parsed(part: Any) -> Any:
    """One part of an index as an int, a slice, None, ..., a bool or an index array."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return part
    if isinstance(part, slice):
        start, stop, step = (None if n is None else _number(n) for n in (part.start, part.stop, part.step))
        if step is not None and step < 1:
            raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
        return slice(start, stop, step)
    if isinstance(part, np.bool_):
        return bool(part)
    if isinstance(part, (ndarray, list, tuple, range)):
        array = index_array(part)
        return array if array.ndim else array.item()
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if isinstance(part, (int, np.integer)) or hasattr(part, "__index__"):
        return operator.index(part)
    raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
                     f"(got {type(part).__name__})")


def _number(n: Any) -> int:
    try:
        return operator.index(n)
    except TypeError as error:
        raise TypeError("slice indices must be integers or None or have an __index__ method"
                        if not isinstance(n, ndarray) else str(error)) from None


def split_index(ndim: int, index: Any) -> tuple[tuple | None, list]:
    """An index in two steps: the one that gives a view (None: the tensor itself), and for each dim of that view an
    index array, a mask or a full slice ([]: there is no second step)."""
    parts = [_parsed(part) for part in _as_tuple(index)]
    taken = sum(0 if p is None or p is Ellipsis or isinstance(p, bool) else p.ndim if isinstance(p, ndarray)
                and p.dtype.kind == "b" else 1 for p in parts)
    if taken > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    first: list[Any] = []
    second: list[Any] = []
    for part in parts:
        if part is Ellipsis:
            if part not in first:  # a second ... stands for nothing
                first.append(part)
                second += [FULL] * (ndim - taken)
        elif isinstance(part, bool):
            first.append(None)
            second.append(np.array([part]))
        elif isinstance(part, ndarray):
            dims = part.ndim if part.dtype.kind == "b" else 1
            first += [FULL] * dims
            second.append(part)
        else:
            first.append(part)
            second += [FULL] * (not isinstance(part, int))
    arrays = any(isinstance(part, ndarray) for part in second)
    simple = arrays and all(part is Ellipsis or type(part) is slice and part == FULL for part in first)
    whole = tuple(first) if Ellipsis in first else (*first, ...)
    return None if simple else whole, second if arrays else []


def fit(shape: tuple, second: list) -> tuple[list, bool]:
    """The second step checked against the shape it meets, in the form `_pick` takes, and whether it meets each place
    at most once.  One mask alone stays a mask, which NumPy reads fastest; among others it becomes index arrays."""
    if len(second) == 1 and second[0].dtype.kind == "i" and shape:
        return second, False
    while type(second[-1]) is slice:
        second = second[:-1]
    arrays = [part for part in second if isinstance(part, ndarray)]
    result: list[Any] = []
    for part in second:
        dim = sum(p.ndim if isinstance(p, ndarray) and p.dtype.kind == "b" else 1 for p in result)
        if type(part) is slice:
            result.append(part)
        elif part.dtype.kind == "b":
            if dim + part.ndim > len(shape):
                raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
            for j, n in enumerate(part.shape):
                if n != shape[dim + j]:
                    raise IndexError(f"The shape of the mask {list(part.shape)} at index {j} does not match the shape "
                                     f"of the indexed tensor {list(shape)} at index {dim + j}")
            result += [part] if len(arrays) == 1 else part.nonzero()
        else:
            result.append(part)
    if len(result) > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
    if len(arrays) > 1:
        _check_broadcast(result)
    return result, len(arrays) == 1 and arrays[0].dtype.kind == "b"


def _check_broadcast(indices: list) -> None:
    """Raise torch's error for index arrays that do not broadcast together."""
    numbers = [part for part in indices if isinstance(part, ndarray)]
    try:
        np.broadcast_shapes(*[part.shape for part in numbers])
    except ValueError:
        raise IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes "
                         + ", ".join(str(list(part.shape)) for part in numbers)) from None


def check_indices(shape: tuple, indices: list) -> None:
    """Raise torch's error for an index array that NumPy found to be out of bounds."""
    for dim, part in enumerate(indices):
        if isinstance(part, ndarray) and part.size:
            low, high, n = part.min(), part.max(), shape[dim]
            if not n:
                raise IndexError("index is out of bounds for dimension with size 0")
            if low < -n or high >= n:
                raise IndexError(f"index {int(part[(part < -n) | (part >= n)].flat[0])} is out of bounds for dimension "
                                 f"{dim} with size {n}")


# ------------------------------------------------------------------ x[index]

def _getitem(self: Tensor, index: Any) -> Tensor:
    """`self[index]`: a view for numbers, slices, None and ...; a copy for index arrays and masks.  As torch."""
    if type(index) is int:
        return sliced(self, (index, ...))
    found = plain_index(index)
    if found is not None:
        return sliced(self, found)
    if isinstance(index, Tensor) and index.ndim:
        first, second = None, [index_array(index)]
    else:
        first, second = split_index(self.ndim, index)
    part = self if first is None else sliced(self, first)
    if not second:
        return part
    indices, unique = fit(_shape(part), second)
    return apply(_PICK, (part, indices, unique))


# ------------------------------------------------------------------ parts of one dim

def along(dim: int, part: Any) -> tuple:
    """The index that takes `part` of dim `dim` (counted from the front) and all of the others."""
    return (FULL,) * dim + (part, ...)


def _as_view(input: Any, index: tuple) -> Any:
    """`input[index]`, a recorded view of a Tensor, a plain one of an array."""
    return sliced(input, index) if isinstance(input, Tensor) else input[index]


@method()
def select(input: Any, dim: int, index: int) -> Any:
    """The slice number `index` of dim `dim`, which is gone from the result; a view.  As torch.select."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim, index = wrap_dim(operator.index(dim), input.ndim), operator.index(index)
    if not -input.shape[dim] <= index < input.shape[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension "
                         f"{dim}")
    return _as_view(input, along(dim, index))


@method()
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices of dim `dim` from `start` on; a view.  As torch.narrow."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, ndarray) and (start.ndim or start.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    dim, start = wrap_dim(operator.index(dim), input.ndim), operator.index(start)
    size = input.shape[dim]
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [-{size}, {size}], but got {start})")
    start += size * (start < 0)
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return _as_view(input, along(dim, slice(start, start + length)))


Tensor.__getitem__ = _getitem  # type: ignore[method-assign, assignment]
