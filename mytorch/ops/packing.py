"""Sequences of unequal length in one tensor: padded to the longest, or packed, step after step, without padding."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import op, shapes_differ

__all__: list[str] = []

ndarray = np.ndarray


@op(lambda g, y, x, sizes: pad_steps(g, sizes, x.shape[0], 0, x.shape[1]), name="pack_padded_sequence", method=False,
    register=False)
def pack_steps(input: ndarray, sizes: tuple) -> ndarray:
    """The first sizes[t] rows of each step t of (T, B, *), one after the other."""
    if len(set(sizes)) == 1 and sizes[0] == input.shape[1]:
        return input[:len(sizes)].reshape(-1, *input.shape[2:])
    return np.concatenate([step[:b] for step, b in zip(input, sizes)])


@op(lambda g, y, x, sizes, *_: pack_steps(g, sizes), name="pad_packed_sequence", method=False, register=False,
    node="CopySlices")
def pad_steps(data: ndarray, sizes: tuple, steps: int, value: Any, batch: int) -> ndarray:
    """Rows of steps of sizes[t] as (steps, batch, *), the rest filled with `value`: the opposite of `pack_steps`."""
    padded = np.full((steps, batch, *data.shape[1:]), value, data.dtype)
    start = 0
    for step, b in zip(padded, sizes):
        step[:b] = data[start:start + b]
        start += b
    return padded


def _cut(g: Any, y: Any, needs: list, sequences: list, value: Any, left: bool, batch_first: bool) -> list:
    """The gradient of each sequence: its stretch of its row."""
    return [_stretch(g[i] if batch_first else g[:, i], x.shape[0], left) if wanted else None
            for i, (x, wanted) in enumerate(zip(sequences, needs))]


def _stretch(row: Any, length: int, left: bool) -> Any:
    """Where in its row a sequence lies."""
    return row[row.shape[0] - length:] if left else row[:length]


@op(joint=_cut, sequence=True, saves=(), name="pad_sequence", method=False, node="CopySlices")
def pad_rows(sequences: list, value: float, left: bool, batch_first: bool) -> ndarray:
    """Sequences (L_i, *) as (max L_i, B, *), or (B, max L_i, *); what is left (at the end, or in front) is `value`."""
    first = sequences[0]
    shape = max(len(x) for x in sequences), len(sequences)
    padded = np.full((*(shape[::-1] if batch_first else shape), *first.shape[1:]), value, first.dtype)
    for row, x in zip(padded if batch_first else padded.swapaxes(0, 1), sequences):
        place = _stretch(row, len(x), left)
        try:
            place[...] = x
        except ValueError:
            raise shapes_differ(ValueError("operands could not be broadcast together"), [place, x]) from None
    return padded
