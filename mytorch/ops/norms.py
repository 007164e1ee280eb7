"""Lengths of vectors and distances between them."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import as_dtype, is_inexact, real_dtype, wrap_dim
from ..engine.op import op, to_common
from ._numeric import in_order
from ._shared import takes
from .pointwise import conjugate
from .reduction import CHUNK, add_up, added_squares, dims_of, is_half, keep, kept_shape, spread, sum
from .shape import type_name

__all__ = ["cdist", "dist", "pdist", "renorm"]

ndarray = np.ndarray


def number_text(value: Any) -> str:
    """A number as C++ prints it: 2 for 2.0, 0.5, inf."""
    return f"{value:g}"


# ------------------------------------------------------------------ the length of a vector

def _powers(x: ndarray, dims: Any, ord: float) -> Any:
    """The norm of real, nonnegative or signed x; `dims` not empty-sized where that has no meaning."""
    if ord == 2:
        if (dims is None or len(dims) == x.ndim) and x.size <= CHUNK:
            flat = x.ravel("K")
            return np.sqrt(flat.dot(flat))
        return np.sqrt(added_squares(x, dims))
    x = np.absolute(x)
    if ord == 1:
        return add_up(x, dims)
    if ord == 0:
        return add_up((x != 0).astype(x.dtype), dims)
    if ord in (math.inf, -math.inf):
        return (np.maximum if ord > 0 else np.minimum).reduce(x, dims)
    return add_up(x ** ord, dims) ** (1 / ord)


def _direction(x: Any) -> Any:
    """x / |x|, zero at zero."""
    if x.dtype.kind != "c":
        return np.sign(x)
    size = np.absolute(x)
    return x / np.where(size == 0, 1, size)


def _norm_slope(g: Any, y: Any, x: Any, ord: Any, dim: Any) -> Any:
    """The gradient of the norm of x; zero where the norm has a corner or x is zero, as torch has it."""
    if ord == 0:
        return np.zeros(x.shape, x.dtype)
    shape, ord = x.shape, float(ord)
    g, y = spread(g, shape, dim), keep(y, shape, dim)
    if ord == 1:
        return g * _direction(x)
    if ord == 2:
        return g * (x * np.where(y == 0, 0, 1 / np.where(y == 0, 1, y)))
    size = np.absolute(x)
    if math.isinf(ord):
        found = np.asarray(np.logical_or(size == y, np.isnan(size)))
        count = np.add.reduce(found, dims_of(dim, x.ndim), keepdims=True)
        return g * _direction(x) * (found / count).astype(size.dtype)
    zero = size == 0
    slope = _direction(x) * np.where(zero, 0, np.where(zero, 1, size) ** (ord - 1))
    return g * slope * np.where(y == 0, 0, np.where(y == 0, 1, y) ** (1 - ord))


def check_norm(name: str, x: ndarray, dtype: Any) -> ndarray:
    """x in `dtype`, or torch's complaint."""
    if not is_inexact(x.dtype):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}")
    if dtype is None:
        return x
    kind = as_dtype(dtype)
    if not is_inexact(kind):
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {type_name(kind)}")
    if (kind.kind == "c") != (x.dtype.kind == "c"):
        which, what = ("complex", "complex") if x.dtype.kind == "c" else ("real", "real")
        raise RuntimeError(f"{name}: dtype should be {which} for {what} inputs, but got {type_name(kind)}")
    if kind.itemsize < x.dtype.itemsize:
        raise RuntimeError(f"{name}: the dtype of the input ({type_name(x.dtype)}) should be convertible without "
                           f"narrowing to the specified dtype ({type_name(kind)})")
    return x.astype(kind, copy=False)


def _check_empty(x: ndarray, dim: Any, ord: float) -> None:
    if x.size or not (ord < 0 or ord == math.inf):
        return
    text = f"linalg.vector_norm cannot compute the {number_text(ord)} norm on "
    if dim is None or dim == ():
        raise RuntimeError(text + "an empty tensor because the operation does not have an identity")
    for d in dim if isinstance(dim, (tuple, list)) else (dim,):
        if not x.shape[wrap_dim(d, x.ndim)]:
            raise RuntimeError(text + f"the dimension {d}because this dimension is empty and the operation does not "
                                      "have an identity")


@op(lambda g, y, x, ord, dim, keepdim, dtype: _norm_slope(g, y, x, ord, dim), name="linalg_vector_norm", method=False)
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """(sum |x_i|^ord)^(1 / ord), of all elements or over the dims in `dim`.

    ord: inf and -inf are the largest and the smallest |x_i|, 0 counts what is not zero.  As torch.linalg.vector_norm.
    """
    if isinstance(ord, str):
        raise TypeError("linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    x = check_norm("linalg.vector_norm", x, dtype)
    kind = real_dtype(x.dtype)
    _check_empty(x, dim, ord)
    dims = dims_of(dim, x.ndim)
    if x.dtype.kind == "c":
        x = np.absolute(x)
    if kind.kind == "V" or kind.itemsize < 4:
        x = x.astype(np.float32)
    y = _powers(x, dims, float(ord))
    if y.dtype is not kind:
        y = np.asarray(y).astype(kind)
    return np.asarray(y).reshape(kept_shape(x.shape, dims)) if keepdim else y


# ------------------------------------------------------------------ distances

def _length(node: str) -> Any:
    """The norm as a step of a distance, under the name torch has for that step."""
    @op(lambda g, y, x, ord, dim, keepdim: _norm_slope(g, y, x, ord, dim), node=node, method=False, register=False)
    def length(x: Any, ord: Any, dim: Any, keepdim: bool) -> Any:
        return vector_norm(x, ord, dim, keepdim)
    return length


pair_length, _row_length = _length("NormBackward1"), _length("PdistBackward0")


@op(lambda g, y, a, b, p: _norm_slope(g, y, a - b, p, None), lambda g, y, a, b, p: -_norm_slope(g, y, a - b, p, None),
    promote=takes("dist", "both", to_common))
def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of input - other.  As torch.dist."""
    return vector_norm(input - other, p)


def _differences(a: Any, b: Any) -> Any:
    return a[..., :, None, :] - b[..., None, :, :]    # (*, P, R, M)


_BY_PRODUCT = 1 << 22  # so many differences are not written down one by one


def _many(a: Any, b: Any) -> bool:
    return int(np.prod(a.shape)) * b.shape[-2] > _BY_PRODUCT


def _pair_slope(g: Any, y: Any, a: Any, b: Any, p: float) -> Any:
    """The gradient of a in the distances between the rows of a and b."""
    if p == 2 and _many(a, b):
        weight = g * np.where(y == 0, 0, 1 / np.where(y == 0, 1, y))
        return sum(weight, -1, True) * a - np.matmul(weight, b)
    return sum(_norm_slope(g, y, _differences(a, b), p, -1), -2)


@op(lambda g, y, a, b, p, mode: _pair_slope(g, y, a, b, p),
    lambda g, y, a, b, p, mode: _pair_slope(g.swapaxes(-1, -2), y.swapaxes(-1, -2), b, a, p), method=False)
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """The p-norm distance between each row of x1 and each of x2: (*, P, M), (*, R, M) -> (*, P, R).

    compute_mode: whether p = 2 goes by a matrix product, faster and less exact: "use_mm_for_euclid_dist_if_necessary"
    (above 25 rows), "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist".  As torch.cdist.
    """
    modes = (None, "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
    if compute_mode not in modes and compute_mode not in (0, 1, 2):
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    mode = max(modes.index(compute_mode) - 1, 0) if compute_mode in modes else compute_mode
    for x, name in ((x1, "X1"), (x2, "X2")):
        if not is_inexact(x.dtype):
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {type_name(x.dtype)}")
    for x, name in ((x1, "X1"), (x2, "X2")):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if x1.dtype != x2.dtype:
        raise RuntimeError(f"expected scalar type {type_name(x1.dtype)} but found {type_name(x2.dtype)}")
    if x1.size and x2.size and is_half(x1.dtype):
        raise NotImplementedError(f"\"cdist\" not implemented for '{type_name(x1.dtype)}'")
    large = x1.shape[-2] > 25 or x2.shape[-2] > 25
    if p == 2 and (mode == 1 or mode == 0 and large) or p == 2 and _many(x1, x2):
        return _euclidean(x1, x2)
    if not x1.shape[-1]:
        return np.zeros(np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2]) + (x1.shape[-2], x2.shape[-2]), x1.dtype)
    return in_order(np.asarray(vector_norm(_differences(x1, x2), p, -1)))


def _euclidean(a: ndarray, b: ndarray) -> ndarray:
    """|a - b|^2 = |a|^2 - 2 ab + |b|^2, about the middle: the squares cancel less."""
    middle = np.mean(a, -2, keepdims=True)
    a, b = a - middle, b - middle
    squares = np.matmul(a, b.swapaxes(-1, -2))
    squares *= -2
    squares += np.add.reduce(a * a, -1)[..., :, None]
    squares += np.add.reduce(b * b, -1)[..., None, :]
    return np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def pdist(input: Any, p: float = 2) -> Any:
    """The p-norm distance between each two rows i < j of a matrix, (N, M) -> (N (N - 1) / 2).  As torch.pdist."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if not is_inexact(input.dtype):
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if is_half(input.dtype):
        raise NotImplementedError(f"\"pdist\" not implemented for '{type_name(input.dtype)}'")
    rows, columns = np.triu_indices(input.shape[0], 1)
    return _row_length(input[rows] - input[columns], p, -1, False)


# ------------------------------------------------------------------ bounded length

def _other_dims(ndim: int, dim: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if i != wrap_dim(dim, ndim))


def _renorm_slope(g: Any, x: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    dims = _other_dims(x.ndim, dim)
    n = vector_norm(x, p, dims, True)
    long = n > maxnorm
    factor = np.where(long, maxnorm / (n + 1e-7), 1)
    bend = np.where(long, -maxnorm / ((n + 1e-7) * (n + 1e-7)), 0) * sum((g * conjugate(x)).real, dims, True)
    return g * factor + _norm_slope(bend, n, x, p, dims)


@op(lambda g, y, x, p, dim, maxnorm: _renorm_slope(g, x, p, dim, maxnorm), inplace=True)
def renorm(input: Any, p: Any, dim: int, maxnorm: Any) -> Any:
    """Each slice along `dim` that is longer than `maxnorm` scaled down to it.  As torch.renorm."""
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {number_text(maxnorm)}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    n = np.asarray(vector_norm(input, p, _other_dims(input.ndim, dim), True))
    return in_order(input * np.where(n > maxnorm, maxnorm / (n + n.dtype.type(1e-7)), 1).astype(n.dtype))
