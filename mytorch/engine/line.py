"""Small arrays side by side in memory: who changes all of them can do so as one line of numbers."""
from __future__ import annotations

import math
import threading
from typing import Sequence

import numpy as np

from .versions import owner

__all__ = ["SMALL", "in_line", "line_of"]

ndarray = np.ndarray

SMALL = 8192  # elements; larger ones are worth NumPy's calls by themselves
BLOCK = 1 << 18  # bytes

_blocks: dict[np.dtype, tuple[memoryview, int]] = {}  # for each type the memory being filled, and how far it is
_filling = threading.Lock()


def in_line(shape: Sequence[int], dtype: np.dtype) -> ndarray:
    """An array whose numbers are undefined: a small one beside the one made before it, if that was of its type."""
    count = math.prod(shape)
    if not 0 < count <= SMALL:
        return np.empty(shape, dtype)
    size = count * dtype.itemsize
    with _filling:
        block, start = _blocks.get(dtype, (memoryview(b""), 0))
        if start + size > len(block):
            block, start = memoryview(bytearray(BLOCK)), 0
        _blocks[dtype] = block, start + size
    return np.frombuffer(block, dtype, count, start).reshape(shape)


def line_of(arrays: Sequence[ndarray]) -> ndarray | None:
    """All the numbers of `arrays` as one array over their memory; None if they do not stand side by side in it."""
    block = _block(arrays[0])
    if block is None:
        return None
    start = at = _address(arrays[0])
    for array in arrays:
        if _block(array) is not block or _address(array) != at or not array.flags.c_contiguous:
            return None
        at += array.nbytes
    dtype = arrays[0].dtype
    return np.frombuffer(block, dtype, (at - start) // dtype.itemsize, start - _address(np.frombuffer(block, np.uint8)))


def _block(array: ndarray) -> bytearray | None:
    """The memory that `array` was given by `in_line`."""
    memory = owner(array).base
    return memory.obj if isinstance(memory, memoryview) and isinstance(memory.obj, bytearray) else None


def _address(array: ndarray) -> int:
    return array.__array_interface__["data"][0]
