"""Similarities, distances, and the losses that are made of them."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..._types import result_dtype
from ...engine.tensor import tensor_of
from ...ops.broadcasting import broadcast_tensors
from ...ops.comparison import where
from ...ops.loss import reduced
from ...ops.norms import pair_length
from .loss import checked_reduction, reduction_of

__all__ = ["cosine_embedding_loss", "cosine_similarity", "margin_ranking_loss", "pairwise_distance",
           "triplet_margin_loss", "triplet_margin_with_distance_loss"]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along dim, after broadcasting.

    As torch.nn.functional.cosine_similarity.
    """
    if x1.dtype.kind not in "fcV" and x2.dtype.kind not in "fcV":
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is "
                           f"{'Long' if x1.dtype.kind in 'iu' else 'Bool'}")
    x1, x2 = broadcast_tensors(x1, x2)
    if x1.dtype != x2.dtype:
        common = result_dtype([x1, x2])
        x1, x2 = x1.to(common), x2.to(common)
    return (_unit(x1, dim, eps) * _unit(x2, dim, eps)).sum(dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    """x over its norm, or over eps where that is larger; torch raises the norm to eps off the tape."""
    norm = x.norm(2.0, dim, True)
    below = eps - np.asarray(norm.detach())
    return x / (norm + tensor_of(np.maximum(below, 0).astype(norm.dtype)) if (below > 0).any() else norm)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of x1 - x2 + eps along the last dimension.  As torch.nn.functional.pairwise_distance."""
    return pair_length(x1 - x2 + eps, p, -1, keepdim)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0, size_average: bool | None = None,
                          reduce: bool | None = None, reduction: str = "mean") -> Any:
    """1 - cos for target 1, max(0, cos - margin) for target -1.

    Shapes: inputs (N, D) or (D,), target (N,) or ().  As torch.nn.functional.cosine_embedding_loss.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs "
                           f"with sizes {list(input1.shape)} and {list(input2.shape)}.")
    eps = 1e-12
    dim = target.ndim
    product, square1, square2 = (input1 * input2).sum(dim), (input1 * input1).sum(dim), (input2 * input2).sum(dim)
    cos = product / ((square1 + eps) * (square2 + eps)).sqrt()
    zeros = 0 * cos
    losses = where(target == 1, 1 - cos, zeros) + where(target == -1, (cos - margin).clamp_min(0), zeros)
    return reduced(losses, reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0, size_average: bool | None = None,
                        reduce: bool | None = None, reduction: str = "mean") -> Any:
    """max(0, -target (input1 - input2) + margin): target 1 wants input1 larger.

    As torch.nn.functional.margin_ranking_loss.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError("margin_ranking_loss : All input tensors should have same dimension but got sizes: "
                           f"input1: {tensor_of(input1).shape}, input2: {tensor_of(input2).shape}, target: "
                           f"{tensor_of(target).shape} ")
    return reduced((-target * (input1 - input2) + margin).clamp_min(0), reduction)


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
                        swap: bool = False, size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean") -> Any:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the p-norm of the difference.

    swap: use d(positive, negative) where that is smaller.  As torch.nn.functional.triplet_margin_loss.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    return _triplet(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap, reduction)


def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *,
                                      distance_function: Callable | None = None, margin: float = 1.0,
                                      swap: bool = False, reduction: str = "mean") -> Any:
    """triplet_margin_loss with a distance of one's own.  As torch.nn.functional.triplet_margin_with_distance_loss."""
    reduction = checked_reduction(reduction)
    return _triplet(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def _triplet(anchor: Any, positive: Any, negative: Any, distance: Callable, margin: float, swap: bool,
             reduction: str) -> Any:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the same number of "
                           f"dimensions, but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative "
                           f"{negative.ndim}D inputs")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((near - far + margin).clamp_min(0), reduction)
