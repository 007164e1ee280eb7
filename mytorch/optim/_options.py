"""The options of optimizers: what they may be, and how they are read."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import default_dtype
from ..engine.tape import ndarray
from ..engine.tensor import Tensor, plain

__all__ = ["check_betas", "check_fused", "check_lr", "check_one_element", "number", "number_tensor", "require",
           "required"]


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


#: The default of an option that every group must give itself.
required = _Required()


def require(condition: Any, message: str) -> None:
    """Raise ValueError unless an option is as it must be."""
    if not condition:
        raise ValueError(message)


def number(value: Any) -> Any:
    """An option as a number; of a tensor with one element, in its own precision."""
    return plain(value).reshape(())[()] if isinstance(value, ndarray) else value


def number_tensor(group: dict[str, Any], value: Any) -> Tensor:
    """A 0-d tensor as step counts are kept in."""
    wide = default_dtype() == np.float64 and not group.get("fused")
    return np.array(number(value), np.float64 if wide else np.float32).view(Tensor)


def check_lr(lr: Any, told: str = "Invalid learning rate") -> None:
    """The learning rate: a number, or a tensor with one element, not negative."""
    check_one_element(lr)
    require(0.0 <= number(lr), f"{told}: {lr}")


def check_one_element(lr: Any) -> None:
    require(not isinstance(lr, ndarray) or plain(lr).size == 1, "Tensor lr must be 1-element")


def check_betas(betas: Any) -> None:
    for i, beta in enumerate(betas[:2]):
        require(0.0 <= beta < 1.0, f"Invalid beta parameter at index {i}: {beta}")


def check_fused(fused: Any, differentiable: bool, foreach: Any) -> None:
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
