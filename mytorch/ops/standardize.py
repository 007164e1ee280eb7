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

from typing import Any

import numpy as np

from ..engine.op import op
from ._numeric import in_order

__all__: list[str] = []

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
    if k == 1 or s != 1:    # few numbers to multiply with and to add: one each per channel
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
    return in_order(y.reshape(input.shape).astype(input.dtype, copy=False)), (mean, rstd)


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
    return op(joint=_back, definition=_definition, saves=("input", "weight"), method=False, name=name, node=node,
              register=False)(_standardized)


batch, layer, group_wise, instance, rms = (_declare(name, node) for name, node in (
    ("batch_norm", "NativeBatchNormBackward0"), ("layer_norm", "NativeLayerNormBackward0"),
    ("group_norm", "NativeGroupNormBackward0"), ("instance_norm", "ViewBackward0"), ("rms_norm", "MulBackward0")))
