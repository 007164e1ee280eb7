"""NumPy's face of order: np.sort, np.median, np.percentile, np.unique ... on Tensors; where elements go is computed on
the numbers, and the elements are fetched from there on the tape.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.op import as_array, numpy_face, op, placed
from ..engine.tensor import plain, tensor_of, wants_gradient
from . import numpy_reductions
from .gathering import gather
from .numpy_shape import as_tensor, axes_of, picked
from .shape import movedim
from .statistics import ROUND

__all__: list[str] = []

ndarray = np.ndarray
_given = np._NoValue  # type: ignore[attr-defined]


# ------------------------------------------------------------------ sorting

@numpy_face(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if order is not None:
        raise NotImplementedError("np.sort on Tensors: order= is for structured arrays")
    a = as_tensor(a)
    if axis is None:
        a, axis = a.reshape((-1,)), -1
    (axis,) = axes_of(axis, a.ndim)
    return gather(a, axis, tensor_of(np.argsort(plain(a), axis, kind or "stable")))


@numpy_face(np.sort_complex)
def _sort_complex(a: Any) -> Any:
    y = _sort(a)
    return y if y.dtype.kind == "c" else y.astype(np.result_type(y.dtype, np.complex64))


def _counting(function: Callable, place: int) -> None:
    """A histogram counts: no gradient, except to the weights, which has no rule.  place: which argument these are."""
    def run(*args: Any, **kwargs: Any) -> Any:
        if wants_gradient((args[place:place + 1], kwargs.get("weights"))):
            raise TypeError(f"np.{function.__name__} has no gradient rule for weights= in Mytorch, and they require "
                            "grad. Call it on weights.detach().")
        return tensor_of(function(*plain(args), **plain(kwargs)))
    numpy_face(function)(run)


for _function, _place in ((np.histogram, 4), (np.histogram2d, 5), (np.histogramdd, 4), (np.histogram_bin_edges, 3)):
    _counting(_function, _place)


@op(None, lambda g, y, x, weights, minlength: g[x], name="np_bincount", register=False, method=False)
def _weighted_count(x: ndarray, weights: Any, minlength: int) -> ndarray:
    """With what weight each of 0, 1, 2 ... is in x."""
    return np.bincount(x, weights, minlength)


@numpy_face(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    if weights is None:
        return tensor_of(np.bincount(plain(x), None, minlength))
    return _weighted_count(as_array(x), as_array(weights), minlength)


# ------------------------------------------------------------------ unique elements

@numpy_face(np.unique)
def _unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
            axis: int | None = None, *, equal_nan: bool = True, **options: Any) -> Any:
    x = as_tensor(ar)
    _, index, inverse, counts = np.unique(plain(x), True, True, True, axis, equal_nan=equal_nan, **options)
    values = picked([x], index) if axis is None else x[(slice(None),) * (axis % x.ndim) + (tensor_of(index),)]
    found = (values,) + tuple(tensor_of(part) for part, wanted in (
        (index, return_index), (inverse, return_inverse), (counts, return_counts)) if wanted)
    return found if len(found) > 1 else values


# ------------------------------------------------------------------ quantiles

#: Hyndman and Fan's methods: the place of quantile q among n elements is n q + alpha + q (1 - alpha - beta) - 1.
_PLACES = {"linear": (1, 1), "weibull": (0, 0), "hazen": (.5, .5), "median_unbiased": (1 / 3, 1 / 3),
           "normal_unbiased": (3 / 8, 3 / 8), "interpolated_inverted_cdf": (0, 1)}
_DISCRETE = ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")


def _neighbours(n: Any, q: Any, method: str) -> tuple[Any, Any, Any]:
    """(place below, place above, weight of the one above) of quantile q among n elements."""
    if method in _PLACES:
        alpha, beta = _PLACES[method]
        place = np.clip(n * q + alpha + q * (1 - alpha - beta) - 1, 0, n - 1)
        return np.floor(place), np.ceil(place), place - np.floor(place)
    place = (n - 1) * q
    if method in ("lower", "higher", "nearest"):
        place = ROUND[method](place)
        return place, place, 0 * place
    if method == "midpoint":
        return np.floor(place), np.ceil(place), 0 * place + .5
    if method == "closest_observation":
        place = n * q - 1.5
        low = np.floor(place)
        up = np.where((place == low) & (low % 2 == 1), low, low + 1)
        return np.clip(up, 0, n - 1), np.clip(up, 0, n - 1), 0 * place
    if method in ("inverted_cdf", "averaged_inverted_cdf"):
        place = n * q - 1
        up, low = np.clip(np.ceil(place), 0, n - 1), np.floor(place)
        if method == "inverted_cdf":
            return up, up, 0 * place
        exact = place == low
        return np.where(exact, np.clip(low, 0, n - 1), up), np.where(exact, np.clip(low + 1, 0, n - 1), up), (
            0 * place + .5)
    raise ValueError(f"{method!r} is not a valid method. Use one of: {sorted(_PLACES)} or a discrete one")


def _quantiles(a: Any, q: Any, axis: Any, keepdims: Any, method: str, skip: bool) -> Any:
    """Quantiles over any axes; `skip` leaves nan out, else one nan makes all nan."""
    a, q = as_tensor(a), np.asarray(plain(q), np.float64)
    if ((q < 0) | (q > 1)).any():
        raise ValueError("Quantiles must be in the range [0, 1]")
    if method not in _DISCRETE and (a.dtype.kind in "biu" or q.ndim):
        a = a.astype(np.result_type(a.dtype, np.float64))
    axes = tuple(range(a.ndim)) if axis is None else axes_of(axis, a.ndim)
    rest = tuple(n for i, n in enumerate(a.shape) if i not in axes)
    moved = movedim(a, axes, tuple(range(-len(axes), 0))) if axes else a
    ordered = _sort(moved.reshape((*rest, int(np.prod([a.shape[i] for i in axes], dtype=int)))))  # (*rest, n), nan last
    n, nans = ordered.shape[-1], np.isnan(plain(ordered))
    if not n:
        return np.mean(a, axis, keepdims=keepdims) + np.zeros((*q.shape, *(1,) * len(rest)), a.dtype)
    bad = nans.any(-1, keepdims=True)
    count = np.maximum(n - nans.sum(-1, keepdims=True), 1) if skip else np.full(bad.shape, n)
    low, high, weight = _neighbours(count, q.reshape(-1), method)                                  # (*rest, q)
    shape = (*rest, q.size)
    below, above = (gather(ordered, -1, tensor_of(np.ascontiguousarray(np.broadcast_to(p, shape)).astype(np.int64)))
                    for p in (low, high))
    y = below
    if method not in _DISCRETE:
        weight = np.broadcast_to(weight, shape).astype(a.dtype)
        step = above - below
        y = np.where(weight < .5, below + step * weight, above - step * (1 - weight))
    if bad.any():
        bad = nans.all(-1, keepdims=True) if skip else bad
        y = np.where(np.broadcast_to(bad, shape), np.asarray(np.nan, a.dtype), y)
    kept = tuple(1 if i in axes else m for i, m in enumerate(a.shape)) if keepdims is True else rest
    return movedim(y, -1, 0).reshape(tuple(q.shape) + kept)


def _weighted(function: Callable, a: Any, q: Any, axis: Any, method: str, keepdims: Any, weights: Any) -> Any:
    """Weighted quantiles are elements: NumPy is asked which, by their ranks."""
    a = as_tensor(a)
    numbers = np.asarray(plain(a))
    order = np.argsort(numbers.reshape(-1), kind="stable")
    ranks = np.where(np.isnan(numbers), np.nan, np.argsort(order).reshape(numbers.shape))
    found = np.asarray(function(ranks, plain(q), axis, method=method, keepdims=keepdims, weights=plain(weights)))
    none = np.isnan(found)
    return np.where(none, np.asarray(np.nan, a.dtype), picked([a], order[np.where(none, 0, found).astype(np.int64)]))


def _faces(function: Callable, scale: float, skip: bool) -> None:
    def run(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
            keepdims: Any = False, *, weights: Any = None, interpolation: Any = None) -> Any:
        if weights is not None:
            return placed(_weighted(function, a, q, axis, method, keepdims, weights), out)
        return placed(_quantiles(a, np.asarray(plain(q)) / scale, axis, keepdims, interpolation or method, skip), out)
    numpy_face(function)(run)


_faces(np.quantile, 1, False)
_faces(np.nanquantile, 1, True)
_faces(np.percentile, 100, False)
_faces(np.nanpercentile, 100, True)


def _median_face(skip: bool) -> Callable:
    def run(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: Any = False) -> Any:
        return placed(_quantiles(a, .5, axis, keepdims, "linear", skip), out)
    return run


numpy_face(np.median)(_median_face(False))
numpy_face(np.nanmedian)(_median_face(True))


# ------------------------------------------------------------------ without nan

def _nans(a: Any) -> Any:
    x = plain(a)
    return np.isnan(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool)


def _skipping(function: Callable, of: Callable, value: float) -> None:
    """np.nanXXX is np.XXX of the elements with a harmless value for nan."""
    def run(a: Any, *args: Any, **kwargs: Any) -> Any:
        a = as_tensor(a)
        return of(np.where(_nans(a), np.asarray(value, a.dtype), a) if a.dtype.kind in "fc" else a, *args, **kwargs)
    numpy_face(function)(run)


_skipping(np.nansum, numpy_reductions.np_sum, 0)
_skipping(np.nanprod, numpy_reductions.np_prod, 1)
_skipping(np.nancumsum, numpy_reductions.np_cumsum, 0)
_skipping(np.nancumprod, numpy_reductions.np_cumprod, 1)


def _nan_extreme(function: Callable, of: Callable, worst: float) -> None:
    def run(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, **options: Any) -> Any:
        a = as_tensor(a)
        nans = _nans(a)
        y = of(np.where(nans, np.asarray(worst, a.dtype), a) if nans.any() else a, axis, keepdims=keepdims is True,
               **options)
        none = nans.all(tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims is True)
        return placed(np.where(none, np.asarray(np.nan, a.dtype), y) if none.any() else y, out)
    numpy_face(function)(run)


_nan_extreme(np.nanmax, numpy_reductions.np_max, -np.inf)
_nan_extreme(np.nanmin, numpy_reductions.np_min, np.inf)


def _nan_moment(function: Callable, of: Callable) -> None:
    def run(a: Any, *args: Any, where: Any = True, **kwargs: Any) -> Any:
        a = as_tensor(a)
        nans = _nans(a)
        if not nans.any():
            return of(a, *args, where=where, **kwargs)
        clean = np.where(nans, np.asarray(0, a.dtype), a)
        return of(clean, *args, where=~nans if where is True or where is _given else ~nans & plain(where), **kwargs)
    numpy_face(function)(run)


_nan_moment(np.nanmean, numpy_reductions.np_mean)
_nan_moment(np.nanvar, numpy_reductions.np_var)
_nan_moment(np.nanstd, numpy_reductions.np_std)
