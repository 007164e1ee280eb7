"""Arithmetic and functions of one element.  A row: the NumPy function, and per input the rule of its gradient.

`g` is the gradient of the result, `y` the result, `a, b` or `x` the inputs.  Sums over broadcast axes, types and
in-place forms are the engine's.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._op import op, to_common, to_common_float, to_float


def _conj(x: Any) -> Any:
    """The conjugate where x is complex: torch's gradients are those of the conjugate coordinate."""
    return np.conj(x) if (type(x) is complex if not isinstance(x, np.ndarray) else x.dtype.kind == "c") else x


# ------------------------------------------------------------------ arithmetic

_both = dict(promote=to_common, inplace=True)
add = op(lambda g, y, a, b: g, lambda g, y, a, b: g, name="add", dunder="add", reflected="radd", **_both)(np.add)
mul = op(lambda g, y, a, b: g * _conj(b), lambda g, y, a, b: g * _conj(a), name="mul", dunder="mul", reflected="rmul", **_both)(np.multiply)
tanh = op(lambda g, y, x: g * (1 - _conj(y * y)), promote=to_float, inplace=True)(np.tanh)
