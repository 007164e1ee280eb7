"""NumPy's spellings of reductions and scans on Tensors: np.sum(t, axis=0), np.add.reduce(t), t.cumsum() ...

NumPy's meaning: its types, ddof 0, `where=` and `initial=`, axis=() reduces nothing.  All record.
"""
from __future__ import annotations

import functools
from typing import Any, Callable

import numpy as np

from ..engine.op import as_array, numpy_face, placed
from ..engine.tensor import Tensor, plain, tensor_of
from . import extremes, reduction, scan

ndarray = np.ndarray
_given = np._NoValue  # type: ignore[attr-defined]


def _written(y: Any, out: Any) -> Any:
    return placed(y, out[0] if isinstance(out, tuple) else out)


def _axes(axis: Any) -> Any:
    return None if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else axis


def masked(a: Any, where: Any, value: Any) -> Any:
    """`a`, with `value` where it is not to count."""
    return a if where is True or where is _given else np.where(as_array(where), a, np.asarray(value, a.dtype))


def _wide(kind: np.dtype, dtype: Any) -> Any:
    """The type NumPy adds and multiplies in."""
    if dtype is None and kind.kind in "biu":
        return np.uint64 if kind.kind == "u" else np.int64
    return dtype


# ------------------------------------------------------------------ sums and products

def _folding(fn: Callable, identity: Any, combine: Any) -> Callable:
    def run(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
            initial: Any = _given, where: Any = True) -> Any:
        a = masked(as_array(a), where, identity)
        axis = _axes(axis)
        if axis == ():
            y = a.astype(_wide(a.dtype, dtype) or a.dtype)
        elif fn is reduction.prod and isinstance(axis, tuple):
            y = a
            for d in sorted(d % a.ndim for d in axis)[::-1]:
                y = fn(y, d, bool(keepdims), _wide(a.dtype, dtype))
        else:
            y = fn(a, axis, bool(keepdims) and keepdims is not _given, _wide(a.dtype, dtype))
            if keepdims is True and axis is None:
                y = y.reshape((1,) * a.ndim)
        if initial is not _given and initial is not None:
            y = combine(y, initial)
        return _written(y, out)
    return run


np_sum = numpy_face(np.sum)(_folding(reduction.sum, 0, np.add))
np_prod = numpy_face(np.prod)(_folding(reduction.prod, 1, np.multiply))


def _reduce_face(run: Callable) -> Callable:
    """`ufunc.reduce`: the same, but over axis 0 unless told otherwise."""
    def face(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: Any = False,
             initial: Any = _given, where: Any = True) -> Any:
        return run(array, axis=axis, dtype=dtype, out=out, keepdims=keepdims, initial=initial, where=where)
    return face


numpy_face((np.add, "reduce"))(_reduce_face(np_sum))
numpy_face((np.multiply, "reduce"))(_reduce_face(np_prod))


# ------------------------------------------------------------------ extremes and truths

def _extreme(fn: Callable, combine: Any, worst: Callable) -> Callable:
    def run(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = _given,
            where: Any = True, dtype: Any = None) -> Any:
        a, axis = as_array(a), _axes(axis)
        if where is not True and where is not _given:
            if initial is _given:
                raise ValueError(f"reduction operation '{combine.__name__}' does not have an identity, so to use a "
                                 "where mask one has to specify 'initial'")
            a = masked(a, where, worst(a.dtype))
        if a.dtype.kind == "c" and axis != ():
            y = _complex_extreme(a, axis, keepdims is True, np.argmax if combine is np.maximum else np.argmin)
        elif axis == ():
            y = a[...]
        elif initial is not _given and not a.size:
            plain_y = combine.reduce(plain(a), axis, keepdims=bool(keepdims), initial=initial)
            return _written(tensor_of(plain_y), out)
        else:
            if not a.size and axis is None:
                raise ValueError(f"zero-size array to reduction operation {combine.__name__} which has no identity")
            y = fn(a, axis, keepdims is True)
        return _written(y if initial is _given or initial is None else combine(y, initial), out)
    return run


def _complex_extreme(a: Any, axis: Any, keepdims: bool, place: Callable) -> Any:
    """The first or last by real part, then by imaginary part."""
    axes = tuple(range(a.ndim)) if axis is None else tuple(d % a.ndim for d in (
        axis if isinstance(axis, tuple) else (axis,)))
    last = tuple(range(-len(axes), 0))
    lines = np.moveaxis(a, axes, last)
    lines = lines.reshape((*lines.shape[:a.ndim - len(axes)], -1))
    y = np.take_along_axis(lines, np.expand_dims(place(plain(lines), -1), -1), -1)[..., 0]
    return np.expand_dims(y, axes) if keepdims else y


def _least(kind: np.dtype) -> Any:
    return -np.inf if kind.kind in "fV" else False if kind.kind == "b" else np.iinfo(kind).min


def _most(kind: np.dtype) -> Any:
    return np.inf if kind.kind in "fV" else True if kind.kind == "b" else np.iinfo(kind).max


np_max = numpy_face(np.max, np.amax)(_extreme(extremes.amax, np.maximum, _least))
np_min = numpy_face(np.min, np.amin)(_extreme(extremes.amin, np.minimum, _most))
numpy_face((np.maximum, "reduce"))(_reduce_face(np_max))
numpy_face((np.minimum, "reduce"))(_reduce_face(np_min))


@numpy_face(np.ptp)
def _np_ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    return _written(np_max(a, axis, keepdims=keepdims) - np_min(a, axis, keepdims=keepdims), out)


def _truth(reduce: Callable) -> Callable:
    def run(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, where: Any = True,
            initial: Any = _given, dtype: Any = None) -> Any:
        if dtype is not None and np.dtype(dtype) != bool:
            raise NotImplementedError(f"dtype= of a logical reduction: {dtype}")
        more = {} if initial is _given else {"initial": initial}
        y = reduce(plain(as_array(a)), axis, bool, keepdims=keepdims is True, where=plain(where), **more)
        return _written(tensor_of(y), out)
    return run


for _name, _ufunc, _function in (("all", np.logical_and, np.all), ("any", np.logical_or, np.any)):
    _made = _truth(_ufunc.reduce)
    numpy_face(_function)(_made)
    numpy_face((_ufunc, "reduce"))(_reduce_face(_made))


def _index(fn: Callable) -> Callable:
    def run(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        return _written(tensor_of(fn(plain(as_array(a)), axis, keepdims=keepdims is True)), out)
    return run


numpy_face(np.argmax)(_index(ndarray.argmax))
numpy_face(np.argmin)(_index(ndarray.argmin))


@numpy_face(np.count_nonzero)
def _np_count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return tensor_of(np.count_nonzero(plain(a), axis, keepdims=keepdims))


# ------------------------------------------------------------------ means and spreads

def _floats(a: Any, dtype: Any) -> Any:
    a = as_array(a)
    return a.astype(dtype) if dtype is not None else a.astype(np.float64) if a.dtype.kind in "biu" else a


@numpy_face(np.mean)
def np_mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *,
             where: Any = True) -> Any:
    a, axis, keepdims = _floats(a, dtype), _axes(axis), keepdims is True
    if axis == ():
        return _written(a[...], out)
    if where is True or where is _given:
        y = reduction.mean(a, axis, keepdims)
        return _written(y.reshape((1,) * a.ndim) if keepdims and axis is None else y, out)
    count = np.add.reduce(np.broadcast_to(plain(where), a.shape), axis, keepdims=keepdims)
    return _written(np_sum(a, axis, keepdims=keepdims, where=where) / np.asarray(count, a.dtype), out)


def _np_spread(a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any, mean: Any, correction: Any) -> Any:
    """The variance as NumPy says it."""
    if correction is not _given:
        if ddof:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    a, axis, keepdims = _floats(a, dtype), _axes(axis), keepdims is True
    if (where is True or where is _given) and mean is _given and axis != ():
        y = reduction.var(a, axis, correction=ddof)
        return y.reshape(reduction.kept_shape(a.shape, reduction.dims_of(axis, a.ndim))) if keepdims else y
    middle = np_mean(a, axis, keepdims=True, where=where) if mean is _given else mean
    step = a - middle
    squares = step * step if a.dtype.kind != "c" else step.real ** 2 + step.imag ** 2
    free = np.add.reduce(np.broadcast_to(plain(where), a.shape), axis, keepdims=keepdims) - ddof
    return np_sum(squares, axis, keepdims=keepdims, where=where) / np.maximum(free, 0).astype(squares.dtype)


@numpy_face(np.var)
def np_var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
            where: Any = True, mean: Any = _given, correction: Any = _given) -> Any:
    return _written(_np_spread(a, axis, dtype, ddof, keepdims, where, mean, correction), out)


@numpy_face(np.std)
def np_std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
            where: Any = True, mean: Any = _given, correction: Any = _given) -> Any:
    if where is True and mean is _given and correction is _given and axis != () and keepdims is not True:
        return _written(reduction.std(_floats(a, dtype), _axes(axis), correction=ddof), out)  # no slope at zero
    return _written(np.sqrt(_np_spread(a, axis, dtype, ddof, keepdims, where, mean, correction)), out)


@numpy_face(np.average)
def np_average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    a = _floats(a, None)
    if weights is None:
        y = np_mean(a, axis, keepdims=keepdims)
        total: Any = np.full(y.shape, a.size / max(int(y.size), 1))
        return (y, tensor_of(total)) if returned else y
    weights = as_array(weights)
    if weights.shape != a.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        axes = [d % a.ndim for d in (axis if isinstance(axis, tuple) else (axis,))]
        if weights.shape != tuple(a.shape[d] for d in axes):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        weights = np.transpose(weights, sorted(range(len(axes)), key=lambda i: axes[i]))
        weights = np.broadcast_to(weights.reshape([n if d in axes else 1 for d, n in enumerate(a.shape)]), a.shape)
    total = np_sum(weights, axis, keepdims=keepdims)
    if (plain(total) == 0).any():
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    y = np_sum(a * weights, axis, keepdims=keepdims) / total
    return (y, total) if returned else y


# ------------------------------------------------------------------ scans

def _running(fn: Callable) -> Callable:
    def run(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        a = as_array(a)
        if axis is None:
            a, axis = a.reshape(-1), 0
        return _written(fn(a, axis, _wide(a.dtype, dtype)), out)
    return run


np_cumsum = numpy_face(np.cumsum)(_running(scan.cumsum))
np_cumprod = numpy_face(np.cumprod)(_running(scan.cumprod))


def _accumulate_face(run: Callable) -> Callable:
    def face(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        if not array.ndim:
            raise TypeError("cannot accumulate on a scalar")
        return run(array, axis, dtype, out)
    return face


def _extreme_so_far(fn: Callable) -> Callable:
    return lambda array, axis, dtype, out: _written(fn(array if dtype is None else array.astype(dtype), axis)[0], out)


numpy_face((np.add, "accumulate"))(_accumulate_face(np_cumsum))
numpy_face((np.multiply, "accumulate"))(_accumulate_face(np_cumprod))
numpy_face((np.maximum, "accumulate"))(_accumulate_face(_extreme_so_far(scan.cummax)))
numpy_face((np.minimum, "accumulate"))(_accumulate_face(_extreme_so_far(scan.cummin)))


def _cumulative(run: Callable, start: int) -> Callable:
    """np.cumulative_sum and np.cumulative_prod, which came with NumPy 2.1."""
    def face(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        x = as_array(x)
        if axis is None:
            if x.ndim != 1:
                raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
            axis = 0
        y = run(x, axis, dtype)
        if include_initial:
            shape = [1 if i == axis % x.ndim else n for i, n in enumerate(x.shape)]
            y = np.concatenate([np.full(shape, start, y.dtype), y], axis)
        return _written(y, out)
    return face


if hasattr(np, "cumulative_sum"):
    numpy_face(np.cumulative_sum)(_cumulative(np_cumsum, 0))
    numpy_face(np.cumulative_prod)(_cumulative(np_cumprod, 1))


@numpy_face((np.logaddexp, "reduce"))
def _logaddexp_reduce(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: Any = False,
                      initial: Any = _given, where: Any = True) -> Any:
    a = masked(_floats(array, dtype), where, -np.inf)
    y = reduction.logsumexp(a, tuple(range(a.ndim)) if axis is None else _axes(axis), keepdims is True)
    return _written(y if initial is _given or initial is None else np.logaddexp(y, initial), out)


# ------------------------------------------------------------------ methods: what only NumPy's call can mean

def _numpys_too(name: str, face: Callable, means: Callable) -> None:
    """The method understands NumPy's call, where it is none of torch's."""
    ours = getattr(Tensor, name)

    @functools.wraps(ours)
    def run(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return face(self, **kwargs) if not args and means(kwargs) else ours(self, *args, **kwargs)
    setattr(Tensor, name, run)


for _name, _made in (("max", np_max), ("min", np_min), ("prod", np_prod)):
    _numpys_too(_name, _made, lambda kwargs: isinstance(kwargs.get("axis"), (tuple, list)))
for _name, _made in (("cumsum", np_cumsum), ("cumprod", np_cumprod)):
    _numpys_too(_name, _made, lambda kwargs: kwargs.get("axis") is None and "dim" not in kwargs)
