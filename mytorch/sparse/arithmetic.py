"""Arithmetic on sparse tensors, made of ops on their values; it is hung on SparseTensor."""
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from .._types import as_dtype, wrap_dim
from ..engine.arguments import stand_ins
from ..engine.tensor import Tensor, plain, tensor_of
from ..ops.gathering import index_select
from ..ops.joining import cat
from .tensor import SparseTensor, added

__all__ = ["addmm", "log_softmax", "mm", "softmax", "sum"]

_NUMBERS = (bool, int, float, complex, np.generic)


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) or isinstance(value, np.ndarray) and not value.ndim


def _picked(values: Any, which: np.ndarray) -> Tensor:
    """Some of the values."""
    return index_select(values, 0, tensor_of(which))


# ------------------------------------------------------------------ element by element

def _of_values(name: str, merged: bool = True) -> Callable:
    """The method that does to each value what a Tensor's does; merged: what is not linear needs each place once."""
    def run(self: SparseTensor, *args: Any, **kwargs: Any) -> SparseTensor:
        mine = self.coalesce() if merged else self
        return mine.with_values(getattr(mine._values(), name)(*args, **kwargs))
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"`Tensor.{name}` of the values; zero stays zero."
    return run


for _name in """abs absolute asin asinh atan atanh ceil deg2rad erf erfinv expm1 floor isinf isnan log1p pow rad2deg
        relu round sgn sign sin sinh sqrt square tan tanh trunc""".split():
    setattr(SparseTensor, _name, _of_values(_name))
for _name in """bfloat16 bool byte cdouble cfloat char clone double float half int long neg positive short to
        type """.split():
    setattr(SparseTensor, _name, _of_values(_name, merged=False))
for _name in "element_size is_complex is_floating_point is_signed".split():
    setattr(SparseTensor, _name, lambda self, name=_name: getattr(self._values(), name)())


def _scaled(name: str) -> Callable:
    def run(self: SparseTensor, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        return self.with_values(getattr(self._values(), name)(other))
    return run


def add(self: SparseTensor, other: Any, *, alpha: Any = 1) -> SparseTensor:
    """self + alpha * other, both sparse."""
    if not isinstance(other, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if self.shape != other.shape:
        raise RuntimeError(f"add: expected sizes of 'self' and 'other' to match, but {list(self.shape)} != "
                           f"{list(other.shape)}")
    theirs = other._values() if alpha == 1 else other._values() * alpha
    whole = SparseTensor(cat([self._indices(), other._indices()], 1), cat([self._values(), theirs]), self.shape)
    whole = whole.coalesce()
    whole._coalesced = self._coalesced and other._coalesced
    return whole


def mul(self: SparseTensor, other: Any) -> SparseTensor:
    """self * other: a number, a sparse tensor, or a dense one that broadcasts to this shape."""
    if isinstance(other, SparseTensor):
        return _in_both(self, other.coalesce())
    if _is_number(other):
        return self.with_values(self._values() * other)
    places = tuple(tensor_of(row.copy()) for row in plain(self._indices()))
    return self.with_values(self._values() * other.expand(*self.shape)[places])


def _in_both(a: SparseTensor, b: SparseTensor) -> SparseTensor:
    """The products where both have a value."""
    if a.shape != b.shape:
        raise RuntimeError("sparse_binary_op_intersection_cpu(): expects sparse inputs with equal dimensionality, "
                           "number of sparse dimensions, and shape of sparse dimensions")
    mine, theirs = a._places(), b._places()
    at = np.searchsorted(theirs, mine)
    mine = np.nonzero(np.append(theirs, -1)[at] == mine)[0]
    return SparseTensor(a._indices()[:, tensor_of(mine)], _picked(a._values(), mine) * _picked(b._values(), at[mine]),
                        a.shape, a._coalesced)


def _plus_dense(self: SparseTensor, other: Any) -> Any:
    return other + self.to_dense() if isinstance(other, np.ndarray) else NotImplemented


def _from_dense(self: SparseTensor, other: Any) -> Any:
    return other - self.to_dense() if isinstance(other, np.ndarray) else NotImplemented


# ------------------------------------------------------------------ other dims

def transpose(self: SparseTensor, dim0: int, dim1: int) -> SparseTensor:
    """Two of the sparse dims exchanged."""
    order = list(range(self.ndim))
    i, j = wrap_dim(dim0, self.ndim), wrap_dim(dim1, self.ndim)
    order[i], order[j] = j, i
    return permute(self, order)


def permute(self: SparseTensor, *dims: Any) -> SparseTensor:
    """The dims in another order; the sparse ones among themselves."""
    order = [wrap_dim(d, self.ndim) for d in (dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims)]
    count = self.sparse_dim()
    if sorted(order[:count]) != list(range(count)):
        raise NotImplementedError("Tensor.permute: a sparse dim and a dense one cannot be exchanged")
    values = self._values().permute(0, *(d - count + 1 for d in order[count:]))
    moved = order != list(range(self.ndim))
    return SparseTensor(self._indices()[order[:count]], values, tuple(self.shape[d] for d in order),
                        self._coalesced and not moved)


def t(self: SparseTensor) -> SparseTensor:
    """A matrix with its dims exchanged."""
    if self.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got "
                           f"{self.sparse_dim()} sparse and {self.dense_dim()} dense dimensions")
    return self if self.ndim < 2 else transpose(self, 0, 1)


def select(self: SparseTensor, dim: int, index: int) -> Any:
    """The slice number `index` of a sparse dim; dense when no sparse dim is left."""
    dim = wrap_dim(dim, self.ndim)
    if dim >= self.sparse_dim():
        raise NotImplementedError("Tensor.select: of a sparse dim only")
    if not -self.shape[dim] <= index < self.shape[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension "
                         f"{dim}")
    indices = plain(self._indices())
    which = np.nonzero(indices[dim] == index % self.shape[dim])[0]
    values = _picked(self._values(), which)
    if len(indices) == 1:
        return values.sum(axis=0)
    return SparseTensor(tensor_of(np.delete(indices[:, which], dim, 0)), values,
                        self.shape[:dim] + self.shape[dim + 1:], self._coalesced)


def _getitem(self: SparseTensor, index: Any) -> Any:
    for i in index if isinstance(index, tuple) else (index,):
        if not isinstance(i, (int, np.integer)):
            raise NotImplementedError("Tensor.__getitem__: a sparse tensor is indexed with integers only")
        if not -self.shape[0] <= i < self.shape[0]:
            raise IndexError(f"index {i} is out of bounds for dimension 0 with size {self.shape[0]}")
        self = select(self, 0, int(i)) if isinstance(self, SparseTensor) else self[i]
    return self


def sum(input: SparseTensor, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of everything (dense, 0-d), or over some of the sparse dimensions (sparse; dense when none is left).

    As torch.sparse.sum.
    """
    values = input._values() if dtype is None else input._values().astype(as_dtype(dtype))
    if dim is None:
        return values.sum()
    gone = {wrap_dim(d, input.ndim) for d in ((dim,) if isinstance(dim, int) else dim)}
    if max(gone) >= input.sparse_dim():
        raise NotImplementedError("sparse.sum: dim= of a dense dimension is not supported")
    kept = [d for d in range(input.sparse_dim()) if d not in gone]
    if not kept:
        return values.sum(axis=0)
    shape = [n for d, n in enumerate(input.shape) if d not in gone]
    left: Any = values
    return SparseTensor(tensor_of(plain(input._indices())[kept]), left, tuple(shape)).coalesce()


# ------------------------------------------------------------------ products

def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """mat1 @ mat2 of matrices (n, m) and (m, p): sparse if both are, else dense.  As torch.sparse.mm."""
    if reduce is not None:
        raise NotImplementedError("sparse.mm: reduce=")
    if mat1.shape[1] != mat2.shape[0]:
        raise RuntimeError(f"addmm: Argument #3 (dense): Expected dim 0 size {mat1.shape[1]}, got {mat2.shape[0]}"
                           if not isinstance(mat2, SparseTensor) else "mat1 and mat2 shapes cannot be multiplied "
                           f"({mat1.shape[0]}x{mat1.shape[1]} and {mat2.shape[0]}x{mat2.shape[1]})")
    if not isinstance(mat1, SparseTensor):
        if not isinstance(mat2, SparseTensor):
            return mat1 @ mat2
        return mm(t(mat2), mat1.t()).t()
    if isinstance(mat2, SparseTensor):
        return _of_two(mat1.coalesce(), mat2.coalesce())
    rows, columns = plain(mat1._indices())
    parts = mat1._values().reshape(-1, 1) * index_select(mat2, 0, tensor_of(columns.copy()))    # (nnz, p)
    return added(mat1.shape[0], rows, parts)


def _of_two(a: SparseTensor, b: SparseTensor) -> SparseTensor:
    """The product of two: each value of a times all values of b in the row that its column names."""
    (rows, columns), (inner, outer) = plain(a._indices()), plain(b._indices())
    first = np.searchsorted(inner, columns)
    counts = np.searchsorted(inner, columns, "right") - first
    of_a = np.repeat(np.arange(len(columns)), counts)
    of_b = np.arange(len(of_a)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    values = _picked(a._values(), of_a) * _picked(b._values(), of_b)
    indices = tensor_of(np.stack([rows[of_a], outer[of_b]]))
    return SparseTensor(indices, values, (a.shape[0], b.shape[1])).coalesce()


def matmul(self: SparseTensor, other: Any) -> Any:
    """self @ other, a matrix or a vector."""
    return mm(self, other.reshape(-1, 1)).reshape(-1) if other.ndim == 1 else mm(self, other)


def addmm(mat: Any, mat1: SparseTensor, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * mat + alpha * (mat1 @ mat2), with mat1 sparse and the others dense.  As torch.sparse.addmm."""
    return mat * beta + mm(mat1, mat2) * alpha


def softmax(input: SparseTensor, dim: int, *, dtype: Any = None) -> SparseTensor:
    """softmax over a sparse dim; what is not there counts as minus infinity.  As torch.sparse.softmax."""
    found = log_softmax(input, dim, dtype=dtype)
    return found.with_values(found._values().exp())


def log_softmax(input: SparseTensor, dim: int, *, dtype: Any = None) -> SparseTensor:
    """The logarithm of `softmax`.  As torch.sparse.log_softmax."""
    mine = input.coalesce() if dtype is None else input.to(dtype).coalesce()
    if wrap_dim(dim, mine.ndim) >= mine.sparse_dim():
        return mine.with_values(mine._values().log_softmax(dim))
    rest = np.delete(plain(mine._indices()), wrap_dim(dim, mine.ndim), 0)
    _, group = np.unique(rest, axis=1, return_inverse=True) if len(rest) else (0, np.zeros(mine._nnz(), np.int64))
    group = group.reshape(-1)
    count = int(group.max(initial=-1)) + 1
    values = mine._values()
    top = np.full((count, *values.shape[1:]), -np.inf, values.dtype)
    np.maximum.at(top, group, plain(values))
    shifted = values - tensor_of(top[group])  # exp overflows otherwise
    sums: Any = added(count, group, shifted.exp())
    return mine.with_values(shifted - _picked(sums.log(), group))


for _name, _member in {
    "add": add, "mul": mul, "multiply": mul, "sub": lambda self, other, *, alpha=1: add(self, other, alpha=-alpha),
    "div": _scaled("__truediv__"), "__add__": add, "__sub__": lambda self, other: add(self, other, alpha=-1),
    "__mul__": mul, "__rmul__": mul, "__truediv__": _scaled("__truediv__"), "__radd__": _plus_dense,
    "__rsub__": _from_dense, "__neg__": _of_values("neg", merged=False), "__pow__": _of_values("pow"),
    "__abs__": _of_values("abs"), "__matmul__": matmul, "__rmatmul__": lambda self, other: mm(other, self),
    "__getitem__": _getitem, "mm": mm, "mv": matmul, "matmul": matmul, "sum": sum, "transpose": transpose,
    "permute": permute, "t": t, "select": select, "T": property(lambda self: permute(self, range(self.ndim)[::-1])),
    "mT": property(lambda self: transpose(self, -2, -1)), "any": lambda self: self._values().any(),
    "norm": lambda self, *args: self.coalesce()._values().reshape(-1).norm(*args),
    "is_same_size": lambda self, other: self.shape == other.shape, "cpu": lambda self: self,
    "to_sparse": lambda self: self}.items():
    setattr(SparseTensor, _name, _member)


# ------------------------------------------------------------------ functions that are given one

_OPERATORS: dict[str, Callable] = {
    "add": operator.add, "sub": operator.sub, "subtract": operator.sub, "mul": operator.mul,
    "multiply": operator.mul, "matmul": operator.matmul, "mm": mm, "mv": matmul, "addmm": addmm}


def _given(name: str, args: tuple, kwargs: dict) -> Any:
    """What a function of dense tensors, or a dense tensor's method, gives for these: torch.mm(s, m), m.mm(s)."""
    if name in _OPERATORS and (not kwargs or name == "addmm") and args:
        return _OPERATORS[name](*args, **kwargs)
    if not args or not isinstance(args[0], SparseTensor):
        raise NotImplementedError(f"{name}: not with a sparse tensor beside a dense one; use .to_dense()")
    return getattr(args[0], name)(*args[1:], **kwargs)


stand_ins[SparseTensor] = _given
