"""Tensors repeated: as a whole, or element by element."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import type_name, wrap_dim
from ..engine.op import apply, method, op
from ..engine.tensor import Tensor
from .gathering import index_select
from .shape import as_ints, reshape

__all__ = ["repeat_interleave", "tile"]

ndarray = np.ndarray


def _doubled(shape: tuple, repeats: tuple) -> tuple[tuple, tuple]:
    """(r0, n0, r1, n1, ...) and the positions of the r: the form in which a repeated dim is two."""
    shape = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    return tuple(n for pair in zip(repeats, shape) for n in pair), tuple(range(0, 2 * len(repeats), 2))


@op(lambda g, y, x, repeats: g.reshape(_doubled(x.shape, repeats)[0]).sum(axis=_doubled(x.shape, repeats)[1]).reshape(
    x.shape), name="repeat", register=False, method=False)
def _repeat(input: Any, repeats: tuple) -> ndarray:
    form, axes = _doubled(input.shape, repeats)
    single = tuple(1 if i in axes else n for i, n in enumerate(form))
    shape = tuple(r * n for r, n in zip(form[::2], form[1::2]))
    return np.broadcast_to(input.reshape(single), form).reshape(shape)


_REPEAT = _repeat.op  # type: ignore[attr-defined]


@method()
def repeat(self: Tensor, *repeats: Any, **named: Any) -> Tensor:
    """The tensor laid out `repeats[i]` times along each dim; more repeats than dims add dims in front.

    As torch.Tensor.repeat (NumPy's `repeat` is `repeat_interleave`).
    """
    if "axis" in named:
        return repeat_interleave(self, *repeats, dim=named["axis"])
    given = repeats[0] if repeats and isinstance(repeats[0], (tuple, list)) else repeats or named.get("repeats")
    if given is None:
        raise TypeError('repeat() missing 1 required positional arguments: "repeats"')
    counts = as_ints(given)
    if len(counts) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if any(n < 0 for n in counts):
        shape = (1,) * (len(counts) - self.ndim) + tuple(self.shape)
        sizes = [n * r for n, r in zip(shape, counts)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}")
    return apply(_REPEAT, (self, counts))


@method()
def tile(input: Any, *counts: Any, dims: Any = None) -> Any:
    """`repeat` that takes fewer numbers than dims (`tile(x, (2, 3))`): those are for the last dims.  As torch.tile."""
    counts = as_ints(dims if dims is not None else counts[0] if len(counts) == 1 else counts)
    counts = (1,) * (input.ndim - len(counts)) + counts
    if any(n < 0 for n in counts):
        return repeat(input, counts)
    return apply(_REPEAT, (input, counts))


@op(lambda g, y, x, count, dim: g.reshape((*x.shape[:dim + 1], count, *x.shape[dim + 1:])).sum(axis=dim + 1),
    name="repeat_interleave", register=False, method=False, node="ViewBackward0")
def _repeat_each(input: Any, count: int, dim: int) -> ndarray:
    return input.repeat(count, dim)


_REPEAT_EACH = _repeat_each.op  # type: ignore[attr-defined]


@method()
def repeat_interleave(input: Any, repeats: Any = None, dim: int | None = None, *,
                      output_size: int | None = None) -> Any:
    """Each slice of `dim` repeated in place: `repeats` times, or repeats[i] times.  As torch.repeat_interleave.

    Without `dim` the elements of the flattened input.  With one argument, a vector of counts: the index i repeats[i]
    times.  output_size: the length that results, checked.
    """
    if repeats is None:
        counts = input
        return _from_counts(counts, output_size) if not isinstance(counts, Tensor) else _from_counts(
            counts.detach(), output_size)
    if dim is None:
        input, dim = reshape(input, (-1,)), 0
    elif not input.ndim:
        input = reshape(input, (1,))
    dim = wrap_dim(operator.index(dim), input.ndim)
    if isinstance(repeats, ndarray) and repeats.size == 1 or isinstance(repeats, (list, tuple)) and len(repeats) == 1:
        repeats = _checked_counts(repeats).item()
    if isinstance(repeats, (int, np.integer)):
        if repeats < 0:
            raise RuntimeError("Repeats must be non-negative")
        _check_output_size(output_size, int(repeats) * input.shape[dim])
        return apply(_REPEAT_EACH, (input, int(repeats), dim))
    counts = _checked_counts(repeats)
    if len(counts) != input.shape[dim]:
        raise RuntimeError(f"repeats must have the same size as input along dim, but got repeats.size(0) = "
                           f"{len(counts)} and input.size({dim}) = {input.shape[dim]}")
    return index_select(input, dim, _from_counts(counts, output_size))


def _checked_counts(repeats: Any) -> ndarray:
    counts = np.asarray(repeats.detach() if isinstance(repeats, Tensor) else repeats)
    if counts.dtype.kind not in "iu" or counts.dtype.itemsize < 4:
        raise NotImplementedError(f'"repeat_interleave_cpu" not implemented for \'{type_name(counts.dtype)}\'')
    if counts.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    return counts


def _check_output_size(output_size: int | None, size: int) -> None:
    if output_size is not None and output_size != size:
        raise RuntimeError("allocated size does not match required size")


def _from_counts(repeats: Any, output_size: int | None) -> Any:
    """The numbers 0, 1, ... each as often as `repeats` says."""
    counts = _checked_counts(repeats)
    if counts.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    index = np.repeat(np.arange(len(counts), dtype=counts.dtype), counts)
    _check_output_size(output_size, len(index))
    return index.view(Tensor) if isinstance(repeats, Tensor) else index
