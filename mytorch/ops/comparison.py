"""Comparison, logic, choice: results are bool, or one of the inputs."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._types import finfo, result_dtype
from ..engine.op import (
    apply,
    as_array,
    method,
    numpy_face,
    op,
    placed,
    reflected_of,
    shapes_differ,
    to_common,
    write_out,
)
from ..engine.tensor import Tensor, plain, tensor_of
from ._shared import alias, inplace_functions, no_derivative, refusing, takes, type_name, with_out, zeros

__all__ = [
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "clamp", "clamp_max", "clamp_min", "clip", "eq", "equal", "fmax", "fmin", "ge", "greater",
    "greater_equal", "gt", "heaviside", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "maximum",
    "minimum", "nan_to_num", "ne", "not_equal", "signbit", "where"]


# ------------------------------------------------------------------ order

def _ordered(name: str, ufunc: Any, kinds: str = "c") -> Callable:
    def promote(arrays: list) -> None:
        if arrays[1] is None:
            raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, NoneType)")
        to_common(arrays)
    return op(name=name, dunder=name, inplace=True,
              promote=takes(name, "first", refusing(kinds, f"{name}_cpu", promote)))(ufunc)


eq, ne = _ordered("eq", np.equal, ""), _ordered("ne", np.not_equal, "")
lt, le = _ordered("lt", np.less), _ordered("le", np.less_equal)
gt, ge = _ordered("gt", np.greater), _ordered("ge", np.greater_equal)
not_equal, less, less_equal = alias("not_equal", ne), alias("less", lt), alias("less_equal", le)
greater, greater_equal = alias("greater", gt), alias("greater_equal", ge)


# ------------------------------------------------------------------ logic

logical_and = op(name="logical_and", inplace=True, promote=takes("logical_and", "both"))(np.logical_and)
logical_or = op(name="logical_or", inplace=True, promote=takes("logical_or", "both"))(np.logical_or)
logical_xor = op(name="logical_xor", inplace=True, promote=takes("logical_xor", "both"))(np.logical_xor)
logical_not = op(name="logical_not", inplace=True)(np.logical_not)


def _bitwise(name: str, dunder: str, ufunc: Any, kinds: str = "fVc", kernel: str = "") -> Callable:
    """A function of bits and its operators; no ufunc forward, because the engine hands those floats unasked."""
    made = op(name=name, names=("input", "other"), numpy=ufunc, inplace=True, method=(name, f"__{dunder}__"),
              promote=takes(name, "either", refusing(kinds, kernel or f"{name}_cpu", to_common)))(
        lambda input, other: ufunc(input, other))
    method(f"__r{dunder}__")(reflected_of(made.op))
    setattr(Tensor, f"__i{dunder}__", getattr(Tensor, name + "_"))
    return made


bitwise_and = _bitwise("bitwise_and", "and", np.bitwise_and)
bitwise_or = _bitwise("bitwise_or", "or", np.bitwise_or)
bitwise_xor = _bitwise("bitwise_xor", "xor", np.bitwise_xor)
bitwise_left_shift = _bitwise("bitwise_left_shift", "lshift", np.left_shift, "bfVc", "lshift_cpu")
bitwise_right_shift = _bitwise("bitwise_right_shift", "rshift", np.right_shift, "bfVc", "rshift_cpu")


@op(inplace=True, numpy=np.invert, promote=refusing("fVc", "bitwise_not_cpu"))
def bitwise_not(input: Any) -> Any:
    """Every bit turned over; of bools, not.  As torch.bitwise_not."""
    return np.invert(input)




@method("__invert__")
def _invert(self: Tensor) -> Tensor:
    """~self, of integers and bools."""
    if self.dtype.kind in "fVc":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


# ------------------------------------------------------------------ what kind of number

isnan, isinf, isfinite = op(name="isnan")(np.isnan), op(name="isinf")(np.isinf), op(name="isfinite")(np.isfinite)


@op(numpy=np.signbit, promote=refusing("c", "signbit is not implemented for complex tensors."))
def signbit(input: Any) -> Any:
    """Where input is negative, -0.0 included.  As torch.signbit."""
    return np.signbit(input) if input.dtype.kind in "fV" else np.less(input, 0)


@op(promote=refusing("c", "isposinf does not support complex inputs.", error=RuntimeError))
def isposinf(input: Any) -> Any:
    """Where input is +inf.  As torch.isposinf."""
    return np.equal(input, np.inf)


@op(promote=refusing("c", "isneginf does not support complex inputs.", error=RuntimeError))
def isneginf(input: Any) -> Any:
    """Where input is -inf.  As torch.isneginf."""
    return np.equal(input, -np.inf)


@op()
def isreal(input: Any) -> Any:
    """Where input has no imaginary part.  As torch.isreal."""
    return np.equal(input.imag, 0)


for _np_function, _function in (np.isposinf, isposinf), (np.isneginf, isneginf), (np.isreal, isreal):
    numpy_face(_np_function)(_function)


# ------------------------------------------------------------------ nearly equal, equal, among

@method()
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| <= atol + rtol * |other|.  As torch.isclose."""
    a, b = plain(input), plain(other)
    takes("isclose", "both")([a, b])
    if a.dtype != b.dtype:
        raise RuntimeError(f"{type_name(a)} did not match {type_name(b)}")
    for name, value in ("rtol", rtol), ("atol", atol):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    try:
        close = np.equal(a, b)
    except ValueError as error:
        raise shapes_differ(error, [a, b]) from None
    if equal_nan:
        close |= np.isnan(a) & np.isnan(b)
    if rtol or atol:
        if a.dtype.kind in "iub":
            a, b = a.astype(np.float64), b.astype(np.float64)
        distance = np.absolute(a - b)
        close |= np.isfinite(distance) & (distance <= atol + np.absolute(rtol * b))
    return tensor_of(close)


@method()
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether isclose holds everywhere.  As torch.allclose."""
    return bool(plain(isclose(input, other, rtol, atol, equal_nan)).all())


@method()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and elements.  As torch.equal."""
    a, b = plain(input), plain(other)
    if not isinstance(b, np.ndarray):
        raise TypeError(f"equal(): argument 'other' (position 2) must be Tensor, not {type(b).__name__}")
    return a.shape == b.shape and bool((a == b).all())


@with_out
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Where an element is among the test elements (invert: is not).  As torch.isin."""
    arrays = [np.asarray(plain(a)) for a in (elements, test_elements)]
    for a in arrays:
        if a.dtype.kind in "bc":
            raise RuntimeError(f"Unsupported input type encountered for isin(): {type_name(a)}")
    return tensor_of(np.isin(arrays[0], arrays[1], assume_unique=assume_unique, invert=invert))


# ------------------------------------------------------------------ where

def _to_common_choice(arrays: list) -> None:
    """A condition and the two values that are chosen from, in their common type."""
    condition = np.asarray(arrays[0])
    if condition.dtype not in (np.bool_, np.uint8):
        raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with dtype "
                           f"{type_name(condition)}")
    a, b = arrays[1:]
    if type(a) is np.ndarray and type(b) is np.ndarray and a.dtype is b.dtype:
        return
    kind = result_dtype(arrays[1:])
    arrays[1:] = [np.asarray(a).astype(kind, copy=False) for a in arrays[1:]]


_where_op = op(None, lambda g, y, c, a, b: np.where(c, g, 0), lambda g, y, c, a, b: np.where(c, 0, g), name="where",
               names=("condition", "input", "other"), promote=_to_common_choice, method=False)(
    lambda condition, input, other: np.where(condition, input, other))


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """input where condition holds, other elsewhere; without them, the places where condition is not zero.

    As torch.where.
    """
    if input is None and other is None:
        return tuple(tensor_of(np.ascontiguousarray(i)) for i in np.nonzero(np.atleast_1d(plain(condition))))
    return _where_op(condition, input, other, out=out)


@method("where")
def _where_method(self: Tensor, condition: Any, other: Any) -> Tensor:
    """self where condition holds, other elsewhere."""
    return where(condition, self, other)


@numpy_face(np.where)
def _numpy_where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return tensor_of(np.nonzero(plain(condition)))
    args = tuple(as_array(a) if isinstance(a, (list, tuple)) else a for a in (condition, x, y))
    return apply(_where_op.op, args, promote=False)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ the larger and the smaller

def _share(g: Any, mine: Any, other: Any) -> Any:
    """The gradient of max(mine, other) where it is `mine`; of a tie, half."""
    return np.where(mine < other, 0, np.where(mine == other, g / 2, g))


def _extreme(name: str, ufunc: Any, first: Callable, second: Callable) -> Callable:
    return op(first, second, name=name, promote=takes(name, "both", refusing(
        "c", f"{name} not implemented for complex tensors.", to_common, RuntimeError)))(ufunc)


maximum = _extreme("maximum", np.maximum, lambda g, y, a, b: _share(g, a, b), lambda g, y, a, b: _share(g, b, a))
minimum = _extreme("minimum", np.minimum, lambda g, y, a, b: _share(g, -a, -b), lambda g, y, a, b: _share(g, -b, -a))
fmax = _extreme("fmax", np.fmax, lambda g, y, a, b: np.where(np.logical_or(a >= b, np.isnan(b)), g, 0),
                lambda g, y, a, b: np.where(np.logical_or(a >= b, np.isnan(b)), 0, g))
fmin = _extreme("fmin", np.fmin, lambda g, y, a, b: np.where(np.logical_or(a <= b, np.isnan(b)), g, 0),
                lambda g, y, a, b: np.where(np.logical_or(a <= b, np.isnan(b)), 0, g))


def _one_type(arrays: list) -> None:
    a, b = (np.asarray(x) for x in arrays)
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if a.dtype != b.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


_no_slope = no_derivative("derivative for aten::heaviside is not implemented")


@op(_no_slope, _no_slope, promote=takes("heaviside", "both", _one_type), inplace=True, node="NotImplemented")
def heaviside(input: Any, values: Any) -> Any:
    """0 left of zero, 1 right of it, `values` at it.  As torch.heaviside."""
    return np.where(input == 0, values, np.greater(input, 0).astype(input.dtype))


op(lambda g, y, a, b: zeros(g), lambda g, y, a, b: np.where(a == 0, g, 0), name="heaviside", register=False,
   method=False)(np.heaviside)


# ------------------------------------------------------------------ clamp

def _bound(value: Any, kind: np.dtype) -> Any:
    """A bound in the type of the result; a number stays one."""
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return value.astype(kind, copy=False)
    if kind.kind in "iu":
        if value > np.iinfo(kind).max:
            raise RuntimeError(f"value cannot be converted to type {kind.name}_t without overflow")
        return np.asarray(value).astype(kind).item()  # a negative bound of unsigned numbers wraps, as in torch
    return float(value) if kind.kind == "f" else np.asarray(value).astype(kind)


_NO_BOUNDS, _PLAIN_BOUNDS = {type(None)}, {float, int, type(None)}
_BOUNDS = (np.ndarray, np.generic, int, float, complex, type(None))


def _to_bounds(name: str) -> Callable:
    """A promotion that brings number and bounds to their common type."""
    def promote(arrays: list) -> None:
        x, *bounds = arrays
        kinds = {type(b) for b in bounds}
        if type(x) is np.ndarray and x.dtype.kind == "f" and kinds <= _PLAIN_BOUNDS and kinds != _NO_BOUNDS:
            return  # the common case, and it takes a third of the op's time to find out otherwise
        if not isinstance(x, np.ndarray) or not all(isinstance(b, _BOUNDS) for b in bounds):
            given = ", ".join("Tensor" if isinstance(a, np.ndarray) else type(a).__name__ for a in arrays
                              if a is not None)
            raise TypeError(f"{name}() received an invalid combination of arguments - got ({given}), but expected one "
                            "of:")
        if all(b is None for b in bounds):
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
        kind = result_dtype([a for a in arrays if a is not None])
        if kind.kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")
        arrays[:] = [np.asarray(x).astype(kind, copy=False), *(_bound(b, kind) for b in bounds)]
    return promote


def _inside(x: Any, low: Any, high: Any) -> Any:
    fits = x == x if low is None else x >= low
    return fits if high is None else np.logical_and(fits, x <= high)


def _clamped(x: Any, low: Any, high: Any) -> Any:
    y = x if low is None else np.maximum(x, low)
    return y if high is None else np.minimum(y, high)


def _numbered(name: str, tensor: int) -> Callable:
    """torch numbers the node by whether the bounds are tensors."""
    def node(*arrays: Any) -> str:
        given = any(isinstance(b, np.ndarray) for b in arrays[1:])
        return f"{name}Backward{tensor if given else 1 - tensor}"
    return node


@op(lambda g, y, x, low, high: np.where(_inside(x, low, high), g, 0),
    lambda g, y, x, low, high: np.where(np.logical_and(x < low, True if high is None else low < high), g, 0),
    lambda g, y, x, low, high: np.where(np.logical_or(x > high, False if low is None else high < low), g, 0),
    promote=_to_bounds("clamp"), inplace=True, node=_numbered("Clamp", 0),
    listed={"ClampBackward1": (0,)})
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """The number itself within [min, max], else the nearer bound; a bound may be None or a tensor.  As torch.clamp."""
    return _clamped(input, min, max)


@op(lambda g, y, x, low: np.where(x >= low, g, 0), lambda g, y, x, low: np.where(x < low, g, 0),
    promote=_to_bounds("clamp_min"), inplace=True, node=_numbered("ClampMin", 1))
def clamp_min(input: Any, min: Any) -> Any:
    """max(input, min).  As torch.clamp_min."""
    return np.maximum(input, min)


@op(lambda g, y, x, high: np.where(x <= high, g, 0), lambda g, y, x, high: np.where(x > high, g, 0),
    promote=_to_bounds("clamp_max"), inplace=True, node=_numbered("ClampMax", 1))
def clamp_max(input: Any, max: Any) -> Any:
    """min(input, max).  As torch.clamp_max."""
    return np.minimum(input, max)


clip = alias("clip", clamp)


@numpy_face(np.clip)
def _numpy_clip(a: Any, a_min: Any = np._NoValue, a_max: Any = np._NoValue, out: Any = None,  # type: ignore
                *, min: Any = None, max: Any = None, **options: Any) -> Any:
    if (a_min is np._NoValue) != (a_max is np._NoValue):  # type: ignore[attr-defined]
        raise TypeError("clip() takes both bounds by position, or min= and max=")
    low, high = (min, max) if a_min is np._NoValue else (a_min, a_max)  # type: ignore[attr-defined]
    if options:
        return np.minimum(a if low is None else np.maximum(a, low), np.inf if high is None else high, out=out,
                          **options)
    arrays = tuple(as_array(b) if isinstance(b, (list, tuple)) else b for b in (a, low, high))
    return placed(apply(clamp.op, arrays, promote=False), out)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ nan to num

@op(lambda g, y, x, nan, posinf, neginf: g * np.isfinite(x), inplace=True)
def nan_to_num(input: Any, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Any:
    """`nan` (0) for nan, and for the infinities the given or the largest finite numbers.  As torch.nan_to_num."""
    if input.dtype.kind not in "fVc":
        return np.array(input)
    if input.dtype.kind == "c":
        parts = [nan_to_num(part, nan, posinf, neginf) for part in (input.real, input.imag)]
        return (parts[0] + 1j * parts[1]).astype(input.dtype)
    limit = finfo(input.dtype).max
    y = np.where(np.isnan(input), 0 if nan is None else nan, input)
    y = np.where(input == np.inf, limit if posinf is None else posinf, y)
    return np.where(input == -np.inf, -limit if neginf is None else neginf, y).astype(input.dtype, copy=False)


@numpy_face(np.nan_to_num)
def _numpy_nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    y = nan_to_num(x, nan, posinf, neginf)
    return y if copy else write_out(x, y)


globals().update(inplace_functions(__all__, "clamp", "clamp_max", "clamp_min", "clip", "nan_to_num"))
