"""Parameter and Buffer: tensors that a module owns because of their class."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor, plain, tensor_of

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
        self = array.view(cls)
        return self.requires_grad_() if requires_grad else self

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
    _materialized: type

    def materialize(self, shape: tuple, device: Any = None, dtype: Any = None) -> None:
        """Become a real one of this shape, with undefined values; the object stays the same."""
        from .._face import replace_memory
        replace_memory(self, np.empty(tuple(shape), dtype if dtype is not None else self.dtype))  # type: ignore
        self.__class__ = self._materialized

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
    _materialized = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        self = _empty(dtype).view(cls)
        return Tensor.requires_grad_(self) if requires_grad else self


class UninitializedBuffer(_Uninitialized, Buffer):  # type: ignore[override]
    """A Buffer that a lazy module will shape at its first call."""
    _materialized = Buffer

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None,
                persistent: bool = True) -> Any:
        self = _empty(dtype).view(cls)
        self.persistent = persistent
        return self


def _empty(dtype: Any) -> np.ndarray:
    from .._types import as_dtype, default_dtype
    return np.empty(0, default_dtype() if dtype is None else as_dtype(dtype))[:]


def is_lazy(value: Any) -> bool:
    """Whether `value` still waits for its shape."""
    return isinstance(value, _Uninitialized)
