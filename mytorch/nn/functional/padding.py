"""Padding."""
from __future__ import annotations

from typing import Any

from ...ops.padding import constant_pad_nd, pad_by_image

__all__ = ["pad"]


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """`input` in a frame.

    Args:
        input: for "constant" of any shape; else (N, C, *size) or (C, *size) with the 1 to 3 dimensions that are padded.
        pad: (before, after) the last dimension, then the one before it, ...; negative numbers cut off.
        mode: what the frame is made of: "constant" (`value`, 0), "reflect" (the mirror image, without the edge),
            "replicate" (the edge), "circular" (the other side).

    As torch.nn.functional.pad.
    """
    pad = _numbers(pad)
    if value is not None and (isinstance(value, (str, complex)) or not hasattr(value, "__float__")):
        raise TypeError(f"pad(): argument 'value' (position 4) must be float, not {type(value).__name__}")
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError("Padding length should be less than or equal to two times the input dimension but got "
                           f"padding length {len(pad)} and input of dimension {input.ndim}")
    if mode == "constant":
        return constant_pad_nd(input, pad, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if len(pad) not in (2, 4, 6) or input.ndim not in (len(pad) // 2 + 1, len(pad) // 2 + 2):
        raise NotImplementedError(f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.\n"
                                  "Supported combinations for non-constant padding:\n"
                                  "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
                                  "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
                                  "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)")
    return pad_by_image(input, pad, mode)


def _numbers(pad: Any) -> tuple:
    """The padding as ints, or torch's error."""
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    for i, n in enumerate(pad):
        if not hasattr(n, "__index__"):
            raise TypeError("pad(): argument 'pad' (position 2) must be tuple of ints, but found element of type "
                            f"{type(n).__name__} at pos {i}")
    return tuple(int(n) for n in pad)
