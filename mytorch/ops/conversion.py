"""The same numbers in another type, place or layout; copies; what a tensor is and where its memory lies."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import _types
from .._types import DTYPE_ALIASES, as_dtype, bfloat16_dtype, check_device, type_name
from .._types import dtype as DType
from .._warnings import warn_once
from ..engine.op import apply, check_apart, check_writable, method, numpy_face, op, write, wrote
from ..engine.overlap import check_places, each_place
from ..engine.tape import mode, ndarray
from ..engine.tensor import Tensor, edge, plain
from .data import check_source, converted, empty_as, fitting, number

__all__ = ["clone", "fill", "fill_", "get_device", "zero_"]

_view = ndarray.view


# ------------------------------------------------------------------ copies in another type or layout

def _dense(x: ndarray, kind: np.dtype, memory_format: Any) -> ndarray:
    """A copy of x: its own layout without a memory format, else that one."""
    if x.dtype.kind == "c" and kind.kind not in "cb":
        warn_once("Casting complex values to real discards the imaginary part")
    if memory_format is None and x.flags.c_contiguous:
        return np.array(x) if x.dtype is kind else converted(x, kind)
    array = empty_as(x, kind, memory_format)
    np.copyto(array, x if x.dtype is kind else converted(x, kind), casting="unsafe")
    return array


@op(lambda g, y, x, memory_format: g)
def clone(input: ndarray, memory_format: Any = None) -> ndarray:
    """A copy that the gradient flows through.  memory_format: None or preserve_format keep the layout of a dense
    tensor.  As torch.clone.
    """
    return _dense(input, input.dtype, memory_format)


@op(lambda g, y, x, kind, memory_format: g, name="to_copy", register=False, method=False)
def _to_copy(input: ndarray, kind: np.dtype, memory_format: Any = None) -> ndarray:
    """A copy of x in another type: its gradient is cast back by the engine."""
    return _dense(input, kind, memory_format)


def in_dtype(x: Tensor, kind: np.dtype, memory_format: Any = None, copy: bool = False) -> Tensor:
    """x itself where it is in this type and layout already, else a recorded copy."""
    if not copy and x.dtype == kind and (memory_format is None or is_contiguous(x, memory_format)):
        return x
    return apply(_to_copy.op, (x, kind, memory_format))  # type: ignore[attr-defined]


def _is_dtype(value: Any) -> bool:
    return isinstance(value, (DType, np.dtype, type))


@method()
def to(self: Tensor, *args: Any, device: Any = None, dtype: Any = None, other: Any = None, non_blocking: bool = False,
       copy: bool = False, memory_format: Any = None) -> Tensor:
    """This tensor in another type or layout: to(dtype), to(device), to(device, dtype), to(other tensor).

    Itself, when nothing changes and copy is False.  As torch.Tensor.to.
    """
    first = args[0] if args else None
    names: tuple[str, ...]
    if _is_dtype(first):
        names = ("dtype", "non_blocking", "copy")
    elif isinstance(first, Tensor):
        names = ("other", "non_blocking", "copy")
    else:
        names = ("device", "dtype", "non_blocking", "copy")
    given = dict(zip(names, args))
    if len(args) > len(names) or not isinstance(given.get("dtype"), (type(None), DType, np.dtype, type)):
        raise TypeError(f"to() received an invalid combination of arguments - got ("
                        f"{', '.join(type(a).__name__ for a in args)}); expected (device, dtype, non_blocking, copy), "
                        "(dtype, non_blocking, copy) or (tensor, non_blocking, copy)")
    dtype, other = given.get("dtype", dtype), given.get("other", other)
    check_place(given.get("device", device))
    kind = other.dtype if other is not None else self.dtype if dtype is None else as_dtype(dtype)
    return in_dtype(self, kind, memory_format, given.get("copy", copy))


def check_place(device: Any) -> None:
    """Raise torch's error unless `device` is the CPU."""
    if isinstance(device, int):
        raise RuntimeError("Cannot access accelerator device when none is available.")
    check_device(device)


def _cast_method(name: str, kind: Any) -> None:
    kind = np.dtype(kind)

    def cast(self: Tensor, memory_format: Any = None) -> Tensor:
        return in_dtype(self, kind, memory_format)
    cast.__name__ = cast.__qualname__ = name
    cast.__doc__ = f"In the type torch.{name}; itself, when it is already."
    setattr(Tensor, name, cast)


for _name in ("float", "double", "half", "short", "int", "long", "cfloat", "cdouble", "bool"):
    _cast_method(_name, DTYPE_ALIASES.get(_name, _name))
_cast_method("byte", np.uint8)
_cast_method("char", np.int8)


@method()
def bfloat16(self: Tensor, memory_format: Any = None) -> Tensor:
    """In the type torch.bfloat16 (which needs ml_dtypes); itself, when it is already."""
    return in_dtype(self, bfloat16_dtype().dtype, memory_format)


@method()
def chalf(self: Tensor, memory_format: Any = None) -> Tensor:
    """complex32 does not exist in NumPy."""
    raise NotImplementedError("chalf: NumPy has no complex type of two 16-bit floats; use cfloat()")


@method("type")
def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Without arguments torch's old name of the type ("torch.FloatTensor"); else a cast.  As torch.Tensor.type."""
    if dtype is None:
        return f"torch.{type_name(self.dtype)}Tensor"
    if isinstance(dtype, str):
        kind = _OLD_NAMES.get(dtype)
        if kind is None and dtype.startswith("torch.cuda."):
            raise AssertionError("Torch not compiled with CUDA enabled")
        if kind is None:
            raise ValueError(f"invalid type: '{dtype}'")
        return in_dtype(self, np.dtype(kind))
    if isinstance(dtype, type) and dtype.__module__ == "builtins":
        raise ValueError(f"invalid type: '{dtype.__name__}'")
    return in_dtype(self, as_dtype(getattr(dtype, "dtype", dtype)))


_OLD_NAMES = {f"torch.{name}Tensor": kind for name, kind in (
    ("Float", "f4"), ("Double", "f8"), ("Half", "f2"), ("Long", "i8"), ("Int", "i4"), ("Short", "i2"), ("Char", "i1"),
    ("Byte", "u1"), ("Bool", "?"), ("ComplexFloat", "c8"), ("ComplexDouble", "c16"), ("UInt16", "u2"),
    ("UInt32", "u4"), ("UInt64", "u8"))}


@method()
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """In the type of `other`."""
    return in_dtype(self, other.dtype)


@method()
def astype(self: Tensor, dtype: Any, order: str = "K", casting: Any = "unsafe", subok: bool = True,
           copy: bool = True) -> Tensor:
    """NumPy's spelling of `to(dtype)`: a recorded copy (copy=False: itself, where the type is this already)."""
    kind = as_dtype(dtype)
    if not np.can_cast(self.dtype, kind, casting):
        raise TypeError(f"Cannot cast array data from {self.dtype!r} to {kind!r} according to the rule '{casting}'")
    if order not in ("K", "C", "A"):
        raise NotImplementedError(f"astype: order={order!r} is not supported on Tensors")
    if not copy and kind == self.dtype:
        return self
    result = apply(_to_copy.op, (self, kind, None if order != "C" else  # type: ignore[attr-defined]
                                 _types.contiguous_format))
    return result if subok else plain(result)


@method("copy")
@numpy_face(np.copy)
def _copy(a: Tensor, order: str = "C", subok: bool = True) -> Tensor:
    """NumPy's spelling of `clone`, row-major."""
    if order == "F":
        turned = tuple(range(a.ndim))[::-1]
        return clone(np.transpose(a), memory_format=_types.contiguous_format).permute(turned)  # type: ignore
    return clone(a, memory_format=_types.contiguous_format if order == "C" else None)


@method()
def contiguous(self: Tensor, memory_format: Any = _types.contiguous_format) -> Tensor:
    """Row-major in memory (or in another memory format): itself, where it is, else a copy."""
    if is_contiguous(self) if memory_format is _types.preserve_format else is_contiguous(self, memory_format):
        return self
    if memory_format is _types.preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return clone(self, memory_format=memory_format)


@method()
def is_contiguous(self: Tensor, memory_format: Any = _types.contiguous_format) -> bool:
    """Whether the numbers lie without gaps, in the order the memory format names."""
    array = _view(self, ndarray)
    rank = {"channels_last": 4, "channels_last_3d": 5}.get(memory_format.name)
    if rank is None:
        return memory_format is _types.preserve_format or array.flags.c_contiguous
    return array.ndim == rank and np.moveaxis(array, 1, -1).flags.c_contiguous


# ------------------------------------------------------------------ devices: there is the CPU

@method()
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """On the CPU, where it is."""
    return in_dtype(self, self.dtype, memory_format)


def _absent(name: str) -> None:
    def move(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
        if isinstance(device, int):
            check_place(device)
        raise AssertionError(f"Torch not compiled with {name.upper()} enabled")
    move.__name__ = move.__qualname__ = name
    move.__doc__ = f"Raises: there is no {name.upper()} here."
    setattr(Tensor, name, move)


for _name in ("cuda", "xpu", "mtia"):
    _absent(_name)


@method()
def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """Raises: pinned memory serves accelerators, of which there is none."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


@method()
def is_pinned(self: Tensor, device: Any = None) -> bool:
    return False


@method()
def get_device(input: Tensor) -> int:
    """The number of the accelerator: -1, the CPU."""
    return -1


# ------------------------------------------------------------------ writes

@op(lambda g, y, x, other: np.zeros_like(g), lambda g, y, x, other: g, name="copy", node="CopyBackwards",
    register=False, method=False)
def _source(x: ndarray, other: ndarray) -> ndarray:
    """What copy_ writes: `other` in the type and shape of x."""
    return np.broadcast_to(other if other.dtype == x.dtype else _dense(other, x.dtype, None), x.shape)


@method()
def copy_(self: Tensor, other: Any, non_blocking: bool = False) -> Tensor:
    """Write the numbers of `other` (broadcast, cast to this type) into this tensor.  As torch.Tensor.copy_."""
    if isinstance(other, (bool, int, float, complex)):
        return fill_(self, other)
    if not isinstance(other, ndarray):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    check_writable(self)
    check_apart("copy", self, (other,), 1)
    check_source(self.shape, other.shape)
    return write(self, apply(_source.op, (self, other)))  # type: ignore[attr-defined]


@op(lambda g, y, x, value: np.zeros_like(g), lambda g, y, x, value: g.sum(), name="fill", method=False,
    node=lambda x, value: f"FillBackward{int(value is None or isinstance(value, ndarray))}")
def fill(input: ndarray, value: Any) -> ndarray:
    """A tensor like `input` that is `value` (a number or 0-d tensor) everywhere.  As torch.fill."""
    return np.full_like(input, _fill_value(value, input.dtype))


@op(lambda g, y, x, value: np.zeros_like(g), lambda g, y, x, value: g.sum(), name="fill_", method=False, register=False,
    node=lambda x, value: f"FillBackward{2 + int(value is None or isinstance(value, ndarray))}")
def _filled(input: ndarray, value: Any) -> ndarray:
    """What fill_ writes."""
    return np.full_like(input, _fill_value(value, input.dtype))


def _fill_value(value: Any, kind: np.dtype) -> Any:
    """The number, which must fit the type; a 0-d array is cast."""
    if isinstance(value, ndarray):
        if value.ndim:
            raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} "
                               "dimensions.")
        return converted(value, kind)
    return fitting(number(value, "fill_(): argument 'value' (position 1)"), kind)


def _untracked(x: Tensor) -> bool:
    """Whether a write of constants to x leaves no trace on the tape."""
    return not mode.grad or (edge(x) is None and (x._base is None or edge(x._base) is None))


@method()
def fill_(input: Tensor, value: Any) -> Tensor:
    """Make every element `value`, a number or a 0-d tensor.  As torch.Tensor.fill_."""
    check_writable(input)
    if _untracked(input) and not (isinstance(value, Tensor) and mode.grad and edge(value) is not None):
        if isinstance(value, Tensor):
            check_places(_view(input, ndarray))
        each_place(_view(input, ndarray)).fill(_fill_value(plain(value), input.dtype))
        wrote(input)
        return input
    return write(input, apply(_filled.op, (input, value)))  # type: ignore[attr-defined]


@op(lambda g, y, x: np.zeros_like(g), name="zero", method=False, register=False)
def _zeroed(input: ndarray) -> ndarray:
    """What zero_ writes."""
    return np.zeros_like(input)


@method()
def zero_(input: Tensor) -> Tensor:
    """Make every element zero.  As torch.Tensor.zero_."""
    check_writable(input)
    if _untracked(input):
        each_place(_view(input, ndarray)).fill(0)
        wrote(input)
        return input
    return write(input, apply(_zeroed.op, (input,)))  # type: ignore[attr-defined]
