"""Attention with several heads as a layer."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..._where import describe
from ...engine.tensor import tensor_of
from .. import functional as F
from .. import init
from .linear import NonDynamicallyQuantizableLinear, empty
from .module import Module

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Several heads attend, each in its own projection of query, key and value; what they find is projected together.

        head_i = softmax(Q_i K_i^T / sqrt(D) + masks) V_i,    Q_i = W_q,i query + b_q,i, and so on,    D = E / heads
        y = W_o [head_1 ... head_h] + b_o

    Args:
        embed_dim: E, features of query and result.  num_heads: must divide E.
        dropout: how much of the weights is dropped while training.  bias: learn in_proj_bias and out_proj.bias.
        add_bias_kv: learn a key and a value more, bias_k and bias_v.  add_zero_attn: a key and a value of zeros more.
        kdim, vdim: features of key and value, by default E; others have weights of their own, q_proj_weight and so on.
        batch_first: tensors are (N, L, E) instead of (L, N, E).

    Weights begin as xavier_uniform_, biases with 0, bias_k and bias_v as xavier_normal_, out_proj.weight as that of
    Linear.  As torch.nn.MultiheadAttention.
    """
    out_proj: Any
    in_proj_weight: Any
    in_proj_bias: Any
    bias_k: Any
    bias_v: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
                 add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
                 vdim: int | None = None, batch_first: bool = False, device: Any = None, dtype: Any = None) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                             f"num_heads={num_heads} instead")
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        kind = {"device": device, "dtype": dtype}
        shapes = {"q": (embed_dim, embed_dim), "k": (embed_dim, self.kdim), "v": (embed_dim, self.vdim)}
        for name, shape in shapes.items():
            weight = None if self._qkv_same_embed_dim else empty(*shape, **kind)
            self.register_parameter(f"{name}_proj_weight", weight)
        packed = empty(3 * embed_dim, embed_dim, **kind) if self._qkv_same_embed_dim else None
        self.register_parameter("in_proj_weight", packed)
        self.register_parameter("in_proj_bias", empty(3 * embed_dim, **kind) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **kind)
        self.bias_k = empty(1, 1, embed_dim, **kind) if add_bias_kv else None
        self.bias_v = empty(1, 1, embed_dim, **kind) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                init.xavier_normal_(more)

    def forward(self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True,
                attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False) -> tuple[Any, Any]:
        """(result shaped as the query, weights (N, L, S)); see F.multi_head_attention_forward for the arguments.

        Shapes: query (L, N, E), key (S, N, kdim), value (S, N, vdim), with batch_first (N, L, E) and so on, without a
        batch (L, E) and so on; average_attn_weights=False gives the weights of each head, (N, heads, L, S).
        """
        turned = self.batch_first and query.dim() == 3
        if turned:
            turn = {id(x): x.transpose(0, 1) for x in (query, key, value)}     # what is the same tensor stays so
            query, key, value = turn[id(query)], turn[id(key)], turn[id(value)]
        y, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, average_attn_weights=average_attn_weights, is_causal=is_causal)
        return (y.transpose(0, 1) if turned else y), weights

    def merge_masks(self, attn_mask: Any, key_padding_mask: Any, query: Any) -> tuple[Any, int | None]:
        """(both masks as one, what it is: 1 of padded keys (N, L), 2 for all heads (N, heads, L, L), or None)."""
        merged, kind = key_padding_mask, None if key_padding_mask is None else 1
        if attn_mask is not None:
            batch, length, _ = query.shape
            merged = attn_mask.view(batch, -1, length, length) if attn_mask.dim() == 3 else attn_mask.view(
                1, 1, length, length).expand(batch, self.num_heads, -1, -1)
            kind = 2
            if key_padding_mask is not None:
                padding = key_padding_mask.view(batch, 1, 1, length).expand(-1, self.num_heads, -1, -1)
                both = np.logical_or if merged.dtype == np.bool_ else np.add
                merged = tensor_of(both(np.asarray(merged), np.asarray(padding)))
        return merged, kind

    def expected_of(self, query: Any = None, key: Any = None, value: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        form = "(N, L, {})" if self.batch_first else "(L, N, {})"
        sizes = ", ".join(f"{name} {form.format(n)}" for name, n in (
            ("query", self.embed_dim), ("key", self.kdim), ("value", self.vdim)))
        return {"expected": sizes, "got": "; ".join(map(describe, (query, key, value)))}
