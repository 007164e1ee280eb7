"""Tensors from nothing (`zeros`, `arange`, ...) or from other data (`tensor`, `from_numpy`, ...).

One way in for data: `array_of` decides the type as torch does and copies.  One way out: `made` wraps the array
with what all factories take (out, dtype, layout, device, pin_memory, requires_grad).
"""
from __future__ import annotations

import contextvars
import math
import operator
import threading
import warnings
from typing import Any, Callable, Sequence

import numpy as np

from .._op import method, wrote
from .._tape import mode
from .._tensor import Tensor, edge, plain, replace_memory, tensor_of
from .._types import (as_dtype, check_device, complex_dtype, default_dtype, device as Device, is_floating, is_inexact,
                      named_dtype, promote, real_dtype, scalar_dtype, strided)

__all__ = ["BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor",
           "IntTensor", "LongTensor", "ShortTensor", "arange", "as_tensor", "asarray", "empty", "empty_like",
           "empty_permuted", "empty_strided", "eye", "frombuffer", "from_numpy", "full", "full_like",
           "get_default_device", "linspace", "logspace", "ones", "ones_like", "range", "scalar_tensor",
           "set_default_device", "tensor", "zeros", "zeros_like"]

ndarray = np.ndarray
range_ = range  # this module gives torch.range that name
_view = ndarray.view


class _Quiet(threading.local):
    """`quiet.run(f, *args)`: a call without NumPy's floating-point warnings, which torch does not give either.

    np.errstate does the same at seven times the price; a context may be entered once at a time, hence one per thread.
    """

    def __init__(self) -> None:
        self.run = contextvars.Context().run
        self.run(np.seterr, all="ignore")


quiet = _Quiet()


def converted(array: ndarray, kind: np.dtype) -> ndarray:
    """A copy of `array` in another dtype, laid out alike; what does not fit becomes inf or wraps, silently."""
    if array.dtype.kind == "c" and kind.kind not in "cb":
        array = array.real
    if array.dtype.kind in "fV" and kind.kind == "u":  # straight from a negative float would be undefined
        array = quiet.run(array.astype, np.int64) if kind.itemsize < 8 else array
    return quiet.run(array.astype, kind)


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
            raise RuntimeError(f"{name}: Dimension size must be non-negative.")
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
    if mode.inference:
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


def _kind(dtype: Any, out: Any = None) -> np.dtype:
    """The dtype of a factory's result."""
    if out is None:
        return default_dtype() if dtype is None else as_dtype(dtype)
    if dtype is not None and as_dtype(dtype) != out.dtype:
        raise RuntimeError(f"dtype {type_name(as_dtype(dtype))} does not match dtype of out parameter "
                           f"({type_name(out.dtype)})")
    return out.dtype


def get_default_device() -> Device:
    """The device of new tensors: the CPU."""
    return Device("cpu")


def set_default_device(device: Any) -> None:
    """Name the device of new tensors; any but the CPU is refused.  As torch.set_default_device."""
    check_device(device)


# ------------------------------------------------------------------ data: which type, which numbers

#: torch's names of the types in error texts and in FloatTensor and its kin.
_TYPE_NAMES = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "int64": "Long",
               "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool",
               "complex64": "ComplexFloat", "complex128": "ComplexDouble", "uint16": "UInt16", "uint32": "UInt32",
               "uint64": "UInt64"}
_SUPPORTED = ("float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
              "uint8, and bool")


def type_name(kind: np.dtype) -> str:
    """torch's second name of a type: "Float" for float32."""
    return _TYPE_NAMES[kind.name]


def array_of(data: Any, kind: np.dtype | None = None) -> ndarray:
    """A fresh array of the numbers in `data`, in `kind` or else in the type torch infers.

    Python floats count as the default float type, ints as int64; arrays, NumPy scalars and tensors keep theirs.
    """
    if isinstance(data, ndarray):
        array = _checked(_view(data, ndarray))
        return np.array(array) if kind is None or kind == array.dtype else converted(array, kind)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if hasattr(data, "__array__") and not isinstance(data, np.generic):
        return array_of(np.asarray(data), kind)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__getitem__") and hasattr(data, "__len__") and not (
            isinstance(data, (np.generic, dict))):
        data = list(data)
    kind = _inferred(data) if kind is None else kind
    try:
        return quiet.run(np.array, data, kind)
    except (ValueError, TypeError, OverflowError, RuntimeError):
        return _difficult(data, kind)


def _checked(array: ndarray) -> ndarray:
    """`array`, if its type is one that tensors have."""
    kind = array.dtype
    if kind.kind not in "biufcV" or kind.itemsize > 16 or (kind.kind == "f" and kind.itemsize > 8) or kind.names:
        raise TypeError(f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. "
                        f"The only supported types are: {_SUPPORTED}.")
    if not kind.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order. Conversion between "
                         "byte orders is currently not supported.")
    return array


def _inferred(data: Any) -> np.dtype:
    """torch's type for a number or for nested sequences of numbers."""
    if isinstance(data, np.generic) or isinstance(data, ndarray):
        return _checked(np.asarray(plain(data))).dtype
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


def _difficult(data: Any, kind: np.dtype) -> ndarray:
    """What np.array refused: torch's error for it, or the numbers where torch is more lenient."""
    _shape_of(data)
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
    low = -int(limits.max) if kind.kind == "u" else int(limits.min)
    if not ((wide >= low) & (wide <= limits.max)).all():
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow")
    return quiet.run(wide.astype, kind)


def _has(data: Any, kind: type) -> bool:
    return any(_has(part, kind) for part in data) if isinstance(data, (list, tuple)) else isinstance(data, kind)


def _shape_of(data: Any) -> None:
    """Raise torch's error if the nested sequences are ragged or hold what is no number."""
    shape = []
    first = data
    while isinstance(first, (list, tuple)):
        shape.append(len(first))
        if not first:
            break
        first = first[0]

    def check(part: Any, dim: int) -> None:
        if isinstance(part, str):
            raise ValueError("too many dimensions 'str'")
        if isinstance(part, ndarray) and part.ndim and dim == len(shape):
            raise ValueError("only one element tensors can be converted to Python scalars")
        if dim == len(shape):
            if isinstance(part, (list, tuple)):
                raise TypeError(f"'{type(part).__name__}' object cannot be interpreted as an integer")
            if part is None:
                raise TypeError("must be real number, not NoneType")
            return
        if not hasattr(part, "__len__"):
            raise TypeError("not a sequence")
        if len(part) != shape[dim]:
            raise ValueError(f"expected sequence of length {shape[dim]} at dim {dim} (got {len(part)})")
        for piece in part:
            check(piece, dim + 1)
    check(data, 0)


# ------------------------------------------------------------------ from data

def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           pin_memory: bool = False) -> Tensor:
    """A new leaf tensor that holds a copy of `data`.

    Args:
        data: a number, nested sequences of equal lengths, an array (its dtype is kept) or a tensor.
        dtype: default: Python floats give the default float type, ints int64, bools bool.
    Raises:
        ValueError: the sequences are ragged ("expected sequence of length 2 at dim 1 (got 1)").

    As torch.tensor.
    """
    if isinstance(data, Tensor):
        warnings.warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
                      "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
                      stacklevel=2)
    return made(array_of(data, None if dtype is None else as_dtype(dtype)), requires_grad, device,
                pin_memory=pin_memory)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the memory of an array.  As torch.from_numpy."""
    array = ndarray
    if not isinstance(array, np.ndarray):
        name = type(array).__name__ if type(array).__module__ == "builtins" else \
            f"{type(array).__module__}.{type(array).__name__}"
        raise TypeError(f"expected np.ndarray (got {name})")
    array = _checked(plain(array))
    if array.strides and min(array.strides) < 0:
        raise ValueError("At least one stride in the given numpy array is negative, and tensors with negative strides "
                         "are not currently supported. (You can probably work around this by making a copy of your "
                         "array  with array.copy().) ")
    return made(array)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, without a copy where that is possible; the history of a tensor is kept.

    As torch.as_tensor.
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None or as_dtype(dtype) == data.dtype else data.to(dtype)  # type: ignore[attr-defined]
    kind = None if dtype is None else as_dtype(dtype)
    if isinstance(data, ndarray) and kind in (None, data.dtype):
        return from_numpy(data)
    return made(array_of(data, kind))


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
            requires_grad: bool | None = None) -> Tensor:
    """`obj` (tensor, array, buffer, number, sequence) as a tensor.

    copy: True always copies, False raises where a copy would be needed, None copies only then.
    requires_grad: default: as `obj`'s.  False takes the result off the tape.

    As torch.asarray.
    """
    check_device(device)
    kind = None if dtype is None else as_dtype(dtype)
    if isinstance(obj, (bytes, bytearray, memoryview)):
        obj = np.frombuffer(obj, default_dtype() if kind is None else kind)
    if not isinstance(obj, ndarray):
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return made(array_of(obj, kind), bool(requires_grad))
    other_kind = kind is not None and kind != obj.dtype
    if copy is False and other_kind:
        raise ValueError(f"can't alias tensor with dtype '{type_name(obj.dtype)}' into dtype '{type_name(kind)}'.")
    if not isinstance(obj, Tensor):
        tensor = made(array_of(obj, kind)) if copy or other_kind else from_numpy(obj)
    else:
        tensor = obj.to(kind, copy=bool(copy)) if copy or other_kind else obj  # type: ignore[attr-defined]
        wanted = edge(obj) is not None
        requires_grad = wanted if requires_grad is None else requires_grad
        if not requires_grad and wanted:
            tensor = tensor.detach()
        elif requires_grad and not wanted and tensor is obj:
            tensor = obj.detach()
    return tensor.requires_grad_() if requires_grad and not tensor.requires_grad else tensor


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-d tensor over the memory of a buffer: `count` elements (-1: all) from byte `offset` on.

    As torch.frombuffer.
    """
    try:
        length = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    kind = as_dtype(dtype)
    size = kind.itemsize
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} "
                         "bytes) minus 1")
    if count < 0 and (length - offset) % size:
        raise ValueError(f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of "
                         f"element size ({size})")
    if count > 0 and offset + count * size > length:
        raise ValueError(f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be "
                         f"greater than actual buffer length ({length} bytes)")
    return made(np.frombuffer(buffer, kind, count, offset), requires_grad)


def scalar_tensor(s: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """A 0-d tensor of a number, of the default float type unless told.  As torch.scalar_tensor."""
    return full((), s, dtype=_kind(dtype), **options)


# ------------------------------------------------------------------ one value everywhere

def zeros(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
          pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Zeros of a shape, given as zeros(2, 3) or zeros((2, 3)).  As torch.zeros."""
    return made(np.zeros(sizes("zeros", args, size), _kind(dtype, out)), requires_grad, device, layout, pin_memory, out)


def ones(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
         pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Ones of a shape, given as ones(2, 3) or ones((2, 3)).  As torch.ones."""
    return made(np.ones(sizes("ones", args, size), _kind(dtype, out)), requires_grad, device, layout, pin_memory, out)


def empty(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
          pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """A tensor whose numbers are whatever its memory held.  As torch.empty."""
    array = empty_array(sizes("empty", args, size), _kind(dtype, out), memory_format)
    return made(array, requires_grad, device, layout, pin_memory, out)


def full(size: Sequence[int], fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = strided,
         device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """One number everywhere; it decides the type unless dtype is given.  As torch.full."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    value = number(fill_value, "full(): argument 'fill_value' (position 2)")
    kind = _kind(dtype, out) if dtype is not None or out is not None else scalar_dtype(value)
    array = np.full(sizes("full", (size,)), fitting(value, kind), kind)
    return made(array, requires_grad, device, layout, pin_memory, out)


def number(value: Any, what: str) -> Any:
    """A Python number; a 0-d tensor off the tape counts as one."""
    if isinstance(value, (bool, int, float, complex)):
        return value
    if isinstance(value, np.generic) or isinstance(value, ndarray) and not value.ndim and not (
            isinstance(value, Tensor) and edge(value) is not None):
        return value.item()
    raise TypeError(f"{what} must be Number, not {type(value).__name__}")


_C_NAMES = {"float32": "float", "float64": "double", "float16": "at::Half", "bfloat16": "at::BFloat16", "bool": "bool"}


def fitting(value: Any, kind: np.dtype) -> Any:
    """`value` as it is stored in `kind`; raises where that type cannot hold it."""
    fits = True
    if isinstance(value, complex) and kind.kind not in "cb":
        fits, value = value.imag == 0, value.real
    if kind.kind in "iu" and not isinstance(value, complex):
        limits = np.iinfo(kind)
        low = -int(limits.max) if kind.kind == "u" else int(limits.min)
        fits = fits and math.isfinite(value) and low <= int(value) <= limits.max
        value = int(value) % (int(limits.max) + 1) if fits and kind.kind == "u" else int(value) if fits else value
    elif kind.kind == "f" and math.isfinite(value):
        fits = fits and abs(value) <= np.finfo(kind).max
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
    order = list(reversed(range_(array.ndim)))  # from the inside out
    for i in range_(1, array.ndim):
        at = i
        for j in reversed(range_(i)):
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
    back = sorted(range_(array.ndim), key=order.__getitem__)
    return np.empty([array.shape[i] for i in order], kind).transpose(back)


def _like(name: str, input: Any, dtype: Any, memory_format: Any) -> ndarray:
    if not isinstance(input, Tensor):
        kind = f"{type(input).__module__}.{type(input).__name__}".removeprefix("builtins.")
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
    return empty_as(_view(input, ndarray), input.dtype if dtype is None else as_dtype(dtype), memory_format)


def empty_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
               requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`empty` in the shape, type and layout of `input`.  As torch.empty_like."""
    return made(_like("empty_like", input, dtype, memory_format), requires_grad, device, layout, pin_memory)


def zeros_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
               requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`zeros` in the shape, type and layout of `input`.  As torch.zeros_like."""
    array = _like("zeros_like", input, dtype, memory_format)
    array.fill(0)
    return made(array, requires_grad, device, layout, pin_memory)


def ones_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
              requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`ones` in the shape, type and layout of `input`.  As torch.ones_like."""
    array = _like("ones_like", input, dtype, memory_format)
    array.fill(1)
    return made(array, requires_grad, device, layout, pin_memory)


def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
              pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`full` in the shape, type and layout of `input`.  As torch.full_like."""
    array = _like("full_like", input, dtype, memory_format)
    array.fill(fitting(number(fill_value, "full_like(): argument 'fill_value' (position 2)"), array.dtype))
    return made(array, requires_grad, device, layout, pin_memory)


def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: Any = None, layout: Any = strided,
                  device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """`empty` with strides of one's own, counted in elements.  As torch.empty_strided."""
    shape, kind = sizes("empty_strided", (size,)), _kind(dtype)
    if len(shape) != len(stride):
        raise RuntimeError(f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
                           f"({len(stride)})")
    room = 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, stride))
    array = ndarray(shape, kind, np.empty(room, kind), strides=tuple(s * kind.itemsize for s in stride))
    return made(array, requires_grad, device, layout, pin_memory)


def empty_permuted(size: Sequence[int], physical_layout: Sequence[int], *, dtype: Any = None, layout: Any = strided,
                   device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """`empty`, dense, with the dims in memory from outer to inner as `physical_layout` names them.

    As torch.empty_permuted.
    """
    shape, order = sizes("empty_permuted", (size,)), tuple(physical_layout)
    if len(shape) != len(order):
        raise RuntimeError("Number of dimensions in size does not match the length of the physical_layout; i.e. "
                           f"len(size) = {len(shape)} is not equal to len(physical_layout) = {len(order)}")
    for at, dim in enumerate(order):
        if not 0 <= dim < len(shape):
            raise RuntimeError(f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got {dim} "
                               f"at index {at}).  NB: negative dims not currently supported; file an issue if you want "
                               "it.")
        if dim in order[:at]:
            raise RuntimeError("Duplicate dim not allowed")
    array = np.empty([shape[i] for i in order], _kind(dtype)).transpose(sorted(range_(len(order)), key=order.index))
    return made(array, requires_grad, device, layout, pin_memory)


# ------------------------------------------------------------------ ranges

def arange(*args: Any, start: Any = 0, end: Any = None, step: Any = 1, out: Any = None, dtype: Any = None,
           layout: Any = strided, device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """start, start + step, ... below `end`: arange(end), arange(start, end), arange(start, end, step).

    int64 when all are integers, else the default float type.  As torch.arange.
    """
    if len(args) == 1 and end is None:
        end = args[0]
    elif args:
        start, end, step = (*args, *(end, step)[len(args) - 1:])[:3] if len(args) <= 3 else (None,) * 3
    if end is None:
        raise TypeError(f"arange() received an invalid combination of arguments - got {len(args)} positional arguments;"
                        " expected (end), (start, end) or (start, end, step)")
    start, end, step = (number(v, "arange(): start, end and step") for v in (start, end, step))
    whole = not any(isinstance(v, (float, complex)) for v in (start, end, step))
    kind = np.dtype(np.int64) if whole and dtype is None and out is None else _kind(dtype, out)
    return made(_arange(start, end, step, kind), requires_grad, device, layout, pin_memory, out)


def _arange(start: Any, end: Any, step: Any, kind: np.dtype) -> ndarray:
    """The numbers of arange, computed in float64 (integers in int64) as torch does."""
    if kind.kind not in "iufV":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_name(kind)}'")
    if any(isinstance(v, complex) for v in (start, end, step)):
        raise RuntimeError("value cannot be converted to type double without overflow")
    if kind == np.int64 and math.isfinite(start) and math.isfinite(end):
        start, end, step = int(start), int(end), int(step)
        if not step:
            raise ValueError("step must be nonzero")
    if not step:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if kind == np.int64:
        return np.arange(start, end, step, np.int64)
    count = math.ceil((float(end) - float(start)) / float(step))
    if kind.kind in "iu":
        start, step = int(start), int(step)
    return quiet.run((start + step * np.arange(count)).astype, kind)


def range(start: Any = 0, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None,
          layout: Any = strided, device: Any = None, requires_grad: bool = False) -> Tensor:
    """As arange, but `end` belongs to it and the type is the default float.  As torch.range, deprecated there."""
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is "
                  "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in "
                  "[start, end).", stacklevel=2)
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    start, end, step = (number(v, "range(): start, end and step") for v in (start, end, step))
    if not step:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    kind = _kind(dtype, out)
    values = start + step * np.arange(math.floor((end - start) / step) + 1)
    return made(values.astype(kind), requires_grad, device, layout, False, out)


def linspace(start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, layout: Any = strided,
             device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, equally far apart.  As torch.linspace."""
    start, end, kind = _ends("linspace", start, end, steps, dtype, out)
    return made(_linspace(start, end, steps, kind), requires_grad, device, layout, pin_memory, out)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, out: Any = None, dtype: Any = None,
             layout: Any = strided, device: Any = None, pin_memory: bool = False,
             requires_grad: bool = False) -> Tensor:
    """base ** linspace(start, end, steps).  As torch.logspace."""
    start, end, kind = _ends("logspace", start, end, steps, dtype, out)
    powers = _linspace(start, end, steps, kind if is_inexact(kind) else np.dtype(np.float64))
    with np.errstate(all="ignore"):
        array = np.power(powers.dtype.type(base), powers).astype(kind)
    return made(array, requires_grad, device, layout, pin_memory, out)


def _ends(name: str, start: Any, end: Any, steps: Any, dtype: Any, out: Any) -> tuple[Any, Any, np.dtype]:
    """The ends as numbers, and the type of what lies between."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)):
        raise TypeError(f"{name}() received an invalid combination of arguments: steps must be int, not "
                        f"{type(steps).__name__}")
    dims = [v.ndim if isinstance(v, ndarray) else 0 for v in (start, end)]
    if any(dims):
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got start with {dims[0]} "
                           f"dimension(s) and end with {dims[1]} dimension(s).")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (plain(v).item() if isinstance(v, ndarray) else number(v, f"{name}(): start and end")
                  for v in (start, end))
    found = any(isinstance(v, complex) for v in (start, end))
    kind = complex_dtype(default_dtype()) if found and dtype is None and out is None else _kind(dtype, out)
    return start, end, kind


def _linspace(start: Any, end: Any, steps: int, kind: np.dtype) -> ndarray:
    """From both ends to the middle, so that both are exact."""
    if steps == 1:
        return np.full(1, start, kind)
    if kind.kind in "iu":
        start, end = int(start), int(end)
    wide = np.dtype(np.float64) if kind.kind in "iu" else np.dtype(np.float32) if kind.itemsize == 2 else kind
    first, last = wide.type(start), wide.type(end)
    step = (last - first) / wide.type(max(steps - 1, 1))
    places = np.arange(steps)
    low = first + step * places.astype(real_dtype(wide))
    high = last - step * (steps - 1 - places).astype(real_dtype(wide))
    return np.where(places < steps // 2, low, high).astype(kind)


def eye(n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """The n x m (default n x n) matrix with ones on the diagonal.  As torch.eye."""
    m = n if m is None else m
    for name, value in (("n", n), ("m", m)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise TypeError(f"eye(): argument '{name}' must be int, not {type(value).__name__}")
        if value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return made(np.eye(n, m, dtype=_kind(dtype, out)), requires_grad, device, layout, pin_memory, out)


# ------------------------------------------------------------------ from a tensor: its type and device

def _new(fill: Callable, needs: int = 1) -> Callable:
    name = f"new_{fill.__name__}"

    def new(self: Tensor, *args: Any, dtype: Any = None, **options: Any) -> Tensor:
        if not args and "size" not in options:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        return fill(*args, dtype=self.dtype if dtype is None else dtype, **options)
    new.__name__ = new.__qualname__ = name
    new.__doc__ = f"`{fill.__name__}` in the type of this tensor."
    return method()(new)


for _fill in (zeros, ones, empty, full, empty_strided):
    _new(_fill)


@method()
def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               pin_memory: bool = False) -> Tensor:
    """A copy of `data` in the type of this tensor."""
    if isinstance(data, Tensor):
        warnings.warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
                      "sourceTensor.detach().clone().requires_grad_(True), rather than "
                      "tensor.new_tensor(sourceTensor).", stacklevel=2)
    kind = self.dtype if dtype is None else as_dtype(dtype)
    return made(array_of(data, kind), requires_grad, device, pin_memory=pin_memory)


@method()
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """The old spelling: sizes or data, in the type of this tensor."""
    return _legacy(self.dtype, args, device)


# ------------------------------------------------------------------ FloatTensor and its kin

def _legacy(kind: np.dtype, args: tuple, device: Any = None) -> Tensor:
    """What FloatTensor(...) understands: nothing, sizes, a tensor of its type, or data."""
    if device is not None and Device(device).type != "cpu":
        raise RuntimeError(f"legacy constructor expects device type: cpu but device type: {Device(device).type} was "
                           "passed")
    if not args:
        return made(np.empty(0, kind))
    data = args[0]
    if len(args) > 1 or isinstance(data, (int, np.integer)) or type(data).__name__ == "Size":
        return made(np.empty(sizes("new", args), kind))
    if isinstance(data, Tensor):
        if data.dtype != kind:
            raise TypeError(f"expected a tensor of type {named_dtype(kind)} (got {named_dtype(data.dtype)})")
        return data.view_as(data)  # type: ignore[attr-defined]
    if data is None or isinstance(data, (float, complex, np.generic)):
        name = f"{type(data).__module__}.{type(data).__name__}".removeprefix("builtins.")
        raise TypeError(f"new(): data must be a sequence (got {name})")
    return made(array_of(data, kind))


class _TensorType(type):
    """FloatTensor and its kin: called they make tensors, isinstance asks for the type of a tensor's numbers."""

    kind: np.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        if len(args) == 1 and type(args[0]) is list and device is None and not mode.inference:
            try:
                return _view(quiet.run(np.array, args[0], cls.kind), Tensor)
            except (ValueError, TypeError, OverflowError, RuntimeError):
                pass  # torch's error, or torch's answer, comes from below
        return _legacy(cls.kind, args, device)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor) and value.dtype == cls.kind

    @property
    def dtype(cls) -> Any:
        """torch's name of the element type."""
        return named_dtype(cls.kind)

    layout = property(lambda cls: strided)
    is_cuda = is_sparse = False


class _BFloat16Type(_TensorType):
    """The one whose element type needs ml_dtypes: it is looked up when used."""

    kind = property(lambda cls: as_dtype(_bfloat16().dtype))  # type: ignore[assignment]


def _bfloat16() -> Any:
    from .._types import bfloat16_dtype
    return bfloat16_dtype()


def _tensor_type(name: str, kind: str) -> Any:
    return _TensorType(name, (), {"kind": np.dtype(kind), "__module__": "torch", "__doc__":
                                  f"{name}(2, 3): uninitialised; {name}([1, 2]): of these numbers, as {kind}."})


FloatTensor, DoubleTensor, HalfTensor = (_tensor_type(*pair) for pair in (
    ("FloatTensor", "float32"), ("DoubleTensor", "float64"), ("HalfTensor", "float16")))
LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor = (_tensor_type(*pair) for pair in (
    ("LongTensor", "int64"), ("IntTensor", "int32"), ("ShortTensor", "int16"), ("CharTensor", "int8"),
    ("ByteTensor", "uint8"), ("BoolTensor", "bool")))
BFloat16Tensor = _BFloat16Type("BFloat16Tensor", (), {"__module__": "torch"})
