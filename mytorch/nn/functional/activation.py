"""Activation functions."""
from __future__ import annotations

import warnings
from typing import Any

from ...ops.activation import log_softmax as _log_softmax
from ...ops.activation import softmax as _softmax
from ...ops.pointwise import relu as _relu
from ...ops.pointwise import sigmoid, tanh

__all__ = ["log_softmax", "relu", "relu_", "sigmoid", "softmax", "tanh"]


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0).  inplace: in the input's memory.  As torch.nn.functional.relu."""
    return input.relu_() if inplace else _relu(input)


def relu_(input: Any) -> Any:
    """In-place version of `relu`."""
    return input.relu_()


def _implicit_dim(name: str, ndim: int) -> int:
    """The dimension softmax used to choose by itself."""
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an "
                  "argument.", stacklevel=4)
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp(x) / sum exp(x) along dim.  As torch.nn.functional.softmax."""
    return _softmax(input, _implicit_dim("softmax", input.ndim) if dim is None else dim, dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """x - log sum exp(x) along dim.  As torch.nn.functional.log_softmax."""
    return _log_softmax(input, _implicit_dim("log_softmax", input.ndim) if dim is None else dim, dtype)
