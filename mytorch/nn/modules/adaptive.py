"""A softmax over many classes, the rare ones in clusters."""
from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from ...engine.tensor import plain, tensor_of
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of the targets, and their mean loss (Grave et al. 2017).

        log p(class) = log softmax(head)[class]                                     for the frequent classes
                     = log softmax(head)[cluster] + log softmax(tail_cluster)[class]   for the others

    Args:
        n_classes: classes in order of falling frequency.  cutoffs: where the clusters begin.
        div_value: how much narrower each cluster's projection is than the one before.  head_bias: a bias in the head.
    Shapes: input (N, in_features) or (in_features,), target (N,) or (); output as target, loss ().
    Raises:
        RuntimeError: a target is not in [0, n_classes), or the shapes do not fit.

    As torch.nn.AdaptiveLogSoftmaxWithLoss.
    """

    def __init__(self, in_features: int, n_classes: int, cutoffs: Any, div_value: float = 4.0, head_bias: bool = False,
                 device: Any = None, dtype: Any = None) -> None:
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (cutoffs != sorted(cutoffs) or min(cutoffs) <= 0 or max(cutoffs) > n_classes - 1
                or len(set(cutoffs)) != len(cutoffs) or any(int(c) != c for c in cutoffs)):
            raise ValueError("cutoffs should be a sequence of unique, positive integers sorted in an increasing order, "
                             "where each value is between 1 and n_classes-1")
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = self.cutoffs[0], len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        place = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            hidden = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(Sequential(Linear(in_features, hidden, bias=False, **place),
                                        Linear(hidden, size, bias=False, **place)))

    def reset_parameters(self) -> None:
        self.head.reset_parameters()
        for project, out in self.tail:
            project.reset_parameters()
            out.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> Any:
        input, target = input_, target_
        self._check(input, target)
        single = target.ndim == 0
        if single:
            input, target = input.unsqueeze(0), target.unsqueeze(0)
        classes = np.asarray(plain(target))
        wrong = (classes < 0) | (classes >= self.n_classes)
        if wrong.any():
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                               f"[{classes.min()}, {classes.max()}] were found. ")
        cluster = np.searchsorted(self.cutoffs, classes, "right")                   # 0: in the head
        place = np.where(cluster == 0, classes, self.shortlist_size + cluster - 1)
        logp = F.log_softmax(self.head(input), 1)
        in_clusters = tensor_of(np.zeros(len(classes), logp.dtype))
        for i in range(self.n_clusters):
            rows = np.nonzero(cluster == i + 1)[0]
            if rows.size:
                inside = tensor_of((classes[rows] - self.cutoffs[i])[:, None])
                tail = F.log_softmax(self.tail[i](input[tensor_of(rows)]), 1).gather(1, inside).squeeze(1)
                in_clusters = in_clusters.index_copy(0, tensor_of(rows), tail)
        output = in_clusters + logp.gather(1, tensor_of(place[:, None])).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if single else output, loss)

    def _check(self, input: Any, target: Any) -> None:
        if target.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target.ndim == 1:
            if input.shape[0] != target.shape[0]:
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input.ndim != 2:
                raise RuntimeError("1D target tensor expects 2D input tensors, but found inputs with size "
                                   f"{tuple(input.shape)}")
        elif input.ndim != 1:
            raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with size "
                               f"{tuple(input.shape)}")

    def _all_log_probs(self, input: Any, head: Any) -> Any:
        """(N, n_classes), given what the head says."""
        logp = F.log_softmax(head, 1)
        parts = [logp[:, :self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            parts.append(F.log_softmax(tail(input), 1) + logp[:, self.shortlist_size + i, None])
        return np.concatenate(parts, 1)

    def log_prob(self, input: Any) -> Any:
        """Log-probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        return self._all_log_probs(input, self.head(input))

    def predict(self, input: Any) -> Any:
        """The most probable class of each input: (N, in_features) -> (N,)."""
        head = self.head(input)
        found = head.argmax(1)
        if bool((found >= self.shortlist_size).any()):
            in_tail = (found >= self.shortlist_size).nonzero().squeeze(1)
            found = found.clone()
            found[in_tail] = self._all_log_probs(input[in_tail], head[in_tail]).argmax(1)
        return found
