"""Bags: rows of a table, added up, averaged or their maximum taken; and one-hot vectors."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..._types import Size
from ..._warnings import warn
from ...engine.op import op, tensor_type
from ...engine.tensor import Tensor, plain, tensor_of
from .table import embedding, renormalize_rows

__all__ = ["embedding_bag", "one_hot"]

ndarray = np.ndarray
_AT = " (while checking arguments for embedding_bag)"


@op(lambda g, y, rows, bags, count: np.take(g, bags, 0), method=False, register=False, node="EmbeddingBagBackward0")
def _bag_sums(rows: ndarray, bags: ndarray, count: int) -> ndarray:
    """Each row (K, D) added to its bag: (count, D)."""
    if count * len(bags) > 1 << 20:                      # a product with ones and zeros is fast while it is small
        found = np.zeros((count, rows.shape[1]), rows.dtype)
        np.add.at(found, bags, rows)
        return found
    hot = np.zeros((count, len(bags)), rows.dtype)
    hot[bags, np.arange(len(bags))] = 1
    return np.dot(hot, rows)


@op(lambda g, y, rows, best, full, count: _bag_picks(g, best, full), method=False, register=False)
def _put_picks(rows: ndarray, best: ndarray, full: ndarray, count: int) -> ndarray:
    """A table of `count` rows with each number of `rows` added where `_bag_picks` took it from."""
    found = np.zeros((count, rows.shape[1]), rows.dtype)
    np.add.at(found, (best, np.arange(rows.shape[1])), np.where(full, rows, 0))
    return found


@op(lambda g, y, w, best, full: _put_picks(g, best, full, w.shape[0]), method=False, register=False,
    node="EmbeddingBagBackward0")
def _bag_picks(weight: ndarray, best: ndarray, full: ndarray) -> ndarray:
    """weight[best[b, d], d], and 0 where bag b is empty."""
    return np.where(full, weight[best, np.arange(weight.shape[1])], weight.dtype.type(0))


def maxima(table: ndarray, indices: ndarray, bags: ndarray, count: int) -> tuple[ndarray, ndarray]:
    """Per bag and column which row of the table is largest, the first among equals; and which bags are not empty."""
    best = np.zeros((count, table.shape[1]), np.int64)
    full = np.zeros(count, bool)
    for index, bag in zip(indices.tolist(), bags.tolist()):
        if full[bag]:
            better = table[index] > table[best[bag], np.arange(table.shape[1])]
            best[bag, better] = index
        else:
            best[bag], full[bag] = index, True
    return best, full


def _check_shapes(input: Any, weight: Any, offsets: Any, per_sample_weights: Any) -> None:
    if per_sample_weights is not None and tuple(input.shape) != tuple(per_sample_weights.shape):
        raise ValueError(f"embedding_bag: If per_sample_weights ({Size(per_sample_weights.shape)}) is not None, then "
                         f"it must have the same shape as the input ({Size(input.shape)})")
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2 and offsets is not None:
        raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
                         f"length sequences. However, found offsets of type <class 'torch.{type(offsets).__name__}'>")
    if input.ndim == 1 and not isinstance(offsets, (Tensor, ndarray)):
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if input.ndim == 1 and offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if input.ndim not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")


def _check_options(mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Any) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if sparse:
        raise NotImplementedError("embedding_bag: sparse gradients (sparse=True)")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError("embedding_bag: per_sample_weights was not None. per_sample_weights is only "
                                  f"supported for mode='sum' (got mode='{mode}'). "
                                  "Please open a feature request on GitHub.")


def _check_types(indices: ndarray, weight: Any, offsets: ndarray, per_sample_weights: Any) -> None:
    for array in (indices, offsets):
        if array.dtype not in (np.int64, np.int32):
            raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following scalar types: "
                               f"Long, Int; but got {tensor_type(array)} instead{_AT}")
    if weight.dtype.kind not in "fV":
        raise RuntimeError("Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, "
                           f"BFloat16, Float, Double; but got {tensor_type(weight)} instead{_AT}")
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError("Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
                           f"'per_sample_weights'; but type {tensor_type(weight)} does not equal "
                           f"{tensor_type(per_sample_weights)}{_AT}")


def _check_range(indices: ndarray, weight: Any, mode: str, padding_idx: int | None) -> None:
    rows = weight.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got "
                           f"{padding_idx}")
    wrong = np.nonzero((indices < 0) | (indices >= rows))[0]
    if wrong.size and mode != "max" and weight.dtype == np.float32:       # another kernel of torch's, another text
        raise RuntimeError(f"Index {wrong[0]} of input takes value {indices[wrong[0]]} which is not in the valid range "
                           f"[0, {rows})")
    if wrong.size:
        raise RuntimeError("embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be "
                           f"{indices[wrong[0]]}")


def bags_of(count: int, offsets: ndarray, include_last_offset: bool) -> tuple[ndarray, int]:
    """To which bag each of `count` indices belongs, and how many bags there are."""
    if include_last_offset and not offsets.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if offsets.size and offsets[0] != 0:
        raise RuntimeError("offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
                           f"position 0. However, got {offsets[0]}\n[ torch.LongTensor{{}} ]")
    if offsets.size and offsets[-1] > count:
        raise RuntimeError(f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of "
                           f"{offsets[-1]}")
    offsets = offsets[:-1] if include_last_offset else offsets
    return np.searchsorted(offsets, np.arange(count), "right") - 1, len(offsets)


def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2,
                  scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
                  per_sample_weights: Any = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> Any:
    """The sum, mean or maximum of rows of a table.

        y_b = sum over i in bag b of per_sample_weights_i * weight[input_i]

    Args:
        input: row numbers, (B, K) for B bags of K; or (*,) for bags one behind the other.  weight: (V, D).
        offsets: where in a 1-D input each bag begins, (B,); include_last_offset: (B + 1,), the last is where all end.
        max_norm, norm_type: as `embedding`.  scale_grad_by_freq: divide a row's gradient by how often it occurs.
        mode: "sum", "mean" or "max".  per_sample_weights: shaped as input, "sum" only.
        padding_idx: a row that does not count.
    Returns: (B, D); zeros for an empty bag.

    As torch.nn.functional.embedding_bag.
    """
    if getattr(weight, "dtype", None) == np.int64 and input.dtype.kind in "fV":
        warn("Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, "
             "...)` is deprecated, and should now be `embedding_bag(input, weight, ...)`.")
        weight, input = input, weight
    _check_shapes(input, weight, offsets, per_sample_weights)
    _check_options(mode, scale_grad_by_freq, sparse, per_sample_weights)
    given = np.asarray(plain(input))
    indices = given.reshape(-1)
    starts = np.asarray(plain(offsets)) if given.ndim == 1 else np.arange(given.shape[0]) * given.shape[1]
    _check_types(indices, weight, starts, per_sample_weights)
    _check_range(indices, weight, mode, padding_idx)
    if given.ndim == 2 and given.shape[1] == 0:
        bags, count = np.zeros(0, np.int64), given.shape[0]
    else:
        bags, count = bags_of(len(indices), starts, include_last_offset and given.ndim == 1)
    if max_norm is not None:
        renormalize_rows(weight, indices, max_norm, norm_type)
    weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if padding_idx is not None:
        kept = np.nonzero(indices != padding_idx % weight.shape[0])[0]
        indices, bags, weights = indices[kept], bags[kept], None if weights is None else weights[kept]
    return _reduced(weight, indices, bags, count, mode, scale_grad_by_freq, weights)


def _reduced(weight: Any, indices: ndarray, bags: ndarray, count: int, mode: str, by_freq: bool, weights: Any) -> Any:
    """The bags (count, D), from the rows that count and the bag each of them is in."""
    if mode == "max":
        best, full = maxima(np.asarray(plain(weight)), indices, bags, count)
        return _bag_picks(weight, best, full[:, None])
    found = embedding(tensor_of(indices), weight, scale_grad_by_freq=by_freq)          # (K, D)
    if weights is not None:
        found = found * weights[:, None]
    if mode == "mean":
        sizes = np.maximum(np.bincount(bags, minlength=count), 1).astype(weight.dtype)
        found = found * tensor_of((1 / sizes[bags])[:, None].astype(weight.dtype))
    return _bag_sums(found, bags, count)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """1 at each class number, 0 elsewhere: (*) -> (*, num_classes), int64; -1: as many classes as needed.

    As torch.nn.functional.one_hot.
    """
    given = np.asarray(plain(tensor))
    if given.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not given.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return tensor_of(np.zeros((*given.shape, num_classes), np.int64))
    if given.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(given.max()) + 1
    elif num_classes <= given.max():
        raise RuntimeError("Class values must be smaller than num_classes.")
    found = np.zeros((*given.shape, num_classes), np.int64)
    np.put_along_axis(found, given[..., None], 1, -1)
    return tensor_of(found)
