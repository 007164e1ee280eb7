"""Losses and tables as torch has them beside torch.nn.functional: the reduction is a number, arguments stand close."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ...engine.op import check_writable, tensor_type
from ...engine.tape import mode as grad_mode
from ...engine.tensor import edge, plain, tensor_of
from . import bags, distance, loss, margins, table
from .distance import cosine_similarity, pairwise_distance

__all__ = ["binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "embedding",
           "embedding_bag", "embedding_renorm_",
           "hinge_embedding_loss", "kl_div", "margin_ranking_loss", "pairwise_distance", "poisson_nll_loss",
           "triplet_margin_loss"]


def _numbered(fn: Callable, arguments: str) -> Callable:
    """`fn` with these arguments in this order, and then the reduction: 1 mean, 2 sum, any other none.

    torch's signatures say that it is 1 by default, its functions take 0.
    """
    names = (*arguments.split(), "reduction")

    def run(*args: Any, **kwargs: Any) -> Any:
        kwargs.update(zip(names, args))
        number = kwargs.pop("reduction", 0)
        each = fn(**kwargs, reduction="none")
        return each.mean() if number == 1 else each.sum() if number == 2 else each
    run.__name__ = run.__qualname__ = fn.__name__
    run.__doc__ = f"As torch.{fn.__name__}: `nn.functional.{fn.__name__}` of {', '.join(names)}, the last a number."
    return run


kl_div = _numbered(margins.kl_div, "input target")
hinge_embedding_loss = _numbered(margins.hinge_embedding_loss, "input target margin")
poisson_nll_loss = _numbered(margins.poisson_nll_loss, "input target log_input full eps")
margin_ranking_loss = _numbered(distance.margin_ranking_loss, "input1 input2 target margin")
cosine_embedding_loss = _numbered(distance.cosine_embedding_loss, "input1 input2 target margin")
triplet_margin_loss = _numbered(distance.triplet_margin_loss, "anchor positive negative margin p eps swap")
binary_cross_entropy_with_logits = _numbered(loss.binary_cross_entropy_with_logits, "input target weight pos_weight")


def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False,
              sparse: bool = False) -> Any:
    """Rows of a table, which stands first here; padding_idx=-1: none.  As torch.embedding."""
    return table.embedding(indices, weight, None if padding_idx == -1 else padding_idx,
                           scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def embedding_bag(weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: bool = False, mode: int = 0,
                  sparse: bool = False, per_sample_weights: Any = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> tuple:
    """The bags, the bag of each index, how many count in each bag, and the rows of the maxima.

    mode: 0 sum, 1 mean, 2 max.  Where a sum does not need them, the last three are empty or zeros, as torch's.
    As torch.embedding_bag.
    """
    if offsets.ndim != 1:
        raise RuntimeError(f"offsets has to be a 1D Tensor, but got Tensor of dimension {offsets.ndim}")
    found = bags.embedding_bag(
        indices, weight, offsets, scale_grad_by_freq=scale_grad_by_freq and mode != 2, sparse=sparse,
        mode=("sum", "mean", "max")[mode], per_sample_weights=per_sample_weights,
        include_last_offset=include_last_offset, padding_idx=padding_idx)
    where, starts, kind = plain(indices), plain(offsets), np.promote_types(indices.dtype, offsets.dtype)
    of_bag, count = bags.bags_of(where.size, starts, include_last_offset)
    counts = np.ones(where.size, bool) if padding_idx is None else where != padding_idx % weight.shape[0]
    if mode == 0:
        straight = padding_idx is None and weight.dtype != np.float64 and weight.stride(1) == 1
        sizes = np.zeros(starts.size, kind)
        return found, tensor_of(of_bag[:0 if straight else None].astype(kind)), tensor_of(sizes), tensor_of(sizes + 0)
    sizes = np.bincount(of_bag[counts], minlength=count).astype(kind)
    rows = sizes + 0 if mode == 1 else bags.maxima(plain(weight), where[counts], of_bag[counts], count)[0].astype(kind)
    return found, tensor_of(of_bag.astype(kind)), tensor_of(sizes), tensor_of(rows)


def embedding_renorm_(input: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Scale the rows that `indices` names down to `max_norm`, in place.  As torch.embedding_renorm_."""
    where = " (while checking arguments for embedding_renorm_)"
    if input.ndim != 2:
        raise RuntimeError(f"Expected 2-dimensional tensor, but got {input.ndim}-dimensional tensor for argument #1 "
                           f"'self'{where}")
    if indices.dtype not in (np.int64, np.int32):
        raise RuntimeError("Expected tensor for argument #2 'indices' to have one of the following scalar types: Long, "
                           f"Int; but got {tensor_type(indices)} instead{where}")
    check_writable(input)
    if grad_mode.grad and edge(input) is not None:
        raise NotImplementedError("embedding_renorm_: its derivative is not implemented, here and in torch")
    table.renormalize_rows(input, plain(indices), max_norm, norm_type)
    return input
