"""Variable, the old name of a Tensor, and what a Tensor has from that time; the type of its gradient."""
from __future__ import annotations

import warnings
from typing import Any, Callable

from .._types import as_dtype, cpp_name, type_name
from ..engine import tape
from ..engine.tensor import Tensor

__all__ = ["Variable"]


class _VariableMeta(type):
    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class _Engine:
    """What libraries reach for under `Variable._execution_engine`."""

    def queue_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback()` when the present going backward is done."""
        tape.at_end(callback)


class Variable(metaclass=_VariableMeta):
    """Variable(data, requires_grad) is the tensor `data`, off the tape; every Tensor is an instance.

    As torch.autograd.Variable.
    """
    _execution_engine = _Engine()

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if data is None:
            data = Tensor([])
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad and not volatile)


def _volatile(self: Tensor) -> bool:
    """False: the word is `no_grad` now."""
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=2)
    return False


def _set_volatile(self: Tensor, value: Any) -> None:
    warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", stacklevel=2)


def _grad_dtype(self: Tensor) -> Any:
    """The type that gradients arriving at this leaf are cast to; its own, if nothing else was set."""
    if not self.is_leaf:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    return self.dtype if self._node is None else self._node.dtype


def _set_grad_dtype(self: Tensor, dtype: Any) -> None:
    if not self.is_leaf:
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    if dtype is None or self._node is None:
        raise NotImplementedError("grad_dtype: it can be set to a type, on a tensor that requires grad")
    kind = as_dtype(dtype)
    if self._grad is not None and self._grad.dtype != kind:
        raise RuntimeError(f"Cannot set grad_dtype to '{type_name(kind)}' because there is already a gradient with "
                           f"dtype '{cpp_name(self._grad.dtype)}'. Please clear the gradient (.grad = None) before "
                           "changing grad_dtype, or ensure the new grad_dtype matches the existing gradient's dtype.")
    self._node.dtype = kind


Tensor.volatile = property(_volatile, _set_volatile)  # type: ignore[attr-defined]
Tensor.grad_dtype = property(_grad_dtype, _set_grad_dtype)  # type: ignore[attr-defined]
