"""The layout of weights in memory."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...engine.tensor import plain
from ..modules import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of all Conv2d and ConvTranspose2d out as memory_format, channels_last or contiguous_format, says.

    The numbers stay the same.  As torch.nn.utils.convert_conv2d_weight_memory_format.
    """
    return _convert(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of all Conv3d and ConvTranspose3d out as memory_format, channels_last_3d or contiguous_format.

    The numbers stay the same.  As torch.nn.utils.convert_conv3d_weight_memory_format.
    """
    return _convert(module, (Conv3d, ConvTranspose3d), memory_format)


def _convert(module: Any, kinds: tuple[type, ...], memory_format: Any) -> Any:
    for layer in module.modules():
        if isinstance(layer, kinds):
            weight: Any = layer.weight     # type: ignore[attr-defined]
            _lay_out(weight, plain(weight.detach().clone(memory_format=memory_format)))
    return module


def _lay_out(tensor: Any, like: np.ndarray) -> None:
    """Give the tensor, which stays the same object in the same memory, the strides and the numbers of `like`."""
    with warnings.catch_warnings():
        # NumPy would rather have a new view, but optimizers and users hold this very tensor
        warnings.simplefilter("ignore", DeprecationWarning)
        np.ndarray.strides.__set__(tensor, like.strides)     # type: ignore[attr-defined]
    np.copyto(plain(tensor), like)
