"""Quotients and powers: division with its roundings, pow, square and other roots."""
from __future__ import annotations

import builtins
import math
from typing import Any, Callable

import numpy as np

from .._types import is_inexact
from ..engine.op import inplace_of, method, op, to_common, to_common_float, to_float
from ..engine.tensor import Tensor
from ._shared import (
    alias,
    conjugate,
    inplace_functions,
    is_bool,
    is_complex,
    keeping_numbers,
    single,
    takes,
    type_name,
    zeros,
)

__all__ = ["div", "divide", "float_power", "pow", "reciprocal", "rsqrt", "sqrt", "square", "true_divide"]

_NUMBERS = (np.ndarray, int, float, builtins.complex, np.generic)


# ------------------------------------------------------------------ division

_div = op(lambda g, y, a, b: g / conjugate(b), lambda g, y, a, b: -g * conjugate(a / b / b),
          name="div", dunder="truediv", promote=to_common_float, inplace=True)(np.divide)


def to_divisible(name: str) -> Callable:
    """As to_common; integers have no quotient by zero, bools and complex numbers no whole quotient."""
    def promote(arrays: list) -> None:
        to_common(arrays)
        a, b = arrays
        kind = a.dtype.kind if isinstance(a, np.ndarray) else b.dtype.kind
        if kind in "bc":
            raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(a)}'")
        if kind in "iu" and not np.all(b):
            raise RuntimeError("ZeroDivisionError")
    return promote


@op(lambda g, y, a, b: zeros(g), lambda g, y, a, b: zeros(g), name="div", node="DivBackward2",
    promote=to_divisible("div_floor_cpu"), register=False, method=False)
def _div_floor(input: Any, other: Any) -> Any:
    return np.floor_divide(input, other)


@op(lambda g, y, a, b: zeros(g), lambda g, y, a, b: zeros(g), name="div", node="DivBackward2",
    promote=to_divisible("div_trunc_cpu"), register=False, method=False)
def div_trunc(input: Any, other: Any) -> Any:
    kind = np.result_type(input, other).kind
    if kind == "u":
        return np.floor_divide(input, other)
    if kind == "i":
        return (input - np.fmod(input, other)) // other
    return np.trunc(np.divide(input, other))


_DIVISIONS: dict[Any, Callable] = {None: _div, "floor": _div_floor, "trunc": div_trunc}


def _division(rounding_mode: Any) -> Callable:
    if rounding_mode not in _DIVISIONS:
        raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                           f"'{rounding_mode}'")
    return _DIVISIONS[rounding_mode]


@method()
def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """input / other; rounded toward zero ("trunc") or down ("floor") on request.  As torch.div."""
    return _division(rounding_mode)(input, other, out=out)


@method("div_")
def _div_inplace(input: Tensor, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """In-place version of `div`."""
    return inplace_of(_division(rounding_mode).op)(input, other)  # type: ignore[attr-defined]


divide = alias("divide", div)


@method()
def true_divide(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """input / other.  As torch.true_divide."""
    return _div(input, other, out=out)


Tensor.true_divide_ = inplace_of(_div.op)  # type: ignore[attr-defined]
reciprocal = op(lambda g, y, x: -g * conjugate(y * y), promote=to_float, inplace=True)(np.reciprocal)


@method("__rtruediv__", "__rdiv__")
def _reflected_division(self: Any, other: Any) -> Any:
    """other / self, computed as torch computes it: rounded twice."""
    return self.reciprocal() * (np.asarray(other) if isinstance(other, (list, tuple)) else other)


# ------------------------------------------------------------------ powers

def _base_slope(g: Any, a: Any, b: Any) -> Any:
    """d(a ** b)/da: zero at b = 0 whatever a is."""
    if not isinstance(b, np.ndarray):
        return g * conjugate(b * a ** (b - 1)) if b != 0 else zeros(g)
    return np.where(b == 0, 0, g * conjugate(b * a ** (b - 1)))


def _exponent_slope(g: Any, y: Any, a: Any, b: Any) -> Any:
    """d(a ** b)/db = a**b log a; zero where a is zero and the power is finite."""
    if not isinstance(a, np.ndarray):
        if a == 0:
            return np.where(b == 0 if is_complex(b) else b >= 0, 0, g * conjugate(y * -math.inf))
        return g * conjugate(y * np.log(a).item())
    zero = np.logical_and(a == 0, (b.real if is_complex(b) else b) >= 0)
    return np.where(zero, 0, g * conjugate(y * np.log(a)))


def _to_power(arrays: list) -> None:
    base, exponent = arrays
    if isinstance(exponent, int) and exponent < 0 and isinstance(base, np.ndarray) and not is_inexact(base.dtype):
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    to_common(arrays)
    if is_bool(arrays[0]) and is_bool(arrays[1]) and isinstance(exponent, np.ndarray):
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")


def _power_node(base: Any, exponent: Any) -> str:
    return ("PowBackward0" if not isinstance(exponent, np.ndarray) else
            "PowBackward1" if isinstance(base, np.ndarray) else "PowBackward2")


_POWER_INPUTS = {"PowBackward0": (0,), "PowBackward2": (1,)}


@op(lambda g, y, a, b: _base_slope(g, a, b), lambda g, y, a, b: _exponent_slope(g, y, a, b),
    promote=takes("pow", "either", keeping_numbers(_to_power)), inplace=True, node=_power_node, numpy=np.power,
    method=("pow", "__pow__"), listed=_POWER_INPUTS)
def pow(input: Any, exponent: Any) -> Any:
    """input ** exponent.  As torch.pow."""
    if not isinstance(input, np.ndarray):
        return np.power(np.asarray(input, exponent.dtype), exponent)
    if isinstance(exponent, np.ndarray) and exponent.dtype.kind == "i" and (exponent < 0).any():
        # an integer has a negative power only where it is 1 or -1
        whole = input ** np.where(exponent < 0, -exponent, exponent)
        return np.where((exponent < 0) & (np.absolute(input) != 1), 0, whole).astype(whole.dtype, copy=False)
    if input.dtype.kind == "b":  # torch: True ** False is the only power of bools, and only of a number
        return np.array(input) if exponent else np.ones_like(input)
    return input ** exponent  # the operator, not np.power: it knows squares and square roots


Tensor.__ipow__ = Tensor.pow_  # type: ignore[attr-defined,method-assign]


@method("__rpow__")
def _rpow_operator(self: Tensor, base: Any) -> Any:
    return pow(base, self) if isinstance(base, _NUMBERS) else NotImplemented


def _to_double(arrays: list) -> None:
    """Both operands in double precision."""
    wide = np.complex128 if is_complex(arrays[0]) or is_complex(arrays[1]) else np.float64
    arrays[:2] = [np.asarray(a).astype(wide) if isinstance(a, np.ndarray) else a for a in arrays[:2]]


@op(lambda g, y, a, b: _base_slope(g, a, b), lambda g, y, a, b: _exponent_slope(g, y, a, b),
    promote=takes("float_power", "either", _to_double), node=_power_node, numpy=np.float_power,
    listed=_POWER_INPUTS)
def float_power(input: Any, exponent: Any) -> Any:
    """input ** exponent in double precision.  As torch.float_power."""
    return np.float_power(input, exponent)


@method()
def float_power_(input: Tensor, exponent: Any) -> Tensor:
    """In-place version of `float_power`: only for tensors of double precision."""
    complex_ = is_complex(input) or is_complex(exponent)
    if input.dtype != (np.complex128 if complex_ else np.float64):
        raise RuntimeError(f"the base given to float_power_ has dtype {type_name(input)} but the operation's result "
                           f"requires dtype {'ComplexDouble' if complex_ else 'Double'}")
    return Tensor.pow_(input, exponent)  # type: ignore[attr-defined]


def _to_square(arrays: list) -> None:
    if is_bool(arrays[0]):
        arrays[0] = arrays[0].astype(np.int64)


_one: dict[str, Any] = dict(promote=to_float, inplace=True)
sqrt = op(lambda g, y, x: g / (2 * conjugate(y)), **_one)(np.sqrt)
square = op(lambda g, y, x: g * conjugate(2 * x), node="PowBackward0", promote=_to_square, inplace=True)(np.square)
op(lambda g, y, x: g / (3 * y * y), name="cbrt", register=False, method=False)(np.cbrt)


@op(lambda g, y, x: -.5 * g * conjugate(y * y * y), **_one)
def rsqrt(input: Any) -> Any:
    """1 / sqrt(input).  As torch.rsqrt."""
    return single(lambda x: np.reciprocal(np.sqrt(x)), input)


Tensor.__div__, Tensor.__idiv__ = Tensor.__truediv__, Tensor.__itruediv__  # type: ignore[attr-defined]
globals().update(inplace_functions(__all__, "reciprocal", "rsqrt", "sqrt", "square"))
