"""Parameter and Buffer: tensors that a module owns because of their class."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import as_dtype, check_device, default_dtype, is_inexact
from ..engine.tape import Leaf
from ..engine.tensor import Tensor, plain, tensor_of

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


class Parameter(Tensor):
    """A tensor to be learned: assigned to a module's attribute, it is one of its parameters.

        Parameter(data, requires_grad=True)     shares the memory of `data`
    """
    is_parameter = True

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        array = np.empty(0, np.float32) if data is None else plain(tensor_of(data))
        if not isinstance(array, np.ndarray):
            raise TypeError(f"Parameter expects a Tensor, got {type(data).__name__}")
        if requires_grad and not is_inexact(array.dtype):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self = array.view(cls)
        return self.requires_grad_() if requires_grad else self

    def __deepcopy__(self, memo: dict) -> Any:  # type: ignore[override]
        copy = Tensor.__deepcopy__(self, memo)
        copy.grad = None    # as torch: a copied net starts to learn on its own
        return copy

    def __repr__(self, **kwargs: Any) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self, **kwargs)

    __str__ = __repr__


class Buffer(Tensor):
    """A tensor that belongs to a module's state and is not learned.

        Buffer(data, persistent=True)     persistent: it is part of the state_dict
    """
    persistent = True

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        self = (np.empty(0, np.float32) if data is None else plain(tensor_of(data))).view(cls)
        self.persistent = persistent
        return self


class _Uninitialized:
    """A parameter or buffer whose shape is not known yet; `materialize(shape)` gives it one."""
    cls_to_become: type

    def materialize(self, shape: tuple, device: Any = None, dtype: Any = None) -> None:
        """Become a real one of this shape, with undefined values; the object stays the same."""
        check_device(device)
        tensor: Any = self
        array = np.empty(tuple(shape), as_dtype(dtype) if dtype is not None else tensor.dtype)
        # straight away: the memory of nothing is nobody's, so that no view can be left behind in it
        state: Any = (1, array.shape, array.dtype, False, array.tobytes())
        np.ndarray.__setstate__(tensor, state)
        self.__class__ = self.cls_to_become
        if type(tensor._node) is Leaf:
            tensor._node = Leaf(tensor, array.shape)

    def share_memory_(self) -> None:
        raise RuntimeError("Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize "
                           "the parameters before calling `module.share_memory()`.")

    def __repr__(self, **kwargs: Any) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    @property
    def shape(self) -> Any:
        raise RuntimeError("Can't access the shape of an uninitialized parameter or buffer. This error usually "
                           "happens in `load_state_dict` when trying to load an uninitialized parameter into an "
                           "initialized one. Call `forward` to initialize the parameters before accessing their "
                           "attributes.")


class UninitializedParameter(_Uninitialized, Parameter):  # type: ignore[override]
    """A Parameter that a lazy module will shape at its first call."""
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        check_device(device)
        self = _empty(dtype).view(cls)
        return Tensor.requires_grad_(self) if requires_grad else self


class UninitializedBuffer(_Uninitialized, Buffer):  # type: ignore[override]
    """A Buffer that a lazy module will shape at its first call."""
    cls_to_become = Buffer

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None,
                persistent: bool = True) -> Any:
        check_device(device)
        self = _empty(dtype).view(cls)
        self.persistent = persistent
        return self


def _empty(dtype: Any) -> np.ndarray:
    return np.empty(0, default_dtype() if dtype is None else as_dtype(dtype))[:]


def is_lazy(value: Any) -> bool:
    """Whether `value` still waits for its shape."""
    return isinstance(value, _Uninitialized)


#: What may be asked of a parameter without a shape; all else a tensor can do is refused.
_ALLOWED = {"bfloat16", "char", "copy_", "cpu", "cuda", "double", "float", "get_device", "half", "int", "is_complex",
            "is_floating_point", "long", "materialize", "register_hook", "requires_grad_", "share_memory_", "short",
            "to"}
_OPERATORS = ("add", "and", "eq", "floordiv", "ge", "getitem", "gt", "iadd", "imul", "isub", "itruediv", "le", "len",
              "lt", "matmul", "mod", "mul", "ne", "neg", "or", "pow", "radd", "rmul", "rsub", "rtruediv", "setitem",
              "sub", "truediv", "xor")


def _refusing(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"Attempted to use an uninitialized parameter in <method '{name}' of 'torch._C.TensorBase' "
                         "objects>. This error happens when you are using a `LazyModule` or explicitly manipulating "
                         "`torch.nn.parameter.UninitializedParameter` objects. When using LazyModules Call `forward` "
                         "with a dummy batch to initialize the parameters before calling torch functions")
    return refuse


for _name, _member in vars(Tensor).items():
    if callable(_member) and not _name.startswith("_") and _name not in _ALLOWED:
        setattr(_Uninitialized, _name, _refusing(_name))
for _name in _OPERATORS:
    setattr(_Uninitialized, f"__{_name}__", _refusing(_name))
