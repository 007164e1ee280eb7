"""Linear systems and inverses of square matrices."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from ..engine.op import method, op
from ._shared import with_out
from .lu import factor
from .matrices import (
    LinAlgError,
    batch_text,
    broadcast_batches,
    check_floating,
    check_matrix,
    check_same,
    check_square,
    column_major,
    mH,
    mT,
)
from .pointwise import conjugate
from .products import matmul
from .triangular import solve_arrays

__all__ = ["inverse"]

ndarray = np.ndarray


# ------------------------------------------------------------------ systems

def _is_vector(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether b is a (batch of) right-hand vectors of systems of shape a, not of matrices."""
    return len(b) == 1 or (len(a) - 1 == len(b) and a[:-1] == b)


def _solve_slopes(g: Any, y: Any, needs: Any, a: Any, b: Any, left: bool) -> list:
    g, y = g[0] if isinstance(g, list) else g, y[0]
    if _is_vector(tuple(a.shape), tuple(b.shape)):
        gb = solve(mH(a), g)
        return [-(gb[..., :, None] * conjugate(y)[..., None, :]) if needs[0] else None, gb]
    gb = solve(mH(a), g, left=left)
    if not needs[0]:
        return [None, gb]
    return [-matmul(gb, mH(y)) if left else -matmul(mH(y), gb), gb]


def _solved(a: ndarray, b: ndarray) -> tuple[ndarray, ndarray]:
    """(X with A X = B, info) for plain matrices; where A is singular infinities stand."""
    info = np.zeros(a.shape[:-2], np.int32)
    try:
        return np.linalg.solve(a, b), info
    except np.linalg.LinAlgError:
        lu, pivots, info = factor(a)
    from_right = np.array(np.broadcast_to(b, broadcast_batches(a.shape[:-2], b.shape[:-2]) + b.shape[-2:]))
    for j in range(pivots.shape[-1]):
        p = pivots[..., j, None, None] - 1
        other = np.take_along_axis(from_right, np.broadcast_to(p, (*from_right.shape[:-2], 1, b.shape[-1])), -2)
        mine = from_right[..., j:j + 1, :].copy()
        np.put_along_axis(from_right, np.broadcast_to(p, mine.shape), mine, -2)
        from_right[..., j:j + 1, :] = np.where(p == j, mine, other)
    return solve_arrays(lu, solve_arrays(lu, from_right, False, True, True), True), info


@op(joint=_solve_slopes, name="linalg_solve_ex", several=True, method=False)
def _solve(A: ndarray, B: ndarray, left: bool) -> Any:
    name = "linalg.solve"
    check_matrix(name, A)
    check_square(name, A)
    vector = _is_vector(A.shape, B.shape)
    b = B[..., None] if vector else B
    if vector and not left:
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation XA = B "
                           f"({A.shape[-2]}x{A.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})")
    if b.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
                           f"({A.shape[-2]}x{A.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})")
    broadcast_batches(b.shape[:-2], A.shape[:-2])
    y, info = _solved(A, b) if left else _solved(mT(A), mT(b))
    y = y[..., 0] if vector else column_major(y)
    return return_types.linalg_solve_ex(y if left else mT(y), info)


@with_out
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """(X, info): X as `solve` gives it; info: 0, or the number of the first zero pivot.  As torch.linalg.solve_ex."""
    check_floating("linalg.solve", A)
    check_same("linalg.solve", A, B)
    found = _solve(A, B, bool(left))
    if check_errors:
        _check_info("torch.linalg.solve_ex", found[1])
    return found


def _check_info(name: str, info: Any) -> None:
    info = np.asarray(info)
    if info.any():
        raise LinAlgError(f"{name}: {batch_text(info)}The solver failed because the input matrix is singular.")


@with_out
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B, or X A = B (left=False): (*, n, n), (*, n, k) or (*, n) -> as B.  As torch.linalg.solve."""
    if A.dtype.kind in "fc" and B.dtype == A.dtype:
        y, info = _solve(A, B, bool(left))
    else:
        y, info = solve_ex(A, B, left=left)
    _check_info("torch.linalg.solve", info)
    return y


# ------------------------------------------------------------------ inverses

@op(lambda g, y, x: -matmul(matmul(mH(y[0]), g), mH(y[0])), name="linalg_inv_ex", several=True, method=False)
def _inv(A: ndarray) -> Any:
    try:
        y, info = np.linalg.inv(A), np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        y, info = _solved(A, np.eye(A.shape[-1], dtype=A.dtype))
    return return_types.linalg_inv_ex(column_major(y), info)


@with_out
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info); info: 0, or the number of the first zero pivot.  As torch.linalg.inv_ex."""
    check_square("linalg.inv", A)
    check_floating("linalg.inv", A)
    found = _inv(A)
    if check_errors:
        _check_inverse("linalg.inv_ex", found[1])
    return found


def _check_inverse(name: str, info: Any) -> None:
    info = np.asarray(info)
    if info.any():
        i = int(info[info != 0].flat[0]) if info.ndim else int(info)
        raise LinAlgError(f"{name}: {batch_text(info)}The diagonal element {i} is zero, the inversion could not be "
                          "completed because the input matrix is singular.")


@with_out
def inv(A: Any) -> Any:
    """The inverse of square matrices.  As torch.linalg.inv."""
    y, info = inv_ex(A)
    _check_inverse("linalg.inv", info)
    return y


@method()
@with_out
def inverse(input: Any) -> Any:
    """The inverse of square matrices.  As torch.inverse."""
    return inv(input)
