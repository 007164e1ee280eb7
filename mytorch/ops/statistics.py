"""What data look like: quantiles, covariances, histograms, counts."""
from __future__ import annotations

import math
import operator
from typing import Any, Callable

import numpy as np

from .. import return_types
from .._types import default_dtype, is_inexact, wrap_dim
from .._warnings import warn
from ..engine.op import method, op
from ..engine.tensor import plain, tensor_of, wants_gradient
from ._shared import no_derivative, with_out
from .gathering import gather
from .pointwise import conjugate
from .products import matmul
from .reduction import sum
from .shape import movedim, type_name
from .sorting import sort

__all__ = ["bincount", "corrcoef", "cov", "histc", "histogram", "histogramdd", "nanquantile", "quantile"]

ndarray = np.ndarray


# ------------------------------------------------------------------ quantiles

def _check_quantile(name: str, x: Any, q: Any, interpolation: str) -> ndarray:
    """q as a plain array, once the arguments are seen to fit."""
    if not isinstance(q, (float, int, ndarray)):
        raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, {type(q).__name__}), "
                        "but expected a float or a Tensor for 'q'")
    if not isinstance(q, ndarray) and not 0 <= q <= 1:
        raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError("quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but "
                           f"got {interpolation}")
    if not int(x.size):
        raise RuntimeError("quantile() input tensor must be non-empty")
    if isinstance(q, ndarray) and q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if isinstance(q, ndarray) and q.dtype != x.dtype:
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    values = np.asarray(q, x.dtype)
    if not ((values >= 0) & (values <= 1)).all():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return values


def _quantile(name: str, x: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
    values = _check_quantile(name, x, q, interpolation)
    ndim, shape = x.ndim, tuple(x.shape)
    if dim is None:
        rows, kept = x.reshape((-1,)), (1,) * ndim
    else:
        dim = wrap_dim(operator.index(dim), ndim)
        rows = movedim(x, dim, -1) if ndim else x.reshape((1,))
        kept = tuple(1 if i == dim else n for i, n in enumerate(shape))
    ordered = sort(rows)[0]                                             # (*, n), nan last
    n, nans = ordered.shape[-1], np.isnan(plain(ordered))
    count = np.count_nonzero(nans, -1, keepdims=True)
    last = np.asarray(n - 1 if name == "quantile" else np.maximum(n - 1 - count, 0), ordered.dtype)
    exact = np.broadcast_to(values.reshape(-1) * last, (*ordered.shape[:-1], values.size))
    if name == "quantile":
        exact = np.where(count > 0, last, exact)                        # one nan makes it nan
    rank = ROUND[interpolation](exact) if interpolation in ROUND else exact
    low = np.floor(rank)
    y = gather(ordered, -1, tensor_of(low.astype(np.int64)))            # (*, q)
    if interpolation not in ROUND:
        above = gather(ordered, -1, tensor_of(np.ceil(rank).astype(np.int64)))
        weight: Any = np.full_like(rank, .5) if interpolation == "midpoint" else rank - low
        if interpolation == "linear" and wants_gradient(q):             # the same number, on the tape
            weight = weight + (q - plain(q)).reshape((-1,)) * last
        y = _between(y, above, weight)
    y = movedim(y, -1, 0).reshape((values.size, *(kept if keepdim else y.shape[:-1])))
    return y if values.ndim else y.reshape(tuple(y.shape[1:]))


ROUND: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}


def _between(a: Any, b: Any, weight: Any) -> Any:
    """a + weight (b - a), from the nearer end."""
    near = plain(weight) < .5
    return np.where(near, a + weight * (b - a), b - (1 - weight) * (b - a))


@method()
@with_out
def quantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """The q-quantiles of all elements or along `dim`; several q make a first dim.

    interpolation between the neighbours in order: linear, lower, higher, midpoint, nearest.  As torch.quantile.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


@method()
@with_out
def nanquantile(input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """The q-quantiles of what is not nan.  As torch.nanquantile."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)


# ------------------------------------------------------------------ covariance

def _weights(w: Any, name: str, integral: bool, count: int) -> Any:
    """The weights of the observations, once they are seen to fit."""
    if w is None:
        return None
    if w.ndim > 1:
        raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with {w.ndim} "
                           "dimensions")
    if (w.dtype.kind not in "iu") if integral else (w.dtype.kind != "f"):
        raise RuntimeError(f"cov(): expected {name} to have {'integral' if integral else 'floating point'} dtype but "
                           f"got {name} with {type_name(w.dtype)} dtype")
    if int(w.size) != count:
        raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input but "
                           f"got {int(w.size)} != {count}")
    if count and plain(w).min() < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return w


@method()
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of the variables in the rows, observed in the columns: (N, M) -> (N, N).

        C = sum_m w_m (x_m - mean) (x_m - mean)^H / (sum w - correction)

    fweights: how often each observation was made; aweights: how much it counts.  As torch.cov.
    """
    if input.ndim > 2:
        raise RuntimeError("cov(): expected input to have two or fewer dimensions but got an input with "
                           f"{input.ndim} dimensions")
    if input.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = input.reshape((1, -1)) if input.ndim < 2 else input
    count = x.shape[1]
    fw, aw = _weights(fweights, "fweights", True, count), _weights(aweights, "aweights", False, count)
    w = fw if aw is None else aw if fw is None else fw * aw
    if not is_inexact(x.dtype):
        x = x.astype(default_dtype())
    if w is None:
        total, middle = count, sum(x, 1, True) / count
    else:
        total = sum(w)
        if count and not plain(total):
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        middle = sum(x * w, 1, True) / total
    free = total - correction if w is None or aw is None or not correction else (
        total - correction * sum(w * aw) / total)
    if plain(free) <= 0:
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")
        free = 0.0
    step = x - middle
    scaled = conjugate(step if w is None else step * w)
    return (matmul(step, scaled.swapaxes(0, 1).astype(step.dtype)) / _divisor(free, step)).reshape(
        () if x.shape[0] == 1 else (x.shape[0],) * 2)


def _divisor(free: Any, like: Any) -> Any:
    """`free` as something to divide by, also when it is zero."""
    return free if isinstance(free, ndarray) else np.asarray(free, like.dtype)


@method()
def corrcoef(input: Any) -> Any:
    """The correlations of the variables in the rows: covariances over both deviations.  As torch.corrcoef."""
    if input.ndim > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with "
                           f"{input.ndim} dimensions")
    c = cov(input)
    if not c.ndim:
        return c / c
    n = np.arange(c.shape[0])
    deviation = np.sqrt(c[n, n].real if c.dtype.kind == "c" else c[n, n])
    y = c / deviation[:, None] / deviation[None, :]
    if y.dtype.kind != "c":
        return np.clip(y, -1, 1)
    return np.clip(y.real, -1, 1) + 1j * np.clip(y.imag, -1, 1)


# ------------------------------------------------------------------ histograms

def _edges(low: float, high: float, bins: int, kind: np.dtype) -> ndarray:
    """bins + 1 edges, counted from both ends as torch.linspace does."""
    steps = np.arange(bins + 1)
    step = kind.type((kind.type(high) - kind.type(low)) / kind.type(bins))
    return np.where(steps < (bins + 1) // 2, kind.type(low) + step * steps.astype(kind),
                    kind.type(high) - step * (bins - steps).astype(kind)).astype(kind)


def _no_histogram(x: ndarray, kernel: str) -> None:
    if x.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(x.dtype)}'")


@method()
@with_out
def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    """How many elements fall into each of `bins` equal parts of [min, max]; min = max: of the data's range.

    As torch.histc.
    """
    x = plain(input).reshape(-1)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if x.dtype.kind != "V":
        _no_histogram(x, "histogram_cpu")
    low, high = float(min), float(max)
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    inside = x[(x >= low) & (x <= high)]
    wide = inside.astype(np.float32) if inside.dtype.itemsize < 4 else inside
    place = ((wide - wide.dtype.type(low)) * bins / wide.dtype.type(high - low)).astype(np.int64)
    return tensor_of(np.bincount(np.minimum(place, bins - 1), minlength=bins).astype(x.dtype))


def _edges_of(bins: Any, column: ndarray, span: Any, d: int) -> ndarray:
    """The edges along one dim: as given, or in equal parts of `span` or of the data."""
    if isinstance(bins, ndarray) and bins.dtype.kind == "f":
        if bins.ndim != 1:
            raise RuntimeError(f"torch.histogramdd: bins tensor should have one dimension, but got {bins.ndim} "
                               f"dimensions in the bins tensor for dimension {d}")
        return np.array(plain(bins))
    bins = operator.index(bins)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {d}")
    low, high = span if span is not None else (column.min(), column.max()) if column.size else (0, 1)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for "
                           f"dimension {d}")
    if low == high:
        low, high = low - .5, high + .5
    return _edges(low, high, bins, column.dtype)


def _histogram(x: ndarray, bins: list, span: Any, weight: Any, density: bool) -> tuple[ndarray, list[ndarray]]:
    """Counts and edges of the points in the rows of x, (N, D)."""
    _no_histogram(x, "histogramdd")
    edges = [_edges_of(b, x[:, d], None if span is None else span[2 * d:2 * d + 2], d) for d, b in enumerate(bins)]
    shape = tuple(len(e) - 1 for e in edges)
    keep = np.ones(len(x), bool)
    place = np.zeros(len(x), np.int64)
    for d, e in enumerate(edges):
        column = x[:, d]
        keep &= (column >= e[0]) & (column <= e[-1])
        place = place * shape[d] + np.clip(e.searchsorted(column, "right") - 1, 0, shape[d] - 1)
    w = None if weight is None else weight.reshape(-1)[keep]
    counts = np.bincount(place[keep], w, int(np.prod(shape))).reshape(shape).astype(x.dtype)
    if density:
        counts = counts / counts.sum()
        for d, e in enumerate(edges):
            counts = counts / np.diff(e).reshape((-1,) + (1,) * (len(edges) - 1 - d))
    return counts, edges


def _check_weight(weight: Any, lead: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    if weight is not None and tuple(weight.shape) != lead:
        raise RuntimeError("torch.histogramdd: if weight tensor is provided it should have the same shape as the input "
                           f"tensor excluding its innermost dimension, but got input with shape {list(shape)} and "
                           f"weight with shape {list(weight.shape)}")
    return plain(weight)


def _declare_counted(name: str) -> Callable:
    """What `name` gives as an op of its input, which has no derivative: a gradient that arrives raises."""
    return op(no_derivative(f"derivative for aten::{name} is not implemented"), name=name, names=("input", "found"),
              several=True, register=False, method=False, node="NotImplemented")(lambda input, found: found)


_histogram_of, _histogramdd_of = _declare_counted("histogram"), _declare_counted("_histogramdd_from_bin_cts")


@method()
@with_out
def histogram(input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges): how many elements lie between neighbouring edges, the last edge included.

    bins: a number of equal parts of `range` (default: of the data), or the edges.  weight: what each element counts.
    density: as a probability density.  As torch.histogram.
    """
    x = plain(input).reshape(-1, 1)
    w = None if weight is None else _check_weight(
        weight if tuple(weight.shape) != tuple(input.shape) else weight.reshape((-1,)), (len(x),), x.shape)
    counts, edges = _histogram(x, [bins], range, w, density)
    found = return_types.histogram(*_histogram_of(input, (counts, edges[0])))
    return found


def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """(hist, bin_edges) of points in D dims, the last dim of `input`.  As torch.histogramdd; see `histogram`."""
    x = plain(input)
    if x.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    w = _check_weight(weight, tuple(x.shape[:-1]), tuple(x.shape))
    count = x.shape[-1]
    each = [bins] * count if isinstance(bins, int) else list(bins)
    if len(each) != count:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    counts, edges = _histogram(x.reshape(-1, count), each, range, w, density)
    total, *sides = _histogramdd_of(input, (counts, *edges))
    return return_types.histogramdd(total, tuple(sides))


@op(None, no_derivative("derivative for aten::bincount is not implemented"), node="NotImplemented")
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number 0, 1, ... occurs in a vector; weights: what each occurrence counts.  As torch.bincount."""
    if input.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{type_name(input.dtype)}'")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.ndim != 1 or input.size and input.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return np.bincount(input, minlength=minlength)
    if weights.ndim != 1 or weights.size != input.size:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = weights.dtype if weights.dtype == np.float32 else np.dtype(np.float64)
    return np.bincount(input, weights, minlength).astype(kind)
