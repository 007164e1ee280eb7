"""LU: a matrix as a permutation times a lower times an upper triangle, A = P L U.

numpy.linalg has no LU of its own.  Here columns are eliminated a panel at a time, for a whole batch at once; the rest
of the matrix follows by one product per panel.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._warnings import warn, warn_once
from ..engine.op import deliver, method, op
from ..engine.tensor import plain, tensor_of
from ._shared import with_out
from .indexing import narrow
from .joining import cat
from .matrices import (
    batch_text,
    broadcast_batches,
    check_kernel,
    check_matrix,
    check_square,
    column_major,
    lower,
    mH,
    mT,
    upper,
)
from .products import matmul
from .triangular import solve_arrays, solve_triangular

__all__ = ["lu", "lu_solve", "lu_unpack"]

ndarray = np.ndarray
_PANEL = 32


# ------------------------------------------------------------------ elimination

def _size(x: ndarray) -> ndarray:
    return np.abs(x.real) + np.abs(x.imag) if x.dtype.kind == "c" else np.abs(x)  # as LAPACK chooses pivots


def _eliminate(a: ndarray) -> tuple[ndarray, ndarray]:
    """LU of a batch (b, m, n) in place: (the rows exchanged, from 0, (b, k); the first zero pivot, from 1, or 0)."""
    count, m, n = a.shape
    k = min(m, n)
    which = np.arange(count)
    pivots, info = np.zeros((count, k), np.int64), np.zeros(count, np.int32)
    for start in range(0, k, _PANEL):
        end = min(start + _PANEL, k)
        for j in range(start, end):  # Crout: what the columns before do to this one and to its row, when it is reached
            if j > start:
                a[:, j:, j] -= np.matmul(a[:, j:, start:j], a[:, start:j, j, None])[..., 0]
            p = pivots[:, j] = j + _size(a[:, j:, j]).argmax(1)
            if count > 1:
                rows = a[which, j]
                a[which, j], a[which, p] = a[which, p], rows
            elif count and p[0] != j:
                row = a[0, j].copy()
                a[0, j], a[0, p[0]] = a[0, p[0]], row
            pivot = a[:, j, j, None]
            a[:, j + 1:, j] /= pivot + (pivot == 0)
            if start < j < end - 1:
                a[:, j, j + 1:end] -= np.matmul(a[:, j, None, start:j], a[:, start:j, j + 1:end])[:, 0]
        if end < n:
            a[:, start:end, end:] = solve_arrays(a[:, start:end, start:end], a[:, start:end, end:], False, True, True)
            a[:, end:, end:] -= np.matmul(a[:, end:, start:end], a[:, start:end, end:])
    zero = np.diagonal(a, axis1=1, axis2=2) == 0
    info[:] = np.where(zero.any(1), zero.argmax(1) + 1, 0) if k else 0
    return pivots, info


def factor(A: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """(LU, pivots from 1, info) of plain matrices."""
    check_kernel("lu_cpu", A)
    m, n = A.shape[-2:]
    batch = A.shape[:-2]
    y = np.array(A.reshape((int(np.prod(batch)), m, n)), order="C")
    pivots, info = _eliminate(y)
    return (y.reshape(A.shape), (pivots + 1).astype(np.int32).reshape((*batch, min(m, n))),
            info.reshape(batch))


def permutation(pivots: ndarray, m: int) -> ndarray:
    """The order of rows that exchanging them by `pivots` gives, (*, k) -> (*, m)."""
    rows = pivots.reshape((int(np.prod(pivots.shape[:-1])), pivots.shape[-1]))
    which = np.arange(len(rows))
    order = np.tile(np.arange(m), (len(rows), 1))
    for j in range(rows.shape[1]):
        p = rows[:, j] - 1
        order[which, j], order[which, p] = order[which, p], order[which, j].copy()
    return order.reshape((*pivots.shape[:-1], m))


def permutation_matrix(pivots: ndarray, m: int, kind: np.dtype) -> ndarray:
    """P of A = P L U."""
    return np.ascontiguousarray(mT(np.eye(m, dtype=kind)[permutation(pivots, m)]))


# ------------------------------------------------------------------ its gradient

def _square_slope(gl: Any, gu: Any, left: Any, right: Any) -> Any:
    inner = lower(matmul(mH(left), gl), -1) + upper(matmul(gu, mH(right)))
    half = solve_triangular(mH(left), inner, upper=True, unitriangular=True)
    return solve_triangular(mH(right), half, upper=False, left=False)


def _parts(lu: Any) -> tuple[Any, Any]:
    """L (m, k) with its ones, and U (k, n)."""
    m, n = lu.shape[-2:]
    k = min(m, n)
    return (lower(narrow(lu, -1, 0, k), -1) + np.eye(m, k, dtype=lu.dtype), upper(narrow(lu, -2, 0, k)))


def _lu_slope(gl: Any, gu: Any, left: Any, right: Any, p: ndarray) -> Any:
    """The gradient of A = P L U from those of L and U."""
    m, n, k = left.shape[-2], right.shape[-1], left.shape[-1]
    if m == n:
        return matmul(p, _square_slope(gl, gu, left, right))
    if m < n:
        first, rest = narrow(right, -1, 0, k), narrow(right, -1, k, n - k)
        more = solve_triangular(mH(left), narrow(gu, -1, k, n - k), upper=True, unitriangular=True)
        start = _square_slope(gl - matmul(more, mH(rest)), narrow(gu, -1, 0, k), left, first)
        return matmul(p, cat([start, more], -1))
    first, rest = narrow(left, -2, 0, k), narrow(left, -2, k, m - k)
    more = solve_triangular(mH(right), narrow(gl, -2, k, m - k), upper=False, left=False)
    start = _square_slope(narrow(gl, -2, 0, k), gu - matmul(mH(rest), more), first, right)
    return matmul(p, cat([start, more], -2))


def _packed_slope(g: Any, y: Any) -> Any:
    left, right = _parts(y[0])
    m, n = y[0].shape[-2:]
    k = min(m, n)
    p = permutation_matrix(plain(y[1]), m, y[0].dtype)
    return _lu_slope(lower(narrow(g, -1, 0, k), -1), upper(narrow(g, -2, 0, k)), left, right, p)


@op(lambda g, y, x: _packed_slope(g, y), name="linalg_lu_factor_ex", several=True, method=False)
def _factor(A: ndarray) -> Any:
    y, pivots, info = factor(A)
    return return_types.linalg_lu_factor_ex(column_major(y), pivots, info)


def _check_pivot(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def _check_rank(name: str, A: Any) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")


@with_out
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """(LU, pivots, info): L below and U on and above the diagonal of one matrix; the row each row was exchanged with,
    from 1; info: 0 or the number of the first zero pivot.  As torch.linalg.lu_factor_ex.
    """
    _check_rank("torch.lu_factor", A)
    _check_pivot(pivot)
    found = _factor(A)
    if check_errors:
        _check_pivots("torch.linalg.lu_factor_ex", found[2])
    return found


def _check_pivots(name: str, info: Any) -> None:
    info = np.asarray(info)
    if info.any():
        i = int(info[info != 0].flat[0]) if info.ndim else int(info)
        raise RuntimeError(f"{name}: {batch_text(info)}U[{i},{i}] is zero and using it on lu_solve would result in a "
                           "division by zero. If you still want to perform the factorization, consider calling "
                           "linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)")


@with_out
def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(LU, pivots) of matrices without a zero pivot.  As torch.linalg.lu_factor; see lu_factor_ex."""
    y, pivots, info = lu_factor_ex(A, pivot=pivot)
    _check_pivots("torch.linalg.lu_factor", info)
    found = return_types.linalg_lu_factor(y, pivots)
    return found


@op(lambda g, y, x: _lu_slope(lower(g[0], -1), upper(g[1]), y[0], y[1],
                              permutation_matrix(plain(y[2]), y[0].shape[-2], y[0].dtype)),
    name="linalg_lu", several=True, method=False, saves=("y",))
def _lu(A: ndarray) -> tuple:
    y, pivots, _ = factor(A)
    left, right = _parts(y)
    return left, right, pivots


@with_out
def linalg_lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with A = P L U: (*, m, n) -> (*, m, m), (*, m, k), (*, k, n).  As torch.linalg.lu."""
    _check_rank("linalg.lu", A)
    _check_pivot(pivot)
    left, right, pivots = _lu(A)
    return return_types.linalg_lu(tensor_of(permutation_matrix(plain(pivots), A.shape[-2], A.dtype)), left, right)


_DEPRECATED = """\
torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a future \
PyTorch release.
LU, pivots = torch.lu(A, compute_pivots)
should be replaced with
LU, pivots = torch.linalg.lu_factor(A, compute_pivots)
and
LU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)
should be replaced with
LU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)"""


@method()
def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """(LU, pivots), with get_infos also the info.  As torch.lu; see torch.linalg.lu_factor_ex."""
    if out is not None:
        return tuple(deliver("lu", out, (A,), lambda: lu(A, pivot, get_infos)))
    warn_once(_DEPRECATED)
    y, pivots, info = lu_factor_ex(A, pivot=pivot)
    return return_types._lu_with_info(y, pivots, info) if get_infos else (y, pivots)


@with_out
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """(P, L, U) from what lu_factor gives.  As torch.lu_unpack."""
    if LU_pivots.dtype != np.int32 and unpack_pivots:
        raise RuntimeError("torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
                           "Note: this function is intended to be used with the output produced by "
                           "torch.linalg.lu_factor")
    check_matrix("torch.lu_unpack", LU_data, "LU_data")
    none = tensor_of(np.empty(0, LU_data.dtype))
    left, right = _parts(LU_data) if unpack_data else (none, none)
    p = tensor_of(permutation_matrix(plain(LU_pivots), LU_data.shape[-2], LU_data.dtype)) if unpack_pivots else none
    found = return_types.lu_unpack(p, left, right)
    return found


# ------------------------------------------------------------------ solving with it

@with_out
def linalg_lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """X with A X = B, or X A = B (left=False), from the LU of A; adjoint: with A^H.  As torch.linalg.lu_solve."""
    name = "linalg.lu_solve"
    check_square(name, LU, "LU")
    check_matrix(name, B, "B")
    if pivots.dtype != np.int32:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    if B.shape[-2 if left else -1] != LU.shape[-1]:
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
                           f"({LU.shape[-2]}x{LU.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})")
    broadcast_batches(tuple(B.shape[:-2]), tuple(LU.shape[:-2]))
    if not left:  # X A = B is A^H X^H = B^H
        return mH(linalg_lu_solve(LU, pivots, mH(B), adjoint=not adjoint))
    low, high = _parts(LU)
    p = permutation_matrix(plain(pivots), LU.shape[-2], LU.dtype)
    if adjoint:
        half = solve_triangular(mH(high), B, upper=False)
        return matmul(p, solve_triangular(mH(low), half, upper=True, unitriangular=True))
    half = solve_triangular(low, matmul(mT(p), B), upper=False, unitriangular=True)
    return solve_triangular(high, half, upper=True)


@method()
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Any:
    """X with A X = b from the LU of A.  As torch.lu_solve; see torch.linalg.lu_solve."""
    warn("torch.lu_solve is deprecated in favor of torch.linalg.lu_solve and will be removed in a future "
         "PyTorch release.")
    return linalg_lu_solve(LU_data, LU_pivots, b, out=out)
