"""Options of convolutions as tuples, and torch's errors about them."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import cpp_name, type_name
from ..engine.op import tensor_type
from ..engine.promote import must_be_tensor

__all__ = ["check_convolution", "check_transposed"]


def tuple_of(value: Any, n: int, name: str, function: str = "conv2d") -> tuple:
    """`value` for each of n dimensions: a number counts for all."""
    given = value if isinstance(value, (tuple, list)) else (value,)
    for v in given:
        if not hasattr(v, "__index__"):
            if "transpose" in function:
                raise TypeError(f"{function}(): argument '{name}' must be tuple of ints, not {type(value).__name__}")
            raise TypeError(f"{function}() received an invalid combination of arguments - got (Tensor, Tensor, "
                            f"{name}={type(value).__name__}), but expected {name} to be a tuple of ints")
    if len(given) not in (1, n):
        raise RuntimeError(f"expected {name} to be a single integer value or a list of {n} values to match the "
                           f"convolution dimensions, but got {name}={list(given)}")
    return tuple(int(v) for v in given) * (n if len(given) == 1 else 1)


def _check_types(x: Any, w: Any, b: Any) -> None:
    """All must be of one type; torch says so in one way for float and half, and in another for the rest."""
    pairs = [(label, p) for label, p in (("weight", w), ("bias", b)) if p is not None]
    if x.dtype.kind in "fV" and x.dtype.itemsize < 8:
        for label, p in pairs:
            if p.dtype != x.dtype:
                raise RuntimeError(f"Input type ({tensor_type(x)}) and {label} type ({tensor_type(p)}) should be the "
                                   f"same or input should be a MKLDNN tensor and {label} is a dense tensor")
        return
    if b is not None and b.dtype != x.dtype:
        raise RuntimeError(f"Input type ({cpp_name(x.dtype)}) and bias type ({cpp_name(b.dtype)}) should be the same")
    if w.dtype != x.dtype:
        raise RuntimeError(f"expected scalar type {type_name(x.dtype)} but found {type_name(w.dtype)}")
    if x.dtype.kind == "b":
        raise NotImplementedError("\"slow_conv2d_cpu\" not implemented for 'Bool'")


def _check_ranks(x: Any, w: Any, n: int, name: str, stride: Any) -> None:
    for label, value in (("input", x), ("weight", w)):
        if not isinstance(value, np.ndarray):
            raise must_be_tensor(name, label, value, 1 + (label == "weight"))
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of "
                           f"size: {list(x.shape)}")
    if w.ndim < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if w.ndim != n + 2:
        if n > 1:
            tuple_of(stride if isinstance(stride, (tuple, list)) else [stride] * n, w.ndim - 2, "stride")
        shape = list(x.shape) if x.ndim == n + 2 else [1, *x.shape]
        raise RuntimeError(f"Expected {w.ndim}-dimensional input for {w.ndim}-dimensional weight {list(w.shape)}, but "
                           f"got {len(shape)}-dimensional input of size {shape} instead")


def _check(x: Any, w: Any, b: Any, n: int, stride: tuple, padding: tuple, extra: tuple, dilation: tuple, groups: int,
           transposed: bool) -> None:
    """Raise torch's errors that convolutions of both kinds share."""
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    shape = list(w.shape)
    if w.shape[0] < groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got "
                           f"weight of size {shape} instead")
    if w.shape[0] % groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but "
                           f"got weight of size [{shape}] instead")
    given = "transposed=1" if transposed else f"groups={groups}"
    channels, needed = x.shape[-n - 1], w.shape[0] if transposed else w.shape[1] * groups
    if channels != needed:
        told = list(x.shape) if x.ndim == n + 2 else [1, *x.shape]
        raise RuntimeError(f"Given {given}, weight of size {shape}, expected input{told} to have {needed} channels, "
                           f"but got {channels} channels instead")
    outputs = w.shape[1] * groups if transposed else w.shape[0]
    if b is not None and tuple(b.shape) != (outputs,):
        raise RuntimeError(f"Given {'transposed=1, ' * transposed}weight of size {shape}, expected bias to be "
                           f"1-dimensional with {outputs} elements, but got bias of size {list(b.shape)} instead")


def check_convolution(n: int, x: Any, w: Any, b: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> tuple:
    """(stride, padding, dilation) as tuples, or torch's errors."""
    name = f"conv{n}d"
    _check_ranks(x, w, n, name, stride)
    stride, dilation = tuple_of(stride, n, "stride", name), tuple_of(dilation, n, "dilation", name)
    kernel = tuple(w.shape[2:])
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        if padding == "same" and any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        padding = tuple(d * (k - 1) // 2 if padding == "same" else 0 for d, k in zip(dilation, kernel))
    else:
        padding = tuple_of(padding, n, "padding", name)
    _check(x, w, b, n, stride, padding, (0,), dilation, groups, False)
    sizes = [s + 2 * p for s, p in zip(x.shape[-n:], padding)]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    if any(s < r for s, r in zip(sizes, reach)):
        raise RuntimeError(f"Calculated padded input size per channel: ({' x '.join(map(str, sizes))}). Kernel size: "
                           f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size")
    if 0 in x.shape[-n:]:
        raise RuntimeError("Only zero batch or zero channel inputs are supported, but got input shape: "
                           f"{list(x.shape)}")
    _check_types(x, w, b)
    return stride, padding, dilation


def check_transposed(n: int, x: Any, w: Any, b: Any, stride: Any, padding: Any, output_padding: Any, groups: int,
                     dilation: Any) -> tuple[tuple, tuple]:
    """(size of the result, (stride, padding, dilation)), or torch's errors."""
    name = f"conv_transpose{n}d"
    _check_ranks(x, w, n, name, stride)
    stride, padding, extra, dilation = (tuple_of(value, n, key, name) for key, value in (
        ("stride", stride), ("padding", padding), ("output_padding", output_padding), ("dilation", dilation)))
    _check(x, w, b, n, stride, padding, extra, dilation, groups, True)
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation)):
        rows = [(0, 1, 1)] * (n == 1) + list(zip(extra, stride, dilation))     # lines count as images of one row
        told = " ".join(f"{key}_{axis}: {row[i]}" for i, key in enumerate(("output_padding", "stride", "dilation"))
                        for axis, row in zip(("depth", "height", "width")[3 - len(rows):], rows))
        raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {told}")
    size = tuple((length - 1) * s - 2 * p + d * (k - 1) + e + 1 for length, s, p, d, k, e in zip(
        x.shape[-n:], stride, padding, dilation, w.shape[2:], extra))
    if min(size) <= 0:
        lengths, sizes = (" x ".join(map(str, values)) for values in (x.shape[-n:], size))
        raise RuntimeError(f"Given input size per channel: ({lengths}). Calculated output size per channel: ({sizes}). "
                           "Output size is too small")
    _check_types(x, w, b)
    return size, (stride, padding, dilation)
