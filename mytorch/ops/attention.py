"""Scaled dot product attention: a fused kernel, and its definition."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import cpp_name, type_name
from ..engine.op import op, shapes_differ
from ..engine.tensor import Tensor, edge, plain, tensor_of
from .activation import softmax_op
from .comparison import where
from .conversion import in_dtype
from .dropout import drop
from .products import matmul
from .repeating import repeat_interleave

__all__: list[str] = []

ndarray = np.ndarray
_INF = float("inf")


# ------------------------------------------------------------------ the kernel

def _definition(query: Any, key: Any, value: Any, bias: Any, noise: Any, scale: float, flash: bool) -> Any:
    """softmax(q k^T scale + bias) * noise, times v; a query that may see nothing gets zeros."""
    scores = matmul(query * scale, key.swapaxes(-1, -2))
    if bias is None:
        weights = softmax_op(scores, -1)
    else:
        scores = scores + bias
        blind = tensor_of(np.asarray(plain(scores)).max(-1, keepdims=True, initial=-_INF) == -_INF)
        weights = where(blind, 0.0, softmax_op(where(blind, 0.0, scores), -1))
    return matmul(weights if noise is None else weights * noise, value)


def _back(g: ndarray, saved: tuple, needs: list, query: ndarray, key: ndarray, value: ndarray, bias: Any, noise: Any,
          scale: float, flash: bool) -> list:
    weights, noisy = saved
    d_value = np.matmul(noisy.swapaxes(-1, -2), g) if needs[2] else None
    d = np.matmul(g, value.swapaxes(-1, -2))      # that of the weights, then of the scores
    if noise is not None:
        d *= noise
    d -= np.einsum("...s,...s->...", d, weights)[..., None]
    d *= weights
    scale = weights.dtype.type(scale)
    d_query = np.matmul(d, key) * scale if needs[0] else None
    d_key = np.matmul(d.swapaxes(-1, -2), query) * scale if needs[1] else None
    return [d_query, d_key, d_value, d if needs[3] else None]


def _softmax(scores: ndarray, masked: bool) -> ndarray:
    """Softmax along the last dimension, in place; rows of nothing but -inf become zeros."""
    top = np.max(scores, -1, keepdims=True, initial=-_INF)
    if masked:
        top[top == -_INF] = 0
    scores -= top
    np.exp(scores, out=scores)
    rows = scores.reshape(top.size, scores.shape[-1])
    total = np.dot(rows, np.ones(rows.shape[1], rows.dtype)).reshape(top.shape)
    if masked:
        total[total == 0] = 1
    scores /= total
    return scores


def _named(query: ndarray, *rest: Any) -> str:
    if rest[-1]:
        return "ScaledDotProductFlashAttentionForCpuBackward0"
    return "MmBackward0" if query.ndim == 2 else "UnsafeViewBackward0"


@op(joint=_back, definition=_definition, saves=("query", "key", "value"), name="attention", method=False, node=_named)
def attention(query: ndarray, key: ndarray, value: ndarray, bias: Any, noise: Any, scale: float, flash: bool) -> Any:
    """See `_definition`.  flash: the result lies in memory as the query does, as that of torch's flash kernel."""
    weights = matmul(query * query.dtype.type(scale), key.swapaxes(-1, -2))
    if bias is not None:
        _check_bias(bias, weights)
        weights += bias
    weights = _softmax(weights, bias is not None)
    noisy = weights if noise is None else weights * noise
    if flash and not query.flags.c_contiguous:
        y = np.empty_like(query, shape=(*query.shape[:-1], value.shape[-1]))
        np.matmul(noisy, value, out=y)
    else:
        y = matmul(noisy, value)
    return y, (weights, noisy)


def _check_bias(bias: ndarray, scores: ndarray) -> None:
    """Raise where the mask cannot be broadcast to the scores."""
    try:
        shape = np.broadcast_shapes(bias.shape, scores.shape)
    except ValueError:
        raise shapes_differ(ValueError("operands could not be broadcast together"), [scores, bias]) from None
    if shape != scores.shape:
        raise RuntimeError(f"output with shape {list(scores.shape)} doesn't match the broadcast shape {list(shape)}")


# ------------------------------------------------------------------ torch's function

_causal: dict[tuple, ndarray] = {}


def causal_bias(length: int, sources: int, dtype: np.dtype) -> ndarray:
    """(L, S) of 0 where a query may see, itself and what is before it, and -inf elsewhere."""
    key = length, sources, dtype
    found = _causal.get(key)
    if found is None:
        if len(_causal) > 16:
            _causal.clear()
        found = _causal[key] = np.where(np.tri(length, sources, dtype=bool), 0, -_INF).astype(dtype)
    return found


def _check(query: Any, key: Any, value: Any, mask: Any) -> None:
    for place, (name, x) in enumerate((("query", query), ("key", key), ("value", value)), 1):
        if not isinstance(x, Tensor):
            raise TypeError(f"scaled_dot_product_attention(): argument '{name}' (position {place}) must be Tensor, not "
                            f"{type(x).__name__}")
    if mask is not None and not isinstance(mask, Tensor):
        raise TypeError("scaled_dot_product_attention(): argument 'attn_mask' must be Tensor, not "
                        f"{type(mask).__name__}")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError("Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
                           f"{query.ndim} key.dim: {key.ndim} and value.dim: {value.ndim} instead.")
    if not query.dtype == key.dtype == value.dtype:
        kinds = [cpp_name(x.dtype) for x in (query, key, value)]
        raise RuntimeError("Expected query, key, and value to have the same dtype, but got query.dtype: {} key.dtype: "
                           "{} and value.dtype: {} instead.".format(*kinds))
    if mask is not None and mask.dtype not in (np.bool_, np.float32, query.dtype):
        raise RuntimeError("Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                           f"attn_mask.dtype: {cpp_name(mask.dtype)} and  query.dtype: {cpp_name(query.dtype)} "
                           "instead.")
    if query.dtype.kind == "c":
        raise NotImplementedError("\"softmax_lastdim_kernel_impl\" not implemented for "
                                  f"'{type_name(query.dtype)}'")
    if query.dtype.kind not in "fV":
        raise RuntimeError(f"expected scalar type Float but found {type_name(query.dtype)}")


def _for_groups(query: Any, key: Any, value: Any) -> list[Any]:
    """Key and value with as many heads as the query: each counts for a group of queries."""
    query.size(-3)
    heads = [x.shape[-3] for x in (query, key, value)]
    if heads[0] % heads[1] or heads[0] % heads[2]:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    return [x if n == heads[0] else repeat_interleave(x, heads[0] // n, -3)
            for x, n in zip((key, value), heads[1:])]


def _bias(query: Tensor, key: Tensor, mask: Any, is_causal: bool) -> Any:
    """What is added to the scores: 0 or -inf for a boolean mask, the numbers of any other."""
    bias = None
    if mask is not None and mask.dtype == np.bool_:
        bias = np.where(plain(mask), 0, -_INF).astype(query.dtype)
    elif mask is not None:
        bias = in_dtype(mask, query.dtype)
    if is_causal:
        causal = causal_bias(query.shape[-2], key.shape[-2], query.dtype)
        bias = causal if bias is None else bias + causal
    return bias


def _flash(query: Any, key: Any, value: Any, mask: Any) -> bool:
    """Whether torch would take its fused kernel, whose result lies in memory as the query does."""
    return (query.ndim == key.ndim == value.ndim == 4 and query.shape[-1] == value.shape[-1]
            and query.shape[0] == key.shape[0] and key.shape[:-2] == value.shape[:-2]
            and 0 not in (query.numel(), key.numel())
            and (mask is None or mask.ndim in (2, 4) and edge(mask) is None))


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, *, scale: float | None = None,
                                 enable_gqa: bool = False) -> Any:
    """For each query the mean of the values, weighted by how well their keys match it.

        y = dropout(softmax(query key^T * scale + mask)) value

    Args:
        query: (*, L, E).  key: (*, S, E).  value: (*, S, Ev).
        attn_mask: broadcast to (*, L, S); bool: which keys a query may see; numbers: added to the scores.
        dropout_p: how many weights are dropped, always, not only while training.
        is_causal: query i sees the keys 0 to i.
        scale: by default 1 / sqrt(E).
        enable_gqa: key and value (*, heads, S, E) may have fewer heads than the query, each for a group of its heads.
    Returns:
        (*, L, Ev).  A query that may see no key gets zeros.

    As torch.nn.functional.scaled_dot_product_attention.
    """
    _check(query, key, value, attn_mask)
    flash = not dropout_p and _flash(query, key, value, attn_mask)
    if is_causal and attn_mask is not None and not flash:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key, value = _for_groups(query, key, value)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    kind = query.dtype
    if kind.itemsize == 2:     # sums of halves are taken in float32, as in torch
        query, key, value = (in_dtype(x, np.dtype(np.float32)) for x in (query, key, value))
    noise = None
    if dropout_p:
        shape = np.broadcast_shapes(query.shape[:-2], key.shape[:-2]) + (query.shape[-2], key.shape[-2])
        noise = plain(drop(tensor_of(np.ones(shape, kind)), dropout_p, True, False)).astype(query.dtype, copy=False)
    y = attention(query, key, value, _bias(query, key, attn_mask, is_causal), noise, scale, flash)
    return in_dtype(y, kind)
