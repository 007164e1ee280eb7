"""Arithmetic and functions of one element.  A row: the NumPy function, and per input the rule of its gradient.

`g` is the gradient of the result, `y` the result, `a, b` or `x` the inputs.  Sums over broadcast axes, types and
in-place forms are the engine's.  A name that torch has twice (`abs`, `absolute`) is one op under two names.
"""
from __future__ import annotations

import functools
import math
from typing import Any, Callable

import numpy as np

from .._types import result_dtype
from ..engine.op import inplace_of, method, numpy_face, op, to_common, to_common_float, to_float
from ..engine.tensor import Tensor
from ._shared import (
    alias,
    conjugate,
    inplace_functions,
    is_bool,
    is_complex,
    keeping_numbers,
    refusing,
    single,
    takes,
    zeros,
)
from .arithmetic import add, mul, multiply, rsub, sub, subtract
from .rounding import sgn

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "copysign", "cos", "cosh", "deg2rad", "exp", "exp2", "expm1",
    "hypot", "ldexp", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "mul", "multiply", "neg", "negative",
    "positive", "rad2deg", "relu", "rsub", "sigmoid", "sin", "sinc", "sinh", "sub", "subtract", "tan", "tanh"]

LN2, LN10 = math.log(2), math.log(10)


# ------------------------------------------------------------------ sign

neg = op(lambda g, y, x: -g, name="neg", inplace=True, promote=refusing(
    "b", "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead.", error=RuntimeError))(np.negative)
negative = alias("negative", neg)
abs = op(lambda g, y, x: g * sgn(x), name="abs", inplace=True,
         promote=refusing("b", "abs_cpu"))(np.absolute)
op(lambda g, y, x: g * np.sign(x), name="fabs", register=False, method=False)(np.fabs)
op(lambda g, y, x: g, name="positive", register=False, method=False)(np.positive)


@method("abs_")
def _abs_inplace(self: Tensor) -> Tensor:
    """In-place version of `abs`."""
    if is_complex(self):
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return _abs_writer(self)


_abs_writer = inplace_of(abs.op)  # type: ignore[attr-defined]
absolute = alias("absolute", abs)


@method()
def positive(input: Tensor) -> Tensor:
    """The tensor itself.  As torch.positive."""
    if is_bool(input):
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


# ------------------------------------------------------------------ exponentials and logarithms

_one: dict[str, Any] = dict(promote=to_float, inplace=True)
exp = op(lambda g, y, x: g * conjugate(y), **_one)(np.exp)
exp2 = op(lambda g, y, x: g * conjugate(y) * LN2, **_one)(np.exp2)
expm1 = op(lambda g, y, x: g * conjugate(y + 1), **_one)(np.expm1)
log = op(lambda g, y, x: g / conjugate(x), **_one)(np.log)
log2 = op(lambda g, y, x: g / (conjugate(x) * LN2), **_one)(np.log2)
log10 = op(lambda g, y, x: g / (conjugate(x) * LN10), **_one)(np.log10)
log1p = op(lambda g, y, x: g / conjugate(1 + x), **_one)(np.log1p)


def _logadd_complex(a: Any, b: Any) -> Any:
    """log(exp(a) + exp(b)) of complex numbers, from the one with the larger real part."""
    larger, smaller = np.where(a.real >= b.real, a, b), np.where(a.real >= b.real, b, a)
    return np.where(np.isneginf(larger.real), larger, larger + np.log1p(np.exp(smaller - larger)))


@op(lambda g, y, a, b: g / conjugate(1 + np.exp(b - a)), lambda g, y, a, b: g / conjugate(1 + np.exp(a - b)),
    promote=takes("logaddexp", "both", refusing("biu", "logaddexp_cpu", to_common)), numpy=np.logaddexp)
def logaddexp(input: Any, other: Any) -> Any:
    """log(exp(input) + exp(other)).  As torch.logaddexp."""
    return _logadd_complex(input, other) if is_complex(input) else np.logaddexp(input, other)


logaddexp2 = op(lambda g, y, a, b: g / (1 + np.exp2(b - a)), lambda g, y, a, b: g / (1 + np.exp2(a - b)),
                promote=takes("logaddexp2", "both", refusing("biuc", "logaddexp2_cpu", to_common)))(np.logaddexp2)


# ------------------------------------------------------------------ circular and hyperbolic functions

sin = op(lambda g, y, x: g * conjugate(np.cos(x)), **_one)(np.sin)
cos = op(lambda g, y, x: -g * conjugate(np.sin(x)), **_one)(np.cos)
tan = op(lambda g, y, x: g * conjugate(1 + y * y), **_one)(np.tan)
asin = op(lambda g, y, x: g / conjugate(np.sqrt(1 - x * x)), name="asin", **_one)(np.arcsin)
acos = op(lambda g, y, x: -g / conjugate(np.sqrt(1 - x * x)), name="acos", **_one)(np.arccos)
atan = op(lambda g, y, x: g / conjugate(1 + x * x), name="atan", **_one)(np.arctan)
sinh = op(lambda g, y, x: g * conjugate(np.cosh(x)), **_one)(np.sinh)
cosh = op(lambda g, y, x: g * conjugate(np.sinh(x)), **_one)(np.cosh)


def _tanh_gradient(g: Any, y: Any, x: Any) -> Any:
    """g (1 - y^2)."""
    if type(y) is not np.ndarray or y.dtype.kind != "f":
        return g - g * conjugate(y * y)
    part = y * y
    part *= g  # in place: a tenth of the time of small nets' rule
    return g - part


tanh = op(_tanh_gradient, **_one)(np.tanh)
asinh = op(lambda g, y, x: g / conjugate(np.sqrt(x * x + 1)), name="asinh", **_one)(np.arcsinh)
acosh = op(lambda g, y, x: g / conjugate(np.sqrt(x - 1) * np.sqrt(x + 1)) if is_complex(x) else g / np.sqrt(x * x - 1),
           name="acosh", **_one)(np.arccosh)
atanh = op(lambda g, y, x: g / conjugate(1 - x * x), name="atanh", **_one)(np.arctanh)
arcsin, arccos, arctan = alias("arcsin", asin), alias("arccos", acos), alias("arctan", atan)
arcsinh, arccosh, arctanh = alias("arcsinh", asinh), alias("arccosh", acosh), alias("arctanh", atanh)
def _per_square(g: Any, a: Any, b: Any) -> Any:
    """g / (a^2 + b^2), where the origin has no direction and the gradient zero."""
    square = a * a + b * b
    return np.where(square == 0, 0, g / np.where(square == 0, 1, square))


atan2 = op(lambda g, y, a, b: b * _per_square(g, a, b), lambda g, y, a, b: -a * _per_square(g, a, b),
           name="atan2", inplace=True,
           promote=takes("atan2", "both", refusing("c", "atan2_cpu", to_common_float)))(np.arctan2)
arctan2 = alias("arctan2", atan2)
hypot = op(lambda g, y, a, b: g * (a / y), lambda g, y, a, b: g * (b / y),
           promote=takes("hypot", "both", refusing("biuc", "hypot_cpu", to_common)), inplace=True)(np.hypot)


def _degrees(name: str) -> Callable:
    return refusing("c", f"{name} is not supported for complex tensors.", to_float, RuntimeError)


deg2rad = op(lambda g, y, x: g * (math.pi / 180), node="Deg2RadBackward0", promote=_degrees("deg2rad"),
             inplace=True)(np.deg2rad)
rad2deg = op(lambda g, y, x: g * (180 / math.pi), node="Rad2DegBackward0", promote=_degrees("rad2deg"),
             inplace=True)(np.rad2deg)
for _ufunc, _factor in (np.radians, math.pi / 180), (np.degrees, 180 / math.pi):
    op(lambda g, y, x, factor=_factor: g * factor, name=_ufunc.__name__, register=False, method=False)(_ufunc)


#: d/da sin(a)/a = a * (-2/3! + 4 a^2/5! - 6 a^4/7! + ...), highest power first
_SINC_SERIES = tuple((-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(9, 0, -1))


def _sinc_slope(x: Any) -> Any:
    """d/dx sin(pi x)/(pi x); near zero, where the formula cancels, its power series."""
    near = np.absolute(x) < .2
    angle = np.where(near, 1, x) * math.pi
    square = np.where(near, x * math.pi, 0) ** 2
    slope = (np.cos(angle) * angle - np.sin(angle)) / (angle * angle) * math.pi
    series = functools.reduce(lambda total, c: total * square + c, _SINC_SERIES)
    return np.where(near, series * (x * math.pi ** 2), slope)


@op(lambda g, y, x: g * conjugate(_sinc_slope(x)), **_one)
def sinc(input: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0.  As torch.sinc."""
    def value(x: Any) -> Any:
        angle = np.where(x == 0, 1, x) * math.pi
        return np.where(x == 0, 1, np.sin(angle) / angle)
    return single(value, input)


numpy_face(np.sinc)(sinc)


# ------------------------------------------------------------------ the activations everything else is made of

_UNIT = {np.dtype(c): np.ones((), c) for c in "fdFD"}  # an array is added in half the time of a Python number


@op(lambda g, y, x: g * conjugate((1 - y) * y), **_one)
def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-input)).  As torch.sigmoid."""
    if input.dtype.itemsize == 2 or not input.ndim:
        return single(lambda x: np.reciprocal(np.exp(-x) + 1), input)
    y = np.negative(input)  # not through tanh, which rounds to -1 and would lose sigmoid(-20) = 2e-9
    np.exp(y, y)
    y += _UNIT.get(y.dtype, 1)
    return np.reciprocal(y, y)


@op(lambda g, y, x: g * (y > 0), inplace=True, promote=refusing(
    "b", "Boolean inputs not supported for relu", refusing("c", "clamp is not supported for complex types"),
    RuntimeError))
def relu(input: Any) -> Any:
    """max(input, 0).  As torch.relu."""
    return np.maximum(input, 0)


# ------------------------------------------------------------------ of two parts

@op(lambda g, y, a, b: np.where(a == 0, 0, g * (y / np.where(a == 0, 1, a))), lambda g, y, a, b: zeros(g),
    promote=takes("copysign", "first", keeping_numbers(refusing("c", "copysign_cpu", to_common_float))),
    inplace=True, numpy=np.copysign,
    node=lambda a, b: "CopysignBackward0" if isinstance(b, np.ndarray) else "CopysignBackward1")
def copysign(input: Any, other: Any) -> Any:
    """|input| with the sign of other.  As torch.copysign."""
    return np.copysign(input, other)


def _to_ldexp(arrays: list) -> None:
    """Whole exponents of floating numbers stay whole; any other becomes a floating number."""
    x, exponent = (np.asarray(a) for a in arrays)
    if x.dtype.kind in "fV" and exponent.dtype.kind == "b":
        raise NotImplementedError("\"ldexp_cpu_exp\" not implemented for 'Bool'")
    if x.dtype.kind not in "fV" or exponent.dtype.kind not in "iu":
        arrays[:] = [x, exponent]
        second = arrays[1:]
        to_float(second)
        arrays[1] = second[0]


@op(lambda g, y, a, b: g * np.exp2(b), lambda g, y, a, b: g * y * LN2, inplace=True, numpy=np.ldexp,
    promote=takes("ldexp", "both", _to_ldexp))
def ldexp(input: Any, other: Any) -> Any:
    """input * 2 ** other.  As torch.ldexp."""
    other = np.asarray(other)  # np.ldexp(tensor, 2) comes as it is
    if other.dtype.kind in "iu":
        return np.ldexp(input, np.clip(other.astype(np.int64), -10000, 10000).astype(np.int32))
    kind = result_dtype([input, other])
    return input.astype(kind) * np.exp2(other).astype(kind)


# ------------------------------------------------------------------ operators and in-place functions

Tensor.__neg__, Tensor.__pos__, Tensor.__abs__ = neg, positive, abs  # type: ignore[method-assign,attr-defined]
globals().update(inplace_functions(
    __all__, "abs", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "asin", "asinh",
    "atan", "atanh", "cos", "cosh", "deg2rad", "exp", "exp2", "expm1", "ldexp", "log", "log10", "log1p", "log2", "neg",
    "negative", "rad2deg", "relu", "sigmoid", "sin", "sinc", "sinh", "tan", "tanh"))
