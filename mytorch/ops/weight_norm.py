"""A weight as direction and length: w = g v / |v|."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import op
from .linalg import norm_except_dim

__all__: list[str] = []

ndarray = np.ndarray


def lengths(v: Any, dim: int) -> Any:
    """The length of each slice of `dim`, kept as ones in the other dims; dim -1: of the whole, without dims."""
    return np.abs(v) if v.ndim == 1 and dim == 0 else norm_except_dim(v, 2, dim)


def _definition(v: Any, g: Any, dim: int) -> Any:
    return v * (g / lengths(v, dim))


def _back(grad: ndarray, saved: tuple, needs: list, v: ndarray, g: ndarray, dim: int) -> list:
    norm, dims = saved
    along = np.sum(grad * v, dims, keepdims=dim != -1) / norm       # d loss / d g
    d_v = (g / norm) * (grad - v * (along / norm)) if needs[0] else None
    return [d_v, along if needs[1] else None]


@op(joint=_back, definition=_definition, saves=("v", "g"), name="weight_norm_interface", method=False, register=False,
    node=lambda v, g, dim: "WeightNormInterfaceBackward0" if dim in (0, v.ndim - 1) else "MulBackward0")
def weight_norm(v: ndarray, g: ndarray, dim: int = 0) -> Any:
    """v scaled to the length g, for each slice of `dim`, or as a whole (dim -1).  As torch._weight_norm.

    g: the shape of v with all dims but `dim` 1; of one number where dim is -1.
    """
    norm = np.asarray(lengths(v, dim))
    dims = None if dim == -1 else tuple(i for i in range(v.ndim) if i != dim % v.ndim)
    return v * (g / norm), (norm, dims)
