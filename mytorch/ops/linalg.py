"""Linear algebra on top of products and decompositions: traces, chains of products, norms of matrices."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import is_inexact, wrap_dim
from .._warnings import warn, warn_once
from ..engine.op import method, op
from ._shared import with_out
from .decomposition import svdvals
from .diagonals import diagonal
from .extremes import amax, amin
from .matrices import check_matrix
from .norms import check_norm, number_text, vector_norm
from .pointwise import abs, conjugate
from .products import C_NAMES, matmul
from .reduction import sum
from .shape import movedim, type_name

__all__ = ["chain_matmul", "cross", "frobenius_norm", "norm", "norm_except_dim", "nuclear_norm", "trace"]

ndarray = np.ndarray


# ------------------------------------------------------------------ small ones

@op(lambda g, y, x: g * np.eye(*x.shape, dtype=x.dtype))
def trace(input: Any) -> Any:
    """The sum of the diagonal of a matrix.  As torch.trace."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if input.dtype.kind == "b":
        raise NotImplementedError("\"trace\" not implemented for 'Bool'")
    kind = np.dtype(np.int64) if input.dtype.kind in "iu" else input.dtype
    return np.asarray(input.diagonal().sum(dtype=kind if kind.itemsize > 2 else np.float32)).astype(kind)


def linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, a view.  As torch.linalg.diagonal."""
    return diagonal(A, offset, dim1, dim2)


@op(lambda g, y, a, b, dim: _cross(conjugate(b), g, dim), lambda g, y, a, b, dim: _cross(g, conjugate(a), dim),
    name="linalg_cross", method=False)
def _cross(a: ndarray, b: ndarray, dim: int) -> ndarray:
    one, two = [1, 2, 0], [2, 0, 1]
    return np.take(a, one, dim) * np.take(b, two, dim) - np.take(a, two, dim) * np.take(b, one, dim)


@with_out
def linalg_cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector product along `dim`, which has three elements.  As torch.linalg.cross."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    n, m = (x.shape[wrap_dim(dim, x.ndim)] for x in (input, other))
    if n != 3 or m != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {n} and {m}")
    if input.dtype != other.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input.dtype)} but found {type_name(other.dtype)}")
    for i, (a, b) in enumerate(zip(input.shape, other.shape)):
        if a != b and 1 not in (a, b):
            raise RuntimeError(f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
                               f"dimension {i}")
    if input.dtype.kind == "b":
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    return _cross(input, other, wrap_dim(dim, input.ndim) - input.ndim)


@method()
@with_out
def cross(input: Any, other: Any, dim: Any = None) -> Any:
    """The vector product along `dim`, by default the first of size three.  As torch.cross."""
    if dim is None:
        warn("Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim "
             "explicitly or simply use torch.linalg.cross.\nThe default value of dim will change to agree "
             "with that of linalg.cross in a future release.")
        if 3 not in input.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = tuple(input.shape).index(3)
    return linalg_cross(input, other, dim=dim)


@with_out
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """sum conj(x) y along `dim`.  As torch.linalg.vecdot."""
    if x.dtype != y.dtype:
        raise RuntimeError(f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
                           f"{type_name(x.dtype)} and y of type {type_name(y.dtype)} instead")
    if not is_inexact(x.dtype):
        raise RuntimeError("linalg.vecdot: Expected a floating point or complex tensor as input. Got "
                           f"{type_name(x.dtype)}")
    return sum(conjugate(x) * y, dim)


# ------------------------------------------------------------------ chains of products

def _cheapest(sizes: list[int]) -> list[list[int]]:
    """Where to split matrices i..j of a chain for the fewest multiplications (dynamic programming)."""
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    split = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], split[i][j] = min((cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                                          for k in range(i, j))
    return split


@with_out
def multi_dot(tensors: Any) -> Any:
    """The product of several matrices, multiplied in the cheapest order; the first and the last may be vectors.

    As torch.linalg.multi_dot.
    """
    tensors = list(tensors)
    n = len(tensors)
    if n < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {n}")
    for i, what in ((0, "first"), (n - 1, "last")):
        if tensors[i].ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {what} tensor must be 1D or 2D but got {tensors[i].ndim}D")
    for i in range(1, n - 1):
        if tensors[i].ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {tensors[i].ndim}D")
    for i in range(1, n):
        if tensors[i].dtype != tensors[0].dtype:
            raise RuntimeError("multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                               f"{C_NAMES[tensors[0].dtype.name]} and tensor {i} "
                               f"{C_NAMES[tensors[i].dtype.name]}")
    shapes = [tuple(t.shape) for t in tensors]
    full = [(1, *s) if i == 0 and len(s) == 1 else (*s, 1) if len(s) == 1 else s for i, s in enumerate(shapes)]
    for i in range(n - 1):
        if full[i][1] != full[i + 1][0]:
            raise RuntimeError(f"multi_dot(): tensors {i} and {i + 1} with shapes {list(full[i])} and "
                               f"{list(full[i + 1])} cannot be multiplied")
    tensors = [t.reshape(s) for t, s in zip(tensors, full)]
    split = _cheapest([full[0][0], *(s[1] for s in full)])

    def times(i: int, j: int) -> Any:
        return tensors[i] if i == j else matmul(times(i, split[i][j]), times(split[i][j] + 1, j))
    y = times(0, n - 1)
    shape = full[0][:1] * (len(shapes[0]) == 2) + full[-1][1:] * (len(shapes[-1]) == 2)
    return y if len(shape) == 2 else y.reshape(shape)


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of several matrices, multiplied in the cheapest order.  As torch.chain_matmul."""
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    for m in matrices:
        if m.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {m.ndim}, expected 2 instead.")
    warn("torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
         "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than multiple "
         "parameters.")
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices, out=out)


# ------------------------------------------------------------------ norms

def _pair_of(dim: Any, ndim: int) -> tuple[int, int]:
    """The two dims of the matrices."""
    dims = tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    if len(dims) != 2:
        raise RuntimeError("linalg.matrix_norm: dim must be a 2-tuple. Got " + " ".join(map(str, dims)))
    first, second = (wrap_dim(d, ndim) for d in dims)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dims[0]}, {dims[1]})")
    return first, second


@with_out
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of matrices, the dims `dim` of A.

    ord: "fro" sqrt of the sum of squares; "nuc" the sum, 2 the largest, -2 the smallest of the singular values;
    1 and -1 the largest and smallest sum of a column, inf and -inf of a row.  As torch.linalg.matrix_norm.
    """
    if ord is None or not isinstance(dim, (tuple, list)):
        raise TypeError("linalg_matrix_norm() received an invalid combination of arguments - got (Tensor, "
                        f"{type(ord).__name__}, {type(dim).__name__}), but expected (Tensor, Number or str ord, tuple "
                        "of ints dim, bool keepdim, *, torch.dtype dtype)")
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if not isinstance(ord, str) and math.fabs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {number_text(ord)} not supported.")
    check_matrix("linalg.matrix_norm", A)
    kind = check_norm("linalg.matrix_norm", np.empty(0, A.dtype), dtype).dtype
    A = A if kind == A.dtype else A.astype(kind)
    rows, columns = _pair_of(dim, A.ndim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    largest = amin if ord != "nuc" and ord < 0 else amax
    if ord == "nuc" or math.fabs(ord) == 2:
        values = svdvals(movedim(A, (rows, columns), (-2, -1)))
        y = sum(values, -1) if ord == "nuc" else _extreme(values, -1, largest)
        return y.reshape([1 if i in (rows, columns) else n for i, n in enumerate(A.shape)]) if keepdim else y
    across, along = (rows, columns) if math.fabs(ord) == 1 else (columns, rows)
    y = _extreme(sum(abs(A), across, True), along, largest, True)
    return y if keepdim else y.reshape([n for i, n in enumerate(A.shape) if i not in (rows, columns)])


def _extreme(x: Any, dim: int, largest: Any, keepdim: bool = False) -> Any:
    """The extreme along a dim; zero where there is none."""
    return largest(x, dim, keepdim) if x.shape[dim] else sum(x, dim, keepdim)


@with_out
def linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of vectors or matrices: of matrices when two dims are named or A has two, else of vectors.

    As torch.linalg.norm.
    """
    if dim is not None:
        dims = tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
        if len(dims) not in (1, 2):
            raise RuntimeError("linalg.norm: If dim is specified, it must be of length 1 or 2. Got "
                               f"{list(dims)}")
    elif ord is not None and A.ndim not in (1, 2):
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
                           f"{A.ndim}D.")
    if ord is not None and (isinstance(ord, str) or (len(dims) == 2 if dim is not None else A.ndim == 2)):
        return matrix_norm(A, ord, tuple(range(A.ndim)) if dim is None else dims, keepdim, dtype=dtype)
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


@with_out
def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm of all elements, or over the dims in `dim`; "fro" is 2, "nuc" that of matrices.  As torch.norm."""
    dims = tuple(dim) if isinstance(dim, (tuple, list)) else tuple(range(input.ndim)) if dim is None else (dim,)
    if isinstance(p, str) and (p != "fro" or dim is not None and len(dims) > 2):
        return matrix_norm(input, p, dims, keepdim, dtype=dtype)
    return vector_norm(input, 2 if p is None or p == "fro" else p, dim, keepdim, dtype=dtype)


method("norm")(norm)


_DEPRECATED = ("at::{}_norm is deprecated and it is just left for JIT compatibility. It will be removed in a future "
               "PyTorch release. Please use `linalg.{}, dim, keepdim)` instead")


@with_out
def frobenius_norm(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The 2-norm over the dims in `dim`.  As torch.frobenius_norm."""
    warn_once(_DEPRECATED.format("frobenius", "vector_norm(A, 2."))
    return vector_norm(input, 2, dim, keepdim)


@with_out
def nuclear_norm(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum of the singular values of matrices.  As torch.nuclear_norm."""
    warn_once(_DEPRECATED.format("nuclear", "matrix_norm(A, 'nuc'"))
    if isinstance(dim, bool):  # nuclear_norm(x, True)
        dim, keepdim = None, dim
    return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim)


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norm over all dims but one, which stay as ones; dim -1: over all.  As torch.norm_except_dim."""
    if dim == -1:
        return vector_norm(v, pow)
    return vector_norm(v, pow, tuple(i for i in range(v.ndim) if i != wrap_dim(dim, v.ndim)), True)
