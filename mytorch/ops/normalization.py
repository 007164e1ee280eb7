"""Batch, instance, group, layer and RMS norm under torch's signatures: each is `standardize` in its own form."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import type_name
from ..engine.tape import wrote
from ..engine.tensor import Tensor, plain, tensor_of
from .standardize import batch, group_wise, instance, layer, moments, rms, wide

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "native_batch_norm", "native_group_norm",
           "native_layer_norm", "rms_norm"]

ndarray = np.ndarray


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
        return batch(x, weight, bias, mean, var, eps, form, 0), np.zeros(0, x.dtype), np.zeros(0, x.dtype)
    mean, var = moments(wide(plain(x)), form, True)
    if running_mean is not None:
        count = form[0] * form[3]
        _move(running_mean, mean[0], momentum)
        _move(running_var, var[0] * (count / max(count - 1, 1)), momentum)
    return batch(x, weight, bias, mean, var, eps, form, 2), mean[0], var[0]


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
        return instance(input, weight, bias, plain(running_mean)[None], plain(running_var)[None], eps, form, 0)
    mean, var = moments(wide(plain(input)), form, False)
    if running_mean is not None:
        _move(running_mean, mean.mean(0), momentum)
    if running_var is not None:
        _move(running_var, var.mean(0) * (form[3] / max(form[3] - 1, 1)), momentum)
    return instance(input, weight, bias, mean, var, eps, form, 2)


# ------------------------------------------------------------------ over each sample

def _row_form(x: Any, shape: Any, weight: Any, bias: Any, name: str) -> tuple:
    """The form of a norm over the last dimensions, or torch's errors."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
                        f"{type(shape).__name__}")
    shape, size = tuple(shape), plain(x).shape
    if not shape:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
                           "element, but got normalized_shape = []")
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
    y = layer(input, weight, bias, mean, var, eps, form, 2)
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
    return rms(input, weight, None, np.zeros_like(square), square, eps, form, 1)


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
    y = group_wise(input, weight, bias, mean, var, eps, form, 2)
    if not statistics:
        return (y,)
    x = input.reshape(form)      # torch differentiates these two as well
    mean = np.mean(x, axis=(2, 3), keepdims=True)
    var = np.mean((x - mean) * (x - mean), axis=(2, 3))
    return y, mean.reshape((N, group)), 1 / np.sqrt(var + eps)
