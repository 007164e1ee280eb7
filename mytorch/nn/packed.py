"""PackedSequence: sequences of unequal length, as recurrent layers take and give them."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..engine.tensor import plain, tensor_of

__all__ = ["PackedSequence", "invert_permutation"]


class PackedSequence_(NamedTuple):
    """The four fields of a PackedSequence."""
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(PackedSequence_):
    """Sequences of unequal length, step after step without padding, as recurrent layers take and give them.

    data: the elements, (sum of the lengths, *): those of the first step of all sequences, longest first, then those of
        the second step, and so on.
    batch_sizes: how many sequences reach each step; an int64 vector.
    sorted_indices: which sequence, of those given, stands first, second, ...; None: they were given in this order.
    unsorted_indices: the way back.

    Made by `pack_padded_sequence` and `pack_sequence`.  As torch.nn.utils.rnn.PackedSequence.
    """
    __module__ = "mytorch.nn.utils.rnn"  # where torch has it, and who unpickles looks for it

    def __new__(cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None,
                unsorted_indices: Any = None) -> PackedSequence:
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With `data` in another type, as Tensor.to; itself, where nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        return self.to(*args, device="cpu", **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        return self.to(*args, device="cuda", **kwargs)

    def double(self) -> PackedSequence:
        return self.to(np.float64)

    def float(self) -> PackedSequence:
        return self.to(np.float32)

    def half(self) -> PackedSequence:
        return self.to(np.float16)

    def long(self) -> PackedSequence:
        return self.to(np.int64)

    def int(self) -> PackedSequence:
        return self.to(np.int32)

    def short(self) -> PackedSequence:
        return self.to(np.int16)

    def char(self) -> PackedSequence:
        return self.to(np.int8)

    def byte(self) -> PackedSequence:
        return self.to(np.uint8)

    def pin_memory(self) -> PackedSequence:
        return type(self)(self.data.pin_memory(), *self[1:])

    @property
    def is_cuda(self) -> bool:
        return False

    def is_pinned(self) -> bool:
        return False


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes this one; None of None."""
    if permutation is None:
        return None
    order = plain(permutation)
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order), dtype=order.dtype)
    return tensor_of(inverse)
