"""Products of vectors, matrices and batches of them.

Two-dimensional products hand BLAS views (`b.T` is free), never copies.  A batch times one matrix is one product.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import result_dtype, tensor_type, wrap_dim
from ..engine.fit import expandable
from ..engine.op import as_array, method, numpy_face, op, placed
from ..engine.tensor import Tensor
from ._shared import with_out
from .pointwise import conjugate, mul
from .shape import type_name

__all__ = ["addbmm", "addmm", "addmv", "addmv_", "addr", "baddbmm", "bmm", "dot", "ger", "inner", "matmul", "mm", "mv",
           "outer", "vdot"]

ndarray = np.ndarray
FLOAT32 = np.dtype(np.float32)
C_NAMES = {"float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
            "int64": "long long", "int32": "int", "int16": "short", "int8": "signed char", "uint8": "unsigned char",
            "bool": "bool", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>"}


# ------------------------------------------------------------------ checks

def need_arrays(name: str, arrays: list, names: tuple[str, ...]) -> None:
    """Raise torch's error for an operand that is no tensor."""
    for i, (value, what) in enumerate(zip(arrays, names)):
        if not isinstance(value, ndarray):
            raise TypeError(f"{name}(): argument '{what}' (position {i + 1}) must be Tensor, not "
                            f"{type(value).__name__}")


def _same_type(arrays: list) -> None:
    """matmul takes two tensors of one type, and converts nothing."""
    a, b = arrays[0], arrays[1]
    if type(a) is ndarray and type(b) is ndarray and a.dtype is b.dtype and a.dtype.kind in "fc":
        return
    need_arrays("matmul", arrays, ("input", "other"))
    if a.dtype != b.dtype:
        if a.ndim == 1 == b.ndim:
            raise RuntimeError("dot : expected both vectors to have same dtype, but found "
                               f"{type_name(a.dtype)} and {type_name(b.dtype)}")
        if a.ndim > 2 or b.ndim > 2:
            raise RuntimeError(f"expected scalar type {type_name(a.dtype)} but found {type_name(b.dtype)}")
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {C_NAMES.get(a.dtype.name)} != "
                           f"{C_NAMES.get(b.dtype.name)}")
    refuse_bools(a, b)


def refuse_bools(a: ndarray, b: ndarray, kernel: str = "") -> None:
    """Raise where truths would be multiplied, for which torch has no kernel; it names the one it would have taken."""
    if a.dtype.kind == "b":
        kernel = kernel or ("dot" if a.ndim == 1 == b.ndim else "bmm" if b.ndim > 2 else
                            "addmv_impl_cpu" if b.ndim == 1 else "addmm_impl_cpu_")
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def _mismatch(a: ndarray, b: ndarray) -> Exception:
    """Why these shapes cannot be multiplied."""
    if not a.ndim or not b.ndim:
        return RuntimeError("both arguments to matmul need to be at least 1D, but they are "
                            f"{a.ndim}D and {b.ndim}D")
    if a.ndim == 1 == b.ndim:
        return RuntimeError(f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same "
                            f"number of elements, but got {a.size} and {b.size} elements respectively")
    if a.ndim <= 2 < b.ndim:  # torch turns the product round
        a, b = b.swapaxes(-1, -2), a.T
    if b.ndim <= 2:
        rows, inner = _count(a.shape[:-1]), a.shape[-1]
        if b.ndim == 1:
            return RuntimeError(f"size mismatch, got input ({rows}), mat ({rows}x{inner}), vec ({b.size})")
        return RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and "
                            f"{b.shape[0]}x{b.shape[1]})")
    for i, (n, m) in enumerate(zip(a.shape[-3::-1], b.shape[-3::-1])):
        if n != m and 1 not in (n, m):
            return RuntimeError(f"The size of tensor a ({n}) must match the size of tensor b ({m}) at non-singleton "
                                f"dimension {max(a.ndim, b.ndim) - 3 - i}")
    batch = _count(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]))
    return RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a.shape[-1]}] but "
                        f"got: [{batch}, {b.shape[-2]}].")


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count


# ------------------------------------------------------------------ matmul

def product(a: ndarray, b: ndarray) -> Any:
    """a @ b by the quickest way to BLAS; half precision is added in float32, and stays so."""
    kind = a.dtype
    if kind.kind == "V" or kind.char == "e":
        a, b = a.astype(FLOAT32), b.astype(FLOAT32)
    if a.ndim <= 2 and b.ndim <= 2:
        return a.dot(b)
    if b.ndim <= 2 and a.flags.c_contiguous and a.size:
        return a.reshape(-1, a.shape[-1]).dot(b).reshape(a.shape[:-1] + b.shape[1:])
    return np.matmul(a, b)


def _as(y: Any, kind: np.dtype) -> Any:
    return y if y.dtype is kind else y.astype(kind)


def left_slope(g: Any, shape: tuple[int, ...], b: Any) -> Any:
    """The gradient of a in a @ b, a of `shape`."""
    if b.ndim == 2 == len(shape):
        return np.dot(g, conjugate(b).T)
    if b.ndim == 1:
        return (g.reshape((*g.shape, 1)) if len(shape) > 1 else g) * conjugate(b)
    if len(shape) == 1:
        return matmul(conjugate(b), g.reshape((*g.shape, 1))).reshape(b.shape[:-1])
    return matmul(g, conjugate(b).swapaxes(-1, -2))


def right_slope(g: Any, a: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of b in a @ b, b of `shape`."""
    if a.ndim == 2 == len(shape):
        return np.dot(conjugate(a).T, g)
    if a.ndim == 1:
        if len(shape) == 1:
            return g * conjugate(a)
        return conjugate(a).reshape((-1, 1)) * g.reshape((*g.shape[:-1], 1, g.shape[-1]))
    if len(shape) <= 2:  # over the whole batch in one product
        n = _count(a.shape[:-1])
        return matmul(conjugate(a).reshape((n, a.shape[-1])).T, g.reshape((n, *shape[1:])))
    return matmul(conjugate(a).swapaxes(-1, -2), g)


def _node(a: Any, b: Any) -> str:
    return {(2, 2): "MmBackward0", (1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4"}.get(
        (a.ndim, b.ndim), "UnsafeViewBackward0")


@op(lambda g, y, a, b: left_slope(g, a.shape, b), lambda g, y, a, b: right_slope(g, a, b.shape),
    promote=_same_type, node=_node, numpy=np.matmul)
def matmul(input: Any, other: Any) -> Any:
    """The matrix product; a dim more on either side is a batch, one dim is a vector.

        (n, k) @ (k, m) -> (n, m)    (*, n, k) @ (*, k, m) -> (*, n, m)    (k) @ (k) -> ()    (n, k) @ (k) -> (n)

    As torch.matmul.
    """
    if not input.ndim or not other.ndim:
        raise _mismatch(input, other)
    try:
        if input.ndim == 2 == other.ndim and input.dtype.itemsize > 2:
            return input.dot(other)
        y = product(input, other)
    except ValueError:
        raise _mismatch(input, other) from None
    return y if y.dtype is input.dtype else _as(y, np.result_type(input, other))


@method("__matmul__")
def _at(self: Tensor, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, ndarray) else NotImplemented


@method("__rmatmul__")
def _at_reflected(self: Tensor, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, ndarray) else NotImplemented


# ------------------------------------------------------------------ products of given ranks

def _types_of(name: str, names: tuple[str, ...]) -> Any:
    """A check that the operands are tensors of one type."""
    def check(arrays: list) -> None:
        a, b = arrays[0], arrays[1]
        if type(a) is ndarray and type(b) is ndarray and a.dtype is b.dtype and a.dtype.kind in "fc":
            return
        need_arrays(name, arrays, names)
        _same_type(arrays)
    return check


@op(lambda g, y, a, b: np.dot(g, conjugate(b).T), lambda g, y, a, b: np.dot(conjugate(a).T, g),
    promote=_types_of("mm", ("input", "mat2")))
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, (n, k) x (k, m) -> (n, m).  As torch.mm."""
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    if input.shape[1] != mat2.shape[0]:
        raise _mismatch(input, mat2)
    return _as(product(input, mat2), input.dtype)


def _check_batches(a: ndarray, b: ndarray, names: tuple[str, str] = ("batch1", "batch2")) -> None:
    for x, name in ((a, names[0]), (b, names[1])):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if b.shape[:2] != (a.shape[0], a.shape[2]):
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{a.shape[0]}, "
                           f"{a.shape[2]}] but got: [{b.shape[0]}, {b.shape[1]}].")


@op(lambda g, y, a, b: np.matmul(g, conjugate(b).swapaxes(-1, -2)),
    lambda g, y, a, b: np.matmul(conjugate(a).swapaxes(-1, -2), g),
    promote=_types_of("bmm", ("input", "mat2")))
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two batches of matrices, (b, n, k) x (b, k, m) -> (b, n, m).  As torch.bmm."""
    _check_batches(input, mat2)
    return _as(product(input, mat2), input.dtype)


@op(lambda g, y, a, b: g.reshape((-1, 1)) * conjugate(b), lambda g, y, a, b: np.dot(conjugate(a).T, g),
    promote=_types_of("mv", ("input", "vec")))
def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector, (n, k) x (k) -> (n).  As torch.mv."""
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        raise _mismatch(input, vec)
    return _as(product(input, vec), input.dtype)


def _check_vectors(a: ndarray, b: ndarray) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.size != b.size:
        raise _mismatch(a, b)


def _vectors_of(name: str) -> Any:
    def check(arrays: list) -> None:
        a, b = arrays[0], arrays[1]
        need_arrays(name, arrays, ("input", "tensor" if name == "dot" else "other"))
        if a.ndim == 1 == b.ndim and (a.dtype != b.dtype or a.dtype.kind == "b"):
            _same_type(arrays)
    return check


@op(lambda g, y, a, b: g * conjugate(b), lambda g, y, a, b: g * conjugate(a), promote=_vectors_of("dot"))
def dot(input: Any, tensor: Any) -> Any:
    """sum input_i tensor_i of two vectors.  As torch.dot: other ranks are matmul's."""
    _check_vectors(input, tensor)
    return _as(product(input, tensor), input.dtype)


@op(lambda g, y, a, b: conjugate(g) * b, lambda g, y, a, b: g * a, promote=_vectors_of("vdot"))
def vdot(input: Any, other: Any) -> Any:
    """sum conj(input_i) other_i of two vectors.  As torch.vdot."""
    _check_vectors(input, other)
    return _as(product(conjugate(input), other), input.dtype)


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """input_i vec2_j for all i, j.  As torch.outer."""
    for x, name in ((input, "self"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    columns = input.reshape((-1, 1))
    return mul(columns, vec2) if out is None else mul(columns, vec2, out=out)


method()(outer)


@method()
def ger(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """`outer` under BLAS's name.  As torch.ger."""
    return outer(input, vec2, out=out)


@method()
@with_out
def inner(input: Any, other: Any) -> Any:
    """Sums of products over the last dims, (*, k) x (+, k) -> (*, +).  As torch.inner."""
    if not input.ndim or not other.ndim:
        return mul(input, other)
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError("inner() the last dimension must match on both input tensors but got shapes "
                           f"{list(input.shape)} and {list(other.shape)}")
    rows, columns = (x.reshape((_count(x.shape[:-1]), x.shape[-1])) for x in (input, other))
    return matmul(rows, columns.swapaxes(0, 1)).reshape(tuple(input.shape[:-1]) + tuple(other.shape[:-1]))


# ------------------------------------------------------------------ a product added to something

def _check_scales(kind: np.dtype, beta: Any, alpha: Any) -> None:
    for name, value in (("beta", beta), ("alpha", alpha)):
        if kind.kind in "iub" and isinstance(value, float):
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
        if kind.kind != "c" and isinstance(value, complex):
            raise RuntimeError(f"For non-complex input tensors, argument {name} must not be a complex number.")


def scaled_sum(input: ndarray, y: Any, beta: Any, alpha: Any, kind: np.dtype) -> Any:
    """beta * input + alpha * y, in y's own memory; with beta = 0 the input is not even looked at."""
    if alpha != 1:
        y *= np.asarray(alpha).astype(y.dtype)
    if not expandable(input.shape, y.shape):
        raise not_expandable(input, y.shape)
    if beta == 1:
        y += input
    elif beta != 0:
        y += input * np.asarray(beta).astype(y.dtype)
    return _as(y, kind)


def _check_added(input: ndarray, a: ndarray, b: ndarray, dims: tuple[int, ...]) -> None:
    """Torch looks at the sum first, then at the batches; dims: of `a`, which the result has besides b's last."""
    target = tuple(a.shape[wrap_dim(d, a.ndim)] for d in dims) + (b.shape[wrap_dim(2, b.ndim)],)
    if not expandable(input.shape, target):
        raise not_expandable(input, target)
    _check_batches(a, b)


def not_expandable(x: ndarray, target: tuple[int, ...]) -> RuntimeError:
    """Why x does not expand to the shape `target`, in torch's words."""
    shape = x.shape
    if len(shape) > len(target):
        return RuntimeError(f"expand({tensor_type(x)}{{{list(shape)}}}, size={list(target)}): the number of sizes "
                            f"provided ({len(target)}) must be greater or equal to the number of dimensions in the "
                            f"tensor ({len(shape)})")
    extra = len(target) - len(shape)
    for i in range(len(shape) - 1, -1, -1):
        if shape[i] not in (1, target[extra + i]):
            break
    return RuntimeError(f"The expanded size of the tensor ({target[extra + i]}) must match the existing size "
                        f"({shape[i]}) at non-singleton dimension {extra + i}.  Target sizes: {list(target)}.  "
                        f"Tensor sizes: {list(shape)}")


def times(g: Any, factor: Any) -> Any:
    """g times the conjugate of a number that mostly is 1."""
    return g if type(factor) is int and factor == 1 else g * conjugate(factor)


def _one_type(name: str, names: tuple[str, ...], told: Any, kernel: str = "addmm_impl_cpu_") -> Any:
    """A check that input and both factors are tensors of one type; `told(types)` is the complaint."""
    def check(arrays: list) -> None:
        x, a, b = arrays[:3]
        if type(x) is type(a) is type(b) is ndarray and x.dtype is a.dtype is b.dtype and x.dtype.kind != "b":
            return
        need_arrays(name, arrays, names)
        if not x.dtype == a.dtype == b.dtype:
            raise RuntimeError(told(x.dtype, a.dtype, b.dtype))
        refuse_bools(a, b, kernel)
    return check


def _told_mm(x: np.dtype, a: np.dtype, b: np.dtype) -> str:
    first, other = ("mat1", a) if a != b else ("self", x)
    return f"{first} and mat2 must have the same dtype, but got {type_name(other)} and {type_name(b)}"


def _told_mv(x: np.dtype, a: np.dtype, b: np.dtype) -> str:
    return (f"addmv input tensors must have the same dtype, but got {type_name(x)}, {type_name(a)}, and "
            f"{type_name(b)}")


def _told_bmm(x: np.dtype, a: np.dtype, b: np.dtype) -> str:
    names = [C_NAMES.get(kind.name, kind.name) for kind in (x, a, b)]
    return f"Input dtypes must be the same, got: input {names[0]}, batch1: {names[1]}, batch2: {names[2]}"


@op(lambda g, y, x, a, b, beta, alpha: times(g, beta),
    lambda g, y, x, a, b, beta, alpha: times(np.dot(g, conjugate(b).T), alpha),
    lambda g, y, x, a, b, beta, alpha: times(np.dot(conjugate(a).T, g), alpha),
    promote=_one_type("addmm", ("input", "mat1", "mat2"), _told_mm), inplace=True)
def addmm(input: Any, mat1: Any, mat2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat1 @ mat2) of matrices; input is broadcast.  As torch.addmm."""
    for x, name in ((mat1, "mat1"), (mat2, "mat2")):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")
    if mat1.shape[1] != mat2.shape[0]:
        raise _mismatch(mat1, mat2)
    return scaled_sum(input, product(mat1, mat2), beta, alpha, mat1.dtype)


@op(lambda g, y, x, a, b, beta, alpha: times(g, beta),
    lambda g, y, x, a, b, beta, alpha: times(g.reshape((-1, 1)) * conjugate(b), alpha),
    lambda g, y, x, a, b, beta, alpha: times(np.dot(conjugate(a).T, g), alpha),
    promote=_one_type("addmv", ("input", "mat", "vec"), _told_mv, "addmv_impl_cpu"), inplace=True)
def addmv(input: Any, mat: Any, vec: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat @ vec); input is broadcast.  As torch.addmv."""
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != vec.size or input.size not in (1, mat.shape[0]):
        raise RuntimeError(f"size mismatch, got input ({input.size}), mat ({mat.shape[0]}x{mat.shape[1]}), vec "
                           f"({vec.size})")
    return scaled_sum(input, product(mat, vec), beta, alpha, mat.dtype)


def addmv_(input: Tensor, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """In-place version of `addmv`."""
    return input.addmv_(mat, vec, beta=beta, alpha=alpha)  # type: ignore[attr-defined]


@op(lambda g, y, x, a, b, beta, alpha: times(g, beta),
    lambda g, y, x, a, b, beta, alpha: times(np.matmul(g, conjugate(b).swapaxes(-1, -2)), alpha),
    lambda g, y, x, a, b, beta, alpha: times(np.matmul(conjugate(a).swapaxes(-1, -2), g), alpha),
    promote=_one_type("baddbmm", ("input", "batch1", "batch2"), _told_bmm, "baddbmm"), inplace=True)
def baddbmm(input: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (batch1 @ batch2) of batches of matrices; input is broadcast.  As torch.baddbmm."""
    _check_added(input, batch1, batch2, (0, 1))
    return scaled_sum(input, product(batch1, batch2), beta, alpha, batch1.dtype)


def _batch_in_rows(a: Any) -> Any:
    """(b, n, k) -> (n, b k): the sum of a batch of products is the product of these."""
    return a.swapaxes(0, 1).reshape((a.shape[1], a.shape[0] * a.shape[2]))


@op(lambda g, y, x, a, b, beta, alpha: times(g, beta),
    lambda g, y, x, a, b, beta, alpha: times(matmul(g, conjugate(b).swapaxes(-1, -2)), alpha),
    lambda g, y, x, a, b, beta, alpha: times(matmul(conjugate(a).swapaxes(-1, -2), g), alpha),
    promote=_one_type("addbmm", ("input", "batch1", "batch2"), _told_mm), inplace=True)
def addbmm(input: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * sum over the batch of batch1 @ batch2; input is broadcast.  As torch.addbmm."""
    (n, m), (k, j) = batch1.shape[1:], batch2.shape[1:]
    if len(batch1) == len(batch2) and m != k and expandable(input.shape, (n, j)):
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({n}x{m} and {k}x{j})")
    _check_added(input, batch1, batch2, (1,))
    rows, columns = _batch_in_rows(batch1), batch2.reshape((_count(batch2.shape[:2]), batch2.shape[2]))
    return scaled_sum(input, product(rows, columns), beta, alpha, batch1.dtype)


@op(lambda g, y, x, a, b, beta, alpha: times(g, beta),
    lambda g, y, x, a, b, beta, alpha: times(np.dot(g, conjugate(b)), alpha),
    lambda g, y, x, a, b, beta, alpha: times(np.dot(conjugate(a), g), alpha), promote=None, inplace=True)
def addr(input: Any, vec1: Any, vec2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * outer(vec1, vec2); input is broadcast.  As torch.addr."""
    for x, name in ((vec1, "vec1"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {x.ndim}-D")
    kind = result_dtype((input, vec1, vec2))
    _check_scales(kind, beta, alpha)
    if kind.kind == "b":
        y = vec1[:, None] & vec2 & bool(alpha)
        return y | input if beta else y
    return scaled_sum(input, vec1.astype(kind)[:, None] * vec2.astype(kind), beta, alpha, kind)


# ------------------------------------------------------------------ NumPy's spellings

@numpy_face(np.dot)
def _np_dot(a: Any, b: Any, out: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if not a.ndim or not b.ndim:
        y = np.multiply(a, b)
    elif b.ndim <= 2:
        y = np.matmul(a, b)
    else:
        y = np.matmul(a.reshape((*a.shape[:-1], *(1,) * (b.ndim - 2), 1, a.shape[-1])), b)
        y = y.reshape(a.shape[:-1] + b.shape[:-2] + b.shape[-1:])
    return placed(y, out)
