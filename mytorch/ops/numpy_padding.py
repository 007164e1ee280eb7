"""np.pad on Tensors, in every mode that has a name; recorded."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import numpy_face
from ..engine.tensor import plain, tensor_of, wants_gradient
from .numpy_shape import as_tensor, indices_like, picked, unrecorded

__all__: list[str] = []

_MOVING = ("edge", "reflect", "symmetric", "wrap")
_OF_THE_ENDS: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


@numpy_face(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    array = as_tensor(array)
    y = tensor_of(np.pad(plain(array), plain(pad_width), mode, **plain(kwargs)))  # raises what is wrong
    if not wants_gradient((array, kwargs)):
        return y
    if callable(mode):
        unrecorded(np.pad, "mode=a function", array)
    if mode in _MOVING and kwargs.get("reflect_type", "even") == "even":
        return picked([array], np.pad(indices_like([array])[0], pad_width, mode, **kwargs))
    if mode in ("constant", "empty") and not wants_gradient(kwargs):
        places = np.pad(indices_like([array])[0], pad_width, constant_values=-1)
        return np.where(places < 0, y, picked([array], np.maximum(places, 0))) if array.size else y
    return _built(array, pad_width, mode, **kwargs)


def _pairs(value: Any, ndim: int) -> Any:
    """(before, after) for each dim; NumPy takes one for all, or one number for both; or a dict."""
    if isinstance(value, dict):
        return [np.broadcast_to(value.get(d, value.get(d - ndim, 0)), 2) for d in range(ndim)]  # type: ignore
    return np.broadcast_to(value, (ndim, 2))


def _built(x: Any, pad_width: Any, mode: str, *, constant_values: Any = 0, end_values: Any = 0, stat_length: Any = None,
           reflect_type: str = "even") -> Any:
    """Dim after dim, each with rows before and after."""
    values = _pairs(as_tensor(constant_values if mode == "constant" else end_values), x.ndim)
    lengths = None if stat_length is None else _pairs(stat_length, x.ndim)
    for d, widths in enumerate(_pairs(pad_width, x.ndim)):
        before, after = (int(n) for n in widths)
        y = np.moveaxis(x, d, 0)
        if reflect_type == "odd":
            y = _turned(y, before, after, 1 if mode == "reflect" else 0)
        else:
            long = (None, None) if lengths is None else lengths[d]
            back = np.flip(_rows_before(np.flip(y, 0), after, mode, values[d][1], long[1]), 0)
            y = np.concatenate((_rows_before(y, before, mode, values[d][0], long[0]), y, back))
        x = np.moveaxis(y, 0, d)
    return x


def _rows_before(y: Any, width: int, mode: str, value: Any, length: Any) -> Any:
    if mode == "linear_ramp":
        return np.linspace(value, y[0], width, endpoint=False, dtype=y.dtype)
    if mode != "constant":
        value = _OF_THE_ENDS[mode](y[:length], axis=0)
        value = np.round(value) if y.dtype.kind in "iu" else value
    return np.broadcast_to(value.astype(y.dtype), (width, *y.shape[1:]))


def _turned(y: Any, before: int, after: int, first: int) -> Any:
    """Reflected through the point at each end, as often as it takes; first: 1 where the end is not repeated."""
    period = len(y) - first
    if not period:
        return np.concatenate((np.repeat(y, before, 0), y, np.repeat(y, after, 0)))
    while before or after:
        whole = (len(y) - first) // period * period
        n, m = min(whole, before), min(whole, after)
        y = np.concatenate((2 * y[:1] - np.flip(y[first:first + n], 0), y))
        end = len(y) - first
        y = np.concatenate((y, 2 * y[-1:] - np.flip(y[end - m:end], 0)))
        before, after = before - n, after - m
    return y
