"""What functions of matrices share: their checks, with torch's messages, and a few views."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import is_inexact
from .pointwise import conjugate
from .shape import type_name

ndarray = np.ndarray


class LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix for which what was asked for does not exist: torch.linalg.LinAlgError, and NumPy's."""


# ------------------------------------------------------------------ checks

def check_matrix(name: str, x: ndarray, what: str = "A") -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {what} must have at least 2 dimensions.")


def check_square(name: str, x: ndarray, what: str = "A") -> None:
    check_matrix(name, x, what)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"{name}: {what} must be batches of square matrices, but they are {x.shape[-2]} by "
                           f"{x.shape[-1]} matrices")


def check_floating(name: str, x: ndarray, low: bool = False) -> None:
    """Raise unless x is of floating or complex type (low: of half precision too)."""
    if not is_inexact(x.dtype):
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {type_name(x.dtype)}")
    if x.dtype.itemsize == 2 and not low:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {type_name(x.dtype)}")


def check_kernel(kernel: str, x: ndarray) -> None:
    """Raise torch's error for types that LAPACK has no routine for."""
    if x.dtype.kind not in "fc" or x.dtype.itemsize == 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(x.dtype)}'")


def check_same(name: str, a: ndarray, b: ndarray, names: str = "A and B") -> None:
    if a.dtype != b.dtype:
        first, second = names.split(" and ")
        raise RuntimeError(f"{name}: Expected {names} to have the same dtype, but found {first} of type "
                           f"{type_name(a.dtype)} and {second} of type {type_name(b.dtype)} instead")


def broadcast_batches(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape of two batches, or torch's error."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        ndim = max(len(a), len(b))
        wide = [(1,) * (ndim - len(s)) + tuple(s) for s in (a, b)]
        d = next(i for i in range(ndim - 1, -1, -1) if wide[0][i] != wide[1][i] and 1 not in (wide[0][i], wide[1][i]))
        raise RuntimeError(f"The size of tensor a ({wide[0][d]}) must match the size of tensor b ({wide[1][d]}) at "
                           f"non-singleton dimension {d}") from None


def batch_text(info: ndarray) -> str:
    """Which matrix of a batch failed first, for a message."""
    return "" if not info.ndim else f"(Batch element {int(np.flatnonzero(info)[0])}): "


# ------------------------------------------------------------------ views and parts

def mT(x: Any) -> Any:
    """The transposed matrices."""
    return x.swapaxes(-1, -2)


def column_major(x: ndarray) -> ndarray:
    """The matrices column after column in memory, as LAPACK leaves them to torch."""
    return np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)


def mH(x: Any) -> Any:
    """The conjugate transposed matrices."""
    return conjugate(x.swapaxes(-1, -2))


def lower(x: Any, k: int = 0) -> Any:
    """x below and on the k-th diagonal, zero above."""
    return np.where(np.tri(x.shape[-2], x.shape[-1], k, dtype=bool), x, 0)


def upper(x: Any, k: int = 0) -> Any:
    """x above and on the k-th diagonal, zero below."""
    return np.where(np.tri(x.shape[-2], x.shape[-1], k - 1, dtype=bool), 0, x)


def diagonal_of(x: Any) -> Any:
    """The diagonals of square matrices, (*, n, n) -> (*, n)."""
    n = np.arange(x.shape[-1])
    return x[..., n, n]


def diagonal_matrix(x: Any) -> Any:
    """Matrices with these diagonals, (*, n) -> (*, n, n)."""
    return x[..., None] * np.eye(x.shape[-1], dtype=x.dtype)


def defined(g: Any) -> bool:
    """Whether a gradient has arrived: the engine hands zeros where none has."""
    return bool(np.asarray(g).any())
