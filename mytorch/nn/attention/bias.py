"""Causal masks of attention whose queries and keys differ in number: torch.nn.attention.bias."""
from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from ...engine.tensor import tensor_of

__all__ = ["CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """In which corner the diagonal of a causal mask lies."""
    UPPER_LEFT = 1
    LOWER_RIGHT = 2


def _mask(queries: int, keys: int, shift: int) -> Any:
    return tensor_of(np.tri(queries, keys, shift, bool))


def causal_upper_left(*size: int) -> Any:
    """The mask (queries, keys), True where key <= query: the first query sees the first key.

    As torch.nn.attention.bias.causal_upper_left, as a tensor of bools.
    """
    if len(size) != 2:
        raise AssertionError("causal_upper_left only supports 2D tensors")
    return _mask(*size, 0)


def causal_lower_right(*size: int) -> Any:
    """The mask (queries, keys) whose last query sees the last key.

    As torch.nn.attention.bias.causal_lower_right, as a tensor of bools.
    """
    if len(size) != 2:
        raise AssertionError("causal_lower_right only supports 2D tensors")
    return _mask(*size, size[1] - size[0])
