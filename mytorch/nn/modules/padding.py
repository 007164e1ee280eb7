"""Padding layers."""
from __future__ import annotations

from typing import Any

from ..._where import lent
from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = ["CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
           "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
           "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"]


class _Pad(Module):
    """A frame around the last dimensions; padding: one number, or (before, after) of the last dimension first."""
    _dims: int
    _mode: str

    @lent
    def __init__(self, padding: Any) -> None:
        self.padding = _ntuple(2 * self._dims)(padding)

    @lent
    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_Pad):
    """A frame of one number."""

    @lent
    def __init__(self, padding: Any, value: float) -> None:
        _Pad.__init__(self, padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """`value` before and after the last dimension.  As torch.nn.ConstantPad1d."""
    _dims = 1


class ConstantPad2d(_ConstantPadNd):
    """`value` around the last two dimensions.  As torch.nn.ConstantPad2d."""
    _dims = 2


class ConstantPad3d(_ConstantPadNd):
    """`value` around the last three dimensions.  As torch.nn.ConstantPad3d."""
    _dims = 3


class _ZeroPadNd(_ConstantPadNd):
    """A frame of zeros."""

    @lent
    def __init__(self, padding: Any) -> None:
        _ConstantPadNd.__init__(self, padding, 0.0)

    extra_repr = _Pad.extra_repr


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    """Zeros before and after the last dimension.  As torch.nn.ZeroPad1d."""


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    """Zeros around the last two dimensions.  As torch.nn.ZeroPad2d."""


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    """Zeros around the last three dimensions.  As torch.nn.ZeroPad3d."""


class _ReflectionPadNd(_Pad):
    """A frame that is the mirror image."""
    _mode, forward = "reflect", _Pad.forward


class ReflectionPad1d(_ReflectionPadNd):
    """The mirror image, without the edge, before and after (N, C, L).  As torch.nn.ReflectionPad1d."""
    _dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """The mirror image, without the edge, around (N, C, H, W).  As torch.nn.ReflectionPad2d."""
    _dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """The mirror image, without the edge, around (N, C, D, H, W).  As torch.nn.ReflectionPad3d."""
    _dims = 3


class _ReplicationPadNd(_Pad):
    """A frame that repeats the edge."""
    _mode, forward = "replicate", _Pad.forward


class ReplicationPad1d(_ReplicationPadNd):
    """The edge repeated before and after (N, C, L).  As torch.nn.ReplicationPad1d."""
    _dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """The edge repeated around (N, C, H, W).  As torch.nn.ReplicationPad2d."""
    _dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """The edge repeated around (N, C, D, H, W).  As torch.nn.ReplicationPad3d."""
    _dims = 3


class _CircularPadNd(_Pad):
    """A frame of what stands on the other side."""
    _mode = "circular"

    def forward(self, input: Any) -> Any:
        if input.ndim not in (self._dims + 1, self._dims + 2):
            raise ValueError(f"expected {self._dims + 1}D or {self._dims + 2}D input (got {input.ndim}D input)")
        return F.pad(input, self.padding, self._mode)


class CircularPad1d(_CircularPadNd):
    """What stands on the other side, before and after (N, C, L).  As torch.nn.CircularPad1d."""
    _dims = 1


class CircularPad2d(_CircularPadNd):
    """What stands on the other side, around (N, C, H, W).  As torch.nn.CircularPad2d."""
    _dims = 2


class CircularPad3d(_CircularPadNd):
    """What stands on the other side, around (N, C, D, H, W).  As torch.nn.CircularPad3d."""
    _dims = 3
