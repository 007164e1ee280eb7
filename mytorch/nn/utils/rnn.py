"""Sequences of unequal length for recurrent layers: torch.nn.utils.rnn.

    pad_sequence / unpad_sequence                   a list of (L_i, *)   <->  (L, B, *) and the lengths
    pack_padded_sequence / pad_packed_sequence      (L, B, *) and lengths  <->  PackedSequence
    pack_sequence / unpack_sequence                 a list of (L_i, *)   <->  PackedSequence
"""
from __future__ import annotations

from typing import Any, Iterable

import numpy as np

from ..._types import type_name
from ...engine.tensor import Tensor, plain, tensor_of
from ...ops.packing import pack_steps, pad_rows, pad_steps
from ...ops.shape import transpose
from ..packed import PackedSequence, PackedSequence_, invert_permutation

__all__ = ["PackedSequence", "PackedSequence_", "invert_permutation", "pack_padded_sequence", "pack_sequence",
           "pad_packed_sequence", "pad_sequence", "unpack_sequence", "unpad_sequence"]


# ------------------------------------------------------------------ packed and padded

def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False,
                         enforce_sorted: bool = True) -> PackedSequence:
    """Take the padding out.

    Args:
        input: (L, B, *); (B, L, *) if batch_first.  lengths: those of the B sequences, a list or tensor.
        enforce_sorted: the longest sequence comes first, and so on; False: they are sorted here.
    Raises:
        RuntimeError: lengths are not sorted, not B, or not positive.

    As torch.nn.utils.rnn.pack_padded_sequence.
    """
    counts = np.asarray(lengths).astype(np.int64)
    order = None
    if not enforce_sorted:
        order = tensor_of(counts).sort(descending=True)[1]
        counts = counts[plain(order)]
        input = input.index_select(0 if batch_first else 1, order)
    steps = transpose(input, 0, 1) if batch_first else input
    sizes = _batch_sizes(steps, counts)
    return PackedSequence(pack_steps(steps, tuple(sizes.tolist())), tensor_of(sizes), order)


def _batch_sizes(steps: Any, lengths: np.ndarray) -> np.ndarray:
    """How many sequences reach each step."""
    if not steps.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    if lengths.ndim != 1:
        raise RuntimeError(f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D cpu "
                           f"{type_name(lengths.dtype)} tensor")
    transpose(steps, 0, 1)  # needs two dimensions
    batch = steps.shape[1]
    if len(lengths) != batch:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} "
                           f"(batch_size={batch})")
    if (lengths <= 0).any():
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is "
                           "<= 0")
    if (np.diff(lengths) > 0).any():
        raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can "
                           "pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
                           "requirement if you do not need ONNX exportability.")
    return (lengths > np.arange(lengths[0])[:, None]).sum(1)


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:
    """(the sequences padded to the longest, or to total_length; their lengths).

    The first is (L, B, *), with batch_first (B, L, *).  Raises ValueError where total_length is too short.

    As torch.nn.utils.rnn.pad_packed_sequence.
    """
    sizes = plain(sequence.batch_sizes)
    steps, batch = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError("Expected total_length to be at least the length of the longest sequence in input, but "
                             f"got total_length={total_length} and max sequence length being {steps}")
        steps = total_length
    padded = pad_steps(sequence.data, tuple(sizes.tolist()), steps, padding_value, batch)
    lengths = tensor_of((sizes > np.arange(batch)[:, None]).sum(1))
    if batch_first:
        padded = transpose(padded, 0, 1)
    order = sequence.unsorted_indices
    if order is not None:
        return padded.index_select(0 if batch_first else 1, order), lengths[order]
    return padded, lengths


# ------------------------------------------------------------------ lists and padded

def pad_sequence(sequences: Iterable, batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Tensor:
    """Sequences (L_i, *) in one tensor (L, B, *), with batch_first (B, L, *), padded to the longest.

    padding_side: "right" pads behind the sequences, "left" in front of them.

    As torch.nn.utils.rnn.pad_sequence.
    """
    if not hasattr(sequences, "__iter__"):
        raise RuntimeError("pad_sequence: Expected iterable for input sequences, but got arg of type: "
                           f"{type(sequences)}")
    given = list(sequences)
    if not given:
        raise RuntimeError("received an empty list of sequences")
    for i, x in enumerate(given):
        if not isinstance(x, np.ndarray):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
        if not x.ndim:
            raise RuntimeError("ArrayRef: invalid slice, N = 1; size = 0")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    return pad_rows(given, padding_value, padding_side == "left", batch_first)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences in (L, B, *), with batch_first (B, L, *), without their padding."""
    rows = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    reached = np.arange(rows.shape[1]) < np.asarray(lengths)[:, None]
    return [row[tensor_of(inside)] for row, inside in zip(rows, reached)]


def pack_sequence(sequences: Iterable, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (L_i, *); see `pack_padded_sequence`.  As torch.nn.utils.rnn.pack_sequence."""
    given = list(sequences)
    return pack_padded_sequence(pad_sequence(given), [len(x) for x in given], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The packed sequences, one by one.  As torch.nn.utils.rnn.unpack_sequence."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
