"""Convolution in one, two or three dimensions, forward, transposed and every derivative of it.

A convolution is linear in its input x and in its weight w.  With h the gradient of its result, all there is to know is one
form, F(x, w, h) = sum h * conv(x, w), and its three slopes:

    correlate(x, w)   the result             (N, C, *S), (O, C/G, *K) -> (N, O, *L)
    spread(h, w)      the gradient of x: the transposed convolution
    overlap(x, h)     the gradient of w

The gradients of each are the other two, so that derivatives of any order come from these three functions.  Each works
one sample at a time on columns (im2col), so that what a GEMM reads still lies in the cache.
"""
from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .._op import op, tensor_type
from ._shared import conjugate

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution"]

ndarray = np.ndarray


def _windows(x: ndarray, kernel: tuple, out: tuple, stride: tuple, dilation: tuple) -> ndarray:
    """A view (N, C, *K, *L) of the padded x (N, C, *S): the numbers under the kernel at each of its places."""
    n = len(kernel)
    steps = x.strides[2:]
    return np.lib.stride_tricks.as_strided(
        x, (*x.shape[:2], *kernel, *out),
        (*x.strides[:2], *(steps[i] * dilation[i] for i in range(n)), *(steps[i] * stride[i] for i in range(n))),
        writeable=False)


def _padded(x: ndarray, padding: tuple, value: float = 0) -> ndarray:
    """x (N, C, *S) with `padding` numbers of `value` on both sides of every S."""
    if not any(padding):
        return x
    y = np.full((*x.shape[:2], *(s + 2 * p for s, p in zip(x.shape[2:], padding))), value, x.dtype)
    y[(slice(None), slice(None), *(slice(p, p + s) for s, p in zip(x.shape[2:], padding)))] = x
    return y


def out_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many places a kernel has on a line of `size`."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _is_plain_product(kernel: tuple, stride: tuple, padding: tuple) -> bool:
    """A kernel of one number that visits every place: no columns are needed."""
    return all(k == 1 for k in kernel) and all(s == 1 for s in stride) and not any(padding)


def _columns(x: ndarray, kernel: tuple, out: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int):
    """For each sample its columns (G, C/G * K, L); the buffer is reused from one sample to the next."""
    count, channels = x.shape[:2]
    places = int(np.prod(out))
    if _is_plain_product(kernel, stride, padding):
        yield from x.reshape(count, groups, channels // groups, places)
        return
    windows = _windows(_padded(x, padding), kernel, out, stride, dilation)
    buffer = np.empty(windows.shape[1:], x.dtype)
    flat = buffer.reshape(groups, -1, places)
    for sample in windows:
        np.copyto(buffer, sample)
        yield flat


def _grouped(w: ndarray, groups: int) -> ndarray:
    """The weight as matrices, (G, O/G, C/G * K)."""
    return w.reshape(groups, w.shape[0] // groups, -1)


def _correlate(x: ndarray, w: ndarray, bias: ndarray | None, stride: tuple, padding: tuple, dilation: tuple,
               groups: int) -> ndarray:
    """The convolution itself (in mathematics: the cross-correlation), and a number added per channel."""
    kernel = w.shape[2:]
    out = tuple(out_size(*sizes) for sizes in zip(x.shape[2:], kernel, stride, padding, dilation))
    y = np.empty((x.shape[0], w.shape[0], *out), x.dtype)
    flat, matrices = y.reshape(x.shape[0], groups, w.shape[0] // groups, -1), _grouped(w, groups)
    for i, columns in enumerate(_columns(x, kernel, out, stride, padding, dilation, groups)):
        np.matmul(matrices, columns, out=flat[i])
    if bias is not None:
        y += bias.reshape((-1,) + (1,) * len(kernel))
    return y


def _spread(h: ndarray, w: ndarray, size: tuple, stride: tuple, padding: tuple, dilation: tuple,
            groups: int) -> ndarray:
    """Every number of h times the kernel, added up where the kernel lay; `size` is the S of the result."""
    kernel, out = w.shape[2:], h.shape[2:]
    channels = w.shape[1] * groups
    matrices = _grouped(w, groups).swapaxes(1, 2)                       # (G, C/G * K, O/G)
    flat = h.reshape(h.shape[0], groups, h.shape[1] // groups, -1)
    if _is_plain_product(kernel, stride, padding) and tuple(out) == tuple(size):
        return np.matmul(matrices, flat).reshape(h.shape[0], channels, *size)
    whole = tuple(s + 2 * p for s, p in zip(size, padding))
    x = np.zeros((h.shape[0], channels, *whole), h.dtype)
    columns = np.empty((groups, matrices.shape[1], flat.shape[-1]), h.dtype)
    windows = columns.reshape(channels, *kernel, *out)
    for i in range(h.shape[0]):
        np.matmul(matrices, flat[i], out=columns)
        for place in product(*map(range, kernel)):
            at = tuple(slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, s, n in zip(place, dilation, stride, out))
            x[(i, slice(None), *at)] += windows[(slice(None), *place)]
    return x[(slice(None), slice(None), *(slice(p, p + s) for s, p in zip(size, padding)))] if any(padding) else x


def _overlap(x: ndarray, h: ndarray, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple,
             groups: int) -> ndarray:
    """How x under each place of the kernel goes with h: the gradient of the weight (O, C/G, *K)."""
    flat = h.reshape(h.shape[0], groups, h.shape[1] // groups, -1)
    total: Any = np.zeros((groups, flat.shape[2], x.shape[1] // groups * int(np.prod(kernel))), x.dtype)
    for i, columns in enumerate(_columns(x, kernel, h.shape[2:], stride, padding, dilation, groups)):
        total += np.matmul(flat[i], columns.swapaxes(1, 2))
    return total.reshape(h.shape[1], x.shape[1] // groups, *kernel)


def _channel_sums(g: Any) -> Any:
    """The gradient of a number added per channel of (N, C, *L)."""
    return np.sum(g, axis=(0, *range(2, g.ndim)))


def _cut(y: Any, shape: tuple) -> Any:
    """y without the places that the result of this shape did not have: a size may leave room for more of them."""
    return y if tuple(y.shape) == tuple(shape) else y[tuple(map(slice, shape))]


_hidden = dict(method=False, register=False, node="ConvolutionBackward0")
correlate = op(lambda g, y, x, w, b, *o: spread(g, conjugate(w), x.shape[2:], *o),
               lambda g, y, x, w, b, *o: overlap(conjugate(x), g, w.shape[2:], *o),
               lambda g, y, x, w, b, *o: _channel_sums(g),
               name="convolution", method=False, node="ConvolutionBackward0")(_correlate)
spread = op(lambda g, y, h, w, size, *o: _cut(correlate(g, conjugate(w), None, *o), h.shape),
            lambda g, y, h, w, size, *o: overlap(g, conjugate(h), w.shape[2:], *o),
            name="convolution_spread", **_hidden)(_spread)
overlap = op(lambda g, y, x, h, kernel, *o: spread(conjugate(h), g, x.shape[2:], *o),
             lambda g, y, x, h, kernel, *o: _cut(correlate(conjugate(x), g, None, *o), h.shape),
             name="convolution_overlap", **_hidden)(_overlap)


# ------------------------------------------------------------------ torch's functions

def tuple_of(value: Any, n: int, name: str = "") -> tuple:
    """`value` for each of n dimensions: a number counts for all."""
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return tuple(map(int, value)) * n
        if len(value) != n:
            raise RuntimeError(f"expected {name} to be a single integer value or a list of {n} values to match the "
                               f"convolution dimensions, but got {name}={list(value)}")
        return tuple(map(int, value))
    return (int(value),) * n


def _check(x: Any, w: Any, b: Any, n: int, stride: tuple, dilation: tuple, groups: int, transposed: bool) -> None:
    """Raise torch's errors of a convolution."""
    name = f"conv_transpose{n}d" if transposed else f"conv{n}d"
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, but got input of size: "
                           f"{list(x.shape)}")
    if w.ndim != n + 2:
        raise RuntimeError("weight should have at least three dimensions" if w.ndim < 3 else
                           f"Expected {w.ndim - 1}D (unbatched) or {w.ndim}D (batched) input to {name}, but got input of "
                           f"size: {list(x.shape)}")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError("dilation should be greater than zero")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if x.dtype != w.dtype:
        raise RuntimeError(f"Input type ({_plain_name(x)}) and weight type ({_plain_name(w)}) should be the same")
    if b is not None and b.dtype != x.dtype:
        raise RuntimeError(f"Input type ({_plain_name(x)}) and bias type ({_plain_name(b)}) should be the same")
    channels = x.shape[-n - 1]
    if w.shape[0] < groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got "
                           f"weight of size {list(w.shape)} instead")
    if w.shape[0] % groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got "
                           f"weight of size {list(w.shape)} instead")
    needed = w.shape[0] if transposed else w.shape[1] * groups
    if channels != needed:
        shape = list(x.shape) if x.ndim == n + 2 else [1, *x.shape]
        raise RuntimeError(f"Given {'transposed=1, ' if transposed else f'groups={groups}, '}weight of size "
                           f"{list(w.shape)}, expected input{shape} to have {needed} channels, but got {channels} "
                           "channels instead")
    outputs = w.shape[1] * groups if transposed else w.shape[0]
    if b is not None and tuple(b.shape) != (outputs,):
        raise RuntimeError(f"Given {'transposed=1, ' if transposed else ''}weight of size "
                           f"{list(w.shape)}, expected bias to be 1-dimensional with {outputs} elements, but got bias of "
                           f"size {list(b.shape)} instead")


def _plain_name(x: Any) -> str:
    """float, double: how a convolution's errors call a type."""
    return {"Float": "float", "Double": "double", "Half": "c10::Half", "BFloat16": "c10::BFloat16",
            "Long": "long long", "Int": "int"}.get(tensor_type(x)[6:-6], tensor_type(x)[6:-6].lower())


def _run(n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """A convolution of `n` dimensions, of a batch or of a single sample."""
    if isinstance(padding, str):
        input, padding = _padded_by_name(n, input, weight, stride, padding, dilation)
    stride, padding, dilation = (tuple_of(v, n, k) for v, k in ((stride, "stride"), (padding, "padding"),
                                                                (dilation, "dilation")))
    _check(input, weight, bias, n, stride, dilation, groups, False)
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    sizes, kernel = input.shape[-n:], weight.shape[2:]
    if any(s + 2 * p < d * (k - 1) + 1 for s, p, d, k in zip(sizes, padding, dilation, kernel)):
        told = " x ".join(str(s + 2 * p) for s, p in zip(sizes, padding))
        reach = " x ".join(str(d * (k - 1) + 1) for d, k in zip(dilation, kernel))
        raise RuntimeError(f"Calculated padded input size per channel: ({told}). Kernel size: ({reach}). Kernel size "
                           "can't be greater than actual input size")
    single = input.ndim == n + 1
    y = correlate(input[None] if single else input, weight, bias, stride, padding, dilation, groups)
    return y[0] if single else y


def _padded_by_name(n: int, x: Any, w: Any, stride: Any, padding: str, dilation: Any) -> tuple[Any, Any]:
    """padding="valid": none; "same": as much as keeps the size, the odd number at the end."""
    if padding == "valid":
        return x, 0
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in tuple_of(stride, n)):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(tuple_of(dilation, n), w.shape[2:])]
    if any(t % 2 for t in total):
        pairs = [(0, 0)] * (x.ndim - n) + [(0, t % 2) for t in total]
        x = np.pad(x, pairs)
    return x, tuple(t // 2 for t in total)


def _run_transposed(n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any,
                    groups: int, dilation: Any) -> Any:
    """A transposed convolution: the gradient of a convolution, as a map of its own."""
    stride, padding, extra, dilation = (tuple_of(v, n, k) for v, k in (
        (stride, "stride"), (padding, "padding"), (output_padding, "output_padding"), (dilation, "dilation")))
    _check(input, weight, bias, n, stride, dilation, groups, True)
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    for e, s, d in zip(extra, stride, dilation):
        if e >= s and e >= d:
            raise RuntimeError("output padding must be smaller than either stride or dilation, but got output_padding_"
                               f"height: {extra[0]} output_padding_width: {extra[-1]} stride_height: {stride[0]} "
                               f"stride_width: {stride[-1]} dilation_height: {dilation[0]} dilation_width: "
                               f"{dilation[-1]}")
    size = tuple((length - 1) * s - 2 * p + d * (k - 1) + e + 1 for length, s, p, d, k, e in zip(
        input.shape[-n:], stride, padding, dilation, weight.shape[2:], extra))
    if min(size) <= 0:
        raise RuntimeError(f"Given input size per channel: {list(input.shape[-n:])}. Calculated output size per channel: "
                           f"{list(size)}. Output size is too small")
    single = input.ndim == n + 1
    y = spread(input[None] if single else input, weight, size, stride, padding, dilation, groups)
    if bias is not None:
        y = y + bias.reshape((-1,) + (1,) * n)
    return y[0] if single else y


def _declare(n: int) -> tuple[Any, Any]:
    line = ("L", "H, W", "D, H, W")[n - 1]

    def conv(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
             groups: int = 1) -> Any:
        return _run(n, input, weight, bias, stride, padding, dilation, groups)

    def transposed(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
                   groups: int = 1, dilation: Any = 1) -> Any:
        return _run_transposed(n, input, weight, bias, stride, padding, output_padding, groups, dilation)

    conv.__name__, transposed.__name__ = f"conv{n}d", f"conv_transpose{n}d"
    conv.__doc__ = f"""How a kernel goes with each of its places: y[o] = b[o] + sum_c w[o, c] * x[c].

    Args:
        input: (N, C, {line}) or (C, {line}).  weight: (O, C / groups, *kernel).  bias: (O,).
        stride, padding, dilation: numbers, or one per dimension; padding also "valid" or "same".
    Returns: (N, O, *out), out = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.

    As torch.nn.functional.conv{n}d.
    """
    transposed.__doc__ = f"""The transposed convolution: every number of the input times the kernel, added up.

    Args:
        input: (N, C, {line}) or (C, {line}).  weight: (C, O / groups, *kernel).  bias: (O,).
        output_padding: numbers added to the size of the result on one side.
    Returns: (N, O, *out), out = (size - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1.

    As torch.nn.functional.conv_transpose{n}d.
    """
    return conv, transposed


conv1d, conv_transpose1d = _declare(1)
conv2d, conv_transpose2d = _declare(2)
conv3d, conv_transpose3d = _declare(3)


def convolution(input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
                output_padding: Any, groups: int) -> Any:
    """Any of the six, by its numbers.  As torch.convolution."""
    n = weight.ndim - 2
    if transposed:
        return _run_transposed(n, input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _run(n, input, weight, bias, stride, padding, dilation, groups)
