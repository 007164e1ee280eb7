"""Comparison, logic, choice: results are bool, or one of the inputs."""
from __future__ import annotations

import builtins
from typing import Any, Callable

import numpy as np

from .._op import inplace_of, method, numpy_face, op, to_common, write
from .._tensor import FUNCTIONS, Tensor, edge, plain, tensor_of
from .._types import is_inexact, result_dtype
from ._shared import alias

__all__ = [
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "clamp", "clamp_", "clamp_max", "clamp_min", "clip", "clip_", "eq", "equal", "fmax", "fmin", "ge",
    "greater", "greater_equal", "gt", "heaviside", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf",
    "isposinf", "isreal", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "lt",
    "maximum", "minimum", "nan_to_num", "ne", "not_equal", "signbit", "where"]


# ------------------------------------------------------------------ order

_compare: dict[str, Any] = dict(promote=to_common, inplace=True)
eq = op(name="eq", dunder="eq", **_compare)(np.equal)
ne = op(name="ne", dunder="ne", **_compare)(np.not_equal)
lt = op(name="lt", dunder="lt", **_compare)(np.less)
le = op(name="le", dunder="le", **_compare)(np.less_equal)
gt = op(name="gt", dunder="gt", **_compare)(np.greater)
ge = op(name="ge", dunder="ge", **_compare)(np.greater_equal)
not_equal, less, less_equal = alias("not_equal", ne), alias("less", lt), alias("less_equal", le)
greater, greater_equal = alias("greater", gt), alias("greater_equal", ge)


# ------------------------------------------------------------------ logic

logical_and = op(name="logical_and", inplace=True)(np.logical_and)
logical_or = op(name="logical_or", inplace=True)(np.logical_or)
logical_xor = op(name="logical_xor", inplace=True)(np.logical_xor)
logical_not = op(name="logical_not", inplace=True)(np.logical_not)

_bits: dict[str, Any] = dict(promote=to_common, inplace=True)
bitwise_and = op(name="bitwise_and", dunder="and", reflected="rand", **_bits)(np.bitwise_and)
bitwise_or = op(name="bitwise_or", dunder="or", reflected="ror", **_bits)(np.bitwise_or)
bitwise_xor = op(name="bitwise_xor", dunder="xor", reflected="rxor", **_bits)(np.bitwise_xor)
bitwise_left_shift = op(name="bitwise_left_shift", dunder="lshift", reflected="rlshift", **_bits)(np.left_shift)
bitwise_right_shift = op(name="bitwise_right_shift", dunder="rshift", reflected="rrshift", **_bits)(np.right_shift)
bitwise_not = op(name="bitwise_not", inplace=True)(np.invert)
Tensor.__invert__ = lambda self: bitwise_not(self)  # type: ignore[method-assign]


# ------------------------------------------------------------------ what kind of number

isnan = op(name="isnan")(np.isnan)
isinf = op(name="isinf")(np.isinf)
isfinite = op(name="isfinite")(np.isfinite)
signbit = op(name="signbit")(np.signbit)


@op()
def isposinf(input: Any) -> Any:
    """Where input is +inf.  As torch.isposinf."""
    return np.equal(input, np.inf)


@op()
def isneginf(input: Any) -> Any:
    """Where input is -inf.  As torch.isneginf."""
    return np.equal(input, -np.inf)


@op()
def isreal(input: Any) -> Any:
    """Where input has no imaginary part.  As torch.isreal."""
    return np.equal(input.imag, 0)


numpy_face(np.isposinf)(isposinf)
numpy_face(np.isneginf)(isneginf)
numpy_face(np.isreal)(isreal)


@method()
@numpy_face(np.isclose)
def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """|input - other| <= atol + rtol * |other|.  As torch.isclose."""
    return tensor_of(np.isclose(plain(input), plain(other), rtol, atol, equal_nan))


@method()
def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether isclose holds everywhere.  As torch.allclose."""
    return bool(plain(isclose(input, other, rtol, atol, equal_nan)).all())


@method()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and elements.  As torch.equal."""
    return input.shape == other.shape and bool((plain(input) == plain(other)).all())


# ------------------------------------------------------------------ choice

def _to_common_choice(arrays: list) -> None:
    """The two values that are chosen from, in their common type."""
    kind = result_dtype(arrays[1:])
    arrays[1:] = [np.asarray(a, kind) if not isinstance(a, np.ndarray) else a.astype(kind, copy=False)
                  for a in arrays[1:]]


@op(None, lambda g, y, c, a, b: np.where(c, g, 0), lambda g, y, c, a, b: np.where(c, 0, g), name="where",
    promote=_to_common_choice, method=False)
def _where(condition: Any, input: Any, other: Any) -> Any:
    return np.where(condition, input, other)


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """input where condition holds, other elsewhere; without them, where condition is not zero.  As torch.where."""
    if input is None and other is None:
        return tuple(tensor_of(np.ascontiguousarray(i)) for i in np.nonzero(np.atleast_1d(plain(condition))))
    return _where(condition, input, other, out=out)


@method("where")
def _where_method(self: Tensor, condition: Any, other: Any) -> Tensor:
    """self where condition holds, other elsewhere."""
    return where(condition, self, other)


@numpy_face(np.where)
def _numpy_where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return tensor_of(np.nonzero(plain(condition)))
    return np_apply(_where, condition, x, y)


def np_apply(fn: Any, *args: Any) -> Any:
    """Run an op with NumPy's types: nothing is promoted beforehand."""
    from .._op import apply
    return apply(fn.op, args, promote=False)


def _share(g: Any, mine: Any, other: Any) -> Any:
    """The gradient of max(mine, other) where it is `mine`; of a tie, half."""
    return np.where(mine < other, 0, np.where(mine == other, g / 2, g))


maximum = op(lambda g, y, a, b: _share(g, a, b), lambda g, y, a, b: _share(g, b, a), promote=to_common)(np.maximum)
minimum = op(lambda g, y, a, b: _share(g, -a, -b), lambda g, y, a, b: _share(g, -b, -a),
             promote=to_common)(np.minimum)
fmax = op(lambda g, y, a, b: np.where(np.logical_or(a >= b, np.isnan(b)), g, 0),
          lambda g, y, a, b: np.where(np.logical_or(a >= b, np.isnan(b)), 0, g), promote=to_common)(np.fmax)
fmin = op(lambda g, y, a, b: np.where(np.logical_or(a <= b, np.isnan(b)), g, 0),
          lambda g, y, a, b: np.where(np.logical_or(a <= b, np.isnan(b)), 0, g), promote=to_common)(np.fmin)
heaviside = op(name="heaviside", promote=to_common, inplace=True)(np.heaviside)


def _to_bounds(arrays: list) -> None:
    """Number and bounds in their common type."""
    kind = result_dtype([a for a in arrays if a is not None])
    arrays[:] = [a if a is None else np.asarray(a).astype(kind, copy=False) for a in arrays]


def _inside(x: Any, low: Any, high: Any) -> Any:
    fits = True if low is None else x >= low
    return fits if high is None else np.logical_and(fits, x <= high)


@op(lambda g, y, x, low, high: np.where(_inside(x, low, high), g, 0),
    lambda g, y, x, low, high: np.where(np.logical_and(x < low, True if high is None else low < high), g, 0),
    lambda g, y, x, low, high: np.where(np.logical_or(x > high, False if low is None else high < low), g, 0),
    name="clamp", promote=_to_bounds, inplace=True, names=("input", "min", "max"),
    node=lambda x, low, high: "ClampBackward1")
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """min(max(input, min), max); a bound may be a tensor or None.  As torch.clamp."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    y = input if min is None else np.maximum(input, min)
    return y if max is None else np.minimum(y, max)


def clamp_(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """In-place version of `clamp`."""
    return input.clamp_(min, max)  # type: ignore[attr-defined]


@method()
def clamp_min(input: Any, min: Any, *, out: Any = None) -> Tensor:
    """max(input, min).  As torch.clamp_min."""
    return clamp(input, min, out=out)


@method()
def clamp_max(input: Any, max: Any, *, out: Any = None) -> Tensor:
    """min(input, max).  As torch.clamp_max."""
    return clamp(input, None, max, out=out)


Tensor.clamp_min_ = lambda self, min: self.clamp_(min)  # type: ignore[attr-defined]
Tensor.clamp_max_ = lambda self, max: self.clamp_(None, max)  # type: ignore[attr-defined]
clip, clip_ = alias("clip", clamp), clamp_


@op(lambda g, y, x, nan, posinf, neginf: np.where(np.isfinite(x), g, 0), inplace=True)
def nan_to_num(input: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    """Finite numbers for nan and the infinities.  As torch.nan_to_num."""
    return np.nan_to_num(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among the test elements.  As torch.isin."""
    return tensor_of(np.isin(plain(elements), plain(test_elements), assume_unique=assume_unique, invert=invert))
