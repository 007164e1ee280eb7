"""Pooling layers."""
from __future__ import annotations

from typing import Any

from ..._where import image_form, lent
from .. import functional as F
from .module import Module
from .utils import _ntuple

__all__ = ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
           "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d",
           "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d",
           "MaxUnpool3d"]


class _Pool(Module):
    """A layer that calls a function of nn.functional with what `_arguments` names, and shows what `_shown` names."""
    _function: Any
    _arguments: tuple[str, ...]
    _shown: tuple[str, ...] = ()

    @lent
    def forward(self, input: Any) -> Any:
        return self._function(input, *(getattr(self, name) for name in self._arguments))

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)

    def expected_of(self, *inputs: Any) -> dict[str, str]:
        """For error messages."""
        n = int(self._function.__name__[-2])
        return {"expected": f"input of shape {image_form('C', n)} or {image_form('C', n, False)}",
                **Module.expected_of(self, *inputs)}


# ------------------------------------------------------------------ the largest number

class _MaxPoolNd(_Pool):
    """The largest number under a window."""
    _arguments = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    _shown = _arguments[:5]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode


class MaxPool1d(_MaxPoolNd):
    """The largest number under a window that visits places of (N, C, L).  As torch.nn.MaxPool1d."""
    _function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    """The largest number under a window that visits places of (N, C, H, W).

    Args:
        kernel_size, stride (kernel_size), padding (of -inf), dilation: numbers, or (height, width).
        return_indices: and where it stands, for MaxUnpool2d.  ceil_mode: visit also a place cut by the end.
    As torch.nn.MaxPool2d.
    """
    _function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    """The largest number under a window that visits places of (N, C, D, H, W).  As torch.nn.MaxPool3d."""
    _function = staticmethod(F.max_pool3d)


class _MaxUnpoolNd(_Pool):
    """Numbers put back where they were the largest."""
    _dims: int
    _shown = ("kernel_size", "stride", "padding")

    @lent
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        each = _ntuple(self._dims)
        self.kernel_size, self.padding = each(kernel_size), each(padding)
        self.stride = each(kernel_size if stride is None else stride)

    @lent
    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:  # type: ignore[override]
        return self._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """Zeros with the input put where MaxPool1d took it from.  As torch.nn.MaxUnpool1d."""
    _dims, _function = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    """Zeros with the input put where MaxPool2d took it from.  As torch.nn.MaxUnpool2d."""
    _dims, _function = 2, staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    """Zeros with the input put where MaxPool3d took it from.  As torch.nn.MaxUnpool3d."""
    _dims, _function = 3, staticmethod(F.max_unpool3d)


# ------------------------------------------------------------------ means

class _AvgPoolNd(_Pool):
    """The mean of what lies under a window."""
    _arguments: tuple[str, ...] = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad",
                                   "divisor_override")
    _shown = _arguments[:3]

    @lent
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override


class AvgPool1d(_AvgPoolNd):
    """The mean of what lies under a window that visits places of (N, C, L).  As torch.nn.AvgPool1d."""
    _function = staticmethod(F.avg_pool1d)
    _arguments = _AvgPoolNd._arguments[:5]

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True) -> None:
        each = _ntuple(1)
        self.kernel_size, self.stride = each(kernel_size), each(kernel_size if stride is None else stride)
        self.padding, self.ceil_mode, self.count_include_pad = each(padding), ceil_mode, count_include_pad


class AvgPool2d(_AvgPoolNd):
    """The mean of what lies under a window that visits places of (N, C, H, W).

    Args:
        kernel_size, stride (kernel_size), padding (of zeros): numbers, or (height, width).
        ceil_mode: visit also a place cut by the end.  count_include_pad: the padding counts.
        divisor_override: divide the sum by this.
    As torch.nn.AvgPool2d.
    """
    _function = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolNd):
    """The mean of what lies under a window that visits places of (N, C, D, H, W); as AvgPool2d.

    As torch.nn.AvgPool3d.
    """
    _function = staticmethod(F.avg_pool3d)


class _LPPoolNd(_Pool):
    """The p-norm of what lies under a window."""
    _arguments = _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    @lent
    def forward(self, input: Any) -> Any:
        return self._function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """(sum of x^p)^(1/p) of what lies under a window on (N, C, L), p = norm_type.  As torch.nn.LPPool1d."""
    _function = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPoolNd):
    """(sum of x^p)^(1/p) of what lies under a window on (N, C, H, W), p = norm_type.  As torch.nn.LPPool2d."""
    _function = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPoolNd):
    """(sum of x^p)^(1/p) of what lies under a window on (N, C, D, H, W), p = norm_type.  As torch.nn.LPPool3d."""
    _function = staticmethod(F.lp_pool3d)


# ------------------------------------------------------------------ to a given size

class _AdaptiveAvgPoolNd(_Pool):
    """The means of as many cells as wanted."""
    _arguments = _shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of output_size cells that cover (N, C, L).  As torch.nn.AdaptiveAvgPool1d."""
    _function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The means of the cells that cover (N, C, H, W); output_size: a number, or (H', W'), None: as it is.

    As torch.nn.AdaptiveAvgPool2d.
    """
    _function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The means of the cells that cover (N, C, D, H, W).  As torch.nn.AdaptiveAvgPool3d."""
    _function = staticmethod(F.adaptive_avg_pool3d)


class _AdaptiveMaxPoolNd(_Pool):
    """The largest numbers of as many cells as wanted."""
    _arguments = ("output_size", "return_indices")
    _shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        self.output_size, self.return_indices = output_size, return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest numbers of output_size cells that cover (N, C, L).  As torch.nn.AdaptiveMaxPool1d."""
    _function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest numbers of the cells that cover (N, C, H, W).  As torch.nn.AdaptiveMaxPool2d."""
    _function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest numbers of the cells that cover (N, C, D, H, W).  As torch.nn.AdaptiveMaxPool3d."""
    _function = staticmethod(F.adaptive_max_pool3d)


# ------------------------------------------------------------------ windows at random places

class _FractionalMaxPool(_Pool):
    """The largest number under windows at random places."""
    _dims: int
    _arguments = ("kernel_size", "output_size", "output_ratio", "return_indices", "_random_samples")

    @lent
    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                 return_indices: bool = False, _random_samples: Any = None) -> None:
        if self._dims == 3 and min(kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,)) <= 0:
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        each = _ntuple(self._dims)
        self.kernel_size, self.return_indices = each(kernel_size), return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size)
        self.output_ratio = None if output_ratio is None else each(output_ratio)
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest number under windows at random places of (N, C, H, W) (Graham 2014).

    Args:
        output_size: how many places per dimension; or output_ratio: as parts of the input's sizes, in (0, 1).
    As torch.nn.FractionalMaxPool2d.
    """
    _dims, _function = 2, staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest number under windows at random places of (N, C, D, H, W).  As torch.nn.FractionalMaxPool3d."""
    _dims, _function = 3, staticmethod(F.fractional_max_pool3d)
