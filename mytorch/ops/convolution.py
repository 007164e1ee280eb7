"""Convolution in one, two or three dimensions, forward, transposed and every derivative of it.

A convolution is linear in its input x and in its weight w.  With h the gradient of its result, all there is to know is
one form, F(x, w, h) = sum h * conv(x, w), and its three slopes:

    correlate(x, w)   the result             (N, C, *S), (O, C/G, *K) -> (N, O, *L)
    spread(h, w)      the gradient of x: the transposed convolution
    overlap(x, h)     the gradient of w

The gradients of each are the other two, so that derivatives of any order come from these three functions.  Each works
one sample at a time on columns (im2col), so that what a GEMM reads still lies in the cache.
"""
from __future__ import annotations

import math
from itertools import product
from typing import Any, Callable

import numpy as np

from .._warnings import warn_once
from ..engine.op import op
from ._shared import conjugate
from .convolution_checks import check_convolution, check_transposed
from .padding import constant_pad_nd
from .shape import squeeze, unsqueeze

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution"]

ndarray = np.ndarray


def windows(x: ndarray, kernel: tuple, out: tuple, stride: tuple, dilation: tuple) -> ndarray:
    """A view (N, C, *K, *L) of the padded x (N, C, *S): the numbers under the kernel at each of its places."""
    n = len(kernel)
    steps = x.strides[2:]
    return np.lib.stride_tricks.as_strided(
        x, (*x.shape[:2], *kernel, *out),
        (*x.strides[:2], *(steps[i] * dilation[i] for i in range(n)), *(steps[i] * stride[i] for i in range(n))),
        writeable=False)


def framed(x: ndarray, padding: tuple) -> ndarray:
    """x (N, C, *S) with `padding` zeros on both sides of every S."""
    if not any(padding):
        return x
    y = np.zeros((*x.shape[:2], *(s + 2 * p for s, p in zip(x.shape[2:], padding))), x.dtype)
    y[inner(x.shape[2:], padding)] = x
    return y


def inner(size: tuple, padding: tuple) -> tuple:
    """The index of what a frame of `padding` goes around."""
    return (Ellipsis, *(slice(p, p + s) for s, p in zip(size, padding)))


def out_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """How many places a kernel has on a line of `size`."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _is_plain_product(kernel: tuple, stride: tuple, padding: tuple, size: tuple, out: tuple) -> bool:
    """A kernel of one number that visits every place of `size`, and no other: no columns are needed."""
    return all(k == 1 for k in kernel) and all(s == 1 for s in stride) and not any(padding) and size == out


#: So many bytes of columns are made at a time: what stays near the processor, but of one sample at least.
_TOGETHER = 1 << 19


def _samples_at_a_time(count: int, columns: int, itemsize: int) -> int:
    return max(1, min(count, _TOGETHER // max(columns * itemsize, 1)))


def _columns(x: ndarray, kernel: tuple, out: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int,
             step: int | None = None):
    """For a few samples at a time their columns (n, G, C/G * K, L); the buffer is used again for the next."""
    count, channels = x.shape[:2]
    places = math.prod(out)
    if step is None:
        step = _samples_at_a_time(count, channels * math.prod(kernel) * places, x.itemsize)
    if _is_plain_product(kernel, stride, padding, x.shape[2:], out):
        flat = x.reshape(count, groups, channels // groups, places)
        yield from (flat[first:first + step] for first in range(0, count, step))
        return
    at_places = windows(framed(x, padding), kernel, out, stride, dilation)
    buffer = np.empty((step, *at_places.shape[1:]), x.dtype)
    flat = buffer.reshape(step, groups, -1, places)
    for first in range(0, count, step):
        samples = at_places[first:first + step]
        np.copyto(buffer[:len(samples)], samples)
        yield flat[:len(samples)]


def _grouped(w: ndarray, groups: int) -> ndarray:
    """The weight as matrices, (G, O/G, C/G * K)."""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def _flat(y: ndarray, groups: int) -> ndarray:
    """Results as matrices, (N, G, O/G, L)."""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, math.prod(y.shape[2:]))


def visits(x: Any, kernel: tuple, out: tuple, stride: tuple, dilation: tuple):
    """For every number of the kernel, its place there and the view of the framed x (*, *S) that it meets, (*, *L)."""
    for place in product(*map(range, kernel)):
        yield place, x[(Ellipsis, *(slice(k * d, k * d + s * (n - 1) + 1, s)
                                    for k, d, s, n in zip(place, dilation, stride, out)))]


def _is_depthwise(w: ndarray, groups: int) -> bool:
    """One kernel per channel: numbers times pictures, for which matrices are no use."""
    return w.shape[1] == 1 and w.shape[0] == groups > 1


def _at(w: ndarray, place: tuple) -> ndarray:
    """The number each channel's kernel has at a place, to multiply (N, C, *L) with."""
    return w[(slice(None), 0, *place)].reshape((-1,) + (1,) * len(place))


def _by_single(fn: Callable, a: ndarray, *args: Any) -> ndarray:
    """`fn` of half precision: in float32, and rounded once, as torch; NumPy has no fast product for it either."""
    wide = (b.astype(np.float32) if isinstance(b, ndarray) else b for b in args)
    return fn(a.astype(np.float32), *wide).astype(a.dtype)


def _is_half(a: ndarray) -> bool:
    return a.dtype.itemsize == 2 and a.dtype.kind in "fV"


def _correlate(x: ndarray, w: ndarray, bias: ndarray | None, stride: tuple, padding: tuple, dilation: tuple,
               groups: int) -> ndarray:
    """The convolution itself (in mathematics: the cross-correlation), and a number added per channel."""
    if _is_half(x):
        return _by_single(_correlate, x, w, bias, stride, padding, dilation, groups)
    kernel = w.shape[2:]
    out = tuple(out_size(*sizes) for sizes in zip(x.shape[2:], kernel, stride, padding, dilation))
    if _is_depthwise(w, groups):
        y, part = np.zeros((*x.shape[:2], *out), x.dtype), np.empty((*x.shape[:2], *out), x.dtype)
        for place, met in visits(framed(x, padding), kernel, out, stride, dilation):
            y += np.multiply(met, _at(w, place), out=part)
        return _with_bias(y, bias)
    y = np.empty((x.shape[0], w.shape[0], *out), x.dtype)
    flat, matrices = _flat(y, groups), _grouped(w, groups)
    done = 0
    for columns in _columns(x, kernel, out, stride, padding, dilation, groups):
        np.matmul(matrices, columns, out=flat[done:done + len(columns)])
        done += len(columns)
    return _with_bias(y, bias)


def _spread(h: ndarray, w: ndarray, bias: ndarray | None, size: tuple, stride: tuple, padding: tuple, dilation: tuple,
            groups: int) -> ndarray:
    """Every number of h times the kernel, added up where the kernel lay; `size` is the S of the result."""
    if _is_half(h):
        return _by_single(_spread, h, w, bias, size, stride, padding, dilation, groups)
    kernel, out = w.shape[2:], h.shape[2:]
    channels = w.shape[1] * groups
    matrices = _grouped(w, groups).swapaxes(1, 2)                       # (G, C/G * K, O/G)
    flat = _flat(h, groups)
    if _is_plain_product(kernel, stride, padding, size, out):
        return _with_bias(np.matmul(matrices, flat).reshape(h.shape[0], channels, *size), bias)
    x: Any = np.zeros((h.shape[0], channels, *(s + 2 * p for s, p in zip(size, padding))), h.dtype)
    if _is_depthwise(w, groups):
        scaled = np.empty_like(h)
        for place, met in visits(x, kernel, out, stride, dilation):
            met += np.multiply(h, _at(w, place), out=scaled)
    else:
        step = _samples_at_a_time(len(x), channels * math.prod(kernel + out), h.itemsize)
        columns = np.empty((step, groups, matrices.shape[1], flat.shape[-1]), h.dtype)
        under: Any = columns.reshape(step, channels, *kernel, *out)
        for first in range(0, len(x), step):
            samples = x[first:first + step]
            count = len(samples)
            np.matmul(matrices, flat[first:first + step], out=columns[:count])
            for place, met in visits(samples, kernel, out, stride, dilation):
                met += under[(slice(count), slice(None), *place)]
    if any(padding):
        x = np.ascontiguousarray(x[inner(size, padding)])
    return _with_bias(x, bias)


def _with_bias(y: ndarray, bias: ndarray | None) -> ndarray:
    """y (N, O, *L), into which a number per channel is added."""
    if bias is not None:
        y += bias.reshape((-1,) + (1,) * (y.ndim - 2))
    return y


def _overlap(x: ndarray, h: ndarray, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple,
             groups: int) -> ndarray:
    """How x under each place of the kernel goes with h: the gradient of the weight (O, C/G, *K)."""
    if _is_half(x):
        return _by_single(_overlap, x, h, kernel, stride, padding, dilation, groups)
    out = h.shape[2:]
    if x.shape[1] == h.shape[1] == groups > 1:
        w = np.empty((groups, 1, *kernel), x.dtype)
        form = "nc" + "xyz"[:len(kernel)]
        for place, met in visits(framed(x, padding), kernel, out, stride, dilation):
            w[(slice(None), 0, *place)] = np.einsum(f"{form},{form}->c", met, h)
        return w
    flat = _flat(h, groups)
    total: Any = np.zeros((groups, flat.shape[2], x.shape[1] // groups * math.prod(kernel)), x.dtype)
    done, places = 0, flat.shape[3]
    step = None if places <= 32 else 1    # one product for several samples wants its columns laid anew
    for columns in _columns(x, kernel, out, stride, padding, dilation, groups, step):
        part, done = flat[done:done + len(columns)], done + len(columns)
        if len(columns) == 1:
            total += np.matmul(part[0], columns[0].swapaxes(1, 2))
        else:
            total += np.matmul(part.transpose(1, 2, 0, 3).reshape(groups, part.shape[2], -1),
                               columns.transpose(1, 0, 3, 2).reshape(groups, -1, total.shape[2]))
    return total.reshape(h.shape[1], x.shape[1] // groups, *kernel)


def _channel_sums(g: Any) -> Any:
    """The gradient of a number added per channel of (N, C, *L)."""
    if type(g) is not ndarray or g.dtype.kind != "f":
        return np.sum(g, axis=(0, *range(2, g.ndim)))
    rows = g.reshape(g.shape[0] * g.shape[1], math.prod(g.shape[2:]))
    # products with ones are several times as fast as np.sum
    sums = (rows @ np.ones(rows.shape[1], g.dtype)).reshape(g.shape[:2])
    return np.ones(len(sums), g.dtype) @ sums


def _cut(y: Any, shape: tuple) -> Any:
    """y without the places that the result of this shape did not have: a size may leave room for more of them."""
    return y if tuple(y.shape) == tuple(shape) else y[tuple(map(slice, shape))]


correlate: Any
spread: Any
overlap: Any
correlate = op(lambda g, y, x, w, b, *o: spread(g, conjugate(w), None, x.shape[2:], *o),
               lambda g, y, x, w, b, *o: overlap(conjugate(x), g, w.shape[2:], *o),
               lambda g, y, x, w, b, *o: _channel_sums(g),
               name="convolution", method=False, node="ConvolutionBackward0")(_correlate)
spread = op(lambda g, y, h, w, b, size, *o: _cut(correlate(g, conjugate(w), None, *o), h.shape),
            lambda g, y, h, w, b, size, *o: overlap(g, conjugate(h), w.shape[2:], *o),
            lambda g, y, h, w, b, size, *o: _channel_sums(g),
            name="convolution_spread", method=False, register=False, node="ConvolutionBackward0")(_spread)
overlap = op(lambda g, y, x, h, kernel, *o: spread(conjugate(h), g, None, x.shape[2:], *o),
             lambda g, y, x, h, kernel, *o: _cut(correlate(conjugate(x), g, None, *o), h.shape),
             name="convolution_overlap", method=False, register=False)(_overlap)


# ------------------------------------------------------------------ torch's functions

def _of_a_batch(convolve: Callable, x: Any, n: int) -> Any:
    """`convolve` of x, also where x is a single sample."""
    return convolve(x) if x.ndim == n + 2 else squeeze(convolve(unsqueeze(x, 0)), 0)


def _run(n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """A convolution of `n` dimensions, of a batch or of a single sample."""
    options = check_convolution(n, input, weight, bias, stride, padding, dilation, groups)
    if padding == "same":
        input = _padded_at_the_end(n, input, weight, options[2])
    return _of_a_batch(lambda x: correlate(x, weight, bias, *options, groups), input, n)


def _padded_at_the_end(n: int, x: Any, w: Any, dilation: tuple) -> Any:
    """padding="same" is the same on both sides; where it is an odd number in all, one more comes at the end."""
    odd = [d * (k - 1) % 2 for d, k in zip(dilation, w.shape[2:])]
    if not any(odd):
        return x
    warn_once("Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the "
              "input be created")
    return constant_pad_nd(x, [value for extra in odd[::-1] for value in (0, extra)])


def _run_transposed(n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any,
                    groups: int, dilation: Any) -> Any:
    """A transposed convolution: the gradient of a convolution, as a map of its own."""
    size, options = check_transposed(n, input, weight, bias, stride, padding, output_padding, groups, dilation)
    return _of_a_batch(lambda x: spread(x, weight, bias, size, *options, groups), input, n)


def _declare(n: int) -> tuple[Any, Any]:
    line = ("L", "H, W", "D, H, W")[n - 1]

    def conv(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
             groups: int = 1) -> Any:
        return _run(n, input, weight, bias, stride, padding, dilation, groups)

    def transposed(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                   output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
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
