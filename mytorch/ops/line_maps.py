"""Linear maps along lines: what padding, interpolation and pooling to a given size do to each dimension of an image.

Such a map makes `count` numbers of the `size` numbers on a line.  There are two: `Picks` takes numbers from places,
`Weights` adds some up, weighted.  Each goes forward, and back by its transpose; `mapped` and `unmapped` do so dimension
after dimension, and are each other's gradient, so that derivatives of any order come from these two.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.op import op
from ..engine.tensor import Tensor, plain, tensor_of

__all__ = ["Picks", "Weights", "mapped", "unmapped", "whole_numbers"]

ndarray = np.ndarray

#: How many numbers a matrix of a banded map is wide, or high, about.
_BLOCK = 64


class Picks:
    """y[o] = x[places[o]].

    A long run of neighbours, as in the middle of what is padded, goes as a slice; only the rest is looked up.
    """
    __slots__ = ("size", "count", "places", "run", "source", "_sorted")

    def __init__(self, places: ndarray, size: int) -> None:
        self.size, self.count, self.places = size, len(places), places
        self.run, self.source = self._longest_run()
        self._sorted: tuple | None = None

    def _longest_run(self) -> tuple[slice, slice]:
        """(of the results, of the line), where x is copied as it is; empty if that is not the most."""
        breaks = np.flatnonzero(np.diff(self.places) != 1) + 1
        starts, ends = [0, *breaks], [*breaks, self.count]
        i = int(np.argmax(np.subtract(ends, starts)))
        start, length = int(starts[i]), int(ends[i]) - int(starts[i])
        if 2 * length <= self.count or not self.count:
            return slice(0, 0), slice(0, 0)
        first = int(self.places[start])
        return slice(start, start + length), slice(first, first + length)

    def forward(self, x: ndarray, axis: int) -> ndarray:
        lead, run = (slice(None),) * axis, self.run
        if run.stop == 0:
            return x.take(self.places, axis)
        y = np.empty((*x.shape[:axis], self.count, *x.shape[axis + 1:]), x.dtype)
        y[(*lead, run)] = x[(*lead, self.source)]
        for part in (slice(0, run.start), slice(run.stop, self.count)):
            if part.start < part.stop:
                y[(*lead, part)] = x.take(self.places[part], axis)
        return y

    def back(self, g: ndarray, axis: int) -> ndarray:
        """Every number of g added where it was taken from: runs of the same place, one after the other."""
        rest, found, starts = self._sorted or self._sort()
        lead, run = (slice(None),) * axis, self.run
        sums: Any = 0
        if len(starts):
            sums = np.add.reduceat(g if rest is None else g.take(rest, axis), starts, axis, g.dtype)
            if run.stop == 0 and len(found) == self.size:
                return sums
        whole = np.zeros((*g.shape[:axis], self.size, *g.shape[axis + 1:]), g.dtype)
        whole[(*lead, self.source)] = g[(*lead, run)]
        if len(starts):
            whole[(*lead, found)] += sums
        return whole

    def _sort(self) -> tuple:
        """What is not in the run, by its place: (which results, their places, where each place begins)."""
        rest = np.r_[0:self.run.start, self.run.stop:self.count]
        rest = rest[np.argsort(self.places[rest], kind="stable")]
        found, starts = np.unique(self.places[rest], return_index=True)
        in_order = len(rest) == self.count and bool((rest == np.arange(self.count)).all())
        self._sorted = None if in_order else rest, found, starts
        return self._sorted


class Weights:
    """y[o] = sum_k weights[o, k] x[places[o, k]].

    A product with the matrix of the weights is the fastest way, in blocks of rows, as all but a band of it is zero.
    But 0 * inf is nan: where x is not finite, or the band is wide and almost empty, number k after number k is added.
    """
    __slots__ = ("size", "count", "weights", "picks", "blocks", "_cast")

    def __init__(self, places: ndarray, weights: ndarray, size: int) -> None:
        self.size, self.count, self.weights = size, len(places), weights
        self.picks = [Picks(np.ascontiguousarray(column), size) for column in places.T]
        self.blocks: list[tuple[slice, slice, ndarray]] | None = []   # (of the results, of the line, matrix)
        self._cast: dict = {}
        step = max(1, min(_BLOCK, _BLOCK * self.count // max(size, 1)))
        for start in range(0, self.count, step):
            rows = slice(start, min(start + step, self.count))
            low, high = int(places[rows].min()), int(places[rows].max()) + 1
            if high - low > 128 * places.shape[1]:
                self.blocks = None
                return
            matrix = np.zeros((rows.stop - start, high - low))
            np.add.at(matrix, (np.arange(rows.stop - start)[:, None], places[rows] - low), weights[rows])
            self.blocks.append((rows, slice(low, high), matrix))

    def _in(self, dtype: Any) -> tuple[Any, ndarray]:
        """(blocks, weights) in a type."""
        found = self._cast.get(dtype)
        if found is None:
            blocks = self.blocks and [(rows, line, matrix.astype(dtype)) for rows, line, matrix in self.blocks]
            found = self._cast[dtype] = (blocks, self.weights.astype(dtype))
        return found

    def forward(self, x: ndarray, axis: int) -> Any:
        blocks, weights = self._in(x.dtype)
        finite = bool(np.isfinite(np.add.reduce(x, None)))
        if blocks is None or not finite:
            return sum(_weighed(picks.forward(x, axis), weights[:, k], axis, finite)
                       for k, picks in enumerate(self.picks))
        y = np.empty((*x.shape[:axis], self.count, *x.shape[axis + 1:]), x.dtype)
        inside, outside = _matrices(x, axis), _matrices(y, axis)
        for rows, line, matrix in blocks:
            if axis == x.ndim - 1:
                np.matmul(inside[:, line], matrix.T, out=outside[:, rows])
            else:
                np.matmul(matrix, inside[:, line], out=outside[:, rows])
        return y

    def back(self, g: ndarray, axis: int) -> Any:
        blocks, weights = self._in(g.dtype)
        finite = bool(np.isfinite(np.add.reduce(g, None)))
        if blocks is None or not finite:
            return sum(picks.back(_weighed(g, weights[:, k], axis, finite), axis) for k, picks in enumerate(self.picks))
        x = np.zeros((*g.shape[:axis], self.size, *g.shape[axis + 1:]), g.dtype)
        inside, outside = _matrices(x, axis), _matrices(g, axis)
        done = 0
        for rows, line, matrix in blocks:
            last = axis == g.ndim - 1
            a, b = (outside[:, rows], matrix) if last else (matrix.T, outside[:, rows])
            if line.start >= done:      # the first here
                np.matmul(a, b, out=inside[:, line])
            else:
                inside[:, line] += np.matmul(a, b)
            done = line.stop
        return x


def _weighed(x: ndarray, weights: ndarray, axis: int, finite: bool) -> ndarray:
    """x times a number for each place along an axis; 0 times infinity is 0 here."""
    weights = weights.reshape((-1,) + (1,) * (x.ndim - axis - 1))
    if finite:
        return x * weights
    return np.multiply(x, weights, out=np.zeros(x.shape, x.dtype), where=weights != 0)


def _matrices(x: ndarray, axis: int) -> ndarray:
    """x as rows (-1, L) where the lines are its last dimension, else as matrices (-1, L, rest)."""
    length = x.shape[axis]
    if axis == x.ndim - 1:
        return x.reshape(x.size // length if length else 0, length)
    rest = math.prod(x.shape[axis + 1:])
    return x.reshape(math.prod(x.shape[:axis]), length, rest)


# ------------------------------------------------------------------ over the last dimensions of an image

def _mapped(x: ndarray, maps: tuple, name: str = "MappedBackward0") -> ndarray:
    """Every dimension of the last ones of x through its map: those first that shrink it most, by memory order else."""
    given, x = x.dtype, _computed(np.ascontiguousarray(x), maps)
    for i in _order(maps, lambda m: m.count / max(m.size, 1)):
        x = maps[i].forward(x, x.ndim - len(maps) + i)
    return x.astype(given, copy=False)


def _unmapped(g: ndarray, maps: tuple, name: str = "UnmappedBackward0") -> ndarray:
    """The transpose of `_mapped`."""
    given, g = g.dtype, _computed(np.ascontiguousarray(g), maps)
    for i in _order(maps, lambda m: m.size / max(m.count, 1)):
        g = maps[i].back(g, g.ndim - len(maps) + i)
    return g.astype(given, copy=False)


def _order(maps: tuple, growth: Any) -> list[int]:
    """The dimensions with a map: the last first, whose numbers lie apart; but first what makes less of more."""
    return sorted((i for i, m in enumerate(maps) if m is not None), key=lambda i: (min(growth(maps[i]), 1), -i))


def _computed(x: ndarray, maps: tuple) -> ndarray:
    """x in the type to compute in: half precision is added up in float32."""
    if x.dtype.itemsize == 2 and x.dtype.kind in "fV" and any(type(m) is Weights for m in maps):
        return x.astype(np.float32)
    return x


def _named(x: Any, maps: Any, name: str) -> str:
    return name


#: Through one map for each of the last dimensions of x (None: as it is); `name` is that of the node on the tape.
mapped = op(lambda g, y, x, maps, name: unmapped(g, maps), method=False, register=False, name="mapped",
            node=_named)(_mapped)
unmapped: Any = op(lambda g, y, x, maps, name: mapped(g, maps), method=False, register=False, name="unmapped",
              node=_named)(_unmapped)


def whole_numbers(x: Any, maps: tuple) -> Any:
    """An image of bytes through weighted maps, as torch and Pillow do it: in whole numbers, rounded after each map.

    The weights are multiplied with the largest power of two that keeps them in 16 bits, and rounded.
    """
    y = plain(x)
    for i in reversed(range(len(maps))):
        m = maps[i]
        if m is None:
            continue
        bits = next((b for b in range(22) if int(0.5 + m.weights.max() * (1 << (b + 1))) >= 1 << 15), 22)
        whole = np.trunc(m.weights * (1 << bits) + np.copysign(0.5, m.weights))
        axis = y.ndim - len(maps) + i
        total = Weights(np.stack([picks.places for picks in m.picks], 1), whole, m.size).forward(y.astype(float), axis)
        y = np.clip((total.astype(np.int64) + (1 << (bits - 1))) >> bits, 0, 255).astype(x.dtype)
    return tensor_of(y) if isinstance(x, Tensor) else y
