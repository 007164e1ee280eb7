"""Activation functions."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..._types import finfo, type_name, wrap_dim
from ..._warnings import warn
from ...ops import activation as ops
from ...ops._shared import with_out
from ...ops.activation import celu_, hardshrink, prelu, selu_, threshold_
from ...ops.activation import log_sigmoid as logsigmoid
from ...ops.creation import zeros_like
from ...ops.pointwise import relu as _relu
from ...ops.pointwise import sigmoid, tanh
from ...random import exponential_

__all__ = ["celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
           "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu",
           "relu6", "relu_", "selu", "selu_", "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink",
           "softsign", "tanh", "tanhshrink", "threshold", "threshold_"]


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0).  inplace: in the input's memory.  As torch.nn.functional.relu."""
    return input.relu_() if inplace else _relu(input)


def relu_(input: Any) -> Any:
    """In-place version of `relu`."""
    return input.relu_()


def _dim(name: str, input: Any, dim: int | None, stacklevel: int) -> int:
    """dim, or the dimension softmax used to choose by itself."""
    if dim is not None:
        return dim
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an "
                  "argument.", stacklevel=stacklevel)
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp(x) / sum exp(x) along dim.  As torch.nn.functional.softmax."""
    return ops.softmax(input, _dim("softmax", input, dim, _stacklevel), dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """x - log sum exp(x) along dim.  As torch.nn.functional.log_softmax."""
    return ops.log_softmax(input, _dim("log_softmax", input, dim, _stacklevel), dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax of -x along dim.  As torch.nn.functional.softmin."""
    return ops.softmax(-input, _dim("softmin", input, dim, _stacklevel), dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample from the Gumbel-softmax distribution: softmax((logits + g) / tau), g = -log(exponential draws).

    hard: the sample is a one-hot vector, its gradient that of the soft one.  As torch.nn.functional.gumbel_softmax.
    """
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    noise = np.empty(logits.shape, logits.dtype)
    exponential_(noise)
    soft = ops.softmax((logits - np.log(noise)) / tau, dim)
    if not hard:
        return soft
    one_hot: Any = zeros_like(soft.detach())
    one_hot.scatter_(dim, soft.detach().max(dim, keepdim=True)[1], 1.0)
    return one_hot - soft.detach() + soft


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope * x.  As torch.nn.functional.leaky_relu."""
    return (ops.leaky_relu_ if inplace else ops.leaky_relu)(input, negative_slope)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """In-place version of `leaky_relu`."""
    return ops.leaky_relu_(input, negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (exp(x) - 1).  As torch.nn.functional.elu."""
    return (ops.elu_ if inplace else ops.elu)(input, alpha, 1.0, 1.0)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """In-place version of `elu`."""
    return ops.elu_(input, alpha, 1.0, 1.0)


def selu(input: Any, inplace: bool = False) -> Any:
    """elu with the constants that keep mean 0 and variance 1.  As torch.nn.functional.selu."""
    return (ops.selu_ if inplace else ops.selu)(input)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (exp(x / alpha) - 1).  As torch.nn.functional.celu."""
    return (ops.celu_ if inplace else ops.celu)(input, alpha)


@with_out
def gelu(input: Any, *, approximate: str = "none") -> Any:
    """x Phi(x), Phi the normal distribution; approximate="tanh": by tanh.  As torch.nn.functional.gelu."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return ops.gelu_exact(input) if approximate == "none" else ops.gelu_tanh(input)


def glu(input: Any, dim: int = -1) -> Any:
    """a * sigmoid(b), a and b the halves of the input along dim.  As torch.nn.functional.glu."""
    if not input.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if input.shape[wrap_dim(dim, input.ndim)] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim % input.ndim} is size "
                           f"{input.shape[dim]}")
    return ops.glu(input, dim)


def silu(input: Any, inplace: bool = False) -> Any:
    """x sigmoid(x).  As torch.nn.functional.silu."""
    return (ops.silu_ if inplace else ops.silu)(input)


def mish(input: Any, inplace: bool = False) -> Any:
    """x tanh(log(1 + exp(x))).  As torch.nn.functional.mish."""
    return (ops.mish_ if inplace else ops.mish)(input)


@with_out
def softplus(input: Any, beta: float = 1, threshold: float = 20) -> Any:
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold.  As torch.nn.functional.softplus."""
    return ops.softplus(input, beta, threshold)


@with_out
def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x drawn towards 0 by lambd, 0 where |x| <= lambd.  As torch.nn.functional.softshrink."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be in range [0, {float(finfo(input.dtype).max):g}] for input dtype "
                           f"{type_name(input.dtype)}, but found {lambd:g}")
    return ops.softshrink(input, lambd)


def softsign(input: Any) -> Any:
    """x / (1 + |x|).  As torch.nn.functional.softsign."""
    return input / (abs(input) + 1)


def tanhshrink(input: Any) -> Any:
    """x - tanh(x).  As torch.nn.functional.tanhshrink."""
    return input - tanh(input)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x cut at min_val and max_val.  As torch.nn.functional.hardtanh."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return (ops.hardtanh_ if inplace else ops.hardtanh)(input, min_val, max_val)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """In-place version of `hardtanh`."""
    return hardtanh(input, min_val, max_val, True)


def relu6(input: Any, inplace: bool = False) -> Any:
    """x cut at 0 and 6.  As torch.nn.functional.relu6."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """(x + 3) / 6, cut at 0 and 1.  As torch.nn.functional.hardsigmoid."""
    return (ops.hardsigmoid_ if inplace else ops.hardsigmoid)(input)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x hardsigmoid(x).  As torch.nn.functional.hardswish."""
    return (ops.hardswish_ if inplace else ops.hardswish)(input)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where x > threshold, else value.  As torch.nn.functional.threshold."""
    return (ops.threshold_ if inplace else ops.threshold)(input, threshold, value)
