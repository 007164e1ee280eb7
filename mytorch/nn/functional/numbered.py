"""Losses and tables as torch has them beside torch.nn.functional: the reduction is a number, arguments stand close."""
from __future__ import annotations

from typing import Any, Callable

from . import distance, loss, margins, table
from .distance import cosine_similarity, pairwise_distance

__all__ = ["binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "embedding",
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
