"""Padding: an image in a frame of constants, of its mirror image, of its edge or of its other side.

A frame of constants is taken off by a frame as thin as it was thick: constant padding by negative numbers is its own
gradient.  The other frames are copies of numbers of the image (`line_maps.Picks`).
"""
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .._types import finfo, iinfo, type_name
from ..engine.op import op
from .line_maps import Picks, mapped

__all__ = ["constant_pad_nd"]

ndarray = np.ndarray


def _constant(input: ndarray, pad: tuple, value: Any) -> ndarray:
    """`input` with pad[2i], pad[2i + 1] numbers before and after dimension -1 - i; negative ones are taken away."""
    pairs = [(0, 0)] * (input.ndim - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    shape = [n + a + b for n, (a, b) in zip(input.shape, pairs)]
    y = np.empty(shape, input.dtype)
    y.fill(value)
    into = tuple(slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(shape, pairs))
    part = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(input.shape, pairs))
    if all(n > 0 for n in shape):
        y[into] = input[part]
    return y


_constant_op: Any = op(lambda g, y, x, pad, value: _constant_op(g, tuple(-n for n in pad), 0), method=False,
                  name="constant_pad_nd")(_constant)


def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """A frame of `value`.

    Args:
        input: any shape.  pad: (before, after) the last dimension, then the one before it, ...; negative: cut off.

    As torch.constant_pad_nd.
    """
    pad = tuple(int(n) for n in pad)
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError("Length of pad should be no more than twice the number of dimensions of the input. Pad "
                           f"length is {len(pad)}while the input has {input.ndim}dimensions.")
    for i, n in enumerate(input.shape[::-1][:len(pad) // 2]):
        if n + min(pad[2 * i], 0) + min(pad[2 * i + 1], 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return _constant_op(input, pad, _number(value, input.dtype))


def _number(value: Any, kind: np.dtype) -> Any:
    """The constant as a number of the type."""
    if kind.kind == "c" or kind.kind == "b":
        return kind.type(value)
    limits: Any = iinfo(kind) if kind.kind in "iu" else finfo(kind)
    infinite = value in (np.inf, -np.inf) or value != value
    if not limits.min <= value <= limits.max and not (infinite and kind.kind not in "iu"):
        raise RuntimeError(f"value cannot be converted to type {_C_NAMES.get(kind.name, kind.name + '_t')} without "
                           "overflow")
    return kind.type(int(value)) if kind.kind in "iu" else value


#: What C++ calls types, in that error.
_C_NAMES = {"int32": "int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
            "float64": "double"}


# ------------------------------------------------------------------ frames made of the image itself

def _mirrored(size: int, before: int, after: int) -> ndarray:
    """... 2 1 | 0 1 2 ... : the edge itself is not repeated."""
    at = np.abs(np.arange(-before, size + after))
    return np.where(at >= size, 2 * (size - 1) - at, at)


def _repeated(size: int, before: int, after: int) -> ndarray:
    """0 0 | 0 1 2 ..."""
    return np.clip(np.arange(-before, size + after), 0, size - 1)


def _wrapped(size: int, before: int, after: int) -> ndarray:
    """... n-2 n-1 | 0 1 2 ... of what is left of the line once it is cut."""
    first, last = max(-before, 0), size - max(-after, 0)
    return first + np.arange(-max(before, 0), last - first + max(after, 0)) % max(last - first, 1)


_FRAMES = {"reflect": (_mirrored, "ReflectionPad"), "replicate": (_repeated, "ReplicationPad"),
           "circular": (_wrapped, "")}


@lru_cache(maxsize=256)
def _frame(mode: str, size: int, before: int, after: int) -> Picks | None:
    return None if before == after == 0 else Picks(_FRAMES[mode][0](size, before, after), size)


def pad_by_image(input: Any, pad: tuple, mode: str) -> Any:
    """A frame of copies: "reflect", "replicate" or "circular" (see `nn.functional.pad`)."""
    n = len(pad) // 2
    sizes = input.shape[-n:]
    pairs = [(pad[2 * (n - 1 - i)], pad[2 * (n - 1 - i) + 1]) for i in range(n)]    # in the order of dimensions
    _CHECKS[mode](input, sizes, pairs, n)
    maps = tuple(_frame(mode, size, *pair) for size, pair in zip(sizes, pairs))
    name = _FRAMES[mode][1]
    return mapped(input, maps, f"{name}{n}DBackward0" if name else "CopySlices")


def _check_circular(x: Any, sizes: tuple, pairs: list, n: int) -> None:
    for size, (a, b) in list(zip(sizes, pairs))[::-1]:
        if a > size or b > size:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if a + b + size < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")


def _check_reflect(x: Any, sizes: tuple, pairs: list, n: int) -> None:
    _check_filled(x, n)
    for i in range(n):
        size, (a, b) = sizes[n - 1 - i], pairs[n - 1 - i]
        if a >= size or b >= size:
            raise RuntimeError(f"Argument #{4 + 2 * i}: Padding size should be less than the corresponding input "
                               f"dimension, but got: padding ({a}, {b}) at dimension {x.ndim - 1 - i} of input "
                               f"{list(x.shape)}")
    _check_result(x, sizes, pairs, n, "reflection_pad", 1)


def _check_replicate(x: Any, sizes: tuple, pairs: list, n: int) -> None:
    _check_filled(x, n)
    _check_result(x, sizes, pairs, n, "replication_pad", 1)


def _check_filled(x: Any, n: int) -> None:
    if not all(x.shape[-n - 1:]):
        raise RuntimeError(f"Expected {n + 1}D or {n + 2}D (batch mode) tensor with possibly 0 batch size and other "
                           f"non-zero dimensions for input, but got: {list(x.shape)}")


def _check_result(x: Any, sizes: tuple, pairs: list, n: int, name: str, least: int) -> None:
    """Raise where nothing is left of the image, or the type has no such padding."""
    out = [size + a + b for size, (a, b) in zip(sizes, pairs)]
    few = (all if n > 1 else any)(o < least for o in out) or min(out) < 0
    if few:
        labels = ("D", "H", "W")[3 - n:]
        told = " ".join(f"{label}: {size}" for label, size in zip(labels, sizes)).replace(" W", ", W")
        got = " ".join(f"{label}: {o}" for label, o in zip(labels, out))
        raise RuntimeError(f"input ({told}) is too small. Calculated output {got}")
    if x.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}{n}d\" not implemented for '{type_name(x.dtype)}'")


_CHECKS = {"reflect": _check_reflect, "replicate": _check_replicate, "circular": _check_circular}
