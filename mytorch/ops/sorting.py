"""Order: sorting, the largest few, medians, most frequent values, unique values, places in a sorted row."""
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from .. import return_types
from .._ties import dense_ranks, first_k, kth, sorted_rows
from .._types import wrap_dim
from ..engine.op import method, op
from ..engine.tensor import plain, tensor_of
from ._shared import no_slope, with_out
from .extremes import at_indices, put_at, take_at
from .reduction import check_full, kept_shape
from .shape import type_name

__all__ = ["argsort", "bucketize", "kthvalue", "median", "mode", "msort", "nanmedian", "searchsorted", "sort", "topk",
           "unique", "unique_consecutive"]

ndarray = np.ndarray


# ------------------------------------------------------------------ sorting

def _order(x: ndarray, dim: int, descending: bool, stable: Any) -> ndarray:
    """The indices that sort x; nan is larger than everything.  Equals stay in their order if `stable`, in rows of up to
    16, which torch sorts by insertion, and in long lines of integers, which it sorts by their digits; else they come as
    torch's sort leaves them.
    """
    if not x.ndim or not x.size:
        return np.zeros(x.shape, np.int64)
    stable = stable or x.ndim == 1 and x.size >= 1 << 15 and x.dtype.kind in "iu" and not descending
    rows = _ordinary(np.moveaxis(x, dim, -1).reshape(-1, x.shape[dim]))
    long = rows.shape[1] > 16
    quick = long and x.dtype.kind == "f" and x.dtype.itemsize > 2
    if quick:  # NumPy's default sort is four times as fast as its stable one, and as good where no elements are equal
        found = rows.argsort(1)[:, ::-1 if descending else 1]
    else:
        found = _stable(rows, descending)
    if quick or long and not stable:
        values = np.take_along_axis(rows, found, 1)
        equal = np.flatnonzero((values[:, 1:] == values[:, :-1]).any(1) | _nans(values[:, [1, -2]]).any(1))
        if equal.size:
            found, again = np.array(found), rows[equal]
            order = _stable(again, descending) if quick else found[equal]
            found[equal] = order if stable else sorted_rows(dense_ranks(again, order))
    return np.moveaxis(found.reshape(x.shape[:dim] + x.shape[dim + 1:] + x.shape[dim:dim + 1]), -1, dim)


def _ordinary(x: ndarray) -> ndarray:
    """x in a type that NumPy sorts with nan last: bfloat16's own order leaves nan where it is."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


def _stable(rows: ndarray, descending: bool) -> ndarray:
    if not descending:
        return rows.argsort(1, kind="stable")
    return (rows.shape[1] - 1 - rows[:, ::-1].argsort(1, kind="stable"))[:, ::-1]


def _sortable(x: ndarray, dim: Any) -> int:
    dim = wrap_dim(operator.index(dim), x.ndim)
    if x.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    return dim


@op(lambda g, y, x, dim, descending, stable: put_at(g, y[1], x.shape, wrap_dim(dim, x.ndim)), name="sort",
    several=True, method=False, node=lambda x, dim, descending, stable: f"SortBackward{int(stable is not None)}")
def _sort(input: ndarray, dim: int = -1, descending: bool = False, stable: Any = None) -> Any:
    dim = _sortable(input, dim)
    indices = np.array(_order(input, dim, descending, stable), order="C")
    return return_types.sort(take_at(input, indices, dim), indices)


@method()
@with_out
def sort(input: Any, dim: Any = -1, descending: bool = False, *, stable: bool | None = None, axis: Any = None) -> Any:
    """(values, indices) in ascending (or descending) order along `dim`.

    stable: equal elements stay in their order; else they come in the order torch leaves them in.  As torch.sort.
    """
    if isinstance(dim, (tuple, list)):
        raise TypeError("sort() received an invalid combination of arguments - got a tuple for 'dim', expected int")
    found = _sort(input, dim if axis is None else axis, descending, stable)
    return found


@op(name="argsort", method=False)
def _argsort(input: ndarray, dim: int = -1, descending: bool = False, stable: bool = False) -> ndarray:
    return np.array(_order(input, _sortable(input, dim), descending, stable), order="C")


@method()
def argsort(input: Any, dim: Any = -1, descending: bool = False, stable: bool = False, *, axis: Any = None,
            kind: Any = None, order: Any = None) -> Any:
    """The indices that sort `input` along `dim`.

    stable: equal elements stay in their order.  kind: NumPy's choice of algorithm, without effect.  As torch.argsort.
    """
    if order is not None:
        raise NotImplementedError("argsort(): option order= (of structured arrays) is not supported")
    return _argsort(input, dim if axis is None else axis, descending, stable)


@method()
@with_out
def msort(input: Any) -> Any:
    """The values in ascending order along the first dim.  As torch.msort."""
    values = sort(input, 0)[0]
    return values


# ------------------------------------------------------------------ the first few

@op(lambda g, y, x, k, dim, largest, sorted: put_at(g, y[1], x.shape, wrap_dim(dim, x.ndim)) if x.ndim else g,
    several=True)
def topk(input: Any, k: Any, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest) elements along `dim`, best first.  As torch.topk."""
    dim, k = wrap_dim(operator.index(dim), input.ndim), operator.index(k)
    if not 0 <= k <= (input.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.dtype.kind in "cb":
        raise RuntimeError(" topk does not support complex dtypes on CPU" if input.dtype.kind == "c"
                           else "topk does not support bool dtypes on CPU")
    if not input.ndim:
        return return_types.topk(np.array(input), np.zeros((), np.int64))
    indices = _first(input, k, dim, largest, sorted)
    return return_types.topk(take_at(input, indices, dim), indices)


def _first(x: ndarray, k: int, dim: int, largest: bool, in_order: bool) -> ndarray:
    """The indices of the k best along `dim`, best first; not `in_order`: as torch's selection leaves them."""
    n = x.shape[dim]
    if not k or not x.size:
        return np.zeros(x.shape[:dim] + (k,) + x.shape[dim + 1:], np.int64)
    rows = _ordinary(np.moveaxis(x, dim, -1).reshape(-1, n))
    if rows.dtype.kind == "f" and np.isnan(rows).any():
        early = dense_ranks(rows, _stable(rows, largest))
    else:
        early = rows if not largest else -rows if rows.dtype.kind == "f" else ~rows
    found = first_k(early, k, in_order).reshape(x.shape[:dim] + x.shape[dim + 1:] + (k,))
    return np.ascontiguousarray(np.moveaxis(found, -1, dim))


def _kth(name: str, x: ndarray, k: Any, dim: int, keepdim: bool, choose: Callable | None = None) -> Any:
    """(value, index) of the element that has k smaller ones before it, k an int or an array that keeps `dim`."""
    values, indices = _kth_by_value(x, k, dim) if isinstance(k, int) else (None, None)
    if indices is None:
        order = _ordinary(x).argsort(dim, kind="stable")
        if choose is not None:
            choose(x, order, k, dim)
        indices = take_at(order, np.broadcast_to(k, kept_shape(x.shape, (dim,))), dim)
        values = take_at(x, indices, dim)
    shape = indices.shape if keepdim else x.shape[:dim] + x.shape[dim + 1:]
    return getattr(return_types, name)(values.reshape(shape), indices.reshape(shape))


def _kth_by_value(x: ndarray, k: int, dim: int) -> tuple:
    """The same by way of the value, where only one element has it: a partition instead of a sort."""
    if x.dtype.kind != "f" or x.dtype.itemsize == 2 or x.shape[dim] < 64:
        return None, None
    at = (slice(None),) * dim
    values = np.partition(x, k, dim)[at + (slice(k, k + 1),)]
    found = x == values
    if np.isnan(values).any() or np.count_nonzero(found) != values.size:
        return None, None
    return values, found.argmax(dim, keepdims=True)


def _alone(name: str, x: ndarray) -> Any:
    """The answer for a 0-d tensor."""
    return getattr(return_types, name)(np.array(x), np.zeros((), np.int64))


def _ordered(kernel: str, x: ndarray, kinds: str = "cb") -> None:
    if x.dtype.kind in kinds:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(x.dtype)}'")


@op(lambda g, y, x, k, dim, keepdim: at_indices(g, y[1], x.shape, dim), several=True)
def kthvalue(input: Any, k: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(value, index) of the k-th smallest element along `dim`, k from 1.  As torch.kthvalue."""
    dim, k = wrap_dim(operator.index(dim), input.ndim), operator.index(k)
    if input.ndim:
        check_full("kthvalue", input.shape, (dim,))
    if not 1 <= k <= (input.shape[dim] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    _ordered("kthvalue_cpu", input)
    return _kth("kthvalue", input, k - 1, dim, keepdim, _selected_ties) if input.ndim else _alone("kthvalue", input)


def _selected_ties(x: ndarray, order: ndarray, k: int, dim: int) -> None:
    """Where the k-th element has equals, put that one of them in its place in `order` which torch's selection finds."""
    moved = np.moveaxis(order, dim, -1)
    rows, orders = (a.reshape(-1, x.shape[dim]) for a in (np.moveaxis(x, dim, -1), moved))
    ranks = dense_ranks(rows, orders)
    around = np.take_along_axis(ranks, orders[:, max(k - 1, 0):k + 2], 1)
    for i in np.flatnonzero((around[:, 1:] == around[:, :-1]).any(1)).tolist():
        place: Any = np.unravel_index(i, moved.shape[:-1])
        moved[(*place, k)] = kth(ranks[i].tolist(), k)


# ------------------------------------------------------------------ medians

def _nans(x: ndarray) -> ndarray:
    return np.isnan(x) if x.dtype.kind in "fV" else np.zeros(x.shape, bool)


def _median_all(name: str, x: ndarray) -> Any:
    """The lower median of everything; of what is not nan for nanmedian."""
    _ordered("median_cpu", x)
    flat = x.reshape(-1)
    if not flat.size:
        return np.asarray(np.nan if x.dtype.kind in "fV" else np.iinfo(x.dtype).min, x.dtype)
    nans = int(np.count_nonzero(_nans(flat)))
    if nans and (name == "median" or nans == flat.size):
        return np.asarray(np.nan, x.dtype)
    k = (flat.size - nans - 1) // 2
    return np.partition(_ordinary(flat), k)[k].astype(x.dtype)


def _median_dim(name: str, x: ndarray, dim: Any, keepdim: bool) -> Any:
    """(value, index) of the lower median along a dim; a nan is the median where there is one (not for nanmedian)."""
    if isinstance(dim, (tuple, list)):
        raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
    dim = wrap_dim(operator.index(dim), x.ndim)
    _ordered("median_out", x)
    if not x.ndim:
        return _alone(name, x)
    check_full("median", x.shape, (dim,))
    n = x.shape[dim]
    nans = np.count_nonzero(_nans(x), dim, keepdims=True)
    if not nans.any():
        return _kth(name, x, (n - 1) // 2, dim, keepdim)
    if name == "median":
        place = np.where(nans > 0, n - nans, (n - 1) // 2)  # sorted last, so the first nan stands there
    else:
        place = np.maximum(n - nans - 1, 0) // 2
    return _kth(name, x, place, dim, keepdim)


def _to_median(g: Any, y: Any, x: Any) -> Any:
    """The gradient of the median of everything, evenly among its equals."""
    equal = np.asarray(np.isnan(x) if np.isnan(np.asarray(y)) else x == y)
    return g * (equal / np.count_nonzero(equal)).astype(x.dtype) if x.size else np.zeros(x.shape, x.dtype)


def _two_forms(name: str, of: str) -> Callable:
    whole = op(lambda g, y, x: _to_median(g, y, x), name=name, method=False)(lambda input: _median_all(name, input))
    along = op(lambda g, y, x, dim, keepdim: at_indices(g, y[1], x.shape, dim), name=name + "_dim", several=True,
               node=f"{name.title()}Backward1", method=False)(
        lambda input, dim, keepdim=False: _median_dim(name, input, dim, keepdim))
    kind = getattr(return_types, name)

    def run(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, out: Any = None) -> Any:
        dim = axis if dim is None else dim
        if dim is None:
            return whole(input) if out is None else whole(input, out=out)
        return along(input, dim, keepdim) if out is None else kind(*along(input, dim, keepdim, out=out))
    run.__name__ = run.__qualname__ = name
    run.__doc__ = (f"The median of {of}, the lower of two middle ones; with `dim` (values, indices) along it.  As "
                   f"torch.{name}.")
    return method(name)(run)


median = _two_forms("median", "all elements")
nanmedian = _two_forms("nanmedian", "what is not nan")


def _inserted(row: list) -> list[int]:
    """The indices as an insertion sort leaves them that does not know what nan is: torch's in `mode`."""
    order: list[int] = []
    for i, value in enumerate(row):
        at = i
        if i and value < row[order[0]]:
            at = 0
        else:
            while at and value < row[order[at - 1]]:
                at -= 1
        order.insert(at, i)
    return order


@op(lambda g, y, x, dim, keepdim: at_indices(g, y[1], x.shape, dim), several=True)
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(value, index) of the most frequent element along `dim`: the smallest of those; of its places the one
    that an unstable sort leaves last.

    As torch.mode.
    """
    dim = wrap_dim(operator.index(dim), input.ndim)
    _ordered("mode_cpu", input, "c")
    if not input.ndim:
        return _alone("mode", input)
    check_full("mode", input.shape, (dim,))
    order = _order(input, dim, False, False)
    if input.dtype.kind in "fV" and input.shape[dim] <= 16 and _nans(input).any():
        order = np.apply_along_axis(lambda row: np.array(_inserted(row.tolist())), dim, input.astype(np.float64))
    ordered = np.moveaxis(take_at(input, order, dim), dim, -1)
    steps = np.arange(ordered.shape[-1])
    first = np.ones(ordered.shape, bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    length = steps - np.maximum.accumulate(np.where(first, steps, 0), -1)  # how many equal ones stand before
    end = np.moveaxis(length.argmax(-1, keepdims=True), -1, dim)
    indices = take_at(order, end, dim)
    values = take_at(input, indices, dim)
    shape = indices.shape if keepdim else input.shape[:dim] + input.shape[dim + 1:]
    return return_types.mode(values.reshape(shape), indices.reshape(shape))


# ------------------------------------------------------------------ unique values

def _selected(found: Any, return_inverse: bool, return_counts: bool) -> Any:
    """What was asked for of (values, inverse, counts)."""
    kept = found[:1] + found[1:2] * bool(return_inverse) + found[2:] * bool(return_counts)
    return kept if len(kept) > 1 else kept[0]


@method()
def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
           dim: Any = None) -> Any:
    """The different elements in ascending order, or the different slices along `dim`.

    return_inverse: also where each element of the input is among them; return_counts: also how often each occurs.
    sorted: without effect, the result always is.  As torch.unique.
    """
    found = _unique(input, return_inverse or return_counts) if dim is None else _unique_dim(input, dim)
    return _selected(found, return_inverse, return_counts)


@op(no_slope("_unique2"), name="_unique2", several=True, register=False, method=False)
def _unique(x: ndarray, more: bool) -> tuple:
    """(values, inverse, counts), the last two only if wanted."""
    _check_unique(x)
    if not more:
        return np.unique(x, equal_nan=False), np.empty(0, np.int64), np.empty(0, np.int64)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, equal_nan=False)
    return values, inverse.reshape(x.shape), counts


@op(no_slope("unique_dim"), name="unique_dim", several=True, register=False, method=False)
def _unique_dim(x: ndarray, dim: int) -> tuple:
    _check_unique(x, "unique_dim")
    dim = _slice_dim(x, dim)
    if not x.shape[dim]:
        return np.array(x), np.empty(0, np.int64), np.empty(0, np.int64)
    rows = np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1)
    order = np.lexsort(rows.T[::-1])
    values, group, counts = _runs(rows[order])
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = group
    return _slices(values, x, dim), inverse, counts


def _check_unique(x: ndarray, kernel: str = "unique") -> None:
    if x.dtype.kind == "c":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(x.dtype)}'")


def _slice_dim(x: ndarray, dim: Any) -> int:
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = wrap_dim(operator.index(dim), x.ndim)
    if 0 in x.shape[:dim] + x.shape[dim + 1:]:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return dim


def _runs(rows: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """(first of each run of equal rows, the run each row is in, the lengths of the runs)."""
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(first)
    return rows[starts], np.cumsum(first) - 1, np.diff(np.append(starts, len(rows)))


def _slices(rows: ndarray, x: ndarray, dim: int) -> ndarray:
    """Rows back as slices of x along `dim`."""
    shape = x.shape[:dim] + x.shape[dim + 1:]
    return np.ascontiguousarray(np.moveaxis(rows.reshape((len(rows), *shape)), 0, dim))


@method()
def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
    """The input without elements (slices along `dim`) that equal the one before.  As torch.unique_consecutive."""
    return _selected(_unique_consecutive(input, dim), return_inverse, return_counts)


@op(no_slope("unique_consecutive"), name="unique_consecutive", several=True, register=False,
    method=False)
def _unique_consecutive(x: ndarray, dim: Any) -> tuple:
    _check_unique(x, "unique" if dim is None else "unique_dim")
    if dim is None:
        values, group, counts = _runs(x.reshape(-1, 1))
        return values.reshape(-1), group.reshape(x.shape), counts
    dim = _slice_dim(x, dim)
    if not x.shape[dim]:
        return np.array(x), np.empty(0, np.int64), np.empty(0, np.int64)
    values, group, counts = _runs(np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1))
    return _slices(values, x, dim), group, counts


# ------------------------------------------------------------------ places in sorted rows

def _check_search(rows: ndarray, x: Any, sorter: Any, right: bool, side: Any) -> str:
    """The side, once the arguments are seen to fit."""
    name = "torch.searchsorted(): "
    if side not in (None, "left", "right"):
        raise RuntimeError(f"{name}side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}side and right can't be set to opposites, got side of left while right was True")
    if not rows.ndim:
        raise RuntimeError(f"{name}boundaries tensor should have positive dimension, but got 0 dimension")
    if rows.ndim > 1 and not isinstance(x, ndarray) or isinstance(x, ndarray) and not x.ndim and rows.ndim > 1:
        raise RuntimeError(f"{name}input value can be a scalar only when boundaries tensor dimension is 1, but we got "
                           f"boundaries tensor dim({rows.ndim}) and input value's dim(0) numel(1)")
    if rows.ndim > 1 and x.shape[:-1] != rows.shape[:-1]:
        raise RuntimeError(f"{name}boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
                           f"tensor and input value tensor must match, but we got boundaries tensor {list(rows.shape)} "
                           f"and input value tensor {list(x.shape)}")
    if sorter is not None:
        if sorter.shape != rows.shape:
            raise RuntimeError(f"{name}boundary and sorter must have the same size, but got boundary tensor "
                               f"{list(rows.shape)}and got sorter tensor {list(sorter.shape)}")
        if sorter.dtype != np.int64:
            raise RuntimeError(f"{name}sorter must be a tensor of long dtype but got dtype {type_name(sorter.dtype)}")
        if sorter.size and (sorter.min() < 0 or sorter.max() >= rows.shape[-1]):
            raise RuntimeError(f"{name}sorter index out of range")
    return "right" if right or side == "right" else "left"


def _search(rows: ndarray, x: ndarray, side: Any) -> ndarray:
    if rows.ndim == 1:
        return rows.searchsorted(x, side)
    found = np.empty(x.shape, np.int64)
    for place in np.ndindex(rows.shape[:-1]):
        found[place] = rows[place].searchsorted(x[place], side)
    return found


@with_out
def searchsorted(sorted_sequence: Any, input: Any, *, out_int32: bool = False, right: bool = False, side: Any = None,
                 sorter: Any = None) -> Any:
    """Where along the last dim each value would be inserted to keep the order.

    right: after equal elements, not before; side="right" says the same.  sorter: indices that sort the sequence.
    As torch.searchsorted.
    """
    rows, x, order = plain(sorted_sequence), plain(input), plain(sorter)
    side = _check_search(rows, x, order, right, side)
    if order is not None:
        rows = np.take_along_axis(rows, order, -1)
    found = np.asarray(_search(rows, np.asarray(x), side)).astype(np.int32 if out_int32 else np.int64)
    return tensor_of(found)


@with_out
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The number of the bucket, between sorted boundaries, that each value falls into.  As torch.bucketize."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
