"""A normalization by fixed statistics made part of the layer before it."""
from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ...engine.tensor import plain, tensor_of
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _fused(weight: Any, bias: Any, mean: Any, variance: Any, eps: float, scale: Any, shift: Any,
           dim: int) -> tuple[Parameter, Parameter]:
    """Of (w x + b - mean) / sqrt(variance + eps) * scale + shift: the new w, whose outputs lie in `dim`, and b."""
    w, b, mean, variance, scale, shift = map(plain, (weight, bias, mean, variance, scale, shift))
    factor = 1 / np.sqrt(variance + eps)
    factor = factor if scale is None else factor * scale
    new_b = ((0 if b is None else b) - mean) * factor + (0 if shift is None else shift)
    new_w = w * factor.reshape([-1 if d == dim else 1 for d in range(w.ndim)])
    return (Parameter(tensor_of(new_w.astype(w.dtype)), weight.requires_grad),
            Parameter(tensor_of(new_b.astype(w.dtype if b is None else b.dtype)),
                      bias is not None and bias.requires_grad))


def fuse_conv_bn_weights(conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any,
                         transpose: bool = False) -> tuple[Parameter, Parameter]:
    """(weight, bias) of a convolution that normalizes as well.

        w = conv_w * bn_w / sqrt(bn_rv + eps)            b = (conv_b - bn_rm) * bn_w / sqrt(bn_rv + eps) + bn_b

    transpose: the convolution is a transposed one.  As torch.nn.utils.fuse_conv_bn_weights.
    """
    return _fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 1 if transpose else 0)


def fuse_linear_bn_weights(linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any,
                           bn_b: Any) -> tuple[Parameter, Parameter]:
    """(weight, bias) of a Linear that normalizes as well; the formula is that of `fuse_conv_bn_weights`.

    As torch.nn.utils.fuse_linear_bn_weights.
    """
    return _fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 0)


def _check_eval(layer: Any, bn: Any) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")


def _check_statistics(bn: Any) -> None:
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that does what `conv` and then the BatchNorm `bn` do; both must be in evaluation mode.

    As torch.nn.utils.fuse_conv_bn_eval.
    """
    _check_eval(conv, bn)
    _check_statistics(bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps,
                                                    bn.weight, bn.bias, transpose)
    return fused


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A Linear that does what `linear` and then the BatchNorm `bn` do; both must be in evaluation mode.

    As torch.nn.utils.fuse_linear_bn_eval.
    """
    _check_eval(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
                             f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}")
    _check_statistics(bn)
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps,
                                                      bn.weight, bn.bias)
    return fused
