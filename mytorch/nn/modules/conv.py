"""Convolutions as layers."""
from __future__ import annotations

from typing import Any

from ..._types import Size
from ..._where import describe, image_form, lent
from .. import functional as F
from ..parameter import UninitializedParameter
from .lazy import LazyModuleMixin
from .linear import draw_weights, empty
from .module import Module
from .utils import _ntuple, _pair, _reverse_repeat_tuple, _single, _triple  # noqa: F401

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d",
           "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d"]

_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """A kernel and what is to be done with it, in n dimensions."""
    _dims: int
    _function: Any
    transposed = False
    weight: Any
    bias: Any

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any,
                 output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any) -> None:
        each = _ntuple(self._dims)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        self.kernel_size, self.stride, self.dilation = each(kernel_size), each(stride), each(dilation)
        self.padding = padding if isinstance(padding, str) and not self.transposed else each(padding)
        self.output_padding = each(output_padding)
        self._check()
        self._reversed_padding_repeated_twice = self._frame()
        self._make(bias, device, dtype)

    def _make(self, bias: bool, device: Any, dtype: Any) -> None:
        """The parameters, drawn."""
        self.weight = empty(*self._weight_shape(), device=device, dtype=dtype)
        self.register_parameter("bias", empty(self.out_channels, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple:
        inner, outer = self.in_channels, self.out_channels
        if self.transposed:
            inner, outer = outer, inner
        return outer, inner // self.groups, *self.kernel_size

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        if self.out_channels % self.groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {{'same', 'valid'}}")
            if self.padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {{{', '.join(map(repr, _MODES))}}}, but got "
                             f"padding_mode='{self.padding_mode}'")

    def _frame(self) -> Any:
        """The padding as `F.pad` takes it."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        frame = [0, 0] * len(self.kernel_size)
        if self.padding == "same":
            for i, (d, k) in enumerate(zip(self.dilation[::-1], self.kernel_size[::-1])):
                total = d * (k - 1)
                frame[2 * i], frame[2 * i + 1] = total // 2, total - total // 2
        return frame

    def reset_parameters(self) -> None:
        draw_weights(self)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * len(self.padding):
            text += f", padding={self.padding}"
        if self.dilation != (1,) * len(self.dilation):
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * len(self.output_padding):
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else text + f", padding_mode={self.padding_mode}"

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages: what this layer expects of its input, and what to do."""
        n, got = self._dims, getattr(input, "shape", ())
        lines = {"expected": f"input of shape {image_form(self.in_channels, n)} or "
                             f"{image_form(self.in_channels, n, False)}", "got": describe(input)}
        if len(got) in (n + 1, n + 2) and got[-n - 1] != self.in_channels:
            lines["do"] = (f"use nn.{type(self).__name__}({got[-n - 1]}, {self.out_channels}, {self.kernel_size}), or "
                           f"bring the {self.in_channels} channels to axis {len(got) - n - 1}")
        return lines


class _Conv(_ConvNd):
    """y[o] = b[o] + sum_c w[o, c] * x[c]: what a kernel meets at each of its places."""

    @lent
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 dilation: Any = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        _ConvNd.__init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias,
                         padding_mode, device, dtype)

    @lent
    def forward(self, input: Any) -> Any:
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        """The convolution with this weight and bias."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._reversed_padding_repeated_twice, self.padding_mode), 0
        return self._function(input, weight, bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """A convolution along lines.

    Args:
        kernel_size, stride, dilation: numbers.  padding: a number, "valid" or "same".
        groups: input and output channels are cut into so many groups that know nothing of each other.
        padding_mode: "zeros", "reflect", "replicate" or "circular" (see nn.functional.pad).
    Shapes: input (N, C, L) or (C, L), weight (O, C / groups, kernel), bias (O,), result (N, O, L').

    Begins with U(-b, b), b = 1 / sqrt(C / groups * kernel).  As torch.nn.Conv1d.
    """
    _dims, _function = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    """A convolution of images; options as Conv1d, numbers or (height, width).

    Shapes: input (N, C, H, W) or (C, H, W), weight (O, C / groups, *kernel), bias (O,), result (N, O, H', W').
    As torch.nn.Conv2d.
    """
    _dims, _function = 2, staticmethod(F.conv2d)


class Conv3d(_Conv):
    """A convolution of volumes; options as Conv1d, numbers or (depth, height, width).

    Shapes: input (N, C, D, H, W), weight (O, C / groups, *kernel), bias (O,).  As torch.nn.Conv3d.
    """
    _dims, _function = 3, staticmethod(F.conv3d)


# ------------------------------------------------------------------ transposed

class _ConvTransposeNd(_ConvNd):
    """Every number of the input times the kernel, added up where the kernels overlap."""
    transposed = True

    @lent
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        _ConvNd.__init__(self, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding,
                         groups, bias, padding_mode, device, dtype)

    @lent
    def forward(self, input: Any, output_size: Any = None) -> Any:
        """output_size: which of the sizes that a convolution would shrink to the input's is meant."""
        extra = self._output_padding(input, output_size)
        return self._function(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
                              self.dilation)

    def _output_padding(self, input: Any, output_size: Any) -> tuple:
        """What to add to the smallest size to get `output_size`."""
        if output_size is None:
            return self.output_padding
        n, batched = self._dims, input.ndim == self._dims + 2
        lead, wanted = (2 if batched else 1), output_size
        if len(output_size) == n + lead:
            output_size = output_size[lead:]
        if len(output_size) != n:
            raise ValueError(f"ConvTranspose{n}D: for {input.ndim}D input, output_size must have {n} or {n + lead} "
                             f"elements (got {len(wanted)})")
        low = [(input.shape[lead + i] - 1) * self.stride[i] - 2 * self.padding[i]
               + self.dilation[i] * (self.kernel_size[i] - 1) + 1 for i in range(n)]
        high = [size + stride - 1 for size, stride in zip(low, self.stride)]
        if any(not a <= size <= b for a, size, b in zip(low, output_size, high)):
            raise ValueError(f"requested an output size of {output_size}, but valid sizes range from {low} to {high} "
                             f"(for an input of {Size(input.shape[lead:])})")
        return tuple(size - a for size, a in zip(output_size, low))


class ConvTranspose1d(_ConvTransposeNd):
    """The transpose of Conv1d, as a map of its own.

    Args: as Conv1d; output_padding: numbers added to the size of the result on one side.
    Shapes: input (N, C, L), weight (C, O / groups, kernel), bias (O,), result (N, O, L'),
        L' = (L - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.
    As torch.nn.ConvTranspose1d.
    """
    _dims, _function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """The transpose of Conv2d, as a map of its own; see ConvTranspose1d.  As torch.nn.ConvTranspose2d."""
    _dims, _function = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """The transpose of Conv3d, as a map of its own; see ConvTranspose1d.  As torch.nn.ConvTranspose3d."""
    _dims, _function = 3, staticmethod(F.conv_transpose3d)


# ------------------------------------------------------------------ lazy

class _LazyConvXdMixin(LazyModuleMixin, _ConvNd):
    """A convolution that learns the number of its input channels from the first input."""

    def _make(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.register_parameter("bias", UninitializedParameter(device=device, dtype=dtype) if bias else None)

    def _check(self) -> None:
        channels, self.out_channels = self.out_channels, 0      # the divisors are checked once all is known
        super()._check()
        self.out_channels = channels

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """The channels of the input are those to come."""
        if not self.has_uninitialized_params():
            return
        n = self._dims
        if input.ndim not in (n + 1, n + 2):
            raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, "
                               f"but got input of size: {Size(input.shape)}")
        self.in_channels = input.shape[-n - 1]
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        self.weight.materialize(self._weight_shape())
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyConv(_LazyConvXdMixin):
    """Conv's arguments but for in_channels."""

    @lent
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
                 groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(0, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device,
                         dtype)


class _LazyConvTranspose(_LazyConvXdMixin):
    """ConvTranspose's arguments but for in_channels."""

    @lent
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
                 groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros",
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation,
                         padding_mode, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """Conv1d whose in_channels are read off the first input.  As torch.nn.LazyConv1d."""
    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """Conv2d whose in_channels are read off the first input.  As torch.nn.LazyConv2d."""
    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """Conv3d whose in_channels are read off the first input.  As torch.nn.LazyConv3d."""
    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """ConvTranspose1d whose in_channels are read off the first input.  As torch.nn.LazyConvTranspose1d."""
    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """ConvTranspose2d whose in_channels are read off the first input.  As torch.nn.LazyConvTranspose2d."""
    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """ConvTranspose3d whose in_channels are read off the first input.  As torch.nn.LazyConvTranspose3d."""
    cls_to_become = ConvTranspose3d
