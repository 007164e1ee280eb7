"""NumPy's face of products and linear algebra: np.dot, np.einsum, np.linalg.solve ... on Tensors, recorded."""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .. import return_types
from ..engine.op import numpy_face, placed
from ..engine.tensor import plain, tensor_of, wants_gradient
from . import decomposition, determinants, linalg, matrix_functions, solvers, triangular
from .diagonals import diagonal
from .einsum import einsum, kron, tensordot
from .norms import vector_norm
from .numpy_shape import as_tensor, common_type, floats, unrecorded
from .products import matmul
from .reduction import sum
from .shape import movedim

__all__: list[str] = []

ndarray = np.ndarray


# ------------------------------------------------------------------ products

@numpy_face(np.inner)
def _inner(a: Any, b: Any, /) -> Any:
    a, b = common_type([as_tensor(a), as_tensor(b)])
    return a * b if not a.ndim or not b.ndim else tensordot(a, b, ([-1], [-1]))


@numpy_face(np.outer)
def _outer(a: Any, b: Any, out: Any = None) -> Any:
    a, b = as_tensor(a).reshape((-1, 1)), as_tensor(b).reshape((1, -1))
    return placed(np.multiply(a, b), out)


@numpy_face(np.linalg.outer)
def _linalg_outer(x1: Any, x2: Any, /) -> Any:
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"Input arrays must be one-dimensional, but they are x1.ndim={np.ndim(x1)} and "
                         f"x2.ndim={np.ndim(x2)}.")
    return _outer(x1, x2)


@numpy_face(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    a, b = (x.reshape((-1,)) for x in common_type([as_tensor(a), as_tensor(b)]))
    return matmul(np.conj(a) if a.dtype.kind == "c" else a, b)


@numpy_face(np.kron)
def _kron(a: Any, b: Any) -> Any:
    return kron(*common_type([as_tensor(a), as_tensor(b)]))


@numpy_face(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = common_type([as_tensor(a), as_tensor(b)])
    return tensordot(a, b, axes)


@numpy_face(np.linalg.tensordot)
def _linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return _tensordot(x1, x2, axes)


@numpy_face(np.einsum)
def _einsum(*operands: Any, out: Any = None, dtype: Any = None, order: str = "K", casting: str = "safe",
            optimize: Any = False) -> Any:
    if order not in "KC":
        raise NotImplementedError(f"np.einsum on Tensors: order={order!r} is not supported")
    at = range(1, len(operands)) if isinstance(operands[0], str) else range(0, len(operands) - 1, 2)
    args = list(operands)
    for i, x in zip(at, common_type([as_tensor(operands[i]) for i in at], dtype, casting)):
        args[i] = x
    return placed(einsum(*args), out)


@numpy_face(np.einsum_path)
def _einsum_path(*operands: Any, **options: Any) -> Any:
    return np.einsum_path(*plain(operands), **options)


@numpy_face(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return placed(np.sum(diagonal(as_tensor(a), offset, axis1, axis2), axis=-1, dtype=dtype), out)


@numpy_face(np.linalg.trace)
def _linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return _trace(x, offset, -2, -1, dtype)


@numpy_face(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = common_type([as_tensor(a), as_tensor(b)])
    a, b = movedim(a, axisa, -1), movedim(b, axisb, -1)
    flat = a.shape[-1] == 2 == b.shape[-1]      # vectors in a plane: only the third element is not zero
    a, b = (np.concatenate((x, x[..., :1] * 0), -1) if x.shape[-1] == 2 else x for x in (a, b))
    ndim = max(a.ndim, b.ndim)
    a, b = (x.reshape((1,) * (ndim - x.ndim) + tuple(x.shape)) for x in (a, b))
    y = linalg.linalg_cross(a, b)
    return y[..., 2] if flat else movedim(y, -1, axisc)


@numpy_face(np.linalg.cross)
def _linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return _cross(x1, x2, axis=axis)


def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    a, b = common_type([as_tensor(x1), as_tensor(x2)])
    a, b = movedim(a, axis, -1), movedim(b, axis, -1)
    return sum((np.conj(a) if a.dtype.kind == "c" else a) * b, -1)


def _product(ufunc: np.ufunc, form: Callable) -> None:
    """The face of a generalized ufunc of two operands: `form` over the last axes, brought there from where they are."""
    def run(x1: Any, x2: Any, /, out: Any = None, axes: Any = None, axis: Any = None, keepdims: bool = False,
            dtype: Any = None, casting: str = "same_kind", **options: Any) -> Any:
        for key in options:
            raise NotImplementedError(f"np.{ufunc.__name__} on Tensors: option {key}= is not supported")
        operands = common_type([as_tensor(x1), as_tensor(x2)], dtype, casting)
        if axis is not None:
            axes = [axis, axis, ()]
        places = [p if isinstance(p, tuple) else (p,) for p in axes or ()]
        y = form(*(_to_last(x, place) for x, place in zip(operands, places or ((), ()))))
        if len(places) > 2 and places[2]:
            y = movedim(y, tuple(range(-len(places[2]), 0)), places[2])
        if keepdims:
            y = np.expand_dims(y, -1 if not places else places[0][0])
        return placed(y, out[0] if isinstance(out, tuple) else out)
    numpy_face((ufunc, "__call__"))(run)


def _to_last(x: Any, axes: tuple) -> Any:
    return movedim(x, axes, tuple(range(-len(axes), 0))) if axes else x


numpy_face(np.linalg.vecdot)(_vecdot)
_product(np.vecdot, _vecdot)
_product(np.matmul, matmul)
numpy_face(np.linalg.matmul)(lambda x1, x2, /: np.matmul(x1, x2))
if hasattr(np, "matvec"):  # from NumPy 2.2
    _product(np.matvec, lambda a, b: matmul(a, b[..., None])[..., 0])
    _product(np.vecmat, lambda a, b: matmul((np.conj(a) if a.dtype.kind == "c" else a)[..., None, :], b)[..., 0, :])
numpy_face(np.linalg.multi_dot)(lambda arrays, *, out=None: placed(linalg.multi_dot(floats(*arrays)), out))


@numpy_face(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    return matrix_functions.vander(as_tensor(x), N, increasing)


# ------------------------------------------------------------------ systems and inverses

numpy_face(np.linalg.inv)(lambda a: solvers.inv(*floats(a)))
numpy_face(np.linalg.det)(lambda a: determinants.det(*floats(a)))
numpy_face(np.linalg.slogdet)(lambda a: determinants.linalg_slogdet(*floats(a)))
numpy_face(np.linalg.tensorinv)(lambda a, ind=2: matrix_functions.tensorinv(*floats(a), ind))
numpy_face(np.linalg.cholesky)(lambda a, /, *, upper=False: triangular.linalg_cholesky(*floats(a), upper=upper))


@numpy_face(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    return matrix_functions.matrix_power(as_tensor(a) if n >= 0 else floats(a)[0], n)


@numpy_face(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    a, b = floats(a, b)
    if b.ndim == 1:  # NumPy takes only one dim for a vector
        return solvers.solve(a, b[:, None])[..., 0]
    return solvers.solve(a, b.reshape((1,) * (a.ndim - b.ndim) + tuple(b.shape)))


@numpy_face(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    return matrix_functions.tensorsolve(*floats(a, b), axes)


@numpy_face(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple:
    a, b = floats(a, b)
    rcond = 0.0 if rcond is not None and rcond < 0 else rcond
    y = determinants.lstsq(a, b if b.ndim > 1 else b[:, None], rcond, driver="gelsd")
    solution, residuals, rank, values = y
    values = decomposition.svdvals(a) if wants_gradient(a) else values
    return solution if b.ndim > 1 else solution[:, 0], residuals, np.int32(rank), values


@numpy_face(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:  # type: ignore
    if rtol is np._NoValue:  # type: ignore[attr-defined]
        rtol = 1e-15 if rcond is None else rcond
    return determinants.pinv(*floats(a), hermitian=hermitian, rtol=plain(rtol))


@numpy_face(np.linalg.matrix_rank)
def _matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    return tensor_of(np.linalg.matrix_rank(plain(A), plain(tol), hermitian, rtol=plain(rtol)))


@numpy_face(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    return matrix_functions.cond(*floats(x), p)


# ------------------------------------------------------------------ decompositions

@numpy_face(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    a = floats(a)[0]
    if mode == "raw":
        unrecorded(np.linalg.qr, "mode='raw'", a)
        return tensor_of(np.linalg.qr(plain(a), "raw"))
    if mode == "r":  # through Q, so that it has a gradient
        return decomposition.linalg_qr(a)[1]
    return decomposition.linalg_qr(a, mode)


@numpy_face(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    a = floats(a)[0]
    if hermitian:
        return _of_eigenvalues(*decomposition.eigh(a)) if compute_uv else np.flip(
            np.sort(np.absolute(decomposition.eigvalsh(a))), -1)
    return decomposition.linalg_svd(a, full_matrices) if compute_uv else decomposition.svdvals(a)


def _of_eigenvalues(values: Any, vectors: Any) -> Any:
    """The singular value decomposition of a Hermitian matrix: the values by their size, their signs in the vectors."""
    order = np.flip(np.argsort(np.absolute(plain(values)), -1), -1)
    values, vectors = np.take_along_axis(values, order, -1), np.take_along_axis(vectors, order[..., None, :], -1)
    turned = np.conj(vectors * np.sign(plain(values))[..., None, :])
    return return_types.linalg_svd(vectors, np.absolute(values), turned.swapaxes(-1, -2))


@numpy_face(np.linalg.svdvals)
def _svdvals(x: Any, /) -> Any:
    return decomposition.svdvals(*floats(x))


numpy_face(np.linalg.eigh)(lambda a, UPLO="L": decomposition.eigh(*floats(a), UPLO))
numpy_face(np.linalg.eigvalsh)(lambda a, UPLO="L": decomposition.eigvalsh(*floats(a), UPLO))


def _real_if_real(values: Any, x: Any) -> bool:
    """Whether NumPy gives real eigenvalues: when a real matrix has no other."""
    return x.dtype.kind != "c" and not plain(values).imag.any()


@numpy_face(np.linalg.eig)
def _eig(a: Any) -> Any:
    a = floats(a)[0]
    found = decomposition.eig(a)
    return return_types.linalg_eig(*(y.real for y in found)) if _real_if_real(found[0], a) else found


@numpy_face(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    a = floats(a)[0]
    values = decomposition.eigvals(a)
    return values.real if _real_if_real(values, a) else values


# ------------------------------------------------------------------ norms

@numpy_face(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    x = floats(x)[0]
    if axis is None and (ord is None or x.ndim == 2 and ord in ("f", "fro")):
        return vector_norm(x, 2, None, keepdims)
    dims = tuple(range(x.ndim)) if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    if len(dims) == 1:
        if isinstance(ord, str):
            raise ValueError(f"Invalid norm order '{ord}' for vectors")
        return vector_norm(x, 2 if ord is None else ord, dims, keepdims)
    if len(dims) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    ord = "fro" if ord in (None, "f") else ord
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise ValueError("Invalid norm order for matrices.")
    return linalg.matrix_norm(x, ord, dims, keepdims)


@numpy_face(np.linalg.vector_norm)
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return vector_norm(floats(x)[0], ord, axis, keepdims)


@numpy_face(np.linalg.matrix_norm)
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return linalg.matrix_norm(floats(x)[0], ord, (-2, -1), keepdims)
