"""Activation functions as layers."""
from __future__ import annotations

import warnings
from typing import Any

from ..._where import lent
from ...abstract import AbsActivation
from .. import functional as F
from .. import init
from .attention import MultiheadAttention  # noqa: F401  (torch keeps it here)
from .linear import NonDynamicallyQuantizableLinear, empty  # noqa: F401
from .module import Module

__all__ = ["CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
           "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softmax",
           "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold"]


class Activation(AbsActivation, Module):
    """A module without parameters that calls a function of nn.functional.

    `told` names the attributes that the repr tells; `inplace` is told only where it is True.
    """
    told: tuple[str, ...] = ()
    inplace = False

    def function(self, *args: Any) -> Any:
        return self.forward(*args)

    def extra_repr(self) -> str:
        parts = [f"{name}={getattr(self, name)}" for name in self.told] + ["inplace=True"] * bool(self.inplace)
        return ", ".join(parts)


class _Plain(Activation):
    """An activation without options."""
    _function: Any

    @lent
    def forward(self, input: Any) -> Any:
        return self._function(input)


class _InPlace(Activation):
    """An activation whose only option is to write into the memory of its input."""
    _function: Any

    @lent
    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    @lent
    def forward(self, input: Any) -> Any:
        return self._function(input, inplace=self.inplace)


class Sigmoid(_Plain):
    """1 / (1 + exp(-x)).  As torch.nn.Sigmoid."""
    _function = staticmethod(F.sigmoid)


class Tanh(_Plain):
    """tanh(x).  As torch.nn.Tanh."""
    _function = staticmethod(F.tanh)


class LogSigmoid(_Plain):
    """log(1 / (1 + exp(-x))).  As torch.nn.LogSigmoid."""
    _function = staticmethod(F.logsigmoid)


class Softsign(_Plain):
    """x / (1 + |x|).  As torch.nn.Softsign."""
    _function = staticmethod(F.softsign)


class Tanhshrink(_Plain):
    """x - tanh(x).  As torch.nn.Tanhshrink."""
    _function = staticmethod(F.tanhshrink)


class ReLU(_InPlace):
    """max(x, 0); inplace: in the memory of its input.  As torch.nn.ReLU."""
    _function = staticmethod(F.relu)


class SELU(_InPlace):
    """scale * (x where x > 0, else alpha (exp(x) - 1)); inplace: in the memory of its input.  As torch.nn.SELU."""
    _function = staticmethod(F.selu)


class SiLU(_InPlace):
    """x sigmoid(x); inplace: in the memory of its input.  As torch.nn.SiLU."""
    _function = staticmethod(F.silu)


class Mish(_InPlace):
    """x tanh(log(1 + exp(x))); inplace: in the memory of its input.  As torch.nn.Mish."""
    _function = staticmethod(F.mish)


class Hardsigmoid(_InPlace):
    """(x + 3) / 6, cut at 0 and 1; inplace: in the memory of its input.  As torch.nn.Hardsigmoid."""
    _function = staticmethod(F.hardsigmoid)

    def extra_repr(self) -> str:
        return ""    # torch does not tell


class Hardswish(_InPlace):
    """x hardsigmoid(x); inplace: in the memory of its input.  As torch.nn.Hardswish."""
    _function = staticmethod(F.hardswish)

    def extra_repr(self) -> str:
        return ""    # torch does not tell


class Hardtanh(Activation):
    """x cut at min_val and max_val.  As torch.nn.Hardtanh."""
    told: tuple = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False,
                 min_value: float | None = None, max_value: float | None = None) -> None:
        for old in ("min", "max"):
            if (min_value if old == "min" else max_value) is not None:
                warnings.warn(f"keyword argument `{old}_value` is deprecated and renamed to `{old}_val`", FutureWarning,
                              stacklevel=2)
        min_val = min_val if min_value is None else min_value
        max_val = max_val if max_value is None else max_value
        if not max_val > min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """x cut at 0 and 6.  As torch.nn.ReLU6."""
    told: tuple = ()

    def __init__(self, inplace: bool = False) -> None:
        Hardtanh.__init__(self, 0.0, 6.0, inplace)


class Threshold(Activation):
    """x where x > threshold, else value.  As torch.nn.Threshold."""
    told = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class LeakyReLU(Activation):
    """x where x > 0, else negative_slope * x.  As torch.nn.LeakyReLU."""
    told = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class RReLU(Activation):
    """LeakyReLU with a slope drawn from [lower, upper) for every element while training.  As torch.nn.RReLU."""
    told = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class _Exponential(Activation):
    """An activation that is exponential below 0."""
    told = ("alpha",)

    @lent
    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha, self.inplace = alpha, inplace


class ELU(_Exponential):
    """x where x > 0, else alpha (exp(x) - 1).  As torch.nn.ELU."""

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha, self.inplace)


class CELU(_Exponential):
    """x where x > 0, else alpha (exp(x / alpha) - 1).  As torch.nn.CELU."""

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha, self.inplace)


class GELU(Activation):
    """x Phi(x), Phi the normal distribution.  As torch.nn.GELU."""

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(Activation):
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold.  As torch.nn.Softplus."""
    told = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)


class _Shrink(Activation):
    """An activation that makes what is small 0."""

    @lent
    def __init__(self, lambd: float = 0.5) -> None:
        self.lambd = lambd

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(_Shrink):
    """x drawn towards 0 by lambd.  As torch.nn.Softshrink."""

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)


class Hardshrink(_Shrink):
    """x where |x| > lambd, else 0.  As torch.nn.Hardshrink."""

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)


class GLU(Activation):
    """a * sigmoid(b), a and b the halves of the input along dim.  As torch.nn.GLU."""
    told = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)


class _AlongDim(Activation):
    """An activation along one dimension."""
    told = ("dim",)

    @lent
    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim


class Softmax(_AlongDim):
    """exp(x) / sum exp(x) along dim.  As torch.nn.Softmax."""

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """log softmax along dim.  As torch.nn.LogSoftmax."""

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """softmax of -x along dim.  As torch.nn.Softmin."""

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.dim, _stacklevel=5)


class Softmax2d(Activation):
    """softmax over the channels of (N, C, H, W) or (C, H, W).  As torch.nn.Softmax2d."""

    def forward(self, input: Any) -> Any:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3, _stacklevel=5)


class PReLU(Module):
    """x where x > 0, else weight * x, the weight learned, one or one per channel.  As torch.nn.PReLU."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        self.num_parameters, self.init = num_parameters, init
        self.weight = empty(num_parameters, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
