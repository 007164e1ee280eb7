"""LDL: a symmetric or Hermitian matrix as L D L^T, with 1x1 and 2x2 blocks in D (Bunch and Kaufman's pivoting)."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from ..engine.op import op
from ._shared import no_derivative, with_out
from .matrices import check_floating, check_kernel, check_square, column_major
from .shape import type_name

ndarray = np.ndarray
_NO_SLOPE = no_derivative("derivative for aten::linalg_ldl_solve is not implemented")
_ALPHA = (1 + 17 ** .5) / 8  # bounds the growth of the elements


def _size(x: ndarray) -> ndarray:
    return np.abs(x.real) + np.abs(x.imag)


def _exchange(a: ndarray, k: int, p: int, first: int, hermitian: bool) -> None:
    """Rows and columns k and p of the lower triangle exchanged; `first`: the first column of the block."""
    turn = np.conj if hermitian else np.asarray
    a[p + 1:, k], a[p + 1:, p] = a[p + 1:, p].copy(), a[p + 1:, k].copy()
    between = a[k + 1:p, k].copy()
    a[k + 1:p, k], a[p, k + 1:p] = turn(a[p, k + 1:p]), turn(between)
    if hermitian:
        a[p, k] = np.conj(a[p, k])
    a[k, k], a[p, p] = a[p, p], a[k, k]
    if k > first:
        a[k, first], a[p, first] = a[p, first], a[k, first]


def _choose(a: ndarray, k: int) -> tuple[int, int]:
    """(the row to bring up, the size of the next block): LAPACK's sytf2."""
    n = len(a)
    own = _size(a[k, k])
    if k == n - 1:
        return k, 1
    row = k + 1 + int(_size(a[k + 1:, k]).argmax())
    largest = _size(a[row, k])
    if own >= _ALPHA * largest:
        return k, 1
    beside = max(_size(a[row, k:row]).max(), _size(a[row + 1:, row]).max() if row + 1 < n else 0)
    if own >= _ALPHA * largest * (largest / beside):
        return k, 1
    return (row, 1) if _size(a[row, row]) >= _ALPHA * beside else (row, 2)


def _factor_one(a: ndarray, hermitian: bool) -> tuple[ndarray, ndarray, int]:
    """(LD, pivots, info) of one matrix, of which the lower triangle is read."""
    a, n, k, info = np.tril(a), len(a), 0, 0
    pivots = np.zeros(n, np.int32)
    turn = np.conj if hermitian else np.asarray
    if hermitian:
        a[range(n), range(n)] = a.diagonal().real
    while k < n:
        if not max(_size(a[k:, k])) > 0 or np.isnan(a[k, k]):  # nothing to divide by
            info = info or k + 1
            pivots[k] = k + 1
            k += 1
            continue
        p, size = _choose(a, k)
        last = k + size - 1
        if p != last:
            _exchange(a, last, p, k, hermitian)
        pivots[k:k + size] = p + 1 if size == 1 else -(p + 1)
        rest = a[k + size:, k:k + size]
        block = np.array(a[k:k + size, k:k + size])
        if size == 2:
            block[0, 1] = turn(block[1, 0])
        factor = np.linalg.solve(block.T, rest.T).T
        a[k + size:, k + size:] -= np.tril(factor.dot(turn(rest).T))
        a[k + size:, k:k + size] = factor
        k += size
    return a, pivots, info


@op(no_derivative("derivative for aten::linalg_ldl_factor_ex is not implemented"), name="linalg_ldl_factor_ex",
    several=True, method=False, node="NotImplemented")
def _factor(A: ndarray, hermitian: bool) -> Any:
    check_kernel("ldl_factor_kernel_cpu", A)
    y, pivots = np.zeros(A.shape, A.dtype), np.zeros(A.shape[:-1], np.int32)
    info = np.zeros(A.shape[:-2], np.int32)
    for place in np.ndindex(A.shape[:-2]):
        y[place], pivots[place], info[place] = _factor_one(A[place], hermitian and A.dtype.kind == "c")
    return return_types.linalg_ldl_factor_ex(column_major(y), pivots, info)


@with_out
def ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """(LD, pivots, info): L below the blocks of D; which rows were exchanged, from 1, negative for 2x2 blocks; info: 0
    or the number of the first zero block.  Has no gradient, as in torch.  As torch.linalg.ldl_factor_ex.
    """
    name = "torch.linalg.ldl_factor_ex"
    check_square(name, A)
    check_floating(name, A, low=True)
    found = _factor(A, bool(hermitian))
    if check_errors:
        _check_info(name, found[2])
    return found


def _check_info(name: str, info: Any) -> None:
    info = np.asarray(info)
    if info.any():
        i = int(info[info != 0].flat[0]) if info.ndim else int(info)
        raise RuntimeError(f"{name}: The block D[{i},{i}] is exactly zero, the factorization cannot be used to solve a "
                           "system.")


@with_out
def ldl_factor(A: Any, *, hermitian: bool = False) -> Any:
    """(LD, pivots) of matrices without a zero block.  As torch.linalg.ldl_factor; see ldl_factor_ex."""
    y, pivots, info = ldl_factor_ex(A, hermitian=hermitian)
    _check_info("torch.linalg.ldl_factor", info)
    found = return_types.linalg_ldl_factor(y, pivots)
    return found


def _solve_one(a: ndarray, pivots: ndarray, b: ndarray, hermitian: bool) -> ndarray:
    """X with A X = B from one matrix's factors."""
    n, x = len(a), np.array(b)
    turn = np.conj if hermitian else np.asarray
    blocks: list[tuple[int, int]] = []
    k = 0
    while k < n:
        size = 1 if pivots[k] > 0 else 2
        blocks.append((k, size))
        last, p = k + size - 1, abs(int(pivots[k])) - 1
        x[[last, p]] = x[[p, last]]
        x[k + size:] -= a[k + size:, k:k + size].dot(x[k:k + size])
        block = np.array(a[k:k + size, k:k + size])
        if size == 2:
            block[0, 1] = turn(block[1, 0])
        x[k:k + size] = np.linalg.solve(block, x[k:k + size])
        k += size
    for k, size in reversed(blocks):
        last, p = k + size - 1, abs(int(pivots[k])) - 1
        x[k:k + size] -= turn(a[k + size:, k:k + size]).T.dot(x[k + size:])
        x[[last, p]] = x[[p, last]]
    return x


@op(_NO_SLOPE, None, _NO_SLOPE, name="linalg_ldl_solve", method=False,
    node="NotImplemented")
def _solve(LD: ndarray, pivots: ndarray, B: ndarray, hermitian: bool) -> ndarray:
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    a = np.broadcast_to(LD, batch + LD.shape[-2:])
    p, b = np.broadcast_to(pivots, batch + pivots.shape[-1:]), np.broadcast_to(B, batch + B.shape[-2:])
    y = np.empty(b.shape, B.dtype)
    for place in np.ndindex(batch):
        y[place] = _solve_one(a[place], p[place], b[place], hermitian and LD.dtype.kind == "c")
    return column_major(y)


@with_out
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """X with A X = B from what ldl_factor gives.  Has no gradient, as in torch.  As torch.linalg.ldl_solve."""
    name = "torch.linalg.ldl_solve"
    check_square(name, LD, "LD")
    if B.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    if pivots.dtype.kind not in "iu":
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {type_name(pivots.dtype)}")
    if LD.dtype != B.dtype:
        raise RuntimeError(f"{name}: Expected LD and B to have the same dtype, but found LD of type "
                           f"{type_name(LD.dtype)} and B of type {type_name(B.dtype)} instead")
    return _solve(LD, pivots, B, bool(hermitian))
