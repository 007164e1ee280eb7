"""Pooling in one, two or three dimensions: the largest number under a window, or the mean.

A mean is a linear map of each dimension (`line_maps.Weights`).  Of the largest numbers it is noted where they stood:
their gradient goes there, and nowhere else, so that what takes numbers from places and what puts numbers to places are
each other's gradient.  All work on the last dimensions, under any leading ones.
"""
from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from ..engine.op import op
from ._numeric import in_order
from .convolution import inner, visits
from .line_maps import Weights, mapped

__all__: list[str] = []

ndarray = np.ndarray


def pooled_size(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many places a window has; ceil_mode: one more where it is cut by the end but begins inside."""
    span = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (span + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    return count


def _lowest(kind: np.dtype) -> Any:
    return -np.inf if kind.kind in "fV" else np.iinfo(kind).min


# ------------------------------------------------------------------ windows at equal distances

def _span(out: tuple, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple, size: tuple) -> tuple:
    """How large a frame the windows need at all their places."""
    return tuple(max((o - 1) * s + d * (k - 1) + 1, length + p) for o, s, d, k, length, p in zip(
        out, stride, dilation, kernel, size, padding))


def _frame(x: ndarray, whole: tuple, padding: tuple, value: Any) -> ndarray:
    """x in a frame of `value`."""
    n = len(whole)
    if x.shape[-n:] == whole and not any(padding):
        return x
    framed = np.empty((*x.shape[:-n], *whole), x.dtype)
    framed.fill(value)
    framed[inner(x.shape[-n:], padding)] = x
    return framed


def _views(x: Any, out: tuple, kernel: tuple, stride: tuple, dilation: tuple) -> list:
    """For every number of the kernel, what it meets at all places."""
    return [met for _, met in visits(x, kernel, out, stride, dilation)]


def _largest_by_lines(x: ndarray, out: tuple, kernel: tuple, stride: tuple, dilation: tuple) -> ndarray:
    """The largest number under the window: dimension after dimension, so that few numbers are compared."""
    n = len(out)
    for i in range(n):
        lines = [x[(Ellipsis, slice(a, a + stride[i] * (out[i] - 1) + 1, stride[i])) + (slice(None),) * (n - 1 - i)]
                 for a in range(0, kernel[i] * dilation[i], dilation[i])]
        x = _largest(lines)
    return x


def _largest(arrays: list[ndarray]) -> ndarray:
    y = np.maximum(arrays[0], arrays[1]) if len(arrays) > 1 else arrays[0].copy()
    for array in arrays[2:]:
        np.maximum(y, array, out=y)
    return y


def _first_equal(arrays: list[ndarray], best: ndarray) -> ndarray:
    """Which of the arrays is the first that equals `best`; where nan is best, the last nan."""
    count = len(arrays)
    if best.dtype.kind in "fV" and np.isnan(np.add.reduce(best, None)) and (nan := np.isnan(best)).any():
        which = _first_equal([np.where(nan, 0, array) for array in arrays], np.where(nan, 0, best)).astype(np.int64)
        for k, array in enumerate(arrays):
            which[np.isnan(array)] = k
        return which
    which = np.zeros(best.shape, np.uint8 if count < 256 else np.int32)
    others = np.ones(best.shape, np.bool_)      # all so far differ
    for array in arrays[:-1]:
        others &= array != best
        which += others
    return which


def max_windows(x: ndarray, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple, ceil_mode: bool,
                places: bool) -> tuple:
    """(the largest number under the window, which number of the kernel it met there or None if not asked for)."""
    size = x.shape[-len(kernel):]
    out = tuple(pooled_size(*a, ceil_mode) for a in zip(size, kernel, stride, padding, dilation))
    low = _lowest(x.dtype)
    framed = _frame(x, _span(out, kernel, stride, padding, dilation, size), padding, low)
    best = in_order(_largest_by_lines(framed, out, kernel, stride, dilation))
    if not places:
        return best, None
    views = _views(framed, out, kernel, stride, dilation)
    if framed is not x and best.size and best.min() == low:      # not the frame, but what is inside it, is largest
        margin = _frame(np.zeros(size, np.bool_), framed.shape[-len(size):], padding, True)
        no = np.nan if x.dtype.kind in "fV" else low + 1
        views = [np.where(outside, no, view) for outside, view in zip(
            _views(margin, out, kernel, stride, dilation), views)]
    return best, in_order(_first_equal(views, best))


def flat_places(which: ndarray, size: tuple, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> ndarray:
    """Where in the flat image the numbers stand that `max_windows` found."""
    out = which.shape[-len(size):]
    start = _flat([np.arange(o) * s - p for o, s, p in zip(out, stride, padding)], size)
    offset = _flat([np.arange(k) * d for k, d in zip(kernel, dilation)], size)
    return offset.reshape(-1)[which] + start


def _flat(lines: list[ndarray], size: tuple) -> ndarray:
    """The places in the flat image of the grid that these coordinates span."""
    place: Any = 0
    for i, (line, length) in enumerate(zip(lines, size)):
        place = place * length + line.reshape((-1,) + (1,) * (len(size) - 1 - i))
    return place


def _put_windows(g: ndarray, which: ndarray, size: tuple, kernel: tuple, stride: tuple, padding: tuple,
                 dilation: tuple) -> ndarray:
    """Zeros of `size` with g added under the window, where `which` says."""
    out = g.shape[-len(size):]
    whole = _span(out, kernel, stride, padding, dilation, size)
    total = np.zeros((*g.shape[:-len(size)], *whole), g.dtype)
    apart = all(s >= (k - 1) * d + 1 for s, k, d in zip(stride, kernel, dilation))
    for k, view in enumerate(_views(total, out, kernel, stride, dilation)):
        if apart:
            np.multiply(g, which == k, out=view)
        else:
            view += g * (which == k)
    return total if whole == size else np.ascontiguousarray(total[inner(size, padding)])


def _take_windows(x: ndarray, which: ndarray, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> ndarray:
    """The numbers of x under the window, where `which` says."""
    size, out = x.shape[-len(kernel):], which.shape[-len(kernel):]
    framed = _frame(x, _span(out, kernel, stride, padding, dilation, size), padding, 0)
    y = np.empty(which.shape, x.dtype)
    for k, view in enumerate(_views(framed, out, kernel, stride, dilation)):
        np.copyto(y, view, where=which == k)
    return y


def node_name(kind: str, n: int) -> str:
    """torch pools lines as images of one row: there the last node is the one that takes the row away."""
    return "SqueezeBackward1" if n == 1 else f"{kind}{n}DBackward0"


_hidden: dict[str, Any] = dict(method=False, register=False)

#: `best`, the numbers of x under the windows where `which` says: known already, so that only the way back is new.
max_pool = op(lambda g, y, x, best, which, *o: put_windows(g, which, x.shape[-len(o[0]):], *o), method=False,
              name="max_pool", node=lambda x, best, which, kernel, *o: "SqueezeBackward1" if len(kernel) == 1 else
              f"MaxPool{len(kernel)}DWithIndicesBackward0")(
                  lambda input, best, which, kernel, stride, padding, dilation: best)
put_windows: Any = op(lambda g, y, h, which, size, *o: take_windows(g, which, *o), name="put_windows",
                 **_hidden)(_put_windows)
take_windows: Any = op(lambda g, y, x, which, *o: put_windows(g, which, x.shape[-len(o[0]):], *o), name="take_windows",
                  **_hidden)(_take_windows)


# ------------------------------------------------------------------ windows anywhere

def _put_places(h: ndarray, places: ndarray, size: tuple) -> ndarray:
    """Zeros (*lead, *size) with h added at the flat places."""
    lead, flat = h.shape[:-len(size)], math.prod(size)
    rows = math.prod(lead)
    at = (places.reshape(rows, math.prod(places.shape[-len(size):])) + np.arange(rows)[:, None] * flat).reshape(-1)
    if h.dtype.kind == "c":
        total = np.zeros(rows * flat, h.dtype)
        np.add.at(total, at, h.reshape(-1))
    else:
        total = np.bincount(at, h.reshape(-1), rows * flat).astype(h.dtype, copy=False)
    return total.reshape(*lead, *size)


def _take_places(x: ndarray, places: ndarray, n: int) -> ndarray:
    """The numbers of x at flat places in its last n dimensions."""
    flat = x.reshape(*x.shape[:-n], math.prod(x.shape[-n:]))
    at = places.reshape(*places.shape[:-n], math.prod(places.shape[-n:]))
    return np.take_along_axis(flat, at, -1).reshape(places.shape)


put_places = op(lambda g, y, h, places, size: take_places(g, places, len(size)), name="put_places",
                **_hidden)(_put_places)
take_places: Any = op(lambda g, y, x, places, n: put_places(g, places, x.shape[-n:]), name="take_places",
                 **_hidden)(_take_places)

#: As `max_pool`, of flat places in the last n dimensions.
_known = op(lambda g, y, x, best, places, n, kind: put_places(g, places, x.shape[-n:]), name="max_of_cells",
            node=lambda x, best, places, n, kind: node_name(kind, n), **_hidden)(
                lambda input, best, places, n, kind: best)


def _largest_at(x: Any, places: list[ndarray], n: int, kind: str) -> tuple:
    """(the largest of what stands at the flat places, which may be the same under all leading dimensions, and
    where)."""
    array = np.asarray(x)
    lead = array.shape[:-n]
    if places[0].ndim == n:
        flat = array.reshape(*lead, math.prod(array.shape[-n:]))
        values = [flat[..., at] for at in places]
    else:
        values = [_take_places(array, at, n) for at in places]
    best = in_order(_largest(values))
    which = _first_equal(values, best)
    found = np.empty(best.shape, np.int64)
    for k, at in enumerate(places):
        np.copyto(found, np.broadcast_to(at, best.shape), where=which == k)
    return _known(x, best, found, n, kind), found


def adaptive_max(x: Any, out: tuple) -> tuple:
    """(the largest number of each of `out` cells that cover the image, its flat place)."""
    n = len(out)
    size = x.shape[-n:]
    lines = [_cells(length, o)[0] for length, o in zip(size, out)]
    places = [_flat([line[:, k] for line, k in zip(lines, at)], size)
              for at in product(*(range(line.shape[1]) for line in lines))]
    return _largest_at(x, places, n, "AdaptiveMaxPool")


def fractional_max(x: Any, kernel: tuple, out: tuple, samples: ndarray) -> tuple:
    """(the largest number under windows whose places are drawn at random, its flat place) (Graham 2014).

    The windows begin at floor((i + u) a) - floor(u a), a the mean step, u a number in [0, 1) per image and dimension.
    """
    n, size, lead = len(out), x.shape[-len(out):], x.shape[:-len(out)]
    starts = []
    if samples.dtype.itemsize == 2:
        samples = samples.astype(np.float32)
    for i, (length, k, o) in enumerate(zip(size, kernel, out)):
        u = samples[..., 1 - i if n == 2 else i].reshape(-1)[:math.prod(lead), None]      # (N C, 1); torch's order
        step = (u.dtype.type(length - k) / u.dtype.type(o - 1)) if o > 1 else u.dtype.type(0)
        line = np.trunc((np.arange(o - 1) + u).astype(u.dtype) * step) - np.trunc(u * step)
        line = np.concatenate([line, np.full((len(line), 1), length - k)], 1).astype(np.int64)
        starts.append(line.reshape(*lead, *(o if j == i else 1 for j in range(n))))
    places = []
    for at in product(*map(range, kernel)):
        place: Any = 0
        for length, start, a in zip(size, starts, at):
            place = place * length + start + a
        places.append(place)
    return _largest_at(x, places, n, "FractionalMaxPool")


def _max_unpool(input: ndarray, places: ndarray, size: tuple) -> ndarray:
    """Zeros of `size` with the input put at flat places: where several fall together, the last stays."""
    lead = input.shape[:-len(size)]
    y = np.zeros((*lead, math.prod(size)), input.dtype)
    count = math.prod(input.shape[-len(size):])
    np.put_along_axis(y, places.reshape(*lead, count), input.reshape(*lead, count), -1)
    return y.reshape(*lead, *size)


max_unpool = op(lambda g, y, x, places, size: take_places(g, places, len(size)), method=False, name="max_unpool",
                node=lambda x, places, size: node_name("MaxUnpool", len(size)))(_max_unpool)


# ------------------------------------------------------------------ means

@lru_cache(maxsize=256)
def _mean_map(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool, include_pad: bool,
              divisor: int | None) -> Weights:
    """The mean of what lies under a window on a line, or its sum over `divisor`."""
    start = np.arange(pooled_size(size, kernel, stride, padding, 1, ceil_mode)) * stride - padding
    places = start[:, None] + np.arange(kernel)
    inside = (places >= 0) & (places < size)
    count: Any = divisor
    if divisor is None:
        count = np.minimum(start + kernel, size + padding) - start if include_pad else np.maximum(inside.sum(1), 1)
        count = count[:, None]
    return Weights(np.clip(places, 0, size - 1), inside / count, size)


def avg_pool(x: Any, kernel: tuple, stride: tuple, padding: tuple, ceil_mode: bool, include_pad: bool,
             divisor: int | None) -> Any:
    """The mean of what lies under the window; divisor: the sum over it."""
    n = len(kernel)
    options = list(zip(x.shape[-n:], kernel, stride, padding))
    if x.dtype.kind in "iu":
        return _whole_means(x, options, ceil_mode, include_pad, divisor)
    rest = None if divisor is None else 1
    maps = tuple(_mean_map(*option, ceil_mode, include_pad, rest if i else divisor) for i, option in enumerate(options))
    return mapped(x, maps, node_name("AvgPool", n))


def _whole_means(x: Any, options: list, ceil_mode: bool, include_pad: bool, divisor: int | None) -> Any:
    """Means of integers: the sums divided, and cut off."""
    sums = mapped(x, tuple(_mean_map(*option, ceil_mode, include_pad, 1) for option in options), "")
    count: Any = np.asarray(divisor or 1)
    for option in options if divisor is None else ():
        count = count[..., None] * np.rint(1 / _mean_map(*option, ceil_mode, include_pad, None).weights.max(1))
    whole = np.trunc(np.asarray(sums) / count).astype(x.dtype)
    return whole.view(type(x)) if isinstance(x, np.ndarray) else whole


def _cells(size: int, out: int) -> tuple[ndarray, ndarray]:
    """Of `out` cells that together cover `size`, the places in each, its last one repeated; and which are not repeated.

    (out, longest cell) each.
    """
    i = np.arange(out)
    start, end = i * size // max(out, 1), -(-(i + 1) * size // max(out, 1))
    places = start[:, None] + np.arange(int((end - start).max(initial=1)))
    return np.minimum(places, end[:, None] - 1), places < end[:, None]


@lru_cache(maxsize=256)
def _cell_map(size: int, out: int) -> Weights | None:
    """The mean of each cell."""
    if size == out:
        return None
    places, inside = _cells(size, out)
    return Weights(places, inside / inside.sum(1, keepdims=True), size)


def adaptive_avg(x: Any, out: tuple) -> Any:
    """The means of `out` cells that together cover the image."""
    n = len(out)
    return mapped(x, tuple(map(_cell_map, x.shape[-n:], out)), node_name("AdaptiveAvgPool", n))
