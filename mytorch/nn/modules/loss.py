"""Losses as modules: each is its function with a memory of the options.

Every loss takes, optionally, the net it judges as its first argument: `l = MSELoss(net); l(net(x), y); l.backward()`.
"""
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...abstract import AbsLoss
from ...engine.tensor import plain
from .. import functional as F
from .distance import PairwiseDistance
from .linear import Linear
from .module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CosineEmbeddingLoss", "CrossEntropyLoss", "GaussianNLLLoss",
           "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss",
           "LinearCrossEntropyLoss", "MSELoss", "MarginRankingLoss", "MultiLabelMarginLoss",
           "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "NLLLoss2d",
           "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss",
           "TripletMarginLoss", "TripletMarginWithDistanceLoss"]


class _Loss(AbsLoss, Module):
    """A loss of (prediction, target) that is reduced by "mean", "sum" or "none".

    The classes below give the loss of one element, x being the prediction and t the target; options and shapes are
    told at the function of nn.functional that each calls.  size_average, reduce: torch's old names of reductions.
    """
    _expected = "input and target of the same shape"

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        self.reduction = F.reduction_of(reduction, size_average, reduce)

    def forward(self, input: Any, target: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define forward(input, target)")

    def expected_of(self, *inputs: Any) -> dict[str, str]:
        """For error messages."""
        lines = {"expected": self._expected, **AbsLoss.expected_of(self, *inputs)}
        first, second = [getattr(value, "shape", ()) for value in (*inputs, None, None)[:2]]
        if first != second and math.prod(first) == math.prod(second):
            lines["do"] = f"bring both to one shape, as the second by .reshape{tuple(first)}"
        return lines


class _WeightedLoss(_Loss):
    """A loss with a weight, a buffer, per class or element."""
    weight: Any

    def __init__(self, weight: Any = None, size_average: bool | None = None, reduce: bool | None = None,
                 reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class _ClassLoss(_WeightedLoss):
    """A loss of class numbers."""
    _expected = "input (N, C, *), target (N, *) of class numbers in [0, C)"

    def expected_of(self, *inputs: Any) -> dict[str, str]:
        """For error messages: also which numbers there are, and what turns a target into class numbers."""
        lines = super().expected_of(*inputs)
        if len(inputs) != 2 or not all(isinstance(value, np.ndarray) for value in inputs):
            return lines
        input, target = inputs
        if target.dtype.kind not in "iu":
            lines["do"] = "bring class numbers to whole numbers, by target.long()" if target.ndim < input.ndim else (
                "take the numbers of the largest, by target.argmax(1)")
        elif target.ndim == input.ndim and target.shape[1:2] == (1,):
            lines["do"] = "take the dimension of size 1 out, by target.squeeze(1)"
        elif target.size:
            lines["got"] += f", from {plain(target).min()} to {plain(target).max()}"
        return lines


class L1Loss(_Loss):
    """|x - t|.  As torch.nn.L1Loss."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """(x - t)^2.  As torch.nn.MSELoss."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.mse_loss(input, target, reduction=self.reduction)


class BCELoss(_WeightedLoss):
    """-(t log x + (1 - t) log(1 - x)): binary cross entropy of probabilities x.  As torch.nn.BCELoss."""
    _expected = "input of probabilities in [0, 1] (scores are for BCEWithLogitsLoss), target of the same shape"

    def forward(self, input: Any, target: Any) -> Any:
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """BCELoss of sigmoid(x), finite for any score x: log(1 + exp(-x)) + (1 - t) x.

    weight: of each element; pos_weight: of the positive class.  As torch.nn.BCEWithLogitsLoss.
    """
    weight: Any
    pos_weight: Any

    def __init__(self, weight: Any = None, size_average: bool | None = None, reduce: bool | None = None,
                 reduction: str = "mean", pos_weight: Any = None) -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        return F.binary_cross_entropy_with_logits(input, target, self.weight, pos_weight=self.pos_weight,
                                                  reduction=self.reduction)


class NLLLoss(_ClassLoss):
    """-weight[t] x[t] of log-probabilities x (N, C, *) and class numbers t.  As torch.nn.NLLLoss."""

    def __init__(self, weight: Any = None, size_average: bool | None = None, ignore_index: int = -100,
                 reduce: bool | None = None, reduction: str = "mean") -> None:
        _WeightedLoss.__init__(self, weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_ClassLoss):
    """-weight[t] log softmax(x)[t] of scores x (N, C, *) and class numbers t, or probabilities (N, C, *).

    ignore_index: a class number that does not count.  label_smoothing: how much of a target is spread over all classes.
    As torch.nn.CrossEntropyLoss.
    """
    _expected = _ClassLoss._expected + "; or probabilities shaped like the input"

    def __init__(self, weight: Any = None, size_average: bool | None = None, ignore_index: int = -100,
                 reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0) -> None:
        _WeightedLoss.__init__(self, weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        return F.cross_entropy(input, target, weight=self.weight, ignore_index=self.ignore_index,
                               reduction=self.reduction, label_smoothing=self.label_smoothing)


class SmoothL1Loss(_Loss):
    """d^2 / (2 beta) for differences d = x - t below beta, |d| - beta / 2 beyond.  As torch.nn.SmoothL1Loss."""

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
                 beta: float = 1.0) -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """d^2 / 2 for differences d = x - t up to delta, delta (|d| - delta / 2) beyond.  As torch.nn.HuberLoss."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        _Loss.__init__(self, reduction=reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class PoissonNLLLoss(_Loss):
    """exp(x) - t x, for Poisson counts t with log mean x.  As torch.nn.PoissonNLLLoss."""

    def __init__(self, log_input: bool = True, full: bool = False, size_average: bool | None = None, eps: float = 1e-8,
                 reduce: bool | None = None, reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Any, target: Any) -> Any:
        return F.poisson_nll_loss(log_input, target, log_input=self.log_input, full=self.full, eps=self.eps,
                                  reduction=self.reduction)


class GaussianNLLLoss(_Loss):
    """(log var + (x - t)^2 / var) / 2.  As torch.nn.GaussianNLLLoss."""
    _expected = "input and target of the same shape, var of that shape or with 1 where it is shared"

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        _Loss.__init__(self, reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:  # type: ignore[override]
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(_Loss):
    """t (log t - x), x a log-probability; "batchmean" divides the sum by N.  As torch.nn.KLDivLoss."""

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
                 log_target: bool = False) -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class HingeEmbeddingLoss(_Loss):
    """x where t is 1, max(0, margin - x) where it is -1.  As torch.nn.HingeEmbeddingLoss."""

    def __init__(self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
                 reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-t x)).  As torch.nn.SoftMarginLoss."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """sum of max(0, 1 - (x[label] - x[other])) over C.  As torch.nn.MultiLabelMarginLoss."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The mean over classes of binary cross entropies of sigmoid(x).  As torch.nn.MultiLabelSoftMarginLoss."""

    def forward(self, input: Any, target: Any) -> Any:
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """sum over the other classes of max(0, margin - x[t] + x[i])^p over C.  As torch.nn.MultiMarginLoss."""
    _expected = "input (N, C) or (C,), target (N,) or () of class numbers in [0, C)"

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, size_average: bool | None = None,
                 reduce: bool | None = None, reduction: str = "mean") -> None:
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        _WeightedLoss.__init__(self, weight, size_average, reduce, reduction)
        self.p, self.margin = p, margin

    def forward(self, input: Any, target: Any) -> Any:
        return F.multi_margin_loss(input, target, p=self.p, margin=self.margin, weight=self.weight,
                                   reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, -t (input1 - input2) + margin).  As torch.nn.MarginRankingLoss."""
    _expected = "input1, input2 and target of the same shape"

    def __init__(self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None,
                 reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:  # type: ignore[override]
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos(input1, input2) where t is 1, max(0, cos - margin) where it is -1.  As torch.nn.CosineEmbeddingLoss."""
    _expected = "input1 and input2 (N, D) with target (N,), or (D,) with target ()"

    def __init__(self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None,
                 reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:  # type: ignore[override]
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin).  As torch.nn.TripletMarginLoss."""
    _expected = "anchor, positive and negative of the same shape"

    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False,
                 size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        _Loss.__init__(self, size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:  # type: ignore[override]
        return F.triplet_margin_loss(anchor, positive, negative, margin=self.margin, p=self.p, eps=self.eps,
                                     swap=self.swap, reduction=self.reduction)


class TripletMarginWithDistanceLoss(_Loss):
    """TripletMarginLoss with a distance of one's own.  As torch.nn.TripletMarginWithDistanceLoss."""
    _expected = "anchor, positive and negative of the same shape"

    def __init__(self, *, distance_function: Any = None, margin: float = 1.0, swap: bool = False,
                 reduction: str = "mean") -> None:
        _Loss.__init__(self, reduction=reduction)
        if margin <= 0:
            raise ValueError("TripletMarginWithDistanceLoss: expected margin to be greater than 0, got "
                             f"{margin} instead")
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:  # type: ignore[override]
        return F.triplet_margin_with_distance_loss(anchor, positive, negative, margin=self.margin, swap=self.swap,
                                                   distance_function=self.distance_function, reduction=self.reduction)


class CTCLoss(_Loss):
    """-log of the probability of all alignments that spell the target.  As torch.nn.CTCLoss."""
    _expected = "log_probs (T, N, C) or (T, C), targets (N, S) or (sum of target_lengths,), lengths (N,)"

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        _Loss.__init__(self, reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any,  # type: ignore[override]
                target_lengths: Any) -> Any:
        return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction,
                          self.zero_infinity)


class NLLLoss2d(NLLLoss):
    """torch's old name of NLLLoss."""

    def __init__(self, weight: Any = None, size_average: bool | None = None, ignore_index: int = -100,
                 reduce: bool | None = None, reduction: str = "mean") -> None:
        warnings.warn("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement and see "
                      "https://pytorch.org/docs/main/nn.html#torch.nn.NLLLoss for more details.", FutureWarning,
                      stacklevel=2)
        NLLLoss.__init__(self, weight, size_average, ignore_index, reduce, reduction)


class LinearCrossEntropyLoss(_WeightedLoss):
    """The cross entropy of what a linear layer says: of scores (N, num_classes, *out_features).

    As torch.nn.LinearCrossEntropyLoss; options, as there, change no value.
    """
    _expected = "input (N, in_features), target (N, *) of class numbers"

    def __init__(self, in_features: int, num_classes: int, *, out_features: tuple = (), bias: bool = False,
                 device: Any = None, dtype: Any = None, reduction: str = "mean", weight: Any = None,
                 ignore_index: int | None = None, label_smoothing: float = 0.0, options: Any = None) -> None:
        _WeightedLoss.__init__(self, weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing, self.options = ignore_index, label_smoothing, options
        self.linear = Linear(in_features, num_classes * math.prod(out_features), bias=bias, device=device, dtype=dtype)

    def forward(self, input: Any, target: Any) -> Any:
        shape = (self.num_classes, *self.out_features)
        weight, bias = self.linear.weight, self.linear.bias
        if self.out_features:
            weight, bias = weight.reshape(*shape, -1), None if bias is None else bias.reshape(shape)
        return F.linear_cross_entropy(input, weight, target, linear_bias=bias, weight=self.weight,
                                      reduction=self.reduction, ignore_index=self.ignore_index,
                                      label_smoothing=self.label_smoothing, options=self.options)

    def extra_repr(self) -> str:
        return (f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
                f"out_features={self.out_features}, bias={self.linear.bias is not None}, reduction={self.reduction}, "
                f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, options={self.options}")
