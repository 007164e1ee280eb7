"""Broadcasting: one element in many places, without a copy."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Size, type_name
from ..engine.op import method, op
from ..engine.tensor import Tensor
from .shape import as_ints

__all__ = ["broadcast_shapes", "broadcast_tensors", "broadcast_to"]

ndarray = np.ndarray


def spread(x: ndarray, shape: tuple[int, ...]) -> ndarray:
    """`x` repeated to `shape` without copying, read-only: several places are one in memory."""
    if x.size and x.flags.c_contiguous and x.dtype.kind != "V":
        extra = len(shape) - x.ndim
        strides = (0,) * extra + tuple(0 if n == 1 else s for n, s in zip(x.shape, x.strides))
        y = ndarray(shape, x.dtype, x, 0, strides)  # 5 times as fast as np.broadcast_to
        y.flags.writeable = False
        return y
    return np.broadcast_to(x, shape)


def expanded_shape(x: ndarray, size: tuple[int, ...]) -> tuple[int, ...]:
    """`size` with each -1 replaced by the size `x` has there; raises where torch's expand does."""
    extra = len(size) - x.ndim
    if extra < 0:
        raise RuntimeError(f"expand(torch.{type_name(x.dtype)}Tensor{{{list(x.shape)}}}, size={list(size)}): the "
                           f"number of sizes provided ({len(size)}) must be greater or equal to the number of "
                           f"dimensions in the tensor ({x.ndim})")
    shape = list(size)
    for i in range(len(size) - 1, -1, -1):
        wanted = size[i]
        if i < extra:
            if wanted < 0:
                raise RuntimeError(f"The expanded size of the tensor ({wanted}) isn't allowed in a leading, "
                                   f"non-existing dimension {i}")
            continue
        have = x.shape[i - extra]
        if wanted == -1:
            shape[i] = have
        elif have != wanted and (have != 1 or wanted < 0):
            raise RuntimeError(f"The expanded size of the tensor ({wanted}) must match the existing size ({have}) at "
                               f"non-singleton dimension {i}.  Target sizes: {list(size)}.  Tensor sizes: "
                               f"{list(x.shape)}")
    return tuple(shape)


@op(lambda g, y, x, size: g, view=True, variadic=1)
def expand(input: Any, size: Any) -> Any:
    """`input` with its dims of size one, and new ones in front, repeated without a copy; -1 keeps a size.

    As torch.Tensor.expand.  The result cannot be written to: several of its places are one in memory.
    """
    shape = expanded_shape(input, as_ints(size))
    return input[...] if shape == input.shape else spread(input, shape)


@method()
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """Expanded to the shape of `other`."""
    return expand(self, tuple(other.shape))


def broadcast_to(input: Any, size: Any) -> Any:
    """`input` expanded to `size`.  As torch.broadcast_to."""
    return expand(input, tuple(size))


@method("broadcast_to")
def _broadcast_to(self: Tensor, *size: Any, **named: Any) -> Tensor:
    """Expanded to `size`, which may be given number by number."""
    return self.expand(*size, **named)  # type: ignore[attr-defined]


def common_shape(shapes: Any) -> tuple[int, ...]:
    """The shape that all of these broadcast to."""
    result: list[int] = []
    for shape in shapes:
        result[:0] = [1] * (len(shape) - len(result))
        for i in range(1, len(shape) + 1):
            if result[-i] == 1:
                result[-i] = shape[-i]
            elif shape[-i] not in (1, result[-i]):
                raise RuntimeError(f"The size of tensor a ({result[-i]}) must match the size of tensor b ({shape[-i]}) "
                                   f"at non-singleton dimension {len(result) - i}")
    return tuple(result)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that all of these broadcast to; a number is a shape of one dim.  As torch.broadcast_shapes."""
    result: list[int] = []
    for i, given in enumerate(shapes):
        shape = as_ints(given)
        result[:0] = [1] * (len(shape) - len(result))
        for d in range(-1, -len(shape) - 1, -1):
            if shape[d] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if result[d] == 1:
                result[d] = shape[d]
            elif shape[d] not in (1, result[d]):
                raise RuntimeError(f"Attempting to broadcast a dimension of length {shape[d]} at {d}! Mismatching "
                                   f"argument at index {i} had {shape}; but expected shape should be broadcastable to "
                                   f"{result}")
    return Size(result)


def broadcast_tensors(*tensors: Any) -> tuple:
    """All tensors expanded to their common shape.  As torch.broadcast_tensors."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    shape = common_shape([x.shape for x in given])
    return tuple(x if x.shape == shape else expand(x, shape) for x in given)
