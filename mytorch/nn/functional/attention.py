"""Attention, also with several heads and the projections around them."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._types import Size, cpp_name
from ..._warnings import warn
from ...engine.tensor import plain, tensor_of
from ...ops.activation import softmax_op
from ...ops.attention import scaled_dot_product_attention
from ...ops.joining import cat, chunk
from ...ops.linear import linear
from ...ops.products import matmul
from .dropout import dropout
from .padding import pad

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


# ------------------------------------------------------------------ checks

def _check_ranks(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    """Whether there is a batch; raises where the numbers of dimensions do not fit together."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor")
    kind = f"For {'batched (3-D)' if rank == 3 else 'unbatched (2-D)'} `query`, expected "
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(f"{kind}`key` and `value` to be {rank}-D but found {key.dim()}-D and {value.dim()}-D "
                             "tensors respectively")
    if padding is not None and padding.dim() != rank - 1:
        raise AssertionError(f"{kind}`key_padding_mask` to be `None` or {rank - 1}-D but found {padding.dim()}-D "
                             "tensor instead")
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(f"{kind}`attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead")
    if rank == 2 and mask is not None and mask.dim() == 3:
        expected = heads, query.shape[0], key.shape[0]
        if tuple(mask.shape) != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {mask.shape}")
    return rank == 3


def as_bias(mask: Any, name: str, other: Any, other_name: str, dtype: Any) -> Any:
    """A mask as numbers to be added to scores: -inf where a boolean mask is True, which hides a key."""
    if mask is None:
        return None
    if mask.dtype != np.bool_ and mask.dtype.kind not in "fV":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype != mask.dtype:
        warn(f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.")
    if mask.dtype != np.bool_:
        return mask
    return tensor_of(np.where(plain(mask), -float("inf"), 0.0).astype(dtype))


def _check_sizes(query: Any, key: Any, value: Any, embed_dim: int, heads: int, separate: bool) -> None:
    if query.shape[-1] != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {query.shape[-1]}")
    if embed_dim // heads * heads != embed_dim:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


# ------------------------------------------------------------------ steps

def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> list[Any]:
    """query, key and value times their thirds of a weight (3E, E): what is one tensor goes through one product."""
    if weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    width = query.shape[-1]
    if key is value and query is key:
        return list(chunk(linear(query, weight, bias), 3, -1))
    thirds = [weight[i * width:(i + 1) * width] for i in range(3)]
    parts = [None if bias is None else bias[i * width:(i + 1) * width] for i in range(3)]
    if key is value:
        both = linear(key, weight[width:], None if bias is None else bias[width:])
        return [linear(query, thirds[0], parts[0]), *chunk(both, 2, -1)]
    return [linear(x, w, b) for x, w, b in zip((query, key, value), thirds, parts)]


def _separately(inputs: tuple, weights: tuple, bias: Any, width: int) -> list[Any]:
    """query, key and value, of sizes of their own, times a weight each."""
    for name, weight in zip(("q_proj_weight", "k_proj_weight", "v_proj_weight"), weights):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name} is None")
    return [linear(x, w, None if bias is None else bias[i * width:(i + 1) * width])
            for i, (x, w) in enumerate(zip(inputs, weights))]


def _one_more(k: Any, v: Any, bias_k: Any, bias_v: Any, statics: tuple) -> tuple[Any, Any]:
    """Key and value with one learned pair more."""
    for name, static in zip(("key", "value"), statics):
        if static is not None:
            raise AssertionError(f"bias cannot be added to static {name}.")
    if bias_k is None or bias_v is None:
        has, lacks = ("bias_k", "bias_v") if bias_v is None else ("bias_v", "bias_k")
        raise AssertionError(f"{has} is set but {lacks} is None")
    batch = k.shape[1]
    return cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])


def _by_heads(x: Any, batch: int, heads: int) -> Any:
    """(L, N, E) -> (N, heads, L, E / heads)."""
    if x.shape[1] != batch:     # would be broadcast
        raise RuntimeError(f"shape '[{x.shape[0]}, {batch * heads}, {x.shape[2] // heads}]' is invalid for input of "
                           f"size {x.numel()}")
    return x.reshape((*x.shape[:2], heads, x.shape[2] // heads)).permute(1, 2, 0, 3)


def _static(x: Any, name: str, batch: int, heads: int, depth: int) -> Any:
    """A key or value given ready for the heads: (N * heads, S, D) -> (N, heads, S, D)."""
    for dim, n in ((0, batch * heads), (2, depth)):
        if x.shape[dim] != n:
            raise AssertionError(f"expecting {name}.size({dim}) of {n}, but got {x.shape[dim]}")
    return x.view(batch, heads, x.shape[1], depth)


def _widened(mask: Any) -> Any:
    """A mask for one key more, which may be seen."""
    return None if mask is None else pad(mask, (0, 1))


def _masks(query: Any, padding: Any, mask: Any, need_weights: bool, is_causal: bool) -> tuple[Any, Any, bool]:
    """(padding and mask as numbers, whether the mask is left to the kernel, which knows the causal one)."""
    bias = as_bias(padding, "key_padding_mask", mask, "attn_mask", query.dtype)
    if is_causal and mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                           "`generate_square_subsequent_mask` to create this mask.")
    is_causal = is_causal and padding is None and not need_weights
    return bias, None if is_causal else as_bias(mask, "attn_mask", None, "", query.dtype), is_causal


def _merged(mask: Any, padding: Any, batch: int, heads: int, sources: int) -> Any:
    """The mask with what hides padded keys added, to be broadcast to (N, heads, L, S)."""
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.shape[0] == 1 else mask.view(batch, heads, mask.shape[1], sources)
    if padding is None:
        return mask
    for dim, n in enumerate((batch, sources)):
        if padding.shape[dim] != n:
            raise AssertionError(f"Expected key_padded_mask.shape[{dim}] to be {n}, but got {padding.shape[dim]}")
    padding = padding.view(batch, 1, 1, sources)
    return padding if mask is None else mask + padding


def _with_weights(q: Any, k: Any, v: Any, mask: Any, dropout_p: float, is_causal: bool) -> tuple[Any, Any]:
    """(what each head attends to, (N, heads, L, D); its weights, (N, heads, L, S))."""
    scores = matmul(q * math.sqrt(1.0 / q.shape[-1]), k.transpose(-2, -1))
    if mask is not None:
        if mask.dtype != q.dtype:
            kinds = [cpp_name(x.dtype) for x in (mask, q, k)]
            raise RuntimeError("Input dtypes must be the same, got: input {}, batch1: {}, batch2: {}".format(*kinds))
        scores = scores + mask
    weights = softmax_op(scores, -1)
    if dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    return matmul(weights, v), weights


def _without_weights(q: Any, k: Any, v: Any, mask: Any, dropout_p: float, is_causal: bool) -> tuple[Any, Any]:
    """(what each head attends to, (N, heads, L, D); None)."""
    return scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal), None


def multi_head_attention_forward(
        query: Any, key: Any, value: Any, embed_dim_to_check: int, num_heads: int, in_proj_weight: Any,
        in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: bool, dropout_p: float, out_proj_weight: Any,
        out_proj_bias: Any, training: bool = True, key_padding_mask: Any = None, need_weights: bool = True,
        attn_mask: Any = None, use_separate_proj_weight: bool = False, q_proj_weight: Any = None,
        k_proj_weight: Any = None, v_proj_weight: Any = None, static_k: Any = None, static_v: Any = None,
        average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Any, Any]:
    """Attention with several heads: each attends in its own projection of query, key and value.

        head_i = softmax(Q_i K_i^T / sqrt(D) + masks) V_i,    Q_i = W_q,i query + b_q,i, and so on,    D = E / heads
        y = W_o [head_1 ... head_h] + b_o

    Args:
        query: (L, N, E) or (L, E).  key, value: (S, N, E) or (S, E).  embed_dim_to_check: E.
        in_proj_weight: W_q, W_k, W_v one below the other, (3E, E); with use_separate_proj_weight q_proj_weight,
            k_proj_weight, v_proj_weight instead.  in_proj_bias: (3E,) or None.
        bias_k, bias_v: a key and a value more, (1, 1, E).  add_zero_attn: a key and a value of zeros more.
        dropout_p: how much of the weights is dropped while `training`.
        key_padding_mask: (N, S) or (S,), attn_mask: (L, S) or (N * heads, L, S); True hides a key; numbers are added.
        need_weights: return the weights too, with average_attn_weights their mean over the heads.
        static_k, static_v: (N * heads, S, D), in place of the projected key and value.
        is_causal: attn_mask is the causal mask: a hint.
    Returns:
        (y shaped as the query; weights (N, L, S) or (N, heads, L, S), None without need_weights).

    As torch.nn.functional.multi_head_attention_forward.
    """
    batched = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = _one_batch(query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    padding, mask, is_causal = _masks(query, key_padding_mask, attn_mask, need_weights, is_causal)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if use_separate_proj_weight:
        q, k, v = _separately((query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), in_proj_bias, width)
    else:
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias)
    mask = _shaped(mask, length, key.shape[0], batch * num_heads)
    if bias_k is not None or bias_v is not None:
        k, v = _one_more(k, v, bias_k, bias_v, (static_k, static_v))
        mask, padding = _widened(mask), _widened(padding)
    depth = width // num_heads
    q = _by_heads(q, batch, num_heads)
    k = _by_heads(k, batch, num_heads) if static_k is None else _static(static_k, "static_k", batch, num_heads, depth)
    v = _by_heads(v, batch, num_heads) if static_v is None else _static(static_v, "static_v", batch, num_heads, depth)
    if add_zero_attn:
        zeros = tensor_of(np.zeros((batch, num_heads, 1, depth), k.dtype))
        k, v, mask, padding = cat([k, zeros], 2), cat([v, zeros], 2), _widened(mask), _widened(padding)
    mask = _merged(mask, padding, batch, num_heads, k.shape[2])
    attend = _with_weights if need_weights else _without_weights
    heads, weights = attend(q, k, v, mask, dropout_p if training else 0.0, is_causal)
    y = linear(heads.permute(2, 0, 1, 3).reshape((length * batch, width)), out_proj_weight, out_proj_bias)
    y = y.view(length, batch, y.shape[1])
    if weights is not None and average_attn_weights:
        weights = weights.mean(dim=1)
    return (y, weights) if batched else (y.squeeze(1), None if weights is None else weights.squeeze(0))


def _one_batch(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """Each as a batch of one; what was the same tensor stays so."""
    as_batch = {id(x): x.unsqueeze(1) for x in (query, key, value)}
    return as_batch[id(query)], as_batch[id(key)], as_batch[id(value)]


def _shaped(mask: Any, length: int, sources: int, count: int) -> Any:
    """A mask as (1, L, S) or (N * heads, L, S); raises where it is neither."""
    if mask is None:
        return None
    expected = (length, sources) if mask.ndim == 2 else (count, length, sources)
    if tuple(mask.shape) != expected:
        raise RuntimeError(f"The shape of the {mask.ndim}D attn_mask is {Size(mask.shape)}, but should be {expected}.")
    return mask.unsqueeze(0) if mask.ndim == 2 else mask
