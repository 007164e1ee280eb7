"""Connectionist temporal classification: the loss of all alignments of a short target with a long input."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import op, tensor_type
from ..engine.tensor import Tensor, plain, tensor_of
from .activation import log_softmax_op
from .comparison import where
from .loss import reduced
from .reduction import logsumexp

__all__ = ["ctc_loss"]

ndarray = np.ndarray
_AT = " (while checking arguments for ctc_loss_allocate_outputs)"
_REDUCTIONS = ("none", "mean", "sum")
#: In the definition, the logarithm of what cannot be: finite, so that no gradient is inf - inf.
_NEVER = -1e30


# ------------------------------------------------------------------ labels

def _states(targets: ndarray, blank: int) -> tuple[ndarray, ndarray]:
    """The labels with a blank around each, (N, 2 S + 1), and where a blank between two may be left out.

    Between equal labels it may not: it is what tells them apart.
    """
    n, s = targets.shape
    labels = np.full((n, 2 * s + 1), blank)
    labels[:, 1::2] = targets
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = labels[:, 2:] != labels[:, :-2]
    return labels, skips


def _log_add(a: ndarray, b: ndarray, c: ndarray) -> ndarray:
    """log(exp a + exp b + exp c); -inf stands for 0."""
    top = np.maximum(np.maximum(a, b), c)
    top = np.where(np.isneginf(top), top.dtype.type(0), top)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(a - top) + np.exp(b - top) + np.exp(c - top)) + top


def _shifted(a: ndarray, by: int) -> ndarray:
    """a[:, s - by] at s; -inf where there is none."""
    moved = np.full_like(a, -np.inf)
    if by > 0:
        moved[:, by:] = a[:, :-by]
    else:
        moved[:, :by] = a[:, -by:]
    return moved


def _forward_sums(lp: ndarray, skips: ndarray) -> ndarray:
    """alpha[t, n, s]: the log-probability of all ways to be in state s at time t.  lp: (T, N, states)."""
    alpha = np.full_like(lp, -np.inf)
    alpha[0, :, :2] = lp[0, :, :2]
    for t in range(1, len(lp)):
        before = alpha[t - 1]
        skipped = np.where(skips, _shifted(before, 2), -np.inf)
        alpha[t] = lp[t] + _log_add(before, _shifted(before, 1), skipped)
    return alpha


def _backward_sums(lp: ndarray, skips: ndarray, times: ndarray, last: ndarray) -> ndarray:
    """beta[t, n, s]: the log-probability of all ways from state s at time t to the end of the target."""
    beta = np.full_like(lp, -np.inf)
    after = np.full_like(lp[0], -np.inf)
    for t in range(len(lp) - 1, -1, -1):
        skipped = _shifted(np.where(skips, after, -np.inf), -2)
        begun = lp[t] + _log_add(after, _shifted(after, -1), skipped)
        ends = (times == t + 1)[:, None]
        after = beta[t] = np.where(ends, np.where(last, lp[t], -np.inf), begun)
    return beta


def _last_states(lengths: ndarray, count: int) -> ndarray:
    """Where an alignment may end: on the last label or on the blank behind it.  (N, states)"""
    at = np.arange(count) - 2 * lengths[:, None]
    return (at == 0) | (at == -1)


# ------------------------------------------------------------------ the kernel

def _by_definition(log_probs: Any, targets: ndarray, times: ndarray, lengths: ndarray, blank: int,
                   zero_infinity: bool) -> Any:
    """The forward sums in plain operations.

    The log-softmax changes no log-probabilities, and makes the gradient that of the scores before it, as torch's is.
    """
    labels, skips = _states(targets, blank)
    n, count = labels.shape
    lp = log_softmax_op(log_probs, 2)[:, np.arange(n)[:, None], labels]                # (T, N, states)
    start = np.broadcast_to(np.arange(count) < 2, (n, count))
    never = np.full((n, count), _NEVER, lp.dtype)
    alpha = where(start, lp[0], never)
    alphas = [alpha]
    for t in range(1, lp.shape[0]):
        ways = [alpha, np.concatenate([never[:, :1], alpha[:, :-1]], 1)]
        if count > 2:
            ways.append(where(skips, np.concatenate([never[:, :2], alpha[:, :-2]], 1), never))
        alpha = lp[t] + logsumexp(np.stack(ways), 0)
        alphas.append(alpha)
    ended = np.stack(alphas)[np.maximum(times, 1) - 1, np.arange(n)]                   # (N, states)
    loss = -logsumexp(where(_last_states(lengths, count), ended, never), 1)
    counted = (times > 0) & (plain(loss) < -_NEVER / 2) if zero_infinity else times > 0
    return where(counted, loss, np.zeros(n, lp.dtype))


def _ctc_back(g: Any, saved: tuple, needs: list, log_probs: ndarray, *_: Any) -> list:
    """(softmax - how probable each class is at each time, given the target) times g."""
    lp, alpha, labels, skips, times, lengths, loss, zero_infinity = saved
    beta = _backward_sums(lp, skips, times, _last_states(lengths, labels.shape[1]))
    with np.errstate(invalid="ignore"):
        shares = np.exp(alpha + beta - lp + loss[:, None])                            # (T, N, states)
    one_hot = np.zeros((*labels.shape, log_probs.shape[2]), lp.dtype)
    np.put_along_axis(one_hot, labels[:, :, None], 1, 2)
    occupied = np.matmul(np.nan_to_num(shares).transpose(1, 0, 2), one_hot).transpose(1, 0, 2)
    impossible = np.isinf(loss)
    slope = np.exp(log_probs) - occupied
    slope[:, impossible] = 0 if zero_infinity else np.nan
    with np.errstate(invalid="ignore"):
        slope = slope * np.where(impossible & zero_infinity, 0, g)[:, None].astype(lp.dtype)
    slope[np.arange(len(lp))[:, None] >= times] = 0
    return [slope]


@op(joint=_ctc_back, definition=_by_definition, method=False, register=False, name="ctc_loss", saves=("log_probs",))
def _ctc(log_probs: ndarray, targets: ndarray, times: ndarray, lengths: ndarray, blank: int,
         zero_infinity: bool) -> tuple:
    """-log of the sum over all alignments, per sample, (N,): forward sums in log space."""
    labels, skips = _states(targets, blank)
    n = np.arange(len(labels))
    lp = log_probs[:, n[:, None], labels]                                             # (T, N, states)
    alpha = _forward_sums(lp, skips)
    ended = np.where(_last_states(lengths, labels.shape[1]), alpha[np.maximum(times, 1) - 1, n], -np.inf)
    top = ended.max(1, keepdims=True)
    top = np.where(np.isneginf(top), 0, top).astype(lp.dtype)
    with np.errstate(divide="ignore"):
        loss = -(np.log(np.exp(ended - top).sum(1)) + top[:, 0])
    loss = np.where(times > 0, loss, np.where(lengths > 0, np.inf, -0.0)).astype(lp.dtype)
    return loss, (lp, alpha, labels, skips, times, lengths, loss, zero_infinity)


# ------------------------------------------------------------------ what it is called with

def _lengths_of(values: Any, name: str) -> ndarray:
    found = np.atleast_1d(np.asarray(plain(values)))
    if found.dtype.kind not in "iu" and found.size:
        raise RuntimeError(f"{name} must be integral")
    return found.astype(np.int64)


def _check(log_probs: Any, times: ndarray, lengths: ndarray, blank: int) -> None:
    if log_probs.dtype not in (np.float32, np.float64):
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{tensor_type(log_probs)[6:-6]}'")
    if log_probs.ndim != 3:
        raise RuntimeError(f"Expected 3-dimensional tensor, but got {log_probs.ndim}-dimensional tensor for argument "
                           f"#1 'log_probs'{_AT}")
    if not log_probs.size:
        raise RuntimeError("log_probs tensor must not be empty")
    if not 0 <= blank < log_probs.shape[2]:
        raise RuntimeError("blank must be in label range")
    for name, found in (("input_lengths", times), ("target_lengths", lengths)):
        if found.shape != (log_probs.shape[1],):
            raise RuntimeError(f"{name} must be of size batch_size")
        if found.min() < 0:
            raise RuntimeError(f"Expected {name} to have value at least 0, but got value {found[found < 0][0]}{_AT}")
    if times.max() > log_probs.shape[0]:
        raise RuntimeError(f"Expected input_lengths to have value at most {log_probs.shape[0]}, but got value "
                           f"{times[times > log_probs.shape[0]][0]}{_AT}")


def _padded(targets: ndarray, lengths: ndarray, blank: int, classes: int) -> ndarray:
    """The targets as (N, longest), blank behind each one's end; given so, or one behind the other."""
    n, longest = len(lengths), int(lengths.max())
    if targets.ndim not in (1, 2):
        raise RuntimeError(f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 "
                           f"'targets'{_AT}")
    expected = n if targets.ndim == 2 else int(lengths.sum())
    if targets.shape[0] != expected:
        raise RuntimeError(f"Expected tensor to have size {expected} at dimension 0, but got size {targets.shape[0]} "
                           f"for argument #2 'targets'{_AT}")
    if targets.ndim == 2 and targets.shape[1] < longest:
        raise RuntimeError(f"Expected tensor to have size at least {longest} at dimension 1, but got size "
                           f"{targets.shape[1]} for argument #2 'targets'{_AT}")
    given = np.arange(longest) < lengths[:, None]
    found = np.full((n, longest), blank)
    found[given] = targets if targets.ndim == 1 else targets[:, :longest][given]
    if found.size and not 0 <= found.min() <= found.max() < classes:
        wrong = found[(found < 0) | (found >= classes)][0]
        raise IndexError(f"ctc_loss: target {wrong} is no class: log_probs has {classes}")
    return found


def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: Any = 0,
             zero_infinity: bool = False) -> Any:
    """-log of the probability of all alignments that spell the target, in nats (Graves et al. 2006).

    An alignment names a class at each time; equal neighbours are one, then blanks are dropped.

    Args:
        log_probs: logarithms of class probabilities, (T, N, C) or (T, C).
        targets: classes other than blank, (N, S) or (S,); or all one behind the other, (sum of target_lengths,).
        input_lengths, target_lengths: how much of each sample counts, (N,): tensors or sequences of int.
        blank: the class that spells nothing.  reduction: 0 none, 1 mean (each loss first divided by its target's
            length), 2 sum; or these names.
        zero_infinity: a target that does not fit in its input gives loss and gradient 0, not inf and nan.
    Returns: (), or (N,) without reduction.
    Raises:
        IndexError: a target is no class.  RuntimeError: lengths, shapes or types do not fit.

    As torch.ctc_loss; its gradient, as torch's, takes `log_probs` for a log_softmax.
    """
    if not isinstance(log_probs, (Tensor, ndarray)) or not isinstance(targets, (Tensor, ndarray)):
        raise TypeError("ctc_loss() received an invalid combination of arguments - log_probs and targets must be "
                        "Tensor")
    batched = log_probs.ndim == 3
    x = log_probs if batched else log_probs[:, None]
    times, lengths = _lengths_of(input_lengths, "input_lengths"), _lengths_of(target_lengths, "target_lengths")
    _check(x, times, lengths, blank)
    found = _padded(np.asarray(plain(targets)).astype(np.int64), lengths, blank, x.shape[2])
    loss = _ctc(x, found, times, lengths, blank, zero_infinity)
    if zero_infinity:
        loss = where(tensor_of(np.isinf(plain(loss))), tensor_of(np.zeros((), loss.dtype)), loss)
    how = reduction if isinstance(reduction, str) else _REDUCTIONS[reduction]
    if how == "mean":
        return (loss / tensor_of(np.maximum(lengths, 1).astype(loss.dtype))).mean()
    loss = reduced(loss, how)
    return loss if batched or how != "none" else loss.squeeze(0)
