"""Tables that are looked up."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import plain
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .linear import empty
from .module import Module

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """A table `weight` of `num_embeddings` rows of `embedding_dim` numbers.

    `_shown` names what the repr tells, and the value with which it does not.
    """
    _shown: tuple[tuple[str, Any], ...]
    _padding_name = "padding_idx"     # torch writes the name in two ways

    def _make(self, rows: int, width: int, padding_idx: int | None, max_norm: float | None, norm_type: float,
              by_freq: bool, sparse: bool, weight: Any, **kind: Any) -> None:
        if sparse:
            raise NotImplementedError(f"{type(self).__name__}: sparse gradients (sparse=True)")
        if padding_idx is not None:
            if not -rows <= padding_idx < rows:
                raise AssertionError(f"{self._padding_name} must be within num_embeddings")
            padding_idx %= rows
        self.num_embeddings, self.embedding_dim, self.padding_idx = rows, width, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse = max_norm, norm_type, by_freq, sparse
        if weight is None:
            self.weight = empty(rows, width, **kind)
            self.reset_parameters()
        else:
            if tuple(weight.shape) != (rows, width):
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(weight)

    def reset_parameters(self) -> None:
        init.normal_(self.weight)
        if self.padding_idx is not None:
            plain(self.weight)[self.padding_idx] = 0

    def extra_repr(self) -> str:
        told = [f"{name}={getattr(self, name)!r}" for name, usual in self._shown if getattr(self, name) != usual]
        return ", ".join([f"{self.num_embeddings}, {self.embedding_dim}", *told])

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        if not isinstance(input, np.ndarray) or not input.size or input.dtype.kind not in "iu":
            return {}
        array = np.asarray(input)
        return {"expected": f"row numbers in [0, {self.num_embeddings})", "got": f"{array.min()} to {array.max()}",
                "do": f"use nn.{type(self).__name__}({max(array.max() + 1, self.num_embeddings)}, "
                      f"{self.embedding_dim}), or map the numbers into the table"}


def _size(rows: Any) -> tuple[int, int]:
    if rows.ndim != 2:
        raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
    return rows.shape


class Embedding(_Table):
    """A table of `num_embeddings` rows of `embedding_dim` numbers, looked up by row number.

    Args:
        padding_idx: a row of zeros that receives no gradient.
        max_norm, norm_type, scale_grad_by_freq: as nn.functional.embedding.  sparse: not supported.
    Shapes: input (*), weight (V, D), result (*, D).  Begins with N(0, 1).  As torch.nn.Embedding.
    """
    _shown = ("padding_idx", None), ("max_norm", None), ("norm_type", 2), ("scale_grad_by_freq", False)
    _padding_name = "Padding_idx"

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                 sparse: bool = False, _weight: Any = None, _freeze: bool = False, device: Any = None,
                 dtype: Any = None) -> None:
        self._make(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
                   _weight, device=device, dtype=dtype)
        self.weight.requires_grad_(not _freeze)

    def forward(self, input: Any) -> Any:
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
                           self.scale_grad_by_freq, self.sparse)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None,
                        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
                        sparse: bool = False) -> Embedding:
        """An Embedding of given rows (V, D); freeze: they are not learned."""
        return cls(*_size(embeddings), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze)


class EmbeddingBag(_Table):
    """Sums, means or maxima of rows of a table of `num_embeddings` rows of `embedding_dim` numbers.

    Args: as nn.functional.embedding_bag.
    Shapes: input (B, K), or (*,) with offsets (B,); weight (V, D); result (B, D).  Begins with N(0, 1).
    As torch.nn.EmbeddingBag.
    """
    _shown = (*Embedding._shown[1:], ("mode", ""), Embedding._shown[0])

    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
                 scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, _weight: Any = None,
                 include_last_offset: bool = False, padding_idx: int | None = None, device: Any = None,
                 dtype: Any = None) -> None:
        self._make(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
                   _weight, device=device, dtype=dtype)
        self.mode, self.include_last_offset = mode, include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return F.embedding_bag(input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq,
                               self.mode, self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, max_norm: float | None = None,
                        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
                        sparse: bool = False, include_last_offset: bool = False,
                        padding_idx: int | None = None) -> EmbeddingBag:
        """An EmbeddingBag of given rows (V, D); freeze: they are not learned."""
        made = cls(*_size(embeddings), max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
                   include_last_offset, padding_idx)
        made.weight.requires_grad_(not freeze)
        return made
