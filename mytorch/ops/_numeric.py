"""What the special functions share: polynomials, work in double precision, work in blocks.  Plain arrays only."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

__all__ = ["horner", "in_blocks", "in_order", "wide"]

#: Elements per block: with a few temporaries of doubles a block stays in the second-level cache.
BLOCK = 16384


def horner(coefficients: tuple[float, ...], x: Any) -> Any:
    """c[0] + c[1] x + c[2] x^2 + ..."""
    y = coefficients[-1] * x
    for c in coefficients[-2:0:-1]:
        y += c
        y *= x
    y += coefficients[0]
    return y


def in_order(y: Any) -> Any:
    """The array with its elements in order in memory, as torch leaves what these functions compute: it has a `.view`.

    NumPy lays a result out as its inputs are, transposed ones too.
    """
    return y if y.flags.c_contiguous else np.array(y, order="C")


def in_blocks(fn: Callable, *arrays: Any, work: Any, kind: Any = None) -> Any:
    """fn of the arrays, broadcast, computed in dtype `work` and given back in dtype `kind` (default: the first's)."""
    kind = kind or arrays[0].dtype
    shape = arrays[0].shape
    if len(arrays) > 1:
        arrays = tuple(np.broadcast_arrays(*arrays))
        shape = arrays[0].shape
    flat = [a.reshape(-1) for a in arrays]
    count = flat[0].size
    out = np.empty(count, kind)
    for at in range(0, count, BLOCK):
        out[at:at + BLOCK] = fn(*[f[at:at + BLOCK].astype(work, copy=False) for f in flat])
    return out.reshape(shape)


def wide(fn: Callable, *arrays: Any) -> Any:
    """fn computed in double precision; the result has the dtype of the first array."""
    return in_blocks(fn, *arrays, work=np.float64)
