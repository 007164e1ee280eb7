"""Normalization: numbers less their mean, over their standard deviation, then scaled and shifted.

    y = (x - mean) / sqrt(var + eps) * w + b

Batch, instance, group and layer norm are this one kernel.  They see the input as (N, G, K, S): the mean and variance
are those of K S numbers of each of N G groups (batch norm: of N K S numbers of each of G), w and b have one number for
each of G K channels, and S are the places of an image.

    batch norm      (N, C, 1, H W)        group norm            (N, groups, C / groups, H W)
    instance norm   (N, C, 1, H W)        layer norm, RMS norm  (rows, 1, D, 1)

RMS norm takes no mean off.  The kernel adds up along rows by products (`row @ ones`), several times faster than np.sum;
its definition, in plain ops, is `_definition`.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._op import op
from .._tape import wrote
from .._tensor import Tensor, plain, tensor_of
from .._types import type_name

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "native_batch_norm", "native_group_norm",
           "native_layer_norm", "rms_norm"]

ndarray = np.ndarray


# ------------------------------------------------------------------ sums

def _row_sums(rows: ndarray) -> ndarray:
    """The sums of the rows of a matrix."""
    return rows[:, 0] if rows.shape[1] == 1 else rows @ np.ones(rows.shape[1], rows.dtype)


def _column_sums(rows: ndarray) -> ndarray:
    """The sums of the columns of a matrix."""
    return rows[0] if rows.shape[0] == 1 else np.ones(rows.shape[0], rows.dtype) @ rows


def moments(x: ndarray, form: tuple, shared: bool) -> tuple[ndarray, ndarray]:
    """(mean, variance) of each group, (N, G); or of the groups of all N together (`shared`), (1, G)."""
    n, g, k, s = form
    rows = x.reshape(n * g, k * s)
    count = rows.dtype.type(k * s * (n if shared else 1))
    mean = _group_sums(rows, form, shared) / count
    square = _group_sums(rows, form, shared, rows) / count
    var = square - mean * mean
    if (8 * var < square).any():     # little is left of what was taken off, and that is inexact: centre first
        rows = (rows.reshape(n, g, k * s) - mean[..., None]).reshape(n * g, k * s)
        var = _group_sums(rows, form, shared, rows) / count
    return mean, var


def _group_sums(rows: ndarray, form: tuple, shared: bool, factor: ndarray | None = None) -> ndarray:
    """The sums of rows (N G, K S), or of their products with a factor, for each group: (N, G) or (1, G)."""
    n, g = form[:2]
    if shared and rows.shape[1] == 1:
        rows = rows.reshape(n, g)
        return (_column_sums(rows) if factor is None else np.einsum("ij,ij->j", rows, factor.reshape(n, g)))[None]
    found = (_row_sums(rows) if factor is None else np.vecdot(rows, factor)).reshape(n, g)
    return _column_sums(found)[None] if shared else found


def wide(x: Any) -> Any:
    """x in the type to compute in: float32 for half precision."""
    return x.astype(np.float32) if isinstance(x, ndarray) and x.dtype.itemsize == 2 else x


# ------------------------------------------------------------------ the kernel

def _standardized(input: ndarray, weight: Any, bias: Any, mean: ndarray, var: ndarray, eps: float, form: tuple,
                  own: int) -> tuple:
    """The normalized input, and what the way back needs: (mean, 1 / sqrt(var + eps)).

    own: how many of the two moments are those of the input itself, and change with it; 1: the mean is 0.
    """
    x, weight, bias, mean = wide(input), wide(weight), wide(bias), wide(mean)
    n, g, k, s = form
    rstd = 1 / np.sqrt(wide(var) + x.dtype.type(eps))
    if k == 1 or s > 1:    # few numbers to multiply with and to add: one each per channel
        scale = rstd[..., None] if weight is None else rstd[..., None] * weight.reshape(g, k)
        shift = -mean[..., None] * scale
        y = x.reshape(form) * scale[..., None]
        y += (shift if bias is None else shift + bias.reshape(g, k))[..., None]
    else:
        y = x.reshape(n, g, k) - mean[..., None] if own != 1 else x.reshape(n, g, k) * rstd[..., None]
        if own != 1:
            y *= rstd[..., None]
        if weight is not None:
            y *= weight.reshape(g, k)
        if bias is not None:
            y += bias.reshape(g, k)
    return y.reshape(input.shape).astype(input.dtype, copy=False), (mean, rstd)


def _back(gradient: ndarray, saved: tuple, needs: list, input: ndarray, weight: Any, bias: Any, mean: Any, var: Any,
          eps: float, form: tuple, own: int) -> list:
    """With m the mean over a group and x' = (x - mean) / std:  dx = (g w - m(g w) - x' m(g w x')) / std.

    The term m(g w) comes from the mean, the term x' m(g w x') from the variance.
    """
    mean, rstd = saved
    x, h = wide(input).reshape(form), wide(gradient).reshape(form)
    if own == 2 and (mean * mean * rstd * rstd).max(initial=0) > 100:    # far from 0: below, x would hide x - mean
        x, mean = x - mean[..., None, None], np.zeros_like(mean)
    sums, products = _channel_sums(h, x, form, len(rstd))                 # of g and of g x
    dw = db = None
    if bias is not None and needs[2]:
        db = _column_sums(sums.reshape(len(sums), bias.size)).reshape(bias.shape)
    if weight is not None and needs[1]:
        dw = (_weighed_sum(rstd, products) - _weighed_sum(rstd * mean, sums)).reshape(weight.shape)
    if not needs[0]:
        return [None, dw, db]
    w = None if weight is None else wide(weight).reshape(form[1:3])
    dx = _input_gradient(x, h, w, mean, rstd, sums, products, form, own)
    return [dx.reshape(input.shape).astype(input.dtype, copy=False), dw, db]


def _channel_sums(h: ndarray, x: ndarray, form: tuple, count: int) -> tuple[ndarray, ndarray]:
    """The sums of h and of h x over places, and over samples where their groups are one: (N or 1, G, K)."""
    n, g, k, s = form
    if s == 1 and count == n:
        return h[..., 0], (h * x)[..., 0]
    a, b, fine = h.reshape(n * g * k, s), x.reshape(n * g * k, s), (n, g * k, 1, s)
    return tuple(_group_sums(a, fine, count < n, factor).reshape(count, g, k)  # type: ignore[return-value]
                 for factor in (None, b))


def _weighed_sum(weights: ndarray, parts: ndarray) -> ndarray:
    """sum_n weights[n, g] parts[n, g, k]."""
    if weights.shape[1] == 1:
        return weights[:, 0] @ parts[:, 0]
    return np.einsum("ng,ngk->gk", weights, parts)


def _input_gradient(x: ndarray, h: ndarray, w: Any, mean: ndarray, rstd: ndarray, sums: ndarray, products: ndarray,
                    form: tuple, own: int) -> ndarray:
    """dx = a h + b x + c, where a depends on the channel, b and c on the group."""
    n, g, k, s = form
    if s == 1 and k > 1:
        dx = h * (rstd[..., None, None] if w is None else w[..., None])
        if w is not None:
            dx *= rstd[..., None, None]
    else:
        dx = h * (rstd[..., None] if w is None else rstd[..., None] * w)[..., None]
    if not own:
        return dx
    count = x.dtype.type(k * s * n // max(len(rstd), 1))
    first, second = _over_channels(sums, w), _over_channels(products, w)
    b = (mean * first - second) * rstd ** 3 / count
    t = x * b[..., None, None]
    if own == 2:
        t -= (first * rstd / count + b * mean)[..., None, None]
    dx += t
    return dx


def _over_channels(sums: ndarray, w: Any) -> ndarray:
    """sum_k w[g, k] sums[n, g, k]."""
    n, g, k = sums.shape
    if k == 1:
        return sums[..., 0] if w is None else sums[..., 0] * w[:, 0]
    if w is None:
        return _row_sums(sums.reshape(n * g, k)).reshape(n, g)
    return (sums[:, 0] @ w[0])[:, None] if g == 1 else np.einsum("ngk,gk->ng", sums, w)


def _definition(input: Any, weight: Any, bias: Any, mean: Any, var: Any, eps: float, form: tuple, own: int) -> Any:
    """What the kernel computes, in plain ops: what create_graph differentiates."""
    n, g, k, s = form
    x = wide(input).reshape(form)
    shape = (len(var), g, 1, 1)
    over = (0, 2, 3) if shape[0] < n else (2, 3)
    mean = np.mean(x, axis=over, keepdims=True) if own == 2 else mean.reshape(shape)
    var = np.mean((x - mean) * (x - mean), axis=over, keepdims=True) if own else var.reshape(shape)
    y = (x - mean) / np.sqrt(var + eps)
    for part, combine in ((weight, np.multiply), (bias, np.add)):
        if part is not None:
            y = combine(y, wide(part).reshape((g, k, 1)))
    return y.reshape(input.shape).astype(input.dtype)


def _declare(name: str, node: str) -> Any:
    return op(joint=_back, definition=_definition, method=False, name=name, node=node, register=False)(_standardized)


_batch, _layer, _group, _instance, _rms = (_declare(name, node) for name, node in (
    ("batch_norm", "NativeBatchNormBackward0"), ("layer_norm", "NativeLayerNormBackward0"),
    ("group_norm", "NativeGroupNormBackward0"), ("instance_norm", "ViewBackward0"), ("rms_norm", "MulBackward0")))


# ------------------------------------------------------------------ checks

def _check_types(x: Any, kernel: str, *parameters: Any) -> None:
    """Half precision may have parameters in float32; all else is of one type."""
    kind = x.dtype
    if kind.kind not in "fV":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(kind)}'")
    kinds = [p.dtype for p in parameters if p is not None]
    if not kinds or all(k is kind for k in kinds):
        return
    if kinds[0] != kind:
        if any(k != np.float32 for k in kinds):
            raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
        if kind.itemsize != 2:
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    for k in kinds:
        if k != kinds[0]:
            raise RuntimeError(f"expected scalar type {type_name(kinds[0])} but found {type_name(k)}")


def _check_channels(count: int, **parameters: Any) -> None:
    for name, p in parameters.items():
        if p is not None and plain(p).size != count:
            raise RuntimeError(f"{name} should contain {count} elements not {plain(p).size}")


def _image_form(x: ndarray) -> tuple:
    n, c = x.shape[:2]
    return (n, c, 1, math.prod(x.shape[2:]))


# ------------------------------------------------------------------ over the batch

def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool,
               momentum: float, eps: float, cudnn_enabled: bool = False) -> Any:
    """Every channel of (N, C, *) less its mean, over its standard deviation.  As torch.batch_norm.

    training: mean and variance are those of the batch, and the running ones move towards them, by `momentum` of the
    way; the variance they keep is the unbiased one.  Else they are the running ones.
    """
    return _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def _batch_norm(x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float,
                eps: float) -> tuple:
    """(batch norm, mean, variance)."""
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    channels = x.shape[1] if x.ndim > 1 else 0
    if running_mean is None and not training:
        raise RuntimeError("running_mean must be defined in evaluation mode")
    _check_channels(channels, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if not x.size:
        return _of_nothing(x, weight, bias), np.zeros(0, x.dtype), np.zeros(0, x.dtype)
    _check_types(x, "batch_norm", weight, bias, running_mean, running_var)
    form = _image_form(plain(x))
    if not training:
        mean, var = plain(running_mean)[None], plain(running_var)[None]
        return _batch(x, weight, bias, mean, var, eps, form, 0), np.zeros(0, x.dtype), np.zeros(0, x.dtype)
    mean, var = moments(wide(plain(x)), form, True)
    if running_mean is not None:
        count = form[0] * form[3]
        _move(running_mean, mean[0], momentum)
        _move(running_var, var[0] * (count / max(count - 1, 1)), momentum)
    return _batch(x, weight, bias, mean, var, eps, form, 2), mean[0], var[0]


def _move(running: Any, value: ndarray, momentum: float) -> None:
    """running += momentum (value - running), in place."""
    array = plain(running)
    array[...] = momentum * value.astype(np.float64) + (1 - momentum) * array
    wrote(array)


def _of_nothing(x: Any, weight: Any, bias: Any) -> Any:
    """An empty batch, on the tape of its parameters."""
    tensor: Any = x
    y = tensor.clone() if isinstance(x, Tensor) else x.copy()
    y = y if weight is None else y * weight[0]
    return y if bias is None else y + bias[0]


def native_batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool,
                      momentum: float, eps: float) -> tuple:
    """(batch norm, mean, 1 / standard deviation), the latter two empty when not training.

    As torch.native_batch_norm.
    """
    y, mean, var = _batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)
    return y, tensor_of(mean), tensor_of(1 / np.sqrt(var + var.dtype.type(eps)))


def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool,
                  momentum: float, eps: float, cudnn_enabled: bool = False) -> Any:
    """Every channel of every sample of (N, C, *) less its mean, over its standard deviation; running statistics, where
    there are any, move towards the means of those of the samples.

    As torch.instance_norm.
    """
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    n, c = input.shape[:2]
    for name, p in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if p is not None and p.size != c:
            raise RuntimeError(f"{name} should contain {n * c} elements not {n * int(p.size)}")
    _check_types(input, "batch_norm", weight, bias, running_mean, running_var)
    form = _image_form(plain(input))
    if not use_input_stats:
        return _instance(input, weight, bias, plain(running_mean)[None], plain(running_var)[None], eps, form, 0)
    mean, var = moments(wide(plain(input)), form, False)
    if running_mean is not None:
        _move(running_mean, mean.mean(0), momentum)
    if running_var is not None:
        _move(running_var, var.mean(0) * (form[3] / max(form[3] - 1, 1)), momentum)
    return _instance(input, weight, bias, mean, var, eps, form, 2)


# ------------------------------------------------------------------ over each sample

def _row_form(x: Any, shape: Any, weight: Any, bias: Any, name: str) -> tuple:
    """The form of a norm over the last dimensions, or torch's errors."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
                        f"{type(shape).__name__}")
    shape, size = tuple(shape), plain(x).shape
    if not shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
                           "but got normalized_shape = []")
    for label, p in (("weight", weight), ("bias", bias)):
        if p is not None and plain(p).shape != shape:
            raise RuntimeError(f"Expected {label} to be of same shape as normalized_shape, but got {label} of shape "
                               f"{list(p.shape)} and normalized_shape = {list(shape)}")
    if size[-len(shape):] != shape:
        star = "*, " if name == "layer_norm" else "*"
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [{star}"
                           f"{', '.join(map(str, shape))}], but got input of size{list(size)}")
    return (math.prod(size[:-len(shape)]), 1, math.prod(shape), 1)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5,
               cudnn_enable: bool = False) -> Any:
    """Every row of the last dimensions `normalized_shape` less its mean, over its standard deviation.

    As torch.layer_norm.
    """
    return native_layer_norm(input, normalized_shape, weight, bias, eps, False)[0]


def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float,
                      statistics: bool = True) -> tuple:
    """(layer norm, means, 1 / standard deviations).  As torch.native_layer_norm."""
    form = _row_form(input, normalized_shape, weight, bias, "layer_norm")
    _check_types(input, "LayerNormKernelImpl", weight, bias)
    mean, var = moments(wide(plain(input)), form, False)
    y = _layer(input, weight, bias, mean, var, eps, form, 2)
    if not statistics:
        return (y,)
    lead = input.ndim - len(normalized_shape)
    shape = (*input.shape[:lead], *(1,) * len(normalized_shape))
    return y, tensor_of(mean.reshape(shape)), tensor_of((1 / np.sqrt(var + var.dtype.type(eps))).reshape(shape))


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Every row of the last dimensions over its root mean square.  As torch.rms_norm.

        y = x / sqrt(mean(x^2) + eps) * w          eps: by default the type's smallest step above 1
    """
    form = _row_form(input, normalized_shape, weight, None, "rms_norm")
    if input.dtype.kind not in "fVc":
        raise NotImplementedError(f"\"rms_norm\" not implemented for '{type_name(input.dtype)}'")
    x = wide(plain(input))
    eps = float(np.finfo(x.dtype).eps) if eps is None else eps
    if x.dtype.kind == "c":
        over = tuple(range(-len(normalized_shape), 0))
        y = input / np.sqrt(np.mean(input * input, axis=over, keepdims=True) + eps)
        return y if weight is None else y * weight
    rows = x.reshape(form[0], form[2])
    square = (np.vecdot(rows, rows) / rows.dtype.type(form[2]))[:, None]
    return _rms(input, weight, None, np.zeros_like(square), square, eps, form, 1)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5,
               cudnn_enabled: bool = False) -> Any:
    """Of every sample of (N, C, *), each of num_groups groups of channels less its mean, over its standard deviation.

    As torch.group_norm.
    """
    n, c = input.shape[:2]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if c % num_groups:
        raise RuntimeError("Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input.shape)} and num_groups={num_groups}")
    for label, p in (("weight", weight), ("bias", bias)):
        if p is not None and tuple(p.shape) != (c,):
            raise RuntimeError(f"Expected {label} to be a vector of size equal to the number of channels in input, but "
                               f"got {label} of shape {list((p if weight is None else weight).shape)} and input of "
                               f"shape {list(input.shape)}")
    return native_group_norm(input, weight, bias, n, c, math.prod(input.shape[2:]), num_groups, eps, False)[0]


def native_group_norm(input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float,
                      statistics: bool = True) -> tuple:
    """(group norm, means, 1 / standard deviations (N, group)).  As torch.native_group_norm."""
    _check_types(input, "GroupNormKernelImpl", weight, bias)
    form = (N, group, C // group, HxW)
    mean, var = moments(wide(plain(input)), form, False)
    y = _group(input, weight, bias, mean, var, eps, form, 2)
    if not statistics:
        return (y,)
    x = input.reshape(form)
    mean = np.mean(x, axis=(2, 3), keepdims=True)
    var = np.mean((x - mean) * (x - mean), axis=(2, 3))
    return y, mean.reshape((N, group)), 1 / np.sqrt(var + eps)
