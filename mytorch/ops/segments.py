"""Reductions over consecutive stretches of a dim."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import type_name
from ..engine.tensor import Tensor, plain
from .scatter import scatter_reduce

__all__ = ["segment_reduce"]

ndarray = np.ndarray
_HOW = {"sum": "sum", "mean": "sum", "prod": "prod", "max": "amax", "amax": "amax", "min": "amin", "amin": "amin"}
_START = {"sum": 0.0, "prod": 1.0, "amax": -np.inf, "amin": np.inf}


def _lengths_of(data: Any, lengths: Any, offsets: Any, axis: int, unsafe: bool) -> ndarray:
    """How long the segments are: (*data.shape[:axis], number of segments)."""
    if lengths is None and offsets is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    given = np.asarray(plain(lengths if lengths is not None else offsets))
    name = "lengths" if lengths is not None else "offsets"
    if axis != given.ndim - 1:
        raise RuntimeError(f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}.")
    found = given if lengths is not None else np.diff(given, axis=-1)
    if not unsafe and lengths is not None:
        if (found < 0).any():
            raise RuntimeError("lengths contains negative value!")
        if (found.sum(-1) != data.shape[axis]).any():
            raise RuntimeError("segment_reduce(): Expected all rows of lengths along axis to sum to "
                               "data.size(lengths.dim()-1) when !unsafe.")
    return found


def segment_reduce(data: Any, reduce: str, *, lengths: Any = None, indices: Any = None, offsets: Any = None,
                   axis: int = 0, unsafe: bool = False, initial: Any = None) -> Any:
    """Each of the consecutive segments of `axis` reduced to one slice.

    reduce: "sum", "mean", "prod", "max" or "min".  lengths: (*data.shape[:axis], segments); or offsets: where the
    segments begin, and where the last ends.  unsafe: the lengths need not add up.  initial: what a segment starts from.
    As torch.segment_reduce.
    """
    if indices is not None:
        raise NotImplementedError("segment_reduce(indices=): torch knows it by name only; use lengths or offsets")
    if reduce not in _HOW:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if data.dtype.kind not in "fV":
        raise NotImplementedError(f'"_segment_reduce_cpu" not implemented for \'{type_name(data.dtype)}\'')
    axis = axis % data.ndim
    sizes = _lengths_of(data, lengths, offsets, axis, unsafe)
    how, count = _HOW[reduce], sizes.shape[-1]
    outer, inner = tuple(data.shape[:axis]), tuple(data.shape[axis + 1:])
    start = 0 if lengths is not None else np.asarray(plain(offsets))[..., :1]
    ends = np.cumsum(sizes, -1) + start
    at = np.arange(data.shape[axis])
    # what lies in no segment goes to one more, which is dropped
    number = (at[:, None] >= ends[..., None, :]).sum(-1)
    number = np.where(at < start, count, number) if lengths is None else number
    index = np.broadcast_to(number.reshape(number.shape + (1,) * len(inner)), tuple(data.shape))
    begin = np.full((*outer, count + 1, *inner), _START[how] if initial is None else initial, data.dtype)
    base = begin.view(Tensor) if isinstance(data, Tensor) else begin
    y = scatter_reduce(base, axis, index, data, how)[(slice(None),) * axis + (slice(count),)]
    if reduce != "mean":
        return y
    n = sizes.reshape(sizes.shape + (1,) * len(inner)).astype(data.dtype)
    return y / (np.where(n == 0, np.nan, n) if initial is None else np.maximum(n, 1))
