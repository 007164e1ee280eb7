"""Several tensors into one, and one into several."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import result_dtype, type_name, wrap_dim
from ..engine.op import _into, apply, method, op
from ..engine.tensor import Tensor
from ._numeric import in_order
from .indexing import FULL, along
from .shape import as_ints, reshape, unsqueeze

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "cat", "chunk", "column_stack", "concat", "concatenate", "dsplit",
           "dstack", "hsplit", "hstack", "row_stack", "split", "split_with_sizes", "stack", "tensor_split", "unbind",
           "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "vsplit", "vstack"]

ndarray = np.ndarray


# ------------------------------------------------------------------ joining

def _to_one_type(arguments: list) -> None:
    """All tensors of the list in torch's common type."""
    arrays = arguments[0]
    kind = getattr(arrays[0], "dtype", None)
    for array in arrays:
        if type(array) is not ndarray or array.dtype is not kind:
            break
    else:
        return
    for i, array in enumerate(arrays):
        if not isinstance(array, ndarray):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(array).__name__}")
    kind = result_dtype(arrays)
    arguments[0] = [array.astype(kind, copy=False) for array in arrays]


def _cut(g: Any, y: Any, needs: Any, tensors: list, dim: int) -> list:
    """The gradient of each of the joined tensors: its stretch of `g`."""
    gradients, start = [], 0
    dim = wrap_dim(dim, g.ndim)
    for tensor, wanted in zip(tensors, needs):
        if _is_legacy_empty(tensor) and g.ndim > 1:
            gradients.append(np.zeros((0,), tensor.dtype) if wanted else None)
            continue
        stop = start + tensor.shape[dim]
        gradients.append(g[along(dim, slice(start, stop))] if wanted else None)
        start = stop
    return gradients


def _is_legacy_empty(tensor: Any) -> bool:
    """Of shape (0,): such tensors torch joins with anything."""
    return tensor.ndim == 1 and tensor.shape[0] == 0


@op(joint=_cut, promote=_to_one_type, sequence=True, saves=(), name="cat", method=False)
def _cat(tensors: Any, dim: int = 0) -> ndarray:
    try:
        return in_order(np.concatenate(tensors, dim))
    except ValueError:
        parts = [x for x in tensors if not _is_legacy_empty(x)] or tensors
    try:
        return in_order(np.concatenate(parts, dim))
    except ValueError:
        raise _cat_error(tensors, parts, dim) from None


def _cat_error(tensors: Any, parts: Any, dim: int) -> Exception:
    for i, x in enumerate(tensors):
        if not x.ndim:
            return RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    first = parts[0]
    dim = wrap_dim(operator.index(dim), first.ndim)
    for i, x in enumerate(tensors):
        if _is_legacy_empty(x):
            continue
        if x.ndim != first.ndim:
            return RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}")
        for d, (n, m) in enumerate(zip(first.shape, x.shape)):
            if n != m and d != dim:
                return RuntimeError(f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got "
                                    f"size {m} for tensor number {i} in the list.")
    return RuntimeError("the tensors cannot be concatenated")


_CAT = _cat.op  # type: ignore[attr-defined]


def _check_list(name: str, tensors: Any) -> None:
    if isinstance(tensors, ndarray):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")


def cat(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> Any:
    """The tensors one after the other along `dim`.  As torch.cat.

    All must have the same shape except in `dim`; tensors of shape (0,) are passed over.
    """
    _check_list("cat", tensors)
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    arguments = (tensors, dim if axis is None else axis)
    return apply(_CAT, arguments) if out is None else _into(_CAT, out, arguments)


concat = concatenate = cat


@op(joint=lambda g, y, needs, tensors, dim: [
        g[along(wrap_dim(dim, g.ndim), i)] if wanted else None for i, wanted in enumerate(needs)],
    promote=_to_one_type, sequence=True, saves=(), name="stack", method=False)
def _stack(tensors: Any, dim: int = 0) -> ndarray:
    first = tensors[0].shape
    for i, x in enumerate(tensors):
        if x.shape != first:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                               f"{list(x.shape)} at entry {i}")
    dim = wrap_dim(operator.index(dim), len(first) + 1)
    index = (FULL,) * dim + (None,)
    return in_order(np.concatenate([x[index] for x in tensors], dim))


_STACK = _stack.op  # type: ignore[attr-defined]


def stack(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> Any:
    """Tensors of one shape, as the slices of a new dim `dim`.  As torch.stack."""
    _check_list("stack", tensors)
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    arguments = (tensors, dim if axis is None else axis)
    return apply(_STACK, arguments) if out is None else _into(_STACK, out, arguments)


def _several(name: str, tensors: Any) -> Any:
    _check_list(name, tensors)
    if not len(tensors):
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def _each(function: Any, tensors: Any) -> Any:
    """function of one tensor, or of each in a tuple of them."""
    if len(tensors) == 1:
        if not isinstance(tensors[0], (list, tuple)):
            return function(tensors[0])
        tensors = tensors[0]
    return tuple(map(function, tensors))


def _at_least(ndim: int) -> Any:
    def grow(x: Any) -> Any:
        if x.ndim >= ndim:
            return x
        if not x.ndim:
            return reshape(x, (1,) * ndim)
        return unsqueeze(x if x.ndim == ndim - 1 else unsqueeze(x, 0), -1 if ndim == 3 else 0)
    return grow


_at_least_1d, _at_least_2d, _at_least_3d = map(_at_least, (1, 2, 3))


def atleast_1d(*tensors: Any) -> Any:
    """0-d tensors with one dim more; several tensors (or a list of them) give a tuple.  As torch.atleast_1d."""
    return _each(_at_least_1d, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """Tensors of fewer than two dims with dims of size one in front.  As torch.atleast_2d."""
    return _each(_at_least_2d, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """Tensors of fewer than three dims with dims of size one; a vector lies in the middle.  As torch.atleast_3d."""
    return _each(_at_least_3d, tensors)


def hstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors side by side: along dim 1, vectors along dim 0.  As torch.hstack."""
    tensors = [_at_least_1d(x) for x in _several("hstack", tensors)]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1, out=out)


def vstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors one below the other: along dim 0, vectors as rows.  As torch.vstack."""
    return cat([_at_least_2d(x) for x in _several("vstack", tensors)], 0, out=out)


row_stack = vstack


def dstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors one behind the other: along dim 2.  As torch.dstack."""
    return cat([_at_least_3d(x) for x in _several("dstack", tensors)], 2, out=out)


def column_stack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors side by side, vectors as columns.  As torch.column_stack."""
    columns = [reshape(x, (int(np.prod(x.shape)), 1)) if x.ndim <= 1 else x for x in _several("column_stack", tensors)]
    return hstack(columns, out=out)


# ------------------------------------------------------------------ splitting

def _listed(g: Any) -> list:
    """The gradients of several results; those of a single one come bare."""
    return g if isinstance(g, list) else [g]


@op(lambda g, y, x, dim: stack(_listed(g), dim), view=True, several=True, method=False,
    name="unbind")
def _unbind(input: Any, dim: int = 0) -> tuple:
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = wrap_dim(operator.index(dim), input.ndim)
    if not dim:
        return tuple([input[i, ...] for i in range(input.shape[0])])
    front = (FULL,) * dim
    return tuple([input[(*front, i, ...)] for i in range(input.shape[dim])])


_UNBIND = _unbind.op  # type: ignore[attr-defined]


@method()
def unbind(input: Any, dim: int = 0) -> tuple:
    """The slices of dim `dim`, as a tuple of views.  As torch.unbind."""
    return apply(_UNBIND, (input, dim))


def _pieces(x: ndarray, dim: int, sizes: Any) -> tuple:
    """Stretches of these sizes along `dim`, one after the other."""
    front, start, parts = (FULL,) * dim, 0, []
    for n in sizes:
        parts.append(x[(*front, slice(start, start + n))])
        start += n
    return tuple(parts)


@op(lambda g, y, x, size, dim: cat(_listed(g), dim), view=True, several=True, method=False,
    name="split")
def _split(input: Any, size: int, dim: int = 0) -> tuple:
    if not input.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    dim = wrap_dim(operator.index(dim), input.ndim)
    length = input.shape[dim]
    if size == 0 and length:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    count = max(-(-length // size), 1) if size else 1
    return _pieces(input, dim, [size] * (count - 1) + [length - size * (count - 1)])


@op(lambda g, y, x, sizes, dim: cat(_listed(g), dim), view=True, several=True, method=False,
    name="split_with_sizes")
def _split_with_sizes(input: Any, sizes: Any, dim: int = 0) -> tuple:
    if not input.ndim:
        raise RuntimeError("split_with_sizes expects at least a 1-dimensional tensor")
    sizes, dim = as_ints(sizes), wrap_dim(operator.index(dim), input.ndim)
    if any(n < 0 for n in sizes):
        raise RuntimeError("split_with_sizes expects split_sizes have only non-negative entries, but got "
                           f"split_sizes={list(sizes)}")
    if sum(sizes) != input.shape[dim]:
        raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {input.shape[dim]} (input tensor's "
                           f"size at dimension {dim}), but got split_sizes={list(sizes)}")
    return _pieces(input, dim, sizes)


_SPLIT, _SPLIT_SIZES = _split.op, _split_with_sizes.op  # type: ignore[attr-defined]


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple:
    """`tensor` in pieces of one size (the last may be smaller) or of the given sizes; views.  As torch.split."""
    if isinstance(split_size_or_sections, (list, tuple)):
        return apply(_SPLIT_SIZES, (tensor, split_size_or_sections, dim))
    return apply(_SPLIT, (tensor, operator.index(split_size_or_sections), dim))


@method("split")
def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple:
    """In pieces of one size, or of the given sizes; see `split`."""
    return split(self, split_size, dim)


@method()
def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> tuple:
    """In pieces of the given sizes; views.  As torch.split_with_sizes."""
    return apply(_SPLIT_SIZES, (input, split_sizes, dim))


def _chunk_size(input: Any, chunks: int, dim: int) -> tuple[int, tuple]:
    """The size of the pieces, and for a dim of size zero (where that is 0) all their sizes."""
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return -(-input.shape[wrap_dim(operator.index(dim), input.ndim)] // chunks), (0,) * chunks


@method()
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple:
    """In at most `chunks` pieces of one size, the last perhaps smaller; views.  As torch.chunk."""
    size, parts = _chunk_size(input, chunks, dim)
    return apply(_SPLIT, (input, size, dim)) if size else apply(_SPLIT_SIZES, (input, parts, dim))


_UNSAFE, _UNSAFE_SIZES = (
    op(lambda g, y, x, how, dim: cat(_listed(g), dim), several=True, method=False, register=False,
       name="unsafe_" + split.name)(split.forward).op  # type: ignore[attr-defined]
    for split in (_SPLIT, _SPLIT_SIZES))


@method()
def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> tuple:
    """`chunk`, whose pieces count as tensors of their own: writes to them are not seen by the others' gradients."""
    size, parts = _chunk_size(input, chunks, dim)
    return apply(_UNSAFE, (input, size, dim)) if size else apply(_UNSAFE_SIZES, (input, parts, dim))


@method()
def unsafe_split(tensor: Any, split_size: Any, dim: int = 0) -> tuple:
    """`split`, whose pieces count as tensors of their own."""
    if isinstance(split_size, (list, tuple)):
        return unsafe_split_with_sizes(tensor, split_size, dim)
    return apply(_UNSAFE, (tensor, operator.index(split_size), dim))


@method()
def unsafe_split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> tuple:
    """`split_with_sizes`, whose pieces count as tensors of their own."""
    return apply(_UNSAFE_SIZES, (input, split_sizes, dim))


@method()
def tensor_split(input: Any, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None,
                 sections: Any = None, tensor_indices_or_sections: Any = None) -> tuple:
    """In `sections` pieces of nearly one size, or cut at `indices`; views.  As torch.tensor_split."""
    given = (indices_or_sections, indices, sections, tensor_indices_or_sections)
    how = next((h for h in given if h is not None), None)
    if how is None:
        raise TypeError('tensor_split() missing 1 required positional arguments: "indices_or_sections"')
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim = wrap_dim(operator.index(dim), input.ndim)
    if isinstance(how, ndarray):
        if how.dtype != np.int64:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                               f"{type_name(how.dtype)}")
        if how.ndim > 1:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to be a zero-dimensional or "
                               f"one-dimensional tensor, but got a tensor with {how.ndim} dims")
        how = how.tolist()
    length = input.shape[dim]
    if isinstance(how, (list, tuple)):
        cuts = [0, *as_ints(how), length]
    else:
        count = operator.index(how)
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        cuts = [i * (length // count) + min(i, length % count) for i in range(count + 1)]
    ends = [slice(a, b) for a, b in zip(cuts, cuts[1:])]
    return tuple(input[along(dim, end)] for end in ends)


def _split_along(name: str, dim: int, least: int) -> Any:
    def run(input: Any, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None) -> tuple:
        if input.ndim < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
                               f"{input.ndim} dimensions!")
        at = 0 if name == "hsplit" and input.ndim == 1 else dim
        how = next((h for h in (indices_or_sections, indices, sections) if h is not None), None)
        if isinstance(how, (int, np.integer)) and (how == 0 or input.shape[at] % how):
            raise RuntimeError(f"torch.{name} attempted to split along dimension {at}, but the size of the dimension "
                               f"{input.shape[at]} is not divisible by the split_size {how}!")
        return tensor_split(input, how, at)
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"`tensor_split` along dim {dim} into equal sections, or cut at indices.  As torch.{name}."
    return method()(run)


hsplit, vsplit, dsplit = (_split_along(name, dim, least) for name, dim, least in (
    ("hsplit", 1, 1), ("vsplit", 0, 2), ("dsplit", 2, 3)))
