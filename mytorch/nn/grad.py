"""Gradients of convolutions with respect to their input and weight, from shapes: torch.nn.grad."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import enable_grad, grad
from ..engine.tensor import tensor_of
from . import functional as F

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _zeros(shape: Any, like: Any) -> Any:
    return tensor_of(np.zeros(tuple(shape), like.dtype)).requires_grad_()


def _declare(dims: int) -> tuple:
    convolution = getattr(F, f"conv{dims}d")

    def of_input(input_size: Any, weight: Any, grad_output: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
                 groups: int = 1) -> Any:
        with enable_grad():
            x = _zeros(input_size, weight)
            y = convolution(x, weight, None, stride, padding, dilation, groups)
        return grad(y, x, grad_output)[0]

    def of_weight(input: Any, weight_size: Any, grad_output: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
                  groups: int = 1) -> Any:
        with enable_grad():
            w = _zeros(weight_size, input)
            y = convolution(input, w, None, stride, padding, dilation, groups)
        return grad(y, w, grad_output)[0]

    for function, of in ((of_input, "input"), (of_weight, "weight")):
        function.__name__ = function.__qualname__ = f"conv{dims}d_{of}"
        function.__doc__ = (f"The gradient of conv{dims}d with respect to its {of}, given that of its result.\n\n"
                            f"As torch.nn.grad.conv{dims}d_{of}.")
    return of_input, of_weight


conv1d_input, conv1d_weight = _declare(1)
conv2d_input, conv2d_weight = _declare(2)
conv3d_input, conv3d_weight = _declare(3)
