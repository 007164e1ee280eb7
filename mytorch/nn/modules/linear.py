"""Linear maps as layers."""
from __future__ import annotations

import math
from typing import Any

from ..._types import named_dtype
from ..._where import describe
from ...engine.line import in_line
from ...ops.creation import empty as _empty
from .. import functional as F
from .. import init
from ..parameter import Parameter, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module

__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear"]


def empty(*shape: int, device: Any = None, dtype: Any = None) -> Parameter:
    """A Parameter of this shape, its numbers to be drawn; small ones stand side by side, as optimizers like them."""
    form = _empty(shape, dtype=dtype, device=device)
    return Parameter(in_line(form.shape, form.dtype))


def draw_weights(layer: Any) -> None:
    """Weight and bias from U(-b, b), b = 1 / sqrt(how many numbers flow into one of the result)."""
    init.kaiming_uniform_(layer.weight, a=math.sqrt(5))     # this a gives that b
    if layer.bias is not None:
        fan_in, _ = init._calculate_fan_in_and_fan_out(layer.weight)
        bound = 1 / math.sqrt(fan_in) if fan_in else 0
        init.uniform_(layer.bias, -bound, bound)


class Identity(Module):
    """Gives back what it is given; takes and ignores any arguments.  As torch.nn.Identity."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """y = x W^T + b.

    Args:
        in_features, out_features: sizes of the last dimension before and after.  bias: learn b.
    Shapes: input (*, in), weight (out, in), bias (out,), result (*, out).

    Begins with U(-1/sqrt(in), 1/sqrt(in)).  As torch.nn.Linear.
    """
    weight: Any
    bias: Any

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        self.in_features, self.out_features = in_features, out_features
        self.weight = empty(out_features, in_features, device=device, dtype=dtype)
        self.register_parameter("bias", empty(out_features, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        draw_weights(self)

    def forward(self, input: Any) -> Any:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages: what this layer expects of its input, and what to do."""
        got, kind = getattr(input, "shape", ()), getattr(input, "dtype", None)
        lines = {"expected": f"input of shape (*, {self.in_features})", "got": describe(input)}
        if got and got[-1] != self.in_features:
            flat = math.prod(got[1:]) == self.in_features
            lines["do"] = "flatten it first, by nn.Flatten() or x.flatten(1)" if flat else (
                f"use nn.Linear({got[-1]}, {self.out_features}), or bring the {self.in_features} features to the last "
                "axis")
        elif kind is not None and kind != self.weight.dtype:
            wanted = named_dtype(self.weight.dtype)
            lines = {"expected": f"input of type {wanted}, as the weight", "got": describe(input),
                     "do": f"convert the input, by x.to({wanted})"}
        return lines


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear that torch's quantization leaves alone: the last one of an attention."""


class LazyLinear(LazyModuleMixin, Linear):
    """Linear whose in_features are read off the first input.  As torch.nn.LazyLinear."""
    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        self.in_features, self.out_features = 0, out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.register_parameter("bias", UninitializedParameter(device=device, dtype=dtype) if bias else None)
        self._wait()

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.in_features != 0:
            Linear.reset_parameters(self)

    def initialize_parameters(self, input: Any) -> None:
        """The size of the last dimension is in_features."""
        if self.in_features == 0:
            self.in_features = input.shape[-1]
        if self.has_uninitialized_params():
            self.weight.materialize((self.out_features, self.in_features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()


class Bilinear(Module):
    """y_k = x1^T W_k x2 + b_k.

    Shapes: input1 (*, in1), input2 (*, in2), weight (out, in1, in2), result (*, out).  As torch.nn.Bilinear.
    """
    bias: Any

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = empty(out_features, in1_features, in2_features, device=device, dtype=dtype)
        self.register_parameter("bias", empty(out_features, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
                f"out_features={self.out_features}, bias={self.bias is not None}")

    def expected_of(self, *inputs: Any) -> dict[str, str]:
        """For error messages."""
        return {"expected": f"inputs of shapes (*, {self.in1_features}) and (*, {self.in2_features}), alike in *",
                **Module.expected_of(self, *inputs)}
