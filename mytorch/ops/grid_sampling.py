"""Images looked up between their pixels, at places that a grid names.

A place lies among K pixels (4 or 8 for linear, 16 for cubic interpolation, 1 for the nearest), which count by weights.
The result is linear in the image and in the weights.  As in a convolution there is one form,
F(x, w, h) = sum h * w * x[places], and its three slopes are each other's gradients:

    look_up(x, w)   the result             (N, C, *S), (K, N, *L) -> (N, C, *L)
    put_back(h, w)  the gradient of x
    weigh(x, h)     the gradient of w

The weights are plain ops of the grid.
"""
from __future__ import annotations

import math
from functools import reduce
from itertools import product
from operator import mul
from typing import Any

import numpy as np

from .._types import type_name
from ..engine.op import op
from .ranges import equally_spaced

__all__ = ["affine_grid_generator", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d"]

ndarray = np.ndarray


# ------------------------------------------------------------------ the form

def _rows(x: ndarray, lead: int) -> ndarray:
    """x with all but its first `lead` dimensions as one."""
    return x.reshape(*x.shape[:lead], math.prod(x.shape[lead:]))


def _look_up(x: ndarray, w: ndarray, places: ndarray, name: str) -> ndarray:
    """y[n, c, l] = sum_k w[k, n, l] x[n, c, places[k, n, l]]."""
    shape, flat, w, places = w.shape[2:], _rows(x, 2), _rows(w, 2), _rows(places, 2)
    y = np.zeros((*x.shape[:2], w.shape[2]), x.dtype)
    finite = np.isfinite(np.add.reduce(x, None))
    for n in range(x.shape[0]):
        for weights, at in zip(w[:, n], places[:, n]):
            part = flat[n].take(at, 1)
            part *= weights
            if not finite:      # what lies outside does not count, whatever stands where its place was cut to
                part[:, weights == 0] = 0
            y[n] += part
    return y.reshape(*x.shape[:2], *shape)


def _put_back(h: ndarray, w: ndarray, places: ndarray, size: tuple) -> ndarray:
    """The gradient of the image (N, C, *size)."""
    count, channels, width = h.shape[0], h.shape[1], math.prod(size)
    h, w, places = _rows(h, 2), _rows(w, 2), _rows(places, 2)
    x = np.zeros((count, channels, width), h.dtype)
    rows = np.arange(channels)[:, None] * width
    for n in range(count):
        at = (rows[None] + places[:, n, None]).reshape(-1)                 # (K, C, L)
        part = (w[:, n, None] * h[n]).reshape(-1)
        x[n] = np.bincount(at, part, channels * width).reshape(channels, width)
    return x.reshape(count, channels, *size)


def _weigh(x: ndarray, h: ndarray, places: ndarray) -> ndarray:
    """The gradient of the weights (K, N, *L)."""
    w = np.empty(places.shape, x.dtype)
    flat, h, at, rows = _rows(x, 2), _rows(h, 2), _rows(places, 2), _rows(w, 2)
    for k, n in np.ndindex(*places.shape[:2]):
        rows[k, n] = np.einsum("cl,cl->l", flat[n].take(at[k, n], 1), h[n])
    return w


_hidden: dict[str, Any] = dict(method=False, register=False)
look_up = op(lambda g, y, x, w, places, name: put_back(g, w, places, x.shape[2:]),
             lambda g, y, x, w, places, name: weigh(x, g, places),
             name="look_up", node=lambda x, w, places, name: name, **_hidden)(_look_up)
put_back: Any = op(lambda g, y, h, w, places, size: look_up(g, w, places, "PutBackBackward0"),
              lambda g, y, h, w, places, size: weigh(g, h, places), name="put_back", **_hidden)(_put_back)
weigh: Any = op(lambda g, y, x, h, places: put_back(h, g, places, x.shape[2:]),
           lambda g, y, x, h, places: look_up(x, g, places, "WeighBackward0"), name="weigh", **_hidden)(_weigh)


# ------------------------------------------------------------------ from the grid to places and weights

def _pixel(grid: ndarray, size: int, padding: int, align: bool, volume: bool, lenient: bool) -> tuple[ndarray, ndarray]:
    """(place on a line of `size` pixels of numbers in [-1, 1], its slope); lenient: nan lies outside.

    Rounded as torch rounds: in images once, as by a fused multiply-add.
    """
    kind = grid.dtype.type
    if align:
        at = (grid + kind(1)) / kind(2) * kind(size - 1)
    elif volume:
        at = ((grid + kind(1)) * kind(size) - kind(1)) / kind(2)
    else:
        at = ((grid + kind(1)).astype(np.float64) * (size / 2) - 0.5).astype(kind)
    slope = np.full(grid.shape, (size - 1 if align else size) / 2, grid.dtype)
    if padding == 2:
        at, sign = _reflected(at, size, align)
        slope *= sign
    if padding:
        slope *= (at > 0) & (at < size - 1)
        at = np.fmin(np.fmax(at, kind(0)), kind(size - 1))
    lost = ~(np.abs(at) < 2 ** 31 - 2) if lenient else np.isfinite(at) & (np.abs(at) > 2 ** 31 - 2)
    if lost.any():
        at, slope = np.where(lost, kind(-100), at), np.where(lost, kind(0), slope)
    return at, slope


def _floor(at: Any) -> ndarray:
    """The pixel before a place; nan and infinities lie outside."""
    return np.floor(np.nan_to_num(np.asarray(at), nan=-100, posinf=-100, neginf=-100))


def _reflected(at: ndarray, size: int, align: bool) -> tuple[ndarray, ndarray]:
    """(place folded back into the line, the sign of its slope): mirrors stand at the outer pixels' centers or edges."""
    kind = at.dtype.type
    low, span = (kind(0), kind(size - 1)) if align else (kind(-0.5), kind(size))
    if span == 0:
        return np.zeros_like(at), np.zeros_like(at)
    sign = np.where(at < low, -1, 1).astype(at.dtype)
    away = np.abs(at - low)
    rest, odd = np.fmod(away, span), np.floor(away / span) % 2 == 1
    return np.where(odd, span - rest, rest) + low, np.where(odd, -sign, sign)


#: The place on a line, of which `_pixel` knows the slope.
_pixel_op = op(lambda g, y, x, *o: g * _pixel(np.asarray(x), *o)[1], name="pixel", **_hidden)(
    lambda x, size, padding, align, volume, lenient: _pixel(x, size, padding, align, volume, lenient)[0])


def _linear_taps(x: Any, size: int, padding: int, align: bool, volume: bool) -> list[tuple[ndarray, Any]]:
    """(place, weight) of the two neighbours on a line."""
    at = _pixel_op(x, size, padding, align, volume, volume)
    first = _floor(at)
    part = at - first
    return [(first, 1 - part), (first + 1, part)]


def _nearest_taps(x: Any, size: int, padding: int, align: bool, volume: bool) -> list[tuple[ndarray, Any]]:
    at = np.rint(_pixel_op(x, size, padding, align, volume, True))
    place = np.asarray(at)
    return [(place, at - (place - 1))]       # 1, of slope 0


def _cubic_taps(x: Any, size: int, padding: int, align: bool, volume: bool) -> list[tuple[ndarray, Any]]:
    """The four neighbours, each put back into the image where padding wants it (a = -0.75)."""
    at = _pixel_op(x, size, 0, align, volume, volume)
    first = _floor(at)
    t = at - first
    taps = []
    for i, away in ((-1, t + 1), (0, t), (1, 1 - t), (2, 2 - t)):
        weight = (1.25 * away - 2.25) * away * away + 1 if i in (0, 1) else (
            ((-0.75 * away + 3.75) * away - 6) * away + 3)
        place = first + first.dtype.type(i)
        if padding == 2:
            place = _reflected(place, size, align)[0]
        taps.append((np.clip(place, 0, size - 1) if padding else place, weight))
    return taps


_TAPS = (_linear_taps, _nearest_taps, _cubic_taps)


def _sample(input: Any, grid: Any, mode: int, padding: int, align: bool) -> Any:
    """The grid's last dimension names places from the last dimension of the image to the first."""
    size = input.shape[2:]
    n = len(size)
    lines = [_TAPS[mode](grid[..., n - 1 - i], length, padding, align, n == 3) for i, length in enumerate(size)]
    places, weights = [], []
    for taps in product(*lines):
        inside: Any = True
        place: Any = 0
        for (at, _), length in zip(taps, size):
            inside = inside & (at >= 0) & (at < length)
            place = place * length + np.clip(at, 0, length - 1).astype(np.int64)
        weight = reduce(mul, (w for _, w in taps))
        places.append(place)
        weights.append(weight if inside.all() else weight * inside.astype(weight.dtype))
    return look_up(input, np.stack(weights), np.stack(places), f"GridSampler{n}DBackward0")


# ------------------------------------------------------------------ torch's functions

def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`input` looked up at the places of `grid`.  As torch.grid_sampler.

    interpolation_mode: 0 linear, 1 nearest, 2 cubic.  padding_mode: 0 zeros, 1 border, 2 reflection.
    """
    _check(input, grid, interpolation_mode)
    if input.dtype.itemsize == 2:
        return _sample(input.astype(np.float32), grid.astype(np.float32), interpolation_mode, padding_mode,
                       align_corners).astype(input.dtype)
    return _sample(input, grid, interpolation_mode, padding_mode, bool(align_corners))


def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """grid_sampler of images (N, C, H, W).  As torch.grid_sampler_2d."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """grid_sampler of volumes (N, C, D, H, W).  As torch.grid_sampler_3d."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def _check(x: Any, grid: Any, mode: int) -> None:
    sizes = f"but got input with sizes {list(x.shape)} and grid with sizes {list(grid.shape)}"
    if x.shape[0] != grid.shape[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {sizes}")
    if grid.shape[-1] != x.ndim - 2:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {x.ndim - 2} in last dimension, but got grid "
                           f"with sizes {list(grid.shape)}")
    for i in range(2, x.ndim):
        if x.shape[i] == 0:
            raise RuntimeError("grid_sampler(): expected input to have non-empty spatial dimensions, but input has "
                               f"sizes {list(x.shape)} with dimension {i} being empty")
    if x.ndim not in (4, 5) or grid.ndim != x.ndim:
        raise RuntimeError(f"grid_sampler(): expected {4 if x.ndim == 4 else 5}D input and grid "
                           f"with same number of dimensions, {sizes}")
    if x.ndim == 5 and mode == 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if x.dtype.kind not in "fV":
        raise NotImplementedError(f"\"grid_sampler{'_2d_cpu_kernel_impl' if x.ndim == 4 else '3d_cpu'}\" not "
                                  f"implemented for '{type_name(x.dtype)}'")
    if x.dtype != grid.dtype:
        raise RuntimeError(f"expected scalar type {type_name(x.dtype)} but found {type_name(grid.dtype)}")


_affine = op(lambda g, y, theta, base, shape: np.swapaxes(g.reshape((len(theta), -1, g.shape[-1])), 1, 2) @ base,
             name="affine_grid_generator", method=False, saves=("base", "theta"))(
                 lambda theta, base, shape: (base @ theta.swapaxes(1, 2)).reshape(*shape).astype(theta.dtype))


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """Where the pixels of an image of `size` (N, C, *S) come from under affine maps theta (N, n, n + 1).

    As torch.affine_grid_generator.
    """
    sizes = tuple(size)[2:]
    n, count = len(sizes), size[0]
    if theta.shape[0] != count:
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {n + 1}] but "
                           f"got: [{theta.shape[0]}, {n + 1}].")
    lines = []
    for length in sizes:    # rounded as torch rounds: places on a border between pixels stay on torch's side of it
        line = equally_spaced(-1, 1, length, theta.dtype) if length > 1 else np.zeros(1, theta.dtype)
        lines.append(line if align_corners else line * theta.dtype.type(length - 1) / theta.dtype.type(length))
    grids = [*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(sizes)]
    base = np.stack([grid.reshape(-1) for grid in grids], 1).astype(theta.dtype)      # (places, n + 1)
    return _affine(theta, base, (count, *sizes, n))
