"""Losses: how far a prediction is from its target.

A loss per element, then `reduction`: "mean", "sum", or "none" for the losses themselves.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._types import Size, type_name
from .._warnings import warn
from ..engine.op import op, to_common
from ..engine.tensor import Tensor, plain
from ._shared import refusing, single
from .activation import log_softmax_op
from .pointwise import sigmoid
from .reduction import added

_sigmoid = sigmoid.op.forward  # type: ignore[attr-defined]

__all__: list[str] = []


@op(lambda g, y, x, count: g / count, node="DivBackward1", method=False, register=False)
def mean_of(x: Any, count: float) -> Any:
    """A sum over how many it is of; nan where there were no classes."""
    return x / count


def reduced(loss: Any, reduction: str) -> Any:
    """The mean or sum of the losses of the elements, or themselves."""
    if reduction == "mean":
        return loss.mean() if isinstance(loss, Tensor) else _of_type(added(loss, None) / loss.size, loss.dtype)
    if reduction == "sum":
        return loss.sum() if isinstance(loss, Tensor) else _of_type(added(loss, None), loss.dtype)
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _of_type(total: Any, kind: np.dtype) -> Any:
    """A sum in the type of what was added: half precision is added in float32."""
    return total if total.dtype is kind else total.astype(kind)


def _spread(g: Any, reduction: str, count: int) -> Any:
    """The gradient of each element's loss, given that of the reduced loss."""
    if reduction != "mean":
        return g
    # by way of Python's float, which rounds to the same: a 0-d array is multiplied with in a third of a scalar's time
    return np.array(g.item() / count, g.dtype) if type(g) is np.ndarray and not g.ndim and count else g / count


def same_sizes(input: Any, target: Any, name: str) -> None:
    """Warn, as torch does, where input and target will be broadcast."""
    if tuple(input.shape) != tuple(target.shape):
        warn(f"Using a target size ({Size(target.shape)}) that is different to the input size "
             f"({Size(input.shape)}). This will likely lead to incorrect results due to broadcasting. Please "
             "ensure they have the same size.")


# ------------------------------------------------------------------ regression

def _of_difference(slope: Callable) -> tuple[Callable, Callable]:
    """The rules of a loss of a - b: `slope` is that by the difference, and turns its sign with it."""
    return (lambda g, y, a, b, r, *o: _spread(g, r, np.broadcast(a, b).size) * slope(a - b, *o),
            lambda g, y, a, b, r, *o: _spread(g, r, np.broadcast(a, b).size) * slope(b - a, *o))


@op(*_of_difference(lambda d: 2 * d),
    promote=refusing("biuc", "mse_cpu", to_common), method=False)
def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """(input - target)^2 per element."""
    d = input - target
    return reduced(np.multiply(d, d), reduction)


@op(*_of_difference(np.sign), promote=to_common, method=False,
    node=lambda a, b, r: {"mean": "MeanBackward0", "sum": "SumBackward0"}.get(r, "AbsBackward0"))
def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """|input - target| per element."""
    return reduced(np.abs(input - target), reduction)


@op(*_of_difference(lambda d, delta: np.clip(d, -delta, delta)),
    promote=refusing("biuc", "huber_cpu", to_common), method=False)
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """d^2 / 2 for differences up to delta, delta (|d| - delta / 2) beyond."""
    d = np.abs(input - target)
    return reduced(single(lambda d: np.where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), d), reduction)


@op(*_of_difference(lambda d, beta: np.clip(d / beta, -1, 1)),
    promote=refusing("biuc", "smooth_l1_cpu", to_common), method=False)
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """d^2 / (2 beta) for differences below beta, |d| - beta / 2 beyond."""
    d = np.abs(input - target)
    return reduced(single(lambda d: np.where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), d), reduction)


# ------------------------------------------------------------------ two classes

_ZERO = {np.dtype(c): np.zeros((), c) for c in "efd"}


def _softplus(x: Any) -> Any:
    """log(1 + exp(x)) without leaving the range of floats: max(x, 0) + log(1 + exp(-|x|))."""
    zero = _ZERO.get(x.dtype)
    if zero is None:
        if x.dtype.kind in "biuc":
            raise NotImplementedError(f"\"log_sigmoid_cpu\" not implemented for '{type_name(x.dtype)}'")
        zero = np.zeros((), x.dtype)
    if x.size <= 128:
        return np.logaddexp(zero, x)    # one call; but 15 times slower per number than what follows
    e = np.abs(x)
    np.negative(e, out=e)
    np.exp(e, out=e)
    np.log1p(e, out=e)
    e += np.maximum(x, 0)
    return e


def _weight_of_ones(t: Any, pos_weight: Any) -> Any:
    """What log(1 + exp(-x)) is multiplied with: 1, or 1 + (pos_weight - 1) t."""
    return 1 + (pos_weight - 1) * t


def _bce_logits_slope(g: Any, y: Any, x: Any, t: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    """d loss / d x = sigmoid(x) (1 + (p - 1) t) - p t, times weight."""
    s = _sigmoid(x) if type(x) is np.ndarray else sigmoid(x)
    slope = s - t if pos_weight is None else s * _weight_of_ones(t, pos_weight) - pos_weight * t
    g = _spread(g, reduction, x.size)
    return g * (slope if weight is None else slope * weight)


def _bce_logits_target_slope(g: Any, y: Any, x: Any, t: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    """d loss / d t = -x, or with pos_weight (p - 1) log(1 + exp(-x)) - x."""
    slope = -x if pos_weight is None else (pos_weight - 1) * np.logaddexp(0, -x) - x
    g = _spread(g, reduction, x.size)
    return slope * g if weight is None else slope * weight * g


@op(_bce_logits_slope, _bce_logits_target_slope,
    lambda g, y, x, t, w, p, r: _spread(g, r, x.size) * bce_logits(x, t, None, p, "none"),
    lambda g, y, x, t, w, p, r: (_spread(g, r, x.size) * (1 if w is None else w)
                                 * t * np.logaddexp(0, -x)),
    promote=to_common, name="binary_cross_entropy_with_logits", method=False)
def bce_logits(input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    """Binary cross entropy of sigmoid(input), safe for any input: log(1 + exp(-|x|)) never overflows."""
    softplus = _softplus(input)
    if pos_weight is None:
        loss = softplus - input * target
    else:
        loss = (1 - target) * input + _weight_of_ones(target, pos_weight) * (softplus - input)
    return reduced(loss if weight is None else loss * weight, reduction)


@op(lambda g, y, x, t, w, r: (_spread(g, r, x.size) * (1 if w is None else w)
                              * (x - t) / np.maximum(x * (1 - x), 1e-12)),
    lambda g, y, x, t, w, r: (_spread(g, r, x.size) * (1 if w is None else w)
                              * (np.log(1 - x) - np.log(x))),
    lambda g, y, x, t, w, r: _spread(g, r, x.size) * bce(x, t, None, "none"),
    promote=refusing("biuc", "binary_cross_entropy", to_common), name="binary_cross_entropy", method=False)
def bce(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """-(t log p + (1 - t) log(1 - p)) for probabilities; logarithms are cut at -100, as torch's."""
    loss = (target - 1) * _clamped_log(1 - input) - target * _clamped_log(input)
    return reduced(loss if weight is None else loss * weight, reduction)


def _clamped_log(p: Any) -> Any:
    return np.maximum(np.log(p), -100)


# ------------------------------------------------------------------ many classes

def _class_places(target: Any, dim: int) -> tuple:
    """The index that picks, in an (N, C, *rest) array, the entry of each target class."""
    if dim == 0:
        return (target,)
    grid = np.indices(target.shape, sparse=True)
    return (grid[0], target, *grid[1:])


def _class_weights(target: Any, weight: Any, ignore_index: int, dtype: Any) -> tuple:
    """Per target: a class that can be looked up, and its weight (0 where ignored)."""
    counted = target != ignore_index
    safe = np.where(counted, target, 0)
    factor = counted.astype(dtype) if weight is None else np.where(counted, weight[safe], 0).astype(dtype)
    return safe, factor


def check_classes(input: Any, target: Any, ignore_index: int) -> None:
    """Raise torch's error if a target is no class of input (N, C, *rest) or (C,)."""
    classes = input.shape[1 if input.ndim > 1 else 0]
    wrong = (target != ignore_index) & ((target < 0) | (target >= classes))
    if wrong.any():
        raise IndexError(f"Target {int(target[wrong].flat[0])} is out of bounds.")


def _nll_gradient(g: Any, shape: tuple, dtype: Any, target: Any, weight: Any, reduction: str, ignore: int) -> Any:
    """-weight at each target class, times the gradient of its loss, in a tensor of zeros."""
    safe, factor = _class_weights(target, plain(weight), ignore, dtype)
    total = factor.sum() if reduction == "mean" else 1
    factor = -factor / (total or 1)    # nothing counted: the loss is nan, its gradient 0
    return _put_classes(g * factor, safe, shape)


@op(lambda g, y, values, target, shape: _pick_classes(g, target), method=False, register=False)
def _put_classes(values: Any, target: Any, shape: tuple) -> Any:
    """Zeros of `shape` with `values` at the target classes."""
    found = np.zeros(shape, values.dtype)
    found[_class_places(target, min(len(shape) - 1, 1))] = values
    return found


@op(lambda g, y, x, target: _put_classes(g, target, x.shape), method=False, register=False)
def _pick_classes(x: Any, target: Any) -> Any:
    """The entries at the target classes: the transpose of `_put_classes`."""
    return x[_class_places(target, min(x.ndim - 1, 1))]


def _class_node(x: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> str:
    """torch has a kernel for pictures, (N, C, H, W), and brings all with more dimensions than (N, C) to that form."""
    if x.ndim < 3:
        return "NllLossBackward0"
    return "ViewBackward0" if reduction == "none" and x.ndim != 4 else "NllLoss2DBackward0"


@op(lambda g, y, x, t, w, r, i: _nll_gradient(g, x.shape, x.dtype, t, w, r, i), method=False, node=_class_node,
    promote=refusing("biuc", "nll_loss_out_frame"))
def nll_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean", ignore_index: int = -100) -> Any:
    """-weight[t] * input[t] of log-probabilities (N, C, *rest) at class numbers (N, *rest)."""
    check_classes(input, target, ignore_index)
    safe, factor = _class_weights(target, weight, ignore_index, input.dtype)
    loss = -input[_class_places(safe, min(input.ndim - 1, 1))] * factor
    loss = np.where(factor == 0, np.zeros((), loss.dtype), loss)
    if reduction != "mean":
        return reduced(loss, reduction)
    return np.add.reduce(loss, None) / np.add.reduce(factor, None)


def _by_definition(input: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    """Cross entropy is the negative log likelihood of the log-softmax."""
    return nll_loss(log_softmax_op(input, min(input.ndim - 1, 1)), target, weight, reduction, ignore_index)


def _cross_entropy_back(g: Any, saved: tuple, needs: list, *_: Any) -> list:
    """(softmax - one hot) times weight over total, in the saved softmax's own memory order."""
    p, places, scale = saved
    axis = min(p.ndim - 1, 1)
    scale = scale * g
    dx = p * (np.expand_dims(scale, axis) if p.ndim > 1 else scale)
    dx[places] -= scale
    return [dx]


@op(joint=_cross_entropy_back, definition=_by_definition, method=False, name="cross_entropy", node=_class_node)
def cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean",
                  ignore_index: int = -100) -> Any:
    """Softmax and negative log likelihood of class numbers in one kernel; see `_by_definition`."""
    check_classes(input, target, ignore_index)
    axis = min(input.ndim - 1, 1)
    z = input - np.max(input, axis=axis, keepdims=True)
    p = np.exp(z)
    total = np.sum(p, axis=axis, keepdims=True)
    safe, factor = _class_weights(target, weight, ignore_index, input.dtype)
    places = _class_places(safe, axis)
    loss = (np.log(np.squeeze(total, axis)) - z[places]) * factor
    p /= total
    if reduction == "mean":
        count = np.add.reduce(factor, None)
        return np.add.reduce(loss, None) / count, (p, places, factor / (count or 1))
    return reduced(loss, reduction), (p, places, factor)
