"""Activation functions as layers."""
from __future__ import annotations

from typing import Any

from ...abstract import AbsActivation
from .. import functional as F
from .module import Module

__all__ = ["LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class Activation(AbsActivation, Module):
    """A module without parameters whose `function` is a function of nn.functional."""

    def forward(self, input: Any) -> Any:
        return self.function(input)


class Sigmoid(Activation):
    """1 / (1 + exp(-x)).  As torch.nn.Sigmoid."""
    function = staticmethod(F.sigmoid)


class Tanh(Activation):
    """tanh(x).  As torch.nn.Tanh."""
    function = staticmethod(F.tanh)


class ReLU(Activation):
    """max(x, 0); inplace: in the memory of its input.  As torch.nn.ReLU."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def function(self, input: Any) -> Any:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Softmax(Activation):
    """exp(x) / sum exp(x) along dim.  As torch.nn.Softmax."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def function(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Activation):
    """log softmax along dim.  As torch.nn.LogSoftmax."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def function(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
