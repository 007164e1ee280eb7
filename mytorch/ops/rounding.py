"""Whole parts, remainders, signs; common divisors; the parts of a floating number."""
from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from .._op import method, numpy_face, op, to_common
from .._tensor import Tensor
from ._shared import alias

__all__ = ["ceil", "fix", "floor", "floor_divide", "fmod", "frac", "frexp", "gcd", "lcm", "nextafter", "remainder",
           "round", "sgn", "sign", "trunc"]


def _zeros(g: Any) -> Any:
    return np.zeros(g.shape, g.dtype)


floor = op(lambda g, y, x: _zeros(g), name="floor", inplace=True)(np.floor)
ceil = op(lambda g, y, x: _zeros(g), name="ceil", inplace=True)(np.ceil)
trunc = op(lambda g, y, x: _zeros(g), name="trunc", inplace=True)(np.trunc)
fix = alias("fix", trunc)


@op(lambda g, y, x, decimals: _zeros(g), inplace=True,
    node=lambda x, decimals: "RoundBackward1" if decimals else "RoundBackward0", numpy=np.rint)
def round(input: Any, decimals: int = 0) -> Any:
    """To the nearest multiple of 10 ** -decimals, ties to even.  As torch.round."""
    if not decimals:
        return np.rint(input).astype(input.dtype, copy=False)
    scale = 10.0 ** abs(decimals)
    return np.rint(input * scale) / scale if decimals > 0 else np.rint(input / scale) * scale


@op(lambda g, y, x: g, inplace=True)
def frac(input: Any) -> Any:
    """input - trunc(input).  As torch.frac."""
    return input - np.trunc(input)


sign = op(lambda g, y, x: _zeros(g), name="sign", inplace=True)(np.sign)


@op(lambda g, y, x: _sgn_slope(g, y, x), inplace=True)
def sgn(input: Any) -> Any:
    """input / |input|, 0 at 0.  As torch.sgn."""
    return np.sign(input)


def _sgn_slope(g: Any, y: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return _zeros(g)
    size = np.absolute(x)
    part = (g - (g * np.conj(y)).real * y) / np.where(size == 0, 1, size)
    return np.where(size == 0, 0, part)


floor_divide = op(lambda g, y, a, b: _zeros(g), lambda g, y, a, b: _zeros(g), name="floor_divide", dunder="floordiv",
                  reflected="rfloordiv", promote=to_common, inplace=True)(np.floor_divide)
remainder = op(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor(a / b), name="remainder", dunder="mod",
               reflected="rmod", promote=to_common, inplace=True)(np.remainder)
fmod = op(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b), name="fmod", promote=to_common,
          inplace=True)(np.fmod)
gcd = op(name="gcd", promote=to_common, inplace=True)(np.gcd)
lcm = op(name="lcm", promote=to_common, inplace=True)(np.lcm)
nextafter = op(lambda g, y, a, b: g, lambda g, y, a, b: _zeros(g), name="nextafter", promote=to_common,
               inplace=True)(np.nextafter)

_Frexp = namedtuple("frexp", ["mantissa", "exponent"])


@op(lambda g, y, x: g / np.exp2(y[1].astype(g.dtype)), several=True, numpy=np.frexp)
def frexp(input: Any) -> Any:
    """mantissa * 2 ** exponent = input, 0.5 <= |mantissa| < 1.  As torch.frexp."""
    return _Frexp(*np.frexp(input))
