"""What lies under a window at all its places as columns, and columns added up to an image: each other's gradient."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import type_name
from ..engine.op import op
from .convolution import framed, inner, out_size, visits, windows

__all__: list[str] = []

ndarray = np.ndarray


def _places(size: tuple, kernel: tuple, dilation: tuple, padding: tuple, stride: tuple) -> tuple:
    return tuple(map(out_size, size, kernel, stride, padding, dilation))


@op(lambda g, y, x, *o: col2im(g, x.shape[-2:], *o), method=False, register=False)
def im2col(input: ndarray, kernel: tuple, dilation: tuple, padding: tuple, stride: tuple) -> ndarray:
    """(N, C, H, W) to (N, C kh kw, places), or without N."""
    x = input if input.ndim == 4 else input[None]
    out = _places(x.shape[2:], kernel, dilation, padding, stride)
    columns = windows(framed(x, padding), kernel, out, stride, dilation)
    y = columns.reshape(x.shape[0], x.shape[1] * kernel[0] * kernel[1], out[0] * out[1])
    return y if input.ndim == 4 else y[0]


@op(lambda g, y, x, size, *o: im2col(g, *o), method=False, register=False)
def col2im(input: ndarray, size: tuple, kernel: tuple, dilation: tuple, padding: tuple, stride: tuple) -> ndarray:
    """(N, C kh kw, places) to (N, C, *size), or without N: what falls on the same pixel is added."""
    out = _places(size, kernel, dilation, padding, stride)
    columns: Any = input if input.ndim == 3 else input[None]
    channels = columns.shape[1] // (kernel[0] * kernel[1])
    columns = columns.reshape(columns.shape[0], channels, *kernel, *out)
    x: Any = np.zeros((*columns.shape[:2], *(s + 2 * p for s, p in zip(size, padding))), input.dtype)
    for place, met in visits(x, kernel, out, stride, dilation):
        met += columns[(slice(None), slice(None), *place)]
    x = x[inner(size, padding)]
    return np.ascontiguousarray(x if input.ndim == 3 else x[0])


# ------------------------------------------------------------------ checks

def _pairs(**options: Any) -> list[tuple]:
    found = []
    for i, (name, value) in enumerate(options.items()):
        given = value if isinstance(value, (tuple, list)) else (value, value)
        for at, v in enumerate(given):
            if not hasattr(v, "__index__"):
                raise TypeError(f"im2col(): argument '{name}' (position {i + 2}) must be tuple of ints, but found "
                                f"element of type {type(v).__name__} at pos {at}")
        if len(given) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(given)}")
        found.append(tuple(int(v) for v in given))
    return found


def _check_options(kernel: tuple, dilation: tuple, padding: tuple, stride: tuple) -> None:
    for label, prefix, pair in (("kernel size", "kernel", kernel), ("dilation", "dilation", dilation)):
        if min(pair) <= 0:
            raise RuntimeError(f"{label} should be greater than zero, but got {prefix}_height: {pair[0]} "
                               f"{prefix}_width: {pair[1]}")
    if min(padding) < 0:
        raise RuntimeError("padding should be non-negative, but got pad_height: {} pad_width: {}".format(*padding))
    if min(stride) <= 0:
        raise RuntimeError(f"stride should be greater than zero, but got stride_height: {stride[0]} stride_width: "
                           f"{stride[1]}")


def _check_type(x: Any, kernel: str) -> None:
    if x.dtype.kind in "iu":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(x.dtype)}'")


def unfold_images(input: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """Checked `im2col`; see nn.functional.unfold."""
    if input.ndim < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{input.ndim}, {input.ndim - 1}], but "
                         "got 2)")
    kernel, dilation, padding, stride = _pairs(kernel_size=kernel_size, dilation=dilation, padding=padding,
                                               stride=stride)
    _check_options(kernel, dilation, padding, stride)
    if input.ndim not in (3, 4) or not all(input.shape[-3:]):
        raise RuntimeError("Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
                           f"dimensions for input, but got: {list(input.shape)}")
    out = _places(input.shape[-2:], kernel, dilation, padding, stride)
    if min(out) < 1:
        raise RuntimeError(f"Given input with spatial size {tuple(input.shape[-2:])}, kernel_size={kernel}, dilation="
                           f"{dilation}, padding={padding}, calculated shape of the array of sliding blocks as {out}, "
                           "but its components must be at least one.")
    _check_type(input, "im2col_out_cpu")
    return im2col(input, kernel, dilation, padding, stride)


def fold_columns(input: Any, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """Checked `col2im`; see nn.functional.fold."""
    size, kernel, dilation, padding, stride = _pairs(output_size=output_size, kernel_size=kernel_size,
                                                     dilation=dilation, padding=padding, stride=stride)
    _check_options(kernel, dilation, padding, stride)
    if input.ndim not in (2, 3) or not all(input.shape[-2:]):
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
                           f"dimensions for input, but got: {list(input.shape)}")
    rows, columns = input.shape[-2:]
    if rows % (kernel[0] * kernel[1]):
        raise RuntimeError("Expected size of input's dimension 1 to be divisible by the product of kernel_size, but "
                           f"got input.size(1)={rows} and kernel_size={kernel}.")
    out = _places(size, kernel, dilation, padding, stride)
    if columns != out[0] * out[1] or min(out) < 0:
        raise RuntimeError(f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, "
                           f"stride={stride}, expected size of input's dimension 2 to match the calculated number of "
                           f"sliding blocks {out[0]} * {out[1]} = {out[0] * out[1]}, but got input.size(2)={columns}.")
    _check_type(input, "col2im_out_cpu")
    return col2im(input, size, kernel, dilation, padding, stride)
