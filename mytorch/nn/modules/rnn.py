"""Recurrent cells."""
from __future__ import annotations

import math
from typing import Any

from ..._tensor import tensor_of
from .. import functional as F
from .. import init
from .linear import empty
from .module import Module

__all__ = ["RNNCell"]


class RNNCellBase(Module):
    """A cell with `num_chunks` gates: weights of input and state, and their biases, all U(-1/sqrt(H), 1/sqrt(H))."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None,
                 dtype: Any = None) -> None:
        if not isinstance(hidden_size, int):
            raise TypeError(f"hidden_size should be of type int, got: {type(hidden_size).__name__}")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows, kind = num_chunks * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih = empty(rows, input_size, **kind)
        self.weight_hh = empty(rows, hidden_size, **kind)
        self.register_parameter("bias_ih", empty(rows, **kind) if bias else None)
        self.register_parameter("bias_hh", empty(rows, **kind) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else text + f", nonlinearity={nonlinearity}"

    def _state(self, input: Any, hx: Any, name: str) -> Any:
        """Check the shapes; the state to begin with where none is given, zeros."""
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        if hx is not None and hx.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {hx.ndim}D instead")
        if hx is None:
            import numpy as np
            return tensor_of(np.zeros((*input.shape[:-1], self.hidden_size), input.dtype))
        return hx


class RNNCell(RNNCellBase):
    """One step of a simple recurrence.

        h' = tanh(W_ih x + b_ih + W_hh h + b_hh)        or relu

    Shapes: input (N, in) or (in,), hx (N, H) or (H,), result as hx.  As torch.nn.RNNCell.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
                 device: Any = None, dtype: Any = None) -> None:
        RNNCellBase.__init__(self, input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        hx = self._state(input, hx, "RNNCell")
        functions = {"tanh": F.tanh, "relu": F.relu}
        if self.nonlinearity not in functions:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return functions[self.nonlinearity](F.linear(input, self.weight_ih, self.bias_ih)
                                            + F.linear(hx, self.weight_hh, self.bias_hh))
