"""Transformers: encoders, decoders, and both together."""
from __future__ import annotations

import copy
import warnings
from typing import Any, Callable

import numpy as np

from ..._types import as_dtype, check_device, default_dtype
from ...engine.tape import mode
from ...engine.tensor import Tensor, plain, tensor_of
from ...ops.attention import causal_bias
from .. import functional as F
from .. import init
from ..functional.attention import as_bias
from .activation import GELU, ReLU
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = ["Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
           "TransformerEncoderLayer"]

Activation = str | Callable[[Any], Any]


def _get_activation_fn(given: Activation) -> Callable[[Any], Any]:
    """The function an argument `activation` stands for."""
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {given}")
    return getattr(F, given)


def _get_clones(module: Any, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(module) for _ in range(count)])


def _is_causal(mask: Any, told: bool | None, layer: Any, x: Any) -> bool:
    """Whether the mask is the causal one: as told, or where nothing is told by a look at it."""
    if told is not None or mask is None:
        return told is True
    if x.dim() == 2:
        length = x.shape[0]
    else:
        length = x.shape[1 if layer.self_attn.batch_first else 0]
    if tuple(mask.shape) != (length, length):
        return False
    causal = causal_bias(length, length, np.dtype(np.float32))
    return bool((plain(mask) == (causal if mask.dtype != np.bool_ else causal < 0)).all())


class _Layer(Module):
    """What the layers of encoder and decoder share: linear1, dropout, linear2, as many norms and dropouts as blocks."""
    self_attn: Any
    activation: Any

    def _add_blocks(self, count: int, d_model: int, dim_feedforward: int, dropout: float, layer_norm_eps: float,
                    norm_first: bool, bias: bool, kind: dict) -> None:
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **kind)
        self.norm_first = norm_first
        for i in range(count):
            setattr(self, f"norm{i + 1}", LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kind))
        for i in range(count):
            setattr(self, f"dropout{i + 1}", Dropout(dropout))

    def _attend(self, attention: Any, x: Any, source: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        return attention(x, source, source, attn_mask=mask, key_padding_mask=padding, is_causal=is_causal,
                         need_weights=False)[0]

    def _feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _through(self, x: Any, *blocks: Callable[[Any], Any]) -> Any:
        """Each block beside a way past it, normalized before (norm_first) or after."""
        for i, block in enumerate(blocks, 1):
            norm, dropout = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
            x = x + dropout(block(norm(x))) if self.norm_first else norm(x + dropout(block(x)))
        return x


class TransformerEncoderLayer(_Layer):
    """Self-attention and a feed-forward net, each beside a way past it.

        x = norm1(x + dropout1(self_attn(x)))
        x = norm2(x + dropout2(linear2(dropout(activation(linear1(x))))))

    Args:
        d_model: features of input and result.  nhead: heads of the attention.  dim_feedforward: features in between.
        dropout: how much is dropped while training, of the attention's weights too.  activation: "relu", "gelu" or a
            function.  layer_norm_eps: eps of the norms.  batch_first: tensors are (N, L, E) instead of (L, N, E).
        norm_first: x = x + dropout1(self_attn(norm1(x))) and so on, instead.  bias: learn the biases.

    As torch.nn.TransformerEncoderLayer.
    """
    norm1: Any
    norm2: Any

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        kind = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **kind)
        self._add_blocks(2, d_model, dim_feedforward, dropout, layer_norm_eps, norm_first, bias, kind)
        self.activation = _get_activation_fn(activation)

    @property
    def activation_relu_or_gelu(self) -> int:
        """1: the activation is relu, 2: gelu, 0: another."""
        for number, (function, layer) in enumerate(((F.relu, ReLU), (F.gelu, GELU)), 1):
            if self.activation is function or isinstance(self.activation, layer):
                return number
        return 0

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """(L, N, E) -> (L, N, E).  src_mask (L, L), src_key_padding_mask (N, L): True hides, numbers are added.

        is_causal: src_mask is the causal mask.
        """
        padding = as_bias(src_key_padding_mask, "src_key_padding_mask", src_mask, "src_mask", src.dtype)
        mask = as_bias(src_mask, "src_mask", None, "", src.dtype)
        return self._through(src, lambda x: self._attend(self.self_attn, x, x, mask, padding, is_causal),
                             self._feed_forward)


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to a memory and a feed-forward net, each beside a way past it.

        x = norm1(x + dropout1(self_attn(x)))
        x = norm2(x + dropout2(multihead_attn(x, memory)))
        x = norm3(x + dropout3(linear2(dropout(activation(linear1(x))))))

    Arguments as TransformerEncoderLayer.  As torch.nn.TransformerDecoderLayer.
    """
    multihead_attn: Any

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        kind = {"device": device, "dtype": dtype}
        for name in ("self_attn", "multihead_attn"):
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **kind))
        self._add_blocks(3, d_model, dim_feedforward, dropout, layer_norm_eps, norm_first, bias, kind)
        self.activation = _get_activation_fn(activation)

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None,
                tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: bool = False,
                memory_is_causal: bool = False) -> Any:
        """tgt (T, N, E), memory (S, N, E) -> (T, N, E).

        tgt_mask (T, T), memory_mask (T, S), tgt_key_padding_mask (N, T), memory_key_padding_mask (N, S): True hides,
        numbers are added.  tgt_is_causal, memory_is_causal: that mask is the causal one.
        """
        return self._through(
            tgt,
            lambda x: self._attend(self.self_attn, x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal),
            lambda x: self._attend(self.multihead_attn, x, memory, memory_mask, memory_key_padding_mask,
                                   memory_is_causal),
            self._feed_forward)


# ------------------------------------------------------------------ stacks of layers

def _why_not_nested(layer: Any) -> str:
    """What keeps torch from leaving padding out in evaluation with such layers; empty where nothing does."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        "encoder_layer.norm_first was True": layer.norm_first,
        "encoder_layer.self_attn.batch_first was not True(use batch_first for better inference performance)":
            not attention.batch_first,
        "encoder_layer.self_attn._qkv_same_embed_dim was not True": not attention._qkv_same_embed_dim,
        "encoder_layer.self_attn was passed bias=False": attention.in_proj_bias is None,
        "encoder_layer.activation_relu_or_gelu was not True": not layer.activation_relu_or_gelu,
        "encoder_layer.norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        "encoder_layer.self_attn.num_heads is odd": attention.num_heads % 2 == 1}
    return next((reason for reason, holds in reasons.items() if holds), "")


class TransformerEncoder(Module):
    """Copies of an encoder layer, one after the other, and a norm.

    Args:
        encoder_layer: copied num_layers times.  norm: applied at the end, or None.
        enable_nested_tensor, mask_check: where torch, in evaluation, computes without the padding that
            src_key_padding_mask hides (when the layers allow it), the result has zeros there; so here.  mask_check:
            only where all padding is at the end.

    As torch.nn.TransformerEncoder.
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None,
                 enable_nested_tensor: bool = True, mask_check: bool = True) -> None:
        self.layers = _get_clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = self.use_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = _why_not_nested(encoder_layer)
        if enable_nested_tensor and reason:
            warnings.warn(f"enable_nested_tensor is True, but self.use_nested_tensor is False because {reason}",
                          stacklevel=2)
            self.use_nested_tensor = False

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None,
                is_causal: bool | None = None) -> Any:
        """(L, N, E) -> (L, N, E).  mask (L, L), src_key_padding_mask (N, L): True hides, numbers are added.

        is_causal: whether mask is the causal one; None: by a look at it.
        """
        padding = as_bias(src_key_padding_mask, "src_key_padding_mask", mask, "mask", src.dtype)
        mask = as_bias(mask, "mask", None, "", src.dtype)
        padded = self._left_out(src, mask, padding)
        if padded is not None:
            padding = as_bias(tensor_of(padded), "", None, "", src.dtype)
        is_causal = _is_causal(mask, is_causal, self.layers[0], src)
        output = src
        for layer in self.layers:
            output = layer(output, src_mask=mask, is_causal=is_causal, src_key_padding_mask=padding)
        if padded is not None:
            output = output.masked_fill(tensor_of(padded[..., None]), 0.0)
        return output if self.norm is None else self.norm(output)

    def _left_out(self, src: Any, mask: Any, padding: Any) -> Any:
        """What of the input is padding that torch would leave out, (N, L); None where it leaves nothing out."""
        if (not self.use_nested_tensor or padding is None or mask is not None or src.dim() != 3
                or _why_not_nested(self.layers[0]) or self.layers[0].training):
            return None
        if mode.grad and (src.requires_grad or any(p.requires_grad for p in self.parameters())):
            return None
        hidden = plain(padding) != 0
        behind = np.arange(hidden.shape[1]) >= (~hidden).sum(1)[:, None]
        return None if self.mask_check and (hidden != behind).any() else behind


class TransformerDecoder(Module):
    """Copies of a decoder layer, one after the other, and a norm.

    Args: decoder_layer: copied num_layers times.  norm: applied at the end, or None.

    As torch.nn.TransformerDecoder.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = _get_clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None,
                tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
                tgt_is_causal: bool | None = None, memory_is_causal: bool = False) -> Any:
        """As TransformerDecoderLayer; tgt_is_causal None: by a look at tgt_mask."""
        tgt_is_causal = _is_causal(tgt_mask, tgt_is_causal, self.layers[0], tgt)
        output = tgt
        for layer in self.layers:
            output = layer(output, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                           tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
                           tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal)
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder, and a decoder that attends to what it found.

    Args:
        num_encoder_layers, num_decoder_layers: how many layers.
        custom_encoder, custom_decoder: modules in their place.
        The rest as TransformerEncoderLayer.

    Weights begin as xavier_uniform_.  As torch.nn.Transformer.
    """

    def __init__(self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
                 dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
                 custom_encoder: Any = None, custom_decoder: Any = None, layer_norm_eps: float = 1e-5,
                 batch_first: bool = False, norm_first: bool = False, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        options = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        kind = {"device": device, "dtype": dtype}

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **kind)
        self.encoder = custom_encoder if custom_encoder is not None else TransformerEncoder(
            TransformerEncoderLayer(*options, **kind), num_encoder_layers, norm())
        self.decoder = custom_decoder if custom_decoder is not None else TransformerDecoder(
            TransformerDecoderLayer(*options, **kind), num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.ndim > 1:
                init.xavier_uniform_(p)

    def forward(self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None,
                src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None,
                memory_key_padding_mask: Any = None, src_is_causal: bool | None = None,
                tgt_is_causal: bool | None = None, memory_is_causal: bool = False) -> Any:
        """src (S, N, E), tgt (T, N, E) -> (T, N, E); masks as in encoder and decoder."""
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask,
                            tgt_key_padding_mask=tgt_key_padding_mask, memory_key_padding_mask=memory_key_padding_mask,
                            tgt_is_causal=tgt_is_causal, memory_is_causal=memory_is_causal)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """(sz, sz) of 0 where a position may see, itself and what is before it, and -inf elsewhere."""
        check_device(device)
        kind = default_dtype() if dtype is None else as_dtype(dtype)
        return tensor_of(np.array(causal_bias(sz, sz, kind)))
