"""Matrices taken apart: singular values, QR, eigenvalues.

LAPACK through numpy.linalg; the gradients are formulas in products and triangular parts, so that they can be
differentiated again.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._types import complex_dtype
from .._warnings import warn
from ..engine.op import method, op
from ..engine.tensor import plain, wants_gradient
from ._shared import with_out
from .indexing import narrow
from .joining import cat
from .matrices import (
    LinAlgError,
    check_floating,
    check_kernel,
    check_matrix,
    check_square,
    column_major,
    defined,
    diagonal_matrix,
    diagonal_of,
    mH,
    upper,
)
from .pointwise import conjugate
from .products import matmul
from .shape import type_name
from .solvers import solve
from .triangular import solve_triangular

__all__ = ["qr", "svd"]

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


@op(lambda g, y, x, full: _svd_slope(g, y, x), name="linalg_svd", several=True, method=False,
    saves=("y",))
def _svd(A: ndarray, full_matrices: bool) -> Any:
    check_floating("linalg.svd", A, low=True)
    check_matrix("linalg.svd", A)
    check_kernel("linalg_svd_cpu", A)
    try:
        u, s, vh = np.linalg.svd(A, full_matrices)
    except np.linalg.LinAlgError:
        raise _no_svd(A) from None
    return return_types.linalg_svd(column_major(u), s, column_major(vh))


def _no_svd(A: ndarray) -> LinAlgError:
    why = "the input matrix contained non-finite values." if not np.isfinite(A).all() else (
        "the input matrix is ill-conditioned or has too many repeated singular values (error code: 1).")
    return LinAlgError(f"linalg.svd: The algorithm failed to converge because {why}")


def _check_driver(driver: Any) -> None:
    if driver is not None:
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
                           "cuSOLVER backend.")


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


@method()
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


# ------------------------------------------------------------------ QR

def _tall_slope(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    """Of A = Q R with no more columns than rows."""
    inner = upper(matmul(gr, mH(r)) - matmul(mH(q), gq))
    even = inner + mH(inner) - diagonal_matrix(diagonal_of(inner).real.astype(inner.dtype))
    return solve_triangular(mH(r), gq + matmul(q, even), upper=False, left=False)


def _qr_slope(g: Any, y: Any, x: Any, mode: str) -> Any:
    m, n = x.shape[-2:]
    if mode == "r":
        raise RuntimeError("The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
                           "linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.")
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    (gq, gr), (q, r) = g, y
    if m >= n:
        return _tall_slope(gq, gr, q, r)
    rest = narrow(gr, -1, m, n - m)  # A = [X Y], R = [U V]: Y = Q V, and X = Q U is square
    gq = gq + matmul(matmul(q, narrow(r, -1, m, n - m)), mH(rest))
    return cat([_tall_slope(gq, narrow(gr, -1, 0, m), q, narrow(r, -1, 0, m)), matmul(q, rest)], -1)


@op(lambda g, y, x, mode: _qr_slope(g, y, x, mode), name="linalg_qr", several=True, method=False,
    saves=("y",))
def _qr(A: ndarray, mode: Any) -> Any:
    check_floating("linalg.qr", A, low=True)
    check_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
                           "'complete'")
    check_kernel("geqrf_cpu", A)
    if mode == "r":
        return return_types.linalg_qr(np.empty(0, A.dtype), column_major(np.asarray(np.linalg.qr(A, "r"))))
    q, r = np.linalg.qr(A, mode)
    return return_types.linalg_qr(column_major(q), column_major(r))


@with_out
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R) with A = Q R, Q with orthonormal columns, R upper triangular.

    mode: "reduced" (*, m, k), (*, k, n); "complete" (*, m, m), (*, m, n); "r" only R.  As torch.linalg.qr.
    """
    return _qr(A, mode)


@method()
@with_out
def qr(input: Any, some: bool = True) -> Any:
    """(Q, R).  As torch.qr; see torch.linalg.qr."""
    warn("torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch "
         "release.\nThe boolean parameter 'some' has been replaced with a string parameter 'mode'.")
    return return_types.qr(*_qr(input, "reduced" if some else "complete"))


# ------------------------------------------------------------------ eigenvalues of Hermitian matrices

def _gaps(values: Any) -> Any:
    """lambda_j - lambda_i, ones on the diagonal."""
    return values[..., None, :] - values[..., :, None] + np.eye(values.shape[-1], dtype=values.dtype)


def _eigh_slope(g: Any, y: Any, uplo: str) -> Any:
    (gvalues, gvectors), (values, vectors) = g, y
    if not defined(gvectors):
        return matmul(vectors * gvalues[..., None, :], mH(vectors))
    inner = matmul(mH(vectors), gvectors)
    _gauge(diagonal_of(inner), "linalg_eigh", "eigenvectors")
    inner = _skew(inner) * (.5 - .5 * np.eye(inner.shape[-1], dtype=values.dtype)) / _gaps(values)
    return matmul(matmul(vectors, inner + diagonal_matrix(gvalues).astype(inner.dtype)), mH(vectors))


def _check_eigh(A: ndarray, uplo: str) -> Any:
    check_square("linalg.eigh", A)
    if uplo.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {uplo}")
    check_kernel("linalg_eigh_cpu", A)
    return uplo.upper()


def _no_eigenvalues(name: str) -> LinAlgError:
    return LinAlgError(f"{name}: The algorithm failed to converge because the input matrix is ill-conditioned or has "
                       "too many repeated eigenvalues (error code: 1).")


@op(lambda g, y, x, uplo: _eigh_slope(g, y, uplo), name="linalg_eigh", several=True, method=False)
def _eigh(A: ndarray, uplo: str) -> Any:
    try:
        values, vectors = np.linalg.eigh(A, _check_eigh(A, uplo))
    except np.linalg.LinAlgError:
        raise _no_eigenvalues("linalg.eigh") from None
    return return_types.linalg_eigh(values, column_major(vectors))


@op(name="linalg_eigvalsh", method=False)
def _eigvalsh(A: ndarray, uplo: str) -> ndarray:
    try:
        return np.linalg.eigvalsh(A, _check_eigh(A, uplo))
    except np.linalg.LinAlgError:
        raise _no_eigenvalues("linalg.eigh") from None


@with_out
def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of Hermitian matrices, of which one triangle is read; ascending.

    As torch.linalg.eigh.
    """
    return _eigh(A, UPLO)


@with_out
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of Hermitian matrices, ascending.  As torch.linalg.eigvalsh."""
    return _eigh(A, UPLO)[0] if wants_gradient(A) else _eigvalsh(A, UPLO)


# ------------------------------------------------------------------ eigenvalues

def _eig_slope(g: Any, y: Any) -> Any:
    """Of A = V diag(lambda) V^-1 with columns of V of length one."""
    (gvalues, gvectors), (values, vectors) = g, y
    adjoint = mH(vectors)
    if not defined(gvectors):
        return solve(adjoint, gvalues[..., :, None] * adjoint)
    inner = matmul(adjoint, gvectors)
    _gauge(diagonal_of(inner), "linalg_eig", "eigenvectors")
    inner = inner - matmul(adjoint, vectors * diagonal_of(inner).real[..., None, :])
    inner = inner * (1 - np.eye(inner.shape[-1], dtype=values.real.dtype)) / conjugate(_gaps(values))
    return solve(adjoint, matmul(inner + diagonal_matrix(gvalues), adjoint))


def _check_eig(name: str, A: ndarray) -> None:
    check_square("linalg.eig", A)
    if A.dtype.kind in "iub":
        raise RuntimeError(f"Unknown Complex ScalarType for {type_name(A.dtype)}")
    check_kernel("linalg_eig_out_cpu", A)
    if not np.isfinite(A).all():
        raise RuntimeError(f"torch.{name}: input tensor should not contain infs or NaNs.")


@op(lambda g, y, x: _eig_slope(g, y), name="linalg_eig", several=True, method=False)
def _eig(A: ndarray) -> Any:
    _check_eig("linalg.eig", A)
    kind = complex_dtype(A.dtype)
    try:
        values, vectors = np.linalg.eig(A)
    except np.linalg.LinAlgError:
        raise _no_eigenvalues("linalg.eig") from None
    return return_types.linalg_eig(values.astype(kind, copy=False), column_major(vectors.astype(kind, copy=False)))


@op(name="linalg_eigvals", method=False)
def _eigvals(A: ndarray) -> ndarray:
    _check_eig("linalg.eigvals", A)
    try:
        return np.linalg.eigvals(A).astype(complex_dtype(A.dtype), copy=False)
    except np.linalg.LinAlgError:
        raise _no_eigenvalues("linalg.eig") from None


@with_out
def eig(A: Any) -> Any:
    """(eigenvalues, eigenvectors) of square matrices, complex.  As torch.linalg.eig."""
    return _eig(A)


@with_out
def eigvals(A: Any) -> Any:
    """The eigenvalues of square matrices, complex.  As torch.linalg.eigvals."""
    if not wants_gradient(A):
        return _eigvals(A)
    _check_eig("linalg.eigvals", plain(A))
    return _eig(A)[0]
