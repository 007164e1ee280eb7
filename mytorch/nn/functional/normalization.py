"""Normalization."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._types import Size
from ...engine.tensor import tensor_of
from ...ops import normalization as ops
from .padding import pad
from .pooling import avg_pool2d

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm"]


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Every channel less its mean, over its standard deviation.

        y = (x - mean) / sqrt(var + eps) * weight + bias

    Args:
        input: (N, C, *).  weight, bias, running_mean, running_var: (C,) or None.
        training: mean and variance are those of the batch, and the running ones move towards them:
            running = (1 - momentum) running + momentum * (mean or unbiased variance).  Else they are the running ones.
    Raises:
        ValueError: training, and there is but one number per channel.

    As torch.nn.functional.batch_norm.
    """
    if training:
        _check_batch(input.shape)
    if isinstance(momentum, bool) or not isinstance(momentum, (int, float, np.number)):
        raise TypeError(f"batch_norm(): argument 'momentum' (position 7) must be float, not {type(momentum).__name__}")
    return ops.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def _check_batch(shape: Any) -> None:
    """Raise where a channel has one number only: it would always become 0."""
    if len(shape) > 1 and shape[0] * math.prod(shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {shape}")


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Every channel of every sample less its mean, over its standard deviation.

    Args:
        input: (N, C, *).  weight, bias, running_mean, running_var: (C,) or None.
        use_input_stats: of the sample, the running ones following; else the running ones are used.

    As torch.nn.functional.instance_norm.
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {Size(input.shape)}")
    return ops.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Every row less its mean, over its standard deviation.

        y = (x - mean) / sqrt(var + eps) * weight + bias

    Args:
        input: (*, *normalized_shape).  weight, bias: of shape normalized_shape, or None.

    As torch.nn.functional.layer_norm.
    """
    return ops.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Every row over its root mean square.

        y = x / sqrt(mean(x^2) + eps) * weight

    Args:
        input: (*, *normalized_shape).  weight: of shape normalized_shape, or None.  eps: the type's epsilon.

    As torch.nn.functional.rms_norm.
    """
    return ops.rms_norm(input, normalized_shape, weight, eps)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Of every sample, each group of channels less its mean, over its standard deviation.

    Args:
        input: (N, C, *).  num_groups: a divisor of C.  weight, bias: (C,) or None.

    As torch.nn.functional.group_norm.
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    shape = [input.shape[0] * input.shape[1] // num_groups, num_groups, *input.shape[2:]]
    _check_batch(shape)
    return ops.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Every number over a power of the mean square of `size` neighbouring channels (Krizhevsky et al. 2012).

        y_c = x_c / (k + alpha mean_{|c' - c| <= size / 2} x_c'^2)^beta

    Args:
        input: (N, C, *), at least 3 dimensions.

    As torch.nn.functional.local_response_norm.
    """
    if input.ndim < 3:
        raise ValueError("Expected 3D or higher dimensionality                          "
                         f"input (got {input.ndim} dimensions)")
    if not input.size:
        return input
    squares = input.mul(input).reshape(input.shape[0], 1, input.shape[1], -1)          # (N, 1, C, rest)
    squares = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    mean = avg_pool2d(squares, (size, 1), stride=1).reshape(input.shape)
    return input / mean.mul(alpha).add(k).pow(beta)


def cross_map_lrn(input: Any, size: int, alpha: float, beta: float, k: float) -> Any:
    """As local_response_norm of images, but of sums over an odd number of channels, and channel 0 in every sum.

        y_c = x_c / (k + alpha / size sum_{|c' - c| <= size / 2 or c' = 0} x_c'^2)^beta

    What nn.CrossMapLRN2d computes; torch has no function for it.
    """
    if input.ndim != 4:
        raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead.")
    at = np.arange(input.shape[1])
    counts = (np.abs(at[:, None] - at) <= int((size - 1) / 2)) | (at == 0)            # (C, C): who counts for whom
    sums = (tensor_of(counts.astype(input.dtype)) @ (input * input).flatten(2)).reshape(input.shape)
    return input * (k + alpha / size * sums).pow(-beta)


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Every vector along `dim` over its p-norm, or over eps where that is smaller.

    As torch.nn.functional.normalize.
    """
    length = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / length if out is None else input.div(length, out=out)
