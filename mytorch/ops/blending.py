"""Elementwise functions of several inputs: addcmul, addcdiv, lerp; x log y; entropy; the logit."""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .._types import cpp_name, is_inexact, result_dtype
from .._warnings import warn
from ..engine.op import inplace_of, op, to_common_float, to_float
from ..engine.tensor import Tensor
from ._shared import conjugate, in_single, inplace_functions, keeping_numbers, refusing, single, takes, type_name

__all__ = ["addcdiv", "addcmul", "lerp", "logit", "xlogy"]


# ------------------------------------------------------------------ addcmul, addcdiv

def _to_common_three(arrays: list) -> None:
    """Three tensors in their common type, `value` as a number of it."""
    kind = result_dtype(arrays[:3])
    if kind.kind == "b":
        raise NotImplementedError("\"addcmul_cpu_out\" not implemented for 'Bool'")
    arrays[:3] = [np.asarray(a).astype(kind, copy=False) for a in arrays[:3]]
    arrays[3] = np.asarray(arrays[3]).astype(kind).item()


def _to_common_quotient(arrays: list) -> None:
    if not any(is_inexact(np.asarray(a).dtype) for a in arrays[1:3]):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes.")
    _to_common_three(arrays)


_plus_product = in_single(lambda input, a, b, value: input + value * a * b)
_plus_quotient = in_single(lambda input, a, b, value: input + value * a / b)


@op(lambda g, y, x, a, b, value: g, lambda g, y, x, a, b, value: g * conjugate(b * value),
    lambda g, y, x, a, b, value: g * conjugate(a * value), name="addcmul", promote=_to_common_three, method=False)
def _addcmul(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    return _plus_product(input, tensor1, tensor2, value)


@op(lambda g, y, x, a, b, value: g, lambda g, y, x, a, b, value: g * conjugate(value / b),
    lambda g, y, x, a, b, value: -g * conjugate(value * a / (b * b)), name="addcdiv", promote=_to_common_quotient,
    method=False)
def _addcdiv(input: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    return _plus_quotient(input, tensor1, tensor2, value)


def _with_value(name: str, fn: Callable, doc: str) -> Callable:
    """The public function and the in-place method of an op with torch's `value`, which may also come second."""
    def ordered(title: str, tensors: tuple, value: Any) -> tuple:
        if len(tensors) == 3:
            warn(f"This overload of {title} is deprecated:\n\t{title}(Tensor input, Number value, Tensor "
                 f"tensor1, Tensor tensor2)\nConsider using one of the following signatures instead:\n\t"
                 f"{title}(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1)")
            return (*tensors[1:], tensors[0])
        return (*tensors, value)

    def run(input: Any, *tensors: Any, value: Any = 1, out: Any = None, **named: Any) -> Tensor:
        tensors += tuple(named.pop(n) for n in ("tensor1", "tensor2") if n in named)
        return fn(input, *ordered(name, tensors, value), out=out, **named)

    def run_(input: Tensor, *tensors: Any, value: Any = 1, **named: Any) -> Tensor:
        tensors += tuple(named.pop(n) for n in ("tensor1", "tensor2") if n in named)
        return write_back(input, *ordered(name + "_", tensors, value), **named)

    write_back = inplace_of(fn.op)  # type: ignore[attr-defined]
    for function, title in (run, name), (run_, name + "_"):
        function.__name__ = function.__qualname__ = title
        function.__doc__ = doc if function is run else f"In-place version of `{name}`."
        setattr(Tensor, title, function)
    return run


addcmul = _with_value("addcmul", _addcmul, "input + value * tensor1 * tensor2.  As torch.addcmul.")
addcdiv = _with_value("addcdiv", _addcdiv, "input + value * tensor1 / tensor2.  As torch.addcdiv.")


# ------------------------------------------------------------------ lerp

def _same_types(arrays: list) -> None:
    """All tensors must be of one floating or complex type."""
    start, end, weight = arrays
    for name, other in ("end", end), ("weight", weight):
        if isinstance(other, np.ndarray) and other.dtype != start.dtype:
            raise RuntimeError(f"expected dtype {cpp_name(start.dtype)} for `{name}` but got dtype "
                               f"{cpp_name(other.dtype)}")
    if not is_inexact(start.dtype):
        which = "tensor" if isinstance(weight, np.ndarray) else "scalar"
        raise NotImplementedError(f"\"lerp_kernel_{which}\" not implemented for '{type_name(start)}'")


@in_single
def _between(input: Any, end: Any, weight: Any) -> Any:
    """From the nearer end, so that weight = 1 gives `end` exactly."""
    step = end - input
    if not isinstance(weight, np.ndarray):
        return input + weight * step if abs(weight) < .5 else end - step * (1 - weight)
    return np.where(np.absolute(weight) < .5, input + weight * step, end - step * (1 - weight))


@op(lambda g, y, a, b, w: g * conjugate(1 - w), lambda g, y, a, b, w: g * conjugate(w),
    lambda g, y, a, b, w: g * conjugate(b - a), inplace=True, promote=_same_types,
    node=lambda a, b, w: "LerpBackward1" if isinstance(w, np.ndarray) else "LerpBackward0",
    listed={"LerpBackward0": (0, 1)})
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input).  As torch.lerp."""
    return _between(input, end, weight)


# ------------------------------------------------------------------ logarithms that know their limits

def _times_log(log: Callable) -> Callable:
    """a * log(b), zero where a is zero and b no nan."""
    def value(a: Any, b: Any) -> Any:
        if not isinstance(b, np.ndarray):
            b = np.asarray(b, a.dtype)
        product = a * log(b)
        return np.where(np.isnan(b), b, np.where(a == 0, 0, product))
    return value


_xlogy, _xlog1py = _times_log(np.log), _times_log(np.log1p)


def _log_slope(g: Any, a: Any, log_b: Any, zero: Any) -> Any:
    """d(a log b)/da: zero where a is zero and the logarithm none."""
    return np.where(np.logical_and(a == 0, zero), 0, g * log_b)


def _scalar_node(name: str) -> Callable:
    """torch numbers the node by which of the two inputs is a number."""
    def node(a: Any, b: Any) -> str:
        return f"{name}Backward{1 if not isinstance(a, np.ndarray) else 0 if isinstance(b, np.ndarray) else 2}"
    return node


@op(lambda g, y, a, b: _log_slope(g, a, np.log(b), b <= 0), lambda g, y, a, b: g * a / b, inplace=True,
    promote=takes("xlogy", "either", keeping_numbers(refusing("c", "xlogy_cpu", to_common_float))),
    node=_scalar_node("Xlogy"))
def xlogy(input: Any, other: Any) -> Any:
    """input * log(other), 0 where input is 0.  As torch.xlogy."""
    return _xlogy(input, other)


@op(lambda g, y, a, b: _log_slope(g, a, np.log1p(b), b <= -1), lambda g, y, a, b: g * a / (1 + b),
    name="special_xlog1py", method=False, node=_scalar_node("SpecialXlog1Py"),
    promote=takes("special_xlog1py", "either", keeping_numbers(refusing("c", "xlog1py_cpu", to_common_float))))
def xlog1py(input: Any, other: Any) -> Any:
    """input * log(1 + other), 0 where input is 0.  As torch.special.xlog1py."""
    return _xlog1py(input, other)


@op(lambda g, y, x: g * np.where(x < 0, np.nan, -np.log(x) - 1), name="special_entr", method=False,
    promote=refusing("c", "entr_cpu", to_float))
def entr(input: Any) -> Any:
    """-input * log(input), 0 at 0, -inf below.  As torch.special.entr."""
    inside = np.where(input > 0, input, 1)
    return np.where(np.isnan(input), input, np.where(input > 0, -inside * np.log(inside), np.where(
        input == 0, 0, -math.inf))).astype(input.dtype, copy=False)


def _logit_slope(g: Any, x: Any, eps: float | None) -> Any:
    low, high = (0.0, 1.0) if eps is None else (eps, 1 - eps)
    outside = np.logical_or(x < low, x > high)
    slope = g / (x * (1 - x))
    return np.where(outside, np.nan if eps is None else 0, slope)


@op(lambda g, y, x, eps: _logit_slope(g, x, eps), promote=refusing("c", "logit_cpu", lambda arrays: to_float(arrays)),
    inplace=True)
def logit(input: Any, eps: float | None = None) -> Any:
    """log(p / (1 - p)) of p = input, which is first brought into [eps, 1 - eps] where eps is given.  As torch.logit."""
    def odds(x: Any) -> Any:
        p = x if eps is None else np.minimum(np.maximum(x, eps), 1 - eps)
        return np.log(p / (1 - p))
    return single(odds, input)


globals().update(inplace_functions(__all__, "logit", "xlogy"))
