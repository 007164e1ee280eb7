"""NumPy's spellings that stand apart: piecewise, unwrap, ranges, roots that may be complex, sets."""
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from ..engine.op import as_array, numpy_face, op
from ..engine.tensor import plain, tensor_of
from .gathering import take
from .joining import cat
from .numpy_shape import common_type
from .pointwise import conjugate

__all__: list[str] = []

ndarray = np.ndarray


@numpy_face(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function on the elements for which its condition holds; the last such wins.  As numpy.piecewise."""
    x, funcs = tensor_of(np.asarray(x)) if not isinstance(x, np.ndarray) else x, list(funclist)
    condlist = plain(condlist)
    if np.isscalar(condlist) or (not isinstance(condlist[0], (list, np.ndarray)) and x.ndim != 0):
        condlist = [condlist]
    conditions = np.asarray(condlist, dtype=bool)
    if len(funcs) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    elif len(funcs) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    y = tensor_of(np.zeros(x.shape, x.dtype))
    for condition, function in zip(conditions, funcs):
        if not callable(function):
            y[condition] = function
        elif condition.any():
            y[condition] = function(x[condition], *args, **kw)
    return y


@op(lambda g, y, p, discont, axis, period: g, register=False, method=False)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, period: float = 2 * np.pi) -> Any:
    """The correction is a multiple of the period, constant near p: the slope is one."""
    return np.unwrap(p, discont, axis, period=period)


@numpy_face(np.unwrap)
def _unwrap_face(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Takes out jumps of more than half a period.  As numpy.unwrap."""
    return _unwrap(p, discont, axis, period)


# ------------------------------------------------------------------ ranges

@numpy_face(np.linspace)
def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
              axis: int = 0, *, device: Any = None) -> Any:
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop, gaps = as_array(start) * 1.0, as_array(stop) * 1.0, num - 1 if endpoint else num
    kind = np.result_type(start, stop, float(num))
    way = np.subtract(stop, start)
    places = np.arange(num, dtype=kind).reshape((-1,) + (1,) * way.ndim)
    step = way / gaps if gaps > 0 else way * np.nan
    y = start + places * (step if gaps > 0 else way)
    if endpoint and num > 1:
        y = np.concatenate((y[:-1], np.broadcast_to(stop, way.shape)[None].astype(y.dtype)))
    kind = kind if dtype is None else np.dtype(dtype)
    y = np.moveaxis(np.floor(y) if kind.kind in "iu" else y, 0, axis).astype(kind)
    return (y, step) if retstep else y


@numpy_face(np.logspace)
def _logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None,
              axis: int = 0) -> Any:
    base = as_array(base)
    if base.ndim:
        start, stop = (np.broadcast_to(as_array(a), np.broadcast_shapes(np.shape(start), np.shape(stop), base.shape))
                       for a in (start, stop))
        base = np.expand_dims(base, axis)
    y = np.power(base, _linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


@numpy_face(np.geomspace)
def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    start, stop = as_array(start), as_array(stop)
    if (plain(start) == 0).any() or (plain(stop) == 0).any():
        raise ValueError("Geometric sequence cannot include zero")
    kind = np.result_type(start, stop, float(num))
    start, stop = start.astype(kind), stop.astype(kind)
    start, stop = np.broadcast_arrays(start + 0 * stop, stop + 0 * start)
    sign = np.sign(plain(start))
    y = _logspace(np.log10(start / sign), np.log10(stop / sign), num, endpoint) * sign
    ends = (start[None], y[1:-1], stop[None]) if endpoint and num > 1 else (start[None], y[1:])
    y = np.moveaxis(np.concatenate(ends) if num > 0 else y, 0, axis)
    return y if dtype is None else y.astype(dtype)


# ------------------------------------------------------------------ complex where a real number has no such root

def _leaving_the_reals(function: Callable, ufunc: Callable, outside: Callable) -> None:
    """The face of a function of numpy.emath: complex numbers where a real input lies outside the domain."""
    def run(*args: Any) -> Any:
        *rest, x = map(as_array, args)
        if x.dtype.kind != "c" and outside(plain(x)).any():
            x = x.astype(np.complex64 if x.dtype.itemsize <= 2 or x.dtype == np.float32 else np.complex128)
        return ufunc(*rest, x)
    numpy_face(function)(run)


def _negative(x: ndarray) -> ndarray:
    return x < 0


def _beyond_one(x: ndarray) -> ndarray:
    return np.absolute(x) > 1


for _name, _outside in (("sqrt", _negative), ("log", _negative), ("log2", _negative), ("log10", _negative),
                        ("arctanh", _beyond_one)):
    _leaving_the_reals(getattr(np.emath, _name), getattr(np, _name), _outside)


def _leg(x: Any) -> Any:
    """sqrt(1 - x * x), with the sign that it has on the real axis beyond 1 too, where the product loses it."""
    return conjugate(np.sqrt(-(x - 1)) * np.sqrt(x + 1))


_leaving_the_reals(np.emath.arcsin, op(lambda g, y, x: g / _leg(x), name="emath_arcsin", register=False, method=False)(
    lambda x: np.arcsin(x)), _beyond_one)
_leaving_the_reals(np.emath.arccos, op(lambda g, y, x: -g / _leg(x), name="emath_arccos", register=False, method=False)(
    lambda x: np.arccos(x)), _beyond_one)


@numpy_face(np.emath.logn)
def _logn(n: Any, x: Any) -> Any:
    return np.emath.log(tensor_of(as_array(x))) / np.emath.log(tensor_of(as_array(n)))


@numpy_face(np.emath.power)
def _power(x: Any, p: Any) -> Any:
    x, p = as_array(x), as_array(p)
    if x.dtype.kind != "c" and (plain(x) < 0).any():
        x = x.astype(np.complex64 if x.dtype == np.float32 else np.complex128)
    if p.dtype.kind in "iu" and (plain(p) < 0).any():
        p = p * 1.0
    return np.power(x, p)


@numpy_face(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    a = as_array(a)
    if a.dtype.kind != "c":
        return a
    tol = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return a.real if (np.absolute(plain(a).imag) < tol).all() else a


@numpy_face(np.astype)
def _astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    if device not in (None, "cpu"):
        raise ValueError(f'Device not understood. Only "cpu" is allowed, but received: {device}')
    return x.astype(dtype, copy=copy)


# ------------------------------------------------------------------ sets: numbers that come from the inputs

def _choosing(function: Callable) -> None:
    """The face of a function whose result, or the first of them, consists of elements of its inputs."""
    def run(*args: Any, **kwargs: Any) -> Any:
        found = function(*plain(args), **plain(kwargs))
        values, *rest = found if isinstance(found, tuple) else (found,)
        given = [as_array(a) for a in args if isinstance(a, (ndarray, list, tuple))]
        sources = [tensor_of(a).reshape(-1) for a in common_type(list(map(tensor_of, given)))]
        every = cat(sources) if len(sources) > 1 else sources[0]
        order = np.argsort(plain(every), kind="stable")
        places = order[np.searchsorted(plain(every)[order], values)]
        chosen = take(every, places)
        if not isinstance(found, tuple):
            return chosen
        return type(found)(chosen, *map(tensor_of, rest)) if hasattr(found, "_fields") else (
            chosen, *map(tensor_of, rest))
    numpy_face(function)(run)


for _function in (np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values, np.intersect1d, np.union1d,
                  np.setdiff1d, np.setxor1d):
    _choosing(_function)
