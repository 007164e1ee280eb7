"""What everything that makes tensors shares: numbers in, shapes, types and layouts, a Tensor out.

One way in for data: `array_of` decides the type as torch does and copies.  One way out: `made` wraps the array
with what all factories take (out, layout, device, pin_memory, requires_grad).
"""
from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .._types import (
    as_dtype,
    check_device,
    checked,
    default_dtype,
    is_inexact,
    promote,
    scalar_dtype,
    strided,
    type_name,
)
from .._warnings import warn_once
from ..engine.face import replace_memory
from ..engine.op import wrote
from ..engine.tape import inference, mode
from ..engine.tensor import Tensor, array_from, edge, plain

__all__: list[str] = []

ndarray = np.ndarray
_view = ndarray.view


# ------------------------------------------------------------------ what factories share

def sizes(name: str, args: tuple, size: Any = None) -> tuple:
    """The shape that was asked for: `zeros(2, 3)`, `zeros((2, 3))` or `zeros(size=(2, 3))`."""
    if size is not None:
        args = (size,)
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = tuple(args[0])
    elif not args:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    for i, n in enumerate(args):
        if type(n) is not int:
            return _unusual_sizes(name, args, i)
        if n < 0:
            raise RuntimeError("zeros: Dimension size must be non-negative." if name == "zeros" else
                               f"Trying to create tensor with negative dimension {n}: {list(args)}")
    return args


def _unusual_sizes(name: str, args: tuple, at: int) -> tuple:
    """Sizes that are integers of another class; anything else is refused."""
    n = args[at]
    if not isinstance(n, (bool, tuple, list)):
        try:
            return sizes(name, (*args[:at], operator.index(n), *args[at + 1:]))
        except TypeError as error:
            if "argument 'size'" in str(error):
                raise
    kind = type(n).__name__
    if at:
        raise TypeError(f"{name}(): argument 'size' failed to unpack the object at pos {at + 1} with error "
                        f'"type must be tuple of ints,but got {kind}"')
    raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kind}")


def array_like(name: str, input: Any, dtype: Any, memory_format: Any) -> ndarray:
    """The array, of undefined numbers, that the factory `name` fills and returns for `input`."""
    if not isinstance(input, Tensor):
        kind = f"{type(input).__module__}.{type(input).__name__}".removeprefix("builtins.")
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
    return empty_as(_view(input, ndarray), input.dtype if dtype is None else as_dtype(dtype), memory_format)


def made(array: ndarray, requires_grad: bool = False, device: Any = None, layout: Any = strided,
         pin_memory: bool = False, out: Any = None) -> Tensor:
    """The Tensor over `array` that a factory returns."""
    if device is not None:
        check_device(device)
    if layout is not strided and layout is not None:
        raise NotImplementedError(f"layout={layout}: Mytorch has dense tensors (torch.strided) only")
    if pin_memory:
        raise RuntimeError("pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator "
                           "is available on this system.")
    if out is not None:
        return _fill_out(out, array)
    tensor = _view(array, Tensor)
    if inference() is not None:
        tensor._inference = True
    if requires_grad:
        if not is_inexact(array.dtype):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        tensor.requires_grad_()
    return tensor


def _fill_out(out: Tensor, array: ndarray) -> Tensor:
    """Numbers into a given tensor, which takes their shape and keeps its type."""
    if mode.grad and edge(out) is not None:
        raise RuntimeError("functions with out=... arguments don't support automatic differentiation, but one of the "
                           "arguments requires grad.")
    if tuple(out.shape) != array.shape:
        replace_memory(out, np.empty(array.shape, out.dtype))
    np.copyto(_view(out, ndarray), converted(array, out.dtype))
    wrote(out)
    return out


def asked_dtype(dtype: Any, out: Any = None) -> np.dtype:
    """The dtype of a factory's result."""
    if out is None:
        return default_dtype() if dtype is None else as_dtype(dtype)
    if dtype is not None and as_dtype(dtype) != out.dtype:
        raise RuntimeError(f"dtype {type_name(as_dtype(dtype))} does not match dtype of out parameter "
                           f"({type_name(out.dtype)})")
    return out.dtype


# ------------------------------------------------------------------ data: which type, which numbers

def array_of(data: Any, kind: np.dtype | None = None) -> ndarray:
    """A fresh array of the numbers in `data`, in `kind` or else in the type torch infers.

    Python floats count as the default float type, ints as int64; arrays, NumPy scalars and tensors keep theirs.
    """
    if isinstance(data, ndarray):
        array = checked(_view(data, ndarray))
        return np.array(array) if kind is None or kind == array.dtype else converted(array, kind)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if hasattr(data, "__array__") and not isinstance(data, np.generic):
        return array_of(np.asarray(data), kind)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__getitem__") and hasattr(data, "__len__") and not (
            isinstance(data, (np.generic, dict))):
        data = list(data)
    kind = _inferred(data) if kind is None else kind
    return read(data, kind)


array_from.append(array_of)   # Tensor([1, 2])


def read(data: Any, kind: np.dtype) -> ndarray:
    """Nested sequences of numbers as an array."""
    try:
        if not _plain_numbers(data):
            data = _without_tensors(data, kind, _depth(data))
        array = np.array(data, kind)
    except (ValueError, TypeError, OverflowError, RuntimeError):
        return _difficult(data, kind)
    if array.ndim > 1 and kind.kind in "fc" and np.isnan(np.add.reduce(array, None)):
        _without_tensors(data, kind, 0)  # NumPy reads None as nan: refuse it
    return array


def _plain_numbers(data: Any) -> bool:
    """Whether nested lists, as far as their first rows show, hold Python numbers, which NumPy reads as torch does."""
    while type(data) is list or type(data) is tuple:
        if _PYTHON_NUMBERS.issuperset(map(type, data)):
            return True
        if not _READABLE.issuperset(map(type, data)):
            return False
        data = data[0]
    return type(data) in _PYTHON_NUMBERS


def _depth(data: Any) -> int:
    """How many dimensions there are, as the first of the first tells: a tensor there is a number."""
    depth = 0
    while isinstance(data, (list, tuple)) and data:
        data, depth = data[0], depth + 1
    return depth if isinstance(data, Tensor) or not isinstance(data, ndarray) else depth + data.ndim


def _without_tensors(data: Any, kind: np.dtype, depth: int) -> Any:
    """Nested lists with numbers in the place of tensors of one element, and lists in the place of arrays, and of the
    tensors that stand where there are still dimensions to come.
    """
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], ndarray) and not isinstance(data[0], Tensor):
            warn_once("Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting "
                      "the list to a single numpy.ndarray with numpy.array() before converting to a tensor.")
            if all(type(part) is ndarray and np.can_cast(part.dtype, kind) for part in data):
                return data      # NumPy reads these by itself
        return [_without_tensors(part, kind, depth - 1) for part in data]
    if isinstance(data, Tensor) and depth <= 0:
        if int(data.size) != 1:
            raise (TypeError("only integer tensors of a single element can be converted to an index")
                   if kind.kind in "biu" else ValueError("only one element tensors can be converted to Python scalars"))
        return data.item()
    if isinstance(data, ndarray):
        return data.tolist()
    if data is None:
        raise TypeError("must be real number, not NoneType" if kind.kind in "fcV" else
                        "'NoneType' object cannot be interpreted as an integer")
    return data


def _inferred(data: Any) -> np.dtype:
    """torch's type for a number or for nested sequences of numbers."""
    if isinstance(data, (np.generic, ndarray)):
        return checked(np.asarray(plain(data))).dtype
    if isinstance(data, (bool, int, float, complex)):
        return scalar_dtype(data)
    if isinstance(data, str):
        raise ValueError("too many dimensions 'str'")
    if isinstance(data, (dict, set)) or not hasattr(data, "__getitem__"):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    if isinstance(data, bytes):
        raise TypeError("new(): invalid data type 'bytes'")
    kinds = set(map(type, data))
    found = None
    if kinds <= _PYTHON_NUMBERS:
        parts = [scalar_dtype(kind()) for kind in kinds]
    else:
        parts = [_inferred(part) for part in data]
    for kind in parts:
        found = kind if found is None else promote(found, kind)
    return default_dtype() if found is None else found


_PYTHON_NUMBERS = {bool, int, float, complex}
_READABLE = _PYTHON_NUMBERS | {list, tuple}


def _difficult(data: Any, kind: np.dtype) -> ndarray:
    """What np.array refused: torch's error for it, or the numbers where torch is more lenient."""
    data = _without_tensors(data, kind, _depth(data))
    shape = _shape_of(data)
    if 0 in shape:
        return np.empty(shape, kind)
    if kind.kind not in "iu":
        if kind.kind != "c" and _has(data, complex):
            raise TypeError("must be real number, not complex")
        with np.errstate(all="ignore"):
            return np.array(data, object).astype(kind)
    try:
        wide = np.array(data)
        wide = wide.astype(np.int64) if wide.dtype.kind in "biu" and wide.dtype != np.uint64 else wide
    except (ValueError, OverflowError):
        wide = np.array(data, object)
    if wide.dtype.kind == "c":
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if wide.dtype.kind == "O" or wide.dtype == np.uint64 and kind != np.uint64:
        raise ValueError("Overflow when unpacking long long")
    limits = np.iinfo(kind)
    low = -int(limits.max) if kind.kind == "u" and wide.dtype.kind != "f" else int(limits.min)
    if not ((wide >= low) & (wide <= limits.max)).all():
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")
    return wide.astype(kind)


def _has(data: Any, kind: type) -> bool:
    return any(_has(part, kind) for part in data) if isinstance(data, (list, tuple)) else isinstance(data, kind)


def _shape_of(data: Any) -> list[int]:
    """The lengths of nested sequences; raises torch's error if they are ragged or hold what is no number."""
    shape: list[int] = []
    first = data
    while isinstance(first, (list, tuple)):
        shape.append(len(first))
        if not first:
            break
        first = first[0]

    def check(part: Any, dim: int) -> None:
        if isinstance(part, str):
            raise ValueError("too many dimensions 'str'")
        if dim == len(shape):
            if isinstance(part, (list, tuple)):
                raise TypeError(f"'{type(part).__name__}' object cannot be interpreted as an integer")
            return
        if not hasattr(part, "__len__"):
            raise TypeError("not a sequence")
        if len(part) != shape[dim]:
            raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(part)})")
        for piece in part:
            check(piece, dim + 1)
    if 0 not in shape:
        check(data, 0)
    return shape


def converted(array: ndarray, kind: np.dtype) -> ndarray:
    """A copy of `array` in another dtype, laid out alike; what does not fit becomes inf or wraps, silently."""
    if array.dtype.kind == "c" and kind.kind not in "cb":
        array = array.real
    if array.dtype.kind in "fV" and kind.kind == "u":  # straight from a negative float would be undefined
        array = array.astype(np.int64) if kind.itemsize < 8 else array
    return array.astype(kind)


def check_broadcast(a: tuple, b: tuple) -> None:
    """Raise torch's error unless the shapes broadcast."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            raise RuntimeError(f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at "
                               f"non-singleton dimension {max(len(a), len(b)) - back}")


def check_source(target: tuple, source: tuple) -> None:
    """Raise torch's error unless `source` can be written, broadcast, to the shape `target`."""
    check_broadcast(target, source)
    wide = np.broadcast_shapes(target, source)
    if wide != tuple(target):
        raise RuntimeError(f"output with shape {list(target)} doesn't match the broadcast shape {list(wide)}")


# ------------------------------------------------------------------ numbers and layouts

def number(value: Any, what: str) -> Any:
    """A Python number; a 0-d tensor off the tape counts as one."""
    if isinstance(value, (bool, int, float, complex)):
        return value
    if isinstance(value, np.generic) or isinstance(value, ndarray) and not value.ndim and not (
            isinstance(value, Tensor) and edge(value) is not None):
        return value.item()
    raise TypeError(f"{what} must be Number, not {type(value).__name__}")


_C_NAMES = {"float32": "float", "float64": "double", "float16": "at::Half", "bfloat16": "at::BFloat16", "bool": "bool",
            "int32": "int", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}


def fitting(value: Any, kind: np.dtype) -> Any:
    """`value` as it is stored in `kind`; raises where that type cannot hold it."""
    fits = True
    if isinstance(value, complex) and kind.kind not in "cb":
        fits, value = value.imag == 0, value.real
    if kind.kind in "iu" and not isinstance(value, complex):
        limits = np.iinfo(kind)
        low = -int(limits.max) if kind.kind == "u" and isinstance(value, int) else int(limits.min)
        fits = fits and math.isfinite(value) and low <= value <= limits.max
        value = int(value) % (int(limits.max) + 1) if fits and kind.kind == "u" else int(value) if fits else value
    elif kind.kind in "fc" and kind.itemsize > 2:
        limit = np.finfo(kind).max
        fits = fits and all(abs(part) <= limit or not math.isfinite(part) for part in (value.real, value.imag))
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {_C_NAMES.get(kind.name, kind.name + '_t')} without "
                           "overflow")
    return value


def empty_array(shape: tuple, kind: np.dtype, memory_format: Any = None) -> ndarray:
    """Uninitialised memory, dense in a memory format."""
    name = getattr(memory_format, "name", None)
    if name is None or name == "contiguous_format":
        return np.empty(shape, kind)
    rank = {"channels_last": 4, "channels_last_3d": 5}.get(name)
    if rank is None:
        raise RuntimeError("unsupported memory format Preserve")
    if len(shape) != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {name} format")
    return np.moveaxis(np.empty((shape[0], *shape[2:], shape[1]), kind), -1, 1)


def dense_order(array: ndarray) -> tuple[int, ...]:
    """The axes of `array` from the widest to the narrowest stride: the order in which a copy keeps them.

    Axes of stride 0 stay where they are relative to their neighbours, as in torch.
    """
    shape, strides = array.shape, array.strides

    def after(a: int, b: int) -> int:  # > 0: axis a must lie further out than axis b
        if not strides[a] or not strides[b]:
            return 0
        if strides[a] != strides[b]:
            return 1 if strides[a] > strides[b] else -1
        return 1 if shape[a] > shape[b] else 0
    order = list(reversed(range(array.ndim)))  # from the inside out
    for i in range(1, array.ndim):
        at = i
        for j in reversed(range(i)):
            found = after(order[j], order[at])
            if found > 0:
                order[j], order[at], at = order[at], order[j], j
            elif found < 0:
                break
    return tuple(reversed(order))


def empty_as(array: ndarray, kind: np.dtype, memory_format: Any = None) -> ndarray:
    """Uninitialised memory of the shape of `array`; without a memory format, laid out alike."""
    name = getattr(memory_format, "name", None)
    if name is not None and name != "preserve_format":
        return empty_array(array.shape, kind, memory_format)
    if array.flags.c_contiguous or array.ndim < 2:
        return np.empty(array.shape, kind)
    order = dense_order(array)
    back = sorted(range(array.ndim), key=order.__getitem__)
    return np.empty([array.shape[i] for i in order], kind).transpose(back)


