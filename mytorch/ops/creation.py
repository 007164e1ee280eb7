"""Tensors from other data (`tensor`, `from_numpy`, ...) and of one value everywhere (`zeros`, `full`, ...)."""
from __future__ import annotations

import os
from typing import Any, Callable, Sequence

import numpy as np

from .._types import as_dtype, check_device, checked, default_dtype, scalar_dtype, strided, type_name
from .._warnings import warn
from ..engine.op import method, numpy_face
from ..engine.tape import mode
from ..engine.tensor import Tensor, edge, plain, wants_gradient
from .data import array_like, array_of, asked_dtype, empty_array, fitting, made, number, sizes

__all__ = ["as_tensor", "asarray", "empty", "empty_like", "empty_permuted", "empty_strided", "from_file",
           "from_numpy", "frombuffer", "full", "full_like", "ones", "ones_like", "scalar_tensor",
           "tensor", "zeros", "zeros_like"]

ndarray = np.ndarray
_view = ndarray.view


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
        warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
             "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).")
    return made(array_of(data, None if dtype is None else as_dtype(dtype)), requires_grad, device,
                pin_memory=pin_memory)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the memory of an array.  As torch.from_numpy."""
    array = ndarray
    if not isinstance(array, np.ndarray):
        name = type(array).__name__ if type(array).__module__ == "builtins" else \
            f"{type(array).__module__}.{type(array).__name__}"
        raise TypeError(f"expected np.ndarray (got {name})")
    array = checked(plain(array))
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
    if copy is False and kind is not None and other_kind:
        raise ValueError(f"can't alias tensor with dtype '{type_name(obj.dtype)}' into dtype '{type_name(kind)}'.")
    if not isinstance(obj, Tensor):
        tensor = made(array_of(obj, kind)) if copy or other_kind else from_numpy(obj)
    else:
        tensor = obj.to(kind) if other_kind else obj.clone() if copy else obj  # type: ignore[attr-defined]
        wanted = edge(obj) is not None
        requires_grad = wanted if requires_grad is None else requires_grad
        if not requires_grad and wanted:
            tensor = tensor.detach()
        elif requires_grad and not wanted and tensor is obj:
            tensor = obj.detach()
    return tensor.requires_grad_() if requires_grad and not tensor.requires_grad else tensor


def from_file(filename: Any, shared: bool | None = None, size: int = 0, *, dtype: Any = None, layout: Any = strided,
              device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """A 1-d tensor over the first `size` elements of a file.

    shared: writes go to the file, which is made, or made longer, where need be; else they stay in memory.
    As torch.from_file.
    """
    kind = asked_dtype(dtype)
    needed, name = size * kind.itemsize, os.fsdecode(filename)
    if not shared and not os.path.exists(name):
        raise RuntimeError(f"unable to open file <{name}> in read-only mode: No such file or directory (2)")
    if shared:
        with open(name, "ab") as file:
            file.truncate(max(file.tell(), needed))
    elif os.path.getsize(name) < needed:
        raise RuntimeError(f"file <{name}> size <{os.path.getsize(name)}> is smaller than the required mapping size "
                           f"<{needed}>")
    array: Any = np.memmap(name, kind, "r+" if shared else "c", shape=(size,)) if size else np.empty(0, kind)
    return made(_view(array, ndarray), requires_grad, device, layout, pin_memory)


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
    return full((), s, dtype=asked_dtype(dtype), **options)


# ------------------------------------------------------------------ one value everywhere

def zeros(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
          pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Zeros of a shape, given as zeros(2, 3) or zeros((2, 3)).  As torch.zeros."""
    array = np.zeros(sizes("zeros", args, size), asked_dtype(dtype, out))
    return made(array, requires_grad, device, layout, pin_memory, out)


def ones(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
         pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Ones of a shape, given as ones(2, 3) or ones((2, 3)).  As torch.ones."""
    array = np.ones(sizes("ones", args, size), asked_dtype(dtype, out))
    return made(array, requires_grad, device, layout, pin_memory, out)


def empty(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
          pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """A tensor whose numbers are whatever its memory held.  As torch.empty."""
    array = empty_array(sizes("empty", args, size), asked_dtype(dtype, out), memory_format)
    return made(array, requires_grad, device, layout, pin_memory, out)


def full(size: Sequence[int], fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = strided,
         device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """One number everywhere; it decides the type unless dtype is given.  As torch.full."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    value = number(fill_value, "full(): argument 'fill_value' (position 2)")
    kind = asked_dtype(dtype, out) if dtype is not None or out is not None else scalar_dtype(value)
    array = np.full(sizes("full", (size,)), fitting(value, kind), kind)
    return made(array, requires_grad, device, layout, pin_memory, out)


def empty_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
               requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`empty` in the shape, type and layout of `input`.  As torch.empty_like."""
    return made(array_like("empty_like", input, dtype, memory_format), requires_grad, device, layout, pin_memory)


def zeros_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
               requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`zeros` in the shape, type and layout of `input`.  As torch.zeros_like."""
    array = array_like("zeros_like", input, dtype, memory_format)
    array.fill(0)
    return made(array, requires_grad, device, layout, pin_memory)


def ones_like(input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
              requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`ones` in the shape, type and layout of `input`.  As torch.ones_like."""
    array = array_like("ones_like", input, dtype, memory_format)
    array.fill(1)
    return made(array, requires_grad, device, layout, pin_memory)


def full_like(input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
              pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`full` in the shape, type and layout of `input`.  As torch.full_like."""
    array = array_like("full_like", input, dtype, memory_format)
    array.fill(fitting(number(fill_value, "full_like(): argument 'fill_value' (position 2)"), array.dtype))
    return made(array, requires_grad, device, layout, pin_memory)


# ---- NumPy's face: of the tensor only shape, type and layout are used, so no gradient is lost

def _numpy_like(function: Callable) -> None:
    numpy_face(function)(lambda *args, **kwargs: made(function(*plain(args), **plain(kwargs))))


for _function in (np.empty_like, np.zeros_like, np.ones_like):
    _numpy_like(_function)


@numpy_face(np.full_like)
def _numpy_full_like(a: Any, fill_value: Any, *args: Any, **kwargs: Any) -> Any:
    y = made(np.full_like(plain(a), plain(fill_value), *args, **kwargs))
    if mode.grad and wants_gradient(fill_value):
        np.copyto(y, fill_value, casting="unsafe")
    return y


def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: Any = None, layout: Any = strided,
                  device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """`empty` with strides of one's own, counted in elements.  As torch.empty_strided."""
    shape, kind = sizes("empty_strided", (size,)), asked_dtype(dtype)
    if len(shape) != len(stride):
        raise RuntimeError(f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
                           f"({len(stride)})")
    if min(stride, default=0) < 0:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(stride)}")
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
    array = np.empty([shape[i] for i in order], asked_dtype(dtype)).transpose([*map(order.index, range(len(order)))])
    return made(array, requires_grad, device, layout, pin_memory)


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
        warn("To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
             "sourceTensor.detach().clone().requires_grad_(True), rather than "
             "tensor.new_tensor(sourceTensor).")
    kind = self.dtype if dtype is None else as_dtype(dtype)
    return made(array_of(data, kind), requires_grad, device, pin_memory=pin_memory)


