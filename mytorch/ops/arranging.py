"""The same elements in another order, and grids of several vectors."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .._types import named_dtype, wrap_dim
from .._warnings import warn
from ..engine.op import method, op
from ..engine.tensor import Tensor, tensor_of
from ._numeric import in_order
from .broadcasting import expand
from .joining import stack
from .shape import as_ints, reshape

__all__ = ["cartesian_prod", "combinations", "flip", "fliplr", "flipud", "meshgrid", "roll", "rot90", "unravel_index"]

ndarray = np.ndarray


# ------------------------------------------------------------------ other orders

def _distinct(dims: tuple, ndim: int) -> list[int]:
    found = [wrap_dim(d, ndim) for d in dims]
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return found


@op(lambda g, y, x, dims: flip(g, dims), variadic=1)
def flip(input: Any, dims: Any) -> ndarray:
    """The order of the elements reversed along `dims`; a copy.  As torch.flip."""
    found = _distinct(as_ints(dims), input.ndim)
    return np.array(input[tuple(slice(None, None, -1) if i in found else slice(None) for i in range(input.ndim))])


@method()
def fliplr(input: Any) -> Any:
    """Left and right exchanged: flip along dim 1.  As torch.fliplr."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, (1,))


@method()
def flipud(input: Any) -> Any:
    """Up and down exchanged: flip along dim 0.  As torch.flipud."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, (0,))


@op(lambda g, y, x, shifts, dims: roll(g, tuple(-n for n in as_ints(shifts)), dims))
def roll(input: Any, shifts: Any, dims: Any = ()) -> ndarray:
    """The elements moved by `shifts` along `dims`; what leaves at the end comes in at the front.

    Without dims through the flattened input.  As torch.roll.
    """
    by, along = as_ints(shifts), as_ints(() if dims is None else dims)
    if not by:
        raise RuntimeError("`shifts` required")
    if along and not input.ndim:
        raise IndexError(f"Dimension specified as {along[0]} but tensor has no dimensions")
    if not along and len(by) == 1:
        return np.roll(input.reshape(-1), by[0]).reshape(input.shape)
    if len(by) != len(along):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(by)}, dims:{len(along)}")
    if not input.size:
        return np.array(input)
    return in_order(np.roll(input, by, tuple(wrap_dim(d, input.ndim) for d in along)))


@op(lambda g, y, x, k, dims: rot90(g, -k, dims))
def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> ndarray:
    """Turned by k times 90 degrees in the plane of two dims, from the first towards the second.  As torch.rot90."""
    dims = as_ints(dims)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    one, two = (wrap_dim(d, input.ndim) for d in dims)
    return np.array(np.rot90(input, k, (one, two)))


@method()
def sum_to_size(self: Any, *size: Any) -> Tensor:
    """Summed over the dims that broadcasting from `size` would have added or repeated.

    As torch.Tensor.sum_to_size.
    """
    shape = as_ints(size[0] if len(size) == 1 else size)
    extra = self.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, self.shape[extra:])):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    if shape and tuple(self.shape) == shape:
        return self
    dims = tuple(i for i in range(self.ndim) if i < extra or shape[i - extra] == 1 != self.shape[i])
    y = self.sum(dims, keepdim=True) if dims or not shape else self
    return reshape(y, shape) if extra else y


# ------------------------------------------------------------------ grids

def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple:
    """The coordinates of the grid that vectors span: a tensor for each, all of one shape; views.

    indexing: "ij", the dims in the order of the vectors, or "xy", the first two exchanged.  As torch.meshgrid.
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if not len(given):
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for i, x in enumerate(given):
        if not isinstance(x, ndarray):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
        if x.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x}")
        if x.dtype != given[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    elif indexing not in ("ij", "xy"):
        raise RuntimeError('torch.meshgrid: indexing must be one of "xy" or "ij", but received: ' + indexing)
    order = list(range(len(given)))
    if indexing == "xy" and len(given) > 1:
        order[:2] = 1, 0
    shape = tuple(int(given[i].size) for i in order)
    return tuple(expand(reshape(x, tuple(-1 if order[d] == i else 1 for d in range(len(given)))), shape)
                 for i, x in enumerate(given))


def _check_vector(x: Any) -> None:
    if x.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")


def cartesian_prod(*tensors: Any) -> Any:
    """All ways to take one element of each vector: (n1 * n2 * ..., number of vectors).  As torch.cartesian_prod."""
    for x in tensors:
        _check_vector(x)
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, (-1,)) for grid in meshgrid(*tensors, indexing="ij")], 1)


@method()
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All ways to take r elements of a vector, in its order: (number, r).  As torch.combinations."""
    _check_vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return input.detach()[:0] if isinstance(input, Tensor) else input[:0]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input.shape[0]), r)), np.int64).reshape(-1, r)
    return stack([input[column] for column in rows.T], 1)


def unravel_index(indices: Any, shape: Any) -> tuple:
    """The coordinates, dim by dim, of elements numbered through a tensor of `shape`.  As torch.unravel_index."""
    if indices.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {named_dtype(indices.dtype)}")
    sizes = as_ints(shape)
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    rest, parts = np.asarray(indices).astype(np.int64), []
    for n in reversed(sizes):
        parts.append(rest % n)
        rest = rest // n
    return tensor_of(tuple(parts[::-1])) if isinstance(indices, Tensor) else tuple(parts[::-1])
