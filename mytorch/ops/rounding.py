"""Whole parts, remainders, signs; common divisors; the parts of a floating number."""
from __future__ import annotations

import builtins
from typing import Any, Callable

import numpy as np

from .. import return_types
from ..engine.op import numpy_face, op, placed, to_common
from ._shared import alias, inplace_functions, keeping_numbers, no_derivative, refusing, single, takes, type_name, zeros
from .powers import div_trunc, to_divisible

__all__ = ["ceil", "fix", "floor", "floor_divide", "fmod", "frac", "frexp", "gcd", "lcm", "nextafter", "remainder",
           "round", "sgn", "sign", "trunc"]


# ------------------------------------------------------------------ whole parts

def _whole_part(name: str, ufunc: Callable) -> Callable:
    """A rounding that leaves integers as they are."""
    def round_to_whole(input: Any) -> Any:
        return ufunc(input) if input.dtype.kind in "fV" else np.array(input)
    round_to_whole.__name__ = name
    round_to_whole.__doc__ = f"{ufunc.__name__}(input), elementwise; its gradient is zero.  As torch.{name}."
    return op(lambda g, y, x: zeros(g), numpy=ufunc, inplace=True, promote=refusing(
        "b", f"{name}_vml_cpu", refusing("c", f"{name} is not supported for complex inputs")))(round_to_whole)


floor, ceil, trunc = _whole_part("floor", np.floor), _whole_part("ceil", np.ceil), _whole_part("trunc", np.trunc)
fix = alias("fix", trunc)
numpy_face(np.fix)(trunc)


@op(lambda g, y, x, decimals: zeros(g), inplace=True, promote=refusing("bc", "round_vml_cpu"), numpy=np.rint,
    node=lambda x, decimals: "RoundBackward1" if decimals else "RoundBackward0")
def round(input: Any, decimals: int = 0) -> Any:
    """To the nearest multiple of 10 ** -decimals, ties to even.  As torch.round."""
    if input.dtype.kind not in "fV":
        if decimals:
            raise NotImplementedError(f"\"round_cpu\" not implemented for '{type_name(input)}'")
        return np.array(input)
    if not decimals:
        return np.rint(input)
    scale = 10.0 ** builtins.abs(decimals)
    return single(lambda x: np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale, input)


@numpy_face(np.round, np.around)
def _numpy_round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    return placed(round(a, decimals), out)


@op(lambda g, y, x: g, inplace=True, promote=refusing("biuc", "frac_cpu"))
def frac(input: Any) -> Any:
    """input - trunc(input).  As torch.frac."""
    return input - np.trunc(input)


@op(lambda g, y, x: g[0], name="modf", register=False, method=False, several=True,
    numpy=np.modf)
def _modf(input: Any) -> Any:
    return np.modf(input)


# ------------------------------------------------------------------ signs

def _real_sign(x: Any) -> Any:
    """-1, 0 or 1; of nan 0, as torch has it."""
    return np.array(x) if x.dtype.kind == "b" else np.subtract(x > 0, x < 0, dtype=x.dtype)


@op(lambda g, y, x: zeros(g), inplace=True, promote=refusing(
    "c", "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."))
def sign(input: Any) -> Any:
    """-1, 0 or 1.  As torch.sign."""
    return _real_sign(input)


def _sgn_slope(g: Any, y: Any, x: Any) -> Any:
    """What turns with x, divided by its size; a real sign does not turn."""
    if x.dtype.kind != "c":
        return zeros(g)
    size = np.absolute(x)
    across = (g - (g * np.conj(y)).real * y) / np.where(size == 0, 1, size)
    return np.where(size == 0, 0, across)


@op(lambda g, y, x: _sgn_slope(g, y, x), inplace=True)
def sgn(input: Any) -> Any:
    """input / |input|, 0 at 0.  As torch.sgn."""
    return np.sign(input) if input.dtype.kind == "c" else _real_sign(input)


op(lambda g, y, x: _sgn_slope(g, y, x), name="sgn", register=False, method=False)(np.sign)


# ------------------------------------------------------------------ remainders

def _numbered(name: str) -> Callable:
    """torch's node: 0 beside a number, 1 beside a tensor."""
    return lambda a, b: f"{name}Backward{int(isinstance(b, np.ndarray))}"


_no_quotient = no_derivative("derivative for aten::floor_divide is not implemented")
floor_divide = op(_no_quotient, _no_quotient, name="floor_divide", dunder="floordiv", reflected="rfloordiv",
                  promote=to_divisible("div_floor_cpu"), inplace=True, node="NotImplemented")(np.floor_divide)
op(lambda g, y, a, b: zeros(g), lambda g, y, a, b: zeros(g), name="floor_divide", register=False,
   method=False)(np.floor_divide)  # NumPy's face: a step function has the gradient zero
remainder = op(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b), name="remainder", dunder="mod",
               reflected="rmod", inplace=True, node=_numbered("Remainder"),
               promote=takes("remainder", "either", keeping_numbers(to_divisible("remainder_cpu"))))(np.remainder)
fmod = op(lambda g, y, a, b: g, lambda g, y, a, b: -g * div_trunc(a, b), name="fmod", inplace=True,
          node=_numbered("Fmod"), promote=takes("fmod", "first", keeping_numbers(to_divisible("fmod_cpu"))))(np.fmod)


@op(lambda g, y, a, b: g[1], lambda g, y, a, b: -g[1] * np.floor_divide(a, b), name="divmod", register=False,
    method=False, several=True, numpy=np.divmod)
def _divmod(input: Any, other: Any) -> Any:
    return np.divmod(input, other)


# ------------------------------------------------------------------ integers

gcd = op(name="gcd", promote=takes("gcd", "both", refusing("bfVc", "gcd_cpu", to_common)), inplace=True)(np.gcd)
lcm = op(name="lcm", promote=takes("lcm", "both", refusing("bfVc", "lcm_cpu", to_common)), inplace=True)(np.lcm)


# ------------------------------------------------------------------ floating numbers

nextafter = op(
    lambda g, y, a, b: np.where(a == b, 0, g), lambda g, y, a, b: zeros(g), name="nextafter", inplace=True,
    promote=takes("nextafter", "both", refusing("biuc", "nextafter_cpu", to_common)))(np.nextafter)


@op(lambda g, y, x: g / np.exp2(y[1].astype(g.dtype)), several=True, numpy=np.frexp, promote=refusing(
    "biuc", "torch.frexp() only supports floating-point dtypes", error=RuntimeError))
def frexp(input: Any) -> Any:
    """(mantissa, exponent) with mantissa * 2 ** exponent = input and 0.5 <= |mantissa| < 1.  As torch.frexp."""
    return return_types.frexp(*np.frexp(input))


globals().update(inplace_functions(__all__, "ceil", "fix", "floor", "frac", "gcd", "lcm", "round", "trunc"))
