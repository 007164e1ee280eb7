"""Sparse tensors in coordinate form: the places that are not zero, and the values there.

A SparseTensor is a pair of Tensors, `indices` (sparse dims, nnz) and `values` (nnz, *dense dims); the values carry the
gradient.  Every function here is made of ops on the values.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._printing import tensor_text
from .._types import Size, as_dtype, check_device, default_dtype, named_dtype, sparse_coo, wrap_dim
from ..absent_names import NotHere
from ..engine.op import method
from ..engine.tensor import Tensor, plain, tensor_of
from ..ops.gathering import index_select
from ..ops.index_write import index_add

__all__ = ["SparseTensor", "added", "sparse_coo_tensor"]

_NOT_MADE = "Cannot get {} on an uncoalesced tensor, please call .coalesce() first"


class SparseTensor:
    """A tensor of shape `shape` that is `values[k]` at `indices[:, k]` (their sum where a place is named again).

    What a Tensor has and this class has not raises NotImplementedError.
    """
    is_sparse, layout, is_cuda, _base = True, sparse_coo, False, None
    __array_ufunc__ = None  # NumPy's operators leave the operation to this class
    __hash__ = object.__hash__

    def __init__(self, indices: Any, values: Any, shape: tuple, coalesced: bool = False) -> None:
        self._indices_, self._values_, self.shape, self._coalesced = indices, values, Size(shape), coalesced

    dtype = property(lambda self: self._values_.dtype)
    device = property(lambda self: self._values_.device)
    ndim = property(lambda self: len(self.shape))
    requires_grad = property(lambda self: self._values_.requires_grad)
    grad_fn = property(lambda self: self._values_.grad_fn)
    is_leaf = property(lambda self: self._values_.is_leaf)

    @property
    def grad(self) -> Any:
        """The gradient of the values, at their places."""
        found = self._values_.grad
        return None if found is None else self.with_values(found)

    def requires_grad_(self, requires_grad: bool = True) -> SparseTensor:
        self._values_.requires_grad_(requires_grad)
        return self

    def with_values(self, values: Any) -> SparseTensor:
        """Other values at the same places."""
        return SparseTensor(self._indices_, values, self.shape, self._coalesced)

    def __getattr__(self, name: str) -> Any:
        if hasattr(Tensor, name) and name[:2] != "__":
            raise NotHere(f"Tensor.{name}: not for sparse tensors; use .to_dense()")
        raise AttributeError(f"'SparseTensor' object has no attribute {name!r}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def numpy(self, *, force: bool = False) -> Any:
        return self.__array__()

    def __len__(self) -> int:
        return self.shape[0]

    def numel(self) -> int:
        return self.shape.numel()

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[wrap_dim(dim, self.ndim)]

    def dim(self) -> int:
        return self.ndim

    def sparse_dim(self) -> int:
        """How many of the first dimensions are given by indices."""
        return self._indices_.shape[0]

    def dense_dim(self) -> int:
        """How many dimensions every value has."""
        return self.ndim - self.sparse_dim()

    def _nnz(self) -> int:
        return self._indices_.shape[1]

    def is_coalesced(self) -> bool:
        """Whether every place is named once, in order."""
        return self._coalesced

    def _indices(self) -> Tensor:
        return self._indices_

    def _values(self) -> Any:
        return self._values_

    def indices(self) -> Tensor:
        """(sparse_dim, nnz), in order.  Raises RuntimeError unless coalesced."""
        if not self._coalesced:
            raise RuntimeError(_NOT_MADE.format("indices"))
        return self._indices_

    def values(self) -> Tensor:
        """(nnz, *dense dims).  Raises RuntimeError unless coalesced."""
        if not self._coalesced:
            raise RuntimeError(_NOT_MADE.format("values"))
        return self._values_

    def _places(self) -> np.ndarray:
        """The place of every value, counted through the sparse dimensions."""
        sparse = tuple(self.shape[:self.sparse_dim()])
        indices = plain(self._indices_)
        return np.ravel_multi_index(tuple(indices), sparse) if sparse else np.zeros(indices.shape[1], np.int64)

    def coalesce(self) -> SparseTensor:
        """Every place once, in order, with the sum of its values.  As torch.Tensor.coalesce."""
        if self._coalesced:
            return self
        found, which = np.unique(self._places(), return_inverse=True)
        sparse = tuple(self.shape[:self.sparse_dim()])
        indices = np.array(np.unravel_index(found, sparse), np.int64).reshape(len(sparse), len(found))
        values = added(len(found), which, self._values_)
        return SparseTensor(tensor_of(indices), values, self.shape, True)

    def to_dense(self) -> Tensor:
        """The same numbers as a dense Tensor."""
        sparse = self.shape[:self.sparse_dim()]
        dense: Any = added(sparse.numel(), self._places(), self._values_)
        return dense.reshape(self.shape)

    def detach(self) -> SparseTensor:
        return self.with_values(self._values_.detach())

    def __repr__(self) -> str:
        indices, values = (tensor_text(plain(part.detach()), default_dtype=part.dtype, suffixes=())
                           for part in (self._indices_, self._values_))
        head = f"size={tuple(self.shape)}, nnz={self._nnz()}"
        if self.dtype not in (default_dtype(), np.int64, np.bool_):
            head += f", dtype={named_dtype(self.dtype)}"
        text = (f"tensor(indices={_indented(indices, 15)},\n       values={_indented(values, 14)},\n       {head}, "
                "layout=torch.sparse_coo")
        if self.grad_fn is not None:
            return f"{text},\n       grad_fn=<{self.grad_fn.name()}>)"
        return text + (", requires_grad=True)" if self.requires_grad else ")")


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by * (i > 0 and line != "") + line for i, line in enumerate(text.split("\n")))


def added(count: int, places: np.ndarray, values: Tensor) -> Tensor:
    """(count, *rest): the sum of the values at every place."""
    zeros = np.zeros((count, *values.shape[1:]), values.dtype).view(Tensor)
    return index_add(zeros, 0, tensor_of(places.reshape(-1)), values)


def sparse_coo_tensor(indices: Any, values: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None,
                      pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
                      is_coalesced: bool | None = None) -> SparseTensor:
    """A sparse tensor of `values` (nnz, *dense) at `indices` (sparse dims, nnz).

    Args:
        size: its shape; by default the smallest that holds the indices.
        is_coalesced: True: the caller knows that every place is named once, in order.
    Raises:
        RuntimeError: an index is negative or outside of `size`, the counts differ.
    As torch.sparse_coo_tensor; that indices lie inside is always checked.
    """
    check_device(device)
    if pin_memory:
        raise NotImplementedError("sparse_coo_tensor: pin_memory=True needs an accelerator")
    where = np.asarray(plain(indices)).astype(np.int64)
    data = values if isinstance(values, Tensor) else tensor_of(np.asarray(values))
    if not isinstance(values, (Tensor, np.ndarray)) and data.dtype.kind == "f":
        data = tensor_of(plain(data).astype(default_dtype()))
    if dtype is not None:
        data = data.astype(as_dtype(dtype))
    if requires_grad:
        data = data.detach().requires_grad_()
    if where.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(where.shape)}")
    if where.shape[1] != data.shape[0]:
        raise RuntimeError(f"indices and values must have same nnz, but got nnz from indices: {where.shape[1]}, nnz "
                           f"from values: {data.shape[0]}")
    for dim, row in enumerate(where):
        if row.size and row.min() < 0:
            raise RuntimeError(f"found negative index {row.min()} for dim {dim}")
    if size is None:
        size = (*(int(row.max(initial=-1)) + 1 for row in where), *data.shape[1:])
    for dim, row in enumerate(where):
        if row.size and row.max() >= size[dim]:
            raise RuntimeError(f"size is inconsistent with indices: for dim {dim}, size is {size[dim]} but found index "
                               f"{row.max()}")
    return SparseTensor(tensor_of(where), data, tuple(size), bool(is_coalesced))


@method("to_sparse", "to_sparse_coo")
def _to_sparse(self: Tensor, sparse_dim: int | None = None, *, layout: Any = None, blocksize: Any = None,
               dense_dim: int | None = None) -> SparseTensor:
    """The places that are not zero, coalesced.  sparse_dim: how many dimensions indices name.

    As torch.Tensor.to_sparse; the layout torch.sparse_coo only.
    """
    if layout not in (None, sparse_coo) or blocksize is not None or dense_dim is not None:
        raise NotImplementedError("to_sparse: layout= other than torch.sparse_coo, blocksize= and dense_dim= are not "
                                  "supported")
    count = self.ndim if sparse_dim is None else sparse_dim
    array = plain(self)
    filled = (array != 0).reshape(*array.shape[:count], -1).any(-1)
    where = np.array(np.nonzero(filled), np.int64).reshape(count, -1)
    places = np.ravel_multi_index(tuple(where), array.shape[:count])
    values = index_select(self.reshape(-1, *array.shape[count:]), 0, tensor_of(places))
    return SparseTensor(tensor_of(where), values, array.shape, True)
