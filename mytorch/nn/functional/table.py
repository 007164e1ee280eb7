"""Tables that are looked up, and linear maps."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import tensor_type, write
from ...engine.tensor import Tensor
from ...ops.linear import bilinear, linear
from ...ops.linear import embedding as _embedding

__all__ = ["bilinear", "embedding", "linear"]


def embedding(input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Any:
    """Rows of a table: y = weight[input].

    Args:
        input: row numbers, integers of any shape (*).  weight: (V, D).
        padding_idx: a row that receives no gradient.  max_norm: rows that are looked up are first scaled down, in
            place, to this `norm_type` norm.  scale_grad_by_freq: divide a row's gradient by how often it was looked up.
    Returns: (*, D).
    Raises:
        IndexError: a number is outside the table.

    As torch.nn.functional.embedding.
    """
    if sparse:
        raise NotImplementedError("embedding: sparse gradients (sparse=True)")
    indices: Any = np.asarray(input)
    if indices.dtype not in (np.int64, np.int32):
        kind = "CPUBFloat16Type" if indices.dtype.kind == "V" else tensor_type(indices)
        raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, "
                           f"Int; but got {kind} instead (while checking arguments for embedding)")
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise IndexError("index out of range in self")
    if max_norm is not None:
        renormalize_rows(weight, indices, max_norm, norm_type)
    return _embedding(weight, indices, -1 if padding_idx is None else padding_idx, scale_grad_by_freq)


def renormalize_rows(weight: Any, indices: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Scale the rows that `indices` names down to `max_norm`, in place, off the tape."""
    table = np.asarray(weight)
    rows = np.unique(indices)
    norms = np.linalg.norm(table[rows], norm_type, axis=1).astype(np.float64)
    long = norms > max_norm
    changed = np.array(table)
    changed[rows[long]] *= (max_norm / (norms[long] + 1e-7))[:, None].astype(table.dtype)
    target: Any = weight.data if isinstance(weight, Tensor) else weight
    write(target, changed)
