"""More losses: robust, probabilistic, with margins, for several labels.  Compositions of recorded operations."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._types import castable, type_name
from ..._warnings import warn
from ...engine.tensor import tensor_of
from ...ops import loss as ops
from ...ops.activation import log_sigmoid
from ...ops.comparison import where
from ...ops.loss import reduced, same_sizes
from .loss import checked_reduction, reduction_of, weighted

__all__ = ["gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "multi_margin_loss",
           "multilabel_margin_loss", "multilabel_soft_margin_loss", "poisson_nll_loss", "smooth_l1_loss",
           "soft_margin_loss"]


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """d^2 / 2 for differences up to delta, delta (|d| - delta / 2) beyond.  As torch.nn.functional.huber_loss."""
    same_sizes(input, target, "huber_loss")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return weighted(ops.huber_loss, input, target, weight, reduction, delta)


def smooth_l1_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                   reduction: str = "mean", beta: float = 1.0) -> Any:
    """d^2 / (2 beta) for differences below beta, |d| - beta / 2 beyond.  As torch.nn.functional.smooth_l1_loss."""
    same_sizes(input, target, "smooth_l1_loss")
    reduction = reduction_of(reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return ops.smooth_l1_loss(input, target, reduction, beta) if beta else ops.l1_loss(input, target, reduction)


def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False,
                     size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
                     reduction: str = "mean") -> Any:
    """exp(x) - t x, the negative log likelihood of Poisson counts t with log mean x (log_input=False: mean x).

    full: add Stirling's approximation of log t!.  As torch.nn.functional.poisson_nll_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0).to(loss.dtype)
    return reduced(loss, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Any:
    """(log var + (input - target)^2 / var) / 2, var at least eps; full: plus log(2 pi) / 2.

    As torch.nn.functional.gaussian_nll_loss.
    """
    if isinstance(var, (int, float)):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = tensor_of(np.full(input.shape, var, input.dtype))
    elif (np.asarray(var) < 0).any():
        raise ValueError("var has negative entry/entries")
    if tuple(var.shape) != tuple(input.shape):
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif input.ndim != var.ndim or sum(n for m, n in zip(input.shape, var.shape) if m != n) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    floor = np.maximum(np.asarray(var), eps) - np.asarray(var)     # torch cuts var off the tape
    var = var + tensor_of(floor.astype(var.dtype))
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def kl_div(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
           reduction: str = "mean", log_target: bool = False) -> Any:
    """target (log target - input), input a log-probability; "batchmean" divides the sum by N.

    As torch.nn.functional.kl_div.
    """
    if input.dtype.kind in "biu" or target.dtype.kind in "biu":
        raise RuntimeError("kl_div: Integral inputs not supported.")
    batchmean = reduction == "batchmean"
    if not batchmean:
        reduction = reduction_of(reduction, size_average, reduce)
        if reduction == "mean":
            warn("reduction: 'mean' divides the total loss by both the batch size and the support size."
                 "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                 "'mean' will be changed to behave the same as 'batchmean' in the next major release.")
    loss = target.exp() * (target - input) if log_target else target.xlogy(target) - target * input
    if batchmean:
        return loss.sum() / input.shape[0] if input.ndim else loss.sum()
    return reduced(loss, reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean") -> Any:
    """x for target 1, max(0, margin - x) for target -1.  As torch.nn.functional.hinge_embedding_loss."""
    reduction = reduction_of(reduction, size_average, reduce)
    zeros = 0 * input
    loss = where(target != 1, (margin - input).clamp_min(0), zeros) + where(target != -1, input, zeros)
    return reduced(loss, reduction)


def soft_margin_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                     reduction: str = "mean") -> Any:
    """log(1 + exp(-target x)), in the type and shape of x.  As torch.nn.functional.soft_margin_loss."""
    loss = -log_sigmoid(input * target)
    if loss.shape != input.shape:
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape "
                           f"{list(loss.shape)}")
    if not castable(loss.dtype, input.dtype):
        raise RuntimeError(f"result type {type_name(loss.dtype)} can't be cast to the desired output type "
                           f"{type_name(input.dtype)}")
    loss = loss if loss.dtype == input.dtype else loss.astype(input.dtype)
    return reduced(loss, reduction_of(reduction, size_average, reduce))


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                                reduce: bool | None = None, reduction: str = "mean") -> Any:
    """The mean over classes of binary cross entropies of sigmoid(x).

    As torch.nn.functional.multilabel_soft_margin_loss.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    classes = input.ndim - 1
    return reduced(loss.sum(classes) / input.shape[classes], reduction)


def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
                      size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> Any:
    """sum over the other classes of max(0, margin - x[t] + x[i])^p, times weight[t], over C.

    Shapes: input (N, C) or (C,), target (N,) or ().  As torch.nn.functional.multi_margin_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    if input.ndim not in (0, 1, 2) or input.ndim and not input.shape[-1]:
        raise RuntimeError("Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
                           f"{list(input.shape)}")
    batched = input.ndim > 1
    if target.ndim > 1 or (target.shape[0] if target.ndim else 1) != (input.shape[0] if batched else 1):
        raise RuntimeError("multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
                           "samples (batch size). Expected target size "
                           f"[{input.shape[0] if batched else 1}], but got {list(target.shape)}. Input has shape "
                           f"{list(input.shape)}.")
    if weight is not None and weight.shape[0] != (input.shape[-1] if input.ndim else 1):
        raise RuntimeError(f"inconsistent weight size, expected {input.shape[-1] if input.ndim else 1} but got "
                           f"{list(weight.shape)}")
    x, t = input.reshape(-1, input.shape[-1] if input.ndim else 1), np.asarray(target).reshape(-1)
    if t.size and (t.min() < 0 or t.max() >= x.shape[1]):
        raise RuntimeError("target out of range")
    rows = np.arange(t.size)
    others = np.ones(tuple(x.shape), x.dtype)
    others[rows, t] = 0
    loss = (margin - x[rows, t].unsqueeze(1) + x).clamp_min(0) * tensor_of(others)
    loss = loss if p == 1 else loss * loss
    if weight is not None:
        loss = loss * weight[t].unsqueeze(1)
    loss = loss.sum(1) / x.shape[1]
    return reduced(loss if batched or reduction != "none" else loss.reshape(target.shape), reduction)


def multilabel_margin_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                           reduction: str = "mean") -> Any:
    """sum over labels j and other classes i of max(0, 1 - (x[j] - x[i])) over C; a row's labels end at the first -1.

    Shapes: input and target (N, C) or (C,).  As torch.nn.functional.multilabel_margin_loss.
    """
    reduction = checked_reduction(reduction, size_average, reduce)
    if input.ndim > 2 or input.ndim and not input.shape[-1]:
        raise RuntimeError("Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
                           f"{list(input.shape)}")
    if tuple(target.shape) != tuple(input.shape):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    classes = input.shape[-1] if input.ndim else 1
    x, t = input.reshape(-1, classes), np.asarray(target).reshape(-1, classes)
    if t.size and (t.min() < -1 or t.max() >= classes):
        raise RuntimeError("argument #2 'target' is out of range")
    listed = np.cumprod(t >= 0, axis=1).astype(bool)          # before the first -1
    is_label = np.zeros(t.shape, bool)
    row, place = np.nonzero(listed)
    is_label[row, t[row, place]] = True
    gaps = (1 - (x[row, t[row, place]].unsqueeze(1) - x[row])).clamp_min(0)
    gaps = gaps * tensor_of((~is_label[row]).astype(x.dtype))
    loss = tensor_of(np.zeros(t.shape[0], x.dtype)).index_add(0, tensor_of(row), gaps.sum(1)) / classes
    return reduced(loss if input.ndim > 1 or reduction != "none" else loss.reshape(()), reduction)
