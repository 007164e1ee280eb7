"""The leading part of large matrices: a few singular values or eigenvalues, from random starts."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import op
from ..engine.tensor import plain, tensor_of
from .decomposition import eigh, linalg_qr, linalg_svd
from .matrices import mH
from .products import matmul
from .reduction import mean
from .sampling import randn

__all__ = ["lobpcg", "pca_lowrank", "svd_lowrank"]

ndarray = np.ndarray


# ------------------------------------------------------------------ singular values

def _range_of(A: Any, q: int, niter: int) -> Any:
    """An orthonormal basis of about what A's q largest singular values span (Halko, Martinsson, Tropp 2009)."""
    basis = linalg_qr(matmul(A, randn(A.shape[-1], q, dtype=A.dtype)))[0]
    for _ in range(niter):
        basis = linalg_qr(matmul(mH(A), basis))[0]
        basis = linalg_qr(matmul(A, basis))[0]
    return basis


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> tuple[Any, Any, Any]:
    """(U, S, V) of about the q largest singular values of A (of A - M): (*, m, n) -> (*, m, q), (*, q), (*, n, q).

    niter: how many times the random start is multiplied by A A^H.  As torch.svd_lowrank.
    """
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    if M is not None:
        A = A - M
    tall = A.shape[-2] >= A.shape[-1]
    A = A if tall else mH(A)
    basis = _range_of(A, q, niter)
    u, s, vh = linalg_svd(matmul(mH(basis), A), full_matrices=False)
    u, v = matmul(basis, u), mH(vh)
    return (u, s, v) if tall else (v, s, u)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Any, Any, Any]:
    """(U, S, V) of about the q leading principal components of the rows of A; center: their mean is taken off first.

    As torch.pca_lowrank.
    """
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, True) if center else A, q, niter)


# ------------------------------------------------------------------ eigenvalues

def _orthonormal(S: ndarray, B: ndarray | None) -> ndarray:
    """A basis of what S spans, orthonormal in the inner product x^H B y, without what is next to dependent."""
    S = S / np.maximum(np.sqrt((np.abs(S) ** 2).sum(0)), np.finfo(S.dtype).tiny)
    gram = mH(S) @ (S if B is None else B @ S)
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * len(values) * np.finfo(S.dtype).eps
    return S @ (vectors[:, kept] / np.sqrt(values[kept]))


def _iterate(A: ndarray, B: ndarray | None, X: ndarray, iK: ndarray | None, niter: int, tol: float,
             largest: bool) -> tuple[ndarray, ndarray]:
    """Knyazev's locally optimal block preconditioned conjugate gradients: (eigenvalues, eigenvectors), best first."""
    n = X.shape[1]

    def best(S: ndarray) -> tuple[ndarray, ndarray]:
        values, vectors = np.linalg.eigh(mH(S) @ (A @ S))
        order = slice(None, -n - 1, -1) if largest else slice(0, n)
        return values[order], vectors[:, order]
    S = _orthonormal(X, B)
    values, turn = best(S)
    X, P = S @ turn, X[:, :0]
    for _ in range(niter):
        AX, BX = A @ X, X if B is None else B @ X
        rest = AX - BX * values
        scale = np.linalg.norm(AX) / np.linalg.norm(X) + np.abs(values) * (np.linalg.norm(BX) / np.linalg.norm(X))
        if (np.linalg.norm(rest, axis=0) / (np.linalg.norm(X, axis=0) * scale) < tol).all():
            break
        W = rest if iK is None else iK @ rest
        old = X
        S = _orthonormal(np.concatenate([X, W, P], 1), B)
        values, turn = best(S)
        X = S @ turn
        P = X - old @ (mH(old if B is None else B @ old) @ X)  # the step that was taken
    return values, X


def _lobpcg_slope(g: Any, y: Any, x: Any) -> Any:
    """Each eigenvector turns towards the others, by 1 / the distance of their eigenvalues."""
    (gvalues, gvectors), (values, vectors) = g, y
    spectrum, basis = eigh(x)
    gaps = values[..., None, :] - spectrum[..., :, None]
    own = np.abs(plain(gaps)) <= 1e-3 * np.abs(plain(spectrum)).max(-1)[..., None, None]
    nearest = np.abs(plain(gaps)) == np.abs(plain(gaps)).min(-2, keepdims=True)
    own &= nearest
    inner = np.where(own, 0, matmul(mH(basis), gvectors) / np.where(own, 1, gaps))
    return matmul(vectors * gvalues[..., None, :] + matmul(basis, inner), mH(vectors))


@op(lambda g, y, x, *rest: _lobpcg_slope(g, y, x), name="lobpcg", several=True, register=False, method=False,
    saves=("A", "y"))
def _lobpcg(A: ndarray, B: Any, X: ndarray, iK: Any, k: int, niter: int, tol: float, largest: bool) -> tuple:
    batch = A.shape[:-2]
    values, vectors = np.empty((*batch, k), A.dtype), np.empty((*batch, A.shape[-1], k), A.dtype)
    for place in np.ndindex(batch):
        found = _iterate(A[place], None if B is None else B[place], X[place], None if iK is None else iK[place],
                         niter, tol, largest)
        values[place], vectors[place] = found[0][:k], found[1][:, :k]
    return values, vectors


def lobpcg(A: Any, k: int | None = None, B: Any = None, X: Any = None, n: int | None = None, iK: Any = None,
           niter: int | None = None, tol: float | None = None, largest: bool | None = None, method: str | None = None,
           tracker: None = None, ortho_iparams: Any = None, ortho_fparams: Any = None,
           ortho_bparams: Any = None) -> tuple[Any, Any]:
    """(eigenvalues, eigenvectors): the k largest (or smallest) of A x = lambda B x, both symmetric, positive-definite.

    Args:
        X: the start, (*, m, n); by default random.  iK: a preconditioner, about the inverse of A.
        niter: at most so many steps (default 1000).  tol: the relative residual to stop at (default sqrt(eps)).
        method: "basic" or "ortho"; both are computed with an orthonormal basis.

    As torch.lobpcg.  tracker and the ortho_ parameters are not supported.
    """
    for name, value in (("tracker", tracker), ("ortho_iparams", ortho_iparams), ("ortho_fparams", ortho_fparams),
                        ("ortho_bparams", ortho_bparams)):
        if value is not None:
            raise NotImplementedError(f"lobpcg(): option {name}= is not supported")
    if A.shape[-2] != A.shape[-1]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    if B is not None and tuple(A.shape) != tuple(B.shape):
        raise AssertionError(f"A and B must have the same shape, got {A.shape} and {B.shape}")
    m = A.shape[-1]
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = (k if n is None else n) if X is None else X.shape[-1]
    if m < 3 * n:
        raise ValueError(f"LOBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the "
                         f"number of requested eigenpairs (={n})")
    if getattr(A, "requires_grad", False):
        A = (A + mH(A)) / 2
    if X is None:
        X = randn(*A.shape[:-1], n, dtype=A.dtype)
    tol = float(np.finfo(plain(A).dtype).eps) ** .5 if tol is None else tol
    steps = 1000 if niter is None or niter < 0 else niter
    values, vectors = _lobpcg(A, plain(B), plain(X), plain(iK), min(k, n), steps, tol, largest is None or largest)
    return tensor_of(values), tensor_of(vectors)
