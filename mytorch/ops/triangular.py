"""Triangular systems, and Cholesky's factor: A = L L^H."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._warnings import warn
from ..engine.op import method, op
from ._shared import with_out
from .matrices import (
    LinAlgError,
    batch_text,
    broadcast_batches,
    check_floating,
    check_kernel,
    check_matrix,
    check_square,
    column_major,
    lower,
    mH,
    mT,
    upper,
)
from .pointwise import conjugate
from .products import matmul
from .shape import type_name

__all__ = ["cholesky", "cholesky_inverse", "cholesky_solve", "triangular_solve"]

ndarray = np.ndarray
_BLOCK = 32


# ------------------------------------------------------------------ triangular systems

def _by_hand(a: ndarray, b: ndarray) -> ndarray:
    """Back-substitution row by row, with infinities where the diagonal is zero."""
    n = a.shape[-1]
    x = np.array(np.broadcast_to(b, broadcast_batches(a.shape[:-2], b.shape[:-2]) + b.shape[-2:]))
    for i in range(n - 1, -1, -1):
        known = np.matmul(a[..., i:i + 1, i + 1:], x[..., i + 1:, :])
        x[..., i:i + 1, :] = (x[..., i:i + 1, :] - known) / a[..., i:i + 1, i:i + 1]
    return x


def _upper_solve(a: ndarray, b: ndarray) -> ndarray:
    """X with A X = B, A upper triangular (zeros below).

    Blocks of the diagonal are inverted all at once; the rest is products.
    """
    n, size = a.shape[-1], _BLOCK
    if n <= size:
        try:  # the elimination finds nothing to eliminate: what remains is back-substitution
            return np.linalg.solve(a, b)
        except np.linalg.LinAlgError:
            return _by_hand(a, b)
    starts = range(0, n - size + 1, size)
    try:
        inverses = np.linalg.inv(np.stack([a[..., i:i + size, i:i + size] for i in starts], -3))
    except np.linalg.LinAlgError:
        return _by_hand(a, b)
    rest = n % size
    x = np.empty(broadcast_batches(a.shape[:-2], b.shape[:-2]) + b.shape[-2:], b.dtype)
    if rest:
        x[..., n - rest:, :] = _upper_solve(a[..., n - rest:, n - rest:], b[..., n - rest:, :])
    for k in reversed(range(len(starts))):
        i, j = starts[k], starts[k] + size
        known = np.matmul(a[..., i:j, j:], x[..., j:, :])
        x[..., i:j, :] = np.matmul(inverses[..., k, :, :], b[..., i:j, :] - known)
    return x


def solve_arrays(a: ndarray, b: ndarray, is_upper: bool, left: bool = True, unit: bool = False) -> ndarray:
    """X with A X = B (left) or X A = B for plain arrays; of A one triangle is read."""
    if not left:
        return mT(solve_arrays(mT(a), mT(b), not is_upper, True, unit))
    a = upper(a, int(unit)) if is_upper else lower(a, -int(unit))
    if unit:
        a = a + np.eye(a.shape[-1], dtype=a.dtype)
    if is_upper:
        return _upper_solve(a, b)
    return _upper_solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]


def _solve_slopes(g: Any, y: Any, needs: Any, a: Any, b: Any, is_upper: bool, left: bool, unit: bool) -> list:
    gb = solve_triangular(mH(a), g, upper=not is_upper, left=left, unitriangular=unit)
    if not needs[0]:
        return [None, gb]
    ga = -matmul(gb, mH(y)) if left else -matmul(mH(y), gb)
    return [upper(ga, int(unit)) if is_upper else lower(ga, -int(unit)), gb]


@op(joint=_solve_slopes, name="linalg_solve_triangular", method=False)
def _solve_triangular(A: ndarray, B: ndarray, is_upper: bool, left: bool, unit: bool) -> ndarray:
    name = "linalg.solve_triangular"
    check_square(name, A)
    check_matrix(name, B, "B")
    if B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
                           f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})")
    check_kernel("triangular_solve_cpu", A)
    batch = broadcast_batches(B.shape[:-2], A.shape[:-2])
    y = solve_arrays(A, B.astype(A.dtype, copy=False), is_upper, left, unit)
    return column_major(np.broadcast_to(y, batch + B.shape[-2:]))


@with_out
def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """X with A X = B, or X A = B (left=False), A triangular: (*, n, n), (*, n, k) -> (*, n, k).

    Only the named triangle of A is read; unitriangular: its diagonal counts as ones.  As torch.linalg.solve_triangular.
    """
    return _solve_triangular(A, B, bool(upper), bool(left), bool(unitriangular))


def _check_systems(name: str, b: Any, a: Any, first: str, second: str) -> None:
    """Checks of the older solvers."""
    if a.shape[-1] != a.shape[-2]:
        raise RuntimeError(f"A must be batches of square matrices, but they are {a.shape[-2]} by {a.shape[-1]} "
                           "matrices")
    if b.dtype != a.dtype:
        raise RuntimeError(f"Expected b and A to have the same dtype, but found b of type {type_name(b.dtype)} and A "
                           f"of type {type_name(a.dtype)} instead.")
    if a.shape[-1] != b.shape[-2]:
        raise RuntimeError(f"Incompatible matrix sizes for {name}: each A matrix is {a.shape[-1]} by {a.shape[-1]} but "
                           f"each b matrix is {b.shape[-2]} by {b.shape[-1]}")


@method()
def triangular_solve(input: Any, A: Any, upper: bool = True, transpose: bool = False,
                     unitriangular: bool = False) -> Any:
    """(solution, copy of A) of A X = input, A triangular.  As torch.triangular_solve; see linalg.solve_triangular."""
    warn("torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangular and will be removed "
         "in a future PyTorch release.")
    for x, name in ((input, "b"), (A, "A")):
        if x.ndim < 2:
            raise RuntimeError(f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has "
                               f"{x.ndim} dimensions instead")
    _check_systems("triangular_solve", input, A, "b", "A")
    turned = mT(A) if transpose else A
    y = solve_triangular(turned, input, upper=upper != transpose, unitriangular=unitriangular)
    return return_types.triangular_solve(y, A + 0)


# ------------------------------------------------------------------ Cholesky

def _cholesky_rows(a: ndarray) -> tuple[ndarray, int]:
    """Cholesky's factor as far as it goes, column by column, and the order of the minor where it ends (or 0)."""
    y = np.tril(a)
    for j in range(len(y)):
        pivot = (y[j, j] - np.vdot(y[j, :j], y[j, :j])).real
        if not pivot > 0:
            y[j, j] = pivot
            return y, j + 1
        y[j, j] = np.sqrt(pivot)
        y[j + 1:, j] = (y[j + 1:, j] - y[j + 1:, :j].dot(conjugate(y[j, :j]))) / y[j, j]
    return y, 0


def _cholesky_slope(g: Any, y: Any, is_upper: bool) -> Any:
    """L^-H phi(L^H gL) L^-1; phi: the lower triangle and its mirror image, halved."""
    factor, g = (mH(y), mH(g)) if is_upper else (y, g)
    inner = matmul(mH(factor), g)
    inner = (lower(inner) + mH(lower(inner, -1))) * .5
    half = solve_triangular(factor, inner, upper=False, left=False)
    return solve_triangular(mH(factor), half, upper=True)


@op(lambda g, y, x, is_upper: _cholesky_slope(g, y[0], is_upper), name="linalg_cholesky_ex", several=True, method=False)
def _cholesky(A: ndarray, is_upper: bool) -> Any:
    check_kernel("cholesky_cpu", A)
    info = np.zeros(A.shape[:-2], np.int32)
    source = mH(A) if is_upper else A
    try:
        y = np.linalg.cholesky(source)
    except np.linalg.LinAlgError:
        y = np.empty(A.shape, A.dtype)
        for place in np.ndindex(A.shape[:-2]):
            y[place], info[place] = _cholesky_rows(source[place])
    if np.isnan(y).any() and not info.any():  # LAPACK lets some nan pass
        for place in np.ndindex(A.shape[:-2]):
            y[place], info[place] = _cholesky_rows(source[place])
    return return_types.linalg_cholesky_ex(mH(y) if is_upper else column_major(y), info)


def _check_cholesky(name: str, info: Any) -> None:
    info = np.asarray(info)
    if info.any():
        order = int(info[info != 0].flat[0]) if info.ndim else int(info)
        raise LinAlgError(f"{name}: {batch_text(info)}The factorization could not be completed because the input is "
                          f"not positive-definite (the leading minor of order {order} is not positive-definite).")


@with_out
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info): Cholesky's factor of Hermitian positive-definite matrices; info: 0, or the order of the minor that is
    not positive-definite.  As torch.linalg.cholesky_ex.
    """
    check_square("linalg.cholesky", A)
    check_floating("linalg.cholesky", A, low=True)
    found = _cholesky(A, bool(upper))
    if check_errors:
        _check_cholesky("linalg.cholesky_ex", found[1])
    return found


@with_out
def linalg_cholesky(A: Any, *, upper: bool = False) -> Any:
    """L, lower triangular, with A = L L^H; upper: L^H.  Raises LinAlgError where A is not positive-definite.

    As torch.linalg.cholesky.
    """
    y, info = cholesky_ex(A, upper=upper)
    _check_cholesky("linalg.cholesky", info)
    return y


@method()
@with_out
def cholesky(input: Any, upper: bool = False) -> Any:
    """Cholesky's factor.  As torch.cholesky; see torch.linalg.cholesky."""
    warn("torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future "
         "PyTorch release.")
    check_square("cholesky", input)
    y, info = _cholesky(input, bool(upper))
    _check_cholesky("cholesky", info)
    return y


def _cholesky_inverse_slope(g: Any, y: Any, x: Any, is_upper: bool) -> Any:
    ga = -matmul(matmul(mH(y), g), mH(y))
    both = ga + mH(ga)
    return matmul(x, both) if is_upper else matmul(both, x)


@op(lambda g, y, x, is_upper: _cholesky_inverse_slope(g, y, x, is_upper), name="cholesky_inverse", method=False)
def _cholesky_inverse(L: ndarray, is_upper: bool) -> ndarray:
    check_kernel("cholesky_inverse_out_cpu", L)
    diagonal = np.diagonal(L, axis1=-2, axis2=-1)
    if (diagonal == 0).any():
        first = int(np.argwhere(diagonal == 0)[0][-1]) + 1
        raise LinAlgError(f"cholesky_inverse: {batch_text((diagonal == 0).any(-1))}The diagonal element {first} is "
                          "zero, the inversion could not be completed because the input matrix is singular.")
    half = solve_arrays(L, np.eye(L.shape[-1], dtype=L.dtype), is_upper)
    return column_major(np.matmul(half, mH(half)) if is_upper else np.matmul(mH(half), half))


@method()
@with_out
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of A from its Cholesky factor.  As torch.cholesky_inverse."""
    check_square("cholesky_inverse", L)
    return _cholesky_inverse(L, bool(upper))


@method()
@with_out
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """X with A X = B from A's Cholesky factor, (*, n, k), (*, n, n) -> (*, n, k).  As torch.cholesky_solve."""
    for x, name in ((B, "b"), (L, "u")):
        if x.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {x.ndim} dimensions instead")
    _check_systems("cholesky_solve", B, L, "b", "A")
    return _cholesky_solve(B, L, bool(upper))


def _cholesky_solve_slopes(g: Any, y: Any, needs: Any, b: Any, factor: Any, is_upper: bool) -> list:
    gb = cholesky_solve(g, factor, is_upper)
    if not needs[1]:
        return [gb, None]
    ga = -matmul(gb, mH(y))
    both = ga + mH(ga)
    return [gb, matmul(factor, both) if is_upper else matmul(both, factor)]


@op(joint=_cholesky_solve_slopes, name="cholesky_solve", method=False)
def _cholesky_solve(B: ndarray, L: ndarray, is_upper: bool) -> ndarray:
    check_kernel("cholesky_solve_cpu", L)
    batch = broadcast_batches(B.shape[:-2], L.shape[:-2])
    first = mH(L) if is_upper else L
    y = solve_arrays(mH(first), solve_arrays(first, B, False), True)
    return column_major(np.broadcast_to(y, batch + B.shape[-2:]))
