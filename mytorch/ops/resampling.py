"""Images at another size: every dimension through a linear map that looks up, or weighs, what lay near.

The maps are made from two facts: where a number of the result lies on the line of the input, and how much each
neighbour there counts.  Both are computed in the type torch computes them in, as a place off by one rounding can be
another number.
"""
from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

import numpy as np

from .._types import type_name
from .line_maps import Picks, Weights, mapped, whole_numbers

__all__: list[str] = []

ndarray = np.ndarray


# ------------------------------------------------------------------ where a number lies

def _step(kind: Any, size: int, out: int, align: bool, scale: float | None) -> Any:
    """How far apart on the line of the input two neighbours of the result lie."""
    if align:
        return kind(size - 1) / kind(out - 1) if out > 1 else kind(0)
    return kind(1.0 / scale) if scale is not None and scale > 0 else kind(size) / kind(out)


def _centers(kind: Any, size: int, out: int, align: bool, scale: float | None) -> ndarray:
    """Where the numbers of the result lie: with `align` the ends meet the ends, else half a step inside them.

    Rounded once, as by a fused multiply-add.
    """
    step, at = np.float64(_step(kind, size, out, align, scale)), np.arange(out)
    return (step * at if align else step * (at + 0.5) - 0.5).astype(kind)


def _nearest(kind: Any, size: int, out: int, exact: bool, scale: float | None) -> Picks | None:
    """The number at or before the place ("nearest"), or the closest ("nearest-exact")."""
    if size == out and not exact:
        return None
    step, at = _step(kind, size, out, False, scale), np.arange(out).astype(kind)
    places = np.floor((step * (at + kind(0.5) if exact else at)).astype(np.float32)).astype(np.int64)
    return Picks(np.clip(places, 0, size - 1), size)


# ------------------------------------------------------------------ how much a neighbour counts, by its distance

def _tent(x: ndarray) -> ndarray:
    return np.maximum(1 - np.abs(x), 0)


def _cubic(x: ndarray, a: float) -> ndarray:
    """Keys' kernel of slope `a` at distance 1 (Keys 1981): two pieces of third degree, 0 from distance 2 on."""
    x = np.abs(x)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _lanczos(x: ndarray) -> ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


#: Name -> (weight by distance, up to which distance).
_FILTERS: dict[str, tuple[Callable, int]] = {
    "linear": (_tent, 1), "cubic": (lambda x: _cubic(x, -0.5), 2), "lanczos": (_lanczos, 3)}


def _linear(kind: Any, size: int, out: int, align: bool, scale: float | None) -> tuple[ndarray, ndarray]:
    """The two neighbours of each place and their weights."""
    at = _centers(kind, size, out, align, scale)
    at = np.maximum(at, 0)
    first = np.minimum(at.astype(np.int64), size - 1)
    part = np.clip(at - first.astype(kind), 0, 1)
    return np.stack([first, np.minimum(first + 1, size - 1)], 1), np.stack([1 - part, part], 1)


def _bicubic(kind: Any, size: int, out: int, align: bool, scale: float | None) -> tuple[ndarray, ndarray]:
    """The four neighbours, those beyond the edge being the edge, and their weights (a = -0.75)."""
    at = _centers(kind, size, out, align, scale)
    first = np.floor(at)
    part = np.clip(at - first, 0, 1)
    places = first.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(places, 0, size - 1), _cubic(part[:, None] - np.arange(-1, 3).astype(kind), kind(-0.75))


def _smoothed(kind: Any, name: str, size: int, out: int, align: bool, scale: float | None) -> tuple[ndarray, ndarray]:
    """All that a filter reaches which is stretched where the image shrinks (antialias), and their weights."""
    weigh, reach = _FILTERS[name]
    step = _step(kind, size, out, align, scale)
    stretch = max(step, kind(1))
    centers = step * (np.arange(out).astype(kind) + kind(0.5))
    first = np.maximum((centers - stretch * kind(reach) + kind(0.5)).astype(np.int64), 0)
    last = np.minimum((centers + stretch * kind(reach) + kind(0.5)).astype(np.int64), size)
    places = first[:, None] + np.arange(max(int((last - first).max()), 1))
    weights = weigh((places.astype(kind) - centers[:, None] + kind(0.5)) * (kind(1) / stretch))
    weights = np.where(places < last[:, None], weights, 0)
    return np.minimum(places, np.maximum(last, 1)[:, None] - 1), weights / weights.sum(1, keepdims=True)


@lru_cache(maxsize=256)
def _line_map(name: str, kind: Any, size: int, out: int, align: bool, scale: float | None,
              antialias: bool) -> Picks | Weights | None:
    """The map of one dimension; None where nothing changes."""
    if name in ("nearest", "nearest-exact"):
        return _nearest(kind, size, out, name == "nearest-exact", scale)
    if size == out and (name == "linear" or antialias):    # whatever the scale: torch copies
        return None
    if antialias:
        return Weights(*_smoothed(kind, name, size, out, align, scale), size)
    return Weights(*(_linear if name == "linear" else _bicubic)(kind, size, out, align, scale), size)


# ------------------------------------------------------------------ over an image

_LINES = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}
_NAMES = {"nearest": "Nearest", "nearest-exact": "NearestExact", "linear": "Linear", "bilinear": "Bilinear",
          "trilinear": "Trilinear", "bicubic": "Bicubic", "lanczos": "Lanczos"}


def resize(input: Any, size: tuple, mode: str, align: bool, scales: tuple, antialias: bool) -> Any:
    """`input` (N, C, *S) at `size`; `scales` the factors where the user gave them (see nn.functional.interpolate)."""
    n = input.ndim - 2
    _check(input, size, mode, antialias)
    single = input.dtype == np.float64
    kind = np.float64 if single or (input.dtype.kind == "u" and n == 2 and mode in _BYTES) else np.float32
    maps = tuple(_line_map(_LINES.get(mode, mode), kind, s, o, align, f, antialias)
                 for s, o, f in zip(input.shape[2:], size, scales))
    if input.dtype.kind == "u" and mode in _BYTES:
        return whole_numbers(input, maps)
    return mapped(input, maps, f"Upsample{_NAMES[mode]}{n}D{'Aa' if antialias else ''}Backward0")


_BYTES = ("bilinear", "bicubic", "lanczos")
#: torch's kernel by mode and dimensions, for errors about types.
_KERNELS = {"nearest": "compute_indices_weights_nearest", "nearest-exact": "compute_indices_weights_nearest",
            "linear": "compute_indices_weights_linear", "bilinear": "upsample_bilinear2d_channels_last",
            "trilinear": "compute_indices_weights_linear", "bicubic": "compute_indices_weights_cubic"}


def _check(x: Any, size: tuple, mode: str, antialias: bool) -> None:
    """Raise torch's errors about sizes and types."""
    n, labels = x.ndim - 2, ("D", "H", "W")[5 - x.ndim:]
    if min(x.shape[2:]) <= 0 or min(size) <= 0:
        told = [", ".join(f"{label}: {s}" for label, s in zip(labels, sizes)) for sizes in (x.shape[2:], size)]
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input ({told[0]}) "
                           f"{'and ' * (n == 1)}output ({told[1]})")
    if 0 in x.shape[1:]:
        raise RuntimeError(f"Non-empty {x.ndim}D data tensor expected but got a tensor with sizes {list(x.shape)}")
    kind = x.dtype
    floating = kind.kind in "fV"
    if antialias:
        refused, kernel = not floating and kind != np.uint8 or kind.itemsize == 2, "compute_index_ranges_weights"
    else:
        byte = mode in ("nearest", "nearest-exact", "bilinear", "bicubic")
        refused, kernel = not floating and not (byte and kind == np.uint8), _KERNELS[mode]
        if n == 2 and mode in ("nearest", "nearest-exact"):
            kernel = "upsample_nearest2d_channels_last"
    if refused:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(kind)}'")
