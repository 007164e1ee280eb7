"""Arithmetic and functions of one element.  A row: the NumPy function, and per input the rule of its gradient.

`g` is the gradient of the result, `y` the result, `a, b` or `x` the inputs.  Sums over broadcast axes, types and
in-place forms are the engine's.  A name that torch has twice (`abs`, `absolute`) is one op under two names.
"""
from __future__ import annotations

import builtins
import math
from typing import Any, Callable

import numpy as np

from .._op import inplace_of, method, numpy_face, op, to_common, to_common_float, to_float
from .._tensor import Tensor
from .._types import is_inexact

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "addcdiv", "addcmul", "arccos", "arccosh", "arcsin", "arcsinh",
    "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2", "atanh", "copysign", "cos", "cosh", "deg2rad",
    "div", "divide", "exp", "exp2", "expm1", "float_power", "hypot", "ldexp", "lerp", "log", "log10", "log1p", "log2",
    "logaddexp", "logaddexp2", "mul", "multiply", "neg", "negative", "positive", "pow", "rad2deg", "reciprocal",
    "relu", "relu_", "rsqrt", "rsub", "sigmoid", "sin", "sinc", "sinh", "sqrt", "square", "sub", "subtract", "tan",
    "tanh", "true_divide"]

LN2, LN10 = math.log(2), math.log(10)


def alias(name: str, fn: Callable) -> Callable:
    """torch's second name for `fn`: as a method and in place too, where `fn` has those."""
    for end in ("", "_"):
        found = getattr(Tensor, fn.__name__ + end, None)
        if found is not None:
            setattr(Tensor, name + end, found)
    return fn


def _conj(x: Any) -> Any:
    """The conjugate where x is complex: torch's gradients are those of the conjugate coordinate."""
    if isinstance(x, np.ndarray):
        return np.conj(x) if x.dtype.kind == "c" else x
    return x.conjugate() if type(x) is builtins.complex else x


def is_bool(x: Any) -> builtins.bool:
    return type(x) is bool or getattr(x, "dtype", None) == bool


# ------------------------------------------------------------------ sums, products, quotients

def _to_difference(arrays: list) -> None:
    """As to_common; bools have no difference."""
    if is_bool(arrays[0]) and is_bool(arrays[1]):
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                           "`logical_xor()` operator instead.")
    if is_bool(arrays[0]) or is_bool(arrays[1]):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                           "invert a mask, use the `~` or `logical_not()` operator instead.")
    to_common(arrays)


_both: dict[str, Any] = dict(promote=to_common, inplace=True)
_add = op(lambda g, y, a, b: g, lambda g, y, a, b: g,
          name="add", dunder="add", reflected="radd", **_both)(np.add)
_sub = op(lambda g, y, a, b: g, lambda g, y, a, b: -g,
          name="sub", dunder="sub", reflected="rsub", promote=_to_difference, inplace=True)(np.subtract)
mul = op(lambda g, y, a, b: g * _conj(b), lambda g, y, a, b: g * _conj(a),
         name="mul", dunder="mul", reflected="rmul", **_both)(np.multiply)
_div = op(lambda g, y, a, b: g / _conj(b), lambda g, y, a, b: -g * _conj(y / b),
          name="div", dunder="truediv", reflected="rtruediv", promote=to_common_float, inplace=True)(np.divide)


def _check_alpha(kind: np.dtype, alpha: Any) -> None:
    """Raise where torch does not take `alpha` for a result of this type."""
    if isinstance(alpha, bool) and kind.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and kind.kind in "iub":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, builtins.complex) and kind.kind != "c":
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")


@op(lambda g, y, a, b, alpha: g, lambda g, y, a, b, alpha: g * _conj(alpha),
    name="add", promote=to_common, register=False, method=False)
def _add_scaled(input: Any, other: Any, alpha: Any = 1) -> Any:
    scaled = np.asarray(other)
    _check_alpha(np.result_type(input, scaled), alpha)
    return np.add(input, scaled * np.asarray(alpha).astype(scaled.dtype))


@op(lambda g, y, a, b, alpha: g, lambda g, y, a, b, alpha: -g * _conj(alpha),
    name="sub", promote=_to_difference, register=False, method=False)
def _sub_scaled(input: Any, other: Any, alpha: Any = 1) -> Any:
    scaled = np.asarray(other)
    _check_alpha(np.result_type(input, scaled), alpha)
    return np.subtract(input, scaled * np.asarray(alpha).astype(scaled.dtype))


@method()
def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input + alpha * other.  As torch.add."""
    if type(alpha) is int and alpha == 1:
        return _add(input, other) if out is None else _add(input, other, out=out)
    return _add_scaled(input, other, alpha, out=out)


@method()
def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
    """input - alpha * other.  As torch.sub."""
    if type(alpha) is int and alpha == 1:
        return _sub(input, other) if out is None else _sub(input, other, out=out)
    return _sub_scaled(input, other, alpha, out=out)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input.  As torch.rsub."""
    return sub(other, input, alpha=alpha)


Tensor.add_ = inplace_of(_add_scaled.op)  # type: ignore[attr-defined]
Tensor.sub_ = inplace_of(_sub_scaled.op)  # type: ignore[attr-defined]
multiply, subtract = alias("multiply", mul), alias("subtract", sub)


# ------------------------------------------------------------------ division

@op(lambda g, y, a, b: np.zeros(g.shape, g.dtype), lambda g, y, a, b: np.zeros(g.shape, g.dtype),
    name="div", node="DivBackward1", promote=to_common, register=False, method=False)
def _div_floor(input: Any, other: Any) -> Any:
    return np.floor_divide(input, other)


@op(lambda g, y, a, b: np.zeros(g.shape, g.dtype), lambda g, y, a, b: np.zeros(g.shape, g.dtype),
    name="div", node="DivBackward1", promote=to_common, register=False, method=False)
def _div_trunc(input: Any, other: Any) -> Any:
    return np.trunc(np.divide(input, other))


_DIVISIONS: dict[Any, Callable] = {None: _div, "floor": _div_floor, "trunc": _div_trunc}


def _division(rounding_mode: Any) -> Callable:
    if rounding_mode not in _DIVISIONS:
        raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                           f"'{rounding_mode}'")
    return _DIVISIONS[rounding_mode]


@method()
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """input / other; rounded toward zero ("trunc") or down ("floor") on request.  As torch.div."""
    return _division(rounding_mode)(input, other, out=out)


@method()
def div_(input: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """In-place version of `div`."""
    return inplace_of(_division(rounding_mode).op)(input, other)  # type: ignore[attr-defined]


@method()
def true_divide(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input / other.  As torch.true_divide."""
    return _div(input, other, out=out)


divide = alias("divide", div)
Tensor.true_divide_ = inplace_of(_div.op)  # type: ignore[attr-defined]
reciprocal = op(lambda g, y, x: -g * _conj(y * y), name="reciprocal", promote=to_float, inplace=True,
                )(np.reciprocal)


# ------------------------------------------------------------------ sign

def _not_bool(arrays: list) -> None:
    if is_bool(arrays[0]):
        raise RuntimeError("Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert "
                           "a mask, use the `~` or `logical_not()` operator instead.")


neg = op(lambda g, y, x: -g, name="neg", promote=_not_bool, inplace=True)(np.negative)
negative = alias("negative", neg)
Tensor.__neg__ = lambda self: neg(self)  # type: ignore[method-assign]
positive = op(lambda g, y, x: g, name="positive")(np.positive)
Tensor.__pos__ = lambda self: positive(self)  # type: ignore[method-assign]
abs = op(lambda g, y, x: g * np.sign(x), name="abs", inplace=True)(np.absolute)
absolute = alias("absolute", abs)
Tensor.__abs__ = lambda self: abs(self)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ powers

def _base_slope(g: Any, a: Any, b: Any) -> Any:
    """d(a ** b)/da: zero at b = 0 whatever a is."""
    if not isinstance(b, np.ndarray):
        return g * _conj(b * a ** (b - 1)) if b != 0 else np.zeros(g.shape, g.dtype)
    return np.where(b == 0, 0, g * _conj(b * a ** (b - 1)))


def _exponent_slope(g: Any, y: Any, a: Any, b: Any) -> Any:
    """d(a ** b)/db = a**b log a; zero where a is zero and the power is finite."""
    zero = np.logical_and(a == 0, b == 0 if is_complex(b) else b >= 0)
    return np.where(zero, 0, g * _conj(y * np.log(a)))


def is_complex(x: Any) -> builtins.bool:
    return x.dtype.kind == "c" if isinstance(x, np.ndarray) else type(x) is builtins.complex


def _to_power(arrays: list) -> None:
    base, exponent = arrays
    if isinstance(exponent, int) and exponent < 0 and isinstance(base, np.ndarray) and not is_inexact(base.dtype):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    to_common(arrays)


def _power_node(base: Any, exponent: Any) -> str:
    return "PowBackward0" if not isinstance(exponent, np.ndarray) else "PowBackward1"


@op(lambda g, y, a, b: _base_slope(g, a, b), lambda g, y, a, b: _exponent_slope(g, y, a, b),
    promote=_to_power, inplace=True, node=_power_node, numpy=np.power)
def pow(input: Any, exponent: Any) -> Any:
    """input ** exponent.  As torch.pow."""
    if not isinstance(input, np.ndarray):
        input = np.asarray(input, getattr(exponent, "dtype", None))
    if isinstance(exponent, np.ndarray) and exponent.dtype.kind in "iu" and (exponent < 0).any():
        # integers have a negative power only where the base is 1 or -1
        whole = input ** np.where(exponent < 0, -exponent, exponent)
        return np.where((exponent < 0) & (np.absolute(input) != 1), 0, whole).astype(exponent.dtype)
    if input.dtype == bool:
        return np.power(input.astype(np.int8), exponent).astype(bool)
    return input ** exponent  # the operator, not np.power: it knows squares and square roots


@method("__pow__")
def _pow_operator(self: Any, exponent: Any) -> Any:
    return pow(self, exponent) if isinstance(exponent, (np.ndarray, int, float, builtins.complex, np.generic)) \
        else NotImplemented


@method("__rpow__")
def _rpow_operator(self: Any, base: Any) -> Any:
    return pow(base, self) if isinstance(base, (np.ndarray, int, float, builtins.complex, np.generic)) \
        else NotImplemented


Tensor.__ipow__ = Tensor.pow_  # type: ignore[attr-defined,method-assign]


def _to_double(arrays: list) -> None:
    """Both operands in double precision."""
    wide = np.complex128 if is_complex(arrays[0]) or is_complex(arrays[1]) else np.float64
    arrays[:2] = [np.asarray(a).astype(wide) for a in arrays[:2]]


@op(lambda g, y, a, b: _base_slope(g, a, b), lambda g, y, a, b: _exponent_slope(g, y, a, b),
    promote=_to_double, node="PowBackward1", inplace=True, numpy=np.float_power)
def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent in double precision.  As torch.float_power."""
    return np.float_power(input, exponent)


_one: dict[str, Any] = dict(promote=to_float, inplace=True)
sqrt = op(lambda g, y, x: g / (2 * _conj(y)), **_one)(np.sqrt)
square = op(lambda g, y, x: g * _conj(2 * x), node="PowBackward0", inplace=True)(np.square)
op(lambda g, y, x: g / (3 * y * y), name="cbrt", register=False, method=False)(np.cbrt)


@op(lambda g, y, x: -.5 * g * _conj(y * y * y), **_one)
def rsqrt(input: Any) -> Any:
    """1 / sqrt(input).  As torch.rsqrt."""
    return np.reciprocal(np.sqrt(input))


# ------------------------------------------------------------------ exponentials and logarithms

exp = op(lambda g, y, x: g * _conj(y), **_one)(np.exp)
exp2 = op(lambda g, y, x: g * _conj(y) * LN2, **_one)(np.exp2)
expm1 = op(lambda g, y, x: g * _conj(y + 1), **_one)(np.expm1)
log = op(lambda g, y, x: g / _conj(x), **_one)(np.log)
log2 = op(lambda g, y, x: g / (_conj(x) * LN2), **_one)(np.log2)
log10 = op(lambda g, y, x: g / (_conj(x) * LN10), **_one)(np.log10)
log1p = op(lambda g, y, x: g / _conj(1 + x), **_one)(np.log1p)
logaddexp = op(lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y),
               promote=to_common)(np.logaddexp)
logaddexp2 = op(lambda g, y, a, b: g * np.exp2(a - y), lambda g, y, a, b: g * np.exp2(b - y),
                promote=to_common)(np.logaddexp2)


# ------------------------------------------------------------------ circular and hyperbolic functions

sin = op(lambda g, y, x: g * _conj(np.cos(x)), **_one)(np.sin)
cos = op(lambda g, y, x: -g * _conj(np.sin(x)), **_one)(np.cos)
tan = op(lambda g, y, x: g * _conj(1 + y * y), **_one)(np.tan)
asin = op(lambda g, y, x: g / _conj(np.sqrt(1 - x * x)), name="asin", **_one)(np.arcsin)
acos = op(lambda g, y, x: -g / _conj(np.sqrt(1 - x * x)), name="acos", **_one)(np.arccos)
atan = op(lambda g, y, x: g / _conj(1 + x * x), name="atan", **_one)(np.arctan)
sinh = op(lambda g, y, x: g * _conj(np.cosh(x)), **_one)(np.sinh)
cosh = op(lambda g, y, x: g * _conj(np.sinh(x)), **_one)(np.cosh)
tanh = op(lambda g, y, x: g * (1 - _conj(y * y)), node="TanhBackward0", **_one)(np.tanh)
asinh = op(lambda g, y, x: g / _conj(np.sqrt(x * x + 1)), name="asinh", **_one)(np.arcsinh)
acosh = op(lambda g, y, x: g / _conj(np.sqrt(x - 1) * np.sqrt(x + 1)), name="acosh", **_one)(np.arccosh)
atanh = op(lambda g, y, x: g / _conj(1 - x * x), name="atanh", **_one)(np.arctanh)
arcsin, arccos, arctan = alias("arcsin", asin), alias("arccos", acos), alias("arctan", atan)
arcsinh, arccosh, arctanh = alias("arcsinh", asinh), alias("arccosh", acosh), alias("arctanh", atanh)
atan2 = op(lambda g, y, a, b: g * b / (a * a + b * b), lambda g, y, a, b: -g * a / (a * a + b * b),
           name="atan2", promote=to_common_float, inplace=True)(np.arctan2)
arctan2 = alias("arctan2", atan2)
hypot = op(lambda g, y, a, b: g * (a / y), lambda g, y, a, b: g * (b / y), promote=to_common, inplace=True)(np.hypot)
deg2rad = op(lambda g, y, x: g * (math.pi / 180), node="Deg2RadBackward0", **_one)(np.deg2rad)
rad2deg = op(lambda g, y, x: g * (180 / math.pi), node="Rad2DegBackward0", **_one)(np.rad2deg)


def _sinc_slope(x: Any) -> Any:
    """d/dx sin(pi x)/(pi x), zero at zero."""
    at_zero = x == 0
    angle = np.where(at_zero, 1, x) * math.pi
    return np.where(at_zero, 0, (np.cos(angle) * angle - np.sin(angle)) / (angle * angle) * math.pi)


@op(lambda g, y, x: g * _conj(_sinc_slope(x)), **_one)
def sinc(input: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0.  As torch.sinc."""
    return np.sinc(input).astype(input.dtype)


numpy_face(np.sinc)(sinc)


# ------------------------------------------------------------------ the activations everything else is made of

@op(lambda g, y, x: g * _conj((1 - y) * y), **_one)
def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-input)).  As torch.sigmoid."""
    # through exp, not tanh: tanh rounds to -1 and would lose sigmoid(-20) = 2e-9
    y = np.exp(-input)
    y += 1
    return np.reciprocal(y)


@op(lambda g, y, x: g * (y > 0), inplace=True)
def relu(input: Any) -> Any:
    """max(input, 0).  As torch.relu."""
    return np.maximum(input, 0)


def relu_(input: Tensor) -> Tensor:
    """In-place version of `relu`."""
    return input.relu_()  # type: ignore[attr-defined]


# ------------------------------------------------------------------ of several inputs

@op(lambda g, y, x, a, b, value: g, lambda g, y, x, a, b, value: g * _conj(b * value),
    lambda g, y, x, a, b, value: g * _conj(a * value), inplace=True)
def addcmul(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2.  As torch.addcmul."""
    return input + value * tensor1 * tensor2


@op(lambda g, y, x, a, b, value: g, lambda g, y, x, a, b, value: g * _conj(value / b),
    lambda g, y, x, a, b, value: -g * _conj(value * a / (b * b)), inplace=True)
def addcdiv(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2.  As torch.addcdiv."""
    return input + value * (tensor1 / tensor2)


@op(lambda g, y, a, b, w: g * _conj(1 - w), lambda g, y, a, b, w: g * _conj(w),
    lambda g, y, a, b, w: g * _conj(b - a), inplace=True,
    node=lambda a, b, w: "LerpBackward1" if isinstance(w, np.ndarray) else "LerpBackward0")
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input).  As torch.lerp."""
    # from the nearer end, so that weight = 1 gives `end` exactly
    step = end - input
    return np.where(np.absolute(weight) < .5, input + weight * step, end - step * (1 - weight))


@op(lambda g, y, a, b: np.where(a == 0, 0, g * (y / a)), lambda g, y, a, b: np.zeros(g.shape, g.dtype),
    promote=to_common_float, inplace=True, numpy=np.copysign)
def copysign(input: Any, other: Any) -> Any:
    """|input| with the sign of other.  As torch.copysign."""
    return np.copysign(input, other)


def ldexp(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input * 2 ** other.  As torch.ldexp."""
    return mul(input, pow(2.0, other), out=out)


method()(ldexp)
