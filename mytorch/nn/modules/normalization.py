"""Normalization of each sample: over its last dimensions, over groups of channels, over neighbouring channels."""
from __future__ import annotations

from typing import Any

from ..._where import describe
from .. import functional as F
from .. import init
from ..functional.normalization import cross_map_lrn
from .linear import empty
from .module import Module

__all__ = ["CrossMapLRN2d", "GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class LocalResponseNorm(Module):
    """y_c = x_c / (k + alpha mean_{|c' - c| <= size / 2} x_c'^2)^beta over channels.  As torch.nn.LocalResponseNorm."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """y_c = x_c / (k + alpha / size sum_{|c' - c| <= size / 2} x_c'^2)^beta over channels of (N, C, H, W).

    Channel 0 counts in every sum: so it is in torch.  As torch.nn.CrossMapLRN2d.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        return cross_map_lrn(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _row_shape(sizes: Any) -> tuple:
    """The sizes of the dimensions that are a row, of which there may be one."""
    return tuple(sizes) if isinstance(sizes, (tuple, list)) else (sizes,)


class LayerNorm(Module):
    """Every row less its mean, over its standard deviation: y = (x - mean) / sqrt(var + eps) * weight + bias.

    Args:
        normalized_shape: the sizes of the last dimensions, which are a row.
        elementwise_affine: learn the weight; bias: and the bias.
    Shapes: input (*, *normalized_shape), weight and bias normalized_shape.  As torch.nn.LayerNorm.
    """
    weight: Any
    bias: Any

    def __init__(self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
                 device: Any = None, dtype: Any = None) -> None:
        shape = _row_shape(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        add_affine(self, elementwise_affine, bias, empty, *shape, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        reset_affine(self)

    def forward(self, input: Any) -> Any:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
                f"bias={self.bias is not None}")

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        return expected_rows(self, input)


def add_affine(layer: Any, weight: bool, bias: bool, make: Any, *shape: int, **kind: Any) -> None:
    """The parameters weight and bias, where they are learned: a bias only beside a weight."""
    layer.register_parameter("weight", make(*shape, **kind) if weight else None)
    layer.register_parameter("bias", make(*shape, **kind) if weight and bias else None)


def reset_affine(layer: Any) -> None:
    """Weight 1, bias 0, where there are."""
    for name, fill in (("weight", init.ones_), ("bias", init.zeros_)):
        parameter = getattr(layer, name, None)
        if parameter is not None:
            fill(parameter)


def expected_rows(layer: Any, input: Any) -> dict[str, str]:
    """For error messages of layers that normalize the last dimensions."""
    shape = layer.normalized_shape
    got = getattr(input, "shape", ())
    if tuple(got[-len(shape):]) == shape:
        return {"got": describe(input)}
    wanted = got[-1] if len(shape) == 1 and got else tuple(got[-len(shape):])
    return {"expected": f"input of shape (*, {', '.join(map(str, shape))})", "got": describe(input),
            "do": f"use nn.{type(layer).__name__}({wanted}), or bring the {'x'.join(map(str, shape))} numbers to the "
                  "last axes"}


class GroupNorm(Module):
    """Of every sample, each of num_groups groups of channels less its mean, over its standard deviation.

    Args:
        num_groups: a divisor of num_channels.  affine: learn a weight per channel; bias: and a bias.
    Shapes: input (N, C, *), weight and bias (C,).  As torch.nn.GroupNorm.
    """
    weight: Any
    bias: Any

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        add_affine(self, affine, bias, empty, num_channels, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        reset_affine(self)

    def forward(self, input: Any) -> Any:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
                f"bias={self.bias is not None}")

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        lines = {"expected": f"input of shape (N, {self.num_channels}, *)", "got": describe(input)}
        got: tuple = getattr(input, "shape", ())
        if len(got) > 1 and got[1] != self.num_channels:
            lines["do"] = (f"use nn.GroupNorm({self.num_groups}, {got[1]}), or bring the {self.num_channels} channels "
                           "to axis 1")
        return lines


class RMSNorm(Module):
    """Every row over its root mean square: y = x / sqrt(mean(x^2) + eps) * weight.

    Args:
        normalized_shape: the sizes of the last dimensions, which are a row.  eps: None: the type's epsilon.
    Shapes: input (*, *normalized_shape), weight normalized_shape.  As torch.nn.RMSNorm.
    """
    weight: Any

    def __init__(self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True,
                 device: Any = None, dtype: Any = None) -> None:
        shape = _row_shape(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.register_parameter("weight", empty(*shape, device=device, dtype=dtype) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        reset_affine(self)

    def forward(self, x: Any) -> Any:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        return expected_rows(self, input)
