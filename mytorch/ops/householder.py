"""Products of reflections, the form in which LAPACK keeps Q: Q = H_1 ... H_k, H_i = 1 - tau_i v_i v_i^H."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from ..engine.op import method, op
from ._shared import no_slope, with_out
from .indexing import narrow
from .matrices import check_kernel, column_major, lower, mH, mT
from .pointwise import conjugate
from .products import matmul
from .shape import type_name

__all__ = ["geqrf", "orgqr", "ormqr"]


@method()
@with_out
def geqrf(input: Any) -> Any:
    """(a, tau): QR with R in the upper triangle of `a`, the reflections below it.  As torch.geqrf."""
    found = _geqrf(input)
    return found


@op(no_slope("geqrf"), name="geqrf", several=True, register=False, method=False, node="NotImplemented")
def _geqrf(x: np.ndarray) -> Any:
    if x.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_kernel("geqrf_cpu", x)
    h, tau = np.linalg.qr(x, "raw")
    return return_types.geqrf(column_major(mT(h)), tau)


def _check_reflections(name: str, a: Any, tau: Any) -> None:
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if a.shape[-2] < a.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if a.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if tau.ndim != a.ndim - 1:
        raise RuntimeError(f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
                           f"{tau.ndim} and input.ndim is equal to {a.ndim}")
    if tuple(tau.shape[:-1]) != tuple(a.shape[:-2]):
        raise RuntimeError(f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
                           f"{list(tau.shape[:-1])}")
    if tau.dtype != a.dtype:
        raise RuntimeError(f"{name}: tau dtype {type_name(tau.dtype)} does not match input dtype {type_name(a.dtype)}")


def _vectors(a: Any, count: int) -> Any:
    """The vectors v_i as columns: ones on the diagonal, zeros above."""
    return lower(narrow(a, -1, 0, count), -1) + np.eye(a.shape[-2], count, dtype=a.dtype)


def _reflected(v: Any, tau: Any, x: Any, adjoint: bool) -> Any:
    """Q x, or Q^H x: one reflection after another."""
    count = tau.shape[-1]
    for i in range(count) if adjoint else range(count - 1, -1, -1):
        column = narrow(v, -1, i, 1)
        factor = conjugate(tau[..., i]) if adjoint else tau[..., i]
        x = x - matmul(column * factor[..., None, None], matmul(mH(column), x))
    return x


@with_out
def householder_product(A: Any, tau: Any) -> Any:
    """The first n columns of Q = H_1 ... H_k: (*, m, n), (*, k) -> (*, m, n).  As torch.linalg.householder_product."""
    _check_reflections("torch.linalg.householder_product", A, tau)
    check_kernel("orgqr_cpu", A)
    m, n = A.shape[-2:]
    start = np.where(np.ones(tuple(A.shape), bool), np.eye(m, n, dtype=A.dtype), A)  # on the tape also without a tau
    return _reflected(_vectors(A, tau.shape[-1]), tau, start, False)


@method()
def orgqr(input: Any, input2: Any, *, out: Any = None) -> Any:
    """`householder_product` under LAPACK's name.  As torch.orgqr."""
    return householder_product(input, input2, out=out)


@method()
@with_out
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q other, or other Q (left=False), with Q^H for transpose; Q = H_1 ... H_k is square.  As torch.ormqr."""
    name = "torch.ormqr"
    for x, what in ((input, "input"), (other, "other")):
        if x.ndim < 2:
            raise RuntimeError(f"{name}: {what} must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1] != min(other.shape[side], input.shape[-1]):
        raise RuntimeError(f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    if tau.ndim != input.ndim - 1:
        raise RuntimeError(f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to "
                           f"{tau.ndim} and input.ndim is equal to {input.ndim}")
    if other.ndim != input.ndim:
        raise RuntimeError(f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim "
                           f"equal to {other.ndim} and input.ndim is equal to {input.ndim}")
    for x, what in ((tau, "tau"), (other, "other")):
        if x.dtype != input.dtype:
            raise RuntimeError(f"{name}: Expected input and {what} to have the same dtype, but input has dtype "
                               f"{type_name(input.dtype)} and {what} has dtype {type_name(x.dtype)}")
    check_kernel("ormqr_cpu", input)
    v = _vectors(input, tau.shape[-1])
    if left:
        return _reflected(v, tau, other, transpose)
    return mH(_reflected(v, tau, mH(other), not transpose))  # X Q = (Q^H X^H)^H
