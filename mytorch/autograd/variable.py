"""Variable: the old name of a Tensor."""
from __future__ import annotations

from typing import Any, Callable

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
