"""The old constructors, one per element type: `FloatTensor([1, 2])`, `LongTensor(2, 3)`, `x.new(2, 3)`."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Size, bfloat16_dtype, named_dtype, set_default_dtype, strided
from .._types import device as Device
from .._warnings import warn_once
from ..engine.op import method, op
from ..engine.tape import inference
from ..engine.tensor import Tensor
from .data import array_of, made, read, sizes

__all__ = ["BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor",
           "IntTensor", "LongTensor", "ShortTensor", "set_default_tensor_type"]

_view = np.ndarray.view


@op(lambda g, y, x: g, name="alias", view=True, register=False, method=False)
def alias(x: np.ndarray) -> np.ndarray:
    """The same tensor as another object."""
    return x


@method()
def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """The old spelling: sizes or data, in the type of this tensor."""
    return _legacy(self.dtype, args, device)


def _legacy(kind: np.dtype, args: tuple, device: Any = None) -> Tensor:
    """What FloatTensor(...) understands: nothing, sizes, a tensor of its type, or data."""
    if device is not None and Device(device).type != "cpu":
        raise RuntimeError(f"legacy constructor expects device type: cpu but device type: {Device(device).type} was "
                           "passed")
    if not args:
        return made(np.empty(0, kind))
    data = args[0]
    if len(args) > 1 or isinstance(data, (int, np.integer, Size)):
        return made(np.empty(sizes("new", args), kind))
    if isinstance(data, Tensor):
        if data.dtype != kind:
            raise TypeError(f"expected a tensor of type {named_dtype(kind)} (got {named_dtype(data.dtype)})")
        return alias(data)
    if data is None or isinstance(data, (float, complex, np.generic)):
        name = f"{type(data).__module__}.{type(data).__name__}".removeprefix("builtins.")
        raise TypeError(f"new(): data must be a sequence (got {name})")
    return made(array_of(data, kind))


class _TensorType(type):
    """FloatTensor and its kin: called they make tensors, isinstance asks for the type of a tensor's numbers."""

    kind: np.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        if len(args) == 1 and type(args[0]) is list and device is None and inference() is None:
            return _view(read(args[0], cls.kind), Tensor)
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

    kind = property(lambda cls: bfloat16_dtype().dtype)  # type: ignore[assignment]


def _tensor_type(name: str, kind: str) -> Any:
    return _TensorType(name, (), {"kind": np.dtype(kind), "__module__": "torch", "__doc__":
                                  f"{name}(2, 3): uninitialised; {name}([1, 2]): of these numbers, as {kind}."})


FloatTensor, DoubleTensor, HalfTensor = (_tensor_type(*pair) for pair in (
    ("FloatTensor", "float32"), ("DoubleTensor", "float64"), ("HalfTensor", "float16")))
LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor = (_tensor_type(*pair) for pair in (
    ("LongTensor", "int64"), ("IntTensor", "int32"), ("ShortTensor", "int16"), ("CharTensor", "int8"),
    ("ByteTensor", "uint8"), ("BoolTensor", "bool")))
BFloat16Tensor = _BFloat16Type("BFloat16Tensor", (), {"__module__": "torch"})


def set_default_tensor_type(t: Any, /) -> None:
    """The old spelling of `set_default_dtype`: a type of tensors, or its name, "torch.DoubleTensor".

    Raises TypeError unless it is one of floating type.  As torch.set_default_tensor_type.
    """
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        t = globals().get(name) if name in __all__ else None
        if t is None:
            raise AttributeError(f"module 'torch' has no attribute '{name}'")
    warn_once("torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() "
              "and torch.set_default_device() as alternatives.")
    if not isinstance(t, _TensorType):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    set_default_dtype(t.dtype)
