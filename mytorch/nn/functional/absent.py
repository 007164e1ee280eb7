"""Functions that torch has for one layout of memory or one kind of device."""
from __future__ import annotations

from typing import Any, Callable

from ...ops.convolution import conv1d

__all__ = ["conv_tbc", "grouped_mm", "scaled_grouped_mm", "scaled_mm"]


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """A convolution over time of (time, batch, channels), weight (kernel, in, out), bias (out,).

    As torch.nn.functional.conv_tbc.
    """
    if input.ndim != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.ndim != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.ndim != 1:
        raise RuntimeError("Bias must be 1-D")
    if input.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if weight.shape[2] != bias.shape[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


def _only_on_gpus(name: str) -> Callable:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name}: a product of narrow types on GPUs; use torch.matmul")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raises: torch.nn.functional.{name} is for GPUs."
    return function


grouped_mm, scaled_grouped_mm, scaled_mm = map(_only_on_gpus, ("grouped_mm", "scaled_grouped_mm", "scaled_mm"))
