"""Matrices taken apart: Cholesky, QR, singular values, eigenvalues.

LAPACK through numpy.linalg; the gradients are formulas in products and triangular parts, so that they can be
differentiated again.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._op import op
from .._tensor import wants_gradient
from .matrices import (LinAlgError, check_floating, check_kernel, check_matrix, defined, diagonal_matrix, diagonal_of,
                       mH, with_out)
from .pointwise import conjugate
from .products import matmul

__all__ = ["svd"]

ndarray = np.ndarray


# ------------------------------------------------------------------ singular values

def _skew(x: Any) -> Any:
    return x - mH(x)


def _gauge(x: Any, name: str, what: str) -> None:
    """Raise if a loss depends on the phase of singular or eigenvectors, which is arbitrary."""
    if x.dtype.kind == "c":
        phase = np.imag(np.asarray(x))
        if not np.allclose(phase, 0, rtol=1e-2, atol=1e-2):
            raise RuntimeError(f"{name}_backward: The {what} in the complex case are specified up to multiplication by "
                               f"e^{{i phi}}. The specified loss function depends on this quantity, so it is "
                               "ill-defined.")


def _svd_slope(g: Any, y: Any, x: Any) -> Any:
    """Of A = U S Vh (thin)."""
    k = y[1].shape[-1]
    u, s, vh = y[0][..., :, :k], y[1], y[2][..., :k, :]
    gu, gs, gvh = g[0][..., :, :k], g[1], g[2][..., :k, :]
    has_u, has_v = defined(gu), defined(gvh)
    if not has_u and not has_v:
        return matmul(u * gs[..., None, :], vh)
    left, right = matmul(mH(u), gu), matmul(vh, mH(gvh))
    _gauge(diagonal_of(left + right), "svd", "singular vectors")
    squares = s * s
    gap = squares[..., None, :] - squares[..., :, None] + np.eye(k, dtype=s.dtype)
    inner = diagonal_matrix(gs) + (_skew(left) * s[..., None, :] + s[..., :, None] * _skew(right)) / gap
    if x.dtype.kind == "c":
        inner = inner + diagonal_matrix(diagonal_of(_skew(left)) / (2 * s))
    ga = matmul(matmul(u, inner), vh)
    if x.shape[-2] > k and has_u:
        rest = gu / s[..., None, :]
        ga = ga + matmul(rest - matmul(u, matmul(mH(u), rest)), vh)
    if x.shape[-1] > k and has_v:
        rest = gvh / s[..., :, None]
        ga = ga + matmul(u, rest - matmul(matmul(rest, mH(vh)), vh))
    return ga


@op(lambda g, y, x, full: _svd_slope(g, y, x), name="linalg_svd", several=True, method=False)
def _svd(A: ndarray, full_matrices: bool) -> Any:
    check_floating("linalg.svd", A, low=True)
    check_matrix("linalg.svd", A)
    check_kernel("linalg_svd_cpu", A)
    try:
        u, s, vh = np.linalg.svd(A, full_matrices)
    except np.linalg.LinAlgError:
        raise _no_svd(A) from None
    return return_types.linalg_svd(u, s, vh)


def _no_svd(A: ndarray) -> LinAlgError:
    why = "the input matrix contained non-finite values." if not np.isfinite(A).all() else (
        "the input matrix is ill-conditioned or has too many repeated singular values (error code: 1).")
    return LinAlgError(f"linalg.svd: The algorithm failed to converge because {why}")


def _check_driver(driver: Any) -> None:
    if driver is not None:
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER "
                           "backend.")


@with_out
def linalg_svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """(U, S, Vh) with A = U diag(S) Vh, S descending: (*, m, n) -> (*, m, k), (*, k), (*, k, n), k = min(m, n).

    full_matrices: U and Vh are square.  As torch.linalg.svd.
    """
    _check_driver(driver)
    return _svd(A, full_matrices)


@with_out
def svdvals(A: Any, *, driver: Any = None) -> Any:
    """The singular values, descending: (*, m, n) -> (*, min(m, n)).  As torch.linalg.svdvals."""
    _check_driver(driver)
    return _svd(A, False)[1] if wants_gradient(A) else _singular_values(A)


@op(name="linalg_svdvals", method=False)
def _singular_values(A: ndarray) -> Any:
    check_floating("linalg.svd", A, low=True)
    check_matrix("linalg.svd", A)
    check_kernel("linalg_svd_cpu", A)
    try:
        return np.linalg.svd(A, compute_uv=False)
    except np.linalg.LinAlgError:
        raise _no_svd(A) from None


@with_out
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V) with input = U diag(S) V^H.  As torch.svd; see torch.linalg.svd."""
    if input.ndim < 2:
        raise RuntimeError(f"linalg.svd: input should have at least 2 dimensions, but has {input.ndim} dimensions "
                           "instead")
    if not compute_uv:
        m, n = input.shape[-2:]
        u, v = (np.zeros((*input.shape[:-2], size, size), input.dtype) for size in (m, n))
        return return_types.svd(_like(u, input), svdvals(input), _like(v, input))
    u, s, vh = _svd(input, not some)
    return return_types.svd(u, s, mH(vh))


def _like(array: ndarray, x: Any) -> Any:
    """`array` as what x is: a Tensor or a plain array."""
    return array.view(type(x)) if type(x) is not ndarray else array
