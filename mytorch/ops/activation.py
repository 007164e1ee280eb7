"""Activation functions, softmax and its logarithm.  (relu, sigmoid and tanh stand with the pointwise functions.)"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._op import method, op, to_float
from .._types import as_dtype, wrap_dim

__all__ = ["log_softmax", "softmax"]


def _sum(x: Any, dim: int) -> Any:
    return np.sum(x, axis=dim, keepdims=True)


@op(lambda g, y, x, dim: y * (g - _sum(g * y, dim)), promote=to_float, name="softmax", method=False,
    node="SoftmaxBackward0")
def softmax_op(input: Any, dim: int) -> Any:
    """exp(x) / sum exp(x) along dim; the maximum is taken off first, exp would overflow float32 above 88.7."""
    if not input.ndim:
        return np.ones_like(input)
    e = np.subtract(input, np.max(input, axis=dim, keepdims=True))
    np.exp(e, out=e)
    e /= np.sum(e, axis=dim, keepdims=True)
    return e


@op(lambda g, y, x, dim: g - np.exp(y) * _sum(g, dim), promote=to_float, name="log_softmax", method=False,
    node="LogSoftmaxBackward0")
def log_softmax_op(input: Any, dim: int) -> Any:
    """x - log sum exp(x) along dim."""
    if not input.ndim:
        return np.zeros_like(input)
    z = input - np.max(input, axis=dim, keepdims=True)
    z -= np.log(np.sum(np.exp(z), axis=dim, keepdims=True))
    return z


def _along(run: Any, input: Any, dim: int, dtype: Any) -> Any:
    """Check dim, convert, run: what softmax and log_softmax share."""
    wrap_dim(dim, input.ndim)
    return run(input if dtype is None else input.astype(as_dtype(dtype)), dim)


@method()
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Positive numbers that sum to one along `dim`.

        y_i = exp(x_i) / sum_j exp(x_j)

    Args:
        input: any shape.  dim: the dimension that is summed.  dtype: convert the input first.
    Returns: as input.

    As torch.softmax.
    """
    return _along(softmax_op, input, dim, dtype)


@method()
def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of softmax, computed without leaving the range of floats.

        y_i = x_i - log sum_j exp(x_j)

    As torch.log_softmax.
    """
    return _along(log_softmax_op, input, dim, dtype)
