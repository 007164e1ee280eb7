"""Losses."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._types import Size, type_name, wrap_dim
from ..._warnings import warn
from ...engine.tensor import Tensor, tensor_of
from ...ops import ctc
from ...ops.linear import linear
from ...ops.loss import bce, bce_logits, log_softmax_op, mean_of, reduced, same_sizes
from ...ops.loss import cross_entropy as _cross_entropy
from ...ops.loss import l1_loss as _l1_loss
from ...ops.loss import mse_loss as _mse_loss
from ...ops.loss import nll_loss as _nll_loss

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "ctc_loss", "l1_loss",
           "linear_cross_entropy", "mse_loss", "nll_loss", "reduction_of"]

_shape = np.ndarray.shape.__get__  # type: ignore[attr-defined]


def reduction_of(reduction: str, size_average: bool | None, reduce: bool | None) -> str:
    """The reduction, also where it is asked for in torch's old way."""
    if size_average is None and reduce is None:
        return reduction
    size_average, reduce = size_average is not False, reduce is not False
    found = "mean" if size_average and reduce else "sum" if reduce else "none"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.")
    return found


def checked_reduction(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """The reduction, of a loss that looks at it before it looks at the targets."""
    reduction = reduction_of(reduction, size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def mse_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
             reduction: str = "mean", weight: Any = None) -> Any:
    """(input - target)^2.  As torch.nn.functional.mse_loss."""
    same_sizes(input, target, "mse_loss")
    return _weighted_mean(_mse_loss, input, target, weight, reduction_of(reduction, size_average, reduce))


def l1_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
            reduction: str = "mean", weight: Any = None) -> Any:
    """|input - target|.  As torch.nn.functional.l1_loss."""
    same_sizes(input, target, "l1_loss")
    return _weighted_mean(_l1_loss, input, target, weight, reduction_of(reduction, size_average, reduce))


def weighted(loss: Any, input: Any, target: Any, weight: Any, reduction: str, *options: Any) -> Any:
    """A loss, maybe with a weight per element."""
    if weight is None:
        return loss(input, target, reduction, *options)
    if tuple(weight.shape) != tuple(input.shape):
        raise ValueError("Weights and input must have the same size.")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return reduced(loss(input, target, "none", *options) * weight, reduction)


def _weighted_mean(loss: Any, input: Any, target: Any, weight: Any, reduction: str) -> Any:
    """A loss, maybe with a weight per element; its mean is the weighted mean."""
    if weight is None or reduction != "mean":
        return weighted(loss, input, target, weight, reduction)
    return weighted(loss, input, target, weight, "sum") / weight.sum()


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                                     reduce: bool | None = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Any:
    """Binary cross entropy of sigmoid(input), in nats, finite for any input.

        loss = weight * (pos_weight * t * log(1 + exp(-x)) + (1 - t) * (x + log(1 + exp(-x))))

    Args:
        input: scores x of any shape.  target: t in [0, 1], same shape.
        weight, pos_weight: broadcast to the input; pos_weight weighs the positive class.

    As torch.nn.functional.binary_cross_entropy_with_logits.
    """
    if _shape(target) != _shape(input):
        raise ValueError(f"Target size ({Size(target.shape)}) must be the same as input size ({Size(input.shape)})")
    return bce_logits(input, target, weight, pos_weight, reduction_of(reduction, size_average, reduce))


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean") -> Any:
    """-(t log p + (1 - t) log(1 - p)) of probabilities p = input in [0, 1].

    As torch.nn.functional.binary_cross_entropy; logarithms are cut at -100.
    """
    if tuple(target.shape) != tuple(input.shape):
        raise ValueError(f"Using a target size ({Size(target.shape)}) that is different to the input size "
                         f"({Size(input.shape)}) is deprecated. Please ensure they have the same size.")
    if weight is not None:
        shape = Size(target.shape)
        spread: Any = weight
        weight = spread.expand(shape) if isinstance(weight, Tensor) else np.broadcast_to(weight, shape)
    p = np.asarray(input)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    return bce(input, target, weight, reduction_of(reduction, size_average, reduce))


def nll_loss(input: Any, target: Any, weight: Any = None, size_average: bool | None = None, ignore_index: int = -100,
             reduce: bool | None = None, reduction: str = "mean") -> Any:
    """-weight[t] * input[t] of log-probabilities.

    Args:
        input: log-probabilities, (N, C), (C,) or (N, C, *rest).  target: class numbers, (N,), () or (N, *rest).
        weight: (C,).  ignore_index: a target that does not count.

    As torch.nn.functional.nll_loss.
    """
    numbers = class_numbers(input, target, weight)
    return _nll_loss(input, numbers, weight, reduction_of(reduction, size_average, reduce), ignore_index)


def class_numbers(input: Any, target: Any, weight: Any) -> np.ndarray:
    """The target as an array; raises where scores (N, C, *rest) and class numbers (N, *rest) do not fit."""
    if not input.ndim:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    batch = target.shape[0] if target.ndim else 0
    if input.ndim > 1 and input.shape[0] != batch:
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({batch}).")
    if input.ndim < 3 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input.ndim == 4 and target.ndim != 3:
        raise RuntimeError("only batches of spatial targets supported (3D tensors) but got targets of dimension: "
                           f"{target.ndim}")
    if input.ndim > 2 and tuple(input.shape[2:]) != tuple(target.shape[1:]):
        raise RuntimeError(f"Expected target size {[*input.shape[:1], *input.shape[2:]]}, got {list(target.shape)}"
                           if input.ndim != 4 else
                           f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}")
    if target.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {type_name(target.dtype)}")
    if input.ndim == 1 and target.ndim == 1 and batch != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {batch}")
    classes = input.shape[1 if input.ndim > 1 else 0]
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input.dtype)} but found {type_name(weight.dtype)}")
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError("weight tensor should be defined either for all or no classes" if input.ndim > 2 else
                           f"weight tensor should be defined either for all {classes} classes or no classes but got "
                           f"weight tensor of shape: {list(weight.shape)}")
    if target.dtype == np.uint8 and input.ndim > 2:
        raise RuntimeError("expected scalar type Long but found Byte")
    return np.asarray(target).reshape(() if input.ndim == 1 else target.shape)


def cross_entropy(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                  ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Any:
    """How surprised a softmax over `input` is by `target`, in nats.

        loss_n = -weight[t_n] * log softmax(input_n)[t_n]

    Args:
        input: scores before the softmax, any real numbers, (N, C), (C,) or (N, C, *rest).
        target: class numbers in [0, C), int64, (N, *rest); or probabilities shaped like `input`.
        weight: (C,).  ignore_index: a class number that does not count.
        label_smoothing: in [0, 1], how much of the target is spread evenly over all classes.
    Returns:
        A scalar (); (N, *rest) when reduction="none".
    Raises:
        IndexError: a target is outside [0, C) and is not `ignore_index`.

    As torch.nn.functional.cross_entropy.
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if not input.ndim:
        wrap_dim(1, 0)      # raises: there are no classes
    if tuple(target.shape) == tuple(input.shape):
        if target.dtype.kind not in "fV":
            raise RuntimeError("Expected floating point type for target with class probabilities, got "
                               f"{type_name(target.dtype)}")
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing)
    numbers = class_numbers(input, target, weight)
    if label_smoothing <= 0.0:
        return _cross_entropy(input, numbers, weight, reduction, ignore_index)
    return _smoothed_cross_entropy(input, numbers, weight, reduction, ignore_index, label_smoothing)


def _per_class(weight: Any, input: Any) -> Any:
    """A weight per class, to multiply (N, C, *rest) or (C,) with."""
    return weight.reshape((-1,) + (1,) * max(input.ndim - 2, 0))


def _soft_cross_entropy(input: Any, target: Any, weight: Any, reduction: str, smoothing: float) -> Any:
    """Cross entropy with probabilities as targets."""
    dim = 1 if input.ndim > 1 else 0
    if smoothing > 0:
        target = target * (1 - smoothing) + smoothing / input.shape[dim]
    logp = log_softmax_op(input, dim)
    if weight is not None:
        if tuple(weight.shape) != (input.shape[dim],):
            raise RuntimeError(f"cross_entropy: weight tensor should be defined either for all {input.shape[dim]} "
                               f"classes or no classes but got weight tensor of shape: {list(weight.shape)}")
        logp = logp * _per_class(weight, input)
    if reduction == "none":
        return -(logp * target).sum(dim)
    loss = -(logp * target).sum()
    classes = input.shape[dim]
    return loss if reduction == "sum" else mean_of(loss, int(input.size) // classes if classes else math.nan)


def _smoothed_cross_entropy(input: Any, target: np.ndarray, weight: Any, reduction: str, ignore_index: int,
                            smoothing: float) -> Any:
    """(1 - s) times the loss of the target plus s/C times the loss summed over all classes."""
    dim = 1 if input.ndim > 1 else 0
    logp = log_softmax_op(input, dim)
    nll = _nll_loss(logp, target, weight, reduction, ignore_index)
    counted = target != ignore_index
    if weight is not None:
        smooth = -(logp * _per_class(weight, input)).sum(dim)
    else:
        smooth = -logp.sum(dim)
    smooth = smooth.masked_fill(tensor_of(~counted), 0)    # where all are ignored the loss is nan, its gradient 0
    if reduction == "mean":
        total = counted.sum() if weight is None else np.asarray(weight)[target[counted]].sum()
        smooth = smooth.sum() / float(total)
    else:
        smooth = reduced(smooth, reduction)
    return (1 - smoothing) * nll + smoothing / input.shape[dim] * smooth


def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
             reduction: str = "mean", zero_infinity: bool = False) -> Any:
    """-log of the probability of all alignments that spell the target, in nats.

    As `ops.ctc.ctc_loss`, with the reduction by name.  As torch.nn.functional.ctc_loss.
    """
    reduction = checked_reduction(reduction)
    return ctc.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None,
                         reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0,
                         options: Any = None) -> Any:
    """cross_entropy of linear(input, linear_weight, linear_bias).

    Args:
        input: (N, in) or (in,).  linear_weight: (C, *rest, in); the scores are (N, C, *rest).  linear_bias: (C, *rest).
        target, weight, reduction, label_smoothing: as cross_entropy.  ignore_index: None is -100.
        options: how torch cuts the work in pieces; accepted, and of no other meaning here.

    As torch.nn.functional.linear_cross_entropy.
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if input.shape[-1] != linear_weight.shape[-1]:
        raise RuntimeError("expected equal input and linear_weight last dimensions (in_features), got "
                           f"{input.shape[-1]} and {linear_weight.shape[-1]}, respectively")
    shape = tuple(linear_weight.shape[:-1])
    if input.ndim == 1 and len(shape) > 1:
        raise RuntimeError(f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires "
                           f"batched input, (N, {input.shape[0]}), got unbatched input with shape "
                           f"{tuple(input.shape)}")
    flat = linear_weight if len(shape) == 1 else linear_weight.reshape(-1, linear_weight.shape[-1])
    scores = linear(input, flat, None if linear_bias is None else linear_bias.reshape(-1))
    if len(shape) > 1:
        scores = scores.reshape(*scores.shape[:-1], *shape)
    return cross_entropy(scores, target, weight, ignore_index=-100 if ignore_index is None else ignore_index,
                         reduction=reduction, label_smoothing=label_smoothing)
