"""Determinants and what rests on singular values: pseudo-inverses, ranks, least squares."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._types import real_dtype
from ..engine.op import method, op
from ..engine.tensor import plain, tensor_of
from ._shared import with_out
from .decomposition import _svd, eigh, eigvalsh, svdvals
from .matrices import broadcast_batches, check_floating, check_kernel, check_square, column_major, defined, mH
from .pointwise import conjugate, log
from .products import matmul
from .reduction import prod
from .shape import type_name
from .solvers import inv

__all__ = ["det", "logdet", "pinverse", "slogdet"]

ndarray = np.ndarray


# ------------------------------------------------------------------ determinants

def _cofactors(x: Any) -> Any:
    """The gradient of a determinant, by way of singular values: also where it is zero."""
    u, s, vh = _svd(x, False)
    others = prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), -1)
    turn = conjugate(det(u) * det(vh))
    return matmul(u * others[..., None, :], vh) * turn[..., None, None]


def _det_slope(g: Any, y: Any, x: Any) -> Any:
    if not np.asarray(y).all():
        return g[..., None, None] * _cofactors(x)
    return (g * conjugate(y))[..., None, None] * mH(inv(x))


@op(lambda g, y, x: _det_slope(g, y, x), name="linalg_det", method="det")
def det(A: Any) -> Any:
    """The determinant of square matrices.  As torch.linalg.det."""
    check_square("linalg.det", A)
    check_floating("linalg.det", A, low=True)
    check_kernel("lu_cpu", A)
    return np.linalg.det(A)


def _slogdet_slope(g: Any, sign: Any, x: Any) -> Any:
    gsign, glog = g
    weight = glog
    if x.dtype.kind == "c":  # the sign turns with the imaginary part of the logarithm
        weight = glog - 1j * (conjugate(gsign) * sign).imag
    return weight[..., None, None] * mH(inv(x))


@op(lambda g, y, x: _slogdet_slope(g, y[0], x), name="linalg_slogdet", several=True, method=False)
def _slogdet(A: ndarray) -> Any:
    return return_types.linalg_slogdet(*map(np.asarray, np.linalg.slogdet(A)))


@with_out
def linalg_slogdet(A: Any) -> Any:
    """(sign, logabsdet) of the determinant of square matrices.  As torch.linalg.slogdet."""
    check_square("linalg.slogdet", A)
    check_floating("linalg.slogdet", A)
    return _slogdet(A)


@method()
@with_out
def slogdet(input: Any) -> Any:
    """(sign, logabsdet) of the determinant.  As torch.slogdet; see torch.linalg.slogdet."""
    return return_types.slogdet(*linalg_slogdet(input))


@method()
def logdet(input: Any) -> Any:
    """The logarithm of the determinant, nan where that is negative.  As torch.logdet."""
    check_square("logdet", input)
    check_floating("logdet", input)
    sign, y = _slogdet(input)
    if sign.dtype.kind == "c":
        return y + log(sign)
    return np.where(plain(sign) == -1, np.asarray(np.nan, y.dtype), y)


# ------------------------------------------------------------------ pseudo-inverses and ranks

def _bound(atol: Any, rtol: Any, values: ndarray, shape: tuple[int, ...]) -> ndarray:
    """Below what singular values (*, k) count as zero, (*, 1)."""
    kind = values.dtype
    if rtol is None:
        rtol = np.finfo(kind).eps * max(shape[-2:]) if atol is None else 0.0
    largest = values.max(-1, keepdims=True) if values.shape[-1] else np.zeros((*values.shape[:-1], 1), kind)
    absolute, relative = (np.asarray(0 if t is None else plain(t), kind)[..., None] for t in (atol, rtol))
    return np.maximum(absolute, relative * largest)


def _pinv_slope(g: Any, y: Any, x: Any) -> Any:
    """dP = -P dA P + P P^H dA^H (1 - A P) + (1 - P A) dA^H P^H P."""
    yh, gh = mH(y), mH(g)
    left = matmul(gh, matmul(y, yh))
    right = matmul(matmul(yh, y), gh)
    return (left - matmul(x, matmul(y, left)) + right - matmul(matmul(right, y), x)) - matmul(yh, matmul(g, yh))


@op(lambda g, y, x, atol, rtol: _pinv_slope(g, y, x), name="linalg_pinv", method=False)
def _pinv(A: ndarray, atol: Any, rtol: Any) -> ndarray:
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    u, s, vh = _svd(A, False)
    inverted = np.where(s > _bound(atol, rtol, s, A.shape), 1 / s, 0).astype(s.dtype)
    return np.matmul(mH(vh) * inverted[..., None, :], mH(u))


@with_out
def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The pseudo-inverse; singular values up to max(atol, rtol * the largest) count as zero.

    rtol (also called rcond): by default eps * max(m, n), or 0 when atol is given.  hermitian: A is, only one triangle
    is read.  As torch.linalg.pinv.
    """
    if A.ndim < 2 or A.dtype.kind not in "fc" or A.dtype.itemsize == 2:
        raise RuntimeError(f"linalg.pinv({type_name(A.dtype)}{{{list(A.shape)}}}): expected a tensor with 2 or more "
                           "dimensions of float, double, cfloat or cdouble types")
    rtol = rcond if rtol is None else rtol
    if not hermitian:
        return _pinv(A, plain(atol), plain(rtol))
    check_square("linalg.pinv", A)
    values, vectors = eigh(A)
    size = np.absolute(plain(values))
    zero = size <= _bound(plain(atol), plain(rtol), size, tuple(A.shape))
    inverted = np.where(zero, 0, 1 / np.where(zero, 1, values))
    return matmul(vectors * inverted[..., None, :], mH(vectors))


@method()
def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The pseudo-inverse.  As torch.pinverse; see torch.linalg.pinv."""
    return pinv(input, rcond)


@with_out
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """How many singular values exceed max(atol, rtol * the largest).

    tol: an absolute bound under its old name.  As torch.linalg.matrix_rank.
    """
    x = plain(A)
    if x.dtype.kind not in "fc" or x.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if x.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    if not x.size:
        return tensor_of(np.zeros(x.shape[:-2], np.int64))
    if tol is not None:
        atol, rtol = tol, 0.0
    values = np.absolute(eigvalsh(x)) if hermitian else svdvals(x)
    return tensor_of(np.count_nonzero(values > _bound(plain(atol), plain(rtol), values, x.shape), -1))


# ------------------------------------------------------------------ least squares

def _lstsq_slopes(g: Any, y: Any, needs: Any, a: Any, b: Any, rcond: Any, driver: str) -> list:
    """X = A^+ B; the residuals' own gradient is that of |A X - B|^2 at the best X."""
    inverse = _pinv(a, None, rcond)
    gb = matmul(mH(inverse), g[0])
    ga = _pinv_slope(matmul(g[0], mH(b)), inverse, a) if needs[0] else None
    if g[1].size and defined(g[1]):
        rest = 2 * (matmul(a, y[0]) - b) * g[1][..., None, :]
        gb = gb - rest
        ga = ga + matmul(rest, mH(y[0])) if needs[0] else None
    return [ga, gb]


@op(joint=_lstsq_slopes, name="linalg_lstsq", several=True, method=False)
def _lstsq(A: ndarray, B: ndarray, rcond: Any, driver: str) -> Any:
    m, n = A.shape[-2:]
    real = real_dtype(A.dtype)
    batch = broadcast_batches(A.shape[:-2], B.shape[:-2])
    none, count = np.empty(0, real), np.zeros(A.shape[:-2], np.int64)
    if not A.size:
        s = np.zeros((*A.shape[:-2], min(m, n)), real)
        y = np.zeros((*batch, n, B.shape[-1]), A.dtype)
    else:
        u, s, vh = _svd(A, False)
        used = s > _bound(None, rcond, s, A.shape)
        count = np.count_nonzero(used, -1)
        inverted = np.where(used, 1 / s, 0).astype(s.dtype)
        y = np.matmul(mH(vh) * inverted[..., None, :], np.matmul(mH(u), B))
    residuals = none
    if driver != "gelsy" and m > n and (driver == "gels" or (count == n).all()):
        residuals = np.add.reduce(np.absolute(np.matmul(A, y) - B) ** 2, -2)
    return return_types.linalg_lstsq(column_major(y), residuals, np.empty(0, np.int64) if driver == "gels" else count,
                                     s if driver in ("gelsd", "gelss") else none)


@with_out
def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: Any = None) -> Any:
    """(solution, residuals, rank, singular_values): X of least |A X - B|, the shortest where several are.

    driver: LAPACK's routines "gelsy" (default), "gelsd", "gelss", "gels" decide what is given beside the solution; all
    are computed from singular values.  As torch.linalg.lstsq.
    """
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not B.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.dtype != B.dtype:
        raise RuntimeError(f"{name}: Expected input and other to have the same dtype, but got input's dtype "
                           f"{type_name(A.dtype)} and other's dtype {type_name(B.dtype)}")
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    vector = B.ndim == A.ndim - 1 and tuple(A.shape[:-1]) == tuple(B.shape) or B.ndim == 1
    b = B[..., None] if vector else B
    if b.shape[-2] != A.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size(-{1 if vector else 2})")
    check_kernel("linalg_lstsq_cpu", plain(A))
    found = _lstsq(A, b, plain(rcond), driver or "gelsy")
    if vector:
        found = return_types.linalg_lstsq(found[0][..., 0], *found[1:])
    return found
