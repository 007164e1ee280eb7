"""Pooling in one, two or three dimensions: the largest, the mean, and what takes either back.

A window visits places; at each place one number is made of what lies under it.  All forwards go over the few numbers of the
kernel, not over the many places: each is one strided view of the input.
"""
from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .._op import op, tensor_type
from .convolution import tuple_of

__all__: list[str] = []

ndarray = np.ndarray


def pooled_size(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many places a window has; ceil_mode: one more where it is cut by the end but begins inside."""
    span = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


def _frame(x: ndarray, out: tuple, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple,
           value: Any) -> ndarray:
    """x (N, C, *S) in a frame of `value`, wide enough for every place of the window."""
    n = len(kernel)
    size = x.shape[2:]
    whole = tuple(max((o - 1) * s + d * (k - 1) + 1, length + p) for o, s, d, k, length, p in zip(
        out, stride, dilation, kernel, size, padding))
    if whole == size and not any(padding):
        return x
    framed = np.full((*x.shape[:2], *whole), value, x.dtype)
    framed[(slice(None), slice(None), *(slice(p, p + size[i]) for i, p in zip(range(n), padding)))] = x
    return framed


def _places(kernel: tuple, out: tuple, stride: tuple, dilation: tuple):
    """For every number of the kernel, the slices of what it meets at all places."""
    for at in product(*map(range, kernel)):
        yield at, (slice(None), slice(None), *(slice(a * d, a * d + s * (o - 1) + 1, s)
                                               for a, d, s, o in zip(at, dilation, stride, out)))


# ------------------------------------------------------------------ the largest

def _max_pool(x: ndarray, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple, ceil_mode: bool) -> tuple:
    """(the largest number under the window, its place in the flat input)."""
    size = x.shape[2:]
    out = tuple(pooled_size(*a, ceil_mode) for a in zip(size, kernel, stride, padding, dilation))
    low = -np.inf if x.dtype.kind in "fV" else np.iinfo(x.dtype).min
    framed = _frame(x, out, kernel, stride, padding, dilation, low)
    best = np.full((*x.shape[:2], *out), low, x.dtype)
    found = np.empty(best.shape, np.int64)
    starts = [np.arange(o) * s - p for o, s, p in zip(out, stride, padding)]
    # where a window holds nothing larger than `low`, its first number inside the input is the one
    found[...] = _flat_place([start + -(np.minimum(start, 0) // d) * d for start, d in zip(starts, dilation)], size)
    for at, view in _places(kernel, out, stride, dilation):
        values = framed[view]
        larger = np.greater(values, best)
        if x.dtype.kind in "fV":
            larger |= values != values          # nan wins, as in torch
        np.copyto(best, values, where=larger)
        np.copyto(found, _flat_place([start + a * d for start, a, d in zip(starts, at, dilation)], size), where=larger)
    return best, found


def _flat_place(lines: list[ndarray], size: tuple) -> ndarray:
    """The places in the flat input of the grid that these coordinates span."""
    place: Any = 0
    for i, (line, length) in enumerate(zip(lines, size)):
        place = place * length + line.reshape((-1,) + (1,) * (len(size) - 1 - i))
    return place


def _scatter_places(g: ndarray, found: ndarray, size: tuple) -> ndarray:
    """Zeros (N, C, *size) with g added at the flat places `found`."""
    rows = g.shape[0] * g.shape[1]
    flat = int(np.prod(size))
    at = (found.reshape(rows, -1) + np.arange(rows)[:, None] * flat).reshape(-1)
    if g.dtype.kind == "c":
        total = np.zeros(rows * flat, g.dtype)
        np.add.at(total, at, g.reshape(-1))
    else:
        total = np.bincount(at, g.reshape(-1), rows * flat).astype(g.dtype, copy=False)
    return total.reshape(*g.shape[:2], *size)


def _gather_places(x: ndarray, found: ndarray) -> ndarray:
    """The numbers of x (N, C, *S) at flat places."""
    flat = x.reshape(*x.shape[:2], -1)
    return np.take_along_axis(flat, found.reshape(*found.shape[:2], -1), 2).reshape(found.shape)


scatter_places = op(lambda g, y, x, found, size: gather_places(g, found), method=False, register=False,
                    name="scatter_places")(_scatter_places)
gather_places = op(lambda g, y, x, found: scatter_places(g, found, x.shape[2:]), method=False, register=False,
                   name="gather_places")(_gather_places)


def _max_name(x: Any, *_: Any) -> str:
    return "MaxPool3DWithIndicesBackward0" if x.ndim == 5 else "MaxPool2DWithIndicesBackward0"


max_pool = op(lambda g, y, x, *o: scatter_places(g, y[1], x.shape[2:]), several=True, method=False, name="max_pool",
              node=_max_name)(_max_pool)


# ------------------------------------------------------------------ the mean

def _counts(size: tuple, out: tuple, kernel: tuple, stride: tuple, padding: tuple, include_pad: bool,
            divisor: int | None) -> Any:
    """By how much each place's sum is divided."""
    if divisor is not None:
        return divisor
    total: Any = 1
    for i, (length, o, k, s, p) in enumerate(zip(size, out, kernel, stride, padding)):
        start = np.arange(o) * s - p
        end = np.minimum(start + k, length + p)
        if not include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, length)
        total = total * (end - start).reshape((-1,) + (1,) * (len(size) - 1 - i))
    return total


def _avg_pool(x: ndarray, kernel: tuple, stride: tuple, padding: tuple, ceil_mode: bool, include_pad: bool,
              divisor: int | None) -> ndarray:
    """The mean of what lies under the window."""
    ones = (1,) * len(kernel)
    out = tuple(pooled_size(*a, ceil_mode) for a in zip(x.shape[2:], kernel, stride, padding, ones))
    framed = _frame(x, out, kernel, stride, padding, ones, 0)
    total = np.zeros((*x.shape[:2], *out), x.dtype)
    for _, view in _places(kernel, out, stride, ones):
        total += framed[view]
    count = _counts(x.shape[2:], out, kernel, stride, padding, include_pad, divisor)
    total /= count if np.ndim(count) == 0 else count.astype(x.dtype)
    return total


def _avg_back(g: ndarray, size: tuple, kernel: tuple, stride: tuple, padding: tuple, ceil_mode: bool,
              include_pad: bool, divisor: int | None) -> ndarray:
    """Every number of g, divided, spread over what lay under the window."""
    ones, out = (1,) * len(kernel), g.shape[2:]
    count = _counts(size, out, kernel, stride, padding, include_pad, divisor)
    g = g / (count if np.ndim(count) == 0 else count.astype(g.dtype))
    whole = tuple(max((o - 1) * s + k, length + p) for o, s, k, length, p in zip(out, stride, kernel, size, padding))
    total = np.zeros((*g.shape[:2], *whole), g.dtype)
    for _, view in _places(kernel, out, stride, ones):
        total[view] += g
    return total[(slice(None), slice(None), *(slice(p, p + length) for p, length in zip(padding, size)))]


def _avg_name(x: Any, *_: Any) -> str:
    return "AvgPool3DBackward0" if x.ndim == 5 else "AvgPool2DBackward0"


avg_pool = op(lambda g, y, x, *o: avg_back(g, x.shape[2:], *o), method=False, name="avg_pool", node=_avg_name)(_avg_pool)
avg_back = op(lambda g, y, h, size, *o: avg_pool(g, *o), method=False, register=False, name="avg_back")(_avg_back)


# ------------------------------------------------------------------ a given number of places

def _cells(size: int, out: int) -> list[tuple[int, int]]:
    """Where each of `out` windows that together cover `size` begins and ends."""
    return [(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]


def _cell_matrix(size: int, out: int, dtype: Any) -> ndarray:
    """(out, size): the matrix that takes means over the cells."""
    matrix = np.zeros((out, size), dtype)
    for i, (start, end) in enumerate(_cells(size, out)):
        matrix[i, start:end] = 1 / (end - start)
    return matrix


def _adaptive_avg(x: ndarray, out: tuple) -> ndarray:
    """Means over cells: dimension after dimension, each a product with a small matrix."""
    for i, o in enumerate(out):
        x = np.moveaxis(np.moveaxis(x, 2 + i, -1) @ _cell_matrix(x.shape[2 + i], o, x.dtype).T, -1, 2 + i)
    return np.ascontiguousarray(x)


def _adaptive_avg_back(g: ndarray, size: tuple) -> ndarray:
    """The transpose of those products."""
    for i, length in enumerate(size):
        g = np.moveaxis(np.moveaxis(g, 2 + i, -1) @ _cell_matrix(length, g.shape[2 + i], g.dtype), -1, 2 + i)
    return np.ascontiguousarray(g)


def _adaptive_name(x: Any, *_: Any) -> str:
    return "AdaptiveAvgPool3DBackward0" if x.ndim == 5 else "AdaptiveAvgPool2DBackward0"


adaptive_avg_pool = op(lambda g, y, x, out: adaptive_avg_back(g, x.shape[2:]), method=False, name="adaptive_avg_pool",
                       node=_adaptive_name)(_adaptive_avg)
adaptive_avg_back = op(lambda g, y, h, size: adaptive_avg_pool(g, h.shape[2:]), method=False, register=False,
                       name="adaptive_avg_back")(_adaptive_avg_back)


def _windows_max(x: ndarray, cells: list[list[tuple[int, int]]]) -> tuple:
    """(the largest, its flat place) of each product of cells."""
    size = x.shape[2:]
    out = tuple(map(len, cells))
    values = np.empty((*x.shape[:2], *out), x.dtype)
    found = np.empty(values.shape, np.int64)
    for at in product(*map(range, out)):
        bounds = [cells[i][a] for i, a in enumerate(at)]
        part = x[(slice(None), slice(None), *(slice(*b) for b in bounds))]
        flat = part.reshape(*part.shape[:2], -1)
        best = flat.argmax(-1)
        here = np.unravel_index(best, part.shape[2:])
        place: Any = 0
        for length, (start, _), h in zip(size, bounds, here):
            place = place * length + start + h
        values[(slice(None), slice(None), *at)] = np.take_along_axis(flat, best[..., None], -1)[..., 0]
        found[(slice(None), slice(None), *at)] = place
    return values, found


def _adaptive_max(x: ndarray, out: tuple) -> tuple:
    """The largest number of each cell, and its flat place."""
    return _windows_max(x, [_cells(size, o) for size, o in zip(x.shape[2:], out)])


def _adaptive_max_name(x: Any, *_: Any) -> str:
    return "AdaptiveMaxPool3DBackward0" if x.ndim == 5 else "AdaptiveMaxPool2DBackward0"


adaptive_max_pool = op(lambda g, y, x, out: scatter_places(g, y[1], x.shape[2:]), several=True, method=False,
                       name="adaptive_max_pool", node=_adaptive_max_name)(_adaptive_max)


def _fractional_max(x: ndarray, kernel: tuple, out: tuple, samples: ndarray) -> tuple:
    """The largest number under windows whose places are drawn at random, and its flat place (Graham 2014)."""
    results = [np.empty((*x.shape[:2], *out), kind) for kind in (x.dtype, np.int64)]
    for n, c in np.ndindex(*x.shape[:2]):
        cells = []
        for i, (size, k, o) in enumerate(zip(x.shape[2:], kernel, out)):
            u = float(samples[n, c, len(out) - 1 - i])
            alpha = (size - k) / (o - 1) if o > 1 else 0.0
            starts = [int((j + u) * alpha) - int(u * alpha) for j in range(o - 1)] + [size - k]
            cells.append([(start, start + k) for start in starts])
        for result, part in zip(results, _windows_max(x[n:n + 1, c:c + 1], cells)):
            result[n, c] = part[0, 0]
    return results[0], results[1]


fractional_max_pool = op(lambda g, y, x, *o: scatter_places(g, y[1], x.shape[2:]), several=True, method=False,
                         name="fractional_max_pool", node=lambda x, *o: f"FractionalMaxPool{x.ndim - 2}DBackward0")(
                             _fractional_max)


def _max_unpool(x: ndarray, found: ndarray, size: tuple) -> ndarray:
    """Zeros of `size` with x put at flat places: where several fall together, the last stays."""
    y = np.zeros((*x.shape[:2], int(np.prod(size))), x.dtype)
    np.put_along_axis(y, found.reshape(*found.shape[:2], -1), x.reshape(*x.shape[:2], -1), 2)
    return y.reshape(*x.shape[:2], *size)


max_unpool = op(lambda g, y, x, found, size: gather_places(g, found), method=False, name="max_unpool",
                node=lambda x, *o: f"MaxUnpool{x.ndim - 2}DBackward0")(_max_unpool)


def check_pool(name: str, x: Any, n: int, kernel: Any, stride: Any, padding: Any, dilation: Any) -> tuple:
    """(kernel, stride, padding, dilation) as tuples, or torch's error."""
    kernel = tuple_of(kernel, n, "kernel_size")
    stride = kernel if stride is None or stride == [] or stride == () else tuple_of(stride, n, "stride")
    padding, dilation = tuple_of(padding, n, "padding"), tuple_of(dilation, n, "dilation")
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}: Expected {n + 1}D or {n + 2}D tensor, but got: {list(x.shape)}"
                           if n > 1 else f"Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
                           f"but got:{list(x.shape)}")
    for label, values in (("kernel size", kernel), ("stride", stride), ("dilation", dilation)):
        if min(values) <= 0:
            raise RuntimeError(f"{label} should be greater than zero, but got " + (
                " ".join(f"{d}: {v}" for d, v in zip(("dT", "dH", "dW")[3 - n:], values)) if n > 1 else str(values[0])))
    if any(p > k * 1 // 2 if d == 1 else p > (d * (k - 1) + 1) // 2 for p, k, d in zip(padding, kernel, dilation)):
        raise RuntimeError("pad should be at most half of effective kernel size, but got pad="
                           f"{max(padding)}, kernel_size={max(kernel)} and dilation={max(dilation)}")
    if min(padding) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(padding)}")
    if x.dtype.kind in "bc":
        raise NotImplementedError(f"\"{name}\" not implemented for '{tensor_type(x)[6:-6]}'")
    return kernel, stride, padding, dilation
