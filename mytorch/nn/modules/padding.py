"""Padding layers."""
from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = ["CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
           "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
           "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"]


class _Pad(Module):
    """A frame around the last `n` dimensions; padding: one number, or (before, after) of the last dimension first."""
    n: int
    mode: str

    def __init__(self, padding: Any) -> None:
        self.padding = _ntuple(2 * self.n)(padding)

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        _Pad.__init__(self, padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """`value` before and after the last dimension.  As torch.nn.ConstantPad1d."""
    n = 1


class ConstantPad2d(_ConstantPad):
    """`value` around the last two dimensions.  As torch.nn.ConstantPad2d."""
    n = 2


class ConstantPad3d(_ConstantPad):
    """`value` around the last three dimensions.  As torch.nn.ConstantPad3d."""
    n = 3


class ZeroPad1d(ConstantPad1d):
    """Zeros before and after the last dimension.  As torch.nn.ZeroPad1d."""

    def __init__(self, padding: Any) -> None:
        _ConstantPad.__init__(self, padding, 0.0)

    extra_repr = _Pad.extra_repr


class ZeroPad2d(ConstantPad2d):
    """Zeros around the last two dimensions.  As torch.nn.ZeroPad2d."""

    def __init__(self, padding: Any) -> None:
        _ConstantPad.__init__(self, padding, 0.0)

    extra_repr = _Pad.extra_repr


class ZeroPad3d(ConstantPad3d):
    """Zeros around the last three dimensions.  As torch.nn.ZeroPad3d."""

    def __init__(self, padding: Any) -> None:
        _ConstantPad.__init__(self, padding, 0.0)

    extra_repr = _Pad.extra_repr


class ReflectionPad1d(_Pad):
    """The mirror image, without the edge, before and after (N, C, L).  As torch.nn.ReflectionPad1d."""
    n, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """The mirror image, without the edge, around (N, C, H, W).  As torch.nn.ReflectionPad2d."""
    n, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """The mirror image, without the edge, around (N, C, D, H, W).  As torch.nn.ReflectionPad3d."""
    n, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """The edge repeated before and after (N, C, L).  As torch.nn.ReplicationPad1d."""
    n, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The edge repeated around (N, C, H, W).  As torch.nn.ReplicationPad2d."""
    n, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """The edge repeated around (N, C, D, H, W).  As torch.nn.ReplicationPad3d."""
    n, mode = 3, "replicate"


class _CircularPad(_Pad):
    mode = "circular"

    def forward(self, input: Any) -> Any:
        if input.ndim not in (self.n + 1, self.n + 2):
            raise ValueError(f"expected {self.n + 1}D or {self.n + 2}D input (got {input.ndim}D input)")
        return F.pad(input, self.padding, "circular")


class CircularPad1d(_CircularPad):
    """What stands on the other side, before and after (N, C, L).  As torch.nn.CircularPad1d."""
    n = 1


class CircularPad2d(_CircularPad):
    """What stands on the other side, around (N, C, H, W).  As torch.nn.CircularPad2d."""
    n = 2


class CircularPad3d(_CircularPad):
    """What stands on the other side, around (N, C, D, H, W).  As torch.nn.CircularPad3d."""
    n = 3
