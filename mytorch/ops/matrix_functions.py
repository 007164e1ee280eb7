"""Functions of whole matrices: powers, the exponential, condition numbers, tensors read as matrices."""
from __future__ import annotations

import math
import operator
from typing import Any, Callable

import numpy as np

from ..engine.op import method, op
from ..engine.tensor import plain
from ._shared import with_out
from .decomposition import svdvals
from .joining import cat
from .linalg import matrix_norm
from .matrices import LinAlgError, check_floating, check_square, mH
from .norms import number_text
from .products import matmul
from .reduction import sum
from .scan import cumprod
from .shape import permute, type_name
from .solvers import inv, inv_ex
from .solvers import solve as linalg_solve

__all__ = ["eig", "lstsq", "matrix_exp", "matrix_power", "matrix_rank", "solve", "symeig", "vander"]

ndarray = np.ndarray


# ------------------------------------------------------------------ powers

@method()
@with_out
def matrix_power(A: Any, n: int) -> Any:
    """A multiplied n times with itself; of the inverse for negative n.  As torch.linalg.matrix_power."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    check_square("linalg.matrix_power", A)
    if n == 0:
        return A * 0 + np.eye(A.shape[-1], dtype=A.dtype)
    base = inv(A) if n < 0 else A + A.dtype.type(0)
    n = abs(int(n))
    y: Any = None
    while n:
        if n & 1:
            y = base if y is None else matmul(y, base)
        n >>= 1
        if n:
            base = matmul(base, base)
    return y


# ------------------------------------------------------------------ the exponential

_TERMS = [1 / math.factorial(i) for i in range(19)]  # with |A| <= 1 the rest is below 1e-17


def _series(a: ndarray) -> ndarray:
    """The Taylor polynomial of degree 18 in blocks of powers of A^4: eight products."""
    one = np.eye(a.shape[-1], dtype=a.dtype)
    a2 = np.matmul(a, a)
    a3, a4 = np.matmul(a2, a), np.matmul(a2, a2)
    powers = (one, a, a2, a3)
    y = np.zeros_like(a)
    for i in (16, 12, 8, 4, 0):
        block = powers[0] * _TERMS[i]
        for j in range(1, min(4, 19 - i)):
            block = block + powers[j] * _TERMS[i + j]
        y = np.matmul(y, a4) + block if i != 16 else block
    return y.astype(a.dtype, copy=False)


def _exp_slope(g: Any, x: Any) -> Any:
    """The upper right block of exp([[A^H, G], [0, A^H]])."""
    a, n = mH(x), x.shape[-1]
    top = cat([a, g], -1)
    bottom = cat([a * 0, a], -1)
    return matrix_exp(cat([top, bottom], -2))[..., :n, n:]


@op(lambda g, y, x: _exp_slope(g, x), name="linalg_matrix_exp", method=("matrix_exp",))
def matrix_exp(A: Any) -> Any:
    """1 + A + A^2 / 2 + A^3 / 6 + ... of square matrices: halved s times, summed up, squared s times.

    As torch.linalg.matrix_exp.
    """
    check_square("linalg.matrix_exp", A)
    check_floating("linalg.matrix_exp", A, low=True)
    kind = A.dtype
    a = A.astype(np.float32) if kind.itemsize == 2 else A
    if not a.size:
        return np.array(A)
    size = np.absolute(a).sum(-2).max(-1)
    halvings = np.where(np.isfinite(size), np.ceil(np.log2(np.maximum(size, 1))), 0).astype(np.int64)
    y = _series(a / np.exp2(halvings).astype(a.real.dtype)[..., None, None])
    for i in range(int(halvings.max())):
        y = np.where((halvings > i)[..., None, None], np.matmul(y, y), y)
    return y.astype(kind, copy=False)


# ------------------------------------------------------------------ condition numbers

@with_out
def cond(A: Any, p: Any = None) -> Any:
    """How much relative errors can grow in solving with A: |A| |A^-1| in the norm p (None, 2, -2: singular values).

    As torch.linalg.cond.
    """
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is None or not isinstance(p, str) and abs(p) == 2:
        values = svdvals(A)
        if not values.shape[-1]:
            return sum(values, -1)
        first, last = values[..., 0], values[..., -1]
        return last / first if p is not None and p == -2 else first / last
    check_square(f"linalg.cond(ord={p if isinstance(p, str) else number_text(p)})", A)
    if p not in ("fro", "nuc", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p if isinstance(p, str) else number_text(p)}")
    if not int(A.size):
        return sum(matrix_norm(A, p) * 0) if A.ndim == 2 else matrix_norm(A, p) * 0
    inverse, info = inv_ex(A)
    singular = np.asarray(plain(info)) != 0
    if singular.any():
        inverse = np.where(singular[..., None, None], np.zeros((), inverse.dtype), inverse)
    y = matrix_norm(A, p) * matrix_norm(inverse, p)
    return np.where(singular, np.asarray(np.inf, y.dtype), y) if singular.any() else y


# ------------------------------------------------------------------ tensors as matrices

def _count(shape: Any) -> int:
    return math.prod(shape)


@with_out
def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of the map that tensordot(A, ., ndim - ind) is.  As torch.linalg.tensorinv."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    shape = tuple(A.shape)
    if ind > len(shape):
        raise RuntimeError(f"ArrayRef: invalid slice, N = {ind}; size = {len(shape)}")
    rows, columns = _count(shape[:ind]), _count(shape[ind:])
    if rows != columns:
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), "
                           f"but got {columns} != {rows}")
    y, info = inv_ex(A.reshape((rows, columns)))
    if np.asarray(plain(info)).any():
        raise LinAlgError("Failed to invert the input tensor, because it is singular.")
    return y.reshape(shape[ind:] + shape[:ind])


@with_out
def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:
    """X with tensordot(A, X, X.ndim) = B; dims: of A, moved to its end first.  As torch.linalg.tensorsolve."""
    if dims is not None:
        moved = [d % A.ndim for d in dims]
        A = permute(A, [d for d in range(A.ndim) if d not in moved] + moved)
    shape, ndim = tuple(A.shape), B.ndim
    rows, columns = _count(shape[:ndim]), _count(shape[ndim:])
    if rows != columns or rows != int(B.size):
        raise RuntimeError("Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
                           f"prod(self.shape[:other.ndim]), but got {columns} != {rows}")
    return linalg_solve(A.reshape((rows, columns)), B.reshape((-1,))).reshape(shape[ndim:])


def linalg_vander(x: Any, *, N: Any = None) -> Any:
    """Powers 0 to N - 1 of the elements, a row for each: (*, n) -> (*, n, N).  As torch.linalg.vander."""
    if x.dtype.kind in "b" or x.dtype.itemsize == 2 and x.dtype.kind in "fV":
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got "
                           f"{type_name(x.dtype)}")
    x = x if x.ndim else x.reshape((1,))
    n = operator.index(N) if N is not None else x.shape[-1]
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    repeated = x[..., None] * np.ones(n - 1, x.dtype if x.dtype.kind in "fc" else np.int64)
    powers = cumprod(repeated, -1)
    return cat([powers[..., :1] * 0 + 1, powers], -1)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The Vandermonde matrix of a vector, highest power first unless `increasing`.  As torch.vander."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = int(x.size) if N is None else operator.index(N)
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    kind = x.dtype if x.dtype.kind in "fc" else np.int64
    columns = [x[..., None] * np.zeros(1, kind) + np.ones(1, kind)] if n else []
    if n > 1:
        columns.append(cumprod(x[..., None] * np.ones(n - 1, kind), -1))
    y = cat(columns, -1) if columns else x[..., None][..., :0]
    return y if increasing else y[..., list(range(n - 1, -1, -1))] if n else y


# ------------------------------------------------------------------ what torch has removed

def _removed(name: str, more: str, hang: bool = True) -> Callable:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("This function was deprecated since version 1.9 and is now removed." + more)
    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Removed from torch; raises and names what to use."
    return method()(refuse) if hang else refuse


matrix_rank = _removed("matrix_rank", "", hang=False)
lstsq = _removed("lstsq", " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.")
solve = _removed("solve", " `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its "
                          "arguments reversed and does not return the LU factorization.")
eig = _removed("eig", " `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real "
                      "tensors mimicking complex tensors.")
symeig = _removed("symeig", " The default behavior has changed from using the upper triangular portion of the matrix "
                            "by default to using the lower triangular portion.")
