"""Pooling: the largest number under a window, or a mean."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ... import random
from ...engine.tape import mode
from ...engine.tensor import Tensor, edge, plain, tensor_of
from ...ops import pooling as ops
from ...ops._shared import with_out
from .pool_checks import adaptive_avg_size, adaptive_max_size, avg_options, fractional_options, max_options, unpool_size

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
           "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
           "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d",
           "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
           "fractional_max_pool3d_with_indices", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
           "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices",
           "max_unpool1d", "max_unpool2d", "max_unpool3d"]


# ------------------------------------------------------------------ the largest number

def _max_pool(n: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
              return_indices: bool) -> Any:
    options = kernel, step, frame, spread = max_options(
        n, input, kernel_size, stride, padding, dilation, ceil_mode)
    recorded = mode.grad and isinstance(input, Tensor) and edge(input) is not None
    best, which = ops.max_windows(plain(input), kernel, step, frame, spread, ceil_mode, recorded or return_indices)
    y = ops.max_pool(input, best, which, *options)
    if not return_indices:
        return y
    return y, tensor_of(ops.flat_places(which, input.shape[-n:], *options))


def _declare_max_pool(n: int) -> tuple[Callable, Callable]:
    def max_pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 ceil_mode: bool = False, return_indices: bool = False) -> Any:
        return _max_pool(n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)

    def with_indices(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                     ceil_mode: bool = False, return_indices: bool = False) -> Any:
        return _max_pool(n, input, kernel_size, stride, padding, dilation, ceil_mode, True)

    text = f"""The largest number under a window that visits places.

    Args:
        input: (N, C, {_LINES[n]}) or (C, {_LINES[n]}).  kernel_size, stride (kernel_size), padding (of -inf, at most
            half the window), dilation: numbers, or one per dimension.  ceil_mode: visit also a place cut by the end.
    Returns: (N, C, *out), out = floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1"""
    return (_named(max_pool, f"max_pool{n}d", text + "; with\n        return_indices also the flat places "
                                                     "in the input."),
            _named(with_indices, f"max_pool{n}d_with_indices", text + ", and the flat places\n        in the input."))


_LINES = {1: "L", 2: "H, W", 3: "D, H, W"}


def _named(fn: Callable, name: str, text: str) -> Callable:
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"{text}\n\n    As torch.nn.functional.{name}.\n    "
    return fn


max_pool1d, max_pool1d_with_indices = _declare_max_pool(1)
max_pool2d, max_pool2d_with_indices = _declare_max_pool(2)
max_pool3d, max_pool3d_with_indices = _declare_max_pool(3)


def _max_unpool(n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    size = unpool_size(n, input, indices, kernel_size, stride, padding, output_size)
    return ops.max_unpool(input, plain(indices), size)


def max_unpool1d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Any:
    """Zeros with the input put where max_pool1d took it from.  As torch.nn.functional.max_unpool1d."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Any:
    """Zeros with the input put where max_pool2d took it from.  As torch.nn.functional.max_unpool2d."""
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Any = None) -> Any:
    """Zeros with the input put where max_pool3d took it from.  As torch.nn.functional.max_unpool3d."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


# ------------------------------------------------------------------ means

def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True) -> Any:
    """The mean of what lies under a window that visits places of (N, C, L); options as avg_pool2d.

    As torch.nn.functional.avg_pool1d.
    """
    kernel, step, frame = avg_options(1, input, kernel_size, stride, padding, ceil_mode)
    return ops.avg_pool(input, kernel, step, frame, ceil_mode, count_include_pad, None)


@with_out
def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Any:
    """The mean of what lies under a window that visits places of (N, C, H, W) or (C, H, W).

    Args:
        kernel_size, stride (kernel_size), padding (of zeros): numbers, or one per dimension.
        ceil_mode: visit also a place cut by the end.  count_include_pad: the padding counts.
        divisor_override: divide the sum by this.

    As torch.nn.functional.avg_pool2d.
    """
    kernel, step, frame = avg_options(2, input, kernel_size, stride, padding, ceil_mode, divisor_override)
    return ops.avg_pool(input, kernel, step, frame, ceil_mode, count_include_pad, divisor_override)


@with_out
def avg_pool3d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Any:
    """The mean of what lies under a window that visits places of (N, C, D, H, W); options as avg_pool2d.

    As torch.nn.functional.avg_pool3d.
    """
    kernel, step, frame = avg_options(3, input, kernel_size, stride, padding, ceil_mode, divisor_override)
    return ops.avg_pool(input, kernel, step, frame, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    """(sum of x^p under a window)^(1/p), of a sum that is not negative."""
    if norm_type == float("inf"):
        return (max_pool1d, max_pool2d, max_pool3d)[n - 1](input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    kernel = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * n
    means = (avg_pool1d, avg_pool2d, avg_pool3d)[n - 1](input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (means.sign() * means.abs().relu()).mul(int(np.prod(kernel))).pow(1.0 / norm_type)


def lp_pool1d(input: Any, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False) -> Any:
    """(sum of x^p)^(1/p) of what lies under a window, p = norm_type.  As torch.nn.functional.lp_pool1d."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """(sum of x^p)^(1/p) of what lies under a window, p = norm_type.  As torch.nn.functional.lp_pool2d."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """(sum of x^p)^(1/p) of what lies under a window, p = norm_type.  As torch.nn.functional.lp_pool3d."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# ------------------------------------------------------------------ to a given size

def _adaptive_avg(n: int, input: Any, output_size: Any) -> Any:
    out = adaptive_avg_size(n, input, output_size)
    if n > 1 and out == (1,) * n:
        x: Any = input
        return x.mean(tuple(range(-n, 0)), keepdim=True) if isinstance(input, Tensor) else ops.adaptive_avg(x, out)
    return ops.adaptive_avg(input, out)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of output_size cells that cover (N, C, L).  As torch.nn.functional.adaptive_avg_pool1d."""
    return _adaptive_avg(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of the cells that cover (N, C, H, W); output_size: a number, or (H', W'), None: as it is.

    Cell i of n on a line of length L reaches from floor(i L / n) to ceil((i + 1) L / n).
    As torch.nn.functional.adaptive_avg_pool2d.
    """
    return _adaptive_avg(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of the cells that cover (N, C, D, H, W).  As torch.nn.functional.adaptive_avg_pool3d."""
    return _adaptive_avg(3, input, output_size)


def _declare_adaptive_max(n: int) -> tuple[Callable, Callable]:
    def adaptive_max_pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        y, places = ops.adaptive_max(input, adaptive_max_size(n, input, output_size))
        return (y, tensor_of(places)) if return_indices else y

    def with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        return adaptive_max_pool(input, output_size, True)

    name, text = f"adaptive_max_pool{n}d", f"The largest number of each of the cells that cover (N, C, {_LINES[n]})"
    return (_named(adaptive_max_pool, name, f"{text}; return_indices: and the flat places."),
            _named(with_indices, name + "_with_indices", f"{text}, and the flat places."))


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _declare_adaptive_max(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _declare_adaptive_max(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _declare_adaptive_max(3)


# ------------------------------------------------------------------ windows at random places

def _declare_fractional(n: int) -> tuple[Callable, Callable]:
    def with_indices(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                     return_indices: bool = False, _random_samples: Any = None) -> Any:
        size = fractional_options(n, input, kernel_size, output_size, output_ratio)
        samples = plain(_random_samples)
        if samples is None:
            lead = input.shape[:-n] if input.ndim == n + 2 else (1, input.shape[0])
            samples = random.uniform_(np.empty((*lead, n), input.dtype), 0.0, 1.0)
        kernel, out = size(samples)
        y, places = ops.fractional_max(input, kernel, out, samples)
        return y, tensor_of(places)

    def fractional(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                   return_indices: bool = False, _random_samples: Any = None) -> Any:
        found = with_indices(input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
        return found if return_indices else found[0]

    name = f"fractional_max_pool{n}d"
    text = f"""The largest number under windows whose places on (N, C, {_LINES[n]}) are drawn at random (Graham 2014).

    Args:
        output_size: how many places per dimension; or output_ratio: as parts of the input's sizes.
        _random_samples: (N, C, {n}), numbers in [0, 1) instead of drawn ones."""
    return _named(fractional, name, text), _named(with_indices, name + "_with_indices", text)


fractional_max_pool2d, fractional_max_pool2d_with_indices = _declare_fractional(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _declare_fractional(3)
